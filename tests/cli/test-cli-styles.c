/* guisectl styles and ablate: what they find, say and keep; killed and stopped tables go on. */
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static char *folder, *project;

/* Runs guisectl on the project with arguments separated by blanks. */
static int
run (const char *arguments, char **output, char **errors)
{
  const char *before[] = { "--project", project, NULL };
  g_auto (GStrv) words = g_strsplit (arguments, " ", -1);
  g_autofree char *unwanted = NULL; /* not among what this test says itself */

  return ctl_run (before, (const char *const *)words, output != NULL ? output : &unwanted, errors);
}

static void
assert_fails (const char *arguments, int status, const char *why)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, status);
  g_assert_cmpstr (output, ==, "");
  ctl_assert_one_line (errors, why);
}

static json_t *
run_json (const char *arguments)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  return ctl_read_last (output);
}

/* ---- styles ---- */

static void
test_none_yet (void)
{
  assert_fails ("styles --exemplars", 1, "no styles have been found in this project yet");
}

static void
test_found (void)
{
  json_auto_t *got = run_json ("styles --json"), *exemplars = NULL;
  json_t *styles = json_object_get (got, "styles"), *style;
  gint64 n = 0;
  size_t i;

  g_assert_cmpstr (json_string_value (json_object_get (json_object_get (got, "options"), "method")),
                   ==, "dbscan");
  g_assert_cmpint (ctl_get_int (got, "clusters"), >=, 5);
  json_array_foreach (styles, i, style) n += ctl_get_int (style, "size");
  g_assert_cmpint (n, ==, ctl_get_int (got, "texts"));
  exemplars = run_json ("styles --exemplars");
  g_assert_cmpuint (json_object_size (exemplars), ==, json_array_size (styles));
  json_array_foreach (styles, i, style)
  {
    json_t *texts = json_object_get (exemplars,
                                     json_string_value (json_object_get (style, "name")));

    g_assert_true (json_equal (texts, json_object_get (style, "exemplars")));
  }
}

static void
test_table (void)
{
  g_autofree char *output = NULL;
  g_autofree char *path = g_build_filename (project, "styles.json", NULL);
  json_auto_t *exemplars = NULL;

  g_unlink (path); /* nobody's names are inherited */
  g_assert_cmpint (run ("styles --method kmeans -k 3 --n-exemplars 2 --seed 4", &output, NULL), ==,
                   0);
  g_assert_nonnull (strstr (output, "3 styles by kmeans"));
  g_assert_nonnull (strstr (output, "\nstyle-3"));
  exemplars = run_json ("styles --exemplars");
  g_assert_cmpuint (json_array_size (json_object_get (exemplars, "style-2")), ==, 2);
}

static void
test_filter (void)
{
  json_auto_t *all = run_json ("styles --json");
  const char *before[] = { "--project", project, NULL };
  const char *words[] = { "styles", "--json", "--filter", "split = test", NULL };
  g_autofree char *output = NULL;
  json_auto_t *some = NULL;

  g_assert_cmpint (ctl_run (before, words, &output, NULL), ==, 0);
  some = ctl_read_last (output);
  g_assert_cmpint (ctl_get_int (some, "texts"), >, 0);
  g_assert_cmpint (ctl_get_int (some, "texts"), <, ctl_get_int (all, "texts"));
}

static void
test_useless (void)
{
  g_autofree char *errors = NULL;

  g_assert_cmpint (run ("styles --eps 2", NULL, &errors), ==, 0);
  g_assert_nonnull (strstr (errors, "guisectl: note: "));
  g_assert_nonnull (strstr (errors, "eps"));
}

static void
test_wrong (void)
{
  assert_fails ("styles --method means", 2, "unknown method: 'means'");
  assert_fails ("styles --encoder /somewhere", 2, "'builtin'");
  assert_fails ("styles --eps -1", 2, "--eps must be above 0");
  assert_fails ("styles --min-cluster-size 1", 2, "at least 2");
  assert_fails ("styles --n-exemplars 51", 2, "from 1 to 50");
  assert_fails ("styles --exemplars --seed 3", 2, "they go with nothing else");
  assert_fails ("styles --filter split=nowhere", 1, "nowhere");
  assert_fails ("styles --filter camera=nowhere", 1, "no free caption");
  assert_fails ("styles --method kmeans -k 100000", 1, "cannot find styles: k = 100000");
}

/* ---- ablate ---- */

#define ABLATE                                                                                \
  "ablate --json --tables 4 --preset toy --threads 1 --set=text.vocab_size=160 "              \
  "--set=text.max_tokens=16 --set=train.vision_blocks=-1 --set=train.train_text=true "        \
  "--set=train.vision_lr=1 --set=train.text_lr=1 --set=train.persons=6 --set=train.warmup=4 " \
  "--set=train.micro_batch=0 --set=train.patience=0 --set=loss.ramp.start=6 "                 \
  "--set=train.checkpoint_every=2 --set=train.validate_every=4 --persons 12 --steps "

static char *
in_runs (const char *name)
{
  return g_build_filename (project, "runs", name, NULL);
}

