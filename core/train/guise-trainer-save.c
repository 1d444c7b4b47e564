#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"
#include "guise-trainer-private.h"
#include "nn-gemm.h"

enum { KEPT = 2 }; /* newest checkpoints */

/* What the model's file says of itself; values are freed with the array. */
static GPtrArray *
make_metadata (const GuiseTrainer *trainer)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);
  char *best = trainer->info->best != NULL ? json_dumps (trainer->info->best, JSON_COMPACT) : NULL;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

#define ADD(key, value)                    \
  g_ptr_array_add (pairs, g_strdup (key)); \
  g_ptr_array_add (pairs, value)
  ADD ("run", g_strdup (trainer->info->name));
  ADD ("step", g_strdup_printf ("%.0f", trainer->state.step));
  ADD ("lambda", g_strdup (g_ascii_formatd (number, sizeof number, "%.4g", trainer->info->lambda)));
  ADD ("version", g_strdup (GUISE_VERSION));
  ADD ("blas_core", g_strdup (nn_gemm_core_name ()));
  ADD ("threads", g_strdup_printf ("%u", trainer->info->n_threads));
  ADD ("data", g_strdup (trainer->info->data));
  if (best != NULL) {
    ADD ("best", g_strdup (best));
  }
#undef ADD
  free (best);
  g_ptr_array_add (pairs, NULL);
  return pairs;
}

gboolean
guise_trainer_save (GuiseTrainer *trainer, GError **error)
{
  guint64 step = (guint64)trainer->state.step;
  g_autofree char *path = guise_run_get_checkpoint_path (trainer->folder, step);
  g_autofree char *latest = g_build_filename (trainer->folder, "latest", NULL);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *line = g_strconcat (name, "\n", NULL);
  g_autoptr (GPtrArray) metadata = make_metadata (trainer);
  const GuiseCheckpoint checkpoint
      = { trainer->model, trainer->optimiser, &trainer->gradnorm,
          &trainer->state, trainer->info->seed, trainer->vocab,
          (const char *const *)metadata->pdata };
  gint64 started = g_get_monotonic_time ();

  if (!guise_trainer_sync_metrics (trainer, error)
      || !guise_checkpoint_write (&checkpoint, path, error)
      || !guise_atomic_write (latest, line, strlen (line), error))
    return FALSE;
  trainer->times.checkpoint += (double)(g_get_monotonic_time () - started) / 1e6;
  return TRUE;
}

static gboolean
is_damaged (const GuiseTrainer *trainer, guint64 step)
{
  for (guint i = 0; i < trainer->damaged->len; i++)
    if (g_array_index (trainer->damaged, guint64, i) == step)
      return TRUE;
  return FALSE;
}

/* The folder must hold a newer, verified checkpoint by now. What cannot be removed stays. */
void
guise_trainer_prune (GuiseTrainer *trainer)
{
  g_autoptr (GArray) steps = guise_run_list_checkpoints (trainer->folder);
  guint kept = 0;

  for (guint i = 0; i < steps->len; i++) {
    guint64 step = g_array_index (steps, guint64, i);
    g_autofree char *path = guise_run_get_checkpoint_path (trainer->folder, step);

    if (step > (guint64)trainer->state.step) {
      if (is_damaged (trainer, step))
        guise_folder_remove (path, NULL);
    } else if (kept < KEPT) {
      kept++;
    } else if ((double)step != trainer->state.best_step) {
      guise_folder_remove (path, NULL);
    }
  }
}

gboolean
guise_trainer_save_info (GuiseTrainer *trainer, GuiseRunState state, const char *problem,
                         GError **error)
{
  GuiseRunInfo *info = trainer->info;

  info->state = state;
  info->step = (guint64)trainer->state.step;
  info->finished = state == GUISE_RUN_RUNNING ? 0 : g_get_real_time () / G_USEC_PER_SEC;
  g_free (info->error);
  info->error = g_strdup (problem);
  return guise_run_info_save (info, trainer->folder, error);
}

