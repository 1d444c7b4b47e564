#include "guise-choice.h"

void
guise_choice_clear (GuiseChoice *choice)
{
  g_clear_pointer (&choice->ids, g_ptr_array_unref);
  g_clear_pointer (&choice->id, g_free);
  g_clear_pointer (&choice->title, g_free);
}

void
guise_choice_restore (GuiseChoice *choice, const char *id)
{
  g_free (choice->id);
  choice->id = g_strdup (id);
  choice->restored = TRUE;
}

gboolean
guise_choice_is_gone (const GuiseChoice *choice)
{
  return choice->id != NULL
         && !g_ptr_array_find_with_equal_func (choice->ids, choice->id, g_str_equal, NULL);
}

void
guise_choice_note (GuiseChoice *choice, AdwComboRow *row)
{
  guint selected = adw_combo_row_get_selected (row);

  if (selected >= choice->ids->len)
    return; /* the one that is gone */
  g_free (choice->id);
  g_free (choice->title);
  choice->id = g_strdup (choice->ids->pdata[selected]);
  choice->title = g_strdup (
      gtk_string_object_get_string (adw_combo_row_get_selected_item (row)));
}

gboolean
guise_choice_fill (GuiseChoice *choice, AdwComboRow *row, GPtrArray *ids, GPtrArray *titles,
                   guint usual)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint position = usual;
  gboolean is_new;

  g_clear_pointer (&choice->ids, g_ptr_array_unref);
  choice->ids = ids;
  if (choice->restored && guise_choice_is_gone (choice))
    g_clear_pointer (&choice->id, g_free);
  choice->restored = FALSE;
  is_new = choice->id == NULL;
  for (guint i = 0; i < titles->len; i++)
    gtk_string_list_append (list, titles->pdata[i]);
  if (guise_choice_is_gone (choice)) {
    gtk_string_list_append (list, choice->title);
    position = ids->len;
  } else if (choice->id != NULL) {
    g_ptr_array_find_with_equal_func (ids, choice->id, g_str_equal, &position);
  }
  adw_combo_row_set_model (row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (row, position);
  guise_choice_note (choice, row);
  return is_new;
}
