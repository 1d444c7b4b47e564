#include "guise-vocabulary.h"

#include <string.h>

enum {
  FIRST_SLOTS = 16,
};

typedef struct {
  guint32 hash;
  gint32 id; /* -1: free */
} Slot;

struct _GuiseVocabulary {
  GStringChunk *texts;
  GPtrArray *tokens; /* by id; NULL: none */
  Slot *slots;       /* open addressing, a power of two, at most half full */
  gsize n_slots, n_used;
};

static Slot *
create_slots (gsize n)
{
  Slot *slots = g_new (Slot, n);

  for (gsize i = 0; i < n; i++)
    slots[i].id = -1;
  return slots;
}

GuiseVocabulary *
guise_vocabulary_new (void)
{
  GuiseVocabulary *self = g_new0 (GuiseVocabulary, 1);

  self->texts = g_string_chunk_new (1 << 16);
  self->tokens = g_ptr_array_new ();
  self->n_slots = FIRST_SLOTS;
  self->slots = create_slots (FIRST_SLOTS);
  return self;
}

void
guise_vocabulary_free (GuiseVocabulary *self)
{
  if (self == NULL)
    return;
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->tokens);
  g_free (self->slots);
  g_free (self);
}

/* FNV-1a */
guint32
guise_vocabulary_hash (guint32 hash, const char *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    hash = (hash ^ (guint8)bytes[i]) * 16777619u;
  return hash;
}

/* The slot of prefix + word, or the free one where it would go. */
static Slot *
find_slot (const GuiseVocabulary *self, guint32 hash, const char *prefix, const char *word, gsize n)
{
  gsize n_prefix = strlen (prefix);

  for (gsize i = hash & (self->n_slots - 1);; i = (i + 1) & (self->n_slots - 1)) {
    Slot *slot = &self->slots[i];
    const char *token;

    if (slot->id < 0)
      return slot;
    token = g_ptr_array_index (self->tokens, (guint)slot->id);
    if (slot->hash == hash && strncmp (token, prefix, n_prefix) == 0
        && strncmp (token + n_prefix, word, n) == 0 && token[n_prefix + n] == '\0')
      return slot;
  }
}

gint32
guise_vocabulary_find_hashed (const GuiseVocabulary *self, guint32 hash, const char *prefix,
                              const char *word, gsize n)
{
  return find_slot (self, hash, prefix, word, n)->id;
}

gint32
guise_vocabulary_find (const GuiseVocabulary *self, const char *token)
{
  gsize n = strlen (token);
  guint32 hash = guise_vocabulary_hash (GUISE_VOCABULARY_HASH_EMPTY, token, n);

  return find_slot (self, hash, "", token, n)->id;
}

static void
double_slots (GuiseVocabulary *self)
{
  Slot *old = self->slots;
  gsize n_old = self->n_slots;

  self->n_slots = 2 * n_old;
  self->slots = create_slots (self->n_slots);
  for (gsize i = 0; i < n_old; i++) {
    gsize at = old[i].hash & (self->n_slots - 1);

    if (old[i].id < 0)
      continue;
    while (self->slots[at].id >= 0)
      at = (at + 1) & (self->n_slots - 1);
    self->slots[at] = old[i];
  }
  g_free (old);
}

gboolean
guise_vocabulary_add (GuiseVocabulary *self, const char *token, gint32 id)
{
  gsize n = strlen (token);
  guint32 hash = guise_vocabulary_hash (GUISE_VOCABULARY_HASH_EMPTY, token, n);
  gpointer *place;
  Slot *slot;

  g_return_val_if_fail (id >= 0 && id < GUISE_VOCABULARY_MAX_IDS, FALSE);
  if ((guint)id >= self->tokens->len)
    g_ptr_array_set_size (self->tokens, id + 1);
  place = &g_ptr_array_index (self->tokens, (guint)id);
  if (*place != NULL)
    return FALSE;
  *place = g_string_chunk_insert_len (self->texts, token, (gssize)n);
  if (2 * (self->n_used + 1) > self->n_slots)
    double_slots (self);
  slot = find_slot (self, hash, "", token, n);
  self->n_used += slot->id < 0;
  *slot = (Slot){ hash, id };
  return TRUE;
}

gint32
guise_vocabulary_get_n_ids (const GuiseVocabulary *self)
{
  return (gint32)self->tokens->len;
}

const char *
guise_vocabulary_get_token (const GuiseVocabulary *self, gint32 id)
{
  g_return_val_if_fail (id >= 0 && (guint)id < self->tokens->len, NULL);
  return g_ptr_array_index (self->tokens, (guint)id);
}
