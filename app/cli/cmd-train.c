/* guisectl train: new runs, several seeds one after the other, and resuming. */
#include "cli-commands.h"
#include "cli-precision.h"
#include "train-display.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "guise-estimate.h"
#include "guise-project-search.h"
#include "guise-shell-word.h"
#include "guise-store-training.h"
#include "guise-train-split.h"
#include "guise-trainer.h"
#include "nn-gemm.h"

/* A number that was not given. */
#define UNSET G_MININT64

typedef struct {
  char *preset, *data, *seeds, *name, *resume, *from, *vision, *text, *precision;
  char **settings;
  gint64 seed, steps, threads;
  gboolean estimate;
  GuisePrecision chosen; /* what `precision` says */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->preset);
  g_free (options->data);
  g_free (options->seeds);
  g_free (options->name);
  g_free (options->resume);
  g_free (options->from);
  g_free (options->vision);
  g_free (options->text);
  g_free (options->precision);
  g_strfreev (options->settings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef struct {
  CliGlobal *global;
  const Options *options;
  GuiseProject *project; /* to read from */
  GuiseTrainingData *data;
  GArray *seeds; /* guint64, of the runs to train */
  char *runs_folder;
  TrainDisplay display;
  const GuiseCrew *crew; /* NULL = alone */
} Session;

/* Of several processes the first one speaks. */
static gboolean
is_first (const Session *session)
{
  return session->crew == NULL || session->crew->rank == 0;
}

static void
session_clear (Session *session)
{
  guise_training_data_free (session->data);
  g_array_unref (session->seeds);
  g_clear_object (&session->project);
  g_free (session->runs_folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Session, session_clear)

/* ---------------------------------------------------------------- the project */

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
}

/* The project is only read while training, so that its window may write. */
static gboolean
open_session (Session *session, GError **error)
{
  const GuiseTrainingQuery query = { 0 };

  session->project
      = guise_project_open (session->global->project, GUISE_PROJECT_READ_ONLY, error);
  if (session->project == NULL)
    return FALSE;
  session->runs_folder
      = g_build_filename (guise_project_get_folder (session->project), "runs", NULL);
  session->data = guise_store_read_training_data (guise_project_get_store (session->project),
                                                  &query, session->global->cancellable, error);
  return session->data != NULL;
}

/* Tells the project's table of runs, if nobody else holds the project: whoever does reads the
 * folders. */
static void
register_run (const Session *session, const char *name)
{
  g_autoptr (GuiseProject) project
      = is_first (session)
            ? guise_project_open (session->global->project, GUISE_PROJECT_READ_WRITE, NULL)
            : NULL;

  if (project != NULL)
    guise_project_register_run (project, name, NULL);
}

/* -------------------------------------------------------------------- one run */

static GuiseTrainerOptions
make_options (Session *session, const char *name)
{
  return (GuiseTrainerOptions){
    .runs_folder = session->runs_folder,
    .name = name,
    .data = session->data,
    .source = { guise_project_get_decoder (session->project), get_root, session->project },
    .n_threads = session->options->threads != UNSET ? (guint)session->options->threads : 0,
    .crew = session->crew,
    .event = train_display_event,
    .event_data = &session->display,
  };
}

static void
print_summary (const Session *session, const GuiseTrainer *trainer)
{
  const GuiseRunInfo *info = guise_trainer_get_info (trainer);
  const GuiseTrainerTimes *times = guise_trainer_get_times (trainer);

  if (session->global->json || session->global->quiet || !is_first (session))
    return;
  printf ("%s: %s after %" G_GUINT64_FORMAT " steps in %s\n", info->name,
          guise_run_state_to_string (info->state), info->step, guise_trainer_get_folder (trainer));
  if (times->n_steps > 0)
    printf ("seconds: forward %.1f, norms %.1f, backward %.1f, adam %.1f, waiting for batches "
            "%.1f, validation %.1f, checkpoints %.1f\n",
            times->forward, times->norms, times->backward, times->adam, times->wait,
            times->validate, times->checkpoint);
}

/* What a run that was stopped goes on with. */
static const char *
describe_resume (const CliGlobal *global, const char *name)
{
  g_autofree char *project = guise_shell_word (global->project), *run = g_shell_quote (name);
  g_autofree char *option
      = strcmp (global->project, ".") != 0 ? g_strdup_printf ("--project %s ", project) : NULL;
  g_autofree char *text = g_strdup_printf ("go on with `guisectl %strain --resume %s`",
                                           option != NULL ? option : "", run);

  return g_intern_string (text);
}

static gboolean
run_trainer (Session *session, GuiseTrainer *trainer, GError **error)
{
  gboolean good;

  register_run (session, guise_trainer_get_info (trainer)->name);
  good = guise_trainer_run (trainer, session->global->cancellable, error);
  train_display_end (&session->display);
  register_run (session, guise_trainer_get_info (trainer)->name);
  print_summary (session, trainer);
  session->global->go_on
      = describe_resume (session->global, guise_trainer_get_info (trainer)->name);
  return good;
}

/* A run that is done is no error: whoever says --resume wants it done. */
static gboolean
report_done (const Session *session, GError **error)
{
  const CliGlobal *global = session->global;
  g_autofree char *folder
      = guise_project_get_run_folder (session->project, session->options->resume);
  g_autoptr (GuiseRunInfo) info = guise_run_info_load (folder, error);

  if (info == NULL)
    return FALSE;
  register_run (session, info->name);
  if (!is_first (session))
    return TRUE;
  if (global->json)
    cli_print_json (json_pack ("{s:s, s:s, s:I, s:O?, s:O?, s:f}", "event", "done", "run",
                               info->name, "steps", (json_int_t)info->step, "best",
                               json_object_get (info->best, "step"), "metrics", info->best,
                               "lambda", info->lambda));
  else if (!global->quiet)
    printf ("%s: done after %" G_GUINT64_FORMAT " steps in %s: nothing is left to train\n",
            info->name, info->step, folder);
  return TRUE;
}

/* The others wait for the first process, unless it will find nothing to do. */
static gboolean
join (Session *session, GError **error)
{
  const GuiseTrainerOptions options = make_options (session, NULL);
  const char *name = session->options->resume;
  g_autofree char *folder
      = name != NULL ? guise_project_get_run_folder (session->project, name) : NULL;
  g_autoptr (GuiseRunInfo) info = folder != NULL ? guise_run_info_load (folder, NULL) : NULL;
  g_autoptr (GuiseTrainer) trainer = NULL;

  if (info != NULL && info->state == GUISE_RUN_DONE)
    return TRUE;
  trainer = guise_trainer_join (&options, session->global->cancellable, error);
  return trainer != NULL && guise_trainer_run (trainer, session->global->cancellable, error);
}

static gboolean
resume (Session *session, GError **error)
{
  const GuiseTrainerOptions options = make_options (session, session->options->resume);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GuiseTrainer) trainer
      = guise_trainer_resume (&options, session->global->cancellable, &problem);

  train_display_end (&session->display);
  if (trainer != NULL)
    return run_trainer (session, trainer, error);
  if (g_error_matches (problem, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_FINISHED))
    return report_done (session, error);
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* best (may be NULL): the run's best validation. */
static gboolean
train_new (Session *session, const GuiseTrainerSetup *setup, const char *name, json_t **best,
           GError **error)
{
  const GuiseTrainerOptions options = make_options (session, name);
  g_autoptr (GuiseTrainer) trainer = NULL;

  if (!is_first (session))
    return join (session, error);
  trainer = guise_trainer_create (&options, setup, session->global->cancellable, error);
  train_display_end (&session->display);
  if (trainer == NULL || !run_trainer (session, trainer, error))
    return FALSE;
  *best = json_incref (guise_trainer_get_info (trainer)->best);
  return TRUE;
}

/* ------------------------------------------------------------ before it starts */

/* What it will take, told before anything is written; FALSE where it cannot be had. */
static gboolean
tell_estimate (Session *session, const GuiseTrainerSetup *setup, GError **error)
{
  const CliGlobal *global = session->global;
  const char *folder = guise_project_get_folder (session->project);
  guint n_threads = session->options->threads != UNSET ? (guint)session->options->threads : 0;
  GuiseEstimate estimate;

  if (!guise_trainer_check_setup (setup, error))
    return FALSE;
  guise_estimate_make (&estimate, &setup->config, session->data, setup->splits, n_threads,
                       session->crew != NULL ? (guint)session->crew->n : 1,
                       GUISE_TRAINER_PIXEL_BUDGET, folder,
                       is_first (session) && (global->json || session->options->estimate));
  if (global->json && is_first (session)) {
    cli_print_json (guise_estimate_to_json (&estimate, &setup->config));
  } else if (session->options->estimate && is_first (session)) {
    g_autofree char *text = guise_estimate_describe (&estimate, &setup->config);

    fputs (text, stdout);
  }
  return guise_estimate_check (&estimate, &setup->config, folder, error);
}

/* -------------------------------------------------------------- several seeds */

static gboolean
add_seed (GArray *seeds, guint64 seed, GError **error)
{
  for (guint i = 0; i < seeds->len; i++)
    if (g_array_index (seeds, guint64, i) == seed) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "cannot train: the seed %" G_GUINT64_FORMAT " is given twice", seed);
      return FALSE;
    }
  g_array_append_val (seeds, seed);
  return TRUE;
}

