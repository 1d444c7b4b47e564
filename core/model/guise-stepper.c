#include "guise-stepper-private.h"

#include <math.h>
#include <string.h>

#include "nn-elementwise.h"
#include "nn-room.h"

enum { REDUCE_PIECE = 1 << 16 };

/* ---- life and death ---- */

static gboolean
any_trained (const GuiseModel *model, GuiseGroup first, GuiseGroup last)
{
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    if (spec->group >= first && spec->group <= last && !spec->frozen)
      return TRUE;
  }
  return FALSE;
}

GuiseStepper *
guise_stepper_new (GuiseModel *model, NnTeam *team)
{
  GuiseStepper *stepper = g_new0 (GuiseStepper, 1);
  gsize n = model->params->n_trained;

  stepper->model = model;
  stepper->team = team;
  stepper->n_lanes = team != NULL ? nn_team_size (team) : 1;
  stepper->lanes = g_new0 (Lane, stepper->n_lanes);
  for (gsize l = 0; l < stepper->n_lanes; l++) {
    for (gsize t = 0; t < N_TOWERS; t++)
      stepper->lanes[l].share[t].tape = graph_tape_create ();
    stepper->lanes[l].heads_tape = graph_tape_create ();
    stepper->lanes[l].grads = g_new0 (nn_real, n);
    nn_use_large_pages (stepper->lanes[l].grads, n * sizeof (nn_real));
  }
  stepper->heads_tape = graph_tape_create ();
  stepper->trains[TOWER_IMAGE]
      = model->config.bdam.enabled
        || any_trained (model, GUISE_GROUP_VISION_FIRST, GUISE_GROUP_VISION_NORM);
  stepper->trains[TOWER_TEXT] = any_trained (model, GUISE_GROUP_TEXT, GUISE_GROUP_TEXT);
  stepper->piece_squares = g_new0 (double, n / REDUCE_PIECE + 1);
  stepper->cut = g_new0 (gsize, stepper->n_lanes + 1);
  return stepper;
}

void
guise_stepper_free (GuiseStepper *stepper)
{
  if (stepper == NULL)
    return;
  for (gsize l = 0; l < stepper->n_lanes; l++) {
    for (gsize t = 0; t < N_TOWERS; t++)
      graph_tape_free (stepper->lanes[l].share[t].tape);
    graph_tape_free (stepper->lanes[l].heads_tape);
    g_free (stepper->lanes[l].grads);
  }
  g_free (stepper->lanes);
  graph_tape_free (stepper->heads_tape);
  g_free (stepper->pooled[0]);
  g_free (stepper->pooled[1]);
  g_free (stepper->frozen);
  g_free (stepper->features);
  for (gsize i = 0; i < N_READINGS; i++)
    g_free (stepper->readings[i]);
  g_free (stepper->piece_squares);
  g_free (stepper->cut);
  g_free (stepper);
}

void
guise_stepper_set_peers (GuiseStepper *stepper, const GuisePeers *peers)
{
  stepper->peers = peers;
  stepper->cut
      = g_renew (gsize, stepper->cut, MAX (stepper->n_lanes, peers != NULL ? peers->n : 0) + 1);
}

static void
reserve (GuiseStepper *stepper, gsize size)
{
  const GuiseConfig *config = &stepper->model->config;

  if (size <= stepper->capacity)
    return;
  for (gsize i = 0; i < 2; i++)
    stepper->pooled[i] = g_renew (nn_real, stepper->pooled[i], size * config->vision.hidden_size);
  if (config->train.micro_batch > 0 && stepper->model->params->vision.cls.frozen
      && stepper->batch->tokens == NULL) {
    gsize rows = guise_vision_count_frozen_rows (stepper->model);

    stepper->frozen
        = g_renew (nn_real, stepper->frozen, size * rows * config->vision.hidden_size);
  }
  stepper->features
      = g_renew (nn_real, stepper->features, GUISE_N_TEXTS * size * config->text.hidden_size);
  for (gsize i = 0; i < N_READINGS; i++)
    stepper->readings[i]
        = g_renew (nn_real, stepper->readings[i], GUISE_N_TEXTS * size * config->fusion.size);
  stepper->capacity = size;
}

/* ---- heads, losses ---- */

