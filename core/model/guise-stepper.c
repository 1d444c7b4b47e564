#include "guise-stepper.h"

#include <math.h>
#include <string.h>

#include "nn-elementwise.h"
#include "nn-norm.h"
#include "nn-random.h"
#include "nn-room.h"

enum {
  FROZEN_TEXTS = 64, /* texts at a time when nothing is kept for backward */
  REDUCE_PIECE = 1 << 16
};

typedef enum { TOWER_IMAGE,
               TOWER_TEXT,
               N_TOWERS } Tower;

/* A lane's share of one tower: items from … to-1, run in portions; the tape holds the portion that
 * ran last. */
typedef struct {
  GraphTape *tape;
  gsize from, to, portion;
  gsize on_tape; /* first item of the portion on the tape */
  GraphTensor *out[2];
} Share;

/* What the losses read of a text. */
enum { ALIGNED,
       T,
       U,
       N_READINGS };

typedef struct {
  Share share[N_TOWERS];
  GraphTape *heads_tape; /* the heads of its texts, all portions together */
  GraphTensor *features_in, *reading[N_READINGS];
  nn_real *grads;
} Lane;

struct _GuiseStepper {
  GuiseModel *model;
  NnTeam *team;
  gsize n_lanes;
  Lane *lanes;
  gboolean trains[N_TOWERS];
  const GuisePeers *peers; /* NULL = none */
  gsize *cut;              /* room for the bounds of lanes or processes */
  const GuiseBatch *batch;
  double dropout;
  gsize capacity;                /* images for which the arrays below have room */
  nn_real *pooled[2];            /* [B,D] identity, clothing */
  nn_real *frozen;               /* [B, rows, D]: what the first trained block reads, where the
                                  * portions run twice; else NULL */
  nn_real *features;             /* [3B,Dt]: text kind after text kind */
  nn_real *readings[N_READINGS]; /* [3B,F] */
  GraphTape *heads_tape;
  GraphTensor *pooled_in[2], *readings_in[N_READINGS];
  GuiseImageHeads image;
  GuiseTextHeads texts[GUISE_N_TEXTS];
  GuiseLosses losses;
  gdouble *piece_squares;
};

/* ------------------------------------------------------------------------------------ life and
 * death */

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

/* -------------------------------------------------------------------------------------- sharing
 * out */

/* Text s of the 3B texts of a batch. */
static void
locate_text (const GuiseBatch *batch, gsize s, const gint32 **ids, gsize *n)
{
  gsize kind = s / batch->labels.size, i = s % batch->labels.size;
  const gsize *start = batch->texts[kind].start;

  *ids = batch->texts[kind].ids + start[i];
  *n = start[i + 1] - start[i];
}

void
guise_peers_share (gsize size, gsize rank, gsize n, gsize *from, gsize *to)
{
  *from = rank * size / n;
  *to = (rank + 1) * size / n;
}

static gsize
count_tokens (const GuiseBatch *batch, gsize s)
{
  const gint32 *ids;
  gsize n;

  locate_text (batch, s, &ids, &n);
  return n;
}

/* Cuts the texts from … to-1 into n shares of about as many tokens: bound [n+1]. */
static void
cut_texts (const GuiseBatch *batch, gsize from, gsize to, gsize n, gsize *bound)
{
  gsize total = 0, seen = 0, share = 0;

  for (gsize s = from; s < to; s++)
    total += count_tokens (batch, s);
  bound[0] = from;
  for (gsize s = from; s < to; s++) {
    while (share + 1 < n && seen >= (share + 1) * total / n)
      bound[++share] = s;
    seen += count_tokens (batch, s);
  }
  while (share < n)
    bound[++share] = to;
}

/* What this process has of a tower's items; with peers, cut holds everybody's bounds then. */
static void
get_own (GuiseStepper *stepper, Tower tower, gsize *from, gsize *to)
{
  gsize size = stepper->batch->labels.size,
        n = stepper->peers != NULL ? stepper->peers->n : 1,
        rank = stepper->peers != NULL ? stepper->peers->rank : 0;

  if (tower == TOWER_TEXT)
    cut_texts (stepper->batch, 0, GUISE_N_TEXTS * size, n, stepper->cut);
  else
    for (gsize r = 0; r < n; r++)
      guise_peers_share (size, r, n, &stepper->cut[r], &stepper->cut[r + 1]);
  *from = stepper->cut[rank];
  *to = stepper->cut[rank + 1];
}

