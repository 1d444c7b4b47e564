/* Caption jobs as the window shows them: how they begin, how they end and what is said of it, who
 * may begin another, and the list of them. */
#include "captions-fixture.h"
#include "guise-banner.h"
#include "guise-caption-job-entry.h"
#include "guise-trial-pane.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* ---- what is said --------------------------------------------------------------------------- */

static GuiseBanner *
get_banner (CaptionsFixture *fixture)
{
  return GUISE_BANNER (ui_find (GTK_WIDGET (fixture->window), GUISE_TYPE_BANNER, "banner"));
}

static gboolean
is_told (gpointer fixture)
{
  return guise_banner_get_revealed (get_banner (fixture));
}

static void
assert_told (CaptionsFixture *fixture, const char *words)
{
  ui_wait (is_told, fixture, "the banner");
  if (strstr (guise_banner_get_sentence (get_banner (fixture)), words) == NULL)
    g_error ("'%s' is not in '%s'", words, guise_banner_get_sentence (get_banner (fixture)));
}

static const char *
get_shown (CaptionsFixture *fixture)
{
  return gtk_stack_get_visible_child_name (GTK_STACK (captions_find (fixture, "panes")));
}

static void
begin_at (CaptionsFixture *fixture, const char *url)
{
  captions_fill_form (fixture, url, "3");
  captions_begin (fixture);
}

/* ---- how they end --------------------------------------------------------------------------- */

static void
lock_out (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->status = 401;
  reply->body = g_strdup ("{\"error\":{\"message\":\"no such key\"}}");
}

/* Names colours that the test picture does not have. */
static void
see_nothing (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body ("{\"left\":null,\"right\":null,\"digit\":null}");
}

static void
refuse (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body ("I'm sorry, but I can't describe people in images.");
}

static void
test_key (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (ChatServer) server = chat_server_new (lock_out, NULL, NULL, 0);

  begin_at (fixture, chat_server_get_url (server));
  assert_told (fixture, "The caption job cannot go on: the key is not accepted by '127.0.0.1");
  captions_wait_for_state (fixture, "Blocked");
  ui_screenshot (fixture->window, "captions-key-light");
}

static void
test_blind (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (ChatServer) server = chat_server_new (see_nothing, NULL, NULL, 0);

  begin_at (fixture, chat_server_get_url (server));
  assert_told (fixture, "The caption job cannot go on: the model does not see its pictures");
  captions_wait_for_state (fixture, "Blocked");
  /* what the test picture took is spent, although no picture has an answer */
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (captions_find (fixture, "figures"))),
                            "\n120 tokens · "));
}

static void
test_refused (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (ChatServer) server = net_model_new (refuse, NULL, 0);

  begin_at (fixture, chat_server_get_url (server));
  assert_told (fixture, "The model refused to describe all 3 pictures");
}

static void
test_limit (CaptionsFixture *fixture, gconstpointer data)
{
  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "3");
  captions_type (fixture, "tokens_row", "500"); /* less than a question may take */
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  captions_begin (fixture);
  assert_told (fixture, "The caption job stopped at its limit: the next question could go beyond");
}

static gboolean
has_toast (gpointer data)
{
  CaptionsFixture *fixture = data;

  return ui_find (GTK_WIDGET (fixture->window), GTK_TYPE_LABEL, "3 pictures described") != NULL;
}

static gboolean
was_stopped (gpointer data)
{
  CaptionsFixture *fixture = data;

  return ui_find (GTK_WIDGET (fixture->window), GTK_TYPE_LABEL,
                  "The caption job was stopped: 0 of 3 described")
         != NULL;
}

/* What needs nobody passes: the end, and a stop that somebody asked for. */
static void
test_passing (CaptionsFixture *fixture, gconstpointer data)
{
  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  captions_click (fixture, "stop_button");
  ui_wait (was_stopped, fixture, "the message about the stop");
  captions_wait_for_state (fixture, "Stopped");
  captions_allow (&fixture->model, G_MAXUINT);
  captions_click (fixture, "resume_button");
  ui_wait (has_toast, fixture, "the message about the end");
  g_assert_false (is_told (fixture));
}

static void
ask_for_patience (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->status = 503;
  reply->body = g_strdup ("{\"error\":{\"message\":\"try again later\"}}");
}

