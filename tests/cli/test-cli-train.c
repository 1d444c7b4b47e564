/* guisectl train, runs and model export: events, signals, kill -9, several seeds, wrong usage. */
#include "train-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guise-folder.h"
#include "guise-safetensors.h"
#include "guise-store-runs.h"
#include "temp-folder.h"
#include "tokenizer-json.h"

#define STEPS 24

static TrainFixture fixture;
static char *project;

/* The configuration of train_fixture_config() as arguments. */
static const char *const settings[]
    = { "--preset",
        "toy",
        "--set={\"text\": {\"vocab_size\": 160, \"max_tokens\": 16}, \"loss\": {\"ramp\": "
        "{\"start\": 6}}, \"train\": {\"vision_blocks\": -1, \"train_text\": true, \"vision_lr\": "
        "1, \"text_lr\": 1, \"persons\": 6, \"warmup\": 4, \"micro_batch\": 0, \"patience\": 0}}",
        "--set=train.validate_every=8",
        "--set=train.checkpoint_every=4",
        "--threads=2",
        "--steps=24",
        NULL };

/* ----------------------------------------------------------------- processes */

typedef struct {
  GPid pid;
  FILE *out; /* its stdout */
  int errors;
} Child;

static Child
start (const char *const *words, const char *const *more)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Child child;
  int out;

  g_ptr_array_add (argv, (gpointer)g_getenv ("GUISECTL"));
  g_ptr_array_add (argv, (gpointer) "--project");
  g_ptr_array_add (argv, project);
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)words[i]);
  for (gsize i = 0; more != NULL && more[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)more[i]);
  g_ptr_array_add (argv, NULL);
  g_spawn_async_with_pipes (NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &child.pid, NULL, &out, &child.errors, &error);
  g_assert_no_error (error);
  child.out = fdopen (out, "r");
  return child;
}

/* Waits for the end; the exit status, or minus the signal. */
static int
finish (Child *child, char **errors)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char piece[512];
  ssize_t n;
  int status;

  while ((n = read (child->errors, piece, sizeof piece)) > 0)
    g_string_append_len (text, piece, n);
  close (child->errors);
  fclose (child->out);
  g_assert_cmpint (waitpid (child->pid, &status, 0), ==, child->pid);
  if (errors != NULL)
    *errors = g_strdup (text->str);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

/* The next event; NULL at the end. */
static json_t *
read_event (Child *child)
{
  char line[1 << 16];
  json_t *event;

  if (fgets (line, sizeof line, child->out) == NULL)
    return NULL;
  event = json_loads (line, 0, NULL);
  g_assert_nonnull (event);
  return event;
}

static gboolean
is_event (json_t *event, const char *name)
{
  return g_strcmp0 (json_string_value (json_object_get (event, "event")), name) == 0;
}

/* Reads to the end; the last line, which the caller owns. */
static json_t *
read_all (Child *child, guint *n_of_each, const char *const *names)
{
  json_t *last = NULL, *event;

  while ((event = read_event (child)) != NULL) {
    for (gsize i = 0; names != NULL && names[i] != NULL; i++)
      n_of_each[i] += is_event (event, names[i]);
    json_decref (last);
    last = event;
  }
  return last;
}

/* Runs to the end, which must be good; the last JSON line. */
static json_t *
run_json (const char *const *words, const char *const *more)
{
  Child child = start (words, more);
  json_t *last = read_all (&child, NULL, NULL);
  g_autofree char *errors = NULL;
  int status = finish (&child, &errors);

  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (status, ==, 0);
  return last;
}