/* Everybody's rows of x, `width` numbers each, by the bounds in cut. */
static void
gather_rows (GuiseStepper *stepper, nn_real *x, gsize width)
{
  const GuisePeers *peers = stepper->peers;
  g_autofree gsize *start = g_new (gsize, peers->n + 1);

  for (gsize r = 0; r <= peers->n; r++)
    start[r] = stepper->cut[r] * width;
  peers->gather (peers->data, x, start);
}

/* What the losses read, of all images and texts. */
static void
gather_features (GuiseStepper *stepper)
{
  const GuiseConfig *config = &stepper->model->config;
  gsize from, to;

  if (stepper->peers == NULL)
    return;
  guise_stepper_get_own (stepper, TOWER_IMAGE, &from, &to);
  for (gsize i = 0; i < (config->bdam.enabled ? 2 : 1); i++)
    gather_rows (stepper, stepper->pooled[i], config->vision.hidden_size);
  guise_stepper_get_own (stepper, TOWER_TEXT, &from, &to);
  for (gsize i = 0; i < N_READINGS; i++)
    gather_rows (stepper, stepper->readings[i], config->fusion.size);
}

static void
heads_forward (GuiseStepper *stepper, guint wanted)
{
  const GuiseModel *model = stepper->model;
  GraphTape *tape = stepper->heads_tape;
  gsize size = stepper->batch->labels.size, width = model->config.vision.hidden_size;
  const GraphSettings settings = {
    .params = model->values,
    .param_grads = stepper->lanes[0].grads,
    .recording = TRUE,
    .dropout = stepper->dropout,
    .dropout_seed = guise_stepper_get_dropout_seed (stepper, N_TOWERS),
  };

  graph_tape_reset (tape, &settings);
  for (gsize i = 0; i < 2; i++)
    stepper->pooled_in[i] = graph_input (tape, stepper->pooled[i], size, width, TRUE);
  if (!model->config.bdam.enabled)
    stepper->pooled_in[1] = stepper->pooled_in[0];
  for (gsize i = 0; i < N_READINGS; i++)
    stepper->readings_in[i] = graph_input (tape, stepper->readings[i], GUISE_N_TEXTS * size,
                                           model->config.fusion.size, TRUE);
  guise_image_heads_forward (model, tape, stepper->pooled_in[0], stepper->pooled_in[1],
                             &stepper->image);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    stepper->texts[kind] = (GuiseTextHeads){
      .aligned = graph_row_range (tape, stepper->readings_in[ALIGNED], kind * size, size),
      .t = graph_row_range (tape, stepper->readings_in[T], kind * size, size),
      .u = graph_row_range (tape, stepper->readings_in[U], kind * size, size),
    };
  guise_losses_forward (model, tape, &stepper->image, stepper->texts, &stepper->batch->labels,
                        wanted, &stepper->losses);
}

void
guise_stepper_forward (GuiseStepper *stepper, const GuiseBatch *batch, guint wanted, double dropout)
{
  stepper->batch = batch;
  stepper->dropout = dropout;
  reserve (stepper, batch->labels.size);
  guise_stepper_share_out (stepper);
  nn_team_run (stepper->team, stepper->n_lanes, guise_stepper_run_lane, stepper);
  gather_features (stepper);
  heads_forward (stepper, wanted);
}

const GuiseLosses *
guise_stepper_get_losses (const GuiseStepper *stepper)
{
  return &stepper->losses;
}

const GuiseImageHeads *
guise_stepper_get_image_heads (const GuiseStepper *stepper)
{
  return &stepper->image;
}

double
guise_stepper_get_loss (const GuiseStepper *stepper, GuiseTerm term)
{
  const GraphTensor *loss = stepper->losses.term[term];

  return loss != NULL ? (double)loss->data[0] : 0;
}

double
guise_stepper_get_task_norm (GuiseStepper *stepper, GuiseTerm term)
{
  GraphTensor *loss = stepper->losses.term[term];
  double squares = 0;

  if (loss == NULL)
    return 0;
  graph_clear_grads (stepper->heads_tape);
  graph_seed (stepper->heads_tape, loss, 1);
  graph_backward (stepper->heads_tape, FALSE);
  for (gsize i = 0; i < 2; i++) {
    const GraphTensor *pooled = stepper->pooled_in[i];

    if (pooled->grad != NULL && (i == 0 || pooled != stepper->pooled_in[0]))
      squares += nn_sum_squares (pooled->grad, pooled->rows * pooled->cols);
  }
  return sqrt (squares);
}

