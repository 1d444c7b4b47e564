/* guisectl import: a data set, read in place, into the project. */
#include "cli-commands.h"
#include "cli-part.h"
#include "cli-text.h"

#include "guise-import.h"
#include "guise-project.h"

#include <stdio.h>
#include <string.h>

/* Folders with missing images that are listed. */
#define MAX_FOLDERS 20

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

static json_t *
counts_to_json (const GuiseImportCounts *counts)
{
  return json_pack ("{s:i, s:i, s:i, s:i}", "images", counts->n_images, "persons",
                    counts->n_persons, "captions", counts->n_captions, "descriptions",
                    counts->n_descriptions);
}

static json_t *
splits_to_json (const GuiseImportCounts *splits)
{
  json_t *object = json_object ();

  for (int i = 0; i < GUISE_N_SPLITS; i++)
    if (splits[i].n_images > 0)
      json_object_set_new (object, guise_split_to_string ((GuiseSplit)i),
                           counts_to_json (&splits[i]));
  return object;
}

static json_t *
problems_to_json (const GuiseImportReport *report)
{
  json_t *problems = json_array ();

  for (guint i = 0; i < report->problems->len; i++) {
    const GuiseProblem *problem = report->problems->pdata[i];

    json_array_append_new (
        problems, json_pack ("{s:s, s:o}", "kind", guise_problem_kind_to_string (problem->kind),
                             "message", guise_json_pack_text (problem->message)));
  }
  return problems;
}

static json_t *
problem_counts_to_json (const GuiseImportReport *report)
{
  json_t *counts = json_object ();

  for (int i = 0; i < GUISE_N_PROBLEM_KINDS; i++)
    if (report->counts[i] > 0)
      json_object_set_new (counts, guise_problem_kind_to_string ((GuiseProblemKind)i),
                           json_integer (report->counts[i]));
  return counts;
}

/* The folders of the images, or only those where some are missing. */
static json_t *
folders_to_json (const GuiseImportReport *report, gboolean only_missing)
{
  json_t *folders = json_array ();

  for (guint i = 0; i < report->folders->len; i++) {
    const GuiseImportFolder *folder = report->folders->pdata[i];

    if (folder->n_missing > 0 || !only_missing)
      json_array_append_new (folders, json_pack ("{s:o, s:i, s:i}", "folder",
                                                 guise_json_pack_text (folder->folder), "images",
                                                 folder->n_images, "missing",
                                                 folder->n_missing));
  }
  return folders;
}

static GuiseImportCounts
sum_counts (const GuiseImport *import)
{
  GuiseImportCounts sum = { 0 };
  g_autoptr (GHashTable) persons = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < GUISE_N_SPLITS; i++) {
    sum.n_images += import->report.splits[i].n_images;
    sum.n_captions += import->report.splits[i].n_captions;
    sum.n_descriptions += import->report.splits[i].n_descriptions;
  }
  for (guint i = 0; i < import->records->len; i++)
    g_hash_table_add (persons, ((GuiseRecord *)import->records->pdata[i])->person);
  sum.n_persons = g_hash_table_size (persons); /* a leaking person counts once */
  return sum;
}

static void
print_json (const GuiseImport *import, const GuiseImportStats *stats)
{
  GuiseImportCounts sum = sum_counts (import);
  json_t *object = counts_to_json (&sum);

  json_object_set_new (object, "event", json_string ("done"));
  json_object_set_new (object, "format", json_string (import->format));
  json_object_set_new (object, "annotation", guise_json_pack_text (import->annotation));
  json_object_set_new (object, "splits", splits_to_json (import->report.splits));
  json_object_set_new (object, "named", splits_to_json (import->report.named));
  if (import->report.official != NULL)
    json_object_set_new (object, "official", splits_to_json (import->report.official));
  json_object_set_new (object, "records", json_integer (import->report.n_records));
  json_object_set_new (object, "extra_keys", json_integer (import->report.n_extra_keys));
  json_object_set_new (object, "folders", folders_to_json (&import->report, FALSE));
  json_object_set_new (object, "missing", folders_to_json (&import->report, TRUE));
  json_object_set_new (object, "problem_counts", problem_counts_to_json (&import->report));
  json_object_set_new (object, "problems", problems_to_json (&import->report));
  if (stats != NULL)
    json_object_set_new (object, "stored",
                         json_pack ("{s:i, s:i, s:i, s:i, s:i, s:i}", "images_added",
                                    stats->n_images_added, "images_updated",
                                    stats->n_images_updated, "images_unchanged",
                                    stats->n_images_unchanged, "captions_added",
                                    stats->n_captions_added, "captions_updated",
                                    stats->n_captions_updated, "captions_kept",
                                    stats->n_captions_kept));
  cli_print_json (object);
}

static gboolean
is_published (const GuiseImportCounts *counts, const GuiseImportCounts *official)
{
  return counts->n_images == official->n_images && counts->n_persons == official->n_persons
         && counts->n_captions == official->n_captions;
}

