/* Undo and redo of one operation. */
#include "guise-replay.h"

#include "guise-json.h"
#include "guise-operation.h"

#include <string.h>

/* One row's JSON in the log: a caption's text may need six bytes a byte when escaped. */
#define MAX_ROW_JSON (8 * GUISE_STORE_MAX_TEXT)

/* The change to apply, read from the log: the row has to be as `from` says and becomes as `to`
 * says. */
typedef struct {
  gint64 caption_id;
  gint64 image_id;
  json_t *from;
  json_t *to;
} Step;

static void
free_step (gpointer data)
{
  Step *step = data;

  json_decref (step->from);
  json_decref (step->to);
  g_free (step);
}

static gboolean
parse_row (sqlite3_stmt *statement, int column, json_t **row, GError **error)
{
  const char *text = (const char *)sqlite3_column_text (statement, column);

  *row = NULL;
  if (text == NULL)
    return TRUE;
  *row = guise_json_parse (text, strlen (text), MAX_ROW_JSON, "operation log", error);
  if (*row != NULL && !json_is_object (*row)) {
    g_clear_pointer (row, json_decref);
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
                 "operation log is damaged: a change is not an object");
  }
  return *row != NULL;
}

static GPtrArray *
read_steps (GuiseDb *db, gint64 operation_id, gboolean undo, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func (free_step);
  const char *sql = undo ? "SELECT row_id, coalesce (image_id, 0), after, before FROM changes "
                           "WHERE operation_id = ? AND table_name = 'captions' ORDER BY id DESC"
                         : "SELECT row_id, coalesce (image_id, 0), before, after FROM changes "
                           "WHERE operation_id = ? AND table_name = 'captions' ORDER BY id";
  sqlite3_stmt *statement = guise_db_query (db, error, sql, GUISE_INT (operation_id));
  int result = -1;

  while (statement != NULL && (result = guise_db_step (db, statement, error)) > 0) {
    Step *step = g_new0 (Step, 1);

    g_ptr_array_add (steps, step);
    step->caption_id = sqlite3_column_int64 (statement, 0);
    step->image_id = sqlite3_column_int64 (statement, 1);
    if (!parse_row (statement, 2, &step->from, error)
        || !parse_row (statement, 3, &step->to, error)) {
      guise_db_reset (statement);
      return NULL;
    }
  }
  return result == 0 ? g_steal_pointer (&steps) : NULL;
}

typedef struct {
  gint64 id;
  gboolean undo;
  gboolean is_lenient;
  GuiseReplay *replay;
  GuiseStoreChange *change;
} Operation;

/* FALSE without an error when the row is not as `from` says. */
static gboolean
row_is_as (GuiseDb *db, const Step *step, gboolean *same, GError **error)
{
  g_autoptr (GError) local = NULL;
  json_t *row = guise_caption_read_row (db, step->caption_id, &local);
  const char *key;
  json_t *value;

  if (row == NULL && !g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  *same = (row != NULL) == (step->from != NULL);
  if (row != NULL && step->from != NULL)
    json_object_foreach (step->from, key, value)
        *same
        = *same && json_equal (value, json_object_get (row, key));
  json_decref (row);
  return TRUE;
}

static void
set_conflict (const Operation *self, const Step *step, GError **error)
{
  const char *verb = self->undo ? "undo" : "redo";

  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT,
               "cannot %s '%s': caption %" G_GINT64_FORMAT " has changed since; it stays, and "
               "what was %s it can be %s",
               verb, self->replay->name, step->caption_id,
               self->undo ? "done before" : "undone before", self->undo ? "undone" : "redone");
}

static gboolean
write_step (GuiseDb *db, const Step *step, GError **error)
{
  if (step->to == NULL)
    return guise_db_run (db, error, "DELETE FROM captions WHERE id = ?",
                         GUISE_INT (step->caption_id));
  if (step->from == NULL)
    return guise_caption_insert_row (db, step->caption_id, step->to, error) > 0;
  return guise_caption_write_columns (db, step->caption_id, step->to, error);
}

