/* GuiseCaptionsPage: descriptions of all pictures, made of their captions or asked of a model, and
 * the jobs that ask. */
#pragma once

#include "guise-page.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTIONS_PAGE (guise_captions_page_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionsPage, guise_captions_page, GUISE, CAPTIONS_PAGE, GuisePage)

/* "describe", "jobs" … */
void guise_captions_page_show_pane (GuiseCaptionsPage *self, const char *name);

G_END_DECLS
