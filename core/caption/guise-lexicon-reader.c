/* The lexicon's files:
 *
 *   # a comment
 *   [section]
 *   value: term, term(s), term(terms), ~term
 *
 * A bracket at a term's end gives its plural: up to two letters are added, more stand instead of
 * the last word. Such a term takes an article. A ~ says that a new text should say the value
 * instead. The section [words] has "key: word". */
#include "guise-lexicon-private.h"

#include <string.h>

#include "guise-formats-error.h"

typedef struct {
  GuiseLexicon *lexicon;
  const char *where;
  guint line;
  int section; /* a GuiseWordClass, or one of these */
  GString *key;
} Reader;

enum { NO_SECTION = -1,
       WORDS_SECTION = -2 };

static gboolean G_GNUC_PRINTF (3, 4) fail (Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  g_autofree char *clean = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  clean = guise_formats_clean (what);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read the lexicon '%s': line %u: %s", reader->where, reader->line, clean);
  return FALSE;
}

void
guise_lexicon_entry_free (gpointer data)
{
  GuiseLexiconEntry *entry = data;

  g_array_unref (entry->senses);
  g_free (entry);
}

static GuiseLexiconEntry *
get_entry (GuiseLexicon *lexicon, const char *key)
{
  GuiseLexiconEntry *entry = g_hash_table_lookup (lexicon->entries, key);

  if (entry == NULL) {
    entry = g_new0 (GuiseLexiconEntry, 1);
    entry->senses = g_array_new (FALSE, FALSE, sizeof (GuiseSense));
    g_hash_table_insert (lexicon->entries, g_string_chunk_insert (lexicon->strings, key), entry);
  }
  return entry;
}

/* The words of term, as a text's are compared, into reader->key. Returns how many; 0 if it has
 * marks between them. */
static guint
normalise (Reader *reader, const char *term)
{
  gsize at = 0, start, size = strlen (term);
  guint n = 0;
  char kind;

  g_string_truncate (reader->key, 0);
  do {
    if (n > 0)
      g_string_append_c (reader->key, ' ');
    kind = guise_lexicon_next_word (term, size, &at, &start, reader->key);
    if (kind != 'w' && kind != '\0')
      return 0;
    n += kind == 'w';
  } while (kind != '\0');
  if (n > 0)
    g_string_truncate (reader->key, reader->key->len - 1);
  return n;
}

/* The entry of the first word knows how far to look. */
static void
note_length (Reader *reader, guint n_words)
{
  const char *space = strchr (reader->key->str, ' ');
  gsize length = space != NULL ? (gsize)(space - reader->key->str) : reader->key->len;
  g_autofree char *first = g_strndup (reader->key->str, length);
  GuiseLexiconEntry *entry = get_entry (reader->lexicon, first);

  entry->longest = MAX (entry->longest, n_words);
}

static gboolean
add_term (Reader *reader, const char *value, const char *term, GuiseSenseFlags flags,
          GError **error)
{
  GuiseSense sense = { .word_class = reader->section, .flags = flags, .value = value };
  guint n_words = normalise (reader, term);
  GuiseLexiconEntry *entry;
  const GuiseSense *known;

  if (n_words == 0)
    return fail (reader, error, "'%s' is no term: words, joined by spaces or hyphens", term);
  if (n_words > GUISE_LEXICON_MAX_WORDS)
    return fail (reader, error, "'%s' has more than %d words", term, GUISE_LEXICON_MAX_WORDS);
  entry = get_entry (reader->lexicon, reader->key->str);
  known = guise_lexicon_get_sense (&entry->term, sense.word_class);
  if (known != NULL && known->value != value)
    return fail (reader, error, "'%s' is '%s' here, and '%s' in an earlier line of [%s]", term,
                 value, known->value, guise_word_class_names[sense.word_class]);
  if (known != NULL)
    return fail (reader, error, "'%s' stands twice", term);
  g_array_append_val (entry->senses, sense);
  entry->term.senses = (const GuiseSense *)(gpointer)entry->senses->data;
  entry->term.n_senses = entry->senses->len;
  reader->lexicon->n_terms++;
  note_length (reader, n_words);
  return TRUE;
}

/* "jacket(s)" → "jackets", "man(men)" → "men", "tall lady(ladies)" → "tall ladies". */
static char *
form_plural (const char *stem, const char *ending)
{
  const char *space;

  if (g_utf8_strlen (ending, -1) <= 2)
    return g_strconcat (stem, ending, NULL);
  space = strrchr (stem, ' ');
  if (space == NULL)
    return g_strdup (ending);
  return g_strdup_printf ("%.*s %s", (int)(space - stem), stem, ending);
}

