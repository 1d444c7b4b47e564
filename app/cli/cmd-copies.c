/* guisectl check, backup and restore: what is damaged, and the copies that survive it. */
#include "cli-commands.h"
#include "cli-text.h"

#include "guise-backup.h"
#include "guise-captions-copy.h"
#include "guise-check.h"
#include "guise-project-copies.h"
#include "guise-project-remains.h"
#include "guise-shell-word.h"

#include <stdio.h>

/* ---- check ---------------------------------------------------------------------------------- */

static json_t *
problem_to_json (const GuiseFinding *problem)
{
  g_autofree char *subject = cli_escape (problem->subject), *text = cli_escape (problem->text);

  return json_pack ("{s:s, s:s, s:b, s:b}", "file", subject, "problem", text, "repairable",
                    (int)problem->repairable, "repaired", (int)problem->repaired);
}

static void
print_problem (const GuiseFinding *problem)
{
  g_autofree char *subject = cli_escape (problem->subject);
  g_autofree char *text = cli_escape_message (problem->text);

  printf ("%s: %s%s\n", subject, text, problem->repaired ? " (repaired)" : "");
}

typedef struct {
  guint n_left, n_repairable;  /* what --repair mends, where it was not tried */
  gboolean lost;               /* the database has what nothing but a copy of it mends */
  const GuiseFinding *passing; /* what could not be looked at or mended for now, or NULL */
} Left;

static Left
count_left (GPtrArray *problems, gboolean repair)
{
  Left left = { 0 };

  for (guint i = 0; i < problems->len; i++) {
    const GuiseFinding *problem = problems->pdata[i];
    gboolean can_repair = problem->repairable && !repair;

    left.n_left += !problem->repaired;
    left.n_repairable += can_repair;
    left.lost |= problem->lost;
    if (problem->passing && left.passing == NULL)
      left.passing = problem;
  }
  return left;
}

/* What is left for a person to do: a sentence's end. */
static char *
advise (const char *folder, const Left *left)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *project = guise_shell_word (folder), *way_out = NULL;

  if (left->n_repairable > 0) {
    g_string_printf (text, "`guisectl --project %s check --repair` mends ", project);
    if (left->n_repairable < left->n_left)
      g_string_append_printf (text, "%u of them", left->n_repairable);
    else
      g_string_append (text, left->n_left == 1 ? "it" : "them");
  }
  if (left->lost)
    way_out = guise_project_describe_rescue (folder);
  else if (left->passing != NULL)
    way_out = left->passing->advice != NULL
                  ? g_strdup (left->passing->advice)
                  : g_strdup_printf ("%s; see to that and try again", left->passing->text);
  else if (left->n_repairable < left->n_left)
    way_out = g_strdup ("see that the folder can be read and written");
  if (way_out != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", way_out);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static int
report (CliGlobal *global, GPtrArray *problems, gboolean repair)
{
  json_t *array = json_array ();
  const Left left = count_left (problems, repair);
  g_autofree char *advice = NULL;

  for (guint i = 0; i < problems->len; i++) {
    json_array_append_new (array, problem_to_json (problems->pdata[i]));
    if (!global->json)
      print_problem (problems->pdata[i]);
  }
  if (global->json)
    cli_print_json (json_pack ("{s:O}", "problems", array));
  else if (problems->len == 0 && !global->quiet)
    puts ("No problems found.");
  json_decref (array);
  if (left.n_left == 0)
    return CLI_DONE;
  advice = advise (global->project, &left);
  cli_tell ("check found %u %s: '%s': %s", left.n_left,
            left.n_left == 1 ? "problem" : "problems", global->project, advice);
  return CLI_FAILED;
}

int
cmd_check (CliGlobal *global, int argc, char **argv)
{
  gboolean repair = FALSE;
  const GOptionEntry entries[] = {
    { "repair", 0, 0, G_OPTION_ARG_NONE, &repair,
      "Build indexes anew, set damaged copies aside, remove half files", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, NULL,
                  "Looks for damage in the project's database, its backups and its copies. Ends "
                  "with 1 when a problem is left.",
                  "guisectl check --repair", 0, 0, &argc, &argv))
    return CLI_USAGE;
  cli_watch_signals (global);
  problems = guise_project_check (global->project, repair, global->cancellable, &error);
  return problems != NULL ? report (global, problems, repair) : cli_fail (global, error);
}

/* ---- backup --------------------------------------------------------------------------------- */

static gboolean
write_copy (CliGlobal *global, GuiseProject *project, GError **error)
{
  g_autofree char *path = guise_project_resolve (project, GUISE_CAPTIONS_COPY_NAME);

  return guise_captions_copy_write (guise_project_get_store (project), path, global->cancellable,
                                    error);
}

/* Reads only, so it works while the window is open. */
int
cmd_backup (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  if (!cli_parse (global, NULL, NULL,
                  "Makes and checks a backup of the project's database in its backups folder, and "
                  "writes captions.jsonl anew. The ten newest backups are kept.",
                  "guisectl --project ~/people backup", 0, 0, &argc, &argv))
    return CLI_USAGE;
  cli_watch_signals (global);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  if (project == NULL)
    return cli_fail (global, error);
  path = guise_backup_make (guise_project_get_store (project), global->cancellable, &error);
  if (path == NULL || !write_copy (global, project, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:o}", "backup", guise_json_pack_text (path)));
  else if (!global->quiet)
    puts (path);
  return CLI_DONE;
}

/* ---- restore -------------------------------------------------------------------------------- */

int
cmd_restore (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, NULL, "FILE",
                  "Puts a backup in the place of the project's database: a file of its backups "
                  "folder, another project's guise.db, or a captions.jsonl. What was there is kept "
                  "as guise.db.before-restore.",
                  "guisectl restore backups/guise-20260504-123005-000000.db", 1, 1, &argc, &argv))
    return CLI_USAGE;
  cli_watch_signals (global);
  if (!guise_project_restore (global->project, argv[1], global->cancellable, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:o}", "restored", guise_json_pack_text (argv[1])));
  else if (!global->quiet)
    printf ("restored: %s\n", argv[1]);
  return CLI_DONE;
}
