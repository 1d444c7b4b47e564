/* What makes and judges descriptions of a project's images: the lexicon, and the captions that the
 * images and those beside them have. For the files of this layer only; one thread at a time. */
#pragma once

#include "guise-caption-checks.h"
#include "guise-project.h"
#include "guise-store-captions.h"

#include <jansson.h>

typedef struct _GuiseDescriber GuiseDescriber;

GuiseDescriber *guise_describer_new (GuiseProject *project, GError **error);
void guise_describer_free (GuiseDescriber *describer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseDescriber, guise_describer_free)

/* Both descriptions of an image, made of its free captions; NULL where they say nothing of that
 * side. FALSE only where the store cannot be read. */
gboolean guise_describer_split (GuiseDescriber *describer, gint64 image_id, char **identity,
                                char **clothing, GError **error);

/* Checks the texts (either may be NULL) against each other's side and against the descriptions of
 * the same person in the same clothes. *verdicts: {"identity": …, "clothing": …}. *why: a sentence
 * or NULL. */
GuiseDecision guise_describer_judge (GuiseDescriber *describer, gint64 image_id,
                                     const char *identity, const char *clothing,
                                     json_t **verdicts, char **why);
