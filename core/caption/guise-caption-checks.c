#include "guise-caption-checks-private.h"

#include <string.h>

static const char *const check_names[GUISE_N_CHECKS]
    = { "syntax", "markup", "instruction", "repetition", "refusal", "words",
        "tokens", "coverage", "leak", "hedge", "contradiction" };

const char *
guise_check_get_name (GuiseCheck check)
{
  return check_names[check];
}

GuiseCheckSettings
guise_check_settings_for (GuiseSide side)
{
  GuiseCheckSettings settings
      = { .min_words = GUISE_CHECK_MIN_WORDS, .max_words = GUISE_CHECK_MAX_WORDS };

  settings.required
      = side == GUISE_SIDE_IDENTITY
            ? 1 << GUISE_TOPIC_GENDER | 1 << GUISE_TOPIC_AGE | 1 << GUISE_TOPIC_HAIR
            : 1 << GUISE_TOPIC_UPPER | 1 << GUISE_TOPIC_LOWER | 1 << GUISE_TOPIC_SHOES;
  return settings;
}

void
guise_checking_find (GuiseChecking *checking, GuiseCheck check, GuiseVerdictLevel level,
                     gsize start, gsize length, const char *format, ...)
{
  GuiseVerdict *verdict = &g_array_index (checking->verdicts, GuiseVerdict, check);
  va_list args;

  verdict->n_found++;
  if (verdict->level >= level)
    return;
  g_free (verdict->sentence);
  va_start (args, format);
  verdict->sentence = g_strdup_vprintf (format, args);
  va_end (args);
  verdict->level = level;
  verdict->start = start;
  verdict->length = length;
}

static void
clear_verdict (gpointer data)
{
  g_free (((GuiseVerdict *)data)->sentence);
}

static GArray *
verdicts_new (void)
{
  GArray *verdicts = g_array_sized_new (FALSE, TRUE, sizeof (GuiseVerdict), GUISE_N_CHECKS);

  g_array_set_clear_func (verdicts, clear_verdict);
  for (guint check = 0; check < GUISE_N_CHECKS; check++) {
    GuiseVerdict verdict = { .check = check };

    g_array_append_val (verdicts, verdict);
  }
  return verdicts;
}

/* ---- words ---- */

static void
check_classes (GuiseChecking *checking)
{
  for (guint i = 0; i < checking->n_units; i++) {
    const GuiseUnit *unit = &checking->units[i];
    const char *text = checking->text + unit->start;
    int n = (int)unit->length;

    if (guise_lexicon_get_sense (unit->term, GUISE_WORD_HEDGE)
        || guise_lexicon_get_sense (unit->term, GUISE_WORD_HEDGE_CLAUSE))
      guise_checking_find (checking, GUISE_CHECK_HEDGE, GUISE_VERDICT_WARN, unit->start,
                           unit->length, "it is not sure of itself: '%.*s'", n, text);
    if (guise_lexicon_get_sense (unit->term, GUISE_WORD_INSTRUCTION))
      guise_checking_find (checking, GUISE_CHECK_INSTRUCTION,
                           guise_lexicon_get_sense (unit->term, GUISE_WORD_PART)
                               ? GUISE_VERDICT_WARN /* a shirt has pictures too */
                               : GUISE_VERDICT_FAIL,
                           unit->start, unit->length,
                           "it speaks of itself or of its task, not of a person: '%.*s'", n, text);
    if (guise_lexicon_get_sense (unit->term, GUISE_WORD_ETHNICITY))
      guise_checking_find (checking, GUISE_CHECK_LEAK, GUISE_VERDICT_WARN, unit->start,
                           unit->length, "it names an ethnicity: '%.*s'", n, text);
  }
}

/* A statement of the other description fails, the moment is worth a look. */
static void
check_sides (GuiseChecking *checking)
{
  for (guint i = 0; i < checking->statements->len; i++) {
    const GuiseStatement *s = &g_array_index (checking->statements, GuiseStatement, i);
    const char *text = checking->text + s->start;
    int n = (int)s->length;

    if (s->side != GUISE_SIDE_OTHER && s->side != checking->side)
      guise_checking_find (checking, GUISE_CHECK_LEAK, GUISE_VERDICT_FAIL, s->start, s->length,
                           checking->side == GUISE_SIDE_IDENTITY
                               ? "it speaks of clothing: '%.*s'"
                               : "it speaks of who the person is: '%.*s'",
                           n, text);
    else if (s->slot == GUISE_SLOT_PLACE)
      guise_checking_find (checking, GUISE_CHECK_LEAK, GUISE_VERDICT_WARN, s->start, s->length,
                           "it speaks of the surroundings: '%.*s'", n, text);
  }
}

