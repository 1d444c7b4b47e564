#include "guise-run-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-json.h"

#define RUN_FILE "run.json"

enum { MAX_RUN_JSON = 1 << 20,
       MAX_NAME = 100 };

G_DEFINE_QUARK (guise - train - error - quark, guise_train_error)

static const char *const state_names[] = { "running", "stopped", "done", "failed" };

const char *
guise_run_state_to_string (GuiseRunState state)
{
  return state_names[state];
}

/* ------------------------------------------------------------------- run.json */

void
guise_run_info_free (GuiseRunInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->name);
  g_free (info->preset);
  g_free (info->from);
  g_free (info->vision);
  g_free (info->text);
  g_free (info->error);
  json_decref (info->best);
  g_free (info->splits);
  g_free (info->data);
  g_free (info->version);
  g_free (info->blas_core);
  g_free (info->precision);
  g_free (info);
}

GuiseRunInfo *
guise_run_info_copy (const GuiseRunInfo *info)
{
  GuiseRunInfo *copy = g_new (GuiseRunInfo, 1);

  *copy = *info;
  copy->name = g_strdup (info->name);
  copy->preset = g_strdup (info->preset);
  copy->from = g_strdup (info->from);
  copy->vision = g_strdup (info->vision);
  copy->text = g_strdup (info->text);
  copy->error = g_strdup (info->error);
  copy->best = json_deep_copy (info->best);
  copy->splits = g_strdup (info->splits);
  copy->data = g_strdup (info->data);
  copy->version = g_strdup (info->version);
  copy->blas_core = g_strdup (info->blas_core);
  copy->precision = g_strdup (info->precision);
  return copy;
}

static json_t *
time_to_json (gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  return text != NULL ? json_string (text) : json_null ();
}

static gint64
time_from_json (const json_t *value)
{
  g_autoptr (GDateTime) time
      = json_is_string (value) ? g_date_time_new_from_iso8601 (json_string_value (value), NULL)
                               : NULL;

  return time != NULL ? MAX (g_date_time_to_unix (time), 0) : 0;
}

json_t *
guise_run_info_to_json (const GuiseRunInfo *info)
{
  return json_pack ("{s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:o, s:o, s:o, s:I, s:I, s:f, s:O?, "
                    "s:s, s:s, s:I, s:I, s:s, s:s, s:s?, s:i, s:i}",
                    "name", info->name, "preset", info->preset, "from",
                    guise_json_pack_text (info->from), "vision",
                    guise_json_pack_text (info->vision), "text", guise_json_pack_text (info->text),
                    "seed", (json_int_t)info->seed, "state", state_names[info->state], "error",
                    guise_json_pack_text (info->error), "started", time_to_json (info->started),
                    "finished", time_to_json (info->finished), "step", (json_int_t)info->step,
                    "steps", (json_int_t)info->n_steps, "lambda", info->lambda, "best", info->best,
                    "splits", info->splits, "data", info->data, "images",
                    (json_int_t)info->n_images, "persons", (json_int_t)info->n_persons, "version",
                    info->version, "blas_core", info->blas_core, "precision", info->precision,
                    "threads", (int)info->n_threads, "processes", (int)MAX (info->n_processes, 1));
}

gboolean
guise_run_info_save (const GuiseRunInfo *info, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, RUN_FILE, NULL);
  json_auto_t *object = guise_run_info_to_json (info);

  if (object == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "cannot write '%s': a value has no JSON form", path);
    return FALSE;
  }
  return guise_json_save (path, object, error);
}

static char *
dup_string (json_t *object, const char *key)
{
  return g_strdup (json_string_value (json_object_get (object, key)));
}

static char *
dup_text (json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return g_strdup (text != NULL ? text : "");
}

/* A number that only tells something to the reader: nothing where it makes no sense. */
static guint64
read_count (json_t *object, const char *key)
{
  return (guint64)MAX (json_integer_value (json_object_get (object, key)), 0);
}

