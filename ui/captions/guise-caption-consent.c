#include "guise-caption-consent.h"

#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-json.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_SETTING (1 << 16)
/* Older entries of the log go. */
#define MAX_LOG 200

/* The setting: {"choice": "project" | "never" | "", "log": [{"date", "choice", "images"}]}. */

typedef struct {
  GtkWindow *parent; /* weak */
  GuiseStore *store;
  char *host;
  guint64 n_images;
  json_t *setting; /* an object, once it was read */
} Asking;

static void
asking_free (Asking *asking)
{
  g_clear_weak_pointer (&asking->parent);
  g_object_unref (asking->store);
  g_free (asking->host);
  json_decref (asking->setting);
  g_free (asking);
}

char *
guise_caption_consent_dup_key (const char *host)
{
  return g_strconcat (GUISE_CONSENT_PREFIX, host, NULL);
}

/* ---- keeping the answer ---- */

static void
add_to_log (json_t *setting, const char *choice, guint64 n_images)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format_iso8601 (now);
  json_t *log = json_object_get (setting, "log");

  if (!json_is_array (log)) {
    log = json_array ();
    json_object_set_new (setting, "log", log);
  }
  json_array_append_new (log, json_pack ("{s:s, s:s, s:I}", "date", date, "choice", choice,
                                         "images", (json_int_t)n_images));
  while (json_array_size (log) > MAX_LOG)
    json_array_remove (log, 0);
}

static void
kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Asking *asking = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean allowed = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task), "allowed"));

  if (guise_store_set_setting_finish (asking->store, result, &error))
    g_task_return_boolean (task, allowed);
  else
    g_task_return_error (task, error);
}

/* Nothing is sent before the answer is on the disk. Takes task. */
static void
keep (GTask *task, const char *choice, gboolean for_good, gboolean allowed)
{
  const Asking *asking = g_task_get_task_data (task);
  g_autofree char *key = guise_caption_consent_dup_key (asking->host);
  char *text;

  if (for_good)
    json_object_set_new (asking->setting, "choice", json_string (choice));
  add_to_log (asking->setting, choice, asking->n_images);
  text = json_dumps (asking->setting, JSON_COMPACT);
  g_object_set_data (G_OBJECT (task), "allowed", GINT_TO_POINTER (allowed));
  guise_store_set_setting_async (asking->store, key, text, g_task_get_cancellable (task), kept,
                                 task);
  free (text);
}

/* ---- asking ---- */

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);

  if (g_strcmp0 (answer, "project") == 0)
    keep (g_steal_pointer (&task), "project", TRUE, TRUE);
  else if (g_strcmp0 (answer, "run") == 0)
    keep (g_steal_pointer (&task), "run", FALSE, TRUE);
  else if (g_strcmp0 (answer, "never") == 0)
    keep (g_steal_pointer (&task), "never", TRUE, FALSE);
  else
    g_task_return_boolean (task, FALSE);
}

/* Takes task. */
static void
ask (GTask *task)
{
  const GuiseDialogButton answers[] = {
    { "cancel", _ ("_Cancel") },
    { "never", _ ("_Never from This Project"), .destructive = TRUE },
    { "run", _ ("This _Time Only") },
    { "project", _ ("_Always from This Project") },
    { NULL },
  };
  const Asking *asking = g_task_get_task_data (task);
  g_autofree char *heading = g_strdup_printf (_ ("Send pictures to “%s”?"), asking->host);
  g_autofree char *count = guise_format_count (asking->n_images);
  g_autofree char *body = g_strdup_printf (
      ngettext ("%s picture would leave this computer. It shows people, and whoever runs “%s” "
                "receives it.",
                "%s pictures would leave this computer. They show people, and whoever runs “%s” "
                "receives them.",
                asking->n_images),
      count, asking->host);
  g_autofree char *whole = g_strconcat (
      body, "\n\n",
      _ ("Each picture is written anew: file names, places, dates and other metadata are not "
         "sent."),
      "\n\n",
      _ ("Does the licence of this data set permit it? Many data sets of people are for research "
         "only and must not be passed on."),
      NULL);

  guise_dialogs_ask_async (asking->parent, heading, whole, answers, g_task_get_cancellable (task),
                           answered, task);
}

static void
refusal_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);

  if (g_strcmp0 (answer, "change") == 0)
    ask (g_steal_pointer (&task));
  else
    g_task_return_boolean (task, FALSE);
}

/* Somebody said "never": that holds until somebody says otherwise. Takes task. */
static void
tell_refusal (GTask *task)
{
  const GuiseDialogButton answers[] = {
    { "cancel", _ ("_Close") },
    { "change", _ ("C_hange…") },
    { NULL },
  };
  const Asking *asking = g_task_get_task_data (task);
  g_autofree char *heading = g_strdup_printf (_ ("Nothing is sent to “%s”"), asking->host);

  guise_dialogs_ask_async (asking->parent, heading,
                           _ ("It was decided for this project that its pictures are never sent "
                              "there."),
                           answers, g_task_get_cancellable (task), refusal_answered, task);
}

/* ---- what is known ---- */

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Asking *asking = data;
  g_autofree char *key = guise_caption_consent_dup_key (asking->host);
  GError *error = NULL;
  g_autofree char *text = guise_store_get_setting (asking->store, key, &error);

  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }
  /* A setting that nobody can read is no consent. */
  if (text != NULL)
    asking->setting = guise_json_parse (text, strlen (text), MAX_SETTING, key, NULL);
  if (!json_is_object (asking->setting)) {
    json_decref (asking->setting);
    asking->setting = json_object ();
  }
  g_task_return_boolean (task, TRUE);
}