gboolean
guise_trainer_publish_best (GuiseTrainer *trainer, GError **error)
{
  g_autofree char *from
      = guise_run_get_checkpoint_path (trainer->folder, (guint64)trainer->state.best_step);
  g_autofree char *to = g_build_filename (trainer->folder, "best", NULL);

  return guise_checkpoint_publish (from, to, error);
}

/* -------------------------------------------------------------------- loading */

/* The byte behind line n_lines of an open file, or behind its last whole line when it has fewer;
 * returns how many lines end there. */
static guint64
find_end (FILE *file, guint64 n_lines, off_t *end)
{
  guint64 found = 0;
  off_t place = 0;
  int c;

  *end = 0;
  while (found < n_lines && (c = getc (file)) != EOF) {
    place++;
    if (c == '\n') {
      found++;
      *end = place;
    }
  }
  return found;
}

/* Takes the lines out that were written after the checkpoint: they will be written again. */
static gboolean
cut_metrics (GuiseTrainer *trainer, GError **error)
{
  g_autofree char *path = g_build_filename (trainer->folder, "metrics.jsonl", NULL);
  g_autoptr (GError) local = NULL;
  int fd = guise_open_file (path, O_RDWR, &local);
  FILE *file = fd >= 0 ? fdopen (fd, "r+") : NULL;
  guint64 n_lines = (guint64)trainer->state.metrics_lines, found = 0;
  gboolean good = TRUE;
  off_t end = 0;

  if (fd < 0 && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (file != NULL) {
    found = find_end (file, n_lines, &end);
    if (ftruncate (fileno (file), end) != 0)
      good = guise_formats_fail_errno (error, errno, "cannot shorten", path);
    fclose (file);
  }
  if (found < n_lines)
    guise_trainer_warn (trainer, "metrics.jsonl is shorter than at the checkpoint: lines are lost");
  trainer->state.metrics_lines = (double)found;
  return good;
}

static void
take_best (GuiseTrainer *trainer, const char *best)
{
  json_t *event = best != NULL ? json_loads (best, 0, NULL) : NULL;

  json_decref (trainer->info->best);
  trainer->info->best = event;
  /* A run that was never validated has a best step at its end, yet no λ of its own. */
  trainer->info->lambda = event != NULL ? trainer->state.best_lambda : GUISE_RUN_DEFAULT_LAMBDA;
}

/* Whether the checkpoint itself is at fault: what is in it, or that a file is missing. Anything
 * else (no descriptor left, a disk that does not answer) may be over the next time. */
static gboolean
is_at_fault (const GError *error)
{
  return error->domain == GUISE_FORMATS_ERROR || error->domain == GUISE_MODEL_ERROR
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

gboolean
guise_trainer_load (GuiseTrainer *trainer, GError **error)
{
  g_autoptr (GArray) steps = guise_run_list_checkpoints (trainer->folder);
  const GuiseCheckpoint checkpoint
      = { trainer->model, trainer->optimiser, &trainer->gradnorm,
          &trainer->state, trainer->info->seed, trainer->vocab, NULL };
  g_autoptr (GError) first = NULL;

  for (guint i = 0; i < steps->len; i++) {
    guint64 step = g_array_index (steps, guint64, i);
    g_autofree char *path = guise_run_get_checkpoint_path (trainer->folder, step);
    g_autofree char *best = NULL;
    g_autoptr (GError) local = NULL;

    if (guise_checkpoint_read (&checkpoint, path, "best", &best, &local)) {
      if (first != NULL)
        guise_trainer_warn (trainer, "%s; going on from step %" G_GUINT64_FORMAT " instead",
                            first->message, step);
      take_best (trainer, best);
      return cut_metrics (trainer, error);
    }
    if (is_at_fault (local))
      g_array_append_val (trainer->damaged, step);
    if (first == NULL)
      first = g_steal_pointer (&local);
  }
  if (first != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&first), "no checkpoint of '%s' is good: ",
                                trainer->info->name);
  else
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND,
                 "'%s' has no checkpoint to go on from", trainer->info->name);
  return FALSE;
}
