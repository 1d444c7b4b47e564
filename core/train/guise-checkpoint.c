#include "guise-checkpoint.h"

#include <string.h>

#include "guise-atomic-file.h"
#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"
#include "guise-safetensors-writer.h"
#include "guise-safetensors.h"
#include "guise-wordpiece.h"
#include "nn-elementwise.h"

/* One row a member of GuiseTrainState or GuiseGradNorm. */
typedef struct {
  const char *name;
  gsize offset, n;
} Field;

#define NUMBER(member)                                   \
  {                                                      \
#member, G_STRUCT_OFFSET(GuiseTrainState, member), 1 \
  }
#define PER_TERM(member)                                             \
  {                                                                  \
#member, G_STRUCT_OFFSET(GuiseTrainState, member), GUISE_N_TERMS \
  }

static const Field state_fields[] = {
  NUMBER (step),
  NUMBER (n_skipped),
  NUMBER (n_bad_in_row),
  NUMBER (is_complete),
  NUMBER (validated_at),
  NUMBER (n_since_best),
  NUMBER (best_step),
  NUMBER (best_r1),
  NUMBER (best_map),
  NUMBER (best_lambda),
  NUMBER (metrics_lines),
  PER_TERM (loss_sum),
  PER_TERM (loss_n),
  PER_TERM (floor_sum),
  NUMBER (gate_sum),
  NUMBER (gate_n),
};

static const Field gradnorm_fields[] = {
  { "s", G_STRUCT_OFFSET (GuiseGradNorm, s), GUISE_N_TERMS },
  { "m", G_STRUCT_OFFSET (GuiseGradNorm, m), GUISE_N_TERMS },
  { "v", G_STRUCT_OFFSET (GuiseGradNorm, v), GUISE_N_TERMS },
  { "start_loss", G_STRUCT_OFFSET (GuiseGradNorm, start_loss), GUISE_N_TERMS },
};

/* -------------------------------------------------------------------- writing */

static void
add_fields (GuiseSafetensorsWriter *writer, const char *prefix, const Field *fields, gsize n,
            gconstpointer from)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree char *name = g_strconcat (prefix, fields[i].name, NULL);

    guise_safetensors_writer_add (writer, name, GUISE_DTYPE_F64, fields[i].n > 1, &fields[i].n,
                                  G_STRUCT_MEMBER_P (from, fields[i].offset));
  }
}

/* Frozen parameters have no moments. */
static void
add_moments (GuiseSafetensorsWriter *writer, const GuiseCheckpoint *checkpoint)
{
  const GArray *specs = checkpoint->model->params->specs;

  for (guint k = 0; k < specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, k);
    g_autofree char *m = g_strconcat ("adam.m.", spec->name, NULL);
    g_autofree char *v = g_strconcat ("adam.v.", spec->name, NULL);

    if (spec->frozen)
      continue;
    guise_safetensors_writer_add (writer, m, GUISE_DTYPE_F32, spec->n_dims, spec->shape,
                                  checkpoint->optimiser->m + spec->grad_offset);
    guise_safetensors_writer_add (writer, v, GUISE_DTYPE_F32, spec->n_dims, spec->shape,
                                  checkpoint->optimiser->v + spec->grad_offset);
  }
}

static gboolean
write_training (const GuiseCheckpoint *checkpoint, const char *path, GError **error)
{
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  const gint64 counts[] = { (gint64)checkpoint->optimiser->n_steps,
                            (gint64)checkpoint->gradnorm->n_steps,
                            (gint64)checkpoint->gradnorm->n_warmup, (gint64)checkpoint->seed };

  add_moments (writer, checkpoint);
  add_fields (writer, "state.", state_fields, G_N_ELEMENTS (state_fields), checkpoint->state);
  add_fields (writer, "gradnorm.", gradnorm_fields, G_N_ELEMENTS (gradnorm_fields),
              checkpoint->gradnorm);
  guise_safetensors_writer_add (writer, "adam.n_steps", GUISE_DTYPE_I64, 0, NULL, &counts[0]);
  guise_safetensors_writer_add (writer, "gradnorm.n_steps", GUISE_DTYPE_I64, 0, NULL, &counts[1]);
  guise_safetensors_writer_add (writer, "gradnorm.n_warmup", GUISE_DTYPE_I64, 0, NULL, &counts[2]);
  guise_safetensors_writer_add (writer, "seed", GUISE_DTYPE_I64, 0, NULL, &counts[3]);
  for (gsize i = 0; checkpoint->metadata != NULL && checkpoint->metadata[i] != NULL; i += 2)
    guise_safetensors_writer_set_metadata (writer, checkpoint->metadata[i],
                                           checkpoint->metadata[i + 1]);
  return guise_safetensors_writer_write (writer, path, error);
}

