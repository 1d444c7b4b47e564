/* Styles in the window: found, broken off, named and explained in the pane; chosen where a job is
 * begun, which a scripted server answers. */
#include "clip-folder.h"
#include "guise-banner.h"
#include "guise-captions-page.h"
#include "guise-caption-jobs-pane.h"
#include "guise-chart-view.h"
#include "guise-child-entry.h"
#include "guise-encoder-row.h"
#include "guise-model-group.h"
#include "guise-style-choice.h"
#include "guise-styles-form.h"
#include "guise-styles-pane.h"
#include "guise-styles-view.h"
#include "net-fixture.h"
#include "temp-folder.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuisePage *page;
  GuiseStylesPane *pane;
  GuiseModelGroup *group;
  ChatServer *server;
} Fixture;

/* ---- the window ----------------------------------------------------------------------------- */

static void
answer (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe ("A slim young woman with long brown hair.",
                              "Wearing a red coat, blue jeans and white trainers.");
}

static GtkWidget *
find (gpointer root, GType type, const char *text)
{
  GtkWidget *widget = ui_find (root, type, text);

  if (widget == NULL)
    g_error ("there is no '%s'", text);
  return widget;
}

static gboolean
is_idle (gpointer data)
{
  Fixture *fixture = data;

  return gtk_widget_get_mapped (GTK_WIDGET (fixture->page))
         && !guise_styles_pane_is_busy (fixture->pane)
         && !guise_model_group_is_busy (fixture->group);
}

static void
wait_for_it (Fixture *fixture)
{
  ui_wait (is_idle, fixture, "the styles to be read or found");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->server = net_model_new (answer, NULL, 0);
  fixture->folder = ui_make_project ();
  fixture->window = ui_open_window (fixture->folder);
  guise_window_show_page (fixture->window, "captions");
  fixture->page = guise_window_get_page (fixture->window, "captions");
  fixture->pane = GUISE_STYLES_PANE (find (fixture->page, GUISE_TYPE_STYLES_PANE, NULL));
  fixture->group = GUISE_MODEL_GROUP (find (fixture->page, GUISE_TYPE_MODEL_GROUP, NULL));
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "styles");
  wait_for_it (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ui_close_window (fixture->window);
  chat_server_free (fixture->server);
  g_free (fixture->folder);
}

static void
click (gpointer root, const char *label)
{
  GtkWidget *button = find (root, GTK_TYPE_BUTTON, label);

  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static void
find_styles (Fixture *fixture)
{
  click (fixture->pane, "_Find Styles");
  wait_for_it (fixture);
}

static GtkWidget *
get_form (Fixture *fixture)
{
  return find (fixture->pane, GUISE_TYPE_STYLES_FORM, NULL);
}

static void
choose_method (Fixture *fixture, GuiseClusterMethod method)
{
  adw_combo_row_set_selected (
      ADW_COMBO_ROW (find (get_form (fixture), ADW_TYPE_COMBO_ROW, NULL)), method);
}

/* The row of an entry with that title. */
static GtkWidget *
find_row (GtkWidget *root, GType type, const char *title)
{
  GtkWidget *label = find (root, GTK_TYPE_LABEL, title);
  GtkWidget *row = gtk_widget_get_ancestor (label, type);

  g_assert_nonnull (row);
  return row;
}

static void
type (Fixture *fixture, const char *title, const char *text)
{
  gtk_editable_set_text (
      GTK_EDITABLE (find_row (get_form (fixture), ADW_TYPE_ENTRY_ROW, title)), text);
}

static GtkWidget *
get_view (Fixture *fixture)
{
  return find (fixture->pane, GUISE_TYPE_STYLES_VIEW, NULL);
}

static const char *
get_banner (Fixture *fixture)
{
  GuiseBanner *banner = GUISE_BANNER (find (fixture->pane, GUISE_TYPE_BANNER, NULL));

  return guise_banner_get_revealed (banner) ? guise_banner_get_sentence (banner) : NULL;
}

static void
take_pictures (Fixture *fixture, const char *name, int width, int height)
{
  g_autofree char *light = g_strdup_printf ("%s-%d-light", name, width);
  g_autofree char *dark = g_strdup_printf ("%s-%d-dark", name, width);

  gtk_window_set_default_size (GTK_WINDOW (fixture->window), width, height);
  ui_settle (fixture->window, 4);
  ui_screenshot (fixture->window, light);
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, dark);
  ui_set_dark (FALSE);
}

