/* The pane Describe of the Captions page: descriptions at one press, the form of a job by a model
 * and what it remembers, the keyboard, and what messages cover and move. */
#include "captions-fixture.h"
#include "guise-banner.h"
#include "guise-endpoints-pane.h"
#include "guise-store-captions.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* ---- at one press --------------------------------------------------------------------------- */

enum {
  MISSING,
  ALL,
};

static gboolean
is_over (gpointer group)
{
  return !guise_offline_group_is_running (group);
}

static void
choose (CaptionsFixture *fixture, guint which)
{
  adw_combo_row_set_selected (ADW_COMBO_ROW (captions_find (fixture, "which_row")), which);
}

static const char *
get_subtitle (CaptionsFixture *fixture, const char *row)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (captions_find (fixture, row)));
}

static const char *
get_title (CaptionsFixture *fixture, const char *row)
{
  return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (captions_find (fixture, row)));
}

static void
describe (CaptionsFixture *fixture)
{
  captions_click (fixture, "describe_button");
  ui_wait (is_over, fixture->offline, "the pictures to be described");
}

static gboolean
says_undone (gpointer fixture)
{
  return strcmp (get_title (fixture, "result_row"), "Undone") == 0;
}

static gboolean
says_done (gpointer fixture)
{
  return strcmp (get_title (fixture, "result_row"), "Done") == 0;
}

static void
activate (CaptionsFixture *fixture, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (fixture->window), action, NULL);
}

/* All pictures at one press, and again, and back. */
static void
test_offline (CaptionsFixture *fixture, gconstpointer data)
{
  guint n_before = captions_count_by (fixture, "kind = identity"), n_after;
  GuiseStoreCounts counts;

  g_assert_true (guise_store_get_counts (captions_get_store (fixture), &counts, NULL));
  choose (fixture, ALL);
  ui_screenshot (fixture->window, "captions-light");
  describe (fixture);
  n_after = captions_count_by (fixture, "kind = identity");
  g_assert_cmpuint (n_after, >, n_before);
  g_assert_cmpuint (n_after - n_before, <=, counts.n_images);
  g_assert_true (gtk_widget_get_visible (captions_find (fixture, "result_row")));
  g_assert_nonnull (strstr (get_subtitle (fixture, "result_row"), "new"));
  ui_screenshot (fixture->window, "captions-described-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "captions-described-dark");
  ui_set_dark (FALSE);

  /* what is undone is not said to be new any more */
  activate (fixture, "undo");
  ui_wait (captions_has_count, &(CaptionsCount){ fixture, "kind = identity", n_before },
           "the undo");
  ui_wait (says_undone, fixture, "the row to know of it");
  g_assert_null (strstr (get_subtitle (fixture, "result_row"), "new"));
  activate (fixture, "redo");
  ui_wait (says_done, fixture, "the row to know of the redo");
  g_assert_nonnull (strstr (get_subtitle (fixture, "result_row"), "new"));

  /* again: all of them are there */
  describe (fixture);
  g_assert_cmpuint (captions_count_by (fixture, "kind = identity"), ==, n_after);
}

static void
delete_descriptions (CaptionsFixture *fixture, gint64 image_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) captions
      = guise_store_list_captions (captions_get_store (fixture), image_id, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < captions->len; i++) {
    const GuiseCaption *caption = captions->pdata[i];

    if (caption->kind != GUISE_CAPTION_FREE)
      guise_store_delete_caption (captions_get_store (fixture), caption->id, &error);
    g_assert_no_error (error);
  }
}

static gboolean
says_two_missing (gpointer fixture)
{
  return g_str_has_prefix (get_subtitle (fixture, "which_row"), "2 without");
}

