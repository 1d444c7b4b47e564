/* GuisePromptsPane: prompts, shipped and the user's own, with an editor that says what is wrong at
 * its line while one types, what a model is asked in the end, and what versions brought in the
 * project. What is typed is kept half a second later, finished or not. Main thread only.
 *
 * Signal "changed" (): the user's prompts are others than before. */
#pragma once

#include "guise-project.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_PROMPTS_PANE (guise_prompts_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuisePromptsPane, guise_prompts_pane, GUISE, PROMPTS_PANE, GtkWidget)

GtkWidget *guise_prompts_pane_new (void);
/* Whose statistics and exemplars are shown; NULL = none, and what is typed is kept. */
void guise_prompts_pane_set_project (GuisePromptsPane *self, GuiseProject *project);

/* Starts writing what is typed. */
void guise_prompts_pane_flush (GuisePromptsPane *self);
/* Shows a prompt of that name once it is listed. */
void guise_prompts_pane_select (GuisePromptsPane *self, const char *name);
/* A job may have gone on: the statistics are read anew. */
void guise_prompts_pane_reload (GuisePromptsPane *self);
/* Something is being read or written. */
gboolean guise_prompts_pane_is_busy (GuisePromptsPane *self);

G_END_DECLS
