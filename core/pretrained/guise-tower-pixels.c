#include "guise-tower-pixels.h"

#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-resize.h"

#include <math.h>

enum { MAX_BYTES = 1 << 20 };

static const GuiseTowerPixels usual_vit = { { 0.5, 0.5, 0.5 }, { 0.5, 0.5, 0.5 } };
static const GuiseTowerPixels usual_clip
    = { { 0.48145466, 0.4578275, 0.40821073 }, { 0.26862954, 0.26130258, 0.27577711 } };

/* Three numbers of at least min; what is not there keeps its value. */
static gboolean
read_channels (json_t *object, const char *key, double min, const char *where, double *channels,
               GError **error)
{
  json_t *list = json_object_get (object, key);

  if (list == NULL)
    return TRUE;
  for (gsize c = 0; c < 3; c++) {
    json_t *number = json_array_get (list, c);

    if (json_array_size (list) != 3 || !json_is_number (number)
        || !(json_number_value (number) >= min && json_number_value (number) <= 1)) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                   "cannot use '%s': '%s' is not three numbers between %g and 1", where, key, min);
      return FALSE;
    }
    channels[c] = json_number_value (number);
  }
  return TRUE;
}

static gboolean
refuse (const char *where, const char *key, GError **error)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use '%s': '%s' is not what ViT and CLIP models do with their pictures",
               where, key);
  return FALSE;
}

/* Numbers between 0 and 1, less the mean, by the deviation. */
static gboolean
read_steps (json_t *object, const char *where, GuiseTowerPixels *pixels, GError **error)
{
  json_t *factor = json_object_get (object, "rescale_factor");

  if (json_is_false (json_object_get (object, "do_rescale")))
    return refuse (where, "do_rescale", error);
  if (factor != NULL && fabs (json_number_value (factor) * 255 - 1) > 1e-6)
    return refuse (where, "rescale_factor", error);
  if (json_is_false (json_object_get (object, "do_normalize"))) {
    *pixels = (GuiseTowerPixels){ { 0, 0, 0 }, { 1, 1, 1 } };
    return TRUE;
  }
  return read_channels (object, "image_mean", 0, where, pixels->mean, error)
         && read_channels (object, "image_std", 1e-3, where, pixels->deviation, error);
}

/* NULL without an error where there is no such file. */
static json_t *
load_object (const char *folder, const char *name, char **path, GError **error)
{
  json_auto_t *object = NULL;

  g_free (*path);
  *path = g_build_filename (folder, name, NULL);
  if (!g_file_test (*path, G_FILE_TEST_EXISTS))
    return NULL;
  object = guise_json_load_wide (*path, MAX_BYTES, error);
  if (object != NULL && !json_is_object (object)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use '%s': no object of settings", *path);
    return NULL;
  }
  return g_steal_pointer (&object);
}

/* From its version 5 on transformers keeps a picture's settings in processor_config.json, and looks
 * there first. *path: the file that they are of. NULL without an error: there are none. */
static json_t *
load_settings (const char *folder, char **path, GError **error)
{
  g_autoptr (GError) local = NULL;
  json_auto_t *whole = load_object (folder, "processor_config.json", path, &local);
  json_t *part = json_object_get (whole, "image_processor");

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  return json_is_object (part) ? json_incref (part)
                               : load_object (folder, "preprocessor_config.json", path, error);
}

gboolean
guise_tower_pixels_load (GuiseTowerPixels *pixels, GuiseTowerKind kind, const char *folder,
                         GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) local = NULL;
  json_auto_t *settings = load_settings (folder, &path, &local);

  *pixels = kind == GUISE_TOWER_CLIP_VISION ? usual_clip : usual_vit;
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  return settings == NULL || read_steps (settings, path, pixels, error);
}

gboolean
guise_tower_pixels_is_usual (const GuiseTowerPixels *pixels)
{
  for (gsize c = 0; c < 3; c++)
    if (pixels->mean[c] != usual_vit.mean[c] || pixels->deviation[c] != usual_vit.deviation[c])
      return FALSE;
  return TRUE;
}

/* The picture at the size that the tower's is cut out of. */
static GuiseImage *
resize (const GuiseTower *tower, GuiseImage *image)
{
  gsize height = tower->image_size[0], width = tower->image_size[1];
  gsize down = guise_image_get_height (image), across = guise_image_get_width (image);

  if (tower->kind == GUISE_TOWER_VIT)
    return guise_image_resize (image, width, height, GUISE_FILTER_BILINEAR);
  /* transformers rounds the longer side down. */
  if (down <= across)
    return guise_image_resize (image,
                               MAX (MIN (height * across / down, GUISE_IMAGE_MAX_SIDE), width),
                               height, GUISE_FILTER_BICUBIC);
  return guise_image_resize (image, width,
                             MAX (MIN (width * down / across, GUISE_IMAGE_MAX_SIDE), height),
                             GUISE_FILTER_BICUBIC);
}

void
guise_tower_pixels_prepare (const GuiseTowerPixels *pixels, const GuiseTower *tower,
                            GuiseImage *image, float *planes)
{
  gsize height = tower->image_size[0], width = tower->image_size[1];
  g_autoptr (GuiseImage) resized = resize (tower, image);
  gsize across = guise_image_get_width (resized);
  gsize top = (guise_image_get_height (resized) - height) / 2, left = (across - width) / 2;
  const guint8 *rgb = guise_image_get_pixels (resized);

  for (gsize c = 0; c < 3; c++)
    for (gsize y = 0; y < height; y++)
      for (gsize x = 0; x < width; x++) {
        double value = rgb[((top + y) * across + left + x) * 3 + c] / 255.0;

        *planes++ = (float)((value - pixels->mean[c]) / pixels->deviation[c]);
      }
}
