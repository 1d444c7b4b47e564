/* From what stands in the library's filter bar to one expression of the filter language. Pure; any
 * thread. */
#pragma once

#include "guise-filter.h"

G_BEGIN_DECLS

/* text: what was typed, in the filter language or as plain words, which then are looked for in the
 * captions (each of them must occur). split: "train" …, NULL = all. The parsed filter; NULL
 * where text is neither, with the mistake, to be cleared. *expression, to be freed, gets the whole
 * expression as text unless it is NULL. */
GuiseFilter *guise_library_query (const char *text, const char *split, char **expression,
                                  GuiseFilterMistake *mistake);

/* What the page says then. applied: the text that the list is filtered by still, "" = none. */
char *guise_library_explain (const GuiseFilterMistake *mistake, const char *applied);

G_END_DECLS
