/* The operation log: undo and redo, and reading it. */
#include "guise-store-history.h"

#include "guise-replay.h"

#include <string.h>

typedef struct {
  gboolean undo;
  GuiseReplay replay;
} Replay;

/* The operation that undo or redo takes next: 0 = none, -1 = error. */
static gint64
find_operation (GuiseDb *db, gboolean undo, char **name, GError **error)
{
  const char *sql = undo ? "SELECT id, name FROM operations WHERE state = ? "
                           "ORDER BY id DESC LIMIT 1"
                         : "SELECT id, name FROM operations WHERE state = ? "
                           "ORDER BY undone DESC LIMIT 1";
  int state = undo ? GUISE_OPERATION_DONE : GUISE_OPERATION_UNDONE;
  sqlite3_stmt *statement = guise_db_query (db, error, sql, GUISE_INT (state));
  gint64 id;
  int step;

  if (statement == NULL || (step = guise_db_step (db, statement, error)) < 0)
    return -1;
  if (step == 0)
    return 0;
  id = sqlite3_column_int64 (statement, 0);
  *name = guise_db_dup_text (statement, 1);
  guise_db_reset (statement);
  return id;
}

static gboolean
replay (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Replay *self = data;
  g_autofree char *name = NULL;
  gint64 id = find_operation (db, self->undo, &name, error);

  if (id < 0)
    return FALSE;
  if (id == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING, "nothing to %s",
                 self->undo ? "undo" : "redo");
    return FALSE;
  }
  return guise_replay_operation (db, id, self->undo, &self->replay, change, error);
}

static void
clear_replay (Replay *self)
{
  guise_replay_clear (&self->replay);
}

static char *
take_replay_name (Replay *self, GError **error)
{
  if (self->replay.conflict == NULL)
    return g_steal_pointer (&self->replay.name);
  g_propagate_error (error, g_steal_pointer (&self->replay.conflict));
  return NULL;
}

static char *
replay_sync (GuiseStore *store, gboolean undo, GError **error)
{
  Replay self = { .undo = undo };
  char *name = NULL;

  if (guise_store_write (store, replay, &self, error))
    name = take_replay_name (&self, error);
  clear_replay (&self);
  return name;
}

char *
guise_store_undo (GuiseStore *store, GError **error)
{
  return replay_sync (store, TRUE, error);
}

char *
guise_store_redo (GuiseStore *store, GError **error)
{
  return replay_sync (store, FALSE, error);
}

/* What an asynchronous call gives back; one block, for g_free. */
typedef struct {
  gint64 image_id;
  char name[];
} Replayed;

static gpointer
take_replayed (gpointer data, GError **error)
{
  Replay *self = data;
  g_autofree char *name = take_replay_name (self, error);
  size_t size = name != NULL ? strlen (name) + 1 : 0;
  Replayed *replayed;

  if (name == NULL)
    return NULL;
  replayed = g_malloc (sizeof *replayed + size);
  replayed->image_id = self->replay.image_id;
  memcpy (replayed->name, name, size);
  return replayed;
}

static void
free_replay (gpointer data)
{
  clear_replay (data);
  g_free (data);
}

static void
replay_async (GuiseStore *store, gboolean undo, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  Replay *self = g_new0 (Replay, 1);

  self->undo = undo;
  guise_store_write_async (store, replay, self, free_replay, take_replayed, task);
}

void
guise_store_undo_async (GuiseStore *store, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  replay_async (store, TRUE, cancellable, callback, user_data);
}

void
guise_store_redo_async (GuiseStore *store, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  replay_async (store, FALSE, cancellable, callback, user_data);
}

static char *
finish_replay (GAsyncResult *result, gint64 *image_id, GError **error)
{
  g_autofree Replayed *replayed = g_task_propagate_pointer (G_TASK (result), error);

  if (replayed != NULL && image_id != NULL)
    *image_id = replayed->image_id;
  return replayed != NULL ? g_strdup (replayed->name) : NULL;
}

char *
guise_store_undo_finish (GuiseStore *store, GAsyncResult *result, gint64 *image_id, GError **error)
{
  return finish_replay (result, image_id, error);
}

char *
guise_store_redo_finish (GuiseStore *store, GAsyncResult *result, gint64 *image_id, GError **error)
{
  return finish_replay (result, image_id, error);
}

static char *
get_name (GuiseStore *store, gboolean undo, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  char *name = NULL;

  if (db == NULL)
    return NULL;
  find_operation (db, undo, &name, error);
  guise_store_give_back (store, db);
  return name;
}

char *
guise_store_get_undo_name (GuiseStore *store, GError **error)
{
  return get_name (store, TRUE, error);
}

char *
guise_store_get_redo_name (GuiseStore *store, GError **error)
{
  return get_name (store, FALSE, error);
}

void
guise_history_entry_free (GuiseHistoryEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->name);
  g_free (entry->before);
  g_free (entry->after);
  g_free (entry);
}

static GPtrArray *
read_history (GuiseStore *store, const char *sql, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_history_entry_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_prepare (db, sql, (const GuiseValue[]){ GUISE_INT (id) }, 1, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseHistoryEntry *entry = g_new0 (GuiseHistoryEntry, 1);

    entry->operation_id = sqlite3_column_int64 (statement, 0);
    entry->name = guise_db_dup_text (statement, 1);
    entry->state = (GuiseOperationState)sqlite3_column_int (statement, 2);
    entry->created = sqlite3_column_int64 (statement, 3);
    entry->caption_id = sqlite3_column_int64 (statement, 4);
    entry->image_id = sqlite3_column_int64 (statement, 5);
    entry->before = guise_db_dup_text (statement, 6);
    entry->after = guise_db_dup_text (statement, 7);
    g_ptr_array_add (entries, entry);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&entries) : NULL;
}

#define HISTORY_COLUMNS                                                               \
  "SELECT o.id, o.name, o.state, o.created, c.row_id, c.image_id, c.before, c.after " \
  "FROM changes c JOIN operations o ON o.id = c.operation_id WHERE c.table_name = 'captions' "

GPtrArray *
guise_store_get_caption_history (GuiseStore *store, gint64 caption_id, GError **error)
{
  return read_history (store, HISTORY_COLUMNS "AND c.row_id = ? ORDER BY c.id", caption_id,
                       error);
}

GPtrArray *
guise_store_get_image_history (GuiseStore *store, gint64 image_id, GError **error)
{
  return read_history (store, HISTORY_COLUMNS "AND c.image_id = ? ORDER BY c.id", image_id,
                       error);
}

void
guise_operation_free (GuiseOperation *operation)
{
  if (operation == NULL)
    return;
  g_free (operation->name);
  g_free (operation);
}

GPtrArray *
guise_store_list_operations (GuiseStore *store, guint limit, GError **error)
{
  g_autoptr (GPtrArray) operations
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_operation_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error,
                              "SELECT id, name, state, created, (SELECT count(*) FROM changes "
                              "WHERE operation_id = o.id) FROM operations o ORDER BY id DESC "
                              "LIMIT ?",
                              GUISE_INT (limit > 0 ? (gint64)limit : -1));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseOperation *operation = g_new0 (GuiseOperation, 1);

    operation->id = sqlite3_column_int64 (statement, 0);
    operation->name = guise_db_dup_text (statement, 1);
    operation->state = (GuiseOperationState)sqlite3_column_int (statement, 2);
    operation->created = sqlite3_column_int64 (statement, 3);
    operation->n_changes = (guint)sqlite3_column_int64 (statement, 4);
    g_ptr_array_add (operations, operation);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&operations) : NULL;
}