static gboolean
says_that_it_waits (gpointer reason)
{
  const char *text = gtk_label_get_text (reason);

  return gtk_widget_get_visible (reason) && g_str_has_prefix (text, "Waiting, ")
         && strstr (text, " s left: no answer from '127.0.0.1:") != NULL;
}

/* Why nothing happens stands with the running job. */
static void
test_waiting (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (ChatServer) server = net_model_new (ask_for_patience, NULL, 0);

  begin_at (fixture, chat_server_get_url (server));
  captions_wait_until_running (fixture);
  ui_wait (says_that_it_waits, captions_find (fixture, "reason"), "the reason of the wait");
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");
  g_assert_false (gtk_widget_get_visible (captions_find (fixture, "reason")));
}

static void
test_killed (CaptionsFixture *fixture, gconstpointer data)
{
  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  kill (captions_find_child (fixture), SIGKILL);
  assert_told (fixture, "The caption job was cut short, because its process was ended");
}

/* A profile that was changed since the form read it: nobody agreed to where it leads now. */
static void
test_moved (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *path = captions_write_profile ("moved", "http://127.0.0.1:1001/v1");
  g_autofree char *again = NULL;

  captions_refresh_choices (fixture);
  guise_model_group_choose (fixture->group, "moved", "fake-vl", "");
  ui_wait (captions_is_counted, fixture->group, "the pictures to be counted");
  again = captions_write_profile ("moved", chat_server_get_url (fixture->server));
  captions_begin (fixture);
  assert_told (fixture, "The caption job failed: cannot ask 'moved'");
  assert_told (fixture, "and not at '127.0.0.1:1001', which was agreed to");
  g_assert_cmpuint (chat_server_get_n_connections (fixture->server), ==, 0);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* ---- how they begin ------------------------------------------------------------------------- */

/* What was begun is looked at, at once, and nothing else can be begun. */
static void
test_launched (CaptionsFixture *fixture, gconstpointer data)
{
  GtkWidget *trial = ui_find (GTK_WIDGET (fixture->page), GUISE_TYPE_TRIAL_PANE, NULL);
  GtkWidget *row = captions_find (fixture, "estimate_row");

  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  g_assert_cmpstr (get_shown (fixture), ==, "jobs");
  g_assert_false (gtk_widget_get_visible (captions_find (fixture, "starting")));
  g_assert_nonnull (gtk_window_get_focus (GTK_WINDOW (fixture->window)));
  ui_wait (captions_is_counted, fixture->group, "the form to be read");
  g_assert_false (captions_can_begin (fixture->group));
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)),
                            "A caption job is running"));
  g_assert_nonnull (ui_find (trial, GTK_TYPE_LABEL,
                             "A caption job is running. A trial can be made when it has ended or "
                             "is paused."));
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "trial");
  ui_settle (fixture->window, 2);
  g_assert_false (gtk_widget_is_sensitive (ui_find (trial, GTK_TYPE_BUTTON, "_Try Both")));
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");
  ui_wait (captions_can_begin, fixture->group, "the next job to be possible");
  g_assert_null (ui_find (trial, GTK_TYPE_LABEL,
                          "A caption job is running. A trial can be made when it has ended or is "
                          "paused."));
}

static gboolean
trial_is_idle (gpointer trial)
{
  return !guise_trial_pane_is_busy (trial);
}

/* And no job beside a trial. */
static void
test_trial_first (CaptionsFixture *fixture, gconstpointer data)
{
  g_autofree char *path
      = captions_write_profile ("tried", chat_server_get_url (fixture->server));
  GuiseTrialPane *trial = GUISE_TRIAL_PANE (
      ui_find (GTK_WIDGET (fixture->page), GUISE_TYPE_TRIAL_PANE, NULL));

  captions_fill_form (fixture, chat_server_get_url (fixture->server), "3");
  g_assert_true (captions_can_begin (fixture->group));
  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "trial");
  ui_wait (trial_is_idle, trial, "the choices");
  guise_trial_pane_choose (trial, 0, "tried", "one", "descriptions");
  guise_trial_pane_choose (trial, 1, "tried", "two", "descriptions");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (trial), "trial.start", NULL));
  ui_wait (captions_is_being_asked, fixture->server, "a question");
  g_assert_false (captions_can_begin (fixture->group));
  gtk_widget_activate_action (GTK_WIDGET (trial), "trial.cancel", NULL);
  ui_wait (trial_is_idle, trial, "the trial to end");
  ui_wait (captions_can_begin, fixture->group, "a job to be possible again");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* ---- the list ------------------------------------------------------------------------------- */

