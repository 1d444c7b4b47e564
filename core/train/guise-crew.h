/* The processes that train one run together, each with its share of every batch, started by mpirun
 * on one machine or many. MPI itself is in a module of its own (core/train/mpi), loaded only then:
 * nothing else waits for its libraries. A process that fails ends without leaving; mpirun then ends
 * the others. One thread. */
#pragma once

#include <gio/gio.h>

typedef struct {
  gsize rank, n; /* this process, and how many there are: two or more */
  /* Every process's bytes of x: process r owns start[r] … start[r+1]-1. */
  void (*gather) (gpointer x, const gsize *start);
  /* Sums over all processes, the same in each. */
  void (*sum) (float *x, gsize n);
  /* The first process's bytes, to all. Waits without using the processor. */
  void (*broadcast) (gpointer x, gsize bytes);
  /* The largest of all, to all. */
  int (*max) (int value);
  /* All have come here. */
  void (*leave) (void);
} GuiseCrew;

/* Whether mpirun, or what does its work, started this process with others. Loads nothing. */
gboolean guise_crew_is_called (void);
/* NULL without an error when this process is alone: mpirun did not start it, or it alone. With an
 * error when it did and the module is missing or does not start. Once joined, the same again. */
const GuiseCrew *guise_crew_join (GError **error);
/* Whether something is wrong with any of them, which all call this to find out. speaks: whether
 * this process is to say what: of those with whom it is, the first. NULL: this one is all. */
gboolean guise_crew_share_trouble (const GuiseCrew *crew, gboolean wrong, gboolean *speaks);
/* NULL is fine. */
void guise_crew_leave (const GuiseCrew *crew);
