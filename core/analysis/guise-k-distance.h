/* How far each point's k-th nearest is, and where the curve of these distances bends: the usual
 * choice of DBSCAN's eps. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

/* distances [n]: from each point to its k-th nearest, the point itself counted as the first: the
 * smallest eps at which DBSCAN with min_samples = k makes it core. Exact, in double. k from 1 to n.
 * Memory is O(n·k) for each thread. */
gboolean guise_k_distances (const GuiseRows *rows, size_t k, double *distances,
                            const GuiseWork *work, GError **error);

/* Sorts distances [n] ascending and returns the place of the knee: where the curve is furthest
 * below the chord from its first to its last point; of equals the first. n > 0. */
size_t guise_k_distance_knee (double *distances, size_t n);

G_END_DECLS
