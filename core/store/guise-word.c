/* Looks at sixteen places at once for the two letters of the word that are rarest in English, and
 * for the rest of it where both stand. */
#include "guise-word.h"

#include <string.h>

#define LANES 16

typedef guint8 Lanes __attribute__ ((vector_size (LANES)));
typedef guint64 Halves __attribute__ ((vector_size (LANES)));

typedef struct {
  size_t place; /* in the word */
  guint8 byte;  /* in lower case */
  guint8 fold;  /* what makes a byte of the text lower case: the bit of a letter, or none */
} Probe;

struct _GuiseWord {
  size_t length;
  Probe probes[2]; /* twice the same in a word of one letter */
  guint8 bytes[];  /* in lower case */
};

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

static void
set_probe (GuiseWord *word, Probe *probe, size_t place)
{
  probe->place = place;
  probe->byte = word->bytes[place];
  probe->fold = g_ascii_islower (probe->byte) ? 0x20 : 0;
}

/* The rarest letter but the one at `but`, which may be no place. */
static size_t
find_rarest (const GuiseWord *word, size_t but)
{
  size_t rarest = but == 0 && word->length > 1 ? 1 : 0;

  for (size_t i = rarest + 1; i < word->length; i++)
    if (i != but && get_rarity (word->bytes[i]) > get_rarity (word->bytes[rarest]))
      rarest = i;
  return rarest;
}

GuiseWord *
guise_word_new (const void *bytes, size_t length)
{
  GuiseWord *word = g_malloc0 (sizeof (GuiseWord) + length);

  word->length = length;
  for (size_t i = 0; i < length; i++)
    word->bytes[i] = fold (((const guint8 *)bytes)[i]);
  if (length > 0) {
    set_probe (word, &word->probes[0], find_rarest (word, length));
    set_probe (word, &word->probes[1], find_rarest (word, word->probes[0].place));
  }
  return word;
}

void
guise_word_free (GuiseWord *word)
{
  g_free (word);
}

static inline Lanes
load (const guint8 *bytes)
{
  Lanes lanes;

  memcpy (&lanes, bytes, sizeof lanes);
  return lanes;
}

static gboolean
is_at (const GuiseWord *word, const guint8 *text)
{
  for (size_t i = 0; i < word->length; i++)
    if (fold (text[i]) != word->bytes[i])
      return FALSE;
  return TRUE;
}

/* The first of eight places, of those whose byte in `may_begin` is not 0, where the word is. */
static const guint8 *
find_among (const GuiseWord *word, const guint8 *text, guint64 may_begin)
{
  may_begin = GUINT64_FROM_LE (may_begin);
  while (may_begin != 0) {
    guint place = (guint)__builtin_ctzll (may_begin) / 8;

    if (is_at (word, text + place))
      return text + place;
    may_begin &= ~(G_GUINT64_CONSTANT (0xff) << (8 * place));
  }
  return NULL;
}

/* Sixteen places: the word begins only where both letters stand as far behind as they do in it. */
static inline const guint8 *
find_in_lanes (const GuiseWord *word, const guint8 *text)
{
  const Probe *a = &word->probes[0], *b = &word->probes[1];
  Lanes in_a = (Lanes)((load (text + a->place) | a->fold) == a->byte);
  Lanes in_b = (Lanes)((load (text + b->place) | b->fold) == b->byte);
  Halves both = (Halves)(in_a & in_b);
  const guint8 *place;

  if ((both[0] | both[1]) == 0)
    return NULL;
  place = find_among (word, text, both[0]);
  return place != NULL ? place : find_among (word, text + LANES / 2, both[1]);
}

const guint8 *
guise_word_find (const GuiseWord *word, const guint8 *text, const guint8 *end)
{
  const guint8 *place = NULL, *last; /* where it may begin */

  if (word->length == 0)
    return text;
  if ((size_t)(end - text) < word->length)
    return NULL;
  last = end - word->length;
  for (; last - text >= LANES - 1 && place == NULL; text += LANES)
    place = find_in_lanes (word, text);
  for (; text <= last && place == NULL; text++)
    if (is_at (word, text))
      place = text;
  return place;
}
