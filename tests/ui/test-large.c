/* The Library page with 100 000 pictures, and on a disk that does not answer. What makes it fast is
 * asserted: how many cells, items, rows and pixels are made, and which requests are taken back. */
#include "disk.h"
#include "guise-image-cell.h"
#include "guise-store-private.h"
#include "guise-watchdog.h"
#include "ui-fixture.h"

#include <fcntl.h>
#include <unistd.h>

#define N_IMAGES 100000
#define N_ZEBRAS 3
/* GTK's grid makes cells for so many rows, whatever it shows, and for the places that it remembers:
 * where it is scrolled to, and what is selected and focused. */
#define N_ROWS 32
#define N_PLACES 3

typedef struct {
  GuiseWindow *window;
  GuiseLibraryPage *library;
  GuiseThumbnailer *thumbnailer;
  GuiseIdModel *model;
  GtkWidget *grid;
} Fixture;

static char *large;   /* the project's folder, made once */
static guint n_links; /* copies of the folder of pictures */

/* ---- a large project ------------------------------------------------------------------------ */

static gboolean
add_rows (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  gboolean ok;
  guint n = (guint)guise_db_get_int (db, &ok, 0, error, "SELECT count(*) FROM images");

  n_links = N_IMAGES / n + 1;
  return ok
         && guise_db_run (db, error,
                          "INSERT INTO images (dataset_id, path, split, person_id, outfit_id,"
                          " camera_id, file_size) WITH RECURSIVE copy (n) AS"
                          " (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ?1) "
                          "SELECT i.dataset_id, CAST ('copies/' || copy.n || substr (i.path, 5)"
                          " AS BLOB), i.split, i.person_id, i.outfit_id, i.camera_id, i.file_size "
                          "FROM copy CROSS JOIN images i ORDER BY copy.n, i.id LIMIT ?2",
                          GUISE_INT (n_links), GUISE_INT (N_IMAGES - n))
         && guise_db_run (db, error,
                          "INSERT INTO captions (image_id, kind, source, slot, text, created,"
                          " changed) SELECT id, 0, 0, 0, CASE WHEN id <= ?1 + ?2 THEN 'zebra'"
                          " ELSE 'somebody' END, 0, 0 FROM images WHERE id > ?1",
                          GUISE_INT (n), GUISE_INT (N_ZEBRAS));
}

static void
add_links (const char *folder)
{
  g_autofree char *copies = g_build_filename (folder, "Painted people", "copies", NULL);

  g_assert_cmpint (g_mkdir_with_parents (copies, 0755), ==, 0);
  for (guint i = 1; i <= n_links; i++) {
    g_autofree char *link = g_strdup_printf ("%s/%u", copies, i);

    g_assert_cmpint (symlink ("../imgs", link), ==, 0);
  }
}

static const char *
get_large_project (void)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GError) error = NULL;

  if (large != NULL)
    return large;
  large = ui_make_project ();
  project = guise_project_open (large, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_no_error (error);
  guise_store_write (guise_project_get_store (project), add_rows, NULL, &error);
  g_assert_no_error (error);
  guise_project_close (project);
  add_links (large);
  return large;
}