static gboolean
parse_seeds (const Options *options, GArray *seeds, GError **error)
{
  g_auto (GStrv) texts
      = g_strsplit (options->seeds != NULL ? options->seeds : "", ",", -1);

  for (gsize i = 0; texts[i] != NULL; i++) {
    guint64 seed;

    if (!g_ascii_string_to_unsigned (g_strstrip (texts[i]), 10, 0, G_MAXINT64, &seed, NULL)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "not a seed: '%s'", texts[i]);
      return FALSE;
    }
    if (!add_seed (seeds, seed, error))
      return FALSE;
  }
  if (options->seeds == NULL)
    g_array_append_val (seeds, options->seed);
  return TRUE;
}

/* The figures that are averaged: where a validation's event has them. */
static const struct {
  const char *name, *group, *key;
} figures[] = { { "r1", NULL, "r1" },
                { "r5", NULL, "r5" },
                { "r10", NULL, "r10" },
                { "map", NULL, "map" },
                { "who_r1", "who", "r1" },
                { "wearing_r1", "wearing", "r1" },
                { "both_r1", "both", "r1" } };

static void
summarise_figure (const GPtrArray *bests, gsize f, double *mean, double *sd)
{
  double sum = 0, squares = 0;

  for (guint i = 0; i < bests->len; i++) {
    json_t *best = bests->pdata[i];
    json_t *group
        = figures[f].group != NULL ? json_object_get (best, figures[f].group) : best;
    double value = json_number_value (json_object_get (group, figures[f].key));

    sum += value;
    squares += value * value;
  }
  *mean = sum / bests->len;
  *sd = bests->len > 1
            ? sqrt (MAX (squares - bests->len * *mean * *mean, 0) / (bests->len - 1))
            : 0;
}

