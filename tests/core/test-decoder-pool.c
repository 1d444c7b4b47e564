/* The pool of guise-decoder: many threads, processes that die, hang or lie, cancellation, and what
 * a process gives up before it reads anything. */
#include "decoder-process.h"
#include "guise-decoder.h"
#include "temp-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *fake_program; /* tests/support/fake-decoder.c; the only argument */
static char *fake_folder;  /* for links to it */

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
  GThread *threads[8];

  threads_left = 8;
  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("decode", decode_many, decoder);
  for (guint i = 0; i < 8; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (threads_left, ==, 0);
  during = decoder_process_list ();
  g_assert_cmpuint (during->len, >=, 1);
  g_assert_cmpuint (during->len, <=, 2);
  g_clear_object (&decoder);
  g_assert_cmpuint (decoder_process_count_children (), ==, 0);
  decoder_process_wait_until_gone (during);
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
  pid = decoder_process_get_only ();
  assert_works (decoder);
  g_assert_cmpint (decoder_process_get_only (), ==, pid);
}

static void
test_killed_idle (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  pid_t pid;

  assert_works (decoder);
  pid = decoder_process_get_only ();
  kill (pid, SIGKILL);
  assert_works (decoder);
  g_assert_cmpint (decoder_process_get_only (), !=, pid);
}

/* Stopped, so that the request is surely in progress, then killed: the image is tried once more. */
static void
test_killed_at_work (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  GThread *thread;
  pid_t pid;

  assert_works (decoder);
  pid = decoder_process_get_only ();
  kill (pid, SIGSTOP);
  thread = g_thread_new ("decode", decode_once, decoder);
  kill (pid, SIGKILL);
  g_thread_join (thread);
  g_assert_cmpint (decoder_process_get_only (), !=, pid);
}

static void
test_stopped (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  pid_t pid;

  guise_decoder_set_timeout (decoder, 2000);
  assert_works (decoder);
  pid = decoder_process_get_only ();
  kill (pid, SIGSTOP);
  assert_works (decoder);
  g_assert_cmpint (decoder_process_get_only (), !=, pid);
}

/* All of them are killed, and as many are there again: the pool keeps its size. */
static void
test_all_killed (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (2);
  GThread *threads[2];

  for (guint repeat = 0; repeat < 3; repeat++) {
    g_autoptr (GArray) pids = NULL;

    for (guint i = 0; i < 2; i++)
      threads[i] = g_thread_new ("decode", decode_once, decoder);
    for (guint i = 0; i < 2; i++)
      g_thread_join (threads[i]);
    pids = decoder_process_list ();
    g_assert_cmpuint (pids->len, >=, 1);
    g_assert_cmpuint (pids->len, <=, 2);
    for (guint i = 0; i < pids->len; i++)
      kill (g_array_index (pids, pid_t, i), SIGKILL);
    decoder_process_wait_until_gone (pids);
  }
  assert_works (decoder);
}

/* A program's name tells the fake how to misbehave: it sees no environment. */
static GuiseDecoder *
new_fake (const char *mode)
{
  g_autofree char *kept = g_strdup (g_getenv ("GUISE_DECODER"));
  g_autofree char *link = g_build_filename (fake_folder, mode, NULL);
  GuiseDecoder *decoder;

  g_assert_true (symlink (fake_program, link) == 0 || errno == EEXIST);
  g_setenv ("GUISE_DECODER", link, TRUE);
  decoder = guise_decoder_new (1);
  g_setenv ("GUISE_DECODER", kept, TRUE);
  return decoder;
}

static void
test_lies (void)
{
  const char *modes[] = { "die", "short", "serial", "no-fd", "size", "stride",
                          "unsealed", "huge", "status", "hello", "mute", "smaller", "larger" };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    g_autoptr (GuiseDecoder) decoder = new_fake (modes[i]);

    for (guint repeat = 0; repeat < 2; repeat++) { /* the pool is as usable as before */
      g_autoptr (GError) error = NULL;

      g_assert_null (decode_golden (decoder, NULL, &error));
      g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER);
      g_assert_nonnull (strstr (error->message, "plain.png"));
    }
    g_assert_cmpuint (decoder_process_count_children (), ==, 0);
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

/* What the process could not do for lack of something is told from what is wrong with the file, and
 * is no reason to end it. */
