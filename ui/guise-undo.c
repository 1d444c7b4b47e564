#include "guise-undo.h"

#include "guise-format.h"
#include "guise-operation-name.h"
#include "guise-store-history.h"
#include "guise-store-images.h"

#include <glib/gi18n.h>

/* Of a picture's name in a message. */
#define MAX_NAME_CHARS 40

struct _GuiseUndo {
  GObject parent_instance;

  char *prefix;
  GMenu *menu;
  GSimpleAction *undo, *redo;
  GuiseStore *store; /* or NULL */
  gulong handler;
};

enum {
  SIGNAL_BEFORE,
  SIGNAL_DONE,
  SIGNAL_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseUndo, guise_undo, G_TYPE_OBJECT)

/* ---- names ---------------------------------------------------------------------------------- */

typedef struct {
  char *undo;
  char *redo;
} Names;

static void
names_free (Names *names)
{
  g_free (names->undo);
  g_free (names->redo);
  g_free (names);
}

static void
read_names (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Names *names = g_new0 (Names, 1);
  g_autofree char *undo = guise_store_get_undo_name (data, NULL);
  g_autofree char *redo = guise_store_get_redo_name (data, NULL);

  if (undo != NULL)
    names->undo = guise_operation_name_translate (undo);
  if (redo != NULL)
    names->redo = guise_operation_name_translate (redo);
  g_task_return_pointer (task, names, (GDestroyNotify)names_free);
}

static void
append_item (GuiseUndo *self, const char *label, const char *name, const char *accel)
{
  g_autofree char *action = g_strdup_printf ("%s.%s", self->prefix, name);
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);

  g_menu_item_set_attribute (item, "accel", "s", accel);
  g_menu_append_item (self->menu, item);
}

static void
show_names (GuiseUndo *self, const Names *names)
{
  gboolean can_write = self->store != NULL && !guise_store_is_read_only (self->store);
  g_autofree char *undo = NULL, *redo = NULL;

  if (names->undo != NULL)
    undo = g_strdup_printf (_ ("_Undo: %s"), names->undo);
  if (names->redo != NULL)
    redo = g_strdup_printf (_ ("_Redo: %s"), names->redo);
  g_menu_remove_all (self->menu);
  append_item (self, undo ? undo : _ ("_Undo"), "undo", "<Control>z");
  append_item (self, redo ? redo : _ ("_Redo"), "redo", "<Control><Shift>z");
  g_simple_action_set_enabled (self->undo, can_write && names->undo != NULL);
  g_simple_action_set_enabled (self->redo, can_write && names->redo != NULL);
}

static void
names_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseUndo) self = data;
  Names *names = g_task_propagate_pointer (G_TASK (result), NULL);

  if (names != NULL && self->store == g_task_get_task_data (G_TASK (result)))
    show_names (self, names);
  g_clear_pointer (&names, names_free);
}

static void
refresh (GuiseUndo *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, names_ready, g_object_ref (self));

  g_task_set_task_data (task, g_object_ref (self->store), g_object_unref);
  g_task_run_in_thread (task, read_names);
}

static void
store_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseUndo *self)
{
  if (change->changes & GUISE_STORE_CHANGED_HISTORY)
    refresh (self);
}

/* ---- doing it ------------------------------------------------------------------------------- */

/* What was undone or redone, on its way to being told. */
typedef struct {
  GuiseStore *store;
  char *name;
  gint64 image_id;
  gboolean redone;
} Change;

static void
change_free (Change *change)
{
  g_object_unref (change->store);
  g_free (change->name);
  g_free (change);
}

/* The file's name of the picture that it was about, for people. */
static void
read_picture (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Change *change = data;
  g_autoptr (GuiseImageRecord) image = NULL;
  g_autofree char *name = NULL;

  if (change->image_id != 0)
    image = guise_store_get_image (change->store, change->image_id, NULL);
  if (image != NULL)
    name = g_filename_display_basename (image->path);
  g_task_return_pointer (task, name != NULL ? guise_format_excerpt (name, MAX_NAME_CHARS) : NULL,
                         g_free);
}

static void
picture_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseUndo) self = data;
  const Change *change = g_task_get_task_data (G_TASK (result));
  g_autofree char *picture = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autofree char *name = guise_operation_name_translate (change->name);
  g_autofree char *text = NULL;

  if (self->store != change->store)
    return; /* another project is open by now */
  if (picture == NULL)
    text = g_strdup_printf (change->redone ? _ ("Redone: %s") : _ ("Undone: %s"),
                            name);
  else
    text = g_strdup_printf (change->redone ? _ ("Redone: %s (%s)") : _ ("Undone: %s (%s)"),
                            name, picture);
  g_signal_emit (self, signals[SIGNAL_DONE], 0, text, change->redone, change->image_id);
}

