#include "guise-embedder.h"

#include <string.h>

#include "guise-half.h"
#include "guise-network.h"

enum { PORTION = 32 }; /* items at a time on one thread: their activations stay in the cache */

struct _GuiseEmbedder {
  const GuiseModel *model;
  NnTeam *team;
  gsize n_lanes;
  GraphTape **tapes; /* one a lane */
};

GuiseEmbedder *
guise_embedder_new (const GuiseModel *model, NnTeam *team)
{
  GuiseEmbedder *embedder = g_new0 (GuiseEmbedder, 1);

  embedder->model = model;
  embedder->team = team;
  embedder->n_lanes = team != NULL ? nn_team_size (team) : 1;
  embedder->tapes = g_new0 (GraphTape *, embedder->n_lanes);
  for (gsize l = 0; l < embedder->n_lanes; l++)
    embedder->tapes[l] = graph_tape_create ();
  return embedder;
}

void
guise_embedder_free (GuiseEmbedder *embedder)
{
  if (embedder == NULL)
    return;
  for (gsize l = 0; l < embedder->n_lanes; l++)
    graph_tape_free (embedder->tapes[l]);
  g_free (embedder->tapes);
  g_free (embedder);
}

/* One call's work, cut into portions; portion p runs on lane p mod n_lanes. */
typedef struct Work Work;
struct Work {
  GuiseEmbedder *embedder;
  void (*run) (const Work *work, GraphTape *tape, gsize from, gsize n);
  gsize n;
  const nn_real *images;
  const guint16 *const *tokens;
  const float *const *features;
  const GuiseImageOutputs *image_out;
  const gint32 *ids;
  const gsize *start;
  const GuiseTextOutputs *text_out;
  const nn_real *pair[2];
  nn_real *logits;
};

static void
run_lane (gsize lane, gpointer data)
{
  const Work *work = data;
  GuiseEmbedder *embedder = work->embedder;
  const GraphSettings settings
      = { .params = embedder->model->values, .mixed = embedder->model->mixed };

  for (gsize from = lane * PORTION; from < work->n; from += embedder->n_lanes * PORTION) {
    graph_tape_reset (embedder->tapes[lane], &settings);
    work->run (work, embedder->tapes[lane], from, MIN (PORTION, work->n - from));
  }
}

static void
run (Work *work)
{
  nn_team_run (work->embedder->team, work->embedder->n_lanes, run_lane, work);
}

static void
keep (nn_real *out, gsize from, const GraphTensor *x)
{
  if (out != NULL)
    memcpy (out + from * x->cols, x->data, x->rows * x->cols * sizeof (nn_real));
}

static void
keep_half (guint16 *out, gsize from, const GraphTensor *x)
{
  for (gsize i = 0; out != NULL && i < x->rows * x->cols; i++)
    out[from * x->cols + i] = guise_float_to_half ((float)x->data[i]);
}

static gboolean
wants_heads (const GuiseImageOutputs *out)
{
  return out->v != NULL || out->c != NULL || out->aligned != NULL || out->identity != NULL
         || out->clothing != NULL || out->pooled_identity != NULL || out->pooled_clothing != NULL
         || out->gate != NULL;
}

/* What stands on top of the encoder. */
static void
run_image_heads (const Work *work, GraphTape *tape, GraphTensor *tokens, gsize from, gsize n)
{
  const GuiseModel *model = work->embedder->model;
  const GuiseImageOutputs *out = work->image_out;
  GraphTensor *identity, *clothing;
  GuiseImageHeads heads;

  guise_bdam_forward (model, tape, tokens, n, &identity, &clothing);
  guise_image_heads_forward (model, tape, identity, clothing, &heads);
  keep (out->v, from, heads.v);
  keep (out->c, from, heads.c);
  keep (out->aligned, from, heads.aligned);
  keep (out->identity, from, heads.identity);
  keep (out->clothing, from, heads.clothing);
  keep (out->pooled_identity, from, heads.pooled_identity);
  keep (out->pooled_clothing, from, heads.pooled_clothing);
  keep (out->gate, from, heads.gate);
}

