/* The silhouette (Rousseeuw 1987): mean over the points of (b - a) / max (a, b), a the mean
 * distance to the others of the own cluster, b the least mean distance to the points of another
 * one; 0 for a point that is alone. From -1 to 1, the larger the better. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

enum { GUISE_SILHOUETTE_SAMPLE = 5000 };

/* Of at most max_points of the points that are not noise (labels >= 0), drawn by seed. NaN when
 * fewer than two clusters are among them. Returns FALSE with an error. */
gboolean guise_silhouette (const GuiseRows *rows, const gint64 *labels, size_t n_clusters,
                           size_t max_points, guint64 seed, double *silhouette,
                           const GuiseWork *work, GError **error);

G_END_DECLS
