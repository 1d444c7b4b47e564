/* Folders of Hugging Face's transformers: what a model that begins with them computes, the many
 * ways in which their tensors are called, and what is refused. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-embedder.h"
#include "guise-formats-error.h"
#include "guise-positions.h"
#include "guise-pretrained-start.h"
#include "guise-tower-tokens.h"
#include "nn-gemm.h"
#include "pretrained-golden.h"
#include "temp-folder.h"
#include "tokenizer-json.h"

/* ---- a model that begins with a folder ------------------------------------------------------ */

static char *
copy_golden (const char *name)
{
  g_autofree char *golden = pretrained_golden_folder (name);
  char *folder = temp_folder_new ("pretrained");

  temp_folder_copy (golden, folder);
  return folder;
}

static GuiseModel *
begin (const char *vision, const char *text, const char *setting, GError **error)
{
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GuiseModel) model = NULL;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  if (!guise_pretrained_start_open (&start, vision, text, error))
    return NULL;
  guise_pretrained_start_configure (&start, &config);
  if (setting != NULL)
    g_assert_true (guise_config_set (&config, setting, NULL));
  if (!guise_pretrained_start_check (&start, &config, error)
      || !guise_config_check (&config, error))
    return NULL;
  model = guise_model_new (&config);
  return guise_pretrained_start_init (&start, model, 1, error) ? g_steal_pointer (&model) : NULL;
}

static void
compare_images (const char *name, const char *folder, const char *setting)
{
  g_autoptr (PretrainedGolden) golden = pretrained_golden_load (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseModel) model = begin (folder, NULL, setting, &error);
  g_autoptr (GuiseEmbedder) embedder = NULL;
  g_autofree float *tokens = g_new (float, golden->n_tokens * golden->width);
  g_autofree float *pooled = g_new (float, golden->n * golden->n_pooled);
  const GuiseImageOutputs out = { .tokens = tokens, .pooled = pooled };

  g_assert_no_error (error);
  embedder = guise_embedder_new (model, NULL);
  guise_embedder_embed_images (embedder, golden->images, golden->n, &out);
  pretrained_golden_compare ("tokens", tokens, golden->tokens, golden->n_tokens * golden->width);
  pretrained_golden_compare ("pooled", pooled, golden->pooled, golden->n * golden->n_pooled);
}

static void
compare_texts (const char *name, const char *folder)
{
  g_autoptr (PretrainedGolden) golden = pretrained_golden_load (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseModel) model = begin (NULL, folder, NULL, &error);
  g_autoptr (GuiseEmbedder) embedder = NULL;
  g_autofree float *tokens = g_new (float, golden->n_tokens * golden->width);
  g_autofree float *feature = g_new (float, golden->n * golden->n_pooled);
  const GuiseTextOutputs out = { .tokens = tokens, .feature = feature };

  g_assert_no_error (error);
  embedder = guise_embedder_new (model, NULL);
  guise_embedder_embed_texts (embedder, golden->ids, golden->start, golden->n, &out);
  pretrained_golden_compare ("tokens", tokens, golden->tokens, golden->n_tokens * golden->width);
  pretrained_golden_compare ("pooled", feature, golden->pooled, golden->n * golden->n_pooled);
}

static void
test_vision (gconstpointer name)
{
  g_autofree char *folder = pretrained_golden_folder (name);

  compare_images (name, folder,
                  strcmp (name, "vit-wide") == 0 ? "vision.image_size=[48, 16]" : NULL);
}

static void
test_text (gconstpointer name)
{
  g_autofree char *folder = pretrained_golden_folder (name);

  compare_texts (name, folder);
}

/* The rest of the model is as it would be without. */
static void
test_rest (void)
{
  g_autofree char *vision = pretrained_golden_folder ("vit");
  g_autofree char *text = pretrained_golden_folder ("bert");
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseModel) model = begin (vision, text, NULL, &error);
  g_autoptr (GuiseModel) fresh = NULL;
  gsize n_same = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (model->config.bdam.heads, ==, 2); /* 3 do not divide 16 */
  g_assert_cmpuint (model->config.vision.image_size[0], ==, 24);
  g_assert_cmpuint (model->config.text.vocab_size, ==, 40);
  g_assert_cmpuint (model->config.text.max_tokens, ==, 9);
  fresh = guise_model_new (&model->config);
  guise_model_init (fresh, 1);
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);
    gboolean same = memcmp (model->values + spec->offset, fresh->values + spec->offset,
                            spec->n * sizeof (float))
                    == 0;

    g_assert_cmpint (same, ==, spec->group == GUISE_GROUP_HEAD);
    n_same += same;
  }
  g_assert_cmpuint (n_same, >, 20);
}