static void
attach (Fixture *fixture)
{
  fixture->library = ui_get_library (fixture->window);
  fixture->thumbnailer = guise_library_page_get_thumbnailer (fixture->library);
  fixture->model = guise_library_page_get_model (fixture->library);
  fixture->grid = guise_library_page_get_grid (fixture->library);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->window = ui_open_window (get_large_project ());
  attach (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
}

/* ---- helpers -------------------------------------------------------------------------------- */

/* The cells that the grid may make. */
static guint
get_n_cells (Fixture *fixture)
{
  return N_ROWS * gtk_grid_view_get_max_columns (GTK_GRID_VIEW (fixture->grid)) + N_PLACES;
}

static guint
count_cells (GtkWidget *widget)
{
  guint n = GUISE_IS_IMAGE_CELL (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_cells (child);
  return n;
}

static gboolean
is_at_rest (gpointer data)
{
  return guise_thumbnailer_get_n_waiting (data) == 0;
}

static void
rest (Fixture *fixture)
{
  ui_settle (fixture->window, 3);
  ui_wait (is_at_rest, fixture->thumbnailer, "the pictures to come");
}

static gboolean
is_listed (gpointer data)
{
  return !guise_library_page_is_busy (data);
}

static void
filter (Fixture *fixture, const char *text, guint n_expected)
{
  guise_library_page_set_filter (fixture->library, text);
  ui_wait (is_listed, fixture->library, "the filter");
  g_assert_cmpuint (guise_library_page_get_n_shown (fixture->library), ==, n_expected);
}

/* Whether a cell shows the picture at this place of the list. */
static gboolean
shows_place (GtkWidget *widget, gint64 id)
{
  if (GUISE_IS_IMAGE_CELL (widget)) {
    GuiseThumbnail *thumbnail = guise_image_cell_get_thumbnail (GUISE_IMAGE_CELL (widget));

    return guise_image_cell_get_image_id (GUISE_IMAGE_CELL (widget)) == id && thumbnail != NULL
           && thumbnail->image_id == id && thumbnail->texture != NULL;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (shows_place (child, id))
      return TRUE;
  return FALSE;
}

static void
go_to (Fixture *fixture, guint position)
{
  gtk_widget_activate_action (fixture->grid, "list.scroll-to-item", "u", position);
}

static void
check_goes_to (Fixture *fixture, guint position)
{
  go_to (fixture, position);
  rest (fixture);
  g_assert_true (shows_place (fixture->grid, guise_id_model_get_id (fixture->model, position)));
}

/* ---- 100 000 pictures ----------------------------------------------------------------------- */

/* Opening makes and fetches what the grid has cells for, and nothing else. */
static void
test_open (Fixture *fixture, gconstpointer data)
{
  rest (fixture);
  g_assert_cmpuint (guise_library_page_get_n_shown (fixture->library), ==, N_IMAGES);
  g_assert_cmpuint (count_cells (fixture->grid), <=, get_n_cells (fixture));
  /* the grid has other columns, and cells, before it knows its width */
  g_assert_cmpuint (guise_id_model_get_n_made (fixture->model), <=, 2 * get_n_cells (fixture));
  g_assert_cmpuint (guise_thumbnailer_get_n_fetched (fixture->thumbnailer), <=,
                    2 * get_n_cells (fixture));
  ui_screenshot (fixture->window, "library-100000");
}

/* From the start to the end and back: the rows between are neither fetched nor decoded. */
static void
test_jump (Fixture *fixture, gconstpointer data)
{
  guint fetched;

  rest (fixture);
  fetched = guise_thumbnailer_get_n_fetched (fixture->thumbnailer);
  check_goes_to (fixture, N_IMAGES - 1);
  g_assert_cmpuint (guise_thumbnailer_get_n_fetched (fixture->thumbnailer) - fetched, <=,
                    get_n_cells (fixture) + 1);
  ui_screenshot (fixture->window, "library-100000-end");
  fetched = guise_thumbnailer_get_n_fetched (fixture->thumbnailer);
  check_goes_to (fixture, 0);
  g_assert_cmpuint (guise_thumbnailer_get_n_fetched (fixture->thumbnailer), ==, fetched);
  g_assert_cmpuint (count_cells (fixture->grid), <=, get_n_cells (fixture));
}

typedef struct {
  GtkAdjustment *adjustment;
  guint n_left;
} Fling;

static gboolean
fling_on (GtkWidget *grid, GdkFrameClock *clock, gpointer data)
{
  Fling *fling = data;

  gtk_adjustment_set_value (fling->adjustment,
                            gtk_adjustment_get_value (fling->adjustment)
                                + 3 * gtk_adjustment_get_page_size (fling->adjustment));
  return --fling->n_left > 0;
}

static gboolean
is_flung (gpointer data)
{
  return ((Fling *)data)->n_left == 0;
}

/* While no picture comes the list flies by: what was passed is taken back, so that in the end only
 * what the cells show then is fetched, and what the workers had in their hands. */
static void
test_fling (Fixture *fixture, gconstpointer data)
{
  Fling fling = { gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (fixture->grid)), 60 };
  const guint n_workers = 2;
  guint fetched, taken_back;

  rest (fixture);
  fetched = guise_thumbnailer_get_n_fetched (fixture->thumbnailer);
  taken_back = guise_thumbnailer_get_n_taken_back (fixture->thumbnailer);
  disk_watch (large);
  disk_stand_still ();
  gtk_widget_add_tick_callback (fixture->grid, fling_on, &fling, NULL);
  ui_wait (is_flung, &fling, "the pictures to fly by");
  ui_settle (fixture->window, 3);
  g_assert_cmpuint (guise_thumbnailer_get_n_waiting (fixture->thumbnailer), <=,
                    get_n_cells (fixture) + n_workers);
  disk_go_on ();
  rest (fixture);
  disk_watch (NULL);
  g_assert_cmpuint (guise_thumbnailer_get_n_taken_back (fixture->thumbnailer) - taken_back, >,
                    10 * get_n_cells (fixture) / N_ROWS);
  g_assert_cmpuint (guise_thumbnailer_get_n_fetched (fixture->thumbnailer) - fetched, <=,
                    get_n_cells (fixture) + n_workers);
  g_assert_cmpuint (count_cells (fixture->grid), <=, get_n_cells (fixture));
}

static GtkWidget *
find_first_cell (Fixture *fixture)
{
  return ui_find (fixture->grid, GUISE_TYPE_IMAGE_CELL, NULL);
}

/* To three pictures and back, and in another order: the grid keeps its cells, and no item is made
 * that is not shown. */
static void
test_filter (Fixture *fixture, gconstpointer data)
{
  GtkWidget *first = find_first_cell (fixture);
  GtkWidget *order = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_DROP_DOWN, "order");
  guint made = guise_id_model_get_n_made (fixture->model);

  filter (fixture, "zebra", N_ZEBRAS);
  rest (fixture);
  g_assert_cmpuint (count_cells (fixture->grid), ==, N_ZEBRAS);
  g_assert_true (find_first_cell (fixture) == first);
  ui_screenshot (fixture->window, "library-100000-filtered");
  filter (fixture, "", N_IMAGES);
  g_assert_cmpuint (guise_id_model_get_n_made (fixture->model) - made, <=,
                    2 * get_n_cells (fixture));
  made = guise_id_model_get_n_made (fixture->model);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (order), 3);
  ui_wait (is_listed, fixture->library, "the order");
  rest (fixture);
  g_assert_cmpuint (guise_id_model_get_n_made (fixture->model) - made, <=, get_n_cells (fixture));
  check_goes_to (fixture, 0);
  g_assert_cmpuint (count_cells (fixture->grid), <=, get_n_cells (fixture));
}

