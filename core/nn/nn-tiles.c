/* The order of loops is Goto's (Goto and van de Geijn 2008). A tile goes through as much of k as a
 * strip in the first-level cache allows: shared caches and memory are slow where neighbours use
 * them, so c is read and written seldom, and what comes from there comes in long rows.
 *
 *   for each WIDTH columns of b, for each DEPTH rows of them, packed into panels as wide as a tile:
 *     for each HEIGHT rows of a, packed into strips as high as a tile (second-level cache):
 *       for each panel, for each strip (first-level): one tile of c */
#include "nn-tiles.h"

#include <string.h>

#include "nn-bf16.h"
#include "nn-room.h"
#include "nn-simd.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(NN_ONLY_LEVEL)

#include <immintrin.h>

#define VECTOR_BYTES 64
#define LANES (VECTOR_BYTES / sizeof (nn_real))
enum { ROWS = 8,
       VECTORS = 3, /* 24 sums, 3 numbers of b, one of a: 28 of 32 registers */
       DEPTH = 3072 / sizeof (nn_real),
       STRIPS = 16,
       PANELS = 16,
       UNROLL = 4,
       GROUP = 16 }; /* rows that are transposed together: two strips, or a vector of floats */
#define HEIGHT (STRIPS * ROWS)
#define WIDTH (PANELS * VECTORS * LANES)

/* Everything here is compiled for AVX-512; the caller has asked whether it may run. */
#define NN_TILES __attribute__ ((target ("arch=x86-64-v4")))

typedef nn_real Vector __attribute__ ((vector_size (VECTOR_BYTES), aligned (sizeof (nn_real)),
                                       may_alias));

/* What becomes of the sums, and whether they are of numbers rounded to bf16. */
typedef struct {
  size_t ldc;
  nn_real alpha;
  int add, rounded;
} Store;

/* A place in c, and in the bias if there is one. */
typedef struct {
  nn_real *c;
  const nn_real *bias;
} Place;

/* ---- tiles ---- */

#ifdef NN_DOUBLE
#define MULTIPLY_ADD "vfmadd231pd"
#else
#define MULTIPLY_ADD "vfmadd231ps"
#endif

/* sum += x y. Left to itself gcc moves sums from register to register. */
NN_INLINE void
multiply_add (Vector *sum, Vector x, Vector y)
{
  __asm__(MULTIPLY_ADD " %2, %1, %0"
          : "+v"(*sum)
          : "v"(x), "v"(y));
}

/* sum += a[ROWS] b[vectors·LANES] */
NN_INLINE void
add_outer_product (Vector sum[ROWS][VECTORS], const nn_real *a, const nn_real *b,
                   const size_t vectors)
{
  Vector columns[VECTORS];

#pragma GCC unroll 3
  for (size_t v = 0; v < vectors; v++)
    columns[v] = *(const Vector *)(b + v * LANES);
#pragma GCC unroll 8
  for (size_t i = 0; i < ROWS; i++) {
    Vector row = a[i] - (Vector){ 0 };

#pragma GCC unroll 3
    for (size_t v = 0; v < vectors; v++)
      multiply_add (&sum[i][v], columns[v], row);
  }
}

NN_INLINE void
store_tile (Place to, const Store *store, Vector sum[ROWS][VECTORS], const size_t vectors)
{
#pragma GCC unroll 8
  for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 3
    for (size_t v = 0; v < vectors; v++) {
      Vector *c = (Vector *)(to.c + i * store->ldc + v * LANES);
      Vector scaled = store->alpha * sum[i][v];

      if (store->add)
        *c += scaled;
      else if (to.bias)
        *c = scaled + *(const Vector *)(to.bias + v * LANES);
      else
        *c = scaled;
    }
}

/* c[ROWS, vectors·LANES] from a strip [k,ROWS] and a panel [k,vectors·LANES]. vectors is a
 * constant: the loops over it disappear. Meanwhile c's lines come, and those at `ahead`, one for
 * UNROLL steps. */
NN_INLINE void
tile (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
      const nn_real *ahead, const size_t vectors)
{
  Vector sum[ROWS][VECTORS] = { { { 0 } } };

#pragma GCC unroll 8
  for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 3
    for (size_t v = 0; v < vectors; v++)
      __builtin_prefetch (to.c + i * store->ldc + v * LANES, 1);
  for (; k >= UNROLL; k -= UNROLL) {
#pragma GCC unroll 4
    for (size_t u = 0; u < UNROLL; u++)
      add_outer_product (sum, a + u * ROWS, b + u * vectors * LANES, vectors);
    __builtin_prefetch (ahead, 0, 2);
    a += UNROLL * ROWS;
    b += UNROLL * vectors * LANES;
    ahead += LANES;
  }
  for (; k > 0; k--) {
    add_outer_product (sum, a, b, vectors);
    a += ROWS;
    b += vectors * LANES;
  }
  store_tile (to, store, sum, vectors);
}

