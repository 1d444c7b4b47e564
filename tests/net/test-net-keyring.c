/* The keyring on a bus of the test's own: one that answers nothing is given up in time, and one
 * that keeps a key gives it back. */
#include "guise-secrets.h"

#include <libsecret/secret.h>
#include <string.h>

#define NAME "org.freedesktop.secrets"
#define PATH "/org/freedesktop/secrets"

static GTestDBus *bus;

/* ---- a service of few words ---- */

static const char interfaces[]
    = "<node><interface name='org.freedesktop.Secret.Service'>"
      "<method name='OpenSession'><arg direction='in' type='s'/><arg direction='in' type='v'/>"
      "<arg direction='out' type='v'/><arg direction='out' type='o'/></method>"
      "<method name='SearchItems'><arg direction='in' type='a{ss}'/>"
      "<arg direction='out' type='ao'/><arg direction='out' type='ao'/></method>"
      "<method name='GetSecrets'><arg direction='in' type='ao'/><arg direction='in' type='o'/>"
      "<arg direction='out' type='a{o(oayays)}'/></method>"
      "<method name='ReadAlias'><arg direction='in' type='s'/><arg direction='out' type='o'/>"
      "</method>"
      "<property name='Collections' type='ao' access='read'/>"
      "</interface>"
      "<interface name='org.freedesktop.Secret.Collection'>"
      "<method name='CreateItem'><arg direction='in' type='a{sv}'/>"
      "<arg direction='in' type='(oayays)'/><arg direction='in' type='b'/>"
      "<arg direction='out' type='o'/><arg direction='out' type='o'/></method>"
      "<property name='Items' type='ao' access='read'/>"
      "<property name='Label' type='s' access='read'/>"
      "<property name='Locked' type='b' access='read'/>"
      "</interface>"
      "<interface name='org.freedesktop.Secret.Item'>"
      "<method name='Delete'><arg direction='out' type='o'/></method>"
      "<property name='Locked' type='b' access='read'/>"
      "</interface></node>";

typedef struct {
  char *key;        /* NULL: none is kept */
  char *asked;      /* what was looked for */
  char *kept;       /* what was said of the key that was given */
  char *collection; /* where it was given to */
  gboolean replaces;
} Keyring;

static GVariant *
create_secret (const char *key)
{
  GVariant *bytes = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, key, strlen (key), 1);

  return g_variant_new_parsed ("({objectpath '" PATH "/item': (objectpath '" PATH
                               "/session', @ay [], %@ay, 'text/plain')},)",
                               bytes);
}

static void
answer (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
        const char *method, GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  Keyring *keyring = data;

  if (strcmp (method, "OpenSession") == 0) {
    const char *algorithm;

    g_variant_get_child (parameters, 0, "&s", &algorithm);
    if (strcmp (algorithm, "plain") != 0)
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
                                             "plain only");
    else
      g_dbus_method_invocation_return_value (
          invocation, g_variant_new ("(vo)", g_variant_new_string (""), PATH "/session"));
    return;
  }
  if (strcmp (method, "SearchItems") == 0) {
    g_free (keyring->asked);
    keyring->asked = g_variant_print (parameters, FALSE);
    g_dbus_method_invocation_return_value (
        invocation, g_variant_new_parsed (keyring->key != NULL
                                              ? "([objectpath '" PATH "/item'], @ao [])"
                                              : "(@ao [], @ao [])"));
    return;
  }
  if (strcmp (method, "CreateItem") == 0) {
    g_autoptr (GVariant) properties = NULL, bytes = NULL;

    g_variant_get (parameters, "(@a{sv}(&o@ay@ay&s)b)", &properties, NULL, NULL, &bytes, NULL,
                   &keyring->replaces);
    g_free (keyring->key);
    keyring->key = g_strndup (g_variant_get_data (bytes), g_variant_get_size (bytes));
    g_free (keyring->kept);
    keyring->kept = g_variant_print (properties, FALSE);
    g_free (keyring->collection);
    keyring->collection = g_strdup (path);
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(oo)", PATH "/item", "/"));
    return;
  }
  if (strcmp (method, "Delete") == 0) {
    g_clear_pointer (&keyring->key, g_free);
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", "/"));
    return;
  }
  g_dbus_method_invocation_return_value (invocation, create_secret (keyring->key));
}

