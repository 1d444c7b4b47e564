/* guisectl ablate: what a table trains, keeps and says; killed and stopped tables go on. */
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static char *folder, *project;

/* Small and short, with every loss in it from the second update on. */
#define TOY                                                                                   \
  "ablate --json --preset toy --threads 1 --persons 12 --steps 4 --set=text.vocab_size=160 "  \
  "--set=text.max_tokens=16 --set=train.vision_blocks=-1 --set=train.train_text=true "        \
  "--set=train.vision_lr=1 --set=train.text_lr=1 --set=train.persons=6 --set=train.warmup=4 " \
  "--set=train.micro_batch=0 --set=train.patience=0 --set=loss.ramp.start=1 "                 \
  "--set=loss.ramp.length=1 --set=train.checkpoint_every=2 --set=train.validate_every=4 "
#define TABLE_1 TOY "--tables 1"
#define N_TABLE_1 5
#define N_TABLES_1_2_3 18 /* 5 + 6 + 9 with the full model in each */

/* ---- calls ---- */

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
  ctl_assert_one_line (errors, why);
}

/* The events of a run that must be good. */
static GPtrArray *
run_events (const char *arguments)
{
  g_autofree char *output = NULL, *errors = NULL;
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify)json_decref);
  g_auto (GStrv) lines = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  lines = g_strsplit (output, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
    json_t *event = json_loads (lines[i], 0, NULL);

    g_assert_nonnull (event);
    g_ptr_array_add (events, event);
  }
  return events;
}