/* One function a width, so that each gets the registers to itself. */
typedef void (*Tile) (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
                      const nn_real *ahead);

NN_TILES static __attribute__ ((noinline)) void
tile_1 (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
        const nn_real *ahead)
{
  tile (to, store, a, b, k, ahead, 1);
}

NN_TILES static __attribute__ ((noinline)) void
tile_2 (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
        const nn_real *ahead)
{
  tile (to, store, a, b, k, ahead, 2);
}

NN_TILES static __attribute__ ((noinline)) void
tile_3 (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
        const nn_real *ahead)
{
  tile (to, store, a, b, k, ahead, 3);
}

static const Tile tiles[] = { NULL, tile_1, tile_2, tile_3 };

/* How many vectors the next panel takes where n columns are left: three, but two and two instead of
 * three and one. */
NN_INLINE size_t
panel_vectors (size_t n)
{
  size_t left = (n + LANES - 1) / LANES;

  return left == 4 ? 2 : left > VECTORS ? VECTORS
                                        : left;
}

/* ---- packing ---- */

#ifndef NN_DOUBLE

/* column[c] [16] = x(i, c) of 16 rows i that are ld apart, for four columns c. Quarter q of a
 * register first gets row 4 q + r's four numbers, r the register; then each quarter is transposed
 * for itself. */
NN_TILES static inline void
transpose_16x4 (__m512 *column, const float *x, size_t ld)
{
  __m512 row[4];

#pragma GCC unroll 4
  for (size_t r = 0; r < 4; r++) {
    row[r] = _mm512_castps128_ps512 (_mm_loadu_ps (x + r * ld));
    row[r] = _mm512_mask_broadcast_f32x4 (row[r], 0x00f0, _mm_loadu_ps (x + (4 + r) * ld));
    row[r] = _mm512_mask_broadcast_f32x4 (row[r], 0x0f00, _mm_loadu_ps (x + (8 + r) * ld));
    row[r] = _mm512_mask_broadcast_f32x4 (row[r], 0xf000, _mm_loadu_ps (x + (12 + r) * ld));
  }
  __m512d a = _mm512_castps_pd (_mm512_unpacklo_ps (row[0], row[1]));
  __m512d b = _mm512_castps_pd (_mm512_unpackhi_ps (row[0], row[1]));
  __m512d c = _mm512_castps_pd (_mm512_unpacklo_ps (row[2], row[3]));
  __m512d d = _mm512_castps_pd (_mm512_unpackhi_ps (row[2], row[3]));
  column[0] = _mm512_castpd_ps (_mm512_unpacklo_pd (a, c));
  column[1] = _mm512_castpd_ps (_mm512_unpackhi_pd (a, c));
  column[2] = _mm512_castpd_ps (_mm512_unpacklo_pd (b, d));
  column[3] = _mm512_castpd_ps (_mm512_unpackhi_pd (b, d));
}

/* Asks for the four rows of the next group that are due when column p of this one is read: after 16
 * columns every row's next line has been asked for. */
NN_INLINE void
expect_rows (const float *x, size_t ld, size_t p)
{
  const float *next = x + (GROUP + p % 16) * ld + p / 16 * 16;

#pragma GCC unroll 4
  for (size_t r = 0; r < 4; r++)
    __builtin_prefetch (next + r * ld);
}

#endif

/* Where the numbers of a group's rows go: number p of the first eight rows at first + p · step, of
 * the others at second + p · step. */
typedef struct {
  nn_real *first, *second;
  size_t step;
} Columns;

/* GROUP rows of x, ld apart and k long, become columns. */
NN_TILES static void
transpose_rows (Columns to, const nn_real *x, size_t ld, size_t k)
{
  size_t p = 0;

#ifndef NN_DOUBLE
  for (; p + 4 <= k; p += 4) {
    __m512 column[4];

    expect_rows (x, ld, p);
    transpose_16x4 (column, x + p, ld);
#pragma GCC unroll 4
    for (size_t c = 0; c < 4; c++) {
      _mm256_storeu_ps (to.first + (p + c) * to.step, _mm512_castps512_ps256 (column[c]));
      _mm256_storeu_ps (to.second + (p + c) * to.step, _mm512_extractf32x8_ps (column[c], 1));
    }
  }
#endif
  for (; p < k; p++)
    for (size_t r = 0; r < GROUP / 2; r++) {
      to.first[p * to.step + r] = x[r * ld + p];
      to.second[p * to.step + r] = x[(GROUP / 2 + r) * ld + p];
    }
}

