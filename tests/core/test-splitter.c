/* The offline splitter: what it says is what the captions state. Measured on the demo, whose data
 * (attributes.json, planted.json) and words (guise-demo-lexicon.h, read by demo-reader.h) know
 * nothing of our lexicons. */
#include "demo-folder.h"
#include "demo-reader.h"
#include "guise-demo.h"
#include "guise-splitter.h"
#include "temp-folder.h"

#include <string.h>

#define N_PERSONS 36
#define SEED 11

static GuiseLexicon *lexicon;
static char *place;
static DemoFolder folder;

#define EACH_IMAGE(image)                                         \
  for (const DemoImage *image = (DemoImage *)folder.images->data; \
       image < (DemoImage *)folder.images->data + folder.images->len; image++)

/* ---- the demo ---- */

typedef struct {
  guint right, wrong, missing, invented;
} Count;

static gboolean
is_planted (const DemoImage *image, guint caption, guint attribute, gint8 value)
{
  json_t *mistake;
  size_t i;

  json_array_foreach (folder.planted, i, mistake)
  {
    if (g_strcmp0 (json_string_value (json_object_get (mistake, "file_path")), image->file_path)
            != 0
        || g_strcmp0 (json_string_value (json_object_get (mistake, "kind")), "caption") != 0
        || json_integer_value (json_object_get (mistake, "index")) != caption)
      continue;
    return demo_find_attribute (json_string_value (json_object_get (mistake, "attribute")))
               == attribute
           && demo_find_value (attribute,
                               json_string_value (json_object_get (mistake, "stated")))
                  == (guint8)value;
  }
  return FALSE;
}

/* What a caption states: true of the picture, but for its planted mistake. */
static void
read_caption (const DemoImage *image, guint caption, gint8 *claims)
{
  g_autofree char *why = NULL;

  g_assert_true (demo_read_text (image->captions[caption], claims, &why));
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (claims[a] >= 0 && claims[a] != image->truth[a])
      g_assert_true (is_planted (image, caption, a, claims[a]));
}

/* What the two descriptions state; neither may speak of the other's. */
static void
read_split (const GuiseCaptionSplit *split, gint8 *claims)
{
  gint8 clothing[GUISE_DEMO_N_ATTRIBUTES];
  g_autofree char *why = NULL;

  memset (claims, -1, GUISE_DEMO_N_ATTRIBUTES);
  if (split->identity != NULL && !demo_read_text (split->identity, claims, &why))
    g_error ("'%s': %s", split->identity, why);
  memset (clothing, -1, sizeof clothing);
  if (split->clothing != NULL && !demo_read_text (split->clothing, clothing, &why))
    g_error ("'%s': %s", split->clothing, why);
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (a < GUISE_DEMO_FIRST_CLOTHING) {
      if (clothing[a] >= 0)
        g_error ("'%s' says who somebody is", split->clothing);
    } else {
      if (claims[a] >= 0)
        g_error ("'%s' says what somebody wears", split->identity);
      claims[a] = clothing[a];
    }
}

static void
count_claims (Count *counts, const gint8 *wanted, const gint8 *claims)
{
  for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++) {
    if (wanted[a] >= 0 && claims[a] == wanted[a])
      counts[a].right++;
    else if (wanted[a] >= 0 && claims[a] >= 0)
      counts[a].wrong++;
    else if (wanted[a] >= 0)
      counts[a].missing++;
    else if (claims[a] >= 0)
      counts[a].invented++;
  }
}

static void
judge (const char *what, const Count *counts)
{
  Count all = { 0 };

  for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++) {
    const Count *c = &counts[a];

    all.right += c->right;
    all.wrong += c->wrong;
    all.missing += c->missing;
    all.invented += c->invented;
    g_test_message ("%s, %s: precision %.4f, recall %.4f of %u", what,
                    guise_demo_attributes[a].name,
                    c->right / MAX (1.0, c->right + c->wrong + c->invented),
                    c->right / MAX (1.0, c->right + c->wrong + c->missing),
                    c->right + c->wrong + c->missing);
    g_assert_cmpuint (c->right * 100, >=, (c->right + c->wrong + c->invented) * 95);
    g_assert_cmpuint (c->right * 100, >=, (c->right + c->wrong + c->missing) * 95);
  }
  g_test_message ("%s: precision %.4f, recall %.4f of %u stated", what,
                  (double)all.right / (all.right + all.wrong + all.invented),
                  (double)all.right / (all.right + all.wrong + all.missing),
                  all.right + all.wrong + all.missing);
  g_assert_cmpuint (all.right, >, 2000);
}

/* Each caption by itself. */
static void
test_one (void)
{
  Count counts[GUISE_DEMO_N_ATTRIBUTES] = { { 0 } };

  EACH_IMAGE (image)
  for (guint c = 0; c < 2; c++) {
    g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (lexicon, &image->captions[c], 1);
    gint8 wanted[GUISE_DEMO_N_ATTRIBUTES], claims[GUISE_DEMO_N_ATTRIBUTES];

    read_caption (image, c, wanted);
    read_split (split, claims);
    count_claims (counts, wanted, claims);
    if (g_test_verbose ())
      for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++)
        if (wanted[a] != claims[a])
          g_test_message ("%s: '%s' → '%s' '%s'", guise_demo_attributes[a].name,
                          image->captions[c], split->identity, split->clothing);
  }
  judge ("one caption", counts);
}

