/* GuisePage: one page of the window on one open project. Abstract: a page derives from it, sets
 * name, title and icon in its class and stands in the table of guise-window-pages.c; the window
 * makes one instance for each project that is opened and drops it when the project closes. Main
 * thread only; pages do their I/O in GTask threads.
 *
 * A page puts its actions into guise_page_get_actions(): they are reachable as "page.NAME" from
 * the page, and from the header bar while the page is shown. Changes of the store come to
 * everybody through GuiseStore::changed.
 *
 * Signals, for the window: "toast" (const char *text, gboolean with_undo): a NULL text withdraws
 * the one with undo; "report" (const char *cause, const char *sentence, const char *details): a
 * NULL sentence takes the report of that cause away; "job" (GuiseJobEntry *entry);
 * "state-changed" (). */
#pragma once

#include "guise-job-entry.h"
#include "guise-project.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_PAGE (guise_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (GuisePage, guise_page, GUISE, PAGE, AdwBin)

struct _GuisePageClass {
  AdwBinClass parent_class;

  const char *name;      /* "library": for the settings and for win.page */
  const char *title;     /* N_() */
  const char *icon_name; /* symbolic */

  /* The page is about to be read for the first time or shown again. */
  void (*shown) (GuisePage *self);
  /* Start writing whatever is typed and not yet stored: another page is shown, the window closes.
   * What was started is finished before the project closes. */
  void (*flush) (GuisePage *self);
  /* The page is about to go: see guise_page_keep_async(). NULL = nothing is typed here. */
  gboolean (*keep_async) (GuisePage *self, GAsyncReadyCallback callback, gpointer data);
  /* Ctrl+F: put the keyboard where this page searches or filters; FALSE when it cannot. */
  gboolean (*search) (GuisePage *self);
  /* Show this image, of which something was undone or redone; FALSE where the page has none of it.
   */
  gboolean (*show_image) (GuisePage *self, gint64 image_id);
  /* What the page remembers of itself for the next time the project is opened, and taking it up
   * again, before it is shown for the first time. Values may be missing or of a type that was not
   * expected. */
  void (*save_state) (GuisePage *self, GVariantDict *state);
  void (*restore_state) (GuisePage *self, GVariantDict *state);
};

/* type: of a page. */
GuisePage *guise_page_new (GType type, GuiseProject *project);

GuiseProject *guise_page_get_project (GuisePage *self); /* borrowed, never NULL */
GuiseStore *guise_page_get_store (GuisePage *self);     /* borrowed, never NULL */
const char *guise_page_get_name (GuisePage *self);
const char *guise_page_get_title (GuisePage *self); /* translated */
const char *guise_page_get_icon_name (GuisePage *self);
GSimpleActionGroup *guise_page_get_actions (GuisePage *self); /* borrowed */
/* Cancelled when the page goes: give it to everything asynchronous that the page starts. Borrowed.
 * */
GCancellable *guise_page_get_cancellable (GuisePage *self);

void guise_page_shown (GuisePage *self);
void guise_page_flush (GuisePage *self);
/* Flushes, and puts what is typed where the next window finds it, should it not be stored. FALSE:
 * everything is on the disk, callback is not called. */
gboolean guise_page_keep_async (GuisePage *self, GAsyncReadyCallback callback, gpointer data);
/* The texts that are neither stored nor kept, each as one line of JSON; NULL-terminated, to be
 * freed with g_strfreev(). */
char **guise_page_keep_finish (GAsyncResult *result);
gboolean guise_page_search (GuisePage *self);
/* focus: what has the keyboard, within the page; who comes back finds it there. */
void guise_page_note_focus (GuisePage *self, GtkWidget *focus);
/* Puts the keyboard into the page, which is shown; onto the page itself where there is nothing to
 * act on yet, until guise_page_filled(). */
void guise_page_take_focus (GuisePage *self);
gboolean guise_page_show_image (GuisePage *self, gint64 image_id);
void guise_page_save_state (GuisePage *self, GVariantDict *state);
void guise_page_restore_state (GuisePage *self, GVariantDict *state);
/* For a page that is empty while it reads: there is something to act on now. */
void guise_page_filled (GuisePage *self);
/* What save_state would say is new. */
void guise_page_state_changed (GuisePage *self);

/* A passing message over the page, with an Undo button for the change that was just made. */
void guise_page_toast (GuisePage *self, const char *text, gboolean with_undo);
/* The change that the last message offers to undo has come to nothing. */
void guise_page_withdraw_toast (GuisePage *self);
/* A condition in the banner: what happened and what was kept, in a plain sentence; error's message
 * goes behind Details (NULL = none). cause: a word of the page's own for what it was about
 * ("list"); it replaces the report of the same cause, and clearing takes that one away alone. */
void guise_page_report (GuisePage *self, const char *cause, const char *sentence,
                        const GError *error);
void guise_page_clear_report (GuisePage *self, const char *cause);
/* A job that the page has started: it stands in the list of the window's jobs, and a window that is
 * closed asks about it. name: for people, plain text. */
void guise_page_add_job (GuisePage *self, const char *name, GuiseJob *job);
/* The same of an entry of any kind. */
void guise_page_add_entry (GuisePage *self, GuiseJobEntry *entry);

G_END_DECLS
