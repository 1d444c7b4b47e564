/* The manners of the window, page by page and dialog by dialog: everything has a name, everything
 * is reached by the keyboard, nothing is cut off on a small screen, every look can be looked at. */
#include "guise-application.h"
#include "guise-banner.h"
#include "guise-dialogs.h"
#include "guise-jobs-button.h"
#include "guise-preferences.h"
#include "guise-search-page.h"
#include "guise-store-captions.h"
#include "guise-styles-pane.h"
#include "guise-train-page.h"
#include "guise-welcome-page.h"
#include "ui-fixture.h"
#include "ui-trained.h"

#include <string.h>

static char *folder; /* with a run and its index, shared by all tests */

static const char *const page_names[] = { "library", "captions", "train", "search" };

static gboolean
is_idle (gpointer page)
{
  return !guise_search_page_is_busy (page);
}

static gboolean
has_run (gpointer page)
{
  return guise_train_page_get_current (page) != NULL;
}

static gboolean
has_styles (gpointer pane)
{
  return guise_styles_pane_get_styles (pane) != NULL && !guise_styles_pane_is_busy (pane);
}

/* Some that a command found: the pane looks when its page is shown. */
static void
find_styles (GuiseWindow *window)
{
  const GuiseStyleOptions options = { 0 };
  const GuiseWork work = { 0 };
  GuisePage *page = guise_window_get_page (window, "captions");
  GtkWidget *pane = ui_find (GTK_WIDGET (page), GUISE_TYPE_STYLES_PANE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStyles) styles = guise_project_find_styles (guise_window_get_project (window),
                                                              NULL, &options, 1, &work, &error);

  g_assert_no_error (error);
  guise_window_show_page (window, "captions");
  ui_wait (has_styles, pane, "the styles to be shown");
}

/* Every page with something on it: a picture with its captions, a run with its curves, hits. */
static GuiseWindow *
open_filled (void)
{
  GuiseWindow *window;
  GuisePage *search, *train;

  if (folder == NULL)
    folder = ui_make_trained_project ();
  window = ui_open_window (folder);
  find_styles (window);
  search = guise_window_get_page (window, "search");
  train = guise_window_get_page (window, "train");
  guise_window_show_page (window, "train");
  ui_wait (has_run, train, "the run to be listed");
  guise_window_show_page (window, "search");
  ui_wait (is_idle, search, "the run to be opened");
  guise_search_page_search_for (GUISE_SEARCH_PAGE (search), "an elderly man", "a red coat");
  ui_wait (is_idle, search, "the hits");
  g_assert_cmpuint (guise_search_page_get_n_hits (GUISE_SEARCH_PAGE (search)), >, 0);
  guise_window_show_page (window, "library");
  ui_settle (window, 4);
  return window;
}

static gboolean
is_toplevel_type (gpointer data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (g_str_equal (G_OBJECT_TYPE_NAME (window), data) && gtk_widget_get_mapped (window))
      return TRUE;
  }
  return FALSE;
}

static GtkWidget *
wait_for_toplevel (const char *type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  ui_wait (is_toplevel_type, (gpointer)type, type);
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (g_str_equal (G_OBJECT_TYPE_NAME (window), type) && gtk_widget_get_mapped (window))
      return window;
  }
  return NULL;
}

/* The dialogs that any window can open, by the action that does. */
static const struct {
  const char *action, *type, *name;
} dialogs[] = {
  { "app.about", "AdwAboutWindow", "about" },
  { "app.help", "AdwWindow", "help" },
  { "app.preferences", "AdwPreferencesWindow", "preferences" },
  { "win.show-help-overlay", "GtkShortcutsWindow", "shortcuts" },
  { "page.new-run", "GuiseRunDialog", "new-run" },
};

static GtkWidget *
open_dialog (GuiseWindow *window, guint i)
{
  if (g_str_has_prefix (dialogs[i].action, "page."))
    guise_window_show_page (window, "train");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), dialogs[i].action, NULL));
  return wait_for_toplevel (dialogs[i].type);
}

static gboolean
has_left (gpointer data)
{
  return *(gpointer *)data == NULL || !gtk_widget_get_mapped (*(GtkWidget **)data);
}

/* What GTK 4.8 has still to compute for the shortcuts window would meet a window that has gone, if
 * the main window closed at once. */
