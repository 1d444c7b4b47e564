/* What a filter says about the words in texts alone: enough to look only at the images of captions
 * that have them. For the files of this layer only. */
#pragma once

#include "guise-filter.h"
#include "guise-texts.h"

/* Of a caption of which only the text is known. In the order of AND and OR, which are the lesser
 * and the greater. */
typedef enum {
  GUISE_FILTER_FALSE,
  GUISE_FILTER_UNKNOWN,
  GUISE_FILTER_TRUE,
} GuiseFilterTruth;

typedef struct {
  gboolean narrows;          /* not every text can match */
  gboolean exact;            /* the filter asks nothing but words in texts */
  GuiseFilterTruth of_empty; /* what an empty text leads to */
} GuiseFilterWords;

GuiseFilterWords guise_filter_describe_words (const GuiseFilter *filter);
/* Within a question about texts, of a filter that narrows: a new set of the captions that may
 * match, and with `exact` do. */
GuiseTextSet guise_filter_match_words (const GuiseFilter *filter, GuiseTexts *texts);
