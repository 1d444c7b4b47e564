#include "guise-pretrained-start.h"

#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-tower-pixels.h"
#include "guise-tower-tokens.h"

enum { MAX_TOKENIZER_CONFIG = 16 << 20 };

/* What the names of an encoder's parameters begin with. */
#define VISION_PREFIX "vision."
#define TEXT_PREFIX "text."

static gboolean
check_kind (const GuisePretrained *pretrained, const GuiseTower *tower, GuiseTowerKind kind,
            GError **error)
{
  if (tower == NULL || tower->kind == kind)
    return tower != NULL;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot begin with '%s': it is a %s model, training begins with %s",
               guise_pretrained_get_folder (pretrained), guise_tower_kind_get_name (tower->kind),
               guise_tower_kind_get_name (kind));
  return FALSE;
}

gboolean
guise_pretrained_start_open (GuisePretrainedStart *start, const char *vision, const char *text,
                             GError **error)
{
  g_auto (GuisePretrainedStart) opened = { 0 };

  if (vision != NULL
      && ((opened.vision = guise_pretrained_open (vision, error)) == NULL
          || !check_kind (opened.vision, guise_pretrained_get_vision (opened.vision, error),
                          GUISE_TOWER_VIT, error)))
    return FALSE;
  if (text != NULL
      && ((opened.text = guise_pretrained_open (text, error)) == NULL
          || !check_kind (opened.text, guise_pretrained_get_text (opened.text, error),
                          GUISE_TOWER_BERT, error)))
    return FALSE;
  *start = opened;
  opened = (GuisePretrainedStart){ 0 };
  return TRUE;
}

void
guise_pretrained_start_clear (GuisePretrainedStart *start)
{
  g_clear_pointer (&start->vision, guise_pretrained_free);
  g_clear_pointer (&start->text, guise_pretrained_free);
}

/* ---- configuration -------------------------------------------------------------------------- */

void
guise_pretrained_start_configure (const GuisePretrainedStart *start, GuiseConfig *config)
{
  if (start->vision != NULL) {
    const GuiseTower *tower = guise_pretrained_get_vision (start->vision, NULL);

    config->vision.image_size[0] = tower->image_size[0];
    config->vision.image_size[1] = tower->image_size[1];
    config->vision.patch_size = tower->patch;
    config->vision.hidden_size = tower->width;
    config->vision.layers = tower->layers;
    config->vision.heads = tower->heads;
    config->vision.mlp_size = tower->mlp;
    config->vision.layer_norm_eps = tower->eps;
    if (tower->width % config->bdam.heads != 0)
      config->bdam.heads = tower->heads;
  }
  if (start->text != NULL) {
    const GuiseTower *tower = guise_pretrained_get_text (start->text, NULL);

    config->text.vocab_size = tower->vocab_size;
    config->text.hidden_size = tower->width;
    config->text.layers = tower->layers;
    config->text.heads = tower->heads;
    config->text.mlp_size = tower->mlp;
    config->text.max_positions = tower->positions;
    config->text.max_tokens = MIN (config->text.max_tokens, tower->positions);
    config->text.layer_norm_eps = tower->eps;
    config->text.pad_id = (gsize)tower->pad_id;
  }
}

typedef struct {
  const char *key;
  double has, wanted;
} Pair;

