/* Where the keyboard is after the keys that lead elsewhere, and what messages cover. */
#include "guise-jobs-button.h"
#include "ui-fixture.h"

#include <string.h>

typedef struct {
  char *folder;
  GuiseWindow *window;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->window = ui_open_window (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ui_close_window (fixture->window);
  g_free (fixture->folder);
}

static const char *const page_names[] = { "library", "captions", "train", "search" };

static void
press_number (Fixture *fixture, guint number)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.page-number", "u", number);
  ui_settle (fixture->window, 2);
}

static void
assert_focus_in (Fixture *fixture, GtkWidget *widget)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (fixture->window));

  g_assert_nonnull (focus);
  if (focus != widget && !gtk_widget_is_ancestor (focus, widget))
    g_error ("the keyboard is on %s in %s", G_OBJECT_TYPE_NAME (focus),
             G_OBJECT_TYPE_NAME (gtk_widget_get_parent (focus)));
}

static GtkWidget *
get_page (Fixture *fixture, guint number)
{
  return GTK_WIDGET (guise_window_get_page (fixture->window, page_names[number]));
}

/* Alt+1 … lead into the page, wherever the keyboard was, also on the page that is shown already. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  static const guint walk[] = { 1, 2, 0, 2, 1, 0, 0 };
  GtkWidget *menu = ui_find (GTK_WIDGET (fixture->window), GTK_TYPE_MENU_BUTTON, "menu_button");

  for (guint round = 0; round < 2; round++)
    for (size_t i = 0; i < G_N_ELEMENTS (walk); i++) {
      if (round == 1)
        g_assert_true (gtk_widget_child_focus (menu, GTK_DIR_TAB_FORWARD));
      press_number (fixture, walk[i]);
      assert_focus_in (fixture, get_page (fixture, walk[i]));
    }
}

static gboolean
is_inside (gpointer page)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (page));

  return focus != NULL && gtk_widget_is_ancestor (focus, page);
}

/* A page that has nothing to act on yet gets the keyboard, and hands it on when it has. */
static void
test_reading (Fixture *fixture, gconstpointer data)
{
  GtkWidget *page = get_page (fixture, 1);

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.page-number", "u", 1);
  assert_focus_in (fixture, page);
  ui_wait (is_inside, page, "the keyboard to be on what can be done");
  g_assert_false (gtk_widget_get_focusable (page)); /* no place for Tab to stop at */
}

/* Who comes back is where they were. */
static void
test_back (Fixture *fixture, gconstpointer data)
{
  GuiseImagePane *pane = guise_library_page_get_pane (ui_get_library (fixture->window));

  g_assert_true (guise_image_pane_edit (pane));
  press_number (fixture, 1);
  press_number (fixture, 0);
  assert_focus_in (fixture,
                   guise_caption_editor_get_field (guise_image_pane_get_editor (pane, 0)));
}

/* The switcher keeps the keyboard of whoever walks along it. */
static void
test_switcher (Fixture *fixture, gconstpointer data)
{
  GtkWidget *switcher = ui_find (GTK_WIDGET (fixture->window), ADW_TYPE_VIEW_SWITCHER, NULL);
  GtkWidget *button = gtk_widget_get_next_sibling (gtk_widget_get_first_child (switcher));

  g_assert_true (gtk_widget_grab_focus (button));
  g_signal_emit_by_name (button, "clicked");
  ui_settle (fixture->window, 2);
  g_assert_true (gtk_widget_get_mapped (get_page (fixture, 1)));
  assert_focus_in (fixture, switcher);
}

static GtkWidget *
find_toast (Fixture *fixture)
{
  GtkWidget *widget = ui_find (GTK_WIDGET (fixture->window), GTK_TYPE_LABEL, "Caption changed");

  while (widget != NULL && strcmp (gtk_widget_get_css_name (widget), "toast") != 0)
    widget = gtk_widget_get_parent (widget);
  return widget;
}

/* The message of each edit does not lie over the size of the pictures. */
static void
test_message (Fixture *fixture, gconstpointer data)
{
  static const int sizes[][2] = { { 1024, 600 }, { 1280, 800 }, { 640, 480 } };
  GtkWidget *window = GTK_WIDGET (fixture->window);
  GtkWidget *slider = ui_find (get_page (fixture, 0), GTK_TYPE_SCALE, NULL);

  guise_page_toast (GUISE_PAGE (get_page (fixture, 0)), "Caption changed", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    graphene_rect_t toast, control;

    gtk_window_set_default_size (GTK_WINDOW (window), sizes[i][0], sizes[i][1]);
    ui_settle (fixture->window, 4);
    g_assert_nonnull (find_toast (fixture));
    g_assert_true (gtk_widget_compute_bounds (find_toast (fixture), window, &toast));
    g_assert_true (gtk_widget_compute_bounds (slider, window, &control));
    g_assert_cmpfloat (toast.size.height, >, 0);
    g_assert_false (graphene_rect_intersection (&toast, &control, NULL));
    if (i == 0)
      ui_screenshot (fixture->window, "library-message");
  }
}

static GtkWidget *
open_jobs (GuiseWindow *window)
{
  GtkWidget *button = ui_find (GTK_WIDGET (window), GUISE_TYPE_JOBS_BUTTON, NULL);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.jobs", NULL);
  ui_settle (window, 2);
  return ui_find (button, GTK_TYPE_POPOVER, NULL);
}

/* The keys work while the list of jobs is open, and close it. */
static void
test_jobs (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 2; round++) {
    GtkWidget *popover = open_jobs (fixture->window);

    g_assert_true (gtk_widget_get_mapped (popover));
    ui_press (popover, "<Control>j");
    g_assert_false (gtk_widget_get_visible (popover));
    open_jobs (fixture->window);
    ui_press (popover, round == 0 ? "<Alt>3" : "<Alt>1");
    ui_settle (fixture->window, 4);
    g_assert_false (gtk_widget_get_visible (popover));
    assert_focus_in (fixture, get_page (fixture, round == 0 ? 2 : 0));
  }
  open_jobs (fixture->window);
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

static void
test_jobs_leave (void)
{
  static const char *const keys[] = { "<Control>w", "<Control>q" };

  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    GuiseWindow *window = ui_open_window (NULL);
    gpointer gone = window;

    g_object_add_weak_pointer (gone, &gone);
    ui_press (open_jobs (window), keys[i]);
    ui_wait (is_null, &gone, "the window to go");
  }
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add ("/keys/u06-pages", Fixture, NULL, set_up, test_pages, tear_down);
  g_test_add ("/keys/u06-reading", Fixture, NULL, set_up, test_reading, tear_down);
  g_test_add ("/keys/u03-message", Fixture, NULL, set_up, test_message, tear_down);
  g_test_add ("/keys/u06-back", Fixture, NULL, set_up, test_back, tear_down);
  g_test_add ("/keys/u06-jobs", Fixture, NULL, set_up, test_jobs, tear_down);
  g_test_add_func ("/keys/u06-jobs-leave", test_jobs_leave);
  g_test_add ("/keys/u06-switcher", Fixture, NULL, set_up, test_switcher, tear_down);
  return g_test_run ();
}
