/* GuiseJobEntry: one job as the list of the window's jobs shows it: its name, what it says of its
 * progress, how it ended. Abstract: guise-child-entry.h has the one of a child process; what
 * another process does and the window only watches derives from it where that is known (ui/train).
 * Main thread only.
 *
 * Signal "changed" (): anything of it. */
#pragma once

#include "guise-job.h"

G_BEGIN_DECLS

#define GUISE_TYPE_JOB_ENTRY (guise_job_entry_get_type ())
G_DECLARE_DERIVABLE_TYPE (GuiseJobEntry, guise_job_entry, GUISE, JOB_ENTRY, GObject)

typedef struct {
  gboolean begun;      /* FALSE = it has said nothing yet; all else is 0 then */
  guint64 done, total; /* total 0 = unknown */
  double rate;         /* a second; 0 = unknown */
  double seconds_left; /* below 0 = unknown */
} GuiseJobProgress;

struct _GuiseJobEntryClass {
  GObjectClass parent_class;

  GuiseJobState (*get_state) (GuiseJobEntry *self);
  /* progress: of one that has said nothing. */
  void (*get_progress) (GuiseJobEntry *self, GuiseJobProgress *progress);
  char *(*create_details) (GuiseJobEntry *self); /* asked where it failed; NULL = nothing known */
  void (*stop) (GuiseJobEntry *self);            /* asked while it runs */
  gboolean (*outlives) (GuiseJobEntry *self);    /* NULL = yes */
  /* Another process's: this window neither started it nor ends it by closing. */
  gboolean is_watched;
};

/* For those that derive from it. name: for people, plain text: "Importing “CUHK-PEDES”"; before
 * anybody sees the entry. */
void guise_job_entry_set_name (GuiseJobEntry *self, const char *name);
void guise_job_entry_changed (GuiseJobEntry *self);

/* What it works on, such as a run's folder: of two active entries of one subject a list takes the
 * first. NULL = of its own, as it is at first. */
void guise_job_entry_set_subject (GuiseJobEntry *self, const char *subject);
const char *guise_job_entry_get_subject (GuiseJobEntry *self); /* borrowed */

const char *guise_job_entry_get_name (GuiseJobEntry *self); /* borrowed */
GuiseJobState guise_job_entry_get_state (GuiseJobEntry *self);
gboolean guise_job_entry_is_active (GuiseJobEntry *self); /* running or stopping */
/* It goes on when this process ends. */
gboolean guise_job_entry_outlives (GuiseJobEntry *self);
gboolean guise_job_entry_is_watched (GuiseJobEntry *self);
/* Asks it to stop; nothing where it does not run. */
void guise_job_entry_stop (GuiseJobEntry *self);
/* 0 … 1; below 0 = not known. */
double guise_job_entry_get_fraction (GuiseJobEntry *self);
/* "1,240 of 40,206 · 310 a second · 2 min left", or how it ended; to be freed. */
char *guise_job_entry_create_status (GuiseJobEntry *self);
/* Why it failed with all that is known, for people who look closer; NULL unless it failed. To be
 * freed. */
char *guise_job_entry_create_details (GuiseJobEntry *self);

G_END_DECLS
