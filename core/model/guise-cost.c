#include "guise-cost.h"

#include <math.h>
#include <string.h>

#include "guise-losses.h"
#include "guise-macs.h"
#include "guise-params.h"
#include "nn-attention.h"

/* Texts of a portion differ in length: the longest portion has so much more than the mean. */
#define TEXT_SPREAD 1.1
/* Gradients that live at the same time while backward walks through a layer, in rows of its
 * width. */
#define ROOMS_BRANCHES 9
#define ROOMS_LAYER 4

/* Numbers on a tape. */
typedef struct {
  double rows, width, mlp, heads, length; /* length: rows of a sequence */
  gboolean dropout;
} Layer;

/* What attention keeps: probabilities and scratch. */
static double
count_attention (const Layer *layer)
{
  gsize length = (gsize)ceil (layer->length), heads = (gsize)layer->heads;
  const gsize start[] = { 0, length };

  return layer->rows / layer->length
             * (double)nn_attention_prob_size (start, start, 1, heads)
         + (double)nn_attention_scratch_size (start, start, 1, heads,
                                              (gsize)layer->width / heads);
}

/* An encoder's layer: query, key and value, mixed, output, sums, norms, two of the inner width. */
static double
count_encoder_layer (const Layer *layer)
{
  return layer->rows * (layer->width * (10 + 2 * layer->dropout) + 2 * layer->mlp + 4)
         + count_attention (layer);
}

/* A branch's layer has no feed-forward. */
static double
count_branch_layer (const Layer *layer)
{
  return layer->rows * (layer->width * (7 + layer->dropout) + 2) + count_attention (layer);
}

/* What a stack of layers has in use at most. */
typedef struct {
  double kept;    /* until its backward: all, or the layers' results where they run again */
  double working; /* for as long as one layer is at work: gradients, and what runs again */
} Use;

/* n layers of which the last n_trained are. */
static Use
count_encoder (Layer layer, gsize n, gsize n_trained, gboolean recompute)
{
  double rooms = ROOMS_LAYER * layer.rows * layer.width + 2 * layer.rows * layer.mlp, one;

  layer.dropout &= n_trained > 0;
  one = count_encoder_layer (&layer);
  if (n_trained == 0)
    return (Use){ 0, n > 0 ? one : 0 };
  if (recompute)
    return (Use){ (double)n_trained * layer.rows * layer.width, one + rooms };
  return (Use){ (double)n_trained * one, rooms };
}

static gsize
count_trained_blocks (const GuiseConfig *config)
{
  int blocks = config->train.vision_blocks;

  return blocks < 0 ? config->vision.layers : MIN ((gsize)blocks, config->vision.layers);
}

static double
count_portion (const GuiseConfig *config, const GuiseStepWork *work, double share)
{
  gsize micro = config->train.micro_batch;

  return micro > 0 ? MIN (share, (double)MAX (micro / work->n_lanes, 1)) : share;
}

static double
get_share (const GuiseStepWork *work)
{
  return ceil (ceil ((double)work->batch / (double)work->n_ranks) / (double)work->n_lanes);
}

/* BDAM over n images. */
static Use
count_bdam (const GuiseConfig *config, double n)
{
  double n_patches = (double)guise_config_get_n_patches (config),
         width = (double)config->vision.hidden_size;
  Layer layer = { .rows = n * n_patches,
                  .width = width,
                  .heads = (double)config->bdam.heads,
                  .length = n_patches,
                  .dropout = config->dropout > 0 };
  gsize n_cross = config->bdam.cross_attention ? config->bdam.cross_layers : 0;
  double n_layers = 2 * (double)(config->bdam.self_layers + n_cross),
         one = count_branch_layer (&layer), x = layer.rows * width;

  if (!config->bdam.enabled)
    return (Use){ n * width, 0 };
  if (config->train.recompute)
    return (Use){ (2 + n_layers) * x, one + ROOMS_BRANCHES * x };
  return (Use){ 2 * x + n_layers * one, ROOMS_BRANCHES * x };
}

/* A lane's tape of images. Backward is at work in BDAM first, and its memory serves the encoder
 * then. */
