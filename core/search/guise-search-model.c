#include "guise-search-model.h"

#include <math.h>
#include <string.h>

#include "guise-embedder.h"
#include "guise-pixels.h"
#include "guise-resize.h"
#include "guise-run-folder.h"
#include "guise-safetensors.h"
#include "guise-wordpiece.h"
#include "nn-gemm.h"

enum { TEXTS = 256 }; /* texts at a time: bounds the tapes' memory */

struct _GuiseSearchModel {
  gatomicrefcount ref_count;
  char *name;
  char *folder; /* the checkpoint's */
  char *hash;
  double lambda;
  guint64 step;
  GuiseModel *model;
  GuiseWordpiece *wordpiece;

  GMutex mutex; /* guards what follows, and the model's precision */
  gboolean chosen;
  NnTeam *team;
  GuiseEmbedder *embedder;
};

GQuark
guise_search_model_error_quark (void)
{
  return g_quark_from_static_string ("guise-search-model-error-quark");
}

/* ---- opening ---- */

GuiseSearchModel *
guise_search_model_ref (GuiseSearchModel *model)
{
  g_atomic_ref_count_inc (&model->ref_count);
  return model;
}

void
guise_search_model_unref (GuiseSearchModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec (&model->ref_count))
    return;
  guise_embedder_free (model->embedder);
  nn_team_free (model->team);
  guise_model_free (model->model);
  guise_wordpiece_free (model->wordpiece);
  g_mutex_clear (&model->mutex);
  g_free (model->name);
  g_free (model->folder);
  g_free (model->hash);
  g_free (model);
}

/* Which checkpoint the folder means, and what run.json says of it. */
static gboolean
find_checkpoint (GuiseSearchModel *model, const char *folder, GError **error)
{
  g_autofree char *canonical = g_canonicalize_filename (folder, NULL);
  g_autoptr (GuiseRunInfo) info = NULL;
  json_t *step;

  model->lambda = -1;
  if (!guise_run_exists (canonical)) {
    model->folder = g_steal_pointer (&canonical);
    model->name = g_path_get_basename (model->folder);
    return TRUE;
  }
  info = guise_run_info_load (canonical, error);
  if (info == NULL)
    return FALSE;
  model->folder = guise_run_find_model (canonical, error);
  model->name = g_strdup (info->name);
  model->lambda = info->lambda;
  step = info->best != NULL ? json_object_get (info->best, "step") : NULL;
  model->step = json_is_integer (step) ? (guint64)json_integer_value (step) : info->step;
  return model->folder != NULL;
}

/* The hash of the tensors that the file states, or of their bytes where it states none. */
static char *
hash_tensors (const GuiseSafetensors *file)
{
  const char *stated = guise_safetensors_get_metadata (file, "sha256");
  g_autoptr (GChecksum) checksum = NULL;

  if (stated != NULL)
    return g_strdup (stated);
  checksum = g_checksum_new (G_CHECKSUM_SHA256);
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (file); i++) {
    const GuiseTensor *tensor = guise_safetensors_get (file, i);

    g_checksum_update (checksum, (const guchar *)tensor->name, -1);
    for (gsize at = 0; at < tensor->n_bytes; at += G_MAXINT32)
      g_checksum_update (checksum, tensor->data + at,
                         (gssize)MIN (tensor->n_bytes - at, G_MAXINT32));
  }
  return g_strdup (g_checksum_get_string (checksum));
}

/* What the weights' file says of itself: hash, and λ and step where run.json did not say. */
static gboolean
read_metadata (GuiseSearchModel *model, char **tensors, GError **error)
{
  g_autofree char *path = g_build_filename (model->folder, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, error);
  const char *lambda, *step;

  if (file == NULL)
    return FALSE;
  *tensors = hash_tensors (file);
  lambda = guise_safetensors_get_metadata (file, "lambda");
  step = guise_safetensors_get_metadata (file, "step");
  if (model->lambda < 0 && lambda != NULL)
    model->lambda = g_ascii_strtod (lambda, NULL);
  if (!(model->lambda >= 0 && model->lambda <= 1))
    model->lambda = GUISE_RUN_DEFAULT_LAMBDA;
  if (model->step == 0 && step != NULL)
    model->step = g_ascii_strtoull (step, NULL, 10);
  return TRUE;
}

static char *
hash_model (const char *tensors, const GuiseConfig *config)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  json_auto_t *object = guise_config_to_stable_json (config);
  char *text = json_dumps (object, JSON_COMPACT | JSON_SORT_KEYS);

  g_checksum_update (checksum, (const guchar *)tensors, -1);
  g_checksum_update (checksum, (const guchar *)text, -1);
  free (text);
  return g_strdup (g_checksum_get_string (checksum));
}

