/* guisectl model: init, step, train and info, the plumbing for parity checks and scripts; export,
 * a checkpoint to give away. */
#include "cli-commands.h"

#include <stdio.h>
#include <string.h>

#include "encode-pretrained.h"
#include "guise-atomic-file.h"
#include "guise-checkpoint.h"
#include "guise-folder.h"
#include "guise-model.h"
#include "guise-plumbing.h"
#include "guise-pretrained-start.h"
#include "guise-run-folder.h"
#include "info-pretrained.h"
#include "nn-gemm.h"

/* The pretrained vocabulary beside the weights, where there is one. */
static gboolean
save_vocabulary (const GuisePretrainedStart *start, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *text = NULL;
  gsize size;

  if (start->text == NULL)
    return TRUE;
  text = guise_pretrained_start_read_vocabulary (start, &size, error);
  return text != NULL && guise_atomic_write (path, text, size, error);
}

static gboolean
save_files (const GuisePretrainedStart *start, const GuiseModel *model, const char *folder,
            GError **error)
{
  return guise_model_save (model, folder, error) && save_vocabulary (start, folder, error);
}

/* A new folder appears whole or not at all. In one that is there, with whatever else is in it, the
 * files are replaced one by one. */
static gboolean
save_checkpoint (const GuisePretrainedStart *start, const GuiseModel *model, const char *folder,
                 GError **error)
{
  g_autofree char *parent = g_path_get_dirname (folder), *made = NULL;
  gboolean saved;

  if (g_file_test (folder, G_FILE_TEST_EXISTS))
    return save_files (start, model, folder, error);
  if (!guise_folder_make (parent, error)
      || (made = guise_folder_make_beside (folder, error)) == NULL)
    return FALSE;
  saved = save_files (start, model, made, error) && guise_folder_sync (made, error)
          && guise_folder_put (made, folder, TRUE, error);
  if (!saved)
    guise_folder_remove (made, NULL);
  return saved;
}

/* What was asked for is all in config; nothing is written before the values are there. */
static GuiseModel *
make_model (const GuiseConfig *config, const GuisePretrainedStart *start, guint64 seed,
            GError **error)
{
  g_autoptr (GuiseModel) model = NULL;

  if (!guise_config_check (config, error) || !guise_pretrained_start_check (start, config, error)
      || !guise_model_check_memory (config, error))
    return NULL;
  model = guise_model_new (config);
  return guise_pretrained_start_init (start, model, seed, error) ? g_steal_pointer (&model) : NULL;
}

static int
model_init (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *preset = NULL, *vision = NULL, *text = NULL;
  g_auto (GStrv) settings = NULL;
  gint64 seed = 0;
  const GOptionEntry entries[] = { { "preset", 0, 0, G_OPTION_ARG_STRING, &preset,
                                     "Start from this preset (default: toy)", "NAME" },
                                   { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings,
                                     "JSON merged into the configuration, or key=value", "JSON" },
                                   { "seed", 0, 0, G_OPTION_ARG_INT64, &seed,
                                     "Seed of the starting values (default: 0)", "N" },
                                   { "vision", 0, 0, G_OPTION_ARG_FILENAME, &vision,
                                     "Take the image encoder from this ViT folder", "DIR" },
                                   { "text", 0, 0, G_OPTION_ARG_FILENAME, &text,
                                     "Take text encoder and vocabulary from this BERT folder",
                                     "DIR" },
                                   G_OPTION_ENTRY_NULL };
  g_auto (GuisePretrainedStart) start = { 0 };
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  if (!cli_parse (global, entries, "DIR",
                  "Makes a checkpoint with fresh values; one that is in the folder already is "
                  "replaced.",
                  "guisectl model init --preset tiny --seed 1 fresh", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!guise_config_init_preset (&config, preset != NULL ? preset : "toy", &error))
    return cli_usage ("model init: %s", error->message);
  if (!guise_pretrained_start_open (&start, vision, text, &error))
    return cli_fail (global, error);
  guise_pretrained_start_configure (&start, &config);
  for (gsize i = 0; settings != NULL && settings[i] != NULL; i++)
    if (!guise_config_set (&config, settings[i], &error))
      return cli_usage ("model init: %s", error->message);
  model = make_model (&config, &start, (guint64)seed, &error);
  if (model == NULL || !save_checkpoint (&start, model, argv[1], &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:o, s:I}", "checkpoint", guise_json_pack_text (argv[1]),
                               "parameters", (json_int_t)model->params->n));
  return CLI_DONE;
}

