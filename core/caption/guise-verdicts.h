/* What the checks said of a description, as JSON: {"leak": {"level": "warn", "sentence": …,
 * "start": 3, "length": 4}, "words": {"level": "ok"}, …}. That is how it is stored beside a
 * caption. */
#pragma once

#include "guise-caption-checks.h"

#include <jansson.h>

/* verdicts: of guise_caption_check(). */
json_t *guise_verdicts_to_json (const GArray *verdicts);
/* The sentence of the worst verdict, NULL where all are ok. Borrowed. */
const char *guise_verdicts_get_worst (const GArray *verdicts);
