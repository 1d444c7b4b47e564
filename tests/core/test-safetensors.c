/* safetensors: hostile files by handcrafted bytes (rows S01 to S16, S18, S20 and S22 of
 * docs/ROBUSTNESS.md), round trips, conversions, hashes. */
#include "guise-formats-error.h"
#include "guise-half.h"
#include "guise-json.h"
#include "guise-safetensors-writer.h"
#include "guise-safetensors.h"
#include "lone-file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* A file: the length of header, header, n_data bytes 0, 1, 2 … */
static GBytes *
create_file (const char *header, gsize n_data)
{
  guint64 length = strlen (header);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *)&length, 8);
  g_byte_array_append (bytes, (const guint8 *)header, (guint)length);
  for (gsize i = 0; i < n_data; i++)
    g_byte_array_append (bytes, &(guint8){ (guint8)i }, 1);
  return g_byte_array_free_to_bytes (bytes);
}

static GuiseSafetensors *
parse (const char *header, gsize n_data, GError **error)
{
  g_autoptr (GBytes) bytes = create_file (header, n_data);

  return guise_safetensors_parse (bytes, "file", error);
}

static void
assert_refused (GuiseSafetensors *file, GError *error, GuiseFormatsError code, const char *why)
{
  g_assert_null (file);
  g_assert_error (error, GUISE_FORMATS_ERROR, (int)code);
  if (strstr (error->message, why) == NULL || strstr (error->message, "'file") == NULL)
    g_error ("'%s' does not say '%s' and where", error->message, why);
  g_error_free (error);
}

static void
refuse_raw (const void *bytes, gsize size, GuiseFormatsError code, const char *why)
{
  g_autoptr (GBytes) data = g_bytes_new (bytes, size);
  GError *error = NULL;
  GuiseSafetensors *file = guise_safetensors_parse (data, "file", &error);

  assert_refused (file, error, code, why);
}

static void
refuse (const char *header, gsize n_data, GuiseFormatsError code, const char *why)
{
  GError *error = NULL;
  GuiseSafetensors *file = parse (header, n_data, &error);

  assert_refused (file, error, code, why);
}

static GuiseSafetensors *
accept (const char *header, gsize n_data)
{
  g_autoptr (GError) error = NULL;
  GuiseSafetensors *file = parse (header, n_data, &error);

  g_assert_no_error (error);
  return file;
}

#define INVALID GUISE_FORMATS_ERROR_INVALID
#define TOO_LARGE GUISE_FORMATS_ERROR_TOO_LARGE
#define UNSUPPORTED GUISE_FORMATS_ERROR_UNSUPPORTED
#define T(dtype, shape, offsets) \
  "{\"t\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

static void
test_s01 (void)
{
  refuse_raw ("", 0, INVALID, "too few for a header");
  refuse_raw ("\1\0\0\0\0\0\0", 7, INVALID, "too few for a header");
}

static void
test_s02 (void)
{
  refuse_raw ("\5\0\0\0\0\0\0\0", 8, INVALID, "invalid header length");
  refuse_raw ("\0\0\0\0\0\0\0\0", 8, INVALID, "invalid header length");
}

static void
test_s03 (void)
{
  guint64 words[2] = { G_MAXUINT64, 0 };

  refuse_raw (words, sizeof words, TOO_LARGE, "100000000 allowed");
  words[0] = 100000001;
  refuse_raw (words, sizeof words, TOO_LARGE, "100000000 allowed");
  words[0] = 9;
  refuse_raw (words, sizeof words, INVALID, "invalid header length: 9 bytes in a file of 16");
}

static void
test_s04 (void)
{
  refuse ("\xff", 0, INVALID, "UTF-8");
  refuse ("{\"\xc3\x28\":1}", 0, INVALID, "UTF-8");
  refuse ("{", 0, INVALID, "line 1, column");
}

