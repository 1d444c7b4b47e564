#include "guise-splitter-words.h"

static gboolean
is_noun (const GuiseSplitWriter *writer, const GuiseFact *fact)
{
  g_autofree char *text = guise_split_say (fact);
  const GuiseLexiconTerm *term = guise_lexicon_find (writer->lexicon, text);

  return guise_lexicon_get_sense (term, GUISE_WORD_GENDER) != NULL
         || guise_lexicon_get_sense (term, GUISE_WORD_PERSON) != NULL;
}

/* "man", "boy", "pedestrian"; *says_age when the noun does. */
static char *
name_person (const GuiseSplitWriter *writer, gboolean *says_age)
{
  const GuiseFactSet *gender = guise_split_person (writer, GUISE_SLOT_GENDER);
  const GuiseFactSet *age = guise_split_person (writer, GUISE_SLOT_AGE);
  const char *both = NULL;

  *says_age = FALSE;
  if (!guise_split_is_stated (gender)) {
    *says_age = guise_split_is_stated (age) && is_noun (writer, &age->facts[0]);
    return *says_age ? guise_split_say (&age->facts[0])
                     : g_strdup (guise_split_word (writer, "person"));
  }
  if (guise_split_is_stated (age))
    both = guise_split_special (writer, age->facts[0].statement.value,
                                gender->facts[0].statement.value);
  if (both != NULL && is_noun (writer, &age->facts[0])) {
    *says_age = TRUE;
    return g_strdup (both);
  }
  /* "she", or "women" of one person */
  if (!guise_split_is_countable (writer, &gender->facts[0]))
    return g_strdup (gender->facts[0].statement.value);
  return guise_split_say (&gender->facts[0]);
}

/* "average" and "medium" need their noun. */
static gboolean
needs_noun (const GuiseSplitWriter *writer, const GuiseFactSet *set)
{
  const GuiseStatement *s = &set->facts[0].statement;

  return guise_split_special (writer, "of", s->value) != NULL;
}

/* " of average height and medium build". */
static char *
measure (const GuiseSplitWriter *writer)
{
  static const GuiseSlot slots[] = { GUISE_SLOT_HEIGHT, GUISE_SLOT_BUILD };
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++) {
    const GuiseFactSet *set = guise_split_person (writer, slots[i]);
    const char *noun;

    if (!guise_split_is_stated (set) || !needs_noun (writer, set))
      continue;
    noun = guise_split_word (writer, guise_slot_get_name (slots[i]));
    guise_split_add (parts, g_strdup_printf ("%s %s", set->facts[0].statement.value, noun));
  }
  joined = guise_split_join (writer, parts);
  if (*joined == '\0')
    return NULL;
  return g_strdup_printf ("%s %s", guise_split_word (writer, "of"), joined);
}

char *
guise_split_describe_person (const GuiseSplitWriter *writer)
{
  static const GuiseSlot slots[] = { GUISE_SLOT_HEIGHT, GUISE_SLOT_BUILD, GUISE_SLOT_AGE };
  gboolean says_age;
  g_autofree char *noun = name_person (writer, &says_age);
  g_autofree char *measured = measure (writer);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++) {
    const GuiseFactSet *set = guise_split_person (writer, slots[i]);
    g_autofree char *text = NULL;

    if (!guise_split_is_stated (set) || (slots[i] == GUISE_SLOT_AGE && says_age)
        || (slots[i] != GUISE_SLOT_AGE && needs_noun (writer, set)))
      continue;
    text = is_noun (writer, &set->facts[0]) ? g_strdup (set->facts[0].statement.value)
                                            : guise_split_say (&set->facts[0]);
    guise_split_append (out, text);
  }
  guise_split_append (out, noun);
  if (measured != NULL)
    guise_split_append (out, measured);
  return guise_split_with_article (writer, g_string_free (out, FALSE));
}

static char *
say_hair_colour (const GuiseSplitWriter *writer)
{
  const GuiseFactSet *set = guise_split_person (writer, GUISE_SLOT_HAIR_COLOUR);

  if (!guise_split_is_stated (set))
    return NULL;
  return is_noun (writer, &set->facts[0]) ? g_strdup (set->facts[0].statement.value)
                                          : guise_split_say (&set->facts[0]);
}

