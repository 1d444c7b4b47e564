#include "guise-evaluator.h"

#include <string.h>

#include "guise-outfits.h"
#include "guise-search.h"

enum { PORTION = 1024 }; /* texts between two looks at the cancellable */

/* Queries of one question. */
typedef struct {
  gboolean made;
  size_t n;
  float *identity, *clothing, *aligned; /* [n,F]; NULL = no such part */
  gint64 *persons, *outfits, *items;    /* [n] */
} Queries;

struct _GuiseEvaluator {
  GuiseSearchModel *model;
  GuiseIndex *index;
  const GuiseTrainingData *data;
  size_t dim;
  gint64 *outfits; /* [data->n_images] */
  gboolean knows_outfits, prefers_outfits;
  Queries questions[GUISE_N_QUESTIONS];

  size_t n_gallery;
  size_t *positions; /* [n_gallery] in the index */
  Queries gallery;   /* identity: v, clothing: c */
};

static const char *const question_names[] = { "caption", "who", "wearing", "both", "image" };

const char *
guise_question_to_string (GuiseQuestion question)
{
  return question_names[question];
}

gboolean
guise_question_from_string (const char *name, GuiseQuestion *question)
{
  for (guint q = 0; q < GUISE_N_QUESTIONS; q++)
    if (strcmp (name, question_names[q]) == 0) {
      *question = q;
      return TRUE;
    }
  return FALSE;
}

/* ---- life ---- */

static void
queries_reserve (Queries *queries, size_t most)
{
  queries->persons = g_new (gint64, MAX (most, 1));
  queries->outfits = g_new (gint64, MAX (most, 1));
  queries->items = g_new (gint64, MAX (most, 1));
}

static void
queries_clear (Queries *queries)
{
  g_free (queries->identity);
  g_free (queries->clothing);
  g_free (queries->aligned);
  g_free (queries->persons);
  g_free (queries->outfits);
  g_free (queries->items);
}

/* Appends the labels of image i of the data. */
static void
queries_add (Queries *queries, const GuiseEvaluator *evaluator, size_t i)
{
  size_t q = queries->n++;

  queries->persons[q] = evaluator->data->person_ids[i];
  queries->outfits[q] = evaluator->outfits[i];
  queries->items[q] = evaluator->data->image_ids[i];
}

static float *
gather (const float *rows, const size_t *positions, size_t n, size_t dim)
{
  float *gathered = g_new (float, MAX (n * dim, 1));

  for (size_t i = 0; i < n; i++)
    memcpy (gathered + i * dim, rows + positions[i] * dim, dim * sizeof *rows);
  return gathered;
}

GuiseEvaluator *
guise_evaluator_new (GuiseSearchModel *model, GuiseIndex *index, const GuiseTrainingData *data)
{
  GuiseEvaluator *evaluator = g_new0 (GuiseEvaluator, 1);
  Queries *gallery = &evaluator->gallery;

  evaluator->model = guise_search_model_ref (model);
  evaluator->index = guise_index_ref (index);
  evaluator->data = data;
  evaluator->dim = guise_index_get_dim (index);
  evaluator->outfits = g_new (gint64, MAX (data->n_images, 1));
  evaluator->knows_outfits = guise_outfits_assign (data, evaluator->outfits);
  evaluator->prefers_outfits = guise_outfits_prevail (data, evaluator->outfits, NULL);
  evaluator->positions = g_new (size_t, MAX (data->n_images, 1));
  queries_reserve (gallery, data->n_images);
  for (size_t i = 0; i < data->n_images; i++)
    if (guise_index_find (index, data->image_ids[i], &evaluator->positions[gallery->n]))
      queries_add (gallery, evaluator, i);
  evaluator->n_gallery = gallery->n;
  gallery->identity = gather (guise_index_get_identity (index), evaluator->positions, gallery->n,
                              evaluator->dim);
  gallery->clothing = gather (guise_index_get_clothing (index), evaluator->positions, gallery->n,
                              evaluator->dim);
  return evaluator;
}

void
guise_evaluator_free (GuiseEvaluator *evaluator)
{
  if (evaluator == NULL)
    return;
  for (int q = 0; q < GUISE_N_QUESTIONS; q++)
    queries_clear (&evaluator->questions[q]);
  queries_clear (&evaluator->gallery);
  g_free (evaluator->positions);
  g_free (evaluator->outfits);
  guise_index_unref (evaluator->index);
  guise_search_model_unref (evaluator->model);
  g_free (evaluator);
}

