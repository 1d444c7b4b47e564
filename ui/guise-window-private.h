/* What the parts of the window share: its frame (guise-window.c), its pages with undo and messages
 * (-pages), the project that is open (-project), and what is typed when that goes (-texts). For
 * these files only. */
#pragma once

#include "guise-banner.h"
#include "guise-jobs-button.h"
#include "guise-open.h"
#include "guise-session.h"
#include "guise-undo.h"
#include "guise-welcome-page.h"
#include "guise-window.h"

typedef void (*GuiseWindowStep) (GuiseWindow *self);

struct _GuiseWindow {
  AdwApplicationWindow parent_instance;

  GtkStack *title_stack;
  AdwWindowTitle *title;
  GtkWidget *project_title;
  GtkLabel *project_name;
  GtkLabel *project_subtitle;
  GtkBox *header_end;
  GuiseJobsButton *jobs_button;
  GtkMenuButton *menu_button;
  GuiseBanner *banner;
  AdwToastOverlay *toasts;
  GtkStack *main_stack;
  GuiseWelcomePage *welcome;
  GtkLabel *opening_label;
  AdwViewStack *pages;

  GuiseJobList *jobs;
  guint inhibition; /* of the session's end while jobs run, 0 = none */
  GuiseUndo *undo;
  AdwToast *offer; /* the one that offers to undo or redo, while it is shown; borrowed */
  gboolean offer_undoes;
  GuiseProject *project;
  GuiseSession *session; /* of the project */
  GuisePage *current;    /* borrowed from the view stack */
  guint n_pages;         /* made so far, of the table of pages */
  guint making_pages;    /* the source that makes the others */
  char *page_to_show;    /* once it is made, or NULL */
  char *datasets;        /* of the project, for people */
  char *subtitle;        /* of the project: its data, and where pictures may be sent */
  GCancellable *opening;
  guint hourly;  /* looks whether the day's copies are due */
  char *to_open; /* the folder to open next, or NULL */
  GuiseProjectMode open_mode;
  char *refused;   /* the folder that was not opened, while something is offered instead */
  GError *refusal; /* why */
  guint n_closing; /* projects that are being closed, and the welcome page's work */
  gboolean closing;
  char *to_open_kept; /* the folder to open when what is typed is safe, or NULL */
  gboolean asking;    /* a question of a closing window is open, or about to be */
  gboolean may_lose;  /* what is typed is safe or given up */
  gboolean is_told;   /* to leave, whatever cannot be kept */
  gboolean may_leave; /* the question about running work was answered */
  gboolean waiting;   /* hidden; closes when the jobs that end with it are done */
};

/* ---- pages ---------------------------------------------------------------------------------- */

/* Actions, keys and signals of the pages; once. */
void guise_window_set_up_pages (GuiseWindow *self);
/* Makes the pages of the project, as they were left: the first at once, the others one a turn of
 * the main loop, or when they are asked for. */
void guise_window_add_pages (GuiseWindow *self);
/* Writes what is typed and ends their work. */
void guise_window_remove_pages (GuiseWindow *self);
/* text: plain. button: NULL = none. Borrowed. */
AdwToast *guise_window_show_toast (GuiseWindow *self, const char *text, const char *button,
                                   const char *action);
/* For signals: puts the job into the window's list. */
void guise_window_add_job (GObject *source, const char *name, GuiseJob *job, GuiseWindow *self);

/* ---- project -------------------------------------------------------------------------------- */

/* Actions of the project; once. */
void guise_window_set_up_project (GuiseWindow *self);
/* Takes the project away from the window and closes it on a worker. */
void guise_window_take_project_away (GuiseWindow *self);
/* A project, or the welcome page's work, that the window waited for has gone. */
void guise_window_project_gone (GuiseWindow *self);
/* Has the pages store what is typed. FALSE: there is nothing that is not on the disk, the project
 * may go at once. Else go_on is called when everything is safe; where that cannot be, it is asked
 * about first, and go_on called unless somebody wants to stay. */
gboolean guise_window_keep_texts (GuiseWindow *self, GuiseWindowStep go_on);
/* "welcome", "opening" or "project". */
void guise_window_show_state (GuiseWindow *self, const char *state);