/* There is no selection of many; asking for it is harmless. */
static void
test_select_all (Fixture *fixture, gconstpointer data)
{
  guint made = guise_id_model_get_n_made (fixture->model);
  gint64 id = guise_image_pane_get_image_id (guise_library_page_get_pane (fixture->library));

  gtk_widget_activate_action (fixture->grid, "list.select-all", NULL);
  rest (fixture);
  g_assert_cmpuint (guise_id_model_get_n_made (fixture->model) - made, <=, get_n_cells (fixture));
  g_assert_cmpint (guise_image_pane_get_image_id (guise_library_page_get_pane (fixture->library)),
                   ==, id);
}

/* How many cells lie in what is seen of the grid, and whether one of them shows the picture. */
static guint
count_seen (GtkWidget *widget, GtkWidget *view, gint64 id, gboolean *shows_it)
{
  guint n = 0;

  if (GUISE_IS_IMAGE_CELL (widget)) {
    graphene_rect_t bounds, visible;

    graphene_rect_init (&visible, 0, 0, gtk_widget_get_width (view), gtk_widget_get_height (view));
    if (!gtk_widget_get_child_visible (gtk_widget_get_parent (widget))
        || !gtk_widget_compute_bounds (widget, view, &bounds)
        || !graphene_rect_intersection (&bounds, &visible, NULL))
      return 0;
    if (guise_image_cell_get_image_id (GUISE_IMAGE_CELL (widget)) == id)
      *shows_it = TRUE;
    return 1;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_seen (child, view, id, shows_it);
  return n;
}

static void
check_seen (Fixture *fixture, gint64 id)
{
  gboolean shows_it = FALSE;

  rest (fixture);
  g_assert_cmpint (guise_image_pane_get_image_id (guise_library_page_get_pane (fixture->library)),
                   ==, id);
  g_assert_cmpuint (count_seen (fixture->grid, fixture->grid, id, &shows_it), >,
                    2 * gtk_grid_view_get_max_columns (GTK_GRID_VIEW (fixture->grid)));
  g_assert_true (shows_it);
}

/* A project that was left far down is shown there again, with all that is around it; and so is a
 * list that comes after an empty one. */
static void
test_reopened_far_down (Fixture *fixture, gconstpointer data)
{
  guint position = N_IMAGES - 5000;
  gint64 id = guise_id_model_get_id (fixture->model, position);

  rest (fixture);
  gtk_selection_model_select_item (gtk_grid_view_get_model (GTK_GRID_VIEW (fixture->grid)),
                                   position, TRUE);
  ui_close_window (fixture->window);
  fixture->window = ui_open_window (get_large_project ());
  attach (fixture);
  check_seen (fixture, id);
  filter (fixture, "nobody wears this", 0);
  filter (fixture, "", N_IMAGES);
  check_seen (fixture, id);
  ui_forget_sessions ();
}

static GtkWidget *
move_focus (Fixture *fixture, GtkDirectionType direction)
{
  g_assert_true (gtk_widget_child_focus (fixture->grid, direction));
  ui_settle (fixture->window, 2);
  return gtk_root_get_focus (GTK_ROOT (fixture->window));
}

/* The keyboard walks from picture to picture, and each says what it is. */
static void
test_walk (Fixture *fixture, gconstpointer data)
{
  static const GtkDirectionType directions[]
      = { GTK_DIR_RIGHT, GTK_DIR_DOWN, GTK_DIR_LEFT, GTK_DIR_UP };
  GtkWidget *start, *place;

  rest (fixture);
  gtk_widget_grab_focus (fixture->grid);
  start = place = gtk_root_get_focus (GTK_ROOT (fixture->window));
  for (size_t i = 0; i < G_N_ELEMENTS (directions); i++) {
    GtkWidget *next = move_focus (fixture, directions[i]);

    g_assert_true (next != place);
    g_assert_true (GUISE_IS_IMAGE_CELL (gtk_widget_get_first_child (next)));
    g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (next),
                                                     GTK_ACCESSIBLE_PROPERTY_LABEL));
    place = next;
  }
  g_assert_true (place == start);
}

