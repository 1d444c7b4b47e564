/* One search: what was asked, encoded once, and its products with every image of the index, so that
 * λ, filters and the number of hits may change without encoding again.
 *
 * Made and used on any thread; one thread at a time for each. */
#pragma once

#include "guise-ranking.h"
#include "guise-search-model.h"

G_BEGIN_DECLS

/* Texts in UTF-8; NULL or nothing but white space = not given. `text` is read by both heads, `who`
 * gives t, `wearing` gives u, a picture gives v and c; half of what `without` scores is taken away.
 * At least one of the first four must be given. */
typedef struct {
  const char *text, *who, *wearing, *without;
  GuiseImage *image; /* or NULL */
} GuiseSearchRequest;

typedef struct {
  double encode, score, rank; /* milliseconds */
} GuiseSearchTimes;

typedef struct _GuiseSearch GuiseSearch;

/* Keeps references of model and index, which must belong together. Errors: GUISE_SEARCH_ERROR. */
GuiseSearch *guise_search_new (GuiseSearchModel *model, GuiseIndex *index,
                               const GuiseSearchRequest *request, GError **error);
void guise_search_free (GuiseSearch *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSearch, guise_search_free)

GuiseIndex *guise_search_get_index (const GuiseSearch *search);
/* For scores of all images and for judging against the truth. */
GuiseRanking *guise_search_get_ranking (const GuiseSearch *search);
/* λ unless the user moves it: the run's for a text, 0.5 where who and wearing or a picture take
 * part; 1 or 0 where only one part was asked for. */
double guise_search_get_default_lambda (const GuiseSearch *search);
/* Which parts a hit's bars may show. */
gboolean guise_search_has_identity (const GuiseSearch *search);
gboolean guise_search_has_clothing (const GuiseSearch *search);
/* encode and score of the making, rank of the latest top. */
const GuiseSearchTimes *guise_search_get_times (const GuiseSearch *search);

/* As guise_ranking_top(). */
GuiseHit *guise_search_top (GuiseSearch *search, double lambda, const guint64 *keep, size_t k,
                            size_t *n_hits);

#define GUISE_RERANK_DEPTH 128
#define GUISE_RERANK_WEIGHT 0.1f
/* The same with the best GUISE_RERANK_DEPTH hits reordered by score + 0.1 σ(match logit), which is
 * their score then. NULL with GUISE_SEARCH_MODEL_ERROR_NO_MATCH, or GUISE_SEARCH_ERROR_ARGUMENT
 * where no text says who: the match head reads that. */
GuiseHit *guise_search_top_reranked (GuiseSearch *search, double lambda, const guint64 *keep,
                                     size_t k, size_t *n_hits, GError **error);

/* σ(match logit) of one text (aligned [F]) with n images of the index, into p [n]. */
void guise_search_match_images (GuiseSearchModel *model, const GuiseIndex *index,
                                const float *aligned, const size_t *images, size_t n, float *p);

G_END_DECLS