static char *
remove_file (const char *folder, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
  return path;
}

/* What a folder says of its pixels, and what that is. */
typedef struct {
  const char *file, *settings;
  double mean[3], deviation[3];
} Pixels;

static const Pixels pixel_settings[] = {
  { "preprocessor_config.json",
    "{\"image_mean\": [0.485, 0.456, 0.406], \"image_std\": [0.229, 0.224, 0.225]}",
    { 0.485, 0.456, 0.406 },
    { 0.229, 0.224, 0.225 } },
  { "processor_config.json",
    "{\"image_processor\": {\"image_mean\": [0.4, 0.5, 0.6],"
    " \"rescale_factor\": 0.00392156862745098}, \"image_std\": [1, 1, 1]}",
    { 0.4, 0.5, 0.6 },
    { 0.5, 0.5, 0.5 } },
  { "preprocessor_config.json",
    "{\"do_normalize\": false, \"image_mean\": [0.485, 0.456, 0.406]}",
    { 0, 0, 0 },
    { 1, 1, 1 } },
};

/* A folder with another mean and deviation: a model that begins with it sees pictures in -1 … 1 as
 * the folder's own encoder sees its own. */
static void
test_pixels (gconstpointer data)
{
  const Pixels *wanted = data;
  const double *mean = wanted->mean, *deviation = wanted->deviation;
  g_autoptr (PretrainedGolden) golden = pretrained_golden_load ("vit");
  char *folder = copy_golden ("vit");
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GuiseEmbedder) embedder = NULL;
  gsize n_pixels = 24 * 24, n = golden->n * 3 * n_pixels;
  g_autofree float *planes = g_new (float, n);
  g_autofree float *pooled = g_new (float, golden->n * golden->n_pooled);
  const GuiseImageOutputs out = { .pooled = pooled };

  temp_folder_put (folder, "preprocessor_config.json", "{\"image_mean\": [0, 0, 0]}", -1);
  temp_folder_put (folder, "processor_config.json", "{\"processor_class\": \"P\"}", -1);
  temp_folder_put (folder, wanted->file, wanted->settings, -1); /* in the place of one of them */
  for (gsize i = 0; i < n; i++) {
    gsize c = i / n_pixels % 3;

    planes[i] = (float)(2 * (golden->images[i] * deviation[c] + mean[c]) - 1);
  }
  model = begin (folder, NULL, NULL, NULL);
  embedder = guise_embedder_new (model, NULL);
  guise_embedder_embed_images (embedder, planes, golden->n, &out);
  pretrained_golden_compare ("pooled", pooled, golden->pooled, golden->n * golden->n_pooled);
  temp_folder_free (folder);
}

/* What would give other numbers is not passed over. */
static void
test_pixels_refused (void)
{
  static const char *const cases[][2] = {
    { "{\"do_rescale\": false}", "'do_rescale'" },
    { "{\"rescale_factor\": 0.5}", "'rescale_factor'" },
    { "{\"rescale_factor\": \"1/255\"}", "'rescale_factor'" },
    { "[]", "no object of settings" },
    { "{\"image_mean\": 0.5}", "'image_mean' is not three numbers" },
  };
  char *folder = copy_golden ("vit");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    temp_folder_put (folder, "preprocessor_config.json", cases[i][0], -1);
    g_assert_null (begin (folder, NULL, NULL, &error));
    g_assert_nonnull (strstr (error->message, cases[i][1]));
    g_assert_nonnull (strstr (error->message, "preprocessor_config.json"));
  }
  temp_folder_free (folder);
}

/* The hash is of what is in the folder, not of how it is cut into files. */
static void
test_hash (void)
{
  static const char *const names[] = { "vit", "vit-classifier", "bert", "vit" };
  g_autofree char *hash[G_N_ELEMENTS (names)] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *folder = pretrained_golden_folder (names[i]);
    g_autoptr (GuisePretrained) pretrained = guise_pretrained_open (folder, NULL);

    hash[i] = guise_pretrained_hash (pretrained);
    g_assert_cmpuint (strlen (hash[i]), ==, 64);
  }
  g_assert_cmpstr (hash[0], !=, hash[1]);
  g_assert_cmpstr (hash[0], !=, hash[2]);
  g_assert_cmpstr (hash[0], ==, hash[3]);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_clear_pointer (&hash[i], g_free);
}

