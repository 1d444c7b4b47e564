/* Replacing the text of a caption: single edits, and those of somebody who types. */
#include "guise-operation.h"
#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <string.h>

struct _GuiseCaptionStay {
  gint64 operation_id; /* the last one, extended as long as it is the newest of all; 0 = none */
  /* Copies of its own: the thread that writes and the one that types drop theirs when they like. */
  json_t *before; /* text and state before that one */
  json_t *began;  /* and before the first one */
};

GuiseCaptionStay *
guise_caption_stay_new (void)
{
  return g_atomic_rc_box_new0 (GuiseCaptionStay);
}

static void
clear_stay (gpointer data)
{
  GuiseCaptionStay *stay = data;

  json_decref (stay->before);
  json_decref (stay->began);
}

void
guise_caption_stay_unref (GuiseCaptionStay *stay)
{
  g_atomic_rc_box_release_full (stay, clear_stay);
}

/* What an edit does to the log. */
typedef enum {
  EDIT_NOTHING, /* the text was that already */
  EDIT_BEGINS,  /* an operation of its own */
  EDIT_EXTENDS,
  EDIT_REMOVES, /* the text is what it was before the operation */
} EditHow;

typedef struct {
  gint64 caption_id;
  gint64 revision; /* before the edit, -1 = whatever; after it, the one it made */
  char *expected;  /* the text before the edit, NULL = whatever */
  char *text;
  GuiseCaptionStay *stay; /* or NULL */
  EditHow how;
  gint64 operation_id; /* that it made */
  json_t *before;      /* text and state before that; kept where there is a stay */
} Edit;

typedef struct {
  gint64 revision;
  gboolean taken_back;
} Outcome;

/* Of the row as it is now; notes its revision. */
static gboolean
check_unchanged (GuiseDb *db, Edit *edit, const char *stored, GError **error)
{
  gboolean ok;
  gint64 revision = guise_db_get_int (db, &ok, -1, error,
                                      "SELECT revision FROM captions WHERE id = ?",
                                      GUISE_INT (edit->caption_id));

  if (!ok)
    return FALSE;
  if ((edit->revision < 0 || edit->revision == revision)
      && (edit->expected == NULL || strcmp (edit->expected, stored) == 0)) {
    edit->revision = revision;
    return TRUE;
  }
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT,
               "cannot save caption: '%" G_GINT64_FORMAT "': it was changed elsewhere in the "
               "meantime",
               edit->caption_id);
  return FALSE;
}

static gboolean
has_text (json_t *columns, const char *text)
{
  const char *found = json_string_value (json_object_get (columns, "text"));

  return found != NULL && strcmp (found, text) == 0;
}

static gboolean
choose_how (GuiseDb *db, Edit *edit, GError **error)
{
  gboolean newest = FALSE;

  if (edit->stay != NULL
      && !guise_operation_is_newest (db, edit->stay->operation_id, &newest, error))
    return FALSE;
  if (!newest)
    edit->how = EDIT_BEGINS;
  else
    edit->how = has_text (edit->stay->before, edit->text) ? EDIT_REMOVES : EDIT_EXTENDS;
  return TRUE;
}

/* Text and state that the caption gets. The text that the stay began with has the state that it had
 * then, unless somebody has judged the caption since. */
static json_t *
choose_columns (const Edit *edit, json_t *row)
{
  gboolean judged = json_integer_value (json_object_get (row, "state")) != GUISE_STATE_EDITED;

  if (edit->how == EDIT_REMOVES)
    return json_deep_copy (edit->stay->before);
  if (edit->stay != NULL && has_text (edit->stay->began, edit->text) && !judged)
    return json_deep_copy (edit->stay->began);
  return json_pack ("{s:s, s:i}", "text", edit->text, "state", GUISE_STATE_EDITED);
}

static gboolean
begin_operation (GuiseDb *db, Edit *edit, json_t *row, json_t *after, GuiseStoreChange *change,
                 GError **error)
{
  edit->operation_id
      = guise_operation_begin (db, "Edit caption", GUISE_OPERATION_DONE, error);
  if (edit->stay != NULL)
    edit->before = json_pack ("{s:O, s:O}", "text", json_object_get (row, "text"), "state",
                              json_object_get (row, "state"));
  return edit->operation_id > 0
         && guise_operation_change (db, edit->operation_id, edit->caption_id, row,
                                    json_incref (after), change, error);
}

