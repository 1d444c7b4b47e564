#include "guise-store-descriptions.h"

#include "guise-operation.h"
#include "guise-replay.h"

#include <string.h>

/* ---- adding ---- */

typedef struct {
  const char *run, *name;
  const GuiseDescription *descriptions;
  size_t n_descriptions;
  GuiseDescriptionStats stats;
  gint64 operation_id; /* 0 = not needed yet */
} Addition;

/* A row, but nothing to be told about it. */
static gboolean
has_row (GuiseDb *db, gboolean *has, const char *sql, const GuiseValue *values, size_t n_values,
         GError **error)
{
  gboolean ok;

  *has = guise_db_get_int_values (db, &ok, 0, sql, values, n_values, error) != 0;
  return ok;
}

/* Whether a caption of the image said this until somebody corrected it: it is not wanted back, from
 * a copy or from the same maker. What another model says is news. */
static gboolean
was_corrected (GuiseDb *db, gboolean *was, const GuiseDescription *description, GError **error)
{
  const GuiseValue what[] = { GUISE_INT (description->image_id),
                              GUISE_INT (description->kind),
                              GUISE_TEXT (description->text),
                              GUISE_INT (GUISE_OPERATION_DONE),
                              GUISE_INT (description->is_copy != FALSE),
                              GUISE_TEXT (description->style),
                              GUISE_TEXT (description->model),
                              GUISE_TEXT (description->prompt) };

  return has_row (db, was,
                  "SELECT 1 FROM captions JOIN changes ON row_id = captions.id"
                  " JOIN operations ON operations.id = operation_id"
                  " WHERE captions.image_id = ? AND kind = ?"
                  " AND json_extract (before, '$.text') = ? AND operations.state = ?"
                  " AND (? OR (style IS ? AND model IS ? AND prompt IS ?))",
                  what, G_N_ELEMENTS (what), error);
}

/* By its origin, or by what it says: a copy whoever says it, else where the same maker said it of
 * the image in another run. */
static gboolean
is_known (GuiseDb *db, gboolean *known, const GuiseDescription *description, GError **error)
{
  const GuiseValue origin[] = { GUISE_TEXT (description->origin) };
  const GuiseValue what[] = { GUISE_INT (description->image_id),
                              GUISE_INT (description->kind),
                              GUISE_TEXT (description->text),
                              GUISE_INT (description->source),
                              GUISE_TEXT (description->style),
                              GUISE_TEXT (description->model),
                              GUISE_TEXT (description->prompt) };

  if (!has_row (db, known, "SELECT 1 FROM captions WHERE origin = ?", origin,
                G_N_ELEMENTS (origin), error)
      || (!*known && !was_corrected (db, known, description, error)))
    return FALSE;
  if (*known)
    return TRUE;
  if (description->is_copy)
    return has_row (db, known,
                    "SELECT 1 FROM captions WHERE image_id = ? AND kind = ? AND text = ?", what, 3,
                    error);
  return has_row (db, known,
                  "SELECT 1 FROM captions WHERE image_id = ? AND kind = ? AND text = ?"
                  " AND source = ? AND style IS ? AND model IS ? AND prompt IS ?",
                  what, G_N_ELEMENTS (what), error);
}

/* Extending it leaves what was undone redoable: nobody did anything. */
static gboolean
find_or_begin_operation (GuiseDb *db, Addition *self, GError **error)
{
  gboolean ok;

  if (self->operation_id > 0)
    return TRUE;
  self->operation_id = guise_db_get_int (
      db, &ok, 0, error, "SELECT max (id) FROM operations WHERE origin = ? AND state = ?",
      GUISE_TEXT (self->run), GUISE_INT (GUISE_OPERATION_DONE));
  if (!ok)
    return FALSE;
  if (self->operation_id > 0)
    return TRUE;
  self->operation_id = guise_operation_begin (db, self->name, GUISE_OPERATION_DONE, error);
  return self->operation_id > 0
         && guise_db_run (db, error, "UPDATE operations SET origin = ? WHERE id = ?",
                          GUISE_TEXT (self->run), GUISE_INT (self->operation_id));
}

static json_t *
create_row (const GuiseDescription *description)
{
  return json_pack ("{s:I, s:n, s:i, s:i, s:i, s:n, s:n, s:s, s:s?, s:s?, s:s?, s:I, s:s?, s:s?}",
                    "image_id", (json_int_t)description->image_id, "parent_id", "kind",
                    (int)description->kind, "source", (int)description->source, "state",
                    (int)description->state, "slot", "import_hash", "text", description->text,
                    "style", description->style, "model", description->model, "prompt",
                    description->prompt, "created", (json_int_t)g_get_real_time (), "origin",
                    description->origin, "verdicts", description->verdicts);
}

