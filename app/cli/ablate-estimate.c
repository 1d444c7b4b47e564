#include "ablate-estimate.h"

#include <string.h>

#include "guise-part-cost.h"
#include "nn-gemm.h"

enum { SIZE = 256,           /* of the products that are timed */
       TOKENS = 20 };        /* of a text, about */
#define MEASURE_SECONDS 0.1  /* how long products are timed */
#define SHARE 0.4            /* of the speed of large products that a step reaches */
#define OVERHEAD_SECONDS 5.0 /* reading images and evaluating */
#define COPIES 10            /* weights three times over in each of three checkpoints, and best/ */

typedef struct {
  NnTeam *team;
  float *a, *b, *c;
} Products;

static void
multiply (size_t job, void *data)
{
  const Products *p = data;

  nn_gemm (NN_PLAIN, NN_TRANSPOSED, SIZE, SIZE, SIZE, 1, p->a, SIZE, p->b, SIZE, 0,
           p->c + job * SIZE * SIZE, SIZE);
}

/* Multiply-adds a second on all threads, as the machine is now. */
static double
measure_products (guint n_threads)
{
  NnTeam *team = nn_team_create (n_threads);
  gsize n = nn_team_size (team), one = SIZE * SIZE;
  g_autofree float *a = g_new0 (float, one), *b = g_new0 (float, one), *c = g_new (float, n *one);
  Products products = { team, a, b, c };
  gint64 started = g_get_monotonic_time (), now = started;
  double macs = 0;

  while (now - started < MEASURE_SECONDS * G_USEC_PER_SEC) {
    nn_team_run (team, n, multiply, &products);
    macs += (double)n * one * SIZE;
    now = g_get_monotonic_time ();
  }
  nn_team_free (team);
  return macs / ((double)(now - started) / G_USEC_PER_SEC);
}

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

static double
guess_seconds (const AblateSession *session, const GuiseConfig *config)
{
  gsize tokens = MIN (TOKENS, config->text.max_tokens);
  double macs = (double)config->train.steps * (double)guise_cost_count_step (config, tokens);

  return OVERHEAD_SECONDS + macs / (SHARE * measure_products (session->n_threads));
}

void
ablate_estimate (const AblateSession *session, const AblateRows *rows, const GuiseConfig *config,
                 guint n_runs, AblateEstimate *estimate)
{
  GuiseCost cost;
  guint64 values = 0;

  guise_cost_count (config, TOKENS, &cost);
  for (guint part = 0; part < GUISE_N_COSTS; part++)
    values += cost.parameters[part];
  /* what is finished keeps best/, what is being trained has its checkpoints too */
  estimate->bytes = values * sizeof (float) * (n_runs + COPIES);
  estimate->seconds = mean_seconds (rows);
  if (estimate->seconds == 0)
    estimate->seconds = guess_seconds (session, config);
}

gboolean
ablate_check_space (const char *folder, guint64 bytes, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info
      = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, error);
  guint64 there;

  if (info == NULL)
    return FALSE;
  there = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  if (!g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE) || there >= bytes)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot begin in '%s': the runs take up to %.1f MB, %.1f MB are free", folder,
               (double)bytes / 1e6, (double)there / 1e6);
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
