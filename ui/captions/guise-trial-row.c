#include "guise-trial-row.h"

#include "guise-format.h"
#include "guise-image-cell.h"
#include "guise-reason-text.h"
#include "guise-status.h"

#include <glib/gi18n.h>
#include <math.h>

#define TILE_SIZE 84

static GtkWidget *
create_label (const char *text, const char *class)
{
  g_autofree char *plain = guise_format_plain (text);
  GtkWidget *label = gtk_label_new (plain);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

/* "Identity" and the text, or that there is none. */
static void
add_text (GtkBox *box, const char *name, const char *text)
{
  GtkWidget *label
      = create_label (text != NULL ? text : _ ("Nothing"), text != NULL ? NULL : "dim-label");

  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_box_append (box, create_label (name, "caption-heading"));
  gtk_box_append (box, label);
}

static void
add_mark (GtkBox *box, const char *icon_name, const char *class, const char *text)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = guise_status_create_icon (icon_name);
  GtkWidget *label = create_label (text, "caption");

  gtk_widget_add_css_class (icon, class);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (line), icon);
  gtk_box_append (GTK_BOX (line), label);
  gtk_box_append (box, line);
}

static void
add_reason (GtkBox *box, const char *icon_name, const char *class, const char *reason)
{
  g_autofree char *text = guise_reason_dup_sentence (reason);

  add_mark (box, icon_name, class, text);
}

static void
add_marks (GtkBox *box, const GuiseTrialAnswer *answer)
{
  if (answer->passed)
    add_mark (box, "emblem-ok-symbolic", "success", _ ("Accepted by the checks"));
  else if (answer->by_splitter)
    add_mark (box, "dialog-error-symbolic", "error",
              _ ("Not accepted; made of the image’s captions instead"));
  if (answer->why != NULL)
    add_reason (box, "dialog-error-symbolic", "error", answer->why);
  for (guint i = 0; i < answer->findings->len; i++)
    add_reason (box, "dialog-warning-symbolic", "warning", answer->findings->pdata[i]);
}

static const char *
get_state_title (const GuiseTrialAnswer *answer)
{
  static const struct {
    const char *state, *title;
  } titles[] = {
    { "queued", N_ ("Not asked yet") },
    { "running", N_ ("Being asked") },
    { "refused", N_ ("The model refused") },
    { "filtered", N_ ("The server’s filter took the answer away") },
    { "truncated", N_ ("The answer was cut off") },
    { "thinking-exhausted", N_ ("The model thought and did not answer") },
    { "failed", N_ ("No answer") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_strcmp0 (answer->state, titles[i].state) == 0)
      return _ (titles[i].title);
  return _ ("No usable answer");
}

static GtkWidget *
create_column (const GuiseTrialAnswer *answer)
{
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkBox *box = GTK_BOX (column);

  if (answer == NULL) {
    gtk_box_append (box, create_label (_ ("Not asked yet"), "dim-label"));
    return column;
  }
  if (answer->identity != NULL || answer->clothing != NULL) {
    add_text (box, _ ("Who"), answer->identity);
    add_text (box, _ ("Wearing"), answer->clothing);
  } else {
    gtk_box_append (box, create_label (get_state_title (answer), "dim-label"));
  }
  add_marks (box, answer);
  if (!isnan (answer->ms)) {
    g_autofree char *time = guise_trial_format_time (answer->ms);
    GtkWidget *label = create_label (time, "caption");

    gtk_widget_add_css_class (label, "dim-label");
    gtk_box_append (box, label);
  }
  return column;
}

GtkWidget *
guise_trial_row_new (GuiseThumbnailer *thumbnailer, gint64 image_id, guint position,
                     const GuiseTrialAnswer *first, const GuiseTrialAnswer *second)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18);
  GtkWidget *columns = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18);
  GtkWidget *cell = guise_image_cell_new (thumbnailer);
  g_autofree char *name = g_strdup_printf (_ ("Image %u of the trial"), position + 1);

  guise_image_cell_set_tile_size (GUISE_IMAGE_CELL (cell), TILE_SIZE);
  guise_image_cell_bind (GUISE_IMAGE_CELL (cell), image_id, position);
  gtk_widget_set_valign (cell, GTK_ALIGN_START);
  gtk_widget_add_css_class (cell, "picture-frame");
  gtk_box_set_homogeneous (GTK_BOX (columns), TRUE);
  gtk_widget_set_hexpand (columns, TRUE);
  gtk_box_append (GTK_BOX (columns), create_column (first));
  gtk_box_append (GTK_BOX (columns), create_column (second));
  gtk_box_append (GTK_BOX (box), cell);
  gtk_box_append (GTK_BOX (box), columns);
  gtk_widget_add_css_class (box, "trial-row");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return row;
}
