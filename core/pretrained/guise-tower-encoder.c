#include "guise-tower-encoder.h"

#include <string.h>

#include "graph-ops.h"
#include "guise-formats-error.h"
#include "guise-tower-params.h"
#include "guise-tower-pixels.h"
#include "nn-gemm.h"
#include "nn-team.h"

enum { PORTION = 16 }; /* items at a time on one thread: bounds the tapes' memory */

struct _GuiseTowerEncoder {
  GuiseTower tower;
  GuiseTowerParams *params;
  GuiseTowerPixels pixels;
  float *values;
  NnMixed *mixed; /* NULL = products of floats */
  NnTeam *team;
  gsize n_lanes;
  GraphTape **tapes; /* one a lane */
};

/* ---- opening -------------------------------------------------------------------------------- */

static gboolean
load_values (GuiseTowerEncoder *encoder, const GuisePretrained *pretrained, GError **error)
{
  encoder->params = guise_tower_params_new (&encoder->tower);
  encoder->values = g_try_new0 (float, encoder->params->n);
  if (encoder->values == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot use '%s': there is no memory for its %zu numbers",
                 guise_pretrained_get_folder (pretrained), encoder->params->n);
    return FALSE;
  }
  return guise_pretrained_read (pretrained, &encoder->tower, encoder->params->specs, "", NULL,
                                encoder->values, error);
}

GuiseTowerEncoder *
guise_tower_encoder_open (const char *folder, gboolean images, guint n_threads, GError **error)
{
  g_autoptr (GuisePretrained) pretrained = guise_pretrained_open (folder, error);
  g_autoptr (GuiseTowerEncoder) encoder = g_new0 (GuiseTowerEncoder, 1);
  const GuiseTower *tower;

  if (pretrained == NULL)
    return NULL;
  tower = images ? guise_pretrained_get_vision (pretrained, error)
                 : guise_pretrained_get_text (pretrained, error);
  if (tower == NULL)
    return NULL;
  encoder->tower = *tower;
  if (!load_values (encoder, pretrained, error)
      || (images && !guise_tower_pixels_load (&encoder->pixels, tower->kind, folder, error)))
    return NULL;
  nn_gemm_init ();
  encoder->team = nn_team_create (n_threads); /* NULL = one thread */
  encoder->n_lanes = encoder->team != NULL ? nn_team_size (encoder->team) : 1;
  encoder->tapes = g_new0 (GraphTape *, encoder->n_lanes);
  for (gsize l = 0; l < encoder->n_lanes; l++)
    encoder->tapes[l] = graph_tape_create ();
  return g_steal_pointer (&encoder);
}

void
guise_tower_encoder_free (GuiseTowerEncoder *encoder)
{
  if (encoder == NULL)
    return;
  for (gsize l = 0; l < encoder->n_lanes; l++)
    graph_tape_free (encoder->tapes[l]);
  g_free (encoder->tapes);
  nn_team_free (encoder->team);
  guise_tower_params_free (encoder->params);
  nn_mixed_free (encoder->mixed);
  g_free (encoder->values);
  g_free (encoder);
}

void
guise_tower_encoder_set_precision (GuiseTowerEncoder *encoder, GuisePrecision precision)
{
  g_clear_pointer (&encoder->mixed, nn_mixed_free);
  if (precision == GUISE_PRECISION_BFLOAT16) {
    encoder->mixed = nn_mixed_new (NN_WAY_BEST);
    if (encoder->mixed == NULL)
      g_error ("out of memory"); /* as g_new() would */
  }
}

const GuiseTower *
guise_tower_encoder_get_tower (const GuiseTowerEncoder *encoder)
{
  return &encoder->tower;
}

gsize
guise_tower_encoder_get_n_tokens (const GuiseTowerEncoder *encoder)
{
  return guise_tower_get_n_patches (&encoder->tower)
         + (encoder->tower.kind == GUISE_TOWER_CLIP_VISION);
}

gsize
guise_tower_encoder_get_n_pooled (const GuiseTowerEncoder *encoder)
{
  return encoder->tower.projection > 0 ? encoder->tower.projection : encoder->tower.width;
}

gsize
guise_tower_encoder_get_n_at_once (const GuiseTowerEncoder *encoder)
{
  return PORTION * encoder->n_lanes;
}

void
guise_tower_encoder_prepare (const GuiseTowerEncoder *encoder, GuiseImage *image, float *planes)
{
  guise_tower_pixels_prepare (&encoder->pixels, &encoder->tower, image, planes);
}

/* ---- layers --------------------------------------------------------------------------------- */