static void
test_no_room (void)
{
  g_autoptr (GuiseDecoder) decoder = new_fake ("no-room");
  g_autoptr (GError) error = NULL;

  g_assert_null (decode_golden (decoder, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM);
  g_assert_cmpuint (decoder_process_count_children (), ==, 1);
}

/* The kernel answers EIO where a process has no memory, as a disk does that fails. */
static void
test_failing_disk (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  int file = open ("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_decoder_decode_fd (decoder, file, "a.png", NULL, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "'a.png': cannot be read: "));
  close (file);
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
  g_autofree char *limits = NULL;
  g_autofree char *peak = NULL;
  g_autofree char *privileges = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_decoder_decode (decoder, NULL, huge, NULL, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE);
  peak = decoder_process_get_status (decoder_process_get_only (), "VmHWM");
  privileges = decoder_process_get_status (decoder_process_get_only (), "NoNewPrivs");
  g_assert_cmpstr (privileges, ==, "1");
  limits = decoder_process_read (decoder_process_get_only (), "limits");
  g_assert_true (g_regex_match_simple ("Max core file size +0 +0 ", limits, 0, 0));
  g_assert_true (g_regex_match_simple ("Max cpu time +2[0-9] ", limits, 0, 0));
#ifndef GUISE_INSTRUMENTED
  g_assert_cmpint (atoi (peak), <, 50 * 1024);
  g_assert_true (g_regex_match_simple ("Max address space +1073741824 +1073741824 ", limits, 0, 0));
#endif
}

/* What bubblewrap itself says about this machine. */
static gboolean
can_enclose (void)
{
  g_autofree char *program = g_find_program_in_path ("bwrap");
  const char *arguments[] = { program, "--unshare-all", "--ro-bind", "/", "/", "/bin/true", NULL };
  int status = 1;

#ifdef GUISE_INSTRUMENTED
  return FALSE;
#endif
  return program != NULL
         && g_spawn_sync (NULL, (char **)arguments, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                          NULL, NULL, &status, NULL)
         && status == 0;
}

static GuiseDecoderReport *
assert_report (GuiseDecoder *decoder)
{
  g_autoptr (GError) error = NULL;
  GuiseDecoderReport *report = guise_decoder_report (decoder, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (report->posture & GUISE_DECODER_LIMITED, !=, 0);
  g_assert_cmpuint (report->posture & GUISE_DECODER_UNPRIVILEGED, !=, 0);
  g_assert_true ((report->why_not_filtered == NULL)
                 == ((report->posture & GUISE_DECODER_FILTERED) != 0));
  g_assert_true ((report->why_not_enclosed == NULL)
                 == ((report->posture & GUISE_DECODER_ENCLOSED) != 0));
  g_assert_true (g_str_has_prefix (report->formats, "JPEG PNG"));
  return report;
}

/* What a process says it has given up is what the kernel says. */
static void
test_posture (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autoptr (GuiseDecoderReport) report = assert_report (decoder);
  g_autofree char *filter = decoder_process_get_status (decoder_process_get_only (), "Seccomp");

#ifndef GUISE_INSTRUMENTED
  g_assert_cmpuint (report->posture & GUISE_DECODER_FILTERED, !=, 0);
  g_assert_cmpstr (filter, ==, "2");
#endif
  g_assert_true (((report->posture & GUISE_DECODER_ENCLOSED) != 0) == can_enclose ());
  assert_works (decoder);
}

static void
test_posture_reduced (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autoptr (GuiseDecoderReport) report = NULL;

  guise_decoder_set_posture (decoder, 0);
  report = assert_report (decoder);
  g_assert_cmpuint (report->posture, ==, GUISE_DECODER_LIMITED | GUISE_DECODER_UNPRIVILEGED);
  assert_works (decoder);
}

/* The process that reads foreign bytes knows none of the user's keys. */
static void
test_environment (void)
{
  g_autoptr (GuiseDecoder) decoder = NULL;
  g_autofree char *environment = NULL;
  g_autofree char *path = NULL;
  gsize size = 0;

  g_setenv ("GUISE_TEST_API_KEY", "kept-from-the-decoder", TRUE);
  decoder = guise_decoder_new (1);
  assert_works (decoder);
  path = g_strdup_printf ("/proc/%d/environ", decoder_process_get_only ());
  g_assert_true (g_file_get_contents (path, &environment, &size, NULL));
  g_assert_null (g_strstr_len (environment, (gssize)size, "GUISE_TEST_API_KEY"));
  g_assert_null (memmem (environment, size, "kept-from-the-decoder", 21));
  g_unsetenv ("GUISE_TEST_API_KEY");
}

/* A folder to search programs in, with a bwrap that is this script, or none. */
static GuiseDecoder *
new_with_bwrap (const char *script)
{
  g_autofree char *kept = g_strdup (g_getenv ("PATH"));
  g_autofree char *program = g_build_filename (fake_folder, "bwrap", NULL);
  GuiseDecoder *decoder;

  if (script != NULL) {
    g_assert_true (g_file_set_contents (program, script, -1, NULL));
    g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  }
  g_setenv ("PATH", fake_folder, TRUE);
  decoder = guise_decoder_new (1);
  g_setenv ("PATH", kept, TRUE);
  return decoder;
}

static void
test_no_bwrap (void)
{
  g_autoptr (GuiseDecoder) decoder = new_with_bwrap (NULL);
  g_autoptr (GuiseDecoderReport) report = assert_report (decoder);

  g_assert_cmpuint (report->posture & GUISE_DECODER_ENCLOSED, ==, 0);
#ifndef GUISE_INSTRUMENTED
  g_assert_nonnull (strstr (report->why_not_enclosed, "not installed"));
  g_assert_cmpuint (report->posture & GUISE_DECODER_FILTERED, !=, 0);
#endif
  assert_works (decoder);
}

static void
test_no_namespaces (void)
{
  g_autoptr (GuiseDecoder) decoder
      = new_with_bwrap ("#!/bin/sh\necho 'bwrap: no namespaces for you' >&2\nexit 1\n");
  g_autoptr (GuiseDecoderReport) report = assert_report (decoder);

  g_assert_cmpuint (report->posture & GUISE_DECODER_ENCLOSED, ==, 0);
#ifndef GUISE_INSTRUMENTED
  g_assert_cmpstr (report->why_not_enclosed, ==, "bwrap: no namespaces for you");
#endif
  assert_works (decoder);
}

/* Where it has worked once, nothing is decoded without it: what makes it fail may be the attack. */
static void
test_bwrap_fails_later (void)
{
  g_autofree char *bwrap = g_find_program_in_path ("bwrap");
  g_autofree char *flag = g_build_filename (fake_folder, "used", NULL);
  g_autofree char *script = g_strdup_printf (
      "#!/bin/sh\n[ ! -e '%s' ] || exit 1\n: > '%s'\nexec '%s' \"$@\"\n", flag, flag, bwrap);
  g_autoptr (GuiseDecoder) decoder = NULL;
  g_autoptr (GError) error = NULL;

  if (!can_enclose ()) {
    g_test_skip ("bubblewrap does not work here");
    return;
  }
  decoder = new_with_bwrap (script);
  assert_works (decoder);
  kill (decoder_process_get_only (), SIGKILL);
  g_assert_null (decode_golden (decoder, NULL, &error));
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER);
}

/* What this program does when it is started as its own child: has a decoder, says its number, and
 * waits. */
static int
hold_decoder (void)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autoptr (GuiseDecoderReport) report = guise_decoder_report (decoder, NULL);

  if (report == NULL)
    return 1;
  printf ("%d\n", decoder_process_get_only ());
  fflush (stdout);
  pause ();
  return 1;
}

/* Whoever started it is killed: it goes as well, behind bubblewrap too. */
static void
test_parent_killed (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *arguments[] = { self, "--hold", NULL };
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (GPid));
  g_autoptr (GError) error = NULL;
  char line[16] = "";
  GPid parent, pid;
  int out;

  g_spawn_async_with_pipes (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &parent,
                            NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (out, line, sizeof line - 1), >, 1);
  pid = atoi (line);
  g_assert_cmpint (pid, >, 1);
  kill (parent, SIGKILL);
  g_assert_cmpint (waitpid (parent, NULL, 0), ==, parent);
  g_array_append_val (pids, pid);
  decoder_process_wait_until_gone (pids);
  close (out);
}

