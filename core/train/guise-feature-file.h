/* Arrays of one size by their keys, on the disk and mapped into memory: what a frozen encoder gave
 * for each of its inputs. Two files that only grow:
 *
 *   NAME.data    item 0, item 1 …
 *   NAME.index   a head (magic, version, bytes of an item, whose items these are), then for each
 *                item its key, the sum of its bytes and a sum of the record
 *
 * Items reach the disk before their records do, so a process may be killed at any time. A record or
 * an item that fails its sum is not there. One process writes (NAME.lock), any number reads
 * meanwhile. Little-endian machines only. One thread at a time, except for guise_feature_file_get
 * and _verify. */
#pragma once

#include <gio/gio.h>

enum { GUISE_FEATURE_KEY = 32 }; /* bytes: a SHA-256 */

typedef struct _GuiseFeatureFile GuiseFeatureFile;

/* Opens path (without its ending) or makes it. owner [GUISE_FEATURE_KEY]: whose items these are.
 * Files that are another's, or whose head is damaged, are made anew. Waits while somebody writes.
 * *problem (free it): one sentence on what was damaged and is gone, or NULL. */
GuiseFeatureFile *guise_feature_file_open (const char *path, const guint8 *owner,
                                           gsize item_bytes, char **problem,
                                           GCancellable *cancellable, GError **error);
void guise_feature_file_free (GuiseFeatureFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseFeatureFile, guise_feature_file_free)

gsize guise_feature_file_get_item_bytes (const GuiseFeatureFile *file);
gsize guise_feature_file_get_n_items (const GuiseFeatureFile *file);

/* The item of a key, or NULL; valid as long as the file is open. Items that were added since the
 * last map are not seen. */
gconstpointer guise_feature_file_get (const GuiseFeatureFile *file, const guint8 *key);
/* Whether its bytes are what was written. */
gboolean guise_feature_file_verify (const GuiseFeatureFile *file, const guint8 *key);
/* Lets get() see all items. */
gboolean guise_feature_file_map (GuiseFeatureFile *file, GError **error);

/* Takes the right to write; waits for whoever has it. Sees what others added until then. */
gboolean guise_feature_file_lock (GuiseFeatureFile *file, GCancellable *cancellable,
                                  GError **error);
void guise_feature_file_unlock (GuiseFeatureFile *file);
/* With the lock. An item that is there already is replaced. Both reach the disk with the next
 * flush. */
gboolean guise_feature_file_add (GuiseFeatureFile *file, const guint8 *key, gconstpointer item,
                                 GError **error);
gboolean guise_feature_file_flush (GuiseFeatureFile *file, GError **error);

/* One pair of files in a folder. */
typedef struct {
  char *name; /* without ending */
  guint64 n_items, bytes;
  gint64 changed; /* seconds since 1970 UTC */
} GuiseFeatureEntry;

void guise_feature_entry_free (GuiseFeatureEntry *entry);
/* Array of GuiseFeatureEntry by name; a folder that is missing has none. */
GPtrArray *guise_feature_file_list (const char *folder);
/* Removes all of them; *bytes: how many are free now. Who has them mapped keeps what he sees.
 * G_IO_ERROR_BUSY while one is being written. */
gboolean guise_feature_file_clear (const char *folder, guint64 *bytes, GError **error);
