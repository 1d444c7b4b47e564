/* Training runs. */
#include "guise-store-runs.h"

#include "guise-store-private.h"

void
guise_run_free (GuiseRun *run)
{
  if (run == NULL)
    return;
  g_free (run->name);
  g_free (run->preset);
  g_free (run->state);
  g_free (run->folder);
  g_free (run->metrics);
  g_free (run);
}

typedef struct {
  const GuiseRun *run;
  gint64 id;
} NewRun;

static gboolean
write_run (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  NewRun *self = data;
  const GuiseRun *run = self->run;
  gboolean ok;

  guise_store_change_add (change, GUISE_STORE_CHANGED_RUNS, 0, 0);
  if (!guise_db_run (db, error,
                     "INSERT INTO runs (name, preset, seed, state, folder, metrics, created) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET "
                     "preset = ?2, seed = ?3, state = ?4, folder = ?5, metrics = ?6",
                     GUISE_TEXT (run->name), GUISE_TEXT (run->preset), GUISE_INT (run->seed),
                     GUISE_TEXT (run->state), GUISE_BYTES (run->folder),
                     GUISE_TEXT (run->metrics),
                     GUISE_INT (run->created != 0 ? run->created : g_get_real_time ())))
    return FALSE;
  self->id = guise_db_get_int (db, &ok, -1, error, "SELECT id FROM runs WHERE name = ?",
                               GUISE_TEXT (run->name));
  return ok;
}

gint64
guise_store_put_run (GuiseStore *store, const GuiseRun *run, GError **error)
{
  NewRun self = { run, -1 };

  if (!guise_store_check_label ("a run's name", run->name, error)
      || !guise_store_check_label ("a run's preset", run->preset, error)
      || !guise_store_check_label ("a run's state", run->state, error)
      || !guise_store_check_label ("a run's metrics", run->metrics, error))
    return -1;
  return guise_store_write (store, write_run, &self, error) ? self.id : -1;
}

static GPtrArray *
read_runs (GuiseStore *store, const char *sql, const char *name, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_run_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_prepare (db, sql, (const GuiseValue[]){ GUISE_TEXT (name) },
                                name != NULL ? 1 : 0, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseRun *run = g_new0 (GuiseRun, 1);

    run->id = sqlite3_column_int64 (statement, 0);
    run->name = guise_db_dup_text (statement, 1);
    run->preset = guise_db_dup_text (statement, 2);
    run->seed = sqlite3_column_int64 (statement, 3);
    run->state = guise_db_dup_text (statement, 4);
    run->folder = guise_db_dup_bytes (statement, 5);
    run->metrics = guise_db_dup_text (statement, 6);
    run->created = sqlite3_column_int64 (statement, 7);
    g_ptr_array_add (runs, run);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&runs) : NULL;
}

#define RUN_COLUMNS "SELECT id, name, preset, seed, state, folder, metrics, created FROM runs "

static gboolean
fail_not_found (const char *name, GError **error)
{
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND, "no such run: '%s'", name);
  return FALSE;
}

GuiseRun *
guise_store_get_run (GuiseStore *store, const char *name, GError **error)
{
  g_autoptr (GPtrArray) runs = read_runs (store, RUN_COLUMNS "WHERE name = ?", name, error);

  if (runs == NULL)
    return NULL;
  if (runs->len == 0) {
    fail_not_found (name, error);
    return NULL;
  }
  g_ptr_array_set_free_func (runs, NULL);
  return runs->pdata[0];
}

GPtrArray *
guise_store_list_runs (GuiseStore *store, GError **error)
{
  return read_runs (store, RUN_COLUMNS "ORDER BY id DESC", NULL, error);
}

static gboolean
write_removal (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  guise_store_change_add (change, GUISE_STORE_CHANGED_RUNS, 0, 0);
  if (!guise_db_run (db, error, "DELETE FROM runs WHERE name = ?", GUISE_TEXT (data)))
    return FALSE;
  return guise_db_get_n_changed (db) > 0 || fail_not_found (data, error);
}

gboolean
guise_store_remove_run (GuiseStore *store, const char *name, GError **error)
{
  return guise_store_write (store, write_removal, (gpointer)name, error);
}
