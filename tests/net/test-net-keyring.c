/* The keyring on a bus of the test's own: one that answers nothing is given up in time, and one
 * that keeps a key gives it back. */
#include "fake-keyring.h"
#include "guise-secrets.h"

#include <libsecret/secret.h>
#include <string.h>

#define PATH "/org/freedesktop/secrets"

static GTestDBus *bus;

static void
test_found (void)
{
  FakeKeyring keyring = { g_strdup ("sk-kept") };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseKey) key = NULL;
  FakeKeyringService service;

  fake_keyring_start (&service, bus, &keyring);
  key = guise_secrets_lookup ("h.example:443", "custom", 20000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (guise_key_get_text (key), ==, "sk-kept");
  fake_keyring_stop (&service);
  g_assert_nonnull (strstr (keyring.asked, "'origin': 'h.example:443'"));
  g_assert_nonnull (strstr (keyring.asked, "'account': 'custom'"));
  fake_keyring_clear (&keyring);
}

static void
test_none (void)
{
  FakeKeyring keyring = { NULL };
  g_autoptr (GError) error = NULL;
  FakeKeyringService service;

  fake_keyring_start (&service, bus, &keyring);
  g_assert_null (guise_secrets_lookup ("h.example", "custom", 20000, &error));
  g_assert_no_error (error);
  fake_keyring_stop (&service);
  fake_keyring_clear (&keyring);
}

typedef struct {
  gboolean done, good;
  GError *error;
} Stored;

static void
on_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  Stored *stored = data;

  stored->good = guise_secrets_store_finish (result, &stored->error);
  stored->done = TRUE;
}

/* Keeps text, or forgets what is kept (NULL). */
static void
store (const char *text, gboolean for_session)
{
  g_autoptr (GuiseKey) key = text != NULL ? guise_key_new (text, NULL) : NULL;
  Stored stored = { FALSE, FALSE, NULL };

  guise_secrets_store_async ("h.example:443", "custom", key, for_session, 20000, NULL, on_stored,
                             &stored);
  while (!stored.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (stored.error);
  g_assert_true (stored.good);
}

/* What is stored under an origin and an account is found under them, replaced and forgotten. */
static void
test_stored (void)
{
  FakeKeyring keyring = { NULL };
  g_autoptr (GuiseKey) key = NULL;
  FakeKeyringService service;

  fake_keyring_start (&service, bus, &keyring);
  store ("sk-new", FALSE);
  g_assert_cmpstr (keyring.key, ==, "sk-new");
  g_assert_cmpstr (keyring.collection, ==, PATH "/aliases/default");
  g_assert_true (keyring.replaces);
  g_assert_nonnull (strstr (keyring.kept, "'origin': 'h.example:443'"));
  g_assert_nonnull (strstr (keyring.kept, "'account': 'custom'"));
  g_assert_nonnull (strstr (keyring.kept, "Guise: key of h.example:443"));
  g_assert_null (strstr (keyring.kept, "sk-new"));
  key = guise_secrets_lookup ("h.example:443", "custom", 20000, NULL);
  g_assert_cmpstr (guise_key_get_text (key), ==, "sk-new");
  store ("sk-until-logout", TRUE);
  g_assert_cmpstr (keyring.key, ==, "sk-until-logout");
  g_assert_nonnull (strstr (keyring.collection, "session"));
  store (NULL, FALSE);
  g_assert_null (keyring.key);
  secret_service_disconnect ();
  fake_keyring_stop (&service);
  fake_keyring_clear (&keyring);
}

static void
test_silent (void)
{
  g_autoptr (GError) error = NULL;
  FakeKeyringService service;

  fake_keyring_start (&service, bus, NULL);
  g_assert_null (guise_secrets_lookup ("h.example", "custom", 100, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "it does not answer"));
  fake_keyring_stop (&service);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_test_add_func ("/net/keyring/found", test_found);
  g_test_add_func ("/net/keyring/none", test_none);
  g_test_add_func ("/net/keyring/stored", test_stored);
  g_test_add_func ("/net/keyring/silent", test_silent);
  result = g_test_run ();
  g_test_dbus_stop (bus); /* freeing it would wait for libsecret to let go of the bus */
  return result;
}