static gboolean
insert_description (GuiseDb *db, Addition *self, const GuiseDescription *description,
                    GuiseStoreChange *change, GError **error)
{
  json_t *row = create_row (description);
  gint64 caption_id;

  if (row == NULL) { /* a text that is no UTF-8 */
    self->stats.n_unusable++;
    return TRUE;
  }
  if (!find_or_begin_operation (db, self, error)) {
    json_decref (row);
    return FALSE;
  }
  caption_id = guise_caption_insert_row (db, 0, row, error);
  if (caption_id < 0) {
    json_decref (row);
    return FALSE;
  }
  self->stats.n_added++;
  guise_store_change_add (change, GUISE_STORE_CHANGED_CAPTIONS | GUISE_STORE_CHANGED_HISTORY,
                          description->image_id, caption_id);
  return guise_operation_note (db, self->operation_id, caption_id, description->image_id, NULL,
                               row, error);
}

static gboolean
add_description (GuiseDb *db, Addition *self, const GuiseDescription *description,
                 GuiseStoreChange *change, GError **error)
{
  const GuiseValue image[] = { GUISE_INT (description->image_id) };
  gboolean has;

  if (!is_known (db, &has, description, error))
    return FALSE;
  if (has) {
    self->stats.n_known++;
    return TRUE;
  }
  if (!has_row (db, &has, "SELECT 1 FROM images WHERE id = ?", image, G_N_ELEMENTS (image), error))
    return FALSE;
  if (!has || !guise_store_check_text (description->text, -1, NULL)) {
    self->stats.n_unusable++;
    return TRUE;
  }
  return insert_description (db, self, description, change, error);
}

static gboolean
write_addition (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Addition *self = data;

  for (size_t i = 0; i < self->n_descriptions; i++)
    if (!add_description (db, self, &self->descriptions[i], change, error))
      return FALSE;
  return TRUE;
}

gboolean
guise_store_add_descriptions (GuiseStore *store, const char *run, const char *name,
                              const GuiseDescription *descriptions, size_t n_descriptions,
                              GuiseDescriptionStats *stats, GError **error)
{
  Addition self = { .run = run,
                    .name = name,
                    .descriptions = descriptions,
                    .n_descriptions = n_descriptions };

  if (n_descriptions == 0)
    return TRUE;
  if (!guise_store_write (store, write_addition, &self, error))
    return FALSE;
  stats->n_added += self.stats.n_added;
  stats->n_known += self.stats.n_known;
  stats->n_unusable += self.stats.n_unusable;
  return TRUE;
}

/* ---- undoing a run ---- */

void
guise_run_undo_clear (GuiseRunUndo *undo)
{
  g_clear_pointer (&undo->kept, g_array_unref);
}

typedef struct {
  char *run;
  GuiseRunUndo undo;
} Undoing;

static GArray *
list_operations (GuiseDb *db, const char *run, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  sqlite3_stmt *statement = guise_db_query (
      db, error, "SELECT id FROM operations WHERE origin = ? AND state = ? ORDER BY id DESC",
      GUISE_TEXT (run), GUISE_INT (GUISE_OPERATION_DONE));
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    gint64 id = sqlite3_column_int64 (statement, 0);

    g_array_append_val (ids, id);
  }
  return step == 0 ? g_steal_pointer (&ids) : NULL;
}

static gboolean
undo_operation (GuiseDb *db, Undoing *self, gint64 id, GuiseStoreChange *change, GError **error)
{
  GuiseReplay replay = { 0 };
  gboolean ok = guise_replay_operation (db, id, TRUE, &replay, change, error);

  if (ok) {
    self->undo.n_removed += replay.n_changed;
    g_array_append_vals (self->undo.kept, replay.kept->data, replay.kept->len);
  }
  guise_replay_clear (&replay);
  return ok;
}

static gboolean
write_undo (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Undoing *self = data;
  g_autoptr (GArray) ids = list_operations (db, self->run, error);

  if (ids == NULL)
    return FALSE;
  if (ids->len == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "nothing to undo: '%s' has made no descriptions, or they are undone already",
                 self->run);
    return FALSE;
  }
  for (guint i = 0; i < ids->len; i++)
    if (!undo_operation (db, self, g_array_index (ids, gint64, i), change, error))
      return FALSE;
  return TRUE;
}

