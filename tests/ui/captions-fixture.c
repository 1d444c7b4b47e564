#include "captions-fixture.h"

#include "guise-child-entry.h"

#include <signal.h>
#include <string.h>

/* ---- the server ----------------------------------------------------------------------------- */

void
captions_allow (CaptionsModel *model, guint n)
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

static char *
describe (void)
{
  return net_describe ("A slim young woman with long brown hair.",
                       "Wearing a red coat, blue jeans and white trainers.");
}

static void
answer (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  CaptionsModel *model = data;
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

GtkWidget *
captions_find (CaptionsFixture *fixture, const char *name)
{
  GtkWidget *widget = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_WIDGET, name);

  g_assert_nonnull (widget);
  return widget;
}

static gboolean
is_ready (gpointer data)
{
  CaptionsFixture *fixture = data;

  return gtk_widget_get_mapped (GTK_WIDGET (fixture->offline))
         && !guise_model_group_is_busy (fixture->group);
}

void
captions_open_page (CaptionsFixture *fixture)
{
  fixture->window = ui_open_window (fixture->folder);
  guise_window_show_page (fixture->window, "captions");
  fixture->page = guise_window_get_page (fixture->window, "captions");
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "describe");
  fixture->offline = GUISE_OFFLINE_GROUP (captions_find (fixture, "offline"));
  fixture->group = GUISE_MODEL_GROUP (captions_find (fixture, "model"));
  fixture->pane = GUISE_CAPTION_JOBS_PANE (captions_find (fixture, "jobs_pane"));
  ui_wait (is_ready, fixture, "the page to be ready");
}

void
captions_set_up (CaptionsFixture *fixture, gconstpointer data)
{
  g_mutex_init (&fixture->model.lock);
  g_cond_init (&fixture->model.changed);
  fixture->server = net_model_new (answer, &fixture->model, 0);
  fixture->folder = ui_make_project ();
  captions_open_page (fixture);
}

void
captions_tear_down (CaptionsFixture *fixture, gconstpointer data)
{
  captions_allow (&fixture->model, G_MAXUINT);
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  chat_server_free (fixture->server);
  g_mutex_clear (&fixture->model.lock);
  g_cond_clear (&fixture->model.changed);
  g_free (fixture->folder);
}

GuiseStore *
captions_get_store (CaptionsFixture *fixture)
{
  return guise_project_get_store (guise_window_get_project (fixture->window));
}

void
captions_click (CaptionsFixture *fixture, const char *name)
{
  GtkWidget *button = captions_find (fixture, name);

  g_assert_true (gtk_widget_get_visible (button));
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

guint
captions_count_by (CaptionsFixture *fixture, const char *filter)
{
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, NULL);
  g_autoptr (GArray) ids
      = guise_store_find_captions (captions_get_store (fixture), parsed, NULL, NULL);

  g_assert_nonnull (ids);
  return ids->len;
}

gboolean
captions_has_count (gpointer data)
{
  CaptionsCount *count = data;

  return captions_count_by (count->fixture, count->filter) == count->n;
}

/* ---- jobs ---- */

void
captions_type (CaptionsFixture *fixture, const char *row, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (captions_find (fixture, row)), text);
}

gboolean
captions_is_counted (gpointer group)
{
  return !guise_model_group_is_busy (group);
}

void
captions_fill_form (CaptionsFixture *fixture, const char *address, const char *limit)
{
  AdwComboRow *row = ADW_COMBO_ROW (captions_find (fixture, "endpoint_row"));

  adw_combo_row_set_selected (row, g_list_model_get_n_items (adw_combo_row_get_model (row)) - 1);
  captions_type (fixture, "address_row", address);
  captions_type (fixture, "model_row", "fake-vl");
  captions_type (fixture, "limit_row", limit);
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  g_assert_cmpstr (guise_model_group_get_problem (fixture->group), ==, NULL);
}

gboolean
captions_can_begin (gpointer group)
{
  return gtk_widget_is_sensitive (ui_find (group, GTK_TYPE_BUTTON, "start_button"));
}

void
captions_begin (CaptionsFixture *fixture)
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

void
captions_wait_for_state (CaptionsFixture *fixture, const char *state)
{
  ui_wait (is_in_state, &(Wanted){ fixture->pane, state }, state);
}

const GuiseCaptionJob *
captions_get_job (CaptionsFixture *fixture)
{
  return guise_caption_entry_get_job (guise_caption_jobs_pane_get_current (fixture->pane));
}

gboolean
captions_has_some_done (gpointer data)
{
  CaptionsFixture *fixture = data;

  return captions_get_job (fixture)->n_done > 0;
}

gboolean
captions_is_all_done (gpointer data)
{
  CaptionsFixture *fixture = data;

  return captions_get_job (fixture)->n_done == captions_get_job (fixture)->n_items;
}

gboolean
captions_is_being_asked (gpointer server)
{
  return chat_server_get_now (server) > 0;
}

static volatile sig_atomic_t child;

void
captions_kill_child (int number)
{
  if (child > 0)
    kill (child, SIGKILL);
  signal (number, SIG_DFL);
  raise (number);
}

pid_t
captions_find_child (CaptionsFixture *fixture)
{
  GListModel *jobs = guise_job_list_get_model (guise_window_get_jobs (fixture->window));
  g_autoptr (GuiseJobEntry) entry = g_list_model_get_item (jobs, 0);

  return guise_job_get_pid (guise_child_entry_get_job (GUISE_CHILD_ENTRY (entry)));
}

void
captions_wait_until_running (CaptionsFixture *fixture)
{
  captions_wait_for_state (fixture, "Running");
  child = captions_find_child (fixture);
}

gboolean
captions_is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

gboolean
captions_are_given (gpointer data)
{
  CaptionsModel *model = data;
  gboolean given;

  g_mutex_lock (&model->lock);
  given = model->allowed == 0;
  g_mutex_unlock (&model->lock);
  return given;
}

/* Two profiles of one title: which is meant is known by its file, and shown by its host. */
char *
captions_write_profile (const char *name, const char *url)
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

void
captions_refresh_choices (CaptionsFixture *fixture)
{
  guise_model_group_refresh (fixture->group);
  ui_wait (captions_is_counted, fixture->group, "the profiles to be listed");
}

/* ---- questions ---- */

gboolean
captions_is_asked (gpointer data)
{
  return ui_find_question () != NULL;
}

void
captions_answer_question (const char *label)
{
  GtkWidget *question, *button;

  ui_wait (captions_is_asked, NULL, "the question about consent");
  question = ui_find_question ();
  button = ui_find (question, GTK_TYPE_BUTTON, label);
  g_assert_nonnull (button);
  g_object_add_weak_pointer (G_OBJECT (question), (gpointer *)&question);
  g_signal_emit_by_name (button, "clicked");
  ui_wait (captions_is_null, &question, "the question to go");
}
