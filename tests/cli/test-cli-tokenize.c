/* guisectl tokenize: what it prints, the default of --max, wrong use and bad folders. */
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder, *vocab, *config;
  char *out, *errors; /* of the last run */
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = temp_folder_new ("tokenize");
  place->vocab = g_build_filename (place->folder, "vocab.txt", NULL);
  place->config = g_build_filename (place->folder, "config.json", NULL);
  g_assert_true (g_file_set_contents (
      place->vocab, "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nred\ncoat\n##s\n-\nq\n##q\n", -1, NULL));
}

static void
tear_down (Place *place, gconstpointer data)
{
  temp_folder_free (place->folder);
  g_free (place->vocab);
  g_free (place->config);
  g_free (place->out);
  g_free (place->errors);
}

/* Runs guisectl tokenize --checkpoint FOLDER with the further arguments; returns the exit status.
 */
static int
run (Place *place, const char *const *arguments)
{
  const char *const before[] = { "tokenize", "--checkpoint", place->folder, NULL };

  return ctl_run (before, arguments, &place->out, &place->errors);
}

#define RUN(place, ...) run (place, (const char *[]){ __VA_ARGS__, NULL })

static void
test_texts (Place *place, gconstpointer data)
{
  g_assert_cmpint (RUN (place, "A red coats!", "", "[SEP] RÉD"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[2,4,5,6,7,1,3]\n[2,3]\n[2,3,5,3]\n");
  g_assert_cmpstr (place->errors, ==, "");
  g_assert_cmpint (RUN (place, "--json", "red", "--", "-a", "--"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[2,5,3]\n[2,8,4,3]\n[2,8,8,3]\n");
}

static int
count_ids (const char *out)
{
  int n = 1;

  for (; *out != '\0'; out++)
    n += *out == ',';
  return n;
}

static void
test_max (Place *place, gconstpointer data)
{
  g_autofree char *word = g_strnfill (90, 'q');

  g_assert_cmpint (RUN (place, word), ==, 0);
  g_assert_cmpint (count_ids (place->out), ==, 64);
  g_assert_cmpint (RUN (place, "--max", "3", "a red coat"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[2,4,3]\n");
  g_assert_cmpint (RUN (place, "--max", "2", "a red coat"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[2,3]\n");
  g_assert_cmpint (RUN (place, "--max", "1000", word), ==, 0);
  g_assert_cmpint (count_ids (place->out), ==, 92);
  g_assert_true (g_file_set_contents (place->config, "{\"text\": {\"max_tokens\": 10}}", -1, NULL));
  g_assert_cmpint (RUN (place, word), ==, 0);
  g_assert_cmpint (count_ids (place->out), ==, 10);
  g_assert_cmpint (RUN (place, "--max", "20", word), ==, 0);
  g_assert_cmpint (count_ids (place->out), ==, 20);
  g_assert_true (g_file_set_contents (place->config, "{\"text\": {}}", -1, NULL));
  g_assert_cmpint (RUN (place, word), ==, 0);
  g_assert_cmpint (count_ids (place->out), ==, 64);
}

/* A folder as CLIP's are published, and one whose config.json is another program's. */
static void
test_clip (Place *place, gconstpointer data)
{
  g_unlink (place->vocab);
  temp_folder_put (place->folder, "vocab.json",
                   "{\"r\":0,\"e\":1,\"d</w>\":2,\"re\":3,\"red</w>\":4,\"<|startoftext|>\":5,"
                   "\"<|endoftext|>\":6}",
                   -1);
  temp_folder_put (place->folder, "merges.txt", "#version: 0.2\nr e\nre d</w>\n", -1);
  temp_folder_put (place->folder, "config.json", "{\"text_config\": {}}", -1);
  g_assert_cmpint (RUN (place, "RED", "", "<|endoftext|> rered"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[5,4,6]\n[5,6]\n[5,6,3,4,6]\n");
  g_assert_cmpint (RUN (place, "red red red red"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[5,4,4,4,4,6]\n");
  g_assert_cmpint (RUN (place, "--max", "4", "red red red red"), ==, 0);
  g_assert_cmpstr (place->out, ==, "[5,4,4,6]\n");
  temp_folder_put (place->folder, "merges.txt", "r x\n", -1);
  g_assert_cmpint (RUN (place, "red"), ==, 1);
  g_assert_nonnull (strstr (place->errors, "merges.txt: line 1': 'x' is not in the vocabulary"));
}

static void
test_wrong_use (Place *place, gconstpointer data)
{
  g_assert_cmpint (run (place, (const char *[]){ NULL }), ==, 2);
  g_assert_cmpint (RUN (place, "--max", "1", "a"), ==, 2);
  g_assert_cmpint (RUN (place, "--max", "x", "a"), ==, 2);
  g_assert_cmpint (RUN (place, "--nothing", "a"), ==, 2);
  g_assert_true (g_str_has_prefix (place->errors, "guisectl: "));
  g_assert_cmpstr (place->out, ==, "");
  g_assert_cmpint (RUN (place, "--help"), ==, 0);
  g_assert_nonnull (strstr (place->out, "Example:"));
}

static void
test_bad_folder (Place *place, gconstpointer data)
{
  g_assert_true (g_file_set_contents (place->config, "{\"text\": {\"max_tokens\": 1}}", -1, NULL));
  g_assert_cmpint (RUN (place, "a"), ==, 1);
  g_assert_nonnull (strstr (place->errors, "text.max_tokens 1"));
  g_assert_true (g_file_set_contents (place->config, "{\"text\": ", -1, NULL));
  g_assert_cmpint (RUN (place, "a"), ==, 1);
  g_assert_nonnull (strstr (place->errors, place->config));
  g_assert_cmpstr (place->out, ==, "");
  g_assert_true (g_file_set_contents (place->vocab, "[PAD]\n", -1, NULL));
  g_assert_cmpint (RUN (place, "a"), ==, 1);
  g_assert_nonnull (strstr (place->errors, "'[UNK]' is missing"));
  g_unlink (place->vocab);
  g_assert_cmpint (RUN (place, "--json", "a"), ==, 1);
  g_assert_true (g_str_has_prefix (place->out, "{\"event\":\"failed\",\"error\":\"cannot open "));
}

#define ADD(name, func) g_test_add (name, Place, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/tokenize/texts", test_texts);
  ADD ("/tokenize/max", test_max);
  ADD ("/tokenize/clip", test_clip);
  ADD ("/tokenize/wrong-use", test_wrong_use);
  ADD ("/tokenize/bad-folder", test_bad_folder);
  return g_test_run ();
}
