/* The loss terms of one batch (paper, section 3.5 and Eqs. 1-4; docs/MODEL.md). */
#pragma once

#include "guise-network.h"

enum { GUISE_TEXT_IDENTITY,
       GUISE_TEXT_CLOTHING,
       GUISE_TEXT_CAPTION,
       GUISE_N_TEXTS };

/* Who is who in a batch of `size` images; the arrays are borrowed. */
typedef struct {
  gsize size;
  const gint64 *person, *outfit;
  /* A wrong text for each image and a wrong image for each text, -1 = none; NULL = drawn with
   * `seed` from softmax(S/2) over other persons. */
  const gint64 *negative_texts, *negative_images;
  guint64 seed;
} GuiseLabels;

typedef struct {
  GraphTensor *term[GUISE_N_TERMS]; /* [1,1]; NULL = not computed */
  GraphTensor *gate;                /* [1,1] */
  GuiseFusion fusion;               /* of the true pairs; NULL where it did not run */
} GuiseLosses;

enum {
  GUISE_WANT_ALL_TERMS = (1 << GUISE_N_TERMS) - 1,
  GUISE_WANT_FUSION = 1 << GUISE_N_TERMS
}; /* the fused feature, also where no term needs it */

/* Computes the terms of config.loss.terms that are in `wanted` (bit 1 << term), and the gate's
 * penalty. The fusion runs as far as these need it. texts: [GUISE_N_TEXTS]. */
void guise_losses_forward (const GuiseModel *model, GraphTape *tape, const GuiseImageHeads *image,
                           const GuiseTextHeads *texts, const GuiseLabels *labels, guint wanted,
                           GuiseLosses *losses);

/* What an InfoNCE term can reach at best, the mean of ln|P_i|, with the positives that `term` has
 * in this batch. */
double guise_losses_get_floor (GuiseTerm term, const GuiseLabels *labels);
/* Its value for a network that knows nothing: ln B. */
double guise_losses_get_chance (const GuiseLabels *labels);
