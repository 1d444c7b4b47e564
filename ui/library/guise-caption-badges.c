#include "guise-caption-badges.h"

#include "guise-format.h"

#include <glib/gi18n.h>

static void
add_badge (GtkBox *badges, const char *text, const char *class)
{
  g_autofree char *shown = guise_format_excerpt (text, 40);
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "badge");
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  gtk_box_append (badges, label);
}

const char *
guise_caption_badges_get_kind_name (GuiseCaptionKind kind)
{
  switch (kind) {
  case GUISE_CAPTION_IDENTITY:
    return _ ("Who");
  case GUISE_CAPTION_CLOTHING:
    return _ ("Wearing");
  default:
    return _ ("Caption");
  }
}

static const char *
get_source_name (GuiseCaptionSource source)
{
  switch (source) {
  case GUISE_SOURCE_HUMAN:
    return _ ("written here");
  case GUISE_SOURCE_MACHINE:
    return _ ("machine");
  case GUISE_SOURCE_RULE:
    return _ ("splitter");
  default:
    return _ ("data set");
  }
}

static void
show_state (GtkBox *badges, GuiseCaptionState state)
{
  switch (state) {
  case GUISE_STATE_ACCEPTED:
    add_badge (badges, _ ("accepted"), "success");
    break;
  case GUISE_STATE_EDITED:
    add_badge (badges, _ ("edited"), "accent");
    break;
  case GUISE_STATE_REJECTED:
    add_badge (badges, _ ("rejected"), "error");
    break;
  case GUISE_STATE_FLAGGED:
    add_badge (badges, _ ("flagged"), "warning");
    break;
  case GUISE_STATE_SKIPPED:
    add_badge (badges, _ ("skipped"), NULL);
    break;
  case GUISE_STATE_PENDING:
    break;
  }
}

void
guise_caption_badges_show (GtkBox *badges, const GuiseCaption *caption)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (badges))) != NULL)
    gtk_box_remove (badges, child);
  add_badge (badges, get_source_name (caption->source), NULL);
  if (caption->style != NULL)
    add_badge (badges, caption->style, NULL);
  show_state (badges, caption->state);
}
