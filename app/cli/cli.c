#include "cli.h"

#include "cli-text.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-crew.h"

/* GOption leaves the "--" in place when what follows looks like an option. */
static void
drop_separator (int *argc, char **argv)
{
  for (int i = 1; i < *argc; i++)
    if (strcmp (argv[i], "--") == 0) {
      memmove (argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof *argv);
      --*argc;
      return;
    }
}

void
cli_enter (CliGlobal *global, const char *word)
{
  g_autofree char *command
      = global->command != NULL ? g_strconcat (global->command, " ", word, NULL) : g_strdup (word);
  g_autofree char *program = g_strconcat ("guisectl ", command, NULL);

  global->command = g_intern_string (command);
  g_set_prgname (program); /* what --help begins with */
}

gboolean
cli_parse (CliGlobal *global, const GOptionEntry *entries, const char *positional,
           const char *summary, const char *example, int n_min, int n_max, int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (positional);
  g_autofree char *description = g_strdup_printf ("Example:\n  %s", example);
  g_autoptr (GError) error = NULL;
  g_autofree char *project = NULL;
  const GOptionEntry common[]
      = { { "project", 0, 0, G_OPTION_ARG_FILENAME, &project,
            "The project's folder (default: the current one)", "DIR" },
          { "json", 0, 0, G_OPTION_ARG_NONE, &global->json, "Machine output on stdout", NULL },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &global->quiet, "No progress and no summary", NULL },
          G_OPTION_ENTRY_NULL };

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse (context, argc, argv, &error)) {
    cli_usage ("%s: %s", global->command, error->message);
    return FALSE;
  }
  if (project != NULL)
    global->project = g_intern_string (project); /* lives as long as the process */
  drop_separator (argc, *argv);
  if (*argc - 1 < n_min) {
    cli_usage ("%s: missing argument: %s", global->command, positional);
    return FALSE;
  }
  if (n_max >= 0 && *argc - 1 > n_max) {
    cli_usage ("%s: unexpected argument: '%s'", global->command, (*argv)[n_max + 1]);
    return FALSE;
  }
  return TRUE;
}

static char *
describe_stop (const CliGlobal *global)
{
  return g_strdup_printf ("stopped: '%s': %s", global->command,
                          global->go_on != NULL ? global->go_on
                                                : "the same command begins it again");
}

void
cli_tell (const char *format, ...)
{
  g_autofree char *text = NULL, *shown = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  shown = cli_escape_message (text);
  fprintf (stderr, "guisectl: %s\n", shown);
}

int
cli_fail (CliGlobal *global, const GError *error)
{
  gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autofree char *stop = cancelled ? describe_stop (global) : NULL;
  const char *message = cancelled ? stop : error->message;

  cli_tell ("%s", message);
  if (global->json)
    cli_print_json (
        json_pack ("{s:s, s:o}", "event", "failed", "error", guise_json_pack_text (message)));
  return cancelled ? CLI_CANCELLED : CLI_FAILED;
}

int
cli_usage (const char *format, ...)
{
  const GuiseCrew *crew = guise_crew_join (NULL);
  g_autofree char *text = NULL;
  gboolean speaks;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  guise_crew_share_trouble (crew, TRUE, &speaks);
  if (speaks)
    cli_tell ("%s; see --help", text);
  guise_crew_leave (crew); /* together: mpirun ends the others once one has failed */
  return CLI_USAGE;
}

/* More than a few threads a core only wait for each other. */
gboolean
cli_check_threads (const char *command, gint64 n_threads)
{
  gint64 limit = 4 * (gint64)g_get_num_processors ();

  if (n_threads >= 1 && n_threads <= limit)
    return TRUE;
  cli_usage ("%s: --threads must lie between 1 and %" G_GINT64_FORMAT
             ", four for each core of this machine",
             command, limit);
  return FALSE;
}

gboolean
cli_check_output (const char *path, GError **error)
{
  g_autoptr (GuiseAtomicFile) file = NULL;

  if (path == NULL)
    return TRUE;
  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "cannot write '%s': it is a folder",
                 path);
    return FALSE;
  }
  file = guise_atomic_file_open (path, error);
  return file != NULL;
}

