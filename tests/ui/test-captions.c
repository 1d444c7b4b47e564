/* The Captions page in the real window: a whole job against a scripted server, with pause, kill,
 * resume, retry list and undo; a job that outlives its window; and nothing that leaves the machine
 * before somebody has allowed it. */
#include "captions-fixture.h"
#include "guise-banner.h"
#include "guise-caption-consent.h"
#include "guise-caption-item-dialog.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* ---- jobs ----------------------------------------------------------------------------------- */

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (GUISE_IS_CAPTION_ITEM_DIALOG (window) && gtk_widget_get_mapped (window))
      return window;
  }
  return NULL;
}

static gboolean
is_answer_shown (gpointer data)
{
  GtkWidget *dialog = find_dialog ();

  return dialog != NULL
         && !guise_caption_item_dialog_is_busy (GUISE_CAPTION_ITEM_DIALOG (dialog));
}

static char *
dup_shown (GtkWidget *dialog, const char *name)
{
  GtkTextBuffer *buffer
      = gtk_text_view_get_buffer (GTK_TEXT_VIEW (ui_find (dialog, GTK_TYPE_TEXT_VIEW, name)));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static gboolean
is_gone (gpointer data)
{
  return find_dialog () == NULL;
}

static void
look_at_refusal (CaptionsFixture *fixture)
{
  GtkListBox *items = GTK_LIST_BOX (captions_find (fixture, "items"));
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (items, 0);
  GtkWidget *dialog;
  g_autofree char *question = NULL, *said = NULL;

  g_assert_nonnull (row);
  g_signal_emit_by_name (items, "row-activated", row);
  ui_wait (is_answer_shown, NULL, "the question and its answer");
  dialog = find_dialog ();
  question = dup_shown (dialog, "question");
  said = dup_shown (dialog, "answer");
  g_assert_nonnull (strstr (question, "sha256:"));
  g_assert_null (strstr (question, "base64,"));
  g_assert_nonnull (strstr (said, "I can't <b>describe</b>"));
  ui_screenshot_of (dialog, "captions-answer-light");
  gtk_window_close (GTK_WINDOW (dialog));
  ui_wait (is_gone, NULL, "the dialog to close");
}

/* One caption of the job, edited by hand; the path of its picture. */
static char *
edit_one (CaptionsFixture *fixture)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse (CAPTIONS_PERSON, NULL);
  g_autoptr (GArray) ids
      = guise_store_find_captions (captions_get_store (fixture), filter, NULL, NULL);
  g_autoptr (GuiseCaption) caption = NULL;
  g_autoptr (GuiseImageRecord) image = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (ids->len, >, 0);
  caption = guise_store_get_caption (captions_get_store (fixture), g_array_index (ids, gint64, 0),
                                     &error);
  g_assert_no_error (error);
  guise_store_edit_caption (captions_get_store (fixture), caption->id, -1,
                            "An old man with a beard.", &error);
  g_assert_no_error (error);
  image = guise_store_get_image (captions_get_store (fixture), caption->image_id, &error);
  g_assert_no_error (error);
  return g_strdup (image->path);
}

static gboolean
is_undone (gpointer data)
{
  CaptionsFixture *fixture = data;

  return gtk_widget_get_visible (captions_find (fixture, "undone_box"));
}

static gboolean
shows_one (gpointer window)
{
  GuiseLibraryPage *library = ui_get_library (window);

  return !guise_library_page_is_busy (library) && guise_library_page_get_n_shown (library) == 1;
}

static void
undo_and_look (CaptionsFixture *fixture)
{
  g_autofree char *path = edit_one (fixture);
  const char *sentence;

  captions_click (fixture, "undo_button");
  ui_wait (is_undone, fixture, "the undo of the job");
  sentence = gtk_label_get_text (GTK_LABEL (captions_find (fixture, "undone")));
  g_assert_nonnull (strstr (sentence, path));
  g_assert_nonnull (strstr (sentence, "1 stays"));
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_PERSON), ==, 0);
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_CLOTHING), ==, 0);
  g_assert_cmpuint (captions_count_by (fixture, "text ~ beard state = edited"), ==, 1);
  ui_screenshot (fixture->window, "captions-undone-light");
  captions_click (fixture, "show_button");
  ui_wait (shows_one, fixture->window, "the picture that stays in the library");
}

typedef struct {
  CaptionsFixture *fixture;
  gint64 since;
} Pausing;

