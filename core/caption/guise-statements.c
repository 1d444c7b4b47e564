#include "guise-statements-private.h"

#define NO_UNIT G_MAXUINT
/* How many properties wait for one noun, and how far ahead it is looked for. Nobody writes more;
 * and however long a text is, the time that it takes grows only with its length. */
#define MAX_PENDING 24
#define MAX_AHEAD 32

static gboolean
is_class (const GuiseReading *reading, guint i, GuiseWordClass word_class)
{
  return i < reading->n_units
         && guise_lexicon_get_sense (reading->units[i].term, word_class) != NULL;
}

/* At the beginning of a sentence, or of an item of a list. */
static gboolean
begins (const GuiseReading *reading, guint i)
{
  return i == 0 || reading->units[i - 1].kind != GUISE_UNIT_WORD;
}

/* A noun takes what waited for one. "no hat or bag": a negation reaches over "or". */
static void
close_noun (GuiseReading *reading, guint i, const GuiseHead *head)
{
  const GuiseSense *next = i + 1 < reading->n_units ? guise_lexicon_get_sense (
                               reading->units[i + 1].term, GUISE_WORD_CONJUNCTION)
                                                    : NULL;

  reading->head = *head;
  reading->head.unit = i;
  if (head->kind == GUISE_HEAD_GARMENT)
    reading->worn = reading->head;
  if (next == NULL || g_str_equal (next->value, "and"))
    reading->negated = FALSE;
  reading->hedged = reading->wearing = reading->with = reading->has_subject = FALSE;
  reading->indefinite = FALSE;
  reading->side = NO_UNIT;
}

/* ---- nouns ---- */

/* Another thing: properties before it are its own. */
static void
take_other (GuiseReading *reading, guint i)
{
  GuiseHead other = { .kind = GUISE_HEAD_OTHER, .family = GUISE_FAMILY_NONE };

  if (guise_lexicon_get_sense (reading->units[i].term, GUISE_WORD_PLACE) != NULL)
    guise_reading_state (reading, GUISE_SLOT_PLACE, i,
                         guise_lexicon_get_sense (reading->units[i].term, GUISE_WORD_PLACE), 0);
  g_array_set_size (reading->pending, 0);
  close_noun (reading, i, &other);
}

/* "A woman carries a baby": a second one in the same sentence is somebody else. */
static gboolean
is_somebody_else (const GuiseReading *reading)
{
  return reading->knows_person && reading->indefinite && !reading->has_subject;
}

static void
take_person (GuiseReading *reading, guint i)
{
  static const GuiseHead person = { .kind = GUISE_HEAD_PERSON, .family = GUISE_FAMILY_NONE };
  static const struct {
    GuiseWordClass word_class;
    GuiseSlot slot;
  } says[] = { { GUISE_WORD_GENDER, GUISE_SLOT_GENDER },
               { GUISE_WORD_AGE, GUISE_SLOT_AGE },
               { GUISE_WORD_HAIR_COLOUR, GUISE_SLOT_HAIR_COLOUR } };

  if (is_somebody_else (reading)) {
    take_other (reading, i);
    return;
  }
  reading->knows_person = TRUE;
  guise_reading_attach (reading, &person);
  for (guint s = 0; s < G_N_ELEMENTS (says); s++) {
    const GuiseSense *sense
        = guise_lexicon_get_sense (reading->units[i].term, says[s].word_class);

    if (sense != NULL)
      guise_reading_state (reading, says[s].slot, i, sense, 0);
  }
  close_noun (reading, i, &person);
}

static void
take_measure (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  GuiseHead head = { .kind = GUISE_HEAD_MEASURE, .family = GUISE_FAMILY_NONE };
  gboolean adjacent = reading->adjacent;

  head.slot = guise_slot_find (sense->value);
  guise_reading_attach (reading, &head);
  if (reading->pending->len > 0) {
    reading->adjacent = adjacent;
    return;
  }
  close_noun (reading, i, &head);
}

static void
take_hair (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  GuiseHead head = { .kind = GUISE_HEAD_HAIR, .family = GUISE_FAMILY_NONE };

  guise_reading_attach (reading, &head);
  if (sense->word_class == GUISE_WORD_HAIR_SHAPE)
    guise_reading_state (reading, GUISE_SLOT_HAIR_STYLE, i, sense, 0);
  close_noun (reading, i, &head);
}

