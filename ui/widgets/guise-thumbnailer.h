/* GuiseThumbnailer: pictures and labels of images for tiles, read and decoded by a few worker
 * threads and kept in a cache bounded by bytes (least recently used goes first).
 *
 * A tile asks with guise_thumbnailer_request() when it is bound and takes the request back when it
 * is unbound; requests near the place last given to guise_thumbnailer_set_centre() are served
 * first. Files are decoded by the project's decoder processes. Main thread only. */
#pragma once

#include "guise-project.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a tile shows; immutable. */
typedef struct {
  gatomicrefcount references;
  gint64 image_id;
  GdkTexture *texture;      /* NULL: see error */
  GuiseImageRecord *record; /* NULL: see error */
  char *excerpt;            /* the start of the first caption, one line; "" = no captions */
  GError *error;            /* why texture or record is missing, else NULL */
} GuiseThumbnail;

GuiseThumbnail *guise_thumbnail_ref (GuiseThumbnail *thumbnail);
void guise_thumbnail_unref (GuiseThumbnail *thumbnail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseThumbnail, guise_thumbnail_unref)

#define GUISE_TYPE_THUMBNAILER (guise_thumbnailer_get_type ())
G_DECLARE_FINAL_TYPE (GuiseThumbnailer, guise_thumbnailer, GUISE, THUMBNAILER, GObject)

/* Called once for a request that was not taken back. thumbnail is borrowed. */
typedef void (*GuiseThumbnailReady) (GuiseThumbnail *thumbnail, gpointer data);

/* max_bytes bounds the pixels kept; 0 = 128 MiB. Must be stopped: its workers hold it, and the
 * project, until then. */
GuiseThumbnailer *guise_thumbnailer_new (GuiseProject *project, gsize max_bytes);
/* Drops all requests and does not wait: nothing is served afterwards, and the workers end after
 * what they are at. The project may be closed beside them. */
void guise_thumbnailer_stop (GuiseThumbnailer *self);

/* The longest side of the pixels wanted from now on, device pixels; rounded up to a power of two
 * from 128 to 1024. A new size empties the cache. */
void guise_thumbnailer_set_side (GuiseThumbnailer *self, guint side);
void guise_thumbnailer_set_centre (GuiseThumbnailer *self, guint position);

/* From the cache, or NULL. Borrowed until the next call. */
GuiseThumbnail *guise_thumbnailer_lookup (GuiseThumbnailer *self, gint64 image_id);
/* A ticket, never 0. position: the tile's place in the list. */
guint guise_thumbnailer_request (GuiseThumbnailer *self, gint64 image_id, guint position,
                                 GuiseThumbnailReady ready, gpointer data);
/* 0 and tickets that were served are ignored. */
void guise_thumbnailer_take_back (GuiseThumbnailer *self, guint ticket);
/* Labels or captions of the image changed: forgets what is known but the pixels; image_id 0 = all.
 * */
void guise_thumbnailer_invalidate (GuiseThumbnailer *self, gint64 image_id);

/* For tests: bytes in the cache, images whose rows were fetched and images decoded so far, requests
 * taken back before a worker had them, requests waiting. */
gsize guise_thumbnailer_get_bytes (GuiseThumbnailer *self);
guint guise_thumbnailer_get_n_fetched (GuiseThumbnailer *self);
guint guise_thumbnailer_get_n_taken_back (GuiseThumbnailer *self);
guint guise_thumbnailer_get_n_decoded (GuiseThumbnailer *self);
guint guise_thumbnailer_get_n_waiting (GuiseThumbnailer *self);

G_END_DECLS