static void
assert_failure (const char *const *words, int status, const char *part)
{
  Child child = start (words, NULL);
  g_autofree char *errors = NULL;

  g_assert_cmpint (fgetc (child.out), ==, EOF);
  g_assert_cmpint (finish (&child, &errors), ==, status);
  g_assert_true (g_str_has_prefix (errors, "guisectl: "));
  g_test_message ("%s", errors);
  g_assert_nonnull (strstr (errors, part));
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *
get_folder (const char *name)
{
  return g_build_filename (fixture.runs, name, NULL);
}

/* ---------------------------------------------------------------- whole runs */

static void
ensure_whole (void)
{
  static const char *const names[]
      = { "step", "eval", "checkpoint", "done", "start", "progress", NULL };
  static gboolean made;
  guint n[6] = { 0 };
  json_auto_t *done = NULL;
  Child child;

  if (made)
    return;
  made = TRUE;
  child = start (WORDS ("--json", "train", "--name", "whole"), settings);
  done = read_all (&child, n, names);
  g_assert_cmpint (finish (&child, NULL), ==, 0);
  g_assert_cmpuint (n[0], ==, 3);
  g_assert_cmpuint (n[1], ==, 3);
  g_assert_cmpuint (n[2], ==, 6);
  g_assert_cmpuint (n[3], ==, 1);
  g_assert_cmpuint (n[4], ==, 1);
  g_assert_cmpuint (n[5], >, 0);
  g_assert_true (is_event (done, "done"));
  g_assert_cmpstr (json_string_value (json_object_get (done, "run")), ==, "whole");
  g_assert_true (json_is_integer (json_object_get (done, "best")));
  g_assert_true (json_is_number (json_object_get (json_object_get (done, "metrics"), "r1")));
}

static void
assert_same_as_whole (const char *name)
{
  g_autofree char *x = get_folder ("whole"), *y = get_folder (name);
  g_autofree char *p = guise_run_get_checkpoint_path (x, STEPS);
  g_autofree char *q = guise_run_get_checkpoint_path (y, STEPS);
  g_autofree char *m = train_fixture_read_metrics (x), *n = train_fixture_read_metrics (y);

  g_assert_true (train_fixture_same_checkpoint (p, q));
  g_assert_cmpstr (m, ==, n);
}

/* The row in the project's table. */
static void
test_row (void)
{
  g_autoptr (GuiseProject) opened = NULL;
  g_autoptr (GuiseRun) run = NULL;
  g_autoptr (GError) error = NULL;

  ensure_whole ();
  opened = guise_project_open (project, GUISE_PROJECT_READ_ONLY, &error);
  g_assert_no_error (error);
  run = guise_store_get_run (guise_project_get_store (opened), "whole", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (run->preset, ==, "toy");
  g_assert_cmpstr (run->state, ==, "done");
  g_assert_cmpstr (run->folder, ==, "runs/whole");
  g_assert_nonnull (strstr (run->metrics, "\"r1\""));
}

static void
test_step_event (void)
{
  static const char *const keys[] = { "loss", "floor", "chance", "weight", "norm", "gate",
                                      "grad_norm", "lr", "skipped", "batch", "images_per_s",
                                      "wait_s" };
  g_autofree char *folder = get_folder ("whole");
  g_autofree char *path = g_build_filename (folder, "metrics.jsonl", NULL);
  json_auto_t *step = NULL;
  FILE *file;
  char line[1 << 14];

  ensure_whole ();
  file = fopen (path, "r");
  g_assert_nonnull (fgets (line, sizeof line, file));
  fclose (file);
  step = json_loads (line, JSON_DISABLE_EOF_CHECK, NULL); /* eval of 8 comes first */
  g_assert_true (is_event (step, "checkpoint") || is_event (step, "eval"));
  json_decref (step);
  file = fopen (path, "r");
  while (fgets (line, sizeof line, file) != NULL && strstr (line, "\"event\":\"step\"") == NULL)
    ;
  fclose (file);
  step = json_loads (line, JSON_DISABLE_EOF_CHECK, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_nonnull (json_object_get (step, keys[i]));
  g_assert_cmpint (json_integer_value (json_object_get (step, "step")), ==, 10);
  /* terms that the ramp still holds at zero are shown too */
  g_assert_true (json_is_number (json_object_get (json_object_get (step, "loss"), "triplet")));
}

/* ------------------------------------------------------------ stops and kills */

/* Reads n events, fewer when it ends before. */
static void
read_some (Child *child, int n)
{
  json_t *event;

  while (n-- > 0 && (event = read_event (child)) != NULL)
    json_decref (event);
}

static gboolean
exists (const char *name)
{
  g_autofree char *folder = get_folder (name);

  return g_file_test (folder, G_FILE_TEST_EXISTS);
}

/* ---- processes of processes ---- */

/* State and parent of a process; FALSE where there is none. */
static gboolean
read_stat (GPid pid, char *state, GPid *parent)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid), *text = NULL;
  const char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (end = strrchr (text, ')')) == NULL)
    return FALSE;
  return sscanf (end + 1, " %c %d", state, parent) == 2;
}