static void
keyring_clear (Keyring *keyring)
{
  g_free (keyring->key);
  g_free (keyring->asked);
  g_free (keyring->kept);
  g_free (keyring->collection);
}

static GVariant *
get_property (GDBusConnection *connection, const char *sender, const char *path,
              const char *interface, const char *property, GError **error, gpointer data)
{
  if (strcmp (property, "Locked") == 0)
    return g_variant_new_boolean (FALSE);
  if (strcmp (property, "Label") == 0)
    return g_variant_new_string ("Login");
  return g_variant_new ("ao", NULL);
}

/* Every call is swallowed. */
static GDBusMessage *
swallow (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer data)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    g_clear_object (&message);
  return message;
}

/* A thread of its own: who asks blocks. */
typedef struct {
  Keyring *keyring; /* NULL: says nothing */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GMutex lock;
  GCond ready;
  gboolean is_ready;
} Service;

static gpointer
serve (gpointer data)
{
  static const GDBusInterfaceVTable table = { answer, get_property, NULL };
  static const struct {
    const char *path;
    guint interface;
  } places[] = { { PATH, 0 },
                 { PATH "/aliases/default", 1 },
                 { PATH "/collection/session", 1 },
                 { PATH "/aliases/session", 1 },
                 { PATH "/item", 2 } };
  Service *service = data;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interfaces, NULL);
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) owned = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (service->context);
  connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);
  g_assert_no_error (error);
  if (service->keyring != NULL)
    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
      g_dbus_connection_register_object (connection, places[i].path,
                                         node->interfaces[places[i].interface], &table,
                                         service->keyring, NULL, error == NULL ? &error : NULL);
  g_assert_no_error (error);
  owned = g_dbus_connection_call_sync (
      connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "RequestName", g_variant_new ("(su)", NAME, 0), NULL, 0, -1, NULL, &error);
  g_assert_no_error (error);
  if (service->keyring == NULL)
    g_dbus_connection_add_filter (connection, swallow, NULL, NULL);
  g_mutex_lock (&service->lock);
  service->is_ready = TRUE;
  g_cond_signal (&service->ready);
  g_mutex_unlock (&service->lock);
  g_main_loop_run (service->loop);
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_main_context_pop_thread_default (service->context);
  return NULL;
}

static void
service_start (Service *service, Keyring *keyring)
{
  *service = (Service){ .keyring = keyring };
  g_mutex_init (&service->lock);
  g_cond_init (&service->ready);
  service->context = g_main_context_new ();
  service->loop = g_main_loop_new (service->context, FALSE);
  service->thread = g_thread_new ("keyring", serve, service);
  g_mutex_lock (&service->lock);
  while (!service->is_ready)
    g_cond_wait (&service->ready, &service->lock);
  g_mutex_unlock (&service->lock);
}

static void
service_stop (Service *service)
{
  g_main_loop_quit (service->loop);
  g_thread_join (service->thread);
  g_main_loop_unref (service->loop);
  g_main_context_unref (service->context);
}

/* ---- the tests ---- */

static void
test_found (void)
{
  Keyring keyring = { g_strdup ("sk-kept") };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseKey) key = NULL;
  Service service;

  service_start (&service, &keyring);
  key = guise_secrets_lookup ("h.example:443", "custom", 20000, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (guise_key_get_text (key), ==, "sk-kept");
  service_stop (&service);
  g_assert_nonnull (strstr (keyring.asked, "'origin': 'h.example:443'"));
  g_assert_nonnull (strstr (keyring.asked, "'account': 'custom'"));
  keyring_clear (&keyring);
}

static void
test_none (void)
{
  Keyring keyring = { NULL };
  g_autoptr (GError) error = NULL;
  Service service;

  service_start (&service, &keyring);
  g_assert_null (guise_secrets_lookup ("h.example", "custom", 20000, &error));
  g_assert_no_error (error);
  service_stop (&service);
  keyring_clear (&keyring);
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
  Keyring keyring = { NULL };
  g_autoptr (GuiseKey) key = NULL;
  Service service;

  service_start (&service, &keyring);
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
  service_stop (&service);
  keyring_clear (&keyring);
}

static void
test_silent (void)
{
  g_autoptr (GError) error = NULL;
  Service service;

  service_start (&service, NULL);
  g_assert_null (guise_secrets_lookup ("h.example", "custom", 100, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "it does not answer"));
  service_stop (&service);
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
