/* The filter language of the library, the review queue and `guisectl list`.
 *
 *   expression = term { OR term }        term = factor { [AND] factor }
 *   factor = NOT factor | ( expression ) | field operator value
 *   field = split camera person outfit state source style kind text path dataset
 *   operator: = (or :)  equal   != not equal   ~ contains (ASCII letters of any case)   !~
 *   value = word or "quoted, with \" and \\"; "" stands for none
 *
 * NOT binds tightest, then AND, then OR; the words may be written in lower case. split, state,
 * source and kind know their values. A parsed filter is constant and may be shared by threads. */
#pragma once

#include "guise-filter-mistake.h"

#include <glib.h>

typedef struct _GuiseFilter GuiseFilter;

/* The parsed filter; NULL with GUISE_STORE_ERROR_FILTER, which says where, what is wrong and what
 * to write instead. An empty text gives a filter that matches everything. */
GuiseFilter *guise_filter_parse (const char *text, GError **error);
/* The same; where it returns NULL the mistake is set, which is to be cleared. */
GuiseFilter *guise_filter_parse_full (const char *text, GuiseFilterMistake *mistake);
void guise_filter_free (GuiseFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseFilter, guise_filter_free)

/* Quotes a value where it needs it, so that `field = ` + the result reads back as value. */
char *guise_filter_quote (const char *value);
