/* guisectl runs: the project's training runs, and what sets two of them apart. */
#include "cli-commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli-text.h"
#include "guise-config.h"
#include "guise-project.h"
#include "guise-run-folder.h"

static char *
find_runs_folder (CliGlobal *global, GError **error)
{
  g_autofree char *folder = g_canonicalize_filename (global->project, NULL);

  return guise_project_check_folder (folder, error) ? g_build_filename (folder, "runs", NULL)
                                                    : NULL;
}

/* ----------------------------------------------------------------------- list */

static void
print_run (const GuiseRunInfo *info)
{
  g_autoptr (GDateTime) started = g_date_time_new_from_unix_local (info->started);
  g_autofree char *when = g_date_time_format (started, "%Y-%m-%d %H:%M");
  json_t *r1 = json_object_get (info->best, "r1");

  printf ("%-24s %-12s %4" G_GUINT64_FORMAT "  %-8s %7" G_GUINT64_FORMAT "/%-7" G_GUINT64_FORMAT,
          info->name, *info->preset != '\0' ? info->preset : "-", info->seed,
          guise_run_state_to_string (info->state), info->step, info->n_steps);
  if (json_is_number (r1))
    printf (" %5.1f", json_number_value (r1));
  else
    printf ("     -");
  printf ("  %.2f  %s\n", info->lambda, when);
}

