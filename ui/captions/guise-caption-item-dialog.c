#include "guise-caption-item-dialog.h"

#include "guise-format.h"
#include "guise-reason-text.h"

#include <glib/gi18n.h>

struct _GuiseCaptionItemDialog {
  AdwWindow parent_instance;

  AdwPreferencesGroup *group;
  AdwActionRow *state_row;
  AdwActionRow *identity_row;
  AdwActionRow *clothing_row;
  GtkTextView *question;
  GtkTextView *answer;

  GCancellable *cancellable;
  gboolean reading;
};

G_DEFINE_FINAL_TYPE (GuiseCaptionItemDialog, guise_caption_item_dialog, ADW_TYPE_WINDOW)

static void
show_text (GtkTextView *view, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *plain = guise_format_plain (valid);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (view), plain, -1);
}

static void
show_none (GuiseCaptionItemDialog *self, const char *why)
{
  show_text (self->question, why);
  show_text (self->answer, why);
}

static void
answer_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionItemDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseAnswer) answer = guise_caption_answer_read_finish (result, &error);
  const char *none;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->reading = FALSE;
  if (answer == NULL) {
    show_none (self, error != NULL ? error->message : _ ("None is kept."));
    return;
  }
  none = _ ("None is kept.");
  show_text (self->question, answer->raw_request != NULL ? answer->raw_request : none);
  show_text (self->answer, answer->raw_answer != NULL ? answer->raw_answer : none);
}

static void
show_row (AdwActionRow *row, const char *text)
{
  g_autofree char *plain = text != NULL ? guise_format_plain (text) : NULL;

  adw_action_row_set_subtitle (row, plain != NULL ? plain : _ ("none"));
}

static void
show_item (GuiseCaptionItemDialog *self, const GuiseNamedItem *named)
{
  const GuiseCaptionItem *item = named->item;
  g_autofree char *name = guise_format_excerpt (named->name, 120);
  g_autofree char *tries = g_strdup_printf (ngettext ("asked %u time", "asked %u times",
                                                      item->n_tries),
                                            item->n_tries);
  g_autofree char *state = g_strdup_printf ("%s · %s", guise_caption_item_get_state_name (item),
                                            tries);
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autofree char *why = guise_reason_dup_sentence (item->why != NULL ? item->why : "");

  adw_preferences_group_set_title (self->group, title);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state_row), state);
  show_row (self->state_row, why);
  show_row (self->identity_row, item->identity);
  show_row (self->clothing_row, item->clothing);
}

static void
guise_caption_item_dialog_dispose (GObject *object)
{
  g_cancellable_cancel (GUISE_CAPTION_ITEM_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (guise_caption_item_dialog_parent_class)->dispose (object);
}

static void
guise_caption_item_dialog_finalize (GObject *object)
{
  g_clear_object (&GUISE_CAPTION_ITEM_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (guise_caption_item_dialog_parent_class)->finalize (object);
}

static void
guise_caption_item_dialog_class_init (GuiseCaptionItemDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_caption_item_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_caption_item_dialog_finalize;
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/caption-item-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, group);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, state_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, identity_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, clothing_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, question);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionItemDialog, answer);
}

static void
guise_caption_item_dialog_init (GuiseCaptionItemDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
guise_caption_item_dialog_new (GuisePage *page, const GuiseNamedItem *named)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (page));
  GuiseCaptionItemDialog *self = g_object_new (GUISE_TYPE_CAPTION_ITEM_DIALOG, "transient-for",
                                               root, "modal", TRUE,
                                               "destroy-with-parent", TRUE, NULL);

  show_item (self, named);
  if (named->item->answer == NULL) {
    show_none (self, _ ("Nothing was asked yet."));
    return GTK_WIDGET (self);
  }
  self->reading = TRUE;
  guise_caption_answer_read_async (guise_page_get_project (page), named->item->answer,
                                   self->cancellable, answer_ready, g_object_ref (self));
  return GTK_WIDGET (self);
}

gboolean
guise_caption_item_dialog_is_busy (GuiseCaptionItemDialog *self)
{
  return self->reading;
}
