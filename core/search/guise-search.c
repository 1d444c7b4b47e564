#include "guise-search.h"

#include <string.h>

struct _GuiseSearch {
  GuiseSearchModel *model;
  GuiseQuery *query;
  GuiseRanking *ranking;
  float *aligned; /* [F] of the text that says who; NULL = none does */
  GuiseSearchTimes times;
};

/* The texts of a request, in this order. */
enum { TEXT,
       WHO,
       WEARING,
       WITHOUT,
       N_TEXTS };

static gboolean
is_given (const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    if (!g_ascii_isspace (*text))
      return TRUE;
  return FALSE;
}

/* Encodes the texts that are given, all at once; [N_TEXTS,F] each, zeros where none is. */
static void
encode_texts (GuiseSearchModel *model, const char *const *texts, float *t, float *u, float *aligned)
{
  size_t dim = guise_search_model_get_dim (model), n = 0, place[N_TEXTS];
  const char *given[N_TEXTS];
  g_autofree float *rows = g_new (float, 3 * N_TEXTS * dim);
  float *part[3] = { rows, rows + N_TEXTS * dim, rows + 2 * N_TEXTS * dim };

  for (size_t k = 0; k < N_TEXTS; k++)
    if (is_given (texts[k])) {
      place[n] = k;
      given[n++] = texts[k];
    }
  guise_search_model_embed_texts (model, given, n, part[0], part[1], part[2]);
  for (size_t i = 0; i < n; i++) {
    memcpy (t + place[i] * dim, part[0] + i * dim, dim * sizeof *t);
    memcpy (u + place[i] * dim, part[1] + i * dim, dim * sizeof *u);
    memcpy (aligned + place[i] * dim, part[2] + i * dim, dim * sizeof *aligned);
  }
}

static void
add_image (GuiseSearch *search, GuiseImage *image)
{
  size_t dim = guise_search_model_get_dim (search->model);
  g_autofree float *planes = g_new (float, guise_search_model_get_plane_size (search->model));
  g_autofree float *v = g_new (float, dim), *c = g_new (float, dim);

  guise_search_model_prepare (search->model, image, planes);
  guise_search_model_embed_images (search->model, planes, 1, v, c, NULL);
  guise_query_add_image (search->query, v, c);
}

static void
build_query (GuiseSearch *search, const GuiseSearchRequest *request)
{
  const char *texts[N_TEXTS]
      = { request->text, request->who, request->wearing, request->without };
  size_t dim = guise_search_model_get_dim (search->model);
  g_autofree float *t = g_new0 (float, N_TEXTS *dim), *u = g_new0 (float, N_TEXTS *dim);
  g_autofree float *aligned = g_new0 (float, N_TEXTS *dim);
  int who = is_given (request->who) ? WHO : TEXT;

  encode_texts (search->model, texts, t, u, aligned);
  search->query = guise_query_new (dim);
  if (is_given (request->text))
    guise_query_add_text (search->query, t, u);
  if (is_given (request->who))
    guise_query_add_who (search->query, t + WHO * dim);
  if (is_given (request->wearing))
    guise_query_add_wearing (search->query, u + WEARING * dim);
  if (request->image != NULL)
    add_image (search, request->image);
  if (is_given (request->without))
    guise_query_subtract (search->query, t + WITHOUT * dim, u + WITHOUT * dim);
  if (is_given (texts[who]))
    search->aligned = g_memdup2 (aligned + who * dim, dim * sizeof (float));
}

GuiseSearch *
guise_search_new (GuiseSearchModel *model, GuiseIndex *index, const GuiseSearchRequest *request,
                  GError **error)
{
  g_autoptr (GuiseSearch) search = g_new0 (GuiseSearch, 1);
  gint64 started = g_get_monotonic_time (), encoded;
  NnTeam *team;

  search->model = guise_search_model_ref (model);
  build_query (search, request);
  encoded = g_get_monotonic_time ();
  team = guise_search_model_lock (model);
  search->ranking = guise_ranking_new (index, search->query, team, error);
  guise_search_model_unlock (model);
  search->times.encode = (encoded - started) / 1e3;
  search->times.score = (g_get_monotonic_time () - encoded) / 1e3;
  return search->ranking != NULL ? g_steal_pointer (&search) : NULL;
}