/* A training run may put a better checkpoint in place at any moment: hash and weights must be of
 * the same one. */
static gboolean
load_weights (GuiseSearchModel *model, GError **error)
{
  g_autofree char *before = NULL, *after = NULL;

  do {
    g_clear_pointer (&model->model, guise_model_free);
    g_clear_pointer (&before, g_free);
    g_clear_pointer (&after, g_free);
    if (!read_metadata (model, &before, error))
      return FALSE;
    model->model = guise_model_load (model->folder, error);
    if (model->model == NULL || !read_metadata (model, &after, error))
      return FALSE;
  } while (strcmp (before, after) != 0);
  model->hash = hash_model (before, &model->model->config);
  return TRUE;
}

static gboolean
load_vocabulary (GuiseSearchModel *model, GError **error)
{
  g_autofree char *path = g_build_filename (model->folder, "vocab.txt", NULL);
  gsize size = model->model->config.text.vocab_size;

  model->wordpiece = guise_wordpiece_load (path, error);
  if (model->wordpiece == NULL)
    return FALSE;
  if ((gsize)guise_wordpiece_get_n_tokens (model->wordpiece) <= size)
    return TRUE;
  g_set_error (error, GUISE_SEARCH_MODEL_ERROR, GUISE_SEARCH_MODEL_ERROR_VOCABULARY,
               "cannot use vocabulary '%s': it has %d entries, text.vocab_size is %zu", path,
               guise_wordpiece_get_n_tokens (model->wordpiece), size);
  return FALSE;
}

GuiseSearchModel *
guise_search_model_open (const char *folder, guint n_threads, GError **error)
{
  g_autoptr (GuiseSearchModel) model = g_new0 (GuiseSearchModel, 1);

  g_atomic_ref_count_init (&model->ref_count);
  g_mutex_init (&model->mutex);
  if (!find_checkpoint (model, folder, error) || !load_weights (model, error)
      || !load_vocabulary (model, error))
    return NULL;
  nn_gemm_init ();
  model->team = nn_team_create (n_threads); /* NULL = one thread */
  model->embedder = guise_embedder_new (model->model, model->team);
  return g_steal_pointer (&model);
}

/* ---- what it is ---- */

const char *
guise_search_model_get_name (const GuiseSearchModel *model)
{
  return model->name;
}

const char *
guise_search_model_get_hash (const GuiseSearchModel *model)
{
  return model->hash;
}

double
guise_search_model_get_lambda (const GuiseSearchModel *model)
{
  return model->lambda;
}

guint64
guise_search_model_get_step (const GuiseSearchModel *model)
{
  return model->step;
}

const GuiseConfig *
guise_search_model_get_config (const GuiseSearchModel *model)
{
  return &model->model->config;
}

static void
set_precision (GuiseSearchModel *model, GuisePrecision precision, gboolean chosen)
{
  g_mutex_lock (&model->mutex);
  if ((chosen || !model->chosen) && guise_model_get_precision (model->model) != precision)
    guise_model_set_precision (model->model, precision);
  model->chosen |= chosen;
  g_mutex_unlock (&model->mutex);
}

void
guise_search_model_choose_precision (GuiseSearchModel *model, GuisePrecision precision)
{
  set_precision (model, precision, TRUE);
}

void
guise_search_model_follow_precision (GuiseSearchModel *model, const char *name)
{
  GuisePrecision precision;

  if (name != NULL && guise_precision_parse (name, &precision))
    set_precision (model, precision, FALSE);
}

GuisePrecision
guise_search_model_get_precision (const GuiseSearchModel *model)
{
  return guise_model_get_precision (model->model);
}

size_t
guise_search_model_get_dim (const GuiseSearchModel *model)
{
  return model->model->config.fusion.size;
}

NnTeam *
guise_search_model_lock (GuiseSearchModel *model)
{
  g_mutex_lock (&model->mutex);
  return model->team;
}

void
guise_search_model_unlock (GuiseSearchModel *model)
{
  g_mutex_unlock (&model->mutex);
}

static char *
why_no_match (const GuiseSearchModel *model)
{
  const GuiseConfig *config = &model->model->config;
  gboolean ramped = config->loss.ramp.length > 0
                    && guise_term_list_contains (&config->loss.ramp.terms, GUISE_TERM_MATCH);

  if (!config->fusion.enabled)
    return g_strdup ("it has no fusion");
  if (!guise_term_list_contains (&config->loss.terms, GUISE_TERM_MATCH))
    return g_strdup ("'match' is not among its loss terms");
  if (config->loss.weights[GUISE_TERM_MATCH] <= 0)
    return g_strdup ("its 'match' term weighs nothing");
  if (model->step == 0)
    return g_strdup ("nothing says that it was trained");
  /* Updates are numbered from 0; that of number `start` still has weight 0. */
  if (ramped && model->step <= config->loss.ramp.start + 1)
    return g_strdup_printf ("it has %" G_GUINT64_FORMAT
                            " updates, the 'match' term joins in after %zu",
                            model->step, config->loss.ramp.start);
  return NULL;
}