static gboolean
read_numbers (GuiseRunInfo *info, json_t *object, const char *path, GError **error)
{
  gint64 seed, step, n_steps;
  g_autofree char *clean = NULL;
  const char *state;

  if (!guise_json_get_int (object, "seed", path, &seed, error)
      || !guise_json_get_int (object, "step", path, &step, error)
      || !guise_json_get_int (object, "steps", path, &n_steps, error)
      || !guise_json_get_double (object, "lambda", path, &info->lambda, error)
      || !guise_json_get_string (object, "state", path, &state, error))
    return FALSE;
  info->seed = (guint64)seed;
  info->step = (guint64)MAX (step, 0);
  info->n_steps = (guint64)MAX (n_steps, 0);
  info->lambda = info->lambda >= 0 && info->lambda <= 1 ? info->lambda : GUISE_RUN_DEFAULT_LAMBDA;
  for (info->state = 0; info->state < G_N_ELEMENTS (state_names); info->state++)
    if (strcmp (state, state_names[info->state]) == 0)
      return TRUE;
  clean = guise_formats_clean (state);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read '%s': 'state' is '%s', which is none of a run's states", path, clean);
  return FALSE;
}

gboolean
guise_run_exists (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, RUN_FILE, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

GuiseRunInfo *
guise_run_info_load (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, RUN_FILE, NULL);
  gboolean was_locked = guise_run_is_locked (folder); /* a run that ends meanwhile is not stopped */
  json_auto_t *object = guise_json_load (path, MAX_RUN_JSON, error);
  g_autoptr (GuiseRunInfo) info = g_new0 (GuiseRunInfo, 1);

  if (object == NULL || !read_numbers (info, object, path, error))
    return NULL;
  info->name = g_path_get_basename (folder); /* the folder may have been renamed */
  info->preset = dup_text (object, "preset");
  info->from = dup_string (object, "from");
  info->vision = dup_string (object, "vision");
  info->text = dup_string (object, "text");
  info->error = dup_string (object, "error");
  info->started = time_from_json (json_object_get (object, "started"));
  info->finished = time_from_json (json_object_get (object, "finished"));
  info->best = json_is_object (json_object_get (object, "best"))
                   ? json_incref (json_object_get (object, "best"))
                   : NULL;
  info->splits = dup_text (object, "splits");
  info->data = dup_text (object, "data");
  info->n_images = read_count (object, "images");
  info->n_persons = read_count (object, "persons");
  info->version = dup_text (object, "version");
  info->blas_core = dup_text (object, "blas_core");
  info->precision = dup_string (object, "precision");
  if (info->precision == NULL) /* it was the only one */
    info->precision = g_strdup ("float32");
  info->n_threads
      = (guint)CLAMP (json_integer_value (json_object_get (object, "threads")), 0, 4096);
  info->n_processes
      = (guint)CLAMP (json_integer_value (json_object_get (object, "processes")), 1, 65536);
  if (info->state == GUISE_RUN_RUNNING && !was_locked && !guise_run_is_locked (folder))
    info->state = GUISE_RUN_STOPPED;
  return g_steal_pointer (&info);
}

/* ---------------------------------------------------------------------- names */

gboolean
guise_run_check_name (const char *name, GError **error)
{
  const char *why = NULL;

  if (!g_utf8_validate (name, -1, NULL))
    why = "it is not UTF-8";
  else if (*name == '\0' || g_utf8_strlen (name, -1) > MAX_NAME)
    why = "it must have 1 to 100 characters";
  else if (strchr (".- ", *name) != NULL)
    why = "it must not begin with '.', '-' or a space";
  for (const char *p = name; why == NULL && *p != '\0'; p++)
    if ((guchar)*p < 0x80 && !g_ascii_isalnum (*p) && strchr ("-_.+ ", *p) == NULL)
      why = "only letters, digits, '-', '_', '.', '+' and spaces may stand in it";
  if (why == NULL)
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NAME,
               "cannot name a run '%s': %s", name, why);
  return FALSE;
}

