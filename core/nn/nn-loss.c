/* Losses over logits s [n,n], unit rows f [n,d] and vectors; each gives its value and writes its
 * gradient.
 *   InfoNCE    q_ij = pos_ij/|P_i|;  L = -(Σ_ij q_ij (s_ij - lse_i) + the same on sᵀ)/2n
 *              ds = (softmax_row - q)/2n + (softmax_col - qᵀ)/2n
 *   adversary  L = 1/n Σ_i softplus(lse_pos,i - lse_neg,i)
 *              ds_ij = σ(lse_pos - lse_neg)/n · (softmax over the positives, or minus that over the
 *              negatives)
 *   triplet    d_ij = max(2 - 2 f_i·f_j, 0), L = mean_i relu(max d_pos - min d_neg + margin)
 *   BCE        L = mean(max(z,0) - z y + ln(1 + e^-|z|)),  dz = (σ(z) - y)/n
 *   gate       L = mean((g-½)²),  dg = 2 (g-½)/n
 * Maxima come out first, sums run in double. A NaN in what is read makes the value NaN. */
#include "nn-loss.h"

#include <string.h>

#include "nn-elementwise.h"
#include "nn-gemm.h"
#include "nn-simd.h"

/* A row or a column of a matrix. */
typedef struct {
  const nn_real *x;
  size_t stride;
  size_t n;
} Line;

/* ln Σ e^x over all entries. */
NN_INLINE double
log_sum_exp (Line line)
{
  nn_real largest = line.x[0];
  double sum = 0;

  for (size_t j = 1; j < line.n; j++) {
    nn_real x = line.x[j * line.stride];

    largest = x > largest ? x : largest;
  }
  NN_SIMD_SUM (sum)
  for (size_t j = 0; j < line.n; j++)
    sum += nn_exp (line.x[j * line.stride] - largest);
  return largest + log (sum);
}

/* Σ_j q_j (x_j - lse) of one line, pos its row of positives; adds (softmax - q) scale to its
 * gradient. */
NN_INLINE double
info_nce_line (nn_real *gradient, Line line, const uint8_t *pos, double scale)
{
  double lse = log_sum_exp (line), sum = 0;
  size_t n_pos = 0;

  for (size_t j = 0; j < line.n; j++)
    if (pos[j]) {
      sum += line.x[j * line.stride] - lse;
      n_pos++;
    }
  if (gradient) {
    nn_real share = (nn_real)(1.0 / (double)n_pos), shift = (nn_real)lse;

    NN_SIMD
    for (size_t j = 0; j < line.n; j++)
      gradient[j * line.stride]
          += (nn_real)scale * (nn_exp (line.x[j * line.stride] - shift) - (pos[j] ? share : 0));
  }
  return sum / (double)n_pos;
}

NN_KERNEL double
nn_info_nce (nn_real *ds, const nn_real *s, const uint8_t *pos, size_t n)
{
  double sum = 0, scale = 0.5 / (double)n;

  if (n == 0)
    return 0;
  if (ds)
    memset (ds, 0, n * n * sizeof *ds);
  for (size_t i = 0; i < n; i++)
    sum += info_nce_line (ds ? ds + i * n : NULL, (Line){ s + i * n, 1, n }, pos + i * n, scale);
  for (size_t i = 0; i < n; i++)
    sum += info_nce_line (ds ? ds + i : NULL, (Line){ s + i, n, n }, pos + i * n, scale);
  return -sum * scale;
}

/* ln Σ e^x over the entries with pos = which; -∞ where there is none. */
static double
log_sum_exp_of (const nn_real *x, const uint8_t *pos, int which, size_t n)
{
  double largest = -INFINITY, sum = 0;

  for (size_t j = 0; j < n; j++)
    if ((pos[j] != 0) == which && x[j] > largest)
      largest = x[j];
  for (size_t j = 0; j < n; j++)
    if ((pos[j] != 0) == which)
      sum += exp (x[j] - largest);
  return largest + log (sum);
}