/* ---- a disk that does not answer ------------------------------------------------------------ */

static gboolean
somebody_waits (gpointer data)
{
  return disk_get_n_waiting () > 0;
}

static void
open_on_still_disk (Fixture *fixture, const char *folder)
{
  fixture->window = ui_open_window (NULL);
  disk_watch (folder);
  disk_stand_still ();
  guise_window_open_project (fixture->window, folder);
  ui_wait (somebody_waits, NULL, "a worker to wait for the disk");
  ui_settle (fixture->window, 5);
  g_assert_null (guise_window_get_project (fixture->window));
  disk_go_on ();
  ui_wait_for_library (fixture->window);
  attach (fixture);
}

/* That the main thread would be seen. */
static void
check_watch (const char *folder)
{
  g_autofree char *lock = g_build_filename (folder, "project.lock", NULL);

  g_assert_cmpuint (disk_get_n_of_main_thread (), ==, 0);
  disk_watch (folder);
  close (open (lock, O_RDONLY | O_CLOEXEC));
  disk_watch (NULL);
  g_assert_cmpuint (disk_get_n_of_main_thread (), ==, 1);
}

/* Opening, filtering, scrolling, selecting, typing, other pages, closing: the window keeps drawing
 * while the disk stands still, and its thread asks for no file itself. */