static void
run_images (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  const GuiseModel *model = work->embedder->model;
  const GuiseImageOutputs *out = work->image_out;
  gsize pixels = 3 * model->config.vision.image_size[0] * model->config.vision.image_size[1];
  GraphTensor *tokens = guise_vision_forward (model, tape, work->images + from * pixels, n);
  gsize n_patches = guise_config_get_n_patches (&model->config);

  keep (out->tokens, from * n_patches, tokens);
  keep_half (out->half, from * n_patches, tokens);
  if (out->pooled != NULL)
    keep (out->pooled, from,
          graph_mean_pool (tape, tokens, graph_even_rows (tape, n, n_patches)));
  if (wants_heads (out))
    run_image_heads (work, tape, tokens, from, n);
}

static void
run_kept_tokens (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  run_image_heads (work, tape,
                   guise_vision_tokens (work->embedder->model, tape, work->tokens + from, n), from,
                   n);
}

void
guise_embedder_embed_images (GuiseEmbedder *embedder, const nn_real *images, gsize n,
                             const GuiseImageOutputs *out)
{
  Work work
      = { .embedder = embedder, .run = run_images, .n = n, .images = images, .image_out = out };

  run (&work);
}

void
guise_embedder_embed_kept_tokens (GuiseEmbedder *embedder, const guint16 *const *kept, gsize n,
                                  const GuiseImageOutputs *out)
{
  Work work
      = { .embedder = embedder, .run = run_kept_tokens, .n = n, .tokens = kept, .image_out = out };

  run (&work);
}

static void
run_text_heads (const Work *work, GraphTape *tape, GraphTensor *feature, gsize from)
{
  const GuiseTextOutputs *out = work->text_out;
  GuiseTextHeads heads;

  if (out->t == NULL && out->u == NULL && out->aligned == NULL)
    return;
  guise_text_heads_forward (work->embedder->model, tape, feature, &heads);
  keep (out->t, from, heads.t);
  keep (out->u, from, heads.u);
  keep (out->aligned, from, heads.aligned);
}

static void
run_texts (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  const GuiseTextOutputs *out = work->text_out;
  gsize *start = graph_alloc (tape, (n + 1) * sizeof *start);
  GraphRows rows = { n, start };
  GraphTensor *tokens, *feature;

  for (gsize i = 0; i <= n; i++)
    start[i] = work->start[from + i] - work->start[from];
  tokens = guise_text_tokens_forward (work->embedder->model, tape, work->ids + work->start[from],
                                      rows);
  keep (out->tokens, work->start[from] - work->start[0], tokens);
  feature = graph_mean_pool (tape, tokens, rows);
  keep (out->feature, from, feature);
  run_text_heads (work, tape, feature, from);
}

static void
run_kept_features (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  gsize width = work->embedder->model->config.text.hidden_size;
  nn_real *x = graph_alloc_reals (tape, n * width);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < width; j++)
      x[i * width + j] = (nn_real)work->features[from + i][j];
  run_text_heads (work, tape, graph_input (tape, x, n, width, FALSE), from);
}

void
guise_embedder_embed_texts (GuiseEmbedder *embedder, const gint32 *ids, const gsize *start, gsize n,
                            const GuiseTextOutputs *out)
{
  Work work = {
    .embedder = embedder, .run = run_texts, .n = n, .ids = ids, .start = start, .text_out = out
  };

  run (&work);
}

void
guise_embedder_embed_kept_features (GuiseEmbedder *embedder, const float *const *kept, gsize n,
                                    const GuiseTextOutputs *out)
{
  Work work = {
    .embedder = embedder, .run = run_kept_features, .n = n, .features = kept, .text_out = out
  };

  run (&work);
}

static void
run_pairs (const Work *work, GraphTape *tape, gsize from, gsize n)
{
  gsize width = work->embedder->model->config.fusion.size;
  GraphTensor *image = graph_input (tape, work->pair[0] + from * width, n, width, FALSE);
  GraphTensor *text = graph_input (tape, work->pair[1] + from * width, n, width, FALSE);
  GuiseFusion fusion;

  guise_fusion_forward (work->embedder->model, tape, image, text, &fusion);
  keep (work->logits, from, fusion.logit);
}

void
guise_embedder_match (GuiseEmbedder *embedder, const nn_real *image, const nn_real *text, gsize n,
                      nn_real *logits)
{
  Work work = {
    .embedder = embedder, .run = run_pairs, .n = n, .pair = { image, text }, .logits = logits
  };

  run (&work);
}
