/* k-means by Lloyd's iterations from k-means++ (Arthur and Vassilvitskii 2007; greedy: the best of
 * 2 + ln k candidates for each centre), as scikit-learn does it: the best of several starts, an
 * empty cluster takes the point that is furthest from its centre. Products are float, sums
 * double. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

typedef struct {
  guint n_starts;
  guint max_iterations;
  double tolerance; /* stop when the centres' squared moves sum to less than this share of the mean
                       variance of the columns */
  guint64 seed;
} GuiseKMeansOptions;

#define GUISE_KMEANS_OPTIONS_INIT                                       \
  {                                                                     \
    .n_starts = 10, .max_iterations = 300, .tolerance = 1e-4, .seed = 0 \
  }

/* labels [n]: clusters by their first point. Returns how many there are: fewer than k when there
 * are fewer different points; -1 with an error. 1 <= k <= n. inertia: the sum of squared distances
 * to the centres; NULL = not wanted. options NULL = the defaults. */
gint64 guise_kmeans (const GuiseRows *rows, size_t k, const GuiseKMeansOptions *options,
                     gint64 *labels, double *inertia, const GuiseWork *work, GError **error);

G_END_DECLS
