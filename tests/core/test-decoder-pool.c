/* The pool of guise-decoder: many threads, processes that die, hang or lie, cancellation, and what
 * a process gives up before it reads anything. */
#include "guise-decoder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *fake_program; /* tests/support/fake-decoder.c; the only argument */

static char *
golden (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "decode", name, NULL);
}

static GuiseImage *
decode_golden (GuiseDecoder *decoder, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = golden ("plain.png");

  return guise_decoder_decode (decoder, NULL, path, NULL, cancellable, error);
}

static void
assert_works (GuiseDecoder *decoder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = decode_golden (decoder, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (image), ==, 12);
}

/* The processes that this one has started and not yet buried. */
static GArray *
list_children (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc)) != NULL) {
    g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
    g_autofree char *text = NULL;
    pid_t pid = atoi (name);

    if (pid > 0 && g_file_get_contents (path, &text, NULL, NULL)
        && atoi (strrchr (text, ')') + 4) == getpid ())
      g_array_append_val (pids, pid);
  }
  return pids;
}

static pid_t
only_child (void)
{
  g_autoptr (GArray) pids = list_children ();

  g_assert_cmpuint (pids->len, ==, 1);
  return g_array_index (pids, pid_t, 0);
}

static char *
read_status (pid_t pid, const char *key)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;
  g_autofree char *label = g_strdup_printf ("\n%s:", key);
  const char *line;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  line = strstr (text, label);
  g_assert_nonnull (line);
  line += strlen (label);
  return g_strstrip (g_strndup (line, strcspn (line, "\n")));
}

static int threads_left;

static gpointer
decode_many (gpointer data)
{
  for (int i = 0; i < 25; i++)
    assert_works (data);
  g_atomic_int_dec_and_test (&threads_left);
  return NULL;
}

/* 200 images from 8 threads through 2 processes; then none is left behind. */
static void
test_threads (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (2);
  g_autoptr (GArray) during = NULL;
  g_autoptr (GArray) after = NULL;
  GThread *threads[8];

  threads_left = 8;
  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("decode", decode_many, decoder);
  for (guint i = 0; i < 8; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (threads_left, ==, 0);
  during = list_children ();
  g_assert_cmpuint (during->len, >=, 1);
  g_assert_cmpuint (during->len, <=, 2);
  g_clear_object (&decoder);
  after = list_children ();
  g_assert_cmpuint (after->len, ==, 0);
}

static gpointer
decode_once (gpointer data)
{
  assert_works (data);
  return NULL;
}

/* The thread that first asked ends; its process stays. */
static void
test_thread_ends (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  pid_t pid;

  g_thread_join (g_thread_new ("decode", decode_once, decoder));
  pid = only_child ();
  assert_works (decoder);
  g_assert_cmpint (only_child (), ==, pid);
}

static void
test_killed_idle (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  pid_t pid;

  assert_works (decoder);
  pid = only_child ();
  kill (pid, SIGKILL);
  assert_works (decoder);
  g_assert_cmpint (only_child (), !=, pid);
}

/* Stopped, so that the request is surely in progress, then killed: the image is tried once more. */
static void
test_killed_at_work (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  GThread *thread;
  pid_t pid;

  assert_works (decoder);
  pid = only_child ();
  kill (pid, SIGSTOP);
  thread = g_thread_new ("decode", decode_once, decoder);
  kill (pid, SIGKILL);
  g_thread_join (thread);
  g_assert_cmpint (only_child (), !=, pid);
}

static void
test_stopped (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  pid_t pid;

  guise_decoder_set_timeout (decoder, 2000);
  assert_works (decoder);
  pid = only_child ();
  kill (pid, SIGSTOP);
  assert_works (decoder);
  g_assert_cmpint (only_child (), !=, pid);
}

static GuiseDecoder *
new_fake (const char *mode)
{
  g_autofree char *kept = g_strdup (g_getenv ("GUISE_DECODER"));
  GuiseDecoder *decoder;

  g_setenv ("GUISE_FAKE_DECODER", mode, TRUE);
  g_setenv ("GUISE_DECODER", fake_program, TRUE);
  decoder = guise_decoder_new (1);
  g_setenv ("GUISE_DECODER", kept, TRUE);
  return decoder;
}

static void
test_lies (void)
{
  const char *modes[]
      = { "die", "short", "serial", "no-fd", "size", "stride", "unsealed", "huge", "status" };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autoptr (GuiseDecoder) decoder = new_fake (modes[i]);
    g_autoptr (GArray) after = NULL;

    for (guint repeat = 0; repeat < 2; repeat++) { /* the pool is as usable as before */
      g_autoptr (GError) error = NULL;

      g_assert_null (decode_golden (decoder, NULL, &error));
      g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER);
      g_assert_nonnull (strstr (error->message, "plain.png"));
    }
    after = list_children ();
    g_assert_cmpuint (after->len, ==, 0);
  }
}

