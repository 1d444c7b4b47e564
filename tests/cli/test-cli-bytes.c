/* Folders whose names are no UTF-8: every command works in them, and what it says with --json is
 * JSON all the same. */
#include "run-ctl.h"
#include "temp-folder.h"

#include <string.h>

static char *folder, *project, *other;

/* Runs guisectl on the project with the words, "@…" for a path beside it. */
static void
assert_says (int status, const char *line, const char *part)
{
  const char *before[] = { "--project", project, "--json", NULL };
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  g_autofree char *output = NULL, *errors = NULL;
  json_auto_t *last = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] == '@') {
      char *path = g_strconcat (other, words[i] + 1, NULL);

      g_free (words[i]);
      words[i] = path;
    }
  g_assert_cmpint (ctl_run (before, (const char *const *)words, &output, &errors), ==, status);
  last = ctl_read_last (output);
  text = json_dumps (last, JSON_ENSURE_ASCII);
  if (strstr (text, part) == NULL)
    g_error ("'%s' is not in '%s'", part, text);
}

static void
test_data (void)
{
  assert_says (0, "list --limit 1", "\"rows\"");
  assert_says (0, "check", "\"problems\": []");
  assert_says (0, "caption --offline", "\"images\"");
  assert_says (0, "styles", "\"styles\"");
  assert_says (0, "doctor", "\\uFFFD\"");
  assert_says (1, "import @", "cannot open data set: '");
  assert_says (1, "caption import @.jsonl", "\\uFFFD.jsonl'");
  assert_says (1, "caption --endpoint http://127.0.0.1:1/v1 --model m --prompt @", "cannot open '");
}

static void
test_copies (void)
{
  const char *words[] = { "--project", project, "--json", "backup", NULL };
  g_autofree char *output = NULL, *name = NULL, *path = NULL;
  json_auto_t *made = NULL, *restored = NULL;

  g_assert_cmpint (ctl_run (NULL, words, &output, NULL), ==, 0);
  made = ctl_read_last (output);
  name = g_path_get_basename (json_string_value (json_object_get (made, "backup")));
  path = g_build_filename (project, "backups", name, NULL);
  g_clear_pointer (&output, g_free);
  g_assert_cmpint (ctl_run (NULL,
                            (const char *[]){ "--project", project, "--json", "restore", path,
                                              NULL },
                            &output, NULL),
                   ==, 0);
  restored = ctl_read_last (output);
  g_assert_true (json_equal (json_object_get (made, "backup"),
                             json_object_get (restored, "restored")));
  assert_says (1, "restore @", "cannot open '");
}

static void
test_runs (void)
{
  assert_says (0, "train --preset tiny --steps 2 --name first", "\"done\"");
  assert_says (0, "embed --run first --split test", "\"done\"");
  assert_says (0, "search --run first red", "\"path\"");
  assert_says (0, "runs export first @-copy", "\\uFFFD-copy");
  assert_says (0, "runs add @-copy --name second", "second");
  assert_says (0, "model init @.safetensors", "\\uFFFD.safetensors");
  assert_says (1, "cluster --method kmeans -o @.npy @-none", "\\uFFFD-none'");
}

int
main (int argc, char **argv)
{
  const char *words[] = { "demo", NULL, "--persons", "8", "--quiet", NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("bytes");
  words[1] = project = g_build_filename (folder, "project\xff", NULL);
  other = g_build_filename (folder, "other\xfe", NULL);
  g_assert_cmpint (ctl_run (NULL, words, NULL, NULL), ==, 0);
  g_test_add_func ("/cli/bytes/data", test_data);
  g_test_add_func ("/cli/bytes/copies", test_copies);
  g_test_add_func ("/cli/bytes/runs", test_runs);
  status = g_test_run ();
  g_free (project);
  g_free (other);
  temp_folder_free (folder);
  return status;
}
