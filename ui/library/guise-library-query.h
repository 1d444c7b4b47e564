/* From what stands in the library's filter bar to one expression of the filter language. Pure; any
 * thread. */
#pragma once

#include "guise-filter.h"

G_BEGIN_DECLS

/* text: what was typed, in the filter language or as plain words, which then are looked for in the
 * captions (each of them must occur). split: "train" …, NULL = all. The parsed filter (NULL with
 * GUISE_STORE_ERROR_FILTER when text is neither); *expression, to be freed, gets the whole
 * expression as text unless it is NULL. */
GuiseFilter *guise_library_query (const char *text, const char *split, char **expression,
                                  GError **error);

G_END_DECLS
