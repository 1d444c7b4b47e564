/* guisectl eval: the retrieval figures of a run on a split. */
#include "cli-commands.h"
#include "cli-precision.h"
#include "cli-retrieval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "guise-evaluator.h"

typedef struct {
  char *run, *split, *query, *positives, *protocol, *lambda, *precision;
  gboolean rerank;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->run);
  g_free (options->split);
  g_free (options->query);
  g_free (options->positives);
  g_free (options->protocol);
  g_free (options->lambda);
  g_free (options->precision);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char *
describe_positives (const GuiseEvaluatorOptions *what)
{
  if (what->protocol == GUISE_PROTOCOL_CLOTHING_CHANGE)
    return "clothing-change";
  return what->positives == GUISE_POSITIVES_OUTFIT ? "outfit" : "person";
}

/* "not measured" has no number. */
static json_t *
number_or_null (double value)
{
  return isnan (value) ? json_null () : json_real (value);
}

static json_t *
row_to_json (const GuiseEvaluatorOptions *what, double lambda, const GuiseMetrics *m)
{
  return json_pack ("{s:s, s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "query",
                    guise_question_to_string (what->question), "positives",
                    what->positives == GUISE_POSITIVES_OUTFIT ? "outfit" : "person", "protocol",
                    what->protocol == GUISE_PROTOCOL_STANDARD ? "standard" : "clothing-change",
                    "lambda", lambda, "r1", number_or_null (m->r1), "r5", number_or_null (m->r5),
                    "r10", number_or_null (m->r10), "map", number_or_null (m->map), "minp",
                    number_or_null (m->minp), "queries", (json_int_t)m->n_queries, "gallery",
                    (json_int_t)m->n_gallery, "skipped", (json_int_t)m->n_skipped);
}

static void
print_heading (const CliRetrieval *retrieval, const char *split, size_t n_gallery)
{
  printf ("%s, step %" G_GUINT64_FORMAT ", on '%s': %zu images\n",
          guise_search_model_get_name (retrieval->model),
          guise_search_model_get_step (retrieval->model), split, n_gallery);
  puts ("query    hits               λ    R@1    R@5   R@10    mAP   mINP  queries  skipped");
}

static void
print_figure (double value)
{
  if (isnan (value))
    printf ("      -");
  else
    printf (" %6.1f", value);
}

static void
print_row (const GuiseEvaluatorOptions *what, double lambda, const GuiseMetrics *m)
{
  printf ("%-8s %-15s %4.2f", guise_question_to_string (what->question), describe_positives (what),
          lambda);
  print_figure (m->r1);
  print_figure (m->r5);
  print_figure (m->r10);
  print_figure (m->map);
  print_figure (m->minp);
  printf (" %8zu %8zu%s\n", m->n_queries, m->n_skipped, what->rerank ? "  reranked" : "");
}

/* The demo's figures: what each kind of query is for. */
static guint
plan_all (const GuiseEvaluator *evaluator, GuiseEvaluatorOptions *plan)
{
  static const GuiseQuestion order[] = { GUISE_QUESTION_CAPTION, GUISE_QUESTION_WEARING,
                                         GUISE_QUESTION_WHO, GUISE_QUESTION_BOTH,
                                         GUISE_QUESTION_IMAGE };
  gboolean outfits = guise_evaluator_prefers_outfits (evaluator);

  for (guint i = 0; i < GUISE_N_QUESTIONS; i++)
    plan[i] = (GuiseEvaluatorOptions){
      .question = order[i],
      .positives
      = outfits && order[i] != GUISE_QUESTION_WHO && order[i] != GUISE_QUESTION_IMAGE,
      .protocol = outfits && order[i] == GUISE_QUESTION_IMAGE,
      .lambda = -1,
    };
  return GUISE_N_QUESTIONS;
}

/* Kinds of which there are no queries are left out of a table of all. */
static json_t *
evaluate_all (CliRetrieval *retrieval, GuiseEvaluator *evaluator, const char *split, guint n_images,
              GError **error)
{
  CliGlobal *global = retrieval->global;
  GuiseEvaluatorOptions plan[GUISE_N_QUESTIONS];
  guint n = plan_all (evaluator, plan);
  json_t *rows = json_array ();

  if (!global->json && !global->quiet)
    print_heading (retrieval, split, n_images);
  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) problem = NULL;
    double lambda = guise_evaluator_get_lambda (evaluator, &plan[i]);
    GuiseMetrics metrics;

    if (guise_evaluator_run (evaluator, &plan[i], &metrics, global->cancellable, &problem)) {
      if (!global->json && !global->quiet)
        print_row (&plan[i], lambda, &metrics);
      json_array_append_new (rows, row_to_json (&plan[i], lambda, &metrics));
    } else if (!g_error_matches (problem, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      json_decref (rows);
      return NULL;
    }
  }
  return json_pack ("{s:s, s:s, s:o}", "run", guise_search_model_get_name (retrieval->model),
                    "split", split, "rows", rows);
}

static json_t *
evaluate_one (CliRetrieval *retrieval, GuiseEvaluator *evaluator, const char *split,
              const GuiseEvaluatorOptions *what, GError **error)
{
  CliGlobal *global = retrieval->global;
  double lambda = guise_evaluator_get_lambda (evaluator, what);
  GuiseMetrics metrics;

  if (!guise_evaluator_run (evaluator, what, &metrics, global->cancellable, error))
    return NULL;
  if (!global->json && !global->quiet) {
    print_heading (retrieval, split, metrics.n_gallery);
    print_row (what, lambda, &metrics);
  }
  return row_to_json (what, lambda, &metrics);
}