static Undoing *
undoing_new (const char *run)
{
  Undoing *self = g_new0 (Undoing, 1);

  self->run = g_strdup (run);
  self->undo.kept = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

static void
undoing_free (gpointer data)
{
  Undoing *self = data;

  guise_run_undo_clear (&self->undo);
  g_free (self->run);
  g_free (self);
}

gboolean
guise_store_undo_run (GuiseStore *store, const char *run, GuiseRunUndo *undo, GError **error)
{
  Undoing *self = undoing_new (run);
  gboolean ok = guise_store_write (store, write_undo, self, error);

  if (ok) {
    *undo = self->undo;
    self->undo.kept = NULL;
  }
  undoing_free (self);
  return ok;
}

/* One block, for g_free: how many were removed, how many kept, which. */
static gpointer
take_undo (gpointer data, GError **error)
{
  const GuiseRunUndo *undo = &((Undoing *)data)->undo;
  gint64 *block = g_new (gint64, 2 + undo->kept->len);

  block[0] = undo->n_removed;
  block[1] = undo->kept->len;
  memcpy (block + 2, undo->kept->data, undo->kept->len * sizeof (gint64));
  return block;
}

void
guise_store_undo_run_async (GuiseStore *store, const char *run, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  guise_store_write_async (store, write_undo, undoing_new (run), undoing_free, take_undo,
                           g_task_new (store, cancellable, callback, user_data));
}

gboolean
guise_store_undo_run_finish (GuiseStore *store, GAsyncResult *result, GuiseRunUndo *undo,
                             GError **error)
{
  g_autofree gint64 *block = g_task_propagate_pointer (G_TASK (result), error);

  if (block == NULL)
    return FALSE;
  undo->n_removed = (guint)block[0];
  undo->kept = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_array_append_vals (undo->kept, block + 2, (guint)block[1]);
  return TRUE;
}

/* One number out of the log; -1 = error. */
static gint64
ask_log (GuiseStore *store, const char *sql, const GuiseValue *values, size_t n_values,
         GError **error)
{
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  gboolean ok;
  gint64 number;

  if (db == NULL)
    return -1;
  number = guise_db_get_int_values (db, &ok, 0, sql, values, n_values, error);
  guise_store_give_back (store, db);
  return ok ? number : -1;
}

gint64
guise_store_count_run (GuiseStore *store, const char *run, GError **error)
{
  const GuiseValue values[] = { GUISE_TEXT (run), GUISE_INT (GUISE_OPERATION_DONE) };

  return ask_log (store,
                  "SELECT count(*) FROM changes WHERE operation_id IN"
                  " (SELECT id FROM operations WHERE origin = ? AND state = ?)",
                  values, G_N_ELEMENTS (values), error);
}

/* Of a description that came more than once, the latest time. */
#define UNDONE_OF_RUN                                                                          \
  "SELECT origin, EXISTS (SELECT 1 FROM changes d JOIN operations p ON p.id = d.operation_id"  \
  " WHERE d.table_name = 'captions' AND d.row_id = latest.row_id AND d.after IS NULL"          \
  " AND p.state NOT IN (?2, ?3))"                                                              \
  " FROM (SELECT json_extract (c.after, '$.origin') AS origin, max (c.id), c.row_id, o.state"  \
  " FROM changes c JOIN operations o ON o.id = c.operation_id"                                 \
  " WHERE o.origin = ?1 AND c.table_name = 'captions' AND c.before IS NULL GROUP BY 1) latest" \
  " WHERE state IN (?2, ?3) AND origin IS NOT NULL"                                            \
  " AND origin NOT IN (SELECT origin FROM captions WHERE origin IS NOT NULL)"

GHashTable *
guise_store_list_undone (GuiseStore *store, const char *run, GError **error)
{
  g_autoptr (GHashTable) undone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error, UNDONE_OF_RUN, GUISE_TEXT (run),
                              GUISE_INT (GUISE_OPERATION_UNDONE),
                              GUISE_INT (GUISE_OPERATION_DROPPED));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0)
    g_hash_table_insert (undone, guise_db_dup_text (statement, 0),
                         GINT_TO_POINTER (sqlite3_column_int (statement, 1)));
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&undone) : NULL;
}

gint64
guise_store_get_last_run (GuiseStore *store, const char *prefix, GError **error)
{
  const GuiseValue values[] = { GUISE_TEXT (prefix) };

  return ask_log (store,
                  "SELECT max (CAST (substr (origin, 1 + length (?1)) AS INTEGER))"
                  " FROM operations WHERE substr (origin, 1, length (?1)) = ?1",
                  values, G_N_ELEMENTS (values), error);
}

GHashTable *
guise_store_list_described (GuiseStore *store, const char *model, const char *prompt,
                            GError **error)
{
  g_autoptr (GHashTable) described
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error,
                              "SELECT DISTINCT image_id || coalesce (' ' || style, '')"
                              " FROM captions WHERE model = ? AND prompt IS ?",
                              GUISE_TEXT (model), GUISE_TEXT (prompt));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0)
    g_hash_table_add (described, guise_db_dup_text (statement, 0));
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&described) : NULL;
}