static gboolean
check_finite (const GuiseCheckpoint *checkpoint, GError **error)
{
  gsize n = checkpoint->model->params->n, n_trained = checkpoint->model->params->n_trained;
  const char *what = !nn_all_finite (checkpoint->model->values, n)          ? "weights"
                     : !nn_all_finite (checkpoint->optimiser->m, n_trained) ? "first moments"
                     : !nn_all_finite (checkpoint->optimiser->v, n_trained) ? "second moments"
                                                                            : NULL;

  if (what == NULL)
    return TRUE;
  g_set_error (error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_NOT_FINITE,
               "cannot write a checkpoint: the %s are not finite", what);
  return FALSE;
}

/* What the reader asks of a file whose shapes are right. */
static gboolean
check_file (const char *path, GError **error)
{
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, error);

  return file != NULL && guise_safetensors_check_hash (file, error)
         && guise_safetensors_check_finite (file, error);
}

static gboolean
fill_folder (const GuiseCheckpoint *checkpoint, const char *folder, GError **error)
{
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  g_autofree char *model = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *vocab = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *training = g_build_filename (folder, "training.safetensors", NULL);

  return guise_folder_make (folder, error)
         && guise_config_save (&checkpoint->model->config, config, error)
         && guise_model_save_values (checkpoint->model, model, GUISE_STORE_FULL,
                                     checkpoint->metadata, error)
         && write_training (checkpoint, training, error)
         && guise_folder_link (checkpoint->vocab, vocab, error) && guise_folder_sync (folder, error)
         && check_file (model, error) && check_file (training, error);
}

/* Makes the scratch place empty; nobody but the run's own training, which is locked, writes
 * there. */
static gboolean
clear_scratch (const char *path, const char *made, GError **error)
{
  return guise_folder_settle (path, error) && guise_folder_remove (made, error);
}

gboolean
guise_checkpoint_write (const GuiseCheckpoint *checkpoint, const char *path, GError **error)
{
  g_autofree char *made = guise_folder_get_scratch (path);

  if (!check_finite (checkpoint, error) || !clear_scratch (path, made, error))
    return FALSE;
  if (fill_folder (checkpoint, made, error) && guise_folder_put (made, path, FALSE, error))
    return TRUE;
  guise_folder_remove (made, NULL);
  return FALSE;
}

gboolean
guise_checkpoint_publish (const char *path, const char *to, GError **error)
{
  static const char *const files[] = { "config.json", "model.safetensors", "vocab.txt" };
  g_autofree char *made = guise_folder_get_scratch (to);
  gboolean good = clear_scratch (to, made, error) && guise_folder_make (made, error);

  for (gsize i = 0; good && i < G_N_ELEMENTS (files); i++) {
    g_autofree char *from = g_build_filename (path, files[i], NULL);
    g_autofree char *target = g_build_filename (made, files[i], NULL);

    good = guise_folder_link (from, target, error);
  }
  if (good && guise_folder_sync (made, error) && guise_folder_put (made, to, FALSE, error))
    return TRUE;
  guise_folder_remove (made, NULL);
  return FALSE;
}

/* -------------------------------------------------------------------- reading */

static gboolean
wrong_shape (const GuiseSafetensors *file, const char *name, GError **error)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "'%s': tensor '%s' has another size than the configuration wants",
               guise_safetensors_get_path (file), name);
  return FALSE;
}

static gboolean
read_floats (const GuiseSafetensors *file, const char *prefix, const char *name, gsize n,
             float *out, GError **error)
{
  g_autofree char *full = g_strconcat (prefix, name, NULL);
  const GuiseTensor *tensor = guise_safetensors_require (file, full, error);

  if (tensor == NULL)
    return FALSE;
  if (tensor->n_elements != n)
    return wrong_shape (file, full, error);
  return guise_tensor_copy_float (tensor, out, error);
}

