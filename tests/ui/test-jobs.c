/* The jobs of the window: how fast they are, the button with its popover, and what a window that is
 * closed meanwhile asks. A stand-in for guisectl plays the jobs. */
#include "guise-child-entry.h"
#include "guise-job-list.h"
#include "guise-job-pace.h"
#include "guise-job-row.h"
#include "guise-jobs-button.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECOND G_USEC_PER_SEC

static void
test_pace (void)
{
  GuiseJobPace pace = { 0 };

  g_assert_cmpfloat (guise_job_pace_get_rate (&pace), ==, 0);
  g_assert_cmpfloat (guise_job_pace_get_seconds_left (&pace), <, 0);
  g_assert_cmpfloat (guise_job_pace_get_fraction (&pace), <, 0);
  guise_job_pace_add (&pace, 100, 400, 10 * SECOND);
  g_assert_cmpfloat (guise_job_pace_get_rate (&pace), ==, 0); /* one point is no speed */
  guise_job_pace_add (&pace, 200, 400, 20 * SECOND);
  g_assert_cmpfloat_with_epsilon (guise_job_pace_get_rate (&pace), 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (guise_job_pace_get_seconds_left (&pace), 20, 1e-9);
  g_assert_cmpfloat_with_epsilon (guise_job_pace_get_fraction (&pace), 0.5, 1e-9);
  guise_job_pace_add (&pace, 1, 50, 21 * SECOND); /* another phase */
  g_assert_cmpfloat (guise_job_pace_get_seconds_left (&pace), <, 0);
  guise_job_pace_add (&pace, 3, 50, 22 * SECOND);
  g_assert_cmpfloat_with_epsilon (guise_job_pace_get_rate (&pace), 2, 1e-9);
  guise_job_pace_add (&pace, 2, 50, 23 * SECOND); /* begun again */
  g_assert_cmpfloat (guise_job_pace_get_rate (&pace), ==, 0);
  guise_job_pace_add (&pace, 5, 0, 24 * SECOND);
  g_assert_cmpfloat (guise_job_pace_get_fraction (&pace), <, 0);
}

/* ---- jobs that a test plays ----------------------------------------------------------------- */

static char *
get_signal_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("guise-jobs-XXXXXX", NULL);

  return g_build_filename (folder, "go on", NULL);
}

/* subject: what the job is about, NULL = nothing that another one could be about too. */
static GuiseJob *
start_about (GuiseWindow *window, const char *subject, const char *name, const char *part,
             const char *file, GuiseJobFlags flags)
{
  g_autofree char *fake = g_test_build_filename (G_TEST_DIST, "support", "fake-guisectl", NULL);
  g_autofree char *before = g_strdup (g_getenv ("GUISE_CTL"));
  g_autoptr (GuiseJob) job = guise_job_new ((const char *[]){ part, file, NULL }, flags);
  g_autoptr (GuiseJobEntry) entry = guise_child_entry_new (name, job);
  g_autoptr (GError) error = NULL;

  g_setenv ("GUISE_CTL", fake, TRUE);
  guise_job_start (job, &error);
  g_assert_no_error (error);
  g_setenv ("GUISE_CTL", before, TRUE);
  guise_job_entry_set_subject (entry, subject);
  guise_job_list_add_entry (guise_window_get_jobs (window), entry);
  return job; /* the list keeps it */
}

static GuiseJob *
start (GuiseWindow *window, const char *name, const char *part, const char *file,
       GuiseJobFlags flags)
{
  return start_about (window, NULL, name, part, file, flags);
}

static gboolean
has_progress (gpointer job)
{
  return guise_job_get_total (job) == 12;
}

static gboolean
has_ended (gpointer job)
{
  return !guise_job_is_active (job);
}

static void
let_go_on (const char *file)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (file, "", 0, &error);
  g_assert_no_error (error);
}

static GtkWidget *
get_button (GuiseWindow *window)
{
  return ui_find (GTK_WIDGET (window), GUISE_TYPE_JOBS_BUTTON, NULL);
}

static GtkWidget *
get_row (GuiseWindow *window)
{
  return ui_find (get_button (window), GUISE_TYPE_JOB_ROW, NULL);
}

