/* guise-decoder on files of every kind: pixels equal to Pillow's (tests/golden/make-resize.py), and
 * what is no image, damaged or too large is refused with its reason. */
#include "decoder-bytes.h"
#include "guise-resize.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct {
  const char *path, *name;
} goldens[] = {
  { "/decoder/photo", "photo.jpg" },
  { "/decoder/progressive", "progressive.jpg" },
  { "/decoder/grey-jpeg", "grey.jpg" },
  { "/decoder/plain", "plain.png" },
  { "/decoder/bmp", "plain.bmp" },
  { "/decoder/webp", "plain.webp" },
  { "/decoder/i08-cmyk", "cmyk.jpg" },
  { "/decoder/i08-ycck", "ycck.jpg" },
  { "/decoder/i09-grey1", "bilevel.png" },
  { "/decoder/i09-grey2", "grey2.png" },
  { "/decoder/i09-grey4", "grey4.png" },
  { "/decoder/i09-grey8", "grey.png" },
  { "/decoder/i09-grey16", "grey16.png" },
  { "/decoder/i09-rgb16", "rgb16.png" },
  { "/decoder/i09-rgba16", "rgba16.png" },
  { "/decoder/i09-palette", "palette.png" },
  { "/decoder/i09-interlaced", "interlaced.png" },
  { "/decoder/i09-gamma-and-profile", "gamma.png" },
  { "/decoder/i10-orientation-1", "orientation-1.jpg" },
  { "/decoder/i10-orientation-2", "orientation-2.jpg" },
  { "/decoder/i10-orientation-3", "orientation-3.jpg" },
  { "/decoder/i10-orientation-4", "orientation-4.jpg" },
  { "/decoder/i10-orientation-5", "orientation-5.jpg" },
  { "/decoder/i10-orientation-6", "orientation-6.jpg" },
  { "/decoder/i10-orientation-7", "orientation-7.jpg" },
  { "/decoder/i10-orientation-8", "orientation-8.jpg" },
  { "/decoder/i11-alpha", "alpha.png" },
  { "/decoder/i11-grey-alpha", "greyalpha.png" },
  { "/decoder/i11-transparent-palette", "transparent.png" },
  { "/decoder/i12-moving", "moving.gif" },
  { "/decoder/i12-moving-webp", "moving.webp" },
};

