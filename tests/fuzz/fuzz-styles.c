/* styles.json, and files of exemplars: whatever is read can be written, read again as the same, and
 * its names choose exactly their styles. */
#include "fuzz.h"

#include "guise-json.h"
#include "guise-style-names.h"

#include <string.h>

static void
check_chosen (const GuiseStyles *styles)
{
  for (size_t s = 0; s < styles->n_styles; s++) {
    g_auto (GStrv) names = guise_styles_choose (styles, styles->styles[s].name, NULL);

    g_assert_cmpuint (g_strv_length (names), ==, 1);
    g_assert_cmpstr (names[0], ==, styles->styles[s].name);
    g_assert_cmpuint (styles->styles[s].n_found, <=, styles->styles[s].size);
  }
}

static void
check_styles (const GuiseStyles *styles)
{
  json_auto_t *written = guise_styles_to_json (styles, TRUE), *again = NULL;
  g_autoptr (GuiseStyles) read = guise_styles_from_json (written, "again", NULL);

  g_assert_cmpuint (styles->n_styles, >, 0);
  g_assert_true (styles->n_curve == 0 || styles->knee < styles->n_curve);
  for (size_t i = 0; i < styles->n; i++)
    g_assert_cmpuint (styles->labels[i], <, styles->n_styles);
  g_assert_nonnull (read);
  again = guise_styles_to_json (read, TRUE);
  g_assert_true (json_equal (written, again));
  check_chosen (styles);
  guise_styles_inherit_names (read, styles);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  json_auto_t *object
      = guise_json_parse ((const char *)data, size, 1 << 20, "styles.json", &error);
  g_autoptr (GuiseStyles) styles = NULL;
  json_auto_t *exemplars = NULL;

  if (object == NULL) {
    fuzz_judge (FALSE, error);
    return;
  }
  styles = guise_styles_from_json (object, "styles.json", &error);
  if (styles != NULL)
    check_styles (styles);
  fuzz_judge (styles != NULL, error);
  error = NULL;
  exemplars = guise_style_exemplars_load (fuzz_file (data, size), &error);
  fuzz_judge (exemplars != NULL, error);
}
