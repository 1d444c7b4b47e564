/* Opens files beneath a data set's folder and nowhere else: paths in data are not trusted. `..`,
 * absolute paths and symbolic links that lead out are refused by the kernel (openat2 with
 * RESOLVE_BENEATH); where that call is missing every symbolic link is refused. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define GUISE_ROOT_MAX_BYTES \
  ((guint64)256 << 20) /* of one image file, unless the caller says otherwise */

/* A folder held open; immutable, references from any thread. */
typedef struct _GuiseRoot GuiseRoot;

/* NULL with G_IO_ERROR if folder (a file name, not a URI) is not a folder that may be read. */
GuiseRoot *guise_root_open (const char *folder, GError **error);
GuiseRoot *guise_root_ref (GuiseRoot *root);
void guise_root_unref (GuiseRoot *root);

/* The folder's name as it was given; borrowed. */
const char *guise_root_get_folder (GuiseRoot *root);

/* A descriptor for reading the regular file path, relative to root, of at most max_bytes (0:
 * GUISE_ROOT_MAX_BYTES). Close-on-exec and never blocking, whatever the name stands for. -1 with
 * G_IO_ERROR (not found, permission denied …) or GUISE_IMAGE_ERROR (outside, not a file, too
 * large). Any thread. */
int guise_root_open_file (GuiseRoot *root, const char *path, guint64 max_bytes, GError **error);

/* The same for a file that the user names: any path. */
int guise_open_user_file (const char *path, guint64 max_bytes, GError **error);

/* Size in bytes and time of the last change in ns since 1970 of the regular file path, relative to
 * root, which is not read. FALSE where there is none beneath root. Any thread. */
gboolean guise_root_stat_file (GuiseRoot *root, const char *path, gint64 *size, gint64 *changed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRoot, guise_root_unref)

G_END_DECLS
