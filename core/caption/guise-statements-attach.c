#include "guise-statements-private.h"

#include <string.h>

static const GuiseWordClass person_classes[]
    = { GUISE_WORD_AGE, GUISE_WORD_BUILD, GUISE_WORD_HEIGHT,
        GUISE_WORD_POSTURE, GUISE_WORD_HAIR_COLOUR, GUISE_WORD_HAIR_STYLE };
static const GuiseWordClass hair_classes[]
    = { GUISE_WORD_HAIR_COLOUR, GUISE_WORD_COLOUR, GUISE_WORD_SHADE, GUISE_WORD_HAIR_STYLE };
static const GuiseWordClass garment_classes[] = { GUISE_WORD_COLOUR, GUISE_WORD_SHADE,
                                                  GUISE_WORD_PATTERN, GUISE_WORD_MATERIAL,
                                                  GUISE_WORD_CUT };

static GuiseSlot
slot_of (const GuiseHead *head, GuiseWordClass word_class)
{
  switch (word_class) {
  case GUISE_WORD_AGE:
    return GUISE_SLOT_AGE;
  case GUISE_WORD_BUILD:
    return GUISE_SLOT_BUILD;
  case GUISE_WORD_HEIGHT:
    return GUISE_SLOT_HEIGHT;
  case GUISE_WORD_POSTURE:
    return GUISE_SLOT_POSTURE;
  case GUISE_WORD_HAIR_COLOUR:
    return GUISE_SLOT_HAIR_COLOUR;
  case GUISE_WORD_HAIR_STYLE:
    return GUISE_SLOT_HAIR_STYLE;
  case GUISE_WORD_PATTERN:
    return guise_slot_of_garment (head->family, GUISE_PROPERTY_PATTERN);
  case GUISE_WORD_MATERIAL:
    return guise_slot_of_garment (head->family, GUISE_PROPERTY_MATERIAL);
  case GUISE_WORD_CUT:
    return guise_slot_of_garment (head->family, GUISE_PROPERTY_CUT);
  default:
    return head->kind == GUISE_HEAD_HAIR
               ? GUISE_SLOT_HAIR_COLOUR
               : guise_slot_of_garment (head->family, GUISE_PROPERTY_COLOUR);
  }
}

static const GuiseSense *
find_sense (const GuiseLexiconTerm *term, const GuiseWordClass *classes, guint n)
{
  const GuiseSense *sense = NULL;

  for (guint i = 0; i < n && sense == NULL; i++)
    sense = guise_lexicon_get_sense (term, classes[i]);
  return sense;
}

/* What a property says of a person; NULL where it may as well be said of hair or clothes. */
static const GuiseSense *
sense_for_person (const GuiseLexiconTerm *term)
{
  const GuiseSense *sense = find_sense (term, person_classes, G_N_ELEMENTS (person_classes));

  if (sense == NULL)
    return NULL;
  if (sense->word_class == GUISE_WORD_HAIR_COLOUR
      && guise_lexicon_get_sense (term, GUISE_WORD_COLOUR))
    return NULL;
  if (sense->word_class == GUISE_WORD_HAIR_STYLE && guise_lexicon_get_sense (term, GUISE_WORD_CUT))
    return NULL;
  return sense;
}

static GuiseWordClass
class_of_measure (GuiseSlot slot)
{
  switch (slot) {
  case GUISE_SLOT_HEIGHT:
    return GUISE_WORD_HEIGHT;
  case GUISE_SLOT_BUILD:
    return GUISE_WORD_BUILD;
  case GUISE_SLOT_AGE:
    return GUISE_WORD_AGE;
  default:
    return GUISE_WORD_POSTURE;
  }
}