gboolean
guise_evaluator_knows_outfits (const GuiseEvaluator *evaluator)
{
  return evaluator->knows_outfits;
}

gboolean
guise_evaluator_prefers_outfits (const GuiseEvaluator *evaluator)
{
  return evaluator->prefers_outfits;
}

double
guise_evaluator_get_lambda (const GuiseEvaluator *evaluator, const GuiseEvaluatorOptions *options)
{
  switch (options->question) {
  case GUISE_QUESTION_WHO:
    return 1;
  case GUISE_QUESTION_WEARING:
    return 0;
  case GUISE_QUESTION_CAPTION:
    return options->lambda >= 0 ? options->lambda
                                : guise_search_model_get_lambda (evaluator->model);
  case GUISE_QUESTION_BOTH:
    return options->lambda >= 0 ? options->lambda : 0.5;
  case GUISE_QUESTION_IMAGE:
    return options->lambda >= 0 ? options->lambda : 1;
  }
  g_return_val_if_reached (0);
}

/* ---- queries ---- */

/* The texts of one kind of all images, in order; image [n] says whose. */
static GPtrArray *
collect_texts (const GuiseTrainingData *data, GuiseCaptionKind kind, GArray *images)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (size_t i = 0; i < data->n_images; i++)
    for (size_t k = data->caption_start[i]; k < data->caption_start[i + 1]; k++)
      if (data->caption_kinds[k] == kind) {
        g_ptr_array_add (texts, (char *)data->texts[k]);
        g_array_append_val (images, i);
      }
  return texts;
}

/* Pairs of an image's identity and clothing descriptions: the first with the first, and so on. */
static void
collect_pairs (const GuiseTrainingData *data, GPtrArray *who, GPtrArray *wearing, GArray *images)
{
  for (size_t i = 0; i < data->n_images; i++) {
    guint first_who = who->len, first_wearing = wearing->len, n;

    for (size_t k = data->caption_start[i]; k < data->caption_start[i + 1]; k++) {
      if (data->caption_kinds[k] == GUISE_CAPTION_IDENTITY)
        g_ptr_array_add (who, (char *)data->texts[k]);
      else if (data->caption_kinds[k] == GUISE_CAPTION_CLOTHING)
        g_ptr_array_add (wearing, (char *)data->texts[k]);
    }
    n = MIN (who->len - first_who, wearing->len - first_wearing);
    g_ptr_array_set_size (who, (int)(first_who + n));
    g_ptr_array_set_size (wearing, (int)(first_wearing + n));
    for (guint k = 0; k < n; k++)
      g_array_append_val (images, i);
  }
}

/* Embeds texts into those of t, u and aligned that are not NULL. */
static gboolean
embed (const GuiseEvaluator *evaluator, const GPtrArray *texts, float *t, float *u, float *aligned,
       GCancellable *cancellable, GError **error)
{
  for (size_t from = 0; from < texts->len; from += PORTION) {
    size_t n = MIN (PORTION, texts->len - from), at = from * evaluator->dim;

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    guise_search_model_embed_texts (
        evaluator->model, (const char *const *)texts->pdata + from, n, t != NULL ? t + at : NULL,
        u != NULL ? u + at : NULL, aligned != NULL ? aligned + at : NULL);
  }
  return TRUE;
}

static gboolean
make_text_queries (GuiseEvaluator *evaluator, GuiseQuestion question, Queries *queries,
                   GCancellable *cancellable, GError **error)
{
  const GuiseTrainingData *data = evaluator->data;
  GuiseCaptionKind kind = question == GUISE_QUESTION_WEARING ? GUISE_CAPTION_CLOTHING
                          : question == GUISE_QUESTION_WHO   ? GUISE_CAPTION_IDENTITY
                                                             : GUISE_CAPTION_FREE;
  g_autoptr (GArray) images = g_array_new (FALSE, FALSE, sizeof (size_t));
  g_autoptr (GPtrArray) first = NULL, second = NULL;
  size_t size;

  if (question == GUISE_QUESTION_BOTH) {
    first = g_ptr_array_new ();
    second = g_ptr_array_new ();
    collect_pairs (data, first, second, images);
  } else {
    first = collect_texts (data, kind, images);
  }
  queries_reserve (queries, first->len);
  size = MAX (first->len * evaluator->dim, 1);
  if (question != GUISE_QUESTION_WEARING) {
    queries->identity = g_new (float, size);
    queries->aligned = g_new (float, size);
  }
  if (question != GUISE_QUESTION_WHO)
    queries->clothing = g_new (float, size);
  for (guint i = 0; i < images->len; i++)
    queries_add (queries, evaluator, g_array_index (images, size_t, i));
  return embed (evaluator, first, queries->identity, second == NULL ? queries->clothing : NULL,
                queries->aligned, cancellable, error)
         && (second == NULL
             || embed (evaluator, second, NULL, queries->clothing, NULL, cancellable, error));
}

