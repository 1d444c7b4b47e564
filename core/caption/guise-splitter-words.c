#include "guise-splitter-words.h"

#include <string.h>

#include "guise-lexicon-private.h"

const char *
guise_split_word (const GuiseSplitWriter *writer, const char *key)
{
  return guise_lexicon_get_word (writer->lexicon, key);
}

const char *
guise_split_special (const GuiseSplitWriter *writer, const char *kind, const char *value)
{
  g_autofree char *key = g_strconcat (kind, " ", value, NULL);
  const char *found = guise_lexicon_get_word (writer->lexicon, key);

  return found != key ? found : NULL;
}

const GuiseFactSet *
guise_split_person (const GuiseSplitWriter *writer, GuiseSlot slot)
{
  static const GuiseFactSet nothing = { 0 };

  return guise_lexicon_get_side (writer->lexicon, slot) == writer->side
             ? &writer->facts->person[slot]
             : &nothing;
}

void
guise_split_append (GString *out, const char *text)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

void
guise_split_add (GPtrArray *parts, char *phrase)
{
  if (phrase == NULL || *phrase == '\0')
    g_free (phrase);
  else
    g_ptr_array_add (parts, phrase);
}

char *
guise_split_join (const GuiseSplitWriter *writer, GPtrArray *parts)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++) {
    if (i > 0 && i + 1 < parts->len)
      g_string_append (out, ", ");
    else if (i > 0)
      g_string_append_printf (out, " %s ", guise_split_word (writer, "and"));
    g_string_append (out, parts->pdata[i]);
  }
  return g_string_free (out, FALSE);
}

char *
guise_split_say (const GuiseFact *fact)
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
      guise_split_append (out, words[i]);
  return g_string_free (out, FALSE);
}

gboolean
guise_split_is_countable (const GuiseSplitWriter *writer, const GuiseFact *fact)
{
  const GuiseStatement *s = &fact->statement;
  const GuiseSense *sense;

  if (!(s->sense_flags & GUISE_SENSE_RESPELT))
    return (s->sense_flags & GUISE_SENSE_COUNTABLE) != 0;
  sense = guise_lexicon_get_sense (guise_lexicon_find (writer->lexicon, s->value), s->word_class);
  return sense != NULL && (sense->flags & GUISE_SENSE_COUNTABLE);
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

char *
guise_split_with_article (const GuiseSplitWriter *writer, char *phrase)
{
  gboolean vowel = begins_with_one (phrase, guise_split_word (writer, "vowels"))
                   && !begins_with_one (phrase, guise_split_word (writer, "consonants"));
  char *result = g_strconcat (guise_split_word (writer, vowel ? "an" : "a"), " ", phrase, NULL);

  g_free (phrase);
  return result;
}

char *
guise_split_take (const GuiseSplitWriter *writer, const GuiseFact *fact, char *phrase)
{
  return guise_split_is_countable (writer, fact) ? guise_split_with_article (writer, phrase)
                                                 : phrase;
}

void
guise_split_append_facts (GString *out, const GuiseFactSet *set, GuiseWordClass word_class)
{
  for (guint i = 0; i < set->n; i++) {
    g_autofree char *text = NULL;

    if (set->facts[i].statement.word_class != word_class || set->facts[i].statement.negated)
      continue;
    text = guise_split_say (&set->facts[i]);
    guise_split_append (out, text);
  }
}

void
guise_split_append_joined (const GuiseSplitWriter *writer, GString *out, const GuiseFactSet *set)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  for (guint i = 0; i < set->n; i++)
    if (!set->facts[i].statement.negated)
      guise_split_add (parts, guise_split_say (&set->facts[i]));
  joined = guise_split_join (writer, parts);
  if (*joined != '\0')
    guise_split_append (out, joined);
}

gboolean
guise_split_is_stated (const GuiseFactSet *set)
{
  return set->n > 0 && !set->facts[0].statement.negated;
}

const GuiseFact *
guise_split_find_class (const GuiseFactSet *set, GuiseWordClass word_class)
{
  for (guint i = 0; i < set->n; i++)
    if (set->facts[i].statement.word_class == word_class && !set->facts[i].statement.negated)
      return &set->facts[i];
  return NULL;
}
