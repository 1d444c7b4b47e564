#include "run-ctl.h"

#include <string.h>
#include <sys/wait.h>

static void
append (GPtrArray *argv, const char *const *words)
{
  for (; words != NULL && *words != NULL; words++)
    g_ptr_array_add (argv, (char *)*words);
}

int
ctl_run_in (const char *folder, char **environment, const char *const *before,
            const char *const *words, char **output, char **errors)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int status;

  if (output != NULL)
    g_clear_pointer (output, g_free);
  if (errors != NULL)
    g_clear_pointer (errors, g_free);
  g_ptr_array_add (argv, (char *)g_getenv ("GUISECTL"));
  append (argv, before);
  append (argv, words);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (folder, (char **)argv->pdata, environment, G_SPAWN_DEFAULT, NULL, NULL, output,
                errors, &status, &error);
  g_assert_no_error (error);
  return WIFSIGNALED (status) ? -WTERMSIG (status) : WEXITSTATUS (status);
}

int
ctl_run (const char *const *before, const char *const *words, char **output, char **errors)
{
  int status = ctl_run_in (NULL, NULL, before, words, output, errors);

  g_assert_cmpint (status, >=, 0);
  return status;
}

void
ctl_assert_one_line (const char *errors, const char *part)
{
  g_assert_true (g_str_has_prefix (errors, "guisectl: "));
  g_assert_nonnull (strstr (errors, part));
  g_assert_true (strchr (errors, '\n') == errors + strlen (errors) - 1);
}

json_t *
ctl_read_last (const char *output)
{
  g_autofree char *text = g_strchomp (g_strdup (output));
  const char *line = strrchr (text, '\n');
  json_t *object = json_loads (line != NULL ? line + 1 : text, 0, NULL);

  g_assert_nonnull (object);
  return object;
}

gint64
ctl_get_int (json_t *object, const char *key)
{
  g_assert_true (json_is_integer (json_object_get (object, key)));
  return json_integer_value (json_object_get (object, key));
}
