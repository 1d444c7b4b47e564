/* DBSCAN (Ester et al. 1996) with scikit-learn's semantics, label for label: a point is core when
 * at least min_samples points, itself included, are within eps, eps included; clusters are numbered
 * by their first core point; a border point belongs to the first cluster that has a core point
 * near it.
 *
 * One pass over the pairs finds who is near whom. What a point must remember until it is known
 * whether it is core are at most min_samples - 1 neighbours: memory is O(n·min_samples), and
 * where that would be much, three passes need O(n). Distances that rounding could bring to
 * the other side of eps are computed in double, as sums of squared differences. scikit-learn
 * does so up to 15 columns; with more it takes them off products, in double too: labels can differ
 * only where its own rounding, some 1e-15 of the rows' squared length, decides. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

/* labels [n], -1 = noise; core [n] or NULL. Returns the number of clusters, or -1 with an error. */
gint64 guise_dbscan (const GuiseRows *rows, double eps, size_t min_samples, gint64 *labels,
                     guint8 *core, const GuiseWork *work, GError **error);

/* The same, with at most max_slots remembered neighbours in all; for tests. */
gint64 guise_dbscan_within (const GuiseRows *rows, double eps, size_t min_samples,
                            size_t max_slots, gint64 *labels, guint8 *core, const GuiseWork *work,
                            GError **error);

G_END_DECLS
