/* What run.json says of the program and the machine that train, and what is said of them. */
#include "guise-trainer-private.h"

#include <string.h>

#include "nn-gemm.h"

/* "float32", "bfloat16 (AMX)". */
static char *
describe_precision (const GuiseTrainer *trainer)
{
  int precision = trainer->model->config.train.precision;
  const char *name = guise_precision_get_names ()[precision];

  return precision == GUISE_PRECISION_BFLOAT16
             ? g_strdup_printf ("%s (%s)", name, nn_mixed_unit_name (nn_mixed_get_unit ()))
             : g_strdup (name);
}

void
guise_trainer_note_precision (GuiseTrainer *trainer)
{
  const char *note = trainer->model->config.train.precision == GUISE_PRECISION_BFLOAT16
                         ? nn_mixed_get_note ()
                         : NULL;

  if (note != NULL)
    guise_trainer_warn (trainer, "%s", note);
}

void
guise_trainer_record_program (GuiseTrainer *trainer)
{
  GuiseRunInfo *info = trainer->info;

  g_free (info->version);
  g_free (info->blas_core);
  g_free (info->precision);
  info->precision = describe_precision (trainer);
  info->version = g_strdup (GUISE_VERSION);
  info->blas_core = g_strdup (nn_gemm_core_name ());
  info->n_threads = (guint)nn_team_size (trainer->team);
  info->n_processes = trainer->options.crew != NULL ? (guint)trainer->options.crew->n : 1;
  info->n_images = trainer->train->n_images;
  info->n_persons = trainer->train->n_persons;
}

void
guise_trainer_compare_with_before (GuiseTrainer *trainer, const char *data)
{
  const GuiseRunInfo *info = trainer->info;
  guint n_processes = trainer->options.crew != NULL ? (guint)trainer->options.crew->n : 1;
  g_autofree char *precision = describe_precision (trainer);

  if (strcmp (info->data, data) != 0)
    guise_trainer_warn (trainer, "the training data have changed since the run began: it goes on "
                                 "with them as they are now");
  if (info->n_processes != n_processes)
    guise_trainer_warn (trainer, "the run had %u processes, now it has %u: the same but for "
                                 "rounding",
                        info->n_processes, n_processes);
  if (info->n_threads != nn_team_size (trainer->team))
    guise_trainer_warn (trainer, "the run had %u threads, now it has %zu: not bit for bit the same",
                        info->n_threads, nn_team_size (trainer->team));
  if (strcmp (info->blas_core, nn_gemm_core_name ()) != 0)
    guise_trainer_warn (trainer, "the run was computed with kernels for '%s', now for '%s': not "
                                 "bit for bit the same",
                        info->blas_core, nn_gemm_core_name ());
  if (strcmp (info->precision, precision) != 0)
    guise_trainer_warn (trainer, "the run was computed in '%s', now in '%s': the same but for "
                                 "rounding",
                        info->precision, precision);
}
