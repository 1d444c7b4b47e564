/* WordPiece against Hugging Face's fast BertTokenizer (tests/golden/make-wordpiece.py). */
#include "guise-bert-split.h"
#include "guise-formats-error.h"
#include "guise-jsonl.h"
#include "guise-wordpiece.h"

#include <string.h>

static GuiseWordpiece *
load_golden (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "wordpiece", "vocab.txt", NULL);
  g_autoptr (GError) error = NULL;
  GuiseWordpiece *wordpiece = guise_wordpiece_load (path, &error);

  g_assert_no_error (error);
  return wordpiece;
}

static char *
format_ids (const gint32 *ids, gsize n)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%d ", ids[i]);
  return g_string_free (text, FALSE);
}

static gboolean
check_case (json_t *object, guint64 line, gpointer data, GError **error)
{
  const GuiseWordpiece *wordpiece = data;
  const char *text = json_string_value (json_object_get (object, "text"));
  gsize max = (gsize)json_integer_value (json_object_get (object, "max"));
  json_t *list = json_object_get (object, "ids");
  gint32 ids[512], wanted[512];
  gsize n = guise_wordpiece_encode (wordpiece, text, max, ids), n_wanted = json_array_size (list);
  g_autofree char *got = format_ids (ids, n), *expected = NULL;

  for (gsize i = 0; i < n_wanted; i++)
    wanted[i] = (gint32)json_integer_value (json_array_get (list, i));
  expected = format_ids (wanted, n_wanted);
  if (strcmp (got, expected) != 0)
    g_test_message ("case %" G_GUINT64_FORMAT ": '%s'", line, text);
  g_assert_cmpstr (got, ==, expected);
  return TRUE;
}

static gboolean
count_case (json_t *object, guint64 line, gpointer data, GError **error)
{
  *(guint64 *)data = line;
  return TRUE;
}

static void
test_golden (void)
{
  g_autoptr (GuiseWordpiece) wordpiece = load_golden ();
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "wordpiece", "cases.jsonl", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseJsonlReport) report
      = guise_jsonl_read (path, 1 << 20, check_case, wordpiece, &error);
  g_autoptr (GuiseJsonlReport) again = NULL;
  guint64 n_cases = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (report->n_bad, ==, 0);
  again = guise_jsonl_read (path, 1 << 20, count_case, &n_cases, &error);
  g_assert_cmpuint (n_cases, >=, 300);
}

static gboolean
hash_word (const char *word, gsize n_bytes, gsize n_chars, gpointer data)
{
  GString *line = data;

  if (line->len > 0)
    g_string_append_c (line, '\x01');
  g_string_append_len (line, word, (gssize)n_bytes);
  g_assert_cmpint (g_utf8_strlen (word, (gssize)n_bytes), ==, n_chars);
  return TRUE;
}

/* Every code point between x and y. The corrections of guise-bert-unicode.c are made for Debian 12.
 */
static void
test_all_characters (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "wordpiece", "all-characters.sha256", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (glib_major_version != 2 || glib_minor_version != 74) {
    g_test_skip ("another GLib has another Unicode");
    return;
  }
  for (gunichar c = 1; c < 0x110000; c++) {
    char text[16] = "x";

    if (c >= 0xd800 && c < 0xe000)
      continue;
    text[1 + g_unichar_to_utf8 (c, text + 1)] = 'y';
    g_string_truncate (line, 0);
    g_assert_true (guise_bert_split (&guise_bert_uncased, text, strlen (text), hash_word, line));
    g_string_append_c (line, '\n');
    g_checksum_update (hash, (const guchar *)line->str, (gssize)line->len);
  }
  g_file_get_contents (path, &expected, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_checksum_get_string (hash), ==, g_strchomp (expected));
}

static void
test_invalid_utf8 (void)
{
  g_autoptr (GuiseWordpiece) wordpiece = load_golden ();
  gint32 broken[8], plain[8];
  gsize n_broken = guise_wordpiece_encode (wordpiece,
                                           "re\xff\xfe"
                                           "d \xe4\xb8",
                                           8, broken);
  gsize n_plain = guise_wordpiece_encode (wordpiece, "red", 8, plain);

  g_assert_cmpmem (broken, n_broken * sizeof *broken, plain, n_plain * sizeof *plain);
  g_assert_cmpuint (n_plain, ==, 3);
}

static GuiseWordpiece *
parse (const char *vocab, gsize size, GError **error)
{
  return guise_wordpiece_new (vocab, size, "vocab.txt", error);
}

#define PARSE(text, error) parse (text, sizeof (text) - 1, error)

static void
test_vocabulary (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseWordpiece) wordpiece
      = PARSE ("x\r\n[SEP]  \n[CLS]\n\n[UNK]\n[PAD]\nx\nlast", &error);

  g_assert_no_error (error);
  g_assert_cmpint (guise_wordpiece_get_n_tokens (wordpiece), ==, 8);
  g_assert_cmpint (guise_wordpiece_find_token (wordpiece, "x"), ==, 6); /* the later line */
  g_assert_cmpint (guise_wordpiece_find_token (wordpiece, "last"), ==, 7);
  g_assert_cmpint (guise_wordpiece_find_token (wordpiece, "absent"), ==, -1);
  g_assert_cmpstr (guise_wordpiece_get_token (wordpiece, 0), ==, "x");
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->pad, ==, 5);
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->unk, ==, 4);
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->cls, ==, 2);
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->sep, ==, 1);
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->mask, ==, -1);
}

static void
test_bad_vocabulary (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (PARSE ("[PAD]\n[UNK]\n[CLS]\na\n", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_assert_cmpstr (error->message, ==, "cannot read vocabulary 'vocab.txt': '[SEP]' is missing");
  g_clear_error (&error);
  g_assert_null (PARSE ("", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_null (PARSE ("[PAD]\n[UNK]\n[CLS]\n[SEP]\n\xff\n", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (PARSE ("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\0b\n", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (guise_wordpiece_load ("/nonexistent/vocab.txt", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wordpiece/golden", test_golden);
  g_test_add_func ("/wordpiece/all-characters", test_all_characters);
  g_test_add_func ("/wordpiece/invalid-utf8", test_invalid_utf8);
  g_test_add_func ("/wordpiece/vocabulary", test_vocabulary);
  g_test_add_func ("/wordpiece/bad-vocabulary", test_bad_vocabulary);
  return g_test_run ();
}
