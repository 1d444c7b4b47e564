/* guisectl resize: the array is Pillow's, and wrong use and bad files leave no array behind. */
#include "guise-npy.h"
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

/* Runs guisectl resize; returns the exit status. */
static int
run (const char *image, const char *size, const char *filter, const char *output, char **errors)
{
  const char *const words[]
      = { "resize", image, "--size", size, "--filter", filter, "-o", output, NULL };

  return ctl_run (NULL, words, NULL, errors);
}

static void
check_golden (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "-", -1); /* NAME-FILTER-HxW.rgb, NAME may have a dash */
  guint n = g_strv_length (parts);
  g_autofree char *size = g_strndup (parts[n - 1], strlen (parts[n - 1]) - strlen (".rgb"));
  g_autofree char *stem
      = g_strndup (name, strlen (name) - strlen (parts[n - 1]) - strlen (parts[n - 2]) - 2);
  g_autofree char *image = g_test_build_filename (G_TEST_DIST, "golden", "decode", stem, NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "resize-file", name, NULL);
  g_autofree char *output = g_build_filename (folder, "a.npy", NULL);
  g_autofree char *expected = NULL;
  g_autofree char *errors = NULL;
  g_autofree char *shape = NULL;
  g_autoptr (GuiseNpy) npy = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  g_assert_cmpint (run (image, size, parts[n - 2], output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  npy = guise_npy_read (output, 1 << 20, &error);
  g_assert_no_error (error);
  g_assert_true (guise_npy_check (npy, GUISE_DTYPE_U8, 3, output, NULL));
  shape = g_strdup_printf ("%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT, npy->shape[0], npy->shape[1]);
  g_assert_cmpstr (shape, ==, size);
  g_assert_cmpuint (npy->shape[2], ==, 3);
  g_file_get_contents (path, &expected, &n_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (npy->data, npy->n_elements, expected, n_bytes);
  g_unlink (output);
}

/* Smaller limits than the decoder's own, as batch systems and administrators set them. */
static void
test_hard_limits (void)
{
  g_autofree char *image
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "gamma.png", NULL);
  g_autofree char *output = g_build_filename (folder, "limited.npy", NULL), *errors = NULL;
  const char *const argv[] = { "sh",
                               "-c",
                               "ulimit -n 50 && ulimit -f 100000 && exec \"$0\" resize \"$1\" "
                               "--size 8x8 --filter bilinear -o \"$2\"",
                               g_getenv ("GUISECTL"),
                               image,
                               output,
                               NULL };
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               &errors, &status, NULL));
  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (status, ==, 0);
  g_assert_true (g_file_test (output, G_FILE_TEST_EXISTS));
}

static void
test_golden (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "resize-file", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  for (; (name = g_dir_read_name (dir)) != NULL; n++)
    check_golden (name);
  g_assert_cmpuint (n, ==, 6);
}

static void
assert_fails (int status, const char *image, const char *size, const char *filter,
              const char *pattern)
{
  g_autofree char *output = g_build_filename (folder, "none.npy", NULL);
  g_autofree char *errors = NULL;

  g_assert_cmpint (run (image, size, filter, output, &errors), ==, status);
  ctl_assert_one_line (errors, "");
  g_assert_true (g_pattern_match_simple (pattern, errors));
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS));
}

static void
test_failures (void)
{
  g_autofree char *good
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  g_autofree char *text = g_test_build_filename (G_TEST_DIST, "golden", "make-resize.py", NULL);
  const char *sizes[] = { "0x5", "5", "5x", "5x6x7", "-1x5", "99999x1", "32768x32768", "5X6", "" };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    assert_fails (2, good, sizes[i], "bilinear", "*--size*");
  assert_fails (2, good, "5x6", "lanczos", "*'lanczos'*");
  assert_fails (1, text, "5x6", "bilinear", "*make-resize.py'*not an image*");
  assert_fails (1, "/nonexistent.png", "5x6", "bicubic", "*'/nonexistent.png'*");
  assert_fails (1, folder, "5x6", "bicubic", "*not a regular file*");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("resize");
  g_test_add_func ("/cli/resize/golden", test_golden);
  g_test_add_func ("/cli/resize/hard-limits", test_hard_limits);
  g_test_add_func ("/cli/resize/failures", test_failures);
  result = g_test_run ();
  temp_folder_free (folder);
  return result;
}