static void
close_dialog (GtkWidget *dialog)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));
  gpointer gone = dialog;

  g_object_add_weak_pointer (gone, &gone);
  gtk_window_close (GTK_WINDOW (dialog));
  ui_wait (has_left, &gone, "the dialog to close");
  if (gone != NULL)
    g_object_remove_weak_pointer (gone, &gone);
  if (parent != NULL)
    ui_settle (GUISE_WINDOW (parent), 6);
}

/* ---- names ---------------------------------------------------------------------------------- */

static gboolean
has_words (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_words (child))
      return TRUE;
  return FALSE;
}

static gboolean
is_image (GtkWidget *widget)
{
  return GTK_IS_IMAGE (widget) || GTK_IS_PICTURE (widget) || GTK_IS_DRAWING_AREA (widget)
         || gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)) == GTK_ACCESSIBLE_ROLE_IMG;
}

/* What is named by the words in it. */
static gboolean
is_named_by_content (GtkWidget *widget)
{
  switch (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget))) {
  case GTK_ACCESSIBLE_ROLE_BUTTON:
  case GTK_ACCESSIBLE_ROLE_CHECKBOX:
  case GTK_ACCESSIBLE_ROLE_RADIO:
  case GTK_ACCESSIBLE_ROLE_LABEL:
  case GTK_ACCESSIBLE_ROLE_LINK:
  case GTK_ACCESSIBLE_ROLE_LIST_ITEM:
  case GTK_ACCESSIBLE_ROLE_MENU_ITEM:
  case GTK_ACCESSIBLE_ROLE_MENU_ITEM_CHECKBOX:
  case GTK_ACCESSIBLE_ROLE_MENU_ITEM_RADIO:
  case GTK_ACCESSIBLE_ROLE_TAB:
    return TRUE;
  default:
    return GTK_IS_LABEL (widget);
  }
}

static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
         || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY)
         || (is_named_by_content (widget) && has_words (widget));
}

/* The parts of one of the toolkit's own controls are told with it, or are named by it. */
static gboolean
is_whole (GtkWidget *widget)
{
  static const char *const types[]
      = { "GtkWindowControls", "GtkButton", "GtkToggleButton", "GtkMenuButton", "GtkDropDown",
          "GtkSearchEntry", "GtkEntry", "GtkText", "GtkSpinButton", "GtkSwitch", "GtkScale",
          "GtkScrollbar", "GtkTextView", "GtkPopoverMenu", "AdwViewSwitcher", "AdwEntryRow",
          "GtkPasswordEntry",
          "AdwPasswordEntryRow", "AdwComboRow", "AdwViewSwitcherTitle", "GtkShortcutsShortcut",
          "GtkSpinner", "GtkTooltipWindow", "GtkInfoBar", "GtkLabel", "GtkLinkButton" };

  for (size_t i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (G_OBJECT_TYPE_NAME (widget), types[i]))
      return TRUE;
  return FALSE;
}

/* What the toolkit puts into its own widgets and names, or hides, itself. */
static gboolean
is_toolkits (GtkWidget *widget)
{
  GtkWidget *status = gtk_widget_get_ancestor (widget, ADW_TYPE_STATUS_PAGE);
  const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

  if (!gtk_widget_get_visible (widget) && !has_words (widget))
    return TRUE; /* shown when it has something to say */
  if (GTK_IS_LABEL (widget) && !has_words (widget))
    return TRUE;
  if (GTK_IS_SCROLLED_WINDOW (widget) || GTK_IS_SCROLLBAR (widget)
      || GTK_IS_WINDOW_CONTROLS (widget) || ADW_IS_VIEW_SWITCHER (widget))
    return TRUE;
  if (GTK_IS_IMAGE (widget) && status != NULL)
    return g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (widget)),
                      adw_status_page_get_icon_name (ADW_STATUS_PAGE (status)))
           == 0;
  if (gtk_widget_get_ancestor (widget, ADW_TYPE_EXPANDER_ROW) != NULL)
    return GTK_IS_LIST_BOX (widget) || GTK_IS_SWITCH (widget) || GTK_IS_IMAGE (widget);
  return ADW_IS_ENTRY_ROW (widget) || ADW_IS_COMBO_ROW (widget)
         || g_strcmp0 (id, "search_results") == 0;
}

