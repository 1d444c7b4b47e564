/* The order of loops is Goto's (Goto and van de Geijn 2008): blocks of DEPTH × WIDTH of b stay in
 * the second-level cache, a tile's rows of a in the first, and a tile's sums in registers:
 *
 *   for each WIDTH columns of b, for each DEPTH rows of them:
 *     pack what does not lie in rows, or in rows too far apart, into panels as wide as a tile
 *     for each ROWS rows of a (packed if they are columns of what is stored):
 *       for each panel: one tile of c */
#include "nn-tiles.h"

#include <string.h>

#include "nn-simd.h"

#if defined(__x86_64__) && defined(__GNUC__)

#define VECTOR_BYTES 64
#define LANES (VECTOR_BYTES / sizeof (nn_real))
enum { ROWS = 8,
       VECTORS = 3, /* 24 sums, 3 numbers of b: 27 of 32 registers */
       DEPTH = 256,
       PANELS = 11,
       FAR = 1024 }; /* rows of b further apart than this cost too many pages */
#define WIDTH (PANELS * VECTORS * LANES)

/* Everything here is compiled for AVX-512; the caller has asked whether it may run. */
#define NN_TILES __attribute__ ((target ("arch=x86-64-v4")))

typedef nn_real Vector __attribute__ ((vector_size (VECTOR_BYTES), aligned (sizeof (nn_real)),
                                       may_alias));

/* What becomes of the sums. */
typedef struct {
  size_t ldc;
  nn_real alpha;
  int add;
} Store;

/* A place in c, and in the bias if there is one. */
typedef struct {
  nn_real *c;
  const nn_real *bias;
} Place;

/* c[rows, vectors·LANES] from a(i,p) = a.x[i·a.row + p·a.col] and rows of b that are ldb apart.
 * rows and vectors are constants: the loops over them disappear. */
