#include "guise-plumbing.h"

#include <string.h>

#include "guise-batch-file.h"
#include "guise-gradnorm.h"
#include "guise-optimiser.h"
#include "guise-safetensors-writer.h"

#ifdef NN_DOUBLE
#define REAL_DTYPE GUISE_DTYPE_F64
#define guise_plumbing_step guise_plumbing_step_double
#define guise_plumbing_train guise_plumbing_train_double
#else
#define REAL_DTYPE GUISE_DTYPE_F32
#endif

/* Everything that both commands work with. Every parameter is trained, whatever config.train says.
 */
typedef struct {
  GuiseModel *model;
  GuiseBatchFile *batch;
  GuiseStepper *stepper;
} Bench;

static void
bench_clear (Bench *bench)
{
  guise_stepper_free (bench->stepper);
  guise_batch_file_free (bench->batch);
  guise_model_free (bench->model);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static gboolean
bench_open (Bench *bench, const char *folder, const char *batch, GError **error)
{
  g_autofree char *config_path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *values_path = g_build_filename (folder, "model.safetensors", NULL);
  GuiseConfig config;

  if (!guise_config_load (&config, config_path, error))
    return FALSE;
  config.train.vision_blocks = -1;
  config.train.train_text = TRUE;
  config.train.vision_lr = config.train.text_lr = 1;
  config.train.micro_batch = 0;
  if (!guise_model_check_memory (&config, error))
    return FALSE;
  bench->model = guise_model_new (&config);
  if (!guise_model_load_values (bench->model, values_path, error))
    return FALSE;
  bench->batch = guise_batch_file_load (&config, batch, error);
  if (bench->batch == NULL)
    return FALSE;
  bench->stepper = guise_stepper_new (bench->model, NULL);
  return TRUE;
}

static double
total_loss (const Bench *bench, const double *weights)
{
  double total = bench->model->config.loss.gate_weight
                 * (double)guise_stepper_get_losses (bench->stepper)->gate->data[0];

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    if (weights[k] != 0)
      total += weights[k] * guise_stepper_get_loss (bench->stepper, k);
  return total;
}

/* -------------------------------------------------------------------------------------------- step
 */

/* Scalars must live until the file is written. */
static void
add_scalar (GuiseSafetensorsWriter *writer, json_t *summary, const char *name, nn_real *room,
            double value)
{
  *room = (nn_real)value;
  guise_safetensors_writer_add (writer, name, REAL_DTYPE, 0, NULL, room);
  json_object_set_new (summary, name, json_real (*room));
}

static void
add_feature (GuiseSafetensorsWriter *writer, const char *name, const GraphTensor *x)
{
  g_autofree char *full = g_strconcat ("feature.", name, NULL);

  guise_safetensors_writer_add (writer, full, REAL_DTYPE, 2, (gsize[]){ x->rows, x->cols },
                                x->data);
}

static void
add_features (GuiseSafetensorsWriter *writer, const Bench *bench)
{
  const GuiseImageHeads *image = guise_stepper_get_image_heads (bench->stepper);
  const GuiseFusion *fusion = &guise_stepper_get_losses (bench->stepper)->fusion;

  add_feature (writer, "identity", image->identity);
  add_feature (writer, "clothing", image->clothing);
  add_feature (writer, "gate", image->gate);
  add_feature (writer, "pooled_identity", image->pooled_identity);
  add_feature (writer, "pooled_clothing", image->pooled_clothing);
  add_feature (writer, "aligned", image->aligned);
  add_feature (writer, "v", image->v);
  add_feature (writer, "c", image->c);
  if (fusion->fused != NULL) {
    add_feature (writer, "fused", fusion->fused);
    add_feature (writer, "modality", fusion->modality);
  }
}

/* Everything is trained here: values and gradients have the same places. */
static void
add_params (GuiseSafetensorsWriter *writer, const Bench *bench, const char *prefix,
            const nn_real *numbers)
{
  GArray *specs = bench->model->params->specs;

  for (guint k = 0; k < specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, k);
    g_autofree char *name = g_strconcat (prefix, spec->name, NULL);

    guise_safetensors_writer_add (writer, name, REAL_DTYPE, spec->n_dims, spec->shape,
                                  numbers + spec->offset);
  }
}

