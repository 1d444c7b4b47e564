/* Numbers of bf16, and products of them: every way to make them against loops in double, and
 * against each other. Where the processor has no instructions for bf16, oneDNN emulates them; where
 * oneDNN is not there, its cases are skipped. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn-bf16.h"
#include "nn-gemm.h"
#include "nn-linear.h"
#include "nn-random.h"
#include "nn-team.h"

/* ---- rounding ---- */

static float
from_bits (uint32_t bits)
{
  float x;

  memcpy (&x, &bits, sizeof x);
  return x;
}

static void
test_table (void)
{
  static const struct {
    uint32_t bits;
    uint16_t rounded;
  } rows[] = {
    { 0x00000000, 0x0000 },
    { 0x80000000, 0x8000 }, /* zeros */
    { 0x3f800000, 0x3f80 },
    { 0xbf800000, 0xbf80 }, /* themselves */
    { 0x3f808000, 0x3f80 },
    { 0x3f818000, 0x3f82 }, /* halves: to even */
    { 0xbf808000, 0xbf80 },
    { 0xbf818000, 0xbf82 }, /* the same below 0 */
    { 0x3f807fff, 0x3f80 },
    { 0x3f808001, 0x3f81 },
    { 0x3f817fff, 0x3f81 }, /* beside halves */
    { 0x3fff8000, 0x4000 },
    { 0x3fff7fff, 0x3fff }, /* next power of two */
    { 0x7f800000, 0x7f80 },
    { 0xff800000, 0xff80 }, /* infinities */
    { 0x7f7f7fff, 0x7f7f },
    { 0x7f7f8000, 0x7f80 },
    { 0xff7fffff, 0xff80 }, /* largest numbers */
    { 0x7fc00000, 0x7fc0 },
    { 0xffc12345, 0xffc1 }, /* quiet NaN */
    { 0x7f800001, 0x7fc0 },
    { 0xff80ffff, 0xffc0 },
    { 0x7fffffff, 0x7fff }, /* others */
    { 0x00800000, 0x0080 },
    { 0x007fffff, 0x0080 }, /* smallest normal */
    { 0x00008000, 0x0000 },
    { 0x00008001, 0x0001 },
    { 0x00018000, 0x0002 }, /* below it */
    { 0x00000001, 0x0000 },
    { 0x80017fff, 0x8001 },
    { 0x807f8000, 0x8080 },
  };
  float x[G_N_ELEMENTS (rows)], rounded[G_N_ELEMENTS (rows)];
  uint16_t encoded[G_N_ELEMENTS (rows)];

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    x[i] = from_bits (rows[i].bits);
  nn_bf16_encode (encoded, x, G_N_ELEMENTS (rows));
  nn_bf16_round (rounded, x, G_N_ELEMENTS (rows));
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    float want = from_bits ((uint32_t)rows[i].rounded << 16);

    g_assert_cmphex (nn_bf16_from_float (x[i]), ==, rows[i].rounded);
    g_assert_cmphex (encoded[i], ==, rows[i].rounded);
    g_assert_cmpmem (&rounded[i], sizeof want, &want, sizeof want);
  }
}

/* Every bf16 number is itself, and what lies between two becomes the nearer one. */
static void
test_all (void)
{
  for (uint32_t upper = 0; upper < 0x7f80; upper++) {
    double low = from_bits (upper << 16), high = from_bits ((upper + 1) << 16);

    g_assert_cmphex (nn_bf16_from_float ((float)low), ==, upper);
    for (uint32_t lower = 0x4321; lower < 0x10000; lower += 0x3456) {
      float x = from_bits (upper << 16 | lower);
      uint32_t want = x - low < high - x ? upper : upper + 1;

      if (upper == 0x7f7f) /* as if the next number were no infinity */
        want = lower < 0x8000 ? upper : upper + 1;
      g_assert_cmphex (nn_bf16_from_float (x), ==, want);
      g_assert_cmphex (nn_bf16_from_float (-x), ==, want | 0x8000);
    }
  }
}