NN_INLINE void
tile (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t ldb, size_t k,
      const size_t rows, const size_t vectors)
{
  Vector sum[ROWS][VECTORS] = { { { 0 } } };
  const nn_real *x = a->x;
  size_t row = a->row, col = a->col;

#pragma GCC unroll 8
  for (size_t i = 0; i < rows; i++) /* c's lines come while the sums are made */
#pragma GCC unroll 3
    for (size_t v = 0; v < vectors; v++)
      __builtin_prefetch (to.c + i * store->ldc + v * LANES, 1);
  for (size_t p = 0; p < k; p++) {
    const nn_real *from = b + p * ldb;

#pragma GCC unroll 8
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 3
      for (size_t v = 0; v < vectors; v++)
        sum[i][v] += x[i * row + p * col] * *(const Vector *)(from + v * LANES);
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < rows; i++)
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

NN_INLINE void
tile_rows (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t ldb, size_t k,
           size_t rows, const size_t vectors)
{
  switch (rows) {
  case 1:
    tile (to, store, a, b, ldb, k, 1, vectors);
    break;
  case 2:
    tile (to, store, a, b, ldb, k, 2, vectors);
    break;
  case 3:
    tile (to, store, a, b, ldb, k, 3, vectors);
    break;
  case 4:
    tile (to, store, a, b, ldb, k, 4, vectors);
    break;
  case 5:
    tile (to, store, a, b, ldb, k, 5, vectors);
    break;
  case 6:
    tile (to, store, a, b, ldb, k, 6, vectors);
    break;
  case 7:
    tile (to, store, a, b, ldb, k, 7, vectors);
    break;
  default:
    tile (to, store, a, b, ldb, k, ROWS, vectors);
  }
}

/* One function a width, so that each gets the registers to itself. */
typedef void (*Tile) (Place to, const Store *store, const NnStrided *a, const nn_real *b,
                      size_t ldb, size_t k, size_t rows);

NN_TILES static __attribute__ ((noinline)) void
tile_1 (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t ldb,
        size_t k, size_t rows)
{
  tile_rows (to, store, a, b, ldb, k, rows, 1);
}

NN_TILES static __attribute__ ((noinline)) void
tile_2 (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t ldb,
        size_t k, size_t rows)
{
  tile_rows (to, store, a, b, ldb, k, rows, 2);
}

NN_TILES static __attribute__ ((noinline)) void
tile_3 (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t ldb,
        size_t k, size_t rows)
{
  tile_rows (to, store, a, b, ldb, k, rows, 3);
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

/* Whether a panel of b can be read where it is. */
NN_INLINE int
lies_well (NnStrided b, size_t width, size_t n)
{
  return b.col == 1 && b.row <= FAR && width <= n;
}

/* packed [k,width]: n columns of b, then zeros. */
NN_INLINE void
pack_panel (nn_real *packed, size_t width, NnStrided b, size_t k, size_t n)
{
  n = n < width ? n : width;
  if (n < width)
    memset (packed, 0, k * width * sizeof *packed);
  if (b.col == 1)
    for (size_t p = 0; p < k; p++)
      memcpy (packed + p * width, b.x + p * b.row, n * sizeof *packed);
  else
    for (size_t p = 0; p < k; p++)
      for (size_t j = 0; j < n; j++)
        packed[p * width + j] = b.x[p * b.row + j * b.col];
}

/* All panels of b[k,n] that do not lie well, each at its first column times k. */
NN_TILES static void
pack_block (nn_real *packed, NnStrided b, size_t k, size_t n)
{
  size_t width;

  for (size_t j = 0; j < n; j += width) {
    NnStrided panel = { b.x + j * b.col, b.row, b.col };

    width = panel_vectors (n - j) * LANES;
    if (!lies_well (b, width, n - j))
      pack_panel (packed + j * k, width, panel, k, n - j);
  }
}

/* Rows of a that are columns of what is stored become packed [k,ROWS]. */
NN_TILES static NnStrided
pack_rows (nn_real *packed, NnStrided a, size_t rows, size_t k)
{
  if (rows == ROWS && a.row == 1)
    for (size_t p = 0; p < k; p++)
      memcpy (packed + p * ROWS, a.x + p * a.col, ROWS * sizeof *packed);
  else
    for (size_t p = 0; p < k; p++)
      for (size_t i = 0; i < rows; i++)
        packed[p * ROWS + i] = a.x[i * a.row + p * a.col];
  return (NnStrided){ packed, 1, ROWS };
}

/* A tile whose panel is wider than what is left of c: by way of a tile of its own. */
NN_TILES static void
ragged_tile (Place to, const Store *store, const NnStrided *a, const nn_real *b, size_t k,
             size_t rows, size_t vectors, size_t n)
{
  nn_real whole[ROWS * VECTORS * LANES];
  size_t width = vectors * LANES;
  const Store plain = { width, store->alpha, 0 };

  tiles[vectors]((Place){ whole, NULL }, &plain, a, b, width, k, rows);
  for (size_t i = 0; i < rows; i++) {
    nn_real *c = to.c + i * store->ldc;

    for (size_t j = 0; j < n; j++)
      c[j] = whole[i * width + j] + (store->add ? c[j] : to.bias ? to.bias[j]
                                                                 : 0);
  }
}

/* All tiles of `rows` rows of c[rows,n]; b [k,n] where it is, packed what does not lie well. */
NN_TILES static void
multiply_rows (Place to, const Store *store, const NnStrided *a, NnStrided b,
               const nn_real *packed, size_t rows, size_t n, size_t k)
{
  size_t width;

  for (size_t j = 0; j < n; j += width) {
    size_t vectors = panel_vectors (n - j);
    Place here = { to.c + j, to.bias ? to.bias + j : NULL };

    width = vectors * LANES;
    if (lies_well (b, width, n - j))
      tiles[vectors](here, store, a, b.x + j, b.row, k, rows);
    else if (width <= n - j)
      tiles[vectors](here, store, a, packed + j * k, width, k, rows);
    else
      ragged_tile (here, store, a, packed + j * k, k, rows, vectors, n - j);
  }
}

static void
multiply_block (Place to, const Store *store, NnStrided a, NnStrided b, nn_real *packed, size_t m,
                size_t n, size_t k)
{
  nn_real packed_rows[ROWS * DEPTH] __attribute__ ((aligned (VECTOR_BYTES)));

  pack_block (packed, b, k, n);
  for (size_t i = 0; i < m; i += ROWS) {
    size_t rows = m - i < ROWS ? m - i : ROWS;
    NnStrided some = { a.x + i * a.row, a.row, a.col };

    if (a.col != 1)
      some = pack_rows (packed_rows, some, rows, k);
    multiply_rows ((Place){ to.c + i * store->ldc, to.bias }, store, &some, b, packed, rows, n, k);
  }
}

void
nn_tiles_multiply (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k,
                   nn_real alpha, const nn_real *bias, int add)
{
  nn_real packed[DEPTH * WIDTH] __attribute__ ((aligned (VECTOR_BYTES)));

  for (size_t j = 0; j < n; j += WIDTH)
    for (size_t p = 0; p < k; p += DEPTH) {
      const Store store = { ldc, alpha, add || p > 0 };
      Place to = { c + j, bias ? bias + j : NULL };

      multiply_block (to, &store, (NnStrided){ a.x + p * a.col, a.row, a.col },
                      (NnStrided){ b.x + p * b.row + j * b.col, b.row, b.col }, packed, m,
                      n - j < WIDTH ? n - j : WIDTH, k - p < DEPTH ? k - p : DEPTH);
    }
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

void
nn_tiles_multiply (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k,
                   nn_real alpha, const nn_real *bias, int add)
{
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      nn_real sum = 0;

      for (size_t p = 0; p < k; p++)
        sum += a.x[i * a.row + p * a.col] * b.x[p * b.row + j * b.col];
      c[i * ldc + j] = alpha * sum + (add ? c[i * ldc + j] : bias ? bias[j]
                                                                  : 0);
    }
}

#endif