/* A grid of the same size stays what it is; a ramp stays one that is symmetric. */
static void
test_positions (void)
{
  const gsize four[] = { 4, 4 }, eight[] = { 8, 8 };
  float from[17], same[17], larger[65];

  for (gsize i = 0; i < 17; i++)
    from[i] = i == 0 ? 99 : (float)((i - 1) % 4);
  guise_positions_resize (from, four, same, four, 1);
  g_assert_cmpmem (same, sizeof same, from, sizeof from);
  guise_positions_resize (from, four, larger, eight, 1);
  g_assert_cmpfloat (larger[0], ==, 99);
  for (gsize y = 0; y < 8; y++)
    for (gsize x = 0; x < 4; x++)
      g_assert_cmpfloat_with_epsilon (larger[1 + y * 8 + x] + larger[1 + y * 8 + 7 - x], 3, 1e-5);
}

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct {
  const char *prefix;
  gboolean legacy, buffers;
} Naming;

static char *
rename_tensor (const char *name, float *values, gsize *shape, gpointer data)
{
  const Naming *naming = data;
  g_autofree char *stem = NULL;

  if (naming->legacy && strstr (name, "LayerNorm.weight") != NULL)
    stem = g_strdup_printf ("%.*sgamma", (int)(strlen (name) - strlen ("weight")), name);
  else if (naming->legacy && strstr (name, "LayerNorm.bias") != NULL)
    stem = g_strdup_printf ("%.*sbeta", (int)(strlen (name) - strlen ("bias")), name);
  else if (naming->buffers && strcmp (name, "pooler.dense.bias") == 0)
    stem = g_strdup ("embeddings.position_ids");
  else
    stem = g_strdup (name);
  return g_strconcat (naming->prefix, stem, NULL);
}

static void
test_names (void)
{
  static const Naming vision[]
      = { { "vit." }, { "model." }, { "module.vit." }, { "vision_encoder." } };
  static const Naming text[] = { { "bert.", TRUE },
                                 { "", TRUE, TRUE },
                                 { "text_encoder." },
                                 { "module.text_encoder.bert.", TRUE, TRUE },
                                 { "model." } };

  for (gsize i = 0; i < G_N_ELEMENTS (vision); i++) {
    char *folder = copy_golden ("vit");

    pretrained_rewrite (folder, rename_tensor, (gpointer)&vision[i]);
    compare_images ("vit", folder, NULL);
    temp_folder_free (folder);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (text); i++) {
    char *folder = copy_golden ("bert");

    pretrained_rewrite (folder, rename_tensor, (gpointer)&text[i]);
    compare_texts ("bert", folder);
    temp_folder_free (folder);
  }
}

/* ---- what is refused ------------------------------------------------------------------------ */

/* One line that names the folder and says all of `why`. */
static void
assert_refused (const char *folder, gboolean vision, const char *const *why)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseModel) model
      = begin (vision ? folder : NULL, vision ? NULL : folder, NULL, &error);

  g_assert_null (model);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_nonnull (strstr (error->message, folder));
  for (; *why != NULL; why++)
    if (strstr (error->message, *why) == NULL)
      g_error ("'%s' does not say '%s'", error->message, *why);
}

#define REFUSED(folder, vision, ...) \
  assert_refused (folder, vision, (const char *const[]){ __VA_ARGS__, NULL })