/* Windows that are the toolkit's as a whole. */
static gboolean
is_toolkits_window (GtkWidget *dialog)
{
  return ADW_IS_ABOUT_WINDOW (dialog) || GTK_IS_SHORTCUTS_WINDOW (dialog);
}

static gboolean
needs_name (GtkWidget *widget)
{
  GtkAccessibleRole role = gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget));

  if (is_toolkits (widget) || role == GTK_ACCESSIBLE_ROLE_PRESENTATION)
    return FALSE;
  if (is_image (widget))
    return TRUE;
  return gtk_widget_get_focusable (widget) && !GTK_IS_WINDOW (widget) && !GTK_IS_POPOVER (widget);
}

static char *
describe (GtkWidget *widget)
{
  GString *text = g_string_new (NULL);

  for (; widget != NULL; widget = gtk_widget_get_parent (widget)) {
    const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));

    g_string_append_printf (text, "%s%s%s < ", G_OBJECT_TYPE_NAME (widget), id ? " " : "",
                            id ? id : "");
  }
  return g_string_free (text, FALSE);
}

static void
check_names (GtkWidget *widget, guint *n_checked, guint *n_nameless)
{
  if (needs_name (widget)) {
    (*n_checked)++;
    if (!has_name (widget)) {
      g_autofree char *text = describe (widget);

      g_printerr ("no accessible name: %s\n", text);
      (*n_nameless)++;
    }
  }
  if (is_whole (widget) && !GTK_IS_MENU_BUTTON (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_MENU_BUTTON (widget) || GTK_IS_POPOVER (child))
      check_names (child, n_checked, n_nameless);
}

static void
test_names (void)
{
  GuiseWindow *window = open_filled ();
  guint n_checked = 0, n_nameless = 0;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.jobs", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (page_names); i++) {
    guise_window_show_page (window, page_names[i]);
    ui_settle (window, 2);
  }
  check_names (GTK_WIDGET (window), &n_checked, &n_nameless);
  g_assert_cmpuint (n_checked, >, 200);
  for (size_t i = 0; i < G_N_ELEMENTS (dialogs); i++) {
    GtkWidget *dialog = open_dialog (window, i);

    ui_settle (window, 2);
    if (!is_toolkits_window (dialog)) {
      g_assert_nonnull (gtk_window_get_title (GTK_WINDOW (dialog)));
      check_names (dialog, &n_checked, &n_nameless);
    }
    close_dialog (dialog);
  }
  guise_window_close_project (window);
  ui_settle (window, 2);
  check_names (GTK_WIDGET (window), &n_checked, &n_nameless);
  g_assert_cmpuint (n_nameless, ==, 0);
  ui_close_window (window);
}

/* ---- keyboard ------------------------------------------------------------------------------- */

/* What a person acts on. Rows and tiles are reached with the arrow keys from their list. */
static gboolean
is_control (GtkWidget *widget)
{
  if (!gtk_widget_get_focusable (widget) || !gtk_widget_get_mapped (widget)
      || !gtk_widget_is_sensitive (widget))
    return FALSE;
  return GTK_IS_BUTTON (widget) || GTK_IS_EDITABLE (widget) || GTK_IS_TEXT_VIEW (widget)
         || GTK_IS_DROP_DOWN (widget) || GTK_IS_RANGE (widget) || GTK_IS_SWITCH (widget)
         || GTK_IS_LIST_BASE (widget) || GTK_IS_LIST_BOX (widget);
}

/* One control: its text has the keyboard, its buttons are what the arrow keys do. */
static gboolean
is_spin_button (GtkWidget *widget)
{
  return GTK_IS_SPIN_BUTTON (widget) && gtk_widget_get_mapped (widget)
         && gtk_widget_is_sensitive (widget);
}

static gboolean
is_within (GtkWidget *widget, GHashTable *visited)
{
  GHashTableIter iter;
  gpointer focus;

  g_hash_table_iter_init (&iter, visited);
  while (g_hash_table_iter_next (&iter, &focus, NULL))
    if (focus == widget || gtk_widget_is_ancestor (focus, widget))
      return TRUE;
  return FALSE;
}