/* Mean and sample standard deviation over the seeds. */
static void
print_seeds (const Session *session, const GPtrArray *names, const GPtrArray *bests)
{
  json_t *runs = json_array (), *means = json_object (), *sds = json_object ();

  for (guint i = 0; i < names->len; i++)
    json_array_append_new (runs, json_string (names->pdata[i]));
  for (gsize f = 0; bests->len > 0 && f < G_N_ELEMENTS (figures); f++) {
    double mean, sd;

    summarise_figure (bests, f, &mean, &sd);
    json_object_set_new (means, figures[f].name, json_real (mean));
    json_object_set_new (sds, figures[f].name, json_real (sd));
    if (!session->global->json)
      printf ("%-10s %5.1f ± %.1f\n", figures[f].name, mean, sd);
  }
  if (session->global->json)
    cli_print_json (json_pack ("{s:s, s:o, s:o, s:o}", "event", "done", "runs", runs, "mean",
                               means, "sd", sds));
  else
    json_decref (runs), json_decref (means), json_decref (sds);
}

static char *
propose_name (const Session *session)
{
  const Options *options = session->options;
  g_autofree char *base = options->from != NULL ? g_path_get_basename (options->from) : NULL;
  const char *stem = base != NULL && guise_run_check_name (base, NULL) ? base
                     : options->preset != NULL                         ? options->preset
                                                                       : "run";

  return options->name != NULL ? g_strdup (options->name)
                               : guise_run_propose_name (session->runs_folder, stem);
}

