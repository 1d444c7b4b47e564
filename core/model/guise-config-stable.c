#include "guise-config.h"

#include "guise-json.h"

/* Keys that came after the first version, whose default changes nothing. */
static const char *const later_keys[][2] = {
  { "train", "recompute" },
  { "train", "precision" },
};

json_t *
guise_config_to_stable_json (const GuiseConfig *config)
{
  GuiseConfig fresh;
  json_auto_t *defaults = NULL;
  json_t *object = guise_config_to_json (config);

  guise_config_init_preset (&fresh, "recommended", NULL);
  defaults = guise_config_to_json (&fresh);
  for (gsize i = 0; i < G_N_ELEMENTS (later_keys); i++) {
    json_t *section = json_object_get (object, later_keys[i][0]);
    json_t *usual = json_object_get (json_object_get (defaults, later_keys[i][0]),
                                     later_keys[i][1]);

    if (json_equal (json_object_get (section, later_keys[i][1]), usual))
      json_object_del (section, later_keys[i][1]);
  }
  return object;
}
