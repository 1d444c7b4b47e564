/* Undoing all descriptions of a caption job, with a sentence about what came of it. Main thread
 * only. */
#pragma once

#include "guise-page.h"

G_BEGIN_DECLS

typedef struct {
  char *sentence;
  char *filter; /* shows in the library what stayed; NULL where nothing did */
} GuiseCaptionUndone;

void guise_caption_undone_free (GuiseCaptionUndone *undone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionUndone, guise_caption_undone_free)

void guise_caption_undo_async (GuiseStore *store, gint64 job_id, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
GuiseCaptionUndone *guise_caption_undo_finish (GAsyncResult *result, GError **error);

G_END_DECLS
