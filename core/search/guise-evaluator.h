/* Evaluation of a model on the images and texts of a split (docs/MODEL.md, "Evaluation"): the
 * queries of each kind are embedded once, then judged as often as one likes. */
#pragma once

#include "guise-evaluation.h"
#include "guise-index.h"
#include "guise-search-model.h"
#include "guise-store-training.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_QUESTION_CAPTION, /* every free caption: λ (t·v) + (1-λ) (u·c) */
  GUISE_QUESTION_WHO,     /* every identity description: t·v alone */
  GUISE_QUESTION_WEARING, /* every clothing description: u·c alone */
  GUISE_QUESTION_BOTH,    /* an image's identity and clothing description, the first, the second…:
                           * t from the one, u from the other */
  GUISE_QUESTION_IMAGE,   /* every picture; it is not in its own gallery */
} GuiseQuestion;
#define GUISE_N_QUESTIONS 5

/* "caption", "who", "wearing", "both", "image". */
const char *guise_question_to_string (GuiseQuestion question);
gboolean guise_question_from_string (const char *name, GuiseQuestion *question);

typedef struct {
  GuiseQuestion question;
  GuisePositives positives;
  GuiseProtocol protocol;
  double lambda; /* < 0 = the default: the run's for captions, 0.5 for both, 1 (v·v alone) for
                  * pictures; who and wearing have one part and no use for it */
  gboolean rerank;
} GuiseEvaluatorOptions;

typedef struct _GuiseEvaluator GuiseEvaluator;

/* data: the split's images and texts, which ask; those of its images that the index holds are the
 * gallery. All are borrowed but the references. */
GuiseEvaluator *guise_evaluator_new (GuiseSearchModel *model, GuiseIndex *index,
                                     const GuiseTrainingData *data);
void guise_evaluator_free (GuiseEvaluator *evaluator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseEvaluator, guise_evaluator_free)

/* Whether outfits are known at all, so that positives and protocol may ask for them. */
gboolean guise_evaluator_knows_outfits (const GuiseEvaluator *evaluator);
/* Whether they are known for most images, so that they are the better question. */
gboolean guise_evaluator_prefers_outfits (const GuiseEvaluator *evaluator);
/* λ that options mean. */
double guise_evaluator_get_lambda (const GuiseEvaluator *evaluator,
                                   const GuiseEvaluatorOptions *options);

/* Errors: GUISE_SEARCH_ERROR_ARGUMENT (outfits that nobody knows; reranking without a text that
 * says who; no query of the kind), GUISE_SEARCH_MODEL_ERROR_NO_MATCH, GUISE_METRICS_ERROR,
 * G_IO_ERROR_CANCELLED. */
gboolean guise_evaluator_run (GuiseEvaluator *evaluator, const GuiseEvaluatorOptions *options,
                              GuiseMetrics *metrics, GCancellable *cancellable, GError **error);
/* Captions at λ = 0, 0.05 … 1: see guise_evaluation_sweep(). */
gboolean guise_evaluator_sweep (GuiseEvaluator *evaluator, GuisePositives positives,
                                GuiseMetrics *metrics, size_t *best, GCancellable *cancellable,
                                GError **error);

G_END_DECLS