/* config.json with one key changed. */
static void
test_config (void)
{
  static const struct {
    const char *name, *key, *value, *why;
  } cases[] = {
    { "vit", "hidden_act", "\"relu\"", "'hidden_act' is 'relu': only 'gelu' is computed here" },
    { "bert", "hidden_act", "\"gelu_new\"", "'hidden_act' is 'gelu_new'" },
    { "vit", "hidden_act", "3", "'hidden_act' is not a name" },
    { "vit", "hidden_size", "0", "'hidden_size' is 0" },
    { "vit", "hidden_size", "1000000", "'hidden_size' is 1000000, but must lie between" },
    { "vit", "hidden_size", "16.5", "'hidden_size' is not a whole number" },
    { "vit", "hidden_size", "18", "of another shape: embeddings.cls_token [1,1,16] instead of" },
    { "vit", "num_attention_heads", "3", "'num_attention_heads' does not divide hidden_size 16" },
    { "vit", "num_channels", "1", "'num_channels' is 1: only 3" },
    { "vit", "qkv_bias", "false", "'qkv_bias' is not true" },
    { "vit", "patch_size", "[8, 4]", "'patch_size' is not a square" },
    { "vit", "image_size", "25", "'image_size' is not a multiple of patch_size 8" },
    { "vit", "image_size", "\"large\"", "'image_size' is neither a size" },
    { "vit", "image_size", "32", "embeddings.position_embeddings [1,10,16] instead of [1,17,16]" },
    { "vit", "layer_norm_eps", "-1", "'layer_norm_eps' is not a number between 0 and 1" },
    { "vit", "num_hidden_layers", "3", "; missing: encoder.layer.2." },
    { "vit", "num_hidden_layers", "1", "; unexpected: encoder.layer.1." },
    { "bert", "type_vocab_size", "1", "'type_vocab_size' is 1: only 2" },
    { "bert", "position_embedding_type", "\"relative_key\"", "is 'relative_key'" },
    { "bert", "is_decoder", "true", "'is_decoder' is not false" },
    { "bert", "vocab_size", "41", "embeddings.word_embeddings.weight [40,12] instead of [41,12]" },
    { "bert", "pad_token_id", "-1", "'pad_token_id' is not the id of a token" },
    { "bert", "model_type", "\"roberta\"", "'roberta' is none of the models that are read here" },
    { "bert", "model_type", "\"\\u202eevil\"", "is none of the models" },
    { "vit", "model_type", "\"bert\"", "it is a BERT model: images are not for it" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    char *folder = copy_golden (cases[i].name);

    pretrained_reconfigure (folder, cases[i].key, cases[i].value);
    REFUSED (folder, strcmp (cases[i].name, "vit") == 0, cases[i].why);
    temp_folder_free (folder);
  }
}

/* Which model it is may stand in either key; in neither is an error. */
static void
test_says_nothing (void)
{
  char *folder = copy_golden ("vit");
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseModel) model = NULL;

  pretrained_reconfigure (folder, "model_type", NULL);
  model = begin (folder, NULL, NULL, &error);
  g_assert_no_error (error);
  pretrained_reconfigure (folder, "architectures", NULL);
  REFUSED (folder, TRUE, "neither 'model_type' nor 'architectures' says what it is");
  temp_folder_free (folder);
}

static void
test_wrong_model (void)
{
  g_autofree char *vit = pretrained_golden_folder ("vit");
  g_autofree char *bert = pretrained_golden_folder ("bert");
  g_autofree char *clip = pretrained_golden_folder ("clip");

  REFUSED (bert, TRUE, "it is a BERT model: images are not for it");
  REFUSED (vit, FALSE, "it is a ViT model: texts are not for it");
  REFUSED (clip, TRUE, "it is a CLIP vision model, training begins with ViT");
  REFUSED (clip, FALSE, "it is a CLIP text model, training begins with BERT");
}

/* A checkpoint of this program. */
static void
test_own_checkpoint (void)
{
  char *folder = temp_folder_new ("pretrained");
  g_autoptr (GuiseModel) model = NULL;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  model = guise_model_new (&config);
  g_assert_true (guise_model_save (model, folder, NULL));
  REFUSED (folder, TRUE, "it is a checkpoint of this program, not a Hugging Face folder");
  temp_folder_free (folder);
}

static void
test_no_weights (void)
{
  char *folder = copy_golden ("vit");
  g_autofree char *weights = remove_file (folder, "model.safetensors");
  g_autofree char *config = NULL;

  REFUSED (folder, TRUE, "it has neither 'model.safetensors' nor");
  temp_folder_put (folder, "pytorch_model.bin", "PK", -1);
  REFUSED (folder, TRUE, "it has 'pytorch_model.bin' but no 'model.safetensors'",
           "save_pretrained");
  temp_folder_put (folder, "model.safetensors", "version https://git-lfs.github.com/spec/v1\n", -1);
  REFUSED (folder, TRUE, "is a pointer of Git LFS", "git lfs pull");
  config = remove_file (folder, "config.json");
  REFUSED (folder, TRUE, "config.json", "No such file");
  temp_folder_put (folder, "config.json", "{\"model_type\": \"vit\"", -1);
  REFUSED (folder, TRUE, "config.json");
  temp_folder_put (folder, "config.json", "[]", -1);
  REFUSED (folder, TRUE, "neither 'model_type'");
  temp_folder_free (folder);
}