/* Six answers may be too few for what is under way, which a pause waits for; all at once could be
 * given before the job hears of the pause. */
static gboolean
is_paused (gpointer data)
{
  const Pausing *pausing = data;

  if (g_get_monotonic_time () - pausing->since > 5 * G_USEC_PER_SEC)
    captions_allow (&pausing->fixture->model, G_MAXUINT);
  return captions_get_job (pausing->fixture)->state == GUISE_CAPTION_JOB_PAUSED;
}

static void
test_journey (CaptionsFixture *fixture, gconstpointer data)
{
  const guint n_images = 16;
  GuiseCaptionEntry *entry;
  guint n_bad;

  fixture->model.refuses = TRUE;
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "16");
  g_assert_nonnull (strstr (
      adw_preferences_row_get_title (ADW_PREFERENCES_ROW (captions_find (fixture, "estimate_row"))),
      "16 pictures · time not measured · tokens not measured · cost not measured"));
  captions_begin (fixture);
  g_assert_null (ui_find_question ()); /* it is this machine */
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_until_running (fixture);
  g_assert_cmpuint (captions_get_job (fixture)->n_items, ==, n_images);

  /* some answers, which come into the project while the job runs; then a pause */
  captions_allow (&fixture->model, 6);
  ui_wait (captions_has_some_done, fixture, "some pictures to be described");
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_PERSON), >, 0);
  ui_screenshot (fixture->window, "captions-running-light");
  captions_click (fixture, "pause_button");
  captions_allow (&fixture->model, 6);
  ui_wait (is_paused, &(Pausing){ fixture, g_get_monotonic_time () }, "the job to be paused");
  captions_wait_for_state (fixture, "Paused");
  g_assert_cmpuint (captions_get_job (fixture)->n_open, >, 0);

  /* killed at the worst moment: questions are out */
  captions_allow (&fixture->model, 0);
  captions_click (fixture, "resume_button");
  captions_wait_until_running (fixture);
  ui_wait (captions_is_being_asked, fixture->server, "a question");
  kill (captions_find_child (fixture), SIGKILL);
  captions_wait_for_state (fixture, "Interrupted");
  ui_wait ((UiCondition)guise_banner_get_revealed,
           ui_find (GTK_WIDGET (fixture->window), GUISE_TYPE_BANNER, "banner"), "the banner");
  g_assert_cmpuint (guise_job_list_count_failed (guise_window_get_jobs (fixture->window)), ==, 1);
  ui_screenshot (fixture->window, "captions-interrupted-light");

  captions_click (fixture, "resume_button");
  captions_allow (&fixture->model, G_MAXUINT);
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (guise_job_list_count_active (guise_window_get_jobs (fixture->window)), ==, 0);
  g_assert_cmpuint (guise_job_list_count_failed (guise_window_get_jobs (fixture->window)), ==, 0);
  entry = guise_caption_jobs_pane_get_current (fixture->pane);
  n_bad = guise_caption_entry_get_n_unusable (entry);
  g_assert_cmpuint (n_bad, >, 0);
  g_assert_cmpuint (captions_get_job (fixture)->n_refused, ==, n_bad);
  g_assert_cmpuint (captions_get_job (fixture)->n_done, ==, n_images - n_bad);
  g_assert_cmpuint (guise_caption_jobs_pane_get_n_items (fixture->pane), ==, n_bad);
  ui_screenshot (fixture->window, "captions-jobs-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "captions-jobs-dark");
  ui_set_dark (FALSE);
  look_at_refusal (fixture);

  /* the model has become friendlier */
  fixture->model.refuses = FALSE;
  captions_click (fixture, "retry_button");
  ui_wait (captions_is_all_done, fixture, "the refused pictures to be described");
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (guise_caption_jobs_pane_get_n_items (fixture->pane), ==, 0);

  undo_and_look (fixture);
}

/* What cannot be begun says why, and cannot be. */
static void
assert_problem (CaptionsFixture *fixture, const char *part)
{
  ui_wait (captions_is_counted, fixture->group, "the form to be read");
  g_assert_nonnull (guise_model_group_get_problem (fixture->group));
  g_assert_nonnull (strstr (guise_model_group_get_problem (fixture->group), part));
  g_assert_false (captions_can_begin (fixture->group));
}

