/* Captions and what a user may do to them. Every change is one named operation in the log, with
 * its inverse; see guise-store-history.h for undo and redo. */
#pragma once

#include "guise-filter.h"
#include "guise-store.h"

typedef enum {
  GUISE_STATE_PENDING, /* nobody has looked at it */
  GUISE_STATE_ACCEPTED,
  GUISE_STATE_EDITED,   /* its text was changed by hand, which accepts it */
  GUISE_STATE_REJECTED, /* kept, but neither trained nor searched with */
  GUISE_STATE_FLAGGED,
  GUISE_STATE_SKIPPED,
} GuiseCaptionState;
#define GUISE_N_CAPTION_STATES 6

/* "pending", "accepted", "edited", "rejected", "flagged", "skipped". */
const char *guise_caption_state_to_string (GuiseCaptionState state);
gboolean guise_caption_state_from_string (const char *name, GuiseCaptionState *state);

typedef struct {
  gint64 id; /* stays the same through edits */
  gint64 image_id;
  gint64 parent_id; /* the caption this one was made from, 0 = none */
  GuiseCaptionKind kind;
  GuiseCaptionSource source; /* where the first version came from; edits do not change it */
  GuiseCaptionState state;
  gint64 revision; /* 0 as it came; one more with every change, undo included */
  char *text;
  char *style;             /* or NULL */
  char *model;             /* or NULL */
  char *prompt;            /* prompt version or NULL */
  gint64 created, changed; /* µs since 1970 UTC; for show, never for order */
} GuiseCaption;

void guise_caption_free (GuiseCaption *caption);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaption, guise_caption_free)

/* Array of GuiseCaption: free captions, identity, clothing; then the data set's order. */
GPtrArray *guise_store_list_captions (GuiseStore *store, gint64 image_id, GError **error);
GuiseCaption *guise_store_get_caption (GuiseStore *store, gint64 caption_id, GError **error);
/* Ids (gint64) of all captions that match, by image and then as above: a review queue. */
GArray *guise_store_find_captions (GuiseStore *store, const GuiseFilter *filter,
                                   GCancellable *cancellable, GError **error);

/* FALSE with _INVALID_TEXT, saying what is wrong and at which byte, unless text is something that
 * can be stored. */
gboolean guise_store_check_text (const char *text, gssize length, GError **error);

/* "Edit caption": replaces the text and sets the state to edited. `revision`: the one the user
 * saw; _CONFLICT when the caption has another by now; -1 = whatever. An equal text is an empty
 * success, without an operation. */
gboolean guise_store_edit_caption (GuiseStore *store, gint64 caption_id, gint64 revision,
                                   const char *text, GError **error);
void guise_store_edit_caption_async (GuiseStore *store, gint64 caption_id, gint64 revision,
                                     const char *text, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean guise_store_edit_caption_finish (GuiseStore *store, GAsyncResult *result, GError **error);

/* The stay of somebody in one caption's text, in which it is stored again and again: as long as
 * nothing else is done, that is one operation, from the text that the stay began with to the last
 * one. A text that is again what it was before takes the operation out of the log, and the state
 * back. Where something else was done meanwhile, or the operation undone, another one begins. Main
 * thread; the store keeps a reference as long as it needs one. */
typedef struct _GuiseCaptionStay GuiseCaptionStay;
GuiseCaptionStay *guise_caption_stay_new (void);
void guise_caption_stay_unref (GuiseCaptionStay *stay);

/* "Edit caption" for somebody who knows the text that they changed: _CONFLICT when the caption has
 * another than `expected` by now. Writes keep their order, so that a second text may follow, with
 * the first as the expected one, before the first is on the disk; it never lands on a third one.
 * stay: of this caption; NULL = an operation of its own. */
void guise_store_replace_caption_async (GuiseStore *store, gint64 caption_id, const char *expected,
                                        const char *text, GuiseCaptionStay *stay,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* The revision that the caption has with it, or -1. taken_back (may be NULL): the operation of the
 * stay has gone, there is none to undo. */
gint64 guise_store_replace_caption_finish (GuiseStore *store, GAsyncResult *result,
                                           gboolean *taken_back, GError **error);

/* "Accept caption", "Reject 12 captions"…: one operation for all. Captions that are in the state
 * already are left alone. */
gboolean guise_store_set_caption_state (GuiseStore *store, const gint64 *caption_ids, size_t n_ids,
                                        GuiseCaptionState state, GError **error);
void guise_store_set_caption_state_async (GuiseStore *store, const gint64 *caption_ids,
                                          size_t n_ids, GuiseCaptionState state,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean guise_store_set_caption_state_finish (GuiseStore *store, GAsyncResult *result,
                                               GError **error);

/* "Add caption": the new caption's id, or -1. id, revision, created and changed of `caption` are
 * ignored. */
gint64 guise_store_add_caption (GuiseStore *store, const GuiseCaption *caption, GError **error);
/* "Delete caption"; children keep their text and lose their parent. */
gboolean guise_store_delete_caption (GuiseStore *store, gint64 caption_id, GError **error);
