/* guisectl cache: what frozen encoders gave and training keeps, and its removal. */
#include "cli-commands.h"
#include "cli-text.h"

#include <stdio.h>
#include <string.h>

#include "guise-feature-file.h"
#include "guise-project.h"

static int
show (CliGlobal *global, const char *folder)
{
  g_autoptr (GPtrArray) entries = guise_feature_file_list (folder);
  json_t *files = json_array ();
  guint64 total = 0;

  for (guint i = 0; i < entries->len; i++) {
    const GuiseFeatureEntry *entry = entries->pdata[i];
    g_autoptr (GDateTime) changed = g_date_time_new_from_unix_local (entry->changed);
    g_autofree char *when = g_date_time_format (changed, "%Y-%m-%d %H:%M"),
                    *name = cli_escape (entry->name), *size = g_format_size (entry->bytes);

    total += entry->bytes;
    json_array_append_new (files, json_pack ("{s:s, s:I, s:I, s:s}", "name", name, "items",
                                             (json_int_t)entry->n_items, "bytes",
                                             (json_int_t)entry->bytes, "changed", when));
    if (!global->json)
      printf ("%-20s %9" G_GUINT64_FORMAT " items %10s  %s\n", name, entry->n_items, size, when);
  }
  if (!global->json && !global->quiet) {
    g_autofree char *size = g_format_size (total);

    printf ("%s in all\n", size);
  }
  cli_put_result (global,
                  json_pack ("{s:o, s:I}", "files", files, "bytes", (json_int_t)total));
  return CLI_DONE;
}

static int
clear (CliGlobal *global, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *size = NULL;
  guint64 bytes;

  if (!guise_feature_file_clear (folder, &bytes, &error))
    return cli_fail (global, error);
  size = g_format_size (bytes);
  if (!global->json && !global->quiet)
    printf ("%s removed\n", size);
  cli_put_result (global, json_pack ("{s:I}", "removed", (json_int_t)bytes));
  return CLI_DONE;
}

int
cmd_cache (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;

  if (!cli_parse (global, NULL, "[clear]",
                  "Shows what training keeps of frozen encoders, or removes it: it is computed "
                  "again when it is needed.",
                  "guisectl cache clear", 0, 1, &argc, &argv))
    return CLI_USAGE;
  if (argc > 1 && strcmp (argv[1], "clear") != 0)
    return cli_usage ("cache: not something to do with it: '%s'", argv[1]);
  if (!guise_project_check_folder (global->project, &error))
    return cli_fail (global, error);
  folder = g_build_filename (global->project, "tokens", NULL);
  return argc > 1 ? clear (global, folder) : show (global, folder);
}
