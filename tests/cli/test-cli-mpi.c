/* guisectl train in two processes under mpirun: as one alone but for rounding, resumed by another
 * number, stopped, killed. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guise-run-folder.h"
#include "guise-safetensors.h"
#include "run-ctl.h"
#include "temp-folder.h"

static char *folder, *project, *mpirun;

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* What every training here has. */
static const char *const common[]
    = { "--preset", "toy",
        "--threads", "1",
        "--steps", "16",
        "--set", "train.vision_blocks=-1",
        "--set", "train.train_text=true",
        "--set", "text.vocab_size=160",
        "--set", "train.persons=5",
        "--set", "train.warmup=4",
        "--set", "train.validate_every=8",
        "--set", "train.checkpoint_every=4",
        "--set", "optimiser.eps=1e-4", /* else Adam makes much of rounding */
        "--set", "dropout=0.1",
        NULL };

typedef struct {
  GPid pid;
  FILE *out;
  int errors;
} Child;

static void
add (GPtrArray *argv, const char *const *words)
{
  for (gsize i = 0; words != NULL && words[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)words[i]);
}

/* guisectl in n processes. */
static Child
start_command (gsize n, const char *const *words, const char *const *more, const char *const *last)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *number = g_strdup_printf ("%zu", n);
  g_autoptr (GError) error = NULL;
  Child child;
  int out;

  if (n > 1)
    add (argv, WORDS (mpirun, "--oversubscribe", "--bind-to", "none", "-n", number));
  add (argv, WORDS (g_getenv ("GUISECTL"), "--project", project, "--json"));
  add (argv, words);
  add (argv, more);
  add (argv, last);
  g_ptr_array_add (argv, NULL);
  g_spawn_async_with_pipes (NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &child.pid, NULL, &out, &child.errors, &error);
  g_assert_no_error (error);
  child.out = fdopen (out, "r");
  return child;
}

static Child
start (gsize n, const char *const *words, const char *const *more)
{
  return start_command (n, WORDS ("train"), words, more);
}

static int
finish (Child *child, char **errors)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char piece[512];
  ssize_t n;
  int status;

  while (fgets (piece, sizeof piece, child->out) != NULL)
    continue;
  while ((n = read (child->errors, piece, sizeof piece)) > 0)
    g_string_append_len (text, piece, n);
  close (child->errors);
  fclose (child->out);
  g_assert_cmpint (waitpid (child->pid, &status, 0), ==, child->pid);
  *errors = g_strdup (text->str);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static void
train (gsize n, const char *const *words, const char *const *more)
{
  g_autofree char *errors = NULL;
  Child child = start (n, words, more);
  int status = finish (&child, &errors);

  if (status != 0)
    g_error ("exit %d: %s", status, errors);
}

/* Reads until an event of that kind, at that step or behind it; FALSE at the end. */
static gboolean
read_until (Child *child, const char *kind, gint64 step)
{
  char line[1 << 16];

  while (fgets (line, sizeof line, child->out) != NULL) {
    json_auto_t *event = json_loads (line, 0, NULL);

    if (g_strcmp0 (json_string_value (json_object_get (event, "event")), kind) == 0
        && json_integer_value (json_object_get (event, "step")) >= step)
      return TRUE;
  }
  return FALSE;
}

static char *
get_run (const char *name)
{
  return g_build_filename (project, "runs", name, NULL);
}