static const GuiseSense *
sense_for (const GuiseHead *head, const GuiseLexiconTerm *term)
{
  switch (head->kind) {
  case GUISE_HEAD_PERSON:
    return sense_for_person (term);
  case GUISE_HEAD_HAIR:
    return find_sense (term, hair_classes, G_N_ELEMENTS (hair_classes));
  case GUISE_HEAD_GARMENT:
    return find_sense (term, garment_classes, G_N_ELEMENTS (garment_classes));
  case GUISE_HEAD_MEASURE:
    return guise_lexicon_get_sense (term, class_of_measure (head->slot));
  default:
    return NULL;
  }
}

/* ---- roles ---- */

static gboolean
is_property (const GuiseLexiconTerm *term)
{
  return find_sense (term, person_classes, G_N_ELEMENTS (person_classes)) != NULL
         || find_sense (term, garment_classes, G_N_ELEMENTS (garment_classes)) != NULL;
}

/* The first sense that makes the term a noun. */
static const GuiseSense *
find_noun (const GuiseLexiconTerm *term)
{
  for (guint i = 0; term != NULL && i < term->n_senses; i++) {
    GuiseWordClass c = term->senses[i].word_class;

    if (c == GUISE_WORD_GENDER || c == GUISE_WORD_PERSON || c == GUISE_WORD_PATTERN_NOUN
        || (c >= GUISE_WORD_MEASURE && c <= GUISE_WORD_HAIR) || c == GUISE_WORD_PLACE
        || (c >= GUISE_WORD_HAIR_SHAPE && c <= GUISE_WORD_PART && c != GUISE_WORD_HAIR_STATE)
        || c == GUISE_WORD_NOUN || c == GUISE_WORD_BODY || c == GUISE_WORD_HEADING)
      return &term->senses[i];
  }
  return NULL;
}

/* Whether the unit goes on with what a property began. */
static gboolean
continues_phrase (const GuiseReading *reading, guint i)
{
  const GuiseLexiconTerm *term = i < reading->n_units ? reading->units[i].term : NULL;

  return term != NULL && (is_property (term) || find_noun (term) != NULL);
}

static gboolean
is_passed (GuiseWordClass word_class)
{
  return word_class == GUISE_WORD_ADVERB || word_class == GUISE_WORD_VAGUE
         || word_class == GUISE_WORD_ETHNICITY;
}

GuiseRole
guise_reading_get_role (const GuiseReading *reading, guint i, const GuiseSense **sense)
{
  const GuiseLexiconTerm *term = reading->units[i].term;
  const GuiseSense *noun = find_noun (term);

  *sense = noun;
  if (term == NULL)
    return GUISE_ROLE_UNKNOWN;
  if (noun == NULL && is_property (term))
    return GUISE_ROLE_PROPERTY;
  if (noun == NULL) {
    *sense = term->senses;
    return is_passed (term->senses->word_class) ? GUISE_ROLE_PASSED : GUISE_ROLE_OTHER;
  }
  /* "denim" is a property before "jacket" and a noun before a comma; "boy" is always a noun. */
  if (is_property (term) && noun->word_class != GUISE_WORD_GENDER
      && noun->word_class != GUISE_WORD_PERSON && continues_phrase (reading, i + 1))
    return GUISE_ROLE_PROPERTY;
  return GUISE_ROLE_NOUN;
}

/* ---- attaching ---- */

static GuiseHead
head_of_noun (const GuiseSense *noun)
{
  GuiseHead head = { .kind = GUISE_HEAD_OTHER, .family = GUISE_FAMILY_NONE };

  switch (noun->word_class) {
  case GUISE_WORD_GENDER:
  case GUISE_WORD_PERSON:
    head.kind = GUISE_HEAD_PERSON;
    break;
  case GUISE_WORD_HAIR:
  case GUISE_WORD_HAIR_SHAPE:
    head.kind = GUISE_HEAD_HAIR;
    break;
  case GUISE_WORD_MEASURE:
    head.kind = GUISE_HEAD_MEASURE;
    head.slot = guise_slot_find (noun->value);
    break;
  default:
    if (noun->word_class >= GUISE_WORD_UPPER && noun->word_class <= GUISE_WORD_CARRIED) {
      head.kind = GUISE_HEAD_GARMENT;
      head.family = GUISE_FAMILY_UPPER;
    }
    break;
  }
  return head;
}

