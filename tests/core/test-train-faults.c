/* Training on a disk that is full, or that loses its process in the middle of a checkpoint. What
 * the trainer's own code writes goes through here by the linker's --wrap. */
#include "temp-folder.h"
#include "train-run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-checkpoint.h"
#include "guise-folder.h"

#define DIED 9

/* ------------------------------------------------------------------ the faults */

static int fail_write, fail_sync;   /* errno of every one, 0 = none */
static gint64 bytes_left = -1;      /* the process dies when so many are written, -1 = never */
static gint64 operations_left = -1; /* or before this operation, writes not counted */
static gint64 n_bytes;

ssize_t __real_write (int fd, const void *data, size_t size);
ssize_t __wrap_write (int fd, const void *data, size_t size);
int __real_fsync (int fd);
int __wrap_fsync (int fd);
int __real_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __real_rename (const char *from, const char *to);
int __wrap_rename (const char *from, const char *to);
int __real_link (const char *from, const char *to);
int __wrap_link (const char *from, const char *to);
int __real_unlink (const char *path);
int __wrap_unlink (const char *path);
int __real_rmdir (const char *path);
int __wrap_rmdir (const char *path);

/* Decoder processes are spoken to with the same calls. */
static gboolean
is_file (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode);
}

static void
operate (void)
{
  if (operations_left >= 0 && operations_left-- == 0)
    _exit (DIED);
}

ssize_t
__wrap_write (int fd, const void *data, size_t size)
{
  if (!is_file (fd))
    return __real_write (fd, data, size);
  if (fail_write != 0) {
    errno = fail_write;
    return -1;
  }
  n_bytes += (gint64)size;
  if (bytes_left >= 0 && bytes_left < (gint64)size) {
    if (__real_write (fd, data, (size_t)bytes_left) >= 0)
      _exit (DIED);
  } else if (bytes_left >= 0) {
    bytes_left -= (gint64)size;
  }
  return __real_write (fd, data, size);
}

int
__wrap_fsync (int fd)
{
  if (fail_sync != 0 && is_file (fd)) {
    errno = fail_sync;
    return -1;
  }
  operate ();
  return __real_fsync (fd);
}

int
__wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
  operate ();
  return __real_renameat2 (from_dir, from, to_dir, to, flags);
}

int
__wrap_rename (const char *from, const char *to)
{
  operate ();
  return __real_rename (from, to);
}

int
__wrap_link (const char *from, const char *to)
{
  operate ();
  return __real_link (from, to);
}

int
__wrap_unlink (const char *path)
{
  operate ();
  return __real_unlink (path);
}

int
__wrap_rmdir (const char *path)
{
  operate ();
  return __real_rmdir (path);
}

/* ----------------------------------------------------------------- a full disk */

typedef struct {
  TrainListener listener; /* first: the event function gets this */
  int write, sync;        /* the errors while the disk is full */
  guint64 from, to;       /* the steps */
} FullDisk;

static void
fill_disk (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  FullDisk *disk = user_data;
  gboolean full = batch->step >= disk->from && batch->step < disk->to;

  fail_write = full ? disk->write : 0;
  fail_sync = full ? disk->sync : 0;
  train_listener_stop (batch, model, &disk->listener);
}

static gboolean
train_on (FullDisk *disk, const char *name, gint64 stop_at, GError **error)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_autoptr (GuiseTrainer) trainer = NULL;
  GuiseTrainerOptions options;
  gboolean done;

  options = train_run_options (name, &disk->listener);
  disk->listener.stop_at = stop_at;
  options.n_threads = 1;
  options.hook = fill_disk;
  options.hook_data = disk;
  trainer = guise_trainer_create (&options, &setup, NULL, error);
  g_assert_nonnull (trainer);
  done = guise_trainer_run (trainer, disk->listener.cancellable, error);
  fail_write = fail_sync = 0;
  return done;
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, part)) != NULL; p += strlen (part))
    n++;
  return n;
}

static void
assert_same_model (const char *name)
{
  g_autofree char *x = train_run_folder ("whole"), *y = train_run_folder (name);
  g_autofree char *p = guise_run_get_checkpoint_path (x, TRAIN_RUN_STEPS);
  g_autofree char *q = guise_run_get_checkpoint_path (y, TRAIN_RUN_STEPS);
  g_autofree char *a = g_build_filename (p, "model.safetensors", NULL);
  g_autofree char *b = g_build_filename (q, "model.safetensors", NULL);

  g_assert_true (train_fixture_same_tensors (a, b));
}