static void
test_s05 (void)
{
  g_autoptr (GuiseSafetensors) file = accept (" \t\n\r{}  \n", 0);

  g_assert_cmpuint (guise_safetensors_get_n_tensors (file), ==, 0);
  refuse ("[]", 0, INVALID, "not a JSON object");
  refuse ("\"a\"", 0, INVALID, "not a JSON object");
  refuse ("1", 0, INVALID, "not a JSON object");
  refuse ("x{}", 0, INVALID, "JSON");
  refuse ("\xef\xbb\xbf{}", 0, INVALID, "JSON");
  refuse ("{} {}", 0, INVALID, "JSON");
  refuse_raw ("\3\0\0\0\0\0\0\0{}\0", 11, INVALID, "zero byte");
}

static void
test_s06 (void)
{
  refuse (T ("F32", "[4]", "[0,16]"), 14, INVALID, "invalid offset");
  refuse (T ("F32", "[4]", "[0,16]"), 17, INVALID, "incomplete buffer");
  refuse ("{}", 1, INVALID, "incomplete buffer");
}

static void
test_s07 (void)
{
  refuse (T ("F32", "[2,2]", "[0,4]"), 4, INVALID, "its shape wants 16");
  refuse (T ("F32", "[2,2]", "[0,20]"), 20, INVALID, "its shape wants 16");
}

static void
test_s08 (void)
{
  refuse (T ("F32", "[2,18446744073709551614]", "[0,16]"), 16, INVALID, "too big integer");
  refuse (T ("F32", "[2,9223372036854775807]", "[0,16]"), 16, INVALID, "overflows");
  refuse (T ("F32", "[4611686018427387908]", "[0,16]"), 16, INVALID, "overflows");
  refuse (T ("F32", "[4294967296,4294967296]", "[0,0]"), 0, INVALID, "overflows");
  refuse (T ("F32", "[-1]", "[0,16]"), 16, INVALID, "not a count");
  refuse (T ("F32", "[1.0]", "[0,4]"), 4, INVALID, "not a count");
  refuse (T ("F32", "[true]", "[0,4]"), 4, INVALID, "not a count");
  refuse (T ("F32", "4", "[0,16]"), 16, INVALID, "shape is not an array");
}

#define U8(name, n, from, to) \
  "\"" name "\":{\"dtype\":\"U8\",\"shape\":[" n "],\"data_offsets\":[" from "," to "]}"

static void
test_s09 (void)
{
  refuse ("{" U8 ("a", "4", "0", "4") "," U8 ("b", "4", "2", "6") "}", 6, INVALID,
          "'b': invalid offset");
  refuse ("{" U8 ("a", "4", "0", "4") "," U8 ("b", "4", "0", "4") "}", 4, INVALID,
          "invalid offset");
  refuse ("{" U8 ("a", "2", "0", "2") "," U8 ("b", "2", "4", "6") "}", 6, INVALID,
          "'b': invalid offset");
  refuse ("{" U8 ("a", "2", "2", "4") "}", 4, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "2", "2", "0") "}", 2, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "9", "0", "9") "}", 8, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "2", "-2", "0") "}", 2, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "2", "0", "2.0") "}", 2, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "2", "0", "\"2\"") "}", 2, INVALID, "invalid offset");
  refuse ("{" U8 ("a", "2", "0", "9223372036854775807") "}", 2, INVALID, "invalid offset");
  refuse (T ("U8", "[2]", "[0]"), 2, INVALID, "not two integers");
  refuse (T ("U8", "[2]", "[0,1,2]"), 2, INVALID, "not two integers");
  refuse (T ("U8", "[2]", "{}"), 2, INVALID, "not two integers");
}

static void
test_s10 (void)
{
  refuse ("{" U8 ("a", "0", "0", "0") "," U8 ("a", "0", "0", "0") "}", 0, INVALID, "duplicate");
  refuse ("{\"__metadata__\":{},\"__metadata__\":{}}", 0, INVALID, "duplicate");
  refuse ("{\"t\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0,
          INVALID, "duplicate");
}

static void
test_s11 (void)
{
  refuse ("{\"__metadata__\":{\"k\":1}}", 0, INVALID, "'k' is not a string");
  refuse ("{\"__metadata__\":{\"k\":null}}", 0, INVALID, "'k' is not a string");
  refuse ("{\"__metadata__\":{\"k\":{}}}", 0, INVALID, "'k' is not a string");
  refuse ("{\"__metadata__\":[]}", 0, INVALID, "not an object");
}