static GArray *
list_children (GPid of)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (GPid));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    GPid pid = atoi (name), parent;
    char state;

    if (pid > 0 && read_stat (pid, &state, &parent) && parent == of)
      g_array_append_val (children, pid);
  }
  return children;
}

/* Whoever was a child of the ended process ends too. */
static void
wait_for_orphans (const GArray *children)
{
  gint64 deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  for (guint i = 0; i < children->len; i++) {
    GPid pid = g_array_index (children, GPid, i), parent;
    char state;

    while (read_stat (pid, &state, &parent) && state != 'Z') {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (2000);
    }
  }
}

/* ---- storms ---- */

typedef enum {
  BLOW_KILL,
  BLOW_TERMINATE,
  BLOW_INTERRUPT,
  BLOW_MANY,  /* SIGTERM, a hundred times */
  BLOW_PAUSE, /* stopped and continued a few times, then killed */
} Blow;

static void
strike (GPid pid, Blow blow)
{
  switch (blow) {
  case BLOW_TERMINATE:
    kill (pid, SIGTERM);
    break;
  case BLOW_INTERRUPT:
    kill (pid, SIGINT);
    break;
  case BLOW_MANY:
    for (int i = 0; i < 100; i++)
      kill (pid, SIGTERM);
    break;
  case BLOW_PAUSE:
    for (int i = 0; i < 20; i++) {
      kill (pid, SIGSTOP);
      kill (pid, SIGCONT);
    }
    kill (pid, SIGKILL);
    break;
  default:
    kill (pid, SIGKILL);
  }
}

/* Starts the run or goes on with it, and strikes after so many events and a pause of some
 * microseconds. Its children do not outlive it. TRUE when it was done before. */
static gboolean
train_and_strike (const char *name, Blow blow)
{
  const char *const again[] = { "--json", "train", "--resume", name, NULL };
  const char *const anew[] = { "--json", "train", "--name", name, NULL };
  gboolean is_old = exists (name);
  Child child = start (is_old ? again : anew, is_old ? NULL : settings);
  g_autoptr (GArray) children = NULL;
  int status;

  read_some (&child, g_test_rand_int_range (1, 12));
  g_usleep ((gulong)g_test_rand_int_range (0, 3000));
  children = list_children (child.pid);
  strike (child.pid, blow);
  status = finish (&child, NULL);
  wait_for_orphans (children);
  g_test_message ("blow %d: %d, %u children", blow, status, children->len);
  if (status == 0)
    return TRUE;
  if (blow == BLOW_KILL || blow == BLOW_PAUSE)
    g_assert_cmpint (status, ==, -SIGKILL);
  else
    g_assert_true (status == 130 || status == -SIGTERM || status == -SIGINT); /* early */
  return FALSE;
}

/* The run is struck again and again and goes on with what there is; whenever it comes to its end,
 * that is the end of the run that nobody struck. */
