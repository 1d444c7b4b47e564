/* Reading captions, and the operations that change them. */
#include "guise-store-captions.h"

#include "guise-filter-private.h"
#include "guise-operation.h"
#include "guise-store-private.h"

#include <string.h>

static const char *const state_names[GUISE_N_CAPTION_STATES] = {
  "pending",
  "accepted",
  "edited",
  "rejected",
  "flagged",
  "skipped",
};

const char *
guise_caption_state_to_string (GuiseCaptionState state)
{
  g_return_val_if_fail ((guint)state < GUISE_N_CAPTION_STATES, NULL);
  return state_names[state];
}

gboolean
guise_caption_state_from_string (const char *name, GuiseCaptionState *state)
{
  for (int i = 0; i < GUISE_N_CAPTION_STATES; i++)
    if (strcmp (name, state_names[i]) == 0) {
      *state = (GuiseCaptionState)i;
      return TRUE;
    }
  return FALSE;
}

void
guise_caption_free (GuiseCaption *caption)
{
  if (caption == NULL)
    return;
  g_free (caption->text);
  g_free (caption->style);
  g_free (caption->model);
  g_free (caption->prompt);
  g_free (caption);
}

#define CAPTION_COLUMNS                                                                       \
  "SELECT id, image_id, coalesce (parent_id, 0), kind, source, state, revision, text, style," \
  " model, prompt, created, changed FROM captions "
#define CAPTION_ORDER "ORDER BY image_id, kind, slot IS NULL, slot, id"

static GPtrArray *
read_captions (GuiseStore *store, const char *sql, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) captions
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_caption_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_prepare (db, sql, (const GuiseValue[]){ GUISE_INT (id) }, 1, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseCaption *caption = g_new0 (GuiseCaption, 1);

    caption->id = sqlite3_column_int64 (statement, 0);
    caption->image_id = sqlite3_column_int64 (statement, 1);
    caption->parent_id = sqlite3_column_int64 (statement, 2);
    caption->kind = (GuiseCaptionKind)sqlite3_column_int (statement, 3);
    caption->source = (GuiseCaptionSource)sqlite3_column_int (statement, 4);
    caption->state = (GuiseCaptionState)sqlite3_column_int (statement, 5);
    caption->revision = sqlite3_column_int64 (statement, 6);
    caption->text = guise_db_dup_text (statement, 7);
    caption->style = guise_db_dup_text (statement, 8);
    caption->model = guise_db_dup_text (statement, 9);
    caption->prompt = guise_db_dup_text (statement, 10);
    caption->created = sqlite3_column_int64 (statement, 11);
    caption->changed = sqlite3_column_int64 (statement, 12);
    g_ptr_array_add (captions, caption);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&captions) : NULL;
}

GPtrArray *
guise_store_list_captions (GuiseStore *store, gint64 image_id, GError **error)
{
  return read_captions (store, CAPTION_COLUMNS "WHERE image_id = ? " CAPTION_ORDER, image_id,
                        error);
}

GuiseCaption *
guise_store_get_caption (GuiseStore *store, gint64 caption_id, GError **error)
{
  g_autoptr (GPtrArray) captions = read_captions (store, CAPTION_COLUMNS "WHERE id = ?",
                                                  caption_id, error);

  if (captions == NULL)
    return NULL;
  if (captions->len == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such caption: '%" G_GINT64_FORMAT "'", caption_id);
    return NULL;
  }
  g_ptr_array_set_free_func (captions, NULL);
  return captions->pdata[0];
}

GArray *
guise_store_find_captions (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                           GError **error)
{
  return guise_filter_run (store, filter,
                           "SELECT c.id FROM images i JOIN captions c ON c.image_id = i.id", TRUE,
                           " ORDER BY i.id, c.kind, c.slot IS NULL, c.slot, c.id", cancellable,
                           error);
}

