/* guisectl styles: the manners in which a project's captions are written. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli-commands.h"
#include "cli-text.h"
#include "guise-project.h"
#include "guise-store-captions.h"
#include "guise-store-training.h"
#include "guise-styles.h"
#include "nn-gemm.h"

#define UNSET G_MININT64

typedef struct {
  char *method, *encoder, *filter;
  double eps;
  gint64 min_samples, min_cluster_size, k, n_exemplars, seed, threads;
  gboolean exemplars;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->method);
  g_free (options->encoder);
  g_free (options->filter);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* ---- the texts ---- */

typedef struct {
  GuiseTrainingData *data; /* owns the texts */
  GPtrArray *texts;
  GArray *ids; /* of gint64 */
} Texts;

static void
texts_clear (Texts *texts)
{
  guise_training_data_free (texts->data);
  g_clear_pointer (&texts->texts, g_ptr_array_unref);
  g_clear_pointer (&texts->ids, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Texts, texts_clear)

/* The captions that match, as a set of ids; NULL with `wanted` = everything. */
static gboolean
find_wanted (GuiseStore *store, const char *text, GCancellable *cancellable, GHashTable **wanted,
             GError **error)
{
  g_autoptr (GuiseFilter) filter = NULL;
  g_autoptr (GArray) ids = NULL;

  if (text == NULL)
    return TRUE;
  filter = guise_filter_parse (text, error);
  ids = filter != NULL ? guise_store_find_captions (store, filter, cancellable, error) : NULL;
  if (ids == NULL)
    return FALSE;
  *wanted = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (*wanted, g_memdup2 (&g_array_index (ids, gint64, i), sizeof (gint64)));
  return TRUE;
}

/* The free captions: descriptions are somebody else's words. */
static gboolean
read_texts (Texts *texts, GuiseProject *project, const char *filter, GCancellable *cancellable,
            GError **error)
{
  const GuiseTrainingQuery query = { 0 };
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GHashTable) wanted = NULL;
  const GuiseTrainingData *data;

  texts->data = guise_store_read_training_data (store, &query, cancellable, error);
  if (texts->data == NULL || !find_wanted (store, filter, cancellable, &wanted, error))
    return FALSE;
  data = texts->data;
  texts->texts = g_ptr_array_new ();
  texts->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (size_t c = 0; c < data->n_captions; c++)
    if (data->caption_kinds[c] == GUISE_CAPTION_FREE
        && (wanted == NULL || g_hash_table_contains (wanted, &data->caption_ids[c]))) {
      g_ptr_array_add (texts->texts, (gpointer)data->texts[c]);
      g_array_append_val (texts->ids, data->caption_ids[c]);
    }
  if (texts->texts->len > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "cannot find styles: %s has no free caption",
               filter != NULL ? "what the filter matches" : "the project");
  return FALSE;
}

/* ---- finding ---- */

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

static GuiseStyles *
find_styles (CliGlobal *global, const Options *options, const GuiseStyleOptions *what,
             const Texts *texts, GError **error)
{
  CliGlobal silent = *global;
  CliProgress progress;
  GuiseWork work = { .cancellable = global->cancellable,
                     .progress = show_progress,
                     .progress_data = &progress };
  g_autoptr (GuiseLexicon) lexicon = guise_lexicon_load ("en", error);
  GuiseStyles *styles;

  if (lexicon == NULL)
    return NULL;
  silent.quiet |= silent.json; /* one object is the answer, not lines */
  silent.json = FALSE;
  nn_gemm_init ();
  work.team = nn_team_create (options->threads != UNSET ? (size_t)options->threads : 0);
  cli_progress_start (&progress, &silent, "finding styles");
  styles = guise_styles_find (lexicon, (const char *const *)texts->texts->pdata,
                              (const gint64 *)(gpointer)texts->ids->data, texts->texts->len, what,
                              &work, error);
  cli_progress_end (&progress);
  nn_team_free (work.team);
  if (styles == NULL)
    g_prefix_error (error, "cannot find styles: ");
  return styles;
}

