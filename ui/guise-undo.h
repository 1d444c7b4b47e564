/* GuiseUndo: undo and redo of project operations by name, for a window: the actions "undo" and
 * "redo", and the two menu items that say what they would do. Names are read and operations taken
 * back on workers. Main thread only.
 *
 * Signals: "before" (): whatever is typed must be written now, it is what undo means and what makes
 * a redo impossible. "done" (const char *text, gboolean redone, gint64 image_id): an operation was
 * taken back or made again; text says which and, where it was about one picture, image_id (else 0),
 * which picture. "failed" (const char *sentence, const char *details): it was not, and nothing was
 * altered; details NULL = there was nothing to do. */
#pragma once

#include "guise-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define GUISE_TYPE_UNDO (guise_undo_get_type ())
G_DECLARE_FINAL_TYPE (GuiseUndo, guise_undo, GUISE, UNDO, GObject)

/* Adds the two actions to actions; prefix is what menus put before their names ("win"). */
GuiseUndo *guise_undo_new (GActionMap *actions, const char *prefix);
/* The store whose log is meant; NULL = none. Both actions are disabled then and where it is
 * read-only. */
void guise_undo_set_store (GuiseUndo *self, GuiseStore *store);
/* A section for a menu. Borrowed. */
GMenuModel *guise_undo_get_menu (GuiseUndo *self);

G_END_DECLS
