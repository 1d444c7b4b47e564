/* A lexicon, a zero byte, and captions, parted by zero bytes: units and statements lie within their
 * text and in its order, descriptions are one line of UTF-8 and keep within their length, and where
 * the lexicon is the English one (the first part is empty) they say nothing that no caption
 * states. */
#include "fuzz.h"

#include "guise-caption-checks.h"
#include "guise-splitter.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CAPTIONS 4

static void
check_units (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  gsize end = 0;

  for (guint i = 0; i < units->len; i++) {
    const GuiseUnit *unit = &g_array_index (units, GuiseUnit, i);

    g_assert_cmpuint (unit->start, >=, end);
    g_assert_cmpuint (unit->length, >, 0);
    end = unit->start + unit->length;
    g_assert_cmpuint (end, <=, strlen (text));
  }
}

static GArray *
check_statements (const GuiseLexicon *lexicon, const char *text)
{
  GArray *statements = guise_statements_read (lexicon, text);
  gsize start = 0;

  for (guint i = 0; i < statements->len; i++) {
    const GuiseStatement *s = &g_array_index (statements, GuiseStatement, i);

    g_assert_cmpint (s->slot, <, GUISE_N_SLOTS);
    g_assert_nonnull (s->value);
    g_assert_cmpuint (s->start, >=, start);
    g_assert_cmpuint (s->start + s->length, <=, strlen (text));
    start = s->start;
  }
  return statements;
}

/* "Red clothes" for somebody in red: the noun names the family of which no kind is stated. */
static gboolean
is_mere_noun (const GuiseStatement *wanted, const GuiseStatement *s)
{
  GuiseFamily family = guise_slot_get_family (wanted->slot);

  return family != GUISE_FAMILY_NONE && !wanted->negated
         && wanted->slot == guise_slot_of_garment (family, GUISE_PROPERTY_TYPE)
         && guise_slot_get_family (s->slot) == family && !s->negated;
}

static gboolean
is_stated (GArray *const *stated, guint n, const GuiseStatement *wanted)
{
  for (guint c = 0; c < n; c++)
    for (guint i = 0; i < stated[c]->len; i++) {
      const GuiseStatement *s = &g_array_index (stated[c], GuiseStatement, i);

      if (s->slot == wanted->slot && s->negated == wanted->negated
          && (s->negated || s->value == wanted->value)) /* no hat is no headwear */
        return TRUE;
      if (is_mere_noun (wanted, s))
        return TRUE;
    }
  return FALSE;
}

static void
check_description (const GuiseLexicon *lexicon, GuiseSide side, const char *text,
                   GArray *const *stated, guint n, gboolean english)
{
  GuiseCheckSettings settings = guise_check_settings_for (side);
  g_autoptr (GArray) verdicts = NULL;
  g_autoptr (GArray) statements = NULL;

  if (text == NULL)
    return;
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strpbrk (text, "\r\n"));
  verdicts = guise_caption_check (lexicon, side, text, &settings, stated, n);
  g_assert_cmpuint (verdicts->len, ==, GUISE_N_CHECKS);
  statements = check_statements (lexicon, text);
  for (guint i = 0; english && i < statements->len; i++) {
    const GuiseStatement *s = &g_array_index (statements, GuiseStatement, i);

    if (s->side != side || !is_stated (stated, n, s)) {
      g_printerr ("'%s' states %s '%s'\n", text, guise_slot_get_name (s->slot), s->value);
      abort (); /* what g_error() does libFuzzer does not see */
    }
  }
}

static void
check_split (const GuiseLexicon *lexicon, const char *const *captions, guint n, gboolean english)
{
  g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (lexicon, captions, n);
  GArray *stated[MAX_CAPTIONS];

  for (guint i = 0; i < n; i++)
    stated[i] = check_statements (lexicon, captions[i]);
  g_assert_cmpint (split->identity == NULL, ==, split->why_no_identity != NULL);
  g_assert_cmpint (split->clothing == NULL, ==, split->why_no_clothing != NULL);
  check_description (lexicon, GUISE_SIDE_IDENTITY, split->identity, stated, n, english);
  check_description (lexicon, GUISE_SIDE_CLOTHING, split->clothing, stated, n, english);
  for (guint i = 0; i < n; i++)
    g_array_unref (stated[i]);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  static GuiseLexicon *english;
  g_autofree char *text = g_strndup ((const char *)data, size); /* its zero bytes are kept */
  gsize n_lexicon = size > 0 ? strnlen ((const char *)data, size) : 0;
  const char *captions[MAX_CAPTIONS];
  guint n = 0;
  GError *error = NULL;
  g_autoptr (GuiseLexicon) own = guise_lexicon_parse (text, n_lexicon, "fuzz", &error);

  fuzz_judge (own != NULL, error);
  if (english == NULL)
    english = guise_lexicon_load ("en", NULL);
  g_assert_nonnull (english);
  memcpy (text, data, size);
  for (gsize at = n_lexicon + 1; at < size && n < MAX_CAPTIONS; at += strlen (text + at) + 1)
    captions[n++] = text + at;
  for (guint i = 0; i < n; i++) {
    const GuiseLexicon *lexicon = n_lexicon == 0 || own == NULL ? english : own;

    check_units (lexicon, captions[i]);
    guise_lexicon_find_refusal (english, captions[i]);
  }
  if (own != NULL && n_lexicon > 0)
    check_split (own, captions, n, FALSE);
  else
    check_split (english, captions, n, TRUE);
}
