/* Losses and gradients of a batch on all cores. The two encoders run in lanes, one thread each,
 * over its share of the images and texts, and so do the texts' heads; the images' heads and the
 * losses then see the whole batch on the calling thread; backward goes the same way back. With
 * config.train.micro_batch the lanes take their images in portions and run them twice: once for the
 * features, once more for the gradients; the result is the same. A dropout mask is a function of
 * (labels.seed, encoder, operation, item, place in the item). Results depend on the number of lanes
 * and on the portions only in rounding.
 */
#pragma once

#include "guise-losses.h"
#include "guise-model.h"
#include "nn-team.h"

typedef struct {
  const nn_real *images; /* [B,3,H,W] */
  struct {
    const gint32 *ids;  /* the tokens of all texts, one after the other, no padding */
    const gsize *start; /* [B+1] */
  } texts[GUISE_N_TEXTS];
  /* What frozen encoders gave, instead of the above; NULL = they run. tokens [B], each [L,D] in
   * half precision: then images is not read. features [3B], each [Dt]: text kind after text
   * kind. */
  const guint16 *const *tokens;
  const float *const *features;
  GuiseLabels labels;
} GuiseBatch;

/* The other processes that work on the same batch, each with a stepper of its own: every one runs
 * its share of images and texts, sees the losses of the whole batch and gets the gradients of all.
 * Of images, tokens and features it reads those of its share alone (guise_peers_share). */
typedef struct {
  gsize rank, n;
  /* Every process's rows: process r owns the numbers start[r] … start[r+1]-1 of x. */
  void (*gather) (gpointer data, nn_real *x, const gsize *start);
  /* Sums over all processes, the same in each of them. */
  void (*sum) (gpointer data, nn_real *x, gsize n);
  gpointer data;
} GuisePeers;

/* The images from … to-1 of a batch of `size` are process rank's. */
void guise_peers_share (gsize size, gsize rank, gsize n, gsize *from, gsize *to);

typedef struct _GuiseStepper GuiseStepper;

/* model and team are borrowed; team NULL = one lane on the calling thread. */
GuiseStepper *guise_stepper_new (GuiseModel *model, NnTeam *team);
void guise_stepper_free (GuiseStepper *stepper);
/* Borrowed; NULL = none, as at the start. */
void guise_stepper_set_peers (GuiseStepper *stepper, const GuisePeers *peers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseStepper, guise_stepper_free)

/* Runs the batch forward. wanted: bit 1 << term of the terms to compute. dropout: rate, 0 = off;
 * masks come from labels.seed. batch must live until the backward pass is done. */
void guise_stepper_forward (GuiseStepper *stepper, const GuiseBatch *batch, guint wanted,
                            double dropout);
/* Valid until the next forward. */
const GuiseLosses *guise_stepper_get_losses (const GuiseStepper *stepper);
const GuiseImageHeads *guise_stepper_get_image_heads (const GuiseStepper *stepper);
/* A term's value, or 0 where it was not computed. */
double guise_stepper_get_loss (const GuiseStepper *stepper, GuiseTerm term);
/* ‖gradient of the term at [pooled identity; pooled clothing]‖; 0 where it was not computed. */
double guise_stepper_get_task_norm (GuiseStepper *stepper, GuiseTerm term);
/* Gradients of Σ weights[k]·L_k + gate_weight·L_gate; weights [GUISE_N_TERMS]. Returns the global
 * norm of the gradient, which is not finite if any number in it is not. */
double guise_stepper_backward (GuiseStepper *stepper, const double *weights);
/* [params->n_trained], of the last backward. */
const nn_real *guise_stepper_get_grads (const GuiseStepper *stepper);

/* What steps took so far. */
typedef struct {
  gsize n_nodes;                     /* operations on the encoders' tapes after the last step */
  gsize images, texts, heads, tapes; /* bytes, the most that each tape had in use, and their sum */
  gsize grads;                       /* bytes, of all lanes */
  gsize copies;                      /* bytes of the weights' copies in bf16 */
} GuiseStepperUse;

void guise_stepper_get_use (const GuiseStepper *stepper, GuiseStepperUse *use);
/* Blocks of memory that the tapes have asked for so far: stays the same once the first steps are
 * over. */
gsize guise_stepper_get_n_allocations (const GuiseStepper *stepper);