/* Vector code and what is left over. */
static void
test_lengths (void)
{
  float x[70], rounded[71];
  uint16_t encoded[71];

  for (size_t i = 0; i < 70; i++)
    x[i] = (float)(2 * nn_random_uniform (1, i) - 1);
  for (size_t n = 0; n <= 70; n++) {
    rounded[n] = 7;
    encoded[n] = 7;
    nn_bf16_encode (encoded, x, n);
    nn_bf16_round (rounded, x, n);
    for (size_t i = 0; i < n; i++) {
      g_assert_cmphex (encoded[i], ==, nn_bf16_from_float (x[i]));
      g_assert_cmpfloat (rounded[i], ==, nn_bf16_to_float (encoded[i]));
    }
    g_assert_true (rounded[n] == 7 && encoded[n] == 7);
  }
}

/* ---- products ---- */

enum { FORWARD,
       INPUT,
       WEIGHT,
       N_KINDS };

enum { MANY = 100 }; /* rows; of more some are looked at */

/* A layer with strides beyond its widths. */
typedef struct {
  size_t n, in, out, ldx, ldy;
  float *x, *dy, *weight, *bias, *y, *dx, *dweight;
} Layer;

static float *
random_floats (size_t n, uint64_t seed)
{
  float *x = g_new (float, n + 1);

  for (size_t i = 0; i < n; i++)
    x[i] = (float)(2 * nn_random_uniform (seed, i) - 1);
  return x;
}

static void
layer_init (Layer *l, size_t n, size_t in, size_t out, size_t gap)
{
  *l = (Layer){ n, in, out, in + gap, out + gap };
  l->x = random_floats (n * l->ldx, 1);
  l->dy = random_floats (n * l->ldy, 2);
  l->weight = random_floats (in * out, 3);
  l->bias = random_floats (out, 4);
  l->y = random_floats (n * l->ldy, 5);
  l->dx = random_floats (n * l->ldx, 6);
  l->dweight = random_floats (in * out, 7);
}

static void
layer_clear (Layer *l)
{
  g_free (l->x);
  g_free (l->dy);
  g_free (l->weight);
  g_free (l->bias);
  g_free (l->y);
  g_free (l->dx);
  g_free (l->dweight);
}

/* c[rows,cols] = c0 + Σ_k a[i,k] b[k,j], by strides. */
typedef struct {
  size_t rows, cols, k;
  const float *a, *b;
  size_t a_row, a_col, b_row, b_col, ldc;
  float *c;
  const float *bias; /* what it starts with, if not c or 0 */
  gboolean add;
} Loop;

static Loop
loop_of (const Layer *l, int kind, gboolean add)
{
  switch (kind) {
  case FORWARD:
    return (Loop){ l->n, l->out, l->in, l->x, l->weight, l->ldx, 1, 1, l->in, l->ldy, l->y,
                   add ? l->bias : NULL, FALSE };
  case INPUT:
    return (Loop){ l->n, l->in, l->out, l->dy, l->weight, l->ldy, 1, l->in, 1, l->ldx, l->dx, NULL,
                   add };
  default:
    return (Loop){ l->out, l->in, l->n, l->dy, l->x, 1, l->ldy, l->ldx, 1, l->in, l->dweight, NULL,
                   TRUE };
  }
}

static void
run_layer (NnMixed *mixed, const Layer *l, int kind, gboolean add)
{
  if (kind == FORWARD)
    nn_linear_forward (mixed, l->y, l->ldy, l->x, l->ldx, l->weight, add ? l->bias : NULL, l->n,
                       l->in, l->out);
  else
    nn_linear_backward (mixed, kind == INPUT ? l->dx : NULL, l->ldx, add ? NN_ADD : NN_SET,
                        kind == WEIGHT ? l->dweight : NULL, NULL, l->dy, l->ldy, l->x, l->ldx,
                        l->weight, l->n, l->in, l->out);
}

/* Of one number: the product of the operands as they are (exact) and rounded, and Σ |a| |b|. */
typedef struct {
  double exact, rounded, sum;
} Expected;

