/* What a caption job was begun with, and is to go on with: the parameters of captions.db. The job's
 * endpoint and limits, which stand there, are read by what guise-project-captions.h declares. */
#pragma once

#include "guise-project-captions.h"

G_BEGIN_DECLS

/* Those of a new job; free the text. */
char *guise_caption_parameters_create (const GuiseCaptionPlan *plan);
/* Those of a job, a new reference. */
json_t *guise_caption_parameters_read (const GuiseCaptionJob *job, GError **error);
/* As they are kept; free the text. NULL stays NULL. */
char *guise_caption_parameters_dump (json_t *parameters);

G_END_DECLS