static int
evaluate (CliGlobal *global, const Options *options, guint splits, gboolean all,
          const GuiseEvaluatorOptions *what)
{
  g_auto (CliRetrieval) retrieval = { 0 };
  g_autoptr (GuiseTrainingData) data = NULL;
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GuiseEvaluator) evaluator = NULL;
  g_autoptr (GError) error = NULL;
  const char *split = options->split != NULL ? options->split : "test";
  GuisePrecision precision, *chosen = NULL;
  json_t *result;

  if (options->precision != NULL && guise_precision_parse (options->precision, &precision))
    chosen = &precision;
  if (!cli_retrieval_open (&retrieval, global, options->run, chosen, &error)
      || (what->rerank && !guise_search_model_check_match (retrieval.model, &error)))
    return cli_fail (global, error);
  index = cli_retrieval_embed_splits (&retrieval, splits, &data, &error);
  if (index == NULL)
    return cli_fail (global, error);
  evaluator = guise_evaluator_new (retrieval.model, index, data);
  result = all ? evaluate_all (&retrieval, evaluator, split,
                               (guint)guise_index_get_n_images (index), &error)
               : evaluate_one (&retrieval, evaluator, split, what, &error);
  if (result == NULL)
    return cli_fail (global, error);
  cli_put_result (global, result);
  return CLI_DONE;
}

/* FALSE after a line of wrong usage. */
static gboolean
read_options (const Options *options, GuiseEvaluatorOptions *what, guint *splits, gboolean *all)
{
  g_autoptr (GError) error = NULL;

  *what = (GuiseEvaluatorOptions){ .lambda = -1, .rerank = options->rerank };
  *all = options->query != NULL && strcmp (options->query, "all") == 0;
  *splits = guise_splits_parse (options->split != NULL ? options->split : "test", &error);
  if (options->run == NULL)
    cli_usage ("eval: --run is missing");
  else if (*splits == 0)
    cli_usage ("eval: %s", error->message);
  else if (*all
           && (options->positives != NULL || options->protocol != NULL || options->lambda != NULL
               || options->rerank))
    cli_usage ("eval: --query all has its own positives, protocol and λ, and does not rerank");
  else if (!*all && options->query != NULL
           && !guise_question_from_string (options->query, &what->question))
    cli_usage ("eval: unknown query: '%s'", options->query);
  else if (options->positives != NULL && strcmp (options->positives, "outfit") != 0
           && strcmp (options->positives, "person") != 0)
    cli_usage ("eval: --positives is neither person nor outfit: '%s'", options->positives);
  else if (options->protocol != NULL && strcmp (options->protocol, "standard") != 0
           && strcmp (options->protocol, "clothing-change") != 0)
    cli_usage ("eval: --protocol is neither standard nor clothing-change: '%s'",
               options->protocol);
  else if (cli_parse_lambda ("eval", options->lambda, &what->lambda)) {
    what->positives = options->positives != NULL && strcmp (options->positives, "outfit") == 0;
    what->protocol = options->protocol != NULL && strcmp (options->protocol, "standard") != 0;
    return TRUE;
  }
  return FALSE;
}

int
cmd_eval (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "run", 0, 0, G_OPTION_ARG_STRING, &options.run, "The run to evaluate", "NAME" },
    { "split", 0, 0, G_OPTION_ARG_STRING, &options.split, "Default: test", "SPLITS" },
    { "query", 0, 0, G_OPTION_ARG_STRING, &options.query,
      "caption (default), who, wearing, both, image, or all: a table of them as the demo's figures "
      "are counted",
      "KIND" },
    { "positives", 0, 0, G_OPTION_ARG_STRING, &options.positives,
      "What counts as a hit: person (default) or outfit", "WHAT" },
    { "protocol", 0, 0, G_OPTION_ARG_STRING, &options.protocol,
      "standard (default) or clothing-change: the same person in another outfit", "NAME" },
    { "lambda", 0, 0, G_OPTION_ARG_STRING, &options.lambda,
      "Weight of identity (default: caption the run's, both 0.5, image 1; who is 1 and wearing 0 "
      "always)",
      "X" },
    { "rerank", 0, 0, G_OPTION_ARG_NONE, &options.rerank,
      "Reorder the top 128 by the match logit", NULL },
    CLI_PRECISION_ENTRY (&options.precision, "Of the encoders' products (default: the index's; "
                                             "another one embeds all anew)"),
    G_OPTION_ENTRY_NULL
  };
  GuiseEvaluatorOptions what;
  GuisePrecision precision;
  gboolean all;
  guint splits;

  if (!cli_parse (global, entries, NULL,
                  "Retrieval figures in percent: every query against all images of the split. "
                  "Queries without\na hit in the gallery are skipped and counted.",
                  "guisectl eval --run demo --query wearing --positives outfit", 0, 0, &argc,
                  &argv))
    return CLI_USAGE;
  if (!read_options (&options, &what, &splits, &all)
      || !cli_parse_precision (global, options.precision, &precision))
    return CLI_USAGE;
  return evaluate (global, &options, splits, all, &what);
}
