/* GuiseJobList: the jobs that a window has started or watches, newest first. What runs, what has
 * failed and what is done stays in it until it is dismissed; what was stopped leaves by itself.
 * Main thread only.
 *
 * Signal "changed" (): an entry came, went or changed. */
#pragma once

#include "guise-job-entry.h"

G_BEGIN_DECLS

#define GUISE_TYPE_JOB_LIST (guise_job_list_get_type ())
G_DECLARE_FINAL_TYPE (GuiseJobList, guise_job_list, GUISE, JOB_LIST, GObject)

GuiseJobList *guise_job_list_new (void);

/* A child process of this window: see guise_child_entry_new(). */
void guise_job_list_add (GuiseJobList *self, const char *name, GuiseJob *job);
/* Any other; passed over where an active entry has the same subject. */
void guise_job_list_add_entry (GuiseJobList *self, GuiseJobEntry *entry);
/* An entry that has ended. */
void guise_job_list_dismiss (GuiseJobList *self, GuiseJobEntry *entry);

GListModel *guise_job_list_get_model (GuiseJobList *self); /* of GuiseJobEntry; borrowed */
guint guise_job_list_count_active (GuiseJobList *self);
guint guise_job_list_count_failed (GuiseJobList *self);
/* Jobs that end with this process. */
guint guise_job_list_count_bound (GuiseJobList *self);
/* Of all that is active, 0 … 1; below 0 = not known. */
double guise_job_list_get_fraction (GuiseJobList *self);
/* The running jobs that this window has started and nobody has asked to stop, of GuiseJobEntry;
 * free with g_ptr_array_unref(). */
GPtrArray *guise_job_list_create_own (GuiseJobList *self);

G_END_DECLS