static char *
read_file (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* Starts the table and sends a signal at the n-th event of that name; its exit status, or minus the
 * signal. */
static int
interrupt (const char *event, guint n, int number)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_auto (GStrv) words = g_strsplit (ABLATE "4", " ", -1);
  g_autofree char *mark = g_strdup_printf ("\"event\":\"%s\"", event);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GError) error = NULL;
  char *line;

  g_ptr_array_add (argv, (gpointer)g_getenv ("GUISECTL"));
  g_ptr_array_add (argv, (gpointer) "--project");
  g_ptr_array_add (argv, project);
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, words[i]);
  g_ptr_array_add (argv, NULL);
  child = g_subprocess_newv ((const char *const *)argv->pdata,
                             G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                             &error);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  while ((line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL) {
    if (strstr (line, mark) != NULL && --n == 0)
      g_subprocess_send_signal (child, number);
    g_free (line);
  }
  g_assert_true (g_subprocess_wait (child, NULL, NULL));
  return g_subprocess_get_if_exited (child) ? g_subprocess_get_exit_status (child)
                                            : -g_subprocess_get_term_sig (child);
}

static guint
count_rows (void)
{
  g_autofree char *path = in_runs ("ablation-4/rows.json");
  json_auto_t *object = json_load_file (path, 0, NULL);

  return (guint)json_array_size (json_object_get (object, "rows"));
}

/* Killed, stopped, and brought to its end: the table is that of one that nobody disturbed. */
static void
test_resume (void)
{
  g_autofree char *database = g_build_filename (project, "guise.db", NULL);
  g_autofree char *runs = in_runs ("ablation-4"), *csv = in_runs ("ablation-4/table.csv");
  g_autofree char *whole = NULL, *resumed = NULL, *again = NULL;
  g_autofree char *first = NULL, *second = NULL;
  gsize size = 0, size_after = 0;
  json_auto_t *done = NULL;

  g_assert_true (g_file_get_contents (database, &first, &size, NULL));
  g_assert_cmpint (interrupt ("row", 2, SIGKILL), ==, -SIGKILL);
  g_assert_cmpuint (count_rows (), >=, 2);
  g_assert_cmpuint (count_rows (), <, 7);
  g_assert_cmpint (interrupt ("progress", 1, SIGTERM), ==, 130);
  g_assert_cmpuint (count_rows (), <, 7);
  g_assert_cmpint (run (ABLATE "4", &resumed, NULL), ==, 0);
  g_assert_null (strstr (resumed, "\"variant\":\"none\",\"seed\"")); /* was finished */
  done = ctl_read_last (resumed);
  g_assert_cmpuint (json_array_size (json_object_get (done, "rows")), ==, 7);
  g_clear_pointer (&resumed, g_free);
  resumed = read_file (csv);
  g_assert_cmpint (run (ABLATE "4", &again, NULL), ==, 0);
  g_assert_null (strstr (again, "\"event\":\"row\""));
  assert_fails ("ablate --tables 4 --steps 5", 1, "made with other settings");
  temp_folder_free (g_steal_pointer (&runs));
  g_assert_cmpint (run (ABLATE "4", NULL, NULL), ==, 0);
  whole = read_file (csv);
  g_assert_cmpstr (resumed, ==, whole);
  g_assert_true (g_file_get_contents (database, &second, &size_after, NULL));
  g_assert_cmpmem (first, size, second, size_after);
}

static void
test_forms (void)
{
  g_autofree char *tex = in_runs ("ablation-4/table.tex"), *md = in_runs ("ablation-4/table.md");
  g_autofree char *latex = NULL, *markdown = NULL;

  if (count_rows () == 0)
    g_assert_cmpint (run (ABLATE "4", NULL, NULL), ==, 0);
  latex = read_file (tex);
  markdown = read_file (md);
  g_assert_true (g_str_has_prefix (markdown, "| style clustering | R@1 | R@5 | R@10 | mAP |\n"));
  g_assert_nonnull (strstr (markdown, "\n| DBSCAN | "));
  g_assert_nonnull (strstr (latex, "\nk-means & $"));
  g_assert_true (g_str_has_suffix (latex, "\\end{tabular}\n"));
}

static void
test_ablate_wrong (void)
{
  assert_fails ("ablate", 2, "--tables is missing");
  assert_fails ("ablate --tables 1,4", 2, "there is no table 1 to run");
  assert_fails ("ablate --tables 4 --seeds 1,1", 2, "no list of different numbers");
  assert_fails ("ablate --tables 4 --steps 0", 2, "--steps must lie");
  assert_fails ("ablate --tables 4 --persons 1", 2, "at least 2");
  assert_fails ("ablate --tables 4 --preset huge", 2, "huge");
}

int
main (int argc, char **argv)
{
  const char *words[] = { "demo", NULL, "--persons", "24", "--seed", "3", "--quiet", NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("styles");
  words[1] = project = g_build_filename (folder, "project", NULL);
  g_assert_cmpint (ctl_run (NULL, words, NULL, NULL), ==, 0);
  g_test_add_func ("/cli/styles/none-yet", test_none_yet);
  g_test_add_func ("/cli/styles/found", test_found);
  g_test_add_func ("/cli/styles/table", test_table);
  g_test_add_func ("/cli/styles/filter", test_filter);
  g_test_add_func ("/cli/styles/useless", test_useless);
  g_test_add_func ("/cli/styles/wrong", test_wrong);
  g_test_add_func ("/cli/ablate/resume", test_resume);
  g_test_add_func ("/cli/ablate/forms", test_forms);
  g_test_add_func ("/cli/ablate/wrong", test_ablate_wrong);
  status = g_test_run ();
  g_free (project);
  temp_folder_free (folder);
  return status;
}
