/* What the parts of a model cost here and now, measured on one thread: how long they take and how
 * much memory they touch. What can be counted is in guise-part-cost.h.
 *
 * Times are processor time of the one thread, medians of repetitions that together last about as
 * long as the caller allows, at least three of them. Memory is by how much the process's resident
 * size rises at its highest during a pass that starts without any, weights and input not included;
 * 0 where the kernel does not tell. */
#pragma once

#include <gio/gio.h>

#include "guise-part-cost.h"
#include "guise-model.h"

typedef struct {
  double forward_s, both_s; /* one sequence: forward alone; forward and backward */
  guint64 forward_bytes, both_bytes;
} GuiseEfficiency;

/* The fusion's layers over one sequence of `length` tokens of random numbers, with random weights.
 * config: its fusion section is used and must have passed guise_config_check(). seconds: for each
 * of the two measurements, about. FALSE when cancelled. */
gboolean guise_efficiency_measure_fusion (const GuiseConfig *config, gsize length, double seconds,
                                          GuiseEfficiency *result, GCancellable *cancellable,
                                          GError **error);

/* The whole fusion, gate to match logit, over n pairs of random numbers with random weights; bounds
 * as above. */
gboolean guise_efficiency_measure_pairs (const GuiseConfig *config, gsize n, double seconds,
                                         GuiseEfficiency *result, GCancellable *cancellable,
                                         GError **error);

/* Seconds of each part's forward pass: one image, one text of n_tokens, one pair. A part that the
 * model does not have is 0. */
gboolean guise_efficiency_measure_parts (const GuiseModel *model, gsize n_tokens, double seconds,
                                         double *parts, GCancellable *cancellable, GError **error);
