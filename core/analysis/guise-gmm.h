/* A mixture of Gaussians with diagonal covariances, by expectation and maximisation in log space,
 * in double; as scikit-learn's GaussianMixture with covariance_type="diag":
 *   log p(x|c) = -½ Σ_d [(x_d-μ_cd)²/σ²_cd + log 2πσ²_cd],  σ² = variance + reg_covar. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

typedef struct {
  double reg_covar;
  double tolerance; /* stop when the mean log likelihood gains less than this */
  guint max_iterations;
} GuiseGmmOptions;

#define GUISE_GMM_OPTIONS_INIT                                  \
  {                                                             \
    .reg_covar = 1e-6, .tolerance = 1e-3, .max_iterations = 100 \
  }

typedef struct {
  guint n_iterations;
  gboolean converged;
  double log_likelihood; /* mean over the points, at the end */
} GuiseGmmResult;

/* labels [n]: in, where to start from, 0 … k-1 (k-means); out, the likeliest component of each
 * point, components by their first point. Returns how many components have points, or -1 with an
 * error. options NULL = the defaults; result NULL = not wanted. */
gint64 guise_gmm (const GuiseRows *rows, size_t k, const GuiseGmmOptions *options, gint64 *labels,
                  GuiseGmmResult *result, const GuiseWork *work, GError **error);

G_END_DECLS
