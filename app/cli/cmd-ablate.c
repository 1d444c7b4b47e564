/* guisectl ablate: the paper's tables on a project. */
#include "ablate-run.h"
#include "cli-commands.h"

#include <stdio.h>
#include <string.h>

#include "guise-project-search.h"
#include "nn-gemm.h"

#define UNSET G_MININT64
#define DEFAULT_STEPS 600

/* A table is a list of variants, of which each is trained with every seed. */
static const AblateVariant styles_variants[] = {
  { ABLATE_NONE, "none" },
  { "random", "random" },
  { "kmeans", "k-means" },
  { "gmm", "GMM" },
  { "agglomerative", "agglomerative" },
  { "hdbscan", "HDBSCAN" },
  { "dbscan", "DBSCAN" },
};

static const struct {
  guint number;
  const AblateVariant *variants;
  guint n_variants;
} tables[] = { { 4, styles_variants, G_N_ELEMENTS (styles_variants) } };

typedef struct {
  char *tables, *seeds, *preset;
  char **settings;
  gint64 steps, persons, threads;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->tables);
  g_free (options->seeds);
  g_free (options->preset);
  g_strfreev (options->settings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
session_clear (AblateSession *session)
{
  guise_training_data_free (session->data);
  guise_training_data_free (session->test);
  guise_lexicon_free (session->lexicon);
  g_clear_object (&session->project);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AblateSession, session_clear)

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

/* Whether all of the numbers are tables that there are; FALSE after a line of wrong usage. */
static gboolean
check_tables (const char *text, GArray *wanted)
{
  if (text == NULL || !parse_numbers (text, wanted)) {
    cli_usage ("ablate: --tables is missing or no list of numbers: give --tables 4, the clustering "
               "of styles");
    return FALSE;
  }
  for (guint i = 0; i < wanted->len; i++) {
    gboolean known = FALSE;

    for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
      known |= tables[t].number == g_array_index (wanted, guint64, i);
    if (!known) {
      cli_usage ("ablate: there is no table %" G_GUINT64_FORMAT
                 " to run: give --tables 4, the clustering of styles",
                 g_array_index (wanted, guint64, i));
      return FALSE;
    }
  }
  return TRUE;
}

/* FALSE after a line of wrong usage. */
static gboolean
check_options (const Options *options, GArray *wanted, GArray *seeds)
{
  if (!check_tables (options->tables, wanted))
    return FALSE;
  if (!parse_numbers (options->seeds != NULL ? options->seeds : "0", seeds)) {
    cli_usage ("ablate: --seeds is no list of different numbers: '%s'", options->seeds);
    return FALSE;
  }
  if (options->steps < 1 || options->steps > 1000000000) {
    cli_usage ("ablate: --steps must lie between 1 and 1000000000");
    return FALSE;
  }
  if (options->persons != UNSET && options->persons < 2) {
    cli_usage ("ablate: --persons must be at least 2");
    return FALSE;
  }
  return options->threads == UNSET || cli_check_threads ("ablate", options->threads);
}

static gboolean
read_config (AblateSession *session, const Options *options)
{
  g_autoptr (GError) error = NULL;
  gboolean good = guise_config_init_preset (&session->config, session->preset, &error);

  for (gsize i = 0; good && options->settings != NULL && options->settings[i] != NULL; i++)
    good = guise_config_set (&session->config, options->settings[i], &error);
  session->config.train.steps = (gsize)options->steps;
  if (!good)
    cli_usage ("ablate: %s", error->message);
  return good;
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
open_session (AblateSession *session, GError **error)
{
  session->project
      = guise_project_open (session->global->project, GUISE_PROJECT_READ_ONLY, error);
  if (session->project == NULL)
    return FALSE;
  session->lexicon = guise_lexicon_load ("en", error);
  if (session->lexicon == NULL)
    return FALSE;
  session->data
      = read_split (session, 1u << GUISE_SPLIT_TRAIN | 1u << GUISE_SPLIT_VAL, error);
  session->test
      = session->data != NULL ? read_split (session, 1u << GUISE_SPLIT_TEST, error) : NULL;
  if (session->test == NULL || session->test->n_images > 0)
    return session->test != NULL;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "cannot compare trainings: the project has no images in 'test' to ask for");
  return FALSE;
}

static void
hash_data (GChecksum *checksum, const GuiseTrainingData *data)
{
  g_checksum_update (checksum, (const guchar *)data->image_ids,
                     (gssize)(data->n_images * sizeof *data->image_ids));
  for (size_t c = 0; c < data->n_captions; c++)
    g_checksum_update (checksum, (const guchar *)data->texts[c],
                       (gssize)strlen (data->texts[c]) + 1);
}

/* Rows of one table are made with the same of all this. */
static json_t *
make_plan (const AblateSession *session)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  hash_data (checksum, session->data);
  hash_data (checksum, session->test);
  return json_pack ("{s:s, s:I, s:I, s:s, s:o}", "preset", session->preset, "steps",
                    (json_int_t)session->config.train.steps, "persons",
                    (json_int_t)session->n_persons, "data", g_checksum_get_string (checksum),
                    "config", guise_config_to_json (&session->config));
}

