/* guise-decoder on files of every kind: pixels equal to Pillow's (tests/golden/make-resize.py), and
 * what is no image, damaged or too large is refused with its reason. */
#include "guise-decoder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static GuiseDecoder *decoder;

static char *
golden (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "decode", name, NULL);
}

static char *
read_golden (const char *name, gsize *size)
{
  g_autofree char *path = golden (name);
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, size, &error);
  g_assert_no_error (error);
  return bytes;
}

/* An open file of exactly these bytes. */
static int
open_bytes (const void *bytes, gsize size)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("guise-decoder-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, size), ==, (gssize)size);
  g_unlink (path);
  return fd;
}

static GuiseImage *
decode_bytes (const void *bytes, gsize size, const GuiseDecodeOptions *options, GError **error)
{
  int fd = open_bytes (bytes, size);
  GuiseImage *image = guise_decoder_decode_fd (decoder, fd, "bytes", options, NULL, error);

  close (fd);
  return image;
}

static void
assert_bytes_refused (const void *bytes, gsize size, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (decode_bytes (bytes, size, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, code);
  g_assert_true (g_str_has_prefix (error->message, "cannot decode image: 'bytes': "));
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autofree char *path = golden (name);
  g_autofree char *expected_name = g_strdup_printf ("%s.rgb", name);
  gsize size;
  g_autofree char *expected = read_golden (expected_name, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = guise_decoder_decode (decoder, NULL, path, NULL, NULL, &error);
  gboolean small = size == 3 * 12 * 7;
  gboolean turned = g_str_has_prefix (name, "orientation-") && name[strlen ("orientation-")] >= '5';

  if (g_error_matches (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_FORMAT)
      && g_str_has_suffix (name, ".webp")) {
    g_test_skip ("no WebP loader is installed");
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (image), ==, small ? 12 : turned ? 29
                                                                           : 19);
  g_assert_cmpuint (guise_image_get_height (image), ==, small ? 7 : turned ? 19
                                                                           : 29);
  g_assert_cmpmem (guise_image_get_pixels (image), g_bytes_get_size (guise_image_get_bytes (image)),
                   expected, size);
}

static void
test_no_image (void)
{
  const char svg[] = "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' "
                     "height='9'><rect width='9' height='9'/></svg>";
  const char xpm[] = "/* XPM */\nstatic char *a[] = { \"1 1 1 1\", \"a c #000\", \"a\" };\n";

  assert_bytes_refused ("", 0, GUISE_IMAGE_ERROR_EMPTY);
  assert_bytes_refused ("just text", 9, GUISE_IMAGE_ERROR_FORMAT);
  assert_bytes_refused (svg, sizeof svg - 1, GUISE_IMAGE_ERROR_FORMAT);
  assert_bytes_refused (xpm, sizeof xpm - 1, GUISE_IMAGE_ERROR_FORMAT);
  assert_bytes_refused ("BM, which begins like a BMP", 27, GUISE_IMAGE_ERROR_FORMAT);
}

static void
test_by_content (void)
{
  gsize size, expected_size;
  g_autofree char *png = read_golden ("plain.png", &size);
  g_autofree char *expected = read_golden ("plain.png.rgb", &expected_size);
  g_autofree char *folder = g_dir_make_tmp ("guise-decoder-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "photo.jpg", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseRoot) root = guise_root_open (folder, &error);
  g_autoptr (GuiseImage) image = NULL;

  g_assert_no_error (error);
  g_file_set_contents (path, png, (gssize)size, &error);
  g_assert_no_error (error);
  image = guise_decoder_decode (decoder, root, "photo.jpg", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (guise_image_get_pixels (image), expected_size, expected, expected_size);

  g_assert_null (guise_decoder_decode (decoder, root, "../photo.jpg", NULL, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_truncated (void)
{
  const char *names[] = { "photo.jpg", "progressive.jpg", "plain.png", "alpha.png",
                          "plain.bmp", "moving.gif", "plain.webp" };
  const double shares[] = { 0.1, 0.5, 0.9, 0.99 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize size;
    g_autofree char *bytes = read_golden (names[i], &size);

    assert_bytes_refused (bytes, size - 1, GUISE_IMAGE_ERROR_DAMAGED);
    for (guint j = 0; j < G_N_ELEMENTS (shares); j++)
      assert_bytes_refused (bytes, (gsize)(size * shares[j]), GUISE_IMAGE_ERROR_DAMAGED);
  }
}

/* Refused as well, for the one reason or because there is no loader. */
static void
test_truncated_webp (void)
{
  gsize size;
  g_autofree char *bytes = read_golden ("plain.webp", &size);

  for (gsize cut = 1; cut < size; cut += 9) {
    g_autoptr (GError) error = NULL;

    g_assert_null (decode_bytes (bytes, size - cut, NULL, &error));
    g_assert_true (error->domain == GUISE_IMAGE_ERROR);
  }
}

/* Bytes after the end do no harm: cameras write them. */
static void
test_trailing (void)
{
  const char *names[] = { "photo.jpg", "plain.png" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize size;
    g_autofree char *bytes = read_golden (names[i], &size);
    g_autofree char *longer = g_malloc0 (size + 100000);
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image = NULL;

    memcpy (longer, bytes, size);
    image = decode_bytes (longer, size + 100000, NULL, &error);
    g_assert_no_error (error);
  }
}

static void
test_flipped_bits (void)
{
  const char *names[]
      = { "photo.jpg", "progressive.jpg", "alpha.png", "palette.png", "plain.bmp", "moving.gif" };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize size;
    g_autofree char *bytes = read_golden (names[i], &size);

    for (guint j = 0; j < 40; j++) {
      g_autofree char *damaged = g_memdup2 (bytes, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (GuiseImage) image = NULL;

      for (guint k = 0; k < 4; k++)
        damaged[g_rand_int_range (random, 8, (gint32)size)] = (char)g_rand_int (random);
      image = decode_bytes (damaged, size, NULL, &error);
      g_assert_true ((image == NULL) == (error != NULL));
    }
  }
}

static void
test_limits (void)
{
  gsize size;
  g_autofree char *png = read_golden ("plain.png", &size); /* 12 × 7 */
  const GuiseDecodeOptions refused[]
      = { { .max_bytes = size - 1 }, { .max_pixels = 83 }, { .max_side = 11 } };
  const GuiseDecodeOptions allowed = { .max_bytes = size, .max_pixels = 84, .max_side = 12 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = decode_bytes (png, size, &allowed, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_assert_null (decode_bytes (png, size, &refused[i], &error));
    g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE);
    g_clear_error (&error);
  }
}

/* A PNG header may promise up to 2^31 - 1 pixels a side; a few bytes must not cost gigabytes. */
static void
test_header_promises (void)
{
  gsize size;
  g_autofree char *png = read_golden ("huge.png", &size);

  assert_bytes_refused (png, size, GUISE_IMAGE_ERROR_TOO_LARGE);
  memcpy (png + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8); /* and its checksum is wrong now */
  assert_bytes_refused (png, size, GUISE_IMAGE_ERROR_DAMAGED);
}

static void
test_extreme_shapes (void)
{
  const struct {
    int width, height;
  } shapes[] = { { 1, 1 }, { 1, 10000 }, { 10000, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    gsize width = (gsize)shapes[i].width, height = (gsize)shapes[i].height;
    gsize stride = (3 * width + 3) & ~(gsize)3, size = 54 + stride * height;
    g_autofree guint8 *bmp = g_malloc0 (size);
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image = NULL;

    memcpy (bmp, "BM", 2);
    memcpy (bmp + 2, &(guint32){ GUINT32_TO_LE ((guint32)size) }, 4);
    bmp[10] = 54;
    bmp[14] = 40;
    memcpy (bmp + 18, &(guint32){ GUINT32_TO_LE ((guint32)width) }, 4);
    memcpy (bmp + 22, &(guint32){ GUINT32_TO_LE ((guint32)height) }, 4);
    bmp[26] = 1;
    bmp[28] = 24;
    image = decode_bytes (bmp, size, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (guise_image_get_width (image), ==, width);
    g_assert_cmpuint (guise_image_get_height (image), ==, height);
  }
}

static void
test_fit (void)
{
  const char *names[] = { "photo.jpg", "plain.png", "orientation-6.jpg" };
  const GuiseDecodeOptions options = { .fit_side = 10 };
  const GuiseDecodeOptions larger = { .fit_side = 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = golden (names[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image
        = guise_decoder_decode (decoder, NULL, path, &options, NULL, &error);
    g_autoptr (GuiseImage) full = guise_decoder_decode (decoder, NULL, path, &larger, NULL, NULL);

    g_assert_no_error (error);
    g_assert_cmpuint (MAX (guise_image_get_width (image), guise_image_get_height (image)), ==, 10);
    g_assert_cmpuint (MAX (guise_image_get_width (full), guise_image_get_height (full)), ==,
                      g_str_has_suffix (names[i], "png") ? 12 : 29);
  }
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_decoder_decode (decoder, NULL, "/nonexistent.png", NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'/nonexistent.png'"));
}

static void
add_golden_tests (void)
{
  g_autofree char *folder = golden ("");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_strdup_printf ("/decoder/golden/%s", name);

    if (g_str_has_suffix (name, ".rgb") || strcmp (name, "huge.png") == 0)
      continue;
    g_test_add_data_func_full (path, g_strdup (name), test_golden, g_free);
    n++;
  }
  g_assert_cmpuint (n, >=, 20);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  decoder = guise_decoder_new (1);
  add_golden_tests ();
  g_test_add_func ("/decoder/no-image", test_no_image);
  g_test_add_func ("/decoder/by-content", test_by_content);
  g_test_add_func ("/decoder/truncated", test_truncated);
  g_test_add_func ("/decoder/truncated-webp", test_truncated_webp);
  g_test_add_func ("/decoder/trailing", test_trailing);
  g_test_add_func ("/decoder/flipped-bits", test_flipped_bits);
  g_test_add_func ("/decoder/limits", test_limits);
  g_test_add_func ("/decoder/header-promises", test_header_promises);
  g_test_add_func ("/decoder/extreme-shapes", test_extreme_shapes);
  g_test_add_func ("/decoder/fit", test_fit);
  g_test_add_func ("/decoder/missing-file", test_missing_file);
  result = g_test_run ();
  g_object_unref (decoder);
  return result;
}
