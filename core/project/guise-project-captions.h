/* Describing the images of an open project: without a model out of their captions, or by a job that
 * asks one. What guise.db does not have yet of a job is brought there by whoever may write it. */
#pragma once

#include "guise-caption-apply.h"
#include "guise-caption-run.h"
#include "guise-url.h"
#include "guise-project.h"

G_BEGIN_DECLS

/* ---- without a model ---- */

typedef struct {
  guint n_images;
  guint n_without; /* that have no captions which say anything */
  guint n_partly;  /* of which the captions say only one of both */
  char *run;       /* the name of its operation: for guise_store_undo_run() */
  GuiseDescriptionStats stored;
} GuiseOfflineReport;

void guise_offline_report_clear (GuiseOfflineReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseOfflineReport, guise_offline_report_clear)

/* Images that have a description of the person or of the clothing, whoever made it; -1 = error. */
gint64 guise_project_count_described (GuiseProject *project, GCancellable *cancellable,
                                      GError **error);

/* Makes descriptions of the free captions of the images that the filter (text, "" = all) matches;
 * only_missing: of those that have no description, whoever made it.
 * One operation in the log, stored in batches; an image that has such descriptions keeps them as
 * they are. Blocks; cancelled between batches, whose descriptions stay. */
gboolean guise_project_describe_offline (GuiseProject *project, const char *filter,
                                         gboolean only_missing, GuiseOfflineReport *report,
                                         GuiseStoreProgress progress, gpointer progress_data,
                                         GCancellable *cancellable, GError **error);

/* ---- by a model ---- */

#define GUISE_CAPTION_KEEP_LIMIT (-1)

typedef struct {
  const GuiseEndpoint *endpoint; /* with its model */
  const GuisePrompt *prompt;
  const char *filter;        /* text, "" = all images */
  guint limit;               /* images of the job, of those not described yet; 0 = all */
  const char *const *styles; /* names, NULL-terminated; NULL = no styles */
  json_t *exemplars;         /* of these styles: {"name": [texts]}; NULL where there are none */
  gint64 max_tokens;         /* of the whole job, 0 = no limit; _KEEP_LIMIT = what the job has,
                              * which is none where it is begun now */
  double max_cost;           /* the same */
  gboolean is_trial;         /* to look at: images that have descriptions count too, and nothing is
                              * brought into guise.db */
} GuiseCaptionPlan;

/* A model is known by its name, at whatever endpoint (guise_caption_create_key()).
 *
 * How many items a job of this plan would ask about: of the images that match, have no description
 * by this prompt and model yet and were not refused by them, the first `limit`, in each style;
 * where an unfinished job goes on by it, also what is open of that. -1 = error, for instance where
 * the prompt has no place for styles. */
gint64 guise_project_count_plan (GuiseProject *project, const GuiseCaptionPlan *plan,
                                 GError **error);
/* What came of beginning. */
typedef struct {
  gint64 job_id;
  gboolean goes_on; /* it is an unfinished job */
  gint64 n_added;   /* to it: a larger limit than before, or none, means more images */
  char *was_at;     /* its address until now, NULL = the same */
} GuiseCaptionBegun;

void guise_caption_begun_clear (GuiseCaptionBegun *begun);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseCaptionBegun, guise_caption_begun_clear)

/* The unfinished job of an equal plan, else a new one. Equal are model, prompt, filter and the
 * endpoint's name (of a typed one, its address); the job goes on with the endpoint as the plan has
 * it, with all images that the plan means, and with its limits of tokens and cost. A plan for fewer
 * images is a job of its own. For whoever has captions.lock. _NOTHING where there is nothing to
 * describe. */
gboolean guise_project_begin_captions (GuiseProject *project, GuiseCaptionDb *db,
                                       const GuiseCaptionPlan *plan, GuiseCaptionBegun *begun,
                                       GError **error);

/* Which of the jobs (GuiseCaptionJob) the process does that has captions.lock; 0 = none, as long as
 * it has not begun. One whose process was killed says that it runs, too. holder 0: another user's;
 * the job that was begun or resumed last, then. */
gint64 guise_caption_jobs_find_running (const GPtrArray *jobs, pid_t holder);

/* Brings what jobs made into guise.db, where that may be written (guise-caption-apply.h). */
gboolean guise_project_apply_captions (GuiseProject *project, GuiseCaptionDb *db,
                                       GuiseCaptionApplied *applied, GError **error);

/* The endpoint and the limits of a job as it was begun; what of the tokens and costs is used
 * already is taken off the limits. Free the endpoint. */
GuiseEndpoint *guise_caption_job_get_endpoint (const GuiseCaptionJob *job, GError **error);
/* The limits of the whole job, 0 = none. */
gboolean guise_caption_job_read_limits (const GuiseCaptionJob *job, gint64 *max_tokens,
                                        double *max_cost, GError **error);
/* FALSE where a limit is used up, with a sentence. */
gboolean guise_caption_job_get_limits (const GuiseCaptionJob *job, gint64 *max_tokens,
                                       double *max_cost, GError **error);
/* Other limits; 0 = none, NULL = as it was. */
gboolean guise_caption_job_set_limits (GuiseCaptionDb *db, const GuiseCaptionJob *job,
                                       const gint64 *max_tokens, const double *max_cost,
                                       GError **error);

/* As guise_caption_run(), with what the project knows: its pictures, captions and lexicon. Where
 * the project can be written, what was made is brought into guise.db as it comes. */
gboolean guise_project_run_captions (GuiseProject *project, GuiseCaptionDb *db, gint64 job_id,
                                     GuiseAsker *asker,
                                     void (*progress) (const GuiseCaptionProgress *progress,
                                                       gpointer data),
                                     gpointer progress_data, GCancellable *pause,
                                     GCancellable *cancellable, GError **error);

G_END_DECLS
