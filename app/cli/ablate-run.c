#include "ablate-run.h"

#include <math.h>
#include <string.h>

#include "cli-attributes.h"
#include "guise-evaluator.h"
#include "guise-folder.h"
#include "guise-leakage.h"
#include "guise-project-search.h"
#include "guise-restyled-data.h"
#include "guise-trainer.h"

/* ---- descriptions ---- */

/* Styles of the training images' free captions. */
static GuiseStyles *
find_styles (const AblateSession *session, GuiseClusterMethod method, guint64 seed, GError **error)
{
  const GuiseTrainingData *data = session->data;
  const GuiseStyleOptions options = { .method = method, .n_exemplars = 12, .seed = seed };
  GuiseWork work = { .cancellable = session->global->cancellable };
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  GuiseStyles *styles;

  for (size_t i = 0; i < data->n_images; i++)
    for (size_t c = data->caption_start[i]; c < data->caption_start[i + 1]; c++)
      if (data->splits[i] == GUISE_SPLIT_TRAIN && data->caption_kinds[c] == GUISE_CAPTION_FREE)
        g_ptr_array_add (texts, (gpointer)data->texts[c]);
  work.team = nn_team_create (session->n_threads);
  styles = guise_styles_find (session->lexicon, (const char *const *)texts->pdata, NULL, texts->len,
                              &options, &work, error);
  nn_team_free (work.team);
  return styles;
}

/* What the variant is trained with: the project's data, or a copy with fewer persons or other
 * descriptions, for *made. */
static const GuiseTrainingData *
prepare (const AblateSession *session, const GuiseVariant *variant, AblateRow *row,
         GuiseTrainingData **made, GError **error)
{
  GuiseRestyledOptions options = { .seed = row->seed, .n_persons = session->n_persons };
  g_autoptr (GuiseStyles) styles = NULL;
  GuiseClusterMethod method;

  if (variant->styles == NULL && session->n_persons == 0)
    return session->data;
  if (variant->styles != NULL) {
    options.lexicon = session->lexicon;
    if (guise_cluster_method_parse (variant->styles, &method)) {
      options.styles = styles = find_styles (session, method, row->seed, error);
      if (styles == NULL)
        return NULL;
      row->n_styles = (guint)styles->n_styles;
    }
  }
  return *made = guise_training_data_restyle (session->data, &options,
                                              session->global->cancellable, error);
}

/* ---- training ---- */

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
}

/* Seconds to the end of all runs, by what this one has taken so far. */
static double
guess_rest (const AblateSession *session, double done, double total)
{
  double taken = (double)(g_get_monotonic_time () - session->started) / 1e6;

  return (done > 0 ? taken * (total - done) / done : session->seconds_per_run)
         + (session->n_runs - session->run) * session->seconds_per_run;
}

static void
tell_progress (const AblateSession *session, json_t *event)
{
  json_t *done = json_object_get (event, "step"), *total = json_object_get (event, "steps");

  cli_print_json (json_pack ("{s:s, s:s, s:O, s:O, s:i, s:i, s:f}", "event", "progress", "what",
                             session->what, "done", done, "total", total, "run", (int)session->run,
                             "runs", (int)session->n_runs, "eta_s",
                             guess_rest (session, json_number_value (done),
                                         json_number_value (total))));
}

/* A script is told how far it is, and of warnings; the end of one training is not the end. */
static void
tell (json_t *event, gpointer user_data)
{
  AblateSession *session = user_data;
  const char *name = json_string_value (json_object_get (event, "event"));

  if (!session->global->json)
    train_display_event (event, &session->display);
  else if (strcmp (name, "step") == 0)
    tell_progress (session, event);
  else if (strcmp (name, "warning") == 0)
    cli_print_json (json_incref (event));
}

/* What was begun under this name must be the same training. */
static gboolean
check_begun (const char *folder, const GuiseVariant *variant, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  json_auto_t *wanted = guise_config_to_json (&variant->config), *kept = NULL;
  GuiseConfig config;

  if (!guise_config_load (&config, path, error))
    return FALSE;
  kept = guise_config_to_json (&config);
  if (json_equal (wanted, kept))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "'%s' holds a training with another configuration: remove it, or begin anew under "
               "another --name",
               folder);
  return FALSE;
}

