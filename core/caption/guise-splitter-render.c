#include "guise-splitter-private.h"

#include <string.h>

#include "guise-lexicon-private.h"

/* What is given up first where a description would become too long. */
typedef enum {
  DETAIL_ALL,
  DETAIL_NOTHING_CARRIED,
  DETAIL_NO_CUT,
  DETAIL_NO_ACCESSORY,
  DETAIL_LEAST,
} Detail;

typedef struct {
  const GuiseLexicon *lexicon;
  const GuiseFacts *facts;
  GuiseSide side;
  Detail detail;
} Writer;

static const char *
word (const Writer *writer, const char *key)
{
  return guise_lexicon_get_word (writer->lexicon, key);
}

/* A word of the lexicon for "KIND VALUE", NULL if there is none. */
static const char *
special (const Writer *writer, const char *kind, const char *value)
{
  g_autofree char *key = g_strconcat (kind, " ", value, NULL);
  const char *found = guise_lexicon_get_word (writer->lexicon, key);

  return found != key ? found : NULL;
}

static const GuiseFactSet *
person (const Writer *writer, GuiseSlot slot)
{
  static const GuiseFactSet nothing = { 0 };

  return guise_lexicon_get_side (writer->lexicon, slot) == writer->side
             ? &writer->facts->person[slot]
             : &nothing;
}

static void
append (GString *out, const char *text)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

/* Adds phrase (taken), or frees it if it is empty. */
static void
add (GPtrArray *parts, char *phrase)
{
  if (phrase == NULL || *phrase == '\0')
    g_free (phrase);
  else
    g_ptr_array_add (parts, phrase);
}

static char *
join (const Writer *writer, GPtrArray *parts)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++) {
    if (i > 0 && i + 1 < parts->len)
      g_string_append (out, ", ");
    else if (i > 0)
      g_string_append_printf (out, " %s ", word (writer, "and"));
    g_string_append (out, parts->pdata[i]);
  }
  return g_string_free (out, FALSE);
}

/* The caption's own word, in lower case; the canonical one for what was misspelt. */
static char *
say (const GuiseFact *fact)
{
  const GuiseStatement *s = &fact->statement;
  g_autofree char *slice = NULL;
  g_autofree char *lower = NULL;
  g_auto (GStrv) words = NULL;
  GString *out;

  if (s->sense_flags & GUISE_SENSE_RESPELT)
    return g_strdup (s->value);
  slice = g_strndup (fact->text + s->start, s->length);
  lower = guise_lexicon_fold (NULL, slice);
  if (g_str_has_suffix (lower, "'s"))
    lower[strlen (lower) - 2] = '\0';
  words = g_strsplit_set (lower, " \t\n\r_", -1);
  out = g_string_new (NULL);
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      append (out, words[i]);
  return g_string_free (out, FALSE);
}

static gboolean
is_countable (const Writer *writer, const GuiseFact *fact)
{
  const GuiseStatement *s = &fact->statement;
  GArray *units;
  const GuiseSense *sense = NULL;
  gboolean countable;

  if (!(s->sense_flags & GUISE_SENSE_RESPELT))
    return (s->sense_flags & GUISE_SENSE_COUNTABLE) != 0;
  units = guise_lexicon_scan (writer->lexicon, s->value);
  if (units->len == 1)
    sense = guise_term_get_sense (g_array_index (units, GuiseUnit, 0).term, s->word_class);
  countable = sense != NULL && (sense->flags & GUISE_SENSE_COUNTABLE);
  g_array_unref (units);
  return countable;
}

static gboolean
begins_with_one (const char *text, const char *list)
{
  g_auto (GStrv) beginnings = g_strsplit (list, " ", -1);

  for (guint i = 0; beginnings[i] != NULL; i++)
    if (*beginnings[i] != '\0' && g_str_has_prefix (text, beginnings[i]))
      return TRUE;
  return FALSE;
}

/* "a shirt", "an orange shirt", "a uniform". Takes phrase. */
static char *
with_article (const Writer *writer, char *phrase)
{
  gboolean vowel = begins_with_one (phrase, word (writer, "vowels"))
                   && !begins_with_one (phrase, word (writer, "consonants"));
  char *result = g_strconcat (word (writer, vowel ? "an" : "a"), " ", phrase, NULL);

  g_free (phrase);
  return result;
}

static void
append_facts (GString *out, const GuiseFactSet *set, GuiseWordClass word_class)
{
  for (guint i = 0; i < set->n; i++) {
    g_autofree char *text = NULL;

    if (set->facts[i].statement.word_class != word_class || set->facts[i].statement.negated)
      continue;
    text = say (&set->facts[i]);
    append (out, text);
  }
}

