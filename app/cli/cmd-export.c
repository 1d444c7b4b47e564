/* guisectl export and caption import: captions as JSON Lines. */
#include "cli-captions.h"
#include "cli-commands.h"
#include "cli-text.h"

#include "guise-exchange.h"

#include <stdio.h>
#include <string.h>

/* The i-th name, NULL behind the last. */
typedef const char *(*GetName) (int i);

static const char *
get_kind (int i)
{
  return i < GUISE_N_CAPTION_KINDS ? guise_caption_kind_to_string ((GuiseCaptionKind)i) : NULL;
}

static const char *
get_state (int i)
{
  return i < GUISE_N_CAPTION_STATES ? guise_caption_state_to_string ((GuiseCaptionState)i) : NULL;
}

static gboolean
parse_names (const char *option, const char *text, GetName get_name, guint *bits)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  *bits = 0;
  for (char **name = names; *name != NULL; name++) {
    int i = 0;

    while (get_name (i) != NULL && strcmp (get_name (i), g_strstrip (*name)) != 0)
      i++;
    if (get_name (i) == NULL) {
      cli_usage ("export: %s: no such one: '%s'", option, *name);
      return FALSE;
    }
    *bits |= 1u << i;
  }
  return TRUE;
}

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

static int
run_export (CliGlobal *global, const char *path, const GuiseExportChoice *choice)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  guint64 n_written = 0;
  CliProgress progress;
  gboolean ok;

  if (project == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global);
  cli_progress_start (&progress, global, "exporting");
  ok = guise_project_export_captions (project, path, choice, &n_written, show_progress, &progress,
                                      global->cancellable, &error);
  cli_progress_end (&progress);
  if (!ok)
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:s, s:I}", "event", "done", "written", (json_int_t)n_written));
  else if (!global->quiet)
    printf ("%" G_GUINT64_FORMAT " captions written.\n", n_written);
  return CLI_DONE;
}

int
cmd_export (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *filter = NULL, *kinds = NULL, *states = NULL;
  const GOptionEntry entries[] = {
    { "filter", 0, 0, G_OPTION_ARG_STRING, &filter, "Only these images, as in `guisectl list`",
      "EXPR" },
    { "kinds", 0, 0, G_OPTION_ARG_STRING, &kinds,
      "caption, identity, clothing (default: identity,clothing)", "KINDS" },
    { "states", 0, 0, G_OPTION_ARG_STRING, &states,
      "pending, accepted, edited, rejected, flagged, skipped (default: all but rejected)",
      "STATES" },
    G_OPTION_ENTRY_NULL,
  };
  GuiseExportChoice choice = { 0 };

  if (!cli_parse (global, entries, "FILE",
                  "Writes captions as JSON Lines, one a line with its image; `guisectl caption "
                  "import` reads them.",
                  "guisectl export descriptions.jsonl --states accepted,edited", 1, 1, &argc,
                  &argv)
      || !parse_names ("--kinds", kinds != NULL ? kinds : "identity,clothing", get_kind,
                       &choice.kinds)
      || !parse_names ("--states",
                       states != NULL ? states : "pending,accepted,edited,flagged,skipped",
                       get_state, &choice.states))
    return CLI_USAGE;
  choice.filter = filter != NULL ? filter : "";
  return run_export (global, argv[1], &choice);
}

/* ---- import ---- */

static json_t *
problems_to_json (const GPtrArray *problems)
{
  json_t *array = json_array ();

  for (guint i = 0; i < problems->len; i++)
    json_array_append_new (array, guise_json_pack_text (problems->pdata[i]));
  return array;
}

static void
print_import (CliGlobal *global, const GuiseExchangeReport *report)
{
  if (global->json) {
    cli_print_json (json_pack ("{s:s, s:I, s:i, s:i, s:i, s:I, s:I, s:o}", "event", "done", "lines",
                               (json_int_t)report->n_lines, "added", report->stored.n_added,
                               "known", report->stored.n_known, "unusable",
                               report->stored.n_unusable, "bad", (json_int_t)report->n_bad,
                               "unknown", (json_int_t)report->n_unknown, "problems",
                               problems_to_json (report->problems)));
    return;
  }
  if (global->quiet)
    return;
  printf ("%u captions added, %u were there already, %u could not be stored; %" G_GUINT64_FORMAT
          " lines are no descriptions, %" G_GUINT64_FORMAT " of images that are not here.\n",
          report->stored.n_added, report->stored.n_known, report->stored.n_unusable, report->n_bad,
          report->n_unknown);
  for (guint i = 0; i < MIN (report->problems->len, 5); i++) {
    g_autofree char *problem = cli_escape (report->problems->pdata[i]);

    printf ("  %s\n", problem);
  }
  if (report->problems->len > 5)
    printf ("  … and more; --json lists the first %u\n", report->problems->len);
}

/* Nothing of the file is in the project, be it from now or from before. */
static int
fail_unusable (const char *path, const GuiseExchangeReport *report)
{
  g_autofree char *shown = cli_escape (path);
  g_autofree char *why = cli_escape (report->problems->len > 0 ? report->problems->pdata[0] : NULL);

  if (report->problems->len > 0)
    cli_tell ("cannot import '%s': no line of it can be used; for one, %s",
              shown, why);
  else
    cli_tell ("cannot import '%s': it has no caption that can be stored; give a file as "
              "`guisectl export` writes it",
              shown);
  return CLI_FAILED;
}

int
cmd_caption_import (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = NULL;
  g_auto (GuiseExchangeReport) report = { 0 };

  if (!cli_parse (global, NULL, "FILE",
                  "Adds captions from JSON Lines, as `guisectl export` writes them, to the images "
                  "of the project, with the sources and states that they have there. A caption "
                  "that the image has already, of the same kind and text, stays as it is; "
                  "`guisectl undo` takes back what was added.",
                  "guisectl caption import descriptions.jsonl", 1, 1, &argc, &argv))
    return CLI_USAGE;
  project = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  if (project == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global);
  if (!guise_project_import_captions (project, argv[1], &report, global->cancellable, &error))
    return cli_fail (global, error);
  print_import (global, &report);
  return report.stored.n_added + report.stored.n_known > 0 ? CLI_DONE
                                                           : fail_unusable (argv[1], &report);
}
