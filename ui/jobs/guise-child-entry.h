/* GuiseChildEntry: the entry of a job that this window has started, a child process. Main thread
 * only. */
#pragma once

#include "guise-job-entry.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CHILD_ENTRY (guise_child_entry_get_type ())
G_DECLARE_FINAL_TYPE (GuiseChildEntry, guise_child_entry, GUISE, CHILD_ENTRY, GuiseJobEntry)

/* The job has been started, or has failed to. name: see guise_job_entry_set_name(). */
GuiseJobEntry *guise_child_entry_new (const char *name, GuiseJob *job);
GuiseJob *guise_child_entry_get_job (GuiseChildEntry *self); /* borrowed */

G_END_DECLS