static void
check_run (const char *runs_folder, const char *name, json_t *damaged)
{
  g_autofree char *folder = g_build_filename (runs_folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;
  g_autofree char *message = NULL;

  if (!guise_run_check_name (name, NULL) || !guise_run_exists (folder))
    return; /* no run at all */
  info = guise_run_info_load (folder, &error);
  if (info != NULL)
    return;
  message = cli_escape (error->message);
  cli_tell ("left out a damaged run: '%s': %s", name, message);
  json_array_append_new (damaged,
                         json_pack ("{s:s, s:s}", "name", name, "error", message));
}

/* What the list leaves out though it was a run: a line on stderr each. */
static json_t *
find_damaged (const char *runs_folder)
{
  g_autoptr (GDir) dir = g_dir_open (runs_folder, 0, NULL);
  json_t *damaged = json_array ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    check_run (runs_folder, name, damaged);
  return damaged;
}

static int
list_runs (CliGlobal *global, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = guise_run_list (folder, &error);
  json_auto_t *damaged = NULL;
  json_t *all;

  if (runs == NULL)
    return cli_fail (global, error);
  damaged = find_damaged (folder);
  if (global->json) {
    all = json_array ();
    for (guint i = 0; i < runs->len; i++)
      json_array_append_new (all, guise_run_info_to_json (runs->pdata[i]));
    cli_print_json (json_pack ("{s:o, s:O}", "runs", all, "damaged", damaged));
    return CLI_DONE;
  }
  if (runs->len > 0)
    printf ("%-24s %-12s %4s  %-8s %15s %5s  %4s  %s\n", "name", "preset", "seed", "state", "step",
            "R@1", "lambda", "started");
  for (guint i = 0; i < runs->len; i++)
    print_run (runs->pdata[i]);
  return CLI_DONE;
}

/* -------------------------------------------------------------------- compare */

typedef struct {
  GuiseRunInfo *info;
  json_t *config;
} Side;

static void
side_clear (Side *side)
{
  guise_run_info_free (side->info);
  json_decref (side->config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static gboolean
side_open (Side *side, const char *runs_folder, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (runs_folder, name, NULL);
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  GuiseConfig config;

  if (!guise_run_check_name (name, error))
    return FALSE;
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND, "no run '%s' in '%s'",
                 name, runs_folder);
    return FALSE;
  }
  side->info = guise_run_info_load (folder, error);
  if (side->info == NULL || !guise_config_load (&config, path, error))
    return FALSE;
  side->config = guise_config_to_json (&config);
  return TRUE;
}

static char *
join_key (const char *prefix, const char *name)
{
  return *prefix != '\0' ? g_strconcat (prefix, ".", name, NULL) : g_strdup (name);
}

/* Adds "section.key": [a, b] for every value that differs. */
static void
add_differences (json_t *differences, const char *prefix, json_t *a, json_t *b)
{
  const char *name;
  json_t *value;

  json_object_foreach (a, name, value)
  {
    g_autofree char *key = join_key (prefix, name);
    json_t *other = json_object_get (b, name);

    if (json_is_object (value) && json_is_object (other))
      add_differences (differences, key, value, other);
    else if (!json_equal (value, other))
      json_object_set_new (differences, key, json_pack ("[O, O?]", value, other));
  }
  json_object_foreach (b, name, value)
  {
    g_autofree char *key = join_key (prefix, name);

    if (json_object_get (a, name) == NULL)
      json_object_set_new (differences, key, json_pack ("[n, O]", value));
  }
}

static const char *const figures[] = { "r1", "r5", "r10", "map", "minp" };
static const char *const groups[] = { "", "who", "wearing", "both" };

/* {"r1": {"a":…, "b":…, "delta":…}, "who.r1": …} of the best validations. */
static json_t *
compare_metrics (const Side *a, const Side *b)
{
  json_t *all = json_object ();

  for (gsize g = 0; g < G_N_ELEMENTS (groups); g++)
    for (gsize f = 0; f < G_N_ELEMENTS (figures); f++) {
      gboolean top = *groups[g] == '\0';
      g_autofree char *key
          = top ? g_strdup (figures[f]) : g_strconcat (groups[g], ".", figures[f], NULL);
      json_t *in_a = top ? a->info->best : json_object_get (a->info->best, groups[g]),
             *in_b = top ? b->info->best : json_object_get (b->info->best, groups[g]);
      json_t *x = json_object_get (in_a, figures[f]), *y = json_object_get (in_b, figures[f]);

      if (json_is_number (x) && json_is_number (y))
        json_object_set_new (all, key,
                             json_pack ("{s:O, s:O, s:f}", "a", x, "b", y, "delta",
                                        json_number_value (y) - json_number_value (x)));
    }
  return all;
}

static void
print_differences (json_t *differences)
{
  const char *key;
  json_t *pair;

  if (json_object_size (differences) == 0)
    printf ("the configurations are the same\n");
  json_object_foreach (differences, key, pair)
  {
    char *a = json_dumps (json_array_get (pair, 0), JSON_COMPACT | JSON_ENCODE_ANY),
         *b = json_dumps (json_array_get (pair, 1), JSON_COMPACT | JSON_ENCODE_ANY);

    printf ("%-28s %s -> %s\n", key, a, b);
    free (a);
    free (b);
  }
}

static void
print_metrics (json_t *metrics)
{
  const char *key;
  json_t *row;

  json_object_foreach (metrics, key, row)
      printf ("%-28s %6.1f -> %6.1f  (%+.1f)\n", key,
              json_number_value (json_object_get (row, "a")),
              json_number_value (json_object_get (row, "b")),
              json_number_value (json_object_get (row, "delta")));
}

static int
compare_runs (CliGlobal *global, const char *folder, const char *first, const char *second)
{
  g_auto (Side) a = { 0 }, b = { 0 };
  g_autoptr (GError) error = NULL;
  json_t *differences, *metrics;

  if (!side_open (&a, folder, first, &error) || !side_open (&b, folder, second, &error))
    return cli_fail (global, error);
  differences = json_object ();
  add_differences (differences, "", a.config, b.config);
  if (a.info->seed != b.info->seed)
    json_object_set_new (differences, "seed",
                         json_pack ("[I, I]", (json_int_t)a.info->seed,
                                    (json_int_t)b.info->seed));
  metrics = compare_metrics (&a, &b);
  if (global->json) {
    cli_print_json (json_pack ("{s:s, s:s, s:o, s:o}", "a", first, "b", second, "config",
                               differences, "metrics", metrics));
    return CLI_DONE;
  }
  print_differences (differences);
  print_metrics (metrics);
  json_decref (differences);
  json_decref (metrics);
  return CLI_DONE;
}

int
cmd_runs (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GError) error = NULL;

  if (argc > 1 && (strcmp (argv[1], "add") == 0 || strcmp (argv[1], "export") == 0)) {
    cli_enter (global, argv[1]);
    return (strcmp (argv[1], "add") == 0 ? cmd_runs_add : cmd_runs_export) (global, argc - 1,
                                                                            argv + 1);
  }
  if (!cli_parse (global, NULL, "[compare A B|add DIR|export NAME DIR]",
                  "Lists the project's training runs, newest first; `compare` shows what differs "
                  "in the configurations and in the best validations of two, `add` makes a run of "
                  "a checkpoint folder, `export` a checkpoint folder of a run.",
                  "guisectl runs compare tiny-1 tiny-2", 0, 3, &argc, &argv))
    return CLI_USAGE;
  if (argc > 1 && (strcmp (argv[1], "compare") != 0 || argc != 4))
    return cli_usage ("runs: expected nothing, add, export, or compare and two names");
  folder = find_runs_folder (global, &error);
  if (folder == NULL)
    return cli_fail (global, error);
  return argc > 1 ? compare_runs (global, folder, argv[2], argv[3]) : list_runs (global, folder);
}
