/* The entry of a training in the list of jobs. Main thread only. */
#pragma once

#include "guise-job-entry.h"
#include "guise-train-run.h"

G_BEGIN_DECLS

/* A run that another process trains is watched: its files are read every two seconds, whatever page
 * is shown, until it ends. */
#define GUISE_TYPE_RUN_ENTRY (guise_run_entry_get_type ())
G_DECLARE_FINAL_TYPE (GuiseRunEntry, guise_run_entry, GUISE, RUN_ENTRY, GuiseJobEntry)

/* The entry for who trains the run now: our child (GuiseChildEntry), or another process
 * (GuiseRunEntry). The subject is the run's folder. run: active. */
GuiseJobEntry *guise_run_entry_new (GuiseTrainRun *run);

G_END_DECLS