static GtkListBoxRow *
get_first_row (CaptionsFixture *fixture)
{
  GtkWidget *list = ui_find (GTK_WIDGET (fixture->pane), GTK_TYPE_LIST_BOX, "list");

  return gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0);
}

static gboolean
is_empty (gpointer fixture)
{
  return get_first_row (fixture) == NULL;
}

static void
refuse_to_remove (CaptionsFixture *fixture)
{
  captions_click (fixture, "remove_button");
  captions_answer_question ("_Cancel");
  g_assert_false (is_empty (fixture));
}

/* A job has a date, and leaves the list; what it made stays, and going on puts it back. */
static void
test_list (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *day = g_date_time_format (now, "%x");
  const char *date;

  captions_allow (&fixture->model, 2);
  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  g_assert_false (gtk_widget_get_visible (captions_find (fixture, "remove_button")));
  ui_wait (captions_has_some_done, fixture, "a picture to be described");
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");
  date = gtk_label_get_text (g_object_get_data (G_OBJECT (get_first_row (fixture)), "date"));
  g_assert_true (g_str_has_prefix (date, day));
  refuse_to_remove (fixture);
  captions_click (fixture, "remove_button");
  captions_answer_question ("_Remove");
  ui_wait (is_empty, fixture, "the job to leave the list");
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_PERSON), >, 0);

  /* the same job begun again goes on */
  captions_allow (&fixture->model, G_MAXUINT);
  ui_wait (captions_can_begin, fixture->group, "the next job to be possible");
  captions_begin (fixture);
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (captions_get_job (fixture)->n_done, ==, 3);
  g_assert_cmpint (captions_get_job (fixture)->id, ==, 1);
}

static gboolean
is_first_looked_at (gpointer data)
{
  CaptionsFixture *fixture = data;

  return captions_get_job (fixture)->id == 1;
}

/* The one that goes on is looked at, not the one that was begun last. */
static void
test_older (CaptionsFixture *fixture, gconstpointer data)
{
  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  captions_click (fixture, "stop_button");
  captions_wait_for_state (fixture, "Stopped");
  ui_wait (captions_can_begin, fixture->group, "the next job to be possible");
  captions_allow (&fixture->model, G_MAXUINT);
  captions_fill_form (fixture, chat_server_get_url (fixture->server), "2");
  captions_begin (fixture);
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpint (captions_get_job (fixture)->id, ==, 2);
  ui_wait (captions_can_begin, fixture->group, "the first job to be possible again");
  begin_at (fixture, chat_server_get_url (fixture->server));
  ui_wait (is_first_looked_at, fixture, "the first job to be looked at");
  captions_wait_for_state (fixture, "Done");
}

/* ---- those of the command -------------------------------------------------------------------- */

/* option: one more, or NULL. */
static GSubprocess *
run_command (CaptionsFixture *fixture, const char *option)
{
  GError *error = NULL;
  GSubprocess *process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
      g_getenv ("GUISECTL"), "--project", fixture->folder, "caption", "--endpoint",
      chat_server_get_url (fixture->server), "--model", "fake-vl", "--limit", "3", option, NULL);

  g_assert_no_error (error);
  return process;
}

/* They are seen as they begin, followed, and what they make comes into the project. */
static void
test_outside (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) process = NULL;

  guise_captions_page_show_pane (GUISE_CAPTIONS_PAGE (fixture->page), "jobs");
  process = run_command (fixture, NULL);
  captions_wait_for_state (fixture, "Running");
  captions_allow (&fixture->model, G_MAXUINT);
  captions_wait_for_state (fixture, "Done");
  g_assert_cmpuint (captions_count_by (fixture, CAPTIONS_PERSON), ==, 3);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
}

