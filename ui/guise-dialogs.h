/* The windows that newer toolkits replace: file choosers, questions and the about window.
 * Everything else calls these, so that a later move to GtkFileDialog and AdwAlertDialog touches
 * one file. Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asks for a folder. start: where to begin, or NULL. */
void guise_dialogs_choose_folder_async (GtkWindow *parent, const char *title, const char *accept,
                                        const char *start, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer data);
/* NULL without an error when the person changed their mind. */
GFile *guise_dialogs_choose_folder_finish (GAsyncResult *result, GError **error);

/* Asks for a file and writes the text into it, on a worker; a failure is shown in a dialog. name:
 * the one that is proposed. */
void guise_dialogs_save_text (GtkWindow *parent, const char *title, const char *name,
                              const char *text);

/* One button of a question; the list ends with a NULL id. */
typedef struct {
  const char *id;
  const char *label; /* may have a mnemonic */
  gboolean suggested;
  gboolean destructive;
} GuiseDialogButton;

/* Asks; the first answer is the one that Escape gives, and Enter where none is suggested. heading
 * and body are plain text, not markup. */
void guise_dialogs_ask_async (GtkWindow *parent, const char *heading, const char *body,
                              const GuiseDialogButton *answers, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
/* The id of the answer, to be freed. */
char *guise_dialogs_ask_finish (GAsyncResult *result, GError **error);

void guise_dialogs_show_about (GtkWindow *parent);
/* What the program does, page by page. */
void guise_dialogs_show_help (GtkWindow *parent);

G_END_DECLS
