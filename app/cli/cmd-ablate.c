/* guisectl ablate: the paper's tables on a project. */
#include "ablate-estimate.h"
#include "ablate-report.h"
#include "ablate-run.h"
#include "cli-attributes.h"
#include "cli-commands.h"
#include "cli-precision.h"

#include <stdio.h>
#include <string.h>

#include "guise-project-search.h"
#include "guise-run-folder.h"
#include "nn-gemm.h"

#define UNSET G_MININT64

typedef struct {
  char *tables, *seeds, *preset, *name, *vision, *text, *precision;
  char **settings;
  gint64 steps, persons, threads;
  GuisePrecision chosen;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->tables);
  g_free (options->seeds);
  g_free (options->preset);
  g_free (options->name);
  g_free (options->vision);
  g_free (options->text);
  g_free (options->precision);
  g_strfreev (options->settings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* One ablation: what is asked, and what there is of it. */
typedef struct {
  AblateSession session;
  GuiseConfig full;
  gsize preset_steps;
  const char *name;
  GArray *seeds;     /* guint64 */
  GPtrArray *tables; /* of AblateTable */
  AblateRows rows;
} Ablation;

static void
table_free (gpointer data)
{
  AblateTable *table = data;

  g_ptr_array_unref (table->variants);
  g_free (table);
}

static void
ablation_clear (Ablation *ablation)
{
  AblateSession *session = &ablation->session;

  guise_training_data_free (session->data);
  guise_training_data_free (session->test);
  guise_training_data_free (session->probed);
  g_clear_pointer (&session->attributes, g_hash_table_unref);
  g_clear_pointer (&session->lexicon, guise_lexicon_free);
  guise_pretrained_start_clear (&session->start);
  g_clear_object (&session->project);
  g_array_unref (ablation->seeds);
  g_ptr_array_unref (ablation->tables);
  ablate_rows_clear (&ablation->rows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ablation, ablation_clear)

/* ---- what is asked ---- */

static gboolean
parse_numbers (const char *text, GArray *numbers)
{
  g_auto (GStrv) each = g_strsplit (text, ",", -1);

  for (gsize i = 0; each[i] != NULL; i++) {
    guint64 number;

    if (!g_ascii_string_to_unsigned (g_strstrip (each[i]), 10, 0, G_MAXINT64, &number, NULL))
      return FALSE;
    for (guint k = 0; k < numbers->len; k++)
      if (g_array_index (numbers, guint64, k) == number)
        return FALSE;
    g_array_append_val (numbers, number);
  }
  return numbers->len > 0;
}

/* FALSE after a line of wrong usage. */
static gboolean
check_options (const Options *options, Ablation *ablation)
{
  g_autoptr (GError) error = NULL;

  if (!parse_numbers (options->seeds != NULL ? options->seeds : "0", ablation->seeds))
    cli_usage ("ablate: --seeds is no list of different numbers: '%s'", options->seeds);
  else if (options->steps != UNSET && (options->steps < 1 || options->steps > 1000000000))
    cli_usage ("ablate: --steps must lie between 1 and 1000000000");
  else if (options->persons != UNSET && options->persons < 2)
    cli_usage ("ablate: --persons must be at least 2");
  else if (!guise_run_check_name (ablation->name, &error))
    cli_usage ("ablate: --name: %s", error->message);
  else
    return options->threads == UNSET || cli_check_threads ("ablate", options->threads);
  return FALSE;
}

/* Preset and encoders, then the length of training, then single settings: these have the last word.
 * CLI_DONE, or the status to end with after a line that says what is wrong. */
static int
read_config (const Options *options, Ablation *ablation)
{
  AblateSession *session = &ablation->session;
  GuiseConfig *full = &ablation->full;
  g_autoptr (GError) error = NULL;

  if (!guise_config_init_preset (full, session->preset, &error))
    return cli_usage ("ablate: %s", error->message);
  if (!guise_pretrained_start_open (&session->start, options->vision, options->text, &error))
    return cli_fail (session->global, error);
  guise_pretrained_start_configure (&session->start, full);
  ablation->preset_steps = full->train.steps;
  if (options->steps != UNSET)
    guise_ablation_scale (full, (gsize)options->steps);
  for (gsize i = 0; options->settings != NULL && options->settings[i] != NULL; i++)
    if (!guise_config_set (full, options->settings[i], &error))
      return cli_usage ("ablate: %s", error->message);
  if (options->precision != NULL)
    full->train.precision = (int)options->chosen;
  return CLI_DONE;
}

static gboolean
check_variants (const AblateTable *table)
{
  for (guint v = 0; v < table->variants->len; v++) {
    const GuiseVariant *variant = table->variants->pdata[v];
    g_autoptr (GError) error = NULL;

    if (!guise_config_check (&variant->config, &error)) {
      cli_usage ("ablate: table %u, %s: %s", table->number, variant->title, error->message);
      return FALSE;
    }
  }
  return TRUE;
}

/* FALSE after a line of wrong usage. */
static gboolean
list_tables (const char *text, Ablation *ablation)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (guint64));

  if (text == NULL || !parse_numbers (text, wanted)) {
    cli_usage ("ablate: --tables is missing or no list of different numbers: give some of 1,2,3,4");
    return FALSE;
  }
  for (guint i = 0; i < wanted->len; i++) {
    guint64 number = g_array_index (wanted, guint64, i);
    AblateTable *table;

    if (number > G_MAXUINT || guise_ablation_describe ((guint)number) == NULL) {
      cli_usage ("ablate: there is no table %" G_GUINT64_FORMAT " to run: give some of 1,2,3,4",
                 number);
      return FALSE;
    }
    table = g_new (AblateTable, 1);
    *table = (AblateTable){ (guint)number, guise_ablation_list ((guint)number, &ablation->full) };
    g_ptr_array_add (ablation->tables, table);
    if (!check_variants (table))
      return FALSE;
  }
  return TRUE;
}

