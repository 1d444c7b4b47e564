#include "fake-keyring.h"

#include <string.h>

#define NAME "org.freedesktop.secrets"
#define PATH "/org/freedesktop/secrets"

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
  FakeKeyring *keyring = data;

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
    g_atomic_int_inc (&keyring->n_asked);
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

void
fake_keyring_clear (FakeKeyring *keyring)
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
  FakeKeyringService *service = data;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interfaces, NULL);
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) owned = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (service->context);
  connection = g_dbus_connection_new_for_address_sync (
      service->address,
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

void
fake_keyring_start (FakeKeyringService *service, GTestDBus *bus, FakeKeyring *keyring)
{
  *service = (FakeKeyringService){ .keyring = keyring,
                                   .address = g_test_dbus_get_bus_address (bus) };
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

void
fake_keyring_stop (FakeKeyringService *service)
{
  g_main_loop_quit (service->loop);
  g_thread_join (service->thread);
  g_main_loop_unref (service->loop);
  g_main_context_unref (service->context);
}
