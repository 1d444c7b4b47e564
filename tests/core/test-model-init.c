/* Starting values: every tensor of a mid-size model against the table of docs/MODEL.md, section 4,
 * written down here a second time, by name. */
#include <math.h>
#include <string.h>

#include "guise-model.h"

/* Standard errors that a statistic may be off; the seeds are fixed. */
#define BOUND 5.0

typedef enum { NORMAL,
               UNIFORM,
               CONSTANT,
               A_LOG,
               DT_BIAS } Law;

typedef struct {
  Law law;
  double size; /* standard deviation; half the range; the number itself */
} Expected;

static gboolean
ends (const char *name, const char *end)
{
  return g_str_has_suffix (name, end);
}

/* Numbers that one output is made of. */
static double
fan_in (const GuiseParamSpec *spec)
{
  return (double)spec->n / spec->shape[0];
}

/* The fusion's Mamba layers; FALSE for tensors of other layers. */
static gboolean
expect_mamba (const GuiseParamSpec *spec, const GuiseConfig *config, Expected *expected)
{
  const char *name = spec->name;

  if (ends (name, ".A_log"))
    *expected = (Expected){ A_LOG, 0 };
  else if (ends (name, ".D"))
    *expected = (Expected){ CONSTANT, 1 };
  else if (ends (name, "dt_proj.bias"))
    *expected = (Expected){ DT_BIAS, 0 };
  else if (strstr (name, ".conv1d.") != NULL)
    *expected = (Expected){ UNIFORM, 1 / sqrt (config->fusion.d_conv) };
  else if (strstr (name, "_proj.weight") != NULL)
    *expected = (Expected){ UNIFORM, 1 / sqrt (fan_in (spec)) };
  else
    return FALSE;
  return TRUE;
}

static gboolean
is_norm (const char *name)
{
  return strstr (name, "norm") != NULL || strstr (name, "Norm") != NULL
         || ends (name, "align.image.2.weight") || ends (name, "align.text.2.weight");
}

static double
scratch_deviation (const GuiseParamSpec *spec)
{
  const char *name = spec->name;

  if (ends (name, "cls_token"))
    return 0.02;
  if (ends (name, "vision.embeddings.position_embeddings"))
    return 0.3;
  if (ends (name, "word_embeddings.weight"))
    return 0.05;
  if (ends (name, "text.embeddings.position_embeddings.weight")
      || ends (name, "token_type_embeddings.weight"))
    return 0.01;
  return 1 / sqrt (fan_in (spec));
}

static Expected
expect (const GuiseParamSpec *spec, const GuiseConfig *config)
{
  Expected expected;

  if (expect_mamba (spec, config, &expected))
    return expected;
  if (spec->n_dims == 1)
    return (Expected){ CONSTANT, is_norm (spec->name) && ends (spec->name, ".weight") };
  return (Expected){ NORMAL,
                     config->init == GUISE_INIT_SCRATCH ? scratch_deviation (spec) : 0.02 };
}

/* -------------------------------------------------------------------------------- statistics */

/* Mean 0 and variance 1 are expected of z; kurtosis is that of its law. */
static void
check_moments (const char *name, const double *z, gsize n, double kurtosis)
{
  double mean = 0, square = 0;

  for (gsize i = 0; i < n; i++) {
    mean += z[i] / n;
    square += z[i] * z[i] / n;
  }
  if (fabs (mean) > BOUND / sqrt (n) || fabs (square - 1) > BOUND * sqrt ((kurtosis - 1) / n)) {
    g_test_message ("%s: of %zu numbers, scaled, mean %.4f and mean square %.4f", name, n, mean,
                    square);
    g_test_fail ();
  }
}

/* 4.55 % of a normal law lie outside of two standard deviations, and some outside of three. */
static void
check_tails (const char *name, const double *z, gsize n)
{
  const double share = 0.0455;
  gsize outside = 0, far = 0;

  for (gsize i = 0; i < n; i++) {
    outside += fabs (z[i]) > 2;
    far += fabs (z[i]) > 3;
  }
  if (fabs (outside - share * n) > BOUND * sqrt (n * share * (1 - share)) || (n > 5000 && !far)) {
    g_test_message ("%s: of %zu numbers %zu beyond 2 and %zu beyond 3 deviations", name, n, outside,
                    far);
    g_test_fail ();
  }
}

