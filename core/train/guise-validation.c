#include "guise-validation.h"

#include <string.h>

#include "guise-evaluation.h"
#include "guise-pixels.h"

enum { PORTION = 64 }; /* images or texts between two looks at the cancellable */

/* The texts of one kind that are queries: the images' own, none that is lent. */
typedef struct {
  gsize n;
  gsize *image, *text; /* [n] */
  gsize *start;        /* [n + 1], in ids */
  gint32 *ids;
  nn_real *t, *u;          /* [n,F] */
  gint64 *person, *outfit; /* [n] */
} Queries;

struct _GuiseValidation {
  const GuiseTrainSet *set;
  const GuiseModel *model;
  NnTeam *team;
  GuiseEmbedder *embedder;
  gboolean by_outfit;
  gsize dim, pixels;
  nn_real *planes; /* [PORTION,3,H,W] */
  guint8 *scratch; /* one picture */
  nn_real *v, *c;  /* [n_images,F] */
  Queries queries[GUISE_N_TEXTS];
  /* Images with both descriptions: row i of the pairs is text row pair[k][i] of kind k. */
  gsize n_pairs;
  gsize *pair[2];
  nn_real *pair_t, *pair_u;
  gint64 *pair_person, *pair_outfit;
};

/* ------------------------------------------------------------------- building */

static void
init_queries (GuiseValidation *validation, guint kind)
{
  const GuiseTrainSet *set = validation->set;
  Queries *queries = &validation->queries[kind];
  gsize most = set->text_start[kind][set->n_images], n_ids = 0;

  queries->image = g_new (gsize, most + 1);
  queries->text = g_new (gsize, most + 1);
  queries->start = g_new (gsize, most + 1);
  queries->person = g_new (gint64, most + 1);
  queries->outfit = g_new (gint64, most + 1);
  for (gsize i = 0; i < set->n_images; i++)
    for (gsize k = set->text_start[kind][i];
         !(set->missing[i] >> kind & 1) && k < set->text_start[kind][i + 1]; k++) {
      gsize q = queries->n++, text = set->text[kind][k];

      queries->image[q] = i;
      queries->text[q] = text;
      queries->start[q] = n_ids;
      queries->person[q] = set->person[i];
      queries->outfit[q] = set->outfit[i];
      n_ids += set->token_start[text + 1] - set->token_start[text];
    }
  queries->start[queries->n] = n_ids;
  queries->ids = g_new (gint32, n_ids + 1);
  for (gsize q = 0; q < queries->n; q++)
    memcpy (queries->ids + queries->start[q], set->tokens + set->token_start[queries->text[q]],
            (queries->start[q + 1] - queries->start[q]) * sizeof (gint32));
  queries->t = g_new (nn_real, queries->n * validation->dim + 1);
  queries->u = g_new (nn_real, queries->n * validation->dim + 1);
}

/* The first description of each kind of every image that has both. */
static void
init_pairs (GuiseValidation *validation)
{
  const Queries *identity = &validation->queries[GUISE_TEXT_IDENTITY],
                *clothing = &validation->queries[GUISE_TEXT_CLOTHING];
  gsize most = MIN (identity->n, clothing->n);

  validation->pair[0] = g_new (gsize, most + 1);
  validation->pair[1] = g_new (gsize, most + 1);
  validation->pair_person = g_new (gint64, most + 1);
  validation->pair_outfit = g_new (gint64, most + 1);
  for (gsize a = 0, b = 0; a < identity->n && b < clothing->n;) {
    gsize image = identity->image[a], n = validation->n_pairs;

    if (clothing->image[b] < image) {
      b++;
      continue;
    }
    if (clothing->image[b] == image) {
      validation->pair[0][n] = a;
      validation->pair[1][n] = b;
      validation->pair_person[n] = clothing->person[b];
      validation->pair_outfit[n] = clothing->outfit[b];
      validation->n_pairs++;
    }
    while (a < identity->n && identity->image[a] == image)
      a++;
  }
  validation->pair_t = g_new (nn_real, validation->n_pairs * validation->dim + 1);
  validation->pair_u = g_new (nn_real, validation->n_pairs * validation->dim + 1);
}