/* ---- finding -------------------------------------------------------------------------------- */

static gboolean
shows (GtkWidget *root, const char *text)
{
  GtkWidget *label = ui_find (root, GTK_TYPE_LABEL, text);

  return label != NULL && gtk_widget_get_mapped (label);
}

static void
test_found (Fixture *fixture, gconstpointer data)
{
  const GuiseStyles *styles;
  g_autoptr (GuiseStyles) kept = NULL;
  GtkWidget *chart, *row;
  g_autofree char *title = NULL;

  g_assert_null (guise_styles_pane_get_styles (fixture->pane));
  g_assert_true (shows (GTK_WIDGET (fixture->pane), "No Styles Yet"));
  take_pictures (fixture, "styles-none", 1024, 600);
  find_styles (fixture);
  styles = guise_styles_pane_get_styles (fixture->pane);
  g_assert_nonnull (styles);
  kept = guise_styles_load (fixture->folder, NULL); /* the same file as the command's */
  g_assert_cmpuint (kept->n_styles, ==, styles->n_styles);
  title = g_strdup_printf ("%zu styles in %zu captions, by DBSCAN", styles->n_styles, styles->n);
  g_assert_true (shows (get_view (fixture), title));
  for (size_t s = 0; s < styles->n_styles; s++) {
    row = find_row (get_view (fixture), ADW_TYPE_EXPANDER_ROW, styles->styles[s].name);
    g_assert_nonnull (ui_find (row, GTK_TYPE_LABEL, styles->styles[s].exemplars[0]));
  }
  chart = find (get_view (fixture), GUISE_TYPE_CHART_VIEW, NULL);
  g_assert_true (gtk_widget_get_mapped (chart));
  g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (chart),
                                                   GTK_ACCESSIBLE_PROPERTY_LABEL));
  adw_expander_row_set_expanded (
      ADW_EXPANDER_ROW (find_row (get_view (fixture), ADW_TYPE_EXPANDER_ROW, "style-1")), TRUE);
  take_pictures (fixture, "styles", 1024, 600);
  take_pictures (fixture, "styles", 1600, 900);
}

/* What a method is not told is not asked for; other methods have no k-distances. */
static void
test_methods (Fixture *fixture, gconstpointer data)
{
  GtkWidget *form = get_form (fixture);
  GtkWidget *eps = find_row (form, ADW_TYPE_ENTRY_ROW, "Distance of neighbours");
  GtkWidget *k = find_row (form, ADW_TYPE_ACTION_ROW, "Number of styles");
  g_autofree char *command = NULL;

  g_assert_true (gtk_widget_get_visible (eps));
  g_assert_false (gtk_widget_get_visible (k));
  choose_method (fixture, GUISE_CLUSTER_KMEANS);
  g_assert_false (gtk_widget_get_visible (eps));
  g_assert_true (gtk_widget_get_visible (k));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (find (k, GTK_TYPE_SPIN_BUTTON, NULL)), 3);
  type (fixture, "Only captions that match", "split = train");
  command = guise_styles_form_create_command (GUISE_STYLES_FORM (form), "/my project");
  g_assert_cmpstr (command, ==,
                   "guisectl --project '/my project' styles --method kmeans --k=3 "
                   "'--filter=split = train'");
  find_styles (fixture);
  g_assert_cmpuint (guise_styles_pane_get_styles (fixture->pane)->n_styles, ==, 3);
  g_assert_false (
      gtk_widget_get_mapped (find (get_view (fixture), GUISE_TYPE_CHART_VIEW, NULL)));
}

/* Whether what stands above the styles, as it is shown, holds the text. */
static gboolean
says (Fixture *fixture, const char *text)
{
  AdwPreferencesGroup *group
      = ADW_PREFERENCES_GROUP (find (get_view (fixture), ADW_TYPE_PREFERENCES_GROUP, NULL));

  return strstr (adw_preferences_group_get_description (group), text) != NULL;
}