/* A beard, glasses, a cane: what is said of its colour is nobody's. */
static void
take_feature (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  GuiseHead none = { .kind = GUISE_HEAD_NONE, .family = GUISE_FAMILY_NONE };
  GuiseHead other = { .kind = GUISE_HEAD_OTHER, .family = GUISE_FAMILY_NONE };
  GuiseSlot slot = sense->word_class == GUISE_WORD_FACIAL_HAIR ? GUISE_SLOT_FACIAL_HAIR
                   : sense->word_class == GUISE_WORD_EYEWEAR   ? GUISE_SLOT_EYEWEAR
                                                               : GUISE_SLOT_AID;

  guise_reading_attach (reading, &none);
  guise_reading_state (reading, slot, i, sense, 0);
  close_noun (reading, i, &other);
}

static GuiseFamily
family_of (GuiseWordClass word_class)
{
  switch (word_class) {
  case GUISE_WORD_LOWER:
    return GUISE_FAMILY_LOWER;
  case GUISE_WORD_SHOES:
    return GUISE_FAMILY_SHOES;
  case GUISE_WORD_BAG:
    return GUISE_FAMILY_BAG;
  case GUISE_WORD_HEADWEAR:
    return GUISE_FAMILY_HEADWEAR;
  case GUISE_WORD_ACCESSORY:
    return GUISE_FAMILY_ACCESSORY;
  case GUISE_WORD_CLOTHES:
    return GUISE_FAMILY_CLOTHES;
  case GUISE_WORD_CARRIED:
    return GUISE_FAMILY_CARRIED;
  default:
    return GUISE_FAMILY_UPPER;
  }
}

/* "Top red shirt", "Bag: a rucksack", "hoodie sweatshirt": the noun before was only the heading, or
 * the first half, of this one. */
static gboolean
goes_on (const GuiseReading *reading, guint i, GuiseFamily family)
{
  const GuiseHead *head = &reading->head;

  if (head->kind != GUISE_HEAD_GARMENT || head->family != family
      || head->statement + 1 != reading->statements->len)
    return FALSE;
  return head->bare || (head->unit + 1 == i && reading->pending->len == 0);
}

static gboolean
has_only_properties_before (const GuiseReading *reading, guint i)
{
  return reading->pending->len == 0 && begins (reading, i);
}

static void
take_garment (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  GuiseHead head = { .kind = GUISE_HEAD_GARMENT, .family = family_of (sense->word_class) };
  GuiseStatement *statement;

  if (goes_on (reading, i, head.family)) {
    g_array_set_size (reading->statements, reading->head.statement);
    head.thing = reading->head.thing;
  } else {
    head.thing = ++reading->n_things;
  }
  head.bare = has_only_properties_before (reading, i) && !reading->negated;
  guise_reading_attach (reading, &head);
  head.statement = reading->statements->len;
  statement = guise_reading_state (
      reading, guise_slot_of_garment (head.family, GUISE_PROPERTY_TYPE), i, sense, head.thing);
  statement->one_piece = sense->word_class == GUISE_WORD_ONE_PIECE;
  close_noun (reading, i, &head);
  reading->heading = GUISE_FAMILY_NONE;
}

/* "with stripes" says it of the garment before. */
static void
take_pattern (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  g_array_set_size (reading->pending, 0);
  if (!reading->with || reading->worn.kind != GUISE_HEAD_GARMENT)
    return;
  guise_reading_state (reading,
                       guise_slot_of_garment (reading->worn.family, GUISE_PROPERTY_PATTERN), i,
                       sense, reading->worn.thing);
}

/* "on the left shoulder" says where the bag before hangs; "bald head" is said of the person. */
static void
take_body (GuiseReading *reading, guint i)
{
  GuiseHead none = { .kind = GUISE_HEAD_NONE, .family = GUISE_FAMILY_NONE };
  GuiseHead other = { .kind = GUISE_HEAD_OTHER, .family = GUISE_FAMILY_NONE };

  if (reading->side != NO_UNIT && reading->worn.kind == GUISE_HEAD_GARMENT
      && reading->worn.family == GUISE_FAMILY_BAG)
    guise_reading_state (
        reading, GUISE_SLOT_BAG_SIDE, reading->side,
        guise_lexicon_get_sense (reading->units[reading->side].term, GUISE_WORD_SIDE),
        reading->worn.thing);
  guise_reading_attach (reading, &none);
  close_noun (reading, i, &other);
}

