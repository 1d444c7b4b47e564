/* Pictures as models get them. */
#include "guise-chat.h"
#include "guise-resize.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

static gboolean
fail (GError **error, GError *cause)
{
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PICTURE,
               "cannot make the picture ready to be sent: %s",
               cause != NULL ? cause->message : "no memory");
  g_clear_error (&cause);
  return FALSE;
}

/* The size at which a picture is sent. */
static void
find_size (const GuisePictureOptions *options, gsize *width, gsize *height)
{
  double w = (double)*width, h = (double)*height, scale = 1;

  if (options->min_side > 0 && MIN (w, h) < options->min_side)
    scale = options->min_side / MIN (w, h);
  if (options->max_side > 0 && MAX (w, h) * scale > options->max_side)
    scale = options->max_side / MAX (w, h);
  *width = (gsize)CLAMP (w * scale + 0.5, 1, GUISE_IMAGE_MAX_SIDE);
  *height = (gsize)CLAMP (h * scale + 0.5, 1, GUISE_IMAGE_MAX_SIDE);
}

static GBytes *
save (GdkPixbuf *pixbuf, guint quality, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%u", CLAMP (quality, 1, 100));
  char *keys[] = { "quality", NULL }, *values[] = { text, NULL };
  GError *cause = NULL;
  char *bytes = NULL;
  gsize size;

  if (pixbuf == NULL
      || !gdk_pixbuf_save_to_bufferv (pixbuf, &bytes, &size, "jpeg", keys, values, &cause)) {
    fail (error, cause);
    return NULL;
  }
  return g_bytes_new_take (bytes, size);
}

GBytes *
guise_chat_encode_pixels (GuiseImage *image, const GuisePictureOptions *options, GError **error)
{
  const GuisePictureOptions usual = GUISE_PICTURE_DEFAULT;
  gsize width = guise_image_get_width (image), height = guise_image_get_height (image);
  g_autoptr (GuiseImage) sized = NULL;
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  if (options == NULL)
    options = &usual;
  find_size (options, &width, &height);
  sized = guise_image_resize (image, width, height, GUISE_FILTER_BICUBIC);
  pixbuf = gdk_pixbuf_new_from_bytes (guise_image_get_bytes (sized), GDK_COLORSPACE_RGB, FALSE, 8,
                                      (int)width, (int)height, (int)(3 * width));
  return save (pixbuf, options->quality, error);
}

GBytes *
guise_chat_encode_image (GuiseDecoder *decoder, GuiseRoot *root, const char *path,
                         const GuisePictureOptions *options, GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GuiseImage) image
      = guise_decoder_decode (decoder, root, path, NULL, cancellable, error);

  return image != NULL ? guise_chat_encode_pixels (image, options, error) : NULL;
}

/* It is our own picture and not a stranger's, so that no other process need decode it, and no
 * guessing what it is. */
static GdkPixbuf *
load (GBytes *jpeg, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type ("jpeg", error);
  GdkPixbuf *pixbuf = NULL;

  if (loader == NULL)
    return NULL;
  if (!gdk_pixbuf_loader_write_bytes (loader, jpeg, error)) {
    gdk_pixbuf_loader_close (loader, NULL);
    return NULL;
  }
  if (gdk_pixbuf_loader_close (loader, error))
    pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  return pixbuf != NULL ? g_object_ref (pixbuf) : NULL;
}

GBytes *
guise_chat_halve (GBytes *jpeg, GError **error)
{
  GError *cause = NULL;
  g_autoptr (GdkPixbuf) pixbuf = load (jpeg, &cause);
  g_autoptr (GdkPixbuf) half = NULL;

  if (pixbuf == NULL) {
    fail (error, cause);
    return NULL;
  }
  half = gdk_pixbuf_scale_simple (pixbuf, MAX (gdk_pixbuf_get_width (pixbuf) / 2, 1),
                                  MAX (gdk_pixbuf_get_height (pixbuf) / 2, 1),
                                  GDK_INTERP_BILINEAR);
  return save (half, 90, error);
}
