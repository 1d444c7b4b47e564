#include "guise-decoder.h"
#include "guise-decoder-channel.h"

#include <unistd.h>

struct _GuiseDecoder {
  GObject parent_instance;
  guint timeout_ms;
  guint n_channels;
  /* Starts the processes: they die with the thread that started them, and the callers' threads come
   * and go. */
  GThreadPool *starter;
  GuiseDecoderLauncher launcher; /* the starter's, once that has work */
  GThreadPool *workers;          /* for the asynchronous calls */

  GMutex mutex; /* guards what follows; never held while a process works */
  GCond changed;
  GuiseDecoderChannel *channels; /* a busy one belongs to the thread that made it busy */
  gboolean *busy;
  GuiseDecoderReport *report; /* NULL: no process has started yet */
};

G_DEFINE_FINAL_TYPE (GuiseDecoder, guise_decoder, G_TYPE_OBJECT)

typedef struct {
  GuiseDecoderChannel *channel;
  GError *error;
  gboolean is_done;
} Start;

typedef struct {
  GuiseRoot *root;
  char *path;
  GuiseDecodeOptions options;
} Request;

void
guise_decoder_report_free (GuiseDecoderReport *report)
{
  g_free (report->program);
  g_free (report->why_not_filtered);
  g_free (report->why_not_enclosed);
  g_free (report->formats);
  g_free (report);
}

static GuiseDecoderReport *
create_report (const GuiseDecoderLauncher *launcher, const GuiseDecoderHello *hello)
{
  GuiseDecoderReport *report = g_new0 (GuiseDecoderReport, 1);

  report->program = g_strdup (launcher->program);
  report->posture = hello->posture;
  report->formats = g_utf8_make_valid (hello->formats, -1);
  if ((hello->posture & GUISE_DECODER_FILTERED) == 0)
    report->why_not_filtered = g_utf8_make_valid (hello->text, -1);
  if ((hello->posture & GUISE_DECODER_ENCLOSED) == 0)
    report->why_not_enclosed = g_strdup (launcher->why_not_enclosed);
  return report;
}

