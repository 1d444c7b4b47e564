/* Doing a job of captions.db: pictures are made ready, questions asked, answers kept, judged and
 * asked for again, until nothing is queued any more. Whoever calls gives what this layer cannot
 * know: where pictures are, and what makes a description good. */
#pragma once

#include "guise-asker.h"
#include "guise-caption-db.h"

/* Questions for one item, those after a refusal or a bad answer included. */
#define GUISE_CAPTION_MAX_TRIES 5
/* A run's first question is about a test picture, and nothing else is asked before the model has
 * proved that it sees; every so many questions it has to prove it again. */
#define GUISE_CAPTION_CANARY_INTERVAL 200

typedef enum {
  GUISE_JUDGEMENT_ACCEPT,
  GUISE_JUDGEMENT_AGAIN,     /* another answer may be better */
  GUISE_JUDGEMENT_FALL_BACK, /* it will not get better */
} GuiseJudgement;

typedef struct {
  guint64 n_done, n_total; /* items that need no question any more, of all */
  guint n_failed;          /* of them without texts */
  const GuiseAskerStatus *asker;
} GuiseCaptionProgress;

/* All are called in the caller's thread but load_picture; strings that are given out are freed with
 * g_free. */
typedef struct {
  /* A JPEG of the item's picture (guise_chat_encode_image); it may correct the item's image_id. Any
   * thread, several at a time. */
  GBytes *(*load_picture) (GuiseCaptionItem *item, gpointer data, GCancellable *cancellable,
                           GError **error);
  /* identity and clothing may be NULL, not both. *verdicts: JSON of what was found; *why: a
   * sentence unless it is accepted. */
  GuiseJudgement (*judge) (gint64 image_id, const char *identity, const char *clothing,
                           char **verdicts, char **why, gpointer data);
  /* Descriptions without a model, where several answers were not good enough. FALSE: there is
   * nothing to make them of. */
  gboolean (*fall_back) (gint64 image_id, char **identity, char **clothing, char **verdicts,
                         gpointer data);
  /* The exemplars of a style, NULL-terminated, borrowed for the call; NULL = it is unknown. */
  const char *const *(*get_exemplars) (const char *style, gpointer data);
  /* At most twice a second and once at the end. */
  void (*progress) (const GuiseCaptionProgress *progress, gpointer data);
  gpointer data;
} GuiseCaptionHooks;

/* Blocks. The job's state is RUNNING meanwhile and says afterwards what came of it: DONE; PAUSED,
 * once `pause` was triggered and what was under way has been answered; STOPPED, once `cancellable`
 * was, within a second, or a limit was reached; BLOCKED, where the endpoint does not let it go on.
 * All these are TRUE. FALSE: captions.db cannot be written, or G_IO_ERROR_CANCELLED. What was
 * committed stays; calling it again goes on. */
gboolean guise_caption_run (GuiseCaptionDb *db, gint64 job_id, GuiseAsker *asker,
                            const GuiseCaptionHooks *hooks, GCancellable *pause,
                            GCancellable *cancellable, GError **error);