static void
fail (GuiseUndo *self, const GError *error, gboolean redo)
{
  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0,
                   redo ? _ ("Nothing to redo") : _ ("Nothing to undo"), NULL);
  else
    g_signal_emit (self, signals[SIGNAL_FAILED], 0,
                   redo ? _ ("The change could not be made again. Nothing was altered.")
                        : _ ("The change could not be undone. Nothing was altered."),
                   error->message);
}

/* Takes name. */
static void
tell (GuiseUndo *self, GuiseStore *store, char *name, gint64 image_id, gboolean redone)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, picture_read, g_object_ref (self));
  Change *change = g_new0 (Change, 1);

  change->store = g_object_ref (store);
  change->name = name;
  change->image_id = image_id;
  change->redone = redone;
  g_task_set_task_data (task, change, (GDestroyNotify)change_free);
  g_task_run_in_thread (task, read_picture);
}

static void
undone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseUndo) self = data;
  GuiseStore *store = GUISE_STORE (source);
  g_autoptr (GError) error = NULL;
  gint64 image_id = 0;
  char *name = guise_store_undo_finish (store, result, &image_id, &error);

  if (name != NULL)
    tell (self, store, name, image_id, FALSE);
  else
    fail (self, error, FALSE);
}

static void
redone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseUndo) self = data;
  GuiseStore *store = GUISE_STORE (source);
  g_autoptr (GError) error = NULL;
  gint64 image_id = 0;
  char *name = guise_store_redo_finish (store, result, &image_id, &error);

  if (name != NULL)
    tell (self, store, name, image_id, TRUE);
  else
    fail (self, error, TRUE);
}

static void
activate_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseUndo *self = data;

  if (self->store == NULL)
    return;
  g_signal_emit (self, signals[SIGNAL_BEFORE], 0);
  guise_store_undo_async (self->store, NULL, undone, g_object_ref (self));
}

static void
activate_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseUndo *self = data;

  if (self->store == NULL)
    return;
  g_signal_emit (self, signals[SIGNAL_BEFORE], 0);
  guise_store_redo_async (self->store, NULL, redone, g_object_ref (self));
}

/* ---- the object ----------------------------------------------------------------------------- */

static void
guise_undo_dispose (GObject *object)
{
  GuiseUndo *self = GUISE_UNDO (object);

  guise_undo_set_store (self, NULL);
  G_OBJECT_CLASS (guise_undo_parent_class)->dispose (object);
}

static void
guise_undo_finalize (GObject *object)
{
  GuiseUndo *self = GUISE_UNDO (object);

  g_free (self->prefix);
  g_clear_object (&self->menu);
  g_clear_object (&self->undo);
  g_clear_object (&self->redo);
  G_OBJECT_CLASS (guise_undo_parent_class)->finalize (object);
}

static void
guise_undo_class_init (GuiseUndoClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_undo_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_undo_finalize;
  signals[SIGNAL_BEFORE] = g_signal_new ("before", GUISE_TYPE_UNDO, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_DONE] = g_signal_new ("done", GUISE_TYPE_UNDO, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_BOOLEAN,
                                       G_TYPE_INT64);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", GUISE_TYPE_UNDO, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
guise_undo_init (GuiseUndo *self)
{
  self->menu = g_menu_new ();
  self->undo = g_simple_action_new ("undo", NULL);
  self->redo = g_simple_action_new ("redo", NULL);
  g_signal_connect_object (self->undo, "activate", G_CALLBACK (activate_undo), self, 0);
  g_signal_connect_object (self->redo, "activate", G_CALLBACK (activate_redo), self, 0);
}

GuiseUndo *
guise_undo_new (GActionMap *actions, const char *prefix)
{
  GuiseUndo *self = g_object_new (GUISE_TYPE_UNDO, NULL);

  self->prefix = g_strdup (prefix);
  g_action_map_add_action (actions, G_ACTION (self->undo));
  g_action_map_add_action (actions, G_ACTION (self->redo));
  show_names (self, &(Names){ NULL, NULL });
  return self;
}

void
guise_undo_set_store (GuiseUndo *self, GuiseStore *store)
{
  if (self->store != NULL)
    g_clear_signal_handler (&self->handler, self->store);
  g_set_object (&self->store, store);
  show_names (self, &(Names){ NULL, NULL });
  if (store == NULL)
    return;
  self->handler = g_signal_connect (store, "changed", G_CALLBACK (store_changed), self);
  refresh (self);
}

GMenuModel *
guise_undo_get_menu (GuiseUndo *self)
{
  return G_MENU_MODEL (self->menu);
}
