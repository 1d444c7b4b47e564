/* guisectl caption: the key of an endpoint, out of the keyring. */
#include "caption-shell.h"
#include "fake-keyring.h"

#include <glib/gstdio.h>
#include <string.h>

static GTestDBus *bus;

/* An endpoint here whose key is looked for in the keyring first. */
static void
write_profile (ChatServer *server)
{
  g_autofree char *folder = g_build_filename (shell_folder, "guise", "endpoints", NULL);
  g_autofree char *path = g_build_filename (folder, "locked.json", NULL);
  g_autofree char *text
      = g_strdup_printf ("{\"name\":\"locked\",\"title\":\"Locked\",\"url\":\"%s\","
                         "\"model\":\"fake-vl\",\"auth\":\"bearer\",\"key_env\":\"NO_KEY\"}",
                         chat_server_get_url (server));

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_sent (ChatServer *server, const char *key)
{
  const ChatRequest *request
      = chat_server_get_request (server, chat_server_get_n_requests (server));
  g_autofree char *sent = chat_request_dup_header (request, "Authorization");

  g_assert_cmpstr (sent, ==, key);
}

/* The keyring may ask somebody for a password: it is asked once a start. */
static void
test_asked_once (void)
{
  FakeKeyring keyring = { g_strdup ("sk-kept") };
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  FakeKeyringService service;

  shell_set_up_demo ();
  g_setenv ("XDG_CONFIG_HOME", shell_folder, TRUE);
  write_profile (server);
  fake_keyring_start (&service, bus, &keyring);
  g_assert_cmpint (shell_run_for ("caption --endpoint locked --limit 1", "done"), ==, 1);
  assert_sent (server, "Bearer sk-kept");
  g_assert_cmpint (g_atomic_int_get (&keyring.n_asked), ==, 1);
  shell_assert_failure ("caption --endpoint locked --limit 1 --max-tokens 10 --quiet", 1,
                        "the limit of tokens");
  g_assert_cmpint (g_atomic_int_get (&keyring.n_asked), ==, 2);
  g_assert_cmpint (shell_run_for ("caption resume 2 --max-tokens 0", "done"), ==, 1);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
  assert_sent (server, "Bearer sk-kept");
  g_assert_cmpint (g_atomic_int_get (&keyring.n_asked), ==, 3);
  fake_keyring_stop (&service);
  fake_keyring_clear (&keyring);
  g_unsetenv ("XDG_CONFIG_HOME");
  shell_tear_down ();
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_test_add_func ("/cli/caption-key/asked-once", test_asked_once);
  result = g_test_run ();
  g_test_dbus_down (bus);
  g_object_unref (bus);
  return result;
}