/* step and train share their arguments. */
static int
model_bench (CliGlobal *global, int argc, char **argv, gboolean train)
{
  g_autofree char *precision = NULL;
  gint64 n_steps = 5;
  const GOptionEntry entries[] = { { "precision", 0, 0, G_OPTION_ARG_STRING, &precision,
                                     "float (default) or double", "KIND" },
                                   { "steps", 0, train ? 0 : G_OPTION_FLAG_HIDDEN,
                                     G_OPTION_ARG_INT64, &n_steps, "Updates (default: 5)", "N" },
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  gboolean in_double;
  json_t *summary;

  if (!cli_parse (
          global, entries, "DIR BATCH.safetensors OUT.safetensors",
          train ? "Trains on one batch at a constant rate and writes history and parameters."
                : "Writes losses, features and gradients of one batch.",
          train ? "guisectl model train fresh batch.safetensors out.safetensors --steps 12"
                : "guisectl model step fresh batch.safetensors out.safetensors --precision double",
          3, 3, &argc, &argv))
    return CLI_USAGE;
  in_double = precision != NULL && strcmp (precision, "double") == 0;
  if (precision != NULL && !in_double && strcmp (precision, "float") != 0)
    return cli_usage ("%s: unknown precision: '%s'", global->command, precision);
  if (n_steps < 1 || n_steps > 1000000)
    return cli_usage ("%s: --steps must lie between 1 and 1000000", global->command);
  if (!cli_check_output (argv[3], &error))
    return cli_fail (global, error);
  nn_gemm_init ();
  if (train)
    summary = (in_double ? guise_plumbing_train_double
                         : guise_plumbing_train) (argv[1], argv[2], argv[3], n_steps, &error);
  else
    summary = (in_double ? guise_plumbing_step_double : guise_plumbing_step) (argv[1], argv[2],
                                                                              argv[3], &error);
  if (summary == NULL)
    return cli_fail (global, error);
  cli_put_result (global, summary);
  return CLI_DONE;
}

static void
print_info (const GuiseModel *model)
{
  static const char *const groups[]
      = { "vision embeddings", "vision blocks", "vision norm", "text", "heads" };
  gsize n[G_N_ELEMENTS (groups)] = { 0 }, trained = 0;

  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    n[spec->group] += spec->n;
    trained += spec->frozen ? 0 : spec->n;
  }
  printf ("parameters       %zu\n", model->params->n);
  printf ("trained by train %zu\n", trained);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    printf ("%-16s %zu\n", groups[i], n[i]);
}

static int
model_info (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, NULL, "DIR",
                  "Shows what a checkpoint holds, or a folder of Hugging Face's transformers.",
                  "guisectl model info fresh", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (encode_is_pretrained (argv[1]))
    return info_pretrained (global, argv[1], &error) ? CLI_DONE : cli_fail (global, error);
  model = guise_model_load (argv[1], &error);
  if (model == NULL)
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:I, s:i, s:o}", "parameters", (json_int_t)model->params->n,
                               "tensors", (int)model->params->specs->len, "config",
                               guise_config_to_json (&model->config)));
  else
    print_info (model);
  return CLI_DONE;
}

/* A checkpoint folder as it is, else a run of the project by its name. */
static char *
find_checkpoint (CliGlobal *global, const char *what, GError **error)
{
  g_autofree char *file = g_build_filename (what, "model.safetensors", NULL);
  g_autofree char *run = g_build_filename (global->project, "runs", what, NULL);

  if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
    return g_strdup (what);
  if (guise_run_check_name (what, NULL) && g_file_test (run, G_FILE_TEST_IS_DIR))
    return guise_run_find_model (run, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "neither a checkpoint's folder nor a run of this project: '%s'", what);
  return NULL;
}

static int
model_export (CliGlobal *global, int argc, char **argv)
{
  gboolean half = FALSE;
  const GOptionEntry entries[]
      = { { "half", 0, 0, G_OPTION_ARG_NONE, &half, "Store the weights as F16", NULL },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;

  if (!cli_parse (global, entries, "RUN|DIR OUT",
                  "Writes a new folder with what is needed to search with a run: configuration, "
                  "weights, vocabulary.",
                  "guisectl model export tiny-1 ~/tiny --half", 2, 2, &argc, &argv))
    return CLI_USAGE;
  folder = find_checkpoint (global, argv[1], &error);
  if (folder == NULL
      || !guise_checkpoint_export (folder, argv[2], half ? GUISE_STORE_HALF : GUISE_STORE_FULL,
                                   NULL, &error))
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (json_pack ("{s:o, s:o}", "checkpoint", guise_json_pack_text (argv[2]), "from",
                               guise_json_pack_text (folder)));
  return CLI_DONE;
}

int
cmd_model (CliGlobal *global, int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";

  if (*what != '-' && *what != '\0')
    cli_enter (global, what);
  if (strcmp (what, "init") == 0)
    return model_init (global, argc - 1, argv + 1);
  if (strcmp (what, "step") == 0)
    return model_bench (global, argc - 1, argv + 1, FALSE);
  if (strcmp (what, "train") == 0)
    return model_bench (global, argc - 1, argv + 1, TRUE);
  if (strcmp (what, "info") == 0)
    return model_info (global, argc - 1, argv + 1);
  if (strcmp (what, "export") == 0)
    return model_export (global, argc - 1, argv + 1);
  if (strcmp (what, "--help") == 0) {
    printf ("Usage: guisectl model init|step|train|info|export …\n\n"
            "`guisectl model init --help` and so on explain each.\n");
    return CLI_DONE;
  }
  return cli_usage ("model: expected init, step, train, info or export");
}
