#include "guise-splitter-private.h"
#include "guise-splitter-words.h"

/* ---- who somebody is ---- */

static gboolean
says_anything_of_person (const GuiseSplitWriter *writer)
{
  for (guint slot = 0; slot < GUISE_SLOT_FIRST_GARMENT; slot++)
    if (guise_split_person (writer, slot)->n > 0)
      return TRUE;
  return FALSE;
}

static char *
render_identity (const GuiseSplitWriter *writer)
{
  g_autoptr (GPtrArray) traits = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *who = NULL;
  g_autofree char *with = NULL;

  if (!says_anything_of_person (writer))
    return NULL;
  who = guise_split_describe_person (writer);
  guise_split_add_traits (writer, traits);
  if (traits->len == 0)
    return g_steal_pointer (&who);
  with = guise_split_join (writer, traits);
  return g_strdup_printf ("%s %s %s", who, guise_split_word (writer, "with"), with);
}

/* ---- what is worn ---- */

static char *
describe_absent (const GuiseSplitWriter *writer, const GuiseFactThing *thing)
{
  const GuiseFact *type = &thing->properties[GUISE_PROPERTY_TYPE].facts[0];
  const char *what = NULL;
  g_autofree char *text = guise_split_say (type);

  if (type->statement.word_class == GUISE_WORD_NONE)
    what = guise_split_special (writer, "any", type->statement.value);
  return g_strdup_printf ("%s %s", guise_split_word (writer, "no"), what != NULL ? what : text);
}

/* "on the left side". */
static void
append_side (const GuiseSplitWriter *writer, GString *out, const GuiseFactSet *side)
{
  g_autofree char *text = NULL;

  if (side->n == 0)
    return;
  text = guise_split_say (&side->facts[0]);
  guise_split_append (out, guise_split_word (writer, "on the"));
  guise_split_append (out, text);
  guise_split_append (out, guise_split_word (writer, "side"));
}

/* "with stripes". */
static void
append_behind (const GuiseSplitWriter *writer, GString *out, const GuiseFactSet *patterns)
{
  const GuiseFact *fact = guise_split_find_class (patterns, GUISE_WORD_PATTERN_NOUN);
  g_autofree char *text = NULL;

  if (fact == NULL || guise_split_find_class (patterns, GUISE_WORD_PATTERN) != NULL)
    return;
  text = guise_split_say (fact);
  guise_split_append (out, guise_split_word (writer, "with"));
  guise_split_append (out, text);
}

char *
guise_split_describe_thing (const GuiseSplitWriter *writer, const GuiseFactThing *thing)
{
  const GuiseFactSet *type = &thing->properties[GUISE_PROPERTY_TYPE];
  const char *family = guise_family_get_name (thing->family);
  g_autofree char *noun = NULL;
  gboolean article;
  GString *out;
  char *phrase;

  if (type->n > 0 && type->facts[0].statement.negated)
    return describe_absent (writer, thing);
  noun = type->n > 0 ? guise_split_say (&type->facts[0])
                     : g_strdup (guise_split_word (writer, family));
  article = type->n > 0 ? guise_split_is_countable (writer, &type->facts[0])
                        : guise_split_special (writer, "one", family) != NULL;
  out = g_string_new (NULL);
  if (writer->detail < GUISE_DETAIL_NO_CUT)
    guise_split_append_facts (out, &thing->properties[GUISE_PROPERTY_CUT], GUISE_WORD_CUT);
  guise_split_append_joined (writer, out, &thing->properties[GUISE_PROPERTY_COLOUR]);
  guise_split_append_facts (out, &thing->properties[GUISE_PROPERTY_PATTERN], GUISE_WORD_PATTERN);
  if (writer->detail < GUISE_DETAIL_LEAST)
    guise_split_append_facts (out, &thing->properties[GUISE_PROPERTY_MATERIAL],
                              GUISE_WORD_MATERIAL);
  guise_split_append (out, noun);
  append_behind (writer, out, &thing->properties[GUISE_PROPERTY_PATTERN]);
  append_side (writer, out, &thing->side);
  phrase = g_string_free (out, FALSE);
  return article ? guise_split_with_article (writer, phrase) : phrase;
}

