/* What a trial's job brought, image by image and in sum, read out of captions.db. Plain data. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  gint64 image_id;
  char *identity, *clothing; /* or NULL */
  char *state;               /* "done", "refused", "invalid" … */
  char *why;                 /* a sentence, or NULL */
  gboolean passed;           /* the model's own texts, accepted by the checks */
  gboolean by_splitter;      /* made of captions: the model's texts were not accepted */
  double ms;                 /* of the last answer; NaN: there is none */
  GPtrArray *findings;       /* of char *: what the checks remarked, a sentence each */
} GuiseTrialAnswer;

typedef struct {
  GPtrArray *answers; /* of GuiseTrialAnswer, in the order of the images */
  guint n_passed, n_refused, n_invalid, n_open;
  double mean_ms;  /* NaN: not measured */
  gint64 n_tokens; /* -1: no server said */
  double cost;     /* NaN: not known */
} GuiseTrialOutcome;

void guise_trial_outcome_read_async (const char *folder, gint64 job_id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data);
GuiseTrialOutcome *guise_trial_outcome_read_finish (GAsyncResult *result, GError **error);
void guise_trial_outcome_free (GuiseTrialOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTrialOutcome, guise_trial_outcome_free)
/* NULL where it has none. */
const GuiseTrialAnswer *guise_trial_outcome_find (const GuiseTrialOutcome *outcome,
                                                  gint64 image_id);

/* "1.2 s", "340 ms". */
char *guise_trial_format_time (double ms);

G_END_DECLS
