#include "guise-styles.h"

#include <math.h>
#include <string.h>

#include "guise-cluster-refine.h"
#include "guise-k-distance.h"
#include "guise-silhouette.h"
#include "guise-style-encoder.h"
#include "guise-style-features.h"

enum {
  DEFAULT_K = 5,
  DEFAULT_EXEMPLARS = 5,
  MIN_SAMPLES = 5,
  MAX_SAMPLES = 100, /* each k-distance keeps so many numbers */
  MIN_CLUSTER_SIZE = 5,
  CURVE_POINTS = 256,
  CANDIDATES = 20, /* for each exemplar, since they are to be distinct */
};

/* Two texts with the same features are this near after rounding. */
#define LEAST_EPS 1e-4

/* How far all of it is when a part begins, in a hundred; about as long as they take. The first are
 * the features, which begin at 0. */
typedef struct {
  guint eps, clusters, rest;
} Parts;

enum { END = 100 };

static const Parts builtin_parts = { 10, 45, 80 };
static const Parts encoder_parts = { 85, 90, 96 };

/* What is known while it is worked. */
typedef struct {
  GuiseStyles *styles;
  const GuiseLexicon *lexicon;
  const char *const *texts;
  GuiseRows rows;
  const GuiseWork *whole; /* the caller's, who hears of one progress */
  GuiseWork work;         /* of the part that is done */
  const Parts *parts;
  guint begin, end;
} Search;

void
guise_styles_free (GuiseStyles *styles)
{
  if (styles == NULL)
    return;
  for (size_t s = 0; s < styles->n_styles; s++) {
    g_free (styles->styles[s].name);
    g_strfreev (styles->styles[s].exemplars);
  }
  g_free (styles->styles);
  g_free (styles->encoder);
  g_free (styles->ids);
  g_free (styles->labels);
  g_free (styles->curve);
  g_free (styles->note);
  g_free (styles->advice);
  g_free (styles);
}

/* ---- progress ---- */

static void
report_part (guint64 done, guint64 total, gpointer user_data)
{
  const Search *search = user_data;
  double share = total > 0 ? (double)MIN (done, total) / (double)total : 0;

  guise_work_report (search->whole,
                     search->begin + (guint64)(share * (search->end - search->begin)), END);
}

static void
begin_part (Search *search, guint begin, guint end)
{
  search->begin = begin;
  search->end = end;
  guise_work_report (search->whole, begin, END);
}

/* ---- options ---- */

static size_t
or_default (size_t given, size_t otherwise)
{
  return given > 0 ? given : otherwise;
}

static void
settle_options (GuiseStyles *styles, const GuiseStyleOptions *options)
{
  GuiseStyleOptions *o = &styles->options;
  size_t n = styles->n, least = (size_t)lround (2 * log ((double)n));

  *o = *options;
  if (options->encoder != NULL)
    styles->encoder = g_canonicalize_filename (options->encoder, NULL);
  o->encoder = styles->encoder;
  o->k = or_default (o->k, MIN (DEFAULT_K, n));
  o->n_exemplars = MIN (or_default (o->n_exemplars, DEFAULT_EXEMPLARS), GUISE_STYLES_MAX_EXEMPLARS);
  o->min_samples
      = or_default (o->min_samples, CLAMP (n / 100, MAX (least, MIN_SAMPLES), MAX_SAMPLES));
  o->min_samples = MIN (o->min_samples, n);
  o->min_cluster_size = or_default (o->min_cluster_size, MAX (n / 50, MIN_CLUSTER_SIZE));
}

/* ---- eps ---- */

/* Not all of 68 126 distances are needed to draw a curve. */
static void
keep_curve (GuiseStyles *styles, const double *distances, size_t knee)
{
  size_t n = MIN (styles->n, CURVE_POINTS);

  styles->n_curve = n;
  styles->curve = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    styles->curve[i] = distances[n > 1 ? i * (styles->n - 1) / (n - 1) : 0];
  styles->knee = styles->n > 1 ? (knee * (n - 1) + (styles->n - 1) / 2) / (styles->n - 1) : 0;
}

