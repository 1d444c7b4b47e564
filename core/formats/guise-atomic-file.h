/* A file that appears under its name whole or not at all: bytes go to a temporary name in the same
 * folder; commit syncs them, renames and syncs the folder. A reader of the old file is never
 * disturbed. A failed fsync is final: the kernel may have dropped the pages, so a second try could
 * report false success. Mode 0666 less the umask, as for any new file. A symbolic link at path is
 * replaced itself; what is no file, such as a device, stays and is an error. Not thread-safe for
 * one object. All errors are G_IO_ERROR. */
#pragma once

#include <gio/gio.h>

typedef struct _GuiseAtomicFile GuiseAtomicFile;

/* path's folder must exist. */
GuiseAtomicFile *guise_atomic_file_open (const char *path, GError **error);
/* Asks for room for n_bytes beforehand, so that a full disk shows before the writing starts. */
gboolean guise_atomic_file_reserve (GuiseAtomicFile *file, guint64 n_bytes, GError **error);
/* Once a write has failed, every later call fails too. */
gboolean guise_atomic_file_write (GuiseAtomicFile *file, const void *data, gsize size,
                                  GError **error);
/* May be called once. When it fails before the rename, the old file is untouched. */
gboolean guise_atomic_file_commit (GuiseAtomicFile *file, GError **error);
/* Without a successful commit, removes the temporary file. NULL is fine. */
void guise_atomic_file_free (GuiseAtomicFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseAtomicFile, guise_atomic_file_free)

/* The name under which bytes are collected until commit; borrowed. A writer that wants to check
 * what it wrote before it takes the final name calls guise_atomic_file_sync first. */
const char *guise_atomic_file_get_temporary (GuiseAtomicFile *file);
gboolean guise_atomic_file_sync (GuiseAtomicFile *file, GError **error);

/* All of the above in one call. */
gboolean guise_atomic_write (const char *path, const void *data, gsize size, GError **error);
/* Whether `name`, without a folder, is one that this makes for a file not yet committed. */
gboolean guise_atomic_file_is_temporary (const char *name);
/* Syncs a folder, so that names made, renamed or removed in it survive a power cut. */
gboolean guise_sync_folder (const char *path, GError **error);
