#include "guise-wordpiece-train.h"
#include "guise-atomic-file.h"
#include "guise-bert-split.h"
#include "guise-formats-error.h"

#include <string.h>

enum {
  MAX_WORD = 100, /* as the encoder: longer words are [UNK] */
  MIN_ENTRIES = 7,
};

static const char *const specials[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };

typedef struct {
  char *text;
  gint64 count;
  gint32 *symbols; /* ids of tokens */
  gsize n_symbols;
} Word;

typedef struct {
  gint32 left, right;
  gint64 count;
  GArray *words; /* guint: where the pair has been; some may have lost it since */
} Pair;

typedef struct {
  GPtrArray *tokens;
  GHashTable *ids;   /* token -> id + 1; tokens are borrowed */
  GHashTable *pairs; /* Pair as key and value, looked up by left and right */
} Trainer;

static void
word_free (gpointer data)
{
  Word *word = data;

  g_free (word->text);
  g_free (word->symbols);
  g_free (word);
}

static guint
pair_hash (gconstpointer data)
{
  const Pair *pair = data;

  return (guint)pair->left * 0x9e3779b1u ^ (guint)pair->right * 0x85ebca77u;
}

static gboolean
pair_equal (gconstpointer a, gconstpointer b)
{
  const Pair *x = a, *y = b;

  return x->left == y->left && x->right == y->right;
}

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_array_unref (pair->words);
  g_free (pair);
}

/* -- counting words and characters -- */

static gboolean
count_word (const char *text, gsize n_bytes, gsize n_chars, gpointer user_data)
{
  GHashTable *counts = user_data;
  g_autofree char *key = g_strndup (text, n_bytes);
  Word *word = n_chars <= MAX_WORD ? g_hash_table_lookup (counts, key) : NULL;

  if (word == NULL && n_chars <= MAX_WORD) {
    word = g_new0 (Word, 1);
    word->text = g_steal_pointer (&key);
    g_hash_table_insert (counts, word->text, word);
  }
  if (word != NULL)
    word->count++;
  return TRUE;
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  const Word *const *x = a, *const *y = b;

  return strcmp ((*x)->text, (*y)->text);
}

/* All words, sorted, so that nothing depends on the order of a hash table. */
static GPtrArray *
count_words (const char *const *texts, gsize n_texts)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *words = g_ptr_array_new_with_free_func (word_free);
  GHashTableIter iter;
  gpointer word;

  for (gsize i = 0; i < n_texts; i++)
    guise_bert_split (&guise_bert_uncased, texts[i], strlen (texts[i]), count_word, counts);
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, NULL, &word))
    g_ptr_array_add (words, word);
  g_ptr_array_sort (words, compare_words);
  return words;
}

/* The token of the character at text: with "##" unless it begins the word. */
static char *
create_character (const char *text, gboolean first)
{
  gsize n = (gsize)(g_utf8_next_char (text) - text);

  return g_strdup_printf ("%s%.*s", first ? "" : "##", (int)n, text);
}

typedef struct {
  char *token;
  gint64 count;
} Character;

static void
character_free (gpointer data)
{
  Character *character = data;

  g_free (character->token);
  g_free (character);
}

static int
compare_frequency (gconstpointer a, gconstpointer b)
{
  const Character *const *x = a, *const *y = b;

  if ((*x)->count != (*y)->count)
    return (*x)->count > (*y)->count ? -1 : 1;
  return strcmp ((*x)->token, (*y)->token);
}

/* Plain characters before continuations, each kind by code point. */
static int
compare_characters (gconstpointer a, gconstpointer b)
{
  const Character *const *x = a, *const *y = b;
  gboolean x_goes_on = strlen ((*x)->token) > 2 && g_str_has_prefix ((*x)->token, "##");
  gboolean y_goes_on = strlen ((*y)->token) > 2 && g_str_has_prefix ((*y)->token, "##");

  return x_goes_on != y_goes_on ? x_goes_on - y_goes_on : strcmp ((*x)->token, (*y)->token);
}

