/* The tokenizers of whole folders against Hugging Face's fast ones (make-tokenizers.py), and what
 * becomes of damaged folders and hostile texts. */
#include "guise-clip-split.h"
#include "guise-formats-error.h"
#include "guise-tokenizer.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

enum {
  MAX_IDS = 77,
};

static char *
build_golden (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "tokenizers", name, NULL);
}

static char **
read_lines (const char *name)
{
  g_autofree char *path = build_golden (name), *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strsplit (text, "\n", -1);
}

static GuiseTokenizer *
open_golden (const char *name)
{
  g_autofree char *path = build_golden (name);
  g_autoptr (GError) error = NULL;
  GuiseTokenizer *tokenizer = guise_tokenizer_open (path, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static char *
encode (const GuiseTokenizer *tokenizer, const char *text, gsize max)
{
  g_autofree gint32 *ids = g_new (gint32, max);
  gsize n = guise_tokenizer_encode (tokenizer, text, max, ids);
  GString *out = g_string_new (NULL);

  g_assert_cmpuint (n, <=, max);
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (out, i > 0 ? " %d" : "%d", ids[i]);
  return g_string_free (out, FALSE);
}

/* line: "TEXT MAX IDS…" */
static void
check_line (const GuiseTokenizer *tokenizer, char **texts, const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 3);
  guint64 number = g_ascii_strtoull (parts[0], NULL, 10);
  gsize max = (gsize)g_ascii_strtoull (parts[1], NULL, 10);
  json_auto_t *text = json_loads (texts[number], JSON_DECODE_ANY, NULL);
  g_autofree char *got = NULL;

  g_assert_true (json_is_string (text));
  got = encode (tokenizer, json_string_value (text), max);
  if (strcmp (got, parts[2]) != 0)
    g_test_message ("text %" G_GUINT64_FORMAT ": %s", number, texts[number]);
  g_assert_cmpstr (got, ==, parts[2]);
}

typedef struct {
  const char *folder;
  GuiseTokenizerKind kind;
  guint least; /* texts */
} Golden;

static const Golden goldens[] = {
  { "bert", GUISE_TOKENIZER_BERT, 2000 },
  { "bert-cased", GUISE_TOKENIZER_BERT, 2000 },
  { "bert-json", GUISE_TOKENIZER_BERT, 400 },
  { "clip", GUISE_TOKENIZER_CLIP, 2000 },
  { "clip-config", GUISE_TOKENIZER_CLIP, 200 },
  { "clip-json", GUISE_TOKENIZER_CLIP, 400 },
};

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;
  g_autoptr (GuiseTokenizer) tokenizer = open_golden (golden->folder);
  g_autofree char *name = g_strconcat (golden->folder, ".ids", NULL);
  g_auto (GStrv) texts = read_lines ("texts.txt"), lines = read_lines (name);
  guint n = 0;

  g_assert_cmpint (guise_tokenizer_get_kind (tokenizer), ==, golden->kind);
  for (; lines[n] != NULL && *lines[n] != '\0'; n++)
    check_line (tokenizer, texts, lines[n]);
  g_assert_cmpuint (n, >=, golden->least);
}

static gboolean
hash_word (const char *word, gsize n_bytes, gpointer data)
{
  GString *line = data;

  if (line->len > 0)
    g_string_append_c (line, '\x01');
  g_string_append_len (line, word, (gssize)n_bytes);
  return TRUE;
}

/* Every code point in several places. The corrections of GLib's tables are made for Debian 12. */
static void
test_all_characters (void)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  g_auto (GStrv) expected = read_lines ("clip-characters.sha256");

  if (glib_major_version != 2 || glib_minor_version != 74) {
    g_test_skip ("another GLib has another Unicode");
    return;
  }
  for (gunichar c = 1; c < 0x110000; c++) {
    char s[8] = { 0 };
    g_autofree char *text = NULL;
    g_autoptr (GString) line = g_string_new (NULL), normal = NULL;

    if (c >= 0xd800 && c < 0xe000)
      continue;
    g_unichar_to_utf8 (c, s);
    text = g_strdup_printf ("x%sy %s\u0327\u0301 o\u0302%s\u0323 \u1112%s\u11ab", s, s, s, s);
    normal = guise_clip_normalise (text, strlen (text));
    g_assert_true (guise_clip_split (normal->str, normal->len, FALSE, hash_word, line));
    g_string_append_c (line, '\n');
    g_checksum_update (hash, (const guchar *)line->str, (gssize)line->len);
  }
  g_assert_cmpstr (g_checksum_get_string (hash), ==, expected[0]);
}