gboolean
guise_reading_fits (const GuiseReading *reading, const GuiseSense *noun)
{
  GuiseHead head = head_of_noun (noun);

  for (guint i = 0; i < reading->pending->len; i++) {
    guint unit = g_array_index (reading->pending, guint, i);

    if (sense_for (&head, reading->units[unit].term) == NULL)
      return FALSE;
  }
  return TRUE;
}

GuiseStatement *
guise_reading_state (GuiseReading *reading, GuiseSlot slot, guint unit, const GuiseSense *sense,
                     guint thing)
{
  GuiseStatement statement = {
    .slot = slot,
    .side = guise_lexicon_get_side (reading->lexicon, slot),
    .value = g_intern_string (sense->value),
    .start = reading->units[unit].start,
    .length = reading->units[unit].length,
    .thing = thing,
    .sense_flags = sense->flags,
    .negated = reading->negated,
    .hedged = reading->hedged || reading->hedged_clause,
    .word_class = sense->word_class,
  };

  statement.base = sense->word_class == GUISE_WORD_SHADE ? NULL : statement.value;
  g_array_append_val (reading->statements, statement);
  return &g_array_index (reading->statements, GuiseStatement, reading->statements->len - 1);
}

/* "dark" and "blue" side by side are one colour. */
static void
add_shade (GuiseReading *reading, GuiseStatement *colour, guint shade_unit)
{
  const GuiseUnit *unit = &reading->units[shade_unit];
  const GuiseSense *shade = guise_lexicon_get_sense (unit->term, GUISE_WORD_SHADE);
  g_autofree char *value = g_strdup_printf ("%s %s", shade->value, colour->value);

  colour->value = g_intern_string (value);
  colour->length += colour->start - unit->start;
  colour->start = unit->start;
  colour->sense_flags |= shade->flags;
}

static gboolean
is_shade_of_next (const GuiseReading *reading, const GuiseHead *head, guint p)
{
  guint unit = g_array_index (reading->pending, guint, p);
  const GuiseSense *sense = sense_for (head, reading->units[unit].term), *next;

  if (sense == NULL || sense->word_class != GUISE_WORD_SHADE || p + 1 >= reading->pending->len
      || g_array_index (reading->pending, guint, p + 1) != unit + 1)
    return FALSE;
  next = sense_for (head, reading->units[unit + 1].term);
  return next != NULL
         && (next->word_class == GUISE_WORD_COLOUR || next->word_class == GUISE_WORD_HAIR_COLOUR);
}

/* Of hair, "scarlet" is what "red" is of hair. */
static const GuiseSense *
adapt_to_hair (const GuiseReading *reading, const GuiseHead *head, const GuiseSense *sense)
{
  const GuiseSense *of_hair = NULL;

  if (head->kind == GUISE_HEAD_HAIR && sense->word_class == GUISE_WORD_COLOUR)
    of_hair = guise_lexicon_get_sense (guise_lexicon_find (reading->lexicon, sense->value),
                                       GUISE_WORD_HAIR_COLOUR);
  return of_hair != NULL ? of_hair : sense;
}

/* Gives one pending property to head; FALSE if it does not fit. */
static gboolean
give (GuiseReading *reading, const GuiseHead *head, guint p)
{
  guint unit = g_array_index (reading->pending, guint, p);
  const GuiseSense *sense = sense_for (head, reading->units[unit].term), *said;
  GuiseStatement *statement;

  if (sense == NULL)
    return FALSE;
  if (is_shade_of_next (reading, head, p))
    return TRUE;
  said = adapt_to_hair (reading, head, sense);
  statement
      = guise_reading_state (reading, slot_of (head, said->word_class), unit, said, head->thing);
  statement->sense_flags |= sense->flags;
  statement->measured = head->kind == GUISE_HEAD_MEASURE;
  if (p > 0 && is_shade_of_next (reading, head, p - 1))
    add_shade (reading, statement, unit - 1);
  return TRUE;
}