/* Of two pictures the descriptions go: they alone are described, unless somebody says "all". */
static void
test_missing (CaptionsFixture *fixture, gconstpointer data)
{
  GtkWidget *button = captions_find (fixture, "describe_button");
  guint n_rule;
  GuiseStoreCounts counts;
  g_autofree char *text = NULL;

  g_assert_true (guise_store_get_counts (captions_get_store (fixture), &counts, NULL));
  g_assert_true (g_str_has_prefix (get_subtitle (fixture, "which_row"), "0 without"));
  g_assert_true (gtk_widget_is_sensitive (button)); /* all are chosen: there are further ones */
  text = g_strdup_printf ("%u with descriptions get further ones", counts.n_images);
  g_assert_nonnull (strstr (get_subtitle (fixture, "which_row"), text));
  choose (fixture, MISSING);
  g_assert_false (gtk_widget_is_sensitive (button)); /* there is nothing to be made */
  delete_descriptions (fixture, 1);
  delete_descriptions (fixture, 2);
  ui_wait (says_two_missing, fixture, "the two pictures to be counted");
  n_rule = captions_count_by (fixture, "source = rule kind = identity");
  describe (fixture);
  g_assert_cmpuint (captions_count_by (fixture, "source = rule kind = identity"), ==, n_rule + 2);
}

/* ---- the form ------------------------------------------------------------------------------- */

/* A refused address says so at its own row, at once. */
static void
test_address (CaptionsFixture *fixture, gconstpointer data)
{
  GtkWidget *row = captions_find (fixture, "address_row");
  GtkWidget *problem = captions_find (fixture, "address_problem");

  captions_fill_form (fixture, chat_server_get_url (fixture->server), "");
  g_assert_false (gtk_widget_get_visible (problem));
  captions_type (fixture, "address_row", "http://192.0.2.1/v1");
  g_assert_true (gtk_widget_get_visible (problem));
  g_assert_nonnull (strstr (get_title (fixture, "address_problem"), "plain http is only for"));
  g_assert_true (gtk_widget_has_css_class (row, "error"));
  ui_screenshot (fixture->window, "captions-address-light");
  captions_type (fixture, "address_row", "http://127.0.0.1:8080/v1");
  g_assert_false (gtk_widget_get_visible (problem));
  g_assert_false (gtk_widget_has_css_class (row, "error"));
  captions_type (fixture, "address_row", "nonsense");
  g_assert_true (gtk_widget_get_visible (problem));
  adw_combo_row_set_selected (ADW_COMBO_ROW (captions_find (fixture, "endpoint_row")), 0);
  g_assert_false (gtk_widget_get_visible (problem)); /* it is not asked there */
}

static const char *
get_text (CaptionsFixture *fixture, const char *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (captions_find (fixture, row)));
}

static const char *
get_host (CaptionsFixture *fixture)
{
  return get_subtitle (fixture, "endpoint_row");
}

/* Its host and model. */
static const char *
get_selected_endpoint (CaptionsFixture *fixture)
{
  GtkWidget *pane = ui_find (GTK_WIDGET (fixture->page), GUISE_TYPE_ENDPOINTS_PANE, NULL);
  GtkListBoxRow *row
      = gtk_list_box_get_selected_row (GTK_LIST_BOX (ui_find (pane, GTK_TYPE_LIST_BOX, "list")));
  GtkWidget *label = row != NULL ? ui_find (GTK_WIDGET (row), GTK_TYPE_LABEL, NULL) : NULL;

  return label != NULL ? gtk_label_get_text (GTK_LABEL (label)) : "";
}

static gboolean
shows_own_server (gpointer fixture)
{
  return g_str_has_prefix (get_selected_endpoint (fixture), "127.0.0.1:1001");
}

static gboolean
shows_some_endpoint (gpointer fixture)
{
  return *get_selected_endpoint (fixture) != '\0';
}

/* Where nothing was chosen, a server on this machine is. */
static void
test_local_first (CaptionsFixture *fixture, gconstpointer data)
{
  g_assert_true (g_str_has_prefix (get_host (fixture), "127.0.0.1"));
  ui_wait (shows_some_endpoint, fixture, "the profiles to be listed");
  g_assert_true (g_str_has_prefix (get_selected_endpoint (fixture), "127.0.0.1"));
}

