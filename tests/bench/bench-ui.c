/* bench-ui PROJECT [PART...]: how the window feels with that project, measured in the real window.
 * See docs/SPEED.md. Prints a table in Markdown. Parts: filters, orders, fling, search; none = all.
 */
#include "guise-search-page.h"
#include "guise-watchdog.h"
#include "ui-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALL_MS 100
#define N_OPENINGS 5
#define N_REPEATS 5
#define N_LAMBDAS 41
#define MAX_TIMES 64

/* ---- figures -------------------------------------------------------------------------------- */

typedef struct {
  double ms[MAX_TIMES];
  guint n;
} Times;

static double
now_ms (void)
{
  return g_get_monotonic_time () / 1e3;
}

static void
note (Times *times, double since)
{
  g_assert_cmpuint (times->n, <, MAX_TIMES);
  times->ms[times->n++] = now_ms () - since;
}

static int
compare_times (const void *a, const void *b)
{
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void
print_times (const char *what, const char *budget, Times *times)
{
  qsort (times->ms, times->n, sizeof *times->ms, compare_times);
  printf ("| %s | %s | %.0f ms | %.0f ms | %u |\n", what, budget, times->ms[times->n / 2],
          times->ms[times->n - 1], times->n);
  fflush (stdout);
  times->n = 0;
}

/* What the main loop did since the last call. */
static void
print_stalls (const char *what)
{
  GuiseWatchdogCounts counts;

  guise_watchdog_take (&counts);
  printf ("| %s: stalls among %u turns of the main loop; longest turn | none > %d ms | %u |"
          " %.0f ms, %.0f ms of them computing | |\n",
          what, counts.n_turns, STALL_MS, counts.n_stalls, counts.longest,
          counts.longest_computing);
  fflush (stdout);
}

static double
read_memory (const char *key)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL)
      || (line = strstr (text, key)) == NULL)
    return 0;
  return g_ascii_strtod (line + strlen (key) + 1, NULL) / 1024;
}

static void
print_memory (const char *what)
{
  printf ("| memory, %s | < 600 MB | %.0f MB | peak %.0f MB | |\n", what, read_memory ("VmRSS"),
          read_memory ("VmHWM"));
  fflush (stdout);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static gboolean
lists (gpointer data)
{
  return guise_window_get_project (data) != NULL
         && !guise_library_page_is_busy (ui_get_library (data))
         && guise_library_page_get_n_shown (ui_get_library (data)) > 0;
}

static gboolean
is_listed (gpointer data)
{
  return !guise_library_page_is_busy (data);
}

static gboolean
is_answered (gpointer data)
{
  return !guise_search_page_is_busy (data);
}

static gboolean
has_pictures (gpointer data)
{
  return guise_thumbnailer_get_n_waiting (data) == 0;
}

/* ---- what is measured ----------------------------------------------------------------------- */

static GuiseWindow *
measure_opening (const char *folder)
{
  Times frames = { 0 }, pictures = { 0 };
  GuiseWindow *window = NULL;

  for (guint i = 0; i < N_OPENINGS; i++) {
    double start;

    if (window != NULL)
      ui_close_window (window);
    window = ui_open_window (NULL);
    start = now_ms ();
    guise_window_open_project (window, folder);
    ui_wait (lists, window, "the pictures to be listed");
    ui_settle (window, 1);
    note (&frames, start);
    ui_wait (has_pictures, guise_library_page_get_thumbnailer (ui_get_library (window)),
             "the first pictures");
    note (&pictures, start);
  }
  print_times ("open, until the first frame with its tiles", "< 1 s", &frames);
  print_times ("open, until every tile has its picture", "", &pictures);
  print_stalls ("opening and closing");
  return window;
}

static void
filter (GuiseWindow *window, const char *text, Times *times)
{
  GuiseLibraryPage *library = ui_get_library (window);
  double start = now_ms ();

  guise_library_page_set_filter (library, text);
  ui_wait (is_listed, library, "the filter");
  ui_settle (window, 1);
  if (times != NULL)
    note (times, start);
  ui_wait (has_pictures, guise_library_page_get_thumbnailer (library), "the pictures");
}

static void
measure_filters (GuiseWindow *window)
{
  static const char *const texts[]
      = { "red", "red bag", "no such words", "split = test", "camera = 3", "state = edited",
          "person = 17-9", "person ~ 17-9", "" };
  Times times = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *name = NULL;

    for (guint j = 0; j < N_REPEATS; j++) {
      filter (window, *texts[i] ? "path ~ cam_1" : "red", NULL);
      filter (window, texts[i], &times);
    }
    name = g_strdup_printf ("filter “%s”, %u pictures", texts[i],
                            guise_library_page_get_n_shown (ui_get_library (window)));
    print_times (name, "< 100 ms", &times);
  }
  print_stalls ("filters");
}

static void
measure_orders (GuiseWindow *window)
{
  GuiseLibraryPage *library = ui_get_library (window);
  GtkDropDown *order = GTK_DROP_DOWN (ui_find (GTK_WIDGET (library), GTK_TYPE_DROP_DOWN, "order"));
  Times times = { 0 };

  for (guint j = 0; j < N_REPEATS; j++)
    for (guint i = 1; i <= 5; i++) {
      double start = now_ms ();

      gtk_drop_down_set_selected (order, i % 5);
      ui_wait (is_listed, library, "the order");
      ui_settle (window, 1);
      note (&times, start);
    }
  print_times ("another order of all pictures", "", &times);
  print_stalls ("orders");
}

