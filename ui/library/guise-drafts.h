/* GuiseDrafts: texts that were typed for captions and could not be stored, kept in the project's
 * settings until they are stored or given up: they outlive the window. Where the database does not
 * take them as the window closes, they lie beside it, in drafts.json. What an earlier window left
 * is read on a worker; then comes the signal "loaded" (). Main thread only. */
#pragma once

#include "guise-store-captions.h"

G_BEGIN_DECLS

#define GUISE_TYPE_DRAFTS (guise_drafts_get_type ())
G_DECLARE_FINAL_TYPE (GuiseDrafts, guise_drafts, GUISE, DRAFTS, GObject)

typedef struct {
  char *text;
  char *base;  /* what it was typed over */
  char *place; /* the picture's path, where an earlier window left the draft; else NULL */
} GuiseDraft;

/* folder: the project's. */
GuiseDrafts *guise_drafts_new (GuiseStore *store, const char *folder);
/* Borrowed until the drafts change; NULL = there is none for that caption. */
const GuiseDraft *guise_drafts_lookup (GuiseDrafts *self, gint64 caption_id);
/* Copies. It is on the disk soon after, and before the project closes. */
void guise_drafts_put (GuiseDrafts *self, gint64 caption_id, const char *text, const char *base);
/* FALSE where there was none. */
gboolean guise_drafts_remove (GuiseDrafts *self, gint64 caption_id);
guint guise_drafts_get_n (GuiseDrafts *self);
/* When they are loaded: the name in the project's folder of a file of drafts that has texts for no
 * caption of this database, or cannot be read, and was put aside; NULL = there was none. */
const char *guise_drafts_get_aside (GuiseDrafts *self);
/* Writes them once more, after all that the store was given before, and beside the database where
 * that takes nothing. Ends with guise_page_keep_finish(): those that there are then and that could
 * not be written at all. */
void guise_drafts_sync_async (GuiseDrafts *self, GAsyncReadyCallback callback, gpointer data);
/* One line for each: where it belongs and how it begins. To be freed. */
char *guise_drafts_describe (GuiseDrafts *self);

G_END_DECLS