double
nn_adversary (nn_real *ds, const nn_real *s, const uint8_t *pos, size_t n)
{
  double sum = 0;

  if (ds)
    memset (ds, 0, n * n * sizeof *ds);
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = s + i * n;
    const uint8_t *mark = pos + i * n;

    if (!memchr (mark, 0, n))
      continue;
    double positive = log_sum_exp_of (row, mark, 1, n), negative = log_sum_exp_of (row, mark, 0, n);
    double gap = positive - negative;
    sum += (gap > 0 ? gap : 0) + log1p (exp (-fabs (gap)));
    if (ds) {
      double slope = 1 / (1 + exp (-gap)) / (double)n;

      for (size_t j = 0; j < n; j++)
        ds[i * n + j] = (nn_real)(mark[j] ? slope * exp (row[j] - positive)
                                          : -slope * exp (row[j] - negative));
    }
  }
  return n > 0 ? sum / (double)n : 0;
}

/* The hardest partners of an anchor: indices, or the anchor itself where there is none. */
typedef struct {
  size_t positive, negative;
  double d_positive, d_negative;
} Hardest;

/* dot: the anchor's row of f fᵀ. The first of equals wins. */
static Hardest
find_hardest (const nn_real *dot, const int64_t *person, size_t anchor, size_t n)
{
  Hardest hard = { anchor, anchor, -INFINITY, INFINITY };

  for (size_t j = 0; j < n; j++) {
    double d = fmax (2 - 2 * (double)dot[j], 0);

    if (person[j] != person[anchor]) {
      if (d < hard.d_negative) {
        hard.negative = j;
        hard.d_negative = d;
      }
    } else if (j != anchor && d > hard.d_positive) {
      hard.positive = j;
      hard.d_positive = d;
    }
  }
  return hard;
}

/* Adds weight · ∂d_ij/∂f to the gradient; d = 2 - 2 f_i·f_j has none below 0, where it is cut. */
NN_INLINE void
add_distance_gradient (nn_real *df, const nn_real *f, size_t i, size_t j, nn_real dot,
                       double weight, size_t d)
{
  nn_real w = (nn_real)(-2 * weight);

  if (dot > 1)
    return;
  nn_axpy (df + i * d, w, f + j * d, d);
  nn_axpy (df + j * d, w, f + i * d, d);
}

double
nn_triplet (nn_real *df, nn_real *scratch, const nn_real *f, const int64_t *person, double margin,
            size_t n, size_t d)
{
  double sum = 0;
  size_t n_anchors = 0;

  if (df)
    memset (df, 0, n * d * sizeof *df);
  if (!nn_all_finite (f, n * d))
    return NAN;
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, d, 1, f, d, f, d, 0, scratch, n);
  for (size_t i = 0; i < n; i++) {
    Hardest hard = find_hardest (scratch + i * n, person, i, n);
    double excess = hard.d_positive - hard.d_negative + margin;

    if (hard.positive == i || hard.negative == i)
      continue;
    n_anchors++;
    if (excess <= 0)
      continue;
    sum += excess;
    if (df) {
      add_distance_gradient (df, f, i, hard.positive, scratch[i * n + hard.positive], 1, d);
      add_distance_gradient (df, f, i, hard.negative, scratch[i * n + hard.negative], -1, d);
    }
  }
  if (n_anchors == 0)
    return 0;
  for (size_t i = 0; df && i < n * d; i++)
    df[i] /= (nn_real)n_anchors;
  return sum / (double)n_anchors;
}

double
nn_bce_with_logits (nn_real *dz, const nn_real *z, const nn_real *target, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++) {
    double x = z[i], y = target[i];

    sum += (x > 0 ? x : 0) - x * y + log1p (exp (-fabs (x)));
    if (dz)
      dz[i] = (nn_real)((1 / (1 + exp (-x)) - y) / (double)n);
  }
  return n > 0 ? sum / (double)n : 0;
}

double
nn_gate_penalty (nn_real *dg, const nn_real *g, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++) {
    double x = (double)g[i] - 0.5;

    sum += x * x;
    if (dg)
      dg[i] = (nn_real)(2 * x / (double)n);
  }
  return n > 0 ? sum / (double)n : 0;
}
