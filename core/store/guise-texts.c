#include "guise-texts.h"

#include "guise-word.h"

#include <pthread.h>
#include <string.h>

/* A block is full with either. */
#define BLOCK_CAPTIONS 1024
#define BLOCK_BYTES (1 << 20)
#define MAX_BYTES ((size_t)256 << 20)
/* The column of a block's query where the traits begin, in their order. */
#define FIRST_TRAIT 3

/* The captions with ids from `first` up to the next block's first; the last block's range has no
 * end. */
typedef struct {
  gint64 first;
  gint64 newest;                           /* the last caption's id, where there is one */
  gboolean full;                           /* there may be more behind it */
  gboolean stale;                          /* a caption of it changed */
  GArray *images;                          /* gint64: a caption's image */
  GArray *ends;                            /* guint32: where its text ends, a zero behind it */
  GByteArray *bytes;                       /* the texts, one after the other */
  GByteArray *traits[GUISE_TEXT_N_TRAITS]; /* a byte a caption */
} Block;

struct _GuiseTexts {
  pthread_mutex_t lock; /* held while texts are read or searched */
  GPtrArray *blocks;    /* of Block, by `first` */
  gint64 next;          /* first id behind the last block */
  gboolean complete;    /* nothing is left to be read from `next` on */
  gboolean too_large;
  size_t n_bytes;

  pthread_mutex_t noted_lock; /* never held for long: the writer takes it */
  GArray *noted;              /* gint64: captions that changed since */
  gboolean noted_all;
};

static Block *
block_new (gint64 first)
{
  Block *block = g_new0 (Block, 1);

  block->first = first;
  block->images = g_array_sized_new (FALSE, FALSE, sizeof (gint64), BLOCK_CAPTIONS);
  block->ends = g_array_sized_new (FALSE, FALSE, sizeof (guint32), BLOCK_CAPTIONS);
  block->bytes = g_byte_array_new ();
  for (int i = 0; i < GUISE_TEXT_N_TRAITS; i++)
    block->traits[i] = g_byte_array_sized_new (BLOCK_CAPTIONS);
  return block;
}

static void
block_free (Block *block)
{
  g_array_unref (block->images);
  g_array_unref (block->ends);
  g_byte_array_unref (block->bytes);
  for (int i = 0; i < GUISE_TEXT_N_TRAITS; i++)
    g_byte_array_unref (block->traits[i]);
  g_free (block);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Block, block_free)

GuiseTexts *
guise_texts_new (void)
{
  GuiseTexts *texts = g_new0 (GuiseTexts, 1);

  pthread_mutex_init (&texts->lock, NULL);
  pthread_mutex_init (&texts->noted_lock, NULL);
  texts->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify)block_free);
  texts->noted = g_array_new (FALSE, FALSE, sizeof (gint64));
  texts->next = G_MININT64;
  return texts;
}

void
guise_texts_free (GuiseTexts *texts)
{
  if (texts == NULL)
    return;
  g_ptr_array_unref (texts->blocks);
  g_array_unref (texts->noted);
  pthread_mutex_destroy (&texts->lock);
  pthread_mutex_destroy (&texts->noted_lock);
  g_free (texts);
}

/* ---- staying true ---------------------------------------------------------------------------- */

void
guise_texts_note (GuiseTexts *texts, const GuiseStoreChange *change)
{
  pthread_mutex_lock (&texts->noted_lock);
  if (change->everything
      && (change->changes & (GUISE_STORE_CHANGED_IMAGES | GUISE_STORE_CHANGED_CAPTIONS)))
    texts->noted_all = TRUE;
  g_array_append_vals (texts->noted, change->caption_ids->data, change->caption_ids->len);
  pthread_mutex_unlock (&texts->noted_lock);
}

/* The place of the block whose range holds the id; -1 where none was read yet. */
static int
find_block (GuiseTexts *texts, gint64 id)
{
  guint low = 0, high = texts->blocks->len;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (((Block *)texts->blocks->pdata[middle])->first <= id)
      low = middle + 1;
    else
      high = middle;
  }
  return (int)low - 1;
}

static void
forget_from (GuiseTexts *texts, guint place)
{
  if (place >= texts->blocks->len)
    return;
  texts->next = ((Block *)texts->blocks->pdata[place])->first;
  texts->complete = FALSE;
  for (guint i = place; i < texts->blocks->len; i++)
    texts->n_bytes -= ((Block *)texts->blocks->pdata[i])->bytes->len;
  g_ptr_array_set_size (texts->blocks, (int)place);
}