/* Half of the run there is no room: the training goes on, tries each checkpoint, says so, and ends
 * with the same weights; no line of its metrics is lost. */
static void
pass_through (const char *name, int write_error, int sync_error)
{
  FullDisk disk = { .write = write_error, .sync = sync_error, .from = 6, .to = 21 };
  g_autofree char *whole = train_run_folder ("whole"), *folder = train_run_folder (name);
  g_autofree char *expected = NULL, *metrics = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autoptr (GError) error = NULL;

  train_run_ensure_whole ();
  g_assert_true (train_on (&disk, name, -1, &error));
  g_assert_no_error (error);
  g_test_message ("%s", disk.listener.warnings->str);
  g_assert_nonnull (strstr (disk.listener.warnings->str, "no checkpoint at step 8: "));
  g_assert_nonnull (strstr (disk.listener.warnings->str, "no checkpoint at step 20: "));
  g_assert_cmpint (strstr (disk.listener.warnings->str, "leave a link to it") != NULL, ==,
                   write_error == ENOSPC);
  g_assert_nonnull (strstr (disk.listener.warnings->str, g_strerror (write_error | sync_error)));
  g_assert_cmpuint (count (disk.listener.warnings->str, "tried again with the next line"), ==,
                    write_error != 0);
  assert_same_model (name);
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (g_array_index (steps, guint64, 1), ==, 28);
  expected = train_fixture_read_metrics (whole);
  metrics = train_fixture_read_metrics (folder);
  g_assert_cmpuint (count (metrics, "\"event\":\"step\""), ==,
                    count (expected, "\"event\":\"step\""));
  g_assert_cmpuint (count (metrics, "\"event\":\"eval\""), ==,
                    count (expected, "\"event\":\"eval\""));
  train_listener_clear (&disk.listener);
}

static void
test_full_for_a_while (void)
{
  pass_through ("full", ENOSPC, 0);
}

/* The error comes with the sync, as on a network disk. */
static void
test_full_at_sync (void)
{
  pass_through ("full-sync", 0, EIO);
}

/* No room to the end, or when the run is to stop: an error, the last good checkpoint stays, and
 * with room again the run goes on from there to the very same end. */
static void
end_without_room (const char *name, gint64 stop_at)
{
  FullDisk disk = { .write = ENOSPC, .from = 10, .to = 1000 };
  g_autofree char *folder = train_run_folder (name), *warnings = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autoptr (GError) error = NULL;

  train_run_ensure_whole ();
  g_assert_false (train_on (&disk, name, stop_at, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_test_message ("%s", error->message);
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, 8);
  train_listener_clear (&disk.listener);
  warnings = train_run_resume (name, -1);
  g_assert_cmpstr (warnings, ==, "");
  train_run_assert_same ("whole", name, TRAIN_RUN_STEPS);
}

static void
test_full_to_the_end (void)
{
  end_without_room ("full-end", -1);
}

static void
test_full_at_stop (void)
{
  end_without_room ("full-stop", 14);
}

/* ------------------------------------------------- killed within a checkpoint */

typedef struct {
  char *folder, *vocab;
  NnTeam *team;
  GuiseModel *model;
  GuiseOptimiser *optimiser;
  GuiseGradNorm gradnorm;
  GuiseTrainState state;
  GuiseCheckpoint checkpoint;
} Writer;

static void
writer_init (Writer *writer)
{
  g_autofree char *checkpoints = NULL;
  GuiseConfig config;

  *writer = (Writer){ .folder = train_run_folder ("writer") };
  checkpoints = g_build_filename (writer->folder, "checkpoints", NULL);
  g_assert_true (guise_folder_make (checkpoints, NULL));
  writer->vocab = g_build_filename (writer->folder, "vocab.txt", NULL);
  g_assert_true (g_file_set_contents (writer->vocab, "word\n", -1, NULL));
  train_fixture_config (&config, 5);
  writer->team = nn_team_create (1);
  writer->model = guise_model_new (&config);
  guise_model_init (writer->model, 1);
  writer->optimiser = guise_optimiser_new (writer->model, writer->team);
  guise_gradnorm_init (&writer->gradnorm, &config);
  writer->checkpoint = (GuiseCheckpoint){ writer->model, writer->optimiser, &writer->gradnorm,
                                          &writer->state, 1, writer->vocab, NULL };
}

static void
writer_clear (Writer *writer)
{
  guise_optimiser_free (writer->optimiser);
  guise_model_free (writer->model);
  nn_team_free (writer->team);
  temp_folder_free (writer->folder);
  g_free (writer->vocab);
}

static gboolean
write_step (Writer *writer, guint64 step)
{
  g_autofree char *path = guise_run_get_checkpoint_path (writer->folder, step);

  writer->state.step = (double)step;
  return guise_checkpoint_write (&writer->checkpoint, path, NULL);
}

/* In a process of its own, which the fault kills; TRUE when it got through. */
static gboolean
write_and_die (Writer *writer, guint64 step, gint64 at_byte, gint64 at_operation)
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    bytes_left = at_byte;
    operations_left = at_operation;
    _exit (write_step (writer, step) ? 0 : 1);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == DIED);
  return WEXITSTATUS (status) == 0;
}

