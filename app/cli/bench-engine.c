/* Benchmarks of the numeric core: the matrix product's peak, the encoders forward and training
 * steps. Beside each stands the product's peak, measured in turn with it. */
#include "bench-training.h"

#include "guise-network.h"
#include "nn-linear.h"
#include "nn-random.h"

enum { PEAK_SIZE = 768 };

/* The texts of the synthetic people are about as long as tiny's; real captions as paper's. */
static const BenchShape tiny_shape = { 32, 10, 28 }, paper_shape = { 8, 24, 64 },
                        full_shape = { 8, 64, 64 };

/* -------------------------------------------------------------------------------------------- gemm
 */

typedef struct {
  NnTeam *team;     /* borrowed */
  float *a, *b, *c; /* [threads][n,n] */
  NnMixed *mixed;   /* of bf16 numbers, else NULL */
} Products;

static void
products_init (Products *products, NnTeam *team)
{
  gsize n = nn_team_size (team) * PEAK_SIZE * PEAK_SIZE;

  *products = (Products){ team, g_new (float, n), g_new (float, n), g_new (float, n), NULL };
  for (gsize i = 0; i < n; i++) {
    products->a[i] = (float)nn_random_uniform (1, i);
    products->b[i] = (float)nn_random_uniform (2, i);
  }
}

static void
products_clear (Products *products)
{
  g_free (products->a);
  g_free (products->b);
  g_free (products->c);
  nn_mixed_free (products->mixed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Products, products_clear)

static double
products_flop (const Products *products)
{
  return 2.0 * nn_team_size (products->team) * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE;
}

static void
one_product (gsize job, gpointer data)
{
  const Products *p = data;
  gsize n = PEAK_SIZE, offset = job * n * n;

  nn_linear_forward (p->mixed, p->c + offset, n, p->a + offset, n, p->b + offset, NULL, n, n, n);
}

static void
all_products (gpointer data)
{
  const Products *p = data;

  nn_team_run (p->team, nn_team_size (p->team), one_product, data);
}

gboolean
bench_gemm (Bench *bench, GError **error)
{
  NnTeam *team = nn_team_create (bench->threads);
  g_auto (Products) products = { 0 };

  products_init (&products, team);
  bench_report (bench, "gemm", bench_median (bench, all_products, &products), nn_team_size (team),
                products_flop (&products));
  if (bench->precision == GUISE_PRECISION_BFLOAT16) {
    products.mixed = nn_mixed_new (NN_WAY_BEST);
    bench_report (bench, "gemm-bf16", bench_median (bench, all_products, &products),
                  nn_team_size (team), products_flop (&products));
  }
  nn_team_free (team);
  return TRUE;
}

/* Measures `run` and, in turn with it, the peak. */
static void
measure_beside_peak (Bench *bench, const char *name, BenchRun run, gpointer data, NnTeam *team,
                     double items, double flop)
{
  g_auto (Products) products = { 0 };
  double median, peak;

  products_init (&products, team);
  median = bench_median_beside (bench, run, data, all_products, &products, &peak);
  bench_report_beside (bench, name, median, items, flop, products_flop (&products) / peak);
}

/* ---------------------------------------------------------------------------------------- training
 */

static gboolean
measure_step (Bench *bench, const char *name, const char *preset, BenchShape shape, GError **error)
{
  g_auto (BenchTraining) training = { 0 };

  if (!bench_training_init (&training, preset, shape, bench, error)
      || (bench->save != NULL && !bench_training_save (&training, bench->save, error)))
    return FALSE;
  bench_training_begin (&training);
  measure_beside_peak (bench, name, bench_training_step, &training, training.team, shape.images,
                       bench_training_count_step (&training));
  return TRUE;
}

gboolean
bench_tiny (Bench *bench, GError **error)
{
  return measure_step (bench, "tiny", "tiny", tiny_shape, error);
}

gboolean
bench_train (Bench *bench, GError **error)
{
  return measure_step (bench, "train", "paper", paper_shape, error);
}

gboolean
bench_finetune (Bench *bench, GError **error)
{
  return measure_step (bench, "finetune", "recommended", paper_shape, error);
}

/* ---------------------------------------------------------------------------------------- encoders
 */

/* Each lane takes its share of the batch. */
typedef struct {
  BenchTraining *training;
  GraphTape **tapes; /* one a thread */
  NnJob run;
} Encoding;

static void
share (const Encoding *encoding, gsize lane, gsize *from, gsize *n)
{
  gsize lanes = nn_team_size (encoding->training->team), b = encoding->training->shape.images;

  *from = lane * b / lanes;
  *n = (lane + 1) * b / lanes - *from;
  graph_tape_reset (encoding->tapes[lane],
                    &(GraphSettings){ .params = encoding->training->model->values,
                                      .mixed = encoding->training->model->mixed });
}

static void
encode_images (gsize lane, gpointer data)
{
  const Encoding *encoding = data;
  const BenchTraining *training = encoding->training;
  const GuiseConfig *config = &training->model->config;
  gsize from, n, pixels = 3 * config->vision.image_size[0] * config->vision.image_size[1];

  share (encoding, lane, &from, &n);
  if (n > 0)
    guise_vision_forward (training->model, encoding->tapes[lane], training->images + from * pixels,
                          n);
}

static void
encode_texts (gsize lane, gpointer data)
{
  const Encoding *encoding = data;
  const BenchTraining *training = encoding->training;
  gsize from, n, *start;

  share (encoding, lane, &from, &n);
  if (n == 0)
    return;
  start = graph_alloc (encoding->tapes[lane], (n + 1) * sizeof *start);
  for (gsize i = 0; i <= n; i++)
    start[i] = training->start[0][from + i] - training->start[0][from];
  guise_text_forward (training->model, encoding->tapes[lane],
                      training->ids[0] + training->start[0][from], (GraphRows){ n, start });
}

static void
encode (gpointer data)
{
  Encoding *encoding = data;

  nn_team_run (encoding->training->team, nn_team_size (encoding->training->team), encoding->run,
               encoding);
}

static gboolean
measure_encoder (Bench *bench, const char *name, NnJob run,
                 double (*count) (const BenchTraining *training), GError **error)
{
  g_auto (BenchTraining) training = { 0 };
  Encoding encoding = { &training, NULL, run };
  gsize lanes;

  if (!bench_training_init (&training, "paper", full_shape, bench, error)
      || (bench->save != NULL && !bench_training_save (&training, bench->save, error)))
    return FALSE;
  lanes = nn_team_size (training.team);
  encoding.tapes = g_new (GraphTape *, lanes);
  for (gsize l = 0; l < lanes; l++)
    encoding.tapes[l] = graph_tape_create ();
  measure_beside_peak (bench, name, encode, &encoding, training.team, full_shape.images,
                       count (&training));
  for (gsize l = 0; l < lanes; l++)
    graph_tape_free (encoding.tapes[l]);
  g_free (encoding.tapes);
  return TRUE;
}

gboolean
bench_vision (Bench *bench, GError **error)
{
  return measure_encoder (bench, "vision", encode_images, bench_training_count_vision, error);
}

static double
count_first_texts (const BenchTraining *training)
{
  return bench_training_count_text (training, 0);
}

gboolean
bench_text (Bench *bench, GError **error)
{
  return measure_encoder (bench, "text", encode_texts, count_first_texts, error);
}