/* The folder of a CLIP model in place of what is built in, and back. */
static void
test_encoder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *place = temp_folder_new ("clip");
  g_autofree char *clip = g_build_filename (place, "a <b>clip<", NULL);
  g_autofree char *command = NULL, *wanted = NULL, *said = NULL;
  GtkWidget *form = get_form (fixture);
  GuiseEncoderRow *row = GUISE_ENCODER_ROW (find (form, GUISE_TYPE_ENCODER_ROW, NULL));
  GtkWidget *back = find (row, GTK_TYPE_BUTTON, NULL); /* the first of two */

  g_assert_false (gtk_widget_get_visible (back));
  clip_folder_make (clip);
  choose_method (fixture, GUISE_CLUSTER_KMEANS);
  guise_encoder_row_set_folder (row, clip);
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), ==, "a <b>clip<");
  command = guise_styles_form_create_command (GUISE_STYLES_FORM (form), "/work");
  wanted = g_strdup_printf ("guisectl --project /work styles --method kmeans '--encoder=%s' --k=5",
                            clip);
  g_assert_cmpstr (command, ==, wanted);
  find_styles (fixture);
  g_assert_cmpstr (get_banner (fixture), ==, NULL);
  g_assert_cmpstr (guise_styles_pane_get_styles (fixture->pane)->options.encoder, ==, clip);
  said = g_strdup_printf ("Told apart by the CLIP model in %s.", clip);
  g_assert_true (says (fixture, said));
  take_pictures (fixture, "styles-encoder", 1024, 600);
  temp_folder_remove (clip);
  find_styles (fixture);
  g_assert_cmpstr (get_banner (fixture), ==, "No styles could be found.");
  g_signal_emit_by_name (back, "clicked");
  g_assert_null (guise_encoder_row_get_folder (row));
  find_styles (fixture);
  g_assert_cmpstr (get_banner (fixture), ==, NULL);
  g_assert_null (guise_styles_pane_get_styles (fixture->pane)->options.encoder);
  temp_folder_free (g_steal_pointer (&place));
}

/* Nothing of it is half there. */
static void
test_stopped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "styles.json", NULL);

  click (fixture->pane, "_Find Styles");
  g_assert_true (guise_styles_pane_is_busy (fixture->pane));
  g_assert_true (shows (GTK_WIDGET (fixture->pane), "Finding Styles…"));
  click (fixture->pane, "_Stop");
  wait_for_it (fixture);
  g_assert_true ((guise_styles_pane_get_styles (fixture->pane) != NULL)
                 == g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (get_banner (fixture), ==, NULL);
  find_styles (fixture);
  g_assert_nonnull (guise_styles_pane_get_styles (fixture->pane));
}

static void
test_explained (Fixture *fixture, gconstpointer data)
{
  GtkWidget *form = get_form (fixture);

  type (fixture, "Distance of neighbours", "2");
  find_styles (fixture);
  g_assert_cmpuint (guise_styles_pane_get_styles (fixture->pane)->n_styles, ==, 1);
  g_assert_true (shows (
      get_view (fixture),
      "All captions are one style: they are written alike, or the distance of neighbours is too "
      "large. Try a smaller one, or a method that is told how many styles there are."));
  take_pictures (fixture, "styles-one", 1024, 600);
  type (fixture, "Distance of neighbours", "0,0001");
  type (fixture, "Neighbours of a dense caption", "900");
  find_styles (fixture);
  g_assert_cmpuint (guise_styles_pane_get_styles (fixture->pane)->n_clusters, ==, 0);
  type (fixture, "Distance of neighbours", "far");
  g_assert_false (
      gtk_widget_is_sensitive (find (fixture->pane, GTK_TYPE_BUTTON, "_Find Styles")));
  g_assert_true (shows (GTK_WIDGET (fixture->pane),
                        "The distance is a number above zero, or empty for the knee."));
  type (fixture, "Distance of neighbours", "");
  type (fixture, "Captions of a style, at least", "1");
  g_assert_false (
      gtk_widget_is_sensitive (find (fixture->pane, GTK_TYPE_BUTTON, "_Find Styles")));
  type (fixture, "Captions of a style, at least", "");
  type (fixture, "Only captions that match", "colour = red");
  find_styles (fixture);
  g_assert_cmpstr (get_banner (fixture), ==, "No styles could be found.");
  g_assert_true (gtk_widget_has_css_class (
      find_row (form, ADW_TYPE_ENTRY_ROW, "Only captions that match"), "error"));
}

/* ---- names ---------------------------------------------------------------------------------- */