static void
test_specials (void)
{
  g_autoptr (GuiseTokenizer) bert = open_golden ("bert"), clip = open_golden ("clip");
  const GuiseTokenizerSpecials *specials = guise_tokenizer_get_specials (bert);
  g_autofree char *empty = encode (bert, "", 9), *nothing = encode (clip, " ", 2), *unknown = NULL;

  g_assert_cmpstr (empty, ==, "2 3");
  g_assert_cmpint (specials->pad, ==, 0);
  g_assert_cmpint (specials->unk, ==, 1);
  g_assert_cmpuint (guise_tokenizer_get_usual_max (bert), ==, 64);
  specials = guise_tokenizer_get_specials (clip);
  unknown = g_strdup_printf ("%d %d", specials->begin, specials->end);
  g_assert_cmpstr (nothing, ==, unknown);
  g_assert_cmpint (specials->end, ==, guise_tokenizer_get_n_tokens (clip) - 1);
  g_assert_cmpint (specials->begin, ==, specials->end - 1);
  g_assert_cmpuint (guise_tokenizer_get_usual_max (clip), ==, MAX_IDS);
}

/* Words and runs of marks of a hundred thousand characters and more: quadratic, this would not
 * end. */
static void
test_long (void)
{
  static const char *const parts[] = { "a", "ab", "red", "!", "'", "1", "é", "中", "😀", "\u0301",
                                       "\u0327\u0301", "[SEP]", "<|endoftext|>", "<|", " \t" };
  g_autoptr (GuiseTokenizer) bert = open_golden ("bert"), clip = open_golden ("clip");
  gint32 ids[MAX_IDS];

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autoptr (GString) text = g_string_new ("o");

    while (text->len < 300000)
      g_string_append (text, parts[i]);
    g_assert_cmpuint (guise_tokenizer_encode (bert, text->str, MAX_IDS, ids), >=, 2);
    g_assert_cmpuint (guise_tokenizer_encode (clip, text->str, MAX_IDS, ids), >=, 2);
  }
}

static void
test_not_utf8 (void)
{
  static const char *const names[] = { "bert", "clip" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GuiseTokenizer) tokenizer = open_golden (names[i]);
    g_autofree char *broken = encode (tokenizer, "re\xff\xfe"
                                                 "d \xe4\xb8",
                                      MAX_IDS);
    g_autofree char *plain = encode (tokenizer, "red ", MAX_IDS);

    g_assert_cmpstr (broken, ==, plain);
  }
}

/* ---- bad folders ---- */

/* Opening folder fails with one sentence that says why. */
static void
expect (const char *folder, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseTokenizer) tokenizer = guise_tokenizer_open (folder, &error);

  if (tokenizer != NULL)
    g_test_message ("opened: %s", why);
  g_assert_null (tokenizer);
  if (strstr (error->message, why) == NULL)
    g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, why));
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_null (strchr (error->message, '\n'));
}

#define ENDS "\"<|startoftext|>\":0,\"<|endoftext|>\":1"

static void
test_bad_clip (void)
{
  char *folder = temp_folder_new ("tokenizers");

  expect (folder, "no tokenizer.json, vocab.txt, or vocab.json");
  temp_folder_put (folder, "vocab.json", "{" ENDS ",\"a\":2,\"b</w>\":3,\"ab</w>\":4}", -1);
  expect (folder, "merges.txt");
  temp_folder_put (folder, "merges.txt", "#version: 0.2\na b</w>\nab</w> a\n", -1);
  expect (folder, "merges.txt: line 3': 'ab</w>a' is not in the vocabulary");
  temp_folder_put (folder, "merges.txt", "a b c\n", -1);
  expect (folder, "merges.txt: line 1': not two tokens with a space between");
  temp_folder_put (folder, "merges.txt", "a \n", -1);
  expect (folder, "not two tokens");
  temp_folder_put (folder, "merges.txt", "\xff a\n", -1);
  expect (folder, "not UTF-8");
  temp_folder_put (folder, "merges.txt", "", -1);
  temp_folder_put (folder, "vocab.json", "{\"<|startoftext|>\":0}", -1);
  expect (folder, "'<|endoftext|>' is missing");
  temp_folder_put (folder, "vocab.json", "{" ENDS ",\"a\":1}", -1);
  expect (folder, "has an id that another token has");
  temp_folder_put (folder, "vocab.json", "{" ENDS ",\"a\":-1}", -1);
  expect (folder, "the id of 'a' is no number from 0 to 4194303");
  temp_folder_put (folder, "vocab.json", "{" ENDS ",\"a\":4194304}", -1);
  expect (folder, "the id of 'a'");
  temp_folder_put (folder, "vocab.json", "{" ENDS ",\"a\":\"2\"}", -1);
  expect (folder, "the id of 'a'");
  temp_folder_put (folder, "vocab.json", "[1]", -1);
  expect (folder, "not an object of tokens and ids");
  temp_folder_put (folder, "vocab.json", "{\"a\":0", -1);
  expect (folder, "vocab.json");
  temp_folder_put (folder, "vocab.json", "{" ENDS "}", -1);
  temp_folder_put (folder, "tokenizer_config.json", "{", -1);
  expect (folder, "tokenizer_config.json");
  temp_folder_put (folder, "tokenizer_config.json", "{}", -1);
  temp_folder_put (folder, "added_tokens.json", "{}", -1);
  expect (folder, "added_tokens.json");
  temp_folder_free (folder);
}