static void
take_notes (GuiseTexts *texts)
{
  g_autoptr (GArray) noted = NULL;
  gboolean all;

  pthread_mutex_lock (&texts->noted_lock);
  noted = g_steal_pointer (&texts->noted);
  texts->noted = g_array_new (FALSE, FALSE, sizeof (gint64));
  all = texts->noted_all;
  texts->noted_all = FALSE;
  pthread_mutex_unlock (&texts->noted_lock);
  if (all) {
    forget_from (texts, 0);
    texts->complete = texts->too_large = FALSE;
  }
  for (guint i = 0; i < noted->len; i++) {
    int place = find_block (texts, g_array_index (noted, gint64, i));

    if (place >= 0)
      ((Block *)texts->blocks->pdata[place])->stale = TRUE;
  }
}

static void
add_text (Block *block, sqlite3_stmt *statement)
{
  const guint8 zero = 0, *text = sqlite3_column_blob (statement, 2);
  guint length = (guint)sqlite3_column_bytes (statement, 2);
  gint64 image = sqlite3_column_int64 (statement, 1);
  guint32 end = block->bytes->len + length;

  if (length > 0)
    g_byte_array_append (block->bytes, text, length);
  g_byte_array_append (block->bytes, &zero, 1);
  g_array_append_val (block->images, image);
  g_array_append_val (block->ends, end);
  for (int i = 0; i < GUISE_TEXT_N_TRAITS; i++) {
    guint8 value = (guint8)sqlite3_column_int (statement, FIRST_TRAIT + i);

    g_byte_array_append (block->traits[i], &value, 1);
  }
}

/* The captions from `first` to `last`, or so many of them that the block is full. */
static Block *
read_block (GuiseDb *db, gint64 first, gint64 last, GError **error)
{
  g_autoptr (Block) block = block_new (first);
  sqlite3_stmt *statement
      = guise_db_query (db, error,
                        "SELECT id, image_id, text, state, source, kind FROM captions"
                        " WHERE id BETWEEN ? AND ? ORDER BY id",
                        GUISE_INT (first), GUISE_INT (last));
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    block->newest = sqlite3_column_int64 (statement, 0);
    add_text (block, statement);
    block->full = block->ends->len == BLOCK_CAPTIONS || block->bytes->len > BLOCK_BYTES;
    if (block->full)
      break;
  }
  if (step > 0)
    guise_db_reset (statement);
  return step >= 0 ? g_steal_pointer (&block) : NULL;
}

/* Where a block in the middle has become larger than it may be, all behind it is read anew. */
static gboolean
refresh_block (GuiseTexts *texts, GuiseDb *db, guint place, GError **error)
{
  Block *old = texts->blocks->pdata[place], *next = texts->blocks->pdata[place + 1];
  Block *block = read_block (db, old->first, next->first - 1, error);

  if (block == NULL)
    return FALSE;
  if (block->full && block->newest < next->first - 1) {
    forget_from (texts, place + 1);
    texts->next = block->newest + 1;
  }
  texts->n_bytes += block->bytes->len;
  texts->n_bytes -= old->bytes->len;
  texts->blocks->pdata[place] = block;
  block_free (old);
  return TRUE;
}

static gboolean
read_on (GuiseTexts *texts, GuiseDb *db, GError **error)
{
  Block *block = read_block (db, texts->next, G_MAXINT64, error);

  if (block == NULL)
    return FALSE;
  g_ptr_array_add (texts->blocks, block);
  texts->n_bytes += block->bytes->len;
  texts->too_large = texts->n_bytes > MAX_BYTES;
  texts->complete = !block->full || block->newest == G_MAXINT64;
  if (!texts->complete)
    texts->next = block->newest + 1;
  return TRUE;
}

/* What was committed while this reads is noted again and read by the next search. */
static gboolean
refresh (GuiseTexts *texts, GuiseDb *db, GError **error)
{
  take_notes (texts);
  for (guint i = 0; i < texts->blocks->len; i++) {
    if (!((Block *)texts->blocks->pdata[i])->stale)
      continue;
    if (i + 1 == texts->blocks->len)
      forget_from (texts, i);
    else if (!refresh_block (texts, db, i, error))
      return FALSE;
  }
  while (!texts->complete && !texts->too_large)
    if (!read_on (texts, db, error))
      return FALSE;
  if (texts->too_large)
    forget_from (texts, 0);
  return TRUE;
}

/* ---- searching ------------------------------------------------------------------------------- */

