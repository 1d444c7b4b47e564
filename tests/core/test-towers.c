/* The encoders of Hugging Face's folders by themselves: ViT, BERT and CLIP against what
 * transformers computes, and pictures on their way in. */
#include <string.h>

#include "guise-tower-encoder.h"
#include "pretrained-golden.h"
#include "temp-folder.h"

static GuiseTowerEncoder *
open_golden (const char *name, gboolean images, guint n_threads)
{
  g_autofree char *folder = pretrained_golden_folder (name);
  g_autoptr (GError) error = NULL;
  GuiseTowerEncoder *encoder = guise_tower_encoder_open (folder, images, n_threads, &error);

  g_assert_no_error (error);
  return encoder;
}

static void
compare (const char *name, const char *folder, guint n_threads)
{
  g_autoptr (PretrainedGolden) golden = pretrained_golden_load (name);
  g_autoptr (GuiseTowerEncoder) encoder = open_golden (folder, golden->images != NULL, n_threads);
  gsize n_pooled = guise_tower_encoder_get_n_pooled (encoder);
  g_autofree float *tokens = g_new (float, golden->n_tokens * golden->width);
  g_autofree float *pooled = g_new (float, golden->n *n_pooled);

  g_assert_cmpuint (n_pooled, ==, golden->n_pooled);
  g_assert_cmpuint (guise_tower_encoder_get_tower (encoder)->width, ==, golden->width);
  if (golden->images != NULL) {
    g_assert_cmpuint (golden->n * guise_tower_encoder_get_n_tokens (encoder), ==, golden->n_tokens);
    guise_tower_encoder_run_images (encoder, golden->images, golden->n, tokens, pooled);
  } else {
    guise_tower_encoder_run_texts (encoder, golden->ids, golden->start, golden->n, tokens, pooled);
  }
  pretrained_golden_compare ("tokens", tokens, golden->tokens, golden->n_tokens * golden->width);
  pretrained_golden_compare ("pooled", pooled, golden->pooled, golden->n * golden->n_pooled);
}

typedef struct {
  const char *name, *folder; /* of what comes out, and of the model */
} Case;

static void
test_parity (gconstpointer data)
{
  const Case *test = data;

  compare (test->name, test->folder, 1);
}

/* More texts than one portion, on three threads: as one by one. */
static void
test_portions (void)
{
  g_autoptr (PretrainedGolden) golden = pretrained_golden_load ("clip-text-projected");
  g_autoptr (GuiseTowerEncoder) encoder = open_golden ("clip-text-projected", FALSE, 3);
  enum { TIMES = 30 };
  gsize n = golden->n * TIMES, n_ids = golden->start[golden->n], width = golden->n_pooled;
  g_autofree gint32 *ids = g_new (gint32, n_ids * TIMES);
  g_autofree gsize *start = g_new0 (gsize, n + 1);
  g_autofree float *pooled = g_new (float, n *width);
  g_autofree float *tokens = g_new (float, n_ids *TIMES * golden->width);

  for (gsize i = 0; i < n; i++)
    start[i + 1] = start[i] + golden->start[i % golden->n + 1] - golden->start[i % golden->n];
  for (gsize i = 0; i < TIMES; i++)
    memcpy (ids + i * n_ids, golden->ids, n_ids * sizeof *ids);
  guise_tower_encoder_run_texts (encoder, ids, start, n, tokens, pooled);
  for (gsize i = 0; i < TIMES; i++) {
    pretrained_golden_compare ("pooled", pooled + i * golden->n * width, golden->pooled,
                               golden->n * width);
    pretrained_golden_compare ("tokens", tokens + i * n_ids * golden->width, golden->tokens,
                               n_ids * golden->width);
  }
}

/* A picture whose pixel (x, y) is (x, y, 7). */
static GuiseImage *
paint (gsize width, gsize height)
{
  guint8 *pixels = g_malloc (3 * width * height);

  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++) {
      guint8 *pixel = pixels + 3 * (y * width + x);

      pixel[0] = (guint8)x;
      pixel[1] = (guint8)y;
      pixel[2] = 7;
    }
  return guise_image_new_take (pixels, width, height);
}

/* ViT takes the whole picture, from -1 to 1. */
static void
test_vit_pixels (void)
{
  g_autoptr (GuiseTowerEncoder) encoder = open_golden ("vit", TRUE, 1);
  g_autoptr (GuiseImage) image = paint (24, 24);
  float planes[3 * 24 * 24];

  guise_tower_encoder_prepare (encoder, image, planes);
  g_assert_cmpfloat_with_epsilon (planes[5], 5 / 127.5 - 1, 1e-6);
  g_assert_cmpfloat_with_epsilon (planes[24 * 24 + 3 * 24], 3 / 127.5 - 1, 1e-6);
  g_assert_cmpfloat_with_epsilon (planes[2 * 24 * 24], 7 / 127.5 - 1, 1e-6);
}

