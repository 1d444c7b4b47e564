#include "guise-field-row.h"

#include "guise-format.h"

#include <string.h>

#define ENTRY_CHARS 28

AdwActionRow *
guise_plain_row_add (AdwPreferencesGroup *group, const char *title)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 4);
  adw_preferences_group_add (group, row);
  return ADW_ACTION_ROW (row);
}

GtkEntry *
guise_field_row_add (AdwPreferencesGroup *group, const char *title, const char *hint)
{
  AdwActionRow *row = guise_plain_row_add (group, title);
  GtkWidget *entry = gtk_entry_new ();

  gtk_widget_set_valign (entry, GTK_ALIGN_CENTER);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), ENTRY_CHARS);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  adw_action_row_add_suffix (row, entry);
  adw_action_row_set_activatable_widget (row, entry);
  guise_field_row_set_hint (GTK_ENTRY (entry), hint);
  return GTK_ENTRY (entry);
}

AdwActionRow *
guise_field_row_of (GtkEntry *entry)
{
  return ADW_ACTION_ROW (gtk_widget_get_ancestor (GTK_WIDGET (entry), ADW_TYPE_ACTION_ROW));
}

static void
set_subtitle (GtkEntry *entry, const char *text)
{
  g_autofree char *plain = guise_format_plain (text != NULL ? text : "");

  adw_action_row_set_subtitle (guise_field_row_of (entry), plain);
}

void
guise_field_row_set_error (GtkEntry *entry, const char *sentence)
{
  const char *hint = g_object_get_data (G_OBJECT (entry), "hint");
  GtkWidget *widget = GTK_WIDGET (entry), *row = GTK_WIDGET (guise_field_row_of (entry));

  if (sentence != NULL) {
    gtk_widget_add_css_class (widget, "error");
    gtk_widget_add_css_class (row, "field-error");
  } else {
    gtk_widget_remove_css_class (widget, "error");
    gtk_widget_remove_css_class (row, "field-error");
  }
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                               sentence != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                                : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  sentence != NULL ? sentence : (hint != NULL ? hint : ""), -1);
  set_subtitle (entry, sentence != NULL ? sentence : hint);
}

void
guise_field_row_set_hint (GtkEntry *entry, const char *hint)
{
  g_object_set_data_full (G_OBJECT (entry), "hint", g_strdup (hint), g_free);
  guise_field_row_set_error (entry, NULL);
}

char *
guise_field_row_dup_text (GtkEntry *entry)
{
  char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  if (*text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

static GtkWidget *
create_label (const char *text, const char *const *classes)
{
  g_autofree char *plain = guise_format_excerpt (text, 120);
  GtkWidget *label = gtk_label_new (plain);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  for (; *classes != NULL; classes++)
    gtk_widget_add_css_class (label, *classes);
  return label;
}

GtkWidget *
guise_side_row_new (const char *title, const char *subtitle, const char *mark)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *first = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = create_label (title, (const char *[]){ NULL });

  gtk_widget_set_hexpand (name, TRUE);
  gtk_box_append (GTK_BOX (first), name);
  if (mark != NULL) {
    GtkWidget *badge = create_label (mark, (const char *[]){ "badge", NULL });

    gtk_widget_set_valign (badge, GTK_ALIGN_CENTER);
    gtk_box_append (GTK_BOX (first), badge);
  }
  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box),
                  create_label (subtitle, (const char *[]){ "caption", "dim-label", NULL }));
  gtk_widget_add_css_class (box, "side-row");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, subtitle, -1);
  return row;
}
