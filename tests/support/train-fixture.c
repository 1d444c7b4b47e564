#include "train-fixture.h"

#include <string.h>

#include "guise-demo.h"
#include "guise-jsonl.h"
#include "guise-safetensors.h"
#include "guise-store-training.h"
#include "temp-folder.h"

void
train_fixture_init (TrainFixture *fixture)
{
  const GuiseTrainingQuery query = { 0 };
  g_autofree char *people = NULL, *folder = NULL;
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;

  fixture->folder = temp_folder_new ("train");
  people = g_build_filename (fixture->folder, "people", NULL);
  folder = g_build_filename (fixture->folder, "project", NULL);
  guise_demo_write (people, 24, 0, 0, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  import = guise_import_read (people, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->project = guise_project_create (folder, &error);
  g_assert_no_error (error);
  guise_project_import (fixture->project, import, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->data = guise_store_read_training_data (guise_project_get_store (fixture->project),
                                                  &query, NULL, &error);
  g_assert_no_error (error);
  fixture->runs = g_build_filename (folder, "runs", NULL);
}

void
train_fixture_clear (TrainFixture *fixture)
{
  guise_training_data_free (fixture->data);
  guise_project_close (fixture->project);
  g_clear_object (&fixture->project);
  temp_folder_free (fixture->folder);
  g_free (fixture->runs);
}

void
train_fixture_config (GuiseConfig *config, gsize steps)
{
  static const char *const settings[]
      = { "text.vocab_size=160", "text.max_tokens=16", "train.vision_blocks=-1",
          "train.train_text=true", "train.vision_lr=1", "train.text_lr=1",
          "train.persons=6", "train.warmup=4", "train.validate_every=8",
          "train.checkpoint_every=4", "train.micro_batch=0", "train.patience=0",
          "loss.ramp.start=6", "train.augment.crop=[2,1]" };
  g_autoptr (GError) error = NULL;

  guise_config_init_preset (config, "toy", &error);
  for (gsize i = 0; i < G_N_ELEMENTS (settings) && error == NULL; i++)
    guise_config_set (config, settings[i], &error);
  config->train.steps = steps;
  g_assert_no_error (error);
}

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
}

GuiseTrainerOptions
train_fixture_options (const TrainFixture *fixture, const char *name)
{
  return (GuiseTrainerOptions){
    .runs_folder = fixture->runs,
    .name = name,
    .data = fixture->data,
    .source = { guise_project_get_decoder (fixture->project), get_root, fixture->project },
    .n_threads = 1,
  };
}

/* ----------------------------------------------------------------- comparing */

gboolean
train_fixture_same_tensors (const char *a, const char *b)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) x = guise_safetensors_open (a, &error);
  g_autoptr (GuiseSafetensors) y = NULL;

  g_assert_no_error (error);
  y = guise_safetensors_open (b, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_safetensors_get_n_tensors (x), >, 0);
  if (guise_safetensors_get_n_tensors (x) != guise_safetensors_get_n_tensors (y))
    return FALSE;
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (x); i++) {
    const GuiseTensor *s = guise_safetensors_get (x, i), *t = guise_safetensors_get (y, i);

    if (strcmp (s->name, t->name) != 0 || s->n_bytes != t->n_bytes
        || memcmp (s->data, t->data, s->n_bytes) != 0) {
      g_test_message ("tensor '%s' differs", s->name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
train_fixture_same_checkpoint (const char *a, const char *b)
{
  static const char *const files[] = { "model.safetensors", "training.safetensors" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *x = g_build_filename (a, files[i], NULL);
    g_autofree char *y = g_build_filename (b, files[i], NULL);

    if (!train_fixture_same_tensors (x, y))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_line (json_t *object, guint64 line, gpointer user_data, GError **error)
{
  static const char *const changing[] = { "images_per_s", "wait_s", "seconds", "run", "path" };
  json_t *metrics = json_object_get (object, "metrics");
  char *text;

  for (gsize i = 0; i < G_N_ELEMENTS (changing); i++)
    json_object_del (object, changing[i]);
  if (json_is_object (metrics))
    json_object_del (metrics, "seconds");
  text = json_dumps (object, JSON_COMPACT);
  g_string_append (user_data, text);
  g_string_append_c (user_data, '\n');
  free (text);
  return TRUE;
}

char *
train_fixture_read_metrics (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "metrics.jsonl", NULL);
  GString *lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseJsonlReport) report
      = guise_jsonl_read (path, 1 << 20, add_line, lines, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (report->n_bad, ==, 0);
  return g_string_free (lines, FALSE);
}

/* The figures of the last step event. */
static json_t *
read_last_losses (const char *folder)
{
  g_autofree char *metrics = train_fixture_read_metrics (folder);
  const char *last = g_strrstr (metrics, "{\"event\":\"step\"");
  json_auto_t *event = json_loads (last, JSON_DISABLE_EOF_CHECK, NULL);

  return json_incref (json_object_get (event, "loss"));
}

void
train_fixture_assert_near (const char *folder, const char *expected, double tolerance)
{
  json_auto_t *losses = read_last_losses (folder), *wanted = read_last_losses (expected);
  const char *term;
  json_t *value;

  g_assert_cmpuint (json_object_size (wanted), >, 0);
  json_object_foreach (wanted, term, value)
  {
    double number = json_number_value (value);

    g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (losses, term)), number,
                                    tolerance * (1 + ABS (number)));
  }
}
