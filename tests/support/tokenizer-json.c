#include "tokenizer-json.h"

#include <glib.h>
#include <glib/gstdio.h>

#define FRAME                                                                                    \
  "{\"added_tokens\": [], \"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true, " \
  "\"handle_chinese_chars\": true, \"strip_accents\": null, \"lowercase\": true}, "              \
  "\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, \"post_processor\": {\"type\": "         \
  "\"BertProcessing\"}, \"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", "         \
  "\"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 100, \"vocab\": {}}}"

static void
add_special (json_t *root, const char *token, int id)
{
  json_t *processor = json_object_get (root, "post_processor");

  json_array_append_new (json_object_get (root, "added_tokens"),
                         json_pack ("{s:i, s:s}", "id", id, "content", token));
  if (g_str_equal (token, "[CLS]"))
    json_object_set_new (processor, "cls", json_pack ("[s, i]", token, id));
  if (g_str_equal (token, "[SEP]"))
    json_object_set_new (processor, "sep", json_pack ("[s, i]", token, id));
}

json_t *
tokenizer_json_replace_vocab (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *to = g_build_filename (folder, "tokenizer.json", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  json_t *root = json_loads (FRAME, 0, NULL);
  json_t *vocab = json_object_get (json_object_get (root, "model"), "vocab");

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (int id = 0; lines[id] != NULL && *lines[id] != '\0'; id++) {
    json_object_set_new (vocab, lines[id], json_integer (id));
    if (*lines[id] == '[')
      add_special (root, lines[id], id);
  }
  g_assert_cmpint (json_dump_file (root, to, 0), ==, 0);
  g_assert_cmpint (g_unlink (path), ==, 0);
  return root;
}
