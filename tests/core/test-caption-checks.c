/* The checks of descriptions: what each minds, where, and how badly. */
#include "guise-caption-checks.h"
#include "guise-splitter.h"

#include <string.h>

static GuiseLexicon *lexicon;

static GArray *
check (GuiseSide side, const char *text)
{
  GuiseCheckSettings settings = guise_check_settings_for (side);
  GArray *verdicts = guise_caption_check (lexicon, side, text, &settings, NULL, 0);

  g_assert_cmpuint (verdicts->len, ==, GUISE_N_CHECKS);
  for (guint i = 0; i < verdicts->len; i++) {
    const GuiseVerdict *verdict = &g_array_index (verdicts, GuiseVerdict, i);

    g_assert_cmpint (verdict->check, ==, i);
    g_assert_cmpint (verdict->level != GUISE_VERDICT_OK, ==, verdict->sentence != NULL);
    g_assert_cmpuint (verdict->start + verdict->length, <=, strlen (text));
  }
  return verdicts;
}

/* "leak hedge!": the checks that did not say ok, those that failed with a "!". */
static char *
sum_up (const GArray *verdicts)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < verdicts->len; i++) {
    const GuiseVerdict *verdict = &g_array_index (verdicts, GuiseVerdict, i);

    if (verdict->level != GUISE_VERDICT_OK)
      g_string_append_printf (out, "%s%s%s", out->len > 0 ? " " : "",
                              guise_check_get_name (verdict->check),
                              verdict->level == GUISE_VERDICT_FAIL ? "!" : "");
  }
  return g_string_free (out, FALSE);
}

static void
test_texts (void)
{
  static const struct {
    GuiseSide side;
    const char *text, *verdicts;
  } cases[] = {
    { GUISE_SIDE_IDENTITY, "A tall young man with short black hair and a beard.", "" },
    { GUISE_SIDE_CLOTHING, "Wearing a red coat, blue jeans and black boots, with no bag.", "" },
    { GUISE_SIDE_CLOTHING, "Wearing a long green dress and sandals.", "" },
    { GUISE_SIDE_CLOTHING, "A red coat and blue jeans. The shoes are not visible.", "" },
    { GUISE_SIDE_IDENTITY, "A man of unknown age with brown hair.", "" },
    /* form */
    { GUISE_SIDE_IDENTITY, "", "syntax! words! coverage!" },
    { GUISE_SIDE_IDENTITY, "a young man with short black hair.", "syntax" },
    { GUISE_SIDE_IDENTITY, "A young man with short black hair", "syntax" },
    { GUISE_SIDE_IDENTITY, "A young man\nwith short black hair.", "syntax!" },
    { GUISE_SIDE_IDENTITY, "A young man with \xe2\x80\x8bshort black hair.", "syntax!" },
    { GUISE_SIDE_IDENTITY, "A young man with short black hair \xff.", "syntax!" },
    { GUISE_SIDE_IDENTITY, "- A young man with short black hair.", "syntax!" },
    { GUISE_SIDE_IDENTITY, "A **young man** with short black hair.", "markup!" },
    { GUISE_SIDE_IDENTITY, "A young man with <b>short</b> black hair.", "markup!" },
    { GUISE_SIDE_IDENTITY, "A young man with short black hair, see www.example.org.",
      "markup! instruction!" },
    { GUISE_SIDE_IDENTITY, "A young man with black hair, null.", "markup!" },
    { GUISE_SIDE_CLOTHING, "A coat that says \"HI\", jeans and boots.", "markup" },
    { GUISE_SIDE_IDENTITY, "Here is a description of a young man with black hair.",
      "instruction!" },
    { GUISE_SIDE_IDENTITY, "A young young man with short black hair.", "repetition" },
    { GUISE_SIDE_IDENTITY, "A young man with black hair with black hair.", "repetition!" },
    { GUISE_SIDE_IDENTITY, "I'm sorry, but I cannot help a young man with black hair.",
      "refusal!" },
    /* what is said */
    { GUISE_SIDE_IDENTITY, "A tall man.", "words! coverage" },
    { GUISE_SIDE_IDENTITY, "Somebody is there to see.", "coverage!" },
    { GUISE_SIDE_IDENTITY, "A young man with black hair in a red shirt.", "leak!" },
    { GUISE_SIDE_IDENTITY, "A young man with black hair, dressed in black.", "leak!" },
    { GUISE_SIDE_CLOTHING, "He wears a red coat, jeans and boots.", "leak!" },
    { GUISE_SIDE_CLOTHING, "A tall person in a red coat, jeans and boots.", "leak!" },
    { GUISE_SIDE_IDENTITY, "A young Asian man with black hair.", "leak" },
    { GUISE_SIDE_IDENTITY, "A young man with black hair in a park.", "leak" },
    { GUISE_SIDE_IDENTITY, "Perhaps a young man with black hair.", "hedge" },
    { GUISE_SIDE_CLOTHING, "This seems to be a red coat, jeans and boots.", "hedge" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) verdicts = check (cases[i].side, cases[i].text);
    g_autofree char *sum = sum_up (verdicts);

    if (strcmp (sum, cases[i].verdicts) != 0)
      g_test_message ("%s", cases[i].text);
    g_assert_cmpstr (sum, ==, cases[i].verdicts);
  }
}