static gboolean
has_an_obstacle (gpointer row)
{
  return strstr (adw_action_row_get_subtitle (row), "A caption job is running") != NULL;
}

/* A trial that has the lock is not the job that was interrupted before. */
static void
test_beside_trial (CaptionsFixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocess) process = NULL;

  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  kill (captions_find_child (fixture), SIGKILL);
  captions_wait_for_state (fixture, "Interrupted");
  ui_wait (captions_can_begin, fixture->group, "the next job to be possible");
  process = run_command (fixture, "--trial");
  ui_wait (has_an_obstacle, captions_find (fixture, "estimate_row"), "the trial to be seen");
  g_assert_cmpstr (guise_caption_entry_get_state_name (
                       guise_caption_jobs_pane_get_current (fixture->pane)),
                   ==, "Interrupted");
  g_assert_false (gtk_widget_get_visible (captions_find (fixture, "stop_button")));
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
}

/* ---- those of earlier windows --------------------------------------------------------------- */

static GuiseJobEntry *
find_watched (CaptionsFixture *fixture)
{
  GListModel *jobs = guise_job_list_get_model (guise_window_get_jobs (fixture->window));
  g_autoptr (GuiseJobEntry) entry = g_list_model_get_item (jobs, 0);

  return GUISE_IS_CAPTION_JOB_ENTRY (entry) ? entry : NULL; /* the list keeps it */
}

static gboolean
is_watched (gpointer fixture)
{
  return find_watched (fixture) != NULL;
}

static gboolean
is_not_watched (gpointer fixture)
{
  return find_watched (fixture) == NULL;
}

/* A job that runs on is among the next window's jobs, and can be stopped there. */
static void
test_watched (CaptionsFixture *fixture, gconstpointer data)
{
  gpointer window = fixture->window;
  GuiseJobEntry *entry;

  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Keep Running");
  ui_wait (captions_is_null, &window, "the window to go");
  captions_open_page (fixture);
  ui_wait (is_watched, fixture, "the job to be among the window's");
  entry = find_watched (fixture);
  g_assert_cmpint (guise_job_entry_get_state (entry), ==, GUISE_JOB_RUNNING);
  g_assert_nonnull (strstr (guise_job_entry_get_name (entry), "fake-vl"));
  g_assert_cmpuint (guise_job_list_count_active (guise_window_get_jobs (fixture->window)), ==, 1);
  guise_job_entry_stop (entry);
  ui_wait (is_not_watched, fixture, "the job to be stopped");
  captions_wait_for_state (fixture, "Stopped");
}

/* One that is killed is said to be, whoever started it. */
static void
test_watched_killed (CaptionsFixture *fixture, gconstpointer data)
{
  gpointer window = fixture->window;
  pid_t child;

  begin_at (fixture, chat_server_get_url (fixture->server));
  captions_wait_until_running (fixture);
  child = captions_find_child (fixture);
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Keep Running");
  ui_wait (captions_is_null, &window, "the window to go");
  captions_open_page (fixture);
  ui_wait (is_watched, fixture, "the job to be among the window's");
  kill (child, SIGKILL);
  assert_told (fixture, "The caption job was cut short, because its process was ended");
  g_assert_cmpint (guise_job_entry_get_state (find_watched (fixture)), ==, GUISE_JOB_FAILED);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  signal (SIGABRT, captions_kill_child);
  signal (SIGTRAP, captions_kill_child);
#define ADD(name, test)                                                            \
  g_test_add ("/caption-jobs/" name, CaptionsFixture, NULL, captions_set_up, test, \
              captions_tear_down)
  ADD ("key", test_key);
  ADD ("blind", test_blind);
  ADD ("refused", test_refused);
  ADD ("limit", test_limit);
  ADD ("passing", test_passing);
  ADD ("killed", test_killed);
  ADD ("waiting", test_waiting);
  ADD ("moved", test_moved);
  ADD ("launched", test_launched);
  ADD ("trial-first", test_trial_first);
  ADD ("list", test_list);
  ADD ("older", test_older);
  ADD ("outside", test_outside);
  ADD ("beside-trial", test_beside_trial);
  ADD ("watched", test_watched);
  ADD ("watched-killed", test_watched_killed);
#undef ADD
  return g_test_run ();
}