static double
count_images (const GuiseConfig *config, const GuiseStepWork *work)
{
  double n = count_portion (config, work, get_share (work)),
         n_patches = (double)guise_config_get_n_patches (config),
         width = (double)config->vision.hidden_size,
         patch = 3. * (double)(config->vision.patch_size * config->vision.patch_size);
  const Layer layer = { .rows = n * (n_patches + 1),
                        .width = width,
                        .mlp = (double)config->vision.mlp_size,
                        .heads = (double)config->vision.heads,
                        .length = n_patches + 1,
                        .dropout = config->dropout > 0 };
  gsize n_trained = count_trained_blocks (config);
  Use encoder = count_encoder (layer, config->vision.layers, n_trained, config->train.recompute),
      bdam = count_bdam (config, n);
  double first = n * n_patches * (patch + width)
                 + (1 + (config->train.vision_blocks < 0 && layer.dropout)) * layer.rows * width,
         tokens = 2 * n * n_patches * width;

  if (work->kept_tokens)
    return n * n_patches * width + bdam.kept + bdam.working;
  if (n_trained == 0) /* the encoder's memory is free again */
    return first + MAX (encoder.working, tokens + bdam.kept + bdam.working);
  if (config->train.recompute)
    return first + encoder.kept + tokens + bdam.kept + MAX (encoder.working, bdam.working);
  return first + encoder.kept + tokens + bdam.kept + encoder.working + bdam.working;
}

/* A lane's tape of texts. */
static double
count_texts (const GuiseConfig *config, const GuiseStepWork *work)
{
  double share = GUISE_N_TEXTS * get_share (work),
         n = config->train.train_text
                 ? MIN (share, GUISE_N_TEXTS * count_portion (config, work, get_share (work)))
                 : MIN (share, 64);
  const Layer layer = { .rows = n * work->text_tokens * TEXT_SPREAD,
                        .width = (double)config->text.hidden_size,
                        .mlp = (double)config->text.mlp_size,
                        .heads = (double)config->text.heads,
                        .length = work->text_tokens,
                        .dropout = config->dropout > 0 };
  double first = (2 + (config->train.train_text && layer.dropout)) * layer.rows * layer.width;
  Use encoder = count_encoder (layer, config->text.layers,
                               config->train.train_text ? config->text.layers : 0,
                               config->train.recompute);

  return work->kept_features ? 0 : first + encoder.kept + encoder.working;
}

/* The fusion over the pairs of the match term. */
static double
count_fusion (const GuiseConfig *config, double n_pairs)
{
  double size = (double)config->fusion.size, inner = (double)config->fusion.expand * size,
         length = config->fusion.sequence == GUISE_SEQUENCE_SINGLE ? 1
                  : config->fusion.sequence == GUISE_SEQUENCE_PAIR ? 2
                                                                   : 3;
  double rows = n_pairs * length, states = (double)config->fusion.d_state;
  double layer = config->fusion.backbone == GUISE_BACKBONE_MAMBA
                     ? 8 * inner + size / 16 + 2 * states + inner * states + 2 * size
                 : config->fusion.backbone == GUISE_BACKBONE_TRANSFORMER ? 18 * size
                                                                         : 0;

  if (!config->fusion.enabled)
    return 0;
  return n_pairs * (9 * size + (double)config->fusion.out_size)
         + rows * (size + layer * (double)config->fusion.layers + 5 * inner);
}

/* Tapes of the heads: the texts' of all lanes together, the images' and the losses. */
static double
count_heads (const GuiseConfig *config, const GuiseStepWork *work)
{
  double n = (double)work->batch, size = (double)config->fusion.size,
         width = (double)config->vision.hidden_size, text = (double)config->text.hidden_size;
  double texts = GUISE_N_TEXTS * n / (double)work->n_ranks
                 * (12 * size + (config->train.train_text ? text : 0));

  return texts + n * (9 * width + 16 * size) + 3 * GUISE_N_TEXTS * n * size + 22 * n * n
         + count_fusion (config, 3 * n);
}

