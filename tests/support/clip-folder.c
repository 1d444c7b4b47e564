#include "clip-folder.h"

#include "temp-folder.h"

/* Single letters, and such as end a word; what cannot be spelt with them ends the text. */
#define LETTERS "abcdefghilmnoprstuvwy"
#define ENDS "adehnorsty,."

static void
add_tokens (GString *json, const char *letters, const char *ending, guint *id)
{
  for (; *letters != '\0'; letters++)
    g_string_append_printf (json, "\"%c%s\": %u, ", *letters, ending, (*id)++);
}

void
clip_folder_make (const char *to)
{
  g_autofree char *golden
      = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", "clip", NULL);
  g_autoptr (GString) json = g_string_new ("{");
  guint id = 0;

  add_tokens (json, LETTERS, "", &id);
  add_tokens (json, ENDS, "</w>", &id);
  g_string_append_printf (json, "\"â\": %u, \"ĸ\": %u, \"¡</w>\": %u, ", id, id + 1, id + 2);
  g_assert_cmpuint (id + 3, <=, 38); /* the golden model's start and end of text */
  g_string_append (json, "\"<|startoftext|>\": 38, \"<|endoftext|>\": 39}");
  temp_folder_copy (golden, to);
  temp_folder_put (to, "vocab.json", json->str, -1);
  temp_folder_put (to, "merges.txt", "#version: 0.2\n", -1);
}
