/* What the token cache's files share: the cache itself, and the search for what it has of a set's
 * images. */
#pragma once

#include "guise-feature-file.h"
#include "guise-token-cache.h"

struct _GuiseTokenCache {
  const GuiseModel *model;
  NnTeam *team;
  GuiseEmbedder *embedder; /* while something is filled */
  GuiseTokenListener listener;
  char *folder;
  GuiseFeatureFile *vision, *text; /* text NULL = its encoder is trained */
  guint n_variants;
};

void guise_token_cache_report (GuiseTokenCache *cache, const char *what, guint64 done,
                               guint64 total);

/* What is known of the set's images. Threads fill it in: failed, first_failed and message under the
 * lock. */
typedef struct {
  GuiseTokenCache *cache;
  const GuiseTrainSet *set;
  GCancellable *cancellable;
  guint8 *hashes; /* [n_images, GUISE_FEATURE_KEY] */
  guint8 *good;   /* [n_images]: bit 1 << variant where the item is there and whole */
  guint8 *failed; /* [n_images] */
  gsize next;     /* atomic */
  GMutex lock;    /* of the rest */
  GCond moved;
  gsize n_done, first_failed;
  char *message;
  guint n_working;
} GuiseTokenSearch;

/* Reads every image's file and every item that is kept of it, on as many threads as decode. */
void guise_token_search_run (GuiseTokenSearch *search);
/* Remembers why the first of the images that failed did. The caller sees to it that no two threads
 * are here at a time. */
void guise_token_search_note_failed (GuiseTokenSearch *search, gsize image, const GError *error);
/* The key of an item; the mirrored picture's is another one. */
void guise_token_search_make_key (const GuiseTokenSearch *search, gsize image, guint variant,
                                  guint8 *key);

/* Computes what the search did not find and keeps it, portion by portion: threads decode the next
 * one while all cores compute this one. The caller has the right to write. */
gboolean guise_token_pipeline_run (GuiseTokenSearch *search, GError **error);