/* The gallery itself asks; a picture that cannot be read asks nothing. */
static void
make_image_queries (const GuiseEvaluator *evaluator, Queries *queries)
{
  const Queries *gallery = &evaluator->gallery;
  size_t n = gallery->n;

  *queries = (Queries){ .n = n,
                        .identity = g_memdup2 (gallery->identity, n * evaluator->dim * 4),
                        .clothing = g_memdup2 (gallery->clothing, n * evaluator->dim * 4),
                        .persons = g_memdup2 (gallery->persons, n * sizeof (gint64)),
                        .outfits = g_memdup2 (gallery->outfits, n * sizeof (gint64)),
                        .items = g_memdup2 (gallery->items, n * sizeof (gint64)) };
}

static const Queries *
get_queries (GuiseEvaluator *evaluator, GuiseQuestion question, GCancellable *cancellable,
             GError **error)
{
  static const char *const texts[] = { "free captions", "identity descriptions",
                                       "clothing descriptions", "pairs of descriptions", "images" };
  Queries *queries = &evaluator->questions[question];

  if (!queries->made) {
    queries_clear (queries);
    *queries = (Queries){ 0 };
    if (question == GUISE_QUESTION_IMAGE)
      make_image_queries (evaluator, queries);
    else if (!make_text_queries (evaluator, question, queries, cancellable, error))
      return NULL;
    queries->made = TRUE;
  }
  if (queries->n > 0)
    return queries;
  g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
               "cannot evaluate '%s': these images have no %s", question_names[question],
               texts[question]);
  return NULL;
}

/* ---- judging ---- */

static GuiseEvaluationSide
get_side (const Queries *queries, double lambda, gboolean pictures)
{
  gboolean alone = pictures && lambda >= 1; /* v·v needs no other product */

  return (GuiseEvaluationSide){ .n = queries->n,
                                .identity = queries->identity,
                                .clothing = alone ? NULL : queries->clothing,
                                .persons = queries->persons,
                                .outfits = queries->outfits,
                                .items = pictures ? queries->items : NULL };
}

/* What fills the rows of the reranked evaluation. */
typedef struct {
  GuiseEvaluator *evaluator;
  const Queries *queries;
  double lambda;
  GCancellable *cancellable;
} Rerank;

static void
score_row (const Rerank *rerank, size_t query, float *row)
{
  const GuiseEvaluator *evaluator = rerank->evaluator;
  const Queries *gallery = &evaluator->gallery;
  size_t dim = evaluator->dim, best[GUISE_RERANK_DEPTH], images[GUISE_RERANK_DEPTH];
  const float *t = rerank->queries->identity, *u = rerank->queries->clothing;
  float a = u != NULL ? (float)rerank->lambda : 1, p[GUISE_RERANK_DEPTH];
  size_t n;

  for (size_t j = 0; j < gallery->n; j++) {
    row[j] = a * (float)guise_topk_dot (gallery->identity + j * dim, t + query * dim, dim);
    if (u != NULL)
      row[j]
          += (1 - a) * (float)guise_topk_dot (gallery->clothing + j * dim, u + query * dim, dim);
  }
  n = guise_topk_select (best, row, gallery->n, NULL, MIN (GUISE_RERANK_DEPTH, gallery->n));
  for (size_t i = 0; i < n; i++)
    images[i] = evaluator->positions[best[i]];
  guise_search_match_images (evaluator->model, evaluator->index,
                             rerank->queries->aligned + query * dim, images, n, p);
  for (size_t i = 0; i < n; i++) /* what is not among the best stays behind them: p > 0 */
    row[best[i]] += GUISE_RERANK_WEIGHT * p[i];
}