static void
test_s12 (void)
{
  g_autoptr (GuiseSafetensors) file = accept (T ("BF16", "[1]", "[0,2]"), 2);

  g_assert_cmpuint (guise_safetensors_get_n_tensors (file), ==, 1);
  refuse (T ("F7", "[0]", "[0,0]"), 0, UNSUPPORTED, "unsupported dtype 'F7'");
  refuse (T ("F8_E4M3", "[1]", "[0,1]"), 1, UNSUPPORTED, "unsupported dtype 'F8_E4M3'");
  refuse (T ("f32", "[0]", "[0,0]"), 0, UNSUPPORTED, "unsupported dtype 'f32'");
  refuse ("{\"t\":{\"dtype\":32,\"shape\":[0],\"data_offsets\":[0,0]}}", 0, INVALID,
          "dtype is not a string");
  refuse ("{\"t\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0, INVALID, "not an object of dtype");
  refuse ("{\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1}}", 0, INVALID,
          "not an object of dtype");
  refuse ("{\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"offsets\":[0,0]}}", 0, INVALID,
          "not two integers");
  refuse ("{\"t\":[]}", 0, INVALID, "not an object of dtype");
}

static void
test_s13 (void)
{
  g_autoptr (GuiseSafetensors) scalar = accept (T ("U8", "[]", "[0,1]"), 1);
  g_autoptr (GuiseSafetensors) empty
      = accept ("{" U8 ("c", "1", "0", "1") "," U8 ("b", "0", "1", "1") "," U8 (
                    "a", "3,0,9", "0", "0") "," U8 ("d", "1", "1", "2") "}",
                2);

  g_assert_cmpint (guise_safetensors_get (scalar, 0)->n_dims, ==, 0);
  g_assert_cmpuint (guise_safetensors_get (scalar, 0)->n_elements, ==, 1);
  g_assert_cmpuint (guise_safetensors_get_n_tensors (empty), ==, 4);
  g_assert_cmpuint (guise_safetensors_lookup (empty, "a")->n_elements, ==, 0);
  g_assert_cmpint (guise_safetensors_lookup (empty, "a")->n_dims, ==, 3);
  g_assert_cmpuint (guise_safetensors_lookup (empty, "d")->data[0], ==, 1);
}

static void
test_s14_count (void)
{
  g_autoptr (GString) header = g_string_new ("{");

  for (int i = 0; i < 65537; i++)
    g_string_append_printf (header,
                            "%s\"%x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}",
                            i > 0 ? "," : "", i);
  g_string_append_c (header, '}');
  refuse (header->str, 0, TOO_LARGE, "65537 tensors are more than the 65536 allowed");
  g_string_assign (header, "{\"a\":[");
  for (int i = 0; i < 10000000; i++)
    g_string_append (header, "0,");
  g_string_append (header, "0]}");
  refuse (header->str, 0, TOO_LARGE, "too many values"); /* by the scan: no value was built */
}

static void
test_s14_name (void)
{
  g_autofree char *name = g_strnfill (1 << 20, 'n');
  g_autofree char *header = g_strdup_printf ("{\"%s\":{}}", name);

  refuse (header, 0, TOO_LARGE, "too long");
  name[1025] = '\0'; /* below the scan's cap */
  g_free (header);
  header
      = g_strdup_printf ("{\"%s\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", name);
  refuse (header, 0, TOO_LARGE, "the tensor name");
}

static void
test_s14_depth (void)
{
  g_autofree char *header = g_strnfill (1000000, '[');
  g_autofree char *named = g_strconcat ("{\"a\":", header, NULL);

  refuse (header, 0, TOO_LARGE, "nested too deeply");
  refuse (named, 0, TOO_LARGE, "nested too deeply");
  refuse (T ("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, TOO_LARGE, "9 dimensions");
}

static void
test_s15 (void)
{
  static const char *const names[]
      = { "../../etc/passwd", "/dev/null", "<b>&amp;</b>", "a\nb", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    json_t *header = json_pack ("{s:{s:s, s:[i], s:[i, i]}}", names[i], "dtype", "U8", "shape", 1,
                                "data_offsets", 0, 1);
    char *text = json_dumps (header, 0);
    g_autoptr (GuiseSafetensors) file = accept (text, 1);

    g_assert_nonnull (guise_safetensors_lookup (file, names[i]));
    free (text);
    json_decref (header);
  }
  refuse ("{" U8 ("a\\u0000b", "1", "0", "1") "}", 1, INVALID, "JSON");
}

/* What a file says stands in a message on one line, and cannot reorder it. */
static void
test_s15_messages (void)
{
  refuse ("{\"a\\nb\\u202ec\":{}}", 0, INVALID, "tensor 'a\357\277\275b\357\277\275c'");
  refuse (T ("F\xc3\xa9\\n", "[0]", "[0,0]"), 0, UNSUPPORTED, "'F\xc3\xa9\357\277\275'");
}

/* Each tensor's size is fine, their sum wraps: the offsets cannot follow. */
static void
test_s20 (void)
{
  refuse ("{" U8 ("a", "9223372036854775807", "0", "9223372036854775807") "," U8 (
              "b", "9223372036854775807", "9223372036854775807",
              "18446744073709551614") "," U8 ("c", "18", "18446744073709551614", "16") "}",
          16, INVALID, "too big integer");
  refuse ("{" U8 ("a", "9223372036854775807", "0", "9223372036854775807") "," U8 (
              "b", "9223372036854775807", "9223372036854775807", "-2") "}",
          16, INVALID, "invalid offset");
}

/* -- writing and reading back -- */

static const float floats[] = { 0, -0.0f, 1, -2.5f, 65504, 1e-7f };
static const double doubles[] = { M_PI, -1e300 };
static const gint64 longs[] = { G_MININT64, G_MAXINT64, 7 };
static const gint32 words[] = { G_MININT32, G_MAXINT32 };
static const guint8 octets[] = { 0, 127, 255 };

static GuiseSafetensorsWriter *
create_writer (gboolean backwards)
{
  GuiseSafetensorsWriter *writer = guise_safetensors_writer_new ();

  for (int step = 0; step < 6; step++)
    switch (backwards ? 5 - step : step) {
    case 0:
      guise_safetensors_writer_add (writer, "floats", GUISE_DTYPE_F32, 2, (gsize[]){ 2, 3 },
                                    floats);
      break;
    case 1:
      guise_safetensors_writer_add (writer, "doubles", GUISE_DTYPE_F64, 1, (gsize[]){ 2 }, doubles);
      break;
    case 2:
      guise_safetensors_writer_add (writer, "longs", GUISE_DTYPE_I64, 1, (gsize[]){ 3 }, longs);
      break;
    case 3:
      guise_safetensors_writer_add (writer, "a/words", GUISE_DTYPE_I32, 1, (gsize[]){ 2 }, words);
      guise_safetensors_writer_add (writer, "empty", GUISE_DTYPE_F32, 2, (gsize[]){ 0, 3 }, NULL);
      break;
    case 4:
      guise_safetensors_writer_add (writer, "octets", GUISE_DTYPE_U8, 1, (gsize[]){ 3 }, octets);
      guise_safetensors_writer_add (writer, "scalar", GUISE_DTYPE_F64, 0, NULL, doubles);
      break;
    default:
      guise_safetensors_writer_add_half (writer, "half", 1, (gsize[]){ 6 }, floats);
      guise_safetensors_writer_set_metadata (writer, backwards ? "b" : "a", "1 \"quoted\"");
      guise_safetensors_writer_set_metadata (writer, backwards ? "a" : "b", "1 \"quoted\"");
      break;
    }
  return writer;
}

static void
write_file (const char *path, gboolean backwards)
{
  g_autoptr (GuiseSafetensorsWriter) writer = create_writer (backwards);
  g_autoptr (GError) error = NULL;

  guise_safetensors_writer_write (writer, path, &error);
  g_assert_no_error (error);
}

static void
test_round_trip (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) file = NULL;
  float f[6], half[6];
  double d[6];
  gint64 i[3];

  write_file (place->path, FALSE);
  file = guise_safetensors_open (place->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_safetensors_get_n_tensors (file), ==, 8);
  g_assert_cmpstr (guise_safetensors_get (file, 0)->name, ==, "a/words");
  g_assert_cmpstr (guise_safetensors_get_metadata (file, "a"), ==, "1 \"quoted\"");
  g_assert_null (guise_safetensors_get_metadata (file, "c"));
  g_assert_cmpuint (guise_safetensors_lookup (file, "floats")->shape[1], ==, 3);
  g_assert_true (guise_tensor_copy_float (guise_safetensors_lookup (file, "floats"), f, &error));
  g_assert_cmpmem (f, sizeof f, floats, sizeof floats);
  g_assert_true (guise_tensor_copy_double (guise_safetensors_lookup (file, "doubles"), d, &error));
  g_assert_cmpmem (d, sizeof doubles, doubles, sizeof doubles);
  g_assert_true (guise_tensor_copy_float (guise_safetensors_lookup (file, "scalar"), f, &error));
  g_assert_cmpfloat (f[0], ==, (float)M_PI);
  g_assert_true (guise_tensor_copy_float (guise_safetensors_lookup (file, "half"), half, &error));
  for (int k = 0; k < 6; k++)
    g_assert_cmpfloat (half[k], ==, guise_half_to_float (guise_float_to_half (floats[k])));
  g_assert_true (guise_tensor_copy_int64 (guise_safetensors_lookup (file, "longs"), i, &error));
  g_assert_cmpmem (i, sizeof i, longs, sizeof longs);
  g_assert_true (guise_tensor_copy_int64 (guise_safetensors_lookup (file, "a/words"), i, &error));
  g_assert_cmpint (i[0], ==, G_MININT32);
  g_assert_true (guise_tensor_copy_int64 (guise_safetensors_lookup (file, "octets"), i, &error));
  g_assert_cmpint (i[2], ==, 255);
  g_assert_true (guise_safetensors_verify (place->path, &error));
}

static void
test_deterministic (LoneFile *place, gconstpointer data)
{
  g_autofree char *one = NULL, *other = NULL;
  gsize n_one, n_other;
  guint64 length;

  write_file (place->path, FALSE);
  g_assert_true (g_file_get_contents (place->path, &one, &n_one, NULL));
  write_file (place->path, TRUE);
  g_assert_true (g_file_get_contents (place->path, &other, &n_other, NULL));
  g_assert_cmpmem (one, n_one, other, n_other);
  memcpy (&length, one, 8);
  g_assert_cmpuint (length % 8, ==, 0);
  g_assert_cmpint (one[8], ==, '{');
  g_assert_true (one[8 + length - 1] == ' ' || one[8 + length - 1] == '}');
}

static void
test_wrong_kind (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) file = NULL;
  double out[8];

  write_file (place->path, FALSE);
  file = guise_safetensors_open (place->path, &error);
  g_assert_false (guise_tensor_copy_double (guise_safetensors_lookup (file, "longs"), out, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "'longs'"));
  g_clear_error (&error);
  g_assert_false (
      guise_tensor_copy_int64 (guise_safetensors_lookup (file, "floats"), (gint64 *)out, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (guise_safetensors_require (file, "absent", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "'absent'"));
}

static void
test_damage (LoneFile *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize n;

  write_file (place->path, FALSE);
  g_assert_true (g_file_get_contents (place->path, &bytes, &n, NULL));
  bytes[n - 1] ^= 1;
  g_assert_true (g_file_set_contents (place->path, bytes, (gssize)n, NULL));
  g_assert_false (guise_safetensors_verify (place->path, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (place->path, bytes, (gssize)n - 1, NULL));
  g_assert_false (guise_safetensors_verify (place->path, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, INVALID);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (place->path, "\2\0\0\0\0\0\0\0{}", 10, NULL));
  g_assert_false (guise_safetensors_verify (place->path, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_null (guise_safetensors_open (place->folder, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
}

/* Whichever bit of the file is turned, it is not taken for whole. */
static void
test_s18 (LoneFile *place, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  guint64 length;
  gsize n;

  write_file (place->path, FALSE);
  g_assert_true (g_file_get_contents (place->path, &bytes, &n, NULL));
  memcpy (&length, bytes, sizeof length);
  for (gsize bit = 0; bit < 8 * n; bit += bit < 8 * (8 + length) ? 3 : 1) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) turned = NULL;
    g_autoptr (GuiseSafetensors) file = NULL;

    bytes[bit / 8] ^= (char)(1 << bit % 8);
    turned = g_bytes_new (bytes, n);
    file = guise_safetensors_parse (turned, "file", &error);
    bytes[bit / 8] ^= (char)(1 << bit % 8);
    if (bit / 8 >= 8 + length) { /* the tensors' bytes: the header is whole, the hash is not */
      g_assert_no_error (error);
      g_assert_false (guise_safetensors_check_hash (file, &error));
      g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_DAMAGED);
    } else if (file == NULL) {
      g_assert_true (error->domain == GUISE_FORMATS_ERROR);
    }
  }
}

/* A FIFO would make the reader wait, a device would never end. */
static void
test_s22_no_file (LoneFile *place, gconstpointer data)
{
  static const char *const odd[] = { "/dev/zero", "/dev/null", "/proc/self/fd" };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (place->path, 0600), ==, 0);
  g_assert_null (guise_safetensors_open (place->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_assert_nonnull (strstr (error->message, place->path));
  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
    g_clear_error (&error);
    g_assert_null (guise_safetensors_open (odd[i], &error));
    g_assert_true (error->domain == G_IO_ERROR);
  }
}

/* What was opened is what is read, whatever takes its name; mapped or not. */
static void
test_s22_replaced (LoneFile *place, gconstpointer data)
{
  const gsize sizes[] = { 16, 17 << 20 };

  for (gsize k = 0; k < G_N_ELEMENTS (sizes); k++) {
    g_autofree float *values = g_new0 (float, sizes[k]);
    g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
    g_autoptr (GuiseSafetensors) file = NULL;
    g_autoptr (GError) error = NULL;

    values[sizes[k] - 1] = 7;
    guise_safetensors_writer_add (writer, "t", GUISE_DTYPE_F32, 1, &sizes[k], values);
    g_assert_true (guise_safetensors_writer_write (writer, place->path, &error));
    file = guise_safetensors_open (place->path, &error);
    g_assert_no_error (error);
    write_file (place->path, FALSE); /* by rename, as all our files */
    g_assert_true (guise_safetensors_check_hash (file, &error));
    memset (values, 0, sizes[k] * sizeof *values);
    g_assert_true (guise_tensor_copy_float (guise_safetensors_get (file, 0), values, &error));
    g_assert_cmpfloat (values[sizes[k] - 1], ==, 7);
  }
}

static void
refuse_write (const char *path, const char *name, int n_dims, const char *why)
{
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  const gsize shape[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  g_autoptr (GError) error = NULL;

  guise_safetensors_writer_add (writer, "same", GUISE_DTYPE_U8, 0, NULL, octets);
  guise_safetensors_writer_add (writer, name, GUISE_DTYPE_U8, n_dims, shape, octets);
  g_assert_false (guise_safetensors_writer_write (writer, path, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, INVALID);
  g_assert_nonnull (strstr (error->message, why));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_bad_tensors (LoneFile *place, gconstpointer data)
{
  g_autofree char *name = g_strnfill (1025, 'n');

  refuse_write (place->path, "same", 0, "two of that name");
  refuse_write (place->path, "", 0, "empty");
  refuse_write (place->path, name, 0, "too long");
  refuse_write (place->path, "\xff", 0, "UTF-8");
  refuse_write (place->path, "__metadata__", 0, "reserved");
  refuse_write (place->path, "x", 9, "too many dimensions");
}

/* Larger than what is read whole, so it is mapped. */
static void
test_mapped (LoneFile *place, gconstpointer data)
{
  const gsize n = 17 << 20;
  g_autofree float *values = g_new0 (float, n);
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  g_autoptr (GuiseSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;

  values[n - 2] = 2.5;
  values[n - 1] = NAN;
  guise_safetensors_writer_add (writer, "big", GUISE_DTYPE_F32, 1, &n, values);
  g_assert_true (guise_safetensors_writer_write (writer, place->path, &error));
  file = guise_safetensors_open (place->path, &error);
  g_assert_no_error (error);
  g_assert_false (guise_safetensors_check_finite (file, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, INVALID);
  g_assert_nonnull (strstr (error->message, "'big': element 17825791 is not finite"));
  guise_safetensors_forget_pages (file); /* which come again */
  memcpy (values, guise_safetensors_get (file, 0)->data + (n - 2) * sizeof (float),
          sizeof (float));
  g_assert_cmpfloat (values[0], ==, 2.5);
}

/* Elements: half 0x7c00 is infinite, bfloat16 0x7fc0 is NaN; data lies unaligned behind one byte.
 */
static void
test_not_finite (void)
{
  static const guint8 body[] = { 9, 0, 0x3c, 0, 0x7c, 0x80, 0x3f, 0xc0, 0x7f };
  const char *header = "{\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[1,5]},"
                       "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                       "\"c\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[5,9]}}";
  g_autoptr (GBytes) bytes = create_file (header, sizeof body);
  g_autoptr (GuiseSafetensors) file = NULL;
  g_autoptr (GError) error = NULL;
  gsize index = 0, size;
  float out[2];

  memcpy ((guint8 *)g_bytes_get_data (bytes, &size) + 8 + strlen (header), body, sizeof body);
  file = guise_safetensors_parse (bytes, "file", &error);
  g_assert_no_error (error);
  g_assert_true (guise_tensor_copy_float (guise_safetensors_lookup (file, "b"), out, NULL));
  g_assert_cmpfloat (out[0], ==, 1);
  g_assert_true (isinf (out[1]));
  g_assert_true (guise_tensor_copy_float (guise_safetensors_lookup (file, "c"), out, NULL));
  g_assert_cmpfloat (out[0], ==, 1);
  g_assert_true (isnan (out[1]));
  g_assert_false (guise_tensor_find_non_finite (guise_safetensors_lookup (file, "a"), &index));
  g_assert_true (guise_tensor_find_non_finite (guise_safetensors_lookup (file, "c"), &index));
  g_assert_cmpuint (index, ==, 1);
  g_assert_false (guise_safetensors_check_finite (file, &error));
  g_assert_nonnull (strstr (error->message, "'b': element 1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/s01-too-short", test_s01);
  g_test_add_func ("/safetensors/s02-length-only", test_s02);
  g_test_add_func ("/safetensors/s03-huge-length", test_s03);
  g_test_add_func ("/safetensors/s04-not-utf8-not-json", test_s04);
  g_test_add_func ("/safetensors/s05-first-character", test_s05);
  g_test_add_func ("/safetensors/s06-buffer-length", test_s06);
  g_test_add_func ("/safetensors/s07-shape-against-offsets", test_s07);
  g_test_add_func ("/safetensors/s08-size-overflow", test_s08);
  g_test_add_func ("/safetensors/s09-offsets", test_s09);
  g_test_add_func ("/safetensors/s10-duplicates", test_s10);
  g_test_add_func ("/safetensors/s11-metadata", test_s11);
  g_test_add_func ("/safetensors/s12-dtypes", test_s12);
  g_test_add_func ("/safetensors/s13-scalar-and-empty", test_s13);
  g_test_add_func ("/safetensors/s14-count", test_s14_count);
  g_test_add_func ("/safetensors/s14-name", test_s14_name);
  g_test_add_func ("/safetensors/s14-depth", test_s14_depth);
  g_test_add_func ("/safetensors/s15-odd-names", test_s15);
  g_test_add_func ("/safetensors/s15-odd-names-in-messages", test_s15_messages);
  g_test_add_func ("/safetensors/s20-sum-wraps", test_s20);
  g_test_add_func ("/safetensors/s16-not-finite", test_not_finite);
  lone_file_test ("/safetensors/round-trip", test_round_trip);
  lone_file_test ("/safetensors/deterministic", test_deterministic);
  lone_file_test ("/safetensors/wrong-kind", test_wrong_kind);
  lone_file_test ("/safetensors/damage", test_damage);
  lone_file_test ("/safetensors/s18-one-bit", test_s18);
  lone_file_test ("/safetensors/s22-no-regular-file", test_s22_no_file);
  lone_file_test ("/safetensors/s22-replaced-while-open", test_s22_replaced);
  lone_file_test ("/safetensors/bad-tensors", test_bad_tensors);
  lone_file_test ("/safetensors/mapped", test_mapped);
  return g_test_run ();
}