static AdwEntryRow *
get_name_entry (Fixture *fixture, const char *name)
{
  GtkWidget *row = find_row (get_view (fixture), ADW_TYPE_EXPANDER_ROW, name);

  return ADW_ENTRY_ROW (find (row, ADW_TYPE_ENTRY_ROW, NULL));
}

static void
rename_style (Fixture *fixture, AdwEntryRow *entry, const char *name)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), name);
  g_signal_emit_by_name (entry, "apply");
  wait_for_it (fixture);
}

static void
test_named (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseStyles) kept = NULL;
  AdwEntryRow *entry;

  find_styles (fixture);
  entry = get_name_entry (fixture, "style-2");
  rename_style (fixture, entry, "in <b>short</b> & curt");
  g_assert_true (get_name_entry (fixture, "in <b>short</b> & curt") == entry); /* still there */
  kept = guise_styles_load (fixture->folder, NULL);
  g_assert_cmpstr (kept->styles[1].name, ==, "in <b>short</b> & curt");
  rename_style (fixture, entry, "style-1");
  g_assert_cmpstr (get_banner (fixture), ==, "The style keeps its name.");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (entry), "error"));
  g_assert_cmpstr (guise_styles_pane_get_styles (fixture->pane)->styles[1].name, ==,
                   "in <b>short</b> & curt");
  rename_style (fixture, entry, "terse");
  g_assert_cmpstr (get_banner (fixture), ==, NULL);
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (entry), "error"));
  /* Found anew, the name is still its captions'. */
  find_styles (fixture);
  g_assert_cmpstr (guise_styles_pane_get_styles (fixture->pane)->styles[1].name, ==, "terse");
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "styles.json", NULL);

  find_styles (fixture);
  g_assert_true (g_file_set_contents (path, "{\"version\": 7}", -1, NULL));
  guise_styles_pane_reload (fixture->pane);
  wait_for_it (fixture);
  g_assert_cmpstr (get_banner (fixture), ==, "The project's styles cannot be read.");
  find_styles (fixture); /* mends it */
  g_assert_cmpstr (get_banner (fixture), ==, NULL);
  g_unlink (path);
  guise_styles_pane_reload (fixture->pane);
  wait_for_it (fixture);
  g_assert_null (guise_styles_pane_get_styles (fixture->pane));
}

/* ---- a job in styles ------------------------------------------------------------------------ */

static void
fill_in (Fixture *fixture, const char *name, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find (fixture->group, GTK_TYPE_WIDGET, name)), text);
}

static void
fill_form (Fixture *fixture)
{
  AdwComboRow *row = ADW_COMBO_ROW (find (fixture->group, GTK_TYPE_WIDGET, "endpoint_row"));

  adw_combo_row_set_selected (row, g_list_model_get_n_items (adw_combo_row_get_model (row)) - 1);
  fill_in (fixture, "address_row", chat_server_get_url (fixture->server));
  fill_in (fixture, "model_row", "fake-vl");
  fill_in (fixture, "limit_row", "3");
  wait_for_it (fixture);
}

static GtkWidget *
get_check (Fixture *fixture, const char *style)
{
  GtkWidget *choice = find (fixture->group, GUISE_TYPE_STYLE_CHOICE, NULL);

  return find (find_row (choice, ADW_TYPE_ACTION_ROW, style), GTK_TYPE_CHECK_BUTTON, NULL);
}

static const char *
get_estimate (Fixture *fixture)
{
  return adw_preferences_row_get_title (
      ADW_PREFERENCES_ROW (find (fixture->group, GTK_TYPE_WIDGET, "estimate_row")));
}

static gboolean
is_done (gpointer data)
{
  GuiseCaptionJobsPane *pane = data;
  GuiseCaptionEntry *entry = guise_caption_jobs_pane_get_current (pane);

  return entry != NULL && !guise_caption_jobs_pane_is_busy (pane)
         && !guise_caption_entry_is_running (entry)
         && guise_caption_entry_get_job (entry)->state == GUISE_CAPTION_JOB_DONE;
}

static guint
count (Fixture *fixture, const char *filter)
{
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (store, parsed, NULL, NULL);

  return ids->len;
}

typedef struct {
  Fixture *fixture;
  const char *filter;
  guint n;
} Count;

static gboolean
has_count (gpointer data)
{
  Count *wanted = data;

  return count (wanted->fixture, wanted->filter) == wanted->n;
}

