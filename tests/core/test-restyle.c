/* Descriptions in the manner of a style: they say what the captions state, as the style says it. */
#include "demo-folder.h"
#include "guise-demo.h"
#include "guise-restyle.h"
#include "guise-splitter.h"
#include "guise-style-features.h"
#include "nn-gemm.h"
#include "temp-folder.h"

#include <math.h>
#include <string.h>

#define N_PERSONS 24
#define SEED 17

static GuiseLexicon *lexicon;
static char *place;
static DemoFolder folder;

/* Styles of invented exemplars. */
static GuiseStyles *
make_styles (const char *const *exemplars, size_t n)
{
  GuiseStyles *styles = g_new0 (GuiseStyles, 1);

  styles->n_styles = n;
  styles->styles = g_new0 (GuiseStyle, n);
  for (size_t s = 0; s < n; s++) {
    styles->styles[s].name = g_strdup_printf ("style-%zu", s + 1);
    styles->styles[s].exemplars = g_strsplit (exemplars[s], "|", -1);
  }
  return styles;
}

static void
test_texts (void)
{
  static const char *const captions[]
      = { "A tall man with short black hair in a red coat, blue jeans and boots, no hat." };
  static const struct {
    const char *exemplar, *identity, *clothing;
  } cases[] = {
    { "young woman, long hair, green dress, sandals", "tall man, short black hair",
      "red coat, boots, blue jeans, no hat" },
    { "Who woman. Top green shirt. Bottom skirt. Feet sandals. Head cap.",
      "Who tall man, short black hair.",
      "Top red coat. Bottom blue jeans. Feet boots. Head no hat." },
    { "She has long hair. She wears a green shirt, a skirt and white shoes, probably with a cap.",
      "A tall man with short black hair.",
      "The person wears a red coat, blue jeans and boots, probably with no hat." },
    { "A woman in a green shirt is standing by a wall. A skirt and a cap.",
      "A tall man with short black hair.", "In a red coat. Blue jeans, no hat and boots." },
    { "There is an old woman with a bun who wears a shirt, a skirt and sandals.",
      "There is a tall man with short black hair.",
      "Wears a red coat, blue jeans, boots and no hat." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GuiseStyles) styles = make_styles (&cases[i].exemplar, 1);
    g_autoptr (GuiseRestyler) restyler = guise_restyler_new (lexicon, styles);
    g_auto (GuiseRestyled) restyled = { 0 };

    guise_restyler_write (restyler, 0, captions, 1, 0, &restyled);
    g_test_message ("%s → %s %s", cases[i].exemplar, restyled.texts[0], restyled.texts[1]);
    g_assert_cmpstr (restyled.texts[GUISE_SIDE_IDENTITY], ==, cases[i].identity);
    g_assert_cmpstr (restyled.texts[GUISE_SIDE_CLOTHING], ==, cases[i].clothing);
  }
}

/* Where no exemplar has a place for anything, or there is nothing to say. */
static void
test_plain (void)
{
  static const char *const exemplars[] = { "", "Nothing at all.", "\xff\xfe" };
  static const char *const captions[] = { "A man in a red coat." }, *const silent[] = { "Hm." };
  g_autoptr (GuiseStyles) styles = make_styles (exemplars, 3);
  g_autoptr (GuiseRestyler) restyler = guise_restyler_new (lexicon, styles);
  g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (lexicon, captions, 1);

  for (size_t s = 0; s < 3; s++) {
    g_auto (GuiseRestyled) restyled = { 0 }, nothing = { 0 };

    guise_restyler_write (restyler, s, captions, 1, 0, &restyled);
    g_assert_true (restyled.plain[GUISE_SIDE_IDENTITY]);
    g_assert_true (restyled.plain[GUISE_SIDE_CLOTHING]);
    g_assert_cmpstr (restyled.texts[GUISE_SIDE_IDENTITY], ==, split->identity);
    g_assert_cmpstr (restyled.texts[GUISE_SIDE_CLOTHING], ==, split->clothing);
    guise_restyler_write (restyler, s, silent, 1, 0, &nothing);
    g_assert_null (nothing.texts[GUISE_SIDE_IDENTITY]);
    g_assert_null (nothing.texts[GUISE_SIDE_CLOTHING]);
  }
}

/* ---- the demo ---- */

static gboolean
states (const GArray *statements, const GuiseStatement *wanted)
{
  for (guint i = 0; i < statements->len; i++) {
    const GuiseStatement *s = &g_array_index (statements, GuiseStatement, i);

    if (s->slot == wanted->slot && s->value == wanted->value && s->negated == wanted->negated)
      return TRUE;
  }
  return FALSE;
}