int
main (int argc, char **argv)
{
  int result;

  if (argc == 2 && strcmp (argv[1], "--hold") == 0)
    return hold_decoder ();
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  fake_program = g_canonicalize_filename (argv[1], NULL);
  fake_folder = temp_folder_new ("fakes");
  g_test_add_func ("/pool/threads", test_threads);
  g_test_add_func ("/pool/thread-ends", test_thread_ends);
  g_test_add_func ("/pool/i15-killed-idle", test_killed_idle);
  g_test_add_func ("/pool/i15-killed-at-work", test_killed_at_work);
  g_test_add_func ("/pool/i15-stopped", test_stopped);
  g_test_add_func ("/pool/i15-all-killed", test_all_killed);
  g_test_add_func ("/pool/i15-silent", test_silent);
  g_test_add_func ("/pool/parent-killed", test_parent_killed);
  g_test_add_func ("/pool/i16-lies", test_lies);
  g_test_add_func ("/pool/i16-truth", test_truth);
  g_test_add_func ("/pool/i19-failing-disk", test_failing_disk);
  g_test_add_func ("/pool/no-room", test_no_room);
  g_test_add_func ("/pool/missing-program", test_missing_program);
  g_test_add_func ("/pool/cancel", test_cancel);
  g_test_add_func ("/pool/async", test_async);
  g_test_add_func ("/pool/i05-confined", test_confined);
  g_test_add_func ("/pool/posture", test_posture);
  g_test_add_func ("/pool/posture-reduced", test_posture_reduced);
  g_test_add_func ("/pool/environment", test_environment);
  g_test_add_func ("/pool/i20-no-bwrap", test_no_bwrap);
  g_test_add_func ("/pool/i20-no-namespaces", test_no_namespaces);
  g_test_add_func ("/pool/i20-bwrap-fails-later", test_bwrap_fails_later);
  result = g_test_run ();
  temp_folder_free (fake_folder);
  g_free (fake_program);
  return result;
}
