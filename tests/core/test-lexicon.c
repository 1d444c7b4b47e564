/* Lexicons: their files, how they are refused, how a text falls into terms, and refusals. */
#include "guise-formats-error.h"
#include "guise-lexicon.h"
#include "temp-folder.h"

#include <string.h>

static GuiseLexicon *english;

static void
test_english (void)
{
  g_assert_cmpuint (guise_lexicon_get_n_terms (english), >, 4000);
  g_assert_cmpstr (guise_lexicon_get_word (english, "shoes"), ==, "footwear");
  g_assert_cmpstr (guise_lexicon_get_word (english, "no such key"), ==, "no such key");
}

static void
test_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "shirt: shirt", "line 1: 'shirt: shirt' stands before the first [section]" },
    { "[uper]\n", "line 1: there is no section '[uper]'" },
    { "[upper\n", "line 1: there is no section '[upper'" },
    { "[]\n", "line 1: there is no section '[]'" },
    { "[upper]\nshirt\n", "line 2: 'shirt' is not of the form" },
    { "[upper]\n: shirt\n", "line 2: ': shirt' is not of the form" },
    { "[upper]\nshirt:\n", "line 2: 'shirt' has no term" },
    { "[upper]\nshirt: shirt,, tee\n", "line 2: '' is no term" },
    { "[upper]\nshirt: a.b\n", "line 2: 'a.b' is no term" },
    { "[upper]\nshirt: shirt, Shirt\n", "line 2: 'Shirt' stands twice" },
    { "[upper]\n\nshirt: shirt\ncoat: shirt\n", "line 4: 'shirt' is 'coat' here, and 'shirt'" },
    { "[upper]\nshirt: shirt(s) top\n", "a bracket with the plural's ending" },
    { "[upper]\nshirt: shirt()\n", "a bracket with the plural's ending" },
    { "[upper]\nshirt: a b c d e f g h i\n", "has more than 8 words" },
    { "[upper]\nshirt: \xff\n", "the file is not UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseLexicon) lexicon
        = guise_lexicon_parse (cases[i].text, strlen (cases[i].text), "x.txt", &error);

    if (lexicon != NULL)
      g_error ("taken: '%s'", cases[i].text);
    g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
    g_assert_true (g_str_has_prefix (error->message, "cannot read the lexicon 'x.txt': line "));
    if (strstr (error->message, cases[i].message) == NULL)
      g_error ("'%s' does not say '%s'", error->message, cases[i].message);
  }
}

static void
test_zero_byte (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_lexicon_parse ("[upper]\0", 8, "x.txt", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
}

static void
test_missing (void)
{
  static const char *const names[] = { "xx", "", "../lexicon", ".", "a/b" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_lexicon_load (names[i], &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  }
}

/* A folder of files is one lexicon, whatever their number; files of other names are not read. */
static void
test_folder (void)
{
  char *place = temp_folder_new ("lexicon");
  g_autoptr (GuiseLexicon) lexicon = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_lexicon_load_folder (place, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  temp_folder_put (place, "one.txt", "[upper]\nMantel: Mantel(Mäntel)\n", -1);
  temp_folder_put (place, "two.txt", "\xef\xbb\xbf[colour]\nrot: rot, rote\n", -1);
  temp_folder_put (place, "notes.md", "[nothing", -1);
  lexicon = guise_lexicon_load_folder (place, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_lexicon_get_n_terms (lexicon), ==, 4);
  temp_folder_put (place, "two.txt", "[upper]\nJacke: mantel\n", -1);
  g_assert_null (guise_lexicon_load_folder (place, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "two.txt': line 2:"));
  temp_folder_free (place);
}

/* "man|'s": what the units of a text are, unknown words in brackets. */
static char *
show_units (const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (english, text);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < units->len; i++) {
    const GuiseUnit *unit = &g_array_index (units, GuiseUnit, i);
    gboolean unknown = unit->kind == GUISE_UNIT_WORD && unit->term == NULL;

    g_string_append_printf (out, "%s%s%.*s%s", i > 0 ? "|" : "", unknown ? "(" : "",
                            (int)unit->length, text + unit->start, unknown ? ")" : "");
  }
  return g_string_free (out, FALSE);
}

static void
test_scan (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "   \t ", "" },
    { "A T-shirt", "A|T-shirt" },
    { "t shirt,tshirt/T\xe2\x80\x90SHIRT", "t shirt|,|tshirt|/|T\xe2\x80\x90SHIRT" },
    { "the man\xe2\x80\x99s hat.", "the|man\xe2\x80\x99s|hat|." },
    { "navy blue, navy", "navy blue|,|navy" },
    { "a zorgle coat", "a|(zorgle)|coat" },
    { "coat - red", "coat|-|red" },
    { "red\ncoat:", "red|\n|coat|:" },
    { "\xff red \xc3", "\xff|red|\xc3" },
    { "caf\xc3\xa9 \xe7\xba\xa2\xe8\x89\xb2", "(caf\xc3\xa9)|(\xe7\xba\xa2\xe8\x89\xb2)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *units = show_units (cases[i][0]);

    g_assert_cmpstr (units, ==, cases[i][1]);
  }
}

static void
test_content (void)
{
  g_autoptr (GArray) units
      = guise_lexicon_scan (english, "the man in a red coat zorgles and she is tall");
  static const gboolean wanted[]
      = { FALSE, TRUE, FALSE, FALSE, TRUE, TRUE, FALSE, FALSE, FALSE, FALSE, TRUE };

  g_assert_cmpuint (units->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < units->len; i++)
    g_assert_cmpint (guise_lexicon_is_content (g_array_index (units, GuiseUnit, i).term), ==,
                     wanted[i]);
}

static void
test_refusals (void)
{
  static const char *const refusals[] = {
    "I'm sorry, but I can't help with that.",
    "I\xe2\x80\x99m SORRY. This picture shows a real person.",
    "As an AI, I do not identify people.",
    "Es tut mir leid, das geht nicht.",
    "\xe5\xaf\xb9\xe4\xb8\x8d\xe8\xb5\xb7\xef\xbc\x8c\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95",
  };
  static const char *const answers[]
      = { "A man in a red coat.", "", "A woman with a canvas bag, not sorry.",
          "Wearing a shirt that says cannotes." };

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    g_assert_nonnull (guise_lexicon_find_refusal (english, refusals[i]));
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    g_assert_cmpstr (guise_lexicon_find_refusal (english, answers[i]), ==, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  english = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  g_test_add_func ("/lexicon/english", test_english);
  g_test_add_func ("/lexicon/refused", test_refused);
  g_test_add_func ("/lexicon/zero-byte", test_zero_byte);
  g_test_add_func ("/lexicon/missing", test_missing);
  g_test_add_func ("/lexicon/folder", test_folder);
  g_test_add_func ("/lexicon/scan", test_scan);
  g_test_add_func ("/lexicon/content", test_content);
  g_test_add_func ("/lexicon/refusals", test_refusals);
  status = g_test_run ();
  guise_lexicon_free (english);
  return status;
}