void
guise_search_free (GuiseSearch *search)
{
  if (search == NULL)
    return;
  guise_search_model_unref (search->model);
  guise_query_free (search->query);
  guise_ranking_free (search->ranking);
  g_free (search->aligned);
  g_free (search);
}

GuiseIndex *
guise_search_get_index (const GuiseSearch *search)
{
  return guise_ranking_get_index (search->ranking);
}

GuiseRanking *
guise_search_get_ranking (const GuiseSearch *search)
{
  return search->ranking;
}

double
guise_search_get_default_lambda (const GuiseSearch *search)
{
  return guise_query_get_default_lambda (search->query,
                                         guise_search_model_get_lambda (search->model));
}

gboolean
guise_search_has_identity (const GuiseSearch *search)
{
  return guise_query_has_identity (search->query);
}

gboolean
guise_search_has_clothing (const GuiseSearch *search)
{
  return guise_query_has_clothing (search->query);
}

const GuiseSearchTimes *
guise_search_get_times (const GuiseSearch *search)
{
  return &search->times;
}

GuiseHit *
guise_search_top (GuiseSearch *search, double lambda, const guint64 *keep, size_t k, size_t *n_hits)
{
  gint64 started = g_get_monotonic_time ();
  GuiseHit *hits = guise_ranking_top (search->ranking, lambda, keep, k, n_hits);

  search->times.rank = (g_get_monotonic_time () - started) / 1e3;
  return hits;
}

/* ---- reranking ---- */

void
guise_search_match_images (GuiseSearchModel *model, const GuiseIndex *index, const float *aligned,
                           const size_t *images, size_t n, float *p)
{
  size_t dim = guise_index_get_dim (index);
  g_autofree float *image = g_new (float, MAX (n * dim, 1));
  g_autofree float *text = g_new (float, MAX (n * dim, 1));

  for (size_t i = 0; i < n; i++) {
    const float *v = guise_index_get_identity (index) + images[i] * dim;
    float norm = guise_index_get_norm (index)[images[i]];

    for (size_t j = 0; j < dim; j++)
      image[i * dim + j] = norm * v[j];
    memcpy (text + i * dim, aligned, dim * sizeof *text);
  }
  guise_search_model_match (model, image, text, n, p);
}

static int
compare_hits (const void *a, const void *b)
{
  const GuiseHit *x = a, *y = b;

  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

GuiseHit *
guise_search_top_reranked (GuiseSearch *search, double lambda, const guint64 *keep, size_t k,
                           size_t *n_hits, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  g_autofree GuiseHit *hits = NULL;
  size_t images[GUISE_RERANK_DEPTH], n, depth;
  float p[GUISE_RERANK_DEPTH];

  if (!guise_search_model_check_match (search->model, error))
    return NULL;
  if (search->aligned == NULL) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "cannot rerank: the query has no text that says who");
    return NULL;
  }
  hits = guise_ranking_top (search->ranking, lambda, keep, MAX (k, GUISE_RERANK_DEPTH), &n);
  depth = MIN (n, GUISE_RERANK_DEPTH);
  for (size_t i = 0; i < depth; i++)
    images[i] = hits[i].index;
  guise_search_match_images (search->model, guise_search_get_index (search), search->aligned,
                             images, depth, p);
  for (size_t i = 0; i < depth; i++)
    hits[i].score += GUISE_RERANK_WEIGHT * p[i];
  qsort (hits, depth, sizeof *hits, compare_hits);
  *n_hits = MIN (k, n);
  search->times.rank = (g_get_monotonic_time () - started) / 1e3;
  return g_steal_pointer (&hits);
}