static const char *
get_text (GtkWidget *row, const char *name)
{
  return gtk_label_get_text (GTK_LABEL (ui_find (row, GTK_TYPE_LABEL, name)));
}

static guint
count_rows (GuiseWindow *window)
{
  return g_list_model_get_n_items (guise_job_list_get_model (guise_window_get_jobs (window)));
}

/* Progress, then stopped from the popover: it leaves the list by itself. */
static void
test_popover (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *file = get_signal_file ();
  g_autoptr (GuiseJob) job
      = g_object_ref (start (window, "Making <b>&", "until", file, GUISE_JOB_DEFAULT));
  GtkWidget *menu_button = ui_find (get_button (window), GTK_TYPE_MENU_BUTTON, NULL);
  GtkWidget *row;

  ui_wait (has_progress, job, "the job's first progress");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.jobs", NULL);
  ui_settle (window, 4);
  row = get_row (window);
  g_assert_true (gtk_widget_get_mapped (row));
  g_assert_cmpstr (get_text (row, "name"), ==, "Making <b>&");
  g_assert_cmpstr (get_text (row, "status"), ==, "3 of 12");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (menu_button),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "1 job is running, 25 %");
  ui_screenshot_of (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (menu_button))),
                    "jobs-running");
  gtk_widget_activate_action (row, "job.stop", NULL);
  g_assert_cmpstr (get_text (row, "status"), ==, "Stopping…");
  g_assert_false (
      gtk_widget_get_sensitive (ui_find (row, GTK_TYPE_BUTTON, "stop_button")));
  ui_wait (has_ended, job, "the job to stop");
  g_assert_cmpuint (count_rows (window), ==, 0);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (menu_button),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Jobs");
  ui_close_window (window);
}

/* A failure stays with its details until it is dismissed. */
static void
test_failure (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseJob *job = start (window, "Reading", "failing", NULL, GUISE_JOB_DEFAULT);
  GtkWidget *row, *details;

  ui_wait (has_ended, job, "the job to fail");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.jobs", NULL);
  ui_settle (window, 4);
  row = get_row (window);
  details = ui_find (row, GTK_TYPE_BUTTON, "details_button");
  g_assert_cmpstr (get_text (row, "status"), ==, "Failed");
  g_assert_true (gtk_widget_get_mapped (details));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (details), TRUE);
  g_assert_nonnull (strstr (get_text (row, "details"), "no such folder"));
  ui_settle (window, 4);
  ui_screenshot_of (gtk_widget_get_ancestor (row, GTK_TYPE_POPOVER), "jobs-failed");
  gtk_widget_activate_action (row, "job.dismiss", NULL);
  g_assert_cmpuint (count_rows (window), ==, 0);
  ui_close_window (window);
}

/* What is gone on with is no failure any more; another one stays. */
static void
test_again (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseJobList *list = guise_window_get_jobs (window);

  ui_wait (has_ended, start_about (window, "a", "First", "failing", NULL, GUISE_JOB_DEFAULT),
           "a job to fail");
  ui_wait (has_ended, start_about (window, "b", "Second", "failing", NULL, GUISE_JOB_DEFAULT),
           "another to fail");
  g_assert_cmpuint (guise_job_list_count_failed (list), ==, 2);
  ui_wait (has_ended, start_about (window, "a", "First", "good", NULL, GUISE_JOB_DEFAULT),
           "the first to end well");
  g_assert_cmpuint (guise_job_list_count_failed (list), ==, 1);
  g_assert_cmpuint (count_rows (window), ==, 2);
  ui_close_window (window);
}

static void
test_kept (void)
{
  GuiseWindow *window = ui_open_window (NULL);

  for (guint i = 0; i < 12; i++)
    ui_wait (has_ended, start (window, "Short", "good", NULL, GUISE_JOB_DEFAULT), "a job to end");
  start (window, "One more", "good", NULL, GUISE_JOB_DEFAULT);
  g_assert_cmpuint (count_rows (window), ==, 11);
  while (guise_job_list_count_active (guise_window_get_jobs (window)) > 0)
    g_main_context_iteration (NULL, TRUE);
  ui_close_window (window);
}