static gboolean
is_heading (const GuiseReading *reading, guint i)
{
  const GuiseSense *sense;
  GuiseRole role;

  if (!is_class (reading, i, GUISE_WORD_HEADING) || !begins (reading, i)
      || i + 1 >= reading->n_units)
    return FALSE;
  if (reading->units[i + 1].kind != GUISE_UNIT_WORD)
    return reading->units[i + 1].kind == GUISE_UNIT_COLON;
  role = guise_reading_get_role (reading, i + 1, &sense);
  return role == GUISE_ROLE_PROPERTY || role == GUISE_ROLE_NOUN
         || is_class (reading, i + 1, GUISE_WORD_NONE);
}

static GuiseFamily
find_family (const char *name)
{
  for (int family = 0; family < GUISE_N_FAMILIES; family++)
    if (g_str_equal (name, guise_family_get_name (family)))
      return family;
  return GUISE_FAMILY_NONE;
}

static void
take_noun (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  const GuiseLexiconTerm *term = reading->units[i].term;
  const GuiseSense *measure = guise_lexicon_get_sense (term, GUISE_WORD_MEASURE);

  if (is_heading (reading, i)) {
    reading->heading = find_family (guise_lexicon_get_sense (term, GUISE_WORD_HEADING)->value);
    return;
  }
  if (measure != NULL && (sense == measure || guise_reading_fits (reading, measure)) /* "figure" */
      && (sense == measure || reading->pending->len > 0)) {
    take_measure (reading, i, measure);
    return;
  }
  switch (sense->word_class) {
  case GUISE_WORD_GENDER:
  case GUISE_WORD_PERSON:
    take_person (reading, i);
    break;
  case GUISE_WORD_HAIR:
  case GUISE_WORD_HAIR_SHAPE:
    take_hair (reading, i, sense);
    break;
  case GUISE_WORD_FACIAL_HAIR:
  case GUISE_WORD_EYEWEAR:
  case GUISE_WORD_AID:
    take_feature (reading, i, sense);
    break;
  case GUISE_WORD_PATTERN_NOUN:
    take_pattern (reading, i, sense);
    break;
  case GUISE_WORD_BODY:
  case GUISE_WORD_HEADING:
    take_body (reading, i);
    break;
  case GUISE_WORD_PART:
  case GUISE_WORD_PLACE:
  case GUISE_WORD_NOUN:
    take_other (reading, i);
    break;
  default:
    take_garment (reading, i, sense);
    break;
  }
}

/* ---- the words between ---- */

/* Where a phrase of properties from i on ends: the sense of its noun, or NULL if it has none. */
static const GuiseSense *
find_phrase_end (const GuiseReading *reading, guint i)
{
  guint end = MIN (reading->n_units, i + MAX_AHEAD);

  for (; i < end; i++) {
    const GuiseSense *sense;
    GuiseRole role;

    if (reading->units[i].kind == GUISE_UNIT_COMMA)
      continue;
    if (reading->units[i].kind != GUISE_UNIT_WORD)
      return NULL;
    role = guise_reading_get_role (reading, i, &sense);
    if (role == GUISE_ROLE_NOUN)
      return sense;
    if (role != GUISE_ROLE_PROPERTY && role != GUISE_ROLE_PASSED
        && !is_class (reading, i, GUISE_WORD_CONJUNCTION))
      return NULL;
  }
  return NULL;
}

/* A comma, or "and", between properties: "black, white and red shirt", but "tall, red shirt". */
static void
take_joint (GuiseReading *reading, guint i)
{
  const GuiseSense *sense, *end;
  guint limit = MIN (reading->n_units, i + MAX_AHEAD);

  if (reading->pending->len == 0)
    return;
  if (reading->units[i].kind == GUISE_UNIT_COMMA && guise_reading_is_postposed (reading)) {
    guise_reading_flush (reading);
    return;
  }
  while (i + 1 < limit
         && (reading->units[i + 1].kind == GUISE_UNIT_COMMA
             || is_class (reading, i + 1, GUISE_WORD_CONJUNCTION)))
    i++;
  if (i + 1 < reading->n_units && reading->units[i + 1].kind == GUISE_UNIT_WORD
      && guise_reading_get_role (reading, i + 1, &sense) == GUISE_ROLE_PROPERTY) {
    end = find_phrase_end (reading, i + 1);
    if (end != NULL ? guise_reading_fits (reading, end)
                    : reading->has_subject || reading->wearing)
      return;
  }
  guise_reading_flush (reading);
}

