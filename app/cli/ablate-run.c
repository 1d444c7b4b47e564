#include "ablate-run.h"

#include <math.h>
#include <string.h>

#include "guise-evaluator.h"
#include "guise-folder.h"
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

static GuiseTrainingData *
describe (const AblateSession *session, AblateRow *row, GError **error)
{
  GuiseRestyledOptions options
      = { .lexicon = session->lexicon, .seed = row->seed, .n_persons = session->n_persons };
  g_autoptr (GuiseStyles) styles = NULL;
  GuiseClusterMethod method;

  if (guise_cluster_method_parse (row->variant, &method)) {
    styles = find_styles (session, method, row->seed, error);
    if (styles == NULL)
      return NULL;
    row->n_styles = (guint)styles->n_styles;
  }
  options.styles = styles;
  return guise_training_data_restyle (session->data, &options, session->global->cancellable,
                                      error);
}

/* ---- training ---- */

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
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
    cli_print_json (json_pack ("{s:s, s:s, s:O, s:O}", "event", "progress", "what", session->what,
                               "done", json_object_get (event, "step"), "total",
                               json_object_get (event, "steps")));
  else if (strcmp (name, "warning") == 0)
    cli_print_json (json_incref (event));
}

static GuiseTrainer *
open_trainer (AblateSession *session, const GuiseTrainerOptions *options, const AblateRow *row,
              GError **error)
{
  g_autofree char *folder = g_build_filename (options->runs_folder, options->name, NULL);
  GuiseTrainerSetup setup = { .preset = session->preset,
                              .config = session->config,
                              .seed = row->seed,
                              .splits = 1u << GUISE_SPLIT_TRAIN };

  return g_file_test (folder, G_FILE_TEST_EXISTS)
             ? guise_trainer_resume (options, session->global->cancellable, error)
             : guise_trainer_create (options, &setup, session->global->cancellable, error);
}

/* A training that is done already is no error: the evaluation was interrupted. */
static gboolean
train (AblateSession *session, const AblateTable *table, const char *name, AblateRow *row,
       GError **error)
{
  g_autoptr (GuiseTrainingData) data = describe (session, row, error);
  const GuiseTrainerOptions options = {
    .runs_folder = table->folder,
    .name = name,
    .data = data,
    .source = { guise_project_get_decoder (session->project), get_root, session->project },
    .n_threads = session->n_threads,
    .event = tell,
    .event_data = session,
  };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) problem = NULL;
  gboolean good;

  if (data == NULL)
    return FALSE;
  trainer = open_trainer (session, &options, row, &problem);
  good = trainer != NULL ? guise_trainer_run (trainer, session->global->cancellable, error)
                         : g_error_matches (problem, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_FINISHED);
  train_display_end (&session->display);
  if (trainer == NULL && !good)
    g_propagate_error (error, g_steal_pointer (&problem));
  return good;
}

/* ---- evaluation ---- */

/* Captions as the data set's annotators wrote them, by the λ that validation chose. */
static gboolean
evaluate (const AblateSession *session, const char *folder, AblateRow *row, GError **error)
{
  GCancellable *cancellable = session->global->cancellable;
  g_autoptr (GuiseSearchModel) model = guise_search_model_open (folder, session->n_threads, error);
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GuiseEvaluator) evaluator = NULL;
  GuiseEvaluatorOptions what = { .question = GUISE_QUESTION_CAPTION, .lambda = -1 };
  GuiseIndexReport report = { 0 };
  GuiseMetrics metrics;

  if (model == NULL)
    return FALSE;
  index = guise_project_embed_data (session->project, model, session->test, &report, NULL, NULL,
                                    cancellable, error);
  g_free (report.unreadable);
  if (index == NULL)
    return FALSE;
  evaluator = guise_evaluator_new (model, index, session->test);
  what.positives = guise_evaluator_prefers_outfits (evaluator) ? GUISE_POSITIVES_OUTFIT
                                                               : GUISE_POSITIVES_PERSON;
  if (!guise_evaluator_run (evaluator, &what, &metrics, cancellable, error))
    return FALSE;
  if (isnan (metrics.r1)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "no caption of 'test' has its person among the images there: nothing can be "
                 "measured");
    return FALSE;
  }
  row->r1 = metrics.r1;
  row->r5 = metrics.r5;
  row->r10 = metrics.r10;
  row->map = metrics.map;
  return TRUE;
}

gboolean
ablate_run (AblateSession *session, const AblateTable *table, AblateRow *row, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s-s%" G_GUINT64_FORMAT, row->variant, row->seed);
  g_autofree char *folder = g_build_filename (table->folder, name, NULL);
  g_autofree char *checkpoints = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *what = g_strdup_printf ("%s, seed %" G_GUINT64_FORMAT, row->variant, row->seed);

  session->what = what;
  if (!train (session, table, name, row, error) || !evaluate (session, folder, row, error)) {
    g_prefix_error (error, "%s: ", what);
    session->what = NULL;
    return FALSE;
  }
  session->what = NULL;
  return guise_folder_remove (checkpoints, error); /* best/ is what was evaluated */
}