json_t *
guise_plumbing_step (const char *folder, const char *batch, const char *out, GError **error)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  json_auto_t *summary = json_object ();
  double weights[GUISE_N_TERMS] = { 0 };
  nn_real room[GUISE_N_TERMS + 2];

  if (!bench_open (&bench, folder, batch, error))
    return NULL;
  guise_stepper_forward (bench.stepper, &bench.batch->batch,
                         GUISE_WANT_ALL_TERMS | GUISE_WANT_FUSION, 0);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    if (guise_stepper_get_losses (bench.stepper)->term[k] != NULL) {
      g_autofree char *name = g_strconcat ("loss.", guise_term_name (k), NULL);

      weights[k] = 1;
      add_scalar (writer, summary, name, &room[k], guise_stepper_get_loss (bench.stepper, k));
    }
  add_scalar (writer, summary, "loss.gate", &room[GUISE_N_TERMS],
              (double)guise_stepper_get_losses (bench.stepper)->gate->data[0]);
  add_scalar (writer, summary, "loss.total", &room[GUISE_N_TERMS + 1],
              total_loss (&bench, weights));
  guise_stepper_backward (bench.stepper, weights);
  add_features (writer, &bench);
  add_params (writer, &bench, "grad.", guise_stepper_get_grads (bench.stepper));
  if (!guise_safetensors_writer_write (writer, out, error))
    return NULL;
  return g_steal_pointer (&summary);
}

/* --------------------------------------------------------------------------------------------
 * train */

/* One step; fills row: total, each active term, the weight of each. */
static void
train_once (Bench *bench, GuiseOptimiser *optimiser, GuiseGradNorm *gradnorm,
            const GuiseTermList *active, gsize step, nn_real *row)
{
  const GuiseConfig *config = &bench->model->config;
  const GuiseLabels *labels = &bench->batch->batch.labels;
  double loss[GUISE_N_TERMS], norm[GUISE_N_TERMS] = { 0 }, floor[GUISE_N_TERMS],
                              weights[GUISE_N_TERMS];

  guise_stepper_forward (bench->stepper, &bench->batch->batch, GUISE_WANT_ALL_TERMS, 0);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = guise_stepper_get_loss (bench->stepper, k);
    floor[k] = guise_losses_get_floor (k, labels);
  }
  for (gsize i = 0; guise_gradnorm_needs_norms (gradnorm, config) && i < gradnorm->n_tasks; i++)
    norm[gradnorm->task[i]] = guise_stepper_get_task_norm (bench->stepper, gradnorm->task[i]);
  guise_gradnorm_update (gradnorm, config, loss, norm, floor, guise_losses_get_chance (labels));
  guise_gradnorm_get_weights (gradnorm, config, step, weights);
  row[0] = (nn_real)total_loss (bench, weights);
  for (gsize i = 0; i < active->n; i++) {
    row[1 + i] = (nn_real)loss[active->item[i]];
    row[1 + active->n + i] = (nn_real)weights[active->item[i]];
  }
  guise_stepper_backward (bench->stepper, weights);
  guise_optimiser_step (optimiser, guise_stepper_get_grads (bench->stepper), config->optimiser.lr);
}

static json_t *
history_to_json (const nn_real *history, gsize n_steps, gsize n_columns)
{
  json_t *rows = json_array ();

  for (gsize i = 0; i < n_steps; i++) {
    json_t *row = json_array ();

    for (gsize j = 0; j < n_columns; j++)
      json_array_append_new (row, json_real (history[i * n_columns + j]));
    json_array_append_new (rows, row);
  }
  return json_pack ("{s:o}", "history", rows);
}

json_t *
guise_plumbing_train (const char *folder, const char *batch, const char *out, gsize n_steps,
                      GError **error)
{
  g_auto (Bench) bench = { 0 };
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  g_autoptr (GuiseOptimiser) optimiser = NULL;
  g_autofree nn_real *history = NULL;
  GuiseGradNorm gradnorm;
  GuiseTermList active;
  gsize n_columns;

  if (!bench_open (&bench, folder, batch, error))
    return NULL;
  optimiser = guise_optimiser_new (bench.model, NULL);
  guise_gradnorm_init (&gradnorm, &bench.model->config);
  guise_config_get_active_terms (&bench.model->config, &active);
  n_columns = 1 + 2 * active.n;
  history = g_new0 (nn_real, n_steps * n_columns + 1);
  for (gsize i = 0; i < n_steps; i++)
    train_once (&bench, optimiser, &gradnorm, &active, i, history + i * n_columns);
  guise_safetensors_writer_add (writer, "history", REAL_DTYPE, 2, (gsize[]){ n_steps, n_columns },
                                history);
  guise_safetensors_writer_set_metadata (writer, "columns",
                                         "total, then each active term, then the weight of each");
  add_params (writer, &bench, "param.", bench.model->values);
  if (!guise_safetensors_writer_write (writer, out, error))
    return NULL;
  return history_to_json (history, n_steps, n_columns);
}