static gboolean
train_seeds (Session *session, GuiseTrainerSetup *setup, GError **error)
{
  const GArray *seeds = session->seeds;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) bests = g_ptr_array_new_with_free_func ((GDestroyNotify)json_decref);
  g_autofree char *stem = propose_name (session);

  if (session->options->estimate)
    return TRUE;
  for (guint i = 0; i < seeds->len; i++) {
    json_t *best = NULL;

    setup->seed = g_array_index (seeds, guint64, i);
    g_ptr_array_add (names, session->options->seeds != NULL
                                ? g_strdup_printf ("%s-s%" G_GUINT64_FORMAT, stem, setup->seed)
                                : g_strdup (stem));
    if (!train_new (session, setup, names->pdata[i], &best, error))
      return FALSE;
    if (best != NULL)
      g_ptr_array_add (bests, best);
  }
  if (session->options->seeds != NULL && is_first (session))
    print_seeds (session, names, bests);
  return TRUE;
}

/* ---------------------------------------------------------------- the command */

/* CLI_DONE, CLI_FAILED with failure set, or CLI_USAGE after a line that says what is wrong. */
static int
make_setup (const Options *options, GuisePretrainedStart *start, GuiseTrainerSetup *setup,
            GError **failure)
{
  g_autoptr (GError) error = NULL;

  setup->pretrained = start;
  setup->preset = options->from == NULL ? options->preset : NULL;
  setup->from = options->from;
  setup->splits
      = guise_train_split_parse (options->data != NULL ? options->data : "train", &error);
  if (setup->splits == 0)
    return cli_usage ("train: %s", error->message);
  if (options->from != NULL) {
    g_autofree char *path = g_build_filename (options->from, "config.json", NULL);

    if (!guise_config_load (&setup->config, path, failure))
      return CLI_FAILED;
  } else if (!guise_config_init_preset (&setup->config, options->preset, &error)) {
    return cli_usage ("train: %s", error->message);
  }
  if (!guise_pretrained_start_open (start, options->vision, options->text, failure))
    return CLI_FAILED;
  guise_pretrained_start_configure (start, &setup->config);
  for (gsize i = 0; options->settings != NULL && options->settings[i] != NULL; i++)
    if (!guise_config_set (&setup->config, options->settings[i], &error))
      return cli_usage ("train: %s", error->message);
  if (options->steps != UNSET)
    setup->config.train.steps = (gsize)options->steps;
  if (options->precision != NULL)
    setup->config.train.precision = (int)options->chosen;
  return CLI_DONE;
}

static int
check_usage (const Options *options)
{
  gboolean is_new = options->preset != NULL || options->from != NULL;

  if (options->resume != NULL
      && (is_new || options->vision != NULL || options->text != NULL || options->data != NULL
          || options->seeds != NULL || options->name != NULL || options->settings != NULL
          || options->steps != UNSET || options->precision != NULL || options->estimate))
    return cli_usage ("train: a resumed run keeps what it began with: --resume goes with --threads "
                      "alone");
  if (options->resume == NULL && !is_new)
    return cli_usage ("train: give --preset, --from or --resume");
  if (options->preset != NULL && options->from != NULL)
    return cli_usage ("train: --preset and --from exclude each other: a checkpoint brings its "
                      "configuration along");
  if (options->preset == NULL && (options->vision != NULL || options->text != NULL))
    return cli_usage ("train: --vision and --text go with --preset: a checkpoint brings its "
                      "encoders along");
  if (options->steps != UNSET && (options->steps < 1 || options->steps > 1000000000))
    return cli_usage ("train: --steps must lie between 1 and 1000000000");
  if (options->threads != UNSET && !cli_check_threads ("train", options->threads))
    return CLI_USAGE;
  if (options->seed < 0)
    return cli_usage ("train: --seed must not be negative");
  return CLI_DONE;
}