static void
storm (const char *name, guint n_blows, const Blow *blows, gsize n_kinds)
{
  const char *const again[] = { "--json", "train", "--resume", name, NULL };
  const char *const anew[] = { "--json", "train", "--name", name, NULL };
  g_autofree char *folder = get_folder (name);

  ensure_whole ();
  for (guint i = 0; i < n_blows; i++) {
    if (!train_and_strike (name, blows[g_test_rand_int_range (0, (gint32)n_kinds)]))
      continue;
    assert_same_as_whole (name);
    g_assert_true (guise_folder_remove (folder, NULL));
  }
  if (exists (name)) {
    g_autoptr (GuiseRunInfo) info = guise_run_info_load (folder, NULL);

    g_assert_cmpint (info->state, !=, GUISE_RUN_RUNNING); /* nobody holds the lock */
    json_decref (run_json (again, NULL));
  } else {
    json_decref (run_json (anew, settings));
  }
  assert_same_as_whole (name);
}

static void
test_kill (void)
{
  storm ("killed", 20, (const Blow[]){ BLOW_KILL }, 1);
}

static void
test_storm (void)
{
  static const Blow blows[]
      = { BLOW_KILL, BLOW_TERMINATE, BLOW_INTERRUPT, BLOW_MANY, BLOW_PAUSE };

  storm ("stormed", 20, blows, G_N_ELEMENTS (blows));
}

/* Starts a run and ends it with SIGTERM after its first checkpoint. One that is done before the
 * signal comes, as on a busy machine, is begun again. */
static void
train_and_terminate (const char *name, char **errors)
{
  g_autofree char *folder = get_folder (name);

  for (int n = 0; n < 20; n++) {
    Child child = start (WORDS ("--json", "train", "--name", name), settings);
    gboolean enough = FALSE;
    json_t *event;
    int status;

    while (!enough && (event = read_event (&child)) != NULL) {
      enough = is_event (event, "checkpoint");
      json_decref (event);
    }
    g_assert_true (enough);
    kill (child.pid, SIGTERM);
    json_decref (read_all (&child, NULL, NULL));
    g_clear_pointer (errors, g_free);
    status = finish (&child, errors);
    if (status == 130)
      return;
    g_assert_cmpint (status, ==, 0);
    g_assert_true (guise_folder_remove (folder, NULL));
  }
  g_error ("the run was done before its signal, twenty times");
}

/* Resumed with the kernels of another processor: said to be another run, and nearly the same. */
static void
test_other_kernels (void)
{
  g_autofree char *folder = get_folder ("ported"), *errors = NULL, *whole = NULL;
  g_autoptr (GuiseRunInfo) before = NULL, after = NULL;
  gboolean warned = FALSE;
  json_t *event;
  Child child;

  ensure_whole ();
  train_and_terminate ("ported", &errors);
  before = guise_run_info_load (folder, NULL);
  g_setenv ("OPENBLAS_CORETYPE",
            g_ascii_strcasecmp (before->blas_core, "haswell") == 0 ? "Sandybridge" : "Haswell",
            TRUE);
  child = start (WORDS ("--json", "train", "--resume", "ported"), NULL);
  g_unsetenv ("OPENBLAS_CORETYPE");
  while ((event = read_event (&child)) != NULL) {
    const char *message = json_string_value (json_object_get (event, "message"));

    warned |= message != NULL && strstr (message, "not bit for bit the same") != NULL;
    json_decref (event);
  }
  g_assert_cmpint (finish (&child, NULL), ==, 0);
  after = guise_run_info_load (folder, NULL);
  if (strcmp (before->blas_core, after->blas_core) == 0) {
    g_test_skip ("this OpenBLAS has the kernels of one processor only");
    return;
  }
  g_assert_true (warned);
  whole = get_folder ("whole");
  train_fixture_assert_near (folder, whole, 1e-2);
}

