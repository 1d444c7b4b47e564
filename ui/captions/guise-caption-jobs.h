/* GuiseCaptionJobs: the caption jobs of the page's project. It starts, pauses and ends the
 * processes that do them, follows those that another window has left behind, and brings what they
 * made into the project while one of them runs, when it ends, and at the beginning. What goes wrong
 * is reported on the page. Main thread only.
 *
 * Signals: "changed" (): which job runs, or whether one may be started. "launched" (): a process
 * was started here. "undone" (const char *sentence, const char *filter): a job was undone; filter
 * shows in the library what stayed, NULL where nothing did. */
#pragma once

#include "guise-caption-command.h"
#include "guise-caption-entry.h"
#include "guise-page.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_JOBS (guise_caption_jobs_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionJobs, guise_caption_jobs, GUISE, CAPTION_JOBS, GObject)

/* page: owns it, and gives it up with guise_caption_jobs_stop(). */
GuiseCaptionJobs *guise_caption_jobs_new (GuisePage *page);
/* The page goes: nothing is followed any more; a process goes on. */
void guise_caption_jobs_stop (GuiseCaptionJobs *self);

GListModel *guise_caption_jobs_get_model (GuiseCaptionJobs *self); /* of GuiseCaptionEntry */
/* The job that was started here last, or NULL: it may not be known yet. Borrowed. */
GuiseCaptionEntry *guise_caption_jobs_get_launched (GuiseCaptionJobs *self);
/* The job that a process does, or NULL. Borrowed. */
GuiseCaptionEntry *guise_caption_jobs_get_running (GuiseCaptionJobs *self);
/* Another job may be started: none runs, is being started or asked about, and the project can be
 * written. */
gboolean guise_caption_jobs_can_start (GuiseCaptionJobs *self);

/* A process asks a model, or is about to: one here, or of another window. */
gboolean guise_caption_jobs_is_working (GuiseCaptionJobs *self);
/* Why no job may be started while something else asks a model, or NULL. */
const char *guise_caption_jobs_get_obstacle (GuiseCaptionJobs *self);
/* A process was started here, and what it does is not in the list yet. */
gboolean guise_caption_jobs_is_starting (GuiseCaptionJobs *self);
/* A trial runs: one process at a time asks a model. */
void guise_caption_jobs_set_trial (GuiseCaptionJobs *self, gboolean runs);

/* These ask for consent where pictures would leave this machine. */
void guise_caption_jobs_begin (GuiseCaptionJobs *self, const GuiseCaptionStart *start);
void guise_caption_jobs_resume (GuiseCaptionJobs *self, GuiseCaptionEntry *entry);
/* The same with other limits of the whole job; 0 = none. */
void guise_caption_jobs_resume_within (GuiseCaptionJobs *self, GuiseCaptionEntry *entry,
                                       gint64 max_tokens, double max_cost);
/* Asks again what brought nothing usable. */
void guise_caption_jobs_retry (GuiseCaptionJobs *self, GuiseCaptionEntry *entry);
/* What is under way is waited for. */
void guise_caption_jobs_pause (GuiseCaptionJobs *self);
/* Within a second. */
void guise_caption_jobs_end (GuiseCaptionJobs *self);
void guise_caption_jobs_undo (GuiseCaptionJobs *self, GuiseCaptionEntry *entry);
/* From the list; all that it made and was answered stays. */
void guise_caption_jobs_remove (GuiseCaptionJobs *self, GuiseCaptionEntry *entry);

/* Reads again. */
void guise_caption_jobs_refresh (GuiseCaptionJobs *self);
/* For tests: TRUE while something is read; the process that was started here, 0 = none. */
gboolean guise_caption_jobs_is_busy (GuiseCaptionJobs *self);
int guise_caption_jobs_get_pid (GuiseCaptionJobs *self);

G_END_DECLS