/* The fake is refused for its lies, not for being a fake. */
static void
test_truth (void)
{
  g_autoptr (GuiseDecoder) decoder = new_fake ("good");
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = decode_golden (decoder, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (image), ==, 2);
  g_assert_cmpint (guise_image_get_pixels (image)[5], ==, 6);
}

static void
test_silent (void)
{
  g_autoptr (GuiseDecoder) decoder = new_fake ("silent");
  g_autoptr (GError) error = NULL;

  guise_decoder_set_timeout (decoder, 50);
  g_assert_null (decode_golden (decoder, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TIMEOUT);
}

static void
test_missing_program (void)
{
  g_autofree char *kept = g_strdup (g_getenv ("GUISE_DECODER"));
  g_autoptr (GuiseDecoder) decoder = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("GUISE_DECODER", "/nonexistent/guise-decoder", TRUE);
  decoder = guise_decoder_new (1);
  g_setenv ("GUISE_DECODER", kept, TRUE);
  g_assert_null (decode_golden (decoder, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER);
  g_assert_nonnull (strstr (error->message, "/nonexistent/guise-decoder"));
}

typedef struct {
  GuiseDecoder *decoder;
  GCancellable *cancellable;
  GError *error;
} Waiting;

static gpointer
decode_until_cancelled (gpointer data)
{
  Waiting *waiting = data;

  g_assert_null (decode_golden (waiting->decoder, waiting->cancellable, &waiting->error));
  return NULL;
}

/* One holds the only process, which never answers; the other waits for it. Both go at once. */
static void
test_cancel (void)
{
  g_autoptr (GuiseDecoder) decoder = new_fake ("silent");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Waiting waiting[2];
  GThread *threads[2];

  for (guint i = 0; i < 2; i++) {
    waiting[i] = (Waiting){ decoder, cancellable, NULL };
    threads[i] = g_thread_new ("decode", decode_until_cancelled, &waiting[i]);
  }
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < 2; i++) {
    g_thread_join (threads[i]);
    g_assert_error (waiting[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&waiting[i].error);
  }
}

typedef struct {
  GMainLoop *loop;
  guint n_left;
  guint n_decoded;
} Arrivals;

static void
on_decoded (GObject *source, GAsyncResult *result, gpointer data)
{
  Arrivals *arrivals = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image
      = guise_decoder_decode_finish (GUISE_DECODER (source), result, &error);

  if (image != NULL)
    arrivals->n_decoded++;
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (--arrivals->n_left == 0)
    g_main_loop_quit (arrivals->loop);
}

/* The callers' reference goes before the answers come. */
static void
test_async (void)
{
  g_autofree char *folder = golden ("");
  g_autoptr (GuiseRoot) root = guise_root_open (folder, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GuiseDecoder *decoder = guise_decoder_new (2);
  Arrivals arrivals = { .loop = loop, .n_left = 60 };

  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < 60; i++)
    guise_decoder_decode_async (decoder, root, "photo.jpg", NULL, i < 10 ? cancellable : NULL,
                                on_decoded, &arrivals);
  g_object_unref (decoder);
  g_main_loop_run (loop);
  g_assert_cmpuint (arrivals.n_decoded, ==, 50);
}

/* 20 000 × 20 000 pixels promised by a few bytes cost no memory. */
static void
test_confined (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autofree char *huge = golden ("huge.png");
  g_autofree char *limits_path = NULL;
  g_autofree char *limits = NULL;
  g_autofree char *peak = NULL;
  g_autofree char *privileges = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_decoder_decode (decoder, NULL, huge, NULL, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE);
  peak = read_status (only_child (), "VmHWM");
  privileges = read_status (only_child (), "NoNewPrivs");
  g_assert_cmpstr (privileges, ==, "1");
  limits_path = g_strdup_printf ("/proc/%d/limits", only_child ());
  g_assert_true (g_file_get_contents (limits_path, &limits, NULL, NULL));
  g_assert_true (g_regex_match_simple ("Max core file size +0 +0 ", limits, 0, 0));
  g_assert_true (g_regex_match_simple ("Max cpu time +2[0-9] ", limits, 0, 0));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_cmpint (atoi (peak), <, 50 * 1024);
  g_assert_true (g_regex_match_simple ("Max address space +1073741824 +1073741824 ", limits, 0, 0));
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  fake_program = argv[1];
  g_test_add_func ("/pool/threads", test_threads);
  g_test_add_func ("/pool/thread-ends", test_thread_ends);
  g_test_add_func ("/pool/killed-idle", test_killed_idle);
  g_test_add_func ("/pool/killed-at-work", test_killed_at_work);
  g_test_add_func ("/pool/stopped", test_stopped);
  g_test_add_func ("/pool/lies", test_lies);
  g_test_add_func ("/pool/truth", test_truth);
  g_test_add_func ("/pool/silent", test_silent);
  g_test_add_func ("/pool/missing-program", test_missing_program);
  g_test_add_func ("/pool/cancel", test_cancel);
  g_test_add_func ("/pool/async", test_async);
  g_test_add_func ("/pool/confined", test_confined);
  return g_test_run ();
}