/* "black, white and red". */
static void
append_joined (const Writer *writer, GString *out, const GuiseFactSet *set)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  for (guint i = 0; i < set->n; i++)
    if (!set->facts[i].statement.negated)
      add (parts, say (&set->facts[i]));
  joined = join (writer, parts);
  if (*joined != '\0')
    append (out, joined);
}

/* ---- the person ---- */

static gboolean
is_noun (const Writer *writer, const GuiseFact *fact)
{
  g_autofree char *text = say (fact);
  g_autoptr (GArray) units = guise_lexicon_scan (writer->lexicon, text);
  const GuiseTerm *term = units->len == 1 ? g_array_index (units, GuiseUnit, 0).term : NULL;

  return guise_term_get_sense (term, GUISE_WORD_GENDER) != NULL
         || guise_term_get_sense (term, GUISE_WORD_PERSON) != NULL;
}

static gboolean
is_stated (const GuiseFactSet *set)
{
  return set->n > 0 && !set->facts[0].statement.negated;
}

/* "man", "boy", "pedestrian"; *says_age when the noun does. */
static char *
name_person (const Writer *writer, gboolean *says_age)
{
  const GuiseFactSet *gender = person (writer, GUISE_SLOT_GENDER);
  const GuiseFactSet *age = person (writer, GUISE_SLOT_AGE);
  const char *both = NULL;

  *says_age = FALSE;
  if (!is_stated (gender)) {
    *says_age = is_stated (age) && is_noun (writer, &age->facts[0]);
    return *says_age ? say (&age->facts[0]) : g_strdup (word (writer, "person"));
  }
  if (is_stated (age))
    both = special (writer, age->facts[0].statement.value, gender->facts[0].statement.value);
  if (both != NULL && is_noun (writer, &age->facts[0])) {
    *says_age = TRUE;
    return g_strdup (both);
  }
  if (gender->facts[0].statement.word_class == GUISE_WORD_PRONOUN)
    return g_strdup (gender->facts[0].statement.value);
  return say (&gender->facts[0]);
}

/* "average" and "medium" need their noun. */
static gboolean
needs_noun (const Writer *writer, const GuiseFactSet *set)
{
  const GuiseStatement *s = &set->facts[0].statement;

  return special (writer, "of", s->value) != NULL;
}

/* " of average height and medium build". */
static char *
measure (const Writer *writer)
{
  static const GuiseSlot slots[] = { GUISE_SLOT_HEIGHT, GUISE_SLOT_BUILD };
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++) {
    const GuiseFactSet *set = person (writer, slots[i]);
    g_autofree char *text = NULL;

    if (!is_stated (set) || !needs_noun (writer, set))
      continue;
    add (parts, g_strdup_printf ("%s %s", set->facts[0].statement.value,
                                 word (writer, guise_slot_get_name (slots[i]))));
  }
  joined = join (writer, parts);
  return *joined == '\0' ? NULL : g_strdup_printf ("%s %s", word (writer, "of"), joined);
}

/* "tall slim young man of average height". */
static char *
describe_person (const Writer *writer)
{
  static const GuiseSlot slots[] = { GUISE_SLOT_HEIGHT, GUISE_SLOT_BUILD, GUISE_SLOT_AGE };
  gboolean says_age;
  g_autofree char *noun = name_person (writer, &says_age);
  g_autofree char *measured = measure (writer);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (slots); i++) {
    const GuiseFactSet *set = person (writer, slots[i]);
    g_autofree char *text = NULL;

    if (!is_stated (set) || (slots[i] == GUISE_SLOT_AGE && says_age)
        || (slots[i] != GUISE_SLOT_AGE && needs_noun (writer, set)))
      continue;
    text = is_noun (writer, &set->facts[0]) ? g_strdup (set->facts[0].statement.value)
                                            : say (&set->facts[0]);
    append (out, text);
  }
  append (out, noun);
  if (measured != NULL)
    append (out, measured);
  return with_article (writer, g_string_free (out, FALSE));
}

static char *
say_hair_colour (const Writer *writer)
{
  const GuiseFactSet *set = person (writer, GUISE_SLOT_HAIR_COLOUR);

  if (!is_stated (set))
    return NULL;
  return is_noun (writer, &set->facts[0]) ? g_strdup (set->facts[0].statement.value)
                                          : say (&set->facts[0]);
}

static const GuiseFact *
find_class (const GuiseFactSet *set, GuiseWordClass word_class)
{
  for (guint i = 0; i < set->n; i++)
    if (set->facts[i].statement.word_class == word_class && !set->facts[i].statement.negated)
      return &set->facts[i];
  return NULL;
}

