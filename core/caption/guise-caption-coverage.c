#include "guise-caption-checks-private.h"
#include "guise-facts.h"

#include <string.h>

static const char *const topic_names[GUISE_N_TOPICS]
    = { "gender", "age", "build", "height", "posture", "hair",
        "upper", "lower", "shoes", "bag", "headwear" };

const char *
guise_topic_get_name (GuiseTopic topic)
{
  return topic_names[topic];
}

/* ---- coverage ---- */

static guint
topics_of_family (GuiseFamily family)
{
  switch (family) {
  case GUISE_FAMILY_UPPER:
    return 1 << GUISE_TOPIC_UPPER;
  case GUISE_FAMILY_LOWER:
    return 1 << GUISE_TOPIC_LOWER;
  case GUISE_FAMILY_SHOES:
    return 1 << GUISE_TOPIC_SHOES;
  case GUISE_FAMILY_BAG:
    return 1 << GUISE_TOPIC_BAG;
  case GUISE_FAMILY_HEADWEAR:
    return 1 << GUISE_TOPIC_HEADWEAR;
  case GUISE_FAMILY_CLOTHES: /* "dressed in black" */
    return 1 << GUISE_TOPIC_UPPER | 1 << GUISE_TOPIC_LOWER;
  default:
    return 0;
  }
}

static guint
topics_of_slot (GuiseSlot slot)
{
  switch (slot) {
  case GUISE_SLOT_GENDER:
    return 1 << GUISE_TOPIC_GENDER;
  case GUISE_SLOT_AGE:
    return 1 << GUISE_TOPIC_AGE;
  case GUISE_SLOT_BUILD:
    return 1 << GUISE_TOPIC_BUILD;
  case GUISE_SLOT_HEIGHT:
    return 1 << GUISE_TOPIC_HEIGHT;
  case GUISE_SLOT_POSTURE:
    return 1 << GUISE_TOPIC_POSTURE;
  case GUISE_SLOT_HAIR_COLOUR:
  case GUISE_SLOT_HAIR_STYLE:
    return 1 << GUISE_TOPIC_HAIR;
  default:
    return topics_of_family (guise_slot_get_family (slot));
  }
}

/* What a word stands for, when it is said that nothing is known of it: "hair not visible". */
static guint
topics_of_word (const GuiseLexiconTerm *term)
{
  static const struct {
    GuiseWordClass word_class;
    guint topics;
  } words[] = {
    { GUISE_WORD_HAIR, 1 << GUISE_TOPIC_HAIR },
    { GUISE_WORD_UPPER, 1 << GUISE_TOPIC_UPPER },
    { GUISE_WORD_LOWER, 1 << GUISE_TOPIC_LOWER },
    { GUISE_WORD_SHOES, 1 << GUISE_TOPIC_SHOES },
    { GUISE_WORD_BAG, 1 << GUISE_TOPIC_BAG },
    { GUISE_WORD_HEADWEAR, 1 << GUISE_TOPIC_HEADWEAR },
  };
  const GuiseSense *measure = guise_lexicon_get_sense (term, GUISE_WORD_MEASURE);
  const GuiseSense *heading = guise_lexicon_get_sense (term, GUISE_WORD_HEADING);
  guint topics = 0;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (guise_lexicon_get_sense (term, words[i].word_class) != NULL)
      topics |= words[i].topics;
  for (guint topic = 0; topic < GUISE_N_TOPICS; topic++)
    if ((measure != NULL && strcmp (measure->value, topic_names[topic]) == 0)
        || (heading != NULL && strcmp (heading->value, topic_names[topic]) == 0))
      topics |= 1u << topic;
  return topics;
}

/* The topics named in a sentence that says that they cannot be seen, or are not there: those before
 * the word, and the first one behind it ("of unknown age"). */
