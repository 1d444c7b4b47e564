/* guisectl styles: the manners in which a project's captions are written. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli-commands.h"
#include "cli-styles.h"
#include "cli-text.h"

#define UNSET G_MININT64
#define UNSET_EPS (-G_MAXDOUBLE)

typedef struct {
  char *method, *encoder, *filter, *rename;
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
  g_free (options->rename);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

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
  if (o->encoder != NULL) {
    g_autofree char *encoder = cli_escape (o->encoder);

    printf (", told apart by '%s'", encoder);
  }
  printf ("\n\n%-10s %8s %6s  %s\n", "style", "captions", "share", "as in");
}

static void
print_table (const GuiseStyles *styles)
{
  print_parameters (styles);
  for (size_t s = 0; s < styles->n_styles; s++) {
    const GuiseStyle *style = &styles->styles[s];
    g_autofree char *name = cli_escape (style->name);

    for (guint e = 0; style->exemplars[e] != NULL; e++) {
      g_autofree char *text = cli_escape (style->exemplars[e]);

      if (e == 0)
        printf ("%-10s %8zu %5.1f%%  %s\n", name, style->size,
                100.0 * (double)style->size / (double)styles->n, text);
      else
        printf ("%-10s %8s %6s  %s\n", "", "", "", text);
    }
  }
  if (styles->note != NULL)
    cli_tell ("note: %s", styles->note);
  if (styles->advice != NULL)
    cli_tell ("note: %s", styles->advice);
}

static int
find (CliGlobal *global, const Options *options, const GuiseStyleOptions *what)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseStyles) styles = NULL;
  g_autoptr (GError) error = NULL;

  cli_watch_signals (global);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  if (project == NULL)
    return cli_fail (global, error);
  styles = cli_find_styles (global, project, options->filter, what,
                            options->threads != UNSET ? (size_t)options->threads : 0, &error);
  if (styles == NULL)
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
  cli_print_json (guise_styles_pack_exemplars (styles, NULL));
  return CLI_DONE;
}

/* FROM=TO, the first sign of equality stands between them. */
static int
rename_style (CliGlobal *global, const char *names)
{
  const char *sign = strchr (names, '=');
  g_autofree char *from = sign != NULL ? g_strndup (names, (gsize)(sign - names)) : NULL;
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseStyles) styles = NULL;
  g_autoptr (GError) error = NULL;

  if (sign == NULL)
    return cli_usage ("styles: --rename wants FROM=TO, not '%s'", names), CLI_USAGE;
  project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  if (project != NULL)
    styles = guise_project_rename_style (project, from, sign + 1, &error);
  if (styles == NULL)
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (guise_styles_to_json (styles, FALSE));
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

/* What the method would pass over in silence. */
static gboolean
check_fit (const Options *options, GuiseClusterMethod method)
{
  const char *name = guise_cluster_method_get_name (method);

  if (method != GUISE_CLUSTER_DBSCAN
      && (options->eps != UNSET_EPS || options->min_samples != UNSET))
    cli_usage ("styles: --eps and --min-samples are for dbscan, %s takes neither", name);
  else if (options->k != UNSET
           && (method == GUISE_CLUSTER_DBSCAN || method == GUISE_CLUSTER_HDBSCAN))
    cli_usage ("styles: --k is for kmeans, gmm, agglomerative and random; %s finds the number of "
               "styles itself",
               name);
  else
    return TRUE;
  return FALSE;
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
  if (options->eps != UNSET_EPS && (!(options->eps > 0) || isinf (options->eps)))
    return cli_usage ("styles: --eps must be above 0, or left out to have it chosen"), FALSE;
  if (is_below (options->min_samples, 1) || is_below (options->min_cluster_size, 2)
      || is_below (options->k, 1) || options->seed < 0 || is_below (options->n_exemplars, 1)
      || (options->n_exemplars != UNSET && options->n_exemplars > GUISE_STYLES_MAX_EXEMPLARS))
    return cli_usage ("styles: --min-samples and --k must be at least 1, --min-cluster-size at "
                      "least 2, --n-exemplars from 1 to %d, --seed not below 0",
                      GUISE_STYLES_MAX_EXEMPLARS),
           FALSE;
  if (options->encoder != NULL && strcmp (options->encoder, GUISE_STYLES_BUILTIN) != 0)
    what->encoder = options->encoder;
  what->eps = options->eps != UNSET_EPS ? options->eps : 0;
  what->min_samples = or_zero (options->min_samples);
  what->min_cluster_size = or_zero (options->min_cluster_size);
  what->k = or_zero (options->k);
  what->n_exemplars = or_zero (options->n_exemplars);
  what->seed = (guint64)options->seed;
  return check_fit (options, what->method)
         && (options->threads == UNSET || cli_check_threads ("styles", options->threads));
}

/* FALSE after a line of wrong usage: what was found is shown, or named, as it is. */
static gboolean
check_alone (const Options *options)
{
  if (options->exemplars != (options->rename != NULL) && options->method == NULL
      && options->encoder == NULL && options->filter == NULL && options->eps == UNSET_EPS
      && options->min_samples == UNSET && options->min_cluster_size == UNSET && options->k == UNSET
      && options->n_exemplars == UNSET && options->seed == 0 && options->threads == UNSET)
    return TRUE;
  cli_usage ("styles: --exemplars and --rename are about the styles that were found last: they go "
             "with nothing else");
  return FALSE;
}

int
cmd_styles (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .eps = UNSET_EPS,
                               .min_samples = UNSET,
                               .min_cluster_size = UNSET,
                               .k = UNSET,
                               .n_exemplars = UNSET,
                               .threads = UNSET };
  GuiseStyleOptions what = { 0 };
  const GOptionEntry entries[]
      = { { "method", 0, 0, G_OPTION_ARG_STRING, &options.method,
            "dbscan (default), hdbscan, kmeans, gmm, agglomerative or random", "METHOD" },
          { "encoder", 0, 0, G_OPTION_ARG_FILENAME, &options.encoder,
            "Tell them apart by the text encoder of this CLIP folder (default: builtin, needs no "
            "model)",
            "DIR" },
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
          { "rename", 0, 0, G_OPTION_ARG_STRING, &options.rename,
            "Call one of the styles that were found last another way", "FROM=TO" },
          { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads, "Threads (default: all cores)",
            "N" },
          G_OPTION_ENTRY_NULL };

  if (!cli_parse (global, entries, NULL,
                  "Finds the manners in which the captions are written, whatever they say, and "
                  "keeps them in styles.json.\nEvery caption gets a style; what is near to none is "
                  "given to the nearest.",
                  "guisectl styles --method dbscan --filter 'split = train'", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (options.exemplars || options.rename != NULL) {
    if (!check_alone (&options))
      return CLI_USAGE;
    return options.exemplars ? print_exemplars (global) : rename_style (global, options.rename);
  }
  return check_options (&options, &what) ? find (global, &options, &what) : CLI_USAGE;
}
