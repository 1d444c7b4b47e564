/* GuiseCaptionJobs: the caption jobs of the page's project. It starts, pauses and ends the
 * processes that do them, follows those that another window has left behind, and brings what they
 * made into the project while one of them runs, when it ends, and at the beginning. What goes wrong
 * is reported on the page. Main thread only.
 *
 * Signals: "changed" (): which job runs, or whether one may be started. "undone" (const char
 * *sentence, const char *filter): a job was undone; filter shows in the library what stayed, NULL
 * where nothing did. */
#pragma once

#include "guise-caption-entry.h"
#include "guise-page.h"

G_BEGIN_DECLS

/* A job that is to be begun. */
typedef struct {
  const char *endpoint; /* a profile's name, or an address */
  const char *url;      /* where it goes */
  const char *model;
  const char *prompt; /* a file; NULL = the shipped one */
  const char *filter; /* "" = all images */
  const char *styles; /* names with commas between them; NULL = none */
  guint limit;        /* images, 0 = all */
  guint64 max_tokens; /* 0 = no limit */
  double max_cost;    /* 0 = no limit */
  guint64 n_images;   /* how many pictures that sends, for the question */
} GuiseCaptionStart;

#define GUISE_TYPE_CAPTION_JOBS (guise_caption_jobs_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionJobs, guise_caption_jobs, GUISE, CAPTION_JOBS, GObject)

/* page: owns it, and gives it up with guise_caption_jobs_stop(). */
GuiseCaptionJobs *guise_caption_jobs_new (GuisePage *page);
/* The page goes: nothing is followed any more; a process goes on. */
void guise_caption_jobs_stop (GuiseCaptionJobs *self);

GListModel *guise_caption_jobs_get_model (GuiseCaptionJobs *self); /* of GuiseCaptionEntry */
/* The job that a process does, or NULL. Borrowed. */
GuiseCaptionEntry *guise_caption_jobs_get_running (GuiseCaptionJobs *self);
/* Another job may be started: none runs, is being started or asked about, and the project can be
 * written. */
gboolean guise_caption_jobs_can_start (GuiseCaptionJobs *self);

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

/* Reads again. */
void guise_caption_jobs_refresh (GuiseCaptionJobs *self);
/* For tests: TRUE while something is read; the process that was started here, 0 = none. */
gboolean guise_caption_jobs_is_busy (GuiseCaptionJobs *self);
int guise_caption_jobs_get_pid (GuiseCaptionJobs *self);

G_END_DECLS
