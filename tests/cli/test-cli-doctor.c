/* guisectl doctor: says what is there, warns of what is in the way, in words and in JSON. */
#include "run-ctl.h"

#include <string.h>

static char *out, *errors;

/* guisectl …, with NAME=VALUE set unless setting is NULL. */
static int
run (const char *setting, const char *const *arguments)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_auto (GStrv) parts = g_strsplit (setting != NULL ? setting : "", "=", 2);
  int status;

  environment = g_environ_unsetenv (environment, "OPENBLAS_CORETYPE");
  environment = g_environ_unsetenv (environment, "OPENBLAS_L2_SIZE");
  if (parts[0] != NULL)
    environment = g_environ_setenv (environment, parts[0], parts[1], TRUE);
  status = ctl_run_in (NULL, environment, NULL, arguments, &out, &errors);
  g_assert_cmpint (status, >=, 0);
  return status;
}
#define RUN(setting, ...) run (setting, (const char *[]){ __VA_ARGS__, NULL })

static json_t *
ask (const char *setting, int status)
{
  json_t *answer;

  g_assert_cmpint (RUN (setting, "doctor", "--json"), ==, status);
  answer = json_loads (out, 0, NULL);
  g_assert_nonnull (answer);
  return answer;
}

/* The value at "a.b". */
static json_t *
get (json_t *answer, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);

  for (guint i = 0; names[i] != NULL; i++) {
    answer = json_object_get (answer, names[i]);
    if (answer == NULL)
      g_error ("'%s' is missing", path);
  }
  return answer;
}

static gboolean
warns (json_t *answer, const char *text)
{
  json_t *warnings = get (answer, "warnings");

  for (size_t i = 0; i < json_array_size (warnings); i++)
    if (strstr (json_string_value (json_array_get (warnings, i)), text) != NULL)
      return TRUE;
  return FALSE;
}

static void
test_findings (void)
{
  const char *texts[]
      = { "versions.guise", "versions.glib", "versions.sqlite", "versions.kernel", "blas.library",
          "blas.core", "cpu.model", "decoder.program", "disk.folder" };
  const char *numbers[] = { "blas.threads", "cpu.cores", "disk.free_bytes", "disk.total_bytes" };
  json_t *answer = ask (NULL, 0);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpstr (json_string_value (get (answer, texts[i])), !=, "");
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpint (json_integer_value (get (answer, numbers[i])), >, 0);
  g_assert_true (json_is_array (get (answer, "cpu.features")));
  g_assert_true (json_is_boolean (get (answer, "keyring.available")));
  g_assert_true (json_is_true (get (answer, "decoder.works")));
  g_assert_true (json_is_true (get (answer, "decoder.limits")));
  g_assert_true (json_is_true (get (answer, "decoder.no_new_privs")));
  g_assert_cmpstr (json_string_value (json_array_get (get (answer, "decoder.formats"), 0)), ==,
                   "JPEG");
#ifndef GUISE_INSTRUMENTED
  g_assert_true (json_is_true (get (answer, "decoder.seccomp")));
#endif
  g_assert_false (warns (answer, "OPENBLAS"));
  json_decref (answer);
}

static void
test_words (void)
{
  const char *labels[]
      = { "versions ", "processor ", "products ", "decoder ", "keyring ", "disk " };

  g_assert_cmpint (RUN ("OPENBLAS_CORETYPE=Haswell", "doctor"), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autofree char *line = g_strdup_printf ("\n%s", labels[i]);

    g_assert_true (g_str_has_prefix (out, labels[i]) || strstr (out, line) != NULL);
  }
  g_assert_nonnull (strstr (out, "\nwarning: OPENBLAS_CORETYPE is set to 'Haswell'"));
  g_assert_cmpint (RUN (NULL, "doctor", "--quiet"), ==, 0);
  g_assert_cmpstr (out, ==, "");
}

static void
test_environment (void)
{
  const char *settings[] = { "OPENBLAS_CORETYPE=Haswell", "OPENBLAS_L2_SIZE=512" };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    json_t *answer = ask (settings[i], 0);
    g_autofree char *name = g_strndup (settings[i], strcspn (settings[i], "="));

    g_assert_true (warns (answer, name));
    json_decref (answer);
  }
}

/* Where bubblewrap is missing, pictures are decoded all the same, and it is said. */
static void
test_no_bwrap (void)
{
  json_t *answer = ask ("PATH=/nonexistent", 0);

  g_assert_true (json_is_true (get (answer, "decoder.works")));
  g_assert_true (json_is_false (get (answer, "decoder.bubblewrap")));
  g_assert_true (json_is_string (get (answer, "decoder.bubblewrap_reason")));
  g_assert_true (warns (answer, "unsandboxed decode"));
  json_decref (answer);
}

static void
test_no_decoder (void)
{
  json_t *answer = ask ("GUISE_DECODER=/nonexistent/guise-decoder", 1);

  g_assert_true (json_is_false (get (answer, "decoder.works")));
  g_assert_true (warns (answer, "/nonexistent/guise-decoder"));
  json_decref (answer);
}

static void
test_refusals (void)
{
  g_assert_cmpint (RUN (NULL, "doctor", "me"), ==, 2);
  g_assert_cmpint (RUN (NULL, "--project", "/nonexistent", "doctor"), ==, 1);
  g_assert_nonnull (strstr (errors, "'/nonexistent'"));
  g_assert_cmpstr (strchr (errors, '\n'), ==, "\n");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/findings", test_findings);
  g_test_add_func ("/doctor/words", test_words);
  g_test_add_func ("/doctor/environment", test_environment);
  g_test_add_func ("/doctor/i20-no-bwrap", test_no_bwrap);
  g_test_add_func ("/doctor/no-decoder", test_no_decoder);
  g_test_add_func ("/doctor/refusals", test_refusals);
  result = g_test_run ();
  g_free (out);
  g_free (errors);
  return result;
}
