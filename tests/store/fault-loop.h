/* Plays a fault at every system call of an operation on a small project: call 1, 2, … until the
 * operation comes to its end without it. Each try works on a fresh copy of the project, in a child;
 * afterwards the project is opened again and must be whole, with the old state or the new one. */
#pragma once

#include "fault-shim.h"
#include "guise-project.h"

typedef struct {
  const char *name;
  /* What a user does, from opening to closing. */
  gboolean (*run) (const char *folder, GError **error);
  /* Turns the project (four images, closed, with a backup) into what `run` begins with; NULL = it
   * is that already. */
  void (*prepare) (const char *folder);
  /* There is no project before. */
  gboolean makes_project;
  /* Where `run` writes twice: what stands after the first time. */
  gboolean (*run_first) (const char *folder, GError **error);
} FaultOperation;

/* The fault's `at` is counted up by `stride`. Adds how many faults happened. */
void fault_loop (const FaultOperation *operation, const Fault *fault, long stride, guint *n_faults);

/* What a project's database holds, in one text without times; NULL where it cannot be opened. */
char *fault_describe (const char *folder);
/* Asserts that nothing is damaged, that the history of each caption hangs together, and that it can
 * be edited. Leaves it edited. */
void fault_assert_whole (const char *folder);
/* The small project: in memory if there is such a place. */
char *fault_make_project (void);
char *fault_make_folder (void);