/* ---- backward ---- */

/* Adds up the lanes' gradients in their order, and the squares of the sum. */
static void
reduce_piece (gsize job, gpointer data)
{
  GuiseStepper *stepper = data;
  gsize from = job * REDUCE_PIECE,
        n = MIN (REDUCE_PIECE, stepper->model->params->n_trained - from);
  nn_real *sum = stepper->lanes[0].grads + from;

  for (gsize l = 1; l < stepper->n_lanes; l++)
    nn_axpy (sum, 1, stepper->lanes[l].grads + from, n);
  stepper->piece_squares[job] = nn_sum_squares (sum, n);
}

static void
square_piece (gsize job, gpointer data)
{
  GuiseStepper *stepper = data;
  gsize from = job * REDUCE_PIECE,
        n = MIN (REDUCE_PIECE, stepper->model->params->n_trained - from);

  stepper->piece_squares[job] = nn_sum_squares (stepper->lanes[0].grads + from, n);
}

/* The heads ran in every process: the first one's gradients of their parameters count. */
static gboolean
is_first (const GuiseStepper *stepper)
{
  return stepper->peers == NULL || stepper->peers->rank == 0;
}

double
guise_stepper_backward (GuiseStepper *stepper, const double *weights)
{
  const GuisePeers *peers = stepper->peers;
  gsize n = stepper->model->params->n_trained, n_pieces = (n + REDUCE_PIECE - 1) / REDUCE_PIECE;
  GraphTape *tape = stepper->heads_tape;
  double squares = 0;

  graph_clear_grads (tape);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    if (stepper->losses.term[k] != NULL && weights[k] != 0)
      graph_seed (tape, stepper->losses.term[k], (nn_real)weights[k]);
  graph_seed (tape, stepper->losses.gate, (nn_real)stepper->model->config.loss.gate_weight);
  graph_backward (tape, is_first (stepper));
  nn_team_run (stepper->team, stepper->n_lanes, guise_stepper_run_lane_back, stepper);
  nn_team_run (stepper->team, n_pieces, reduce_piece, stepper);
  if (peers != NULL) {
    peers->sum (peers->data, stepper->lanes[0].grads, n);
    nn_team_run (stepper->team, n_pieces, square_piece, stepper);
  }
  for (gsize i = 0; i < n_pieces; i++)
    squares += stepper->piece_squares[i];
  return sqrt (squares);
}

const nn_real *
guise_stepper_get_grads (const GuiseStepper *stepper)
{
  return stepper->lanes[0].grads;
}

gsize
guise_stepper_get_n_allocations (const GuiseStepper *stepper)
{
  gsize n = graph_arena_n_blocks_made (graph_tape_arena (stepper->heads_tape));

  for (gsize l = 0; l < stepper->n_lanes; l++) {
    n += graph_arena_n_blocks_made (graph_tape_arena (stepper->lanes[l].heads_tape));
    for (gsize t = 0; t < N_TOWERS; t++)
      n += graph_arena_n_blocks_made (graph_tape_arena (stepper->lanes[l].share[t].tape));
  }
  return n;
}

static gsize
get_peak (const GraphTape *tape)
{
  return graph_arena_peak (graph_tape_arena (tape));
}

void
guise_stepper_get_use (const GuiseStepper *stepper, GuiseStepperUse *use)
{
  *use = (GuiseStepperUse){ .heads = get_peak (stepper->heads_tape),
                            .grads = stepper->n_lanes * stepper->model->params->n_trained
                                     * sizeof (nn_real),
                            .copies = stepper->model->mixed != NULL
                                          ? nn_mixed_bytes (stepper->model->mixed)
                                          : 0 };
  for (gsize l = 0; l < stepper->n_lanes; l++) {
    const Lane *lane = &stepper->lanes[l];

    use->heads += get_peak (lane->heads_tape);
    use->images += get_peak (lane->share[TOWER_IMAGE].tape);
    use->texts += get_peak (lane->share[TOWER_TEXT].tape);
    for (gsize t = 0; t < N_TOWERS; t++)
      use->n_nodes += graph_tape_count_nodes (lane->share[t].tape);
  }
  use->tapes = use->images + use->texts + use->heads;
}
