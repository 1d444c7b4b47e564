/* guisectl demo: a new project full of synthetic people. */
#include "cli-commands.h"
#include "cli-part.h"

#include "guise-data-file.h"
#include "guise-demo.h"
#include "guise-import.h"
#include "guise-project-search.h"

#include <stdio.h>

#define RUN_NAME "demo"

typedef struct {
  const char *dir;
  guint n_persons;
  guint64 seed;
  const char *sheet;
  gboolean with_model;
} Demo;

static void
show_progress (guint n_done, guint n_total, gpointer user_data)
{
  cli_progress_update (user_data, n_done, n_total);
}

static void
show_import (guint64 n_done, guint64 n_total, gpointer user_data)
{
  cli_progress_update (user_data, n_done, n_total);
}

/* Nothing is lost of a folder that is empty, or in which a project was begun and nothing stored. */
static gboolean
is_taken (const char *dir)
{
  return g_file_test (dir, G_FILE_TEST_EXISTS) && !guise_project_is_begun (dir);
}

static gboolean
paint (CliGlobal *global, const Demo *demo, const char *people, GuiseDemoCounts *counts,
       GError **error)
{
  CliProgress progress;
  gboolean good;

  cli_progress_start (&progress, global, "painting");
  good = guise_demo_write (people, demo->n_persons, demo->seed, 0, show_progress, &progress,
                           counts, global->cancellable, error);
  cli_progress_end (&progress);
  return good;
}

/* The data set lies inside the project, so its root is stored relative and survives the renaming.
 */
static gboolean
import (CliGlobal *global, const char *folder, const char *people, GError **error)
{
  g_autoptr (GuiseImport)
      read
      = guise_import_read (people, "cuhk-pedes", NULL, NULL, global->cancellable, error);
  g_autoptr (GuiseProject) project = NULL;
  GuiseImportStats stats;
  CliProgress progress;
  gboolean good;

  if (read == NULL)
    return FALSE;
  project = guise_project_create (folder, error);
  if (project == NULL)
    return FALSE;
  cli_progress_start (&progress, global, "importing");
  good = guise_project_import (project, read, &stats, show_import, &progress, global->cancellable,
                               error);
  cli_progress_end (&progress);
  guise_project_close (project);
  return good;
}

/* ---- the shipped model ---- */

static void
show_embedding (guint64 n_done, guint64 n_total, gpointer user_data)
{
  cli_progress_update (user_data, n_done, n_total);
}

/* Adds the shipped run and embeds the persons that it has never seen, so that search answers at
 * once. What is there already stays. */
static gboolean
add_model (CliGlobal *global, const char *folder, GError **error)
{
  g_autofree char *checkpoint = guise_find_data_file ("demo");
  g_autoptr (GuiseProject) project
      = guise_project_open (folder, GUISE_PROJECT_PREFER_WRITE, error);
  g_autoptr (GuiseSearchModel) model = NULL;
  g_autoptr (GuiseIndex) index = NULL;
  g_auto (GuiseProjectIndexReport) report = { 0 };
  CliProgress progress;

  if (project == NULL || !guise_project_add_run (project, checkpoint, RUN_NAME, error))
    return FALSE;
  model = guise_project_open_model (project, RUN_NAME, 0, error);
  if (model == NULL)
    return FALSE;
  cli_progress_start (&progress, global, "embedding");
  index = guise_project_embed (project, model, 1u << GUISE_SPLIT_TEST, NULL, TRUE, &report,
                               show_embedding, &progress, global->cancellable, error);
  cli_progress_end (&progress);
  guise_project_close (project);
  return index != NULL;
}

/* ---- the folder ---- */

/* Fills a folder beside the wanted one and renames it when all is there and on the disk. */
static gboolean
make_demo (CliGlobal *global, const Demo *demo, GuiseDemoCounts *counts, GError **error)
{
  g_autoptr (CliPart) part = cli_part_new (demo->dir, "cannot make the demo:", error);
  const char *folder = part != NULL ? cli_part_get_folder (part) : NULL;
  g_autofree char *people = g_build_filename (folder != NULL ? folder : "", "people", NULL);

  return part != NULL && paint (global, demo, people, counts, error)
         && import (global, folder, people, error)
         && (!demo->with_model || add_model (global, folder, error))
         && cli_part_put (part, global->cancellable, error);
}