static guint
find_unknown (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  guint unknown = 0, named = 0;
  gboolean ahead = FALSE;

  for (guint i = 0; i < units->len; i++) {
    const GuiseUnit *unit = &g_array_index (units, GuiseUnit, i);
    guint topics = topics_of_word (unit->term);

    if (unit->kind == GUISE_UNIT_STOP) {
      named = 0;
      ahead = FALSE;
    } else if (guise_lexicon_get_sense (unit->term, GUISE_WORD_NONE) != NULL
               || guise_lexicon_get_sense (unit->term, GUISE_WORD_UNKNOWN) != NULL) {
      unknown |= named;
      ahead = TRUE;
    } else if (topics != 0) {
      named |= topics;
      unknown |= ahead ? topics : 0;
      ahead = FALSE;
    }
  }
  return unknown;
}

guint
guise_caption_get_coverage (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);
  guint covered = find_unknown (lexicon, text);

  for (guint i = 0; i < statements->len; i++) {
    const GuiseStatement *s = &g_array_index (statements, GuiseStatement, i);

    covered |= topics_of_slot (s->slot);
    if (s->one_piece && !s->negated)
      covered |= 1 << GUISE_TOPIC_LOWER;
  }
  return covered;
}

/* ---- contradictions ---- */

/* What changes from picture to picture, or may be there several times, contradicts nothing. */
static gboolean
can_contradict (GuiseSlot slot)
{
  GuiseFamily family = guise_slot_get_family (slot);

  if (slot == GUISE_SLOT_POSTURE || slot >= GUISE_SLOT_BAG_SIDE)
    return FALSE;
  return family == GUISE_FAMILY_NONE
         || (family <= GUISE_FAMILY_HEADWEAR
             && slot != guise_slot_of_garment (family, GUISE_PROPERTY_CUT));
}

typedef enum { SILENT,
               AGREES,
               DIFFERS } Opinion;

static gboolean
is_same_value (const GuiseLexicon *lexicon, const GuiseStatement *a, const GuiseStatement *b)
{
  if (a->negated != b->negated)
    return FALSE;
  return a->negated || a->base == NULL || b->base == NULL || a->base == b->base
         || guise_statement_is_generic (lexicon, a) || guise_statement_is_generic (lexicon, b);
}

/* What others say to the slot of a statement: whether one of their values is the same. */
static Opinion
ask (const GuiseLexicon *lexicon, const GArray *others, const GuiseStatement *statement)
{
  Opinion opinion = SILENT;

  for (guint i = 0; i < others->len; i++) {
    const GuiseStatement *other = &g_array_index (others, GuiseStatement, i);

    if (other->slot != statement->slot)
      continue;
    if (is_same_value (lexicon, other, statement))
      return AGREES;
    opinion = DIFFERS;
  }
  return opinion;
}

/* What the first of the others that differ says instead. */
static const char *
find_other_value (const GuiseLexicon *lexicon, GArray *const *neighbours, guint n,
                  const GuiseStatement *statement)
{
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < neighbours[i]->len; j++) {
      const GuiseStatement *other = &g_array_index (neighbours[i], GuiseStatement, j);

      if (other->slot == statement->slot && !is_same_value (lexicon, other, statement))
        return other->value;
    }
  return "";
}

void
guise_checking_contradiction (GuiseChecking *checking, GArray *const *neighbours,
                              guint n_neighbours)
{
  for (guint i = 0; i < checking->statements->len; i++) {
    const GuiseStatement *s = &g_array_index (checking->statements, GuiseStatement, i);
    guint n_agree = 0, n_differ = 0;

    if (!can_contradict (s->slot))
      continue;
    for (guint n = 0; n < n_neighbours; n++) {
      Opinion opinion = ask (checking->lexicon, neighbours[n], s);

      n_agree += opinion == AGREES;
      n_differ += opinion == DIFFERS;
    }
    if (n_differ > n_agree)
      guise_checking_find (
          checking, GUISE_CHECK_CONTRADICTION, GUISE_VERDICT_WARN, s->start, s->length,
          "its %s is '%s%s', but %u of %u other pictures say '%s'", guise_slot_get_name (s->slot),
          s->negated ? "no " : "", s->value, n_differ, n_differ + n_agree,
          find_other_value (checking->lexicon, neighbours, n_neighbours, s));
  }
}