/* "a brown ponytail", "long brown hair in a ponytail". */
static char *
describe_hair (const GuiseSplitWriter *writer)
{
  const GuiseFactSet *style = guise_split_person (writer, GUISE_SLOT_HAIR_STYLE);
  const GuiseFact *shape = guise_split_find_class (style, GUISE_WORD_HAIR_SHAPE);
  g_autofree char *colour = say_hair_colour (writer);
  g_autofree char *shaped = shape != NULL ? guise_split_say (shape) : NULL;
  GString *out = g_string_new (NULL);
  gsize n_adjectives;

  guise_split_append_facts (out, style, GUISE_WORD_HAIR_STYLE);
  n_adjectives = out->len;
  if (colour != NULL)
    guise_split_append (out, colour);
  if (shaped != NULL && n_adjectives == 0
      && guise_split_find_class (style, GUISE_WORD_HAIR_STATE) == NULL) {
    guise_split_append (out, shaped);
    return guise_split_take (writer, shape, g_string_free (out, FALSE));
  }
  if (style->n == 0 && colour == NULL)
    return g_string_free (out, FALSE);
  guise_split_append (out, guise_split_word (writer, "hair"));
  guise_split_append_facts (out, style, GUISE_WORD_HAIR_STATE);
  if (shaped != NULL) {
    const char *how = guise_split_special (writer, "hair", shape->statement.value);

    guise_split_append (out, how != NULL ? how : guise_split_word (writer, "in"));
    shaped = guise_split_take (writer, shape, g_steal_pointer (&shaped));
    guise_split_append (out, shaped);
  }
  return g_string_free (out, FALSE);
}

/* "a bald head" cannot be said of hair; its colour can. */
static void
add_hair (const GuiseSplitWriter *writer, GPtrArray *parts)
{
  const GuiseFactSet *style = guise_split_person (writer, GUISE_SLOT_HAIR_STYLE);
  const char *whole = NULL;

  for (guint i = 0; i < style->n && whole == NULL; i++)
    whole = guise_split_special (writer, "hair-style", style->facts[i].statement.value);
  if (whole == NULL) {
    guise_split_add (parts, describe_hair (writer));
    return;
  }
  guise_split_add (parts, g_strdup (whole));
  if (guise_split_is_stated (guise_split_person (writer, GUISE_SLOT_HAIR_COLOUR))) {
    g_autofree char *colour = say_hair_colour (writer);

    guise_split_add (parts, g_strconcat (colour, " ", guise_split_word (writer, "hair"), NULL));
  }
}

/* "a beard", "no glasses", "a cane". */
static void
add_feature (const GuiseSplitWriter *writer, GPtrArray *parts, GuiseSlot slot)
{
  const GuiseFactSet *set = guise_split_person (writer, slot);

  for (guint i = 0; i < set->n; i++) {
    const GuiseFact *fact = &set->facts[i];
    const char *whole
        = guise_split_special (writer, guise_slot_get_name (slot), fact->statement.value);
    char *text = guise_split_say (fact);

    if (fact->statement.negated) {
      guise_split_add (parts, g_strconcat (guise_split_word (writer, "no"), " ", text, NULL));
      g_free (text);
    } else if (whole != NULL) {
      guise_split_add (parts, g_strdup (whole));
      g_free (text);
    } else {
      guise_split_add (parts, guise_split_take (writer, fact, text));
    }
  }
}

static void
add_posture (const GuiseSplitWriter *writer, GPtrArray *parts)
{
  const GuiseFactSet *set = guise_split_person (writer, GUISE_SLOT_POSTURE);
  g_autofree char *text = NULL;
  char *phrase;

  if (!guise_split_is_stated (set))
    return;
  text = guise_split_say (&set->facts[0]);
  phrase = g_strconcat (text, " ", guise_split_word (writer, "posture"), NULL);
  guise_split_add (parts, guise_split_with_article (writer, phrase));
}

void
guise_split_add_traits (const GuiseSplitWriter *writer, GPtrArray *parts)
{
  add_hair (writer, parts);
  add_feature (writer, parts, GUISE_SLOT_FACIAL_HAIR);
  add_feature (writer, parts, GUISE_SLOT_EYEWEAR);
  add_posture (writer, parts);
  add_feature (writer, parts, GUISE_SLOT_AID);
}