static gboolean
fill_rows (float *rows, size_t first, size_t n, gpointer data, GError **error)
{
  const Rerank *rerank = data;

  for (size_t i = 0; i < n; i++) {
    if (g_cancellable_set_error_if_cancelled (rerank->cancellable, error))
      return FALSE;
    score_row (rerank, first + i, rows + i * rerank->evaluator->gallery.n);
  }
  return TRUE;
}

static gboolean
run_reranked (GuiseEvaluator *evaluator, const Queries *queries,
              const GuiseEvaluatorOptions *options, double lambda, GuiseMetrics *metrics,
              GCancellable *cancellable, GError **error)
{
  const GuiseEvaluationSide asking = get_side (queries, lambda, FALSE);
  const GuiseEvaluationSide gallery = get_side (&evaluator->gallery, lambda, FALSE);
  const GuiseJudgement judgement
      = guise_evaluation_judge (&asking, &gallery, options->positives, options->protocol);
  Rerank rerank = { evaluator, queries, lambda, cancellable };

  return guise_metrics_compute_blocks (metrics, NULL, &judgement, fill_rows, &rerank, 0, NULL,
                                       error);
}

static gboolean
check_options (const GuiseEvaluator *evaluator, const GuiseEvaluatorOptions *options,
               GError **error)
{
  const char *why = NULL;

  if (options->rerank && !guise_search_model_check_match (evaluator->model, error))
    return FALSE;
  if (options->rerank
      && (options->question == GUISE_QUESTION_WEARING || options->question == GUISE_QUESTION_IMAGE))
    why = "reranking needs a text that says who";
  else if (!evaluator->knows_outfits
           && (options->positives == GUISE_POSITIVES_OUTFIT
               || options->protocol == GUISE_PROTOCOL_CLOTHING_CHANGE))
    why = "the data set knows no outfits";
  else if (options->positives == GUISE_POSITIVES_OUTFIT
           && options->protocol == GUISE_PROTOCOL_CLOTHING_CHANGE)
    why = "the positives of clothing-change are persons, never outfits";
  if (why == NULL)
    return TRUE;
  g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT, "cannot evaluate '%s': %s",
               question_names[options->question], why);
  return FALSE;
}

gboolean
guise_evaluator_run (GuiseEvaluator *evaluator, const GuiseEvaluatorOptions *options,
                     GuiseMetrics *metrics, GCancellable *cancellable, GError **error)
{
  gboolean pictures = options->question == GUISE_QUESTION_IMAGE;
  double lambda = guise_evaluator_get_lambda (evaluator, options);
  GuiseEvaluationSide asking, gallery;
  const Queries *queries;
  NnTeam *team;
  gboolean done;

  if (!check_options (evaluator, options, error))
    return FALSE;
  queries = get_queries (evaluator, options->question, cancellable, error);
  if (queries == NULL)
    return FALSE;
  if (options->rerank)
    return run_reranked (evaluator, queries, options, lambda, metrics, cancellable, error);
  asking = get_side (queries, lambda, pictures);
  gallery = get_side (&evaluator->gallery, lambda, pictures);
  team = guise_search_model_lock (evaluator->model);
  done = guise_evaluate (metrics, NULL, &asking, &gallery, evaluator->dim, options->positives,
                         options->protocol, &lambda, 1, team, error);
  guise_search_model_unlock (evaluator->model);
  return done;
}

gboolean
guise_evaluator_sweep (GuiseEvaluator *evaluator, GuisePositives positives, GuiseMetrics *metrics,
                       size_t *best, GCancellable *cancellable, GError **error)
{
  const GuiseEvaluatorOptions options = { .positives = positives };
  GuiseEvaluationSide asking, gallery;
  const Queries *queries;
  NnTeam *team;
  gboolean done;

  if (!check_options (evaluator, &options, error))
    return FALSE;
  queries = get_queries (evaluator, GUISE_QUESTION_CAPTION, cancellable, error);
  if (queries == NULL)
    return FALSE;
  asking = get_side (queries, 0, FALSE);
  gallery = get_side (&evaluator->gallery, 0, FALSE);
  team = guise_search_model_lock (evaluator->model);
  done = guise_evaluation_sweep (metrics, best, &asking, &gallery, evaluator->dim, positives, team,
                                 error);
  guise_search_model_unlock (evaluator->model);
  return done;
}
