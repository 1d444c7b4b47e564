#include "guise-secrets.h"
#include "guise-endpoint.h"

#include <string.h>
#include <sys/resource.h>

#ifdef HAVE_LIBSECRET
#include <libsecret/secret.h>
#endif

#define MAX_LENGTH 4096

struct _GuiseKey {
  gatomicrefcount references;
  gsize length;
  char text[];
};

/* ---- core files ---- */

static GMutex core_lock;
static guint n_keys;
static struct rlimit core_before;

/* A key in memory would be a key in the core file. */
static void
count_keys (int change)
{
  struct rlimit none;

  g_mutex_lock (&core_lock);
  if (n_keys == 0 && change > 0 && getrlimit (RLIMIT_CORE, &core_before) == 0) {
    none = (struct rlimit){ 0, core_before.rlim_max };
    setrlimit (RLIMIT_CORE, &none);
  }
  n_keys = (guint)((int)n_keys + change);
  if (n_keys == 0)
    setrlimit (RLIMIT_CORE, &core_before);
  g_mutex_unlock (&core_lock);
}

/* ---- keys ---- */

static GuiseKey *
refuse (GError **error, const char *why)
{
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_KEY, "cannot use the key: %s",
               why);
  return NULL;
}

GuiseKey *
guise_key_new (const char *text, GError **error)
{
  gsize length;
  GuiseKey *key;

  while (g_ascii_isspace (*text))
    text++;
  length = strlen (text);
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0)
    return refuse (error, "it is empty");
  if (length > MAX_LENGTH)
    return refuse (error, "it is longer than 4096 characters");
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      return refuse (error, "it has a space, a line break or another character that no key has");
  key = g_malloc (sizeof *key + length + 1);
  g_atomic_ref_count_init (&key->references);
  key->length = length;
  memcpy (key->text, text, length);
  key->text[length] = '\0';
  count_keys (1);
  return key;
}

GuiseKey *
guise_key_new_from_environment (const char *name, GError **error)
{
  const char *text = g_getenv (name);

  if (text == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_KEY,
                 "cannot find the key: the environment variable '%s' is not set", name);
    return NULL;
  }
  return guise_key_new (text, error);
}

GuiseKey *
guise_key_ref (GuiseKey *key)
{
  g_atomic_ref_count_inc (&key->references);
  return key;
}

void
guise_key_unref (GuiseKey *key)
{
  if (key == NULL || !g_atomic_ref_count_dec (&key->references))
    return;
  explicit_bzero (key->text, key->length);
  g_free (key);
  count_keys (-1);
}

const char *
guise_key_get_text (GuiseKey *key)
{
  return key->text;
}

/* ---- the keyring ---- */

#ifdef HAVE_LIBSECRET

static const SecretSchema schema = {
  "io.github.guise.Endpoint",
  SECRET_SCHEMA_NONE,
  { { "origin", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "account", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { NULL, 0 } },
};

/* One question to the keyring: cancelled by the caller, or by its own clock. */
typedef struct {
  GTask *task;
  GCancellable *own;
  GSource *clock;
  gulong follow;
  gboolean late;
} Wait;

static gboolean
give_up (gpointer data)
{
  Wait *wait = data;

  wait->late = TRUE;
  g_cancellable_cancel (wait->own);
  return G_SOURCE_REMOVE;
}

static void
cancel_own (GCancellable *cancellable, GCancellable *own)
{
  g_cancellable_cancel (own);
}

static Wait *
wait_new (guint timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
          gpointer user_data)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->task = g_task_new (NULL, NULL, callback, user_data);
  wait->own = g_cancellable_new ();
  wait->clock = g_timeout_source_new (timeout_ms);
  g_source_set_callback (wait->clock, give_up, wait, NULL);
  g_source_attach (wait->clock, g_main_context_get_thread_default ());
  if (cancellable != NULL) {
    g_task_set_task_data (wait->task, g_object_ref (cancellable), g_object_unref);
    wait->follow = g_cancellable_connect (cancellable, G_CALLBACK (cancel_own),
                                          g_object_ref (wait->own), g_object_unref);
  }
  return wait;
}