/* What is typed is there again when the window is. */
static void
test_remembered (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *profile = captions_write_profile ("own-server", "http://127.0.0.1:1001/v1");

  captions_refresh_choices (fixture);
  guise_model_group_choose (fixture->group, "own-server", "other-vl", "");
  captions_type (fixture, "filter_row", "split = test");
  captions_type (fixture, "limit_row", "7");
  captions_type (fixture, "tokens_row", "5000");
  captions_type (fixture, "cost_row", "1.5");
  ui_close_window (fixture->window);

  captions_open_page (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1001");
  g_assert_cmpstr (get_text (fixture, "model_row"), ==, "other-vl");
  g_assert_cmpstr (get_text (fixture, "filter_row"), ==, "split = test");
  g_assert_cmpstr (get_text (fixture, "limit_row"), ==, "7");
  g_assert_cmpstr (get_text (fixture, "tokens_row"), ==, "5000");
  g_assert_cmpstr (get_text (fixture, "cost_row"), ==, "1.5");
  ui_wait (shows_own_server, fixture, "the endpoint that was used last to be shown");

  /* one that is gone is not missed, and the local one has its own model */
  ui_close_window (fixture->window);
  g_assert_cmpint (g_unlink (profile), ==, 0);
  captions_open_page (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:8080");
  g_assert_cmpstr (get_text (fixture, "model_row"), !=, "other-vl");
  g_assert_cmpstr (get_text (fixture, "filter_row"), ==, "split = test");
}

static gboolean
has_other_model (gpointer fixture)
{
  return strcmp (get_text (fixture, "model_row"), "mended-vl") == 0;
}

/* The model of an endpoint that is changed, as long as nobody has typed another. */
static void
test_follows (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *profile = captions_write_profile ("own-server", "http://127.0.0.1:1001/v1");
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *mended = NULL;

  captions_refresh_choices (fixture);
  guise_model_group_choose (fixture->group, "own-server", "fake-vl", "");
  g_assert_cmpstr (get_text (fixture, "model_row"), ==, "fake-vl");
  g_assert_true (g_file_get_contents (profile, &text, NULL, NULL));
  parts = g_strsplit (text, "fake-vl", -1);
  mended = g_strjoinv ("mended-vl", parts);
  g_assert_true (g_file_set_contents (profile, mended, -1, NULL));
  captions_refresh_choices (fixture);
  ui_wait (has_other_model, fixture, "the model that the profile has now");

  captions_type (fixture, "model_row", "typed-vl");
  g_assert_true (g_file_set_contents (profile, text, -1, NULL));
  captions_refresh_choices (fixture);
  g_assert_cmpstr (get_text (fixture, "model_row"), ==, "typed-vl");
}

/* ---- the keyboard --------------------------------------------------------------------------- */

static const char *
get_pane (CaptionsFixture *fixture)
{
  return gtk_stack_get_visible_child_name (GTK_STACK (captions_find (fixture, "panes")));
}

static GtkWidget *
get_focus (CaptionsFixture *fixture)
{
  return gtk_window_get_focus (GTK_WINDOW (fixture->window));
}

/* Tab enters the pane that is open, and Shift+Tab comes back to its name; the arrows walk along the
 * names. */
static void
test_tab (CaptionsFixture *fixture, gconstpointer data)
{
  GtkWidget *names = captions_find (fixture, "names");
  GtkWidget *panes = captions_find (fixture, "panes"), *list, *name;

  g_assert_true (gtk_widget_child_focus (names, GTK_DIR_TAB_FORWARD));
  name = get_focus (fixture);
  list = gtk_widget_get_parent (name);
  ui_press (names, "Tab");
  g_assert_cmpstr (get_pane (fixture), ==, "describe");
  g_assert_true (gtk_widget_is_ancestor (get_focus (fixture), panes));
  gtk_widget_grab_focus (name);
  g_signal_emit_by_name (list, "move-cursor", GTK_MOVEMENT_DISPLAY_LINES, 1, FALSE, FALSE);
  ui_settle (fixture->window, 2);
  g_assert_cmpstr (get_pane (fixture), ==, "jobs");
  ui_press (names, "<Shift>ISO_Left_Tab");
  g_assert_cmpstr (get_pane (fixture), ==, "jobs");
  g_assert_false (gtk_widget_is_ancestor (get_focus (fixture), names));
}

/* ---- messages ------------------------------------------------------------------------------- */

static float
get_bottom (GtkWidget *widget, GtkWidget *in)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, in, &bounds));
  return bounds.origin.y + bounds.size.height;
}

