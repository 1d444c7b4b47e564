/* GuiseJobEntry: one job as the list of the window's jobs shows it: its name, what it says of its
 * progress, how it ended. Main thread only.
 *
 * Signal "changed" (): anything of it. */
#pragma once

#include "guise-job.h"

G_BEGIN_DECLS

#define GUISE_TYPE_JOB_ENTRY (guise_job_entry_get_type ())
G_DECLARE_FINAL_TYPE (GuiseJobEntry, guise_job_entry, GUISE, JOB_ENTRY, GObject)

/* name: for people, plain text: "Importing “CUHK-PEDES”". */
GuiseJobEntry *guise_job_entry_new (const char *name, GuiseJob *job);

const char *guise_job_entry_get_name (GuiseJobEntry *self); /* borrowed */
GuiseJob *guise_job_entry_get_job (GuiseJobEntry *self);    /* borrowed */
/* 0 … 1; below 0 = not known. */
double guise_job_entry_get_fraction (GuiseJobEntry *self);
/* "1,240 of 40,206 · 310 a second · 2 min left", or how it ended; to be freed. */
char *guise_job_entry_create_status (GuiseJobEntry *self);
/* Why it failed with all that is known, for people who look closer; NULL unless it failed. To be
 * freed. */
char *guise_job_entry_create_details (GuiseJobEntry *self);

G_END_DECLS