static const char *
get_text (json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static guint
count_events (const GPtrArray *events, const char *name)
{
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strcmp (get_text (events->pdata[i], "event"), name) == 0;
  return n;
}

static json_t *
get_done (const GPtrArray *events)
{
  json_t *done = events->pdata[events->len - 1];

  g_assert_cmpstr (get_text (done, "event"), ==, "done");
  return json_object_get (done, "rows");
}

/* A number at "caption.r1" of a row. */
static double
get_figure (json_t *row, const char *query, const char *figure)
{
  json_t *value
      = json_object_get (json_object_get (json_object_get (row, "queries"), query), figure);

  g_assert_true (json_is_number (value));
  return json_number_value (value);
}

/* ---- files ---- */

static char *
in_runs (const char *name)
{
  return g_build_filename (project, "runs", name, NULL);
}

static char *
read_file (const char *name)
{
  g_autofree char *path = in_runs (name);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = in_runs (name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* What stood in a file's place is put back by the caller. */
static void
replace_in_file (const char *name, const char *before, const char *after)
{
  g_autofree char *text = read_file (name);
  g_auto (GStrv) parts = g_strsplit (text, before, 2);
  g_autofree char *changed = g_strjoinv (after, parts);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  write_file (name, changed);
}

static guint
count_folders (const char *name)
{
  g_autofree char *path = in_runs (name);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;
  guint n = 0;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, entry, NULL);

    n += g_file_test (child, G_FILE_TEST_IS_DIR);
  }
  return n;
}

static guint
count_rows (void)
{
  g_autofree char *path = in_runs ("ablation/rows.json");
  json_auto_t *object = json_load_file (path, 0, NULL);

  return (guint)json_array_size (json_object_get (object, "rows"));
}

/* Table 1 is finished after this, whichever test comes first. */
static void
ensure_table_1 (void)
{
  if (count_rows () < N_TABLE_1)
    g_assert_cmpint (run (TABLE_1, NULL, NULL), ==, 0);
}

/* ---- going on ---- */

/* Starts table 1 and sends a signal at the n-th event of that name; its exit status, or minus the
 * signal. */
static int
interrupt (const char *event, guint n, int number)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_auto (GStrv) words = g_strsplit (TABLE_1, " ", -1);
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

/* Killed, stopped, and brought to its end: the table is that of one that nobody disturbed, and
 * the project is as it was. */
static void
test_resume (void)
{
  g_autofree char *database = g_build_filename (project, "guise.db", NULL);
  g_autofree char *resumed = NULL, *whole = NULL, *first = NULL, *second = NULL, *markdown = NULL;
  g_autoptr (GPtrArray) events = NULL, again = NULL;
  gsize size = 0, size_after = 0;

  g_assert_true (g_file_get_contents (database, &first, &size, NULL));
  g_assert_cmpint (interrupt ("row", 2, SIGKILL), ==, -SIGKILL);
  g_assert_cmpuint (count_rows (), >=, 1); /* the second is being written down */
  g_assert_cmpuint (count_rows (), <, N_TABLE_1);
  markdown = read_file ("ablation/table-1.md");
  g_assert_nonnull (strstr (markdown, "* without gate: seed 0 not finished.\n"));
  g_assert_cmpint (interrupt ("progress", 1, SIGTERM), ==, 130);
  g_assert_cmpuint (count_rows (), <, N_TABLE_1);
  events = run_events (TABLE_1);
  for (guint i = 0; i < events->len; i++) /* the first was finished */
    g_assert_cmpstr (get_text (events->pdata[i], "variant"), !=, "full");
  g_assert_cmpuint (json_array_size (get_done (events)), ==, N_TABLE_1);
  again = run_events (TABLE_1);
  g_assert_cmpuint (again->len, ==, 1);
  resumed = read_file ("ablation/table-1.csv");
  g_assert_cmpint (run (TABLE_1 " --name undisturbed", NULL, NULL), ==, 0);
  whole = read_file ("undisturbed/table-1.csv");
  g_assert_cmpstr (resumed, ==, whole);
  g_assert_true (g_file_get_contents (database, &second, &size_after, NULL));
  g_assert_cmpmem (first, size, second, size_after);
}

/* The full model is trained once for all tables, and what is finished is not trained again. */
static void
test_shared (void)
{
  g_autoptr (GPtrArray) events = NULL;
  json_t *rows, *plan;
  guint n_full = 0;

  ensure_table_1 ();
  events = run_events (TOY "--tables 2,1,3");
  plan = events->pdata[0];
  g_assert_cmpstr (get_text (plan, "event"), ==, "plan");
  g_assert_cmpint (ctl_get_int (plan, "runs"), ==, N_TABLES_1_2_3 - N_TABLE_1);
  g_assert_cmpint (ctl_get_int (plan, "finished"), ==, N_TABLE_1);
  g_assert_cmpint (ctl_get_int (plan, "bytes"), >, 0);
  g_assert_cmpuint (count_events (events, "row"), ==, N_TABLES_1_2_3 - N_TABLE_1);
  g_assert_cmpuint (count_folders ("ablation"), ==, N_TABLES_1_2_3);
  rows = get_done (events);
  g_assert_cmpuint (json_array_size (rows), ==, 5 + 6 + 9);
  for (size_t i = 0; i < json_array_size (rows); i++)
    n_full += strcmp (get_text (json_array_get (rows, i), "variant"), "full") == 0;
  g_assert_cmpuint (n_full, ==, 3);
}

/* What was refused before its first row binds nobody, and a training is no ablation. */
static void
test_names (void)
{
  g_autofree char *trained = in_runs ("trained");

  assert_fails (TABLE_1 " --name=refused --set=train.train_text=false", 1, "train_text");
  g_assert_cmpint (run (TABLE_1 " --name=refused", NULL, NULL), ==, 0);
  g_assert_cmpint (g_mkdir (trained, 0777), ==, 0);
  write_file ("trained/run.json", "{}");
  assert_fails (TABLE_1 " --name=trained", 1, "is a training");
}

/* Finished rows count only for the settings and data that they were made with. */
static void
test_same_only (void)
{
  g_autofree char *rows = NULL;

  ensure_table_1 ();
  rows = read_file ("ablation/rows.json");
  assert_fails (TABLE_1 " --set=optimiser.lr=0.5", 1, "'config.optimiser.lr' differs");
  assert_fails (TABLE_1 " --persons 11", 1, "'persons' differs");
  replace_in_file ("ablation/rows.json", "\"data\": \"", "\"data\": \"0");
  assert_fails (TABLE_1, 1, "'data' differs");
  write_file ("ablation/rows.json", rows);
  g_assert_cmpint (run (TABLE_1, NULL, NULL), ==, 0);
}

/* A row whose variant means something else by now is not taken for it, nor is its training. */
static void
test_other_training (void)
{
  g_autofree char *rows = NULL, *config = NULL;

  ensure_table_1 ();
  rows = read_file ("ablation/rows.json");
  config = read_file ("ablation/full-s0/config.json");
  replace_in_file ("ablation/rows.json", "\"config\": \"", "\"config\": \"0");
  replace_in_file ("ablation/full-s0/config.json", "\"steps\": 4", "\"steps\": 5");
  assert_fails (TABLE_1, 1, "holds a training with another configuration");
  write_file ("ablation/full-s0/config.json", config);
  write_file ("ablation/rows.json", rows);
}

/* Figure 5 out of the rows of table 2: before they are there, and then. */
static void
test_comparison (void)
{
  g_autofree char *figure = in_runs ("radar.svg"), *csv = in_runs ("radar.csv"), *text = NULL;
  g_autofree char *command
      = g_strdup_printf ("analyse efficiency --json --seconds 0 --ablation ablation -o %s", csv);
  g_autofree char *draw
      = g_strdup_printf ("analyse efficiency --seconds 0 --ablation ablation -o %s", figure);
  g_autofree char *output = NULL;
  json_auto_t *answer = NULL;
  json_t *mamba, *map;

  ensure_table_1 ();
  if (count_folders ("ablation") < N_TABLES_1_2_3) {
    assert_fails (draw, 1, "has no finished row 'no-mamba' to compare");
    g_assert_false (g_file_test (figure, G_FILE_TEST_EXISTS));
    g_assert_cmpint (run (TOY "--tables 2", NULL, NULL), ==, 0);
  }
  g_assert_cmpint (run (command, &output, NULL), ==, 0);
  answer = ctl_read_last (output);
  mamba = json_array_get (json_object_get (answer, "comparison"), 1);
  map = json_object_get (mamba, "mAP");
  g_assert_cmpstr (get_text (mamba, "backbone"), ==, "Mamba");
  g_assert_cmpfloat (json_number_value (json_object_get (map, "value")), >, 0);
  g_assert_cmpfloat (json_number_value (json_object_get (map, "of_best")), <=, 100);
  /* 64 + 16128 + 192 + 12: see tests/core/test-part-cost.c */
  g_assert_cmpfloat (json_number_value (json_object_get (
                         json_object_get (mamba, "multiply-adds"), "value")),
                     ==, 16396);
  text = read_file ("radar.csv");
  g_assert_true (g_str_has_prefix (text, "backbone,score,value,of_best,seeds\r\nnone,mAP,"));
  g_assert_cmpint (run (draw, NULL, NULL), ==, 0);
  g_assert_true (g_file_test (figure, G_FILE_TEST_EXISTS));
}

/* What the figure says of a backbone: how many seeds its mean has, and which of those that table 2
 * was asked for it lacks. */
static void
assert_seeds (gsize backbone, const char *name, int n_seeds, const char *missing)
{
  g_autofree char *output = NULL, *list = NULL;
  json_auto_t *answer = NULL;
  json_t *row;

  g_assert_cmpint (run ("analyse efficiency --json --seconds 0 --ablation ablation", &output, NULL),
                   ==, 0);
  answer = ctl_read_last (output);
  row = json_array_get (json_object_get (answer, "comparison"), backbone);
  g_assert_cmpstr (get_text (row, "backbone"), ==, name);
  g_assert_cmpint (ctl_get_int (row, "seeds"), ==, n_seeds);
  list = json_dumps (json_object_get (row, "missing"), JSON_COMPACT);
  g_assert_cmpstr (list, ==, missing);
}

/* Figure 5 is of the seeds that table 2 was asked for, whatever others are finished. */
static void
test_comparison_seeds (void)
{
  g_autofree char *output = NULL;

  ensure_table_1 ();
  g_assert_cmpint (run (TOY "--tables 2", NULL, NULL), ==, 0);
  g_assert_cmpint (run (TABLE_1 " --seeds 7", NULL, NULL), ==, 0);
  assert_seeds (0, "none", 1, "[]");
  assert_seeds (1, "Mamba", 1, "[]");
  replace_in_file ("ablation/rows.json", "\"2\": [\n      0", "\"2\": [\n      0, 7");
  assert_seeds (0, "none", 1, "[7]");
  assert_seeds (1, "Mamba", 2, "[]");
  g_assert_cmpint (run ("analyse efficiency --seconds 0 --ablation ablation", &output, NULL), ==,
                   0);
  g_assert_nonnull (strstr (output, "\nnone: not finished, and not in the mean: seed 7\n"));
  g_assert_null (strstr (output, "\nMamba: not finished"));
  g_assert_cmpint (run (TOY "--tables 2", NULL, NULL), ==, 0); /* of seed 0 again */
  assert_seeds (1, "Mamba", 1, "[]");
}

/* ---- what it finds ---- */

/* The mean of a caption's mAP over the seeds that the last command asked for. */
static double
get_mean (const GPtrArray *events, guint n_seeds)
{
  json_t *summary = json_array_get (get_done (events), 1); /* without BDAM */

  g_assert_cmpuint (json_array_size (json_object_get (summary, "seeds")), ==, n_seeds);
  g_assert_cmpuint (json_array_size (json_object_get (summary, "missing")), ==, 0);
  return json_number_value (json_object_get (json_object_get (summary, "mean"), "caption_map"));
}

/* Means and deviations over seeds are those of the rows, of the seeds asked for alone. */
static void
test_seeds (void)
{
  g_autoptr (GPtrArray) events = NULL, zero = NULL, seven = NULL;
  g_autofree char *markdown = NULL, *text = NULL;
  json_auto_t *kept = NULL;
  json_t *rows, *summary;
  double sum = 0, squares = 0;
  guint n = 0;

  ensure_table_1 ();
  events = run_events (TABLE_1 " --seeds 0,7");
  summary = json_array_get (get_done (events), 1); /* without BDAM */
  g_assert_cmpuint (count_folders ("ablation/no-bdam-s7"), >, 0);
  text = read_file ("ablation/rows.json");
  kept = json_loads (text, 0, NULL);
  rows = json_object_get (kept, "rows");
  for (size_t i = 0; i < json_array_size (rows); i++) {
    json_t *row = json_array_get (rows, i);

    if (strcmp (get_text (row, "variant"), "no-bdam") == 0) {
      double map = get_figure (row, "caption", "map");

      sum += map;
      squares += map * map;
      n++;
    }
  }
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpfloat_with_epsilon (
      json_number_value (json_object_get (json_object_get (summary, "mean"), "caption_map")),
      sum / 2, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      json_number_value (json_object_get (json_object_get (summary, "sd"), "caption_map")),
      sqrt (MAX (squares - sum * sum / 2, 0)), 1e-5);
  markdown = read_file ("ablation/table-1.md");
  g_assert_nonnull (strstr (markdown, " ± "));
  zero = run_events (TABLE_1 " --seeds 0");
  seven = run_events (TABLE_1 " --seeds 7");
  g_assert_cmpuint (seven->len, ==, 1); /* nothing was left to train */
  g_assert_cmpfloat_with_epsilon ((get_mean (zero, 1) + get_mean (seven, 1)) / 2,
                                  get_mean (events, 2), 1e-9);
}

static void
test_forms (void)
{
  g_autofree char *markdown = NULL, *latex = NULL, *csv = NULL, *report = NULL;

  g_assert_cmpint (run (TABLE_1 " --seeds 0", NULL, NULL), ==, 0);
  markdown = read_file ("ablation/table-1.md");
  latex = read_file ("ablation/table-1.tex");
  csv = read_file ("ablation/table-1.csv");
  report = read_file ("ablation/report.md");
  g_assert_nonnull (strstr (markdown, "\n| disentanglement (BDAM) | R@1 | R@5 | R@10 | mAP |"));
  g_assert_nonnull (strstr (markdown, "\n| without cross-attention | "));
  g_assert_nonnull (strstr (markdown, "* three self-attention layers: the full model has 2.\n"));
  g_assert_nonnull (strstr (markdown, "One seed: "));
  g_assert_null (strstr (markdown, " ± ")); /* whatever other seeds are finished */
  g_assert_true (g_str_has_prefix (latex, "\\begin{tabular}{lcccc"));
  g_assert_nonnull (strstr (latex, "\nwithout gate & "));
  g_assert_true (g_str_has_suffix (latex, "\\end{tabular}\n"));
  g_assert_true (g_str_has_prefix (csv, "variant,title,seeds,caption_r1,caption_r1_sd,"));
  g_assert_nonnull (strstr (csv, "\nno-bdam,without BDAM,"));
  g_assert_nonnull (strstr (report, "come in from step 1 over 1 steps"));
  g_assert_nonnull (strstr (report, markdown));
  g_assert_nonnull (strstr (report, "Seed 0, the first 12 of 17 persons of the training split."));
}

/* A loss that would only come in after the end is no row of its own. In another precision than the
 * other tests: all are trained in it, and the report says so. */
static void
test_late (void)
{
  g_autoptr (GPtrArray) events = run_events (
      TOY "--tables 3 --name late --set=loss.ramp.start=4 --precision bfloat16");
  json_t *rows = get_done (events), *row = json_array_get (rows, 3);
  g_autofree char *markdown = read_file ("late/table-3.md");
  g_autofree char *report = read_file ("late/report.md");
  g_autofree char *config = read_file ("late/full-s0/config.json");

  g_assert_cmpuint (json_array_size (rows), ==, 9);
  g_assert_cmpstr (get_text (row, "title"), ==, "without triplet");
  g_assert_cmpstr (get_text (row, "variant"), ==, "full");
  g_assert_nonnull (strstr (markdown, "* without triplet: 'triplet' takes no part: it comes in at "
                                      "step 4, the training has 4.\n"));
  /* not: triplet, decouple and match; adv is there from the start */
  g_assert_cmpuint (count_folders ("late"), ==, 9 - 3);
  g_assert_nonnull (strstr (config, "\"precision\": \"bfloat16\""));
  g_assert_nonnull (strstr (report, ", the encoders' products in bfloat16. "));
}

/* A training that diverges is a finding, and no reason to stop. */
static void
test_diverged (void)
{
  static const char command[] = TOY "--tables 1 --name diverged --persons 100 "
                                    "--set=optimiser.lr=1e7 "
                                    "--set=train.warmup=0 --set=train.steps=30";
  g_autoptr (GPtrArray) events = run_events (command), again = run_events (command);
  json_t *full = json_array_get (get_done (events), 0);
  g_autofree char *markdown = read_file ("diverged/table-1.md");
  g_autofree char *report = read_file ("diverged/report.md");

  g_assert_cmpuint (count_events (events, "row"), ==, N_TABLE_1);
  g_assert_cmpuint (again->len, ==, 1); /* it would only do so again */
  g_assert_cmpuint (json_array_size (json_object_get (full, "diverged")), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (full, "seeds")), ==, 0);
  g_assert_nonnull (strstr (markdown, "| full | – | "));
  g_assert_nonnull (strstr (markdown, "* full: 1 of 1 seeds diverged and have no figures.\n"));
  g_assert_nonnull (strstr (report, "Seed 0, all 17 persons of the training split."));
}

