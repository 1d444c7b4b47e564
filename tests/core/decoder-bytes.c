#include "decoder-bytes.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static GuiseDecoder *decoder;

void
decoder_bytes_start (void)
{
  decoder = guise_decoder_new (1);
}

void
decoder_bytes_stop (void)
{
  g_clear_object (&decoder);
}

GuiseDecoder *
decoder_bytes_pool (void)
{
  return decoder;
}

char *
decoder_bytes_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "decode", name, NULL);
}

char *
decoder_bytes_read (const char *name, gsize *size)
{
  g_autofree char *path = decoder_bytes_path (name);
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, size, &error);
  g_assert_no_error (error);
  return bytes;
}

int
decoder_bytes_open (const void *bytes, gsize size)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("guise-decoder-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, size), ==, (gssize)size);
  g_unlink (path);
  return fd;
}

GuiseImage *
decoder_bytes_decode (const void *bytes, gsize size, const GuiseDecodeOptions *options,
                      GError **error)
{
  int fd = decoder_bytes_open (bytes, size);
  GuiseImage *image = guise_decoder_decode_fd (decoder, fd, "bytes", options, NULL, error);

  close (fd);
  return image;
}

void
decoder_bytes_refuse (const void *bytes, gsize size, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (decoder_bytes_decode (bytes, size, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, code);
  g_assert_true (g_str_has_prefix (error->message, "cannot decode image: 'bytes': "));
}

void
decoder_bytes_compare (GuiseImage *image, const char *expected, gsize size, guint8 tolerance)
{
  const guint8 *pixels = guise_image_get_pixels (image);

  g_assert_cmpuint (g_bytes_get_size (guise_image_get_bytes (image)), ==, size);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpint (ABS (pixels[i] - (guint8)expected[i]), <=, tolerance);
}