gboolean
guise_search_model_check_match (const GuiseSearchModel *model, GError **error)
{
  g_autofree char *why = why_no_match (model);

  if (why == NULL)
    return TRUE;
  g_set_error (error, GUISE_SEARCH_MODEL_ERROR, GUISE_SEARCH_MODEL_ERROR_NO_MATCH,
               "cannot rerank with '%s': its match head was never trained: %s", model->name, why);
  return FALSE;
}

/* ---- embedding ---- */

size_t
guise_search_model_get_plane_size (const GuiseSearchModel *model)
{
  const gsize *size = model->model->config.vision.image_size;

  return 3 * size[0] * size[1];
}

void
guise_search_model_prepare (const GuiseSearchModel *model, GuiseImage *image, float *planes)
{
  const gsize *size = model->model->config.vision.image_size;
  g_autoptr (GuiseImage) resized
      = guise_image_resize (image, size[1], size[0], GUISE_FILTER_BILINEAR);

  guise_pixels_to_planes (planes, guise_image_get_pixels (resized), size[1], size[0]);
}

static float
measure_length (const float *row, size_t n)
{
  double sum = 0;

  for (size_t k = 0; k < n; k++)
    sum += (double)row[k] * row[k];
  return (float)sqrt (sum);
}

void
guise_search_model_embed_images (GuiseSearchModel *model, const float *planes, size_t n, float *v,
                                 float *c, float *norm)
{
  size_t dim = guise_search_model_get_dim (model);
  g_autofree float *aligned = norm != NULL ? g_new (float, MAX (n * dim, 1)) : NULL;
  const GuiseImageOutputs out = { .v = v, .c = c, .aligned = aligned };

  g_mutex_lock (&model->mutex);
  guise_embedder_embed_images (model->embedder, planes, n, &out);
  g_mutex_unlock (&model->mutex);
  for (size_t i = 0; norm != NULL && i < n; i++)
    norm[i] = measure_length (aligned + i * dim, dim);
}

/* Of one text, [CLS] and [SEP] with them. */
static gsize
get_max_tokens (const GuiseSearchModel *model)
{
  return MIN (model->model->config.text.max_tokens, model->model->config.text.max_positions);
}

static gboolean
is_unknown (const GuiseSearchModel *model, const char *word)
{
  gint32 unk = guise_wordpiece_get_specials (model->wordpiece)->unk;
  gint32 ids[64];
  gsize n = guise_wordpiece_encode (model->wordpiece, word, G_N_ELEMENTS (ids), ids);

  for (gsize i = 0; i < n; i++)
    if (ids[i] == unk)
      return TRUE;
  return n <= 2;
}

char **
guise_search_model_list_unknown_words (const GuiseSearchModel *model, const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n\r", -1);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GStrvBuilder) unknown = g_strv_builder_new ();

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && g_hash_table_add (seen, words[i]) && is_unknown (model, words[i]))
      g_strv_builder_add (unknown, words[i]);
  return g_strv_builder_end (unknown);
}

gboolean
guise_search_model_is_too_long (const GuiseSearchModel *model, const char *text)
{
  gsize max = get_max_tokens (model);
  g_autofree gint32 *ids = g_new (gint32, max + 1);

  return guise_wordpiece_encode (model->wordpiece, text, max + 1, ids) > max;
}

/* The token ids of n texts: ids, and start [n + 1]. */
static gint32 *
tokenise (const GuiseSearchModel *model, const char *const *texts, size_t n, gsize *start)
{
  gsize max = get_max_tokens (model);
  gint32 *ids = g_new (gint32, MAX (n * max, 1));

  start[0] = 0;
  for (size_t i = 0; i < n; i++)
    start[i + 1]
        = start[i] + guise_wordpiece_encode (model->wordpiece, texts[i], max, ids + start[i]);
  return ids;
}

void
guise_search_model_embed_texts (GuiseSearchModel *model, const char *const *texts, size_t n,
                                float *t, float *u, float *aligned)
{
  size_t dim = guise_search_model_get_dim (model);
  gsize start[TEXTS + 1];

  for (size_t from = 0; from < n; from += TEXTS) {
    size_t portion = MIN (TEXTS, n - from), at = from * dim;
    g_autofree gint32 *ids = tokenise (model, texts + from, portion, start);
    const GuiseTextOutputs out = { .t = t != NULL ? t + at : NULL,
                                   .u = u != NULL ? u + at : NULL,
                                   .aligned = aligned != NULL ? aligned + at : NULL };

    g_mutex_lock (&model->mutex);
    guise_embedder_embed_texts (model->embedder, ids, start, portion, &out);
    g_mutex_unlock (&model->mutex);
  }
}