static void
share_out (GuiseStepper *stepper)
{
  gsize n = stepper->n_lanes, micro = stepper->model->config.train.micro_batch, from, to, text_from,
        text_to;
  gsize portion = micro > 0 ? MAX (micro / n, 1) : stepper->batch->labels.size;

  get_own (stepper, TOWER_IMAGE, &from, &to);
  get_own (stepper, TOWER_TEXT, &text_from, &text_to);
  cut_texts (stepper->batch, text_from, text_to, n, stepper->cut);
  for (gsize l = 0; l < n; l++) {
    Share *share = stepper->lanes[l].share;

    guise_peers_share (to - from, l, n, &share[TOWER_IMAGE].from, &share[TOWER_IMAGE].to);
    share[TOWER_IMAGE].from += from;
    share[TOWER_IMAGE].to += from;
    share[TOWER_IMAGE].portion = portion;
    share[TOWER_TEXT].from = stepper->cut[l];
    share[TOWER_TEXT].to = stepper->cut[l + 1];
    share[TOWER_TEXT].portion = stepper->trains[TOWER_TEXT] ? GUISE_N_TEXTS * portion
                                                            : FROZEN_TEXTS;
  }
}

/* ---------------------------------------------------------------------------------- forward, in
 * lanes */

/* The frozen blocks run once, though portions run twice. */
static GraphTensor *
run_vision (GuiseStepper *stepper, GraphTape *tape, gsize from, gsize n, gboolean again)
{
  const GuiseModel *model = stepper->model;
  const GuiseConfig *config = &model->config;
  const GuiseBatch *batch = stepper->batch;
  gsize pixels = 3 * config->vision.image_size[0] * config->vision.image_size[1],
        rows = guise_vision_count_frozen_rows (model), width = config->vision.hidden_size;
  nn_real *kept = stepper->frozen != NULL ? stepper->frozen + from * rows * width : NULL;
  GraphTensor *x;

  if (batch->tokens != NULL)
    return guise_vision_tokens (model, tape, batch->tokens + from, n);
  if (again && kept != NULL)
    x = graph_input (tape, kept, n * rows, width, FALSE);
  else
    x = guise_vision_forward_frozen (model, tape, batch->images + from * pixels, n);
  if (!again && kept != NULL)
    memcpy (kept, x->data, n * rows * width * sizeof (nn_real));
  return guise_vision_forward_rest (model, tape, x, n);
}

static void
run_images (GuiseStepper *stepper, Share *share, gsize from, gsize n, gboolean again)
{
  const GuiseConfig *config = &stepper->model->config;
  gsize width = config->vision.hidden_size;
  GraphTensor *tokens = run_vision (stepper, share->tape, from, n, again);

  guise_bdam_forward (stepper->model, share->tape, tokens, n, &share->out[0], &share->out[1]);
  for (gsize i = 0; i < 2; i++)
    memcpy (stepper->pooled[i] + from * width, share->out[i]->data, n * width * sizeof (nn_real));
}

static void
run_texts (GuiseStepper *stepper, Share *share, gsize from, gsize n)
{
  gsize width = stepper->model->config.text.hidden_size, length, total = 0;
  gsize *start = graph_alloc (share->tape, (n + 1) * sizeof *start);
  const gint32 *ids;
  gint32 *joined;

  for (gsize s = 0; s < n; s++) {
    locate_text (stepper->batch, from + s, &ids, &length);
    total += length;
  }
  joined = graph_alloc (share->tape, total * sizeof *joined);
  start[0] = 0;
  for (gsize s = 0; s < n; s++) {
    locate_text (stepper->batch, from + s, &ids, &length);
    memcpy (joined + start[s], ids, length * sizeof *ids);
    start[s + 1] = start[s] + length;
  }
  share->out[0] = guise_text_forward (stepper->model, share->tape, joined, (GraphRows){ n, start });
  memcpy (stepper->features + from * width, share->out[0]->data, n * width * sizeof (nn_real));
}

/* What a frozen text encoder gave once. */
static void
take_features (GuiseStepper *stepper, gsize from, gsize to)
{
  gsize width = stepper->model->config.text.hidden_size;

  for (gsize s = from; s < to; s++)
    for (gsize i = 0; i < width; i++)
      stepper->features[s * width + i] = (nn_real)stepper->batch->features[s][i];
}

/* The tapes' dropout masks draw from seeds of their own. The batch's seed itself serves the choice
 * of wrong partners, with counters far below these. */
static guint64
dropout_seed (const GuiseStepper *stepper, guint tape)
{
  return nn_random_bits (stepper->batch->labels.seed, (G_GUINT64_CONSTANT (1) << 63) + tape);
}

/* Runs the portion that starts at item `from`, the first time or again. */
static void
run_portion (GuiseStepper *stepper, Lane *lane, Tower tower, gsize from, gboolean again)
{
  Share *share = &lane->share[tower];
  gsize n = MIN (share->portion, share->to - from);
  const GraphSettings settings = {
    .params = stepper->model->values,
    .param_grads = lane->grads,
    .recording = stepper->trains[tower],
    .recompute = stepper->model->config.train.recompute,
    .dropout = stepper->trains[tower] ? stepper->dropout : 0,
    .dropout_seed = dropout_seed (stepper, tower),
    .dropout_item = from,
  };

  graph_tape_reset (share->tape, &settings);
  share->on_tape = from;
  if (tower == TOWER_IMAGE)
    run_images (stepper, share, from, n, again);
  else
    run_texts (stepper, share, from, n);
}

