/* Whether pictures of people may leave this machine. Nobody is asked where the endpoint is on this
 * machine; else the answer belongs to one project and one host, and the project's settings keep it
 * with the date and the number of images of every time that it was used. Main thread only. */
#pragma once

#include "guise-store.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* url: of the endpoint, checked. n_images: how many would be sent. Asks unless the project knows
 * the answer. */
void guise_caption_consent_ask_async (GtkWindow *parent, GuiseStore *store, const char *url,
                                      guint64 n_images, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
/* TRUE: they may be sent. FALSE without an error: they may not. */
gboolean guise_caption_consent_ask_finish (GAsyncResult *result, GError **error);

/* The hosts that pictures of the project may go to, and those that they were last allowed to go to
 * for a run: joined by commas, plain text for people; NULL without an error where there is
 * none. */
void guise_caption_consent_read_hosts_async (GuiseStore *store, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer data);
char *guise_caption_consent_read_hosts_finish (GAsyncResult *result, GError **error);

/* The hosts that pictures of the project may go to without a question; an array of strings. */
void guise_caption_consent_list_allowed_async (GuiseStore *store, GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer data);
GPtrArray *guise_caption_consent_list_allowed_finish (GAsyncResult *result, GError **error);
/* Takes that back: the next time is asked about. */
void guise_caption_consent_revoke_async (GuiseStore *store, const char *host,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer data);
gboolean guise_caption_consent_revoke_finish (GAsyncResult *result, GError **error);

/* The setting's key for a host ("host" or "host:port"). */
char *guise_caption_consent_dup_key (const char *host);

G_END_DECLS