/* All that can be known to be wrong before a run is begun. */
static gboolean
prepare (Session *session, const GuiseTrainerSetup *setup, GError **error)
{
  return open_session (session, error)
         && (session->options->resume != NULL
             || (parse_seeds (session->options, session->seeds, error)
                 && tell_estimate (session, setup, error)));
}

static gboolean
run_session (Session *session, GuiseTrainerSetup *setup, GError **error)
{
  if (session->options->resume == NULL)
    return train_seeds (session, setup, error);
  return is_first (session) ? resume (session, error) : join (session, error);
}

static int
run_command (CliGlobal *global, const Options *options)
{
  g_auto (Session) session = { .global = global,
                               .options = options,
                               .seeds = g_array_new (FALSE, FALSE, sizeof (guint64)) };
  g_auto (GuisePretrainedStart) start = { 0 };
  GuiseTrainerSetup setup = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean good, stopped, speaks;
  int status = CLI_DONE;

  cli_watch_signals (global);
  nn_gemm_init ();
  session.crew = guise_crew_join (&error);
  if (error != NULL)
    return cli_fail (global, error);
  if (options->resume == NULL)
    status = make_setup (options, &start, &setup, &error);
  if (status == CLI_USAGE)
    return CLI_USAGE;
  good = status == CLI_DONE && prepare (&session, &setup, &error);
  if (guise_crew_share_trouble (session.crew, !good, &speaks)) {
    status = speaks ? cli_fail (global, error) : CLI_FAILED;
    guise_crew_leave (session.crew);
    return status;
  }
  train_display_init (&session.display, global);
  good = run_session (&session, &setup, &error);
  train_display_end (&session.display);
  stopped = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (good || stopped)
    guise_crew_leave (session.crew); /* who fails does not: then mpirun ends the others */
  if (good)
    return CLI_DONE;
  return stopped && !is_first (&session) ? CLI_CANCELLED : cli_fail (global, error);
}

int
cmd_train (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .steps = UNSET, .threads = UNSET };
  const GOptionEntry entries[] = {
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset,
      "tiny starts from nothing; recommended, paper and cached with --vision and --text", "NAME" },
    { "vision", 0, 0, G_OPTION_ARG_FILENAME, &options.vision,
      "Start with this image encoder: a ViT folder as Hugging Face has it", "DIR" },
    { "text", 0, 0, G_OPTION_ARG_FILENAME, &options.text,
      "Start with this text encoder: a BERT folder, with its vocabulary", "DIR" },
    { "from", 0, 0, G_OPTION_ARG_FILENAME, &options.from,
      "Start with this checkpoint's weights, vocabulary and configuration", "DIR" },
    { "data", 0, 0, G_OPTION_ARG_STRING, &options.data, "Splits to train with (default: train)",
      "SPLITS" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.settings,
      "Change the configuration, for example optimiser.lr=3e-4", "KEY=VALUE" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &options.steps, "Updates, as --set train.steps=N", "N" },
    CLI_PRECISION_ENTRY (&options.precision,
                         "Of the encoders' products, as --set train.precision=… (default: "
                         "float32)"),
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "Seed of everything drawn (default: 0)",
      "N" },
    { "seeds", 0, 0, G_OPTION_ARG_STRING, &options.seeds,
      "A run for each of these seeds, then mean and standard deviation", "N,N,…" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "The run's name (default: PRESET-1, …)",
      "NAME" },
    { "resume", 0, 0, G_OPTION_ARG_STRING, &options.resume, "Go on with a run that was stopped",
      "RUN" },
    { "estimate", 0, 0, G_OPTION_ARG_NONE, &options.estimate,
      "Say what memory, disk and time it will take, and do not train", NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads,
      "Compute threads (default: one a core, or as the run had)", "N" },
    G_OPTION_ENTRY_NULL
  };
  int wrong;

  if (!cli_parse (global, entries, NULL,
                  "Trains a model on the project and keeps it in runs/NAME.",
                  "guisectl train --preset tiny --steps 1900 --name first", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_precision (global, options.precision, &options.chosen))
    return CLI_USAGE;
  wrong = check_usage (&options);
  return wrong != CLI_DONE ? wrong : run_command (global, &options);
}