/* Ends the wait; an error that only says "cancelled" becomes the reason. NULL: none. */
static GTask *
wait_end (Wait *wait, GError **error)
{
  GTask *task = wait->task;

  if (*error != NULL && wait->late) {
    g_clear_error (error);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 "cannot ask the keyring: it does not answer; unlock it, or give the key in an "
                 "environment variable");
  } else if (*error != NULL && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_prefix_error (error, "cannot ask the keyring: ");
  }
  if (wait->follow != 0)
    g_cancellable_disconnect (g_task_get_task_data (task), wait->follow);
  g_source_destroy (wait->clock);
  g_source_unref (wait->clock);
  g_object_unref (wait->own);
  g_free (wait);
  return task;
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  char *text = secret_password_lookup_finish (result, &error);
  g_autoptr (GTask) task = wait_end (data, &error);
  GuiseKey *key = text != NULL ? guise_key_new (text, &error) : NULL;

  secret_password_free (text); /* overwrites it */
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, key, (GDestroyNotify)guise_key_unref);
}

void
guise_secrets_lookup_async (const char *origin, const char *account, guint timeout_ms,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  Wait *wait = wait_new (timeout_ms, cancellable, callback, user_data);

  secret_password_lookup (&schema, wait->own, on_found, wait, "origin", origin, "account", account,
                          NULL);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean good = secret_password_store_finish (result, &error);
  g_autoptr (GTask) task = wait_end (data, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, good);
}

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GTask) task = NULL;

  secret_password_clear_finish (result, &error);
  task = wait_end (data, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

void
guise_secrets_store_async (const char *origin, const char *account, GuiseKey *key,
                           gboolean for_session, guint timeout_ms, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  Wait *wait = wait_new (timeout_ms, cancellable, callback, user_data);
  g_autofree char *label = g_strdup_printf ("Guise: key of %s", origin);

  if (key == NULL)
    secret_password_clear (&schema, wait->own, on_cleared, wait, "origin", origin, "account",
                           account, NULL);
  else
    secret_password_store (&schema,
                           for_session ? SECRET_COLLECTION_SESSION : SECRET_COLLECTION_DEFAULT,
                           label, key->text, wait->own, on_stored, wait, "origin", origin,
                           "account", account, NULL);
}

gboolean
guise_secrets_are_available (GError **error)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  g_autoptr (GVariant) answer = NULL;

  if (bus == NULL)
    return FALSE;
  answer = g_dbus_connection_call_sync (
      bus, "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer",
      "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, 1000, NULL, error);
  return answer != NULL;
}

#else

static void
refuse_keyring (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GError *error = NULL;

  guise_secrets_are_available (&error);
  g_task_return_error (task, error);
}

void
guise_secrets_lookup_async (const char *origin, const char *account, guint timeout_ms,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  refuse_keyring (cancellable, callback, user_data);
}

void
guise_secrets_store_async (const char *origin, const char *account, GuiseKey *key,
                           gboolean for_session, guint timeout_ms, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  refuse_keyring (cancellable, callback, user_data);
}

gboolean
guise_secrets_are_available (GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "cannot ask the keyring: this program was built without it; give the key in an "
               "environment variable");
  return FALSE;
}

#endif

GuiseKey *
guise_secrets_lookup_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
guise_secrets_store_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

GuiseKey *
guise_secrets_lookup (const char *origin, const char *account, guint timeout_ms, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_main_context_push_thread_default (context);
  guise_secrets_lookup_async (origin, account, timeout_ms, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
#ifdef HAVE_LIBSECRET
  /* What libsecret remembers of the keyring would hear of nothing once this context is gone. */
  secret_service_disconnect ();
  while (g_main_context_iteration (context, FALSE))
    ;
#endif
  g_main_context_pop_thread_default (context);
  return guise_secrets_lookup_finish (result, error);
}