static guint
count_missed (GtkWidget *widget, GHashTable *visited)
{
  guint n = 0;

  if (GTK_IS_WINDOW_CONTROLS (widget))
    return 0;
  if (is_control (widget) || is_spin_button (widget)) {
    g_autofree char *text = describe (widget);

    if (is_within (widget, visited))
      return 0;
    g_printerr ("not reached by Tab: %s\n", text);
    return 1;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child))
      n += count_missed (child, visited);
  return n;
}

/* Presses Tab until the keyboard is back where it began. */
static guint
walk (GtkWidget *window, GtkDirectionType direction)
{
  g_autoptr (GHashTable) visited = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < 300; i++) {
    GtkWidget *focus;

    g_signal_emit_by_name (window, "move-focus", direction);
    focus = gtk_window_get_focus (GTK_WINDOW (window));
    if (focus == NULL || !g_hash_table_add (visited, focus))
      break;
    if (!gtk_widget_get_mapped (focus) && !GTK_IS_LIST_BASE (gtk_widget_get_parent (focus))) {
      g_autofree char *text = describe (focus);

      g_error ("Tab leads to what is not shown: %s", text);
    }
  }
  if (g_hash_table_size (visited) == 0)
    g_error ("Tab leads nowhere in %s", G_OBJECT_TYPE_NAME (window));
  return count_missed (window, visited);
}

static guint
walk_both (GtkWidget *window)
{
  return walk (window, GTK_DIR_TAB_FORWARD) + walk (window, GTK_DIR_TAB_BACKWARD);
}

static void
test_tab (void)
{
  GuiseWindow *window = open_filled ();
  guint n_missed = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (page_names); i++) {
    guise_window_show_page (window, page_names[i]);
    ui_settle (window, 2);
    n_missed += walk_both (GTK_WIDGET (window));
  }
  for (size_t i = 1; i < G_N_ELEMENTS (dialogs); i++) {
    GtkWidget *dialog = open_dialog (window, i);

    ui_settle (window, 2);
    if (!GTK_IS_SHORTCUTS_WINDOW (dialog))
      n_missed += walk_both (dialog);
    close_dialog (dialog);
  }
  guise_window_close_project (window);
  ui_settle (window, 4);
  g_assert_nonnull (gtk_window_get_focus (GTK_WINDOW (window)));
  n_missed += walk_both (GTK_WIDGET (window));
  g_assert_cmpuint (n_missed, ==, 0);
  ui_close_window (window);
}

/* The accelerators that the shortcuts window tells of, one a word. */
static void
collect_shortcuts (GtkWidget *widget, GString *told)
{
  if (GTK_IS_SHORTCUTS_SHORTCUT (widget)) {
    g_autofree char *accelerator = NULL;

    g_object_get (widget, "accelerator", &accelerator, NULL);
    g_string_append_printf (told, " %s ", accelerator);
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_shortcuts (child, told);
}

static gboolean
is_told (const GString *told, const char *accelerator)
{
  g_autoptr (GtkShortcutTrigger) trigger = gtk_shortcut_trigger_parse_string (accelerator);
  g_auto (GStrv) words = g_strsplit (told->str, " ", -1);

  for (char **word = words; *word != NULL; word++) {
    g_autoptr (GtkShortcutTrigger) other = gtk_shortcut_trigger_parse_string (*word);

    if (**word != '\0' && other != NULL && gtk_shortcut_trigger_equal (trigger, other))
      return TRUE;
  }
  return FALSE;
}

/* The shortcuts window tells of every accelerator, and each leads to an action that is there. */
static void
test_shortcuts (void)
{
  GuiseWindow *window = open_filled ();
  GtkApplication *application = ui_start ();
  g_auto (GStrv) actions = gtk_application_list_action_descriptions (application);
  g_autoptr (GString) told = g_string_new (NULL);
  GtkWidget *dialog = open_dialog (window, 3);

  collect_shortcuts (dialog, told);
  close_dialog (dialog);
  guise_window_show_page (window, "train");
  for (char **action = actions; *action != NULL; action++) {
    g_auto (GStrv) keys = gtk_application_get_accels_for_action (application, *action);
    g_autofree char *name = NULL;
    g_autoptr (GVariant) target = NULL;

    g_assert_true (g_action_parse_detailed_name (*action, &name, &target, NULL));
    if (g_str_has_prefix (name, "win.page-number"))
      continue; /* told as Alt+1…9 */
    if (!is_told (told, keys[0]))
      g_error ("the shortcuts window does not tell of %s (%s)", keys[0], *action);
    if (g_str_has_prefix (name, "win."))
      g_assert_true (g_action_group_has_action (G_ACTION_GROUP (window), name + 4));
    if (g_str_has_prefix (name, "app."))
      g_assert_true (g_action_group_has_action (G_ACTION_GROUP (application), name + 4));
  }
  ui_close_window (window);
}

static gboolean
has_focus (GtkWidget *widget)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (gtk_widget_get_root (widget)));

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