/* As a resumed run finds it: every checkpoint that is listed is whole, and nothing else lies
 * there. */
static void
check_what_is_left (Writer *writer, guint64 step, gboolean done)
{
  g_autofree char *folder = g_build_filename (writer->folder, "checkpoints", NULL);
  g_autoptr (GArray) steps = NULL;
  g_autoptr (GDir) dir = NULL;
  guint n = 0;

  guise_run_sweep_checkpoints (writer->folder);
  steps = guise_run_list_checkpoints (writer->folder);
  for (guint i = 0; i < steps->len; i++) {
    g_autofree char *path
        = guise_run_get_checkpoint_path (writer->folder, g_array_index (steps, guint64, i));
    g_autoptr (GError) error = NULL;

    guise_checkpoint_read (&writer->checkpoint, path, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (writer->state.step, ==, (double)g_array_index (steps, guint64, i));
  }
  g_assert_cmpuint (g_array_index (steps, guint64, steps->len - 1), ==, 8); /* never lost */
  g_assert_true (!done || g_array_index (steps, guint64, 0) == step);
  dir = g_dir_open (folder, 0, NULL);
  while (g_dir_read_name (dir) != NULL)
    n++;
  g_assert_cmpuint (n, ==, steps->len);
}

static void
start_anew (Writer *writer)
{
  g_autofree char *path = guise_run_get_checkpoint_path (writer->folder, 12);

  g_assert_true (guise_folder_remove (path, NULL));
}

/* Step 12 beside step 8, then step 8 in its own place once more. */
static void
test_killed_at_operations (void)
{
  Writer writer;
  guint n_kills = 0;

  writer_init (&writer);
  g_assert_true (write_step (&writer, 8));
  for (guint64 step = 12; step >= 8; step -= 4) {
    gboolean done = FALSE;

    for (gint64 at = 0; !done; at++) {
      done = write_and_die (&writer, step, -1, at);
      check_what_is_left (&writer, step, done);
      start_anew (&writer);
      n_kills += !done;
    }
  }
  g_test_message ("%u kills", n_kills);
  g_assert_cmpuint (n_kills, >, 15);
  writer_clear (&writer);
}

static void
test_killed_at_bytes (void)
{
  Writer writer;
  gint64 total;

  writer_init (&writer);
  g_assert_true (write_step (&writer, 8));
  n_bytes = 0;
  g_assert_true (write_step (&writer, 12));
  total = n_bytes;
  for (int i = 0; i < 60; i++) {
    gint64 at = i == 0 ? 0 : g_test_rand_int_range (0, (gint32)total);

    start_anew (&writer);
    g_assert_false (write_and_die (&writer, 12, at, -1));
    check_what_is_left (&writer, 12, FALSE);
  }
  writer_clear (&writer);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  train_fixture_init (&train_run_fixture);
  g_test_add_func ("/train-faults/t06-killed-at-operations", test_killed_at_operations);
  g_test_add_func ("/train-faults/t06-killed-at-bytes", test_killed_at_bytes);
  g_test_add_func ("/train-faults/t08-full-for-a-while", test_full_for_a_while);
  g_test_add_func ("/train-faults/t08-full-at-sync", test_full_at_sync);
  g_test_add_func ("/train-faults/t08-full-to-the-end", test_full_to_the_end);
  g_test_add_func ("/train-faults/t08-full-at-stop", test_full_at_stop);
  result = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  return result;
}
