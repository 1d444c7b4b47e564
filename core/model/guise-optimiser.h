/* Adam over a model's parameters: decay on matrices only, rates by group, frozen parameters
 * untouched. */
#pragma once

#include "guise-model.h"
#include "nn-team.h"

typedef struct {
  GuiseModel *model; /* borrowed */
  NnTeam *team;      /* borrowed; NULL = this thread alone */
  nn_real *m, *v;    /* [params->n_trained] */
  guint64 n_steps;
  GArray *pieces; /* equal slices of work */
} GuiseOptimiser;

/* Moments zero. model and team must outlive it. */
GuiseOptimiser *guise_optimiser_new (GuiseModel *model, NnTeam *team);
void guise_optimiser_free (GuiseOptimiser *optimiser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseOptimiser, guise_optimiser_free)

/* One step with gradients grads [params->n_trained]; lr is multiplied by each parameter's own
 * factor. */
void guise_optimiser_step (GuiseOptimiser *optimiser, const nn_real *grads, double lr);
