/* guisectl encode: features of images and texts as arrays. */
#include "cli-commands.h"
#include "encode-pretrained.h"

#include <math.h>
#include <string.h>

#include "guise-decoder.h"
#include "guise-formats-error.h"
#include "guise-npy.h"
#include "guise-search-model.h"

enum { PORTION = 64 }; /* images at a time */

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
               EncodedArray *array, GError **error)
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

/* With a checkpoint or a run of this program. */
static gboolean
encode_own (CliGlobal *global, const EncodeRequest *request, GuiseLayer layer, EncodedArray *array,
            GError **error)
{
  g_autoptr (GuiseSearchModel) model = guise_search_model_open (request->folder, 0, error);

  if (model == NULL)
    return FALSE;
  guise_search_model_choose_precision (model, request->precision);
  if (request->style) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                 "cannot encode styles with '%s': only CLIP's text model does", request->folder);
    return FALSE;
  }
  if (request->images)
    return encode_images (global, model, layer, request->inputs, request->n, array, error);
  array->rows = guise_search_model_encode_texts (model, (const char *const *)request->inputs,
                                                 request->n, layer, array->shape, &array->n_dims);
  return TRUE;
}

static void
print_shape (const EncodedArray *array)
{
  json_t *shape = json_array ();

  for (int i = 0; i < array->n_dims; i++)
    json_array_append_new (shape, json_integer ((json_int_t)array->shape[i]));
  cli_print_json (json_pack ("{s:o}", "shape", shape));
}

/* Weights that are numbers may make none. */
static gboolean
check_finite (const EncodeRequest *request, const EncodedArray *array, GError **error)
{
  gsize n = 1, width;

  for (int i = 0; i < array->n_dims; i++)
    n *= array->shape[i];
  width = n / MAX (array->shape[0], 1);
  for (gsize i = 0; i < n; i++)
    if (!isfinite (array->rows[i])) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                   "cannot encode with '%s': what it makes of input %zu is no finite number; see "
                   "to its weights",
                   request->folder, i / width + 1);
      return FALSE;
    }
  return TRUE;
}

static int
encode (CliGlobal *global, const EncodeRequest *request, gboolean pretrained, GuiseLayer layer,
        const char *output)
{
  g_autoptr (GError) error = NULL;
  EncodedArray array = { 0 };
  gboolean done;

  cli_watch_signals (global);
  done = cli_check_output (output, &error)
         && (pretrained ? encode_pretrained (global, request, &array, &error)
                        : encode_own (global, request, layer, &array, &error))
         && check_finite (request, &array, &error)
         && guise_npy_write (output, GUISE_DTYPE_F32, array.n_dims, array.shape, array.rows,
                             &error);
  g_free (array.rows);
  if (!done)
    return cli_fail (global, error);
  if (global->json)
    print_shape (&array);
  return CLI_DONE;
}

/* -1 for a name that is none. */
static int
find_layer (const char *name)
{
  static const char *const layers[] = { "tokens", "pooled", "embedding" };

  for (int i = 0; i < (int)G_N_ELEMENTS (layers); i++)
    if (strcmp (layers[i], name) == 0)
      return i;
  return -1;
}

int
cmd_encode (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *checkpoint = NULL, *layer_name = NULL, *output = NULL, *ids = NULL,
                  *precision_name = NULL;
  const GOptionEntry entries[]
      = { { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint,
            "A run, a checkpoint's folder, or a ViT, BERT or CLIP folder of Hugging Face", "DIR" },
          { "layer", 0, 0, G_OPTION_ARG_STRING, &layer_name,
            "tokens [N,L,D], pooled [N,D], or embedding [N,2F], which Hugging Face's folders do "
            "not have: v then c, or t then u (default: the last there is)",
            "NAME" },
          { "ids", 0, 0, G_OPTION_ARG_FILENAME, &ids,
            "Instead of texts: their token ids, int64 [N,L], with a folder of Hugging Face",
            "IDS.npy" },
          CLI_PRECISION_ENTRY (&precision_name, "Of the encoders' products (default: float32)"),
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The array, float32", "X.npy" },
          G_OPTION_ENTRY_NULL };
  EncodeRequest request = { 0 };
  GuisePrecision precision = GUISE_PRECISION_FLOAT32;
  gboolean pretrained;
  int layer;

  if (!cli_parse (global, entries, "image|text|style INPUT…",
                  "Writes the features of image files or of texts; style: as a CLIP folder reads "
                  "texts. Tokens of texts are padded with zeros to the longest.",
                  "guisectl encode text --checkpoint runs/a/best -o x.npy \"a man in a red coat\"",
                  1, -1, &argc, &argv))
    return CLI_USAGE;
  if (strcmp (argv[1], "image") != 0 && strcmp (argv[1], "text") != 0
      && strcmp (argv[1], "style") != 0)
    return cli_usage ("encode: expected image, text or style, not '%s'", argv[1]);
  if (checkpoint == NULL || output == NULL)
    return cli_usage ("encode: --checkpoint and -o are both needed");
  pretrained = encode_is_pretrained (checkpoint);
  layer = layer_name != NULL ? find_layer (layer_name)
          : pretrained       ? GUISE_LAYER_POOLED
                             : GUISE_LAYER_EMBEDDING;
  if (layer < 0)
    return cli_usage ("encode: --layer is none of tokens, pooled, embedding: '%s'", layer_name);
  if (pretrained && layer == GUISE_LAYER_EMBEDDING)
    return cli_usage ("encode: a Hugging Face folder has the layers tokens and pooled only: '%s'",
                      checkpoint);
  if (ids != NULL && (!pretrained || strcmp (argv[1], "image") == 0))
    return cli_usage ("encode: --ids goes with texts and a Hugging Face folder");
  if ((argc > 2) == (ids != NULL))
    return cli_usage ("encode: give images or texts, or --ids alone");
  if (!cli_parse_precision (global, precision_name, &precision))
    return CLI_USAGE;
  cli_note_precision (global, precision);
  request = (EncodeRequest){ .folder = checkpoint,
                             .images = strcmp (argv[1], "image") == 0,
                             .style = strcmp (argv[1], "style") == 0,
                             .tokens = layer == GUISE_LAYER_TOKENS,
                             .inputs = argv + 2,
                             .n = (size_t)argc - 2,
                             .ids = ids,
                             .precision = precision };
  return encode (global, &request, pretrained, (GuiseLayer)layer, output);
}
