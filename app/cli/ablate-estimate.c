#include "ablate-estimate.h"

#include "guise-estimate.h"
#include "guise-trainer.h"

#define OVERHEAD_SECONDS 5.0 /* reading images, validating and evaluating */

/* Of the rows that one process made from beginning to end; 0 where there is none. */
static double
mean_seconds (const AblateRows *rows)
{
  double sum = 0;
  guint n = 0;

  for (guint r = 0; r < rows->rows->len; r++) {
    const AblateRow *row = &g_array_index (rows->rows, AblateRow, r);

    if (!row->resumed) {
      sum += row->seconds;
      n++;
    }
  }
  return n > 0 ? sum / n : 0;
}

gboolean
ablate_estimate (const AblateSession *session, const AblateRows *rows, const GuiseConfig *config,
                 guint n_runs, AblateEstimate *estimate, GError **error)
{
  GuiseEstimate run;

  estimate->seconds = mean_seconds (rows);
  guise_estimate_make (&run, config, session->data, 1u << GUISE_SPLIT_TRAIN, session->n_threads, 1,
                       GUISE_TRAINER_PIXEL_BUDGET, NULL, estimate->seconds == 0);
  if (estimate->seconds == 0)
    estimate->seconds = OVERHEAD_SECONDS + run.run_s;
  /* what is finished keeps best/, what is being trained has its checkpoints too */
  estimate->bytes = (guint64)(n_runs * run.step.values + run.checkpoints + run.cache);
  return guise_estimate_check (&run, config, NULL, error);
}

gboolean
ablate_check_space (const char *folder, guint64 bytes, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info
      = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, error);
  g_autofree char *needed = g_format_size (bytes), *left = NULL;
  guint64 there;

  if (info == NULL)
    return FALSE;
  there = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  if (!g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE) || there >= bytes)
    return TRUE;
  left = g_format_size (there);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot begin in '%s': the runs take up to %s, %s are free", folder, needed, left);
  return FALSE;
}

char *
ablate_describe_time (double seconds)
{
  if (seconds < 90)
    return g_strdup_printf ("%.0f s", seconds);
  if (seconds < 90 * 60)
    return g_strdup_printf ("%.0f min", seconds / 60);
  return g_strdup_printf ("%.1f h", seconds / 3600);
}
