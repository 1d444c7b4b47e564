/* The stepper's lanes: which images and texts each has, their encoders and the texts' heads,
 * forward and back. */
#include "guise-stepper-private.h"

#include <string.h>

#include "nn-random.h"

enum { FROZEN_TEXTS = 64 /* texts at a time when nothing is kept for backward */ };

/* ---- sharing out ---- */

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

void
guise_stepper_get_own (GuiseStepper *stepper, Tower tower, gsize *from, gsize *to)
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

void
guise_stepper_share_out (GuiseStepper *stepper)
{
  gsize n = stepper->n_lanes, micro = stepper->model->config.train.micro_batch, from, to, text_from,
        text_to;
  gsize portion = micro > 0 ? MAX (micro / n, 1) : stepper->batch->labels.size;

  guise_stepper_get_own (stepper, TOWER_IMAGE, &from, &to);
  guise_stepper_get_own (stepper, TOWER_TEXT, &text_from, &text_to);
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

/* ---- forward, in lanes ---- */

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

guint64
guise_stepper_get_dropout_seed (const GuiseStepper *stepper, guint tape)
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
    .mixed = stepper->model->mixed,
    .param_grads = lane->grads,
    .recording = stepper->trains[tower],
    .recompute = stepper->model->config.train.recompute,
    .dropout = stepper->trains[tower] ? stepper->dropout : 0,
    .dropout_seed = guise_stepper_get_dropout_seed (stepper, tower),
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

void
guise_stepper_run_lane (gsize job, gpointer data)
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

/* ---- backward, in lanes ---- */

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
void
guise_stepper_run_lane_back (gsize job, gpointer data)
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
