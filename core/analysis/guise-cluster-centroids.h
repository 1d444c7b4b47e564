/* Centroids of labelled points, and small things that every method needs. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

/* Numbers clusters by their first point: 0, 1, … as they come; -1 stays. Returns how many. */
gint64 guise_number_by_first (gint64 *labels, size_t n);

/* Whether n points can be divided into k clusters. */
gboolean guise_check_k (size_t k, size_t n, GError **error);

/* sums [k,dim]: of the rows of each cluster; sizes [k]. which [n]: from 0; k and above is left
 * out. */
void guise_centroids_sum (const GuiseRows *rows, const guint32 *which, size_t k, double *sums,
                          size_t *sizes, const GuiseWork *work);

/* The same of labels [n], -1 left out, divided: centroids [k,dim]; that of an empty cluster is
 * 0. */
void guise_centroids (const GuiseRows *rows, const gint64 *labels, size_t k, double *centroids,
                      size_t *sizes, const GuiseWork *work);

/* For rows ids [n_ids] (NULL: all): the nearest of k centroids [k,dim] into which, and its distance
 * into distances unless that is NULL. */
void guise_centroids_find_nearest (const GuiseRows *rows, const guint32 *ids, size_t n_ids,
                                   const double *centroids, size_t k, guint32 *which,
                                   double *distances, const GuiseWork *work);

G_END_DECLS