static GPtrArray *
count_characters (const GPtrArray *words)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *characters = g_ptr_array_new_with_free_func (character_free);

  for (guint i = 0; i < words->len; i++) {
    const Word *word = g_ptr_array_index (words, i);

    for (const char *c = word->text; *c != '\0'; c = g_utf8_next_char (c)) {
      g_autofree char *token = create_character (c, c == word->text);
      Character *character = g_hash_table_lookup (counts, token);

      if (character == NULL) {
        character = g_new0 (Character, 1);
        character->token = g_steal_pointer (&token);
        g_hash_table_insert (counts, character->token, character);
        g_ptr_array_add (characters, character);
      }
      character->count += word->count;
    }
  }
  return characters;
}

/* -- the vocabulary -- */

static gint32
find_token (const Trainer *self, const char *token)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->ids, token)) - 1;
}

/* Takes token; one that is there already keeps its id. */
static gint32
add_token (Trainer *self, char *token)
{
  gint32 id = find_token (self, token);

  if (id >= 0) {
    g_free (token);
    return id;
  }
  g_ptr_array_add (self->tokens, token);
  g_hash_table_insert (self->ids, token, GINT_TO_POINTER ((gint)self->tokens->len));
  return (gint32)self->tokens->len - 1;
}

static void
add_alphabet (Trainer *self, const GPtrArray *words, gsize n_entries)
{
  g_autoptr (GPtrArray) characters = count_characters (words);

  g_ptr_array_sort (characters, compare_frequency);
  if (characters->len > n_entries - self->tokens->len)
    g_ptr_array_set_size (characters, (int)(n_entries - self->tokens->len));
  g_ptr_array_sort (characters, compare_characters);
  for (guint i = 0; i < characters->len; i++) {
    Character *character = g_ptr_array_index (characters, i);

    add_token (self, g_strdup (character->token));
  }
}

/* Words with a character that found no room stay without symbols: they encode as [UNK] whatever is
 * merged. */
static void
spell (Trainer *self, Word *word)
{
  word->symbols = g_new (gint32, g_utf8_strlen (word->text, -1));
  for (const char *c = word->text; *c != '\0'; c = g_utf8_next_char (c)) {
    g_autofree char *token = create_character (c, c == word->text);
    gint32 id = find_token (self, token);

    if (id < 0) {
      word->n_symbols = 0;
      return;
    }
    word->symbols[word->n_symbols++] = id;
  }
}

/* -- merging -- */

static void
change_pair (Trainer *self, gint32 left, gint32 right, guint word, gint64 change)
{
  const Pair key = { .left = left, .right = right };
  Pair *pair = g_hash_table_lookup (self->pairs, &key);

  if (pair == NULL) {
    pair = g_new0 (Pair, 1);
    pair->left = left;
    pair->right = right;
    pair->words = g_array_new (FALSE, FALSE, sizeof word);
    g_hash_table_add (self->pairs, pair);
  }
  pair->count += change;
  if (change > 0
      && (pair->words->len == 0
          || g_array_index (pair->words, guint, pair->words->len - 1) != word))
    g_array_append_val (pair->words, word);
}

static void
count_pairs (Trainer *self, const GPtrArray *words, guint index, int sign)
{
  const Word *word = g_ptr_array_index (words, index);

  for (gsize i = 0; i + 1 < word->n_symbols; i++)
    change_pair (self, word->symbols[i], word->symbols[i + 1], index, sign * word->count);
}

static gboolean
is_better (const Trainer *self, const Pair *pair, const Pair *best)
{
  int order;

  if (best == NULL || pair->count != best->count)
    return pair->count > (best != NULL ? best->count : 0);
  order = strcmp (g_ptr_array_index (self->tokens, pair->left),
                  g_ptr_array_index (self->tokens, best->left));
  if (order == 0)
    order = strcmp (g_ptr_array_index (self->tokens, pair->right),
                    g_ptr_array_index (self->tokens, best->right));
  return order < 0;
}

