/* guise-resize against Pillow's output, bit for bit (tests/golden/make-resize.py); guise-pixels. */
#include "guise-image.h"
#include "guise-pixels.h"
#include "guise-resize.h"

#include <stdio.h>
#include <string.h>

/* The generator's noise. */
static guint8 *
make_noise (size_t n)
{
  guint8 *noise = g_malloc (n);
  guint32 seed = 1;

  for (size_t i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    noise[i] = seed >> 24;
  }
  return noise;
}

static void
test_golden (gconstpointer data)
{
  const char *name = data;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "resize", name, NULL);
  gboolean bicubic = g_str_has_prefix (name, "bicubic");
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GuiseImage) input = NULL;
  g_autoptr (GuiseImage) output = NULL;
  size_t width, height, new_width, new_height, size;
  int n_read
      = sscanf (strchr (name, '-'), "-%zux%zu-%zux%zu", &width, &height, &new_width, &new_height);

  g_assert_cmpint (n_read, ==, 4);
  g_file_get_contents (path, &expected, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, 3 * new_width * new_height);

  input = guise_image_new_take (make_noise (3 * width * height), width, height);
  output = guise_image_resize (input, new_width, new_height,
                               bicubic ? GUISE_FILTER_BICUBIC : GUISE_FILTER_BILINEAR);
  g_assert_cmpuint (guise_image_get_width (output), ==, new_width);
  g_assert_cmpuint (guise_image_get_height (output), ==, new_height);
  g_assert_cmpmem (guise_image_get_pixels (output), 3 * new_width * new_height, expected, size);
}

static void
test_same_size (void)
{
  g_autoptr (GuiseImage) input = guise_image_new_take (make_noise (36), 4, 3);
  g_autoptr (GuiseImage) output = guise_image_resize (input, 4, 3, GUISE_FILTER_BICUBIC);

  g_assert_true (input == output);
}

/* A flat picture stays flat: the weights add up to one whatever the sizes. */
static void
test_flat (void)
{
  for (size_t width = 1; width < 40; width += 3) {
    guint8 *white = g_malloc (3 * width * 50);
    g_autoptr (GuiseImage) input = NULL;
    g_autoptr (GuiseImage) output = NULL;

    memset (white, 255, 3 * width * 50);
    input = guise_image_new_take (white, width, 50);
    output = guise_image_resize (input, 17, 23, GUISE_FILTER_BICUBIC);
    for (size_t i = 0; i < 3 * 17 * 23; i++)
      g_assert_cmpint (guise_image_get_pixels (output)[i], ==, 255);
  }
}

static void
test_planes (void)
{
  const guint8 rgb[] = { 0, 255, 51, 255, 0, 204 };
  float planes[6];

  guise_pixels_to_planes (planes, rgb, 2, 1);
  g_assert_cmpfloat (planes[0], ==, -1);
  g_assert_cmpfloat (planes[1], ==, 1);
  g_assert_cmpfloat (planes[2], ==, 1);
  g_assert_cmpfloat (planes[3], ==, -1);
  g_assert_cmpfloat_with_epsilon (planes[4], -0.6, 1e-6);
  g_assert_cmpfloat_with_epsilon (planes[5], 0.6, 1e-6);
}

static void
test_flip (void)
{
  guint8 odd[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19 };
  const guint8 mirrored[] = { 7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13 };

  guise_pixels_flip (odd, 3, 2);
  g_assert_cmpmem (odd, sizeof odd, mirrored, sizeof mirrored);
}

/* Shifts a grey 3 × 2 picture of 1 … 6. */
static void
assert_shift (int dx, int dy, GuisePad pad, const guint8 expected[6])
{
  guint8 input[18], output[18];

  for (size_t i = 0; i < 18; i++)
    input[i] = 1 + i / 3;
  guise_pixels_shift (output, input, 3, 2, dx, dy, pad);
  for (size_t i = 0; i < 18; i++)
    g_assert_cmpint (output[i], ==, expected[i / 3]);
}

static void
test_shift (void)
{
  assert_shift (0, 0, GUISE_PAD_ZERO, (guint8[]){ 1, 2, 3, 4, 5, 6 });
  assert_shift (1, 0, GUISE_PAD_ZERO, (guint8[]){ 2, 3, 0, 5, 6, 0 });
  assert_shift (-1, 1, GUISE_PAD_ZERO, (guint8[]){ 0, 4, 5, 0, 0, 0 });
  assert_shift (1, 0, GUISE_PAD_EDGE, (guint8[]){ 2, 3, 3, 5, 6, 6 });
  assert_shift (-1, -1, GUISE_PAD_EDGE, (guint8[]){ 1, 1, 2, 1, 1, 2 });
  assert_shift (100, -100, GUISE_PAD_EDGE, (guint8[]){ 3, 3, 3, 3, 3, 3 });
}

static void
test_gain (void)
{
  guint8 rgb[] = { 100, 100, 100, 0, 255, 3 };
  const guint8 expected[] = { 120, 132, 108, 0, 255, 3 };

  guise_pixels_gain (rgb, 2, 1, 1.2f, (float[]){ 1.0f, 1.1f, 0.9f });
  g_assert_cmpmem (rgb, sizeof rgb, expected, sizeof expected);
}

static void
test_erase (void)
{
  guint8 rgb[3 * 12] = { 0 }; /* 4 × 3 */

  guise_pixels_erase (rgb, 4, 3, 2, 1, 9, 9, (guint8[]){ 7, 8, 9 });
  for (size_t y = 0; y < 3; y++)
    for (size_t x = 0; x < 4; x++)
      for (size_t c = 0; c < 3; c++)
        g_assert_cmpint (rgb[3 * (4 * y + x) + c], ==, x >= 2 && y >= 1 ? 7 + c : 0);
  guise_pixels_erase (rgb, 4, 3, 5, 7, 1, 1, (guint8[]){ 1, 1, 1 }); /* outside: nothing */
  g_assert_cmpint (rgb[35], ==, 9);
}

static void
add_golden_tests (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "golden", "resize", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_strdup_printf ("/resize/%s", name);

    g_test_add_data_func_full (path, g_strdup (name), test_golden, g_free);
    n++;
  }
  g_assert_cmpuint (n, >=, 24);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_golden_tests ();
  g_test_add_func ("/resize/same-size", test_same_size);
  g_test_add_func ("/resize/flat", test_flat);
  g_test_add_func ("/pixels/planes", test_planes);
  g_test_add_func ("/pixels/flip", test_flip);
  g_test_add_func ("/pixels/shift", test_shift);
  g_test_add_func ("/pixels/gain", test_gain);
  g_test_add_func ("/pixels/erase", test_erase);
  return g_test_run ();
}