/* SIGTERM: a checkpoint of the step in progress, 130, and the run goes on from there. */
static void
test_terminate (void)
{
  const char *const again[] = { "--json", "train", "--resume", "ended", NULL };
  json_auto_t *done = NULL;
  g_autofree char *folder = get_folder ("ended"), *errors = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;
  g_autoptr (GArray) steps = NULL;

  ensure_whole ();
  train_and_terminate ("ended", &errors);
  g_assert_nonnull (strstr (errors, "stopped: 'train': go on with `guisectl --project "));
  g_assert_nonnull (strstr (errors, " train --resume 'ended'`"));
  info = guise_run_info_load (folder, NULL);
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpint (info->state, ==, GUISE_RUN_STOPPED);
  g_assert_cmpuint (info->step, >=, 4);
  g_assert_cmpuint (info->step, ==, g_array_index (steps, guint64, 0));
  done = run_json (again, NULL);
  assert_same_as_whole ("ended");
}

/* What a kill left in a run is found and removed, but not beneath one that is trained. */
static void
test_half_files (void)
{
  g_autofree char *folder = NULL, *half = NULL;
  Child child;
  int lock;

  ensure_whole ();
  folder = get_folder ("whole");
  half = g_build_filename (folder, ".run.json.0123abcd.part", NULL);
  g_assert_true (g_file_set_contents (half, "half", -1, NULL));
  lock = guise_run_lock (folder, NULL);
  child = start (WORDS ("check", "--repair", "--quiet"), NULL);
  g_assert_cmpint (finish (&child, NULL), ==, 0);
  g_assert_true (g_file_test (half, G_FILE_TEST_EXISTS));
  close (lock);
  child = start (WORDS ("check"), NULL);
  g_assert_cmpint (finish (&child, NULL), ==, 1);
  child = start (WORDS ("check", "--repair", "--quiet"), NULL);
  g_assert_cmpint (finish (&child, NULL), ==, 0);
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
}

/* So that the project can be opened where nothing can be written. */
static void
assert_no_wal (void)
{
  g_autofree char *wal = g_build_filename (project, "guise.db-wal", NULL);
  GStatBuf info;

  g_assert_true (g_stat (wal, &info) != 0 || info.st_size == 0);
}

/* A training reads the project to its end, and writes its row in between: new, resumed, done. */
static void
test_wal (void)
{
  json_auto_t *resumed = NULL, *done = NULL;
  g_autofree char *errors = NULL;

  train_and_terminate ("dry", &errors);
  assert_no_wal ();
  resumed = run_json (WORDS ("--json", "train", "--resume", "dry"), NULL);
  assert_no_wal ();
  done = run_json (WORDS ("--json", "train", "--resume", "dry"), NULL);
  assert_no_wal ();
}

/* What is done is no error, so that a script may say --resume again and again. */
static void
test_resume_done (void)
{
  json_auto_t *done = NULL, *twice = NULL;
  Child child;
  char line[512];

  ensure_whole ();
  done = run_json (WORDS ("--json", "train", "--resume", "whole"), NULL);
  twice = run_json (WORDS ("--json", "train", "--resume", "whole"), NULL);
  g_assert_true (is_event (done, "done"));
  g_assert_true (json_equal (done, twice));
  g_assert_cmpstr (json_string_value (json_object_get (done, "run")), ==, "whole");
  g_assert_cmpint (json_integer_value (json_object_get (done, "steps")), ==, STEPS);
  g_assert_true (json_is_number (json_object_get (json_object_get (done, "metrics"), "r1")));
  child = start (WORDS ("train", "--resume", "whole"), NULL);
  g_assert_nonnull (fgets (line, sizeof line, child.out));
  g_assert_nonnull (strstr (line, "whole: done after 24 steps"));
  g_assert_nonnull (strstr (line, "nothing is left to train"));
  g_assert_cmpint (finish (&child, NULL), ==, 0);
}

/* --------------------------------------------------------------- other options */

