/* JSON from strangers: what parses is written and parsed again as the same value. */
#include "fuzz.h"

#include "guise-json.h"

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  const GuiseJsonLimits small
      = { .max_bytes = 1 << 16, .max_depth = 8, .max_string = 256, .max_nodes = 1000 };
  GError *error = NULL;
  json_auto_t *value = guise_json_parse ((const char *)data, size, 1 << 20, "fuzz", &error);
  json_auto_t *limited = NULL, *again = NULL;
  char *text;

  fuzz_judge (value != NULL, g_steal_pointer (&error));
  limited = guise_json_parse_limited ((const char *)data, size, &small, "fuzz", &error);
  fuzz_judge (limited != NULL, g_steal_pointer (&error));
  if (value == NULL) {
    g_assert_null (limited);
    return;
  }
  text = json_dumps (value, JSON_ENCODE_ANY | JSON_COMPACT);
  g_assert_nonnull (text);
  again = guise_json_parse (text, strlen (text), 8 << 20, "fuzz", &error);
  g_assert_no_error (error);
  g_assert_true (json_equal (value, again));
  free (text);
}
