/* guisectl embed, killed while it computes: the next one goes on where it was; and rows in half
 * precision, which find the same. */
#include "guise-index.h"
#include "retrieval-place.h"
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>

static Place place;

static char *
build_path (const char *name)
{
  return g_build_filename (place.project, "runs", "r", name, NULL);
}

/* The call of a write in the run's folder at which it dies, from 1. */
static int
run_killed (guint at)
{
  const char *const words[] = { "--project", place.project, "embed", "--run", "r", NULL };
  g_autofree char *folder = g_build_filename (place.project, "runs", "r", NULL);
  g_autofree char *number = g_strdup_printf ("%u", at);
  g_auto (GStrv) environment = g_get_environ ();

  environment = g_environ_setenv (environment, "FAULT_DIR", folder, TRUE);
  environment = g_environ_setenv (environment, "FAULT_KIND", "kill", TRUE);
  environment = g_environ_setenv (environment, "FAULT_ON", "write", TRUE);
  environment = g_environ_setenv (environment, "FAULT_AT", number, TRUE);
  environment = g_environ_setenv (environment, "LD_PRELOAD", g_getenv ("FAULT_SHIM"), TRUE);
  environment = g_environ_setenv (environment, "ASAN_OPTIONS", "verify_asan_link_order=0", TRUE);
  return ctl_run_in (NULL, environment, NULL, words, NULL, NULL);
}

static GuiseIndex *
open_index (void)
{
  g_autofree char *path = build_path ("index.safetensors");
  g_autoptr (GError) error = NULL;
  GuiseIndex *index = guise_index_open (path, &error);

  g_assert_no_error (error);
  return index;
}

static void
assert_same (const GuiseIndex *a, const GuiseIndex *b)
{
  size_t n = guise_index_get_n_images (a), dim = guise_index_get_dim (a);

  g_assert_cmpuint (guise_index_get_n_images (b), ==, n);
  g_assert_cmpmem (guise_index_get_ids (a), n * sizeof (gint64), guise_index_get_ids (b),
                   n * sizeof (gint64));
  for (size_t i = 0; i < n * dim; i++) {
    g_assert_cmpfloat_with_epsilon (guise_index_get_identity (a)[i],
                                    guise_index_get_identity (b)[i], 1e-5);
    g_assert_cmpfloat_with_epsilon (guise_index_get_clothing (a)[i],
                                    guise_index_get_clothing (b)[i], 1e-5);
  }
}