/* "Bag: none", "Shoes: unknown": the heading was no statement. Returns whose it was. */
static GuiseFamily
take_heading_back (GuiseReading *reading, guint *unit)
{
  const GuiseHead *head = &reading->head;
  GuiseFamily family = reading->heading;

  guise_reading_flush (reading);
  if (family == GUISE_FAMILY_NONE && head->kind == GUISE_HEAD_GARMENT && head->bare
      && head->statement + 1 == reading->statements->len) {
    g_array_set_size (reading->statements, head->statement);
    family = head->family;
    *unit = head->unit;
  }
  reading->heading = GUISE_FAMILY_NONE;
  reading->head.bare = FALSE;
  return family;
}

static void
take_none (GuiseReading *reading, guint i)
{
  GuiseSense sense = { .word_class = GUISE_WORD_NONE, .flags = GUISE_SENSE_RESPELT };
  guint unit = i;
  GuiseFamily family = take_heading_back (reading, &unit);

  if (family == GUISE_FAMILY_NONE)
    return;
  sense.value = guise_family_get_name (family);
  guise_reading_state (reading, guise_slot_of_garment (family, GUISE_PROPERTY_TYPE), unit, &sense,
                       ++reading->n_things)
      ->negated
      = TRUE;
}

static void
take_copula (GuiseReading *reading, guint i)
{
  guise_reading_flush (reading);
  reading->subject = i > 0 && is_class (reading, i - 1, GUISE_WORD_WEAR) ? reading->worn
                                                                         : reading->head;
  reading->has_subject = reading->subject.kind != GUISE_HEAD_NONE;
  reading->wearing = FALSE;
}

/* "in": of a garment right before it, else what somebody wears. */
static void
take_in (GuiseReading *reading, guint i)
{
  gboolean of_garment = i > 0 && reading->head.unit + 1 == i
                        && (reading->head.kind == GUISE_HEAD_GARMENT
                            || reading->head.kind == GUISE_HEAD_HAIR);

  guise_reading_flush (reading);
  reading->has_subject = of_garment;
  reading->subject = reading->head;
  reading->wearing = !of_garment;
}

/* "his" begins a phrase and says who he is. */
static void
take_determiner (GuiseReading *reading, guint i)
{
  static const GuiseHead person = { .kind = GUISE_HEAD_PERSON, .family = GUISE_FAMILY_NONE };
  const GuiseSense *gender = guise_lexicon_get_sense (reading->units[i].term, GUISE_WORD_PRONOUN);

  const GuiseSense *article = guise_lexicon_get_sense (reading->units[i].term, GUISE_WORD_ARTICLE);

  guise_reading_flush (reading);
  reading->indefinite = article != NULL && g_str_equal (article->value, "a");
  if (gender != NULL) {
    gboolean negated = reading->negated;

    reading->negated = FALSE;
    guise_reading_state (reading, GUISE_SLOT_GENDER, i, gender, 0);
    reading->negated = negated;
  }
  if (gender != NULL && article == NULL) {
    reading->head = person;
    reading->head.unit = i;
  }
}

static void
take_moment (GuiseReading *reading, guint i, GuiseSlot slot, const GuiseSense *sense)
{
  guise_reading_flush (reading);
  guise_reading_state (reading, slot, i, sense, 0);
  reading->has_subject = FALSE;
}

static void
take_between (GuiseReading *reading, guint i, const GuiseSense *sense)
{
  switch (sense->word_class) {
  case GUISE_WORD_CONJUNCTION:
    take_joint (reading, i);
    break;
  case GUISE_WORD_ARTICLE:
  case GUISE_WORD_PRONOUN:
    take_determiner (reading, i);
    break;
  case GUISE_WORD_COPULA:
    take_copula (reading, i);
    break;
  case GUISE_WORD_IN:
    take_in (reading, i);
    break;
  case GUISE_WORD_WEAR:
    guise_reading_flush (reading);
    reading->wearing = TRUE;
    reading->has_subject = FALSE;
    break;
  case GUISE_WORD_WITH:
    guise_reading_flush (reading);
    reading->with = TRUE;
    reading->has_subject = FALSE;
    break;
  case GUISE_WORD_NEGATION:
    guise_reading_flush (reading);
    reading->negated = TRUE;
    break;
  case GUISE_WORD_NONE:
    take_none (reading, i);
    break;
  case GUISE_WORD_UNKNOWN:
    take_heading_back (reading, &i);
    break;
  case GUISE_WORD_HEDGE:
    reading->hedged = TRUE;
    break;
  case GUISE_WORD_HEDGE_CLAUSE:
    reading->hedged_clause = TRUE;
    break;
  case GUISE_WORD_SIDE:
    reading->side = i;
    break;
  case GUISE_WORD_ACTION:
    take_moment (reading, i, GUISE_SLOT_ACTION, sense);
    break;
  case GUISE_WORD_FACING:
    take_moment (reading, i, GUISE_SLOT_FACING, sense);
    break;
  case GUISE_WORD_HAIR_STATE:
    if (reading->head.kind == GUISE_HEAD_HAIR)
      guise_reading_state (reading, GUISE_SLOT_HAIR_STYLE, i, sense, 0);
    break;
  default:
    guise_reading_flush (reading);
    break;
  }
}