static void
check_range (const char *name, const double *x, gsize n, double low, double high)
{
  for (gsize i = 0; i < n; i++)
    if (!(x[i] >= low * (1 - 1e-5) && x[i] <= high * (1 + 1e-5))) {
      g_test_message ("%s[%zu] is %.9g, not in %g … %g", name, i, x[i], low, high);
      g_test_fail ();
      return;
    }
}

/* ------------------------------------------------------------------------------- each tensor */

static void
check_drawn (const GuiseParamSpec *spec, const nn_real *values, const Expected *expected)
{
  g_autofree double *z = g_new (double, spec->n);
  double deviation = expected->law == UNIFORM ? expected->size / sqrt (3) : expected->size;

  for (gsize i = 0; i < spec->n; i++)
    z[i] = (double)values[i] / deviation;
  check_moments (spec->name, z, spec->n, expected->law == UNIFORM ? 1.8 : 3);
  if (expected->law == NORMAL) {
    check_tails (spec->name, z, spec->n);
    return;
  }
  for (gsize i = 0; i < spec->n; i++)
    z[i] = fabs ((double)values[i]);
  check_range (spec->name, z, spec->n, 0, expected->size);
}

static void
check_constant (const GuiseParamSpec *spec, const nn_real *values, double number)
{
  for (gsize i = 0; i < spec->n; i++)
    if ((double)values[i] != number) {
      g_test_message ("%s[%zu] is %.9g instead of %g", spec->name, i, (double)values[i], number);
      g_test_fail ();
      return;
    }
}

static void
check_a_log (const GuiseParamSpec *spec, const nn_real *values)
{
  for (gsize i = 0; i < spec->n; i++)
    g_assert_cmpfloat (fabs ((double)values[i] - log (1.0 + i % spec->shape[1])), <, 1e-6);
}

/* The step, softplus of the bias, is log-uniform in [0.001, 0.1]. */
static void
check_dt_bias (const GuiseParamSpec *spec, const nn_real *values)
{
  double middle = log (0.01), deviation = log (100) / sqrt (12);
  g_autofree double *step = g_new (double, spec->n);

  for (gsize i = 0; i < spec->n; i++)
    step[i] = log1p (exp ((double)values[i]));
  check_range (spec->name, step, spec->n, 1e-3, 0.1);
  for (gsize i = 0; i < spec->n; i++)
    step[i] = (log (step[i]) - middle) / deviation;
  check_moments (spec->name, step, spec->n, 1.8);
}

static void
check_tensor (const GuiseModel *model, const GuiseParamSpec *spec)
{
  Expected expected = expect (spec, &model->config);
  const nn_real *values = model->values + spec->offset;

  switch (expected.law) {
  case NORMAL:
  case UNIFORM:
    check_drawn (spec, values, &expected);
    break;
  case CONSTANT:
    check_constant (spec, values, expected.size);
    break;
  case A_LOG:
    check_a_log (spec, values);
    break;
  case DT_BIAS:
    check_dt_bias (spec, values);
    break;
  }
}

/* --------------------------------------------------------------------------------- the tests */

static GuiseModel *
make_model (const char *init, const char *backbone, guint64 seed)
{
  g_autofree char *first = g_strconcat ("init=", init, NULL);
  g_autofree char *second = g_strconcat ("fusion.backbone=", backbone, NULL);
  g_autoptr (GError) error = NULL;
  GuiseModel *model;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "tiny", NULL));
  g_assert_true (guise_config_set (&config, first, &error));
  g_assert_true (guise_config_set (&config, second, &error));
  model = guise_model_new (&config);
  guise_model_init (model, seed);
  return model;
}