static void
run_start (gpointer data, gpointer user_data)
{
  GuiseDecoder *self = user_data;
  Start *start = data;
  GuiseDecoderHello hello = { 0 };
  gboolean is_started
      = guise_decoder_channel_start (start->channel, &self->launcher, &hello, &start->error);

  g_mutex_lock (&self->mutex);
  if (is_started && self->report == NULL)
    self->report = create_report (&self->launcher, &hello);
  start->is_done = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

static gboolean
start_channel (GuiseDecoder *self, GuiseDecoderChannel *channel, GError **error)
{
  Start start = { .channel = channel };

  g_thread_pool_push (self->starter, &start, NULL);
  g_mutex_lock (&self->mutex);
  while (!start.is_done)
    g_cond_wait (&self->changed, &self->mutex);
  g_mutex_unlock (&self->mutex);
  if (start.error != NULL)
    g_propagate_error (error, start.error);
  return start.error == NULL;
}

static int
find_free (GuiseDecoder *self)
{
  for (guint i = 0; i < self->n_channels; i++)
    if (!self->busy[i])
      return (int)i;
  return -1;
}

static void
wake_waiters (GCancellable *cancellable, gpointer data)
{
  GuiseDecoder *self = data;

  g_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* The number of a channel that is now the caller's; -1 if cancelled first. */
static int
acquire_channel (GuiseDecoder *self, GCancellable *cancellable, GError **error)
{
  gulong handler = 0;
  int i;

  g_mutex_lock (&self->mutex);
  i = find_free (self);
  if (i < 0 && cancellable != NULL) {
    g_mutex_unlock (&self->mutex);
    handler = g_cancellable_connect (cancellable, G_CALLBACK (wake_waiters), self, NULL);
    g_mutex_lock (&self->mutex);
    i = find_free (self);
  }
  while (i < 0 && !g_cancellable_is_cancelled (cancellable)) {
    g_cond_wait (&self->changed, &self->mutex);
    i = find_free (self);
  }
  if (i >= 0)
    self->busy[i] = TRUE;
  g_mutex_unlock (&self->mutex);
  g_cancellable_disconnect (cancellable, handler);
  if (i < 0)
    g_cancellable_set_error_if_cancelled (cancellable, error);
  return i;
}

static void
release_channel (GuiseDecoder *self, int i)
{
  g_mutex_lock (&self->mutex);
  self->busy[i] = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* Both attempts. */
static GuiseImage *
decode_on_channel (GuiseDecoder *self, GuiseDecoderChannel *channel, int fd,
                   const GuiseDecodeOptions *options, GCancellable *cancellable, GError **error)
{
  for (int attempt = 0;; attempt++) {
    g_autoptr (GError) reason = NULL;
    gboolean is_broken = FALSE;
    GuiseImage *image = NULL;

    if (channel->pid != 0 || start_channel (self, channel, &reason))
      image = guise_decoder_channel_decode (channel, fd, options, self->timeout_ms, cancellable,
                                            &is_broken, &reason);
    if (is_broken)
      guise_decoder_channel_stop (channel);
    if (image != NULL)
      return image;
    if (!is_broken || attempt == 1 || reason->domain != GUISE_IMAGE_ERROR) {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  }
}

static GuiseDecodeOptions
complete_options (const GuiseDecodeOptions *options)
{
  GuiseDecodeOptions full = options != NULL ? *options : (GuiseDecodeOptions){ 0 };

  if (full.max_bytes == 0)
    full.max_bytes = GUISE_ROOT_MAX_BYTES;
  if (full.max_pixels == 0 || full.max_pixels > GUISE_DECODER_MAX_PIXELS)
    full.max_pixels = GUISE_DECODER_MAX_PIXELS;
  if (full.max_side == 0 || full.max_side > GUISE_IMAGE_MAX_SIDE)
    full.max_side = GUISE_IMAGE_MAX_SIDE;
  return full;
}

GuiseImage *
guise_decoder_decode_fd (GuiseDecoder *self, int fd, const char *name,
                         const GuiseDecodeOptions *options, GCancellable *cancellable,
                         GError **error)
{
  GuiseDecodeOptions full = complete_options (options);
  g_autoptr (GError) reason = NULL;
  GuiseImage *image = NULL;
  int i;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  i = acquire_channel (self, cancellable, error);
  if (i < 0)
    return NULL;
  image = decode_on_channel (self, &self->channels[i], fd, &full, cancellable, &reason);
  release_channel (self, i);
  if (reason != NULL && reason->domain == GUISE_IMAGE_ERROR) {
    g_autofree char *shown = g_filename_display_name (name);

    g_set_error (error, reason->domain, reason->code, "cannot decode image: '%s': %s", shown,
                 reason->message);
  } else if (reason != NULL) {
    g_propagate_error (error, g_steal_pointer (&reason));
  }
  return image;
}

GuiseImage *
guise_decoder_decode (GuiseDecoder *self, GuiseRoot *root, const char *path,
                      const GuiseDecodeOptions *options, GCancellable *cancellable, GError **error)
{
  guint64 max_bytes = options != NULL ? options->max_bytes : 0;
  int fd = root != NULL ? guise_root_open_file (root, path, max_bytes, error)
                        : guise_open_user_file (path, max_bytes, error);
  GuiseImage *image;

  if (fd < 0)
    return NULL;
  image = guise_decoder_decode_fd (self, fd, path, options, cancellable, error);
  close (fd);
  return image;
}

static GuiseDecoderReport *
dup_report (GuiseDecoder *self)
{
  GuiseDecoderReport *copy = NULL;

  g_mutex_lock (&self->mutex);
  if (self->report != NULL) {
    copy = g_memdup2 (self->report, sizeof *copy);
    copy->program = g_strdup (copy->program);
    copy->why_not_filtered = g_strdup (copy->why_not_filtered);
    copy->why_not_enclosed = g_strdup (copy->why_not_enclosed);
    copy->formats = g_strdup (copy->formats);
  }
  g_mutex_unlock (&self->mutex);
  return copy;
}

GuiseDecoderReport *
guise_decoder_report (GuiseDecoder *self, GError **error)
{
  GuiseDecoderReport *report = dup_report (self);
  int i;

  if (report != NULL)
    return report;
  i = acquire_channel (self, NULL, error);
  if (self->channels[i].pid == 0)
    start_channel (self, &self->channels[i], error);
  release_channel (self, i);
  return dup_report (self);
}

static void
free_request (gpointer data)
{
  Request *request = data;

  g_clear_pointer (&request->root, guise_root_unref);
  g_free (request->path);
  g_free (request);
}

/* The task holds a reference of the decoder, perhaps the last one. */
static void
run_task (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  GuiseImage *image;

  if (g_task_return_error_if_cancelled (task))
    return;
  image = guise_decoder_decode (g_task_get_source_object (task), request->root, request->path,
                                &request->options, g_task_get_cancellable (task), &error);
  if (image != NULL)
    g_task_return_pointer (task, image, (GDestroyNotify)guise_image_unref);
  else
    g_task_return_error (task, error);
}

void
guise_decoder_decode_async (GuiseDecoder *self, GuiseRoot *root, const char *path,
                            const GuiseDecodeOptions *options, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->root = root != NULL ? guise_root_ref (root) : NULL;
  request->path = g_strdup (path);
  if (options != NULL)
    request->options = *options;
  g_task_set_source_tag (task, guise_decoder_decode_async);
  g_task_set_task_data (task, request, free_request);
  g_thread_pool_push (self->workers, task, NULL);
}

GuiseImage *
guise_decoder_decode_finish (GuiseDecoder *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
guise_decoder_finalize (GObject *object)
{
  GuiseDecoder *self = GUISE_DECODER (object);

  for (guint i = 0; i < self->n_channels; i++)
    guise_decoder_channel_stop (&self->channels[i]);
  g_thread_pool_free (self->starter, TRUE, TRUE);
  g_thread_pool_free (self->workers, FALSE, FALSE); /* this may be one of its threads */
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self->channels);
  g_free (self->busy);
  guise_decoder_launcher_clear (&self->launcher);
  g_clear_pointer (&self->report, guise_decoder_report_free);
  G_OBJECT_CLASS (guise_decoder_parent_class)->finalize (object);
}

static void
guise_decoder_class_init (GuiseDecoderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = guise_decoder_finalize;
}

static void
guise_decoder_init (GuiseDecoder *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->timeout_ms = GUISE_DECODER_TIMEOUT_MS;
}

GuiseDecoder *
guise_decoder_new (guint n_processes)
{
  GuiseDecoder *self = g_object_new (GUISE_TYPE_DECODER, NULL);

  self->n_channels = n_processes != 0 ? n_processes : g_get_num_processors ();
  guise_decoder_launcher_init (&self->launcher);
  self->channels = g_new0 (GuiseDecoderChannel, self->n_channels);
  self->busy = g_new0 (gboolean, self->n_channels);
  for (guint i = 0; i < self->n_channels; i++)
    self->channels[i].socket = -1;
  self->starter = g_thread_pool_new (run_start, self, 1, TRUE, NULL);
  self->workers = g_thread_pool_new (run_task, NULL, (int)self->n_channels, FALSE, NULL);
  return self;
}

void
guise_decoder_set_timeout (GuiseDecoder *self, guint milliseconds)
{
  self->timeout_ms = milliseconds;
}

void
guise_decoder_set_posture (GuiseDecoder *self, guint posture)
{
  self->launcher.is_unfiltered = (posture & GUISE_DECODER_FILTERED) == 0;
  if ((posture & GUISE_DECODER_ENCLOSED) == 0)
    guise_decoder_launcher_drop_enclosure (&self->launcher, "it was not wanted");
}

guint
guise_decoder_get_n_processes (GuiseDecoder *self)
{
  return self->n_channels;
}
