/* GradNorm: task weights w = e^s that even out how fast the tasks learn (paper, Eqs. 5 and 6; no
 * second derivatives). G_k = w_k n_k, n_k the norm of the gradient of L_k at [pooled identity;
 * pooled clothing]; T_k = G_ref (r_k^α | r_k);  ds_k = (1 | α) sign(G_k - T_k) G_k + 2 λ s_k, Adam
 * on s, then w clipped and summing to K. */
#pragma once

#include "guise-config.h"

typedef struct {
  gsize n_tasks; /* 0 = off: disabled, or fewer than two tasks among the active terms */
  GuiseTerm task[GUISE_N_TERMS];
  /* The state: all of it belongs into a checkpoint. */
  double s[GUISE_N_TERMS], m[GUISE_N_TERMS], v[GUISE_N_TERMS], start_loss[GUISE_N_TERMS];
  guint64 n_steps, n_warmup;
} GuiseGradNorm;

void guise_gradnorm_init (GuiseGradNorm *gradnorm, const GuiseConfig *config);
/* TRUE once the warm-up batches have been seen: then update needs the norms. */
gboolean guise_gradnorm_needs_norms (const GuiseGradNorm *gradnorm, const GuiseConfig *config);
/* loss, norm, floor, chance: [GUISE_N_TERMS]; norm is not read during the warm-up. */
void guise_gradnorm_update (GuiseGradNorm *gradnorm, const GuiseConfig *config, const double *loss,
                            const double *norm, const double *floor, double chance);

/* What multiplies each term at this step (from 0): fixed weight × ramp × GradNorm's weight; 0 for a
 * term that does not count. weights: [GUISE_N_TERMS]. */
void guise_gradnorm_get_weights (const GuiseGradNorm *gradnorm, const GuiseConfig *config,
                                 guint64 step, double *weights);
