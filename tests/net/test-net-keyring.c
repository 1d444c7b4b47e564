/* The keyring on a bus of the test's own: one that answers nothing is given up in time, and one
 * that keeps a key gives it back. */
#include "guise-secrets.h"

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
      "<property name='Collections' type='ao' access='read'/>"
      "</interface></node>";

typedef struct {
  const char *key; /* NULL: none is kept */
  char *asked;     /* what was looked for */
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
  g_dbus_method_invocation_return_value (invocation, create_secret (keyring->key));
}

static GVariant *
get_property (GDBusConnection *connection, const char *sender, const char *path,
              const char *interface, const char *property, GError **error, gpointer data)
{
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
    g_dbus_connection_register_object (connection, PATH, node->interfaces[0], &table,
                                       service->keyring, NULL, &error);
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
  Keyring keyring = { "sk-kept" };
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
  g_free (keyring.asked);
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
  g_free (keyring.asked);
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
  g_test_add_func ("/net/keyring/silent", test_silent);
  result = g_test_run ();
  g_test_dbus_stop (bus); /* freeing it would wait for libsecret to let go of the bus */
  return result;
}