static GuiseSafetensors *
open_weights (const char *name, guint64 step)
{
  g_autofree char *run = get_run (name);
  g_autofree char *checkpoint = guise_run_get_checkpoint_path (run, step);
  g_autofree char *path = g_build_filename (checkpoint, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  GuiseSafetensors *file = guise_safetensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

/* The largest difference of two runs' weights at a step. */
static double
compare (const char *a, const char *b, guint64 step)
{
  g_autoptr (GuiseSafetensors) p = open_weights (a, step), q = open_weights (b, step);
  double worst = 0;

  for (gsize i = 0; i < guise_safetensors_get_n_tensors (p); i++) {
    const GuiseTensor *x = guise_safetensors_get (p, i), *y = guise_safetensors_get (q, i);

    g_assert_cmpstr (x->name, ==, y->name);
    for (gsize k = 0; k < x->n_bytes / sizeof (float); k++)
      worst = fmax (worst, fabsf (((const float *)x->data)[k] - ((const float *)y->data)[k]));
  }
  return worst;
}

static GuiseRunInfo *
load_info (const char *name)
{
  g_autofree char *run = get_run (name);
  g_autoptr (GError) error = NULL;
  GuiseRunInfo *info = guise_run_info_load (run, &error);

  g_assert_no_error (error);
  return info;
}

/* -------------------------------------------------------------------- tests */

static void
test_same (void)
{
  g_autoptr (GuiseRunInfo) info = NULL;

  train (1, common, WORDS ("--name", "one"));
  train (2, common, WORDS ("--name", "two"));
  train (3, common, WORDS ("--name", "three", "--set", "train.micro_batch=2"));
  g_test_message ("weights differ by %.3g and %.3g", compare ("one", "two", 16),
                  compare ("one", "three", 16));
  g_assert_cmpfloat (compare ("one", "two", 16), <=, 1e-5);
  g_assert_cmpfloat (compare ("one", "three", 16), <=, 1e-5);
  info = load_info ("two");
  g_assert_cmpuint (info->n_processes, ==, 2);
  g_assert_cmpint (info->state, ==, GUISE_RUN_DONE);
  g_assert_nonnull (info->best);
}

/* Stopped by SIGTERM, all leave together; then it goes on with another number. */
static void
test_stop_and_resume (void)
{
  Child child = start (2, common, WORDS ("--name", "stopped", "--steps", "5000"));
  g_autoptr (GuiseRunInfo) info = NULL, later = NULL;
  g_autofree char *errors = NULL, *output = NULL;
  Child again;
  char line[1 << 14];
  gboolean noted = FALSE;

  g_assert_true (read_until (&child, "checkpoint", 4));
  kill (child.pid, SIGTERM);
  g_assert_cmpint (finish (&child, &errors), !=, 0);
  info = load_info ("stopped");
  g_assert_cmpint (info->state, ==, GUISE_RUN_STOPPED);
  g_assert_cmpuint (info->step, >=, 4);
  again = start (1, WORDS ("--resume", "stopped"), NULL);
  while (!noted && fgets (line, sizeof line, again.out) != NULL)
    noted = strstr (line, "the run had 2 processes, now it has 1") != NULL;
  g_assert_true (noted);
  g_assert_true (read_until (&again, "checkpoint", (gint64)info->step + 1));
  kill (again.pid, SIGTERM);
  g_assert_cmpint (finish (&again, &output), ==, 130);
  later = load_info ("stopped");
  g_assert_cmpuint (later->step, >, info->step);
}

/* mpirun may leave before those it killed have gone altogether; so long the run is theirs. */
static void
await_end (const char *name)
{
  GuiseRunState state = GUISE_RUN_RUNNING;

  while (state == GUISE_RUN_RUNNING) {
    g_autoptr (GuiseRunInfo) info = load_info (name);

    state = info->state;
    g_thread_yield ();
  }
}

/* A process that the kernel or a machine took away: mpirun ends the others, and the newest
 * checkpoint is good. */
static void
test_killed (void)
{
  Child child = start (2, common, WORDS ("--name", "killed", "--steps", "5000"));
  g_autofree char *errors = NULL, *children = NULL, *list = NULL;
  g_auto (GStrv) pids = NULL;
  Child again;

  g_assert_true (read_until (&child, "checkpoint", 4));
  children = g_strdup_printf ("/proc/%d/task/%d/children", child.pid, child.pid);
  g_assert_true (g_file_get_contents (children, &list, NULL, NULL));
  pids = g_strsplit (g_strstrip (list), " ", -1);
  g_assert_cmpuint (g_strv_length (pids), ==, 2);
  kill ((pid_t)g_ascii_strtoll (pids[1], NULL, 10), SIGKILL);
  g_assert_cmpint (finish (&child, &errors), !=, 0);
  g_assert_nonnull (strstr (errors, "signal 9"));
  await_end ("killed");
  again = start (2, WORDS ("--resume", "killed"), NULL);
  g_assert_true (read_until (&again, "start", 4));
  g_assert_true (read_until (&again, "checkpoint", 8));
  kill (again.pid, SIGTERM);
  g_free (g_steal_pointer (&errors));
  finish (&again, &errors);
}

/* What is wrong is said once or twice, and nobody waits for ever. */
static void
test_wrong (void)
{
  g_autofree char *errors = NULL;
  Child child = start (2, common, WORDS ("--name", "one"));

  g_assert_cmpint (finish (&child, &errors), !=, 0);
  g_assert_nonnull (strstr (errors, "there is one of that name"));
}

/* How often part stands in text. */
static guint
count (const char *text, const char *part)
{
  g_auto (GStrv) pieces = g_strsplit (text, part, -1);

  return g_strv_length (pieces) - 1;
}

/* What the words get from three processes: once, and mpirun takes over the exit status. */
static void
assert_told_once (const char *const *words, int status, const char *why)
{
  g_autofree char *errors = NULL;
  Child child = start_command (3, words, NULL, NULL);

  g_assert_cmpint (finish (&child, &errors), ==, status);
  g_assert_cmpuint (count (errors, why), ==, 1);
  g_assert_cmpuint (count (errors, "guisectl: "), ==, 1);
}

static void
test_told_once (void)
{
  const char *alone = "mpirun started several processes, which would all do the same: only train "
                      "shares its work, start others without mpirun; see --help";
  g_autofree char *none = g_build_filename (folder, "none", NULL);

  assert_told_once (WORDS ("train", "--preset", "toy", "--bogus"), 2, "train: Unknown option");
  assert_told_once (WORDS ("train"), 2, "train: give --preset, --from or --resume; see --help");
  assert_told_once (WORDS ("train", "--preset", "huge"), 2, "huge");
  assert_told_once (WORDS ("bogus"), 2, "unknown command: 'bogus'");
  assert_told_once (WORDS ("ablate", "--tables", "1"), 2, alone);
  assert_told_once (WORDS ("list"), 2, alone);
  assert_told_once (WORDS ("train", "--preset", "toy", "--project", none), 1, none);
  assert_told_once (WORDS ("train", "--from", none), 1, none);
  assert_told_once (WORDS ("train", "--preset", "toy", "--seeds", "1,1"), 1, "given twice");
  assert_told_once (WORDS ("train", "--preset", "toy"), 1, "leaves the text encoder as it is");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  mpirun = g_find_program_in_path ("mpirun");
  if (mpirun == NULL) {
    g_print ("1..0 # SKIP mpirun is not installed (openmpi-bin)\n");
    return 0;
  }
  g_setenv ("OMPI_ALLOW_RUN_AS_ROOT", "1", TRUE);
  g_setenv ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", TRUE);
  folder = temp_folder_new ("mpi");
  project = g_build_filename (folder, "project", NULL);
  ctl_run (NULL, WORDS ("demo", project, "--persons", "16", "--quiet"), NULL, NULL);
  g_test_add_func ("/cli/mpi/same", test_same);
  g_test_add_func ("/cli/mpi/stop-and-resume", test_stop_and_resume);
  g_test_add_func ("/cli/mpi/killed", test_killed);
  g_test_add_func ("/cli/mpi/wrong", test_wrong);
  g_test_add_func ("/cli/mpi/told-once", test_told_once);
  status = g_test_run ();
  temp_folder_free (folder);
  g_free (project);
  g_free (mpirun);
  return status;
}