static gboolean
take_term (Reader *reader, const char *value, char *term, GError **error)
{
  GuiseSenseFlags flags = 0;
  g_autofree char *plural = NULL;
  char *open;

  term = g_strstrip (term);
  if (*term == '~') {
    flags = GUISE_SENSE_RESPELT;
    term++;
  }
  open = strchr (term, '(');
  if (open == NULL)
    return add_term (reader, value, term, flags, error);
  if (!g_str_has_suffix (open, ")") || open[1] == ')' || open == term)
    return fail (reader, error, "'%s': a bracket with the plural's ending belongs at the end",
                 term);
  *open = '\0';
  open[strlen (open + 1)] = '\0';
  plural = form_plural (term, open + 1);
  return add_term (reader, value, term, flags | GUISE_SENSE_COUNTABLE, error)
         && add_term (reader, value, plural, flags, error);
}

static gboolean
take_section (Reader *reader, const char *line, GError **error)
{
  gsize n = strlen (line);

  reader->section = NO_SECTION;
  if (strcmp (line, "[words]") == 0)
    reader->section = WORDS_SECTION;
  for (int c = 0; c < GUISE_N_WORD_CLASSES && line[n - 1] == ']'; c++)
    if (strncmp (line + 1, guise_word_class_names[c], n - 2) == 0
        && strlen (guise_word_class_names[c]) == n - 2)
      reader->section = c;
  return reader->section != NO_SECTION
         || fail (reader, error, "there is no section '%s'; docs/recipes/language.md lists them",
                  line);
}

static gboolean
take_line (Reader *reader, char *line, GError **error)
{
  const char *value;
  g_auto (GStrv) terms = NULL;
  char *colon;

  line = g_strstrip (line);
  if (*line == '\0' || *line == '#')
    return TRUE;
  if (*line == '[')
    return take_section (reader, line, error);
  if (reader->section == NO_SECTION)
    return fail (reader, error, "'%s' stands before the first [section]", line);
  colon = strchr (line, ':');
  if (colon == NULL || colon == line)
    return fail (reader, error, "'%s' is not of the form 'value: term, term'", line);
  *colon = '\0';
  value = g_string_chunk_insert_const (reader->lexicon->strings, g_strstrip (line));
  if (reader->section == WORDS_SECTION) {
    g_hash_table_insert (
        reader->lexicon->words, (char *)value,
        g_string_chunk_insert_const (reader->lexicon->strings, g_strstrip (colon + 1)));
    return TRUE;
  }
  terms = g_strsplit (colon + 1, ",", -1);
  if (terms[0] == NULL)
    return fail (reader, error, "'%s' has no term", value);
  for (guint i = 0; terms[i] != NULL; i++)
    if (!take_term (reader, value, terms[i], error))
      return FALSE;
  return TRUE;
}

/* Calls take for each line; refuses what is no text. */
static gboolean
read_lines (Reader *reader, const char *text, gsize size,
            gboolean (*take) (Reader *, char *, GError **), GError **error)
{
  g_auto (GStrv) lines = NULL;
  gboolean good = TRUE;

  if (!g_utf8_validate_len (text, size, NULL))
    return fail (reader, error, "the file is not UTF-8");
  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    text += 3;
  reader->key = g_string_new (NULL);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; good && lines[i] != NULL; i++) {
    reader->line = i + 1;
    good = take (reader, lines[i], error);
  }
  g_string_free (reader->key, TRUE);
  return good;
}

gboolean
guise_lexicon_read (GuiseLexicon *lexicon, const char *text, gsize size, const char *where,
                    GError **error)
{
  g_autofree char *copy = g_strndup (text, size);
  Reader reader = { .lexicon = lexicon, .where = where, .line = 1, .section = NO_SECTION };

  if (memchr (text, '\0', size) != NULL)
    return fail (&reader, error, "the file has a zero byte");
  return read_lines (&reader, copy, size, take_line, error);
}

static gboolean
take_refusal (Reader *reader, char *line, GError **error)
{
  line = g_strstrip (line);
  if (*line == '\0' || *line == '#')
    return TRUE;
  g_ptr_array_add (reader->lexicon->refusals,
                   guise_lexicon_fold (reader->lexicon->strings, line));
  return TRUE;
}

gboolean
guise_lexicon_read_refusals (GuiseLexicon *lexicon, const char *text, gsize size, const char *where,
                             GError **error)
{
  g_autofree char *copy = g_strndup (text, size);
  Reader reader = { .lexicon = lexicon, .where = where, .line = 1 };

  if (memchr (text, '\0', size) != NULL)
    return fail (&reader, error, "the file has a zero byte");
  return read_lines (&reader, copy, size, take_refusal, error);
}