/* ---- closing -------------------------------------------------------------------------------- */

/* Asked once, however often the window is closed; "Cancel" leaves everything as it is. */
static void
test_close_cancel (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *file = get_signal_file ();
  GuiseJob *job = start (window, "Importing <i>&", "until", file, GUISE_JOB_DEFAULT);
  GtkWidget *question;

  gtk_window_close (GTK_WINDOW (window));
  gtk_window_close (GTK_WINDOW (window));
  question = ui_find_question ();
  g_assert_nonnull (question);
  g_assert_cmpstr (adw_message_dialog_get_heading (ADW_MESSAGE_DIALOG (question)), ==,
                   "Still running: Importing <i>&");
  g_assert_false (adw_message_dialog_get_heading_use_markup (ADW_MESSAGE_DIALOG (question)));
  g_assert_false (adw_message_dialog_get_body_use_markup (ADW_MESSAGE_DIALOG (question)));
  ui_settle (window, 4);
  ui_screenshot_of (question, "close-question");
  ui_answer_close (window, "_Cancel");
  g_assert_null (ui_find_question ());
  g_assert_true (guise_job_is_active (job));
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (window)));
  ui_stop_and_close_window (window);
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

static gboolean
is_hidden (gpointer window)
{
  return !gtk_widget_get_visible (window);
}

/* "Keep running": the window hides, and goes when the job that would die with it has ended. */
static void
test_close_keep (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *file = get_signal_file ();
  g_autoptr (GuiseJob) job
      = g_object_ref (start (window, "Importing", "until", file, GUISE_JOB_DEFAULT));
  gpointer gone = window;

  g_object_add_weak_pointer (gone, &gone);
  ui_answer_close (window, "_Keep Running");
  ui_wait (is_hidden, window, "the window to hide");
  g_assert_true (guise_job_is_active (job));
  gtk_window_present (GTK_WINDOW (window)); /* asked for again: it stays */
  let_go_on (file);
  ui_wait (has_ended, job, "the job to end");
  ui_settle (window, 4);
  g_assert_nonnull (gone);

  g_unlink (file);
  g_set_object (&job, start (window, "Importing", "until", file, GUISE_JOB_DEFAULT));
  ui_answer_close (window, "_Keep Running");
  let_go_on (file);
  ui_wait (is_null, &gone, "the window to go with its job");
  g_assert_cmpint (guise_job_get_state (job), ==, GUISE_JOB_DONE);
}

/* One question for several jobs, which names them; "Stop safely" stops them all. */
static void
test_close_stop (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *file = get_signal_file ();
  g_autoptr (GuiseJob) first
      = g_object_ref (start (window, "Importing <i>", "until", file, GUISE_JOB_DEFAULT));
  g_autoptr (GuiseJob) second
      = g_object_ref (start (window, "Training &", "until", file, GUISE_JOB_OUTLIVE));
  const char *body;

  gtk_window_close (GTK_WINDOW (window));
  body = adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (ui_find_question ()));
  g_assert_nonnull (strstr (body, "Importing <i>\n"));
  g_assert_nonnull (strstr (body, "Training &\n"));
  g_assert_nonnull (strstr (body, "checkpoint"));
  ui_stop_and_close_window (window);
  ui_wait (has_ended, first, "the import to stop");
  ui_wait (has_ended, second, "the training to stop");
  g_assert_cmpint (guise_job_get_state (second), ==, GUISE_JOB_CANCELLED);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/jobs/pace", test_pace);
  g_test_add_func ("/jobs/popover", test_popover);
  g_test_add_func ("/jobs/failure", test_failure);
  g_test_add_func ("/jobs/again", test_again);
  g_test_add_func ("/jobs/kept", test_kept);
  g_test_add_func ("/jobs/u02-close-cancel", test_close_cancel);
  g_test_add_func ("/jobs/u02-close-keep", test_close_keep);
  g_test_add_func ("/jobs/u02-close-stop", test_close_stop);
  return g_test_run ();
}
