/* guisectl resize: one picture, decoded and resized as Pillow does it, as an array. */
#include "cli-commands.h"
#include "guise-decoder.h"
#include "guise-npy.h"
#include "guise-resize.h"

#include <string.h>

/* "HxW", both 1 … GUISE_IMAGE_MAX_SIDE; height first, as in the array's shape. */
static gboolean
parse_size (const char *text, guint64 *height, guint64 *width)
{
  g_auto (GStrv) parts = g_strsplit (text, "x", -1);

  return g_strv_length (parts) == 2
         && g_ascii_string_to_unsigned (parts[0], 10, 1, GUISE_IMAGE_MAX_SIDE, height, NULL)
         && g_ascii_string_to_unsigned (parts[1], 10, 1, GUISE_IMAGE_MAX_SIDE, width, NULL)
         && *height * *width <= GUISE_DECODER_MAX_PIXELS;
}

static gboolean
parse_filter (const char *text, GuiseResizeFilter *filter)
{
  *filter = strcmp (text, "bicubic") == 0 ? GUISE_FILTER_BICUBIC : GUISE_FILTER_BILINEAR;
  return *filter == GUISE_FILTER_BICUBIC || strcmp (text, "bilinear") == 0;
}

static gboolean
resize_file (GCancellable *cancellable, const char *input, const char *output, guint64 height,
             guint64 width, GuiseResizeFilter filter, GError **error)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autoptr (GuiseImage) image
      = guise_decoder_decode (decoder, NULL, input, NULL, cancellable, error);
  g_autoptr (GuiseImage) resized = NULL;

  if (image == NULL)
    return FALSE;
  resized = guise_image_resize (image, width, height, filter);
  return guise_npy_write (output, GUISE_DTYPE_U8, 3, (gsize[]){ height, width, 3 },
                          guise_image_get_pixels (resized), error);
}

int
cmd_resize (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *size = NULL, *filter_name = NULL, *output = NULL;
  const GOptionEntry entries[]
      = { { "size", 0, 0, G_OPTION_ARG_STRING, &size, "Height and width of the result", "HxW" },
          { "filter", 0, 0, G_OPTION_ARG_STRING, &filter_name, "bilinear or bicubic", "NAME" },
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The array: uint8 [H,W,3]", "X.npy" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  guint64 height, width;
  GuiseResizeFilter filter;

  if (!cli_parse (global, entries, "IMAGE", "Resizes a picture, equal to Pillow bit for bit.",
                  "guisectl resize a.jpg --size 384x128 --filter bicubic -o a.npy", 1, 1, &argc,
                  &argv))
    return CLI_USAGE;
  if (size == NULL || filter_name == NULL || output == NULL)
    return cli_usage ("resize: --size, --filter and -o are all needed");
  if (!parse_size (size, &height, &width))
    return cli_usage ("resize: --size is not HxW (1 to %d a side, 64 Mpx in all): '%s'",
                      GUISE_IMAGE_MAX_SIDE, size);
  if (!parse_filter (filter_name, &filter))
    return cli_usage ("resize: --filter is neither bilinear nor bicubic: '%s'", filter_name);
  cli_watch_signals (global);
  if (!cli_check_output (output, &error)
      || !resize_file (global->cancellable, argv[1], output, height, width, filter, &error))
    return cli_fail (global, error);
  return CLI_DONE;
}