/* FALSE where there are published numbers and the split's are others. */
static gboolean
print_split (const GuiseImportReport *report, GuiseSplit split)
{
  const GuiseImportCounts *counts = &report->splits[split];
  const GuiseImportCounts *wanted = report->official != NULL ? &report->official[split] : NULL;
  gboolean is_same = wanted == NULL || is_published (counts, wanted);

  if (counts->n_images == 0 && (wanted == NULL || wanted->n_images == 0))
    return TRUE;
  printf ("%-6s %9u %9u %9u %13u\n", guise_split_to_string (split), counts->n_images,
          counts->n_persons, counts->n_captions, counts->n_descriptions);
  if (!is_same)
    printf ("%6s %9u %9u %9u   as published\n", "", wanted->n_images, wanted->n_persons,
            wanted->n_captions);
  return is_same;
}

static void
print_splits (const GuiseImport *import)
{
  const GuiseImportReport *report = &import->report;
  g_autofree char *annotation = cli_escape (import->annotation);
  gboolean all_same = TRUE, named_same = TRUE;

  printf ("%s, from '%s'\n", import->format, annotation);
  printf ("%-6s %9s %9s %9s %13s\n", "split", "images", "persons", "captions", "descriptions");
  for (int i = 0; i < GUISE_N_SPLITS; i++) {
    all_same &= print_split (report, (GuiseSplit)i);
    if (report->official != NULL)
      named_same &= is_published (&report->named[i], &report->official[i]);
  }
  if (report->official != NULL && all_same)
    printf ("All counts are the published ones.\n");
  else if (report->official != NULL && named_same)
    printf ("The annotation file is the published one: only images are missing.\n");
}

static void
print_missing (const GuiseImportReport *report)
{
  guint n_shown = 0, n_more = 0;

  for (guint i = 0; i < report->folders->len; i++) {
    const GuiseImportFolder *folder = report->folders->pdata[i];
    g_autofree char *name = cli_escape (folder->folder);

    if (folder->n_missing == 0)
      continue;
    if (n_shown == MAX_FOLDERS) {
      n_more++;
      continue;
    }
    if (folder->n_missing == folder->n_images)
      printf ("missing: all %u images in '%s'\n", folder->n_images, name);
    else
      printf ("missing: %u of %u images in '%s'\n", folder->n_missing, folder->n_images, name);
    n_shown++;
  }
  if (n_more > 0)
    printf ("missing: images in %u more folders\n", n_more);
}

static void
print_problems (const GuiseImportReport *report)
{
  for (int kind = 0; kind < GUISE_N_PROBLEM_KINDS; kind++) {
    guint n_shown = 0;

    if (report->counts[kind] == 0)
      continue;
    printf ("%s: %u\n", guise_problem_kind_to_string ((GuiseProblemKind)kind),
            report->counts[kind]);
    for (guint i = 0; i < report->problems->len && n_shown < 5; i++) {
      const GuiseProblem *problem = report->problems->pdata[i];
      g_autofree char *message = cli_escape (problem->message);

      if ((int)problem->kind != kind)
        continue;
      printf ("  %s\n", message);
      n_shown++;
    }
    if (report->counts[kind] > n_shown)
      printf ("  … and %u more\n", report->counts[kind] - n_shown);
  }
}

static void
print_extra_keys (const GuiseImportReport *report)
{
  if (report->n_extra_keys > 0)
    printf ("keys that this version does not know: %u; they are kept: list --fields path,extra\n",
            report->n_extra_keys);
}

static gboolean
is_unchanged (const GuiseImportStats *stats)
{
  return stats->n_images_added == 0 && stats->n_images_updated == 0 && stats->n_captions_added == 0
         && stats->n_captions_updated == 0;
}

static void
print_report (CliGlobal *global, const GuiseImport *import, const GuiseImportStats *stats)
{
  if (global->json) {
    print_json (import, stats);
    return;
  }
  if (global->quiet)
    return;
  print_splits (import);
  print_missing (&import->report);
  print_problems (&import->report);
  print_extra_keys (&import->report);
  if (stats == NULL)
    printf ("Nothing was written (--dry-run).\n");
  else if (is_unchanged (stats))
    printf ("Nothing changed: all %u images are in the project as they are here.%s\n",
            stats->n_images_unchanged,
            stats->n_captions_kept > 0 ? " Captions that were edited there stay." : "");
  else
    printf ("Images: %u new, %u changed, %u as before. Captions: %u new, %u changed, %u kept as "
            "edited here.\n",
            stats->n_images_added, stats->n_images_updated, stats->n_images_unchanged,
            stats->n_captions_added, stats->n_captions_updated, stats->n_captions_kept);
}

/* A project, or a folder that becomes one: it is missing or empty, or an import that was to make it
 * was killed. */
