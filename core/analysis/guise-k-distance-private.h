/* The points of which products do not tell the k-distance. */
#pragma once

#include "guise-tiles-private.h"

/* distances [n] of the rows of tiles: those get theirs whose ½ distance² in the frame, to the k-th
 * nearest other, is known to be at most bounds [n]; of the others the bound is negative. Each
 * distance up to there is measured in double. */
gboolean guise_k_distances_measure (const GuiseTiles *tiles, size_t k, const float *bounds,
                                    double *distances, const GuiseWork *work, GError **error);