static gboolean
alter_operation (GuiseDb *db, const Edit *edit, json_t *row, json_t *after,
                 GuiseStoreChange *change, GError **error)
{
  gint64 id = edit->stay->operation_id;

  guise_store_change_add (change, GUISE_STORE_CHANGED_CAPTIONS | GUISE_STORE_CHANGED_HISTORY,
                          json_integer_value (json_object_get (row, "image_id")),
                          edit->caption_id);
  if (!guise_caption_write_columns (db, edit->caption_id, after, error))
    return FALSE;
  return edit->how == EDIT_REMOVES ? guise_operation_remove (db, id, error)
                                   : guise_operation_extend (db, id, after, error);
}

static gboolean
change_text (GuiseDb *db, Edit *edit, json_t *row, GuiseStoreChange *change, GError **error)
{
  json_t *after;
  gboolean ok;

  if (!choose_how (db, edit, error))
    return FALSE;
  after = choose_columns (edit, row);
  if (edit->how == EDIT_BEGINS)
    ok = begin_operation (db, edit, row, after, change, error);
  else
    ok = alter_operation (db, edit, row, after, change, error);
  edit->revision++;
  json_decref (after);
  return ok;
}

static gboolean
write_edit (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Edit *edit = data;
  json_t *row = guise_caption_read_row (db, edit->caption_id, error);
  const char *stored;
  gboolean ok;

  if (row == NULL)
    return FALSE;
  stored = json_string_value (json_object_get (row, "text"));
  ok = check_unchanged (db, edit, stored, error);
  if (ok && strcmp (stored, edit->text) != 0)
    ok = change_text (db, edit, row, change, error);
  json_decref (row);
  return ok;
}

gboolean
guise_store_edit_caption (GuiseStore *store, gint64 caption_id, gint64 revision, const char *text,
                          GError **error)
{
  Edit edit = { .caption_id = caption_id, .revision = revision, .text = (char *)text };

  return guise_store_check_text (text, -1, error)
         && guise_store_write (store, write_edit, &edit, error);
}

static void
free_edit (gpointer data)
{
  Edit *edit = data;

  g_free (edit->expected);
  g_free (edit->text);
  g_clear_pointer (&edit->stay, guise_caption_stay_unref);
  json_decref (edit->before);
  g_free (edit);
}

/* Takes the task. */
static void
edit_async (GuiseStore *store, const Edit *edit, GuiseStoreResult take_result, GTask *task)
{
  GError *error = NULL;
  Edit *copy;

  if (!guise_store_check_text (edit->text, -1, &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  copy = g_memdup2 (edit, sizeof *edit);
  copy->expected = g_strdup (edit->expected);
  copy->text = g_strdup (edit->text);
  copy->stay = edit->stay != NULL ? g_atomic_rc_box_acquire (edit->stay) : NULL;
  guise_store_write_async (store, write_edit, copy, free_edit, take_result, task);
}

void
guise_store_edit_caption_async (GuiseStore *store, gint64 caption_id, gint64 revision,
                                const char *text, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  Edit edit = { .caption_id = caption_id, .revision = revision, .text = (char *)text };

  edit_async (store, &edit, NULL, g_task_new (store, cancellable, callback, user_data));
}

gboolean
guise_store_edit_caption_finish (GuiseStore *store, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* On the writer thread, after the commit: what was rolled back is not remembered. */
static gpointer
take_outcome (gpointer data, GError **error)
{
  Edit *edit = data;
  GuiseCaptionStay *stay = edit->stay;
  Outcome outcome = { edit->revision, edit->how == EDIT_REMOVES };

  if (stay != NULL && edit->how == EDIT_BEGINS) {
    stay->operation_id = edit->operation_id;
    json_decref (stay->before);
    stay->before = json_deep_copy (edit->before);
    if (stay->began == NULL)
      stay->began = json_deep_copy (edit->before);
  } else if (stay != NULL && edit->how == EDIT_REMOVES) {
    stay->operation_id = 0;
  }
  return g_memdup2 (&outcome, sizeof outcome);
}

void
guise_store_replace_caption_async (GuiseStore *store, gint64 caption_id, const char *expected,
                                   const char *text, GuiseCaptionStay *stay,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  Edit edit = {
    .caption_id = caption_id,
    .revision = -1,
    .expected = (char *)expected,
    .text = (char *)text,
    .stay = stay,
  };

  edit_async (store, &edit, take_outcome, g_task_new (store, cancellable, callback, user_data));
}

gint64
guise_store_replace_caption_finish (GuiseStore *store, GAsyncResult *result, gboolean *taken_back,
                                    GError **error)
{
  g_autofree Outcome *outcome = g_task_propagate_pointer (G_TASK (result), error);

  if (taken_back != NULL)
    *taken_back = outcome != NULL && outcome->taken_back;
  return outcome != NULL ? outcome->revision : -1;
}