/* Cut anywhere: an error that names the file. */
static void
test_truncated (void)
{
  g_autofree char *golden = pretrained_golden_folder ("vit/model.safetensors");
  g_autofree char *bytes = NULL;
  char *folder = copy_golden ("vit");
  gsize size;

  g_assert_true (g_file_get_contents (golden, &bytes, &size, NULL));
  for (gsize cut = 0; cut < size; cut += 1 + size / 7) {
    temp_folder_put (folder, "model.safetensors", bytes, (gssize)cut);
    REFUSED (folder, TRUE, "model.safetensors");
  }
  temp_folder_put (folder, "model.safetensors", bytes, (gssize)size - 1);
  REFUSED (folder, TRUE, "model.safetensors");
  temp_folder_free (folder);
}

static char *
spoil_value (const char *name, float *values, gsize *shape, gpointer data)
{
  if (strcmp (name, "layernorm.bias") == 0)
    values[3] = *(float *)data;
  return g_strdup (name);
}

static void
test_not_finite (void)
{
  float odd[] = { NAN, INFINITY };

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
    char *folder = copy_golden ("vit");

    pretrained_rewrite (folder, spoil_value, &odd[i]);
    REFUSED (folder, TRUE, "tensor 'layernorm.bias': element 3 is not finite");
    temp_folder_free (folder);
  }
}

static char *
spoil_names (const char *name, float *values, gsize *shape, gpointer data)
{
  if (strcmp (name, "layernorm.bias") == 0)
    return NULL;
  if (strcmp (name, "layernorm.weight") == 0)
    return g_strdup ("vit.adapter.weight");
  if (strcmp (name, "encoder.layer.1.intermediate.dense.weight") == 0) {
    shape[0] = 16;
    shape[1] = 24;
  }
  return g_strdup (name);
}

static char *
double_names (const char *name, float *values, gsize *shape, gpointer data)
{
  if (strcmp (name, "layernorm.bias") == 0)
    return g_strdup ("vit.layernorm.weight");
  return g_strdup (name);
}

static void
test_tensors (void)
{
  char *folder = copy_golden ("vit");

  pretrained_rewrite (folder, spoil_names, NULL);
  REFUSED (
      folder, TRUE, "its weights are not the ViT model of its config.json",
      "; missing: layernorm.weight layernorm.bias;",
      "; of another shape: encoder.layer.1.intermediate.dense.weight [16,24] instead of [24,16];",
      "; unexpected: adapter.weight");
  temp_folder_free (folder);
  folder = copy_golden ("vit");
  pretrained_rewrite (folder, double_names, NULL);
  REFUSED (folder, TRUE, "and another of its tensors mean the same");
  temp_folder_free (folder);
}

/* ---- several files -------------------------------------------------------------------------- */

static void
put_index (const char *folder, const char *from, const char *to)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors.index.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GString) changed = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, from, to, 0), >, 0);
  temp_folder_put (folder, "model.safetensors.index.json", changed->str, -1);
}

static char *
copy_shards (const char *from, const char *to)
{
  char *folder = copy_golden ("vit-shards");

  put_index (folder, from, to);
  return folder;
}

