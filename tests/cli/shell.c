#include "shell.h"

#include "temp-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

char *shell_folder, *shell_project, *shell_people;

void
shell_set_up (void)
{
  shell_folder = temp_folder_new ("cli");
  shell_project = g_build_filename (shell_folder, "project", NULL);
  shell_people = g_build_filename (shell_folder, "people", NULL);
}

void
shell_tear_down (void)
{
  temp_folder_free (shell_folder);
  g_free (shell_project);
  g_free (shell_people);
}

void
shell_result_clear (ShellResult *result)
{
  g_free (result->output);
  g_free (result->errors);
}

ShellResult
shell_run_with (const char *line, char **environment)
{
  const char *const before[] = { "--project", shell_project, NULL };
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  ShellResult result = { 0 };

  g_shell_parse_argv (line, NULL, &words, &error);
  g_assert_no_error (error);
  result.status = ctl_run_in (shell_folder, environment, before, (const char *const *)words,
                              &result.output, &result.errors);
  return result;
}

ShellResult
shell_run_with_fault (const char *line, const char *fault)
{
  g_auto (GStrv) faults = g_strsplit (fault, " ", -1), environment = g_get_environ ();

  for (guint i = 0; faults[i] != NULL; i++) {
    char *value = strchr (faults[i], '=');

    *value++ = '\0';
    environment = g_environ_setenv (environment, faults[i], value, TRUE);
  }
  environment = g_environ_setenv (environment, "FAULT_DIR", shell_project, TRUE);
  environment = g_environ_setenv (environment, "LD_PRELOAD", g_getenv ("FAULT_SHIM"), TRUE);
  environment = g_environ_setenv (environment, "ASAN_OPTIONS", "verify_asan_link_order=0", TRUE);
  return shell_run_with (line, environment);
}

ShellResult
shell_run (const char *line)
{
  ShellResult result = shell_run_with (line, NULL);

  g_assert_cmpint (result.status, >=, 0);
  return result;
}

void
shell_make_demo (void)
{
  g_autofree char *line = g_strdup_printf ("demo '%s' --persons 6", shell_project);
  g_auto (ShellResult) result = shell_run (line);

  g_assert_cmpint (result.status, ==, 0);
}

void
shell_set_up_demo (void)
{
  shell_set_up ();
  shell_make_demo ();
}

json_t *
shell_run_json (const char *line)
{
  g_autofree char *with_json = g_strconcat ("--json ", line, NULL);
  g_auto (ShellResult) result = shell_run (with_json);

  if (result.status != 0)
    g_error ("%s: %s", line, result.errors);
  return ctl_read_last (result.output);
}

gint64
shell_run_for (const char *line, const char *key)
{
  json_auto_t *object = shell_run_json (line);

  return ctl_get_int (object, key);
}

guint
shell_count (const char *filter)
{
  g_autofree char *line = g_strdup_printf ("list --filter '%s'", filter);
  json_auto_t *object = shell_run_json (line);

  return (guint)json_array_size (json_object_get (object, "rows"));
}

void
shell_assert_output (const char *line, const char *output)
{
  g_auto (ShellResult) result = shell_run (line);

  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  if (output != NULL)
    g_assert_cmpstr (result.output, ==, output);
}

void
shell_assert_failure (const char *line, int status, const char *part)
{
  g_auto (ShellResult) result = shell_run (line);

  g_assert_cmpint (result.status, ==, status);
  g_assert_cmpstr (result.output, ==, "");
  ctl_assert_one_line (result.errors, part);
}

int
shell_lock_project (void)
{
  g_autofree char *path = g_build_filename (shell_project, "project.lock", NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = g_open (path, O_RDWR | O_CLOEXEC);

  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  return fd;
}
