/* guisectl endpoint: what it finds out about a server, what it refuses, and that no key is ever
 * seen. */
#include "chat-server.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#define KEY "sk-very-secret-0123456789"

static char *out, *errors;

/* guisectl … with the key in GUISE_TEST_KEY; folder is its home. */
static int
run (const char *folder, const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  int status;

  environment = g_environ_setenv (environment, "GUISE_TEST_KEY", KEY, TRUE);
  environment = g_environ_setenv (environment, "DBUS_SESSION_BUS_ADDRESS",
                                  "unix:path=/nonexistent", TRUE);
  if (folder != NULL)
    environment = g_environ_setenv (environment, "XDG_CONFIG_HOME", folder, TRUE);
  g_clear_pointer (&out, g_free);
  g_clear_pointer (&errors, g_free);
  g_ptr_array_add (argv, (char *)g_getenv ("GUISECTL"));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (char *)*arguments);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **)argv->pdata, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, &errors,
                &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}
#define RUN(...) run (NULL, (const char *[]){ __VA_ARGS__, NULL })

/* Says in the arguments of which process the key stands. */
static gboolean
is_in_arguments (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  gboolean found = FALSE;

  while (!found && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
    g_autofree char *text = NULL;
    gsize size = 0;

    if (g_ascii_isdigit (*name) && g_file_get_contents (path, &text, &size, NULL))
      found = memmem (text, size, KEY, strlen (KEY)) != NULL;
  }
  return found;
}

static gboolean seen_in_arguments;

/* Sees nothing and knows no format. */
static void
answer (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (is_in_arguments ())
    g_atomic_int_set (&seen_in_arguments, TRUE);
  if (strstr (request->body, "\"response_format\"") != NULL) {
    reply->status = 400;
    reply->body = g_strdup ("{\"error\":{\"message\":\"response_format is not known\"}}");
    return;
  }
  reply->body = chat_body ("{\"left\":null,\"right\":null,\"digit\":null}");
}

static void
assert_no_key (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  g_assert_null (strstr (out, KEY));
  g_assert_null (strstr (errors, KEY));
  g_assert_false (g_atomic_int_get (&seen_in_arguments));
  g_assert_null (g_dir_read_name (dir)); /* it wrote nothing */
}

static void
test_n29_probe (void)
{
  g_autoptr (ChatServer) server = chat_server_new (answer, NULL, NULL, 0);
  g_autofree char *folder = g_dir_make_tmp ("guise-endpoint-XXXXXX", NULL);
  g_autofree char *header = NULL;
  json_t *report;

  g_assert_cmpint (run (folder, (const char *[]){ "--json", "endpoint", "probe",
                                                  chat_server_get_url (server), "--model", "m",
                                                  "--key-env", "GUISE_TEST_KEY", NULL }),
                   ==, 0);
  report = json_loads (out, 0, NULL);
  g_assert_true (json_is_true (json_object_get (report, "reachable")));
  g_assert_true (json_is_false (json_object_get (report, "vision")));
  g_assert_true (json_is_false (json_object_get (report, "json_schema")));
  g_assert_true (json_is_false (json_object_get (report, "json_object")));
  g_assert_cmpint (json_integer_value (json_object_get (report, "parallel")), >=, 1);
  g_assert_true (json_is_real (json_object_get (report, "latency_ms")));
  g_assert_cmpstr (json_string_value (json_object_get (report, "model")), ==, "fake-vl");
  json_decref (report);
  header = chat_request_dup_header (chat_server_get_request (server, 1), "Authorization");
  g_assert_cmpstr (header, ==, "Bearer " KEY);
  g_assert_nonnull (strstr (chat_server_get_request (server, 1)->body, "\"model\":\"m\""));
  assert_no_key (folder);

  g_assert_cmpint (run (folder, (const char *[]){ "endpoint", "probe", chat_server_get_url (server),
                                                  "--key-env", "GUISE_TEST_KEY", NULL }),
                   ==, 0);
  g_assert_nonnull (strstr (out, "\nvision       no      nothing and nothing where there are"));
  assert_no_key (folder);
  g_rmdir (folder);
}

static void
refuse_key (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->status = 401;
  reply->body = g_strdup ("{\"error\":{\"message\":\"wrong key\"}}");
}

static void
test_n29_refused (void)
{
  g_autoptr (ChatServer) server = chat_server_new (refuse_key, NULL, NULL, 0);
  g_autofree char *folder = g_dir_make_tmp ("guise-endpoint-XXXXXX", NULL);

  g_assert_cmpint (run (folder, (const char *[]){ "endpoint", "probe", chat_server_get_url (server),
                                                  "--key-env", "GUISE_TEST_KEY", NULL }),
                   ==, 1);
  g_assert_nonnull (strstr (out, "the key is not accepted by '127.0.0.1:"));
  assert_no_key (folder);
  g_rmdir (folder);
}

static void
test_refusals (void)
{
  const struct {
    const char *arguments[6];
    int status;
    const char *says;
  } rows[] = {
    { { "endpoint" }, 2, "expected list or probe" },
    { { "endpoint", "probe" }, 2, "give an address" },
    { { "endpoint", "probe", "http://h.example/v1" }, 1, "plain http" },
    { { "endpoint", "probe", "https://h.example/v1" }, 1, "--allow-remote" },
    { { "endpoint", "probe", "https://u:secret@h.example/v1" }, 1, "do not belong into" },
    { { "endpoint", "probe", "--profile", "nobody" }, 1, "cannot find the endpoint 'nobody'" },
    { { "endpoint", "probe", "http://[::1]", "--key-env", "NONE" }, 1, "'NONE' is not set" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_cmpint (run (NULL, rows[i].arguments), ==, rows[i].status);
    g_assert_nonnull (strstr (errors, rows[i].says));
    g_assert_null (strstr (errors, "secret"));
    g_assert_cmpstr (strchr (errors, '\n'), ==, "\n");
  }
}

static void
test_list (void)
{
  json_t *object, *first;

  g_assert_cmpint (RUN ("--json", "endpoint", "list"), ==, 0);
  object = json_loads (out, 0, NULL);
  first = json_array_get (json_object_get (object, "endpoints"), 0);
  g_assert_cmpstr (json_string_value (json_object_get (first, "name")), ==, "azure");
  json_decref (object);
  g_assert_cmpint (RUN ("endpoint", "list"), ==, 0);
  g_assert_nonnull (strstr (out, "\nollama       http://127.0.0.1:11434/v1"));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/endpoint/n29-probe", test_n29_probe);
  g_test_add_func ("/cli/endpoint/n29-refused", test_n29_refused);
  g_test_add_func ("/cli/endpoint/refusals", test_refusals);
  g_test_add_func ("/cli/endpoint/list", test_list);
  result = g_test_run ();
  g_free (out);
  g_free (errors);
  return result;
}
