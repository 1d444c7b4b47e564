/* guisectl topk: exact inner-product search over two arrays. */
#include <glib/gstdio.h>

#include "cli-commands.h"
#include "guise-formats-error.h"
#include "guise-npy.h"
#include "guise-topk.h"
#include "nn-gemm.h"

#define MAX_BYTES ((gsize)64 << 30)

typedef struct {
  char *gallery, *queries, *indices, *scores; /* paths; scores may be NULL */
  gint64 k;
} Options;

static GuiseNpy *
read_matrix (const char *path, GError **error)
{
  g_autoptr (GuiseNpy) npy = guise_npy_read (path, MAX_BYTES, error);

  if (npy == NULL || !guise_npy_check (npy, GUISE_DTYPE_F32, 2, path, error))
    return NULL;
  return g_steal_pointer (&npy);
}

static gboolean
write_results (const Options *options, gsize n_queries, const gint64 *indices, const float *scores,
               GError **error)
{
  const gsize shape[2] = { n_queries, options->k };

  if (!guise_npy_write (options->indices, GUISE_DTYPE_I64, 2, shape, indices, error))
    return FALSE;
  if (options->scores == NULL
      || guise_npy_write (options->scores, GUISE_DTYPE_F32, 2, shape, scores, error))
    return TRUE;
  g_unlink (options->indices); /* both or neither */
  return FALSE;
}

static gboolean
rank (const Options *options, gsize *n_queries, GError **error)
{
  g_autoptr (GuiseNpy) gallery = read_matrix (options->gallery, error);
  g_autoptr (GuiseNpy) queries = gallery != NULL ? read_matrix (options->queries, error) : NULL;
  g_autofree gint64 *indices = NULL;
  g_autofree float *scores = NULL;
  NnTeam *team;
  gboolean done;
  gsize n;

  if (queries == NULL)
    return FALSE;
  if (gallery->shape[1] != queries->shape[1]) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use npy '%s': its rows are %zu wide, those of '%s' %zu", options->queries,
                 queries->shape[1], options->gallery, gallery->shape[1]);
    return FALSE;
  }
  if ((gsize)options->k > gallery->shape[0]) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "cannot rank '%s': k = %" G_GINT64_FORMAT ": the gallery has %zu rows only",
                 options->gallery, options->k, gallery->shape[0]);
    return FALSE;
  }
  *n_queries = queries->shape[0];
  if (!g_size_checked_mul (&n, *n_queries, (gsize)options->k)
      || (indices = g_try_new (gint64, MAX (n, 1))) == NULL
      || (scores = g_try_new (float, MAX (n, 1))) == NULL) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "cannot rank '%s': no memory for %" G_GINT64_FORMAT
                 " rows of each of %zu queries; ask for fewer of either",
                 options->gallery, options->k, *n_queries);
    return FALSE;
  }
  nn_gemm_init ();
  team = nn_team_create (0); /* NULL = one thread */
  done = guise_topk (indices, scores, gallery->data, gallery->shape[0], queries->data, *n_queries,
                     gallery->shape[1], options->k, team, error);
  nn_team_free (team);
  return done && write_results (options, *n_queries, indices, scores, error);
}

static void
options_clear (Options *options)
{
  g_free (options->gallery);
  g_free (options->queries);
  g_free (options->indices);
  g_free (options->scores);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

int
cmd_topk (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[]
      = { { "gallery", 0, 0, G_OPTION_ARG_FILENAME, &options.gallery, "Rows to rank, float32 [N,d]",
            "G.npy" },
          { "queries", 0, 0, G_OPTION_ARG_FILENAME, &options.queries,
            "Rows to rank them by, float32 [Q,d]", "Q.npy" },
          { "k", 'k', 0, G_OPTION_ARG_INT64, &options.k, "How many for each query", "K" },
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.indices, "Gallery rows, int64 [Q,K]",
            "idx.npy" },
          { "scores", 0, 0, G_OPTION_ARG_FILENAME, &options.scores,
            "Also their products, float32 [Q,K]", "S.npy" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  gsize n_queries;

  if (!cli_parse (global, entries, NULL,
                  "For each query the K gallery rows with the largest inner product, best first;\n"
                  "ties go to the lower row.",
                  "guisectl topk --gallery g.npy --queries q.npy -k 10 -o idx.npy", 0, 0, &argc,
                  &argv))
    return CLI_USAGE;
  if (options.gallery == NULL || options.queries == NULL || options.indices == NULL)
    return cli_usage ("topk: --gallery, --queries and -o are all needed");
  if (options.k < 1)
    return cli_usage ("topk: -k is missing or less than 1");
  if (g_strcmp0 (options.indices, options.scores) == 0)
    return cli_usage ("topk: -o and --scores name the same file");
  if (!cli_check_output (options.indices, &error) || !cli_check_output (options.scores, &error)
      || !rank (&options, &n_queries, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (
        json_pack ("{s:I, s:I}", "queries", (json_int_t)n_queries, "k", (json_int_t)options.k));
  return CLI_DONE;
}