/* Both captions of a picture: where they differ, the first counts. */
static void
test_both (void)
{
  Count counts[GUISE_DEMO_N_ATTRIBUTES] = { { 0 } };

  EACH_IMAGE (image)
  {
    g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (lexicon, image->captions, 2);
    gint8 wanted[GUISE_DEMO_N_ATTRIBUTES], second[GUISE_DEMO_N_ATTRIBUTES];
    gint8 claims[GUISE_DEMO_N_ATTRIBUTES];

    read_caption (image, 0, wanted);
    read_caption (image, 1, second);
    for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
      if (wanted[a] < 0)
        wanted[a] = second[a];
    read_split (split, claims);
    count_claims (counts, wanted, claims);
    if (g_test_verbose ())
      for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++)
        if (wanted[a] != claims[a])
          g_test_message ("%s: '%s' '%s' → '%s' '%s'", guise_demo_attributes[a].name,
                          image->captions[0], image->captions[1], split->identity,
                          split->clothing);
  }
  judge ("both captions", counts);
}

/* ---- single texts ---- */

static GuiseCaptionSplit *
split_texts (const GuiseLexicon *words, const char *const *captions)
{
  return guise_splitter_split (words, captions, g_strv_length ((char **)captions));
}

static void
test_texts (void)
{
  static const struct {
    const char *captions[4], *identity, *clothing;
  } cases[] = {
    { { "A tall man with short black hair wearing a red coat and blue jeans." },
      "A tall man with short black hair.",
      "Wearing a red coat and blue jeans." },
    { { "she has on a Black T-SHIRT; white shorts" },
      "A woman.",
      "Wearing a black t-shirt and white shorts." },
    { { "the women is wering a balck jaket" }, "A woman.", "Wearing a black jacket." },
    { { "An old man in a uniform, with an umbrella." },
      "An old man.",
      "Wearing a uniform, with an umbrella." },
    { { "Hair: long, blonde. Hat: none. Shoes: unknown. Top: green." },
      "A person with long blonde hair.",
      "Wearing a green top, with no hat." },
    { { "Perhaps a boy, probably in a red shirt, near a wall." },
      "A boy.",
      "Wearing a red shirt." },
    { { "A <b>man</b> in a **red** coat\n\n{\"x\": null}" }, "A man.", "Wearing a red coat." },
    { { "Un homme \xe7\xba\xa2\xe8\x89\xb2 \xff wears a red coat" }, NULL, "Wearing a red coat." },
    { { "A woman in a green dress.", "A woman in trousers." },
      "A woman.",
      "Wearing a green dress." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GuiseCaptionSplit) split = split_texts (lexicon, cases[i].captions);

    g_assert_cmpstr (split->identity, ==, cases[i].identity);
    g_assert_cmpstr (split->clothing, ==, cases[i].clothing);
    g_assert_cmpint (split->identity == NULL, ==, split->why_no_identity != NULL);
    g_assert_cmpint (split->clothing == NULL, ==, split->why_no_clothing != NULL);
  }
}

/* Clauses of a caption are taken over where they say all and nothing else. */
static void
test_quoted (void)
{
  static const char *const captions[]
      = { "A man with short, dark hair, wearing a long coat over a white shirt.",
          "A man in a white shirt, a long coat and boots.", NULL };
  g_autoptr (GuiseCaptionSplit) one = guise_splitter_split (lexicon, captions, 1);
  g_autoptr (GuiseCaptionSplit) two = guise_splitter_split (lexicon, captions, 2);

  g_assert_true (one->identity_quoted);
  g_assert_true (one->clothing_quoted);
  g_assert_cmpstr (one->identity, ==, "A man with short, dark hair.");
  g_assert_cmpstr (one->clothing, ==, "Wearing a long coat over a white shirt.");
  g_assert_true (two->identity_quoted);
  g_assert_false (two->clothing_quoted); /* the first one leaves out the boots */
  g_assert_cmpstr (two->clothing, ==, "Wearing a long coat, a white shirt and boots.");
}

static void
test_nothing (void)
{
  static const char *const captions[] = { "", "Nothing can be seen here.", NULL };
  g_autoptr (GuiseCaptionSplit) none = guise_splitter_split (lexicon, NULL, 0);
  g_autoptr (GuiseCaptionSplit) empty = split_texts (lexicon, captions);

  g_assert_null (none->identity);
  g_assert_null (none->clothing);
  g_assert_cmpstr (none->why_no_identity, ==, "the image has no caption");
  g_assert_null (empty->identity);
  g_assert_null (empty->clothing);
  g_assert_cmpstr (empty->why_no_identity, ==, "no caption says who the person is");
  g_assert_cmpstr (empty->why_no_clothing, ==, "no caption says what is worn");
  g_assert_cmpuint (empty->slots->len, ==, 0);
}