static void
test_form (CaptionsFixture *fixture, gconstpointer data)
{
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "");
  g_assert_true (captions_can_begin (fixture->group));
  captions_type (fixture, "filter_row", "colour = red");
  assert_problem (fixture, "colour");
  captions_type (fixture, "filter_row", "split = nowhere");
  assert_problem (fixture, "nowhere");
  captions_type (fixture, "filter_row", "split = test");
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  g_assert_cmpstr (guise_model_group_get_problem (fixture->group), ==, NULL);
  captions_type (fixture, "limit_row", "0");
  assert_problem (fixture, "above zero");
  captions_type (fixture, "limit_row", "3");
  captions_type (fixture, "cost_row", "0,5"); /* as some languages write it */
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  g_assert_true (captions_can_begin (fixture->group));
  captions_type (fixture, "cost_row", "much");
  assert_problem (fixture, "above zero");
  captions_type (fixture, "cost_row", "");
  captions_type (fixture, "address_row",
                 "http://192.0.2.1/v1"); /* not this machine, and not encrypted */
  assert_problem (fixture, "192.0.2.1");
  captions_type (fixture, "address_row", "");
  assert_problem (fixture, "where the model is asked");
  g_assert_cmpuint (chat_server_get_n_connections (fixture->server), ==, 0);
}

static const char *
get_host (CaptionsFixture *fixture)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (captions_find (fixture, "endpoint_row")));
}

static void
choose (CaptionsFixture *fixture, const char *name)
{
  guise_model_group_choose (fixture->group, name, "fake-vl", "");
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
}

static void
test_same_title (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *one = captions_write_profile ("own-server", "http://127.0.0.1:1001/v1");
  g_autofree char *other = captions_write_profile ("own-server-2", "http://127.0.0.1:1002/v1");
  AdwComboRow *row = ADW_COMBO_ROW (captions_find (fixture, "endpoint_row"));

  captions_refresh_choices (fixture);
  choose (fixture, "own-server");
  captions_refresh_choices (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1001");
  choose (fixture, "own-server-2");
  captions_refresh_choices (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1002");
  g_assert_true (captions_can_begin (fixture->group));

  /* the model of one is no model of another */
  adw_combo_row_set_selected (
      row, g_list_model_get_n_items (adw_combo_row_get_model (row)) - 1);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (captions_find (fixture, "model_row"))), ==,
                   "");
  choose (fixture, "own-server-2");

  /* one that is gone is not replaced by another */
  g_assert_cmpint (g_unlink (other), ==, 0);
  captions_refresh_choices (fixture);
  assert_problem (fixture, "“Own server” is gone");
  g_assert_cmpstr (get_host (fixture), ==, "");
  choose (fixture, "own-server");
  g_assert_true (captions_can_begin (fixture->group));
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1001");
  g_assert_cmpint (g_unlink (one), ==, 0);
}

static gboolean
is_empty_shown (gpointer page)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (
                        GTK_STACK (ui_find (page, GTK_TYPE_STACK, "stack"))),
                    "empty")
         == 0;
}

/* A project without pictures offers nothing to press. */
static void
test_empty (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("guise-ui-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "Empty", NULL);
  g_autoptr (GError) error = NULL;
  GuiseProject *project = guise_project_create (path, &error);

  g_assert_no_error (error);
  guise_project_close (project);
  g_object_unref (project);
  ui_reopen (fixture->window, path);
  guise_window_show_page (fixture->window, "captions");
  ui_wait (is_empty_shown, guise_window_get_page (fixture->window, "captions"),
           "the page without pictures");
  ui_screenshot (fixture->window, "captions-empty-light");
}

/* The window closes, the job goes on; the next window follows it and brings its answers home. */
static gboolean
has_some_stored (gpointer fixture)
{
  return captions_count_by (fixture, CAPTIONS_PERSON) > 0;
}

static void
test_outlive (CaptionsFixture *fixture, gconstpointer data)
{
  gpointer window = fixture->window;

  captions_fill_form (fixture, chat_server_get_url (fixture->server), "4");
  captions_begin (fixture);
  captions_wait_until_running (fixture);
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Keep Running");
  ui_wait (captions_is_null, &window, "the window to go");

  /* nobody may write the project while these come */
  captions_allow (&fixture->model, 2);
  ui_wait (captions_are_given, &fixture->model, "two answers without a window");
  captions_open_page (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_for_state (fixture, "Running");
  ui_wait (has_some_stored, fixture, "these answers to come into the project");
  g_assert_cmpuint (captions_get_job (fixture)->n_open, >, 0);
  captions_allow (&fixture->model, G_MAXUINT);
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (captions_get_job (fixture)->n_done, ==, 4);
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_PERSON), >, 0);
}