GuiseValidation *
guise_validation_new (const GuiseTrainSet *set, gboolean by_outfit, const GuiseModel *model,
                      NnTeam *team)
{
  GuiseValidation *validation = g_new0 (GuiseValidation, 1);
  gsize n_pixels = 3 * set->width * set->height;

  validation->set = set;
  validation->model = model;
  validation->team = team;
  validation->embedder = guise_embedder_new (model, team);
  validation->by_outfit = by_outfit;
  validation->dim = model->config.fusion.size;
  validation->pixels = n_pixels;
  if (set->visual[0] == NULL)
    validation->planes = g_new (nn_real, PORTION * n_pixels);
  validation->scratch = g_malloc (n_pixels);
  validation->v = g_new (nn_real, set->n_images * validation->dim);
  validation->c = g_new (nn_real, set->n_images * validation->dim);
  for (guint kind = 0; kind < GUISE_N_TEXTS; kind++)
    init_queries (validation, kind);
  init_pairs (validation);
  return validation;
}

void
guise_validation_free (GuiseValidation *validation)
{
  if (validation == NULL)
    return;
  guise_embedder_free (validation->embedder);
  g_free (validation->planes);
  g_free (validation->scratch);
  g_free (validation->v);
  g_free (validation->c);
  for (guint kind = 0; kind < GUISE_N_TEXTS; kind++) {
    Queries *queries = &validation->queries[kind];

    g_free (queries->image);
    g_free (queries->text);
    g_free (queries->start);
    g_free (queries->ids);
    g_free (queries->t);
    g_free (queries->u);
    g_free (queries->person);
    g_free (queries->outfit);
  }
  g_free (validation->pair[0]);
  g_free (validation->pair[1]);
  g_free (validation->pair_t);
  g_free (validation->pair_u);
  g_free (validation->pair_person);
  g_free (validation->pair_outfit);
  g_free (validation);
}

/* ------------------------------------------------------------------ embedding */

static void
load_picture (GuiseValidation *validation, gsize i, nn_real *planes)
{
  const GuiseTrainSet *set = validation->set;
  const guint8 *rgb = guise_train_set_get_pixels (set, i, validation->scratch, NULL);

  if (rgb != NULL)
    guise_pixels_to_planes (planes, rgb, set->width, set->height);
  else
    memset (planes, 0, validation->pixels * sizeof (nn_real));
}

static gboolean
embed_images (GuiseValidation *validation, GCancellable *cancellable, GError **error)
{
  const GuiseTrainSet *set = validation->set;

  for (gsize from = 0; from < set->n_images; from += PORTION) {
    gsize n = MIN (PORTION, set->n_images - from);
    const GuiseImageOutputs out = { .v = validation->v + from * validation->dim,
                                    .c = validation->c + from * validation->dim };

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (set->visual[0] != NULL) {
      guise_embedder_embed_kept_tokens (validation->embedder, set->visual[0] + from, n, &out);
      continue;
    }
    for (gsize i = 0; i < n; i++)
      load_picture (validation, from + i, validation->planes + i * validation->pixels);
    guise_embedder_embed_images (validation->embedder, validation->planes, n, &out);
  }
  return TRUE;
}

/* Queries from … from+n-1, at most PORTION. */
static void
embed_kept_texts (GuiseValidation *validation, const Queries *queries, gsize from, gsize n,
                  const GuiseTextOutputs *out)
{
  const float *kept[PORTION];

  for (gsize i = 0; i < n; i++)
    kept[i] = validation->set->features[queries->text[from + i]];
  guise_embedder_embed_kept_features (validation->embedder, kept, n, out);
}

static gboolean
embed_texts (GuiseValidation *validation, Queries *queries, GCancellable *cancellable,
             GError **error)
{
  for (gsize from = 0; from < queries->n; from += PORTION) {
    const GuiseTextOutputs out = { .t = queries->t + from * validation->dim,
                                   .u = queries->u + from * validation->dim };

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (validation->set->features != NULL)
      embed_kept_texts (validation, queries, from, MIN (PORTION, queries->n - from), &out);
    else
      guise_embedder_embed_texts (validation->embedder, queries->ids, queries->start + from,
                                  MIN (PORTION, queries->n - from), &out);
  }
  return TRUE;
}

/* -------------------------------------------------------------------- judging */

