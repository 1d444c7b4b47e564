#include "guise-losses.h"

#include <math.h>

#include "nn-random.h"

typedef struct {
  const GuiseModel *model;
  GraphTape *tape;
  const GuiseImageHeads *image;
  const GuiseTextHeads *texts;
  const GuiseLabels *labels;
  guint wanted;
} Context;

static gboolean
is_positive (GuiseTerm term, const GuiseLabels *labels, gsize i, gsize j)
{
  gboolean person = labels->person[i] == labels->person[j],
           outfit = labels->outfit[i] == labels->outfit[j];

  return term == GUISE_TERM_INFO ? person : term == GUISE_TERM_CAPTION ? person && outfit
                                                                       : outfit;
}

/* [B,B]: which pairs the term pulls together. */
static const guint8 *
positives (const Context *c, GuiseTerm term)
{
  gsize n = c->labels->size;
  guint8 *mask = graph_alloc (c->tape, n * n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      mask[i * n + j] = is_positive (term, c->labels, i, j);
  return mask;
}

static gboolean
wants (const Context *c, GuiseTerm term)
{
  return (c->wanted >> term & 1) && guise_term_list_contains (&c->model->config.loss.terms, term);
}

static GraphTensor *
detach (const Context *c, GraphTensor *x)
{
  return graph_input (c->tape, x->data, x->rows, x->cols, FALSE);
}

/* x·yᵀ over the temperature. */
static GraphTensor *
logits (const Context *c, GraphTensor *x, GraphTensor *y)
{
  return graph_similarity (c->tape, x, y, 1 / c->model->config.loss.temperature);
}

/* --------------------------------------------------------------------------------------- the terms
 */

static GraphTensor *
caption_term (const Context *c)
{
  const GuiseTextHeads *caption = &c->texts[GUISE_TEXT_CAPTION];
  GraphTensor *s = graph_add (c->tape, logits (c, c->image->v, caption->t),
                              logits (c, c->image->c, caption->u));

  return graph_info_nce (c->tape, s, positives (c, GUISE_TERM_CAPTION));
}

/* On the identity feature always, and on the fused one where config.loss.triplet_on names it. */
static GraphTensor *
triplet_term (const Context *c, GraphTensor *fused)
{
  const gint64 *person = c->labels->person;
  double margin = c->model->config.loss.margin;
  GraphTensor *first
      = graph_triplet (c->tape, graph_unit (c->tape, c->image->identity), person, margin);
  GraphTensor *second;

  if (fused == NULL)
    return first;
  second = graph_triplet (c->tape, graph_unit (c->tape, fused), person, margin);
  return graph_scale (c->tape, graph_add (c->tape, first, second), 0.5);
}

/* clothing: the paper's Eq. 1. identity: the clothing head, frozen, must not read clothing off the
 * identity feature. */
static GraphTensor *
adversary_term (const Context *c)
{
  GraphTensor *u = detach (c, c->texts[GUISE_TEXT_CLOTHING].u), *e = c->image->c;

  if (c->model->config.loss.adversary == GUISE_ADVERSARY_IDENTITY) {
    GuiseLinear head = c->model->params->clothing_image;

    head.weight.frozen = head.bias.frozen = TRUE;
    e = graph_unit (c->tape, graph_linear (c->tape, c->image->identity, &head.weight, &head.bias));
  }
  return graph_adversary (c->tape, logits (c, e, u), positives (c, GUISE_TERM_CLOTH));
}

static GraphTensor *
decouple_term (const Context *c)
{
  GraphTensor *x = c->image->identity, *y = c->image->clothing;

  switch ((GuiseDecouple)c->model->config.loss.decouple) {
  case GUISE_DECOUPLE_TEXT_CKA:
    return graph_text_cka (c->tape, x, c->texts[GUISE_TEXT_CLOTHING].u);
  case GUISE_DECOUPLE_HSIC:
    return graph_hsic (c->tape, x, y);
  case GUISE_DECOUPLE_HSIC_UNIT:
    return graph_hsic (c->tape, graph_unit (c->tape, x), graph_unit (c->tape, y));
  }
  g_return_val_if_reached (NULL);
}

/* ------------------------------------------------------------------------------------------
 * matching */

/* Draws one j with probability softmax(S/2) over the other persons; row i of S where by_row, else
 * column i; -1 where there is no other person. */
static gint64
draw_negative (const GuiseLabels *labels, const GraphTensor *s, gboolean by_row, gsize i,
               guint64 counter)
{
  gsize n = labels->size;
  double top = -G_MAXDOUBLE, sum = 0, target;
  gint64 last = -1;

#define LOGIT(j) ((double)(by_row ? s->data[i * n + (j)] : s->data[(j)*n + i]) / 2)
  for (gsize j = 0; j < n; j++)
    if (labels->person[j] != labels->person[i])
      top = MAX (top, LOGIT (j));
  for (gsize j = 0; j < n; j++)
    if (labels->person[j] != labels->person[i])
      sum += exp (LOGIT (j) - top);
  target = sum * nn_random_uniform (labels->seed, counter);
  for (gsize j = 0; j < n; j++)
    if (labels->person[j] != labels->person[i]) {
      target -= exp (LOGIT (j) - top);
      last = j;
      if (target < 0)
        break;
    }
#undef LOGIT
  return last;
}

/* The pairs that the match head sees: every true one, then a wrong text for each image, then a
 * wrong image for each text. */
typedef struct {
  gsize *image, *text;
  nn_real *target;
  gsize n;
} Pairs;

static void
add_pair (Pairs *pairs, gsize image, gsize text, gboolean is_true)
{
  pairs->image[pairs->n] = image;
  pairs->text[pairs->n] = text;
  pairs->target[pairs->n++] = is_true;
}

static Pairs
collect_pairs (const Context *c, const GraphTensor *s)
{
  const GuiseLabels *labels = c->labels;
  gsize n = labels->size;
  Pairs pairs
      = { graph_alloc (c->tape, 3 * n * sizeof (gsize)),
          graph_alloc (c->tape, 3 * n * sizeof (gsize)), graph_alloc_reals (c->tape, 3 * n), 0 };

  for (gsize i = 0; i < n; i++)
    add_pair (&pairs, i, i, TRUE);
  for (gsize i = 0; i < n; i++) {
    gint64 j = labels->negative_texts ? labels->negative_texts[i]
                                      : draw_negative (labels, s, TRUE, i, i);

    if (j >= 0)
      add_pair (&pairs, i, j, FALSE);
  }
  for (gsize i = 0; i < n; i++) {
    gint64 j = labels->negative_images ? labels->negative_images[i]
                                       : draw_negative (labels, s, FALSE, i, n + i);

    if (j >= 0)
      add_pair (&pairs, j, i, FALSE);
  }
  return pairs;
}

/* Runs the fusion on all pairs at once; the true ones come first. */
static void
match_term (const Context *c, const GraphTensor *s, GuiseLosses *losses)
{
  gsize n = c->labels->size;
  Pairs pairs = collect_pairs (c, s);
  GraphTensor *image = graph_gather_rows (c->tape, c->image->aligned, pairs.image, pairs.n);
  GraphTensor *text
      = graph_gather_rows (c->tape, c->texts[GUISE_TEXT_IDENTITY].aligned, pairs.text, pairs.n);
  GuiseFusion all;

  guise_fusion_forward (c->model, c->tape, image, text, &all);
  losses->term[GUISE_TERM_MATCH] = graph_bce (c->tape, all.logit, pairs.target);
  losses->fusion.fused = graph_row_range (c->tape, all.fused, 0, n);
  losses->fusion.logit = graph_row_range (c->tape, all.logit, 0, n);
  losses->fusion.modality = graph_row_range (c->tape, all.modality, 0, n);
}

/* As much of the fusion as the wanted terms need. */
static void
fusion_terms (const Context *c, GuiseLosses *losses)
{
  const GuiseConfig *config = &c->model->config;
  GraphTensor *image = c->image->aligned, *text = c->texts[GUISE_TEXT_IDENTITY].aligned, *s = NULL;

  if (!config->fusion.enabled)
    return;
  if (wants (c, GUISE_TERM_MATCH)) {
    if (c->labels->negative_texts == NULL || c->labels->negative_images == NULL)
      s = logits (c, detach (c, c->image->v), detach (c, c->texts[GUISE_TEXT_IDENTITY].t));
    match_term (c, s, losses);
  } else if ((wants (c, GUISE_TERM_TRIPLET) && config->loss.triplet_on.fused)
             || c->wanted & GUISE_WANT_FUSION) {
    guise_fusion_forward (c->model, c->tape, image, text, &losses->fusion);
  } else {
    losses->fusion.modality = guise_fusion_modality (c->model, c->tape, image, text);
  }
}

void
guise_losses_forward (const GuiseModel *model, GraphTape *tape, const GuiseImageHeads *image,
                      const GuiseTextHeads *texts, const GuiseLabels *labels, guint wanted,
                      GuiseLosses *losses)
{
  const Context c = { model, tape, image, texts, labels, wanted };
  GraphTensor **term = losses->term;

  *losses = (GuiseLosses){ 0 };
  fusion_terms (&c, losses);
  if (wants (&c, GUISE_TERM_INFO))
    term[GUISE_TERM_INFO] = graph_info_nce (
        tape, logits (&c, image->v, texts[GUISE_TEXT_IDENTITY].t), positives (&c, GUISE_TERM_INFO));
  if (wants (&c, GUISE_TERM_CAPTION))
    term[GUISE_TERM_CAPTION] = caption_term (&c);
  if (wants (&c, GUISE_TERM_TRIPLET))
    term[GUISE_TERM_TRIPLET]
        = triplet_term (&c, model->config.loss.triplet_on.fused ? losses->fusion.fused : NULL);
  if (wants (&c, GUISE_TERM_ADV))
    term[GUISE_TERM_ADV] = adversary_term (&c);
  if (wants (&c, GUISE_TERM_DECOUPLE))
    term[GUISE_TERM_DECOUPLE] = decouple_term (&c);
  if (wants (&c, GUISE_TERM_CLOTH))
    term[GUISE_TERM_CLOTH]
        = graph_info_nce (tape, logits (&c, image->c, texts[GUISE_TEXT_CLOTHING].u),
                          positives (&c, GUISE_TERM_CLOTH));
  losses->gate = graph_gate_penalty (tape, image->gate);
  if (losses->fusion.modality != NULL)
    losses->gate
        = graph_add (tape, losses->gate, graph_gate_penalty (tape, losses->fusion.modality));
}

double
guise_losses_get_floor (GuiseTerm term, const GuiseLabels *labels)
{
  double sum = 0;

  for (gsize i = 0; i < labels->size; i++) {
    gsize n = 0;

    for (gsize j = 0; j < labels->size; j++)
      n += is_positive (term, labels, i, j);
    sum += log (n);
  }
  return sum / labels->size;
}

double
guise_losses_get_chance (const GuiseLabels *labels)
{
  return log (labels->size);
}
