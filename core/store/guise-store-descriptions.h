/* Descriptions that a run of something made: a model's, the splitter's. However many transactions
 * bring them, all of one run are one operation of the log, and undoing that one is lenient: what
 * somebody changed since stays, and is named. */
#pragma once

#include "guise-store-captions.h"

typedef struct {
  const char *origin; /* what it comes from; one that is known already is left alone, as is what
                       * its maker has said of the image before, in the same words */
  gint64 image_id;
  GuiseCaptionKind kind;
  GuiseCaptionSource source;
  GuiseCaptionState state; /* pending, unless somebody has judged it elsewhere */
  const char *text;
  const char *style, *model, *prompt; /* or NULL */
  const char *verdicts;               /* JSON of the checks, or NULL */
  gboolean is_copy;                   /* known too where the image has this kind and text */
} GuiseDescription;

typedef struct {
  guint n_added;
  guint n_known;    /* were there, or were undone with their run */
  guint n_unusable; /* their image is gone, or the text cannot be stored */
} GuiseDescriptionStats;

/* Adds the descriptions in one transaction. run: names the run ("job:3"); its operation is begun
 * with `name` or extended. Where that was undone meanwhile, another is begun. stats are added
 * to. */
gboolean guise_store_add_descriptions (GuiseStore *store, const char *run, const char *name,
                                       const GuiseDescription *descriptions, size_t n_descriptions,
                                       GuiseDescriptionStats *stats, GError **error);

typedef struct {
  guint n_removed;
  GArray *kept; /* of gint64: captions that somebody changed since */
} GuiseRunUndo;

void guise_run_undo_clear (GuiseRunUndo *undo);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseRunUndo, guise_run_undo_clear)

/* Undoes a run whatever came after it; guise_store_redo() brings it back. _NOTHING when there is
 * nothing of it to undo. */
gboolean guise_store_undo_run (GuiseStore *store, const char *run, GuiseRunUndo *undo,
                               GError **error);
void guise_store_undo_run_async (GuiseStore *store, const char *run, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean guise_store_undo_run_finish (GuiseStore *store, GAsyncResult *result, GuiseRunUndo *undo,
                                      GError **error);

/* How many captions of a run the log would undo; 0 = none, -1 = error. */
gint64 guise_store_count_run (GuiseStore *store, const char *run, GError **error);

/* The origins of a run's descriptions that are not in the project any more, because the run was
 * undone and not redone; the value says whether somebody had deleted it before that. */
GHashTable *guise_store_list_undone (GuiseStore *store, const char *run, GError **error);

/* The highest number behind `prefix` that a run, also an undone one, has in its name; 0 = none,
 * -1 = error. */
gint64 guise_store_get_last_run (GuiseStore *store, const char *prefix, GError **error);

/* "IMAGE" or "IMAGE STYLE" of every image that has a description by this model and prompt (NULL =
 * none); keys of the table are its members. Captions do not say at which endpoint the model was
 * asked (jobs in captions.db do, which may have been moved away), nor do the names of kept answers:
 * a model is its name, so that a server may move without everything being asked again. Servers that
 * give all models one name (llama.cpp's "default") need one that tells them apart. */
GHashTable *guise_store_list_described (GuiseStore *store, const char *model, const char *prompt,
                                        GError **error);
