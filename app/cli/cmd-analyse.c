/* guisectl analyse: figures about what a model has learned. */
#include "analyse-efficiency.h"
#include "cli-attributes.h"
#include "cli-commands.h"
#include "cli-precision.h"
#include "cli-retrieval.h"

#include <stdio.h>
#include <string.h>

#include "guise-atomic-file.h"
#include "guise-csv.h"
#include "guise-leakage.h"

typedef struct {
  char *run, *split, *output, *precision;
  gint64 seed;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->run);
  g_free (options->split);
  g_free (options->output);
  g_free (options->precision);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* ---- results ---- */

static json_t *
result_to_json (const GuiseProbeResult *result)
{
  return json_pack ("{s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "accuracy", result->accuracy, "low",
                    result->low, "high", result->high, "majority", result->majority, "train",
                    (json_int_t)result->n_train, "test", (json_int_t)result->n_test, "classes",
                    (json_int_t)result->n_classes);
}

static json_t *
rows_to_json (const char *run, const GPtrArray *rows)
{
  json_t *list = json_array ();

  for (guint i = 0; i < rows->len; i++) {
    const GuiseLeakageRow *row = rows->pdata[i];

    json_array_append_new (list, json_pack ("{s:s, s:o, s:o}", "label", row->name, "identity",
                                            result_to_json (&row->identity), "clothing",
                                            result_to_json (&row->clothing)));
  }
  return json_pack ("{s:s, s:o}", "run", run, "rows", list);
}

static void
print_rows (const GPtrArray *rows)
{
  puts ("read off       majority   from v (identity)      from c (clothing)    classes  pictures");
  for (guint i = 0; i < rows->len; i++) {
    const GuiseLeakageRow *row = rows->pdata[i];
    const GuiseProbeResult *v = &row->identity, *c = &row->clothing;

    printf ("%-14s %7.1f   %5.1f (%5.1f … %5.1f)   %5.1f (%5.1f … %5.1f)  %7zu  %zu for %zu\n",
            row->name, v->majority, v->accuracy, v->low, v->high, c->accuracy, c->low, c->high,
            v->n_classes, v->n_train, v->n_test);
  }
  puts ("Accuracy of linear probes in percent with 95 % intervals over persons. 'person': learned "
        "in all outfits\nbut one, recognised in that one; 'outfit': learned on every other "
        "picture; the rest: on persons never seen.");
}

static void
append_csv (GString *out, const char *name, const char *from, const GuiseProbeResult *result)
{
  char text[7][32];

  g_snprintf (text[0], 32, "%.2f", result->accuracy);
  g_snprintf (text[1], 32, "%.2f", result->low);
  g_snprintf (text[2], 32, "%.2f", result->high);
  g_snprintf (text[3], 32, "%.2f", result->majority);
  g_snprintf (text[4], 32, "%zu", result->n_classes);
  g_snprintf (text[5], 32, "%zu", result->n_train);
  g_snprintf (text[6], 32, "%zu", result->n_test);
  guise_csv_append_row (out,
                        (const char *[]){ name, from, text[0], text[1], text[2], text[3], text[4],
                                          text[5], text[6], NULL },
                        FALSE);
}

static gboolean
write_csv (const char *path, const GPtrArray *rows, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  guise_csv_append_row (out,
                        (const char *[]){ "label", "from", "accuracy", "low", "high", "majority",
                                          "classes", "train", "test", NULL },
                        FALSE);
  for (guint i = 0; i < rows->len; i++) {
    const GuiseLeakageRow *row = rows->pdata[i];

    append_csv (out, row->name, "identity", &row->identity);
    append_csv (out, row->name, "clothing", &row->clothing);
  }
  return guise_atomic_write (path, out->str, out->len, error);
}

/* ---- probes ---- */

static GPtrArray *
compute (CliRetrieval *retrieval, const Options *options, guint test, GError **error)
{
  CliGlobal *global = retrieval->global;
  g_autoptr (GuiseTrainingData) data = NULL;
  g_autoptr (GHashTable) attributes = cli_attributes_read (retrieval->project, error);
  g_autoptr (GuiseIndex) index = NULL;
  GuiseLeakageOptions leakage = { .label = cli_attributes_get,
                                  .label_data = attributes,
                                  .seed = (guint64)options->seed,
                                  .test = test };
  GPtrArray *rows;

  if (attributes == NULL)
    return NULL;
  if (g_hash_table_size (attributes) > 0)
    leakage.attributes = guise_leakage_demo_attributes;
  index = cli_retrieval_embed_splits (retrieval, test | 1u << GUISE_SPLIT_TRAIN, &data, error);
  if (index == NULL)
    return NULL;
  cli_progress_start (&retrieval->progress, global, "probing");
  rows = guise_leakage_compute (index, data, &leakage,
                                global->json ? NULL : cli_retrieval_show_progress, retrieval,
                                global->cancellable, error);
  cli_progress_end (&retrieval->progress);
  return rows;
}

static int
analyse_probes (CliGlobal *global, const Options *options, const GuisePrecision *precision,
                guint test)
{
  g_auto (CliRetrieval) retrieval = { 0 };
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_check_output (options->output, &error)
      || !cli_retrieval_open (&retrieval, global, options->run, precision, &error))
    return cli_fail (global, error);
  rows = compute (&retrieval, options, test, &error);
  if (rows == NULL || (options->output != NULL && !write_csv (options->output, rows, &error)))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (rows_to_json (options->run, rows));
  else if (!global->quiet)
    print_rows (rows);
  return CLI_DONE;
}

int
cmd_analyse (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "run", 0, 0, G_OPTION_ARG_STRING, &options.run, "The run to look into", "NAME" },
    { "split", 0, 0, G_OPTION_ARG_STRING, &options.split,
      "What is tested on (default: test); never the training split: it is learned from",
      "SPLITS" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
      "Of the sample that is learned from and of the intervals (default 0)", "N" },
    CLI_PRECISION_ENTRY (&options.precision,
                         "Of the encoders' products (default: the index's, else float32)"),
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "Also write the table",
      "FILE.csv" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  GuisePrecision precision;
  guint test;

  if (argc > 1 && strcmp (argv[1], "efficiency") == 0) {
    cli_enter (global, argv[1]);
    return analyse_efficiency (global, argc - 1, argv + 1);
  }
  if (!cli_parse (global, entries, "probes|efficiency",
                  "probes: the leakage matrix: what linear probes read off the identity embedding "
                  "v and off the\nclothing embedding c. efficiency: what the fusion's layers cost "
                  "(`analyse efficiency --help`).",
                  "guisectl analyse probes --run demo -o leakage.csv", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (strcmp (argv[1], "probes") != 0)
    return cli_usage ("analyse: unknown analysis: '%s'", argv[1]);
  if (options.run == NULL)
    return cli_usage ("analyse: --run is missing");
  if (options.output != NULL && !g_str_has_suffix (options.output, ".csv"))
    return cli_usage ("analyse: -o is no .csv file: '%s'", options.output);
  test = guise_splits_parse (options.split != NULL ? options.split : "test", &error);
  if (test == 0)
    return cli_usage ("analyse: %s", error->message);
  if (test >> GUISE_SPLIT_TRAIN & 1)
    return cli_usage ("analyse: --split %s: 'train' is learned from, so it cannot be tested on; "
                      "val and test can",
                      options.split);
  if (!cli_parse_precision (global, options.precision, &precision))
    return CLI_USAGE;
  return analyse_probes (global, &options, options.precision != NULL ? &precision : NULL, test);
}
