/* guisectl export and caption import: captions as JSON Lines, out of a project and into one. */
#include "shell.h"

#include <string.h>

/* ---- helpers ---- */

/* The same pictures and captions again, as nobody has changed them, are the project from now on. */
static void
turn_to_second_demo (void)
{
  g_free (shell_project);
  shell_project = g_build_filename (shell_folder, "second", NULL);
  shell_make_demo ();
}

static void
write_lines (const char *name, const char *lines)
{
  g_autofree char *path = g_build_filename (shell_folder, name, NULL);

  g_assert_true (g_file_set_contents (path, lines, -1, NULL));
}

/* ---- tests ---- */

static void
test_round (void)
{
  shell_set_up_demo ();
  json_decref (shell_run_json ("caption --offline"));
  g_assert_cmpint (shell_run_for ("export made.jsonl --filter \"source = rule\"", "written"), >,
                   40);
  g_assert_cmpint (shell_run_for ("export accepted.jsonl --states accepted", "written"), ==, 0);
  json_decref (shell_run_json ("undo"));
  g_assert_cmpuint (shell_count ("source = rule"), ==, 0);
  g_assert_cmpint (shell_run_for ("caption import made.jsonl", "added"), >, 40);
  g_assert_cmpuint (shell_count ("source = rule AND kind = clothing"), >, 20);
  g_assert_cmpint (shell_run_for ("caption import made.jsonl", "added"), ==, 0);
  shell_assert_output ("undo", "undone: Import descriptions\n");
  g_assert_cmpuint (shell_count ("source = rule"), ==, 0);
  shell_assert_failure ("export project/guise.db", 1, "its own data");
  shell_assert_failure ("export project/captions.jsonl", 1, "its own data");
  shell_assert_failure ("export project/styles.json", 1, "its own data");
  shell_assert_failure ("export project/captions.db", 1, "its own data");
  shell_assert_failure ("export project/people/reid_raw.json", 1, "a file of the data set");
  shell_assert_failure ("export project/backups/../backups/mine.jsonl", 1, "its own data");
  json_decref (shell_run_json ("export project/mine.jsonl"));
  shell_tear_down ();
}

/* What came with the pictures is no news, neither here nor in a project of the same pictures. */
static void
test_there_already (void)
{
  gint64 n_written;
  json_t *done;

  shell_set_up_demo ();
  n_written = shell_run_for ("export all.jsonl --kinds caption,identity,clothing", "written");
  g_assert_cmpint (n_written, >, 100);
  for (int i = 0; i < 2; i++) {
    done = shell_run_json ("caption import all.jsonl");
    g_assert_cmpint (ctl_get_int (done, "added"), ==, 0);
    g_assert_cmpint (ctl_get_int (done, "known"), ==, n_written);
    json_decref (done);
    shell_assert_failure ("undo", 1, "nothing to undo");
    turn_to_second_demo ();
  }
  shell_tear_down ();
}

/* The first caption that matches. */
static gint64
find (const char *filter)
{
  g_autofree char *line = g_strdup_printf ("list --fields caption --filter '%s'", filter);
  json_t *object = shell_run_json (line);
  gint64 id = ctl_get_int (json_array_get (json_object_get (object, "rows"), 0), "caption");

  json_decref (object);
  return id;
}

static void
review (const char *format, const char *filter)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, find (filter));
  g_auto (GStrv) parts = g_strsplit (format, "%", 2);
  g_autofree char *line = g_strconcat ("review ", parts[0], id, parts[1], NULL);

  json_decref (shell_run_json (line));
}

static void
assert_judged (guint n)
{
  g_assert_cmpuint (shell_count ("state = edited AND source = dataset AND text = mine"), ==, n);
  g_assert_cmpuint (shell_count ("state = accepted AND source = rule"), ==, n);
  g_assert_cmpuint (shell_count ("state = flagged AND source = rule"), ==, n);
  g_assert_cmpuint (shell_count ("state = rejected AND source = rule"), ==, n);
}

/* What somebody wrote and judged is that in another project too, and can be taken back as one. */
static void
test_states (void)
{
  shell_set_up_demo ();
  json_decref (shell_run_json ("caption --offline"));
  review ("edit % mine", "source = dataset");
  review ("set % accept", "source = rule AND kind = identity AND state = pending");
  review ("set % flag", "source = rule AND kind = identity AND state = pending");
  review ("set % reject", "source = rule AND kind = identity AND state = pending");
  assert_judged (1);
  g_assert_cmpint (shell_run_for ("export judged.jsonl --kinds caption,identity "
                                  "--states accepted,edited,rejected,flagged",
                                  "written"),
                   ==, 4);
  turn_to_second_demo ();
  assert_judged (0);
  g_assert_cmpint (shell_run_for ("caption import judged.jsonl", "added"), ==, 4);
  assert_judged (1);
  shell_assert_output ("undo", "undone: Import descriptions\n");
  assert_judged (0);
  shell_assert_output ("redo", "redone: Import descriptions\n");
  assert_judged (1);
  shell_tear_down ();
}

/* A line about the first picture. */
static char *
create_line (const char *more)
{
  json_t *object = shell_run_json ("list --fields path --filter \"\" --limit 1");
  json_t *row = json_array_get (json_object_get (object, "rows"), 0);
  char *line = g_strdup_printf ("{\"path\":\"%s\",\"kind\":\"identity\",\"text\":\"mine\"%s}\n",
                                json_string_value (json_object_get (row, "path")), more);

  json_decref (object);
  return line;
}

static void
assert_problem (json_t *done, size_t i, const char *part)
{
  const char *problem
      = json_string_value (json_array_get (json_object_get (done, "problems"), i));

  g_assert_nonnull (problem);
  g_assert_nonnull (strstr (problem, part));
}