/* ---- the walk ---- */

static void
take_property (GuiseReading *reading, guint i)
{
  if (reading->pending->len == 0)
    reading->adjacent = i > 0 && reading->head.unit + 1 == i;
  if (reading->pending->len < MAX_PENDING)
    g_array_append_val (reading->pending, i);
}

/* An unknown word before more of the phrase is a property ("a red fancy shirt"), else a noun. */
static void
take_unknown (GuiseReading *reading, guint i)
{
  const GuiseSense *sense;
  GuiseRole role = GUISE_ROLE_OTHER;

  if (i + 1 < reading->n_units && reading->units[i + 1].kind == GUISE_UNIT_WORD)
    role = guise_reading_get_role (reading, i + 1, &sense);
  if (role != GUISE_ROLE_OTHER)
    return;
  if (reading->has_subject)
    guise_reading_flush (reading);
  take_other (reading, i);
}

static void
take_stop (GuiseReading *reading)
{
  guise_reading_flush (reading);
  reading->negated = reading->hedged = reading->hedged_clause = FALSE;
  reading->has_subject = reading->wearing = reading->with = FALSE;
  reading->knows_person = reading->indefinite = FALSE;
  reading->heading = GUISE_FAMILY_NONE;
  reading->head.bare = FALSE;
}

/* "Hair: black." says it of the hair. */
static void
take_colon (GuiseReading *reading)
{
  guise_reading_flush (reading);
  reading->subject = reading->head;
  reading->has_subject
      = reading->head.kind == GUISE_HEAD_GARMENT || reading->head.kind == GUISE_HEAD_HAIR;
}

static void
take_unit (GuiseReading *reading, guint i)
{
  const GuiseSense *sense;

  switch (reading->units[i].kind) {
  case GUISE_UNIT_STOP:
    take_stop (reading);
    return;
  case GUISE_UNIT_COLON:
    take_colon (reading);
    return;
  case GUISE_UNIT_COMMA:
    take_joint (reading, i);
    reading->head.bare = FALSE;
    return;
  default:
    break;
  }
  switch (guise_reading_get_role (reading, i, &sense)) {
  case GUISE_ROLE_PROPERTY:
    take_property (reading, i);
    break;
  case GUISE_ROLE_NOUN:
    take_noun (reading, i, sense);
    break;
  case GUISE_ROLE_UNKNOWN:
    take_unknown (reading, i);
    break;
  case GUISE_ROLE_PASSED:
    break;
  default:
    take_between (reading, i, sense);
    break;
  }
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const GuiseStatement *x = a, *y = b;

  if (x->start != y->start)
    return x->start < y->start ? -1 : 1;
  return (int)x->slot - (int)y->slot;
}

GArray *
guise_statements_read (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  g_autoptr (GArray) pending = g_array_new (FALSE, FALSE, sizeof (guint));
  GuiseReading reading = {
    .lexicon = lexicon,
    .units = (const GuiseUnit *)(gpointer)units->data,
    .n_units = units->len,
    .statements = g_array_new (FALSE, FALSE, sizeof (GuiseStatement)),
    .pending = pending,
    .head = { .unit = NO_UNIT - 1, .family = GUISE_FAMILY_NONE },
    .heading = GUISE_FAMILY_NONE,
    .side = NO_UNIT,
  };

  for (guint i = 0; i < units->len; i++)
    take_unit (&reading, i);
  take_stop (&reading);
  g_array_sort (reading.statements, compare_starts);
  return reading.statements;
}
