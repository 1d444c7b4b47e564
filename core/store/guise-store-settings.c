/* Settings of the project, by key. */
#include "guise-store-private.h"

gboolean
guise_store_check_label (const char *what, const char *text, GError **error)
{
  if (text == NULL || g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT,
               "cannot store %s: it is not valid UTF-8", what);
  return FALSE;
}

char *
guise_store_get_setting (GuiseStore *store, const char *key, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  char *value = NULL;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error, "SELECT value FROM settings WHERE key = ?",
                              GUISE_TEXT (key));
  if (statement != NULL && guise_db_step (db, statement, error) > 0) {
    value = guise_db_dup_text (statement, 0);
    guise_db_reset (statement);
  }
  guise_store_give_back (store, db);
  return value;
}

GPtrArray *
guise_store_list_settings (GuiseStore *store, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error,
                              "SELECT key FROM settings WHERE substr (key, 1, length (?1)) = ?1"
                              " ORDER BY key",
                              GUISE_TEXT (prefix));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0)
    g_ptr_array_add (keys, guise_db_dup_text (statement, 0));
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&keys) : NULL;
}

typedef struct {
  char *key;
  char *value;
} Setting;

static gboolean
write_setting (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  const Setting *setting = data;

  guise_store_change_add_setting (change, setting->key);
  if (setting->value == NULL)
    return guise_db_run (db, error, "DELETE FROM settings WHERE key = ?",
                         GUISE_TEXT (setting->key));
  return guise_db_run (db, error,
                       "INSERT INTO settings (key, value) VALUES (?1, ?2) "
                       "ON CONFLICT (key) DO UPDATE SET value = ?2",
                       GUISE_TEXT (setting->key), GUISE_TEXT (setting->value));
}

static gboolean
check_setting (const char *key, const char *value, GError **error)
{
  return guise_store_check_label ("a setting's name", key, error)
         && guise_store_check_label ("a setting", value, error);
}

gboolean
guise_store_set_setting (GuiseStore *store, const char *key, const char *value, GError **error)
{
  Setting setting = { (char *)key, (char *)value };

  return check_setting (key, value, error)
         && guise_store_write (store, write_setting, &setting, error);
}

static void
free_setting (gpointer data)
{
  Setting *setting = data;

  g_free (setting->key);
  g_free (setting->value);
  g_free (setting);
}

void
guise_store_set_setting_async (GuiseStore *store, const char *key, const char *value,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  GError *error = NULL;
  Setting *setting;

  if (!check_setting (key, value, &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  setting = g_new0 (Setting, 1);
  setting->key = g_strdup (key);
  setting->value = g_strdup (value);
  guise_store_write_async (store, write_setting, setting, free_setting, NULL, task);
}

gboolean
guise_store_set_setting_finish (GuiseStore *store, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
