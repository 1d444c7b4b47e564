/* The part of JSON Schema that answers are asked in: type (one or several), properties, required,
 * additionalProperties (false only), items, enum. That is also what servers agree on. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* Whether value fits schema; *why then says what does not, "'upper.colour' is missing". */
gboolean guise_json_schema_check (const json_t *schema, const json_t *value, char **why);
