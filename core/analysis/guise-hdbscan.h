/* HDBSCAN (Campello, Moulavi and Sander 2013) with the conventions of scikit-learn's: the core
 * distance of a point is that to its min_samples-th nearest, itself counted; two points are as far
 * apart as the largest of their core distances and their distance; clusters are chosen by excess
 * of mass, and the whole is never one.
 *
 * The minimum spanning tree is Borůvka's: each round is a pass over all pairs that finds each
 * component's shortest edge out of it, so there are at most log2 n of them, and memory is O(n) for
 * each thread beside what guise_k_distances() needs. Distances are exact, in double. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

/* labels [n]: clusters by their first point, -1 = noise. Returns the number of clusters, or -1 with
 * an error. min_cluster_size >= 2, 1 <= min_samples <= n. */
gint64 guise_hdbscan (const GuiseRows *rows, size_t min_cluster_size, size_t min_samples,
                      gint64 *labels, const GuiseWork *work, GError **error);

G_END_DECLS
