#include "guise-page.h"

#include "guise-child-entry.h"

#include <glib/gi18n.h>

typedef struct {
  GuiseProject *project;
  GSimpleActionGroup *actions;
  GCancellable *cancellable;
  GtkWidget *last_focus; /* weak pointer */
} GuisePagePrivate;

enum {
  PROP_0,
  PROP_PROJECT,
  N_PROPS
};

enum {
  SIGNAL_TOAST,
  SIGNAL_REPORT,
  SIGNAL_JOB,
  SIGNAL_STATE_CHANGED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GuisePage, guise_page, ADW_TYPE_BIN)

#define PRIVATE(page) ((GuisePagePrivate *)guise_page_get_instance_private (page))

static void
guise_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_PROJECT)
    g_value_set_object (value, PRIVATE (GUISE_PAGE (object))->project);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
guise_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  if (id == PROP_PROJECT)
    PRIVATE (GUISE_PAGE (object))->project = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
guise_page_dispose (GObject *object)
{
  g_cancellable_cancel (PRIVATE (GUISE_PAGE (object))->cancellable);
  G_OBJECT_CLASS (guise_page_parent_class)->dispose (object);
}

static void
guise_page_finalize (GObject *object)
{
  GuisePagePrivate *priv = PRIVATE (GUISE_PAGE (object));

  g_clear_weak_pointer (&priv->last_focus);
  g_clear_object (&priv->project);
  g_clear_object (&priv->actions);
  g_clear_object (&priv->cancellable);
  G_OBJECT_CLASS (guise_page_parent_class)->finalize (object);
}

static void
guise_page_class_init (GuisePageClass *class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = guise_page_get_property;
  object_class->set_property = guise_page_set_property;
  object_class->dispose = guise_page_dispose;
  object_class->finalize = guise_page_finalize;
  props[PROP_PROJECT] = g_param_spec_object ("project", NULL, NULL, GUISE_TYPE_PROJECT,
                                             flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SIGNAL_TOAST] = g_signal_new ("toast", GUISE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[SIGNAL_REPORT] = g_signal_new ("report", GUISE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                                         G_TYPE_STRING);
  signals[SIGNAL_JOB] = g_signal_new ("job", GUISE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                      NULL, G_TYPE_NONE, 1, GUISE_TYPE_JOB_ENTRY);
  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed", GUISE_TYPE_PAGE, G_SIGNAL_RUN_LAST,
                                                0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_page_init (GuisePage *self)
{
  GuisePagePrivate *priv = PRIVATE (self);

  priv->actions = g_simple_action_group_new ();
  priv->cancellable = g_cancellable_new ();
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", G_ACTION_GROUP (priv->actions));
}

GuisePage *
guise_page_new (GType type, GuiseProject *project)
{
  return g_object_new (type, "project", project, NULL);
}

GuiseProject *
guise_page_get_project (GuisePage *self)
{
  return PRIVATE (self)->project;
}

GuiseStore *
guise_page_get_store (GuisePage *self)
{
  return guise_project_get_store (PRIVATE (self)->project);
}

const char *
guise_page_get_name (GuisePage *self)
{
  return GUISE_PAGE_GET_CLASS (self)->name;
}

const char *
guise_page_get_title (GuisePage *self)
{
  return _ (GUISE_PAGE_GET_CLASS (self)->title);
}

const char *
guise_page_get_icon_name (GuisePage *self)
{
  return GUISE_PAGE_GET_CLASS (self)->icon_name;
}

GSimpleActionGroup *
guise_page_get_actions (GuisePage *self)
{
  return PRIVATE (self)->actions;
}

GCancellable *
guise_page_get_cancellable (GuisePage *self)
{
  return PRIVATE (self)->cancellable;
}

void
guise_page_shown (GuisePage *self)
{
  if (GUISE_PAGE_GET_CLASS (self)->shown != NULL)
    GUISE_PAGE_GET_CLASS (self)->shown (self);
}

void
guise_page_flush (GuisePage *self)
{
  if (GUISE_PAGE_GET_CLASS (self)->flush != NULL)
    GUISE_PAGE_GET_CLASS (self)->flush (self);
}

gboolean
guise_page_keep_async (GuisePage *self, GAsyncReadyCallback callback, gpointer data)
{
  return GUISE_PAGE_GET_CLASS (self)->keep_async != NULL
         && GUISE_PAGE_GET_CLASS (self)->keep_async (self, callback, data);
}

char **
guise_page_keep_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

gboolean
guise_page_search (GuisePage *self)
{
  return GUISE_PAGE_GET_CLASS (self)->search != NULL && GUISE_PAGE_GET_CLASS (self)->search (self);
}

void
guise_page_note_focus (GuisePage *self, GtkWidget *focus)
{
  GtkWidget *parent = gtk_widget_get_parent (focus);

  if (focus == GTK_WIDGET (self))
    return;
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  /* rows and tiles are used for others of their list */
  g_set_weak_pointer (&PRIVATE (self)->last_focus, GTK_IS_LIST_BASE (parent) ? parent : focus);
}

void
guise_page_take_focus (GuisePage *self)
{
  GtkWidget *last = PRIVATE (self)->last_focus, *widget = GTK_WIDGET (self);

  if (last != NULL && gtk_widget_get_mapped (last) && gtk_widget_grab_focus (last))
    return;
  if (gtk_widget_child_focus (widget, GTK_DIR_TAB_FORWARD))
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  guise_page_get_title (self), -1);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_grab_focus (widget);
}

void
guise_page_filled (GuisePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (root != NULL && gtk_root_get_focus (root) == GTK_WIDGET (self))
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

gboolean
guise_page_show_image (GuisePage *self, gint64 image_id)
{
  return GUISE_PAGE_GET_CLASS (self)->show_image != NULL
         && GUISE_PAGE_GET_CLASS (self)->show_image (self, image_id);
}

void
guise_page_save_state (GuisePage *self, GVariantDict *state)
{
  if (GUISE_PAGE_GET_CLASS (self)->save_state != NULL)
    GUISE_PAGE_GET_CLASS (self)->save_state (self, state);
}

void
guise_page_restore_state (GuisePage *self, GVariantDict *state)
{
  if (GUISE_PAGE_GET_CLASS (self)->restore_state != NULL)
    GUISE_PAGE_GET_CLASS (self)->restore_state (self, state);
}

void
guise_page_state_changed (GuisePage *self)
{
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

void
guise_page_toast (GuisePage *self, const char *text, gboolean with_undo)
{
  g_signal_emit (self, signals[SIGNAL_TOAST], 0, text, with_undo);
}

void
guise_page_withdraw_toast (GuisePage *self)
{
  g_signal_emit (self, signals[SIGNAL_TOAST], 0, NULL, TRUE);
}

void
guise_page_report (GuisePage *self, const char *cause, const char *sentence, const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_REPORT], 0, cause, sentence, error ? error->message : NULL);
}

void
guise_page_clear_report (GuisePage *self, const char *cause)
{
  g_signal_emit (self, signals[SIGNAL_REPORT], 0, cause, NULL, NULL);
}

void
guise_page_add_job (GuisePage *self, const char *name, GuiseJob *job)
{
  g_autoptr (GuiseJobEntry) entry = guise_child_entry_new (name, job);

  guise_page_add_entry (self, entry);
}

void
guise_page_add_entry (GuisePage *self, GuiseJobEntry *entry)
{
  g_signal_emit (self, signals[SIGNAL_JOB], 0, entry);
}