static gboolean
is_at_limit (gpointer data)
{
  CaptionsFixture *fixture = data;
  GtkWidget *button = captions_find (fixture, "raise_button");

  return gtk_widget_get_visible (button) && gtk_widget_is_sensitive (button);
}

/* A job that used its limit up is given another one where it stands, and goes on. */
static void
test_limit (CaptionsFixture *fixture, gconstpointer data)
{
  GtkSpinButton *tokens;

  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "4");
  captions_type (fixture, "tokens_row", "500"); /* less than a question may take */
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  captions_begin (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_for_state (fixture, "Stopped");
  ui_wait (is_at_limit, fixture, "the limit to be offered");
  g_assert_cmpuint (captions_get_job (fixture)->n_done, ==, 0);
  g_assert_false (
      gtk_widget_get_visible (captions_find (fixture, "resume_button"))); /* to stop at once */
  ui_screenshot (fixture->window, "captions-limit-light");
  gtk_menu_button_popup (GTK_MENU_BUTTON (captions_find (fixture, "raise_button")));
  tokens = GTK_SPIN_BUTTON (captions_find (fixture, "token_limit"));
  g_assert_cmpfloat (gtk_spin_button_get_value (tokens), ==, 1000);
  gtk_spin_button_set_value (tokens, 0);
  gtk_widget_grab_focus (captions_find (fixture, "go_on_button")); /* as a press would */
  captions_click (fixture, "go_on_button");
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (captions_get_job (fixture)->n_done, ==, 4);
  g_assert_false (gtk_widget_get_visible (captions_find (fixture, "raise_button")));
}

static gboolean
has_nothing_left (gpointer data)
{
  CaptionsFixture *fixture = data;
  AdwPreferencesRow *row = ADW_PREFERENCES_ROW (captions_find (fixture, "estimate_row"));

  return captions_is_counted (fixture->group)
         && g_str_has_prefix (adw_preferences_row_get_title (row), "0 pictures");
}

static gboolean
has_statistics (gpointer page)
{
  return ui_find (page, GTK_TYPE_LABEL, "This version") != NULL;
}

/* What a job did is known at its end: to the next estimate and to the prompts. */
static void
test_news (CaptionsFixture *fixture, gconstpointer data)
{
  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "");
  captions_type (fixture, "filter_row", "split = test");
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  g_assert_false (has_nothing_left (fixture));
  g_assert_false (has_statistics (fixture->page));
  captions_begin (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_for_state (fixture, "Done");
  ui_wait (has_nothing_left, fixture, "the estimate to be made anew");
  ui_wait (has_statistics, fixture->page, "the statistics of the prompt");
}

/* ---- consent -------------------------------------------------------------------------------- */

typedef struct {
  CaptionsFixture *fixture;
  const char *part;
} Setting;

static gboolean
is_kept (gpointer data)
{
  Setting *setting = data;
  g_autofree char *key = guise_caption_consent_dup_key ("model.example.org");
  g_autofree char *value
      = guise_store_get_setting (captions_get_store (setting->fixture), key, NULL);

  return value != NULL && strstr (value, setting->part) != NULL;
}

static gboolean
was_sent (gpointer server)
{
  return chat_server_get_n_requests (server) > 0;
}

static gboolean
says_local (gpointer window)
{
  GtkWidget *subtitle = ui_find (window, GTK_TYPE_LABEL, "project_subtitle");

  return g_str_has_suffix (gtk_label_get_text (GTK_LABEL (subtitle)), " · local only");
}

static gboolean
says_host (gpointer window)
{
  GtkWidget *subtitle = ui_find (window, GTK_TYPE_LABEL, "project_subtitle");

  return g_str_has_suffix (gtk_label_get_text (GTK_LABEL (subtitle)), " model.example.org");
}