static void
assert_same_facts (const char *a, const char *b)
{
  g_autoptr (GArray) x = guise_statements_read (lexicon, a);
  g_autoptr (GArray) y = guise_statements_read (lexicon, b);

  for (guint i = 0; i < x->len; i++)
    if (!states (y, &g_array_index (x, GuiseStatement, i)))
      g_error ("'%s' says what '%s' does not", a, b);
  for (guint i = 0; i < y->len; i++)
    if (!states (x, &g_array_index (y, GuiseStatement, i)))
      g_error ("'%s' says what '%s' does not", b, a);
}

static GuiseStyles *
find_styles (void)
{
  const GuiseStyleOptions options = { .n_exemplars = 12 };
  const GuiseWork work = { 0 };
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GuiseStyles *styles;

  for (guint i = 0; i < folder.images->len; i++)
    for (guint c = 0; c < 2; c++)
      g_ptr_array_add (texts,
                       (gpointer)g_array_index (folder.images, DemoImage, i).captions[c]);
  styles = guise_styles_find (lexicon, (const char *const *)texts->pdata, NULL, texts->len,
                              &options, &work, &error);
  g_assert_no_error (error);
  return styles;
}

/* Says in every style what the splitter says, and hardly ever as the splitter does. */
static void
test_demo (void)
{
  g_autoptr (GuiseStyles) styles = find_styles ();
  g_autoptr (GuiseRestyler) restyler = guise_restyler_new (lexicon, styles);
  guint n = 0, n_plain = 0;

  for (guint i = 0; i < folder.images->len; i++) {
    const DemoImage *image = &g_array_index (folder.images, DemoImage, i);
    g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (lexicon, image->captions, 2);
    const char *plain[] = { split->identity, split->clothing };

    for (size_t s = 0; s < styles->n_styles; s++) {
      g_auto (GuiseRestyled) restyled = { 0 }, again = { 0 };

      guise_restyler_write (restyler, s, image->captions, 2, i, &restyled);
      guise_restyler_write (restyler, s, image->captions, 2, i, &again);
      for (guint side = 0; side < GUISE_SIDE_OTHER; side++) {
        g_assert_cmpstr (restyled.texts[side], ==, again.texts[side]);
        g_assert_true ((restyled.texts[side] == NULL) == (plain[side] == NULL));
        if (plain[side] == NULL)
          continue;
        assert_same_facts (restyled.texts[side], plain[side]);
        n++;
        n_plain += restyled.plain[side];
      }
    }
  }
  g_test_message ("%zu styles, %u of %u descriptions plain", styles->n_styles, n_plain, n);
  g_assert_cmpuint (n, >, 500);
  g_assert_cmpuint (n_plain * 50, <=, n);
}

/* A description is nearer to the style that it was written in than to the other ones. */
static void
test_manner (void)
{
  g_autoptr (GuiseStyles) styles = find_styles ();
  g_autoptr (GuiseRestyler) restyler = guise_restyler_new (lexicon, styles);
  guint n = 0, n_right = 0;

  for (guint i = 0; i < folder.images->len; i += 5)
    for (size_t s = 0; s < styles->n_styles; s++) {
      const DemoImage *image = &g_array_index (folder.images, DemoImage, i);
      g_auto (GuiseRestyled) restyled = { 0 };
      float x[GUISE_STYLE_DIM], y[GUISE_STYLE_DIM];
      double least = INFINITY;
      size_t nearest = 0;

      guise_restyler_write (restyler, s, image->captions, 2, i, &restyled);
      if (restyled.texts[GUISE_SIDE_CLOTHING] == NULL)
        continue;
      guise_style_features (lexicon, restyled.texts[GUISE_SIDE_CLOTHING], x);
      for (size_t other = 0; other < styles->n_styles; other++)
        for (char **text = styles->styles[other].exemplars; *text != NULL; text++) {
          double sum = 0;

          guise_style_features (lexicon, *text, y);
          for (guint d = 0; d < GUISE_STYLE_DIM; d++)
            sum += (double)(x[d] - y[d]) * (x[d] - y[d]);
          if (sum < least) {
            least = sum;
            nearest = other;
          }
        }
      n++;
      n_right += nearest == s;
    }
  g_test_message ("%u of %u are in their style", n_right, n);
  g_assert_cmpuint (n_right * 100, >, n * 75);
}

int
main (int argc, char **argv)
{
  g_autofree char *root = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  lexicon = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  place = temp_folder_new ("restyle");
  root = g_build_filename (place, "people", NULL);
  g_assert_true (guise_demo_write (root, N_PERSONS, SEED, 0, NULL, NULL, NULL, NULL, &error));
  demo_folder_load (&folder, root);
  g_test_add_func ("/restyle/texts", test_texts);
  g_test_add_func ("/restyle/plain", test_plain);
  g_test_add_func ("/restyle/demo", test_demo);
  g_test_add_func ("/restyle/manner", test_manner);
  status = g_test_run ();
  demo_folder_clear (&folder);
  temp_folder_free (place);
  guise_lexicon_free (lexicon);
  return status;
}
