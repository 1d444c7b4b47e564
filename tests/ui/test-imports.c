/* Importing through the window, from the folder over what it would bring to the project: impatient
 * clicks, closing, stopping and killing at each of its steps. */
#include "guise-banner.h"
#include "guise-job.h"
#include "guise-settings.h"
#include "guise-welcome-page.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define N_CLICKS 20

typedef struct {
  GuiseWindow *window;
  GuiseWelcomePage *welcome;
  GtkWidget *door, *preview, *bar, *report;
  char *dataset;  /* the folder */
  char *projects; /* where new projects are made */
  char *target;   /* the one of this data set */
  GuiseJob *job;  /* the last that was started */
  guint n_jobs;
  char *guisectl; /* the real one, while a stand-in plays it */
} Import;

static void
job_started (GuiseWelcomePage *welcome, const char *name, GuiseJob *job, Import *import)
{
  g_set_object (&import->job, job);
  import->n_jobs++;
}

/* dataset is taken over. */
static void
set_up (Import *import, char *dataset)
{
  g_autofree char *name = g_path_get_basename (dataset);
  GtkWidget *window;

  import->window = ui_open_window (NULL);
  window = GTK_WIDGET (import->window);
  import->welcome = GUISE_WELCOME_PAGE (ui_find (window, GUISE_TYPE_WELCOME_PAGE, NULL));
  import->door = ui_find (window, GTK_TYPE_BUTTON, "import_door");
  import->preview = ui_find (window, ADW_TYPE_BIN, "preview");
  import->bar = ui_find (window, GTK_TYPE_PROGRESS_BAR, "work_bar");
  import->report = ui_find (window, ADW_TYPE_STATUS_PAGE, "report");
  import->dataset = dataset;
  import->projects = g_build_filename (g_get_user_data_dir (), "guise", "projects", NULL);
  import->target = g_build_filename (import->projects, name, NULL);
  g_signal_connect (import->welcome, "job", G_CALLBACK (job_started), import);
}

static void
put (Import *import, const char *name)
{
  g_autofree char *path = g_build_filename (import->dataset, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "", 0, &error);
  g_assert_no_error (error);
}

/* A data set for the stand-in of guisectl, which waits at each step until it is let go on. */
static void
set_up_held (Import *import)
{
  g_autofree char *fake = g_test_build_filename (G_TEST_DIST, "support", "fake-guisectl", NULL);

  set_up (import, g_dir_make_tmp ("guise-held-XXXXXX", NULL));
  import->guisectl = g_strdup (g_getenv ("GUISE_CTL"));
  g_setenv ("GUISE_CTL", fake, TRUE);
  put (import, "wait");
}

/* Eight painted people; each test has a name of its own, and so a project. */
static void
set_up_painted (Import *import, const char *name)
{
  g_autofree char *made = ui_make_project (), *parent = g_path_get_dirname (made);
  g_autofree char *painted = g_build_filename (made, "Painted people", NULL);
  char *dataset = g_build_filename (parent, name, NULL);

  g_assert_cmpint (g_rename (painted, dataset), ==, 0);
  set_up (import, dataset);
}

/* The window has been closed. */
static void
tear_down (Import *import)
{
  if (import->guisectl != NULL)
    g_setenv ("GUISE_CTL", import->guisectl, TRUE);
  g_clear_object (&import->job);
  g_free (import->guisectl);
  g_free (import->target);
  g_free (import->projects);
  g_free (import->dataset);
}

