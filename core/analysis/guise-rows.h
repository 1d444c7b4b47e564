/* What all clustering shares: the points, how the work is done, and what can be wrong with them.
 * Messages of GUISE_CLUSTER_ERROR say what is wrong and what to do; the caller knows what the
 * points are and says so before it.
 *
 * Points are rows of numbers, compared by Euclidean distance as they are. Everything here is
 * deterministic: the same rows, options and seed give the same result with any number of
 * threads. Any thread; one caller at a time for a team (see nn-team.h). */
#pragma once

#include <gio/gio.h>

#include "nn-team.h"

G_BEGIN_DECLS

#define GUISE_CLUSTER_ERROR (guise_cluster_error_quark ())
GQuark guise_cluster_error_quark (void);

typedef enum {
  GUISE_CLUSTER_ERROR_ARGUMENT,   /* no points, or a figure that makes no sense with them */
  GUISE_CLUSTER_ERROR_NOT_FINITE, /* the message names row and column */
} GuiseClusterError;

/* Borrowed from the caller. One of x and exact is set. */
typedef struct {
  size_t n, dim;
  const float *x;      /* [n,dim] */
  const double *exact; /* [n,dim] */
} GuiseRows;

/* Called on the calling thread, now and then. total may grow while it is worked. */
typedef void (*GuiseClusterProgress) (guint64 done, guint64 total, gpointer user_data);

typedef struct {
  NnTeam *team; /* NULL = this thread */
  GCancellable *cancellable;
  GuiseClusterProgress progress;
  gpointer progress_data;
} GuiseWork;

/* Whether there is a point, each number is finite and can be squared, and there are not too many
 * rows to be counted. */
gboolean guise_rows_check (const GuiseRows *rows, GError **error);

/* Row i as doubles into values [dim]. */
void guise_rows_get (const GuiseRows *rows, size_t i, double *values);

/* Squared distance of rows a and b, in double. */
double guise_rows_distance2 (const GuiseRows *rows, size_t a, size_t b);

/* Σ (a-b)² of two rows of doubles. */
double guise_square_distance (const double *a, const double *b, size_t dim);

/* Mean of all rows into mean [dim]. */
void guise_rows_mean (const GuiseRows *rows, double *mean);

void guise_work_report (const GuiseWork *work, guint64 done, guint64 total);

G_END_DECLS
