/* The Captions page in the real window: descriptions at one press; a whole job against a scripted
 * server, with pause, kill, resume, retry list and undo; a job that outlives its window; and
 * nothing that leaves the machine before somebody has allowed it. */
#include "guise-child-entry.h"
#include "net-fixture.h"
#include "guise-banner.h"
#include "guise-caption-consent.h"
#include "guise-caption-item-dialog.h"
#include "guise-caption-jobs-pane.h"
#include "guise-captions-page.h"
#include "guise-model-group.h"
#include "guise-offline-group.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* ---- the server ----------------------------------------------------------------------------- */

/* Answers as long as it is allowed to, and refuses some pictures. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint allowed; /* answers that may still be given */
  gboolean refuses;
} Model;

static void
allow (Model *model, guint n)
{
  g_mutex_lock (&model->lock);
  model->allowed = n;
  g_cond_broadcast (&model->changed);
  g_mutex_unlock (&model->lock);
}

/* Some pictures, the same ones at every try. */
static gboolean
is_refused (const ChatRequest *request)
{
  const char *picture = strstr (request->body, "base64,");
  const char *end = picture != NULL ? strchr (picture, '"') : NULL;
  g_autofree char *text = end != NULL ? g_strndup (picture, (gsize)(end - picture)) : NULL;

  return text != NULL && g_str_hash (text) % 4 == 1;
}

/* What the server says of everybody, as filters. */
#define PERSON "text ~ \"slim young woman with long brown hair\""
#define CLOTHING "text ~ \"red coat, blue jeans and white trainers\""

static char *
describe (void)
{
  return net_describe ("A slim young woman with long brown hair.",
                       "Wearing a red coat, blue jeans and white trainers.");
}

static void
answer (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  Model *model = data;
  gboolean refuses;

  g_mutex_lock (&model->lock);
  while (model->allowed == 0)
    g_cond_wait (&model->changed, &model->lock);
  model->allowed--;
  refuses = model->refuses;
  g_mutex_unlock (&model->lock);
  if (g_str_has_prefix (request->method, "CONNECT")) {
    reply->status = 502;
    reply->body = g_strdup ("no");
  } else if (refuses && is_refused (request)) {
    reply->body = chat_body ("I'm sorry, but I can't <b>describe</b> people in images.");
  } else {
    reply->body = describe ();
  }
}

/* ---- the window ----------------------------------------------------------------------------- */

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuisePage *page;
  GuiseOfflineGroup *offline;
  GuiseModelGroup *group;
  GuiseCaptionJobsPane *pane;
  ChatServer *server;
  Model model;
} Fixture;

static GtkWidget *
find (Fixture *fixture, const char *name)
{
  GtkWidget *widget = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_WIDGET, name);

  g_assert_nonnull (widget);
  return widget;
}

static gboolean
is_ready (gpointer data)
{
  Fixture *fixture = data;

  return gtk_widget_get_mapped (GTK_WIDGET (fixture->offline))
         && !guise_model_group_is_busy (fixture->group);
}

static void
open_page (Fixture *fixture)
{
  fixture->window = ui_open_window (fixture->folder);
  guise_window_show_page (fixture->window, "captions");
  fixture->page = guise_window_get_page (fixture->window, "captions");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "describe");
  fixture->offline = GUISE_OFFLINE_GROUP (find (fixture, "offline"));
  fixture->group = GUISE_MODEL_GROUP (find (fixture, "model"));
  fixture->pane = GUISE_CAPTION_JOBS_PANE (find (fixture, "jobs_pane"));
  ui_wait (is_ready, fixture, "the page to be ready");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_mutex_init (&fixture->model.lock);
  g_cond_init (&fixture->model.changed);
  fixture->server = net_model_new (answer, &fixture->model, 0);
  fixture->folder = ui_make_project ();
  open_page (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  allow (&fixture->model, G_MAXUINT);
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  chat_server_free (fixture->server);
  g_mutex_clear (&fixture->model.lock);
  g_cond_clear (&fixture->model.changed);
  g_free (fixture->folder);
}