static GuiseProject *
open_or_create (const char *folder, GError **error)
{
  g_autoptr (GError) local = NULL;
  GuiseProject *project;

  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    return guise_project_create (folder, error);
  project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &local);
  if (project != NULL)
    return project;
  if (g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
      && guise_project_is_begun (folder))
    return guise_project_create (folder, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
store_in (CliGlobal *global, GuiseProject *project, const GuiseImport *import,
          GuiseImportStats *stats, GError **error)
{
  CliProgress progress;
  gboolean ok;

  cli_progress_start (&progress, global, "storing");
  ok = guise_project_import (project, import, stats, show_progress, &progress,
                             global->cancellable, error);
  cli_progress_end (&progress);
  return ok;
}

/* Into the project as it is: what is stored when this is interrupted stays, and the same command
 * goes on from there. */
static gboolean
store (CliGlobal *global, const GuiseImport *import, GuiseImportStats *stats, GError **error)
{
  g_autoptr (GuiseProject) project = open_or_create (global->project, error);

  return project != NULL && store_in (global, project, import, stats, error);
}

static gboolean
check_new (const char *folder, GError **error)
{
  if (!g_file_test (folder, G_FILE_TEST_EXISTS) || guise_project_is_begun (folder))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "cannot make the project: '%s': it exists; choose another folder, or import into it "
               "without --new",
               folder);
  return FALSE;
}

/* Into a project that appears when all is stored, or not at all. */
static gboolean
store_new (CliGlobal *global, const GuiseImport *import, GuiseImportStats *stats, GError **error)
{
  g_autofree char *folder = g_canonicalize_filename (global->project, NULL);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autoptr (CliPart) part = NULL;
  g_autoptr (GuiseProject) project = NULL;
  gboolean ok;

  g_mkdir_with_parents (parent, 0777); /* if not, the next call says why */
  part = cli_part_new (folder, "cannot make the project:", error);
  if (part == NULL)
    return FALSE;
  project = guise_project_create (cli_part_get_folder (part), error);
  if (project == NULL)
    return FALSE;
  ok = store_in (global, project, import, stats, error);
  guise_project_close (project);
  return ok && cli_part_put (part, global->cancellable, error);
}

/* A project that holds its own data set is easily named in its place. */
static void
hint_at_people (const char *root, GError **error)
{
  g_autofree char *people = g_build_filename (root, "people", NULL);
  g_autofree char *message = NULL;

  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      || !guise_project_is_project (root))
    return;
  message = g_file_test (people, G_FILE_TEST_IS_DIR)
                ? g_strdup_printf ("no data set found: '%s': it is a project; the data set of a "
                                   "demo is its folder '%s'",
                                   root, people)
                : g_strdup_printf ("no data set found: '%s': it is a project", root);
  g_clear_error (error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, message);
}

typedef struct {
  char *format;
  gboolean dry_run, is_new;
} Options;

static gboolean
store_import (CliGlobal *global, const Options *options, const GuiseImport *import,
              GuiseImportStats *stats, GError **error)
{
  if (options->dry_run)
    return TRUE;
  return options->is_new ? store_new (global, import, stats, error)
                         : store (global, import, stats, error);
}

static int
run_import (CliGlobal *global, const char *root, const Options *options)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;
  CliProgress progress;

  cli_watch_signals (global);
  if (options->is_new && !check_new (global->project, &error))
    return cli_fail (global, error);
  cli_progress_start (&progress, global, "reading");
  import = guise_import_read (root, options->format, show_progress, &progress,
                              global->cancellable, &error);
  cli_progress_end (&progress);
  if (import == NULL)
    hint_at_people (root, &error);
  if (import == NULL || !store_import (global, options, import, &stats, &error))
    return cli_fail (global, error);
  print_report (global, import, options->dry_run ? NULL : &stats);
  return CLI_DONE;
}

int
cmd_import (CliGlobal *global, int argc, char **argv)
{
  const char *const *formats = guise_import_get_formats ();
  g_autofree char *format = NULL;
  g_autofree char *names = g_strjoinv (", ", (char **)formats);
  g_autofree char *help = g_strdup_printf ("auto (default), %s", names);
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, help, "FORMAT" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Only report, write nothing", NULL },
    { "new", 0, 0, G_OPTION_ARG_NONE, &options.is_new,
      "Make a new project that appears when all is stored, or not at all", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (global, entries, "ROOT",
                  "Reads a data set in place and adds it to the project; the data set itself is "
                  "never written to.\nA missing or empty project folder becomes a new project.",
                  "guisectl --project ~/work import ~/data/CUHK-PEDES --dry-run", 1, 1, &argc,
                  &argv))
    return CLI_USAGE;
  if (format != NULL && strcmp (format, "auto") != 0 && !g_strv_contains (formats, format))
    return cli_usage ("import: unknown format: '%s'; there are auto, %s", format, names);
  options.format = format;
  return run_import (global, argv[1], &options);
}