static Expected
expect (const Loop *loop, double start, size_t i, size_t j)
{
  Expected e = { start, start, fabs (start) };

  for (size_t p = 0; p < loop->k; p++) {
    float a = loop->a[i * loop->a_row + p * loop->a_col],
          b = loop->b[p * loop->b_row + j * loop->b_col];

    e.exact += (double)a * b;
    e.rounded += (double)nn_bf16_to_float (nn_bf16_from_float (a))
                 * nn_bf16_to_float (nn_bf16_from_float (b));
    e.sum += fabs ((double)a * b);
  }
  return e;
}

/* Rounding two operands costs 2u + u² of each summand's size with u = 2⁻⁸; summing k numbers in
 * float, in whatever order, (k + 1) 2⁻²⁴ of all of them. */
static void
check_product (NnMixed *mixed, const Layer *l, int kind, gboolean add)
{
  Loop loop = loop_of (l, kind, add);
  size_t n = (loop.rows - 1) * loop.ldc + loop.cols;
  g_autofree float *before = loop.rows > 0 ? g_memdup2 (loop.c, n * sizeof (float)) : NULL;
  double u = NN_BF16_ERROR, sums = (loop.k + 1) * 0x1p-24 * 1.01;

  run_layer (mixed, l, kind, add);
  for (size_t i = 0; i<loop.rows; i += loop.rows> MANY ? 7 : 1) {
    for (size_t j = 0; j < loop.cols; j++) {
      double start = loop.add    ? before[i * loop.ldc + j]
                     : loop.bias ? loop.bias[j]
                                 : 0;
      Expected e = expect (&loop, start, i, j);
      double got = loop.c[i * loop.ldc + j];

      g_assert_cmpfloat_with_epsilon (got, e.rounded, sums * e.sum * (1 + u) * (1 + u));
      g_assert_cmpfloat_with_epsilon (got, e.exact, (2 * u + u * u + 2 * sums) * e.sum);
    }
    for (size_t j = loop.cols; i + 1 < loop.rows && j < loop.ldc; j++) /* what lies between rows */
      g_assert_cmpfloat (loop.c[i * loop.ldc + j], ==, before[i * loop.ldc + j]);
  }
}

static void
check_layer (NnMixed *mixed, size_t n, size_t in, size_t out)
{
  for (int kind = 0; kind < N_KINDS; kind++)
    for (int add = 0; add < 2; add++)
      for (size_t gap = 0; gap < 6; gap += 5) {
        Layer l;

        layer_init (&l, n, in, out, gap);
        check_product (mixed, &l, kind, add);
        layer_clear (&l);
      }
}

static const struct {
  const char *name;
  NnWay way;
  gboolean tiles;
} ways[] = {
  { "own-tiles", NN_WAY_OWN, TRUE },
  { "own-blas", NN_WAY_OWN, FALSE },
  { "onednn", NN_WAY_ONEDNN, TRUE },
  { "onednn-floats", NN_WAY_ONEDNN_FLOATS, TRUE },
};

static NnMixed *
mixed_of (size_t way)
{
  NnMixed *mixed = nn_mixed_new (ways[way].way);

  if (mixed == NULL)
    g_test_skip (nn_onednn_get_version () == NULL ? "oneDNN is not there"
                                                  : "oneDNN cannot do this on this processor");
  nn_gemm_allow_tiles (ways[way].tiles);
  return mixed;
}

/* Sizes around the edges of tiles and of oneDNN's pieces. */
static void
test_products (gconstpointer data)
{
  static const size_t sizes[][3] = {
    { 1, 1, 1 },
    { 1, 40, 30 },
    { 5, 1, 17 },
    { 7, 33, 1 },
    { 15, 16, 16 },
    { 16, 65, 64 },
    { 17, 63, 49 },
    { 37, 100, 81 },
    { 64, 128, 3 },
    { 200, 24, 40 },
    { 0, 5, 6 },
    { 530, 48, 20 },
  };
  NnMixed *mixed = mixed_of (GPOINTER_TO_SIZE (data));

  for (size_t i = 0; mixed != NULL && i < G_N_ELEMENTS (sizes); i++)
    check_layer (mixed, sizes[i][0], sizes[i][1], sizes[i][2]);
  nn_mixed_free (mixed);
  nn_gemm_allow_tiles (TRUE);
}