static void
check_refusal (GuiseChecking *checking)
{
  const char *phrase = guise_lexicon_find_refusal (checking->lexicon, checking->text);

  if (phrase != NULL)
    guise_checking_find (checking, GUISE_CHECK_REFUSAL, GUISE_VERDICT_FAIL, 0, 0,
                         "it refuses to describe anybody: '%s'", phrase);
}

/* ---- length ---- */

static void
check_length (GuiseChecking *checking, const GuiseCheckSettings *settings)
{
  guint n_words = 0, n_tokens;

  for (guint i = 0; i < checking->n_units; i++)
    if (checking->units[i].kind == GUISE_UNIT_WORD)
      n_words += checking->units[i].n_words;
  if (n_words < settings->min_words)
    guise_checking_find (checking, GUISE_CHECK_WORDS, GUISE_VERDICT_FAIL, 0, 0,
                         "it has %u words, at least %u are wanted", n_words,
                         settings->min_words);
  if (n_words > settings->max_words)
    guise_checking_find (checking, GUISE_CHECK_WORDS, GUISE_VERDICT_FAIL, 0, 0,
                         "it has %u words, at most %u are wanted", n_words, settings->max_words);
  if (settings->count_tokens == NULL || settings->max_tokens == 0)
    return;
  n_tokens = settings->count_tokens (checking->text, settings->user_data);
  if (n_tokens > settings->max_tokens)
    guise_checking_find (checking, GUISE_CHECK_TOKENS, GUISE_VERDICT_FAIL, 0, 0,
                         "it has %u tokens, the model reads %u", n_tokens, settings->max_tokens);
}

/* ---- coverage ---- */

static void
check_coverage (GuiseChecking *checking, const GuiseCheckSettings *settings)
{
  guint covered = guise_caption_get_coverage (checking->lexicon, checking->text);
  guint wanted = settings->required & ~settings->unknown, missing = wanted & ~covered;
  g_autoptr (GString) names = g_string_new (NULL);

  if (missing == 0)
    return;
  for (guint topic = 0; topic < GUISE_N_TOPICS; topic++)
    if (missing & (1u << topic))
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "",
                              guise_topic_get_name (topic));
  guise_checking_find (checking, GUISE_CHECK_COVERAGE,
                       missing == wanted ? GUISE_VERDICT_FAIL : GUISE_VERDICT_WARN, 0, 0,
                       "it says nothing of: %s", names->str);
}

/* ---- all of them ---- */

GArray *
guise_caption_check (const GuiseLexicon *lexicon, GuiseSide side, const char *text,
                     const GuiseCheckSettings *settings, GArray *const *neighbours,
                     guint n_neighbours)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);
  GuiseChecking checking = {
    .lexicon = lexicon,
    .side = side,
    .text = text,
    .units = (const GuiseUnit *)(gpointer)units->data,
    .n_units = units->len,
    .statements = statements,
    .verdicts = verdicts_new (),
  };

  guise_checking_syntax (&checking);
  guise_checking_repetition (&checking);
  check_classes (&checking);
  check_sides (&checking);
  check_refusal (&checking);
  check_length (&checking, settings);
  check_coverage (&checking, settings);
  guise_checking_contradiction (&checking, neighbours, n_neighbours);
  return checking.verdicts;
}

GuiseDecision
guise_caption_decide (const GArray *verdicts, guint n_regenerations)
{
  for (guint i = 0; i < verdicts->len; i++)
    if (g_array_index (verdicts, GuiseVerdict, i).level == GUISE_VERDICT_FAIL)
      return n_regenerations < GUISE_CHECK_MAX_REGENERATIONS ? GUISE_DECISION_REGENERATE
                                                             : GUISE_DECISION_FALL_BACK;
  return GUISE_DECISION_ACCEPT;
}
