/* What is said beside a prompt while it is edited. Texts are plain, and to be freed. Main thread
 * only.
 */
#pragma once

#include "guise-prompt.h"

G_BEGIN_DECLS

/* What the parser says of the prompt of that name, "" where error is NULL; *line: which line it is
 * about, from 1; 0 = the whole. */
char *guise_prompt_notes_explain (const GError *error, const char *name, guint *line);
/* A line each; "" where there are none, or prompt is NULL. */
char *guise_prompt_notes_create_warnings (const GuisePrompt *prompt);
/* What a model would be asked; prompt NULL: that it cannot be said yet. exemplars: of a style, NULL
 * = invented ones. */
char *guise_prompt_notes_create_preview (const GuisePrompt *prompt, const char *const *exemplars,
                                         gboolean in_style, gboolean after_refusal);

G_END_DECLS