static GuiseStore *
get_store (Fixture *fixture)
{
  return guise_project_get_store (guise_window_get_project (fixture->window));
}

static void
click (Fixture *fixture, const char *name)
{
  GtkWidget *button = find (fixture, name);

  g_assert_true (gtk_widget_get_visible (button));
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static guint
count_by (Fixture *fixture, const char *filter)
{
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (get_store (fixture), parsed, NULL, NULL);

  g_assert_nonnull (ids);
  return ids->len;
}

/* ---- at one press --------------------------------------------------------------------------- */

static gboolean
is_over (gpointer group)
{
  return !guise_offline_group_is_running (group);
}

typedef struct {
  Fixture *fixture;
  const char *filter;
  guint n;
} Count;

static gboolean
has_count (gpointer data)
{
  Count *count = data;

  return count_by (count->fixture, count->filter) == count->n;
}

static void
test_offline (Fixture *fixture, gconstpointer data)
{
  guint n_before = count_by (fixture, "kind = identity"), n_after;
  GtkWidget *result = find (fixture, "result_row");
  GuiseStoreCounts counts;

  g_assert_true (guise_store_get_counts (get_store (fixture), &counts, NULL));
  ui_screenshot (fixture->window, "captions-light");
  click (fixture, "describe_button");
  ui_wait (is_over, fixture->offline, "the pictures to be described");
  n_after = count_by (fixture, "kind = identity");
  g_assert_cmpuint (n_after, >, n_before);
  g_assert_cmpuint (n_after - n_before, <=, counts.n_images);
  g_assert_true (gtk_widget_get_visible (result));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (result)), "new"));
  ui_screenshot (fixture->window, "captions-described-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "captions-described-dark");
  ui_set_dark (FALSE);

  /* again: all of them are there */
  click (fixture, "describe_button");
  ui_wait (is_over, fixture->offline, "nothing to be described");
  g_assert_cmpuint (count_by (fixture, "kind = identity"), ==, n_after);

  g_action_group_activate_action (G_ACTION_GROUP (fixture->window), "undo", NULL);
  ui_wait (has_count, &(Count){ fixture, "kind = identity", n_before }, "the undo");
}

/* ---- jobs ----------------------------------------------------------------------------------- */

static void
type (Fixture *fixture, const char *row, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find (fixture, row)), text);
}

static gboolean
is_counted (gpointer group)
{
  return !guise_model_group_is_busy (group);
}

/* Fills the form in; the last endpoint is an address that is typed. */
static void
fill_form (Fixture *fixture, const char *address, const char *limit)
{
  AdwComboRow *row = ADW_COMBO_ROW (find (fixture, "endpoint_row"));

  adw_combo_row_set_selected (row, g_list_model_get_n_items (adw_combo_row_get_model (row)) - 1);
  type (fixture, "address_row", address);
  type (fixture, "model_row", "fake-vl");
  type (fixture, "limit_row", limit);
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
  g_assert_cmpstr (guise_model_group_get_problem (fixture->group), ==, NULL);
}

static gboolean
can_begin (gpointer group)
{
  return gtk_widget_is_sensitive (ui_find (group, GTK_TYPE_BUTTON, "start_button"));
}

