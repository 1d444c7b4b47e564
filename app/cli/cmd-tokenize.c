/* guisectl tokenize: the token ids of texts, one JSON list a line. */
#include "cli-commands.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-tokenizer.h"

enum {
  MAX_TOKENS = 1 << 20,
  MAX_CONFIG = 1 << 20,
};

/* Overwrites *max with text.max_tokens of the folder's config.json, where it has that. */
static gboolean
read_max_tokens (const char *folder, gint64 *max, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (GError) problem = NULL;
  json_auto_t *config = guise_json_load_wide (path, MAX_CONFIG, &problem);
  json_t *text = json_object_get (config, "text");

  if (config == NULL && g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  if (config == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (json_object_get (text, "max_tokens") == NULL)
    return TRUE;
  if (!guise_json_get_int (text, "max_tokens", path, max, error))
    return FALSE;
  if (*max >= 2 && *max <= MAX_TOKENS)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read '%s': text.max_tokens %" G_GINT64_FORMAT " is not in 2 to %d", path,
               *max, MAX_TOKENS);
  return FALSE;
}

static void
print_ids (const GuiseTokenizer *tokenizer, const char *text, gint32 *ids, gsize max)
{
  gsize n = guise_tokenizer_encode (tokenizer, text, max, ids);
  json_t *list = json_array ();

  for (gsize i = 0; i < n; i++)
    json_array_append_new (list, json_integer (ids[i]));
  cli_print_json (list);
}

int
cmd_tokenize (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *checkpoint = NULL;
  gint64 limit = G_MININT64, max;
  const GOptionEntry entries[] = { { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &checkpoint,
                                     "Folder of a model of ours, of BERT or of CLIP", "DIR" },
                                   { "max", 0, 0, G_OPTION_ARG_INT64, &limit,
                                     "Longest list (default: config.json's, or 64; CLIP 77)", "N" },
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (GuiseTokenizer) tokenizer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gint32 *ids = NULL;

  if (!cli_parse (global, entries, "TEXT…",
                  "Prints each text's token ids as a JSON list, with those of its start and end.",
                  "guisectl tokenize --checkpoint runs/a/best \"a woman in a red coat\"", 1, -1,
                  &argc, &argv))
    return CLI_USAGE;
  if (checkpoint == NULL)
    return cli_usage ("tokenize: --checkpoint is missing");
  if (limit != G_MININT64 && (limit < 2 || limit > MAX_TOKENS))
    return cli_usage ("tokenize: --max is not in 2 to %d", MAX_TOKENS);
  tokenizer = guise_tokenizer_open (checkpoint, &error);
  if (tokenizer == NULL)
    return cli_fail (global, error);
  max = limit != G_MININT64 ? limit : (gint64)guise_tokenizer_get_usual_max (tokenizer);
  if (limit == G_MININT64 && !read_max_tokens (checkpoint, &max, &error))
    return cli_fail (global, error);
  ids = g_new (gint32, (gsize)max);
  for (int i = 1; i < argc; i++)
    print_ids (tokenizer, argv[i], ids, (gsize)max);
  return CLI_DONE;
}
