/* The names of styles. A style is known by its name to jobs and captions, so a name follows its
 * captions when the styles are found anew, and no other style takes it over. */
#pragma once

#include "guise-styles.h"

G_BEGIN_DECLS

#define GUISE_STYLE_NAME_MAX_CHARS 60

#define GUISE_STYLE_ERROR (guise_style_error_quark ())
GQuark guise_style_error_quark (void);

typedef enum {
  GUISE_STYLE_ERROR_NAME, /* it cannot be a name, or another style has it */
  GUISE_STYLE_ERROR_NONE, /* there is no such style */
} GuiseStyleError;

/* Whether a style can be called so: a line of text that is neither a number nor "all", ends in no
 * ".json" and has no comma, so that guise_styles_choose() can tell what is meant. */
gboolean guise_style_name_check (const char *name, GError **error);
/* Calls the style named `from` another way. */
gboolean guise_styles_rename (GuiseStyles *styles, const char *from, const char *to,
                              GError **error);
/* Styles that have more than half of their captions in common with one of before, and the other way
 * round, take its name; the others get numbers that before does not have. Captions that only one of
 * both knows do not count. */
void guise_styles_inherit_names (GuiseStyles *styles, const GuiseStyles *before);

/* wanted: "all", a number N (the N largest; more than there are means all) or names with commas
 * between them. NULL-terminated, the largest first, to be freed; NULL with an error. */
char **guise_styles_choose (const GuiseStyles *styles, const char *wanted, GError **error);

/* Exemplars that somebody wrote down: {"name": [texts]}, as guise_styles_pack_exemplars() makes
 * them. Errors: GUISE_FORMATS_ERROR, or the file's own. */
json_t *guise_style_exemplars_load (const char *path, GError **error);

G_END_DECLS