static void
test_table (gconstpointer init)
{
  static const char *const backbones[] = { "mamba", "transformer" };

  for (gsize b = 0; b < G_N_ELEMENTS (backbones); b++) {
    g_autoptr (GuiseModel) model = make_model (init, backbones[b], 20 + b);
    gsize n_seen[DT_BIAS + 1] = { 0 };

    for (guint k = 0; k < model->params->specs->len; k++) {
      const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

      n_seen[expect (spec, &model->config).law]++;
      check_tensor (model, spec);
    }
    g_assert_cmpuint (n_seen[NORMAL], >, 30);
    g_assert_cmpuint (n_seen[CONSTANT], >, 30);
    g_assert_cmpuint (n_seen[UNIFORM], ==, b == 0 ? 12 : 0); /* two layers of six */
    g_assert_cmpuint (n_seen[A_LOG], ==, b == 0 ? 2 : 0);
    g_assert_cmpuint (n_seen[DT_BIAS], ==, b == 0 ? 2 : 0);
  }
}

static gboolean
is_drawn (const GuiseModel *model, const GuiseParamSpec *spec)
{
  Law law = expect (spec, &model->config).law;

  return law == NORMAL || law == UNIFORM || law == DT_BIAS;
}

/* The same seed gives the same values, another one gives others in every tensor that is drawn. */
static void
test_seeds (void)
{
  g_autoptr (GuiseModel) a = make_model ("scratch", "mamba", 7);
  g_autoptr (GuiseModel) same = make_model ("scratch", "mamba", 7);
  g_autoptr (GuiseModel) other = make_model ("scratch", "mamba", 8);

  g_assert_cmpmem (a->values, a->params->n * sizeof (nn_real), same->values,
                   same->params->n * sizeof (nn_real));
  for (guint k = 0; k < a->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (a->params->specs, GuiseParamSpec, k);
    gsize n_equal = 0;

    for (gsize i = 0; i < spec->n; i++)
      n_equal += a->values[spec->offset + i] == other->values[spec->offset + i];
    if (is_drawn (a, spec))
      g_assert_cmpuint (n_equal, <=, 1 + spec->n / 1000);
    else
      g_assert_cmpuint (n_equal, ==, spec->n);
  }
}

/* No tensor repeats another one: query, key and value start apart, and so do the layers. */
static void
test_streams (void)
{
  g_autoptr (GuiseModel) model = make_model ("finetune", "mamba", 7);
  GArray *specs = model->params->specs;

  for (guint k = 0; k < specs->len; k++)
    for (guint j = 0; j < k; j++) {
      const GuiseParamSpec *x = &g_array_index (specs, GuiseParamSpec, k),
                           *y = &g_array_index (specs, GuiseParamSpec, j);

      if (x->n == y->n && is_drawn (model, x) && is_drawn (model, y))
        g_assert_cmpint (memcmp (model->values + x->offset, model->values + y->offset,
                                 x->n * sizeof (nn_real)),
                         !=, 0);
    }
}

/* What somebody else fills is not touched, and the rest does not depend on it. */
static void
test_except (void)
{
  static const char *const prefixes[] = { "vision.", "text.", NULL };
  g_autoptr (GuiseModel) whole = make_model ("finetune", "mamba", 7);
  g_autoptr (GuiseModel) part = guise_model_new (&whole->config);
  gsize n_left = 0;

  for (gsize i = 0; i < part->params->n; i++)
    part->values[i] = 3;
  guise_model_init_except (part, 7, prefixes);
  for (guint k = 0; k < part->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (part->params->specs, GuiseParamSpec, k);
    const nn_real *a = part->values + spec->offset, *b = whole->values + spec->offset;
    gboolean left = g_str_has_prefix (spec->name, "vision.")
                    || g_str_has_prefix (spec->name, "text.");

    n_left += left;
    for (gsize i = 0; i < spec->n; i++)
      g_assert_cmpfloat (a[i], ==, left ? 3 : b[i]);
  }
  g_assert_cmpuint (n_left, >, 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/model-init/finetune", "finetune", test_table);
  g_test_add_data_func ("/model-init/scratch", "scratch", test_table);
  g_test_add_func ("/model-init/seeds", test_seeds);
  g_test_add_func ("/model-init/streams", test_streams);
  g_test_add_func ("/model-init/except", test_except);
  return g_test_run ();
}