static gboolean
read_fields (const GuiseSafetensors *file, const char *prefix, const Field *fields, gsize n,
             gpointer to, GError **error)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree char *name = g_strconcat (prefix, fields[i].name, NULL);
    const GuiseTensor *tensor = guise_safetensors_require (file, name, error);

    if (tensor == NULL)
      return FALSE;
    if (tensor->n_elements != fields[i].n)
      return wrong_shape (file, name, error);
    if (!guise_tensor_copy_double (tensor, G_STRUCT_MEMBER_P (to, fields[i].offset), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_count (const GuiseSafetensors *file, const char *name, guint64 *value, GError **error)
{
  const GuiseTensor *tensor = guise_safetensors_require (file, name, error);
  gint64 number;

  if (tensor == NULL)
    return FALSE;
  if (tensor->n_elements != 1)
    return wrong_shape (file, name, error);
  if (!guise_tensor_copy_int64 (tensor, &number, error))
    return FALSE;
  *value = (guint64)number;
  return TRUE;
}

static gboolean
read_moments (const GuiseCheckpoint *checkpoint, const GuiseSafetensors *file, GError **error)
{
  const GArray *specs = checkpoint->model->params->specs;

  for (guint k = 0; k < specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, k);

    if (!spec->frozen
        && (!read_floats (file, "adam.m.", spec->name, spec->n,
                          checkpoint->optimiser->m + spec->grad_offset, error)
            || !read_floats (file, "adam.v.", spec->name, spec->n,
                             checkpoint->optimiser->v + spec->grad_offset, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_training (const GuiseCheckpoint *checkpoint, const GuiseSafetensors *file, GError **error)
{
  guint64 seed;

  if (!guise_safetensors_check_hash (file, error)
      || !guise_safetensors_check_finite (file, error) || !read_moments (checkpoint, file, error)
      || !read_fields (file, "state.", state_fields, G_N_ELEMENTS (state_fields),
                       checkpoint->state, error)
      || !read_fields (file, "gradnorm.", gradnorm_fields, G_N_ELEMENTS (gradnorm_fields),
                       checkpoint->gradnorm, error)
      || !read_count (file, "adam.n_steps", &checkpoint->optimiser->n_steps, error)
      || !read_count (file, "gradnorm.n_steps", &checkpoint->gradnorm->n_steps, error)
      || !read_count (file, "gradnorm.n_warmup", &checkpoint->gradnorm->n_warmup, error)
      || !read_count (file, "seed", &seed, error))
    return FALSE;
  if (seed == checkpoint->seed && checkpoint->state->step >= 0
      && checkpoint->state->metrics_lines >= 0)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "'%s' belongs to another run", guise_safetensors_get_path (file));
  return FALSE;
}

gboolean
guise_checkpoint_read (const GuiseCheckpoint *checkpoint, const char *path, const char *key,
                       char **value, GError **error)
{
  g_autofree char *model = g_build_filename (path, "model.safetensors", NULL);
  g_autofree char *training = g_build_filename (path, "training.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = NULL;

  if (!guise_safetensors_verify (model, error)
      || !guise_model_load_values (checkpoint->model, model, error))
    return FALSE;
  file = guise_safetensors_open (training, error);
  if (file == NULL || !read_training (checkpoint, file, error))
    return FALSE;
  if (key != NULL)
    *value = g_strdup (guise_safetensors_get_metadata (file, key));
  return TRUE;
}

static const char *
find_value (const char *const *pairs, const char *key)
{
  for (gsize i = 0; pairs != NULL && pairs[i] != NULL; i += 2)
    if (strcmp (pairs[i], key) == 0)
      return pairs[i + 1];
  return NULL;
}

/* Pairs for guise_model_save_values(): what is stated, the rest as the checkpoint has it. */
static GPtrArray *
make_metadata (const char *path, const char *const *stated)
{
  static const char *const keys[] = { "run", "step", "lambda", "version" };
  g_autofree char *file_path = g_build_filename (path, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (file_path, NULL);
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *value = find_value (stated, keys[i]);

    if (value == NULL && file != NULL)
      value = guise_safetensors_get_metadata (file, keys[i]);
    if (value != NULL) {
      g_ptr_array_add (pairs, g_strdup (keys[i]));
      g_ptr_array_add (pairs, g_strdup (value));
    }
  }
  g_ptr_array_add (pairs, NULL);
  return pairs;
}

/* Fills the folder with what others need, and reads the weights back. */
static gboolean
fill_export (const GuiseModel *model, const char *path, const char *folder,
             GuiseStorePrecision precision, const char *const *stated, GError **error)
{
  g_autoptr (GPtrArray) metadata = make_metadata (path, stated);
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  g_autofree char *values = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *vocab = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *from = g_build_filename (path, "vocab.txt", NULL);
  g_autofree char *text = NULL;
  gsize size;

  return (text = guise_read_file (from, GUISE_WORDPIECE_MAX_BYTES, &size, error)) != NULL
         && guise_config_save (&model->config, config, error)
         && guise_model_save_values (model, values, precision,
                                     (const char *const *)metadata->pdata, error)
         && guise_atomic_write (vocab, text, size, error) && guise_folder_sync (folder, error)
         && guise_safetensors_verify (values, error);
}

gboolean
guise_checkpoint_export (const char *path, const char *to, GuiseStorePrecision precision,
                         const char *const *metadata, GError **error)
{
  g_autoptr (GuiseModel) model = guise_model_load (path, error);
  g_autofree char *folder = g_canonicalize_filename (to, NULL);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *made = NULL;

  if (model == NULL || !guise_folder_make (parent, error)
      || (made = guise_folder_make_beside (folder, error)) == NULL)
    return FALSE;
  if (fill_export (model, path, made, precision, metadata, error)
      && guise_folder_put (made, folder, TRUE, error))
    return TRUE;
  guise_folder_remove (made, NULL);
  return FALSE;
}