/* What is unknown is not taken for something else; what is not said is. */
static void
test_unknown_names (void)
{
  g_autofree char *state = NULL, *source = NULL, *number = NULL, *silent = NULL, *all = NULL;
  json_t *done;

  shell_set_up_demo ();
  state = create_line (",\"state\":\"approved\"");
  source = create_line (",\"source\":\"oracle\"");
  number = create_line (",\"state\":1");
  silent = create_line (",\"state\":null");
  all = g_strconcat (state, source, number, silent, NULL);
  write_lines ("names.jsonl", all);
  done = shell_run_json ("caption import names.jsonl");
  g_assert_cmpint (ctl_get_int (done, "bad"), ==, 3);
  g_assert_cmpint (ctl_get_int (done, "added"), ==, 1);
  assert_problem (done, 0, "line 1: no such state: 'approved'");
  assert_problem (done, 1, "line 2: no such source: 'oracle'");
  assert_problem (done, 2, "line 3: no such state: '1'");
  json_decref (done);
  g_assert_cmpuint (shell_count ("text = mine AND state = pending AND source = machine"), ==, 1);
  shell_tear_down ();
}

/* What one good line more makes of these is no failure: see unknown-names. */
static void
test_bad_lines (void)
{
  g_auto (ShellResult) result = { 0 };
  json_t *done;

  shell_set_up_demo ();
  write_lines ("bad.jsonl",
               "{\"path\":\"imgs/cam_1/none.png\",\"kind\":\"identity\",\"text\":\"who?\"}\n"
               "{\"path\":\"x\",\"kind\":\"shoes\",\"text\":\"who?\"}\n"
               "[1, 2]\n"
               "{\"path\":{\"bytes\":\"AAA\"},\"kind\":\"identity\",\"text\":\"who?\"}\n"
               "{\"dataset\":7,\"path\":\"x\",\"kind\":\"identity\",\"text\":\"who?\"}\n"
               "{\"path\":\"x\",\"kind\":\"iden");
  result = shell_run ("--json caption import bad.jsonl");
  g_assert_cmpint (result.status, ==, 1);
  ctl_assert_one_line (result.errors, "'bad.jsonl': no line of it can be used; for one, line 1");
  done = ctl_read_last (result.output);
  g_assert_cmpint (ctl_get_int (done, "added"), ==, 0);
  g_assert_cmpint (ctl_get_int (done, "unknown"), ==, 1);
  g_assert_cmpint (ctl_get_int (done, "bad"), ==, 5);
  g_assert_cmpuint (json_array_size (json_object_get (done, "problems")), ==, 6);
  json_decref (done);
  shell_assert_failure ("caption import nothing.jsonl", 1, "nothing.jsonl");
  shell_assert_failure ("export out.jsonl --kinds shoes", 2, "no such one: 'shoes'");
  shell_assert_failure ("export out.jsonl --filter a=", 1, "filter");
  shell_tear_down ();
}

/* What somebody has corrected since does not come back beside the correction. */
static void
test_corrected (void)
{
  g_auto (ShellResult) edited = { 0 };
  g_autofree char *edit = NULL;
  json_t *rows;

  shell_set_up_demo ();
  json_decref (shell_run_json ("caption --offline"));
  json_decref (shell_run_json ("export made.jsonl --filter \"source = rule\""));
  rows = shell_run_json ("list --fields caption --filter \"source = rule AND kind = clothing\"");
  edit = g_strdup_printf ("review edit %" G_GINT64_FORMAT " \"Wearing a mended coat.\"",
                          ctl_get_int (json_array_get (json_object_get (rows, "rows"), 0),
                                       "caption"));
  json_decref (rows);
  edited = shell_run (edit);
  g_assert_cmpint (edited.status, ==, 0);
  g_assert_cmpint (shell_run_for ("caption import made.jsonl", "added"), ==, 0);
  g_assert_cmpint (shell_run_for ("caption --offline", "added"), ==, 0);
  g_assert_cmpuint (shell_count ("text = \"Wearing a mended coat.\""), ==, 1);
  shell_tear_down ();
}

/* A file with nothing in it that can be stored. */
static void
test_nothing_usable (void)
{
  g_autofree char *blank = NULL, *line = NULL;

  shell_set_up_demo ();
  write_lines ("empty.jsonl", "");
  shell_assert_failure ("--quiet caption import empty.jsonl", 1, "no caption that can be stored");
  line = create_line ("");
  blank = g_strdup (line);
  memcpy (strstr (blank, "mine"), "    ", strlen ("mine"));
  write_lines ("blank.jsonl", blank);
  shell_assert_failure ("--quiet caption import blank.jsonl", 1, "line 1: cannot store text: it is "
                                                                 "empty");
  line[strlen (line) - 1] = '\0'; /* as an editor leaves it */
  write_lines ("good.jsonl", line);
  g_assert_cmpint (shell_run_for ("caption import good.jsonl", "added"), ==, 1);
  shell_assert_output ("--quiet caption import good.jsonl", ""); /* there already */
  shell_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/caption-exchange/round", test_round);
  g_test_add_func ("/cli/caption-exchange/there-already", test_there_already);
  g_test_add_func ("/cli/caption-exchange/corrected", test_corrected);
  g_test_add_func ("/cli/caption-exchange/states", test_states);
  g_test_add_func ("/cli/caption-exchange/unknown-names", test_unknown_names);
  g_test_add_func ("/cli/caption-exchange/bad-lines", test_bad_lines);
  g_test_add_func ("/cli/caption-exchange/nothing-usable", test_nothing_usable);
  return g_test_run ();
}