static void
test_styles (void)
{
  g_autoptr (GPtrArray) events = run_events (TOY "--tables 4 --name styles");
  g_autofree char *latex = read_file ("styles/table-4.tex");
  json_t *rows = get_done (events);

  g_assert_cmpuint (json_array_size (rows), ==, 7);
  for (guint i = 0; i < events->len; i++) {
    const char *variant = get_text (events->pdata[i], "variant");

    if (variant != NULL && strcmp (variant, "styles-none") != 0)
      g_assert_cmpint (ctl_get_int (events->pdata[i], "styles"), >, 1);
  }
  g_assert_nonnull (strstr (latex, "\nk-means & "));
}

/* Every row begins with the encoders, and rows of others are not taken for theirs. */
static void
test_pretrained (void)
{
  g_autofree char *vit = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", "vit", NULL);
  g_autofree char *bert = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", "bert", NULL);
  g_autofree char *command = g_strdup_printf (
      "ablate --json --threads 1 --tables 1 --name begun --preset recommended --persons 12 "
      "--steps 2 --set=bdam.self_layers=1 --set=bdam.cross_layers=1 --set=fusion.size=12 "
      "--set=train.vision_blocks=1 --set=train.persons=4 --set=train.micro_batch=0 --vision %s "
      "--text ",
      vit);
  g_autofree char *whole = g_strconcat (command, bert, NULL);
  g_autofree char *wrong = g_strconcat (command, vit, NULL);
  g_autoptr (GPtrArray) events = run_events (whole);
  g_autofree char *run_json = read_file ("begun/no-gate-s0/run.json");

  g_assert_cmpuint (count_events (events, "row"), ==, N_TABLE_1);
  g_assert_nonnull (strstr (run_json, vit));
  g_assert_nonnull (strstr (run_json, bert));
  assert_fails (wrong, 1, "texts are not for it");
  replace_in_file ("begun/rows.json", "\"text\": \"", "\"text\": \"0");
  assert_fails (whole, 1, "'text' differs");
}

