/* guisectl demo: a new project full of synthetic people. */
#include "cli-commands.h"

#include "guise-demo.h"
#include "guise-folder.h"
#include "guise-import.h"
#include "guise-project.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

typedef struct {
  const char *dir;
  guint n_persons;
  guint64 seed;
  const char *sheet;
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

static gboolean
is_taken (const char *dir)
{
  g_autoptr (GDir) contents = g_dir_open (dir, 0, NULL);

  return contents != NULL ? g_dir_read_name (contents) != NULL
                          : g_file_test (dir, G_FILE_TEST_EXISTS);
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

/* Fills a folder beside the wanted one and renames it when all is there. */
static gboolean
make_demo (CliGlobal *global, const Demo *demo, GuiseDemoCounts *counts, GError **error)
{
  g_autofree char *part = guise_folder_make_beside (demo->dir, error), *people = NULL;

  if (part == NULL) {
    g_prefix_error (error, "cannot make the demo: ");
    return FALSE;
  }
  people = g_build_filename (part, "people", NULL);
  if (paint (global, demo, people, counts, error) && import (global, part, people, error)
      && !g_cancellable_set_error_if_cancelled (global->cancellable, error)) {
    if (g_rename (part, demo->dir) == 0)
      return TRUE;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 "cannot make the demo: '%s': %s", demo->dir, g_strerror (errno));
  }
  guise_folder_remove (part, NULL);
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

static int
run_demo (CliGlobal *global, const Demo *demo)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *people = g_build_filename (demo->dir, "people", NULL);
  GuiseDemoCounts counts;

  cli_watch_signals (global);
  if (is_taken (demo->dir)) {
    if (!guise_project_is_project (demo->dir)
        || !guise_demo_recognise (people, demo->n_persons, demo->seed, &counts, &error)) {
      g_clear_error (&error);
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   "cannot make the demo: '%s': it exists and holds something else", demo->dir);
      return cli_fail (global, error);
    }
  } else if (!make_demo (global, demo, &counts, &error)) {
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
  const GOptionEntry entries[]
      = { { "persons", 0, 0, G_OPTION_ARG_INT64, &n_persons, "How many persons (default 720)",
            "N" },
          { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Same seed, same data set (default 0)", "N" },
          { "contact-sheet", 0, 0, G_OPTION_ARG_FILENAME, &sheet,
            "Also paint an overview of the pictures", "PNG" },
          G_OPTION_ENTRY_NULL };
  Demo demo;

  if (!cli_parse (global, entries, "DIR",
                  "Makes a new project with painted people and their captions.",
                  "guisectl demo ~/demo --contact-sheet sheet.png", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (n_persons < 1 || n_persons > GUISE_DEMO_MAX_PERSONS)
    return cli_usage ("demo: --persons must be 1 to %d", GUISE_DEMO_MAX_PERSONS);
  if (seed < 0)
    return cli_usage ("demo: --seed must not be negative");
  dir = g_canonicalize_filename (argv[1], NULL);
  demo = (Demo){ dir, n_persons, seed, sheet };
  return run_demo (global, &demo);
}
