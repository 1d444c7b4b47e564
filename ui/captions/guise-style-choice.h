/* GuiseStyleChoice: a row that unfolds into the styles of the project, for a job that describes
 * each picture in several of them. Main thread only.
 *
 * Signal "changed" (): others are chosen. */
#pragma once

#include "guise-styles.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_STYLE_CHOICE (guise_style_choice_get_type ())
G_DECLARE_FINAL_TYPE (GuiseStyleChoice, guise_style_choice, GUISE, STYLE_CHOICE, AdwExpanderRow)

/* NULL = none have been found. What was chosen stays so, by its name; new ones are chosen. */
void guise_style_choice_set_styles (GuiseStyleChoice *self, const GuiseStyles *styles);
/* The names of those that are chosen, NULL-terminated, to be freed; NULL where pictures are
 * described once, in no style. Empty where the row is switched on and nothing chosen. */
char **guise_style_choice_dup_chosen (GuiseStyleChoice *self);

/* Whether it is switched on, and the names that somebody took away (to be freed), for another time.
 */
gboolean guise_style_choice_is_on (GuiseStyleChoice *self);
char **guise_style_choice_dup_refused (GuiseStyleChoice *self);
/* It is on as soon as there are styles; refused NULL = none. */
void guise_style_choice_restore (GuiseStyleChoice *self, gboolean on, const char *const *refused);

G_END_DECLS
