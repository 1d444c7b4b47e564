#include "guise-dialogs.h"

#include "guise-format.h"
#include "guise-settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

/* The window's data that says that it has a chooser: a modal dialog keeps nobody from pressing the
 * button again before it is there. */
#define CHOOSING "guise-choosing"

static void
file_chosen (GtkNativeDialog *dialog, int response, gpointer data)
{
  g_autoptr (GTask) task = data;
  GFile *file = NULL;

  g_object_set_data (g_task_get_source_object (task), CHOOSING, NULL);
  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_task_return_pointer (task, file, g_object_unref);
  g_object_unref (dialog); /* GTK does not keep native dialogs alive: that reference was ours */
}

/* A chooser whose window goes answers nobody any more, and would keep it from being destroyed. */
static void
chooser_left_alone (GtkNativeDialog *dialog)
{
  gtk_native_dialog_hide (dialog);
  g_signal_emit_by_name (dialog, "response", GTK_RESPONSE_CANCEL);
}

/* NULL when the window has one already. Its answer goes to the task, which is taken over. */
static GtkFileChooserNative *
create_chooser (GtkWindow *parent, const char *title, GtkFileChooserAction action,
                const char *accept, GTask *task)
{
  GtkFileChooserNative *dialog = NULL;

  if (g_object_get_data (G_OBJECT (parent), CHOOSING) != NULL) {
    g_task_return_pointer (task, NULL, NULL);
    g_object_unref (task);
    return NULL;
  }
  g_object_set_data (G_OBJECT (parent), CHOOSING, GINT_TO_POINTER (TRUE));
  dialog = gtk_file_chooser_native_new (title, parent, action, accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (file_chosen), task);
  g_signal_connect_object (parent, "unmap", G_CALLBACK (chooser_left_alone), dialog,
                           G_CONNECT_SWAPPED);
  return dialog;
}

void
guise_dialogs_choose_folder_async (GtkWindow *parent, const char *title, const char *accept,
                                   const char *start, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (parent, cancellable, callback, data);
  GtkFileChooserNative *dialog;

  g_task_set_source_tag (task, guise_dialogs_choose_folder_async);
  dialog = create_chooser (parent, title, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, accept, task);
  if (dialog == NULL)
    return;
  if (start != NULL) {
    g_autoptr (GFile) folder = g_file_new_for_path (start);

    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (dialog), folder, NULL);
  }
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

GFile *
guise_dialogs_choose_folder_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
question_answered (AdwMessageDialog *dialog, const char *answer, gpointer data)
{
  g_autoptr (GTask) task = data;

  /* a dialog on its way out may answer once more */
  g_signal_handlers_disconnect_by_func (dialog, question_answered, data);
  g_task_return_pointer (task, g_strdup (answer), g_free);
}

void
guise_dialogs_ask_async (GtkWindow *parent, const char *heading, const char *body,
                         const GuiseDialogButton *answers, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (parent, cancellable, callback, data);
  g_autofree char *plain_heading = guise_format_plain (heading);
  g_autofree char *plain_body = guise_format_plain (body);
  AdwMessageDialog *dialog
      = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, plain_heading, plain_body));

  g_task_set_source_tag (task, guise_dialogs_ask_async);
  for (const GuiseDialogButton *answer = answers; answer->id != NULL; answer++) {
    adw_message_dialog_add_response (dialog, answer->id, answer->label);
    if (answer->destructive)
      adw_message_dialog_set_response_appearance (dialog, answer->id, ADW_RESPONSE_DESTRUCTIVE);
    if (answer->suggested) {
      adw_message_dialog_set_response_appearance (dialog, answer->id, ADW_RESPONSE_SUGGESTED);
      adw_message_dialog_set_default_response (dialog, answer->id);
    }
  }
  adw_message_dialog_set_close_response (dialog, answers[0].id);
  if (adw_message_dialog_get_default_response (dialog) == NULL) /* Enter at once changes nothing */
    adw_message_dialog_set_default_response (dialog, answers[0].id);
  g_signal_connect (dialog, "response", G_CALLBACK (question_answered), task);
  gtk_window_present (GTK_WINDOW (dialog));
}

char *
guise_dialogs_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- saving --------------------------------------------------------------------------------- */

static void
text_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  const GuiseDialogButton answers[] = { { "close", _ ("_Close"), FALSE, FALSE }, { NULL } };
  g_autoptr (GtkWindow) parent = data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error)
      && gtk_widget_get_mapped (GTK_WIDGET (parent)))
    guise_dialogs_ask_async (parent, _ ("The text could not be saved"), error->message, answers,
                             NULL, NULL, NULL);
}

static void
place_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes = data;
  g_autoptr (GFile) file = g_task_propagate_pointer (G_TASK (result), NULL);

  if (file != NULL)
    g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         text_saved, g_object_ref (source));
}

void
guise_dialogs_save_text (GtkWindow *parent, const char *title, const char *name, const char *text)
{
  GTask *task = g_task_new (parent, NULL, place_chosen, g_bytes_new (text, strlen (text)));
  GtkFileChooserNative *dialog;

  g_task_set_source_tag (task, guise_dialogs_save_text);
  dialog = create_chooser (parent, title, GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), task);
  if (dialog == NULL)
    return;
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
guise_dialogs_show_about (GtkWindow *parent)
{
  adw_show_about_window (parent,
                         "application-name", "Guise",
                         "application-icon", GUISE_APPLICATION_ID,
                         "version", GUISE_VERSION,
                         "comments", _ ("Find people in pictures by describing them, and train the "
                                        "model that does it"),
                         "developer-name", _ ("The Guise contributors"),
                         "copyright", _ ("© 2026 The Guise contributors"),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         /* Translators: your names, one a line. */
                         "translator-credits", _ ("translator-credits"),
                         NULL);
}

void
guise_dialogs_show_help (GtkWindow *parent)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/io/github/guise/Guise/help.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}