/* ---- telling ---- */

static void
print_parameters (const GuiseStyles *styles)
{
  const GuiseStyleOptions *o = &styles->options;

  printf ("%zu captions, %zu styles by %s", styles->n, styles->n_styles,
          guise_cluster_method_get_name (o->method));
  if (o->method == GUISE_CLUSTER_DBSCAN)
    printf (" (eps %.3f, %zu neighbours)", o->eps, o->min_samples);
  if (styles->n_clusters != styles->n_styles)
    printf (", out of %zu clusters", styles->n_clusters);
  printf (", %zu noise given to them", styles->n_noise);
  if (!isnan (styles->silhouette))
    printf (", silhouette %.2f", styles->silhouette);
  printf ("\n\n%-10s %8s %6s  %s\n", "style", "captions", "share", "as in");
}

static void
print_table (const GuiseStyles *styles)
{
  print_parameters (styles);
  for (size_t s = 0; s < styles->n_styles; s++) {
    const GuiseStyle *style = &styles->styles[s];

    for (guint e = 0; style->exemplars[e] != NULL; e++) {
      g_autofree char *text = cli_escape (style->exemplars[e]);

      if (e == 0)
        printf ("%-10s %8zu %5.1f%%  %s\n", style->name, style->size,
                100.0 * (double)style->size / (double)styles->n, text);
      else
        printf ("%-10s %8s %6s  %s\n", "", "", "", text);
    }
  }
  if (styles->note != NULL)
    fprintf (stderr, "guisectl: note: %s\n", styles->note);
  if (styles->advice != NULL)
    fprintf (stderr, "guisectl: note: %s\n", styles->advice);
}