/* "a brown ponytail", "long brown hair in a ponytail". */
static char *
describe_hair (const Writer *writer)
{
  const GuiseFactSet *style = person (writer, GUISE_SLOT_HAIR_STYLE);
  const GuiseFact *shape = find_class (style, GUISE_WORD_HAIR_SHAPE);
  g_autofree char *colour = say_hair_colour (writer);
  g_autofree char *shaped = shape != NULL ? say (shape) : NULL;
  GString *out = g_string_new (NULL);
  gsize n_adjectives;

  append_facts (out, style, GUISE_WORD_HAIR_STYLE);
  n_adjectives = out->len;
  if (colour != NULL)
    append (out, colour);
  if (shaped != NULL && n_adjectives == 0 && find_class (style, GUISE_WORD_HAIR_STATE) == NULL) {
    append (out, shaped);
    return is_countable (writer, shape) ? with_article (writer, g_string_free (out, FALSE))
                                        : g_string_free (out, FALSE);
  }
  if (style->n == 0 && colour == NULL)
    return g_string_free (out, FALSE);
  append (out, word (writer, "hair"));
  append_facts (out, style, GUISE_WORD_HAIR_STATE);
  if (shaped != NULL) {
    const char *how = special (writer, "hair", shape->statement.value);

    append (out, how != NULL ? how : word (writer, "in"));
    if (is_countable (writer, shape))
      shaped = with_article (writer, g_steal_pointer (&shaped));
    append (out, shaped);
  }
  return g_string_free (out, FALSE);
}

/* "a bald head" cannot be said of hair; its colour can. */
static void
add_hair (const Writer *writer, GPtrArray *parts)
{
  const GuiseFactSet *style = person (writer, GUISE_SLOT_HAIR_STYLE);
  const char *whole = NULL;

  for (guint i = 0; i < style->n && whole == NULL; i++)
    whole = special (writer, "hair", style->facts[i].statement.value);
  if (whole == NULL || find_class (style, GUISE_WORD_HAIR_SHAPE) != NULL) {
    add (parts, describe_hair (writer));
    return;
  }
  add (parts, g_strdup (whole));
  if (is_stated (person (writer, GUISE_SLOT_HAIR_COLOUR))) {
    g_autofree char *colour = say_hair_colour (writer);

    add (parts, g_strconcat (colour, " ", word (writer, "hair"), NULL));
  }
}

/* "a beard", "no glasses", "a cane". */
static void
add_feature (const Writer *writer, GPtrArray *parts, GuiseSlot slot)
{
  const GuiseFactSet *set = person (writer, slot);

  for (guint i = 0; i < set->n; i++) {
    const GuiseFact *fact = &set->facts[i];
    const char *whole = special (writer, guise_slot_get_name (slot), fact->statement.value);
    char *text = say (fact);

    if (fact->statement.negated) {
      add (parts, g_strconcat (word (writer, "no"), " ", text, NULL));
      g_free (text);
    } else if (whole != NULL) {
      add (parts, g_strdup (whole));
      g_free (text);
    } else {
      add (parts, is_countable (writer, fact) ? with_article (writer, text) : text);
    }
  }
}

static void
add_posture (const Writer *writer, GPtrArray *parts)
{
  const GuiseFactSet *set = person (writer, GUISE_SLOT_POSTURE);
  g_autofree char *text = NULL;

  if (!is_stated (set))
    return;
  text = say (&set->facts[0]);
  add (parts,
       with_article (writer, g_strconcat (text, " ", word (writer, "posture"), NULL)));
}

static void
add_traits (const Writer *writer, GPtrArray *parts)
{
  add_hair (writer, parts);
  add_feature (writer, parts, GUISE_SLOT_FACIAL_HAIR);
  add_feature (writer, parts, GUISE_SLOT_EYEWEAR);
  add_posture (writer, parts);
  add_feature (writer, parts, GUISE_SLOT_AID);
}

static gboolean
says_anything_of_person (const Writer *writer)
{
  for (guint slot = 0; slot < GUISE_SLOT_FIRST_GARMENT; slot++)
    if (person (writer, slot)->n > 0)
      return TRUE;
  return FALSE;
}

static char *
render_identity (const Writer *writer)
{
  g_autoptr (GPtrArray) traits = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *who = NULL;
  g_autofree char *with = NULL;

  if (!says_anything_of_person (writer))
    return NULL;
  who = describe_person (writer);
  add_traits (writer, traits);
  if (traits->len == 0)
    return g_steal_pointer (&who);
  with = join (writer, traits);
  return g_strdup_printf ("%s %s %s", who, word (writer, "with"), with);
}

/* ---- what is worn ---- */

static char *
describe_absent (const Writer *writer, const GuiseFactThing *thing)
{
  const GuiseFact *type = &thing->properties[GUISE_PROPERTY_TYPE].facts[0];
  const char *what = NULL;
  g_autofree char *text = say (type);

  if (type->statement.word_class == GUISE_WORD_NONE)
    what = special (writer, "any", type->statement.value);
  return g_strdup_printf ("%s %s", word (writer, "no"), what != NULL ? what : text);
}

