#include "guise-lexicon-private.h"

#include <string.h>

/* One character at text[at], of size bytes; U+FFFD for a byte that starts none. */
static gunichar
get_char (const char *text, gsize size, gsize at, gsize *length)
{
  guchar byte = (guchar)text[at];
  gunichar c;

  *length = 1;
  if (byte < 0x80)
    return byte;
  c = g_utf8_get_char_validated (text + at, (gssize)(size - at));
  if (c == (gunichar)-1 || c == (gunichar)-2)
    return 0xfffd;
  *length = (gsize)g_unichar_to_utf8 (c, NULL);
  return c;
}

static gboolean
is_apostrophe (gunichar c)
{
  return c == '\'' || c == 0x2019 || c == 0x02bc || c == 0x2018 || c == 0x00b4 || c == '`';
}

static gboolean
is_letter (gunichar c)
{
  return c < 0x80 ? g_ascii_isalnum ((char)c) : g_unichar_isalnum (c) || g_unichar_ismark (c);
}

static gboolean
is_hyphen (gunichar c)
{
  return c == '-' || c == 0x2010 || c == 0x2011 || c == '_' || c == 0x00ad;
}

static void
append_lower (GString *out, gunichar c)
{
  if (c < 0x80)
    g_string_append_c (out, g_ascii_tolower ((char)c));
  else
    g_string_append_unichar (out, g_unichar_tolower (c));
}

static gboolean
letter_at (const char *text, gsize size, gsize at)
{
  gsize length;

  return at < size && is_letter (get_char (text, size, at, &length));
}

/* Letters, with apostrophes between them. */
static gsize
take_word (const char *text, gsize size, gsize at, GString *out)
{
  while (at < size) {
    gsize length;
    gunichar c = get_char (text, size, at, &length);

    if (is_letter (c))
      append_lower (out, c);
    else if (is_apostrophe (c) && letter_at (text, size, at + length))
      g_string_append_c (out, '\'');
    else
      break;
    at += length;
  }
  return at;
}

/* 0 for what merely parts words: spaces, and marks that stand around words. */
static char
sort_mark (gunichar c)
{
  switch (c) {
  case '*':
  case '"':
  case '\'':
  case '<':
  case '>':
  case '`':
  case '#':
  case 0x201c:
  case 0x201d:
  case 0x2018:
  case 0x2019:
    return 0;
  case '.':
  case '!':
  case '?':
  case ';':
  case '\n':
  case '\r':
  case 0x3002: /* the ideographic full stop and its relatives */
  case 0xff01:
  case 0xff1f:
  case 0xff1b:
  case 0x2026:
  case 0x2028:
  case 0x2029:
    return '.';
  case ':':
  case 0xff1a:
    return ':';
  default:
    return c < 0x80 ? (g_ascii_isspace ((char)c) || c < 0x20 ? 0 : ',')
                    : (g_unichar_isspace (c) ? 0 : ',');
  }
}

/* The length of a tag ("<b>", "</span>") at text[at]; 0 if there is none. */
static gsize
tag_length (const char *text, gsize size, gsize at)
{
  gsize end = at + 1, limit = MIN (size, at + 64);

  if (text[at] != '<' || end >= size || (!g_ascii_isalpha (text[end]) && text[end] != '/'))
    return 0;
  while (end < limit && text[end] != '>' && text[end] != '<')
    end++;
  return end < limit && text[end] == '>' ? end + 1 - at : 0;
}

char
guise_lexicon_next_word (const char *text, gsize size, gsize *at, gsize *start, GString *out)
{
  gboolean behind_letter = *at > 0;

  while (*at < size) {
    gsize length;
    gunichar c = get_char (text, size, *at, &length);
    char mark;

    *start = *at;
    if (is_letter (c)) {
      *at = take_word (text, size, *at, out);
      return 'w';
    }
    *at += MAX (length, tag_length (text, size, *at));
    if (is_hyphen (c) && behind_letter && letter_at (text, size, *at))
      continue;
    mark = sort_mark (c);
    if (mark != 0)
      return mark;
    behind_letter = FALSE;
  }
  *start = *at;
  return '\0';
}

char *
guise_lexicon_fold (GStringChunk *strings, const char *text)
{
  gsize at = 0, size = strlen (text), length;
  GString *out = g_string_new (NULL);
  char *kept;

  while (at < size) {
    gunichar c = get_char (text, size, at, &length);

    if (is_apostrophe (c))
      g_string_append_c (out, '\'');
    else
      append_lower (out, c);
    at += length;
  }
  kept = strings != NULL ? g_string_chunk_insert (strings, out->str) : NULL;
  if (strings != NULL) {
    g_string_free (out, TRUE);
    return kept;
  }
  return g_string_free (out, FALSE);
}

/* Whether found[0 .. n) in text is not the middle of longer words; scripts without spaces have
 * none. */