static void
is_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Asking *asking = g_task_get_task_data (task);
  const char *choice;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  choice = json_string_value (json_object_get (asking->setting, "choice"));
  if (g_strcmp0 (choice, "project") == 0)
    keep (g_steal_pointer (&task), "project", TRUE, TRUE);
  else if (g_strcmp0 (choice, "never") == 0)
    tell_refusal (g_steal_pointer (&task));
  else
    ask (g_steal_pointer (&task));
}

void
guise_caption_consent_ask_async (GtkWindow *parent, GuiseStore *store, const char *url,
                                 guint64 n_images, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GTask) reading = NULL;
  Asking *asking = g_new0 (Asking, 1);

  g_task_set_source_tag (task, guise_caption_consent_ask_async);
  g_set_weak_pointer (&asking->parent, parent);
  asking->store = g_object_ref (store);
  asking->host = guise_url_dup_host (url);
  asking->n_images = n_images;
  g_task_set_task_data (task, asking, (GDestroyNotify)asking_free);
  if (guise_url_is_loopback (url)) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  reading = g_task_new (NULL, cancellable, is_read, task);
  g_task_set_task_data (reading, asking, NULL); /* task keeps it */
  g_task_run_in_thread (reading, read_in_thread);
}

gboolean
guise_caption_consent_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- taking it back ---- */

static void
read_to_revoke (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    keep (g_steal_pointer (&task), "", TRUE, TRUE);
  else
    g_task_return_error (task, error);
}

void
guise_caption_consent_revoke_async (GuiseStore *store, const char *host, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GTask) reading = g_task_new (NULL, cancellable, read_to_revoke, task);
  Asking *asking = g_new0 (Asking, 1);

  g_task_set_source_tag (task, guise_caption_consent_revoke_async);
  asking->store = g_object_ref (store);
  asking->host = g_strdup (host);
  g_task_set_task_data (task, asking, (GDestroyNotify)asking_free);
  g_task_set_task_data (reading, asking, NULL); /* task keeps it */
  g_task_run_in_thread (reading, read_in_thread);
}

gboolean
guise_caption_consent_revoke_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- where pictures may go ---- */

static gboolean
is_allowed_for_good (json_t *setting)
{
  return g_strcmp0 (json_string_value (json_object_get (setting, "choice")), "project") == 0;
}

/* For good, or the last time that somebody was asked. */
static gboolean
was_allowed (json_t *setting)
{
  json_t *log = json_object_get (setting, "log");
  json_t *last = json_array_get (log, json_array_size (log) - 1);

  return is_allowed_for_good (setting)
         || g_strcmp0 (json_string_value (json_object_get (last, "choice")), "run") == 0;
}

static gboolean
add_host (GuiseStore *store, const char *key, gboolean (*is_wanted) (json_t *setting),
          GPtrArray *hosts, GError **error)
{
  GError *local = NULL;
  g_autofree char *text = guise_store_get_setting (store, key, &local);
  json_t *setting;

  if (text == NULL) {
    if (local != NULL)
      g_propagate_error (error, local);
    return local == NULL;
  }
  setting = guise_json_parse (text, strlen (text), MAX_SETTING, key, NULL);
  if (is_wanted (setting))
    g_ptr_array_add (hosts, g_strdup (key + strlen (GUISE_CONSENT_PREFIX)));
  json_decref (setting);
  return TRUE;
}

/* The hosts whose setting is wanted, or NULL. */
static GPtrArray *
list_hosts (GuiseStore *store, gboolean (*is_wanted) (json_t *setting), GError **error)
{
  g_autoptr (GPtrArray) hosts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) keys
      = guise_store_list_settings (store, GUISE_CONSENT_PREFIX, error);

  if (keys == NULL)
    return NULL;
  for (guint i = 0; i < keys->len; i++)
    if (!add_host (store, keys->pdata[i], is_wanted, hosts, error))
      return NULL;
  return g_steal_pointer (&hosts);
}

static void
list_allowed_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *hosts = list_hosts (data, is_allowed_for_good, &error);

  if (hosts == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, hosts, (GDestroyNotify)g_ptr_array_unref);
}

void
guise_caption_consent_list_allowed_async (GuiseStore *store, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, guise_caption_consent_list_allowed_async);
  g_task_set_task_data (task, g_object_ref (store), g_object_unref);
  g_task_run_in_thread (task, list_allowed_in_thread);
}

GPtrArray *
guise_caption_consent_list_allowed_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
read_hosts_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) hosts = list_hosts (data, was_allowed, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; hosts != NULL && i < hosts->len; i++) {
    g_autofree char *plain = guise_format_plain (hosts->pdata[i]);

    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", plain);
  }
  if (hosts == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, text->len > 0 ? g_strdup (text->str) : NULL, g_free);
}

void
guise_caption_consent_read_hosts_async (GuiseStore *store, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, guise_caption_consent_read_hosts_async);
  g_task_set_task_data (task, g_object_ref (store), g_object_unref);
  g_task_run_in_thread (task, read_hosts_in_thread);
}

char *
guise_caption_consent_read_hosts_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
