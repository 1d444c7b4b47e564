/* Points and labels for the tests of clustering. */
#pragma once

#include "guise-npy.h"
#include "guise-rows.h"

/* tests/golden/cluster/NAME.npy; never NULL. */
GuiseNpy *cluster_read (const char *name);
/* A golden array of points, borrowed. */
GuiseRows cluster_rows (const GuiseNpy *npy);
/* Adjusted Rand index (Hubert and Arabie 1985) of two divisions; any labels, -1 is one of them. */
double cluster_ari (const gint64 *a, const gint64 *b, size_t n);
/* Golden labels as gint64; g_free() them. */
gint64 *cluster_labels (const GuiseNpy *npy);
/* n points [n,dim] in n_groups groups around corners that are `apart` from each other, the groups
 * taking turns; each number is off by up to 1. g_free() them. */
float *cluster_make_groups (size_t n, size_t dim, size_t n_groups, double apart);