/* ---- what it is asked of ---- */

static GuiseTrainingData *
read_split (AblateSession *session, guint splits, GError **error)
{
  const GuiseTrainingQuery query = { .splits = splits };

  return guise_store_read_training_data (guise_project_get_store (session->project), &query,
                                         session->global->cancellable, error);
}

static gboolean
open_probes (AblateSession *session, GError **error)
{
  guint splits = 1u << GUISE_SPLIT_TEST;

  session->attributes = cli_attributes_read (session->project, error);
  if (session->attributes == NULL)
    return FALSE;
  if (g_hash_table_size (session->attributes) > 0)
    splits |= 1u << GUISE_SPLIT_TRAIN;
  session->probed = read_split (session, splits, error);
  return session->probed != NULL;
}

static gboolean
open_session (AblateSession *session, GError **error)
{
  session->project
      = guise_project_open (session->global->project, GUISE_PROJECT_READ_ONLY, error);
  if (session->project == NULL)
    return FALSE;
  session->data
      = read_split (session, 1u << GUISE_SPLIT_TRAIN | 1u << GUISE_SPLIT_VAL, error);
  session->test
      = session->data != NULL ? read_split (session, 1u << GUISE_SPLIT_TEST, error) : NULL;
  if (session->test == NULL || session->test->n_images > 0)
    return session->test != NULL && open_probes (session, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "cannot compare trainings: the project has no images in 'test' to ask for");
  return FALSE;
}

static void
hash_data (GChecksum *checksum, const GuiseTrainingData *data)
{
  for (size_t i = 0; i < data->n_images; i++) {
    const gint64 labels[] = { data->image_ids[i], data->person_ids[i], data->outfit_ids[i],
                              (gint64)data->caption_start[i] };

    g_checksum_update (checksum, (const guchar *)labels, sizeof labels);
  }
  for (size_t c = 0; c < data->n_captions; c++)
    g_checksum_update (checksum, (const guchar *)data->texts[c],
                       (gssize)strlen (data->texts[c]) + 1);
}

