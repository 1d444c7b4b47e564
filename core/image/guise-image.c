#include "guise-image.h"

#include <gio/gio.h>

struct _GuiseImage {
  GBytes *bytes;
  size_t width;
  size_t height;
  size_t file_width;
  size_t file_height;
};

G_DEFINE_BOXED_TYPE (GuiseImage, guise_image, guise_image_ref, guise_image_unref)
G_DEFINE_QUARK (guise - image - error - quark, guise_image_error)

gboolean
guise_image_error_is_verdict (const GError *error)
{
  if (error->domain != GUISE_IMAGE_ERROR)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  switch ((GuiseImageError)error->code) {
  case GUISE_IMAGE_ERROR_OUTSIDE:
  case GUISE_IMAGE_ERROR_NOT_A_FILE:
  case GUISE_IMAGE_ERROR_EMPTY:
  case GUISE_IMAGE_ERROR_FORMAT:
  case GUISE_IMAGE_ERROR_TOO_LARGE:
  case GUISE_IMAGE_ERROR_DAMAGED:
    return TRUE;
  default:
    return FALSE;
  }
}

GuiseImage *
guise_image_new (GBytes *pixels, size_t width, size_t height)
{
  GuiseImage *image;

  g_return_val_if_fail (width > 0 && width <= GUISE_IMAGE_MAX_SIDE, NULL);
  g_return_val_if_fail (height > 0 && height <= GUISE_IMAGE_MAX_SIDE, NULL);
  g_return_val_if_fail (g_bytes_get_size (pixels) == 3 * width * height, NULL);
  image = g_atomic_rc_box_new0 (GuiseImage);
  image->bytes = g_bytes_ref (pixels);
  image->width = image->file_width = width;
  image->height = image->file_height = height;
  return image;
}

GuiseImage *
guise_image_new_take (guint8 *pixels, size_t width, size_t height)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, 3 * width * height);

  return guise_image_new (bytes, width, height);
}

GuiseImage *
guise_image_ref (GuiseImage *image)
{
  return g_atomic_rc_box_acquire (image);
}

static void
clear_image (gpointer data)
{
  GuiseImage *image = data;

  g_bytes_unref (image->bytes);
}

void
guise_image_unref (GuiseImage *image)
{
  g_atomic_rc_box_release_full (image, clear_image);
}

void
guise_image_set_file_size (GuiseImage *image, size_t width, size_t height)
{
  image->file_width = width;
  image->file_height = height;
}

size_t
guise_image_get_file_width (GuiseImage *image)
{
  return image->file_width;
}

size_t
guise_image_get_file_height (GuiseImage *image)
{
  return image->file_height;
}

size_t
guise_image_get_width (GuiseImage *image)
{
  return image->width;
}

size_t
guise_image_get_height (GuiseImage *image)
{
  return image->height;
}

const guint8 *
guise_image_get_pixels (GuiseImage *image)
{
  return g_bytes_get_data (image->bytes, NULL);
}

GBytes *
guise_image_get_bytes (GuiseImage *image)
{
  return image->bytes;
}
