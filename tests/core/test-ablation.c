/* The tables of ablations: what each row changes, and what it leaves alone. */
#include "guise-ablation.h"

#include <string.h>

static GuiseConfig
preset (const char *name)
{
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, name, NULL));
  return config;
}

static const GuiseVariant *
find (const GPtrArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (((GuiseVariant *)list->pdata[i])->name, name) == 0)
      return list->pdata[i];
  g_error ("no row '%s'", name);
}

/* Names of the rows, with blanks between. */
static char *
list_names (const GPtrArray *list)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            ((GuiseVariant *)list->pdata[i])->name);
  return g_string_free (names, FALSE);
}

static void
assert_names (guint table, const GuiseConfig *full, const char *expected)
{
  g_autoptr (GPtrArray) list = guise_ablation_list (table, full);
  g_autofree char *names = list_names (list);

  g_assert_cmpstr (names, ==, expected);
}

/* "path: old → new" of what differs, all in one line. */
static void
describe_difference (json_t *a, json_t *b, const char *prefix, GString *out)
{
  const char *key;
  json_t *value;

  json_object_foreach (a, key, value)
  {
    json_t *other = json_object_get (b, key);
    g_autofree char *path = *prefix != '\0' ? g_strconcat (prefix, ".", key, NULL) : g_strdup (key);

    if (json_is_object (value)) {
      describe_difference (value, other, path, out);
    } else if (!json_equal (value, other)) {
      g_autofree char *now = json_dumps (other, JSON_ENCODE_ANY | JSON_COMPACT);

      g_string_append_printf (out, "%s%s=%s", out->len > 0 ? " " : "", path, now);
    }
  }
}

static void
assert_changes (const GPtrArray *list, const char *name, const char *expected)
{
  json_auto_t *full = guise_config_to_json (&find (list, GUISE_VARIANT_FULL)->config),
              *other = guise_config_to_json (&find (list, name)->config);
  g_autoptr (GString) got = g_string_new (NULL);

  describe_difference (full, other, "", got);
  g_assert_cmpstr (got->str, ==, expected);
}

static void
test_rows (void)
{
  GuiseConfig tiny = preset ("tiny"), paper = preset ("paper");

  assert_names (1, &tiny, "full no-bdam no-cross no-gate three-layers");
  assert_names (2, &tiny, "full no-fusion no-mamba no-modality-gate no-alignment transformer");
  assert_names (3, &tiny,
                "full no-info no-caption no-triplet no-decouple no-cloth no-match no-gate-penalty "
                "with-adv");
  assert_names (3, &paper,
                "full no-info no-triplet no-adv no-decouple no-gate-penalty with-caption "
                "with-cloth with-match");
  assert_names (4, &tiny,
                "styles-none styles-random styles-kmeans styles-gmm styles-agglomerative "
                "styles-hdbscan styles-dbscan");
  g_assert_null (guise_ablation_describe (0));
  g_assert_null (guise_ablation_describe (5));
}

/* One thing each, and nothing else. */
static void
test_changes (void)
{
  GuiseConfig tiny = preset ("tiny"), paper = preset ("paper");
  g_autoptr (GPtrArray) bdam = guise_ablation_list (1, &tiny),
                        fusion = guise_ablation_list (2, &tiny),
                        losses = guise_ablation_list (3, &tiny),
                        more = guise_ablation_list (3, &paper);

  assert_changes (bdam, "full", "");
  assert_changes (bdam, "no-bdam", "bdam.enabled=false");
  assert_changes (bdam, "no-cross", "bdam.cross_attention=false");
  assert_changes (bdam, "no-gate", "bdam.gate=false");
  assert_changes (bdam, "three-layers", "bdam.self_layers=3");
  assert_changes (fusion, "no-fusion", "fusion.enabled=false");
  assert_changes (fusion, "no-mamba", "fusion.backbone=\"none\"");
  assert_changes (fusion, "no-modality-gate", "fusion.gate=false");
  assert_changes (fusion, "no-alignment", "fusion.align=false");
  assert_changes (fusion, "transformer", "fusion.backbone=\"transformer\" fusion.layers=4");
  assert_changes (losses, "no-info",
                  "loss.terms=[\"caption\",\"triplet\",\"decouple\",\"cloth\",\"match\"] "
                  "gradnorm.tasks=[\"caption\",\"cloth\"]");
  assert_changes (losses, "no-triplet",
                  "loss.terms=[\"info\",\"caption\",\"decouple\",\"cloth\",\"match\"] "
                  "loss.ramp.terms=[\"decouple\",\"match\"]");
  assert_changes (losses, "no-gate-penalty", "loss.gate_weight=0.0");
  assert_changes (losses, "with-adv",
                  "loss.terms=[\"info\",\"caption\",\"triplet\",\"decouple\",\"cloth\",\"match\","
                  "\"adv\"] loss.ramp.terms=[\"triplet\",\"decouple\",\"match\",\"adv\"]");
  assert_changes (more, "with-cloth",
                  "loss.terms=[\"info\",\"triplet\",\"adv\",\"decouple\",\"cloth\"]");
}

