/* GuiseJobPace: how fast a job gets on and how long it still takes, from what it says of its
 * progress. Plain arithmetic; times are given, in microseconds of any clock that only goes on. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Zero before the first progress. */
typedef struct {
  guint64 done, total; /* total 0 = unknown */
  guint64 first;       /* where this phase began */
  gint64 began, last;  /* when it began, when the last progress came; 0 = never */
} GuiseJobPace;

/* A new total, or a step back, begins a new phase: what went before says nothing about it. */
void guise_job_pace_add (GuiseJobPace *pace, guint64 done, guint64 total, gint64 now);
/* Things a second in this phase; 0 = not known yet. */
double guise_job_pace_get_rate (const GuiseJobPace *pace);
/* Below 0 = not known. */
double guise_job_pace_get_seconds_left (const GuiseJobPace *pace);
/* 0 … 1; below 0 = not known. */
double guise_job_pace_get_fraction (const GuiseJobPace *pace);

G_END_DECLS