static void
test_index (void)
{
  static const struct {
    const char *from, *to, *why;
  } cases[] = {
    { "\"model-00001-of", "\"../model-00001-of", "is not a plain name in the same folder" },
    { "\"model-00001-of", "\"/etc/model-00001-of", "is not a plain name in the same folder" },
    { "\"model-00001-of", "\"a\\\\model-00001-of", "is not a plain name in the same folder" },
    { "\"model-00001-of", "\".model-00001-of", "is not a plain name in the same folder" },
    { "\"model-00001-of", "\"model-00009-of", "No such file" },
    { ".safetensors\"", ".bin\"", "is no '.safetensors'" },
    { "\"weight_map\"", "\"weights\"", "weight_map" },
    { "\"embeddings.cls_token\"", "\"embeddings.other\"",
      "the tensor 'embeddings.other' is not in" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    char *folder = copy_shards (cases[i].from, cases[i].to);

    REFUSED (folder, TRUE, cases[i].why);
    temp_folder_free (folder);
  }
}

static void
test_index_odd (void)
{
  char *folder = copy_golden ("vit-shards");

  temp_folder_put (folder, "model.safetensors.index.json", "{\"weight_map\": {}}", -1);
  REFUSED (folder, TRUE, "its 'weight_map' is empty");
  temp_folder_put (folder, "model.safetensors.index.json", "{\"weight_map\": {\"a\": 3}}", -1);
  REFUSED (folder, TRUE, "the file of 'a' is not a name");
  temp_folder_put (folder, "model.safetensors.index.json", "{\"weight_map\"", -1);
  REFUSED (folder, TRUE, "model.safetensors.index.json");
  temp_folder_free (folder);
}

/* Two files with the same tensor. */
static void
test_index_twice (void)
{
  g_autofree char *golden = pretrained_golden_folder ("vit/model.safetensors");
  g_autofree char *bytes = NULL;
  char *folder = temp_folder_new ("pretrained");
  gsize size;

  g_assert_true (g_file_get_contents (golden, &bytes, &size, NULL));
  temp_folder_put (folder, "config.json", "{\"model_type\": \"vit\"}", -1);
  temp_folder_put (folder, "a.safetensors", bytes, (gssize)size);
  temp_folder_put (folder, "b.safetensors", bytes, (gssize)size);
  temp_folder_put (folder, "model.safetensors.index.json",
                   "{\"weight_map\": {\"layernorm.bias\": \"a.safetensors\", "
                   "\"layernorm.weight\": \"b.safetensors\"}}",
                   -1);
  REFUSED (folder, TRUE, "two of its files have a tensor '");
  temp_folder_free (folder);
}

/* ---- what the user says besides -------------------------------------------------------------- */

static void
test_contradiction (void)
{
  static const struct {
    const char *setting, *why;
  } cases[] = {
    { "vision.hidden_size=32", "'vision.hidden_size' is 32, but 16 in the weights of" },
    { "vision.layers=1", "'vision.layers' is 1, but 2" },
    { "vision.patch_size=4", "'vision.patch_size' is 4, but 8" },
    { "vision.layer_norm_eps=1e-5", "'vision.layer_norm_eps' is 1e-05, but 1e-12" },
    { "text.vocab_size=39", "'text.vocab_size' is 39, but 40" },
    { "text.max_positions=15", "'text.max_positions' is 15, but 16" },
    { "text.pad_id=1", "'text.pad_id' is 1, but 0" },
    { "vision.image_size=[20, 16]", "vision.patch_size must divide" },
    { "text.max_tokens=17", "text.max_tokens exceeds text.max_positions" },
  };
  g_autofree char *vit = pretrained_golden_folder ("vit");
  g_autofree char *bert = pretrained_golden_folder ("bert");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (begin (vit, bert, cases[i].setting, &error));
    g_assert_nonnull (strstr (error->message, cases[i].why));
  }
}

static void
refuse_vocabulary (const char *folder, const char *why)
{
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (guise_pretrained_start_open (&start, NULL, folder, NULL));
  g_assert_null (guise_pretrained_start_read_vocabulary (&start, &size, &error));
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_vocabulary_size (void)
{
  const GuiseTower bert = { .vocab_size = 30522 }, padded = { .vocab_size = 30592 };

  g_assert_true (guise_tower_fits_vocabulary (&bert, 30522));
  g_assert_true (guise_tower_fits_vocabulary (&padded, 30522));
  g_assert_false (guise_tower_fits_vocabulary (&bert, 30523));
  g_assert_false (guise_tower_fits_vocabulary (&bert, 30522 - 128));
  g_assert_false (guise_tower_fits_vocabulary (&bert, 512));
}

static void
test_vocabulary (void)
{
  char *folder = copy_golden ("bert");
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GString) many = g_string_new ("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
  g_autofree char *text = NULL, *path = NULL;
  gsize size;

  g_assert_true (guise_pretrained_start_open (&start, NULL, folder, NULL));
  text = guise_pretrained_start_read_vocabulary (&start, &size, NULL);
  g_assert_nonnull (text);
  g_assert_true (g_str_has_prefix (text, "[PAD]\n"));
  g_assert_cmpuint (strlen (text), ==, size);
  for (gsize i = 0; i < 37; i++)
    g_string_append_printf (many, "word%zu\n", i);
  temp_folder_put (folder, "vocab.txt", many->str, -1);
  refuse_vocabulary (folder, "it has 41 tokens, the embedding of its model 40");
  temp_folder_put (folder, "vocab.txt", "a\nb\n", -1);
  refuse_vocabulary (folder, "vocab.txt");
  temp_folder_put (folder, "tokenizer_config.json", "{\"do_lower_case\": false}", -1);
  refuse_vocabulary (folder, "tells capital letters apart");
  temp_folder_put (folder, "tokenizer_config.json", "{\"do_lower_case\": true}", -1);
  path = remove_file (folder, "vocab.txt");
  refuse_vocabulary (folder, "no tokenizer.json, vocab.txt");
  temp_folder_free (folder);
}

/* Writes the tokenizer anew and expects that it has no vocab.txt. */
static void
refuse_tokenizer (const char *folder, json_t *tokenizer, const char *why)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);

  g_assert_cmpint (json_dump_file (tokenizer, path, 0), ==, 0);
  refuse_vocabulary (folder, why);
}

