/* cache.db: what can be made again. A second database with synchronous = NORMAL, in which several
 * processes may write; it is thrown away and made anew when it is damaged, and may be deleted at
 * any time while the project is closed. */
#pragma once

#include <gio/gio.h>

#define GUISE_TYPE_CACHE (guise_cache_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCache, guise_cache, GUISE, CACHE, GObject)

/* Opens or makes `folder`/cache.db; in memory where the folder cannot be written. Any thread may
 * call. */
GuiseCache *guise_cache_open (const char *folder, GError **error);
void guise_cache_close (GuiseCache *cache);

/* An embedding index on the disk. */
typedef struct {
  char *run;       /* the run's name */
  char *splits;    /* "test", "train,val": as embed was asked */
  char *path;      /* beneath the project's folder; bytes */
  char *storage;   /* "float16": see guise-index.h; likewise */
  char *precision; /* "bfloat16" */
  guint dim;
  guint64 count;  /* images */
  gint64 created; /* µs since 1970 UTC */
} GuiseIndexEntry;

void guise_index_entry_free (GuiseIndexEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseIndexEntry, guise_index_entry_free)

/* Adds the entry or replaces the one with this run and splits. created 0 = now. */
gboolean guise_cache_put_index (GuiseCache *cache, const GuiseIndexEntry *entry, GError **error);
/* NULL without an error where there is none. */
GuiseIndexEntry *guise_cache_get_index (GuiseCache *cache, const char *run, const char *splits,
                                        GError **error);
/* Array of GuiseIndexEntry, newest first; run NULL = all. */
GPtrArray *guise_cache_list_indexes (GuiseCache *cache, const char *run, GError **error);
