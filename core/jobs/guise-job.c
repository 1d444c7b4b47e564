#include "guise-job.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define READ_SIZE 65536
#define MAX_LINE (1 << 20)
#define MAX_DETAILS 8192

struct _GuiseJob {
  GObject parent_instance;

  char **arguments;
  GuiseJobFlags flags;
  guint grace;
  GuiseJobState state;

  GSubprocess *process;
  GByteArray *line;  /* the line being read; emptied while skipping an overlong one */
  gboolean skipping; /* the rest of an overlong line is coming */
  GByteArray *raw_details;
  char *details;
  guint n_bad_lines;
  guint n_open; /* stdout, stderr and the exit status still to come */
  guint kill_source;

  guint64 done, total;
  json_t *result;
  char *failure; /* the "failed" event's sentence */
  GError *error;
};

enum {
  SIGNAL_PROGRESS,
  SIGNAL_EVENT,
  SIGNAL_STOPPING,
  SIGNAL_FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseJob, guise_job, G_TYPE_OBJECT)

static void read_stdout (GuiseJob *self, GInputStream *stream);
static void read_stderr (GuiseJob *self, GInputStream *stream);

static void
guise_job_dispose (GObject *object)
{
  GuiseJob *self = GUISE_JOB (object);

  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_object (&self->process);
  G_OBJECT_CLASS (guise_job_parent_class)->dispose (object);
}

static void
guise_job_finalize (GObject *object)
{
  GuiseJob *self = GUISE_JOB (object);

  g_strfreev (self->arguments);
  g_byte_array_unref (self->line);
  g_byte_array_unref (self->raw_details);
  g_free (self->details);
  g_free (self->failure);
  g_clear_error (&self->error);
  g_clear_pointer (&self->result, json_decref);
  G_OBJECT_CLASS (guise_job_parent_class)->finalize (object);
}