static void
begin (Fixture *fixture)
{
  GtkWidget *button
      = ui_find (GTK_WIDGET (fixture->group), GTK_TYPE_BUTTON, "start_button");

  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

typedef struct {
  GuiseCaptionJobsPane *pane;
  const char *state;
} Wanted;

/* It is in the state, and what can be done about it is known. */
static gboolean
is_in_state (gpointer data)
{
  Wanted *wanted = data;
  GuiseCaptionEntry *entry = guise_caption_jobs_pane_get_current (wanted->pane);

  return entry != NULL && !guise_caption_jobs_pane_is_busy (wanted->pane)
         && strcmp (guise_caption_entry_get_state_name (entry), wanted->state) == 0
         && (guise_caption_entry_is_running (entry)
             || gtk_widget_is_sensitive (
                 ui_find (GTK_WIDGET (wanted->pane), GTK_TYPE_BUTTON, "resume_button")));
}

static void
wait_for_state (Fixture *fixture, const char *state)
{
  ui_wait (is_in_state, &(Wanted){ fixture->pane, state }, state);
}

static const GuiseCaptionJob *
get_job (Fixture *fixture)
{
  return guise_caption_entry_get_job (guise_caption_jobs_pane_get_current (fixture->pane));
}

static gboolean
has_some_done (gpointer data)
{
  Fixture *fixture = data;

  return get_job (fixture)->n_done > 0;
}

static gboolean
is_all_done (gpointer data)
{
  Fixture *fixture = data;

  return get_job (fixture)->n_done == get_job (fixture)->n_items;
}

static gboolean
is_being_asked (gpointer server)
{
  return chat_server_get_now (server) > 0;
}

/* A test that fails must not leave a job behind. */
static volatile sig_atomic_t child;

static void
kill_child (int number)
{
  if (child > 0)
    kill (child, SIGKILL);
  signal (number, SIG_DFL);
  raise (number);
}

static pid_t
find_child (Fixture *fixture)
{
  GListModel *jobs = guise_job_list_get_model (guise_window_get_jobs (fixture->window));
  g_autoptr (GuiseJobEntry) entry = g_list_model_get_item (jobs, 0);

  return guise_job_get_pid (guise_child_entry_get_job (GUISE_CHILD_ENTRY (entry)));
}

static void
wait_until_running (Fixture *fixture)
{
  wait_for_state (fixture, "Running");
  child = find_child (fixture);
}

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
look_at_refusal (Fixture *fixture)
{
  GtkListBox *items = GTK_LIST_BOX (find (fixture, "items"));
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
edit_one (Fixture *fixture)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse (PERSON, NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (get_store (fixture), filter, NULL, NULL);
  g_autoptr (GuiseCaption) caption = NULL;
  g_autoptr (GuiseImageRecord) image = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (ids->len, >, 0);
  caption = guise_store_get_caption (get_store (fixture), g_array_index (ids, gint64, 0), &error);
  g_assert_no_error (error);
  guise_store_edit_caption (get_store (fixture), caption->id, -1, "An old man with a beard.",
                            &error);
  g_assert_no_error (error);
  image = guise_store_get_image (get_store (fixture), caption->image_id, &error);
  g_assert_no_error (error);
  return g_strdup (image->path);
}

static gboolean
is_undone (gpointer data)
{
  Fixture *fixture = data;

  return gtk_widget_get_visible (find (fixture, "undone_box"));
}

static gboolean
shows_one (gpointer window)
{
  GuiseLibraryPage *library = ui_get_library (window);

  return !guise_library_page_is_busy (library) && guise_library_page_get_n_shown (library) == 1;
}

static void
undo_and_look (Fixture *fixture)
{
  g_autofree char *path = edit_one (fixture);
  const char *sentence;

  click (fixture, "undo_button");
  ui_wait (is_undone, fixture, "the undo of the job");
  sentence = gtk_label_get_text (GTK_LABEL (find (fixture, "undone")));
  g_assert_nonnull (strstr (sentence, path));
  g_assert_nonnull (strstr (sentence, "1 stays"));
  g_assert_cmpuint (count_by (fixture, PERSON), ==, 0);
  g_assert_cmpuint (count_by (fixture, CLOTHING), ==, 0);
  g_assert_cmpuint (count_by (fixture, "text ~ beard state = edited"), ==, 1);
  ui_screenshot (fixture->window, "captions-undone-light");
  click (fixture, "show_button");
  ui_wait (shows_one, fixture->window, "the picture that stays in the library");
}

static void
test_journey (Fixture *fixture, gconstpointer data)
{
  const guint n_images = 16;
  GuiseCaptionEntry *entry;
  guint n_bad;

  fixture->model.refuses = TRUE;
  fill_form (fixture, chat_server_get_url (fixture->server), "16");
  g_assert_nonnull (strstr (
      adw_preferences_row_get_title (ADW_PREFERENCES_ROW (find (fixture, "estimate_row"))),
      "16 pictures · time not measured · tokens not measured · cost not measured"));
  begin (fixture);
  g_assert_null (ui_find_question ()); /* it is this machine */
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_until_running (fixture);
  g_assert_cmpuint (get_job (fixture)->n_items, ==, n_images);

  /* some answers, which come into the project while the job runs; then a pause */
  allow (&fixture->model, 6);
  ui_wait (has_some_done, fixture, "some pictures to be described");
  g_assert_cmpuint (count_by (fixture, PERSON), >, 0);
  ui_screenshot (fixture->window, "captions-running-light");
  click (fixture, "pause_button");
  allow (&fixture->model, 6);
  wait_for_state (fixture, "Paused");
  g_assert_cmpuint (get_job (fixture)->n_open, >, 0);

  /* killed at the worst moment: questions are out */
  allow (&fixture->model, 0);
  click (fixture, "resume_button");
  wait_until_running (fixture);
  ui_wait (is_being_asked, fixture->server, "a question");
  kill (find_child (fixture), SIGKILL);
  wait_for_state (fixture, "Interrupted");
  g_assert_true (guise_banner_get_revealed (
      GUISE_BANNER (ui_find (GTK_WIDGET (fixture->window), GUISE_TYPE_BANNER, "banner"))));
  ui_screenshot (fixture->window, "captions-interrupted-light");

  click (fixture, "resume_button");
  allow (&fixture->model, G_MAXUINT);
  wait_for_state (fixture, "Done");
  g_assert_cmpuint (guise_job_list_count_active (guise_window_get_jobs (fixture->window)), ==, 0);
  entry = guise_caption_jobs_pane_get_current (fixture->pane);
  n_bad = guise_caption_entry_get_n_unusable (entry);
  g_assert_cmpuint (n_bad, >, 0);
  g_assert_cmpuint (get_job (fixture)->n_refused, ==, n_bad);
  g_assert_cmpuint (get_job (fixture)->n_done, ==, n_images - n_bad);
  g_assert_cmpuint (guise_caption_jobs_pane_get_n_items (fixture->pane), ==, n_bad);
  ui_screenshot (fixture->window, "captions-jobs-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "captions-jobs-dark");
  ui_set_dark (FALSE);
  look_at_refusal (fixture);

  /* the model has become friendlier */
  fixture->model.refuses = FALSE;
  click (fixture, "retry_button");
  ui_wait (is_all_done, fixture, "the refused pictures to be described");
  wait_for_state (fixture, "Done");
  g_assert_cmpuint (guise_caption_jobs_pane_get_n_items (fixture->pane), ==, 0);

  undo_and_look (fixture);
}

/* What cannot be begun says why, and cannot be. */
static void
assert_problem (Fixture *fixture, const char *part)
{
  ui_wait (is_counted, fixture->group, "the form to be read");
  g_assert_nonnull (guise_model_group_get_problem (fixture->group));
  g_assert_nonnull (strstr (guise_model_group_get_problem (fixture->group), part));
  g_assert_false (can_begin (fixture->group));
}

static void
test_form (Fixture *fixture, gconstpointer data)
{
  fill_form (fixture, chat_server_get_url (fixture->server), "");
  g_assert_true (can_begin (fixture->group));
  type (fixture, "filter_row", "colour = red");
  assert_problem (fixture, "colour");
  type (fixture, "filter_row", "split = nowhere");
  assert_problem (fixture, "nowhere");
  type (fixture, "filter_row", "split = test");
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
  g_assert_cmpstr (guise_model_group_get_problem (fixture->group), ==, NULL);
  type (fixture, "limit_row", "0");
  assert_problem (fixture, "above zero");
  type (fixture, "limit_row", "3");
  type (fixture, "cost_row", "0,5"); /* as some languages write it */
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
  g_assert_true (can_begin (fixture->group));
  type (fixture, "cost_row", "much");
  assert_problem (fixture, "above zero");
  type (fixture, "cost_row", "");
  type (fixture, "address_row", "http://192.0.2.1/v1"); /* not this machine, and not encrypted */
  assert_problem (fixture, "192.0.2.1");
  type (fixture, "address_row", "");
  assert_problem (fixture, "where the model is asked");
  g_assert_cmpuint (chat_server_get_n_connections (fixture->server), ==, 0);
}

/* Two profiles of one title: which is meant is known by its file, and shown by its host. */
static char *
write_profile (const char *name, const char *url)
{
  g_autofree char *folder
      = g_build_filename (g_get_user_config_dir (), "guise", "endpoints", NULL);
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *text = g_strdup_printf (
      "{\"name\":\"%s\",\"title\":\"Own server\",\"url\":\"%s\",\"model\":\"fake-vl\","
      "\"auth\":\"none\"}",
      name, url);
  char *path = g_build_filename (folder, file, NULL);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
refresh_choices (Fixture *fixture)
{
  guise_model_group_refresh (fixture->group);
  ui_wait (is_counted, fixture->group, "the profiles to be listed");
}

static const char *
get_host (Fixture *fixture)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (find (fixture, "endpoint_row")));
}

static void
choose (Fixture *fixture, const char *name)
{
  guise_model_group_choose (fixture->group, name, "fake-vl", "");
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
}

static void
test_same_title (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = write_profile ("own-server", "http://127.0.0.1:1001/v1");
  g_autofree char *other = write_profile ("own-server-2", "http://127.0.0.1:1002/v1");
  AdwComboRow *row = ADW_COMBO_ROW (find (fixture, "endpoint_row"));

  refresh_choices (fixture);
  choose (fixture, "own-server");
  refresh_choices (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1001");
  choose (fixture, "own-server-2");
  refresh_choices (fixture);
  g_assert_cmpstr (get_host (fixture), ==, "127.0.0.1:1002");
  g_assert_true (can_begin (fixture->group));

  /* the model of one is no model of another */
  adw_combo_row_set_selected (
      row, g_list_model_get_n_items (adw_combo_row_get_model (row)) - 1);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (find (fixture, "model_row"))), ==, "");
  choose (fixture, "own-server-2");

  /* one that is gone is not replaced by another */
  g_assert_cmpint (g_unlink (other), ==, 0);
  refresh_choices (fixture);
  assert_problem (fixture, "“Own server” is gone");
  g_assert_cmpstr (get_host (fixture), ==, "");
  choose (fixture, "own-server");
  g_assert_true (can_begin (fixture->group));
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
test_empty (Fixture *fixture, gconstpointer data)
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
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

static gboolean
are_given (gpointer data)
{
  Model *model = data;
  gboolean given;

  g_mutex_lock (&model->lock);
  given = model->allowed == 0;
  g_mutex_unlock (&model->lock);
  return given;
}

static gboolean
has_some_stored (gpointer fixture)
{
  return count_by (fixture, PERSON) > 0;
}

static void
test_outlive (Fixture *fixture, gconstpointer data)
{
  gpointer window = fixture->window;

  fill_form (fixture, chat_server_get_url (fixture->server), "4");
  begin (fixture);
  wait_until_running (fixture);
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Keep Running");
  ui_wait (is_null, &window, "the window to go");

  /* nobody may write the project while these come */
  allow (&fixture->model, 2);
  ui_wait (are_given, &fixture->model, "two answers without a window");
  open_page (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_for_state (fixture, "Running");
  ui_wait (has_some_stored, fixture, "these answers to come into the project");
  g_assert_cmpuint (get_job (fixture)->n_open, >, 0);
  allow (&fixture->model, G_MAXUINT);
  wait_for_state (fixture, "Done");
  g_assert_cmpuint (get_job (fixture)->n_done, ==, 4);
  g_assert_cmpuint (count_by (fixture, PERSON), >, 0);
}

static gboolean
is_at_limit (gpointer data)
{
  Fixture *fixture = data;
  GtkWidget *button = find (fixture, "raise_button");

  return gtk_widget_get_visible (button) && gtk_widget_is_sensitive (button);
}

/* A job that used its limit up is given another one where it stands, and goes on. */
static void
test_limit (Fixture *fixture, gconstpointer data)
{
  GtkSpinButton *tokens;

  allow (&fixture->model, G_MAXUINT);
  fill_form (fixture, chat_server_get_url (fixture->server), "4");
  type (fixture, "tokens_row", "500"); /* less than a question may take */
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
  begin (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_for_state (fixture, "Stopped");
  ui_wait (is_at_limit, fixture, "the limit to be offered");
  g_assert_cmpuint (get_job (fixture)->n_done, ==, 0);
  g_assert_false (gtk_widget_get_visible (find (fixture, "resume_button"))); /* to stop at once */
  ui_screenshot (fixture->window, "captions-limit-light");
  gtk_menu_button_popup (GTK_MENU_BUTTON (find (fixture, "raise_button")));
  tokens = GTK_SPIN_BUTTON (find (fixture, "token_limit"));
  g_assert_cmpfloat (gtk_spin_button_get_value (tokens), ==, 1000);
  gtk_spin_button_set_value (tokens, 0);
  gtk_widget_grab_focus (find (fixture, "go_on_button")); /* as a press would */
  click (fixture, "go_on_button");
  wait_for_state (fixture, "Done");
  g_assert_cmpuint (get_job (fixture)->n_done, ==, 4);
  g_assert_false (gtk_widget_get_visible (find (fixture, "raise_button")));
}

static gboolean
has_nothing_left (gpointer data)
{
  Fixture *fixture = data;
  AdwPreferencesRow *row = ADW_PREFERENCES_ROW (find (fixture, "estimate_row"));

  return is_counted (fixture->group)
         && g_str_has_prefix (adw_preferences_row_get_title (row), "0 pictures");
}

static gboolean
has_statistics (gpointer page)
{
  return ui_find (page, GTK_TYPE_LABEL, "This version") != NULL;
}

/* What a job did is known at its end: to the next estimate and to the prompts. */
static void
test_news (Fixture *fixture, gconstpointer data)
{
  allow (&fixture->model, G_MAXUINT);
  fill_form (fixture, chat_server_get_url (fixture->server), "");
  type (fixture, "filter_row", "split = test");
  ui_wait (is_counted, fixture->group, "the pictures to be counted");
  g_assert_false (has_nothing_left (fixture));
  g_assert_false (has_statistics (fixture->page));
  begin (fixture);
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_for_state (fixture, "Done");
  ui_wait (has_nothing_left, fixture, "the estimate to be made anew");
  ui_wait (has_statistics, fixture->page, "the statistics of the prompt");
}

/* ---- consent -------------------------------------------------------------------------------- */

static gboolean
is_asked (gpointer data)
{
  return ui_find_question () != NULL;
}

static void
answer_question (const char *label)
{
  GtkWidget *question, *button;

  ui_wait (is_asked, NULL, "the question about consent");
  question = ui_find_question ();
  button = ui_find (question, GTK_TYPE_BUTTON, label);
  g_assert_nonnull (button);
  g_object_add_weak_pointer (G_OBJECT (question), (gpointer *)&question);
  g_signal_emit_by_name (button, "clicked");
  ui_wait (is_null, &question, "the question to go");
}

typedef struct {
  Fixture *fixture;
  const char *part;
} Setting;

static gboolean
is_kept (gpointer data)
{
  Setting *setting = data;
  g_autofree char *key = guise_caption_consent_dup_key ("model.example.org");
  g_autofree char *value = guise_store_get_setting (get_store (setting->fixture), key, NULL);

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
test_consent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *proxy
      = g_strdup_printf ("http://127.0.0.1:%u", chat_server_get_port (fixture->server));
  g_autofree char *db = g_build_filename (fixture->folder, "captions.db", NULL);

  g_setenv ("https_proxy", proxy, TRUE);
  allow (&fixture->model, G_MAXUINT);
  fill_form (fixture, "https://model.example.org/v1", "5");

  begin (fixture);
  ui_wait (is_asked, NULL, "the question about consent");
  ui_screenshot_of (ui_find_question (), "captions-consent-light");
  g_assert_nonnull (strstr (adw_message_dialog_get_heading (
                                ADW_MESSAGE_DIALOG (ui_find_question ())),
                            "model.example.org"));
  g_assert_nonnull (
      strstr (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (ui_find_question ())), "5 pict"));
  answer_question ("_Cancel");
  ui_wait (can_begin, fixture->group, "the refusal to arrive");

  begin (fixture);
  answer_question ("_Never from This Project");
  ui_wait (is_kept, &(Setting){ fixture, "\"never\"" }, "the answer to be kept");
  ui_wait (can_begin, fixture->group, "the refusal to arrive");
  begin (fixture);
  answer_question ("_Close"); /* is told, not asked */
  ui_wait (can_begin, fixture->group, "the refusal to arrive");
  g_assert_cmpuint (chat_server_get_n_connections (fixture->server), ==, 0);
  g_assert_false (g_file_test (db, G_FILE_TEST_EXISTS));
  g_assert_true (says_local (fixture->window));

  begin (fixture);
  answer_question ("C_hange…");
  answer_question ("This _Time Only");
  ui_wait (was_sent, fixture->server, "the first request");
  g_assert_cmpstr (chat_server_get_request (fixture->server, 1)->method, ==, "CONNECT");
  g_assert_true (is_kept (&(Setting){ fixture, "\"run\"" }));
  ui_wait (says_host, fixture->window, "the header bar to name the host");
  g_unsetenv ("https_proxy");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_until_running (fixture);
  click (fixture, "stop_button");
  wait_for_state (fixture, "Stopped");
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
test_revoke (Fixture *fixture, gconstpointer data)
{
  g_autofree char *proxy
      = g_strdup_printf ("http://127.0.0.1:%u", chat_server_get_port (fixture->server));

  g_setenv ("https_proxy", proxy, TRUE);
  allow (&fixture->model, G_MAXUINT);
  fill_form (fixture, "https://model.example.org/v1", "5");
  begin (fixture);
  ui_wait (is_asked, NULL, "the question about consent");
  ui_wait (has_focus, ui_find (ui_find_question (), GTK_TYPE_BUTTON, "_Cancel"),
           "the keyboard to be on the answer that gives nothing");
  answer_question ("_Always from This Project");
  ui_wait (was_sent, fixture->server, "the first request");
  g_unsetenv ("https_proxy");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  wait_until_running (fixture);
  click (fixture, "stop_button");
  wait_for_state (fixture, "Stopped");

  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "endpoints");
  ui_wait (may_be_revoked, fixture->page, "the host to be listed");
  ui_screenshot (fixture->window, "captions-allowed-light");
  click (fixture, "_Revoke");
  ui_wait (is_revoked, fixture->page, "the host to go");
  ui_wait (says_local, fixture->window, "the header bar to say so");
  ui_wait (can_begin, fixture->group, "the next job to be possible");
  begin (fixture);
  answer_question ("_Cancel"); /* it is asked again */
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  signal (SIGABRT, kill_child);
  signal (SIGTRAP, kill_child);
  g_test_add ("/captions/offline", Fixture, NULL, set_up, test_offline, tear_down);
  g_test_add ("/captions/journey", Fixture, NULL, set_up, test_journey, tear_down);
  g_test_add ("/captions/form", Fixture, NULL, set_up, test_form, tear_down);
  g_test_add ("/captions/same-title", Fixture, NULL, set_up, test_same_title, tear_down);
  g_test_add ("/captions/empty", Fixture, NULL, set_up, test_empty, tear_down);
  g_test_add ("/captions/outlive", Fixture, NULL, set_up, test_outlive, tear_down);
  g_test_add ("/captions/limit", Fixture, NULL, set_up, test_limit, tear_down);
  g_test_add ("/captions/news", Fixture, NULL, set_up, test_news, tear_down);
  g_test_add ("/captions/consent", Fixture, NULL, set_up, test_consent, tear_down);
  g_test_add ("/captions/revoke", Fixture, NULL, set_up, test_revoke, tear_down);
  return g_test_run ();
}
