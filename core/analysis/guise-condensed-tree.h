/* From a minimum spanning tree to HDBSCAN's flat clusters (Campello, Moulavi and Sander 2013;
 * McInnes and Healy 2017): single linkage, the tree condensed to clusters of a minimum size, and
 * those clusters whose excess of mass, Σ (λ_leave - λ_birth) with λ = 1/distance, is larger than
 * their parts'. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint32 a, b;
  double distance;
} GuiseTreeEdge;

/* edges [n-1] ascending, a spanning tree of n points; min_cluster_size >= 2. labels [n]:
 * clusters by their first point, -1 = noise. The whole is never one cluster. Returns the number
 * of clusters. */
size_t guise_condensed_tree_label (const GuiseTreeEdge *edges, size_t n, size_t min_cluster_size,
                                   gint64 *labels);

G_END_DECLS