/* ---- wrong usage ---- */

static void
test_wrong (void)
{
  assert_fails ("ablate", 2, "--tables is missing");
  assert_fails ("ablate --tables 1,5", 2, "there is no table 5 to run");
  assert_fails ("ablate --tables 1,1", 2, "no list of different numbers");
  assert_fails ("ablate --tables 4 --seeds 1,1", 2, "no list of different numbers");
  assert_fails ("ablate --tables 4 --steps 0", 2, "--steps must lie");
  assert_fails ("ablate --tables 4 --persons 1", 2, "at least 2");
  assert_fails ("ablate --tables 4 --preset huge", 2, "huge");
  assert_fails ("ablate --tables 1 --name ../x", 2, "--name");
  assert_fails ("ablate --tables 2 --preset toy --set=fusion.heads=3", 2,
                "four Transformer layers for Mamba: configuration: fusion.heads");
}

int
main (int argc, char **argv)
{
  const char *words[] = { "demo", NULL, "--persons", "24", "--seed", "3", "--quiet", NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("ablate");
  words[1] = project = g_build_filename (folder, "project", NULL);
  g_assert_cmpint (ctl_run (NULL, words, NULL, NULL), ==, 0);
  g_test_add_func ("/cli/ablate/resume", test_resume);
  g_test_add_func ("/cli/ablate/shared", test_shared);
  g_test_add_func ("/cli/ablate/comparison", test_comparison);
  g_test_add_func ("/cli/ablate/comparison-seeds", test_comparison_seeds);
  g_test_add_func ("/cli/ablate/names", test_names);
  g_test_add_func ("/cli/ablate/same-only", test_same_only);
  g_test_add_func ("/cli/ablate/other-training", test_other_training);
  g_test_add_func ("/cli/ablate/seeds", test_seeds);
  g_test_add_func ("/cli/ablate/forms", test_forms);
  g_test_add_func ("/cli/ablate/late", test_late);
  g_test_add_func ("/cli/ablate/diverged", test_diverged);
  g_test_add_func ("/cli/ablate/styles", test_styles);
  g_test_add_func ("/cli/ablate/pretrained", test_pretrained);
  g_test_add_func ("/cli/ablate/wrong", test_wrong);
  status = g_test_run ();
  g_free (project);
  temp_folder_free (folder);
  return status;
}