static GuiseEvaluationSide
get_gallery (const GuiseValidation *validation)
{
  const GuiseTrainSet *set = validation->set;

  return (GuiseEvaluationSide){ .n = set->n_images,
                                .identity = validation->v,
                                .clothing = validation->c,
                                .persons = set->person,
                                .outfits = set->outfit };
}

static GuisePositives
get_positives (const GuiseValidation *validation, guint kind)
{
  return validation->by_outfit && kind != GUISE_TEXT_IDENTITY ? GUISE_POSITIVES_OUTFIT
                                                              : GUISE_POSITIVES_PERSON;
}

static gboolean
judge_captions (GuiseValidation *validation, GuiseValidationResult *result, GError **error)
{
  const Queries *queries = &validation->queries[GUISE_TEXT_CAPTION];
  const GuiseEvaluationSide asking = { .n = queries->n,
                                       .identity = queries->t,
                                       .clothing = queries->u,
                                       .persons = queries->person,
                                       .outfits = queries->outfit },
                            gallery = get_gallery (validation);
  GuiseMetrics metrics[GUISE_EVALUATION_N_LAMBDAS];
  gsize best;

  if (!guise_evaluation_sweep (metrics, &best, &asking, &gallery, validation->dim,
                               get_positives (validation, GUISE_TEXT_CAPTION), validation->team,
                               error))
    return FALSE;
  result->lambda = guise_evaluation_get_lambda (best);
  result->caption = metrics[best];
  return TRUE;
}

/* One of the questions whose λ is fixed. */
static gboolean
judge (GuiseValidation *validation, GuiseMetrics *metrics, const GuiseEvaluationSide *asking,
       guint kind, double lambda, GError **error)
{
  const GuiseEvaluationSide gallery = get_gallery (validation);

  return guise_evaluate (metrics, NULL, asking, &gallery, validation->dim,
                         get_positives (validation, kind), GUISE_PROTOCOL_STANDARD, &lambda, 1,
                         validation->team, error);
}

static gboolean
judge_single (GuiseValidation *validation, GuiseMetrics *metrics, guint kind, GError **error)
{
  const Queries *queries = &validation->queries[kind];
  gboolean who = kind == GUISE_TEXT_IDENTITY;
  const GuiseEvaluationSide asking = { .n = queries->n,
                                       .identity = who ? queries->t : NULL,
                                       .clothing = who ? NULL : queries->u,
                                       .persons = queries->person,
                                       .outfits = queries->outfit };

  return judge (validation, metrics, &asking, kind, who ? 1 : 0, error);
}

static gboolean
judge_pairs (GuiseValidation *validation, GuiseMetrics *metrics, GError **error)
{
  const GuiseEvaluationSide asking = { .n = validation->n_pairs,
                                       .identity = validation->pair_t,
                                       .clothing = validation->pair_u,
                                       .persons = validation->pair_person,
                                       .outfits = validation->pair_outfit };
  gsize dim = validation->dim;

  for (gsize i = 0; i < validation->n_pairs; i++) {
    memcpy (validation->pair_t + i * dim,
            validation->queries[GUISE_TEXT_IDENTITY].t + validation->pair[0][i] * dim,
            dim * sizeof (nn_real));
    memcpy (validation->pair_u + i * dim,
            validation->queries[GUISE_TEXT_CLOTHING].u + validation->pair[1][i] * dim,
            dim * sizeof (nn_real));
  }
  return judge (validation, metrics, &asking, GUISE_TEXT_CLOTHING, 0.5, error);
}

gboolean
guise_validation_run (GuiseValidation *validation, GuiseValidationResult *result,
                      GCancellable *cancellable, GError **error)
{
  gint64 started = g_get_monotonic_time ();

  if (!embed_images (validation, cancellable, error))
    return FALSE;
  for (guint kind = 0; kind < GUISE_N_TEXTS; kind++)
    if (!embed_texts (validation, &validation->queries[kind], cancellable, error))
      return FALSE;
  if (!judge_captions (validation, result, error)
      || !judge_single (validation, &result->who, GUISE_TEXT_IDENTITY, error)
      || !judge_single (validation, &result->wearing, GUISE_TEXT_CLOTHING, error)
      || !judge_pairs (validation, &result->both, error))
    return FALSE;
  result->seconds = (double)(g_get_monotonic_time () - started) / 1e6;
  return TRUE;
}
