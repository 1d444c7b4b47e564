/* GuiseBanner: a line across the page that states a condition, with an optional action and
 * technical details that unfold. It is an alert to assistive technology. Texts are plain, never
 * markup.
 *
 * Each condition has a cause, a word that whoever raises it takes it away with. The last raised is
 * shown; when it goes, by its cause or by its close button, the one before is shown again. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_BANNER (guise_banner_get_type ())
G_DECLARE_FINAL_TYPE (GuiseBanner, guise_banner, GUISE, BANNER, GtkWidget)

GtkWidget *guise_banner_new (void);

/* Shows sentence. details: the technical text behind "Details", NULL = none. A second call with the
 * same cause replaces the first. */
void guise_banner_show (GuiseBanner *self, const char *cause, const char *sentence,
                        const char *details);
/* Puts a button beside the sentence of the condition that was shown with this cause, and goes with
 * it. action_name: a GAction that the widget can reach; both are static strings. */
void guise_banner_set_action (GuiseBanner *self, const char *cause, const char *label,
                              const char *action_name);
/* Takes the condition of that cause away, if there is one; NULL = all. */
void guise_banner_hide (GuiseBanner *self, const char *cause);
gboolean guise_banner_get_revealed (GuiseBanner *self);
/* Borrowed. */
const char *guise_banner_get_sentence (GuiseBanner *self);

G_END_DECLS
