/* Where pictures of the project may go without a question, and how that is taken back. Hidden where
 * there is no such host. Main thread only. */
#pragma once

#include "guise-project.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_CONSENT_GROUP (guise_consent_group_get_type ())
G_DECLARE_FINAL_TYPE (GuiseConsentGroup, guise_consent_group, GUISE, CONSENT_GROUP,
                      AdwPreferencesGroup)

GtkWidget *guise_consent_group_new (void);
/* NULL = none. */
void guise_consent_group_set_project (GuiseConsentGroup *self, GuiseProject *project);

G_END_DECLS