static Pair *
find_best (const Trainer *self)
{
  Pair *best = NULL;
  GHashTableIter iter;
  gpointer pair;

  g_hash_table_iter_init (&iter, self->pairs);
  while (g_hash_table_iter_next (&iter, &pair, NULL))
    if (is_better (self, pair, best))
      best = pair;
  return best;
}

/* Replaces the pair by merged, from left to right. */
static void
replace_pair (Word *word, gint32 left, gint32 right, gint32 merged)
{
  gsize n = 0;

  for (gsize i = 0; i < word->n_symbols; i++)
    if (i + 1 < word->n_symbols && word->symbols[i] == left && word->symbols[i + 1] == right) {
      word->symbols[n++] = merged;
      i++;
    } else {
      word->symbols[n++] = word->symbols[i];
    }
  word->n_symbols = n;
}

static gboolean
has_pair (const Word *word, gint32 left, gint32 right)
{
  for (gsize i = 0; i + 1 < word->n_symbols; i++)
    if (word->symbols[i] == left && word->symbols[i + 1] == right)
      return TRUE;
  return FALSE;
}

static void
merge (Trainer *self, const GPtrArray *words, Pair *best)
{
  gint32 left = best->left, right = best->right;
  const char *tail = g_ptr_array_index (self->tokens, right);
  gint32 merged = add_token (
      self, g_strconcat (g_ptr_array_index (self->tokens, left), tail + strlen ("##"), NULL));
  g_autoptr (GArray) places = g_array_ref (best->words);

  for (guint i = 0; i < places->len; i++) {
    guint index = g_array_index (places, guint, i);
    Word *word = g_ptr_array_index (words, index);

    if (!has_pair (word, left, right))
      continue;
    count_pairs (self, words, index, -1);
    replace_pair (word, left, right, merged);
    count_pairs (self, words, index, 1);
  }
  g_hash_table_remove (self->pairs, &(const Pair){ .left = left, .right = right });
}

static gboolean
merge_all (Trainer *self, const GPtrArray *words, gsize n_entries, GCancellable *cancellable,
           GError **error)
{
  for (guint i = 0; i < words->len; i++)
    spell (self, g_ptr_array_index (words, i));
  for (guint i = 0; i < words->len; i++)
    count_pairs (self, words, i, 1);
  while (self->tokens->len < n_entries) {
    Pair *best = find_best (self);

    if (best == NULL)
      break;
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    merge (self, words, best);
  }
  return TRUE;
}

GPtrArray *
guise_wordpiece_train (const char *const *texts, gsize n_texts, gsize n_entries,
                       GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) words = NULL;
  Trainer self = { NULL };
  gboolean done;

  if (n_entries < MIN_ENTRIES || n_entries > G_MAXINT32) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot train a vocabulary of %zu entries: at least %d are needed", n_entries,
                 MIN_ENTRIES);
    return NULL;
  }
  words = count_words (texts, n_texts);
  self.tokens = g_ptr_array_new_with_free_func (g_free);
  self.ids = g_hash_table_new (g_str_hash, g_str_equal);
  self.pairs = g_hash_table_new_full (pair_hash, pair_equal, pair_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (specials); i++)
    add_token (&self, g_strdup (specials[i]));
  add_alphabet (&self, words, n_entries);
  done = merge_all (&self, words, n_entries, cancellable, error);
  g_hash_table_unref (self.ids);
  g_hash_table_unref (self.pairs);
  if (!done)
    g_clear_pointer (&self.tokens, g_ptr_array_unref);
  return self.tokens;
}

gboolean
guise_wordpiece_save (const char *path, const GPtrArray *tokens, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++) {
    g_string_append (text, g_ptr_array_index (tokens, i));
    g_string_append_c (text, '\n');
  }
  return guise_atomic_write (path, text->str, text->len, error);
}