char *
guise_run_propose_name (const char *runs_folder, const char *stem)
{
  for (guint n = 1;; n++) {
    g_autofree char *name = g_strdup_printf ("%s-%u", stem, n);
    g_autofree char *path = g_build_filename (runs_folder, name, NULL);

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&name);
  }
}

static int
compare_runs (gconstpointer a, gconstpointer b)
{
  const GuiseRunInfo *x = *(GuiseRunInfo *const *)a, *y = *(GuiseRunInfo *const *)b;

  if (x->started != y->started)
    return x->started < y->started ? 1 : -1;
  return strcmp (x->name, y->name);
}

GPtrArray *
guise_run_list (const char *runs_folder, GError **error)
{
  g_autoptr (GPtrArray) runs
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_run_info_free);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (runs_folder, 0, &local);
  const char *name;

  if (dir == NULL && !g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *folder = g_build_filename (runs_folder, name, NULL);
    GuiseRunInfo *info
        = guise_run_check_name (name, NULL) ? guise_run_info_load (folder, NULL) : NULL;

    if (info != NULL)
      g_ptr_array_add (runs, info);
  }
  g_ptr_array_sort (runs, compare_runs);
  return g_steal_pointer (&runs);
}

/* ----------------------------------------------------------------------- lock */

static struct flock
whole_file (void)
{
  return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

int
guise_run_lock (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "run.lock", NULL);
  struct flock lock = whole_file ();
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

  if (fd < 0) {
    guise_formats_fail_errno (error, errno, "cannot open", path);
    return -1;
  }
  if (fcntl (fd, F_OFD_SETLK, &lock) == 0)
    return fd;
  if (errno == EAGAIN || errno == EACCES)
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_LOCKED,
                 "cannot train '%s': another process is training it", folder);
  else
    guise_formats_fail_errno (error, errno, "cannot lock", path);
  close (fd);
  return -1;
}

static gboolean
is_held (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct flock lock = whole_file ();
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  gboolean held;

  /* Without the right to write the lock can only be asked for as a reader's. */
  if (fd < 0 && (errno == EACCES || errno == EROFS)) {
    fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    lock.l_type = F_RDLCK;
  }
  if (fd < 0)
    return FALSE;
  held = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
  return held;
}

gboolean
guise_run_is_locked (const char *folder)
{
  return is_held (folder, "run.lock");
}

int
guise_run_mark_embedding (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "embed.lock", NULL);
  struct flock lock = whole_file ();
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

  lock.l_type = F_RDLCK; /* several may embed with one run */
  if (fd >= 0)
    fcntl (fd, F_OFD_SETLK, &lock);
  return fd;
}

gboolean
guise_run_is_embedding (const char *folder)
{
  return is_held (folder, "embed.lock");
}

/* ---------------------------------------------------------------- checkpoints */

#define STEP_PREFIX "step-"

char *
guise_run_get_checkpoint_path (const char *folder, guint64 step)
{
  g_autofree char *name = g_strdup_printf (STEP_PREFIX "%06" G_GUINT64_FORMAT, step);

  return g_build_filename (folder, "checkpoints", name, NULL);
}

static int
compare_steps (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

  return (x < y) - (x > y);
}

GArray *
guise_run_list_checkpoints (const char *folder)
{
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autofree char *path = g_build_filename (folder, "checkpoints", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *canonical = NULL;
    guint64 step;

    if (!g_str_has_prefix (name, STEP_PREFIX)
        || !g_ascii_string_to_unsigned (name + strlen (STEP_PREFIX), 10, 0, G_MAXINT64, &step,
                                        NULL))
      continue;
    canonical = g_strdup_printf (STEP_PREFIX "%06" G_GUINT64_FORMAT, step);
    if (strcmp (name, canonical) == 0)
      g_array_append_val (steps, step);
  }
  g_array_sort (steps, compare_steps);
  return steps;
}