static int
find (CliGlobal *global, const Options *options, const GuiseStyleOptions *what)
{
  g_autoptr (GuiseProject) project = NULL;
  g_auto (Texts) texts = { NULL };
  g_autoptr (GuiseStyles) styles = NULL;
  g_autoptr (GError) error = NULL;

  cli_watch_signals (global);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  if (project == NULL
      || !read_texts (&texts, project, options->filter, global->cancellable, &error))
    return cli_fail (global, error);
  styles = find_styles (global, options, what, &texts, &error);
  if (styles == NULL || !guise_styles_save (styles, guise_project_get_folder (project), &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (guise_styles_to_json (styles, FALSE));
  else if (!global->quiet)
    print_table (styles);
  return CLI_DONE;
}

static int
print_exemplars (CliGlobal *global)
{
  g_autoptr (GuiseStyles) styles = NULL;
  g_autoptr (GError) error = NULL;

  if (guise_project_check_folder (global->project, &error))
    styles = guise_styles_load (global->project, &error);
  if (styles == NULL)
    return cli_fail (global, error);
  cli_print_json (guise_styles_pack_exemplars (styles));
  return CLI_DONE;
}

/* ---- the command ---- */

static gboolean
is_below (gint64 value, gint64 least)
{
  return value != UNSET && value < least;
}

static size_t
or_zero (gint64 value)
{
  return value != UNSET ? (size_t)value : 0;
}

/* FALSE after a line of wrong usage. */
static gboolean
check_options (const Options *options, GuiseStyleOptions *what)
{
  const char *method = options->method != NULL ? options->method : "dbscan";

  if (!guise_cluster_method_parse (method, &what->method))
    return cli_usage ("styles: unknown method: '%s': choose dbscan, hdbscan, kmeans, gmm, "
                      "agglomerative or random",
                      method),
           FALSE;
  if (options->encoder != NULL && strcmp (options->encoder, "builtin") != 0)
    return cli_usage ("styles: cannot read the encoder '%s': styles are told apart by 'builtin' "
                      "features alone, which need no model",
                      options->encoder),
           FALSE;
  if (!(options->eps >= 0) || isinf (options->eps))
    return cli_usage ("styles: --eps must be above 0, or left out to have it chosen"), FALSE;
  if (is_below (options->min_samples, 1) || is_below (options->min_cluster_size, 2)
      || is_below (options->k, 1) || options->seed < 0 || is_below (options->n_exemplars, 1)
      || (options->n_exemplars != UNSET && options->n_exemplars > GUISE_STYLES_MAX_EXEMPLARS))
    return cli_usage ("styles: --min-samples and --k must be at least 1, --min-cluster-size at "
                      "least 2, --n-exemplars from 1 to %d, --seed not below 0",
                      GUISE_STYLES_MAX_EXEMPLARS),
           FALSE;
  what->eps = options->eps;
  what->min_samples = or_zero (options->min_samples);
  what->min_cluster_size = or_zero (options->min_cluster_size);
  what->k = or_zero (options->k);
  what->n_exemplars = or_zero (options->n_exemplars);
  what->seed = (guint64)options->seed;
  return options->threads == UNSET || cli_check_threads ("styles", options->threads);
}

/* FALSE after a line of wrong usage: what was found is shown as it is. */
static gboolean
check_alone (const Options *options)
{
  if (options->method == NULL && options->encoder == NULL && options->filter == NULL
      && options->eps == 0 && options->min_samples == UNSET && options->min_cluster_size == UNSET
      && options->k == UNSET && options->n_exemplars == UNSET && options->seed == 0
      && options->threads == UNSET)
    return TRUE;
  cli_usage ("styles: --exemplars shows the styles that were found last: it goes with nothing "
             "else");
  return FALSE;
}

int
cmd_styles (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .min_samples = UNSET,
                               .min_cluster_size = UNSET,
                               .k = UNSET,
                               .n_exemplars = UNSET,
                               .threads = UNSET };
  GuiseStyleOptions what = { 0 };
  const GOptionEntry entries[]
      = { { "method", 0, 0, G_OPTION_ARG_STRING, &options.method,
            "dbscan (default), hdbscan, kmeans, gmm, agglomerative or random", "METHOD" },
          { "encoder", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options.encoder, NULL,
            NULL },
          { "eps", 0, 0, G_OPTION_ARG_DOUBLE, &options.eps,
            "dbscan: distance up to which captions are neighbours (default: at the knee of the "
            "distances)",
            "EPS" },
          { "min-samples", 0, 0, G_OPTION_ARG_INT64, &options.min_samples,
            "dbscan: neighbours of a core caption, itself counted (default: 1 % of the captions, "
            "at most 100)",
            "N" },
          { "min-cluster-size", 0, 0, G_OPTION_ARG_INT64, &options.min_cluster_size,
            "Captions of a style, at least; smaller ones are merged (default: 2 %)", "N" },
          { "k", 'k', 0, G_OPTION_ARG_INT64, &options.k,
            "kmeans, gmm, agglomerative, random: how many styles (default: 5)", "K" },
          { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
            "What random choices start from (default: 0)", "N" },
          { "filter", 0, 0, G_OPTION_ARG_STRING, &options.filter,
            "Only captions that match, for example split = train", "FILTER" },
          { "n-exemplars", 0, 0, G_OPTION_ARG_INT64, &options.n_exemplars,
            "Captions to show of each style (default: 5)", "N" },
          { "exemplars", 0, 0, G_OPTION_ARG_NONE, &options.exemplars,
            "Print the exemplars of the styles that were found last, as JSON", NULL },
          { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads, "Threads (default: all cores)",
            "N" },
          G_OPTION_ENTRY_NULL };

  if (!cli_parse (global, entries, NULL,
                  "Finds the manners in which the captions are written, whatever they say, and "
                  "keeps them in styles.json.\nEvery caption gets a style; what is near to none is "
                  "given to the nearest.",
                  "guisectl styles --method dbscan --filter 'split = train'", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (options.exemplars)
    return check_alone (&options) ? print_exemplars (global) : CLI_USAGE;
  return check_options (&options, &what) ? find (global, &options, &what) : CLI_USAGE;
}
