/* A model's folder from elsewhere: weights and configuration that do not belong together, and what
 * they ask for. Rows S16, S17 and S19 of docs/ROBUSTNESS.md. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-json.h"
#include "guise-model.h"

typedef struct {
  char *folder, *config, *weights;
  GuiseModel *model; /* what lies in the folder */
} Place;

static void
save (Place *place, const char *version)
{
  const char *const metadata[] = { "version", version, NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_config_save (&place->model->config, place->config, &error));
  g_assert_true (guise_model_save_values (place->model, place->weights, GUISE_STORE_FULL, metadata,
                                          &error));
  g_assert_no_error (error);
}

static void
set_up (Place *place, gconstpointer data)
{
  GuiseConfig config;

  place->folder = g_dir_make_tmp ("guise-model-XXXXXX", NULL);
  place->config = g_build_filename (place->folder, "config.json", NULL);
  place->weights = g_build_filename (place->folder, "model.safetensors", NULL);
  g_assert_true (guise_config_init_preset (&config, "tiny", NULL));
  place->model = guise_model_new (&config);
  guise_model_init (place->model, 1);
  save (place, "9.8.7");
}

static void
tear_down (Place *place, gconstpointer data)
{
  guise_model_free (place->model);
  g_unlink (place->config);
  g_unlink (place->weights);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->folder);
  g_free (place->config);
  g_free (place->weights);
}

static void
refuse (Place *place, const char *const *why)
{
  g_autoptr (GError) error = NULL;
  GuiseModel *model = guise_model_load (place->folder, &error);

  g_assert_null (model);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, place->folder));
  for (; *why != NULL; why++)
    if (strstr (error->message, *why) == NULL)
      g_error ("'%s' does not say '%s'", error->message, *why);
}

#define REFUSE(place, ...) refuse (place, (const char *const[]){ __VA_ARGS__, NULL })

/* A change of config.json, "section.key=value". */
static void
reconfigure (Place *place, const char *assignment)
{
  GuiseConfig config = place->model->config;

  g_assert_true (guise_config_set (&config, assignment, NULL));
  g_assert_true (guise_config_save (&config, place->config, NULL));
}

static void
test_not_finite (Place *place, gconstpointer data)
{
  const GArray *specs = place->model->params->specs;
  const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, specs->len - 1);
  g_autofree char *where = g_strdup_printf ("tensor '%s': element 0 is not finite", spec->name);
  const float odd[] = { NAN, INFINITY, -INFINITY };

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++) {
    place->model->values[spec->offset] = odd[i];
    save (place, GUISE_VERSION);
    REFUSE (place, where);
  }
}

/* Missing, unexpected and of another shape, all in one message. */
static void
test_differences (Place *place, gconstpointer data)
{
  g_autoptr (GuiseModel) before = NULL;
  float first;

  reconfigure (place, "{\"fusion\": {\"out_size\": 24}, \"bdam\": {\"enabled\": false}}");
  REFUSE (place, "does not fit its configuration", "of another shape:", " instead of [24",
          "; unexpected:");
  before = guise_model_new (&place->model->config);
  first = before->values[0];
  place->model->config.text.layers++;
  g_assert_true (guise_config_save (&place->model->config, place->config, NULL));
  REFUSE (place, "; missing:");
  g_assert_cmpfloat (before->values[0], ==, first);
}

/* More memory than any machine has: nothing is allocated for it. */
static void
test_huge (Place *place, gconstpointer data)
{
  reconfigure (place, "{\"vision\": {\"hidden_size\": 16384, \"heads\": 1, \"layers\": 256, "
                      "\"mlp_size\": 65536}, \"text\": {\"hidden_size\": 16384, \"heads\": 1, "
                      "\"layers\": 256, \"mlp_size\": 65536}}");
  REFUSE (place, "does not fit its configuration", " more");
}

static void
test_newer (Place *place, gconstpointer data)
{
  json_auto_t *object = guise_config_to_json (&place->model->config);
  g_autoptr (GError) error = NULL;

  json_object_set_new (object, "wings", json_true ());
  g_assert_true (guise_json_save (place->config, object, NULL));
  REFUSE (place, "unknown key 'wings'", "written by Guise 9.8.7, this is Guise " GUISE_VERSION);
  save (place, GUISE_VERSION);
  g_assert_true (guise_json_save (place->config, object, NULL));
  g_assert_null (guise_model_load (place->folder, &error));
  g_assert_true (g_str_has_suffix (error->message, "unknown key 'wings'")); /* no excuse */
}

/* What a version hashed or compared before keys came is the same after them. */
static void
test_stable (void)
{
  static const char *const keys[] = { "recompute", "precision" };
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "tiny", NULL));
  for (int changed = 0; changed <= 1; changed++) {
    json_auto_t *all = NULL, *stable = NULL;
    json_t *train;

    config.train.recompute = changed;
    config.train.precision = changed;
    all = guise_config_to_json (&config);
    stable = guise_config_to_stable_json (&config);
    train = json_object_get (stable, "train");
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
      g_assert_cmpint (json_object_get (train, keys[i]) != NULL, ==, changed);
      json_object_set (train, keys[i], json_object_get (json_object_get (all, "train"), keys[i]));
    }
    g_assert_true (json_equal (all, stable));
  }
}

#define ADD(path, function) g_test_add (path, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/model-files/s16-not-finite", test_not_finite);
  ADD ("/model-files/s17-differences", test_differences);
  ADD ("/model-files/s17-huge-configuration", test_huge);
  ADD ("/model-files/s19-newer-version", test_newer);
  g_test_add_func ("/model-files/stable-configuration", test_stable);
  return g_test_run ();
}