/* Everything that leaves goes through the proxy, which is the server. */
static void
test_consent (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *proxy
      = g_strdup_printf ("http://127.0.0.1:%u", chat_server_get_port (fixture->server));
  g_autofree char *db = g_build_filename (fixture->folder, "captions.db", NULL);

  g_setenv ("https_proxy", proxy, TRUE);
  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, "https://model.example.org/v1", "5");

  captions_begin (fixture);
  ui_wait (captions_is_asked, NULL, "the question about consent");
  ui_screenshot_of (ui_find_question (), "captions-consent-light");
  g_assert_nonnull (strstr (adw_message_dialog_get_heading (
                                ADW_MESSAGE_DIALOG (ui_find_question ())),
                            "model.example.org"));
  g_assert_nonnull (
      strstr (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (ui_find_question ())), "5 pict"));
  captions_answer_question ("_Cancel");
  ui_wait (captions_can_begin, fixture->group, "the refusal to arrive");

  captions_begin (fixture);
  captions_answer_question ("_Never from This Project");
  ui_wait (is_kept, &(Setting){ fixture, "\"never\"" }, "the answer to be kept");
  ui_wait (captions_can_begin, fixture->group, "the refusal to arrive");
  captions_begin (fixture);
  captions_answer_question ("_Close"); /* is told, not asked */
  ui_wait (captions_can_begin, fixture->group, "the refusal to arrive");
  g_assert_cmpuint (chat_server_get_n_connections (fixture->server), ==, 0);
  g_assert_false (g_file_test (db, G_FILE_TEST_EXISTS));
  g_assert_true (says_local (fixture->window));

  captions_begin (fixture);
  captions_answer_question ("C_hange…");
  captions_answer_question ("This _Time Only");
  ui_wait (was_sent, fixture->server, "the first request");
  g_assert_cmpstr (chat_server_get_request (fixture->server, 1)->method, ==, "CONNECT");
  g_assert_true (is_kept (&(Setting){ fixture, "\"run\"" }));
  ui_wait (says_host, fixture->window, "the header bar to name the host");
  g_unsetenv ("https_proxy");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_until_running (fixture);
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");
}

static gboolean
has_focus (gpointer button)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (button));

  return gtk_window_get_focus (window) == button
         && gtk_window_get_default_widget (window) == button;
}

static gboolean
may_be_revoked (gpointer page)
{
  return ui_find (page, GTK_TYPE_BUTTON, "_Revoke") != NULL;
}

static gboolean
is_revoked (gpointer page)
{
  return !may_be_revoked (page);
}

/* An Enter too early gives nothing away; what is given for good is listed and can be taken back. */
static void
test_revoke (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *proxy
      = g_strdup_printf ("http://127.0.0.1:%u", chat_server_get_port (fixture->server));

  g_setenv ("https_proxy", proxy, TRUE);
  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, "https://model.example.org/v1", "5");
  captions_begin (fixture);
  ui_wait (captions_is_asked, NULL, "the question about consent");
  ui_wait (has_focus, ui_find (ui_find_question (), GTK_TYPE_BUTTON, "_Cancel"),
           "the keyboard to be on the answer that gives nothing");
  captions_answer_question ("_Always from This Project");
  ui_wait (was_sent, fixture->server, "the first request");
  g_unsetenv ("https_proxy");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_wait_until_running (fixture);
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");

  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "endpoints");
  ui_wait (may_be_revoked, fixture->page, "the host to be listed");
  ui_screenshot (fixture->window, "captions-allowed-light");
  captions_click (fixture, "_Revoke");
  ui_wait (is_revoked, fixture->page, "the host to go");
  ui_wait (says_local, fixture->window, "the header bar to say so");
  ui_wait (captions_can_begin, fixture->group, "the next job to be possible");
  captions_begin (fixture);
  captions_answer_question ("_Cancel"); /* it is asked again */
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  signal (SIGABRT, captions_kill_child);
  signal (SIGTRAP, captions_kill_child);
  g_test_add ("/captions/journey", CaptionsFixture, NULL, captions_set_up, test_journey,
              captions_tear_down);
  g_test_add ("/captions/form", CaptionsFixture, NULL, captions_set_up, test_form,
              captions_tear_down);
  g_test_add ("/captions/same-title", CaptionsFixture, NULL, captions_set_up, test_same_title,
              captions_tear_down);
  g_test_add ("/captions/empty", CaptionsFixture, NULL, captions_set_up, test_empty,
              captions_tear_down);
  g_test_add ("/captions/outlive", CaptionsFixture, NULL, captions_set_up, test_outlive,
              captions_tear_down);
  g_test_add ("/captions/limit", CaptionsFixture, NULL, captions_set_up, test_limit,
              captions_tear_down);
  g_test_add ("/captions/news", CaptionsFixture, NULL, captions_set_up, test_news,
              captions_tear_down);
  g_test_add ("/captions/consent", CaptionsFixture, NULL, captions_set_up, test_consent,
              captions_tear_down);
  g_test_add ("/captions/revoke", CaptionsFixture, NULL, captions_set_up, test_revoke,
              captions_tear_down);
  return g_test_run ();
}