/* One for the products of forward, and one for those of the gradient of what the layer reads. */
static double
count_copies (const GuiseParams *params, const GuiseStepWork *work)
{
  double sum = 0;

  for (guint k = 0; work->copies && k < params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, k);
    gboolean runs = spec->group == GUISE_GROUP_TEXT   ? !work->kept_features
                    : spec->group == GUISE_GROUP_HEAD ? TRUE
                                                      : !work->kept_tokens;
    gboolean pixels = spec->group == GUISE_GROUP_VISION_FIRST; /* they want no gradient */

    if (spec->mixed && runs)
      sum += (double)spec->n * sizeof (guint16) * (spec->frozen || pixels ? 1 : 2);
  }
  return sum;
}

void
guise_cost_get_bytes (const GuiseConfig *config, const GuiseStepWork *work, GuiseStepBytes *bytes)
{
  GuiseParams *params = guise_params_new (config);
  double real = sizeof (nn_real), lanes = (double)work->n_lanes, n = (double)work->batch,
         width = (double)config->vision.hidden_size,
         n_patches = (double)guise_config_get_n_patches (config);
  gboolean keeps = config->train.micro_batch > 0 && config->train.vision_blocks >= 0
                   && !work->kept_tokens;

  *bytes = (GuiseStepBytes){
    .values = (double)params->n * real,
    .grads = (double)params->n_trained * real * lanes,
    .moments = 2 * (double)params->n_trained * real,
    .copies = count_copies (params, work),
    .images = count_images (config, work) * real * lanes,
    .texts = count_texts (config, work) * real * lanes,
    .heads = count_heads (config, work) * real,
    .features = n * real
                * (2 * width
                   + GUISE_N_TEXTS
                         * ((double)config->text.hidden_size + 3 * (double)config->fusion.size)
                   + (keeps ? (n_patches + 1) * width / (double)work->n_ranks : 0)),
  };
  guise_params_free (params);
}

double
guise_step_bytes_sum (const GuiseStepBytes *bytes)
{
  return bytes->values + bytes->copies + bytes->grads + bytes->moments + bytes->images
         + bytes->texts + bytes->heads + bytes->features;
}

/* ----------------------------------------------------------------- operations */

double
guise_cost_get_vision_flops (const GuiseConfig *config)
{
  return 2 * guise_macs_patches (config)
         + 2 * guise_macs_vision_layers (config, config->vision.layers);
}

/* Forward and backward of what is recorded, in forwards: backward is two of them; what runs again
 * once more. */
static double
get_factor (const GuiseConfig *config)
{
  return config->train.recompute ? 4 : 3;
}

/* Of one image. again: the part of the images whose portions run twice. */
static double
count_image_macs (const GuiseConfig *config, const GuiseStepWork *work, double again)
{
  gsize n_trained = count_trained_blocks (config);
  double frozen = guise_macs_vision_layers (config, config->vision.layers - n_trained),
         trained = guise_macs_vision_layers (config, n_trained),
         first = guise_macs_patches (config);

  if (work->kept_tokens)
    frozen = trained = 0;
  else if (config->train.vision_blocks < 0)
    trained += first * 2 / 3; /* pixels want no gradient */
  else
    frozen += first;
  return frozen + (get_factor (config) + again) * (trained + guise_macs_bdam (config))
         + 3 * guise_macs_image_heads (config);
}

static double
count_text_macs (const GuiseConfig *config, const GuiseStepWork *work, double again)
{
  double encoder = work->kept_features ? 0 : guise_macs_text (config, work->text_tokens);

  return (config->train.train_text ? get_factor (config) + again : 1) * encoder
         + 3 * guise_macs_text_heads (config);
}

/* The match term sees three pairs an image: the true one, a wrong text, a wrong image. */
double
guise_cost_get_flops (const GuiseConfig *config, const GuiseStepWork *work)
{
  double n = (double)work->batch / (double)work->n_ranks, share = get_share (work);
  double again = 1 - count_portion (config, work, share) / share;

  return 2 * n
         * (count_image_macs (config, work, again)
            + GUISE_N_TEXTS * count_text_macs (config, work, again)
            + 3 * 3 * guise_macs_fusion (config));
}