gboolean
guise_store_check_text (const char *text, gssize length, GError **error)
{
  size_t size = length >= 0 ? (size_t)length : strlen (text);
  const char *end;
  const char *why = NULL;

  if (size > GUISE_STORE_MAX_TEXT) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT,
                 "cannot store text: it has %zu bytes; %d are allowed", size,
                 GUISE_STORE_MAX_TEXT);
    return FALSE;
  }
  if (!g_utf8_validate_len (text, size, &end))
    why = *end == '\0' ? "a NUL character" : "invalid UTF-8";
  if (why != NULL) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT,
                 "cannot store text: %s at byte %zu", why, (size_t)(end - text));
    return FALSE;
  }
  for (const char *p = text; p < text + size; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT,
               "cannot store text: it is empty");
  return FALSE;
}

typedef struct {
  gint64 *ids;
  size_t n_ids;
  GuiseCaptionState state;
} StateEdit;

static char *
state_operation_name (GuiseCaptionState state, guint n_captions)
{
  static const char *const verbs[GUISE_N_CAPTION_STATES] = {
    "Reset",
    "Accept",
    "Mark as edited:",
    "Reject",
    "Flag",
    "Skip",
  };

  if (n_captions == 1)
    return g_strdup_printf ("%s caption", verbs[state]);
  return g_strdup_printf ("%s %u captions", verbs[state], n_captions);
}

/* The rows that are not yet in the state; their ids in *ids. */
static GPtrArray *
read_rows_to_change (GuiseDb *db, const StateEdit *edit, GArray *ids, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)json_decref);

  for (size_t i = 0; i < edit->n_ids; i++) {
    json_t *row = guise_caption_read_row (db, edit->ids[i], error);

    if (row == NULL)
      return NULL;
    if (json_integer_value (json_object_get (row, "state")) == edit->state) {
      json_decref (row);
      continue;
    }
    g_ptr_array_add (rows, row);
    g_array_append_val (ids, edit->ids[i]);
  }
  return g_steal_pointer (&rows);
}

static gboolean
write_states (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  const StateEdit *edit = data;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) rows = read_rows_to_change (db, edit, ids, error);
  g_autofree char *name = NULL;
  gint64 operation_id;

  if (rows == NULL)
    return FALSE;
  if (rows->len == 0)
    return TRUE;
  name = state_operation_name (edit->state, rows->len);
  operation_id = guise_operation_begin (db, name, GUISE_OPERATION_DONE, error);
  if (operation_id < 0)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    if (!guise_operation_change (db, operation_id, g_array_index (ids, gint64, i), rows->pdata[i],
                                 json_pack ("{s:i}", "state", edit->state), change, error))
      return FALSE;
  return TRUE;
}

gboolean
guise_store_set_caption_state (GuiseStore *store, const gint64 *caption_ids, size_t n_ids,
                               GuiseCaptionState state, GError **error)
{
  StateEdit edit = { (gint64 *)caption_ids, n_ids, state };

  g_return_val_if_fail ((guint)state < GUISE_N_CAPTION_STATES, FALSE);
  return guise_store_write (store, write_states, &edit, error);
}

static void
free_state_edit (gpointer data)
{
  StateEdit *edit = data;

  g_free (edit->ids);
  g_free (edit);
}

void
guise_store_set_caption_state_async (GuiseStore *store, const gint64 *caption_ids, size_t n_ids,
                                     GuiseCaptionState state, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, cancellable, callback, user_data);
  StateEdit *edit = g_new0 (StateEdit, 1);

  edit->ids = g_memdup2 (caption_ids, n_ids * sizeof *caption_ids);
  edit->n_ids = n_ids;
  edit->state = state;
  guise_store_write_async (store, write_states, edit, free_state_edit, NULL, task);
}