static void
test_seeds (void)
{
  json_auto_t *done = run_json (WORDS ("--json", "train", "--name", "both", "--seeds", "3,4"),
                                settings),
              *list = run_json (WORDS ("--json", "runs"), NULL), *differences = NULL;
  json_t *mean = json_object_get (done, "mean"), *sd = json_object_get (done, "sd"), *config;

  g_assert_cmpuint (json_array_size (json_object_get (done, "runs")), ==, 2);
  g_assert_true (json_is_number (json_object_get (mean, "r1")));
  g_assert_true (json_is_number (json_object_get (sd, "wearing_r1")));
  g_assert_cmpuint (json_array_size (json_object_get (list, "runs")), >=, 2);
  differences = run_json (WORDS ("--json", "runs", "compare", "both-s3", "both-s4"), NULL);
  config = json_object_get (differences, "config");
  g_assert_cmpuint (json_object_size (config), ==, 1);
  g_assert_cmpint (json_integer_value (json_array_get (json_object_get (config, "seed"), 1)), ==,
                   4);
  g_assert_true (json_is_number (json_object_get (
      json_object_get (json_object_get (differences, "metrics"), "both.r10"), "delta")));
}

static void
test_export (void)
{
  g_autofree char *full = g_build_filename (fixture.folder, "full", NULL);
  g_autofree char *half = g_build_filename (fixture.folder, "half", NULL);
  g_autofree char *file = g_build_filename (full, "model.safetensors", NULL);
  g_autofree char *folder = get_folder ("whole");
  g_autofree char *best = g_build_filename (folder, "best", "model.safetensors", NULL);
  g_autoptr (GuiseModel) a = NULL, b = NULL;

  g_autofree char *mine = g_strconcat (full, ".part", NULL);
  g_autofree char *letter = g_build_filename (mine, "letter", NULL);

  ensure_whole ();
  g_assert_cmpint (g_mkdir (mine, 0777), ==, 0);
  g_assert_true (g_file_set_contents (letter, "dear", -1, NULL));
  json_decref (run_json (WORDS ("--json", "model", "export", "whole", full), NULL));
  g_assert_true (g_file_test (letter, G_FILE_TEST_EXISTS));
  json_decref (run_json (WORDS ("--json", "model", "export", full, half, "--half"), NULL));
  g_assert_true (train_fixture_same_tensors (file, best));
  a = guise_model_load (full, NULL);
  b = guise_model_load (half, NULL);
  g_assert_cmpuint (a->params->n, ==, b->params->n);
  for (gsize i = 0; i < a->params->n; i++)
    g_assert_cmpfloat_with_epsilon (a->values[i], b->values[i],
                                    1e-6 + ABS (a->values[i]) / 1024);
  assert_failure (WORDS ("model", "export", "whole", half), 1, "exists");
  assert_failure (WORDS ("model", "export", "nothing", half), 1, "'nothing'");
}

/* The tensor of the run's newest model is that of a golden folder. */
static gboolean
is_kept (const char *run, const char *ours, const char *folder, const char *theirs)
{
  g_autofree char *runs = get_folder (run);
  g_autofree char *best = guise_run_find_model (runs, NULL);
  g_autofree char *path = g_build_filename (best, "model.safetensors", NULL);
  g_autofree char *golden = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) a = guise_safetensors_open (path, NULL);
  g_autoptr (GuiseSafetensors) b = guise_safetensors_open (golden, NULL);
  const GuiseTensor *x = guise_safetensors_lookup (a, ours);
  const GuiseTensor *y = guise_safetensors_lookup (b, theirs);

  g_assert_nonnull (x);
  g_assert_nonnull (y);
  return x->n_bytes == y->n_bytes && memcmp (x->data, y->data, x->n_bytes) == 0;
}

