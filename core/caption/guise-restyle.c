#include "guise-restyle.h"

#include <string.h>

#include "guise-manner-private.h"
#include "guise-splitter-private.h"
#include "guise-splitter-words.h"
#include "nn-random.h"

struct _GuiseRestyler {
  const GuiseLexicon *lexicon;
  GPtrArray **manners; /* [n_styles]: of GuiseManner */
  size_t n_styles;
};

GuiseRestyler *
guise_restyler_new (const GuiseLexicon *lexicon, const GuiseStyles *styles)
{
  GuiseRestyler *restyler = g_new0 (GuiseRestyler, 1);

  restyler->lexicon = lexicon;
  if (styles == NULL)
    return restyler;
  restyler->n_styles = styles->n_styles;
  restyler->manners = g_new0 (GPtrArray *, styles->n_styles);
  for (size_t s = 0; s < styles->n_styles; s++) {
    restyler->manners[s] = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_manner_free);
    for (char **text = styles->styles[s].exemplars; *text != NULL; text++) {
      GuiseManner *manner = guise_manner_new (lexicon, *text);

      if (manner != NULL)
        g_ptr_array_add (restyler->manners[s], manner);
    }
  }
  return restyler;
}

void
guise_restyler_free (GuiseRestyler *restyler)
{
  if (restyler == NULL)
    return;
  for (size_t s = 0; s < restyler->n_styles; s++)
    g_ptr_array_unref (restyler->manners[s]);
  g_free (restyler->manners);
  g_free (restyler);
}

void
guise_restyled_clear (GuiseRestyled *restyled)
{
  for (guint side = 0; side < GUISE_SIDE_OTHER; side++)
    g_clear_pointer (&restyled->texts[side], g_free);
}

/* ---- what there is to say ---- */

static void
clear_phrase (gpointer data)
{
  g_free (((GuisePhrase *)data)->text);
}

static void
add_phrase (GArray *phrases, guint key, char *text)
{
  GuisePhrase phrase = { key, text };

  if (text != NULL)
    g_array_append_val (phrases, phrase);
}

/* What a trait speaks of. */
static guint
find_key (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);

  return statements->len > 0
             ? guise_manner_get_key (g_array_index (statements, GuiseStatement, 0).slot)
             : GUISE_KEY_HAIR;
}

static void
add_person (const GuiseSplitWriter *writer, GArray *phrases)
{
  g_autoptr (GPtrArray) traits = g_ptr_array_new_with_free_func (g_free);

  if (writer->side == GUISE_SIDE_IDENTITY)
    add_phrase (phrases, GUISE_KEY_WHO, guise_split_describe_person (writer));
  guise_split_add_traits (writer, traits);
  for (guint i = 0; i < traits->len; i++)
    add_phrase (phrases, find_key (writer->lexicon, traits->pdata[i]),
                g_strdup (traits->pdata[i]));
}

/* The phrases of a sentence of the splitter's. */
static GArray *
list_phrases (const GuiseLexicon *lexicon, const char *text, GuiseSide side)
{
  g_auto (GuiseFacts) facts = { 0 };
  GuiseSplitWriter writer = { .lexicon = lexicon, .facts = &facts, .side = side };
  GArray *phrases = g_array_new (FALSE, FALSE, sizeof (GuisePhrase));

  g_array_set_clear_func (phrases, clear_phrase);
  guise_facts_init (&facts);
  guise_facts_read (&facts, lexicon, text);
  add_person (&writer, phrases);
  for (guint t = 0; t < facts.things->len; t++) {
    const GuiseFactThing *thing = guise_facts_get_thing (&facts, t);

    if (!guise_split_is_left_out (&writer, thing))
      add_phrase (phrases, GUISE_KEY_FIRST_FAMILY + (guint)thing->family,
                  guise_split_describe_thing (&writer, thing));
  }
  return phrases;
}

/* ---- whether it still says the same ---- */

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

static gboolean
is_within (const GArray *a, const GArray *b)
{
  for (guint i = 0; i < a->len; i++)
    if (!states (b, &g_array_index (a, GuiseStatement, i)))
      return FALSE;
  return TRUE;
}

static gboolean
says_the_same (const GuiseLexicon *lexicon, const char *text, const GArray *wanted)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);

  return is_within (statements, wanted) && is_within (wanted, statements);
}

/* ---- writing ---- */

/* How many of the phrases an exemplar has no place of their own for. */
static guint
count_missing (const GuiseManner *manner, const GArray *phrases)
{
  guint n = 0;

  for (guint i = 0; i < phrases->len; i++)
    n += memchr (manner->order, (int)g_array_index (phrases, GuisePhrase, i).key, manner->n_order)
         == NULL;
  return n;
}

/* The exemplars that fit best come first, of equals those from one on that the seed chooses; NULL
 * if none can say it. */
static char *
write_side (const GuiseRestyler *restyler, const GPtrArray *manners, const char *plain,
            GuiseSide side, guint64 seed)
{
  g_autoptr (GArray) wanted = guise_statements_read (restyler->lexicon, plain);
  g_autoptr (GArray) phrases = list_phrases (restyler->lexicon, plain, side);
  guint first = manners->len > 0 ? (guint)nn_random_below (seed, side, manners->len) : 0;

  for (guint missing = 0; phrases->len > 0 && missing <= phrases->len; missing++)
    for (guint i = 0; i < manners->len; i++) {
      const GuiseManner *manner = manners->pdata[(first + i) % manners->len];
      g_autofree char *text = NULL;

      if (count_missing (manner, phrases) != missing)
        continue;
      text = guise_manner_write (manner, restyler->lexicon, phrases);
      if (says_the_same (restyler->lexicon, text, wanted))
        return g_steal_pointer (&text);
    }
  return NULL;
}

void
guise_restyler_write (const GuiseRestyler *restyler, size_t style, const char *const *captions,
                      guint n, guint64 seed, GuiseRestyled *restyled)
{
  g_autoptr (GuiseCaptionSplit) split = guise_splitter_split (restyler->lexicon, captions, n);
  char **plain[GUISE_SIDE_OTHER] = { &split->identity, &split->clothing };

  *restyled = (GuiseRestyled){ 0 };
  for (guint side = 0; side < GUISE_SIDE_OTHER; side++) {
    if (*plain[side] == NULL)
      continue;
    if (style < restyler->n_styles)
      restyled->texts[side]
          = write_side (restyler, restyler->manners[style], *plain[side], side, seed);
    restyled->plain[side] = restyled->texts[side] == NULL;
    if (restyled->plain[side])
      restyled->texts[side] = g_steal_pointer (plain[side]);
  }
}