/* Ctrl+F, then Escape: into the words and back to what they are about. */
static void
test_escape (void)
{
  GuiseWindow *window = open_filled ();
  GtkWidget *library = guise_library_page_get_grid (ui_get_library (window));
  GtkWidget *search = guise_search_page_get_grid (
      GUISE_SEARCH_PAGE (guise_window_get_page (window, "search")));
  GtkWidget *filter = ui_find (GTK_WIDGET (window), GTK_TYPE_SEARCH_ENTRY, "filter_entry");
  GtkWidget *who = ui_find (GTK_WIDGET (window), GTK_TYPE_SEARCH_ENTRY, "who");

  gtk_widget_activate_action (GTK_WIDGET (window), "win.search", NULL);
  g_assert_true (has_focus (filter));
  g_signal_emit_by_name (filter, "stop-search");
  g_assert_true (has_focus (library));
  guise_window_show_page (window, "search");
  ui_settle (window, 2);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.search", NULL);
  g_assert_true (has_focus (who));
  g_signal_emit_by_name (who, "stop-search");
  g_assert_true (has_focus (search));
  gtk_widget_activate_action (GTK_WIDGET (guise_window_get_page (window, "search")), "search.back",
                              NULL);
  g_assert_true (has_focus (who));
  ui_close_window (window);
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* Controls that stick out of the window, unless they can be scrolled to. */
static guint
count_cut (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t bounds;
  guint n = 0;

  if (!gtk_widget_get_mapped (widget) || GTK_IS_SCROLLED_WINDOW (widget))
    return 0;
  if ((GTK_IS_BUTTON (widget) || GTK_IS_EDITABLE (widget) || GTK_IS_LABEL (widget)
       || GTK_IS_DROP_DOWN (widget) || GTK_IS_RANGE (widget))
      && gtk_widget_compute_bounds (widget, window, &bounds)
      && (bounds.origin.x < -0.5 || bounds.origin.y < -0.5
          || bounds.origin.x + bounds.size.width > gtk_widget_get_width (window) + 0.5
          || bounds.origin.y + bounds.size.height > gtk_widget_get_height (window) + 0.5)) {
    g_autofree char *text = describe (widget);

    g_printerr ("cut off at %g, %g, %g × %g: %s\n", bounds.origin.x, bounds.origin.y,
                bounds.size.width, bounds.size.height, text);
    return 1;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child))
      n += count_cut (child, window);
  return n;
}

/* Every page at this size; nothing may be cut off unless the size is less than the least one. */
static guint
look_at_size (GuiseWindow *window, const char *language, int width, int height)
{
  guint n_cut = 0;

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  for (size_t i = 0; i < G_N_ELEMENTS (page_names); i++) {
    g_autofree char *name = g_strdup_printf ("%s%s-%dx%d", page_names[i], language, width, height);

    guise_window_show_page (window, page_names[i]);
    ui_settle (window, 10);
    ui_screenshot (window, name);
    n_cut += count_cut (GTK_WIDGET (window), GTK_WIDGET (window));
  }
  return n_cut;
}

static void
test_sizes (void)
{
  GuiseWindow *window = open_filled ();

  g_assert_cmpuint (look_at_size (window, "", 1024, 600), ==, 0);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 1024);
  g_assert_cmpint (gtk_widget_get_height (GTK_WIDGET (window)), <=, 600);
  look_at_size (window, "", 1, 1);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 144 * 1024, NULL); /* large text */
  g_assert_cmpuint (look_at_size (window, "", 1920, 1080), ==, 0);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", 96 * 1024, NULL);
  g_assert_cmpuint (look_at_size (window, "", 3840, 2160), ==, 0);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  g_assert_cmpuint (look_at_size (window, "", 1280, 800), ==, 0);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  ui_close_window (window);
}