/* Only descriptions that are made anew need one. */
static gboolean
open_lexicon (Ablation *ablation, GError **error)
{
  gboolean wanted = FALSE;

  for (guint t = 0; t < ablation->tables->len; t++) {
    const AblateTable *table = ablation->tables->pdata[t];

    for (guint v = 0; v < table->variants->len; v++)
      wanted |= ((GuiseVariant *)table->variants->pdata[v])->styles != NULL;
  }
  if (wanted)
    ablation->session.lexicon = guise_lexicon_load ("en", error);
  return !wanted || ablation->session.lexicon != NULL;
}

static char *
hash_encoder (const GuisePretrained *pretrained)
{
  return pretrained != NULL ? guise_pretrained_hash (pretrained) : NULL;
}

/* All rows are made with the same of all this. */
static json_t *
make_plan (const Ablation *ablation)
{
  const AblateSession *session = &ablation->session;
  g_autofree char *vision = hash_encoder (session->start.vision),
                  *text = hash_encoder (session->start.text);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  hash_data (checksum, session->data);
  hash_data (checksum, session->test);
  return json_pack ("{s:s, s:s*, s:s*, s:I, s:s, s:o}", "preset", session->preset, "vision", vision,
                    "text", text, "persons", (json_int_t)session->n_persons, "data",
                    g_checksum_get_string (checksum),
                    "config", guise_config_to_stable_json (&ablation->full));
}

/* ---- the work ---- */

typedef struct {
  const GuiseVariant *variant;
  guint64 seed;
} Work;

