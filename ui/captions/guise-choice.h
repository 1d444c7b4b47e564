/* GuiseChoice: what is chosen in a row, known by more than its title: it stays that when the list
 * is filled anew, whatever else has the same title, and is listed still when it is gone. Main
 * thread only. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef struct {
  GPtrArray *ids; /* of the row's entries but for one that is gone */
  char *id;       /* NULL = nothing yet */
  char *title;
  gboolean restored; /* from an earlier time: where it is gone, nothing was chosen */
} GuiseChoice;

void guise_choice_clear (GuiseChoice *choice);
/* What was chosen at an earlier time, before the row is filled. */
void guise_choice_restore (GuiseChoice *choice, const char *id);
gboolean guise_choice_is_gone (const GuiseChoice *choice);
/* Takes over what is selected in the row. */
void guise_choice_note (GuiseChoice *choice, AdwComboRow *row);
/* Lists these, and what was chosen where it is gone; where nothing was, usual is chosen. Takes ids.
 * TRUE: something is chosen that was not before. */
gboolean guise_choice_fill (GuiseChoice *choice, AdwComboRow *row, GPtrArray *ids,
                            GPtrArray *titles, guint usual);

G_END_DECLS
