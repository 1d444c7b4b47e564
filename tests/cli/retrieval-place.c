#include "retrieval-place.h"

#include "guise-project.h"
#include "guise-store-training.h"
#include "guise-wordpiece-train.h"
#include "run-ctl.h"
#include "temp-folder.h"

/* Small, but with every part that matters: two towers, two branches, the fusion. */
static const char small[] = "{\"vision\": {\"hidden_size\": 32, \"layers\": 1, \"mlp_size\": 48},"
                            " \"text\": {\"hidden_size\": 32, \"layers\": 1, \"mlp_size\": 48},"
                            " \"fusion\": {\"size\": 24}}";

int
place_run (Place *place, const char *const *arguments)
{
  const char *const before[] = { "--project", place->project, NULL };

  return ctl_run (before, arguments, &place->out, &place->errors);
}

json_t *
place_ask (Place *place, const char *const *arguments)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  int status;

  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (all, (char *)*arguments);
  g_ptr_array_add (all, "--json");
  g_ptr_array_add (all, NULL);
  status = place_run (place, (const char *const *)all->pdata);
  if (status != 0)
    g_error ("exit status %d: %s", status, place->errors);
  return ctl_read_last (place->out);
}

double
get_number (json_t *object, const char *key)
{
  json_t *value = json_object_get (object, key);

  if (!json_is_number (value))
    g_error ("'%s' is missing or no number", key);
  return json_number_value (value);
}

static void
write_vocabulary (const Place *place, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (place->project, GUISE_PROJECT_READ_ONLY, &error);
  const GuiseTrainingQuery all = { 0 };
  g_autoptr (GuiseTrainingData) data = NULL;
  g_autoptr (GPtrArray) tokens = NULL;

  g_assert_no_error (error);
  data = guise_store_read_training_data (guise_project_get_store (project), &all, NULL, &error);
  g_assert_no_error (error);
  tokens = guise_wordpiece_train (data->texts, data->n_captions, 300, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (guise_wordpiece_save (path, tokens, &error));
}

char *
place_make_checkpoint (const Place *place, const char *name, guint64 seed, const char *step,
                       const char *vocab)
{
  char *folder = g_build_filename (place->folder, name, NULL);
  g_autofree char *weights = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *vocabulary = g_build_filename (folder, "vocab.txt", NULL);
  const char *metadata[] = { "lambda", "0.35", "step", step, NULL };
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "tiny", &error));
  g_assert_true (guise_config_set (&config, small, &error));
  g_assert_true (guise_config_check (&config, &error));
  model = guise_model_new (&config);
  guise_model_init (model, seed);
  g_assert_true (guise_model_save (model, folder, &error));
  if (*step == '\0')
    metadata[2] = NULL;
  g_assert_true (
      guise_model_save_values (model, weights, GUISE_STORE_FULL, metadata, &error));
  if (vocab != NULL)
    g_assert_true (g_file_set_contents (vocabulary, vocab, -1, &error));
  else
    write_vocabulary (place, vocabulary);
  return folder;
}

void
place_init (Place *place)
{
  place->folder = temp_folder_new ("retrieval");
  place->project = g_build_filename (place->folder, "project", NULL);
  g_assert_cmpint (RUN (place, "demo", place->project, "--persons", "24", "--quiet"), ==, 0);
  place->checkpoint = place_make_checkpoint (place, "fresh", 7, "", NULL);
  g_assert_cmpint (RUN (place, "runs", "add", place->checkpoint, "--name", "r"), ==, 0);
}

void
place_clear (Place *place)
{
  temp_folder_free (place->folder);
  g_free (place->project);
  g_free (place->checkpoint);
  g_free (place->out);
  g_free (place->errors);
  *place = (Place){ 0 };
}