static void
test_slow_disk (void)
{
  Fixture fixture;
  g_autofree char *folder = ui_make_project ();
  GuiseImagePane *pane;

  check_watch (folder);
  open_on_still_disk (&fixture, folder);
  pane = guise_library_page_get_pane (fixture.library);
  rest (&fixture);
  disk_stand_still ();
  guise_caption_editor_set_text (guise_image_pane_get_editor (pane, 0), "typed meanwhile");
  guise_image_pane_flush (pane);
  guise_library_page_set_filter (fixture.library, "red");
  ui_settle (fixture.window, 3);
  go_to (&fixture, 40);
  guise_library_page_select (fixture.library, guise_id_model_get_id (fixture.model, 30));
  ui_settle (fixture.window, 3);
  guise_window_show_page (fixture.window, "train");
  ui_settle (fixture.window, 3);
  guise_window_show_page (fixture.window, "search");
  ui_settle (fixture.window, 3);
  ui_wait (somebody_waits, NULL, "a worker to wait for the disk");
  disk_go_on ();
  guise_window_show_page (fixture.window, "library");
  ui_wait (is_listed, fixture.library, "the filter");
  rest (&fixture);
  ui_close_window (fixture.window);
  disk_watch (NULL);
  g_assert_cmpuint (disk_get_n_of_main_thread (), ==, 1); /* the one of check_watch () */
}

static gboolean
go_on (gpointer data)
{
  disk_go_on ();
  return G_SOURCE_REMOVE;
}

/* The window closes while a filter, pictures and captions are on their way. */
static void
test_late_answers (void)
{
  Fixture fixture;
  g_autofree char *folder = ui_make_project ();

  fixture.window = ui_open_window (folder);
  attach (&fixture);
  disk_watch (folder);
  disk_stand_still ();
  guise_library_page_set_filter (fixture.library, "red");
  guise_library_page_select (fixture.library, guise_id_model_get_id (fixture.model, 30));
  go_to (&fixture, 40);
  ui_wait (somebody_waits, NULL, "a worker to wait for the disk");
  g_idle_add (go_on, NULL); /* once the window is closing */
  ui_close_window (fixture.window);
  disk_watch (NULL);
}

/* The watchdog counts a turn that takes longer than its limit, and only that. */
static gboolean
wait_a_little (gpointer data)
{
  gint64 end = g_get_monotonic_time () + 20000;

  while (g_get_monotonic_time () < end)
    ;
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *)data;
}

static void
test_watchdog (void)
{
  GuiseWatchdogCounts counts;
  gboolean done = FALSE;

  guise_watchdog_take (&counts);
  g_assert_cmpuint (counts.n_turns, ==, 0);
  guise_watchdog_start (10, FALSE);
  g_idle_add (wait_a_little, &done);
  ui_wait (is_true, &done, "the main loop to be kept");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  guise_watchdog_take (&counts);
  g_assert_cmpuint (counts.n_turns, >, 0);
  g_assert_cmpuint (counts.n_stalls, >=, 1);
  g_assert_cmpfloat (counts.longest, >=, 20);
  guise_watchdog_start (60000, FALSE);
  ui_wait (is_true, &done, "nothing");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  guise_watchdog_take (&counts);
  g_assert_cmpuint (counts.n_stalls, ==, 0);
}

static gboolean
is_in_grid (Fixture *fixture)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (fixture->window));

  return focus != NULL && gtk_widget_is_ancestor (focus, fixture->grid);
}

/* Tab does not walk through 100 000 pictures, and comes back to the one that it left. */
static void
test_tab (Fixture *fixture, gconstpointer data)
{
  GtkWidget *tile;

  rest (fixture);
  gtk_widget_grab_focus (fixture->grid);
  tile = gtk_root_get_focus (GTK_ROOT (fixture->window));
  g_assert_true (is_in_grid (fixture));
  ui_press (fixture->grid, "Tab");
  g_assert_false (is_in_grid (fixture));
  gtk_widget_child_focus (GTK_WIDGET (fixture->window), GTK_DIR_TAB_BACKWARD);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (fixture->window)) == tile);
  ui_press (fixture->grid, "<Shift>ISO_Left_Tab");
  g_assert_false (is_in_grid (fixture));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "u04-open", test_open },
    { "u04-jump", test_jump },
    { "u04-fling", test_fling },
    { "u04-filter", test_filter },
    { "u04-select-all", test_select_all },
    { "u06-walk", test_walk },
    { "u06-tab-leaves", test_tab },
    { "reopened-far-down", test_reopened_far_down },
  };

  ui_init (&argc, &argv);
  g_test_add_func ("/large/watchdog", test_watchdog);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/large/", tests[i].name, NULL);

    g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  g_test_add_func ("/large/u08-slow-disk", test_slow_disk);
  g_test_add_func ("/large/u11-late-answers", test_late_answers);
  return g_test_run ();
}
