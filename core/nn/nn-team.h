/* A team of worker threads that runs numbered jobs. One team serves both number types: its names
 * are not changed for double. */
#pragma once

#include <stddef.h>

typedef struct NnTeam NnTeam;
typedef void (*NnJob) (size_t job, void *data);

/* n_threads counts the caller, who works too; 0 = the cores this process may run on
 * (sched_getaffinity). NULL when threads cannot be made. */
NnTeam *nn_team_create (size_t n_threads);
void nn_team_free (NnTeam *team);
size_t nn_team_size (const NnTeam *team);
/* Runs fn (0 … n_jobs-1) and returns when all are done. Job j runs on thread j mod size, always:
 * results that depend on the split are reproducible. team NULL = run here, one after the other.
 * Idle workers sleep, after a short spin. One thread at a time may call this, and no job may. */
void nn_team_run (NnTeam *team, size_t n_jobs, NnJob fn, void *data);