/* Blocks in every direction. */
static void
test_large (gconstpointer data)
{
  NnMixed *mixed = mixed_of (GPOINTER_TO_SIZE (data));

  for (int kind = 0; mixed != NULL && kind < N_KINDS; kind++) {
    Layer l;

    layer_init (&l, 1100, 600, 130, 0);
    check_product (mixed, &l, kind, TRUE);
    layer_clear (&l);
    layer_init (&l, 40, 90, 1100, 0);
    check_product (mixed, &l, kind, TRUE);
    layer_clear (&l);
  }
  nn_mixed_free (mixed);
  nn_gemm_allow_tiles (TRUE);
}

/* NaN and infinity come through. */
static void
test_not_finite (gconstpointer data)
{
  NnMixed *mixed = mixed_of (GPOINTER_TO_SIZE (data));
  Layer l;

  layer_init (&l, 20, 18, 17, 0);
  l.x[3 * 18 + 4] = NAN;
  l.x[5 * 18 + 6] = INFINITY;
  if (mixed != NULL) {
    run_layer (mixed, &l, FORWARD, TRUE);
    for (size_t i = 0; i < 20; i++)
      for (size_t j = 0; j < 17; j++)
        g_assert_true (i == 3   ? isnan (l.y[i * 17 + j])
                       : i == 5 ? isinf (l.y[i * 17 + j])
                                : isfinite (l.y[i * 17 + j]));
  }
  layer_clear (&l);
  nn_mixed_free (mixed);
  nn_gemm_allow_tiles (TRUE);
}

/* ---- copies of weights ---- */

/* Copies serve until they are made anew. */
static void
test_copies (gconstpointer data)
{
  NnMixed *mixed = mixed_of (GPOINTER_TO_SIZE (data));
  g_autofree float *first = NULL;
  Layer l;

  if (mixed == NULL)
    return;
  layer_init (&l, 32, 24, 40, 0);
  for (int i = 0; i < 3; i++)
    for (int kind = 0; kind < N_KINDS; kind++)
      check_product (mixed, &l, kind, TRUE);
  g_assert_cmpuint (nn_mixed_count (mixed), ==, 2); /* for y and for dx */
  g_assert_cmpuint (nn_mixed_bytes (mixed), >=, 2 * 24 * 40 * 2);

  run_layer (mixed, &l, FORWARD, FALSE);
  first = g_memdup2 (l.y, 32 * 40 * sizeof (float));
  for (size_t i = 0; i < 24 * 40; i++)
    l.weight[i] = -l.weight[i];
  run_layer (mixed, &l, FORWARD, FALSE);
  g_assert_cmpmem (l.y, 32 * 40 * sizeof (float), first, 32 * 40 * sizeof (float));
  for (size_t i = 0; i < nn_mixed_count (mixed); i++)
    nn_mixed_renew (i, mixed);
  for (int kind = 0; kind < N_KINDS; kind++)
    check_product (mixed, &l, kind, TRUE);
  run_layer (mixed, &l, FORWARD, FALSE);
  for (size_t i = 0; i < 32 * 40; i++)
    g_assert_cmpfloat (l.y[i], ==, -first[i]);
  g_assert_cmpuint (nn_mixed_count (mixed), ==, 2);
  layer_clear (&l);
  nn_mixed_free (mixed);
}

/* One layer of three, or three that read the same numbers. */
static void
test_joined (gconstpointer data)
{
  NnMixed *mixed = mixed_of (GPOINTER_TO_SIZE (data));
  g_autofree float *y = g_new (float, 20 * 24);
  Layer l;

  if (mixed == NULL)
    return;
  layer_init (&l, 20, 8, 24, 0);
  check_product (mixed, &l, FORWARD, FALSE);
  for (size_t part = 0; part < 3; part++)
    nn_linear_forward (mixed, y + part * 8, 24, l.x, 8, l.weight + part * 8 * 8, NULL, 20, 8, 8);
  g_assert_cmpuint (nn_mixed_count (mixed), ==, 4);
  for (size_t i = 0; i < 20 * 24; i++)
    g_assert_cmpfloat_with_epsilon (y[i], l.y[i], 1e-5);
  layer_clear (&l);
  nn_mixed_free (mixed);
}

