/* Keys of endpoints. They come from the Secret Service (GNOME Keyring, KWallet) or from an
 * environment variable, and from nowhere else; they are never written to a file, an argument, a log
 * or a message, and their memory is overwritten when the last reference goes. While a key is in
 * memory, a crash leaves no core file. Errors are GUISE_ENDPOINT_ERROR_KEY and G_IO_ERROR. */
#pragma once

#include <gio/gio.h>

typedef struct _GuiseKey GuiseKey;

/* text without white space around it, 1 to 4096 printable ASCII characters without spaces; anything
 * else is refused, in words that do not repeat it. Any thread. */
GuiseKey *guise_key_new (const char *text, GError **error);
/* The value of the environment variable of that name. */
GuiseKey *guise_key_new_from_environment (const char *name, GError **error);
GuiseKey *guise_key_ref (GuiseKey *key);
void guise_key_unref (GuiseKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseKey, guise_key_unref)
/* Borrowed. */
const char *guise_key_get_text (GuiseKey *key);

/* The keyring, asked in the background: origin is the endpoint's host (guise_url_dup_host), account
 * its profile's name. Every call ends after timeout_ms at the latest, also where the keyring waits
 * for somebody to unlock it. Callbacks run in the caller's main context. */
void guise_secrets_lookup_async (const char *origin, const char *account, guint timeout_ms,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
/* NULL without an error: the keyring has none. */
GuiseKey *guise_secrets_lookup_finish (GAsyncResult *result, GError **error);
/* Keeps key, or forgets the one that is there (key NULL). for_session: only until logout. */
void guise_secrets_store_async (const char *origin, const char *account, GuiseKey *key,
                                gboolean for_session, guint timeout_ms, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean guise_secrets_store_finish (GAsyncResult *result, GError **error);
/* The lookup for programs without a main loop; blocks. */
GuiseKey *guise_secrets_lookup (const char *origin, const char *account, guint timeout_ms,
                                GError **error);

/* Whether there is a keyring to ask: built in, and on the session bus. Blocks for at most a second.
 */
gboolean guise_secrets_are_available (GError **error);
