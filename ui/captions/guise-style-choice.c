#include "guise-style-choice.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <string.h>

struct _GuiseStyleChoice {
  AdwExpanderRow parent_instance;

  GPtrArray *rows;   /* of AdwActionRow, one a style */
  GPtrArray *checks; /* of GtkCheckButton, the same */
  GPtrArray *names;
  GHashTable *refused; /* names that somebody took away */
  gboolean filling;
  gboolean restored; /* it was on at an earlier time, and there are no styles yet */
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseStyleChoice, guise_style_choice, ADW_TYPE_EXPANDER_ROW)

static guint
count_chosen (GuiseStyleChoice *self)
{
  guint n = 0;

  for (guint i = 0; i < self->checks->len; i++)
    n += gtk_check_button_get_active (self->checks->pdata[i]) ? 1 : 0;
  return n;
}

static void
show_state (GuiseStyleChoice *self)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (self);
  g_autofree char *chosen = guise_format_count (count_chosen (self));
  g_autofree char *all = guise_format_count (self->names->len);
  g_autofree char *text = NULL;

  if (self->names->len == 0)
    text = g_strdup (_ ("None have been found yet: see “Styles” at the side"));
  else if (!adw_expander_row_get_enable_expansion (row))
    text = g_strdup (_ ("Each picture is described once, in no style"));
  else /* Translators: "3 of 5": how many times, and in how many styles there are */
    text = g_strdup_printf (_ ("Each picture is described in %s of %s styles"), chosen, all);
  adw_expander_row_set_subtitle (row, text);
  adw_expander_row_set_show_enable_switch (row, self->names->len > 0);
}

static void
changed (GuiseStyleChoice *self)
{
  if (self->filling)
    return;
  show_state (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
check_toggled (GtkCheckButton *check, GuiseStyleChoice *self)
{
  const char *name = g_object_get_data (G_OBJECT (check), "name");

  if (gtk_check_button_get_active (check))
    g_hash_table_remove (self->refused, name);
  else
    g_hash_table_add (self->refused, g_strdup (name));
  changed (self);
}

static char *
create_example (const GuiseStyle *style)
{
  return guise_format_excerpt (style->exemplars[0] != NULL ? style->exemplars[0] : "", 120);
}

static void
add_style (GuiseStyleChoice *self, const GuiseStyle *style)
{
  GtkWidget *row = adw_action_row_new (), *check = gtk_check_button_new ();
  g_autofree char *example = create_example (style);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), style->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), example);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check),
                               !g_hash_table_contains (self->refused, style->name));
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  style->name, -1);
  g_object_set_data_full (G_OBJECT (check), "name", g_strdup (style->name), g_free);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->rows, row);
  g_ptr_array_add (self->checks, check);
  g_ptr_array_add (self->names, g_strdup (style->name));
  g_signal_connect_object (check, "toggled", G_CALLBACK (check_toggled), self, 0);
}

/* Styles of these names, with these examples. */
static gboolean
are_shown (GuiseStyleChoice *self, const GuiseStyles *styles)
{
  if (styles == NULL || self->names->len != styles->n_styles)
    return styles == NULL && self->names->len == 0;
  for (guint i = 0; i < self->names->len; i++) {
    g_autofree char *example = create_example (&styles->styles[i]);

    if (strcmp (self->names->pdata[i], styles->styles[i].name) != 0
        || strcmp (adw_action_row_get_subtitle (self->rows->pdata[i]), example) != 0)
      return FALSE;
  }
  return TRUE;
}

void
guise_style_choice_set_styles (GuiseStyleChoice *self, const GuiseStyles *styles)
{
  size_t n = styles != NULL ? styles->n_styles : 0;

  if (are_shown (self, styles))
    return;
  self->filling = TRUE;
  for (guint i = 0; i < self->rows->len; i++)
    adw_expander_row_remove (ADW_EXPANDER_ROW (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->checks, 0);
  g_ptr_array_set_size (self->names, 0);
  for (size_t s = 0; s < n; s++)
    add_style (self, &styles->styles[s]);
  if (n == 0 || self->restored)
    adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), n > 0);
  if (n > 0)
    self->restored = FALSE;
  self->filling = FALSE;
  changed (self);
}

char **
guise_style_choice_dup_chosen (GuiseStyleChoice *self)
{
  g_autoptr (GStrvBuilder) chosen = g_strv_builder_new ();

  if (self->names->len == 0 || !adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self)))
    return NULL;
  for (guint i = 0; i < self->names->len; i++)
    if (gtk_check_button_get_active (self->checks->pdata[i]))
      g_strv_builder_add (chosen, self->names->pdata[i]);
  return g_strv_builder_end (chosen);
}

gboolean
guise_style_choice_is_on (GuiseStyleChoice *self)
{
  return self->restored || adw_expander_row_get_enable_expansion (ADW_EXPANDER_ROW (self));
}

char **
guise_style_choice_dup_refused (GuiseStyleChoice *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->refused);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_strv_builder_add (names, name);
  return g_strv_builder_end (names);
}

void
guise_style_choice_restore (GuiseStyleChoice *self, gboolean on, const char *const *refused)
{
  for (; refused != NULL && *refused != NULL; refused++)
    g_hash_table_add (self->refused, g_strdup (*refused));
  self->restored = on;
}

static void
guise_style_choice_finalize (GObject *object)
{
  GuiseStyleChoice *self = GUISE_STYLE_CHOICE (object);

  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->checks);
  g_ptr_array_unref (self->names);
  g_hash_table_unref (self->refused);
  G_OBJECT_CLASS (guise_style_choice_parent_class)->finalize (object);
}

static void
guise_style_choice_class_init (GuiseStyleChoiceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_style_choice_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_style_choice_init (GuiseStyleChoice *self)
{
  self->rows = g_ptr_array_new ();
  self->checks = g_ptr_array_new ();
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ ("In Styles"));
  adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (self), FALSE);
  show_state (self);
  g_signal_connect (self, "notify::enable-expansion", G_CALLBACK (changed), NULL);
}