static gboolean
stands_alone (const char *text, const char *found, gsize n)
{
  gunichar first = g_utf8_get_char (found), last = g_utf8_get_char (g_utf8_prev_char (found + n));

  if (found > text && first < 0x2e80 && is_letter (g_utf8_get_char (g_utf8_prev_char (found)))
      && is_letter (first))
    return FALSE;
  return !(last < 0x2e80 && is_letter (last) && is_letter (g_utf8_get_char (found + n)));
}

const char *
guise_lexicon_find_refusal (const GuiseLexicon *lexicon, const char *text)
{
  g_autofree char *folded = guise_lexicon_fold (NULL, text);

  for (guint i = 0; i < lexicon->refusals->len; i++) {
    const char *phrase = lexicon->refusals->pdata[i], *found = folded;

    while ((found = strstr (found, phrase)) != NULL) {
      if (stands_alone (folded, found, strlen (phrase)))
        return phrase;
      found++;
    }
  }
  return NULL;
}

/* ---- terms ---- */

typedef struct {
  gsize start, end; /* of the text */
  guint key;        /* where its lower-case form begins in Words.keys */
  guint key_end;
  char kind;
} Word;

typedef struct {
  GArray *list; /* of Word */
  GString *keys;
} Words;

static void
split (Words *words, const char *text)
{
  gsize at = 0, size = strlen (text);
  Word word;

  do {
    word.key = (guint)words->keys->len;
    word.kind = guise_lexicon_next_word (text, size, &at, &word.start, words->keys);
    word.end = at;
    word.key_end = (guint)words->keys->len;
    g_string_append_c (words->keys, word.kind == 'w' ? ' ' : '\1');
    if (word.kind != '\0')
      g_array_append_val (words->list, word);
  } while (word.kind != '\0');
}

/* The entry of n words from the i-th on; they are neighbours in keys, parted by one byte each. */
static const GuiseLexiconEntry *
look_up (const GuiseLexicon *lexicon, Words *words, guint i, guint n)
{
  const Word *list = (const Word *)(gpointer)words->list->data;
  char *key = words->keys->str + list[i].key, *end = words->keys->str + list[i + n - 1].key_end;
  char kept = *end;
  const GuiseLexiconEntry *entry;

  *end = '\0';
  entry = g_hash_table_lookup (lexicon->entries, key);
  if (entry == NULL && n == 1 && end - key > 2 && strcmp (end - 2, "'s") == 0) {
    end[-2] = '\0'; /* "the man's" */
    entry = g_hash_table_lookup (lexicon->entries, key);
    end[-2] = '\'';
  }
  *end = kept;
  return entry;
}

/* The longest term from the i-th word on; returns how many words it has, 1 when there is none. */
static guint
find_term (const GuiseLexicon *lexicon, Words *words, guint i, const GuiseLexiconTerm **term)
{
  const Word *list = (const Word *)(gpointer)words->list->data;
  const GuiseLexiconEntry *first = look_up (lexicon, words, i, 1), *entry;
  guint n = 1;

  *term = NULL;
  if (first == NULL)
    return 1;
  while (n < first->longest && i + n < words->list->len && list[i + n].kind == 'w')
    n++;
  for (; n > 1; n--) {
    entry = look_up (lexicon, words, i, n);
    if (entry != NULL && entry->term.n_senses > 0) {
      *term = &entry->term;
      return n;
    }
  }
  if (first->term.n_senses > 0)
    *term = &first->term;
  return 1;
}

GArray *
guise_lexicon_scan (const GuiseLexicon *lexicon, const char *text)
{
  GArray *units = g_array_new (FALSE, FALSE, sizeof (GuiseUnit));
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Word));
  Words words = { .list = list, .keys = g_string_new (NULL) };

  split (&words, text);
  for (guint i = 0, n; i < list->len; i += n) {
    const Word *word = &g_array_index (list, Word, i);
    GuiseUnit unit = { .start = word->start, .n_words = 1 };

    n = 1;
    switch (word->kind) {
    case 'w':
      unit.kind = GUISE_UNIT_WORD;
      n = unit.n_words = find_term (lexicon, &words, i, &unit.term);
      break;
    case ':':
      unit.kind = GUISE_UNIT_COLON;
      break;
    case '.':
      unit.kind = GUISE_UNIT_STOP;
      break;
    default:
      unit.kind = GUISE_UNIT_COMMA;
      break;
    }
    unit.length = g_array_index (list, Word, i + n - 1).end - unit.start;
    g_array_append_val (units, unit);
  }
  g_string_free (words.keys, TRUE);
  return units;
}

const GuiseLexiconTerm *
guise_lexicon_find (const GuiseLexicon *lexicon, const char *words)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, words);

  return units->len == 1 ? g_array_index (units, GuiseUnit, 0).term : NULL;
}