static gboolean
choose_eps (Search *search, GError **error)
{
  GuiseStyles *styles = search->styles;
  g_autofree double *distances = g_new (double, styles->n);
  size_t knee;

  if (styles->options.method != GUISE_CLUSTER_DBSCAN)
    return TRUE;
  begin_part (search, search->parts->eps, search->parts->clusters);
  if (!guise_k_distances (&search->rows, styles->options.min_samples, distances, &search->work,
                          error))
    return FALSE;
  knee = guise_k_distance_knee (distances, styles->n);
  keep_curve (styles, distances, knee);
  if (!(styles->options.eps > 0))
    styles->options.eps = MAX (distances[knee], LEAST_EPS);
  return TRUE;
}

/* ---- clusters ---- */

static GuiseClusterOptions
get_cluster_options (const GuiseStyles *styles)
{
  const GuiseStyleOptions *o = &styles->options;

  gboolean is_hdbscan = o->method == GUISE_CLUSTER_HDBSCAN;

  return (GuiseClusterOptions){
    .method = o->method,
    .eps = o->eps,
    .min_samples = is_hdbscan ? MIN (o->min_cluster_size, styles->n) : o->min_samples,
    .min_cluster_size = MAX (o->min_cluster_size, 2),
    .k = o->k,
    .seed = o->seed,
  };
}

/* Which texts the method put somewhere itself: what had no cluster is one style's noise. */
static gboolean *
note_noise (const GuiseClustering *found)
{
  gboolean *noise = g_new (gboolean, found->n);

  for (size_t i = 0; i < found->n; i++)
    noise[i] = found->labels[i] < 0;
  return noise;
}

/* Noise goes to clusters, small clusters into others; all that is left of no cluster is one. */
static gboolean
refine (Search *search, GuiseClustering *found, const GuiseClusterOptions *options, GError **error)
{
  GuiseStyles *styles = search->styles;

  styles->n_clusters = found->n_clusters;
  styles->n_noise = found->n_noise;
  styles->note = g_strdup (found->note);
  styles->advice = guise_clustering_explain (found, options);
  begin_part (search, search->parts->rest, END);
  if (!guise_clustering_reassign (found, &search->rows, options, NULL, &search->work, error))
    return FALSE;
  if (found->n_clusters == 0) {
    memset (found->labels, 0, found->n * sizeof *found->labels);
    found->n_clusters = 1;
  }
  found->n_clusters = guise_merge_small (&search->rows, found->labels, found->n_clusters,
                                         styles->options.min_cluster_size, 1, &search->work);
  return TRUE;
}

/* ---- names and exemplars ---- */

typedef struct {
  size_t size, cluster;
} Rank;

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const Rank *x = a, *y = b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

/* Renumbers the clusters by size, the largest first. */
static void
rank_clusters (GuiseStyles *styles, GuiseClustering *found, const gboolean *noise)
{
  g_autofree Rank *ranks = g_new0 (Rank, found->n_clusters);
  g_autofree gint64 *places = g_new (gint64, found->n_clusters);

  for (size_t c = 0; c < found->n_clusters; c++)
    ranks[c].cluster = c;
  for (size_t i = 0; i < found->n; i++)
    ranks[found->labels[i]].size++;
  qsort (ranks, found->n_clusters, sizeof *ranks, compare_ranks);
  styles->n_styles = found->n_clusters;
  styles->styles = g_new0 (GuiseStyle, found->n_clusters);
  for (size_t s = 0; s < found->n_clusters; s++) {
    places[ranks[s].cluster] = (gint64)s;
    styles->styles[s].name = g_strdup_printf ("style-%zu", s + 1);
    styles->styles[s].size = ranks[s].size;
  }
  styles->labels = g_new (guint32, found->n);
  for (size_t i = 0; i < found->n; i++) {
    found->labels[i] = places[found->labels[i]];
    styles->labels[i] = (guint32)found->labels[i];
    styles->styles[found->labels[i]].n_found += !noise[i];
  }
}

