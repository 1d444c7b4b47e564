/* Retrieval on the validation images while training: captions against images with λ swept over 0,
 * 0.05 … 1, and the three questions that need no λ of their own. */
#pragma once

#include "guise-embedder.h"
#include "guise-metrics.h"
#include "guise-train-set.h"

typedef struct {
  double lambda;        /* see guise_evaluation_sweep() */
  GuiseMetrics caption; /* free captions at that λ */
  GuiseMetrics who;     /* identity descriptions, t·v alone; positives: the person */
  GuiseMetrics wearing; /* clothing descriptions, u·c alone */
  GuiseMetrics both;    /* an image's two descriptions, λ = 0.5 */
  double seconds;
} GuiseValidationResult;

typedef struct _GuiseValidation GuiseValidation;

/* set, model and team are borrowed. by_outfit: a hit is the same person in the same outfit (who
 * apart), else the same person. Memory for everything is taken here. */
GuiseValidation *guise_validation_new (const GuiseTrainSet *set, gboolean by_outfit,
                                       const GuiseModel *model, NnTeam *team);
void guise_validation_free (GuiseValidation *validation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseValidation, guise_validation_free)

/* With the model's present values. A picture that does not decode any more is grey. Fails with
 * G_IO_ERROR_CANCELLED, soon after cancellable was, and with GUISE_METRICS_ERROR. */
gboolean guise_validation_run (GuiseValidation *validation, GuiseValidationResult *result,
                               GCancellable *cancellable, GError **error);
