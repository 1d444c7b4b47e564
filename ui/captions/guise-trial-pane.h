/* GuiseTrialPane: two combinations of endpoint, model and prompt, tried on a few images and shown
 * side by side. Each is a trial job of `guisectl caption`, one after the other: nothing becomes a
 * caption. Main thread only.
 *
 * Signals: "running" (gboolean): a trial begins, or has ended. "use" (const char *endpoint, const
 * char *model, const char *prompt): one of the combinations was chosen; names of the profile and of
 * the model, path of the prompt's file. */
#pragma once

#include "guise-project.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_TRIAL_PANE (guise_trial_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseTrialPane, guise_trial_pane, GUISE, TRIAL_PANE, GtkWidget)

GtkWidget *guise_trial_pane_new (void);
/* NULL = none: what runs is cancelled. The thumbnails' workers hold the project until then. */
void guise_trial_pane_set_project (GuiseTrialPane *self, GuiseProject *project);

/* Called before pictures go to another machine. Whoever is called asks, or knows already, and says
 * so with guise_trial_pane_answer_consent(), now or later. */
typedef void (*GuiseTrialConsentFunc) (GuiseTrialPane *self, const char *host, guint n_images,
                                       gpointer data);
/* Without one (NULL) nothing is ever sent off this machine. */
void guise_trial_pane_set_consent_func (GuiseTrialPane *self, GuiseTrialConsentFunc func,
                                        gpointer data, GDestroyNotify destroy);
void guise_trial_pane_answer_consent (GuiseTrialPane *self, gboolean allowed);

/* Why nothing can be tried now, NULL = it can; a trial that runs goes on. */
void guise_trial_pane_set_obstacle (GuiseTrialPane *self, const char *obstacle);
/* Profiles or prompts are others than before; also done whenever the pane comes into sight. */
void guise_trial_pane_reload (GuiseTrialPane *self);
/* Chooses what side 0 or 1 tries; NULL leaves what is chosen. prompt: a file's name. Once reading
 * has ended. */
void guise_trial_pane_choose (GuiseTrialPane *self, guint side, const char *endpoint,
                              const char *model, const char *prompt);
/* Reading the choices, asking, or trying. */
gboolean guise_trial_pane_is_busy (GuiseTrialPane *self);

G_END_DECLS