static void
test_killed (void)
{
  g_autoptr (GuiseIndex) whole = NULL, resumed = NULL;
  g_autofree char *path = NULL, *part = NULL;
  json_auto_t *first = NULL;
  json_auto_t *last = NULL;
  double n;

  place_init (&place);
  path = build_path ("index.safetensors");
  part = build_path ("embed.part");
  first = ASK (&place, "embed", "--run", "r");
  n = get_number (first, "images");
  g_assert_cmpfloat (get_number (first, "embedded"), ==, n);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  whole = open_index ();
  g_unlink (path);
  g_assert_cmpint (run_killed (40), ==, -SIGKILL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (run_killed (40), ==, -SIGKILL);
  last = ASK (&place, "embed", "--run", "r");
  g_assert_cmpfloat (get_number (last, "reused"), >=, 2 * 30);
  g_assert_cmpfloat (get_number (last, "reused") + get_number (last, "embedded"), ==, n);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  resumed = open_index ();
  assert_same (whole, resumed);
  place_clear (&place);
}

static GuiseIndexStorage
get_storage (void)
{
  g_autoptr (GuiseIndex) index = open_index ();

  return guise_index_get_info (index)->storage;
}

static void
forget_cache (void)
{
  static const char *const names[] = { "cache.db", "cache.db-wal", "cache.db-shm" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (place.project, names[i], NULL);

    g_unlink (path);
  }
}

static void
assert_same_hits (json_t *a, json_t *b)
{
  json_t *hits = json_object_get (a, "hits"), *others = json_object_get (b, "hits");

  g_assert_cmpuint (json_array_size (hits), ==, 20);
  g_assert_true (json_equal (hits, others));
}

static void
test_storage (void)
{
  json_auto_t *made = NULL;
  json_auto_t *plain = NULL;
  json_auto_t *stored = NULL;
  json_auto_t *half = NULL;
  json_auto_t *kept = NULL;
  json_auto_t *back = NULL;
  double n;

  place_init (&place);
  made = ASK (&place, "embed", "--run", "r");
  n = get_number (made, "images");
  g_assert_cmpint (get_storage (), ==, GUISE_STORAGE_FLOAT32);
  plain = ASK (&place, "search", "a person in a red coat", "--run", "r", "-k", "20");
  stored = ASK (&place, "embed", "--run", "r", "--storage", "float16");
  g_assert_cmpfloat (get_number (stored, "reused"), ==, n); /* nothing is computed for it */
  g_assert_cmpstr (json_string_value (json_object_get (stored, "storage")), ==, "float16");
  g_assert_cmpint (get_storage (), ==, GUISE_STORAGE_FLOAT16);
  half = ASK (&place, "search", "a person in a red coat", "--run", "r", "-k", "20");
  assert_same_hits (plain, half);
  kept = ASK (&place, "embed", "--run", "r", "--split", "test");
  g_assert_cmpstr (json_string_value (json_object_get (kept, "storage")), ==, "float16");
  back = ASK (&place, "embed", "--run", "r", "--storage", "float32");
  g_assert_cmpint (get_storage (), ==, GUISE_STORAGE_FLOAT32);
  g_assert_cmpint (RUN (&place, "embed", "--run", "r", "--storage", "half"), ==, 2);
  ctl_assert_one_line (place.errors, "neither float32 nor float16: 'half'");
  place_clear (&place);
}

/* ---- a damaged index ---- */

static void
assert_kind (GuiseIndexStorage storage, const char *precision)
{
  g_autoptr (GuiseIndex) index = open_index ();
  const GuiseIndexInfo *info = guise_index_get_info (index);

  g_assert_cmpint (info->storage, ==, storage);
  g_assert_cmpstr (info->precision, ==, precision);
  g_assert_cmpstr (info->split, ==, "test");
}

/* Its last byte is gone: the header still says what it was. Then the whole file is nothing: the
 * cache knows. */
static void
test_damaged_kind (void)
{
  g_autofree char *path = NULL, *bytes = NULL;
  gsize size;

  place_init (&place);
  path = build_path ("index.safetensors");
  g_assert_cmpint (RUN (&place, "embed", "--run", "r", "--split", "test", "--storage", "float16",
                        "--precision", "bfloat16"),
                   ==, 0);
  assert_kind (GUISE_STORAGE_FLOAT16, "bfloat16");
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  forget_cache ();
  for (int i = 0; i < 2; i++) {
    g_assert_true (g_file_set_contents (path, bytes, i == 0 ? (gssize)size - 1 : 9, NULL));
    g_assert_cmpint (RUN (&place, "eval", "--run", "r", "--query", "who"), ==, 0);
    g_assert_nonnull (strstr (place.errors, "the index is damaged and not used; embed mends it: "));
    g_assert_cmpint (RUN (&place, "embed", "--run", "r"), ==, 0);
    g_assert_nonnull (strstr (place.errors, "is damaged and is built anew over 'test'"));
    g_assert_null (strstr (place.errors, "is not known"));
    assert_kind (GUISE_STORAGE_FLOAT16, "bfloat16");
  }
  place_clear (&place);
}

/* Neither knows. */
static void
test_forgotten_kind (void)
{
  g_autofree char *path = NULL;

  place_init (&place);
  path = build_path ("index.safetensors");
  g_assert_true (g_file_set_contents (path, "no index", -1, NULL));
  g_assert_cmpint (RUN (&place, "eval", "--run", "r", "--query", "who"), ==, 0);
  g_assert_nonnull (strstr (place.errors,
                            "guisectl: in what precision the damaged index was computed is not "
                            "known: float32 is taken (see --precision)\n"));
  g_assert_cmpint (RUN (&place, "embed", "--run", "r", "--storage", "float16"), ==, 0);
  g_assert_nonnull (strstr (place.errors,
                            "guisectl: how the damaged index was stored and computed is not known: "
                            "the new one has storage float16 and precision float32 (see embed "
                            "--help)\n"));
  place_clear (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/embed/killed", test_killed);
  g_test_add_func ("/embed/storage", test_storage);
  g_test_add_func ("/embed/s21-damaged-kind", test_damaged_kind);
  g_test_add_func ("/embed/s21-forgotten-kind", test_forgotten_kind);
  return g_test_run ();
}
