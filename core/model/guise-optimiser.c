#include "guise-optimiser.h"

#include "nn-adam.h"
#include "nn-room.h"

enum { PIECE = 1 << 16 };

typedef struct {
  gsize value, grad, n; /* where it starts among the values, among what is trained */
  double lr_factor, weight_decay;
} Piece;

GuiseOptimiser *
guise_optimiser_new (GuiseModel *model, NnTeam *team)
{
  GuiseOptimiser *optimiser = g_new0 (GuiseOptimiser, 1);

  optimiser->model = model;
  optimiser->team = team;
  optimiser->m = g_new0 (nn_real, model->params->n_trained);
  optimiser->v = g_new0 (nn_real, model->params->n_trained);
  nn_use_large_pages (optimiser->m, model->params->n_trained * sizeof (nn_real));
  nn_use_large_pages (optimiser->v, model->params->n_trained * sizeof (nn_real));
  optimiser->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    for (gsize from = 0; !spec->frozen && from < spec->n; from += PIECE) {
      Piece piece = { spec->offset + from, spec->grad_offset + from, MIN (PIECE, spec->n - from),
                      spec->lr_factor, spec->decay ? model->config.optimiser.weight_decay : 0 };

      g_array_append_val (optimiser->pieces, piece);
    }
  }
  return optimiser;
}

void
guise_optimiser_free (GuiseOptimiser *optimiser)
{
  if (optimiser == NULL)
    return;
  g_free (optimiser->m);
  g_free (optimiser->v);
  g_array_unref (optimiser->pieces);
  g_free (optimiser);
}

typedef struct {
  GuiseOptimiser *optimiser;
  const nn_real *grads;
  double lr;
} Step;

static void
step_piece (gsize job, gpointer data)
{
  const Step *step = data;
  GuiseOptimiser *optimiser = step->optimiser;
  const GuiseConfig *config = &optimiser->model->config;
  const Piece *piece = &g_array_index (optimiser->pieces, Piece, job);
  const NnAdam adam = { step->lr * piece->lr_factor, config->optimiser.betas[0],
                        config->optimiser.betas[1], config->optimiser.eps, piece->weight_decay };

  nn_adam_step (optimiser->model->values + piece->value, optimiser->m + piece->grad,
                optimiser->v + piece->grad, step->grads + piece->grad, piece->n, &adam,
                optimiser->n_steps);
}

void
guise_optimiser_step (GuiseOptimiser *optimiser, const nn_real *grads, double lr)
{
  Step step = { optimiser, grads, lr };

  optimiser->n_steps++;
  nn_team_run (optimiser->team, optimiser->pieces->len, step_piece, &step);
  guise_model_values_changed (optimiser->model, optimiser->team);
}