/* One tape's share of the work. */
typedef struct {
  const GuiseTower *tower;
  const GuiseTowerParams *params;
  GraphTape *tape;
  GraphRows rows;
} Pass;

static GraphTensor *
norm (const Pass *pass, GraphTensor *x, const GuiseLinear *weights)
{
  return graph_layer_norm (pass->tape, x, &weights->weight, &weights->bias, pass->tower->eps);
}

static GraphTensor *
attend (const Pass *pass, GraphTensor *x, const GuiseAttention *attention)
{
  gsize width = x->cols;
  GraphTensor *qkv = graph_linear (pass->tape, x, &attention->qkv.weight, &attention->qkv.bias);
  GraphTensor *part[3], *mixed;

  for (gsize i = 0; i < 3; i++)
    part[i] = graph_columns (pass->tape, qkv, i * width, width);
  if (pass->tower->kind == GUISE_TOWER_CLIP_TEXT)
    mixed = graph_causal_attention (pass->tape, part[0], part[1], part[2], pass->rows,
                                    pass->tower->heads);
  else
    mixed = graph_attention (pass->tape, part[0], part[1], part[2], pass->rows, pass->rows,
                             pass->tower->heads);
  return graph_linear (pass->tape, mixed, &attention->output.weight, &attention->output.bias);
}

static GraphTensor *
feed_forward (const Pass *pass, GraphTensor *x, const GuiseEncoderLayer *layer)
{
  GraphTensor *hidden = graph_linear (pass->tape, x, &layer->up.weight, &layer->up.bias);

  hidden = pass->tower->quick_gelu ? graph_quick_gelu (pass->tape, hidden)
                                   : graph_gelu (pass->tape, hidden);
  return graph_linear (pass->tape, hidden, &layer->down.weight, &layer->down.bias);
}

/* BERT norms what a layer gives, the others what it takes. */
static GraphTensor *
run_layers (const Pass *pass, GraphTensor *x)
{
  for (gsize i = 0; i < pass->tower->layers; i++) {
    const GuiseEncoderLayer *layer = &pass->params->layer[i];

    if (pass->tower->kind == GUISE_TOWER_BERT) {
      x = graph_add (pass->tape, x, attend (pass, x, &layer->attention));
      x = norm (pass, x, &layer->norm_before);
      x = graph_add (pass->tape, x, feed_forward (pass, x, layer));
      x = norm (pass, x, &layer->norm_after);
    } else {
      x = graph_add (pass->tape, x,
                     attend (pass, norm (pass, x, &layer->norm_before), &layer->attention));
      x = graph_add (pass->tape, x, feed_forward (pass, norm (pass, x, &layer->norm_after), layer));
    }
  }
  return x;
}

/* ---- towers --------------------------------------------------------------------------------- */

static GraphTensor *
project (const Pass *pass, GraphTensor *x)
{
  return pass->tower->projection > 0 ? graph_linear (pass->tape, x, &pass->params->projection, NULL)
                                     : x;
}

/* Rows first, first + step, …, of every sequence, n of them. */
static GraphTensor *
gather (const Pass *pass, GraphTensor *x, gsize first, gsize n)
{
  gsize *index = graph_alloc (pass->tape, pass->rows.batch * n * sizeof *index);

  for (gsize b = 0; b < pass->rows.batch; b++)
    for (gsize i = 0; i < n; i++)
      index[b * n + i] = pass->rows.start[b] + first + i;
  return graph_gather_rows (pass->tape, x, index, pass->rows.batch * n);
}

static void
run_images (Pass *pass, const float *planes, gsize n, GraphTensor **tokens, GraphTensor **pooled)
{
  const GuiseTower *tower = pass->tower;
  const GuiseTowerParams *params = pass->params;
  gsize n_patches = guise_tower_get_n_patches (tower);
  GraphTensor *x = graph_patches (pass->tape, planes, n, tower->image_size[0], tower->image_size[1],
                                  tower->patch);

  pass->rows = graph_even_rows (pass->tape, n, n_patches + 1);
  x = graph_linear (pass->tape, x, &params->patches,
                    tower->kind == GUISE_TOWER_VIT ? &params->patches_bias : NULL);
  x = graph_tokens (pass->tape, x, &params->cls, &params->position, n);
  if (tower->kind == GUISE_TOWER_VIT) {
    x = gather (pass, run_layers (pass, x), 1, n_patches);
    *tokens = norm (pass, x, &params->last_norm);
    *pooled = graph_mean_pool (pass->tape, *tokens, graph_even_rows (pass->tape, n, n_patches));
  } else {
    *tokens = run_layers (pass, norm (pass, x, &params->first_norm));
    *pooled = project (pass, norm (pass, gather (pass, *tokens, 0, 1), &params->last_norm));
  }
}

