#include "guise-popover-keys.h"

typedef struct {
  char *action; /* NULL = nothing more than closing */
  GVariant *target;
} Key;

static void
free_key (gpointer data)
{
  Key *key = data;

  g_free (key->action);
  g_clear_pointer (&key->target, g_variant_unref);
  g_free (key);
}

static gboolean
close_and_act (GtkWidget *popover, GVariant *arguments, gpointer data)
{
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (popover));
  const Key *key = data;

  gtk_popover_popdown (GTK_POPOVER (popover));
  return key->action == NULL || gtk_widget_activate_action_variant (root, key->action, key->target);
}

static void
add_key (GtkShortcutController *controller, const char *accel, const char *detailed,
         const char *opener)
{
  Key *key = g_new0 (Key, 1);

  if (g_strcmp0 (detailed, opener) != 0)
    g_action_parse_detailed_name (detailed, &key->action, &key->target, NULL);
  gtk_shortcut_controller_add_shortcut (
      controller, gtk_shortcut_new (gtk_shortcut_trigger_parse_string (accel),
                                    gtk_callback_action_new (close_and_act, key, free_key)));
}

static void
add_keys (GtkShortcutController *controller, GtkApplication *application, const char *opener)
{
  g_auto (GStrv) actions = gtk_application_list_action_descriptions (application);

  for (guint i = 0; actions[i] != NULL; i++) {
    g_auto (GStrv) accels = gtk_application_get_accels_for_action (application, actions[i]);

    for (guint j = 0; accels[j] != NULL; j++)
      add_key (controller, accels[j], actions[i], opener);
  }
}

/* Before, the popover has no application; its keys are known by then. */
static void
first_opened (GtkWidget *popover, gpointer opener)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  GtkRoot *root = gtk_widget_get_root (popover);

  g_signal_handlers_disconnect_by_func (popover, first_opened, opener);
  add_keys (GTK_SHORTCUT_CONTROLLER (controller), gtk_window_get_application (GTK_WINDOW (root)),
            opener);
  gtk_widget_add_controller (popover, controller);
}

void
guise_popover_keys_add (GtkPopover *popover, const char *opener)
{
  g_signal_connect (popover, "map", G_CALLBACK (first_opened), (gpointer)opener);
}
