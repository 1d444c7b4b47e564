/* Looks for the letter of the word that is rarest in English with memchr(), and for the rest of the
 * word around it. */
#include "guise-db-contains.h"

#include <glib.h>
#include <string.h>

typedef struct {
  size_t length;
  size_t rarest;  /* where in the word it is */
  guint8 bytes[]; /* in lower case */
} Word;

/* Not g_ascii_tolower(): it would be called for each letter. */
static inline guint8
fold (guint8 byte)
{
  return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/* The more the rarer. */
static size_t
get_rarity (guint8 byte)
{
  static const char letters[] = " etaoinsrhldcumfpgwybvkxjqz";
  const char *place = byte != '\0' ? strchr (letters, byte) : NULL;

  return place != NULL ? (size_t)(place - letters) : sizeof letters;
}

static Word *
word_new (const guint8 *bytes, size_t length)
{
  Word *word = g_malloc (sizeof (Word) + length);

  word->length = length;
  word->rarest = 0;
  for (size_t i = 0; i < length; i++) {
    word->bytes[i] = fold (bytes[i]);
    if (get_rarity (word->bytes[i]) > get_rarity (word->bytes[word->rarest]))
      word->rarest = i;
  }
  return word;
}

static gboolean
is_at (const Word *word, const guint8 *text)
{
  for (size_t i = 0; i < word->length; i++)
    if (fold (text[i]) != word->bytes[i])
      return FALSE;
  return TRUE;
}

/* byte: the rarest letter as it may stand in the text. */
static gboolean
is_in_with (const Word *word, const guint8 *text, size_t n_places, guint8 byte)
{
  const guint8 *place = text + word->rarest, *end = place + n_places;

  while ((place = memchr (place, byte, (size_t)(end - place))) != NULL) {
    if (is_at (word, place - word->rarest))
      return TRUE;
    place++;
  }
  return FALSE;
}

static gboolean
is_in (const Word *word, const guint8 *text, size_t length)
{
  size_t n_places = length - word->length + 1;
  guint8 byte;

  if (word->length == 0 || word->length > length)
    return word->length == 0;
  byte = word->bytes[word->rarest];
  return is_in_with (word, text, n_places, byte)
         || (g_ascii_islower (byte)
             && is_in_with (word, text, n_places, (guint8)g_ascii_toupper ((char)byte)));
}

/* The word is prepared once a query: SQLite keeps it beside the argument, which does not change. */
static void
contains (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  /* as a blob: as a text it would be copied to end it with a zero */
  const guint8 *text = sqlite3_value_blob (values[0]);
  size_t length = (size_t)sqlite3_value_bytes (values[0]);
  Word *word = sqlite3_get_auxdata (context, 1);
  gboolean made = word == NULL;

  if (made) {
    const guint8 *bytes = sqlite3_value_text (values[1]);

    word = word_new (bytes, bytes != NULL ? (size_t)sqlite3_value_bytes (values[1]) : 0);
  }
  sqlite3_result_int (context, is_in (word, text, length));
  if (made) /* last: SQLite may free it at once */
    sqlite3_set_auxdata (context, 1, word, g_free);
}

int
guise_db_add_contains (sqlite3 *handle)
{
  return sqlite3_create_function_v2 (handle, "contains", 2,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                     contains, NULL, NULL, NULL);
}