/* The same from a folder whose vocabulary is in a tokenizer.json. */
static void
begin_with_json (const char *bert, const char *vit, const char *small, const char *vocabulary)
{
  g_autofree char *place = temp_folder_new ("bert-json");
  g_autofree char *folder = get_folder ("begun-json");
  g_autofree char *ours = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *text = NULL;

  temp_folder_copy (bert, place);
  json_decref (tokenizer_json_replace_vocab (place));
  json_decref (run_json (WORDS ("--json", "train", "--preset", "recommended", "--vision", vit,
                                "--text", place, "--steps", "1", "--name", "begun-json", small),
                         NULL));
  g_assert_true (g_file_get_contents (ours, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, vocabulary);
  temp_folder_free (g_steal_pointer (&place));
}

/* Begins with both encoders: the text's stays, of the image's the last block learns. */
static void
test_pretrained (void)
{
  g_autofree char *vit = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", "vit", NULL);
  g_autofree char *bert = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", "bert", NULL);
  g_autofree char *vocab = g_build_filename (bert, "vocab.txt", NULL);
  g_autofree char *folder = get_folder ("begun");
  g_autofree char *ours = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *small = g_strdup (
      "--set={\"bdam\": {\"self_layers\": 1, \"cross_layers\": 1}, \"fusion\": {\"size\": 12}, "
      "\"train\": {\"vision_blocks\": 1, \"persons\": 4, \"warmup\": 1, \"micro_batch\": 0, "
      "\"validate_every\": 2, \"checkpoint_every\": 2}, \"optimiser\": {\"lr\": 0.01}}");
  g_autofree char *text = NULL, *golden = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;

  json_decref (run_json (WORDS ("--json", "train", "--preset", "recommended", "--vision", vit,
                                "--text", bert, "--steps", "4", "--name", "begun", small),
                         NULL));
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpstr (info->vision, ==, vit);
  g_assert_cmpstr (info->text, ==, bert);
  g_assert_true (g_file_get_contents (ours, &text, NULL, NULL));
  g_assert_true (g_file_get_contents (vocab, &golden, NULL, NULL));
  g_assert_cmpstr (text, ==, golden);
#define TEXT_NORM "encoder.layer.1.output.LayerNorm.weight"
#define BLOCK(n) "encoder.layer." n ".intermediate.dense.weight"
  g_assert_true (is_kept ("begun", "text." TEXT_NORM, bert, TEXT_NORM));
  g_assert_true (is_kept ("begun", "vision." BLOCK ("0"), vit, BLOCK ("0")));
  g_assert_false (is_kept ("begun", "vision." BLOCK ("1"), vit, BLOCK ("1")));
  begin_with_json (bert, vit, small, golden);
  assert_failure (WORDS ("train", "--preset", "recommended", "--vision", bert, "--text", bert), 1,
                  "it is a BERT model: images are not for it");
  assert_failure (WORDS ("train", "--preset", "recommended", "--vision", vit), 1, "with --text");
  assert_failure (WORDS ("train", "--preset", "recommended", "--text", bert), 1, "with --vision");
  assert_failure (WORDS ("train", "--preset", "recommended", "--vision", vit, "--text", bert,
                         "--set", "vision.heads=4"),
                  1, "'vision.heads' is 4, but 2 in the weights of");
  assert_failure (WORDS ("train", "--from", folder, "--vision", vit), 2, "go with --preset");
  assert_failure (WORDS ("train", "--resume", "begun", "--vision", vit), 2, "--resume");
}

static void
test_usage (void)
{
  ensure_whole ();
  assert_failure (WORDS ("train"), 2, "--preset");
  assert_failure (WORDS ("train", "--preset", "toy", "--resume", "x"), 2, "--resume");
  assert_failure (WORDS ("train", "--preset", "toy", "--from", "x"), 2, "exclude");
  assert_failure (WORDS ("train", "--preset", "toy", "--steps", "-3"), 2, "--steps");
  assert_failure (WORDS ("train", "--preset", "toy", "--seeds", "0,x"), 1, "'x'");
  assert_failure (WORDS ("train", "--preset", "toy", "--seeds", "5,0,05", "--name", "twice"), 1,
                  "the seed 5 is given twice");
  g_assert_false (exists ("twice-s5"));
  assert_failure (WORDS ("train", "--preset", "toy", "--steps", "0"), 2, "between 1 and");
  assert_failure (WORDS ("train", "--preset", "toy", "--threads", "0"), 2, "between 1 and");
  assert_failure (WORDS ("train", "--preset", "toy", "--threads", "999999"), 2, "for each core");
  assert_failure (WORDS ("bench", "gemm", "--threads", "999999"), 2, "for each core");
  assert_failure (WORDS ("train", "--preset", "tinny"), 2, "tinny");
  assert_failure (WORDS ("train", "--preset", "toy", "--set", "train.nonsense=1"), 2, "nonsense");
  assert_failure (WORDS ("train", "--preset", "toy", "--set", "foo"), 2, "foo");
  assert_failure (WORDS ("train", "--preset", "toy", "--data", "tset"), 2, "'tset'");
  assert_failure (WORDS ("train", "--from", "nowhere"), 1, "nowhere");
  assert_failure (WORDS ("model", "init", "--preset", "tinny", "x"), 2, "tinny");
  assert_failure (WORDS ("model", "init", "--set", "foo=1", "x"), 2, "foo");
  assert_failure (WORDS ("train", "--preset", "toy"), 1, "text encoder");
  assert_failure (WORDS ("train", "--resume", "none"), 1, "'none'");
  assert_failure (WORDS ("train", "--resume", "../../x"), 1, "cannot name a run");
  assert_failure (WORDS ("runs", "compare", "whole"), 2, "two names");
  assert_failure (WORDS ("runs", "compare", "whole", "none"), 1, "'none'");
}

/* A run whose run.json is broken is named, not passed over. */
static void
test_damaged_run (void)
{
  g_autofree char *folder = get_folder ("broken");
  g_autofree char *file = g_build_filename (folder, "run.json", NULL), *errors = NULL;
  json_auto_t *list = NULL;
  json_t *damaged;
  Child child;

  g_assert_true (guise_folder_make (folder, NULL));
  g_assert_true (g_file_set_contents (file, "{\"seed\": 0,", -1, NULL));
  child = start (WORDS ("--json", "runs"), NULL);
  list = read_all (&child, NULL, NULL);
  g_assert_cmpint (finish (&child, &errors), ==, 0);
  g_assert_nonnull (strstr (errors, "guisectl: left out a damaged run: 'broken': "));
  damaged = json_object_get (list, "damaged");
  g_assert_cmpuint (json_array_size (damaged), ==, 1);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (damaged, 0), "name")), ==,
                   "broken");
  g_assert_true (guise_folder_remove (folder, NULL));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  train_fixture_init (&fixture);
  project = g_strdup (guise_project_get_folder (fixture.project));
  guise_project_close (fixture.project); /* the commands open it */
  g_test_add_func ("/cli/train/row", test_row);
  g_test_add_func ("/cli/train/step-event", test_step_event);
  g_test_add_func ("/cli/train/t01-kill", test_kill);
  g_test_add_func ("/cli/train/t02-other-kernels", test_other_kernels);
  g_test_add_func ("/cli/train/x05-wal", test_wal);
  g_test_add_func ("/cli/train/t06-half-files", test_half_files);
  g_test_add_func ("/cli/train/t10-terminate", test_terminate);
  g_test_add_func ("/cli/train/t10-storm", test_storm);
  g_test_add_func ("/cli/train/resume-done", test_resume_done);
  g_test_add_func ("/cli/train/seeds", test_seeds);
  g_test_add_func ("/cli/train/export", test_export);
  g_test_add_func ("/cli/train/pretrained", test_pretrained);
  g_test_add_func ("/cli/train/usage", test_usage);
  g_test_add_func ("/cli/train/damaged-run", test_damaged_run);
  result = g_test_run ();
  train_fixture_clear (&fixture);
  g_free (project);
  return result;
}
