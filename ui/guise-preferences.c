#include "guise-preferences.h"

#include "guise-settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

static const char *const schemes[] = { "default", "light", "dark" };

static guint
find_scheme (void)
{
  g_autofree char *name = guise_settings_dup_string (GUISE_SETTING_COLOR_SCHEME);

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strcmp (name, schemes[i]) == 0)
      return i;
  return 0;
}

void
guise_preferences_apply_color_scheme (void)
{
  static const AdwColorScheme values[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT,
                                           ADW_COLOR_SCHEME_FORCE_DARK };

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), values[find_scheme ()]);
}

static void
scheme_selected (AdwComboRow *row)
{
  guise_settings_set_string (GUISE_SETTING_COLOR_SCHEME, schemes[adw_combo_row_get_selected (row)]);
  guise_preferences_apply_color_scheme ();
}

static void
restore_toggled (GtkSwitch *toggle)
{
  guise_settings_set_boolean (GUISE_SETTING_RESTORE_SESSION, gtk_switch_get_active (toggle));
}

/* ---- forgetting ----------------------------------------------------------------------------- */

/* What was forgotten, for as long as it can be taken back. */
typedef struct {
  GVariant *recent, *sessions;
  GtkWidget *button;
} Forgotten;

static void
forgotten_free (gpointer data, GClosure *closure)
{
  Forgotten *forgotten = data;

  g_variant_unref (forgotten->recent);
  g_variant_unref (forgotten->sessions);
  g_object_unref (forgotten->button);
  g_free (forgotten);
}

static void
remember_again (AdwToast *toast, gpointer data)
{
  Forgotten *forgotten = data;

  guise_settings_set_value (GUISE_SETTING_RECENT_PROJECTS, forgotten->recent);
  guise_settings_set_value (GUISE_SETTING_SESSIONS, forgotten->sessions);
  gtk_widget_set_sensitive (forgotten->button, TRUE);
}

static void
forget_clicked (GtkButton *button, AdwPreferencesWindow *window)
{
  Forgotten *forgotten = g_new0 (Forgotten, 1);
  AdwToast *toast = adw_toast_new (_ ("Projects forgotten"));

  forgotten->recent = guise_settings_dup_value (GUISE_SETTING_RECENT_PROJECTS);
  forgotten->sessions = guise_settings_dup_value (GUISE_SETTING_SESSIONS);
  forgotten->button = g_object_ref (GTK_WIDGET (button));
  guise_settings_set_value (GUISE_SETTING_RECENT_PROJECTS, g_variant_new_strv (NULL, 0));
  guise_settings_set_value (GUISE_SETTING_SESSIONS,
                            g_variant_new_array (G_VARIANT_TYPE ("(sa{sv})"), NULL, 0));
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (remember_again), forgotten,
                         forgotten_free, 0);
  adw_preferences_window_add_toast (window, toast);
}

void
guise_preferences_show (GtkWindow *parent)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/io/github/guise/Guise/preferences.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));
  AdwComboRow *scheme = ADW_COMBO_ROW (gtk_builder_get_object (builder, "scheme_row"));
  GtkSwitch *restore = GTK_SWITCH (gtk_builder_get_object (builder, "restore_switch"));
  GtkWidget *forget = GTK_WIDGET (gtk_builder_get_object (builder, "forget_button"));
  g_auto (GStrv) recent = guise_settings_dup_recent ();

  adw_combo_row_set_selected (scheme, find_scheme ());
  gtk_switch_set_active (restore, guise_settings_get_boolean (GUISE_SETTING_RESTORE_SESSION));
  gtk_widget_set_sensitive (forget, recent[0] != NULL);
  g_signal_connect (scheme, "notify::selected", G_CALLBACK (scheme_selected), NULL);
  g_signal_connect (restore, "notify::active", G_CALLBACK (restore_toggled), NULL);
  g_signal_connect (forget, "clicked", G_CALLBACK (forget_clicked), window);
  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}