static gboolean
apply_step (GuiseDb *db, Operation *self, const Step *step, GError **error)
{
  GuiseReplay *replay = self->replay;
  gboolean same;

  if (!row_is_as (db, step, &same, error))
    return FALSE;
  if (!same && self->is_lenient) {
    g_array_append_val (replay->kept, step->caption_id);
    return TRUE;
  }
  if (!same) {
    set_conflict (self, step, error);
    return FALSE;
  }
  replay->image_id
      = replay->n_changed == 0 || replay->image_id == step->image_id ? step->image_id : 0;
  replay->n_changed++;
  guise_store_change_add (self->change, GUISE_STORE_CHANGED_CAPTIONS, step->image_id,
                          step->caption_id);
  return write_step (db, step, error);
}

static gboolean
mark_operation (GuiseDb *db, gint64 id, gboolean undo, GError **error)
{
  if (undo)
    return guise_db_run (db, error,
                         "UPDATE operations SET state = ?, undone ="
                         " (SELECT coalesce (max (undone), 0) + 1 FROM operations) WHERE id = ?",
                         GUISE_INT (GUISE_OPERATION_UNDONE), GUISE_INT (id));
  return guise_db_run (db, error, "UPDATE operations SET state = ?, undone = NULL WHERE id = ?",
                       GUISE_INT (GUISE_OPERATION_DONE), GUISE_INT (id));
}

static gboolean
apply_steps (GuiseDb *db, Operation *self, GPtrArray *steps, GError **error)
{
  for (guint i = 0; i < steps->len; i++)
    if (!apply_step (db, self, steps->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* All steps or none. A conflict is no failure of the transaction: what was written of the operation
 * is taken back, and it is marked so that it is not tried again. */
static gboolean
apply_or_put_aside (GuiseDb *db, Operation *self, GPtrArray *steps, GError **error)
{
  GError *local = NULL;

  if (!guise_db_execute (db, "SAVEPOINT replay", error))
    return FALSE;
  if (apply_steps (db, self, steps, &local))
    return guise_db_execute (db, "RELEASE replay", error)
           && mark_operation (db, self->id, self->undo, error);
  if (!g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT)) {
    g_propagate_error (error, local);
    return FALSE;
  }
  self->replay->conflict = local;
  self->replay->n_changed = 0;
  return guise_db_execute (db, "ROLLBACK TO replay; RELEASE replay", error)
         && guise_db_run (db, error, "UPDATE operations SET state = ?, undone = NULL WHERE id = ?",
                          GUISE_INT (self->undo ? GUISE_OPERATION_PERMANENT
                                                : GUISE_OPERATION_DROPPED),
                          GUISE_INT (self->id));
}

/* Name, and whether it is a run's. */
static gboolean
read_operation (GuiseDb *db, Operation *self, GError **error)
{
  sqlite3_stmt *statement
      = guise_db_query (db, error, "SELECT name, origin IS NOT NULL FROM operations WHERE id = ?",
                        GUISE_INT (self->id));
  int step;

  if (statement == NULL || (step = guise_db_step (db, statement, error)) < 0)
    return FALSE;
  if (step == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such operation: '%" G_GINT64_FORMAT "'", self->id);
    return FALSE;
  }
  self->replay->name = guise_db_dup_text (statement, 0);
  self->is_lenient = sqlite3_column_int (statement, 1);
  guise_db_reset (statement);
  return TRUE;
}

gboolean
guise_replay_operation (GuiseDb *db, gint64 operation_id, gboolean undo, GuiseReplay *replay,
                        GuiseStoreChange *change, GError **error)
{
  Operation self = { operation_id, undo, FALSE, replay, change };
  g_autoptr (GPtrArray) steps = NULL;

  replay->kept = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (!read_operation (db, &self, error))
    return FALSE;
  steps = read_steps (db, operation_id, undo, error);
  guise_store_change_add (change, GUISE_STORE_CHANGED_HISTORY, 0, 0);
  return steps != NULL && apply_or_put_aside (db, &self, steps, error);
}

void
guise_replay_clear (GuiseReplay *replay)
{
  g_clear_pointer (&replay->name, g_free);
  g_clear_pointer (&replay->kept, g_array_unref);
  g_clear_error (&replay->conflict);
}
