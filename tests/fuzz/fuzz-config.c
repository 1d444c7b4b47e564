/* config.json: what passes its checks is written and read again as the same configuration. */
#include "fuzz.h"

#include "guise-config.h"
#include "guise-json.h"

static void
read_again (const GuiseConfig *config)
{
  g_autofree char *path = g_build_filename (fuzz_folder (), "config.json", NULL);
  json_auto_t *before = guise_config_to_json (config), *after = NULL;
  GuiseConfig again;
  GError *error = NULL;

  g_assert_true (guise_config_save (config, path, &error));
  g_assert_true (guise_config_load (&again, path, &error));
  g_assert_no_error (error);
  after = guise_config_to_json (&again);
  g_assert_true (json_equal (before, after));
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GuiseConfig config;
  GuiseTermList terms;
  GError *error = NULL;
  gboolean good = guise_config_load (&config, fuzz_file (data, size), &error);

  fuzz_judge (good, error);
  if (!good)
    return;
  g_assert_cmpuint (guise_config_get_n_patches (&config), >, 0);
  guise_config_get_active_terms (&config, &terms);
  g_assert_cmpuint (terms.n, <=, GUISE_N_TERMS);
  read_again (&config);
}
