/* GuisePromptStatistics: what each version of a prompt brought in a project, the version that is
 * shown first. Read on a worker. Main thread only. */
#pragma once

#include "guise-project.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_PROMPT_STATISTICS (guise_prompt_statistics_get_type ())
G_DECLARE_FINAL_TYPE (GuisePromptStatistics, guise_prompt_statistics, GUISE, PROMPT_STATISTICS,
                      AdwPreferencesGroup)

GtkWidget *guise_prompt_statistics_new (void);
/* Reads anew; NULL = no project. */
void guise_prompt_statistics_set_project (GuisePromptStatistics *self, GuiseProject *project);
/* The version that is being looked at; NULL = none. */
void guise_prompt_statistics_set_version (GuisePromptStatistics *self, const char *hash);
/* A job may have gone on. */
void guise_prompt_statistics_reload (GuisePromptStatistics *self);

G_END_DECLS
