/* What is done with clusters once they are found: noise is given to them, small ones are merged,
 * and each is shown by those of its points that are nearest to its centroid. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

/* Each noise point (-1) goes to the cluster of the nearest core point if that is within reach, of
 * equals the lowest, else to the nearest centroid. core [n]: NULL = every point that is not noise.
 * Where there is no cluster, nothing changes. n_near, n_far: how many went which way; NULL = not
 * wanted. */
gboolean guise_reassign_noise (const GuiseRows *rows, gint64 *labels, size_t n_clusters,
                               const guint8 *core, double reach, size_t *n_near, size_t *n_far,
                               const GuiseWork *work, GError **error);

/* While a cluster has fewer than min_size points and there are more than min_clusters, the smallest
 * (of equals the first) goes into the one with the nearest centroid, which is computed again.
 * Renumbers by first points; returns how many clusters there are then. */
size_t guise_merge_small (const GuiseRows *rows, gint64 *labels, size_t n_clusters,
                          size_t min_size, size_t min_clusters, const GuiseWork *work);

/* exemplars [n_clusters,n_each]: rows nearest to their cluster's centroid, nearest first, of equals
 * the lowest; -1 where a cluster has fewer. */
void guise_find_exemplars (const GuiseRows *rows, const gint64 *labels, size_t n_clusters,
                           size_t n_each, gint64 *exemplars, const GuiseWork *work);

G_END_DECLS
