#include "guise-application.h"

#include "guise-dialogs.h"
#include "guise-preferences.h"
#include "guise-resources.h"
#include "guise-settings.h"
#include "guise-window.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <malloc.h>

struct _GuiseApplication {
  AdwApplication parent_instance;

  guint signal_sources[2];
};

G_DEFINE_FINAL_TYPE (GuiseApplication, guise_application, ADW_TYPE_APPLICATION)

static GuiseWindow *
get_window (GuiseApplication *self, gboolean *made)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));

  for (GList *link = windows; link != NULL; link = link->next)
    if (GUISE_IS_WINDOW (link->data))
      return link->data;
  if (made != NULL)
    *made = TRUE;
  return guise_window_new (GTK_APPLICATION (self));
}

static void
guise_application_activate (GApplication *application)
{
  gboolean made = FALSE;
  GuiseWindow *window = get_window (GUISE_APPLICATION (application), &made);
  g_autofree char *last = guise_settings_dup_path (GUISE_SETTING_LAST_PROJECT);

  gtk_window_present (GTK_WINDOW (window));
  if (made && last != NULL && guise_settings_get_boolean (GUISE_SETTING_RESTORE_SESSION))
    guise_window_open_project (window, last);
}

static void
guise_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  GuiseWindow *window = get_window (GUISE_APPLICATION (application), NULL);
  g_autofree char *path = g_file_get_path (files[0]);

  gtk_window_present (GTK_WINDOW (window));
  if (path != NULL)
    guise_window_open_project (window, path);
}

static void
activate_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));

  for (GList *link = windows; link != NULL; link = link->next)
    gtk_window_close (link->data); /* windows write what is typed before they go */
  g_list_free (windows);
}

static void
activate_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_dialogs_show_about (gtk_application_get_active_window (data));
}

static void
activate_preferences (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_preferences_show (gtk_application_get_active_window (data));
}

static void
activate_help (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_dialogs_show_help (gtk_application_get_active_window (data));
}

static const GActionEntry actions[] = {
  { "quit", activate_quit },
  { "preferences", activate_preferences },
  { "help", activate_help },
  { "about", activate_about },
};

static void
set_accels (GtkApplication *application)
{
  static const struct {
    const char *action;
    const char *keys[3];
  } table[] = {
    { "app.quit", { "<Control>q" } },
    { "app.preferences", { "<Control>comma" } },
    { "app.help", { "F1" } },
    { "window.close", { "<Control>w" } },
    { "win.open", { "<Control>o" } },
    { "win.search", { "<Control>f" } },
    { "win.jobs", { "<Control>j" } },
    { "page.new-run", { "<Control>n" } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_application_set_accels_for_action (application, table[i].action, table[i].keys);
  for (guint i = 0; i < 9; i++) {
    g_autofree char *action = g_strdup_printf ("win.page-number(uint32 %u)", i);
    g_autofree char *key = g_strdup_printf ("<Alt>%u", i + 1);

    gtk_application_set_accels_for_action (application, action, (const char *[]){ key, NULL });
  }
}

static gboolean
terminated (gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));

  for (GList *link = windows; link != NULL; link = link->next)
    if (GUISE_IS_WINDOW (link->data))
      guise_window_leave (link->data);
  g_list_free (windows);
  return G_SOURCE_CONTINUE;
}

/* glibc gives nearly every thread a heap of its own. Pictures are made by workers and dropped by
 * the main thread, so that each of those heaps keeps the holes of what has gone. */
static void
share_heaps (void)
{
#ifdef M_ARENA_MAX
  mallopt (M_ARENA_MAX, 2);
#endif
}

static void
guise_application_startup (GApplication *application)
{
  GuiseApplication *self = GUISE_APPLICATION (application);

  share_heaps ();
  guise_register_resource ();
  G_APPLICATION_CLASS (guise_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  set_accels (GTK_APPLICATION (application));
  guise_preferences_apply_color_scheme ();
  self->signal_sources[0] = g_unix_signal_add (SIGTERM, terminated, self);
  self->signal_sources[1] = g_unix_signal_add (SIGINT, terminated, self);
}

static void
guise_application_shutdown (GApplication *application)
{
  GuiseApplication *self = GUISE_APPLICATION (application);

  for (size_t i = 0; i < G_N_ELEMENTS (self->signal_sources); i++)
    g_clear_handle_id (&self->signal_sources[i], g_source_remove);
  G_APPLICATION_CLASS (guise_application_parent_class)->shutdown (application);
}

static void
guise_application_class_init (GuiseApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);

  application_class->activate = guise_application_activate;
  application_class->open = guise_application_open;
  application_class->startup = guise_application_startup;
  application_class->shutdown = guise_application_shutdown;
}

static void
guise_application_init (GuiseApplication *self)
{
  g_application_add_main_option (G_APPLICATION (self), "version", 0, 0, G_OPTION_ARG_NONE,
                                 N_ ("Print the version and leave"), NULL);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), N_ ("[PROJECT]"));
}

GuiseApplication *
guise_application_new (void)
{
  return g_object_new (GUISE_TYPE_APPLICATION, "application-id", GUISE_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/io/github/guise/Guise",
                       NULL);
}
