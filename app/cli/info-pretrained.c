#include "info-pretrained.h"

#include <stdio.h>

#include "cli-text.h"
#include "guise-pretrained-contents.h"
#include "guise-tower-tokens.h"

enum { MAX_SHOWN = 8 }; /* names of what is ignored */

typedef struct {
  GuisePretrained *pretrained;
  const GuiseTower *vision, *text; /* NULL = there is none */
  GuisePretrainedContents contents;
  GuiseTokenizer *tokenizer; /* NULL = none, */
  GError *no_tokenizer;      /* and why; both NULL without a text encoder */
} Info;

static void
info_clear (Info *info)
{
  g_clear_pointer (&info->pretrained, guise_pretrained_free);
  guise_pretrained_contents_clear (&info->contents);
  g_clear_pointer (&info->tokenizer, guise_tokenizer_free);
  g_clear_error (&info->no_tokenizer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Info, info_clear)

static gboolean
info_read (Info *info, const char *folder, GError **error)
{
  info->pretrained = guise_pretrained_open (folder, error);
  if (info->pretrained == NULL
      || !guise_pretrained_contents_read (&info->contents, info->pretrained, error))
    return FALSE;
  info->vision = guise_pretrained_get_vision (info->pretrained, NULL);
  info->text = guise_pretrained_get_text (info->pretrained, NULL);
  if (info->text != NULL)
    info->tokenizer = guise_tower_open_tokenizer (info->text, folder, &info->no_tokenizer);
  return TRUE;
}

static const char *
get_tokenizer_name (const Info *info)
{
  return guise_tokenizer_get_kind (info->tokenizer) == GUISE_TOKENIZER_CLIP ? "CLIP's" : "BERT's";
}

/* ---- as an object ---- */

static json_t *
pack_tower (const GuiseTower *tower, guint64 n_numbers)
{
  json_t *object;

  if (tower == NULL)
    return json_null ();
  object = json_pack ("{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "kind",
                      guise_tower_kind_get_name (tower->kind), "parameters",
                      (json_int_t)n_numbers, "width", (json_int_t)tower->width, "layers",
                      (json_int_t)tower->layers, "heads", (json_int_t)tower->heads, "mlp",
                      (json_int_t)tower->mlp, "projection",
                      tower->projection > 0 ? json_integer ((json_int_t)tower->projection)
                                            : json_null ());
  if (tower->patch > 0)
    json_object_update_new (
        object, json_pack ("{s:[I, I], s:I}", "image_size", (json_int_t)tower->image_size[0],
                           (json_int_t)tower->image_size[1], "patch", (json_int_t)tower->patch));
  else
    json_object_update_new (object,
                            json_pack ("{s:I, s:I}", "vocabulary", (json_int_t)tower->vocab_size,
                                       "positions", (json_int_t)tower->positions));
  return object;
}

static json_t *
pack_names (const GPtrArray *names)
{
  json_t *array = json_array ();

  for (guint i = 0; i < names->len; i++)
    json_array_append_new (array, json_string (names->pdata[i]));
  return array;
}

static json_t *
pack_tokenizer (const Info *info)
{
  g_autofree char *file = NULL;

  if (info->tokenizer == NULL)
    return json_null ();
  file = g_path_get_basename (guise_tokenizer_get_path (info->tokenizer));
  return json_pack ("{s:s, s:s, s:i}", "kind",
                    guise_tokenizer_get_kind (info->tokenizer) == GUISE_TOKENIZER_CLIP ? "CLIP"
                                                                                       : "BERT",
                    "file", file, "tokens", guise_tokenizer_get_n_tokens (info->tokenizer));
}

static json_t *
pack_info (const Info *info)
{
  const GuisePretrainedContents *contents = &info->contents;

  return json_pack ("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "files",
                    (json_int_t)contents->n_files, "tensors", (json_int_t)contents->n_tensors,
                    "numbers", (json_int_t)contents->n_numbers, "dtypes",
                    pack_names (contents->dtypes), "vision",
                    pack_tower (info->vision, contents->vision_numbers), "text",
                    pack_tower (info->text, contents->text_numbers), "tokenizer",
                    pack_tokenizer (info), "tokenizer_problem",
                    guise_json_pack_text (
                        info->no_tokenizer != NULL ? info->no_tokenizer->message : NULL),
                    "ignored", pack_names (contents->ignored));
}

/* ---- in lines ---- */

static void
print_tower (const char *title, const GuiseTower *tower, guint64 n_numbers)
{
  if (tower == NULL)
    return;
  printf ("%-16s %s, %" G_GUINT64_FORMAT " parameters\n", title,
          guise_tower_kind_get_name (tower->kind), n_numbers);
  if (tower->patch > 0)
    printf ("%-16s %zu x %zu pixels in patches of %zu\n", "  reads", tower->image_size[0],
            tower->image_size[1], tower->patch);
  else
    printf ("%-16s %zu tokens of a text, out of %zu\n", "  reads", tower->positions,
            tower->vocab_size);
  printf ("%-16s %zu wide, %zu layers of %zu heads, mlp %zu\n", "  sizes", tower->width,
          tower->layers, tower->heads, tower->mlp);
  if (tower->projection > 0)
    printf ("%-16s %zu numbers, projected\n", "  feature", tower->projection);
}

static void
print_tokenizer (const Info *info)
{
  g_autofree char *line = NULL;

  if (info->tokenizer != NULL)
    printf ("%-16s %s, %d tokens\n", "tokenizer", get_tokenizer_name (info),
            guise_tokenizer_get_n_tokens (info->tokenizer));
  if (info->no_tokenizer == NULL)
    return;
  line = cli_escape (info->no_tokenizer->message);
  printf ("%-16s none: %s\n", "tokenizer", line);
}

static void
print_ignored (const GuisePretrainedContents *contents)
{
  if (contents->ignored->len == 0)
    return;
  printf ("%-16s %" G_GUINT64_FORMAT " numbers in", "ignored", contents->n_ignored);
  for (guint i = 0; i < MIN (contents->ignored->len, MAX_SHOWN); i++)
    printf (" %s", (const char *)contents->ignored->pdata[i]);
  if (contents->ignored->len > MAX_SHOWN)
    printf (" and %u more", contents->ignored->len - MAX_SHOWN);
  printf ("\n");
}

static void
print_info (const Info *info)
{
  const GuisePretrainedContents *contents = &info->contents;

  printf ("%-16s", "weights");
  for (guint i = 0; i < contents->dtypes->len; i++)
    printf (" %s", (const char *)contents->dtypes->pdata[i]);
  printf (", %" G_GUINT64_FORMAT " numbers in %zu tensors in %zu %s\n", contents->n_numbers,
          contents->n_tensors, contents->n_files, contents->n_files == 1 ? "file" : "files");
  print_tower ("image encoder", info->vision, contents->vision_numbers);
  print_tower ("text encoder", info->text, contents->text_numbers);
  print_tokenizer (info);
  print_ignored (contents);
}

gboolean
info_pretrained (CliGlobal *global, const char *folder, GError **error)
{
  g_auto (Info) info = { NULL };

  if (!info_read (&info, folder, error))
    return FALSE;
  if (global->json)
    cli_print_json (pack_info (&info));
  else
    print_info (&info);
  return TRUE;
}