/* Each text's heads see that text alone, so they are the lane's work too. */
static void
run_text_heads (GuiseStepper *stepper, Lane *lane)
{
  const GuiseConfig *config = &stepper->model->config;
  const Share *share = &lane->share[TOWER_TEXT];
  gsize width = config->text.hidden_size, n = share->to - share->from;
  const GraphSettings settings = {
    .params = stepper->model->values,
    .param_grads = lane->grads,
    .recording = TRUE,
  };
  GuiseTextHeads heads;

  graph_tape_reset (lane->heads_tape, &settings);
  if (n == 0)
    return;
  lane->features_in = graph_input (lane->heads_tape, stepper->features + share->from * width, n,
                                   width, stepper->trains[TOWER_TEXT]);
  guise_text_heads_forward (stepper->model, lane->heads_tape, lane->features_in, &heads);
  lane->reading[ALIGNED] = heads.aligned;
  lane->reading[T] = heads.t;
  lane->reading[U] = heads.u;
  for (gsize i = 0; i < N_READINGS; i++)
    memcpy (stepper->readings[i] + share->from * config->fusion.size, lane->reading[i]->data,
            n * config->fusion.size * sizeof (nn_real));
}

static void
lane_forward (gsize job, gpointer data)
{
  GuiseStepper *stepper = data;
  Lane *lane = &stepper->lanes[job];

  memset (lane->grads, 0, stepper->model->params->n_trained * sizeof (nn_real));
  for (Tower tower = 0; tower < N_TOWERS; tower++) {
    const Share *share = &lane->share[tower];

    if (tower == TOWER_TEXT && stepper->batch->features != NULL) {
      take_features (stepper, share->from, share->to);
      continue;
    }
    for (gsize from = share->from; from < share->to; from += share->portion)
      run_portion (stepper, lane, tower, from, FALSE);
  }
  run_text_heads (stepper, lane);
}

/* ------------------------------------------------------------------------------------- heads,
 * losses */

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
  get_own (stepper, TOWER_IMAGE, &from, &to);
  for (gsize i = 0; i < (config->bdam.enabled ? 2 : 1); i++)
    gather_rows (stepper, stepper->pooled[i], config->vision.hidden_size);
  get_own (stepper, TOWER_TEXT, &from, &to);
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
    .dropout_seed = dropout_seed (stepper, N_TOWERS),
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
  share_out (stepper);
  nn_team_run (stepper->team, stepper->n_lanes, lane_forward, stepper);
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

/* --------------------------------------------------------------------------------- backward, in
 * lanes */

static void
text_heads_backward (GuiseStepper *stepper, Lane *lane)
{
  const Share *share = &lane->share[TOWER_TEXT];

  if (share->from == share->to)
    return;
  for (gsize i = 0; i < N_READINGS; i++) {
    const GraphTensor *reading = stepper->readings_in[i];

    if (reading->grad != NULL)
      graph_seed_with (lane->heads_tape, lane->reading[i],
                       reading->grad + share->from * reading->cols);
  }
  graph_backward (lane->heads_tape, TRUE);
}

static void
seed_portion (GuiseStepper *stepper, Lane *lane, Tower tower)
{
  Share *share = &lane->share[tower];

  if (tower == TOWER_TEXT) {
    const GraphTensor *features = lane->features_in;

    if (features->grad != NULL)
      graph_seed_with (share->tape, share->out[0],
                       features->grad + (share->on_tape - share->from) * features->cols);
    return;
  }
  for (gsize i = 0; i < 2; i++) {
    const GraphTensor *pooled = stepper->pooled_in[i];

    if (pooled->grad != NULL && (i == 0 || pooled != stepper->pooled_in[0]))
      graph_seed_with (share->tape, share->out[i], pooled->grad + share->on_tape * pooled->cols);
  }
}

/* The portion on the tape first, then the others, run forward once more. */
static void
lane_backward (gsize job, gpointer data)
{
  GuiseStepper *stepper = data;
  Lane *lane = &stepper->lanes[job];

  text_heads_backward (stepper, lane);
  for (Tower tower = 0; tower < N_TOWERS; tower++) {
    Share *share = &lane->share[tower];

    if (!stepper->trains[tower] || share->from == share->to)
      continue; /* with features, the text encoder is not trained */
    for (gsize from = share->on_tape;; from -= share->portion) {
      if (share->on_tape != from)
        run_portion (stepper, lane, tower, from, TRUE);
      seed_portion (stepper, lane, tower);
      graph_backward (share->tape, TRUE);
      if (from == share->from)
        break;
    }
  }
}

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
  nn_team_run (stepper->team, stepper->n_lanes, lane_backward, stepper);
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
                                     * sizeof (nn_real) };
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
