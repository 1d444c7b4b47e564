#include "guise-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guise-formats-error.h"
#include "guise-safetensors-writer.h"
#include "guise-safetensors.h"
#include "guise-tensor-differences.h"
#include "nn-random.h"
#include "nn-room.h"

#ifdef NN_DOUBLE
#define REAL_DTYPE GUISE_DTYPE_F64
#define copy_real guise_tensor_copy_double
#else
#define REAL_DTYPE GUISE_DTYPE_F32
#define copy_real guise_tensor_copy_float
#endif

GQuark
guise_model_error_quark (void)
{
  return g_quark_from_static_string ("guise-model-error-quark");
}

gboolean
guise_model_check_memory (const GuiseConfig *config, GError **error)
{
  g_autofree char *needed = NULL, *there = NULL;
  GuiseParams *params = guise_params_new (config);
  double n = (double)params->n, bytes = n * sizeof (nn_real);
  double machine = (double)sysconf (_SC_PHYS_PAGES) * (double)sysconf (_SC_PAGE_SIZE);
  void *trial = bytes <= machine ? malloc ((gsize)bytes) : NULL;

  guise_params_free (params);
  if (trial != NULL) {
    free (trial); /* it was not touched: it took no memory */
    return TRUE;
  }
  needed = g_format_size ((guint64)MIN (bytes, 1e19));
  there = g_format_size ((guint64)machine);
  g_set_error (error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_MEMORY,
               "cannot make a model of %.0f million values: they need %s of memory, this machine "
               "has %s; choose fewer layers or smaller sizes",
               n / 1e6, needed, there);
  return FALSE;
}

GuiseModel *
guise_model_new (const GuiseConfig *config)
{
  GuiseModel *model = g_new0 (GuiseModel, 1);

  model->config = *config;
  model->params = guise_params_new (config);
  model->values = g_new0 (nn_real, model->params->n);
  nn_use_large_pages (model->values, model->params->n * sizeof (nn_real));
  return model;
}

void
guise_model_free (GuiseModel *model)
{
  if (model == NULL)
    return;
  guise_params_free (model->params);
  g_free (model->values);
  nn_mixed_free (model->mixed);
  g_free (model);
}

/* ---------------------------------------------------------------------------------- precision */

void
guise_model_set_precision (GuiseModel *model, GuisePrecision precision)
{
#ifndef NN_DOUBLE
  g_clear_pointer (&model->mixed, nn_mixed_free);
  if (precision == GUISE_PRECISION_BFLOAT16) {
    model->mixed = nn_mixed_new (NN_WAY_BEST);
    if (model->mixed == NULL)
      g_error ("out of memory"); /* as g_new() would */
  }
#endif
}

GuisePrecision
guise_model_get_precision (const GuiseModel *model)
{
  return model->mixed != NULL ? GUISE_PRECISION_BFLOAT16 : GUISE_PRECISION_FLOAT32;
}

void
guise_model_values_changed (GuiseModel *model, NnTeam *team)
{
  if (model->mixed != NULL)
    nn_team_run (team, nn_mixed_count (model->mixed), nn_mixed_renew, model->mixed);
}

/* ------------------------------------------------------------------------------------ starting
 * values */

/* Box and Muller: the i-th standard normal number of a stream. */
static double
normal (guint64 seed, gsize i)
{
  double radius = sqrt (-2 * log (1 - nn_random_uniform (seed, 2 * i)));

  return radius * cos (2 * G_PI * nn_random_uniform (seed, 2 * i + 1));
}

static double
start_value (const GuiseParamSpec *spec, guint64 seed, gsize i)
{
  double dt;

  switch (spec->start) {
  case GUISE_START_NORMAL:
    return spec->scale * normal (seed, i);
  case GUISE_START_UNIFORM:
    return spec->scale * (2 * nn_random_uniform (seed, i) - 1);
  case GUISE_START_ONES:
    return 1;
  case GUISE_START_ZEROS:
    return 0;
  case GUISE_START_A_LOG:
    return log (1.0 + i % spec->shape[1]);
  case GUISE_START_DT_BIAS:
    dt = exp (nn_random_uniform (seed, i) * (log (0.1) - log (1e-3)) + log (1e-3));
    dt = MAX (dt, 1e-4);
    return dt + log (-expm1 (-dt));
  }
  g_return_val_if_reached (0);
}

static gboolean
has_prefix (const char *name, const char *const *prefixes)
{
  for (; *prefixes != NULL; prefixes++)
    if (g_str_has_prefix (name, *prefixes))
      return TRUE;
  return FALSE;
}

void
guise_model_init_except (GuiseModel *model, guint64 seed, const char *const *prefixes)
{
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);
    guint64 stream = nn_random_bits (seed, k);

    if (has_prefix (spec->name, prefixes))
      continue;
    for (gsize i = 0; i < spec->n; i++)
      model->values[spec->offset + i] = (nn_real)start_value (spec, stream, i);
  }
  guise_model_values_changed (model, NULL);
}