/* packed [k,width]: n columns of b, then zeros. */
NN_TILES static void
pack_panel (nn_real *packed, size_t width, NnStrided b, size_t k, size_t n)
{
  size_t done = 0; /* columns */

  n = n < width ? n : width;
  if (n < width)
    memset (packed, 0, k * width * sizeof *packed);
  for (; b.row == 1 && done + GROUP <= n; done += GROUP)
    transpose_rows ((Columns){ packed + done, packed + done + GROUP / 2, width },
                    b.x + done * b.col, b.col, k);
  for (size_t p = 0; p < k; p++)
    for (size_t j = done; j < n; j++)
      packed[p * width + j] = b.x[p * b.row + j * b.col];
}

/* The same where b's rows lie in rows, for all whole panels of the largest width, row by row
 * through all of them. Returns how many columns they are. */
NN_TILES static size_t
pack_whole_panels (nn_real *packed, NnStrided b, size_t k, size_t n)
{
  enum { WHOLE = VECTORS * LANES };
  size_t panels = 0;

  while (n - panels * WHOLE >= WHOLE && panel_vectors (n - panels * WHOLE) == VECTORS)
    panels++;
  for (size_t p = 0; p < k; p++)
    for (size_t q = 0; q < panels; q++)
      memcpy (packed + (q * k + p) * WHOLE, b.x + p * b.row + q * WHOLE, WHOLE * sizeof *packed);
  return panels * WHOLE;
}

/* All panels of b[k,n], each at its first column times k. */
NN_TILES static void
pack_block (nn_real *packed, NnStrided b, size_t k, size_t n)
{
  size_t width, done = b.col == 1 ? pack_whole_panels (packed, b, k, n) : 0;

  for (size_t j = done; j < n; j += width) {
    width = panel_vectors (n - j) * LANES;
    pack_panel (packed + j * k, width, (NnStrided){ b.x + j * b.col, b.row, b.col }, k, n - j);
  }
}

/* Whole strips of a[m,k] where its columns lie in rows, row by row through all of them. Returns how
 * many rows of c they are. */
NN_TILES static size_t
pack_whole_strips (nn_real *packed, NnStrided a, size_t m, size_t k)
{
  size_t strips = m / ROWS;

  for (size_t p = 0; p < k; p++)
    for (size_t q = 0; q < strips; q++)
      memcpy (packed + (q * k + p) * ROWS, a.x + q * ROWS + p * a.col, ROWS * sizeof *packed);
  return strips * ROWS;
}

/* All strips of a[m,k], each at its first row times k; the last one ends in zeros. */
NN_TILES static void
pack_strips (nn_real *packed, NnStrided a, size_t m, size_t k)
{
  size_t i = a.row == 1 ? pack_whole_strips (packed, a, m, k) : 0;

  for (; a.col == 1 && m - i >= GROUP; i += GROUP)
    transpose_rows ((Columns){ packed + i * k, packed + (i + ROWS) * k, ROWS },
                    a.x + i * a.row, a.row, k);
  for (; i < m; i += ROWS) {
    size_t rows = m - i < ROWS ? m - i : ROWS;
    nn_real *strip = packed + i * k;

    if (rows < ROWS)
      memset (strip, 0, ROWS * k * sizeof *strip);
    for (size_t p = 0; p < k; p++)
      for (size_t r = 0; r < rows; r++)
        strip[p * ROWS + r] = a.x[(i + r) * a.row + p * a.col];
  }
}

/* ---- products ---- */

/* A tile of which only rows × n numbers belong to c: by way of a tile of its own. */
NN_TILES static void
ragged_tile (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t k,
             size_t rows, size_t vectors, size_t n)
{
  nn_real whole[ROWS * VECTORS * LANES];
  size_t width = vectors * LANES;
  const Store plain = { width, store->alpha, 0, 0 };

  tiles[vectors]((Place){ whole, NULL }, &plain, a, b, k, b);
  for (size_t i = 0; i < rows; i++) {
    nn_real *c = to.c + i * store->ldc;

    for (size_t j = 0; j < n; j++)
      c[j] = whole[i * width + j] + (store->add ? c[j] : to.bias ? to.bias[j]
                                                                 : 0);
  }
}