/* Whether the folder holds the demo that is asked for already. */
static gboolean
check_there (const Demo *demo, const char *people, GuiseDemoCounts *counts, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (guise_project_is_project (demo->dir)
      && guise_demo_recognise (people, demo->n_persons, demo->seed, counts, &reason))
    return TRUE;
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_EXISTS)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 "cannot make the demo: %s; remove '%s' or choose another folder", reason->message,
                 demo->dir);
    return FALSE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "cannot make the demo: '%s': %s; choose another folder", demo->dir,
               guise_project_is_project (demo->dir) ? "it is a project with other pictures"
                                                    : "it exists and holds something else");
  return FALSE;
}

static void
print_counts (CliGlobal *global, const Demo *demo, const GuiseDemoCounts *counts)
{
  if (global->json)
    cli_print_json (json_pack ("{s:s, s:i, s:i, s:i, s:i}", "event", "done", "persons",
                               counts->n_persons, "images", counts->n_images, "captions",
                               counts->n_captions, "descriptions", counts->n_descriptions));
  else if (!global->quiet)
    printf ("%s: %u persons, %u pictures, %u captions, %u descriptions\n", demo->dir,
            counts->n_persons, counts->n_images, counts->n_captions, counts->n_descriptions);
}

/* Whether path lies in the folder, which may still have to be made. */
static gboolean
is_inside (const char *path, const char *folder)
{
  g_autofree char *absolute = path != NULL ? g_canonicalize_filename (path, NULL) : NULL;
  g_autofree char *start = g_strconcat (folder, "/", NULL);

  return absolute != NULL && g_str_has_prefix (absolute, start);
}

static int
run_demo (CliGlobal *global, const Demo *demo)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *people = g_build_filename (demo->dir, "people", NULL);
  GuiseDemoCounts counts;

  cli_watch_signals (global);
  if (!is_inside (demo->sheet, demo->dir) && !cli_check_output (demo->sheet, &error))
    return cli_fail (global, error);
  if (!is_taken (demo->dir)) {
    if (!make_demo (global, demo, &counts, &error))
      return cli_fail (global, error);
  } else if (!check_there (demo, people, &counts, &error)
             || (demo->with_model && !add_model (global, demo->dir, &error))) {
    return cli_fail (global, error);
  }
  if (demo->sheet != NULL && !guise_demo_contact_sheet (people, demo->sheet, 12, 9, &error))
    return cli_fail (global, error);
  print_counts (global, demo, &counts);
  return CLI_DONE;
}

int
cmd_demo (CliGlobal *global, int argc, char **argv)
{
  gint64 n_persons = 720, seed = 0;
  g_autofree char *sheet = NULL, *dir = NULL;
  gboolean with_model = FALSE;
  const GOptionEntry entries[]
      = { { "persons", 0, 0, G_OPTION_ARG_INT64, &n_persons, "How many persons (default 720)",
            "N" },
          { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Same seed, same data set (default 0)", "N" },
          { "contact-sheet", 0, 0, G_OPTION_ARG_FILENAME, &sheet,
            "Also paint an overview of the pictures", "PNG" },
          { "with-model", 0, 0, G_OPTION_ARG_NONE, &with_model,
            "Also add the trained model as run '" RUN_NAME "' and embed the test pictures", NULL },
          G_OPTION_ENTRY_NULL };
  Demo demo;

  if (!cli_parse (global, entries, "DIR",
                  "Makes a new project with painted people and their captions.",
                  "guisectl demo ~/demo --with-model", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (n_persons < 1 || n_persons > GUISE_DEMO_MAX_PERSONS)
    return cli_usage ("demo: --persons must be 1 to %d", GUISE_DEMO_MAX_PERSONS);
  if (seed < 0)
    return cli_usage ("demo: --seed must not be negative");
  dir = g_canonicalize_filename (argv[1], NULL);
  demo = (Demo){ dir, n_persons, seed, sheet, with_model };
  return run_demo (global, &demo);
}