void
guise_model_init (GuiseModel *model, guint64 seed)
{
  static const char *const none[] = { NULL };

  guise_model_init_except (model, seed, none);
}

/* ---------------------------------------------------------------------------------------- reading
 */

/* What is wrong with the file's tensors, or NULL. */
static char *
compare_tensors (const GuiseParams *params, const GuiseSafetensors *file)
{
  g_autoptr (GuiseTensorDifferences) differences = guise_tensor_differences_new ();

  for (guint k = 0; k < params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, k);

    guise_tensor_differences_compare (differences, spec->name, spec->n_dims, spec->shape,
                                      guise_safetensors_lookup (file, spec->name));
  }
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (file); i++)
    if (guise_params_find (params, guise_safetensors_get (file, i)->name) == NULL)
      guise_tensor_differences_add_unexpected (differences, guise_safetensors_get (file, i)->name);
  return guise_tensor_differences_describe (differences);
}

static gboolean
check_tensors (const GuiseParams *params, const GuiseSafetensors *file, GError **error)
{
  g_autofree char *trouble = compare_tensors (params, file);

  if (trouble == NULL)
    return TRUE;
  g_set_error (error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_TENSORS,
               "checkpoint '%s' does not fit its configuration%s",
               guise_safetensors_get_path (file), trouble);
  return FALSE;
}

static gboolean
take_values (GuiseModel *model, const GuiseSafetensors *file, GError **error)
{
  g_autofree nn_real *values = NULL;

  if (!guise_safetensors_check_finite (file, error))
    return FALSE;
  values = g_new (nn_real, model->params->n);
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    if (!copy_real (guise_safetensors_lookup (file, spec->name), values + spec->offset, error))
      return FALSE;
  }
  memcpy (model->values, values, model->params->n * sizeof (nn_real));
  guise_model_values_changed (model, NULL);
  return TRUE;
}

gboolean
guise_model_load_values (GuiseModel *model, const char *path, GError **error)
{
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, error);

  return file != NULL && check_tensors (model->params, file, error)
         && take_values (model, file, error);
}

/* A key that this version does not know: says which version wrote it, where the weights tell. */
static void
explain_version (const GuiseSafetensors *file, GError **error)
{
  const char *version = guise_safetensors_get_metadata (file, "version");
  g_autofree char *clean = version != NULL ? guise_formats_clean (version) : NULL;
  g_autoptr (GError) cause = NULL;

  if (error == NULL || clean == NULL || strcmp (clean, GUISE_VERSION) == 0
      || !g_error_matches (*error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_UNKNOWN_KEY))
    return;
  cause = g_steal_pointer (error);
  g_set_error (error, cause->domain, cause->code, "%s; written by Guise %s, this is Guise %s",
               cause->message, clean, GUISE_VERSION);
}

GuiseModel *
guise_model_load (const char *folder, GError **error)
{
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *values_path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (values_path, error);
  g_autoptr (GuiseModel) model = NULL;
  GuiseParams *params;
  GuiseConfig config;
  gboolean fits;

  if (file == NULL)
    return NULL;
  if (!guise_config_load (&config, config_path, error)) {
    explain_version (file, error);
    return NULL;
  }
  /* Before a model is allocated: a few digits in config.json could ask for terabytes. */
  params = guise_params_new (&config);
  fits = check_tensors (params, file, error);
  guise_params_free (params);
  if (!fits)
    return NULL;
  model = guise_model_new (&config);
  return take_values (model, file, error) ? g_steal_pointer (&model) : NULL;
}

/* ---------------------------------------------------------------------------------------- writing
 */

/* All values as floats; the writer borrows them until the file is written. */
static float *
round_values (const GuiseModel *model)
{
  float *rounded = g_new (float, model->params->n);

  for (gsize i = 0; i < model->params->n; i++)
    rounded[i] = (float)model->values[i];
  return rounded;
}

gboolean
guise_model_save_values (const GuiseModel *model, const char *path, GuiseStorePrecision precision,
                         const char *const *metadata, GError **error)
{
  g_autofree float *rounded = precision == GUISE_STORE_HALF ? round_values (model) : NULL;
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();

  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);
    const nn_real *values = model->values + spec->offset;

    if (rounded != NULL)
      guise_safetensors_writer_add_half (writer, spec->name, spec->n_dims, spec->shape,
                                         rounded + spec->offset);
    else
      guise_safetensors_writer_add (writer, spec->name, REAL_DTYPE, spec->n_dims, spec->shape,
                                    values);
  }
  for (gsize i = 0; metadata != NULL && metadata[i] != NULL; i += 2)
    guise_safetensors_writer_set_metadata (writer, metadata[i], metadata[i + 1]);
  return guise_safetensors_writer_write (writer, path, error);
}

gboolean
guise_model_save (const GuiseModel *model, const char *folder, GError **error)
{
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *values_path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GError) local = NULL;

  if (!g_file_make_directory_with_parents (file, NULL, &local)
      && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_EXISTS)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  return guise_config_save (&model->config, config_path, error)
         && guise_model_save_values (model, values_path, GUISE_STORE_FULL, NULL, error);
}