/* CLIP cuts the middle out: rows 12 to 35 of 48, with its own mean and deviation. */
static void
test_clip_pixels (void)
{
  g_autoptr (GuiseTowerEncoder) encoder = open_golden ("clip", TRUE, 1);
  g_autoptr (GuiseImage) high = paint (24, 48), wide = paint (48, 24);
  float planes[3 * 24 * 24];

  guise_tower_encoder_prepare (encoder, high, planes);
  g_assert_cmpfloat_with_epsilon (planes[0], -0.48145466 / 0.26862954, 1e-5);
  g_assert_cmpfloat_with_epsilon (planes[24 * 24], (12 / 255.0 - 0.4578275) / 0.26130258, 1e-5);
  guise_tower_encoder_prepare (encoder, wide, planes);
  g_assert_cmpfloat_with_epsilon (planes[0], (12 / 255.0 - 0.48145466) / 0.26862954, 1e-5);
  g_assert_cmpfloat_with_epsilon (planes[24 * 24], -0.4578275 / 0.26130258, 1e-5);
}

static void
test_preprocessor (void)
{
  g_autofree char *golden = pretrained_golden_folder ("vit");
  char *folder = temp_folder_new ("tower");
  g_autoptr (GuiseTowerEncoder) encoder = NULL;
  g_autoptr (GuiseImage) image = paint (24, 24);
  g_autoptr (GError) error = NULL;
  float planes[3 * 24 * 24];

  temp_folder_copy (golden, folder);
  temp_folder_put (folder, "preprocessor_config.json",
                   "{\"image_mean\": [0, 0.25, 0.5], \"image_std\": [1, 0.5, 0.25]}", -1);
  encoder = guise_tower_encoder_open (folder, TRUE, 1, &error);
  g_assert_no_error (error);
  guise_tower_encoder_prepare (encoder, image, planes);
  g_assert_cmpfloat_with_epsilon (planes[5], 5 / 255.0, 1e-6);
  g_assert_cmpfloat_with_epsilon (planes[24 * 24], -0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (planes[2 * 24 * 24], (7 / 255.0 - 0.5) * 4, 1e-6);
  temp_folder_put (folder, "preprocessor_config.json", "{\"image_std\": [1, 0, 1]}", -1);
  g_assert_null (guise_tower_encoder_open (folder, TRUE, 1, &error));
  g_assert_nonnull (
      strstr (error->message, "'image_std' is not three numbers between 0.001 and 1"));
  temp_folder_free (folder);
}

/* Wrong halves and more than there is memory for. */
static void
test_refused (void)
{
  static const struct {
    const char *name;
    gboolean images;
    const char *why;
  } cases[] = { { "clip-text", TRUE, "it is a CLIP text model: images are not for it" },
                { "clip-vision", FALSE, "it is a CLIP vision model: texts are not for it" },
                { "bert", TRUE, "it is a BERT model" },
                { "nothing", TRUE, "No such file" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *folder = pretrained_golden_folder (cases[i].name);
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_tower_encoder_open (folder, cases[i].images, 1, &error));
    g_assert_nonnull (strstr (error->message, folder));
    g_assert_nonnull (strstr (error->message, cases[i].why));
  }
}

/* config.json of CLIP's own kind; each with one key changed. */
static void
test_clip_config (void)
{
  static const struct {
    const char *name, *key, *value, *why;
  } cases[] = {
    { "clip-text", "hidden_act", "\"relu\"", "'hidden_act' is 'relu': only 'quick_gelu'" },
    { "clip-text", "eos_token_id", "\"end\"", "'eos_token_id' is not the id of a token" },
    { "clip-text", "num_hidden_layers", "3", "; missing: encoder.layers.2." },
    { "clip-text-projected", "projection_dim", "11",
      "of another shape: text_projection.weight [10,16] instead of [11,16]" },
    { "clip", "text_config", "3", "a CLIP model needs 'vision_config' and 'text_config'" },
    { "clip", "text_config", "{\"hidden_size\": 0}", "'text_config.hidden_size' is 0" },
    { "clip", "projection_dim", "true", "'projection_dim' is not a whole number" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *golden = pretrained_golden_folder (cases[i].name);
    char *folder = temp_folder_new ("tower");
    g_autoptr (GError) error = NULL;

    temp_folder_copy (golden, folder);
    pretrained_reconfigure (folder, cases[i].key, cases[i].value);
    g_assert_null (guise_tower_encoder_open (folder, FALSE, 1, &error));
    if (strstr (error->message, cases[i].why) == NULL)
      g_error ("'%s' does not say '%s'", error->message, cases[i].why);
    temp_folder_free (folder);
  }
}

int
main (int argc, char **argv)
{
  static const Case cases[] = {
    { "vit", "vit" },
    { "vit-half", "vit-half" },
    { "bert", "bert" },
    { "bert-shards-bfloat16", "bert-shards-bfloat16" },
    { "clip-text", "clip-text" },
    { "clip-text-projected", "clip-text-projected" },
    { "clip-text-old", "clip-text-old" },
    { "clip-text-gelu", "clip-text-gelu" },
    { "clip-vision", "clip-vision" },
    { "clip-of-text", "clip" },
    { "clip-of-vision", "clip" },
    { "clip-shards-text", "clip-shards" },
    { "clip-shards-vision", "clip-shards" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/towers/parity/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_parity);
  }
  g_test_add_func ("/towers/portions", test_portions);
  g_test_add_func ("/towers/vit-pixels", test_vit_pixels);
  g_test_add_func ("/towers/clip-pixels", test_clip_pixels);
  g_test_add_func ("/towers/preprocessor", test_preprocessor);
  g_test_add_func ("/towers/refused", test_refused);
  g_test_add_func ("/towers/clip-config", test_clip_config);
  return g_test_run ();
}
