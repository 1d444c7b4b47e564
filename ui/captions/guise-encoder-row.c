#include "guise-encoder-row.h"

#include "guise-dialogs.h"
#include "guise-format.h"

#include <glib/gi18n.h>

struct _GuiseEncoderRow {
  AdwActionRow parent_instance;

  GtkWidget *choose_button, *builtin_button;
  GCancellable *cancellable;
  char *folder;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseEncoderRow, guise_encoder_row, ADW_TYPE_ACTION_ROW)

static char *
create_plain (const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  return guise_format_plain (name);
}

/* Its name alone has room; the tooltip has where it is. The button that goes hands the keyboard
 * on. */
static void
show_folder (GuiseEncoderRow *self)
{
  g_autofree char *name = self->folder != NULL ? g_path_get_basename (self->folder) : NULL;
  g_autofree char *plain = name != NULL ? create_plain (name) : NULL;
  g_autofree char *whole = name != NULL ? create_plain (self->folder) : NULL;

  if (self->folder == NULL && gtk_widget_is_focus (self->builtin_button))
    gtk_widget_grab_focus (self->choose_button);
  gtk_widget_set_visible (self->builtin_button, self->folder != NULL);
  adw_action_row_set_subtitle (
      ADW_ACTION_ROW (self),
      plain != NULL ? plain : _ ("Built-in: function words and sentence shape; needs no model"));
  gtk_widget_set_tooltip_text (
      GTK_WIDGET (self),
      whole != NULL ? whole
                    : _ ("What compares the captions, once what they say is masked. A folder is a "
                         "CLIP model as Hugging Face has it, with its tokenizer"));
}

const char *
guise_encoder_row_get_folder (GuiseEncoderRow *self)
{
  return self->folder;
}

void
guise_encoder_row_set_folder (GuiseEncoderRow *self, const char *folder)
{
  g_autofree char *old = self->folder;

  self->folder = g_strdup (folder);
  show_folder (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
folder_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseEncoderRow) self = data;
  g_autoptr (GFile) folder = guise_dialogs_choose_folder_finish (result, NULL);

  if (folder != NULL && g_file_peek_path (folder) != NULL)
    guise_encoder_row_set_folder (self, g_file_peek_path (folder));
}

static void
choose (GuiseEncoderRow *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  guise_dialogs_choose_folder_async (window, _ ("Choose the folder of a CLIP model"),
                                     _ ("_Choose"), self->folder, self->cancellable, folder_chosen,
                                     g_object_ref (self));
}

static void
go_back (GuiseEncoderRow *self)
{
  guise_encoder_row_set_folder (self, NULL);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_encoder_row_dispose (GObject *object)
{
  GuiseEncoderRow *self = GUISE_ENCODER_ROW (object);

  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (guise_encoder_row_parent_class)->dispose (object);
}

static void
guise_encoder_row_finalize (GObject *object)
{
  GuiseEncoderRow *self = GUISE_ENCODER_ROW (object);

  g_object_unref (self->cancellable);
  g_free (self->folder);
  G_OBJECT_CLASS (guise_encoder_row_parent_class)->finalize (object);
}

static void
guise_encoder_row_class_init (GuiseEncoderRowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_encoder_row_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_encoder_row_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
add_button (GuiseEncoderRow *self, const char *icon, const char *name, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), button);
  g_signal_connect_object (button, "clicked", clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static void
guise_encoder_row_init (GuiseEncoderRow *self)
{
  self->cancellable = g_cancellable_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _ ("Encoder"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 3);
  self->builtin_button = add_button (self, "edit-clear-symbolic",
                                     _ ("Use the built-in encoder again"), G_CALLBACK (go_back));
  self->choose_button = add_button (self, "folder-open-symbolic",
                                    _ ("Choose the folder of a CLIP model"), G_CALLBACK (choose));
  show_folder (self);
}

GtkWidget *
guise_encoder_row_new (void)
{
  return g_object_new (GUISE_TYPE_ENCODER_ROW, NULL);
}