/* Two roundings, where ink is turned into light, may differ. */
static guint8
get_tolerance (const char *name)
{
  return strstr (name, "cmyk") != NULL || strstr (name, "ycck") != NULL ? 2 : 0;
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autofree char *path = decoder_bytes_path (name);
  g_autofree char *expected_name = g_strdup_printf ("%s.rgb", name);
  gsize size;
  g_autofree char *expected = decoder_bytes_read (expected_name, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image
      = guise_decoder_decode (decoder_bytes_pool (), NULL, path, NULL, NULL, &error);
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
  decoder_bytes_compare (image, expected, size, get_tolerance (name));
}

/* Without Adobe's mark a picture in four inks is taken for inverted all the same. */
static void
test_unmarked_cmyk (void)
{
  gsize size, expected_size;
  g_autofree char *bytes = decoder_bytes_read ("cmyk.jpg", &size);
  g_autofree char *expected = decoder_bytes_read ("cmyk.jpg.rgb", &expected_size);
  char *mark = memmem (bytes, size, "\xff\xee", 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = NULL;

  g_assert_nonnull (mark);
  g_assert_cmpmem (mark + 4, 5, "Adobe", 5);
  memset (mark + 4, 'x', 5);
  image = decoder_bytes_decode (bytes, size, NULL, &error);
  g_assert_no_error (error);
  decoder_bytes_compare (image, expected, expected_size, 2);
}

static void
test_empty (void)
{
  decoder_bytes_refuse ("", 0, GUISE_IMAGE_ERROR_EMPTY);
}

static void
test_no_image (void)
{
  decoder_bytes_refuse ("just text", 9, GUISE_IMAGE_ERROR_FORMAT);
  decoder_bytes_refuse ("BM, which begins like a BMP", 27, GUISE_IMAGE_ERROR_FORMAT);
  /* its pixels begin after 3.5 GiB */
  decoder_bytes_refuse ("BM2\1\0\0\0\0\0\0\x36\0\0\xd0\x28\0\0\0\x0c\0\0\0\7\0\0\0\1\0\x18\0", 30,
                        GUISE_IMAGE_ERROR_FORMAT);
}

static void
test_by_content (void)
{
  gsize size, expected_size;
  g_autofree char *png = decoder_bytes_read ("plain.png", &size);
  g_autofree char *expected = decoder_bytes_read ("plain.png.rgb", &expected_size);
  g_autofree char *folder = g_dir_make_tmp ("guise-decoder-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "photo.jpg", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseRoot) root = guise_root_open (folder, &error);
  g_autoptr (GuiseImage) image = NULL;

  g_assert_no_error (error);
  g_file_set_contents (path, png, (gssize)size, &error);
  g_assert_no_error (error);
  image = guise_decoder_decode (decoder_bytes_pool (), root, "photo.jpg", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (guise_image_get_pixels (image), expected_size, expected, expected_size);

  g_assert_null (
      guise_decoder_decode (decoder_bytes_pool (), root, "../photo.jpg", NULL, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_truncated (void)
{
  const char *names[] = { "photo.jpg", "progressive.jpg", "cmyk.jpg", "plain.png",
                          "interlaced.png", "alpha.png", "plain.bmp", "plain.webp" };
  const double shares[] = { 0.1, 0.5, 0.9, 0.99 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize size;
    g_autofree char *bytes = decoder_bytes_read (names[i], &size);

    decoder_bytes_refuse (bytes, size - 1, GUISE_IMAGE_ERROR_DAMAGED);
    for (guint j = 0; j < G_N_ELEMENTS (shares); j++)
      decoder_bytes_refuse (bytes, (gsize)(size * shares[j]), GUISE_IMAGE_ERROR_DAMAGED);
  }
}

/* Refused as well, for the one reason or because there is no loader. */
static void
test_truncated_webp (void)
{
  gsize size;
  g_autofree char *bytes = decoder_bytes_read ("plain.webp", &size);

  for (gsize cut = 1; cut < size; cut += 9) {
    g_autoptr (GError) error = NULL;

    g_assert_null (decoder_bytes_decode (bytes, size - cut, NULL, &error));
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
    g_autofree char *bytes = decoder_bytes_read (names[i], &size);
    g_autofree char *longer = g_malloc0 (size + 100000);
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image = NULL;

    memcpy (longer, bytes, size);
    image = decoder_bytes_decode (longer, size + 100000, NULL, &error);
    g_assert_no_error (error);
  }
}

static void
test_limits (void)
{
  gsize size;
  g_autofree char *png = decoder_bytes_read ("plain.png", &size); /* 12 × 7 */
  const GuiseDecodeOptions refused[]
      = { { .max_bytes = size - 1 }, { .max_pixels = 83 }, { .max_side = 11 } };
  const GuiseDecodeOptions allowed = { .max_bytes = size, .max_pixels = 84, .max_side = 12 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = decoder_bytes_decode (png, size, &allowed, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_assert_null (decoder_bytes_decode (png, size, &refused[i], &error));
    g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE);
    g_clear_error (&error);
  }
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
    g_autoptr (GuiseImage) resized = NULL;

    memcpy (bmp, "BM", 2);
    memcpy (bmp + 2, &(guint32){ GUINT32_TO_LE ((guint32)size) }, 4);
    bmp[10] = 54;
    bmp[14] = 40;
    memcpy (bmp + 18, &(guint32){ GUINT32_TO_LE ((guint32)width) }, 4);
    memcpy (bmp + 22, &(guint32){ GUINT32_TO_LE ((guint32)height) }, 4);
    bmp[26] = 1;
    bmp[28] = 24;
    image = decoder_bytes_decode (bmp, size, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (guise_image_get_width (image), ==, width);
    g_assert_cmpuint (guise_image_get_height (image), ==, height);
    resized = guise_image_resize (image, 64, 128, GUISE_FILTER_BICUBIC);
    g_assert_cmpuint (guise_image_get_width (resized), ==, 64);
    g_assert_cmpuint (guise_image_get_height (resized), ==, 128);
  }
}

static void
test_fit (void)
{
  const char *names[] = { "photo.jpg", "plain.png", "orientation-6.jpg" };
  const GuiseDecodeOptions options = { .fit_side = 10 };
  const GuiseDecodeOptions larger = { .fit_side = 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = decoder_bytes_path (names[i]);
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image
        = guise_decoder_decode (decoder_bytes_pool (), NULL, path, &options, NULL, &error);
    g_autoptr (GuiseImage) full
        = guise_decoder_decode (decoder_bytes_pool (), NULL, path, &larger, NULL, NULL);

    g_assert_no_error (error);
    g_assert_cmpuint (MAX (guise_image_get_width (image), guise_image_get_height (image)), ==, 10);
    g_assert_cmpuint (guise_image_get_file_width (image), ==, guise_image_get_width (full));
    g_assert_cmpuint (guise_image_get_file_height (image), ==, guise_image_get_height (full));
    g_assert_cmpuint (MAX (guise_image_get_width (full), guise_image_get_height (full)), ==,
                      g_str_has_suffix (names[i], "png") ? 12 : 29);
  }
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      guise_decoder_decode (decoder_bytes_pool (), NULL, "/nonexistent.png", NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "'/nonexistent.png'"));
}

/* A file that is there is a test that is run. */
static void
test_all_golden (void)
{
  g_autofree char *folder = decoder_bytes_path ("");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += !g_str_has_suffix (name, ".rgb") && strcmp (name, "huge.png") != 0;
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (goldens));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  decoder_bytes_start ();
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++)
    g_test_add_data_func (goldens[i].path, goldens[i].name, test_golden);
  g_test_add_func ("/decoder/all-golden", test_all_golden);
  g_test_add_func ("/decoder/i01-empty", test_empty);
  g_test_add_func ("/decoder/i02-truncated", test_truncated);
  g_test_add_func ("/decoder/i02-truncated-webp", test_truncated_webp);
  g_test_add_func ("/decoder/i03-no-image", test_no_image);
  g_test_add_func ("/decoder/i03-by-content", test_by_content);
  g_test_add_func ("/decoder/i07-extreme-shapes", test_extreme_shapes);
  g_test_add_func ("/decoder/i08-unmarked-cmyk", test_unmarked_cmyk);
  g_test_add_func ("/decoder/trailing", test_trailing);
  g_test_add_func ("/decoder/limits", test_limits);
  g_test_add_func ("/decoder/fit", test_fit);
  g_test_add_func ("/decoder/missing-file", test_missing_file);
  result = g_test_run ();
  decoder_bytes_stop ();
  return result;
}