/* Takes the candidates whose form (masked, or as they are) none before them has. */
static void
take_distinct (const Search *search, const gint64 *candidates, size_t n_candidates, gboolean masked,
               GPtrArray *taken)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  size_t n_wanted = search->styles->options.n_exemplars;

  for (guint t = 0; t < taken->len; t++)
    g_hash_table_add (seen, g_strdup (taken->pdata[t]));
  for (size_t i = 0; i < n_candidates && candidates[i] >= 0 && taken->len < n_wanted; i++) {
    const char *text = search->texts[candidates[i]];

    if (g_hash_table_add (seen, masked ? guise_style_mask (search->lexicon, text)
                                       : g_strdup (text)))
      g_ptr_array_add (taken, g_strdup (text));
  }
}

static void
take_exemplars (Search *search, const gint64 *labels)
{
  GuiseStyles *styles = search->styles;
  size_t n_each = styles->options.n_exemplars * CANDIDATES;
  g_autofree gint64 *nearest = g_new (gint64, styles->n_styles * n_each);

  guise_find_exemplars (&search->rows, labels, styles->n_styles, n_each, nearest, &search->work);
  for (size_t s = 0; s < styles->n_styles; s++) {
    GPtrArray *taken = g_ptr_array_new ();

    take_distinct (search, nearest + s * n_each, n_each, TRUE, taken);
    take_distinct (search, nearest + s * n_each, n_each, FALSE, taken);
    g_ptr_array_add (taken, NULL);
    styles->styles[s].exemplars = (char **)g_ptr_array_free (taken, FALSE);
  }
}

/* ---- all together ---- */

/* NULL on failure; for g_free(). */
static float *
read_features (Search *search, GError **error)
{
  const char *encoder = search->styles->encoder;
  size_t n = search->styles->n;
  g_autofree float *x = NULL;

  begin_part (search, 0, search->parts->eps);
  if (encoder != NULL)
    return guise_style_encode (search->lexicon, encoder, search->texts, n, &search->rows.dim,
                               &search->work, error);
  search->rows.dim = GUISE_STYLE_DIM;
  x = g_new (float, n *GUISE_STYLE_DIM);
  return guise_style_features_of (search->lexicon, search->texts, n, x, &search->work, error)
             ? g_steal_pointer (&x)
             : NULL;
}

static gboolean
find_clusters (Search *search, GError **error)
{
  GuiseStyles *styles = search->styles;
  GuiseClusterOptions options;
  g_autoptr (GuiseClustering) found = NULL;
  g_autofree gboolean *noise = NULL;

  if (!choose_eps (search, error))
    return FALSE;
  options = get_cluster_options (styles);
  begin_part (search, search->end, search->parts->rest); /* only DBSCAN has had an eps to find */
  found = guise_cluster (&search->rows, &options, &search->work, error);
  if (found == NULL)
    return FALSE;
  noise = note_noise (found);
  if (!refine (search, found, &options, error))
    return FALSE;
  rank_clusters (styles, found, noise);
  take_exemplars (search, found->labels);
  return guise_silhouette (&search->rows, found->labels, styles->n_styles, GUISE_SILHOUETTE_SAMPLE,
                           styles->options.seed, &styles->silhouette, &search->work, error);
}

GuiseStyles *
guise_styles_find (const GuiseLexicon *lexicon, const char *const *texts, const gint64 *ids,
                   size_t n, const GuiseStyleOptions *options, const GuiseWork *work,
                   GError **error)
{
  g_autoptr (GuiseStyles) styles = g_new0 (GuiseStyles, 1);
  g_autofree float *x = NULL;
  Search search = { .styles = styles,
                    .lexicon = lexicon,
                    .texts = texts,
                    .rows = { .n = n },
                    .whole = work,
                    .work = { work->team, work->cancellable, report_part, &search },
                    .parts = options->encoder != NULL ? &encoder_parts : &builtin_parts };

  if (n == 0) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "there is no text to find styles in");
    return NULL;
  }
  styles->n = n;
  styles->ids = ids != NULL ? g_memdup2 (ids, n * sizeof *ids) : NULL;
  settle_options (styles, options);
  search.rows.x = x = read_features (&search, error);
  return x != NULL && find_clusters (&search, error) ? g_steal_pointer (&styles) : NULL;
}
