/* Agglomerative clustering by Ward's criterion (Ward 1963): of all clusters, those two are
 * joined whose joint adds least to the sum of squared distances to the centroids.
 * Nearest-neighbour chain (Murtagh 1983) with Lance and Williams's update of the distances.
 *
 * The distance of each pair is kept, 400 MB in all for GUISE_WARD_LIMIT points. Of more points
 * as many are drawn, and the others go to the nearest centroid. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

enum { GUISE_WARD_LIMIT = 10000 };

/* labels [n]: k clusters by their first point. limit: how many points may be paired, at least k;
 * 0 = GUISE_WARD_LIMIT. n_sampled: how many points were clustered, the rest were assigned; NULL
 * = not wanted. Returns k, or -1 with an error. */
gint64 guise_agglomerative (const GuiseRows *rows, size_t k, size_t limit, guint64 seed,
                            gint64 *labels, size_t *n_sampled, const GuiseWork *work,
                            GError **error);

/* n_wanted of the numbers below n, ascending, drawn without returning; g_free() them. */
guint32 *guise_draw_sample (size_t n, size_t n_wanted, guint64 seed);

G_END_DECLS
