#include "cli-styles.h"

#include <stdio.h>
#include <string.h>

void
cli_styles_clear (CliStyles *styles)
{
  g_clear_pointer (&styles->names, g_strfreev);
  g_clear_pointer (&styles->exemplars, json_decref);
}

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

GuiseStyles *
cli_find_styles (CliGlobal *global, GuiseProject *project, const char *filter,
                 const GuiseStyleOptions *options, size_t n_threads, GError **error)
{
  CliGlobal silent = *global;
  CliProgress progress;
  const GuiseWork work = { .cancellable = global->cancellable,
                           .progress = show_progress,
                           .progress_data = &progress };
  GuiseStyles *styles;

  silent.quiet |= silent.json; /* the end is the answer, not lines on the way to it */
  silent.json = FALSE;
  cli_progress_start (&progress, &silent, "finding styles, %");
  styles = guise_project_find_styles (project, filter, options, n_threads, &work, error);
  cli_progress_end (&progress);
  return styles;
}

/* Those that were found, now at the latest. */
static GuiseStyles *
load_or_find (CliGlobal *global, GuiseProject *project, GError **error)
{
  const GuiseStyleOptions options = { 0 };
  g_autoptr (GError) local = NULL;
  GuiseStyles *styles = guise_project_load_styles (project, &local);

  if (styles != NULL)
    return styles;
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  styles = cli_find_styles (global, project, NULL, &options, 0, error);
  if (styles != NULL && !global->quiet && !global->json)
    cli_tell ("note: no styles had been found yet: %zu are now, by the default method; "
              "`guisectl styles` shows them and finds others",
              styles->n_styles);
  return styles;
}

static void
warn_of_fewer (CliGlobal *global, const GuiseStyles *styles, const char *wanted)
{
  guint64 n;

  if (!global->quiet && !global->json
      && g_ascii_string_to_unsigned (wanted, 10, 1, G_MAXUINT32, &n, NULL) && n > styles->n_styles)
    cli_tell ("note: %s styles are wanted, and the project has %zu: these are taken",
              wanted, styles->n_styles);
}

static gboolean
take_file (const char *path, CliStyles *styles, GError **error)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const char *name;
  json_t *texts;

  styles->exemplars = guise_style_exemplars_load (path, error);
  if (styles->exemplars == NULL)
    return FALSE;
  json_object_foreach (styles->exemplars, name, texts) g_strv_builder_add (names, name);
  styles->names = g_strv_builder_end (names);
  return TRUE;
}

gboolean
cli_choose_styles (CliGlobal *global, GuiseProject *project, const char *wanted,
                   CliStyles *styles, GError **error)
{
  g_autoptr (GuiseStyles) found = NULL;

  if (g_str_has_suffix (wanted, ".json"))
    return take_file (wanted, styles, error);
  found = load_or_find (global, project, error);
  if (found == NULL)
    return FALSE;
  styles->names = guise_styles_choose (found, wanted, error);
  if (styles->names == NULL)
    return FALSE;
  warn_of_fewer (global, found, wanted);
  styles->exemplars
      = guise_styles_pack_exemplars (found, (const char *const *)styles->names);
  return TRUE;
}