static void
switch_styles (Fixture *fixture, gboolean on)
{
  adw_expander_row_set_enable_expansion (
      ADW_EXPANDER_ROW (find (fixture->group, GUISE_TYPE_STYLE_CHOICE, NULL)), on);
}

/* Three pictures, each in two of the styles. */
static void
test_job (Fixture *fixture, gconstpointer data)
{
  GtkWidget *choice = find (fixture->group, GUISE_TYPE_STYLE_CHOICE, NULL);
  GtkWidget *jobs = find (fixture->page, GUISE_TYPE_CAPTION_JOBS_PANE, NULL);
  const GuiseStyles *styles;

  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "describe");
  g_assert_false (adw_expander_row_get_show_enable_switch (ADW_EXPANDER_ROW (choice)));
  find_styles (fixture);
  styles = guise_styles_pane_get_styles (fixture->pane);
  g_assert_cmpuint (styles->n_styles, >=, 3);
  fill_form (fixture);
  g_assert_true (g_str_has_prefix (get_estimate (fixture), "3 pictures"));
  switch_styles (fixture, TRUE);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (choice), TRUE);
  for (size_t s = 0; s < styles->n_styles; s++)
    gtk_check_button_set_active (GTK_CHECK_BUTTON (get_check (fixture, styles->styles[s].name)),
                                 FALSE);
  wait_for_it (fixture);
  g_assert_nonnull (strstr (guise_model_group_get_problem (fixture->group), "Choose a style"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (get_check (fixture, "style-1")), TRUE);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (get_check (fixture, "style-3")), TRUE);
  wait_for_it (fixture);
  g_assert_true (
      g_str_has_prefix (get_estimate (fixture), "6 requests: each picture in 2 styles"));
  take_pictures (fixture, "styles-job", 1024, 600);
  take_pictures (fixture, "styles-job", 1600, 900);
  guise_model_group_start (fixture->group);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  ui_wait (is_done, jobs, "the job in two styles");
  ui_wait (has_count, &(Count){ fixture, "source = machine style = style-1", 6 },
           "the descriptions in the first style");
  g_assert_cmpuint (count (fixture, "source = machine style = style-3"), ==, 6);
  g_assert_cmpuint (count (fixture, "text ~ \"slim young woman with long brown\""), ==, 6);
  g_assert_cmpuint (chat_server_get_n_requests (fixture->server), ==, 6);
}

/* A prompt without a place for them is told before anything is sent. */
static void
test_prompt (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder
      = g_build_filename (g_get_user_config_dir (), "guise", "prompts", NULL);
  g_autofree char *path = g_build_filename (folder, "plain.prompt", NULL);
  AdwComboRow *prompts;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path,
                                      "title = Without styles\n[system]\nDescribe.\n[user]\n"
                                      "Describe: {{schema}}\n",
                                      -1, NULL));
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "describe");
  guise_model_group_refresh (fixture->group);
  find_styles (fixture);
  fill_form (fixture);
  prompts = ADW_COMBO_ROW (find (fixture->group, GTK_TYPE_WIDGET, "prompt_row"));
  adw_combo_row_set_selected (
      prompts, g_list_model_get_n_items (adw_combo_row_get_model (prompts)) - 1);
  switch_styles (fixture, TRUE);
  wait_for_it (fixture);
  g_assert_nonnull (
      strstr (guise_model_group_get_problem (fixture->group), "'Without styles' has no place"));
  switch_styles (fixture, FALSE);
  wait_for_it (fixture);
  g_assert_null (guise_model_group_get_problem (fixture->group));
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add ("/ui/styles/found", Fixture, NULL, set_up, test_found, tear_down);
  g_test_add ("/ui/styles/methods", Fixture, NULL, set_up, test_methods, tear_down);
  g_test_add ("/ui/styles/encoder", Fixture, NULL, set_up, test_encoder, tear_down);
  g_test_add ("/ui/styles/stopped", Fixture, NULL, set_up, test_stopped, tear_down);
  g_test_add ("/ui/styles/explained", Fixture, NULL, set_up, test_explained, tear_down);
  g_test_add ("/ui/styles/named", Fixture, NULL, set_up, test_named, tear_down);
  g_test_add ("/ui/styles/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  g_test_add ("/ui/styles/job", Fixture, NULL, set_up, test_job, tear_down);
  g_test_add ("/ui/styles/prompt", Fixture, NULL, set_up, test_prompt, tear_down);
  return g_test_run ();
}
