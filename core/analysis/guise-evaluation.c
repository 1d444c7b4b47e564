#include "guise-evaluation.h"

#include <math.h>

GuiseJudgement
guise_evaluation_judge (const GuiseEvaluationSide *queries, const GuiseEvaluationSide *gallery,
                        GuisePositives positives, GuiseProtocol protocol)
{
  gboolean outfits = positives == GUISE_POSITIVES_OUTFIT && protocol == GUISE_PROTOCOL_STANDARD;
  gboolean pictures = queries->items != NULL && gallery->items != NULL;
  gboolean change = protocol == GUISE_PROTOCOL_CLOTHING_CHANGE;

  return (GuiseJudgement){
    .n_queries = queries->n,
    .n_gallery = gallery->n,
    .query_ids = outfits ? queries->outfits : queries->persons,
    .gallery_ids = outfits ? gallery->outfits : gallery->persons,
    .query_persons = queries->persons,
    .gallery_persons = gallery->persons,
    .query_outfits = change ? queries->outfits : NULL,
    .gallery_outfits = change ? gallery->outfits : NULL,
    .query_items = pictures ? queries->items : NULL,
    .gallery_items = pictures ? gallery->items : NULL,
  };
}

gboolean
guise_evaluate (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                const GuiseEvaluationSide *queries, const GuiseEvaluationSide *gallery, size_t dim,
                GuisePositives positives, GuiseProtocol protocol, const double *lambdas,
                size_t n_lambdas, NnTeam *team, GError **error)
{
  const GuiseJudgement judgement = guise_evaluation_judge (queries, gallery, positives, protocol);
  const GuiseEmbeddings embeddings = {
    .dim = dim,
    .query_identity = queries->identity,
    .query_clothing = queries->clothing,
    .gallery_identity = gallery->identity,
    .gallery_clothing = gallery->clothing,
  };

  return guise_metrics_sweep (metrics, per_query, &judgement, &embeddings, lambdas, n_lambdas, team,
                              error);
}

double
guise_evaluation_get_lambda (size_t index)
{
  return (double)index / (GUISE_EVALUATION_N_LAMBDAS - 1);
}

gboolean
guise_evaluation_sweep (GuiseMetrics *metrics, size_t *best, const GuiseEvaluationSide *queries,
                        const GuiseEvaluationSide *gallery, size_t dim, GuisePositives positives,
                        NnTeam *team, GError **error)
{
  double lambdas[GUISE_EVALUATION_N_LAMBDAS];

  for (size_t i = 0; i < GUISE_EVALUATION_N_LAMBDAS; i++)
    lambdas[i] = guise_evaluation_get_lambda (i);
  if (!guise_evaluate (metrics, NULL, queries, gallery, dim, positives, GUISE_PROTOCOL_STANDARD,
                       lambdas, GUISE_EVALUATION_N_LAMBDAS, team, error))
    return FALSE;
  *best = (GUISE_EVALUATION_N_LAMBDAS - 1) / 2;
  if (isnan (metrics[0].r1))
    return TRUE;
  *best = 0;
  for (size_t i = 1; i < GUISE_EVALUATION_N_LAMBDAS; i++)
    if (metrics[i].r1 > metrics[*best].r1
        || (metrics[i].r1 == metrics[*best].r1 && metrics[i].map > metrics[*best].map))
      *best = i;
  return TRUE;
}