gboolean
guise_store_set_caption_state_finish (GuiseStore *store, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct {
  const GuiseCaption *caption;
  gint64 id;
} Addition;

static json_t *
row_of_caption (const GuiseCaption *caption)
{
  json_t *parent = caption->parent_id != 0 ? json_integer (caption->parent_id) : json_null ();

  return json_pack ("{s:I, s:o, s:i, s:i, s:i, s:s, s:s?, s:s?, s:s?, s:I}",
                    "image_id", (json_int_t)caption->image_id, "parent_id", parent,
                    "kind", caption->kind, "source", caption->source, "state", caption->state,
                    "text", caption->text, "style", caption->style, "model", caption->model,
                    "prompt", caption->prompt, "created", (json_int_t)g_get_real_time ());
}

static gboolean
write_addition (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Addition *addition = data;
  gint64 image_id = addition->caption->image_id, operation_id;
  json_t *row;
  gboolean ok;

  if (!guise_db_get_int (db, &ok, 0, error, "SELECT 1 FROM images WHERE id = ?",
                         GUISE_INT (image_id))) {
    if (ok)
      g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                   "no such image: '%" G_GINT64_FORMAT "'", image_id);
    return FALSE;
  }
  operation_id = guise_operation_begin (db, "Add caption", GUISE_OPERATION_DONE, error);
  if (operation_id < 0)
    return FALSE;
  row = row_of_caption (addition->caption);
  addition->id = guise_caption_insert_row (db, 0, row, error);
  json_decref (row);
  if (addition->id < 0)
    return FALSE;
  guise_store_change_add (change, GUISE_STORE_CHANGED_CAPTIONS | GUISE_STORE_CHANGED_HISTORY,
                          image_id, addition->id);
  row = guise_caption_read_row (db, addition->id, error);
  return row != NULL
         && guise_operation_note (db, operation_id, addition->id, image_id, NULL, row, error);
}

gint64
guise_store_add_caption (GuiseStore *store, const GuiseCaption *caption, GError **error)
{
  Addition addition = { caption, -1 };

  if (!guise_store_check_text (caption->text, -1, error)
      || !guise_store_check_label ("a style", caption->style, error)
      || !guise_store_check_label ("a model's name", caption->model, error)
      || !guise_store_check_label ("a prompt", caption->prompt, error))
    return -1;
  return guise_store_write (store, write_addition, &addition, error) ? addition.id : -1;
}

/* Children of a caption that goes lose their parent, as a noted change. */
static gboolean
orphan_children (GuiseDb *db, gint64 operation_id, gint64 caption_id, GuiseStoreChange *change,
                 GError **error)
{
  gint64 child;
  gboolean ok;

  while ((child = guise_db_get_int (db, &ok, 0, error,
                                    "SELECT id FROM captions WHERE parent_id = ? LIMIT 1",
                                    GUISE_INT (caption_id)))
         != 0) {
    json_t *row = guise_caption_read_row (db, child, error);

    if (row == NULL)
      return FALSE;
    ok = guise_operation_change (db, operation_id, child, row, json_pack ("{s:n}", "parent_id"),
                                 change, error);
    json_decref (row);
    if (!ok)
      return FALSE;
  }
  return ok;
}

static gboolean
write_deletion (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  gint64 caption_id = *(gint64 *)data, image_id, operation_id;
  json_t *row = guise_caption_read_row (db, caption_id, error);

  if (row == NULL)
    return FALSE;
  image_id = json_integer_value (json_object_get (row, "image_id"));
  operation_id = guise_operation_begin (db, "Delete caption", GUISE_OPERATION_DONE, error);
  if (operation_id < 0 || !orphan_children (db, operation_id, caption_id, change, error)
      || !guise_db_run (db, error, "DELETE FROM captions WHERE id = ?", GUISE_INT (caption_id))) {
    json_decref (row);
    return FALSE;
  }
  guise_store_change_add (change, GUISE_STORE_CHANGED_CAPTIONS | GUISE_STORE_CHANGED_HISTORY,
                          image_id, caption_id);
  return guise_operation_note (db, operation_id, caption_id, image_id, row, NULL, error);
}

gboolean
guise_store_delete_caption (GuiseStore *store, gint64 caption_id, GError **error)
{
  return guise_store_write (store, write_deletion, &caption_id, error);
}