static void
let_go_on (Import *import)
{
  g_autofree char *path = g_build_filename (import->dataset, "wait", NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* How many processes the stand-in was. */
static guint
count_started (Import *import)
{
  g_autofree char *path = g_build_filename (import->dataset, "started", NULL), *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", -1);
  return g_strv_length (lines) - 1;
}

/* Of the project and of its parts. */
static guint
count_made (Import *import)
{
  g_autofree char *name = g_path_get_basename (import->target);

  return ui_count_named (import->projects, name);
}

static gboolean
is_made (gpointer import)
{
  return count_made (import) > 0;
}

static gboolean
is_at_doors (gpointer data)
{
  return gtk_widget_get_mapped (((Import *)data)->door);
}

static gboolean
has_preview (gpointer data)
{
  return gtk_widget_get_mapped (((Import *)data)->preview);
}

static gboolean
has_report (gpointer data)
{
  return gtk_widget_get_mapped (((Import *)data)->report);
}

static gboolean
is_read (gpointer data)
{
  return is_at_doors (data) || has_preview (data);
}

static gboolean
is_stored (gpointer data)
{
  return is_at_doors (data) || has_report (data);
}

static gboolean
has_told (gpointer data)
{
  GuiseJob *job = ((Import *)data)->job;

  return job != NULL && guise_job_get_total (job) > 0;
}

static void
wait_for_preview (Import *import)
{
  guise_welcome_page_start_import (import->welcome, import->dataset);
  ui_wait (has_preview, import, "what the import would bring");
}

/* The process has left, and been waited for. */
static void
assert_no_process (int pid)
{
  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (kill (pid, 0), ==, -1);
}

/* ---- U01: impatient clicks ------------------------------------------------------------------ */

static void
click (GtkWidget *root, const char *label)
{
  GtkWidget *button = ui_find (root, GTK_TYPE_BUTTON, label);

  g_assert_nonnull (button);
  for (guint i = 0; i < N_CLICKS; i++)
    if (gtk_widget_is_sensitive (button)) /* as a pointer can */
      g_signal_emit_by_name (button, "clicked");
  g_assert_false (gtk_widget_is_sensitive (button));
}

/* Twenty of everything: one reading, one import, one stop; a button that was pressed, and whatever
 * is on its way out with it, is insensitive. */
static void
test_storm (void)
{
  Import import = { 0 };
  GtkWidget *page;

  set_up_held (&import);
  page = GTK_WIDGET (import.welcome);
  for (guint i = 0; i < N_CLICKS; i++)
    guise_welcome_page_start_import (import.welcome, import.dataset);
  ui_wait (has_told, &import, "the reading");
  g_assert_false (gtk_widget_is_sensitive (import.door));
  let_go_on (&import);
  ui_wait (has_preview, &import, "what the import would bring");
  g_assert_cmpuint (count_started (&import), ==, 1);
  put (&import, "wait");
  click (import.preview, "_Import");
  g_assert_false (
      gtk_widget_is_sensitive (ui_find (import.preview, GTK_TYPE_BUTTON, "_Cancel")));
  ui_wait (is_made, &import, "the import to begin");
  for (guint i = 0; i < N_CLICKS; i++) {
    guise_welcome_page_start_import (import.welcome, import.dataset);
    guise_welcome_page_confirm_import (import.welcome);
    gtk_widget_activate_action (page, "welcome.cancel-import", NULL);
  }
  g_assert_true (guise_job_is_active (import.job));
  g_assert_true (gtk_widget_get_mapped (import.bar));
  click (gtk_widget_get_parent (import.bar), "_Cancel");
  ui_wait (is_at_doors, &import, "the doors again");
  g_assert_cmpuint (count_made (&import), ==, 0);
  guise_welcome_page_confirm_import (import.welcome); /* too late */
  g_assert_cmpuint (import.n_jobs, ==, 2);
  g_assert_cmpuint (count_started (&import), ==, 2);
  ui_close_window (import.window);
  tear_down (&import);
}

/* Twenty clicks on Cancel where nothing was stored yet, and on Import when all is. */
static void
test_once_stored (void)
{
  Import import = { 0 };

  set_up_painted (&import, "Clicked people");
  wait_for_preview (&import);
  click (import.preview, "_Cancel");
  ui_wait (is_at_doors, &import, "the doors again");
  g_assert_cmpuint (count_made (&import), ==, 0);
  wait_for_preview (&import);
  click (import.preview, "_Import");
  ui_wait (has_report, &import, "the report");
  click (import.preview, "_Import");
  guise_welcome_page_confirm_import (import.welcome);
  g_assert_cmpuint (import.n_jobs, ==, 3); /* read twice, stored once */
  g_assert_cmpuint (count_made (&import), ==, 1);
  click (import.report, "_Open the Project");
  ui_wait_for_library (import.window);
  ui_close_window (import.window);
  tear_down (&import);
}

/* ---- U02: the window closes ----------------------------------------------------------------- */

static void
check_question (Import *import, const char *begins)
{
  g_autofree char *name = g_path_get_basename (import->dataset);
  g_autofree char *heading = g_strdup_printf ("Still running: %s “%s”", begins, name);
  GtkWidget *question;

  gtk_window_close (GTK_WINDOW (import->window));
  gtk_window_close (GTK_WINDOW (import->window));
  question = ui_find_question ();
  g_assert_nonnull (question);
  g_assert_cmpstr (adw_message_dialog_get_heading (ADW_MESSAGE_DIALOG (question)), ==, heading);
  ui_answer_close (import->window, "_Cancel");
  g_assert_true (guise_job_is_active (import->job));
}

/* While the folder is read: asked, stays, goes on. With nothing but a preview: not asked. */
static void
test_close_while_reading (void)
{
  Import import = { 0 };

  set_up_held (&import);
  guise_welcome_page_start_import (import.welcome, import.dataset);
  ui_wait (has_told, &import, "the reading");
  check_question (&import, "Reading");
  let_go_on (&import);
  ui_wait (has_preview, &import, "what the import would bring");
  ui_close_window (import.window);
  g_assert_cmpuint (count_made (&import), ==, 0);
  tear_down (&import);
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* While it is stored: asked, stays; then it is kept running, and the window goes with it. */
static void
test_keep_running (void)
{
  Import import = { 0 };
  gpointer gone;
  g_auto (GStrv) recent = NULL;

  set_up_held (&import);
  let_go_on (&import);
  wait_for_preview (&import);
  put (&import, "wait");
  guise_welcome_page_confirm_import (import.welcome);
  ui_wait (is_made, &import, "the import to begin");
  check_question (&import, "Importing");
  gone = import.window;
  g_object_add_weak_pointer (gone, &gone);
  ui_answer_close (import.window, "_Keep Running");
  g_assert_false (g_file_test (import.target, G_FILE_TEST_EXISTS));
  let_go_on (&import);
  ui_wait (is_null, &gone, "the window to go with the import");
  g_assert_true (g_file_test (import.target, G_FILE_TEST_IS_DIR));
  g_assert_cmpuint (count_made (&import), ==, 1);
  recent = guise_settings_dup_recent ();
  g_assert_true (g_strv_contains ((const char *const *)recent, import.target));
  tear_down (&import);
}

/* Stopped with the window: when it has gone, nothing is there of the project or the process. */
static void
test_stop_at_close (void)
{
  for (guint storing = 0; storing < 2; storing++) {
    Import import = { 0 };
    int pid;

    set_up_held (&import);
    if (storing) {
      let_go_on (&import);
      wait_for_preview (&import);
      put (&import, "wait");
      guise_welcome_page_confirm_import (import.welcome);
      ui_wait (is_made, &import, "the import to begin");
    } else {
      guise_welcome_page_start_import (import.welcome, import.dataset);
      ui_wait (has_told, &import, "the reading");
    }
    pid = guise_job_get_pid (import.job);
    ui_stop_and_close_window (import.window);
    g_assert_cmpuint (count_made (&import), ==, 0);
    assert_no_process (pid);
    tear_down (&import);
  }
}

/* ---- U05: stopped and killed in every phase ------------------------------------------------- */

/* All or nothing: stops or kills the process that runs when it has told its n-th word. */
static void
interrupt (Import *import, guint n, UiCondition ended, gboolean by_force)
{
  int pid = guise_job_get_pid (import->job);

  g_assert_cmpint (pid, >, 0);
  ui_wait_for_phase (import->bar, n, ended, import);
  if (by_force)
    kill (pid, SIGKILL); /* as the kernel does when there is no memory */
  else
    guise_welcome_page_stop (import->welcome);
  ui_wait (ended, import, "the work to stop");
  assert_no_process (pid);
  g_assert_false (is_at_doors (import) && g_file_test (import->target, G_FILE_TEST_EXISTS));
}

static void
interrupt_reading (Import *import, gboolean by_force)
{
  guint n = 0;

  do {
    guise_welcome_page_start_import (import->welcome, import->dataset);
    interrupt (import, n++, is_read, by_force);
    g_assert_cmpuint (count_made (import), ==, 0);
  } while (!has_preview (import));
  g_assert_cmpuint (n, >, 1);
}

static guint
count_images (Import *import)
{
  g_autoptr (GuiseProject) project = ui_open_elsewhere (import->target);
  g_autoptr (GError) error = NULL;
  GuiseStoreCounts counts;

  guise_store_get_counts (guise_project_get_store (project), &counts, &error);
  g_assert_no_error (error);
  guise_project_close (project);
  return (guint)counts.n_images;
}

static void
interrupt_storing (Import *import, gboolean by_force)
{
  guint n = 0;

  for (;;) {
    guise_welcome_page_confirm_import (import->welcome);
    interrupt (import, n++, is_stored, by_force);
    if (has_report (import))
      break;
    if (!by_force) /* who is asked to leave clears up */
      g_assert_cmpuint (count_made (import), ==, 0);
    wait_for_preview (import);
  }
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpuint (count_made (import), ==, 1);
  g_assert_cmpuint (count_images (import), >, 30);
}

/* Stopped after its first word, its second … until it comes to its end: there is nothing, or a
 * project with everything. */
static void
test_stopped (void)
{
  Import import = { 0 };

  set_up_painted (&import, "Stopped people");
  interrupt_reading (&import, FALSE);
  interrupt_storing (&import, FALSE);
  gtk_widget_activate_action (GTK_WIDGET (import.welcome), "welcome.open-result", NULL);
  ui_wait_for_library (import.window);
  ui_close_window (import.window);
  tear_down (&import);
}

/* The same with a process that is killed: a sentence, and the next attempt clears up after it. */
static void
test_killed (void)
{
  Import import = { 0 };
  GuiseBanner *banner;

  set_up_painted (&import, "Killed people");
  banner = GUISE_BANNER (ui_find (GTK_WIDGET (import.welcome), GUISE_TYPE_BANNER, NULL));
  guise_welcome_page_start_import (import.welcome, import.dataset);
  interrupt (&import, 0, is_read, TRUE);
  g_assert_true (guise_banner_get_revealed (banner));
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), "could not be imported"));
  interrupt_reading (&import, TRUE);
  interrupt_storing (&import, TRUE);
  ui_close_window (import.window);
  tear_down (&import);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/imports/u01-storm", test_storm);
  g_test_add_func ("/imports/u01-once-stored", test_once_stored);
  g_test_add_func ("/imports/u02-reading", test_close_while_reading);
  g_test_add_func ("/imports/u02-keep-running", test_keep_running);
  g_test_add_func ("/imports/u02-u05-stop-at-close", test_stop_at_close);
  g_test_add_func ("/imports/u05-stopped", test_stopped);
  g_test_add_func ("/imports/u05-killed", test_killed);
  return g_test_run ();
}
