#include "train-display.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 20,
       NARROW = 80 };

void
train_display_init (TrainDisplay *display, CliGlobal *global)
{
  *display = (TrainDisplay){ .global = global, .r1 = -1, .best = -1 };
}

static gboolean
is_live (const TrainDisplay *display)
{
  return !display->global->json && !display->global->quiet && isatty (STDERR_FILENO);
}

static int
get_width (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : NARROW;
}

/* Replaces the progress line, cut to the terminal. */
static void
draw (TrainDisplay *display, const char *line)
{
  fprintf (stderr, "\r\033[K%.*s", get_width () - 1, line);
  fflush (stderr);
  display->drawn = TRUE;
}

void
train_display_end (TrainDisplay *display)
{
  if (display->drawn)
    fputs ("\r\033[K", stderr);
  display->drawn = FALSE;
}

static double
get_number (json_t *object, const char *key)
{
  return json_number_value (json_object_get (object, key));
}

static gint64
get_int (json_t *object, const char *key)
{
  return json_integer_value (json_object_get (object, key));
}

static void
append_bar (GString *line, gint64 done, gint64 total)
{
  gint64 filled = total > 0 ? BAR * done / total : 0;

  g_string_append_c (line, '[');
  for (gint64 i = 0; i < BAR; i++)
    g_string_append_c (line, i < filled ? '#' : '.');
  g_string_append_printf (line, "] %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, done, total);
}

static void
append_eta (GString *line, const TrainDisplay *display, gint64 done, gint64 total)
{
  double elapsed = (double)(g_get_monotonic_time () - display->started) / 1e6;
  gint64 steps = done - display->from;
  int left = steps > 0 ? (int)(elapsed * (double)(total - done) / (double)steps) : 0;

  if (left > 0)
    g_string_append_printf (line, "  %d:%02d left", left / 60, left % 60);
}

static void
show_step (TrainDisplay *display, json_t *event)
{
  gint64 done = get_int (event, "step"), total = get_int (event, "steps");
  json_t *floors = json_object_get (event, "floor"), *value;
  g_autoptr (GString) line = g_string_new (NULL);
  const char *name;

  append_bar (line, done, total);
  if (display->r1 >= 0)
    g_string_append_printf (line, "  R@1 %.1f", display->r1);
  g_string_append_printf (line, "  %.0f img/s", get_number (event, "images_per_s"));
  append_eta (line, display, done, total);
  json_object_foreach (json_object_get (event, "loss"), name, value)
  {
    if (json_is_number (value))
      g_string_append_printf (line, "  %s %.3f>%.2g", name, json_number_value (value),
                              get_number (floors, name));
  }
  draw (display, line->str);
}

static void
show_eval (TrainDisplay *display, json_t *event)
{
  display->r1 = get_number (event, "r1");
  display->best = MAX (display->best, display->r1);
  if (display->global->quiet)
    return;
  train_display_end (display);
  printf ("step %-6" G_GINT64_FORMAT " R@1 %5.1f  R@5 %5.1f  R@10 %5.1f  mAP %5.1f  (lambda %.2f)"
          "  who %.1f  wearing %.1f  both %.1f%s\n",
          get_int (event, "step"), display->r1, get_number (event, "r5"),
          get_number (event, "r10"), get_number (event, "map"), get_number (event, "lambda"),
          get_number (json_object_get (event, "who"), "r1"),
          get_number (json_object_get (event, "wearing"), "r1"),
          get_number (json_object_get (event, "both"), "r1"),
          json_is_true (json_object_get (event, "best")) ? "  *" : "");
  fflush (stdout);
}

static void
show_start (TrainDisplay *display, json_t *event)
{
  display->started = g_get_monotonic_time ();
  display->from = get_int (event, "step");
  if (display->global->quiet)
    return;
  train_display_end (display);
  printf ("%s: %lld images of %lld persons, from step %lld to %lld, %lld threads\n",
          json_string_value (json_object_get (event, "run")),
          (long long)get_int (event, "images"), (long long)get_int (event, "persons"),
          (long long)display->from, (long long)get_int (event, "steps"),
          (long long)get_int (event, "threads"));
  fflush (stdout);
}

static void
show_progress (TrainDisplay *display, json_t *event)
{
  g_autoptr (GString) line = g_string_new (NULL);

  append_bar (line, get_int (event, "done"), get_int (event, "total"));
  g_string_append_printf (line, "  %s", json_string_value (json_object_get (event, "what")));
  draw (display, line->str);
}

static void
show_warning (TrainDisplay *display, json_t *event)
{
  train_display_end (display);
  cli_tell ("warning: %s",
            json_string_value (json_object_get (event, "message")));
}

void
train_display_event (json_t *event, gpointer user_data)
{
  TrainDisplay *display = user_data;
  const char *name = json_string_value (json_object_get (event, "event"));

  if (display->global->json)
    cli_print_json (json_incref (event));
  else if (strcmp (name, "warning") == 0)
    show_warning (display, event);
  else if (strcmp (name, "start") == 0)
    show_start (display, event);
  else if (strcmp (name, "eval") == 0)
    show_eval (display, event);
  else if (is_live (display) && strcmp (name, "step") == 0)
    show_step (display, event);
  else if (is_live (display) && strcmp (name, "progress") == 0)
    show_progress (display, event);
}