/* "on the left side". */
static void
append_side (const Writer *writer, GString *out, const GuiseFactSet *side)
{
  g_autofree char *text = NULL;

  if (side->n == 0)
    return;
  text = say (&side->facts[0]);
  append (out, word (writer, "on the"));
  append (out, text);
  append (out, word (writer, "side"));
}

/* "with stripes". */
static void
append_behind (const Writer *writer, GString *out, const GuiseFactSet *patterns)
{
  const GuiseFact *fact = find_class (patterns, GUISE_WORD_PATTERN_NOUN);
  g_autofree char *text = NULL;

  if (fact == NULL || find_class (patterns, GUISE_WORD_PATTERN) != NULL)
    return;
  text = say (fact);
  append (out, word (writer, "with"));
  append (out, text);
}

/* "a long dark blue striped woollen coat". */
static char *
describe_thing (const Writer *writer, const GuiseFactThing *thing)
{
  const GuiseFactSet *type = &thing->properties[GUISE_PROPERTY_TYPE];
  g_autofree char *noun = NULL;
  gboolean article;
  GString *out;

  if (type->n > 0 && type->facts[0].statement.negated)
    return describe_absent (writer, thing);
  noun = type->n > 0 ? say (&type->facts[0])
                     : g_strdup (word (writer, guise_family_get_name (thing->family)));
  article = type->n > 0 ? is_countable (writer, &type->facts[0])
                        : special (writer, "one", guise_family_get_name (thing->family)) != NULL;
  out = g_string_new (NULL);
  if (writer->detail < DETAIL_NO_CUT)
    append_facts (out, &thing->properties[GUISE_PROPERTY_CUT], GUISE_WORD_CUT);
  append_joined (writer, out, &thing->properties[GUISE_PROPERTY_COLOUR]);
  append_facts (out, &thing->properties[GUISE_PROPERTY_PATTERN], GUISE_WORD_PATTERN);
  if (writer->detail < DETAIL_LEAST)
    append_facts (out, &thing->properties[GUISE_PROPERTY_MATERIAL], GUISE_WORD_MATERIAL);
  append (out, noun);
  append_behind (writer, out, &thing->properties[GUISE_PROPERTY_PATTERN]);
  append_side (writer, out, &thing->side);
  return article ? with_article (writer, g_string_free (out, FALSE)) : g_string_free (out, FALSE);
}

static gboolean
is_worn (const GuiseFactThing *thing)
{
  const GuiseFactSet *type = &thing->properties[GUISE_PROPERTY_TYPE];

  return thing->family != GUISE_FAMILY_BAG && thing->family != GUISE_FAMILY_CARRIED
         && !(type->n > 0 && type->facts[0].statement.negated);
}

static gboolean
names_family (const Writer *writer, GuiseFamily family)
{
  for (guint t = 0; t < writer->facts->things->len; t++)
    if (guise_facts_get_thing (writer->facts, t)->family == family)
      return TRUE;
  return FALSE;
}

/* "black clothes" says nothing more where both halves are named. */
static gboolean
is_left_out (const Writer *writer, const GuiseFactThing *thing)
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
    return writer->detail >= DETAIL_NOTHING_CARRIED;
  case GUISE_FAMILY_ACCESSORY:
    return writer->detail >= DETAIL_NO_ACCESSORY;
  default:
    return FALSE;
  }
}

static char *
render_clothing (const Writer *writer)
{
  g_autoptr (GPtrArray) worn = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) with = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (guint t = 0; t < writer->facts->things->len; t++) {
    const GuiseFactThing *thing = guise_facts_get_thing (writer->facts, t);

    if (!is_left_out (writer, thing))
      add (is_worn (thing) ? worn : with, describe_thing (writer, thing));
  }
  add_traits (writer, with);
  first = join (writer, worn);
  second = join (writer, with);
  if (worn->len == 0)
    return with->len == 0 ? NULL : g_strdup_printf ("%s %s", word (writer, "with"), second);
  return g_strdup_printf ("%s %s%s%s%s%s", word (writer, "wearing"), first,
                          with->len > 0 ? ", " : "", with->len > 0 ? word (writer, "with") : "",
                          with->len > 0 ? " " : "", second);
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
  Writer writer = { .lexicon = lexicon, .facts = facts, .side = side };
  char *text = NULL;

  for (writer.detail = DETAIL_ALL; writer.detail <= DETAIL_LEAST; writer.detail++) {
    g_free (text);
    text = side == GUISE_SIDE_IDENTITY ? render_identity (&writer) : render_clothing (&writer);
    if (text == NULL || guise_split_count_words (lexicon, text) <= GUISE_SPLIT_MAX_WORDS)
      break;
  }
  return text != NULL ? guise_split_finish (text) : NULL;
}