/* A verdict names the place and counts the others. */
static void
test_places (void)
{
  const char *text = "A young man with black hair in a red shirt, maybe tall, perhaps slim.";
  g_autoptr (GArray) verdicts = check (GUISE_SIDE_IDENTITY, text);
  const GuiseVerdict *leak = &g_array_index (verdicts, GuiseVerdict, GUISE_CHECK_LEAK);
  const GuiseVerdict *hedge = &g_array_index (verdicts, GuiseVerdict, GUISE_CHECK_HEDGE);

  g_assert_cmpstr (leak->sentence, ==, "it speaks of clothing: 'red'");
  g_assert_cmpuint (leak->n_found, ==, 2);
  g_assert_cmpuint (leak->start, ==, strstr (text, "red") - text);
  g_assert_cmpuint (leak->length, ==, 3);
  g_assert_cmpstr (hedge->sentence, ==, "it is not sure of itself: 'maybe'");
  g_assert_cmpuint (hedge->n_found, ==, 2);
}

static guint
count_letters (const char *text, gpointer user_data)
{
  (*(guint *)user_data)++;
  return (guint)strlen (text);
}

static void
test_length (void)
{
  const char *text = "A young man with black hair.";
  guint n_calls = 0;
  GuiseCheckSettings settings = guise_check_settings_for (GUISE_SIDE_IDENTITY);
  g_autoptr (GArray) fine = NULL;
  g_autoptr (GArray) long_words = NULL;
  g_autoptr (GArray) long_tokens = NULL;
  g_autofree char *words = NULL;
  g_autofree char *tokens = NULL;

  settings.max_words = 6;
  settings.max_tokens = 28;
  settings.count_tokens = count_letters;
  settings.user_data = &n_calls;
  fine = guise_caption_check (lexicon, GUISE_SIDE_IDENTITY, text, &settings, NULL, 0);
  words = sum_up (fine);
  g_assert_cmpstr (words, ==, "");
  settings.max_words = 5;
  settings.max_tokens = 27;
  long_tokens = guise_caption_check (lexicon, GUISE_SIDE_IDENTITY, text, &settings, NULL, 0);
  tokens = sum_up (long_tokens);
  g_assert_cmpstr (tokens, ==, "words! tokens!");
  g_assert_cmpuint (n_calls, ==, 2);
}

/* What is asked for can be more, and what the picture hides need not be said. */
static void
test_required (void)
{
  const char *text = "Wearing a red coat and boots.";
  GuiseCheckSettings settings = guise_check_settings_for (GUISE_SIDE_CLOTHING);
  g_autoptr (GArray) less
      = guise_caption_check (lexicon, GUISE_SIDE_CLOTHING, text, &settings, NULL, 0);
  g_autoptr (GArray) hidden = NULL;
  g_autofree char *sum = NULL;

  g_assert_cmpstr (g_array_index (less, GuiseVerdict, GUISE_CHECK_COVERAGE).sentence, ==,
                   "it says nothing of: lower");
  settings.unknown = 1 << GUISE_TOPIC_LOWER;
  hidden = guise_caption_check (lexicon, GUISE_SIDE_CLOTHING, text, &settings, NULL, 0);
  sum = sum_up (hidden);
  g_assert_cmpstr (sum, ==, "");
  g_assert_cmpuint (guise_caption_get_coverage (lexicon, "A slim lady, no hat, with a tote."), ==,
                    1 << GUISE_TOPIC_GENDER | 1 << GUISE_TOPIC_BUILD | 1 << GUISE_TOPIC_BAG
                        | 1 << GUISE_TOPIC_HEADWEAR);
}

