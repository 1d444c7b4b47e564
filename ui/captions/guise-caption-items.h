/* Items of a caption job with the names of their pictures, and the question and answer of one, read
 * on workers. Main thread only. */
#pragma once

#include "guise-project-captions.h"

G_BEGIN_DECLS

/* Which of them. */
typedef enum {
  GUISE_CAPTION_ITEMS_UNUSABLE, /* the retry list */
  GUISE_CAPTION_ITEMS_REFUSED,
  GUISE_CAPTION_ITEMS_DONE,
  GUISE_CAPTION_ITEMS_QUEUED,
  GUISE_CAPTION_ITEMS_ALL,
  GUISE_N_CAPTION_ITEMS
} GuiseCaptionItems;

typedef struct {
  GuiseCaptionItem *item;
  char *name;  /* of the picture's file and the style, for people; its number where it is gone */
  char *image; /* its path as the filter language knows it, or NULL */
} GuiseNamedItem;

void guise_named_item_free (GuiseNamedItem *named);

/* The state for people. */
const char *guise_caption_item_get_state_name (const GuiseCaptionItem *item);

void guise_caption_items_read_async (GuiseProject *project, gint64 job_id, GuiseCaptionItems which,
                                     guint offset, guint limit, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
/* Array of GuiseNamedItem. */
GPtrArray *guise_caption_items_read_finish (GAsyncResult *result, GError **error);

/* The last answer of an item. */
void guise_caption_answer_read_async (GuiseProject *project, const char *key,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
/* NULL without an error: none that is kept. */
GuiseAnswer *guise_caption_answer_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