/* ---- agreement ---- */

static void
test_agreement (void)
{
  static const char *const captions[]
      = { "A man in a red coat and jeans.", "A man in a blue coat and dark blue jeans.",
          "A woman in a dark blue coat with a scarf.", NULL };
  g_autoptr (GuiseCaptionSplit) split = split_texts (lexicon, captions);
  const GuiseSplitSlot *gender = &g_array_index (split->slots, GuiseSplitSlot, 0);
  const GuiseSplitConflict *conflict;

  g_assert_cmpstr (split->identity, ==, "A man.");
  g_assert_cmpstr (split->clothing, ==, "Wearing a blue coat, dark blue jeans and a scarf.");
  g_assert_cmpint (gender->slot, ==, GUISE_SLOT_GENDER);
  g_assert_cmpstr (gender->value, ==, "man");
  g_assert_cmpuint (gender->n_stating, ==, 3);
  g_assert_cmpuint (gender->n_agreeing, ==, 2);
  g_assert_cmpuint (split->conflicts->len, ==, 2);
  conflict = &g_array_index (split->conflicts, GuiseSplitConflict, 0);
  g_assert_cmpint (conflict->slot, ==, GUISE_SLOT_GENDER);
  g_assert_cmpuint (conflict->caption, ==, 2);
  g_assert_cmpstr (conflict->dropped, ==, "woman");
  conflict = &g_array_index (split->conflicts, GuiseSplitConflict, 1);
  g_assert_cmpint (conflict->slot, ==, GUISE_SLOT_UPPER_COLOUR);
  g_assert_cmpuint (conflict->caption, ==, 0);
  g_assert_cmpstr (conflict->dropped, ==, "red");
}

/* A colour goes with its garment: nobody said that the shirt is black. */
static void
test_no_mixture (void)
{
  static const char *const captions[] = { "A man in a shirt.", "A man in a black jacket.", NULL };
  g_autoptr (GuiseCaptionSplit) split = split_texts (lexicon, captions);

  g_assert_cmpstr (split->clothing, ==, "Wearing a shirt.");
  g_assert_cmpuint (split->conflicts->len, ==, 1);
}

static void
test_hair_side (void)
{
  static const char *const captions[]
      = { "A man with short black hair, wearing a red coat.", NULL };
  g_autoptr (GuiseLexicon) words = guise_lexicon_load ("en", NULL);
  g_autoptr (GuiseCaptionSplit) split = NULL;

  guise_lexicon_set_side (words, GUISE_SLOT_HAIR_COLOUR, GUISE_SIDE_CLOTHING);
  guise_lexicon_set_side (words, GUISE_SLOT_HAIR_STYLE, GUISE_SIDE_CLOTHING);
  split = split_texts (words, captions);
  g_assert_cmpstr (split->identity, ==, "A man.");
  g_assert_cmpstr (split->clothing, ==, "Wearing a red coat, with short black hair.");
}

/* However much a text says, the descriptions keep within their length. */
static void
test_long (void)
{
  g_autoptr (GString) text = g_string_new ("A man wearing ");
  const char *captions[] = { NULL, NULL };
  g_autoptr (GuiseCaptionSplit) split = NULL;
  g_auto (GStrv) words = NULL;

  for (guint i = 0; i < 4000; i++)
    g_string_append_printf (text, "a long dark blue striped %s, ",
                            i % 3 == 0   ? "coat"
                            : i % 3 == 1 ? "scarf"
                                         : "skirt");
  for (guint i = 0; i < 20000; i++)
    g_string_append (text, "black, ");
  captions[0] = text->str;
  split = split_texts (lexicon, captions);
  words = g_strsplit (split->clothing, " ", -1);
  g_assert_cmpuint (g_strv_length (words), <=, GUISE_SPLIT_MAX_WORDS);
  g_assert_nonnull (strstr (split->clothing, "coat"));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  lexicon = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  place = temp_folder_new ("splitter");
  root = g_build_filename (place, "people", NULL);
  guise_demo_write (root, N_PERSONS, SEED, 0, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  demo_folder_load (&folder, root);
  g_test_add_func ("/splitter/texts", test_texts);
  g_test_add_func ("/splitter/quoted", test_quoted);
  g_test_add_func ("/splitter/nothing", test_nothing);
  g_test_add_func ("/splitter/agreement", test_agreement);
  g_test_add_func ("/splitter/no-mixture", test_no_mixture);
  g_test_add_func ("/splitter/hair-side", test_hair_side);
  g_test_add_func ("/splitter/long", test_long);
  g_test_add_func ("/splitter/demo/one", test_one);
  g_test_add_func ("/splitter/demo/both", test_both);
  status = g_test_run ();
  demo_folder_clear (&folder);
  guise_lexicon_free (lexicon);
  temp_folder_free (place);
  return status;
}
