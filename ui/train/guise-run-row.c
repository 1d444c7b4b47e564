#include "guise-run-row.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <math.h>

static char *
create_subtitle (GuiseTrainRun *run)
{
  const GuiseRunInfo *info = guise_train_run_get_info (run);
  guint64 n_steps = guise_train_run_get_n_steps (run);
  GString *text = g_string_new (guise_train_run_get_state_name (run));

  if (n_steps > 0 && guise_train_run_get_state (run) != GUISE_TRAIN_RUN_DONE)
    g_string_append_printf (text, " · %d %%",
                            (int)(100 * MIN (guise_train_run_get_step (run), n_steps) / n_steps));
  if (info != NULL && *info->preset != '\0')
    g_string_append_printf (text, " · %s", info->preset);
  return g_string_free (text, FALSE);
}

static void
show_run (GtkListBoxRow *row, GuiseTrainRun *run)
{
  GtkWidget *subtitle = g_object_get_data (G_OBJECT (row), "subtitle");
  GtkWidget *score = g_object_get_data (G_OBJECT (row), "score");
  g_autofree char *text = create_subtitle (run), *figure = NULL, *description = NULL;
  double r1 = guise_train_run_get_best_r1 (run);

  figure = isnan (r1) ? g_strdup ("") : g_strdup_printf ("%.1f %%", r1);
  gtk_label_set_text (GTK_LABEL (subtitle), text);
  gtk_label_set_text (GTK_LABEL (score), figure);
  description
      = isnan (r1) ? g_strdup (text) : g_strdup_printf (_ ("%s, best R@1 %s"), text, figure);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  guise_train_run_get_name (run),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static GtkWidget *
create_label (const char *text, const char *class, gboolean numeric)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  if (numeric)
    gtk_widget_add_css_class (label, "numeric");
  return label;
}

GtkWidget *
guise_run_row_new (GuiseTrainRun *run)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *subtitle = create_label (NULL, "caption", TRUE);
  GtkWidget *score = gtk_label_new (NULL);

  gtk_widget_add_css_class (subtitle, "dim-label");
  gtk_widget_add_css_class (score, "numeric");
  gtk_widget_set_tooltip_text (score, _ ("Best R@1 on the validation split"));
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_box_append (GTK_BOX (texts), create_label (guise_train_run_get_name (run), NULL, FALSE));
  gtk_box_append (GTK_BOX (texts), subtitle);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_box_append (GTK_BOX (box), score);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data (G_OBJECT (row), "subtitle", subtitle);
  g_object_set_data (G_OBJECT (row), "score", score);
  g_object_set_data_full (G_OBJECT (row), "run", g_object_ref (run), g_object_unref);
  g_signal_connect_object (run, "changed", G_CALLBACK (show_run), row, G_CONNECT_SWAPPED);
  show_run (GTK_LIST_BOX_ROW (row), run);
  return row;
}
