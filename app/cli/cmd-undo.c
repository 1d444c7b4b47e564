/* guisectl undo and redo: the project's operations, back and forth. */
#include "cli-commands.h"

#include "guise-project.h"
#include "guise-store-history.h"

#include <stdio.h>

typedef char *(*Replay) (GuiseStore *store, GError **error);

/* Up to n operations; it is enough that one was there. */
static int
run_replay (CliGlobal *global, Replay replay, const char *key, gint64 n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  json_t *names;

  if (project == NULL)
    return cli_fail (global, error);
  names = json_array ();
  for (gint64 i = 0; i < n && error == NULL; i++) {
    g_autofree char *name = replay (guise_project_get_store (project), &error);

    if (name == NULL)
      break;
    json_array_append_new (names, json_string (name));
    if (!global->json && !global->quiet)
      printf ("%s: %s\n", key, name);
  }
  if (error != NULL
      && !(g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING)
           && json_array_size (names) > 0)) {
    json_decref (names);
    return cli_fail (global, error);
  }
  cli_put_result (global, json_pack ("{s:o}", key, names));
  return CLI_DONE;
}

static gboolean
parse_count (int argc, char **argv, gint64 *n)
{
  *n = 1;
  if (argc < 2 || g_ascii_string_to_signed (argv[1], 10, 1, G_MAXINT32, n, NULL))
    return TRUE;
  cli_usage ("%s: not a number of operations: '%s'", argv[0], argv[1]);
  return FALSE;
}

int
cmd_undo (CliGlobal *global, int argc, char **argv)
{
  gint64 n;

  if (!cli_parse (global, NULL, "[N]",
                  "Takes back the last operation, or the last N, whoever made them.",
                  "guisectl undo 3", 0, 1, &argc, &argv)
      || !parse_count (argc, argv, &n))
    return CLI_USAGE;
  return run_replay (global, guise_store_undo, "undone", n);
}

int
cmd_redo (CliGlobal *global, int argc, char **argv)
{
  gint64 n;

  if (!cli_parse (global, NULL, "[N]", "Does again what was undone last, or the last N.",
                  "guisectl redo", 0, 1, &argc, &argv)
      || !parse_count (argc, argv, &n))
    return CLI_USAGE;
  return run_replay (global, guise_store_redo, "redone", n);
}