/* Where CLIP reads a text: see eos_id. A text without one is read at its first token, as
 * transformers does. */
static const gsize *
find_ends (const Pass *pass, const gint32 *ids)
{
  gsize *index = graph_alloc (pass->tape, pass->rows.batch * sizeof *index);

  for (gsize b = 0; b < pass->rows.batch; b++) {
    gsize from = pass->rows.start[b], to = pass->rows.start[b + 1];

    index[b] = from;
    if (pass->tower->eos_id == 2) {
      for (gsize i = from; i < to; i++)
        index[b] = ids[i] > ids[index[b]] ? i : index[b];
    } else {
      for (gsize i = to; i-- > from;)
        index[b] = ids[i] == pass->tower->eos_id ? i : index[b];
    }
  }
  return index;
}

static void
run_texts (Pass *pass, const gint32 *ids, GraphTensor **tokens, GraphTensor **pooled)
{
  const GuiseTowerParams *params = pass->params;
  GraphTensor *x = graph_text_embedding (pass->tape, ids, pass->rows, &params->word,
                                         &params->position, &params->type);

  if (pass->tower->kind == GUISE_TOWER_BERT) {
    *tokens = run_layers (pass, norm (pass, x, &params->first_norm));
    *pooled = graph_mean_pool (pass->tape, *tokens, pass->rows);
  } else {
    *tokens = norm (pass, run_layers (pass, x), &params->last_norm);
    *pooled = project (
        pass, graph_gather_rows (pass->tape, *tokens, find_ends (pass, ids), pass->rows.batch));
  }
}

/* ---- many items ----------------------------------------------------------------------------- */

/* One call's work, cut into portions; portion p runs on lane p mod n_lanes. */
typedef struct {
  GuiseTowerEncoder *encoder;
  gsize n;
  const float *planes;
  const gint32 *ids; /* NULL for images */
  const gsize *start;
  float *tokens, *pooled;
} Work;

static void
keep (float *out, gsize first, const GraphTensor *x)
{
  if (out != NULL)
    memcpy (out + first * x->cols, x->data, x->rows * x->cols * sizeof *out);
}

static void
run_portion (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  GuiseTowerEncoder *encoder = work->encoder;
  const GuiseTower *tower = &encoder->tower;
  Pass pass = { .tower = tower, .params = encoder->params, .tape = tape };
  gsize first = from * guise_tower_encoder_get_n_tokens (encoder);
  GraphTensor *tokens, *pooled;

  if (work->ids != NULL) {
    gsize *start = graph_alloc (tape, (n + 1) * sizeof *start);

    first = work->start[from] - work->start[0];
    for (gsize i = 0; i <= n; i++)
      start[i] = work->start[from + i] - work->start[from];
    pass.rows = (GraphRows){ n, start };
    run_texts (&pass, work->ids + work->start[from], &tokens, &pooled);
  } else {
    gsize size = 3 * tower->image_size[0] * tower->image_size[1];

    run_images (&pass, work->planes + from * size, n, &tokens, &pooled);
  }
  keep (work->tokens, first, tokens);
  keep (work->pooled, from, pooled);
}

static void
run_lane (gsize lane, gpointer data)
{
  const Work *work = data;
  GuiseTowerEncoder *encoder = work->encoder;
  const GraphSettings settings = { .params = encoder->values, .mixed = encoder->mixed };

  for (gsize from = lane * PORTION; from < work->n; from += encoder->n_lanes * PORTION) {
    graph_tape_reset (encoder->tapes[lane], &settings);
    run_portion (work, encoder->tapes[lane], from, MIN (PORTION, work->n - from));
  }
}

void
guise_tower_encoder_run_images (GuiseTowerEncoder *encoder, const float *planes, gsize n,
                                float *tokens, float *pooled)
{
  Work work = { .encoder = encoder, .n = n, .planes = planes, .tokens = tokens, .pooled = pooled };

  nn_team_run (encoder->team, encoder->n_lanes, run_lane, &work);
}

void
guise_tower_encoder_run_texts (GuiseTowerEncoder *encoder, const gint32 *ids, const gsize *start,
                               gsize n, float *tokens, float *pooled)
{
  Work work = {
    .encoder = encoder, .n = n, .ids = ids, .start = start, .tokens = tokens, .pooled = pooled
  };

  nn_team_run (encoder->team, encoder->n_lanes, run_lane, &work);
}