typedef struct {
  GtkAdjustment *adjustment;
  guint n_frames, n_left;
} Fling;

/* Two screens further with each frame, down and up again. */
static gboolean
fling_on (GtkWidget *grid, GdkFrameClock *clock, gpointer data)
{
  Fling *fling = data;
  double step = 2 * gtk_adjustment_get_page_size (fling->adjustment);
  gboolean down = fling->n_left > fling->n_frames / 2;

  gtk_adjustment_set_value (fling->adjustment, gtk_adjustment_get_value (fling->adjustment)
                                                   + (down ? step : -step));
  return --fling->n_left > 0;
}

static gboolean
is_flung (gpointer data)
{
  return ((Fling *)data)->n_left == 0;
}

static void
measure_fling (GuiseWindow *window)
{
  GuiseLibraryPage *library = ui_get_library (window);
  GuiseThumbnailer *thumbnailer = guise_library_page_get_thumbnailer (library);
  GtkWidget *grid = guise_library_page_get_grid (library);
  Fling fling = { gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (grid)), 600, 600 };
  guint decoded = guise_thumbnailer_get_n_decoded (thumbnailer);
  guint n = guise_library_page_get_n_shown (library);
  Times times = { 0 };

  gtk_widget_add_tick_callback (grid, fling_on, &fling, NULL);
  ui_wait (is_flung, &fling, "the pictures to fly by");
  ui_wait (has_pictures, thumbnailer, "the pictures to come to rest");
  print_stalls ("fling, 600 frames of two screens");
  printf ("| pictures decoded meanwhile | | %u | | |\n",
          guise_thumbnailer_get_n_decoded (thumbnailer) - decoded);
  for (guint i = 0; i < 20; i++) {
    double start = now_ms ();

    gtk_widget_activate_action (grid, "list.scroll-to-item", "u", i % 2 ? 0 : n - 1);
    ui_settle (window, 2);
    note (&times, start);
  }
  print_times ("end and home, until drawn", "", &times);
  print_stalls ("end and home");
}

static void
measure_queries (GuiseWindow *window, GuiseSearchPage *page)
{
  static const char *const texts[][2] = {
    { "an old man with a grey beard in a red coat", NULL },
    { "a young woman with long blonde hair and a blue dress carrying a handbag", NULL },
    { "a tall man", "a black jacket, jeans and white shoes" },
    { "a child with a backpack", NULL },
    { "somebody in a yellow shirt and dark trousers who wears a hat", NULL },
    { "an elderly woman", "a green coat" },
    { "a man", NULL },
  };
  Times queries = { 0 }, lambdas = { 0 };
  GtkRange *slider = GTK_RANGE (ui_find (GTK_WIDGET (page), GTK_TYPE_SCALE, "scale"));

  for (guint j = 0; j < N_REPEATS; j++)
    for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
      double start = now_ms ();

      guise_search_page_search_for (page, texts[i][0], texts[i][1]);
      ui_wait (is_answered, page, "the answer");
      ui_settle (window, 1);
      note (&queries, start);
    }
  print_times ("query, with encoding, until its hits are drawn", "< 300 ms", &queries);
  print_stalls ("queries");
  for (guint i = 0; i < N_LAMBDAS; i++) {
    double start = now_ms ();

    gtk_range_set_value (slider, (i * 17 % N_LAMBDAS) / (N_LAMBDAS - 1.0));
    ui_wait (is_answered, page, "the new order");
    note (&lambdas, start);
  }
  print_times ("λ moved, until its order is in the grid", "< 30 ms", &lambdas);
  print_stalls ("λ");
}

static void
measure_search (GuiseWindow *window)
{
  GuiseSearchPage *page = GUISE_SEARCH_PAGE (guise_window_get_page (window, "search"));
  Times times = { 0 };
  double start = now_ms ();

  guise_window_show_page (window, "search");
  ui_wait (is_answered, page, "the run to be opened");
  g_assert_cmpstr (guise_search_page_get_view (page), ==, "start");
  note (&times, start);
  print_times ("first look at Search, until it can be asked", "", &times);
  print_stalls ("opening the index");
  measure_queries (window, page);
}

static void
measure_parts (GuiseWindow *window, const char *const *wanted)
{
  static const struct {
    const char *name;
    void (*measure) (GuiseWindow *window);
  } parts[] = {
    { "filters", measure_filters },
    { "orders", measure_orders },
    { "fling", measure_fling },
    { "search", measure_search },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    if (*wanted == NULL || g_strv_contains (wanted, parts[i].name)) {
      g_autofree char *when = g_strdup_printf ("after %s", parts[i].name);

      parts[i].measure (window);
      print_memory (when);
    }
}

int
main (int argc, char **argv)
{
  GuiseWindow *window;

  ui_init (&argc, &argv);
  if (argc < 2) {
    fprintf (stderr, "usage: bench-ui PROJECT [PART…]\n");
    return 2;
  }
  ui_start ();
  guise_watchdog_start (STALL_MS, FALSE);
  printf ("| | budget | median | longest | n |\n|---|---|---|---|---|\n");
  window = measure_opening (argv[1]);
  print_memory ("library open");
  measure_parts (window, (const char *const *)argv + 2);
  ui_close_window (window);
  return 0;
}
