/* The small formats: atomic files, JSON, npy, JSON Lines, CSV, and half precision. */
#include "guise-atomic-file.h"
#include "guise-csv.h"
#include "guise-formats-error.h"
#include "guise-half.h"
#include "guise-json.h"
#include "guise-jsonl.h"
#include "guise-npy.h"
#include "guise-read-file.h"
#include "lone-file.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

/* -- atomic files -- */

static void
test_atomic_replace (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  mode_t umask_before = umask (027);
  struct stat info;

  g_assert_true (guise_atomic_write (place->path, "old", 3, &error));
  g_assert_true (guise_atomic_write (place->path, "newer", 5, &error));
  umask (umask_before);
  assert_content (place->path, "newer");
  g_assert_cmpint (stat (place->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0640);
}

static void
test_atomic_abort (LoneFile *place, gconstpointer data)
{
  GuiseAtomicFile *file = guise_atomic_file_open (place->path, NULL);
  g_autofree char *temporary = g_strdup (guise_atomic_file_get_temporary (file));
  g_autofree char *folder = g_path_get_dirname (temporary);

  g_assert_cmpstr (folder, ==, place->folder); /* a rename must not cross file systems */
  g_assert_true (guise_atomic_file_reserve (file, 1 << 20, NULL));
  g_assert_true (guise_atomic_file_write (file, "half", 4, NULL));
  g_assert_true (g_file_test (temporary, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  guise_atomic_file_free (file);
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_atomic_keeps_old (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GuiseAtomicFile *file;

  g_assert_true (guise_atomic_write (place->path, "old", 3, &error));
  file = guise_atomic_file_open (place->path, &error);
  g_assert_true (guise_atomic_file_write (file, "new", 3, &error));
  assert_content (place->path, "old");
  guise_atomic_file_free (file);
  assert_content (place->path, "old");
}

static void
test_atomic_failures (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *beyond = g_build_filename (place->path, "x", NULL);

  g_assert_false (guise_atomic_write (beyond, "", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, beyond));
  g_clear_error (&error);
  g_assert_cmpint (g_mkdir (place->path, 0700), ==, 0);
  g_assert_false (guise_atomic_write (place->path, "x", 1, &error)); /* the rename fails */
  g_assert_nonnull (error);
  g_assert_cmpint (g_rmdir (place->path), ==, 0);
}

static void
test_atomic_after_failure (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseAtomicFile) file = guise_atomic_file_open (place->path, &error);

  g_assert_false (guise_atomic_file_reserve (file, G_MAXUINT64, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (guise_atomic_file_write (file, "x", 1, &error));
  g_clear_error (&error);
  g_assert_false (guise_atomic_file_commit (file, &error));
  g_clear_error (&error);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

/* A write that the kernel refuses half-way leaves neither a new file nor a temporary one. */
static void
test_atomic_full (LoneFile *place, gconstpointer data)
{
  g_autofree char *bytes = g_malloc0 (1 << 20);
  g_autoptr (GError) error = NULL;
  struct rlimit before, small;
  gboolean done;

  g_assert_true (guise_atomic_write (place->path, "old", 3, &error));
  getrlimit (RLIMIT_FSIZE, &before);
  small = (struct rlimit){ 65536, before.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  done = guise_atomic_write (place->path, bytes, 1 << 20, &error);
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_false (done);
  g_assert_true (error->domain == G_IO_ERROR);
  assert_content (place->path, "old");
}

/* -- JSON -- */

static void
refuse_json (const char *text, gsize size, GuiseFormatsError code, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_json_parse (text, size, 1 << 20, "data.json", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, (int)code);
  g_assert_true (g_str_has_prefix (error->message, "cannot read JSON 'data.json': "));
  if (strstr (error->message, why) == NULL)
    g_error ("'%s' does not say '%s'", error->message, why);
}

#define REFUSE_JSON(text, code, why) \
  refuse_json (text, sizeof (text) - 1, GUISE_FORMATS_ERROR_##code, why)

static void
test_json_strict (void)
{
  g_autofree char *deep = g_strnfill (65, '[');
  g_autofree char *large = g_strnfill ((1 << 20) + 1, ' ');

  REFUSE_JSON ("", INVALID, "line 1");
  REFUSE_JSON ("{\n\"a\": 1,\n  x}", INVALID, "line 3, column 3");
  REFUSE_JSON ("{\"a\":1}\0", INVALID, "line 1, column 8: a zero byte");
  REFUSE_JSON ("{\"a\":\"x\\u0000y\"}", INVALID, "\\u0000");
  REFUSE_JSON ("{\"a\":1,\"a\":2}", INVALID, "duplicate");
  REFUSE_JSON ("[18446744073709551615]", INVALID, "too big integer");
  REFUSE_JSON ("[1e999]", INVALID, "real number overflow");
  REFUSE_JSON ("[1] // no", INVALID, "end of file expected");
  REFUSE_JSON ("['a']", INVALID, "line 1");
  REFUSE_JSON ("[NaN]", INVALID, "line 1");
  REFUSE_JSON ("\xef\xbb\xbf[]", INVALID, "line 1");
  REFUSE_JSON ("[\"\xff\"]", INVALID, "UTF-8");
  REFUSE_JSON ("[\"\xed\xa0\x80\"]", INVALID, "UTF-8");
  refuse_json (deep, 65, GUISE_FORMATS_ERROR_TOO_LARGE, "line 1, column 65: nested too deeply");
  refuse_json (large, (1 << 20) + 1, GUISE_FORMATS_ERROR_TOO_LARGE, "1048577 bytes are more");
}

/* Integers of any size are numbers all the same, where other programs write them. */
static void
test_json_wide (void)
{
  static const char text[] = "{\"n\": 9223372036854775808, \"m\": [12345678901234567890, 7,"
                             " 12345678901234567890.5, 1e20], \"a\\\"99999999999999999999\": -1}";
  char *folder = temp_folder_new ("files");
  g_autofree char *path = g_build_filename (folder, "wide.json", NULL);
  g_autofree char *bad = g_build_filename (folder, "bad.json", NULL);
  g_autoptr (GError) error = NULL;
  json_auto_t *object = NULL;
  json_t *array;

  temp_folder_put (folder, "wide.json", text, -1);
  temp_folder_put (folder, "bad.json", "{\n\"a\": 1", -1);
  object = guise_json_load_wide (path, 1 << 20, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (json_real_value (json_object_get (object, "n")), ==, 0x1p63);
  array = json_object_get (object, "m");
  g_assert_true (json_is_real (json_array_get (array, 0)));
  g_assert_cmpint (json_integer_value (json_array_get (array, 1)), ==, 7);
  g_assert_true (json_is_real (json_array_get (array, 2)));
  g_assert_cmpint (json_integer_value (json_object_get (object, "a\"99999999999999999999")), ==,
                   -1);
  g_assert_null (guise_json_load_wide (bad, 1 << 20, &error));
  g_assert_nonnull (strstr (error->message, "bad.json': line 2"));
  temp_folder_free (folder);
}

/* A million levels: refused by the scan, before a parser could recurse. */
static void
test_json_deep (void)
{
  g_autofree char *arrays = g_strnfill (1000000, '[');
  g_autoptr (GString) objects = g_string_new (NULL);

  for (int i = 0; i < 100000; i++)
    g_string_append (objects, "{\"a\":");
  refuse_json (arrays, 1000000, GUISE_FORMATS_ERROR_TOO_LARGE, "column 65: nested too deeply");
  refuse_json (objects->str, objects->len, GUISE_FORMATS_ERROR_TOO_LARGE, "nested too deeply");
}

/* Where in the text; a byte order mark is refused here (an annotation file may have one). */
static void
test_json_text (void)
{
  REFUSE_JSON ("[\n \"a\\u0000b\"]", INVALID, "line 2");
  REFUSE_JSON ("[\n\"\\ud800\"]", INVALID, "line 2");
  REFUSE_JSON ("[\"\\udc00\\ud800\"]", INVALID, "line 1");
  REFUSE_JSON ("[\n\"ab\xff\"]", INVALID, "line 2, column 4: not UTF-8");
  REFUSE_JSON ("[\"\xc0\x80\"]", INVALID, "line 1, column 3: not UTF-8");
  REFUSE_JSON ("\xef\xbb\xbf[]", INVALID, "line 1, column");
  REFUSE_JSON ("\xff\xfe[\0]\0", INVALID, "line 1, column 1: not UTF-8");
  REFUSE_JSON ("[\0]\0", INVALID, "line 1, column 2: a zero byte");
}

/* Not numbers that fit are errors, never 0 or -1. */
static void
test_json_numbers (void)
{
  const char *text = "{\"a\":1.5,\"b\":\"12\",\"c\":true,\"d\":null,\"e\":-0.0}";
  json_auto_t *object = guise_json_parse (text, strlen (text), 100, "text", NULL);
  const char *key;
  json_t *value;

  REFUSE_JSON ("{\"id\":1e999}", INVALID, "overflow");
  REFUSE_JSON ("{\"id\":99999999999999999999999}", INVALID, "too big");
  REFUSE_JSON ("{\"id\":-9223372036854775809}", INVALID, "too big");
  REFUSE_JSON ("{\"id\":Infinity}", INVALID, "line 1");
  json_object_foreach (object, key, value)
  {
    g_autoptr (GError) error = NULL;
    gint64 number = 42;

    g_assert_false (guise_json_get_int (object, key, "text", &number, &error));
    g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
    g_assert_cmpint (number, ==, 42);
  }
}

/* Brackets and commas inside strings count for nothing. */
static void
test_json_limits (void)
{
  const GuiseJsonLimits limits
      = { .max_bytes = 100, .max_depth = 2, .max_string = 8, .max_nodes = 4 };
  const char *fine = "{\"[[\\\"[,\": [1, 2]}", *long_string = "[\"123456789\"]",
             *many = "[1, 2, 3, 4, 5]";
  json_auto_t *value = guise_json_parse_limited (fine, strlen (fine), &limits, "limits", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (json_object_get (value, "[[\"[,"));
  g_assert_null (
      guise_json_parse_limited (long_string, strlen (long_string), &limits, "limits", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (guise_json_parse_limited (many, strlen (many), &limits, "limits", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
}

static void
test_json_members (void)
{
  const char *text = "{\"s\":\"x\",\"i\":3,\"d\":0.5,\"b\":true,\"a\":[],\"o\":{}}";
  json_auto_t *object = guise_json_parse (text, strlen (text), 100, "text", NULL);
  json_t *inner = NULL;
  g_autoptr (GError) error = NULL;
  const char *s = NULL;
  gint64 i = 0;
  double d = 0;
  gboolean b = FALSE;

  g_assert_true (guise_json_get_string (object, "s", "c.json", &s, NULL));
  g_assert_true (guise_json_get_int (object, "i", "c.json", &i, NULL));
  g_assert_true (guise_json_get_double (object, "d", "c.json", &d, NULL));
  g_assert_true (guise_json_get_bool (object, "b", "c.json", &b, NULL));
  g_assert_true (guise_json_get_array (object, "a", "c.json", &inner, NULL));
  g_assert_true (json_is_array (inner));
  g_assert_true (guise_json_get_object (object, "o", "c.json", &inner, NULL));
  g_assert_true (json_is_object (inner));
  g_assert_cmpstr (s, ==, "x");
  g_assert_true (i == 3 && d == 0.5 && b);
  g_assert_true (guise_json_get_double (object, "i", "c.json", &d, NULL));
  g_assert_cmpfloat (d, ==, 3);
  g_assert_false (guise_json_get_int (object, "d", "c.json", &i, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, "cannot read 'c.json': 'd' is not an integer");
  g_clear_error (&error);
  g_assert_false (guise_json_get_int (object, "b", "c.json", &i, &error));
  g_clear_error (&error);
  g_assert_false (guise_json_get_string (object, "x", "c.json", &s, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_assert_cmpstr (error->message, ==, "cannot read 'c.json': 'x' is missing");
  g_clear_error (&error);
  g_assert_false (guise_json_get_string (json_object_get (object, "a"), "x", "c.json", &s, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
}

static void
test_json_file (LoneFile *place, gconstpointer data)
{
  json_auto_t *value = json_pack ("{s:i, s:f}", "b", 1, "a", 0.1);
  json_auto_t *again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_json_save (place->path, value, &error));
  assert_content (place->path, "{\n  \"b\": 1,\n  \"a\": 0.10000000000000001\n}\n");
  again = guise_json_load (place->path, 100, &error);
  g_assert_true (json_equal (value, again));
  g_assert_null (guise_json_load (place->path, 10, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (guise_json_load (place->folder, 10, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);
  g_assert_null (guise_json_load ("/nonexistent", 10, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* -- npy -- */

static GuiseNpy *
parse_npy (int major, const char *header, gsize n_data, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize n = strlen (header);
  const guint8 start[12] = { 0x93, 'N', 'U', 'M', 'P', 'Y', (guint8)major, 0, n & 255, n >> 8 };
  const guint8 body[64] = { 0, 0, 0x80, 0x3f };

  g_byte_array_append (bytes, start, major == 1 ? 10 : 12);
  g_byte_array_append (bytes, (const guint8 *)header, (guint)n);
  g_byte_array_append (bytes, body, (guint)n_data);
  return guise_npy_parse (bytes->data, bytes->len, "x.npy", error);
}

static void
refuse_npy (const char *header, gsize n_data, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse_npy (1, header, n_data, &error));
  g_assert_true (error->domain == GUISE_FORMATS_ERROR);
  if (strstr (error->message, why) == NULL || strstr (error->message, "'x.npy'") == NULL)
    g_error ("'%s' does not say '%s' and where", error->message, why);
}

#define NPY(descr, order, shape) \
  "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }"

static void
test_npy_strict (void)
{
  refuse_npy (NPY (">f4", "False", "(1,)"), 4, "unsupported dtype");
  refuse_npy (NPY ("|O", "False", "(1,)"), 4, "unsupported dtype");
  refuse_npy (NPY ("<f4", "True", "(1,)"), 4, "C order");
  refuse_npy (NPY ("<f4", "False", "(2,)"), 4, "does not fit");
  refuse_npy (NPY ("<f4", "False", "(1,)"), 5, "does not fit");
  refuse_npy (NPY ("<f4", "False", "(1)"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "(,)"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "(1 1)"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "(-1,)"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "1"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "(1,1,1,1,1,1,1,1,1)"), 4, "tuple");
  refuse_npy (NPY ("<f4", "False", "(99999999999999999999,)"), 4, "does not fit");
  refuse_npy (NPY ("<f4", "False", "(4294967296, 4294967296)"), 0, "does not fit");
  refuse_npy (NPY ("<f4", "False", "(1,)") "x", 4, "after the header");
  refuse_npy ("{'descr': '<f4', 'shape': (1,)}", 4, "missing");
  refuse_npy ("{'shape': (1,), 'descr': '<f4', 'shape': (1,)}", 4, "repeated");
  refuse_npy ("{'descr': '<f4' 'shape': (1,)}", 4, "malformed");
  refuse_npy ("{'x': 1}", 4, "unknown");
  refuse_npy ("{", 4, "malformed");
  refuse_npy ("", 4, "not a dictionary");
}

static void
test_npy_variants (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseNpy) scalar = parse_npy (1, NPY ("<f4", "False", "()") "   \n", 4, &error);
  g_autoptr (GuiseNpy) second
      = parse_npy (2, "{'shape':(2,2),'fortran_order':False,'descr':'|u1'}\n", 4, &error);
  g_autoptr (GuiseNpy) empty = parse_npy (1, NPY ("<i8", "False", "(0, 5)"), 0, &error);

  g_assert_no_error (error);
  g_assert_cmpint (scalar->n_dims, ==, 0);
  g_assert_cmpfloat (*(float *)scalar->data, ==, 1);
  g_assert_cmpuint (second->shape[1], ==, 2);
  g_assert_cmpuint (((guint8 *)second->data)[2], ==, 0x80);
  g_assert_cmpuint (empty->n_elements, ==, 0);
  g_assert_true (guise_npy_check (empty, GUISE_DTYPE_I64, 2, "x.npy", &error));
  g_assert_false (guise_npy_check (empty, GUISE_DTYPE_F32, 2, "x.npy", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (parse_npy (3, NPY ("<f4", "False", "()"), 4, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (guise_npy_parse ("\x93NUMPY\1\0\xff\0{}", 12, "x.npy", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
}

static void
test_npy_write (LoneFile *place, gconstpointer data)
{
  const float values[6] = { 1, 2, 3, 4, 5, 6 };
  const gsize shape[2] = { 2, 3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseNpy) npy = NULL;
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (guise_npy_write (place->path, GUISE_DTYPE_F32, 2, shape, values, &error));
  g_assert_true (g_file_get_contents (place->path, &bytes, &n, NULL));
  g_assert_cmpuint (n, ==, 128 + sizeof values); /* data begins at a multiple of 64 */
  g_assert_cmpmem (bytes, 10, "\x93NUMPY\1\0\x76\0", 10);
  g_assert_true (
      g_str_has_prefix (bytes + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  npy = guise_npy_read (place->path, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (npy->data, sizeof values, values, sizeof values);
  g_assert_null (guise_npy_read (place->path, 100, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (guise_npy_write (place->path, GUISE_DTYPE_BF16, 2, shape, values, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED);
}

/* -- JSON Lines -- */

static void
append (const char *path, int value)
{
  json_auto_t *object = json_pack ("{s:i}", "n", value);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseJsonlWriter) writer = guise_jsonl_writer_open (path, &error);

  g_assert_no_error (error);
  g_assert_true (guise_jsonl_writer_append (writer, object, &error));
  g_assert_true (guise_jsonl_writer_sync (writer, &error));
}

static gboolean
add_up (json_t *object, guint64 line, gpointer data, GError **error)
{
  gint64 value;

  if (!guise_json_get_int (object, "n", "line", &value, error))
    return FALSE;
  *(gint64 *)data += value;
  return TRUE;
}

static void
test_jsonl_torn (LoneFile *place, gconstpointer data)
{
  g_autofree char *torn = g_strnfill (10000, 'x');
  g_autofree char *text = g_strconcat ("{\"n\":1}\n{\"n\":2}\n", torn, NULL);
  g_autoptr (GuiseJsonlReport) report = NULL;
  gint64 sum = 0;

  g_assert_true (g_file_set_contents (place->path, text, -1, NULL));
  report = guise_jsonl_read (place->path, 100, add_up, &sum, NULL);
  g_assert_true (report->torn);
  g_assert_cmpuint (report->n_bad, ==, 0);
  g_assert_cmpint (sum, ==, 3);
  append (place->path, 4);
  append (place->path, 8);
  assert_content (place->path, "{\"n\":1}\n{\"n\":2}\n{\"n\":4}\n{\"n\":8}\n");
  g_assert_true (g_file_set_contents (place->path, "{\"n\":", -1, NULL));
  append (place->path, 1);
  assert_content (place->path, "{\"n\":1}\n");
}

/* Such as /dev/stdout, which is a link to one. */
static void
test_atomic_pipe (LoneFile *place, gconstpointer data)
{
  g_autofree char *link = g_strconcat (place->path, ".link", NULL);
  const char *targets[] = { place->path, link };

  g_assert_cmpint (mkfifo (place->path, 0600), ==, 0);
  g_assert_cmpint (symlink (place->path, link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++) {
    g_autoptr (GError) error = NULL;
    struct stat info;

    g_assert_false (guise_atomic_write (targets[i], "x", 1, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
    g_assert_cmpint (stat (targets[i], &info), ==, 0);
    g_assert_true (S_ISFIFO (info.st_mode));
  }
  g_assert_cmpint (unlink (link), ==, 0);
  g_assert_cmpint (symlink ("/proc/self/exe", link), ==, 0); /* a file, as where output is kept */
  g_assert_false (guise_atomic_write (link, "x", 1, NULL));
  g_assert_cmpint (unlink (link), ==, 0);
}

/* An editor that ends no last line, and one that begins with a byte order mark. */
static void
test_jsonl_editors (LoneFile *place, gconstpointer data)
{
  const char *text = "\xef\xbb\xbf{\"n\":1}\n\xef\xbb\xbf{\"n\":7}\n{\"n\":2}";
  g_autoptr (GuiseJsonlReport) report = NULL;
  gint64 sum = 0;

  g_assert_true (g_file_set_contents (place->path, text, -1, NULL));
  report = guise_jsonl_read (place->path, 100, add_up, &sum, NULL);
  g_assert_false (report->torn);
  g_assert_cmpint (sum, ==, 3);
  g_assert_cmpuint (report->n_bad, ==, 1); /* the mark belongs to the file, not to a line */
  g_clear_pointer (&report, guise_jsonl_report_free);
  g_assert_true (g_file_set_contents (place->path, "{\"n\":4}\r\n \x1a", -1, NULL));
  report = guise_jsonl_read (place->path, 100, add_up, &sum, NULL);
  g_assert_false (report->torn);
  g_assert_cmpint (sum, ==, 7);
  g_assert_true (g_file_set_contents (place->path, "{\"n\":1}\n{\"n\":2}", -1, NULL));
  append (place->path, 4);
  assert_content (place->path, "{\"n\":1}\n{\"n\":2}\n{\"n\":4}\n");
}

static void
test_jsonl_bad_lines (LoneFile *place, gconstpointer data)
{
  g_autoptr (GuiseJsonlReport) report = NULL;
  g_autoptr (GError) error = NULL;
  gint64 sum = 0;

  g_assert_true (g_file_set_contents (place->path,
                                      "{\"n\":1}\n\n{\"n\":\n[3]\n{\"n\":  "
                                      "                             1}\n{\"n\":5}\n",
                                      -1, NULL));
  report = guise_jsonl_read (place->path, 20, add_up, &sum, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sum, ==, 6);
  g_assert_false (report->torn);
  g_assert_cmpuint (report->n_bad, ==, 3);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (report->problems, 0), "line 3: "));
  g_assert_cmpstr (g_ptr_array_index (report->problems, 1), ==, "line 4: not an object");
  g_assert_cmpstr (g_ptr_array_index (report->problems, 2), ==, "line 5: too long");
  g_assert_true (g_file_set_contents (place->path, "{}\n", -1, NULL));
  g_assert_null (guise_jsonl_read (place->path, 20, add_up, &sum, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_null (guise_jsonl_read ("/nonexistent", 20, add_up, &sum, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (guise_jsonl_writer_open (place->folder, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
}

/* Every reader of a file: no wait for a FIFO's other end, no end of a device to look for. */
static void
test_no_regular_file (LoneFile *place, gconstpointer data)
{
  const char *const paths[] = { place->path, "/dev/zero", "/dev/null", place->folder };
  gint64 sum = 0;

  g_assert_cmpint (mkfifo (place->path, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    GError *errors[4] = { NULL };
    gsize size;

    g_assert_null (guise_json_load (paths[i], 1000, &errors[0]));
    g_assert_null (guise_npy_read (paths[i], 1000, &errors[1]));
    g_assert_null (guise_jsonl_read (paths[i], 1000, add_up, &sum, &errors[2]));
    g_assert_null (guise_read_file (paths[i], 1000, &size, &errors[3]));
    for (gsize k = 0; k < G_N_ELEMENTS (errors); k++) {
      g_assert_true (errors[k]->domain == G_IO_ERROR);
      g_assert_nonnull (strstr (errors[k]->message, paths[i]));
      g_error_free (errors[k]);
    }
  }
}

/* Cut short anywhere, or with any byte turned, it is the same array or an error. */
static void
test_npy_damage (LoneFile *place, gconstpointer data)
{
  const float values[6] = { 1, 2, 3, 4, 5, 6 };
  const gsize shape[2] = { 2, 3 };
  g_autofree char *bytes = NULL;
  gsize n;

  g_assert_true (guise_npy_write (place->path, GUISE_DTYPE_F32, 2, shape, values, NULL));
  g_assert_true (g_file_get_contents (place->path, &bytes, &n, NULL));
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GError) cut_error = NULL, error = NULL;
    g_autoptr (GuiseNpy) cut = guise_npy_parse (bytes, i, "x.npy", &cut_error);
    g_autoptr (GuiseNpy) turned = NULL;

    g_assert_null (cut);
    g_assert_true (cut_error->domain == GUISE_FORMATS_ERROR);
    bytes[i] ^= 0x11;
    turned = guise_npy_parse (bytes, n, "x.npy", &error);
    bytes[i] ^= 0x11;
    g_assert_true ((turned == NULL) == (error != NULL));
    if (turned != NULL) /* a padding space, a type of the same size, or the data */
      g_assert_cmpuint (turned->n_elements * guise_dtype_size (turned->dtype), ==, sizeof values);
  }
}

/* -- CSV -- */

static void
test_csv (void)
{
  const char *fields[]
      = { "plain", "a,b", "say \"hi\"", "two\nlines", "=1+1", "@x,y", "-", "", NULL };
  g_autoptr (GString) out = g_string_new (NULL);

  guise_csv_append_row (out, fields, FALSE);
  g_assert_cmpstr (out->str, ==,
                   "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",'=1+1,\"'@x,y\",'-,\r\n");
  g_string_truncate (out, 0);
  guise_csv_append_row (out, fields + 4, TRUE);
  g_assert_cmpstr (out->str, ==, "=1+1,\"@x,y\",-,\r\n");
}

/* -- half precision -- */

static void
test_half_all (void)
{
  for (guint32 half = 0; half < 65536; half++) {
    float value = guise_half_to_float ((guint16)half);
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    double expected
        = exponent == 0 ? ldexp (mantissa, -24) : ldexp (1024 + mantissa, exponent - 25);

    if (exponent == 31 && mantissa != 0) {
      g_assert_true (isnan (value));
      g_assert_cmpuint (guise_float_to_half (value), ==, half | 0x200); /* made quiet */
      continue;
    }
    if (exponent == 31)
      expected = INFINITY;
    g_assert_true (value == (half & 0x8000 ? -expected : expected));
    g_assert_cmpint (signbit (value) != 0, ==, half >> 15);
    g_assert_cmpuint (guise_float_to_half (value), ==, half);
  }
}

/* Between each half and the next: the middle goes to the even one, a hair beside it to the nearer.
 */
static void
test_half_rounding (void)
{
  for (guint32 half = 0; half < 0x7bff; half++) {
    float low = guise_half_to_float ((guint16)half), high = guise_half_to_float ((guint16)half + 1);
    float middle = low + (high - low) / 2; /* exact: one more bit */

    g_assert_cmpuint (guise_float_to_half (middle), ==, half + (half & 1));
    g_assert_cmpuint (guise_float_to_half (nextafterf (middle, 0)), ==, half);
    g_assert_cmpuint (guise_float_to_half (nextafterf (middle, 1e6f)), ==, half + 1);
    g_assert_cmpuint (guise_float_to_half (-middle), ==, 0x8000 | (half + (half & 1)));
  }
  g_assert_cmpuint (guise_float_to_half (65519.996f), ==, 0x7bff);
  g_assert_cmpuint (guise_float_to_half (65520), ==, 0x7c00);
  g_assert_cmpuint (guise_float_to_half (-1e38f), ==, 0xfc00);
  g_assert_cmpuint (guise_float_to_half (1e-45f), ==, 0);
  g_assert_cmpfloat (guise_bfloat16_to_float (0x4049), ==, 3.140625f);
}

static void
test_halves_finite (void)
{
  guint16 halves[] = { 0x0000, 0x7bff, 0xfbff, 0x03ff }; /* 0, ±65504, a subnormal */

  g_assert_true (guise_halves_are_finite (halves, 4));
  g_assert_true (guise_halves_are_finite (halves, 0));
  for (int i = 0; i < 4; i++) {
    static const guint16 none[] = { 0x7c00, 0xfc00, 0x7e00, 0xfe01 };
    guint16 kept = halves[i];

    halves[i] = none[i];
    g_assert_false (guise_halves_are_finite (halves, 4));
    halves[i] = kept;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lone_file_test ("/atomic-file/replace", test_atomic_replace);
  lone_file_test ("/atomic-file/abort", test_atomic_abort);
  lone_file_test ("/atomic-file/keeps-old", test_atomic_keeps_old);
  lone_file_test ("/atomic-file/failures", test_atomic_failures);
  lone_file_test ("/atomic-file/after-failure", test_atomic_after_failure);
  lone_file_test ("/atomic-file/full", test_atomic_full);
  g_test_add_func ("/json/strict", test_json_strict);
  g_test_add_func ("/json/wide", test_json_wide);
  g_test_add_func ("/files/halves-finite", test_halves_finite);
  g_test_add_func ("/json/j01-too-deep", test_json_deep);
  g_test_add_func ("/json/j02-text", test_json_text);
  g_test_add_func ("/json/j03-numbers", test_json_numbers);
  g_test_add_func ("/json/limits", test_json_limits);
  g_test_add_func ("/json/members", test_json_members);
  lone_file_test ("/json/file", test_json_file);
  g_test_add_func ("/npy/strict", test_npy_strict);
  g_test_add_func ("/npy/variants", test_npy_variants);
  lone_file_test ("/npy/write", test_npy_write);
  lone_file_test ("/atomic-file/pipe", test_atomic_pipe);
  lone_file_test ("/jsonl/torn", test_jsonl_torn);
  lone_file_test ("/jsonl/editors", test_jsonl_editors);
  lone_file_test ("/jsonl/bad-lines", test_jsonl_bad_lines);
  lone_file_test ("/npy/damage", test_npy_damage);
  lone_file_test ("/files/s22-no-regular-file", test_no_regular_file);
  g_test_add_func ("/csv/row", test_csv);
  g_test_add_func ("/half/all", test_half_all);
  g_test_add_func ("/half/rounding", test_half_rounding);
  return g_test_run ();
}