void
guise_reading_attach (GuiseReading *reading, const GuiseHead *head)
{
  static const GuiseHead person = { .kind = GUISE_HEAD_PERSON };
  guint n_left = 0;

  for (guint p = 0; p < reading->pending->len; p++) {
    if (give (reading, head, p))
      continue;
    if (head->kind == GUISE_HEAD_MEASURE) {
      guint unit = g_array_index (reading->pending, guint, p);

      g_array_index (reading->pending, guint, n_left++) = unit;
    } else if (head->kind == GUISE_HEAD_HAIR || head->kind == GUISE_HEAD_NONE) {
      give (reading, &person, p);
    }
  }
  g_array_set_size (reading->pending, n_left);
}

/* A thing's properties stand before those of the next one. */
static gboolean
has_colour (const GuiseReading *reading, guint thing)
{
  for (guint i = reading->statements->len; i > 0 && thing > 0; i--) {
    const GuiseStatement *s = &g_array_index (reading->statements, GuiseStatement, i - 1);

    if (s->thing > 0 && s->thing < thing)
      break;
    if (s->thing == thing
        && (s->word_class == GUISE_WORD_COLOUR || s->word_class == GUISE_WORD_SHADE))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_colour (const GuiseLexiconTerm *term)
{
  return guise_lexicon_get_sense (term, GUISE_WORD_COLOUR) != NULL
         || guise_lexicon_get_sense (term, GUISE_WORD_SHADE) != NULL;
}

gboolean
guise_reading_is_postposed (const GuiseReading *reading)
{
  if (!reading->adjacent || reading->pending->len == 0)
    return FALSE;
  if (reading->head.kind == GUISE_HEAD_HAIR)
    return TRUE;
  if (reading->head.kind != GUISE_HEAD_GARMENT)
    return FALSE;
  for (guint p = 0; p < reading->pending->len; p++)
    if (is_colour (reading->units[g_array_index (reading->pending, guint, p)].term))
      return !has_colour (reading, reading->head.thing);
  return TRUE;
}

/* Of whom or what a property is said that no noun follows. */
static GuiseHead
find_target (GuiseReading *reading)
{
  GuiseHead none = { .kind = GUISE_HEAD_NONE, .family = GUISE_FAMILY_NONE };

  if (reading->has_subject)
    return reading->subject;
  if (reading->wearing || reading->heading != GUISE_FAMILY_NONE) {
    none.kind = GUISE_HEAD_GARMENT;
    none.family = reading->wearing ? GUISE_FAMILY_CLOTHES : reading->heading;
    return none;
  }
  return guise_reading_is_postposed (reading) ? reading->head : none;
}

static gboolean
any_fits (const GuiseReading *reading, const GuiseHead *head)
{
  for (guint p = 0; p < reading->pending->len; p++)
    if (sense_for (head, reading->units[g_array_index (reading->pending, guint, p)].term) != NULL)
      return TRUE;
  return FALSE;
}

void
guise_reading_flush (GuiseReading *reading)
{
  GuiseHead target;

  if (reading->pending->len == 0)
    return;
  target = find_target (reading);
  if (target.kind == GUISE_HEAD_GARMENT && target.thing == 0) {
    if (any_fits (reading, &target))
      target.thing = ++reading->n_things;
    else
      target.kind = GUISE_HEAD_NONE;
  }
  guise_reading_attach (reading, &target);
  g_array_set_size (reading->pending, 0);
  reading->wearing = reading->hedged = FALSE;
  reading->adjacent = FALSE;
}