static gboolean
check_pairs (const GuisePretrained *pretrained, const Pair *pairs, gsize n, GError **error)
{
  for (gsize i = 0; i < n; i++)
    if (pairs[i].has != pairs[i].wanted) {
      g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE,
                   "configuration: '%s' is %g, but %g in the weights of '%s'", pairs[i].key,
                   pairs[i].has, pairs[i].wanted, guise_pretrained_get_folder (pretrained));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_vision (const GuisePretrained *pretrained, const GuiseConfig *config, GError **error)
{
  const GuiseTower *tower = guise_pretrained_get_vision (pretrained, NULL);
  const Pair pairs[] = {
    { "vision.patch_size", config->vision.patch_size, tower->patch },
    { "vision.hidden_size", config->vision.hidden_size, tower->width },
    { "vision.layers", config->vision.layers, tower->layers },
    { "vision.heads", config->vision.heads, tower->heads },
    { "vision.mlp_size", config->vision.mlp_size, tower->mlp },
    { "vision.layer_norm_eps", config->vision.layer_norm_eps, tower->eps },
  };

  return check_pairs (pretrained, pairs, G_N_ELEMENTS (pairs), error);
}

static gboolean
check_text (const GuisePretrained *pretrained, const GuiseConfig *config, GError **error)
{
  const GuiseTower *tower = guise_pretrained_get_text (pretrained, NULL);
  const Pair pairs[] = {
    { "text.vocab_size", config->text.vocab_size, tower->vocab_size },
    { "text.hidden_size", config->text.hidden_size, tower->width },
    { "text.layers", config->text.layers, tower->layers },
    { "text.heads", config->text.heads, tower->heads },
    { "text.mlp_size", config->text.mlp_size, tower->mlp },
    { "text.max_positions", config->text.max_positions, tower->positions },
    { "text.layer_norm_eps", config->text.layer_norm_eps, tower->eps },
    { "text.pad_id", config->text.pad_id, (double)tower->pad_id },
  };

  return check_pairs (pretrained, pairs, G_N_ELEMENTS (pairs), error);
}

/* What stands beside the weights. */
static gboolean
check_files (const GuisePretrainedStart *start, GError **error)
{
  g_autofree char *lines = NULL;
  GuiseTowerPixels pixels;
  gsize size;

  return (start->vision == NULL
          || guise_tower_pixels_load (&pixels, GUISE_TOWER_VIT,
                                      guise_pretrained_get_folder (start->vision), error))
         && (start->text == NULL
             || (lines = guise_pretrained_start_read_vocabulary (start, &size, error)) != NULL);
}

static gboolean
check_sizes (const GuisePretrainedStart *start, const GuiseConfig *config, GError **error)
{
  return (start->vision == NULL || check_vision (start->vision, config, error))
         && (start->text == NULL || check_text (start->text, config, error));
}

gboolean
guise_pretrained_start_check (const GuisePretrainedStart *start, const GuiseConfig *config,
                              GError **error)
{
  return check_sizes (start, config, error) && check_files (start, error);
}

/* ---- values --------------------------------------------------------------------------------- */

/* Pictures come in as y = (x - ½)/½, x in 0 … 1; the encoder was trained with (x - mean)/deviation,
 * which is y · ½/deviation + (½ - mean)/deviation: the first layer does that from now on. */
static void
fold_pixels (const GuiseTowerPixels *pixels, GuiseModel *model)
{
  const GuiseLinear *patches = &model->params->vision.patches;
  gsize n = patches->weight.cols / 3;

  for (gsize d = 0; d < patches->weight.rows; d++) {
    float *weight = model->values + patches->weight.offset + d * patches->weight.cols;
    double bias = model->values[patches->bias.offset + d];

    for (gsize i = 0; i < 3 * n; i++) {
      gsize c = i / n;

      bias += weight[i] * (0.5 - pixels->mean[c]) / pixels->deviation[c];
      weight[i] = (float)(weight[i] * 0.5 / pixels->deviation[c]);
    }
    model->values[patches->bias.offset + d] = (float)bias;
  }
}

static gboolean
load_vision (const GuisePretrained *pretrained, GuiseModel *model, GError **error)
{
  const gsize *size = model->config.vision.image_size;
  const gsize patch = model->config.vision.patch_size;
  const gsize grid[2] = { size[0] / patch, size[1] / patch };
  GuiseTowerPixels pixels;

  if (!guise_pretrained_read (pretrained, guise_pretrained_get_vision (pretrained, NULL),
                              model->params->specs, VISION_PREFIX, grid, model->values, error)
      || !guise_tower_pixels_load (&pixels, GUISE_TOWER_VIT,
                                   guise_pretrained_get_folder (pretrained), error))
    return FALSE;
  if (!guise_tower_pixels_is_usual (&pixels))
    fold_pixels (&pixels, model);
  return TRUE;
}

/* All but what the folders fill. */
static void
init_rest (const GuisePretrainedStart *start, GuiseModel *model, guint64 seed)
{
  const char *filled[3] = { NULL };
  gsize n = 0;

  if (start->vision != NULL)
    filled[n++] = VISION_PREFIX;
  if (start->text != NULL)
    filled[n++] = TEXT_PREFIX;
  guise_model_init_except (model, seed, filled);
}

gboolean
guise_pretrained_start_init (const GuisePretrainedStart *start, GuiseModel *model, guint64 seed,
                             GError **error)
{
  if (!check_sizes (start, &model->config, error)
      || (start->vision != NULL && !load_vision (start->vision, model, error))
      || (start->text != NULL
          && !guise_pretrained_read (start->text, guise_pretrained_get_text (start->text, NULL),
                                     model->params->specs, TEXT_PREFIX, NULL, model->values,
                                     error)))
    return FALSE;
  init_rest (start, model, seed);
  return TRUE;
}

/* ---- vocabulary ----------------------------------------------------------------------------- */

/* tokenizer_config.json, where there is one, says so. */
static gboolean
check_lower_case (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer_config.json", NULL);
  json_auto_t *config = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  config = guise_json_load_wide (path, MAX_TOKENIZER_CONFIG, error);
  if (config == NULL)
    return FALSE;
  if (!json_is_false (json_object_get (config, "do_lower_case")))
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use '%s': its vocabulary tells capital letters apart, texts are read in "
               "small ones here; use an uncased model",
               folder);
  return FALSE;
}

/* What the folder's tokenizer does, of which nothing but lines is kept: with other lines, or read
 * in another way, the words would meet the rows of others. */
char *
guise_pretrained_start_read_vocabulary (const GuisePretrainedStart *start, gsize *size,
                                        GError **error)
{
  const char *folder = guise_pretrained_get_folder (start->text);
  g_autoptr (GuiseTokenizer) tokenizer = NULL;

  if (!check_lower_case (folder, error))
    return NULL;
  tokenizer = guise_tower_open_tokenizer (guise_pretrained_get_text (start->text, NULL), folder,
                                          error);
  return tokenizer != NULL
             ? guise_wordpiece_write_lines (guise_tokenizer_get_wordpiece (tokenizer),
                                            guise_tokenizer_get_path (tokenizer), size, error)
             : NULL;
}
