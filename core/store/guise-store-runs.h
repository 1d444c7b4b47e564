/* Training runs of the project. The run's folder is the truth (config, metrics, checkpoints);
 * this table is what the lists show, and is filled again from the folders by whoever holds the
 * project's lock. */
#pragma once

#include "guise-store.h"

typedef struct {
  gint64 id;
  char *name; /* unique in the project */
  char *preset;
  gint64 seed;
  char *state;   /* "running", "stopped", "done", "failed": the trainer's word */
  char *folder;  /* beneath the project's folder, "runs/NAME"; bytes */
  char *metrics; /* JSON object or NULL */
  gint64 created;
} GuiseRun;

void guise_run_free (GuiseRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRun, guise_run_free)

/* Adds the run, or replaces preset, seed, state, folder and metrics of the one with this name;
 * its id, or -1. run->id is ignored; created 0 = now. */
gint64 guise_store_put_run (GuiseStore *store, const GuiseRun *run, GError **error);
/* _NOT_FOUND where there is none. */
GuiseRun *guise_store_get_run (GuiseStore *store, const char *name, GError **error);
/* Array of GuiseRun, newest first. */
GPtrArray *guise_store_list_runs (GuiseStore *store, GError **error);
/* Forgets the row; the folder is the caller's. */
gboolean guise_store_remove_run (GuiseStore *store, const char *name, GError **error);
