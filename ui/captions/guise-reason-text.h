/* What the core says of a failure, as people read it: in their language, plain text. To be freed.
 * Main thread only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* To be put into a sentence: "the answer is empty". */
char *guise_reason_dup_text (const char *reason);
/* To stand alone: "The answer is empty". */
char *guise_reason_dup_sentence (const char *reason);
/* What is wrong with a filter, NULL where nothing is. */
char *guise_filter_dup_problem (const char *filter);

G_END_DECLS