static GuiseTrainer *
open_trainer (AblateSession *session, const GuiseTrainerOptions *options,
              const GuiseVariant *variant, AblateRow *row, GError **error)
{
  g_autofree char *folder = g_build_filename (options->runs_folder, options->name, NULL);
  GuiseTrainerSetup setup = { .preset = session->preset,
                              .pretrained = &session->start,
                              .config = variant->config,
                              .seed = row->seed,
                              .splits = 1u << GUISE_SPLIT_TRAIN };

  row->resumed = g_file_test (folder, G_FILE_TEST_EXISTS);
  if (!row->resumed)
    return guise_trainer_create (options, &setup, session->global->cancellable, error);
  return check_begun (folder, variant, error)
             ? guise_trainer_resume (options, session->global->cancellable, error)
             : NULL;
}

/* A training that is done already is no error: the evaluation was interrupted. */
static gboolean
train (AblateSession *session, const char *folder, const char *name, const GuiseVariant *variant,
       AblateRow *row, GError **error)
{
  g_autoptr (GuiseTrainingData) made = NULL;
  GuiseTrainerOptions options = {
    .runs_folder = folder,
    .name = name,
    .data = prepare (session, variant, row, &made, error),
    .source = { guise_project_get_decoder (session->project), get_root, session->project },
    .n_threads = session->n_threads,
    .event = tell,
    .event_data = session,
  };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) problem = NULL;
  gboolean good;

  if (options.data == NULL)
    return FALSE;
  trainer = open_trainer (session, &options, variant, row, &problem);
  good = trainer != NULL ? guise_trainer_run (trainer, session->global->cancellable, error)
                         : g_error_matches (problem, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_FINISHED);
  train_display_end (&session->display);
  if (trainer == NULL && !good)
    g_propagate_error (error, g_steal_pointer (&problem));
  return good;
}

/* ---- evaluation ---- */

/* What a query asks of this test split; FALSE: nothing, it cannot be asked here. */
static gboolean
plan_query (AblateQuery query, const GuiseVariant *variant, const GuiseEvaluator *evaluator,
            GuiseEvaluatorOptions *what)
{
  static const GuiseQuestion questions[ABLATE_N_QUERIES] = {
    GUISE_QUESTION_CAPTION, GUISE_QUESTION_CAPTION, GUISE_QUESTION_WHO, GUISE_QUESTION_WEARING,
    GUISE_QUESTION_BOTH, GUISE_QUESTION_IMAGE, GUISE_QUESTION_WHO
  };
  gboolean outfits = guise_evaluator_prefers_outfits (evaluator);

  *what = (GuiseEvaluatorOptions){ .question = questions[query], .lambda = -1 };
  if (outfits
      && (query == ABLATE_OUTFIT || query == ABLATE_WEARING || query == ABLATE_BOTH))
    what->positives = GUISE_POSITIVES_OUTFIT;
  if (query == ABLATE_IMAGE)
    what->protocol = GUISE_PROTOCOL_CLOTHING_CHANGE;
  what->rerank = query == ABLATE_RERANKED;
  return query == ABLATE_OUTFIT || query == ABLATE_IMAGE ? outfits
         : query == ABLATE_RERANKED                      ? variant->reranks
                                                         : TRUE;
}

