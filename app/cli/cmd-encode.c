/* guisectl encode: features of images and texts as arrays. */
#include "cli-commands.h"

#include <string.h>

#include "guise-decoder.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-npy.h"
#include "guise-search-model.h"

enum { PORTION = 64, /* images at a time */
       MAX_CONFIG = 1 << 20 };

typedef struct {
  float *rows;
  size_t shape[3];
  int n_dims;
} Array;

static gboolean
load_portion (CliGlobal *global, GuiseDecoder *decoder, const GuiseSearchModel *model,
              char **paths, size_t n, float *planes, GError **error)
{
  size_t size = guise_search_model_get_plane_size (model);

  for (size_t i = 0; i < n; i++) {
    g_autoptr (GuiseImage) image
        = guise_decoder_decode (decoder, NULL, paths[i], NULL, global->cancellable, error);

    if (image == NULL)
      return FALSE;
    guise_search_model_prepare (model, image, planes + i * size);
  }
  return TRUE;
}

static gboolean
encode_images (CliGlobal *global, GuiseSearchModel *model, GuiseLayer layer, char **paths, size_t n,
               Array *array, GError **error)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autofree float *planes
      = g_new (float, MIN (n, PORTION) * guise_search_model_get_plane_size (model));
  size_t width = 0;

  for (size_t from = 0; from < n; from += PORTION) {
    size_t portion = MIN (PORTION, n - from);
    g_autofree float *rows = NULL;

    if (!load_portion (global, decoder, model, paths + from, portion, planes, error))
      return FALSE;
    rows = guise_search_model_encode_images (model, planes, portion, layer, array->shape,
                                             &array->n_dims);
    width = array->shape[1] * (array->n_dims == 3 ? array->shape[2] : 1);
    array->rows = g_renew (float, array->rows, (from + portion) * width);
    memcpy (array->rows + from * width, rows, portion * width * sizeof (float));
  }
  array->shape[0] = n;
  return TRUE;
}

/* Folders as Hugging Face writes them say what they are. */
static gboolean
check_folder (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  json_auto_t *config = guise_json_load (path, MAX_CONFIG, NULL);

  if (json_object_get (config, "model_type") == NULL
      && json_object_get (config, "architectures") == NULL)
    return TRUE; /* whatever else is wrong, the loader says it better */
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot encode with '%s': it is a Hugging Face folder, not a checkpoint of this "
               "program",
               folder);
  return FALSE;
}

static int
encode (CliGlobal *global, const char *checkpoint, const char *output, gboolean images,
        GuiseLayer layer, char **inputs, size_t n)
{
  g_autoptr (GuiseSearchModel) model = NULL;
  g_autoptr (GError) error = NULL;
  Array array = { 0 };
  gboolean done;

  cli_watch_signals (global);
  if (!cli_check_output (output, &error) || !check_folder (checkpoint, &error)
      || (model = guise_search_model_open (checkpoint, 0, &error)) == NULL)
    return cli_fail (global, error);
  if (images)
    done = encode_images (global, model, layer, inputs, n, &array, &error);
  else {
    array.rows = guise_search_model_encode_texts (model, (const char *const *)inputs, n, layer,
                                                  array.shape, &array.n_dims);
    done = TRUE;
  }
  done = done
         && guise_npy_write (output, GUISE_DTYPE_F32, array.n_dims, array.shape, array.rows,
                             &error);
  g_free (array.rows);
  if (!done)
    return cli_fail (global, error);
  if (global->json) {
    json_t *shape = json_array ();

    for (int i = 0; i < array.n_dims; i++)
      json_array_append_new (shape, json_integer ((json_int_t)array.shape[i]));
    cli_print_json (json_pack ("{s:o}", "shape", shape));
  }
  return CLI_DONE;
}

int
cmd_encode (CliGlobal *global, int argc, char **argv)
{
  static const char *const layers[] = { "tokens", "pooled", "embedding" };
  g_autofree char *checkpoint = NULL, *layer_name = NULL, *output = NULL;
  const GOptionEntry entries[]
      = { { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint,
            "Folder with config.json, model.safetensors and vocab.txt, or a run's", "DIR" },
          { "layer", 0, 0, G_OPTION_ARG_STRING, &layer_name,
            "tokens [N,L,D], pooled [N,D] or embedding (default) [N,2F]: v then c, or t then u",
            "NAME" },
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The array, float32", "X.npy" },
          G_OPTION_ENTRY_NULL };
  int layer = GUISE_LAYER_EMBEDDING;

  if (!cli_parse (global, entries, "image|text INPUT…",
                  "Writes the features of image files or of texts. Tokens of texts are padded with "
                  "zeros to the longest.",
                  "guisectl encode text --checkpoint runs/a/best -o x.npy \"a man in a red coat\"",
                  2, -1, &argc, &argv))
    return CLI_USAGE;
  if (strcmp (argv[1], "image") != 0 && strcmp (argv[1], "text") != 0)
    return cli_usage ("encode: expected image or text, not '%s'", argv[1]);
  if (checkpoint == NULL || output == NULL)
    return cli_usage ("encode: --checkpoint and -o are both needed");
  for (layer = 0; layer_name != NULL && layer < 3; layer++)
    if (strcmp (layers[layer], layer_name) == 0)
      break;
  if (layer_name == NULL)
    layer = GUISE_LAYER_EMBEDDING;
  if (layer > GUISE_LAYER_EMBEDDING)
    return cli_usage ("encode: --layer is none of tokens, pooled, embedding: '%s'", layer_name);
  return encode (global, checkpoint, output, strcmp (argv[1], "image") == 0, (GuiseLayer)layer,
                 argv + 2, (size_t)argc - 2);
}