/* ---- the work ---- */

static void
tell_row (const AblateSession *session, const AblateTable *table, const AblateRow *row)
{
  if (session->global->json) {
    json_t *object = ablate_row_to_json (table, row);

    json_object_set_new (object, "event", json_string ("row"));
    cli_print_json (object);
  } else if (!session->global->quiet) {
    printf ("%s, seed %" G_GUINT64_FORMAT ": R@1 %.1f, R@5 %.1f, R@10 %.1f, mAP %.1f\n",
            row->variant, row->seed, row->r1, row->r5, row->r10, row->map);
    fflush (stdout);
  }
}

static gboolean
run_table (AblateSession *session, AblateTable *table, const GArray *seeds, GError **error)
{
  for (guint s = 0; s < seeds->len; s++)
    for (guint v = 0; v < table->n_variants; v++) {
      AblateRow row = { .variant = table->variants[v].name,
                        .seed = g_array_index (seeds, guint64, s) };

      if (ablate_table_find (table, row.variant, row.seed) != NULL)
        continue;
      if (!ablate_run (session, table, &row, error) || !ablate_table_add (table, &row, error))
        return FALSE;
      tell_row (session, table, &row);
    }
  return TRUE;
}

/* Adds the table's summary to rows. */
static gboolean
run_number (AblateSession *session, gsize t, const GArray *seeds, json_t *rows, GError **error)
{
  g_auto (AblateTable) table
      = { .table = tables[t].number,
          .variants = tables[t].variants,
          .n_variants = tables[t].n_variants };
  g_autofree char *name = g_strdup_printf ("ablation-%u", tables[t].number);
  g_autofree char *folder
      = g_build_filename (guise_project_get_folder (session->project), "runs", name, NULL);
  g_autofree char *markdown = NULL;
  json_auto_t *plan = make_plan (session);
  json_t *summary;

  if (!ablate_table_open (&table, folder, plan, error)
      || !run_table (session, &table, seeds, error)
      || !ablate_table_write (&table, &markdown, error))
    return FALSE;
  summary = ablate_table_summarise (&table);
  json_array_extend (rows, summary);
  json_decref (summary);
  if (!session->global->json && !session->global->quiet)
    printf ("\n%s", markdown);
  return TRUE;
}

static int
run_all (AblateSession *session, const GArray *wanted, const GArray *seeds)
{
  CliGlobal *global = session->global;
  json_auto_t *rows = json_array ();
  g_autoptr (GError) error = NULL;
  gboolean good = open_session (session, &error);

  for (gsize t = 0; good && t < G_N_ELEMENTS (tables); t++)
    for (guint i = 0; good && i < wanted->len; i++)
      if (tables[t].number == g_array_index (wanted, guint64, i))
        good = run_number (session, t, seeds, rows, &error);
  train_display_end (&session->display);
  global->go_on = "go on with the same command: finished rows are kept";
  if (!good)
    return cli_fail (global, error);
  cli_put_result (global, json_pack ("{s:s, s:O}", "event", "done", "rows", rows));
  return CLI_DONE;
}

int
cmd_ablate (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options
      = { .steps = DEFAULT_STEPS, .persons = UNSET, .threads = UNSET };
  g_auto (AblateSession) session = { .global = global };
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GArray) seeds = g_array_new (FALSE, FALSE, sizeof (guint64));
  const GOptionEntry entries[] = {
    { "tables", 0, 0, G_OPTION_ARG_STRING, &options.tables,
      "4: none, random, kmeans, gmm, agglomerative, hdbscan and dbscan as clustering of styles",
      "N,N,…" },
    { "seeds", 0, 0, G_OPTION_ARG_STRING, &options.seeds,
      "Train each variant with these (default: 0)", "N,N,…" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &options.steps, "Updates of each training (default: 600)",
      "N" },
    { "persons", 0, 0, G_OPTION_ARG_INT64, &options.persons,
      "Train with the first N persons only", "N" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset, "What is trained (default: tiny)",
      "NAME" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.settings,
      "Change the configuration of all of them, for example optimiser.lr=3e-4", "KEY=VALUE" },
    { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads,
      "Compute threads (default: one a core, or as the run had)", "N" },
    G_OPTION_ENTRY_NULL
  };

  if (!cli_parse (global, entries, NULL,
                  "Trains the variants of a table of the paper and compares them on the test "
                  "images. Rows are kept in\nruns/ablation-N: after a stop the same command goes "
                  "on. Captions of the project stay as they are.",
                  "guisectl ablate --tables 4 --seeds 0,1,2 --steps 600", 0, 0, &argc, &argv)
      || !check_options (&options, wanted, seeds))
    return CLI_USAGE;
  session.preset = options.preset != NULL ? options.preset : "tiny";
  session.n_persons = options.persons != UNSET ? (size_t)options.persons : 0;
  session.n_threads = options.threads != UNSET ? (guint)options.threads : 0;
  if (!read_config (&session, &options))
    return CLI_USAGE;
  cli_watch_signals (global);
  nn_gemm_init ();
  train_display_init (&session.display, global);
  return run_all (&session, wanted, seeds);
}