/* c[m,n] from strips of a and panels of b. While a panel is read, the next one comes. */
NN_TILES static void
multiply_packed (Place to, const Store *store, const nn_real *a, const nn_real *b, size_t m,
                 size_t n, size_t k)
{
  size_t width;

  for (size_t j = 0; j < n; j += width) {
    size_t vectors = panel_vectors (n - j);
    const nn_real *ahead;

    width = vectors * LANES;
    ahead = b + (j + width) * k;
    for (size_t i = 0; i < m; i += ROWS, ahead += k / UNROLL * LANES) {
      Place here = { to.c + i * store->ldc + j, to.bias ? to.bias + j : NULL };

      if (m - i >= ROWS && n - j >= width)
        tiles[vectors](here, store, a + i * k, b + j * k, k, ahead);
      else
        ragged_tile (here, store, a + i * k, b + j * k, k, m - i < ROWS ? m - i : ROWS, vectors,
                     n - j < width ? n - j : width);
    }
  }
}

/* The size of pieces of at most `most` that cut n evenly. */
static size_t
even_piece (size_t n, size_t most)
{
  size_t pieces = (n + most - 1) / most;

  return (n + pieces - 1) / pieces;
}

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

/* To bf16, while they are in the cache. */
static void
round_packed (nn_real *packed, size_t n)
{
#ifndef NN_DOUBLE
  nn_bf16_round (packed, packed, n);
#endif
}

static size_t
next_multiple (size_t n, size_t of)
{
  return (n + of - 1) / of * of;
}

/* Where a block of b and one of a are packed. */
typedef struct {
  nn_real panels[DEPTH * WIDTH];
  nn_real strips[HEIGHT * DEPTH];
} Packed;

_Static_assert(sizeof (Packed) <= NN_ROOM_BYTES, "a block of b and one of a fit into a room");

static void
multiply_block (Place to, const Store *store, NnStrided a, NnStrided b, Packed *packed, size_t m,
                size_t n, size_t k)
{
  pack_block (packed->panels, b, k, n);
  if (store->rounded)
    round_packed (packed->panels, k * next_multiple (n, LANES));
  for (size_t i = 0; i < m; i += HEIGHT) {
    Place here = { to.c + i * store->ldc, to.bias };
    size_t rows = smaller (m - i, HEIGHT);

    pack_strips (packed->strips, (NnStrided){ a.x + i * a.row, a.row, a.col }, rows, k);
    if (store->rounded)
      round_packed (packed->strips, k * next_multiple (rows, ROWS));
    multiply_packed (here, store, packed->strips, packed->panels, rows, n, k);
  }
}

static int
multiply (Place to, Store whole, NnStrided a, NnStrided b, size_t m, size_t n, size_t k)
{
  Packed *packed = nn_room_get ();
  size_t depth = even_piece (k, DEPTH);

  if (!packed)
    return 0;
  for (size_t j = 0; j < n; j += WIDTH)
    for (size_t p = 0; p < k; p += depth) {
      Store store = whole;
      Place here = { to.c + j, to.bias ? to.bias + j : NULL };

      store.add = whole.add || p > 0;
      multiply_block (here, &store, (NnStrided){ a.x + p * a.col, a.row, a.col },
                      (NnStrided){ b.x + p * b.row + j * b.col, b.row, b.col }, packed, m,
                      smaller (n - j, WIDTH), smaller (k - p, depth));
    }
  return 1;
}

int
nn_tiles_multiply (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k,
                   nn_real alpha, const nn_real *bias, int add)
{
  return multiply ((Place){ c, bias }, (Store){ ldc, alpha, add, 0 }, a, b, m, n, k);
}

int
nn_tiles_multiply_rounded (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n,
                           size_t k, const nn_real *bias, int add)
{
  return multiply ((Place){ c, bias }, (Store){ ldc, 1, add, 1 }, a, b, m, n, k);
}

int
nn_tiles_usable (void)
{
  return __builtin_cpu_supports ("x86-64-v4") != 0;
}

#else

int
nn_tiles_usable (void)
{
  return 0;
}

int
nn_tiles_multiply (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k,
                   nn_real alpha, const nn_real *bias, int add)
{
  return 0;
}

int
nn_tiles_multiply_rounded (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n,
                           size_t k, const nn_real *bias, int add)
{
  return 0;
}

#endif