static gboolean
is_worn (const GuiseFactThing *thing)
{
  const GuiseFactSet *type = &thing->properties[GUISE_PROPERTY_TYPE];

  return thing->family != GUISE_FAMILY_BAG && thing->family != GUISE_FAMILY_CARRIED
         && !(type->n > 0 && type->facts[0].statement.negated);
}

static gboolean
names_family (const GuiseSplitWriter *writer, GuiseFamily family)
{
  for (guint t = 0; t < writer->facts->things->len; t++)
    if (guise_facts_get_thing (writer->facts, t)->family == family)
      return TRUE;
  return FALSE;
}

gboolean
guise_split_is_left_out (const GuiseSplitWriter *writer, const GuiseFactThing *thing)
{
  GuiseSlot slot = guise_slot_of_garment (thing->family, GUISE_PROPERTY_TYPE);

  if (guise_lexicon_get_side (writer->lexicon, slot) != writer->side)
    return TRUE;
  switch (thing->family) {
  case GUISE_FAMILY_CLOTHES:
    return (names_family (writer, GUISE_FAMILY_UPPER) && names_family (writer, GUISE_FAMILY_LOWER))
           || thing->properties[GUISE_PROPERTY_COLOUR].n
                      + thing->properties[GUISE_PROPERTY_PATTERN].n
                      + thing->properties[GUISE_PROPERTY_MATERIAL].n
                      + thing->properties[GUISE_PROPERTY_CUT].n
                  == 0;
  case GUISE_FAMILY_CARRIED:
    return writer->detail >= GUISE_DETAIL_NOTHING_CARRIED;
  case GUISE_FAMILY_ACCESSORY:
    return writer->detail >= GUISE_DETAIL_NO_ACCESSORY;
  default:
    return FALSE;
  }
}

static char *
render_clothing (const GuiseSplitWriter *writer)
{
  g_autoptr (GPtrArray) worn = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) with = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  GString *out;

  for (guint t = 0; t < writer->facts->things->len; t++) {
    const GuiseFactThing *thing = guise_facts_get_thing (writer->facts, t);

    if (!guise_split_is_left_out (writer, thing))
      guise_split_add (is_worn (thing) ? worn : with, guise_split_describe_thing (writer, thing));
  }
  guise_split_add_traits (writer, with);
  first = guise_split_join (writer, worn);
  second = guise_split_join (writer, with);
  if (worn->len + with->len == 0)
    return NULL;
  out = g_string_new (NULL);
  if (worn->len > 0)
    g_string_append_printf (out, "%s %s", guise_split_word (writer, "wearing"), first);
  if (with->len > 0)
    g_string_append_printf (out, "%s%s %s", worn->len > 0 ? ", " : "",
                            guise_split_word (writer, "with"), second);
  return g_string_free (out, FALSE);
}

/* ---- both ---- */

guint
guise_split_count_words (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  guint n = 0;

  for (guint i = 0; i < units->len; i++)
    if (g_array_index (units, GuiseUnit, i).kind == GUISE_UNIT_WORD)
      n += g_array_index (units, GuiseUnit, i).n_words;
  return n;
}

char *
guise_split_finish (char *text)
{
  gunichar first = g_utf8_get_char (text);
  GString *out = g_string_new (NULL);

  g_string_append_unichar (out, g_unichar_toupper (first));
  g_string_append (out, g_utf8_next_char (text));
  g_string_append_c (out, '.');
  g_free (text);
  return g_string_free (out, FALSE);
}

char *
guise_split_render (const GuiseLexicon *lexicon, const GuiseFacts *facts, GuiseSide side)
{
  GuiseSplitWriter writer = { .lexicon = lexicon, .facts = facts, .side = side };
  char *text = NULL;

  for (writer.detail = GUISE_DETAIL_ALL; writer.detail <= GUISE_DETAIL_LEAST; writer.detail++) {
    g_free (text);
    text = side == GUISE_SIDE_IDENTITY ? render_identity (&writer) : render_clothing (&writer);
    if (text == NULL || guise_split_count_words (lexicon, text) <= GUISE_SPLIT_MAX_WORDS)
      break;
  }
  return text != NULL ? guise_split_finish (text) : NULL;
}