static gboolean
is_listed (const GArray *work, const char *name, guint64 seed)
{
  for (guint i = 0; i < work->len; i++) {
    const Work *w = &g_array_index (work, Work, i);

    if (w->seed == seed && strcmp (w->variant->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

/* What is left to train, each once: all rows of the first seed, then those of the next. */
static GArray *
list_work (const Ablation *ablation)
{
  GArray *work = g_array_new (FALSE, FALSE, sizeof (Work));

  for (guint s = 0; s < ablation->seeds->len; s++)
    for (guint t = 0; t < ablation->tables->len; t++) {
      const AblateTable *table = ablation->tables->pdata[t];

      for (guint v = 0; v < table->variants->len; v++) {
        Work w = { table->variants->pdata[v], g_array_index (ablation->seeds, guint64, s) };

        if (!is_listed (work, w.variant->name, w.seed)
            && ablate_table_lacks (&ablation->rows, w.variant, w.seed))
          g_array_append_val (work, w);
      }
    }
  return work;
}

static gboolean
tell_plan (Ablation *ablation, guint n_left, GError **error)
{
  AblateSession *session = &ablation->session;
  guint n_done = ablation->rows.rows->len;
  g_autofree char *each = NULL, *all = NULL, *size = NULL;
  AblateEstimate estimate;

  session->n_runs = n_left;
  if (n_left == 0)
    return TRUE;
  if (!ablate_estimate (session, &ablation->rows, &ablation->full, n_left, &estimate, error)
      || !ablate_check_space (ablation->rows.folder, estimate.bytes, error))
    return FALSE;
  session->seconds_per_run = estimate.seconds;
  each = ablate_describe_time (estimate.seconds);
  all = ablate_describe_time (estimate.seconds * n_left);
  size = g_format_size (estimate.bytes);
  if (session->global->json)
    cli_print_json (json_pack ("{s:s, s:i, s:i, s:f, s:I}", "event", "plan", "runs", (int)n_left,
                               "finished", (int)n_done, "seconds_per_run", estimate.seconds,
                               "bytes", (json_int_t)estimate.bytes));
  else if (!session->global->quiet)
    printf ("%u runs of about %s, %s in all%s; up to %s in '%s'\n", n_left, each, all,
            n_done > 0 ? " beside those that are finished" : "", size, ablation->rows.folder);
  fflush (stdout);
  return TRUE;
}

static void
tell_run (const AblateSession *session, const Work *work)
{
  g_autofree char *left = ablate_describe_time (session->seconds_per_run
                                                * (session->n_runs - session->run + 1));

  if (session->global->json || session->global->quiet)
    return;
  printf ("run %u of %u: %s, seed %" G_GUINT64_FORMAT ", about %s left\n", session->run,
          session->n_runs, work->variant->title, work->seed, left);
  fflush (stdout);
}

static void
tell_row (const AblateSession *session, const AblateRow *row)
{
  const GuiseMetrics *m = &row->metrics[ABLATE_CAPTION];

  if (session->global->json) {
    json_t *object = ablate_row_to_json (row);

    json_object_set_new (object, "event", json_string ("row"));
    cli_print_json (object);
  } else if (row->diverged != NULL && !session->global->quiet) {
    printf ("%s, seed %" G_GUINT64_FORMAT ": no figures: %s\n", row->variant, row->seed,
            row->diverged);
  } else if (!session->global->quiet) {
    printf ("%s, seed %" G_GUINT64_FORMAT ": R@1 %.1f, R@5 %.1f, R@10 %.1f, mAP %.1f, mINP %.1f\n",
            row->variant, row->seed, m->r1, m->r5, m->r10, m->map, m->minp);
  }
  fflush (stdout);
}

/* Of the training split. */
static gsize
count_persons (const GuiseTrainingData *data)
{
  g_autoptr (GHashTable) persons = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (size_t i = 0; i < data->n_images; i++)
    if (data->splits[i] == GUISE_SPLIT_TRAIN)
      g_hash_table_add (persons, &data->person_ids[i]);
  return g_hash_table_size (persons);
}

static gboolean
write_report (const Ablation *ablation, GError **error)
{
  guint n_threads = ablation->session.n_threads;
  gsize n_known = count_persons (ablation->session.data);
  const AblateReport report
      = { ablation->tables, &ablation->rows, ablation->seeds, ablation->session.preset,
          &ablation->full, ablation->preset_steps, ablation->session.n_persons,
          n_known, n_threads > 0 ? n_threads : g_get_num_processors () };

  return ablate_report_write (&report, error);
}

/* What is left is judged by the runs that were seen from beginning to end. */
static void
note_time (AblateSession *session, const AblateRow *row)
{
  if (row->resumed)
    return;
  session->n_timed++;
  session->seconds_timed += row->seconds;
  session->seconds_per_run = session->seconds_timed / session->n_timed;
}

/* The tables are on the disk after every row, so that a stopped ablation has them too. */
static gboolean
do_work (Ablation *ablation, const GArray *work, GError **error)
{
  AblateSession *session = &ablation->session;

  for (guint i = 0; i < work->len; i++) {
    const Work *w = &g_array_index (work, Work, i);
    AblateRow row;

    session->run = i + 1;
    tell_run (session, w);
    if (!ablate_run (session, ablation->rows.folder, w->variant, w->seed, &row, error))
      return FALSE;
    note_time (session, &row);
    tell_row (session, &row);
    if (!ablate_rows_add (&ablation->rows, &row, error) || !write_report (ablation, error))
      return FALSE;
  }
  return write_report (ablation, error);
}

/* For whoever reads the rows later: each table is of the seeds asked for last. */
static gboolean
note_seeds (Ablation *ablation, GError **error)
{
  for (guint t = 0; t < ablation->tables->len; t++) {
    const AblateTable *table = ablation->tables->pdata[t];

    if (!ablate_rows_ask (&ablation->rows, table->number, ablation->seeds, error))
      return FALSE;
  }
  return TRUE;
}

static void
tell_tables (const Ablation *ablation)
{
  CliGlobal *global = ablation->session.global;
  json_t *rows = json_array ();

  for (guint t = 0; t < ablation->tables->len; t++) {
    const AblateTable *table = ablation->tables->pdata[t];
    g_autofree char *text = ablate_table_create_markdown (table, &ablation->rows, ablation->seeds);
    json_auto_t *summary = ablate_table_summarise (table, &ablation->rows, ablation->seeds);

    json_array_extend (rows, summary);
    if (!global->json && !global->quiet)
      printf ("\n%s", text);
  }
  cli_put_result (global, json_pack ("{s:s, s:o, s:o}", "event", "done", "folder",
                                     guise_json_pack_text (ablation->rows.folder), "rows", rows));
}

static gboolean
run_ablation (Ablation *ablation, GError **error)
{
  g_autofree char *folder = NULL;
  g_autoptr (GArray) work = NULL;
  json_auto_t *plan = NULL;

  if (!open_session (&ablation->session, error) || !open_lexicon (ablation, error))
    return FALSE;
  plan = make_plan (ablation);
  folder = g_build_filename (guise_project_get_folder (ablation->session.project), "runs",
                             ablation->name, NULL);
  if (!ablate_rows_open (&ablation->rows, folder, plan, error))
    return FALSE;
  work = list_work (ablation);
  return tell_plan (ablation, work->len, error) && note_seeds (ablation, error)
         && do_work (ablation, work, error);
}

static int
run_command (CliGlobal *global, const Options *options)
{
  g_auto (Ablation) ablation
      = { .session = { .global = global,
                       .preset = options->preset != NULL ? options->preset : "tiny",
                       .n_persons = options->persons != UNSET ? (size_t)options->persons : 0,
                       .n_threads = options->threads != UNSET ? (guint)options->threads : 0 },
          .name = options->name != NULL ? options->name : "ablation",
          .seeds = g_array_new (FALSE, FALSE, sizeof (guint64)),
          .tables = g_ptr_array_new_with_free_func (table_free) };
  g_autoptr (GError) error = NULL;
  gboolean good;
  int wrong;

  if (!check_options (options, &ablation))
    return CLI_USAGE;
  wrong = read_config (options, &ablation);
  if (wrong != CLI_DONE)
    return wrong;
  if (!list_tables (options->tables, &ablation))
    return CLI_USAGE;
  cli_watch_signals (global);
  nn_gemm_init ();
  train_display_init (&ablation.session.display, global);
  good = run_ablation (&ablation, &error);
  train_display_end (&ablation.session.display);
  global->go_on = "go on with the same command: finished rows are kept";
  if (!good)
    return cli_fail (global, error);
  tell_tables (&ablation);
  return CLI_DONE;
}

int
cmd_ablate (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .steps = UNSET, .persons = UNSET, .threads = UNSET };
  const GOptionEntry entries[] = {
    { "tables", 0, 0, G_OPTION_ARG_STRING, &options.tables,
      "1: parts of BDAM; 2: parts of the fusion; 3: losses; 4: clusterings of styles", "N,N,…" },
    { "seeds", 0, 0, G_OPTION_ARG_STRING, &options.seeds,
      "Train each variant with these (default: 0)", "N,N,…" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &options.steps,
      "Updates of each training (default: the preset's); losses that come in late do so "
      "proportionally earlier",
      "N" },
    { "persons", 0, 0, G_OPTION_ARG_INT64, &options.persons,
      "Train with the first N persons only", "N" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset,
      "The full model and its training (default: tiny)", "NAME" },
    { "vision", 0, 0, G_OPTION_ARG_FILENAME, &options.vision,
      "Start all with this image encoder: a ViT folder as Hugging Face has it", "DIR" },
    { "text", 0, 0, G_OPTION_ARG_FILENAME, &options.text,
      "Start all with this text encoder: a BERT folder, with its vocab.txt", "DIR" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.settings,
      "Change the configuration of all of them, for example optimiser.lr=3e-4", "KEY=VALUE" },
    CLI_PRECISION_ENTRY (&options.precision,
                         "Of the encoders' products in training, as --set train.precision=… "
                         "(default: float32); the evaluation's are float32"),
    { "name", 0, 0, G_OPTION_ARG_STRING, &options.name,
      "The folder in runs/ that gets it all (default: ablation)", "NAME" },
    { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads,
      "Compute threads (default: one a core, or as the run had)", "N" },
    G_OPTION_ENTRY_NULL
  };

  if (!cli_parse (global, entries, NULL,
                  "Trains the full model and what the tables of the paper make of it, and compares "
                  "them on the test\nimages. Everything is kept in runs/NAME: after a stop the "
                  "same command goes on, and further tables\nand seeds use what is there. Captions "
                  "of the project stay as they are.",
                  "guisectl ablate --tables 1,2,3 --seeds 0,1,2 --steps 2000", 0, 0, &argc,
                  &argv))
    return CLI_USAGE;
  if (!cli_parse_precision (global, options.precision, &options.chosen))
    return CLI_USAGE;
  return run_command (global, &options);
}