static int output_errno; /* why stdout last failed, 0 = it did not or nobody saw it */

static void
flush_output (void)
{
  if (fflush (stdout) != 0)
    output_errno = errno;
}

void
cli_print_json (json_t *object)
{
  char *text = json_dumps (object, JSON_COMPACT | JSON_ENCODE_ANY);

  g_assert (text != NULL);
  puts (text);
  flush_output ();
  free (text);
  json_decref (object);
}

void
cli_put_result (const CliGlobal *global, json_t *object)
{
  if (global->json)
    cli_print_json (object);
  else
    json_decref (object);
}

/* A pipe whose reader has left, as `head` does once it has enough. */
static gboolean
is_unread (void)
{
  struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

  return poll (&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

int
cli_close_output (int status)
{
  flush_output ();
  if (!ferror (stdout) || is_unread ())
    return status;
  cli_tell ("cannot write the output: 'stdout': %s; it is not whole, send it elsewhere",
            output_errno != 0 ? g_strerror (output_errno) : "a part was not taken");
  return status == CLI_DONE ? CLI_FAILED : status;
}

static GCancellable *signal_target;
static sem_t signal_arrived;
static volatile sig_atomic_t n_interrupts;

/* Only what POSIX allows in a handler. Whoever presses Ctrl+C again means now. SIGTERM says nothing
 * new the second time: the window sends one, and the kernel another when the window goes. */
static void
note_signal (int number)
{
  if (number == SIGINT && n_interrupts++ > 0)
    _exit (CLI_CANCELLED);
  sem_post (&signal_arrived);
}

static void *
wait_for_signal (void *data)
{
  while (sem_wait (&signal_arrived) != 0)
    ;
  g_cancellable_cancel (signal_target);
  return NULL;
}

/* Handlers, not a blocked set and sigwait(): OpenBLAS starts threads before main(), and a signal
 * that is blocked everywhere else would end the process through one of those. */
void
cli_watch_signals (CliGlobal *global)
{
  struct sigaction action = { .sa_handler = note_signal, .sa_flags = SA_RESTART };

  if (signal_target != NULL)
    return;
  signal_target = g_object_ref (global->cancellable); /* for good: one may come while main() ends */
  sem_init (&signal_arrived, 0, 0);
  g_thread_unref (g_thread_new ("signals", wait_for_signal, NULL));
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

void
cli_progress_start (CliProgress *progress, CliGlobal *global, const char *what)
{
  *progress = (CliProgress){ .global = global, .what = what, .started = g_get_monotonic_time () };
}

void
cli_progress_update (CliProgress *progress, guint64 done, guint64 total)
{
  CliGlobal *global = progress->global;
  gint64 now = g_get_monotonic_time ();
  double elapsed = (now - progress->started) / 1e6, rate = elapsed > 0 ? done / elapsed : 0;
  double eta = rate > 0 && total > done ? (total - done) / rate : 0;
  gboolean last = total > 0 && done >= total;

  if (!last && now - progress->shown < (global->json ? 500000 : 100000))
    return;
  progress->shown = now;
  if (global->json) {
    cli_print_json (json_pack ("{s:s, s:I, s:I, s:f}", "event", "progress", "done",
                               (json_int_t)done, "total", (json_int_t)total, "eta_s", eta));
  } else if (!global->quiet && isatty (STDERR_FILENO)) {
    fprintf (stderr, "\r\033[K%s %" G_GUINT64_FORMAT, progress->what, done);
    if (total > 0)
      fprintf (stderr, "/%" G_GUINT64_FORMAT " (%.0f%%)", total, 100.0 * done / total);
    fprintf (stderr, "  %.1f/s", rate);
    if (eta >= 1)
      fprintf (stderr, "  %d:%02d left", (int)eta / 60, (int)eta % 60);
    fflush (stderr);
    progress->drawn = TRUE;
  }
}

void
cli_progress_end (CliProgress *progress)
{
  if (progress->drawn)
    fputs ("\r\033[K", stderr);
  progress->drawn = FALSE;
}