static void
guise_job_class_init (GuiseJobClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = guise_job_dispose;
  object_class->finalize = guise_job_finalize;
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", GUISE_TYPE_JOB, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 3,
                                           G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_DOUBLE);
  signals[SIGNAL_EVENT] = g_signal_new ("event", GUISE_TYPE_JOB, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, G_TYPE_POINTER);
  signals[SIGNAL_STOPPING] = g_signal_new ("stopping", GUISE_TYPE_JOB, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", GUISE_TYPE_JOB, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_job_init (GuiseJob *self)
{
  self->grace = 1000;
  self->line = g_byte_array_new ();
  self->raw_details = g_byte_array_new ();
  self->details = g_strdup ("");
}

GuiseJob *
guise_job_new (const char *const *arguments, GuiseJobFlags flags)
{
  GuiseJob *self = g_object_new (GUISE_TYPE_JOB, NULL);

  self->arguments = g_strdupv ((char **)arguments);
  self->flags = flags;
  return self;
}

/* The command among the arguments, for messages: options may come before it. */
static const char *
get_command (GuiseJob *self)
{
  char **argument = self->arguments;

  while (*argument != NULL && g_str_has_prefix (*argument, "-")) {
    gboolean takes_value = strcmp (*argument, "--project") == 0;

    argument++;
    if (takes_value && *argument != NULL)
      argument++;
  }
  return *argument != NULL ? *argument : "";
}

/* Ends the job once the child has left and both of its streams are read to the end. */
static void
close_one (GuiseJob *self)
{
  g_autofree char *text = NULL;

  if (--self->n_open > 0)
    return;
  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_byte_array_append (self->raw_details, (const guint8 *)"", 1);
  text = g_utf8_make_valid ((const char *)self->raw_details->data, self->raw_details->len - 1);
  g_free (self->details);
  self->details = g_strdup (g_strstrip (text));

  if (self->state == GUISE_JOB_STOPPING) {
    self->state = GUISE_JOB_CANCELLED;
    g_clear_pointer (&self->result, json_decref);
  } else if (g_subprocess_get_successful (self->process) && self->failure == NULL) {
    self->state = GUISE_JOB_DONE;
  } else {
    self->state = GUISE_JOB_FAILED;
    g_clear_pointer (&self->result, json_decref);
    if (self->failure != NULL)
      g_set_error_literal (&self->error, G_IO_ERROR, G_IO_ERROR_FAILED, self->failure);
    else if (g_subprocess_get_if_signaled (self->process))
      g_set_error (&self->error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "guisectl %s was ended by a signal: '%s'",
                   get_command (self), g_strsignal (g_subprocess_get_term_sig (self->process)));
    else
      g_set_error (&self->error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "guisectl %s failed: exit status %d",
                   get_command (self), g_subprocess_get_exit_status (self->process));
    if (self->n_bad_lines > 0)
      g_prefix_error (&self->error, "%u unreadable lines; ", self->n_bad_lines);
  }
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

static void
handle_progress (GuiseJob *self, json_t *object)
{
  json_t *eta = json_object_get (object, "eta_s");
  json_int_t done = json_integer_value (json_object_get (object, "done"));
  json_int_t total = json_integer_value (json_object_get (object, "total"));

  self->done = MAX (done, 0);
  self->total = MAX (total, 0);
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, self->done, self->total,
                 json_is_number (eta) ? json_number_value (eta) : -1.0);
}

static void
handle_line (GuiseJob *self)
{
  json_t *object;
  const char *name;

  if (self->line->len == 0)
    return;
  object = json_loadb ((const char *)self->line->data, self->line->len,
                       JSON_REJECT_DUPLICATES, NULL);
  if (!json_is_object (object)) {
    self->n_bad_lines++;
    json_decref (object);
    return;
  }
  name = json_string_value (json_object_get (object, "event"));
  if (name == NULL || strcmp (name, "done") == 0) {
    g_clear_pointer (&self->result, json_decref);
    self->result = json_incref (object);
  } else if (strcmp (name, "failed") == 0) {
    g_free (self->failure);
    self->failure = g_strdup (json_string_value (json_object_get (object, "error")));
  } else if (strcmp (name, "progress") == 0) {
    handle_progress (self, object);
  }
  g_signal_emit (self, signals[SIGNAL_EVENT], 0, name ? name : "result", object);
  json_decref (object);
}

static void
split_lines (GuiseJob *self, const guint8 *data, gsize size)
{
  while (size > 0) {
    const guint8 *end = memchr (data, '\n', size);
    gsize n = end ? (gsize)(end - data) : size;

    if (!self->skipping && self->line->len + n > MAX_LINE) {
      self->skipping = TRUE;
      self->n_bad_lines++;
    }
    if (!self->skipping)
      g_byte_array_append (self->line, data, n);
    if (end != NULL) {
      if (!self->skipping)
        handle_line (self);
      self->skipping = FALSE;
      g_byte_array_set_size (self->line, 0);
      n++;
    }
    data += n;
    size -= n;
  }
}

static void
stdout_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseJob) self = data;
  GInputStream *stream = G_INPUT_STREAM (source);
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (stream, result, NULL);

  if (bytes == NULL || g_bytes_get_size (bytes) == 0) {
    if (!self->skipping)
      handle_line (self);
    close_one (self);
    return;
  }
  split_lines (self, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  read_stdout (self, stream);
}

static void
read_stdout (GuiseJob *self, GInputStream *stream)
{
  g_input_stream_read_bytes_async (stream, READ_SIZE, G_PRIORITY_DEFAULT, NULL, stdout_ready,
                                   g_object_ref (self));
}

static void
stderr_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseJob) self = data;
  GInputStream *stream = G_INPUT_STREAM (source);
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (stream, result, NULL);

  if (bytes == NULL || g_bytes_get_size (bytes) == 0) {
    close_one (self);
    return;
  }
  g_byte_array_append (self->raw_details, g_bytes_get_data (bytes, NULL),
                       g_bytes_get_size (bytes));
  if (self->raw_details->len > MAX_DETAILS)
    g_byte_array_remove_range (self->raw_details, 0, self->raw_details->len - MAX_DETAILS);
  read_stderr (self, stream);
}

static void
read_stderr (GuiseJob *self, GInputStream *stream)
{
  g_input_stream_read_bytes_async (stream, READ_SIZE, G_PRIORITY_DEFAULT, NULL, stderr_ready,
                                   g_object_ref (self));
}

static void
process_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseJob) self = data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  close_one (self);
}

