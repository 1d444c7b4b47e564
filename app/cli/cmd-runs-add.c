/* guisectl runs add and runs export: checkpoint folders in and out of a project. */
#include "cli-commands.h"

#include <stdio.h>

#include "guise-checkpoint.h"
#include "guise-project-search.h"
#include "guise-run-folder.h"

static gboolean
add (CliGlobal *global, const char *checkpoint, const char *name, GError **error)
{
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_PREFER_WRITE, error);

  return project != NULL && guise_project_add_run (project, checkpoint, name, error);
}

int
cmd_runs_add (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *name = NULL, *canonical = NULL;
  const GOptionEntry entries[] = { { "name", 0, 0, G_OPTION_ARG_STRING, &name,
                                     "The new run's name (default: the folder's)", "NAME" },
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, "DIR",
                  "Copies a checkpoint folder (config.json, model.safetensors, vocab.txt) into the "
                  "project as a run\nto embed, evaluate and search with. Where the run is there "
                  "already with the same weights,\nnothing happens.",
                  "guisectl runs add data/demo --name demo", 1, 1, &argc, &argv))
    return CLI_USAGE;
  canonical = g_canonicalize_filename (argv[1], NULL);
  if (name == NULL)
    name = g_path_get_basename (canonical);
  if (!add (global, canonical, name, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:s}", "run", name));
  else if (!global->quiet)
    printf ("%s: ready to embed, evaluate and search with\n", name);
  return CLI_DONE;
}

/* The weights at half precision: retrieval does not notice, and the file is half as large. */
static gboolean
export_run (CliGlobal *global, const char *name, const char *to, GError **error)
{
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, error);
  g_autoptr (GuiseSearchModel) model = NULL;
  g_autofree char *folder = NULL, *checkpoint = NULL, *step = NULL;
  char lambda[G_ASCII_DTOSTR_BUF_SIZE];

  if (project == NULL || (model = guise_project_open_model (project, name, 1, error)) == NULL)
    return FALSE;
  folder = guise_project_get_run_folder (project, name);
  checkpoint = guise_run_find_model (folder, error);
  if (checkpoint == NULL)
    return FALSE;
  step = g_strdup_printf ("%" G_GUINT64_FORMAT, guise_search_model_get_step (model));
  g_ascii_formatd (lambda, sizeof lambda, "%.4g", guise_search_model_get_lambda (model));
  return guise_checkpoint_export (checkpoint, to, GUISE_STORE_HALF,
                                  (const char *[]){ "run", guise_search_model_get_name (model),
                                                    "step", step, "lambda", lambda, NULL },
                                  error);
}

int
cmd_runs_export (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *to = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, NULL, "NAME DIR",
                  "Writes a run's best checkpoint as a new folder (config.json, vocab.txt, "
                  "model.safetensors at half\nprecision, with λ and step in its metadata): what "
                  "`runs add` takes elsewhere.",
                  "guisectl runs export tiny-1 data/demo", 2, 2, &argc, &argv))
    return CLI_USAGE;
  to = g_canonicalize_filename (argv[2], NULL);
  if (!export_run (global, argv[1], to, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (
        json_pack ("{s:s, s:o}", "run", argv[1], "checkpoint", guise_json_pack_text (to)));
  return CLI_DONE;
}
