/* guisectl review: what a reviewer does to captions, one undoable operation a call. */
#include "cli-commands.h"
#include "cli-text.h"

#include "guise-project.h"
#include "guise-store-captions.h"

#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  GuiseCaptionState state;
} actions[] = {
  { "accept", GUISE_STATE_ACCEPTED },
  { "reject", GUISE_STATE_REJECTED },
  { "flag", GUISE_STATE_FLAGGED },
  { "skip", GUISE_STATE_SKIPPED },
  { "pending", GUISE_STATE_PENDING },
};

static gboolean
parse_action (const char *name, GuiseCaptionState *state)
{
  for (size_t i = 0; i < G_N_ELEMENTS (actions); i++)
    if (strcmp (actions[i].name, name) == 0) {
      *state = actions[i].state;
      return TRUE;
    }
  return FALSE;
}

static int
report (CliGlobal *global, gboolean ok, const GError *error, json_t *result)
{
  if (!ok) {
    json_decref (result);
    return cli_fail (global, error);
  }
  cli_put_result (global, result);
  return CLI_DONE;
}

static int
run_set (CliGlobal *global, int n_ids, char **words, const char *action)
{
  g_autofree gint64 *ids = g_new (gint64, (gsize)n_ids);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GError) error = NULL;
  GuiseCaptionState state;
  gboolean ok;

  if (!parse_action (action, &state))
    return cli_usage ("review: unknown action: '%s'", action);
  for (int i = 0; i < n_ids; i++)
    if (!cli_parse_id (words[i], &ids[i]))
      return cli_usage ("review: not a caption's id: '%s'", words[i]);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  if (project == NULL)
    return cli_fail (global, error);
  ok = guise_store_set_caption_state (guise_project_get_store (project), ids, (size_t)n_ids, state,
                                      &error);
  return report (global, ok, error,
                 json_pack ("{s:i, s:s}", "captions", n_ids, "state",
                            guise_caption_state_to_string (state)));
}

static int
run_edit (CliGlobal *global, const char *word, const char *text)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;
  gboolean ok;

  if (!cli_parse_id (word, &id))
    return cli_usage ("review: not a caption's id: '%s'", word);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  if (project == NULL)
    return cli_fail (global, error);
  ok = guise_store_edit_caption (guise_project_get_store (project), id, -1, text, &error);
  return report (global, ok, error,
                 json_pack ("{s:I, s:s}", "caption", (json_int_t)id, "state",
                            guise_caption_state_to_string (GUISE_STATE_EDITED)));
}

int
cmd_review (CliGlobal *global, int argc, char **argv)
{
  if (!cli_parse (global, NULL, "set ID… accept|reject|flag|skip|pending | edit ID TEXT",
                  "Sets the state of captions or replaces a caption's text. Ids come from "
                  "`guisectl list --fields caption,text`.",
                  "guisectl review set 12 13 accept\n  guisectl review edit 12 'a tall man in a "
                  "red coat'",
                  3, -1, &argc, &argv))
    return CLI_USAGE;
  if (strcmp (argv[1], "set") == 0)
    return run_set (global, argc - 3, argv + 2, argv[argc - 1]);
  if (strcmp (argv[1], "edit") == 0 && argc == 4)
    return run_edit (global, argv[2], argv[3]);
  if (strcmp (argv[1], "edit") == 0)
    return cli_usage ("review: edit takes an id and one text");
  return cli_usage ("review: unknown action: '%s'", argv[1]);
}
