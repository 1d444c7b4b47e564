/* What the tests of the window share: a project of painted people, the real application in this
 * process, waiting for something to become true, and pictures of the window. */
#pragma once

#include "guise-library-page.h"
#include "guise-window.h"

#include <gtk/gtk.h>

/* TRUE when data has come to be as wished. */
typedef gboolean (*UiCondition) (gpointer data);

/* Prepares a test program, first of all. A message that ends it goes to stderr with its callers. */
void ui_init (int *argc, char ***argv);

/* Starts the application (once), without animations and with the fonts of a desktop. */
GtkApplication *ui_start (void);

/* A new project in a folder of its own, 8 persons painted and imported. The folder's name, to be
 * freed. */
char *ui_make_project (void);
/* A second, read-only view of the project on the disk. */
GuiseProject *ui_open_elsewhere (const char *folder);

/* A new window on the screen; folder NULL = without a project, else it is opened and its grid
 * filled. */
GuiseWindow *ui_open_window (const char *folder);
/* Opens the project of that folder in the window, whatever page it shows then. */
void ui_reopen (GuiseWindow *window, const char *folder);
/* What earlier tests did with the same project is not restored. */
void ui_forget_sessions (void);
/* Closes the window and waits until it has gone and its project is closed. */
void ui_close_window (GuiseWindow *window);

/* The question that is open, or NULL. */
GtkWidget *ui_find_question (void);
/* Closes the window while it works, presses the answer of that label and waits until the question
 * has gone. */
void ui_answer_close (GuiseWindow *window, const char *label);
/* The same, and waits as ui_close_window() does. */
void ui_stop_and_close_window (GuiseWindow *window);

/* Runs the main loop until condition holds; fails the test after two minutes, naming what. */
void ui_wait (UiCondition condition, gpointer data, const char *what);
/* Waits until work that has been started has told its progress bar n times, or is at its end. */
void ui_wait_for_phase (GtkWidget *bar, guint n, UiCondition ended, gpointer data);
/* Lets everything that is pending happen and n_frames be drawn. */
void ui_settle (GuiseWindow *window, guint n_frames);

/* What is made from now on is in this language; "" is English. */
void ui_speak (const char *language);

GuiseLibraryPage *ui_get_library (GuiseWindow *window);
/* Waits until the grid shows the answer to the last filter and the pane an image with its
 * captions. */
void ui_wait_for_library (GuiseWindow *window);

/* The first widget under root of that type (breadth first), whose name or, for buttons and labels,
 * text is `text`; NULL text = any. NULL where there is none. */
GtkWidget *ui_find (GtkWidget *root, GType type, const char *text);

/* What the widget itself does at these keys ("<Alt>3"); the test fails where it does nothing. */
void ui_press (GtkWidget *widget, const char *keys);

/* How many names in the folder begin with the prefix; 0 where there is no folder. */
guint ui_count_named (const char *folder, const char *prefix);

/* Writes the window as a PNG of this name (without ".png") into $GUISE_SCREENSHOT_DIR. */
void ui_screenshot (GuiseWindow *window, const char *name);
/* The same of a dialog. */
void ui_screenshot_of (GtkWidget *window, const char *name);
void ui_set_dark (gboolean dark);