/* vocab.txt alone does not say how texts are read: what the folder's tokenizer does holds, and a
 * run, which keeps only lines, begins with no other. */
static void
test_vocabulary_contradicted (void)
{
  static const struct {
    const char *name, *content, *why;
  } cases[] = {
    { "tokenizer_config.json", "{\"strip_accents\": false}", "as uncased models do" },
    { "tokenizer_config.json", "{\"tokenize_chinese_chars\": false}", "as uncased models do" },
    { "added_tokens.json", "{}", "added_tokens.json" },
  };
  char *folder = copy_golden ("bert");
  g_autofree char *lines = g_build_filename (folder, "vocab.txt", NULL), *golden = NULL;
  g_autofree char *text = NULL;
  g_auto (GuisePretrainedStart) start = { 0 };
  json_t *tokenizer;
  gsize size;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    temp_folder_put (folder, cases[i].name, cases[i].content, -1);
    refuse_vocabulary (folder, cases[i].why);
    g_free (remove_file (folder, cases[i].name));
  }
  g_assert_true (g_file_get_contents (lines, &golden, NULL, NULL));
  tokenizer = tokenizer_json_replace_vocab (folder);
  temp_folder_put (folder, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nother\n", -1);
  g_assert_true (guise_pretrained_start_open (&start, NULL, folder, NULL));
  text = guise_pretrained_start_read_vocabulary (&start, &size, NULL);
  g_assert_cmpstr (text, ==, golden); /* as tokenizer.json has it, which is read first */
  json_object_set_new (json_object_get (tokenizer, "normalizer"), "lowercase", json_false ());
  refuse_tokenizer (folder, tokenizer, "as uncased models do");
  json_decref (tokenizer);
  temp_folder_free (folder);
}

/* What transformers writes for "no limit" is no integer of 64 bits. */
static void
test_no_limit (void)
{
  char *folder = copy_golden ("bert");
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size;

  temp_folder_put (folder, "tokenizer_config.json",
                   "{\"model_max_length\": 1000000000000000019884624838656}", -1);
  g_assert_true (guise_pretrained_start_open (&start, NULL, folder, NULL));
  text = guise_pretrained_start_read_vocabulary (&start, &size, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (text, "[PAD]\n"));
  temp_folder_free (folder);
}

/* A folder without vocab.txt: the same lines come out of its tokenizer.json. */
static void
test_tokenizer_json (void)
{
  char *folder = copy_golden ("bert");
  g_autofree char *path = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *golden = NULL, *text = NULL;
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &golden, NULL, NULL));
  json_decref (tokenizer_json_replace_vocab (folder));
  g_assert_true (guise_pretrained_start_open (&start, NULL, folder, NULL));
  text = guise_pretrained_start_read_vocabulary (&start, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, golden);
  g_assert_cmpuint (strlen (text), ==, size);
  temp_folder_free (folder);
}