/* ---- looks ---------------------------------------------------------------------------------- */

static void
set_high_contrast (gboolean high)
{
  g_autoptr (GSettings) settings = g_settings_new ("org.gnome.desktop.a11y.interface");

  g_settings_set_boolean (settings, "high-contrast", high);
}

static void
look_at_window (GuiseWindow *window, const char *look)
{
  for (size_t i = 0; i < G_N_ELEMENTS (page_names); i++) {
    g_autofree char *name = g_strdup_printf ("%s-%s", page_names[i], look);

    guise_window_show_page (window, page_names[i]);
    ui_settle (window, 4);
    ui_screenshot (window, name);
  }
}

static void
look_at_dialogs (GuiseWindow *window, const char *look)
{
  for (size_t i = 0; i < G_N_ELEMENTS (dialogs); i++) {
    GtkWidget *dialog = open_dialog (window, i);
    g_autofree char *name = g_strdup_printf ("%s-%s", dialogs[i].name, look);

    ui_settle (window, 4);
    ui_screenshot_of (dialog, name);
    close_dialog (dialog);
  }
}

/* Pictures of every page and dialog in each look, to be looked at; and nothing complains. */
static void
test_looks (void)
{
  static const struct {
    const char *name;
    gboolean dark, high_contrast;
  } looks[] = {
    { "light", FALSE, FALSE },
    { "dark", TRUE, FALSE },
    { "contrast", FALSE, TRUE },
    { "contrast-dark", TRUE, TRUE },
  };
  GuiseWindow *window = open_filled ();
  GuisePage *library = guise_window_get_page (window, "library");
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "what failed, 'subject', why");

  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  guise_page_report (library, "list", "Something needs to be said about this project.", error);
  guise_page_toast (library, "Caption changed", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++) {
    ui_set_dark (looks[i].dark);
    set_high_contrast (looks[i].high_contrast);
    g_assert_true (adw_style_manager_get_dark (style) == looks[i].dark);
    g_assert_true (adw_style_manager_get_high_contrast (style) == looks[i].high_contrast);
    look_at_window (window, looks[i].name);
    look_at_dialogs (window, looks[i].name);
  }
  set_high_contrast (FALSE);
  ui_set_dark (FALSE);
  g_object_set (gtk_settings_get_default (), "gtk-icon-theme-name", "nowhere", NULL);
  look_at_window (window, "no-icons");
  g_object_set (gtk_settings_get_default (), "gtk-icon-theme-name", "Adwaita", NULL);
  guise_window_close_project (window);
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++) {
    g_autofree char *name = g_strdup_printf ("welcome-%s", looks[i].name);

    ui_set_dark (looks[i].dark);
    set_high_contrast (looks[i].high_contrast);
    ui_settle (window, 4);
    ui_screenshot (window, name);
  }
  set_high_contrast (FALSE);
  ui_set_dark (FALSE);
  ui_close_window (window);
}

/* ---- languages ------------------------------------------------------------------------------ */

/* Longer words than the English ones fit into the smallest screen too. */
static void
test_languages (void)
{
  static const char *const languages[][2] = { { "de", "Bibliothek" }, { "zh_CN", "图库" } };

  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_autofree char *suffix = g_strdup_printf ("-%s", languages[i][0]);
    GuiseWindow *window;

    ui_speak (languages[i][0]);
    window = open_filled ();
    g_assert_cmpstr (guise_page_get_title (guise_window_get_page (window, "library")), ==,
                     languages[i][1]);
    g_assert_cmpuint (look_at_size (window, suffix, 1024, 600), ==, 0);
    g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 1024);
    g_assert_cmpint (gtk_widget_get_height (GTK_WIDGET (window)), <=, 600);
    look_at_dialogs (window, languages[i][0]);
    ui_close_window (window);
  }
  ui_speak ("");
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/manners/u06-names", test_names);
  g_test_add_func ("/manners/u06-tab", test_tab);
  g_test_add_func ("/manners/u06-shortcuts", test_shortcuts);
  g_test_add_func ("/manners/u06-escape", test_escape);
  g_test_add_func ("/manners/u03-sizes", test_sizes);
  g_test_add_func ("/manners/u09-looks", test_looks);
  g_test_add_func ("/manners/u03-languages", test_languages);
  return g_test_run ();
}