/* A golden tokenizer.json with one place changed. */
static void
expect_changed (const char *folder, const char *golden, const char *from, const char *to,
                const char *why)
{
  g_autofree char *name = g_build_filename (golden, "tokenizer.json", NULL);
  g_auto (GStrv) lines = read_lines (name);
  const char *place = strstr (lines[0], from);
  g_autofree char *before = NULL, *text = NULL;

  g_assert_nonnull (place);
  before = g_strndup (lines[0], (gsize)(place - lines[0]));
  text = g_strconcat (before, to, place + strlen (from), NULL);
  temp_folder_put (folder, "tokenizer.json", text, -1);
  expect (folder, why);
}

static void
test_bad_json (void)
{
  char *folder = temp_folder_new ("tokenizers");

  temp_folder_put (folder, "tokenizer.json", "{}", -1);
  expect (folder, "'model' is missing");
  temp_folder_put (folder, "tokenizer.json", "{\"model\": {\"type\": \"Unigram\"}}", -1);
  expect (folder, "neither WordPiece nor BPE");
  temp_folder_put (folder, "tokenizer.json", "{\"model\": {\"type\": \"BPE\"}}", -1);
  expect (folder, "its normaliser is not CLIP's");
  expect_changed (folder, "clip-json", "\"NFC\"", "\"NFKC\"", "its normaliser is not CLIP's");
  expect_changed (folder, "clip-json", "'s|'t", "'t|'s", "its splitting into words is not CLIP's");
  expect_changed (folder, "clip-json", "\"</w>\"", "null", "mark of a word's end is not CLIP's");
  expect_changed (folder, "clip-json", "\"fuse_unk\":false", "\"fuse_unk\":true", "fuse_unk");
  expect_changed (folder, "clip-json", "\"sep\":", "\"cep\":", "its frame around a text");
  expect_changed (folder, "clip-json", "\"merges\":[[", "\"merges\":[[\"x\",\"yzy\"],[",
                  "merge 1': 'yzy' is not in the vocabulary");
  expect_changed (folder, "clip-json", "\"merges\":[[", "\"merges\":[\"x\",[", "not two tokens");
  expect_changed (folder, "clip-json", "\"merges\":", "\"merged\":", "'merges' is missing");
  expect_changed (folder, "clip-json", "\"lstrip\":false", "\"lstrip\":true", "its neighbours");
  expect_changed (folder, "clip-json", "\"added_tokens\":[{\"id\":", "\"added_tokens\":[{\"id\":1",
                  "another id than the vocabulary says");
  expect_changed (folder, "bert-json", "BertNormalizer", "Lowercase", "its normaliser");
  expect_changed (folder, "bert-json", "BertPreTokenizer", "Whitespace", "its splitting");
  expect_changed (folder, "bert-json", "subword_prefix\":\"##\"",
                  "subword_prefix\":\"@@\"", "its unknown token, prefix");
  expect_changed (folder, "bert-json", "\"[SEP]\":3", "\"[SEQ]\":3", "[SEP]");
  expect_changed (folder, "bert-json", "\"normalized\":false", "\"normalized\":true",
                  "normalising");
  temp_folder_free (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (goldens); i++) {
    g_autofree char *path = g_strconcat ("/tokenizers/golden/", goldens[i].folder, NULL);

    g_test_add_data_func (path, &goldens[i], test_golden);
  }
  g_test_add_func ("/tokenizers/all-characters", test_all_characters);
  g_test_add_func ("/tokenizers/specials", test_specials);
  g_test_add_func ("/tokenizers/long", test_long);
  g_test_add_func ("/tokenizers/not-utf8", test_not_utf8);
  g_test_add_func ("/tokenizers/bad-clip", test_bad_clip);
  g_test_add_func ("/tokenizers/bad-json", test_bad_json);
  return g_test_run ();
}