void
guise_search_model_match (GuiseSearchModel *model, const float *image, const float *text, size_t n,
                          float *p)
{
  g_mutex_lock (&model->mutex);
  guise_embedder_match (model->embedder, image, text, n, p);
  g_mutex_unlock (&model->mutex);
  for (size_t i = 0; i < n; i++)
    p[i] = 1 / (1 + expf (-p[i]));
}

/* ---- layers ---- */

/* a and b [n,F] side by side: [n,2F]. */
static float *
join (const float *a, const float *b, size_t n, size_t dim)
{
  float *joined = g_new (float, MAX (2 * n * dim, 1));

  for (size_t i = 0; i < n; i++) {
    memcpy (joined + 2 * i * dim, a + i * dim, dim * sizeof *a);
    memcpy (joined + (2 * i + 1) * dim, b + i * dim, dim * sizeof *b);
  }
  return joined;
}

static void
set_shape (size_t *shape, int *n_dims, GuiseLayer layer, size_t n, size_t length, size_t width,
           size_t dim)
{
  *n_dims = layer == GUISE_LAYER_TOKENS ? 3 : 2;
  shape[0] = n;
  shape[1] = layer == GUISE_LAYER_TOKENS ? length : layer == GUISE_LAYER_POOLED ? width
                                                                                : 2 * dim;
  shape[2] = width;
}

float *
guise_search_model_encode_images (GuiseSearchModel *model, const float *planes, size_t n,
                                  GuiseLayer layer, size_t *shape, int *n_dims)
{
  const GuiseConfig *config = guise_search_model_get_config (model);
  size_t dim = guise_search_model_get_dim (model), width = config->vision.hidden_size;
  size_t length = guise_config_get_n_patches (config);
  g_autofree float *first = NULL, *second = NULL;
  GuiseImageOutputs out = { 0 };

  set_shape (shape, n_dims, layer, n, length, width, dim);
  if (layer == GUISE_LAYER_TOKENS) {
    first = out.tokens = g_new (float, MAX (n * length * width, 1));
  } else if (layer == GUISE_LAYER_POOLED) {
    first = out.pooled = g_new (float, MAX (n * width, 1));
  } else {
    first = out.v = g_new (float, MAX (n * dim, 1));
    second = out.c = g_new (float, MAX (n * dim, 1));
  }
  g_mutex_lock (&model->mutex);
  guise_embedder_embed_images (model->embedder, planes, n, &out);
  g_mutex_unlock (&model->mutex);
  return second != NULL ? join (first, second, n, dim) : g_steal_pointer (&first);
}

/* Ragged rows into [n,length,width], zeros behind each text. */
static float *
pad (const float *rows, const gsize *start, size_t n, size_t length, size_t width)
{
  float *padded = g_new0 (float, MAX (n * length * width, 1));

  for (size_t i = 0; i < n; i++)
    memcpy (padded + i * length * width, rows + start[i] * width,
            (start[i + 1] - start[i]) * width * sizeof *rows);
  return padded;
}

float *
guise_search_model_encode_texts (GuiseSearchModel *model, const char *const *texts, size_t n,
                                 GuiseLayer layer, size_t *shape, int *n_dims)
{
  size_t dim = guise_search_model_get_dim (model), length = 0;
  size_t width = guise_search_model_get_config (model)->text.hidden_size;
  g_autofree gsize *start = g_new (gsize, n + 1);
  g_autofree gint32 *ids = tokenise (model, texts, n, start);
  g_autofree float *first = NULL, *second = NULL;
  GuiseTextOutputs out = { 0 };

  for (size_t i = 0; i < n; i++)
    length = MAX (length, start[i + 1] - start[i]);
  set_shape (shape, n_dims, layer, n, length, width, dim);
  if (layer == GUISE_LAYER_TOKENS) {
    first = out.tokens = g_new (float, MAX (start[n] * width, 1));
  } else if (layer == GUISE_LAYER_POOLED) {
    first = out.feature = g_new (float, MAX (n * width, 1));
  } else {
    first = out.t = g_new (float, MAX (n * dim, 1));
    second = out.u = g_new (float, MAX (n * dim, 1));
  }
  g_mutex_lock (&model->mutex);
  guise_embedder_embed_texts (model->embedder, ids, start, n, &out);
  g_mutex_unlock (&model->mutex);
  if (layer == GUISE_LAYER_TOKENS)
    return pad (first, start, n, length, width);
  return second != NULL ? join (first, second, n, dim) : g_steal_pointer (&first);
}