static void
test_tokenizer_json_refused (void)
{
  char *folder = copy_golden ("bert");
  g_autofree char *clip
      = g_test_build_filename (G_TEST_DIST, "golden", "tokenizers", "clip-json", NULL);
  json_auto_t *tokenizer = tokenizer_json_replace_vocab (folder);
  json_t *normaliser = json_object_get (tokenizer, "normalizer");
  json_t *vocab = json_object_get (json_object_get (tokenizer, "model"), "vocab");
  json_t *added = json_object_get (tokenizer, "added_tokens");

  json_object_set_new (normaliser, "lowercase", json_false ());
  refuse_tokenizer (folder, tokenizer, "it does not read texts as uncased models do");
  json_object_set_new (normaliser, "lowercase", json_true ());
  json_object_set_new (normaliser, "strip_accents", json_false ());
  refuse_tokenizer (folder, tokenizer, "it does not read texts as uncased models do");
  json_object_set_new (normaliser, "strip_accents", json_null ());
  json_array_append_new (added, json_pack ("{s:i, s:s}", "id", 20, "content", "<photo>"));
  refuse_tokenizer (folder, tokenizer, "it has added tokens");
  json_array_remove (added, json_array_size (added) - 1);
  json_object_set_new (vocab, "late", json_integer (20));
  refuse_tokenizer (folder, tokenizer, "it leaves out ids");
  json_object_del (vocab, "late");
  json_object_set_new (vocab, "a\nb", json_integer (16));
  refuse_tokenizer (folder, tokenizer, "it has tokens that are no line");
  json_object_del (vocab, "a\nb");
  json_object_set_new (vocab, "beyond", json_integer (40));
  refuse_tokenizer (folder, tokenizer, "it has 41 tokens, the embedding of its model 40");
  temp_folder_copy (clip, folder);
  refuse_vocabulary (folder, "it is CLIP's, the model beside it is BERT");
  temp_folder_free (folder);
}

static void
add (const char *path, const char *name, GTestDataFunc function)
{
  g_autofree char *full = g_strdup_printf ("/pretrained/%s/%s", path, name);

  g_test_add_data_func (full, name, function);
}

int
main (int argc, char **argv)
{
  static const char *const vision[]
      = { "vit", "vit-classifier", "vit-wide", "vit-half", "vit-bfloat16", "vit-shards" };
  static const char *const text[]
      = { "bert", "bert-masked", "bert-pretraining", "bert-shards-bfloat16" };

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (vision); i++)
    add ("vision", vision[i], test_vision);
  for (gsize i = 0; i < G_N_ELEMENTS (text); i++)
    add ("text", text[i], test_text);
  g_test_add_func ("/pretrained/rest", test_rest);
  for (gsize i = 0; i < G_N_ELEMENTS (pixel_settings); i++) {
    g_autofree char *path = g_strdup_printf ("/pretrained/pixels/%zu", i + 1);

    g_test_add_data_func (path, &pixel_settings[i], test_pixels);
  }
  g_test_add_func ("/pretrained/refuse/pixels", test_pixels_refused);
  g_test_add_func ("/pretrained/hash", test_hash);
  g_test_add_func ("/pretrained/positions", test_positions);
  g_test_add_func ("/pretrained/names", test_names);
  g_test_add_func ("/pretrained/refuse/config", test_config);
  g_test_add_func ("/pretrained/refuse/says-nothing", test_says_nothing);
  g_test_add_func ("/pretrained/refuse/wrong-model", test_wrong_model);
  g_test_add_func ("/pretrained/refuse/own-checkpoint", test_own_checkpoint);
  g_test_add_func ("/pretrained/refuse/no-weights", test_no_weights);
  g_test_add_func ("/pretrained/refuse/truncated", test_truncated);
  g_test_add_func ("/pretrained/refuse/not-finite", test_not_finite);
  g_test_add_func ("/pretrained/refuse/tensors", test_tensors);
  g_test_add_func ("/pretrained/refuse/index", test_index);
  g_test_add_func ("/pretrained/refuse/index-odd", test_index_odd);
  g_test_add_func ("/pretrained/refuse/index-twice", test_index_twice);
  g_test_add_func ("/pretrained/refuse/contradiction", test_contradiction);
  g_test_add_func ("/pretrained/refuse/vocabulary", test_vocabulary);
  g_test_add_func ("/pretrained/refuse/vocabulary-contradicted", test_vocabulary_contradicted);
  g_test_add_func ("/pretrained/refuse/no-limit", test_no_limit);
  g_test_add_func ("/pretrained/vocabulary-size", test_vocabulary_size);
  g_test_add_func ("/pretrained/tokenizer-json", test_tokenizer_json);
  g_test_add_func ("/pretrained/refuse/tokenizer-json", test_tokenizer_json_refused);
  return g_test_run ();
}