static void
test_contradiction (void)
{
  static const struct {
    const char *text, *others[3], *wanted;
  } cases[] = {
    { "A red coat and jeans.", { "A red coat.", "A coat and blue jeans.", "A hat." }, NULL },
    { "With a handbag.",
      { "With a backpack.", "A rucksack.", "A backpack." },
      "its bag-type is 'handbag', but 3 of 3 other pictures say 'rucksack'" },
    { "With a handbag.", { "With a backpack.", "With a purse.", "Boots." }, NULL },
    { "With a bag.", { "With a backpack.", "With a backpack.", "Boots." }, NULL },
    { "A blue coat.", { "A dark blue coat.", "A navy coat.", "A coat." }, NULL },
    { "A blue coat.",
      { "A red coat.", "A coat.", "A coat." },
      "its upper-colour is 'blue', but 1 of 1 other pictures say 'red'" },
    { "With no hat.",
      { "With a red cap.", "A cap.", "A blue coat." },
      "its headwear-type is 'no hat', but 2 of 2 other pictures say 'cap'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GuiseCheckSettings settings = guise_check_settings_for (GUISE_SIDE_CLOTHING);
    GArray *others[3];
    g_autoptr (GArray) verdicts = NULL;

    for (guint n = 0; n < 3; n++)
      others[n] = guise_statements_read (lexicon, cases[i].others[n]);
    verdicts
        = guise_caption_check (lexicon, GUISE_SIDE_CLOTHING, cases[i].text, &settings, others, 3);
    g_assert_cmpstr (
        g_array_index (verdicts, GuiseVerdict, GUISE_CHECK_CONTRADICTION).sentence, ==,
        cases[i].wanted);
    for (guint n = 0; n < 3; n++)
      g_array_unref (others[n]);
  }
}

static void
test_decision (void)
{
  g_autoptr (GArray) fine = check (GUISE_SIDE_IDENTITY, "A young man with black hair.");
  g_autoptr (GArray) warned = check (GUISE_SIDE_IDENTITY, "Maybe a young man with black hair");
  g_autoptr (GArray) bad = check (GUISE_SIDE_IDENTITY, "A young man with a hat.");

  g_assert_cmpint (guise_caption_decide (fine, 9), ==, GUISE_DECISION_ACCEPT);
  g_assert_cmpint (guise_caption_decide (warned, 0), ==, GUISE_DECISION_ACCEPT);
  g_assert_cmpint (guise_caption_decide (bad, 0), ==, GUISE_DECISION_REGENERATE);
  g_assert_cmpint (guise_caption_decide (bad, 3), ==, GUISE_DECISION_REGENERATE);
  g_assert_cmpint (guise_caption_decide (bad, 4), ==, GUISE_DECISION_FALL_BACK);
}

/* Hair is on the side on which it was put. */
static void
test_side (void)
{
  g_autoptr (GuiseLexicon) other = guise_lexicon_load ("en", NULL);
  GuiseCheckSettings settings = guise_check_settings_for (GUISE_SIDE_CLOTHING);
  const char *text = "Short black hair, wearing a red coat, jeans and boots.";
  g_autoptr (GArray) kept = check (GUISE_SIDE_CLOTHING, text);
  g_autoptr (GArray) moved = NULL;
  g_autofree char *before = sum_up (kept);
  g_autofree char *after = NULL;

  g_assert_cmpstr (before, ==, "leak!");
  guise_lexicon_set_side (other, GUISE_SLOT_HAIR_COLOUR, GUISE_SIDE_CLOTHING);
  guise_lexicon_set_side (other, GUISE_SLOT_HAIR_STYLE, GUISE_SIDE_CLOTHING);
  moved = guise_caption_check (other, GUISE_SIDE_CLOTHING, text, &settings, NULL, 0);
  after = sum_up (moved);
  g_assert_cmpstr (after, ==, "");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  lexicon = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  g_test_add_func ("/checks/texts", test_texts);
  g_test_add_func ("/checks/places", test_places);
  g_test_add_func ("/checks/length", test_length);
  g_test_add_func ("/checks/required", test_required);
  g_test_add_func ("/checks/contradiction", test_contradiction);
  g_test_add_func ("/checks/decision", test_decision);
  g_test_add_func ("/checks/side", test_side);
  status = g_test_run ();
  guise_lexicon_free (lexicon);
  return status;
}