static void
test_own_keeps_nothing (void)
{
  NnMixed *mixed = nn_mixed_new (NN_WAY_OWN);

  check_layer (mixed, 20, 10, 12);
  g_assert_cmpuint (nn_mixed_count (mixed), ==, 0);
  g_assert_cmpuint (nn_mixed_bytes (mixed), ==, 0);
  nn_mixed_free (mixed);
}

/* ---- threads ---- */

typedef struct {
  NnMixed *mixed;
  Layer layers[4];
} Shared;

static void
run_shared (size_t job, void *data)
{
  Shared *shared = data;
  const Layer *l = &shared->layers[job % 4];
  g_autofree float *y = g_new (float, l->n * l->out);

  nn_linear_forward (shared->mixed, y, l->out, l->x, l->ldx, l->weight, NULL, l->n, l->in, l->out);
  g_assert_cmpmem (y, l->n * l->out * sizeof *y, l->y, l->n * l->out * sizeof *y);
}

/* Several threads ask for the same copies at the same time. */
static void
test_threads (gconstpointer data)
{
  NnMixed *alone = mixed_of (GPOINTER_TO_SIZE (data));
  NnTeam *team = nn_team_create (4);
  Shared shared;

  if (alone == NULL)
    return;
  for (size_t i = 0; i < 4; i++) {
    layer_init (&shared.layers[i], 33 + i, 20 + i, 30, 0);
    shared.layers[i].ldy = 30;
    run_layer (alone, &shared.layers[i], FORWARD, FALSE);
  }
  for (int turn = 0; turn < 20; turn++) {
    shared.mixed = nn_mixed_new (ways[GPOINTER_TO_SIZE (data)].way);
    nn_team_run (team, 64, run_shared, &shared);
    nn_team_run (team, nn_mixed_count (shared.mixed), nn_mixed_renew, shared.mixed);
    nn_team_run (team, 8, run_shared, &shared);
    nn_mixed_free (shared.mixed);
  }
  for (size_t i = 0; i < 4; i++)
    layer_clear (&shared.layers[i]);
  nn_team_free (team);
  nn_mixed_free (alone);
}

/* ---- choice ---- */

static void
test_choice (void)
{
  NnBf16Unit unit = nn_mixed_get_unit ();
  NnMixed *best = nn_mixed_new (NN_WAY_BEST);

  g_assert_nonnull (best);
  check_layer (best, 20, 10, 12);
  g_assert_cmpuint (nn_mixed_count (best) > 0, ==, unit != NN_BF16_EMULATED);
  g_assert_cmpstr (nn_mixed_unit_name (NN_BF16_EMULATED), ==, "emulated");
  g_assert_cmpstr (nn_mixed_unit_name (NN_BF16_AVX512), ==, "AVX512_BF16");
  g_assert_cmpstr (nn_mixed_unit_name (NN_BF16_AMX), ==, "AMX");
  nn_mixed_free (best);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/bf16/table", test_table);
  g_test_add_func ("/bf16/all", test_all);
  g_test_add_func ("/bf16/lengths", test_lengths);
  for (size_t way = 0; way < G_N_ELEMENTS (ways); way++) {
    const struct {
      const char *name;
      GTestDataFunc run;
      gboolean copies; /* only where there are any */
    } cases[] = {
      { "products", test_products, FALSE },
      { "large", test_large, FALSE },
      { "not-finite", test_not_finite, FALSE },
      { "threads", test_threads, FALSE },
      { "copies", test_copies, TRUE },
      { "joined", test_joined, TRUE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
      g_autofree char *path = g_strdup_printf ("/mixed/%s/%s", ways[way].name, cases[i].name);

      if (!cases[i].copies || ways[way].way != NN_WAY_OWN)
        g_test_add_data_func (path, GSIZE_TO_POINTER (way), cases[i].run);
    }
  }
  g_test_add_func ("/mixed/own/keeps-nothing", test_own_keeps_nothing);
  g_test_add_func ("/mixed/choice", test_choice);
  return g_test_run ();
}