static GtkWidget *
find_toast (CaptionsFixture *fixture, const char *text)
{
  GtkWidget *widget = ui_find (GTK_WIDGET (fixture->window), GTK_TYPE_LABEL, text);

  while (widget != NULL && strcmp (gtk_widget_get_css_name (widget), "toast") != 0)
    widget = gtk_widget_get_parent (widget);
  return widget;
}

static void
scroll_to_end (CaptionsFixture *fixture)
{
  GtkWidget *scrolled
      = gtk_widget_get_ancestor (GTK_WIDGET (fixture->group), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *place
      = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));

  gtk_adjustment_set_value (place, gtk_adjustment_get_upper (place));
  ui_settle (fixture->window, 4);
}

/* A passing message does not lie over Start, on a small window too. */
static void
test_toast (CaptionsFixture *fixture, gconstpointer data)
{
  static const int sizes[][2] = { { 1024, 600 }, { 1280, 800 } };
  GtkWidget *window = GTK_WIDGET (fixture->window);
  GtkWidget *start = captions_find (fixture, "start_button");

  guise_page_toast (fixture->page, "Something was done", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    graphene_rect_t toast;

    gtk_window_set_default_size (GTK_WINDOW (window), sizes[i][0], sizes[i][1]);
    ui_settle (fixture->window, 4);
    scroll_to_end (fixture);
    g_assert_nonnull (find_toast (fixture, "Something was done"));
    g_assert_true (gtk_widget_compute_bounds (find_toast (fixture, "Something was done"), window,
                                              &toast));
    g_assert_cmpfloat (toast.size.height, >, 0);
    g_assert_cmpfloat (get_bottom (start, window), <=, toast.origin.y);
  }
}

/* A banner comes without moving what somebody is about to press. */
static void
test_banner (CaptionsFixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->window);
  GtkWidget *button = captions_find (fixture, "describe_button");
  GtkWidget *banner = ui_find (window, GUISE_TYPE_BANNER, "banner");
  float before = get_bottom (button, window);

  guise_page_report (fixture->page, "test", "Something lasts.", NULL);
  ui_settle (fixture->window, 4);
  g_assert_true (guise_banner_get_revealed (GUISE_BANNER (banner)));
  g_assert_cmpint (gtk_widget_get_height (banner), >, 0);
  g_assert_cmpfloat (get_bottom (button, window), ==, before);
  g_assert_cmpfloat (get_bottom (banner, window), ==, (float)gtk_widget_get_height (window));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  signal (SIGABRT, captions_kill_child);
  signal (SIGTRAP, captions_kill_child);
#define ADD(name, test) \
  g_test_add ("/describe/" name, CaptionsFixture, NULL, captions_set_up, test, captions_tear_down)
  ADD ("offline", test_offline);
  ADD ("missing", test_missing);
  ADD ("address", test_address);
  ADD ("local-first", test_local_first);
  ADD ("remembered", test_remembered);
  ADD ("follows", test_follows);
  ADD ("tab", test_tab);
  ADD ("toast", test_toast);
  ADD ("banner", test_banner);
#undef ADD
  return g_test_run ();
}