/* ------------------------------------------------------------------ leftovers */

/* Removes what is in the folder and has a name that `is_left` says is a leftover. */
static void
sweep (const char *folder, gboolean (*is_left) (const char *folder, const char *name))
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_left (folder, name))
      g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  for (guint i = 0; i < names->len; i++)
    guise_folder_remove (names->pdata[i], NULL);
}

/* ".step-000250.part", see guise_checkpoint_write(). */
static gboolean
is_left_checkpoint (const char *folder, const char *name)
{
  return g_str_has_prefix (name, "." STEP_PREFIX) && g_str_has_suffix (name, ".part");
}

/* A folder or a link of that name is nobody's leftover. */
static gboolean
is_half_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf info;

  return guise_atomic_file_is_temporary (name) && g_lstat (path, &info) == 0
         && S_ISREG (info.st_mode);
}

/* An index may be in the making by somebody else while the run is trained. */
static gboolean
is_left_file (const char *folder, const char *name)
{
  return !g_str_has_prefix (name, ".index.") && is_half_file (folder, name);
}

#define PUT_ASIDE ".part.old"

/* Before the scratch folders go: the one place where a checkpoint is may be beside its own. What
 * cannot be settled is no checkpoint; the one before serves. */
static void
settle_checkpoints (const char *folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *hidden;

  while (dir != NULL && (hidden = g_dir_read_name (dir)) != NULL) {
    gsize length = strlen (hidden) - 1; /* without the dot */

    if (g_str_has_prefix (hidden, "." STEP_PREFIX) && g_str_has_suffix (hidden, PUT_ASIDE))
      g_ptr_array_add (names, g_strndup (hidden + 1, length - strlen (PUT_ASIDE)));
  }
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);

    guise_folder_settle (path, NULL);
  }
}

/* ".NAME.PID.part", see guise_trainer_create(). */
static gboolean
is_left_run (const char *folder, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  guint n = g_strv_length (parts);
  guint64 pid;

  if (n < 4 || *parts[0] != '\0' || strcmp (parts[n - 1], "part") != 0
      || !g_ascii_string_to_unsigned (parts[n - 2], 10, 1, G_MAXINT, &pid, NULL))
    return FALSE;
  return kill ((pid_t)pid, 0) != 0 && errno == ESRCH && !guise_run_is_locked (path);
}

void
guise_run_sweep_checkpoints (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *best = g_build_filename (folder, "best", NULL);

  settle_checkpoints (path);
  guise_folder_settle (best, NULL);
  sweep (path, is_left_checkpoint);
  sweep (folder, is_left_file);
}

GPtrArray *
guise_run_list_half_files (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (g_file_test (folder, G_FILE_TEST_IS_SYMLINK) || guise_run_is_locked (folder)
      || guise_run_is_embedding (folder))
    return names;
  dir = g_dir_open (folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_half_file (folder, name))
      g_ptr_array_add (names, g_strdup (name));
  return names;
}

gboolean
guise_run_remove_half_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int lock = guise_run_lock (folder, NULL);
  gboolean ok = lock >= 0 && !guise_run_is_embedding (folder) && is_half_file (folder, name)
                && g_unlink (path) == 0;

  if (lock >= 0)
    close (lock);
  return ok;
}

void
guise_run_sweep_runs (const char *runs_folder)
{
  sweep (runs_folder, is_left_run);
}

char *
guise_run_find_model (const char *folder, GError **error)
{
  g_autofree char *best = g_build_filename (folder, "best", NULL);
  g_autofree char *file = g_build_filename (best, "model.safetensors", NULL);
  g_autoptr (GArray) steps = NULL;

  if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&best);
  steps = guise_run_list_checkpoints (folder);
  if (steps->len > 0)
    return guise_run_get_checkpoint_path (folder, g_array_index (steps, guint64, 0));
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND,
               "no checkpoint found in '%s'", folder);
  return NULL;
}