/* All rows of all tables can be trained. */
static void
test_checked (void)
{
  for (guint table = 1; table <= 4; table++)
    for (gsize i = 0; guise_config_get_presets ()[i] != NULL; i++) {
      GuiseConfig full = preset (guise_config_get_presets ()[i]);
      g_autoptr (GPtrArray) list = guise_ablation_list (table, &full);

      for (guint v = 0; v < list->len; v++) {
        g_autoptr (GError) error = NULL;

        guise_config_check (&((GuiseVariant *)list->pdata[v])->config, &error);
        g_assert_no_error (error);
      }
    }
}

/* A preset of 7000 updates whose ramp is from 2000 to 3500. */
static void
test_scale (void)
{
  GuiseConfig config = preset ("tiny");

  guise_ablation_scale (&config, 700);
  g_assert_cmpuint (config.train.steps, ==, 700);
  g_assert_cmpuint (config.loss.ramp.start, ==, 200);
  g_assert_cmpuint (config.loss.ramp.length, ==, 150);
  g_assert_cmpuint (config.train.warmup, ==, preset ("tiny").train.warmup);
  config = preset ("tiny");
  guise_ablation_scale (&config, 14000);
  g_assert_cmpuint (config.train.steps, ==, 14000);
  g_assert_cmpuint (config.loss.ramp.start, ==, 2000);
}

/* A loss that never comes in: the row without it is the full model, and says so. */
static void
test_late (void)
{
  GuiseConfig config = preset ("tiny");
  g_autoptr (GPtrArray) losses = NULL, fusion = NULL;
  const GuiseVariant *decouple;

  config.train.steps = 2000; /* the last update is number 1999 */
  losses = guise_ablation_list (3, &config);
  fusion = guise_ablation_list (2, &config);
  assert_names (3, &config, "full no-info no-caption full full no-cloth full no-gate-penalty full");
  decouple = losses->pdata[4];
  g_assert_cmpstr (decouple->title, ==, "without decoupling");
  g_assert_cmpstr (decouple->note, ==,
                   "'decouple' takes no part: it comes in at step 2000, the training has 2000");
  g_assert_cmpstr (find (fusion, "no-mamba")->note, ==, "no loss trains the fusion");
  g_assert_false (find (fusion, "no-mamba")->reranks);
  config.train.steps = 2001;
  assert_names (3, &config,
                "full no-info no-caption no-triplet no-decouple no-cloth no-match no-gate-penalty "
                "with-adv");
}

/* What the full model lacks already cannot be taken out of it. */
static void
test_nothing_to_take (void)
{
  GuiseConfig config = preset ("tiny");
  g_autoptr (GPtrArray) list = NULL;

  config.bdam.gate = FALSE;
  config.bdam.self_layers = 3;
  list = guise_ablation_list (1, &config);
  assert_names (1, &config, "full no-bdam no-cross full full");
  g_assert_cmpstr (((GuiseVariant *)list->pdata[3])->note, ==, "the full model is so already");
}

static void
test_reranks (void)
{
  GuiseConfig config = preset ("tiny");
  g_autoptr (GPtrArray) first = guise_ablation_list (1, &config),
                        second = guise_ablation_list (2, &config);

  g_assert_true (find (first, "full")->reranks);
  g_assert_true (find (second, "full")->reranks);
  g_assert_true (find (second, "transformer")->reranks);
  g_assert_false (find (second, "no-fusion")->reranks);
  g_assert_false (find (first, "no-bdam")->reranks);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ablation/rows", test_rows);
  g_test_add_func ("/ablation/changes", test_changes);
  g_test_add_func ("/ablation/checked", test_checked);
  g_test_add_func ("/ablation/scale", test_scale);
  g_test_add_func ("/ablation/late", test_late);
  g_test_add_func ("/ablation/nothing-to-take", test_nothing_to_take);
  g_test_add_func ("/ablation/reranks", test_reranks);
  return g_test_run ();
}