/* base: the first caption's bit. */
static void
match_in_block (const Block *block, const GuiseWord *word, guint64 *set, size_t base)
{
  const guint32 *ends = (const guint32 *)(void *)block->ends->data;
  const guint8 *start = block->bytes->data, *text = start;
  size_t i = 0;

  while (i < block->ends->len
         && (text = guise_word_find (word, text, start + block->bytes->len)) != NULL) {
    while (i < block->ends->len && (size_t)(text - start) > ends[i])
      i++;
    if (i == block->ends->len)
      return;
    set[(base + i) / 64] |= G_GUINT64_CONSTANT (1) << ((base + i) % 64);
    text = start + ends[i++] + 1; /* one is enough */
  }
}

static size_t
count_captions (GuiseTexts *texts)
{
  size_t n = 0;

  for (guint i = 0; i < texts->blocks->len; i++)
    n += ((Block *)texts->blocks->pdata[i])->ends->len;
  return n;
}

size_t
guise_texts_get_set_length (GuiseTexts *texts)
{
  return count_captions (texts) / 64 + 1;
}

GuiseTextSet
guise_texts_match_word (GuiseTexts *texts, const char *word)
{
  g_autoptr (GuiseWord) prepared = guise_word_new (word, strlen (word));
  GuiseTextSet set = g_new0 (guint64, guise_texts_get_set_length (texts));
  size_t base = 0;

  for (guint i = 0; i < texts->blocks->len; i++) {
    const Block *block = texts->blocks->pdata[i];

    match_in_block (block, prepared, set, base);
    base += block->ends->len;
  }
  return set;
}

GuiseTextSet
guise_texts_match_trait (GuiseTexts *texts, GuiseTextTrait trait, int value)
{
  GuiseTextSet set = g_new0 (guint64, guise_texts_get_set_length (texts));
  size_t bit = 0;

  for (guint i = 0; i < texts->blocks->len; i++) {
    const GByteArray *values = ((Block *)texts->blocks->pdata[i])->traits[trait];

    for (guint j = 0; j < values->len; j++, bit++)
      set[bit / 64] |= (guint64)(values->data[j] == value) << (bit % 64);
  }
  return set;
}

static int
compare_ids (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

/* They rise already where each picture's captions came together with it. */
static void
sort_and_dedupe (GArray *ids)
{
  gint64 *data = (gint64 *)(void *)ids->data;
  gboolean rising = TRUE;
  guint n = 0;

  for (guint i = 1; i < ids->len && rising; i++)
    rising = data[i - 1] < data[i];
  if (rising)
    return;
  qsort (data, ids->len, sizeof (gint64), compare_ids);
  for (guint i = 0; i < ids->len; i++)
    if (n == 0 || data[n - 1] != data[i])
      data[n++] = data[i];
  g_array_set_size (ids, n);
}

static GArray *
collect_images (GuiseTexts *texts, const guint64 *set)
{
  GArray *images = g_array_new (FALSE, FALSE, sizeof (gint64));
  size_t bit = 0;
  gint64 last = 0;

  for (guint i = 0; i < texts->blocks->len; i++) {
    const Block *block = texts->blocks->pdata[i];

    for (guint j = 0; j < block->images->len; j++, bit++) {
      gint64 image = g_array_index (block->images, gint64, j);

      if (((set[bit / 64] >> (bit % 64)) & 1) == 0 || (images->len > 0 && image == last))
        continue;
      g_array_append_val (images, image);
      last = image;
    }
  }
  sort_and_dedupe (images);
  return images;
}

gboolean
guise_texts_prepare (GuiseTexts *texts, GuiseDb *db, GError **error)
{
  gboolean ok;

  pthread_mutex_lock (&texts->lock);
  ok = refresh (texts, db, error);
  pthread_mutex_unlock (&texts->lock);
  return ok;
}

gboolean
guise_texts_is_prepared (GuiseTexts *texts)
{
  gboolean prepared;

  pthread_mutex_lock (&texts->lock);
  prepared = texts->complete && !texts->too_large;
  pthread_mutex_unlock (&texts->lock);
  return prepared;
}

GArray *
guise_texts_find_images (GuiseTexts *texts, GuiseDb *db, const GuiseTextQuestion *question,
                         GError **error)
{
  g_autofree guint64 *set = NULL;
  GArray *images = NULL;

  pthread_mutex_lock (&texts->lock);
  if (refresh (texts, db, error) && !texts->too_large) {
    set = question->match (texts, question->data);
    images = collect_images (texts, set);
  }
  pthread_mutex_unlock (&texts->lock);
  return images;
}
