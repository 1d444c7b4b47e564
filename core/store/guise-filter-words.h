/* What a filter says about captions as far as GuiseTexts has them: enough to look only at the
 * images of those that fit. For the files of this layer only. */
#pragma once

#include "guise-filter.h"
#include "guise-texts.h"

/* Of a caption of which only that is known. In the order of AND and OR, which are the lesser
 * and the greater. */
typedef enum {
  GUISE_FILTER_FALSE,
  GUISE_FILTER_UNKNOWN,
  GUISE_FILTER_TRUE,
} GuiseFilterTruth;

typedef struct {
  gboolean narrows;          /* not every caption can match */
  gboolean exact;            /* the filter asks nothing else */
  gboolean has_words;        /* it asks for words, at which the database is slow */
  GuiseFilterTruth of_empty; /* what an image without captions leads to */
} GuiseFilterWords;

GuiseFilterWords guise_filter_describe_words (const GuiseFilter *filter);
/* Within a question about texts, of a filter that narrows: a new set of the captions that may
 * match, and with `exact` do. */
GuiseTextSet guise_filter_match_words (const GuiseFilter *filter, GuiseTexts *texts);