/* Queries of which a data set has none are left out; captions it must have. */
static gboolean
ask (const AblateSession *session, const GuiseVariant *variant, GuiseEvaluator *evaluator,
     AblateRow *row, GError **error)
{
  for (AblateQuery query = 0; query < ABLATE_N_QUERIES; query++) {
    g_autoptr (GError) problem = NULL;
    GuiseEvaluatorOptions what;

    if (!plan_query (query, variant, evaluator, &what)
        || guise_evaluator_run (evaluator, &what, &row->metrics[query],
                                session->global->cancellable, &problem))
      continue;
    if (query == ABLATE_CAPTION
        || !g_error_matches (problem, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  if (!isnan (row->metrics[ABLATE_CAPTION].r1))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "no caption of 'test' has its person among the images there: nothing can be "
               "measured");
  return FALSE;
}

/* What nobody knows of this data set is not probed. */
static gboolean
probe (const AblateSession *session, const GuiseIndex *index, AblateRow *row, GError **error)
{
  static const char *const attributes[] = { "upper_colour", NULL };
  gboolean known = g_hash_table_size (session->attributes) > 0;
  const GuiseLeakageOptions options = { .attributes = known ? attributes : NULL,
                                        .label = cli_attributes_get,
                                        .label_data = session->attributes,
                                        .test = 1u << GUISE_SPLIT_TEST };
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) rows = guise_leakage_compute (index, session->probed, &options, NULL, NULL,
                                                      session->global->cancellable, &problem);

  if (rows == NULL
      && !g_error_matches (problem, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const GuiseLeakageRow *got = rows->pdata[i];

    for (guint p = 0; p < ABLATE_N_PROBES; p++)
      if (strcmp (got->name, ablate_probe_name (p)) == 0)
        row->probes[p] = (AblateProbe){ got->identity.accuracy, got->clothing.accuracy,
                                        got->identity.majority };
  }
  return TRUE;
}

static gboolean
evaluate (const AblateSession *session, const char *folder, const GuiseVariant *variant,
          AblateRow *row, GError **error)
{
  g_autoptr (GuiseSearchModel) model = guise_search_model_open (folder, session->n_threads, error);
  g_autoptr (GuiseRunInfo) info = model != NULL ? guise_run_info_load (folder, error) : NULL;
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GuiseEvaluator) evaluator = NULL;
  g_auto (GuiseProjectIndexReport) report = { 0 };

  if (info == NULL)
    return FALSE;
  guise_search_model_choose_precision (model, GUISE_PRECISION_FLOAT32); /* of no index beside it */
  row->lambda = info->lambda;
  row->best = info->best != NULL ? json_integer_value (json_object_get (info->best, "step"))
                                 : (gint64)info->step;
  index = guise_project_embed_data (session->project, model, session->probed, &report, NULL, NULL,
                                    session->global->cancellable, error);
  if (index == NULL)
    return FALSE;
  evaluator = guise_evaluator_new (model, index, session->test);
  return ask (session, variant, evaluator, row, error) && probe (session, index, row, error);
}

static gboolean
train_and_ask (AblateSession *session, const char *folder, const GuiseVariant *variant,
               AblateRow *row, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s-s%" G_GUINT64_FORMAT, variant->name, row->seed);
  g_autofree char *run = g_build_filename (folder, name, NULL);
  g_autofree char *checkpoints = g_build_filename (run, "checkpoints", NULL);

  return train (session, folder, name, variant, row, error)
         && evaluate (session, run, variant, row, error)
         && guise_folder_remove (checkpoints, error); /* best/ is what was evaluated */
}

gboolean
ablate_run (AblateSession *session, const char *folder, const GuiseVariant *variant, guint64 seed,
            AblateRow *row, GError **error)
{
  g_autofree char *what = g_strdup_printf ("%s, seed %" G_GUINT64_FORMAT, variant->title, seed);
  g_autoptr (GError) problem = NULL;
  gboolean good;

  ablate_row_init (row);
  row->variant = g_strdup (variant->name);
  row->config = ablate_hash_config (variant);
  row->seed = seed;
  session->what = what;
  session->started = g_get_monotonic_time ();
  good = train_and_ask (session, folder, variant, row, &problem);
  row->seconds = (double)(g_get_monotonic_time () - session->started) / 1e6;
  session->what = NULL;
  if (good)
    return TRUE;
  if (g_error_matches (problem, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED)) {
    row->diverged = g_strdup (problem->message); /* and would again: that is what was found */
    return TRUE;
  }
  ablate_row_clear (row);
  g_propagate_prefixed_error (error, g_steal_pointer (&problem), "%s: ", what);
  return FALSE;
}