/* Runs in the child between fork and exec: async-signal-safe calls only. */
static void
setup_child (gpointer data)
{
  GuiseJobFlags flags = GPOINTER_TO_UINT (data);

  if (flags & GUISE_JOB_OUTLIVE)
    setsid ();
  else
    prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
spawn (GuiseJob *self, GError **error)
{
  const GSubprocessFlags pipes = G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (pipes);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autofree char *program = guise_job_find_guisectl (error);

  if (program == NULL)
    return FALSE;
  g_strv_builder_add_many (builder, program, "--json", NULL);
  g_strv_builder_addv (builder, (const char **)self->arguments);
  argv = g_strv_builder_end (builder);
  g_subprocess_launcher_set_child_setup (launcher, setup_child,
                                         GUINT_TO_POINTER (self->flags), NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv, error);
  return self->process != NULL;
}

gboolean
guise_job_start (GuiseJob *self, GError **error)
{
  g_return_val_if_fail (self->state == GUISE_JOB_WAITING, FALSE);

  if (!spawn (self, &self->error)) {
    self->state = GUISE_JOB_FAILED;
    g_propagate_error (error, g_error_copy (self->error));
    return FALSE;
  }
  self->state = GUISE_JOB_RUNNING;
  self->n_open = 3;
  read_stdout (self, g_subprocess_get_stdout_pipe (self->process));
  read_stderr (self, g_subprocess_get_stderr_pipe (self->process));
  g_subprocess_wait_async (self->process, NULL, process_ended, g_object_ref (self));
  return TRUE;
}

static gboolean
kill_late_child (gpointer data)
{
  GuiseJob *self = data;

  self->kill_source = 0;
  g_subprocess_force_exit (self->process);
  return G_SOURCE_REMOVE;
}

void
guise_job_cancel (GuiseJob *self)
{
  if (self->state == GUISE_JOB_WAITING)
    self->state = GUISE_JOB_CANCELLED;
  if (self->state != GUISE_JOB_RUNNING)
    return;
  self->state = GUISE_JOB_STOPPING;
  g_subprocess_send_signal (self->process, SIGTERM);
  self->kill_source = g_timeout_add (self->grace, kill_late_child, self);
  g_signal_emit (self, signals[SIGNAL_STOPPING], 0);
}

void
guise_job_kill (GuiseJob *self)
{
  if (!guise_job_is_active (self))
    return;
  self->state = GUISE_JOB_STOPPING;
  g_subprocess_force_exit (self->process);
}

void
guise_job_set_grace (GuiseJob *self, guint milliseconds)
{
  self->grace = milliseconds;
}

GuiseJobState
guise_job_get_state (GuiseJob *self)
{
  return self->state;
}

gboolean
guise_job_is_active (GuiseJob *self)
{
  return self->state == GUISE_JOB_RUNNING || self->state == GUISE_JOB_STOPPING;
}

gboolean
guise_job_outlives (GuiseJob *self)
{
  return (self->flags & GUISE_JOB_OUTLIVE) != 0;
}

guint64
guise_job_get_done (GuiseJob *self)
{
  return self->done;
}

guint64
guise_job_get_total (GuiseJob *self)
{
  return self->total;
}

json_t *
guise_job_get_result (GuiseJob *self)
{
  return self->result;
}

const GError *
guise_job_get_error (GuiseJob *self)
{
  return self->error;
}

const char *
guise_job_get_details (GuiseJob *self)
{
  return self->details;
}

int
guise_job_get_pid (GuiseJob *self)
{
  const char *identifier = self->process ? g_subprocess_get_identifier (self->process) : NULL;

  return identifier ? (int)g_ascii_strtoll (identifier, NULL, 10) : 0;
}

char *
guise_job_find_guisectl (GError **error)
{
  static const char *const beside[] = { "guisectl", "cli/guisectl", "../app/cli/guisectl" };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program ? g_path_get_dirname (program) : NULL;
  const char *told = g_getenv ("GUISE_CTL");
  char *found;

  if (told != NULL && *told != '\0')
    return g_strdup (told);
  for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS (beside); i++) {
    found = g_build_filename (folder, beside[i], NULL);
    if (g_file_test (found, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (found, G_FILE_TEST_IS_DIR))
      return found;
    g_free (found);
  }
  found = g_find_program_in_path ("guisectl");
  if (found == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "cannot find the program 'guisectl': neither beside this program nor in PATH");
  return found;
}
