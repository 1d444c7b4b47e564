/* A training that another process runs, as one does that was kept running when its window closed: a
 * new window shows it among the jobs and can stop it. Its figures are played through the files of a
 * run, with the lock that a trainer holds; stopping is tried with a real trainer. */
#include "guise-job-row.h"
#include "guise-jobs-button.h"
#include "guise-run-process.h"
#include "guise-train-page.h"
#include "temp-folder.h"
#include "ui-fixture.h"
#include "ui-trained.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- a trainer that a test plays ------------------------------------------------------------ */

typedef struct {
  char *project;
  char *folder; /* of the run "played" */
  GString *lines;
  int lock;
  GuiseWindow *window;
} Played;

static void
put_info (Played *played, GuiseRunState state, const char *error)
{
  const GuiseRunInfo info = {
    .name = (char *)"played",
    .preset = (char *)"tiny",
    .state = state,
    .error = (char *)error,
    .started = 1,
    .n_steps = 400,
    .splits = (char *)"train",
    .data = (char *)"",
    .version = (char *)"",
    .blas_core = (char *)"",
    .n_threads = 1,
  };
  g_autoptr (GError) local = NULL;

  guise_run_info_save (&info, played->folder, &local);
  g_assert_no_error (local);
}

static void
put_line (Played *played, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (played->lines, format, args);
  va_end (args);
  g_string_append_c (played->lines, '\n');
  temp_folder_put (played->folder, "metrics.jsonl", played->lines->str, -1);
}

/* Half a second each. */
static void
put_steps (Played *played, guint first, guint last)
{
  for (guint step = first; step <= last; step += 10)
    put_line (played,
              "{\"event\":\"step\",\"step\":%u,\"steps\":400,\"loss\":{\"info\":1.5},\"batch\":8,"
              "\"images_per_s\":16.0}",
              step);
}

static void
set_up (Played *played, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  played->project = ui_make_project ();
  played->folder = g_build_filename (played->project, "runs", "played", NULL);
  played->lines = g_string_new (NULL);
  put_steps (played, 10, 40);
  put_info (played, GUISE_RUN_RUNNING, NULL);
  played->lock = guise_run_lock (played->folder, &error);
  g_assert_no_error (error);
  played->window = ui_open_window (played->project);
}

static void
let_go (Played *played)
{
  if (played->lock >= 0)
    close (played->lock);
  played->lock = -1;
}

static void
tear_down (Played *played, gconstpointer data)
{
  let_go (played);
  if (played->window != NULL)
    ui_close_window (played->window);
  temp_folder_remove (played->folder);
  g_string_free (played->lines, TRUE);
  g_free (played->folder);
  g_free (played->project);
}

/* ---- helpers -------------------------------------------------------------------------------- */

/* The only job of the window. */
static GuiseJobEntry *
get_entry (GuiseWindow *window)
{
  GListModel *model = guise_job_list_get_model (guise_window_get_jobs (window));
  g_autoptr (GuiseJobEntry) entry = g_list_model_get_item (model, 0);

  g_assert_cmpuint (g_list_model_get_n_items (model), <=, 1);
  return entry; /* the list keeps it */
}

static gboolean
has_entry (gpointer window)
{
  return get_entry (window) != NULL;
}

static gboolean
has_no_entry (gpointer window)
{
  return get_entry (window) == NULL;
}

typedef struct {
  GuiseWindow *window;
  const char *status;
} Said;

static gboolean
is_said (gpointer data)
{
  Said *said = data;
  GuiseJobEntry *entry = get_entry (said->window);
  g_autofree char *status = entry != NULL ? guise_job_entry_create_status (entry) : NULL;

  return g_strcmp0 (status, said->status) == 0;
}

static void
wait_for_status (GuiseWindow *window, const char *status)
{
  ui_wait (is_said, &(Said){ window, status }, status);
}

static GtkWidget *
open_jobs (GuiseWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.jobs", NULL);
  ui_settle (window, 4);
  return ui_find (ui_find (GTK_WIDGET (window), GUISE_TYPE_JOBS_BUTTON, NULL), GUISE_TYPE_JOB_ROW,
                  NULL);
}

static const char *
get_text (GtkWidget *row, const char *name)
{
  return gtk_label_get_text (GTK_LABEL (ui_find (row, GTK_TYPE_LABEL, name)));
}

static GuiseTrainPage *
show_train_page (GuiseWindow *window)
{
  guise_window_show_page (window, "train");
  return GUISE_TRAIN_PAGE (guise_window_get_page (window, "train"));
}

static gboolean
has_curves (gpointer page)
{
  GuiseTrainRun *run = guise_train_page_get_current (page);

  return run != NULL && guise_train_run_get_curves (run) != NULL;
}

static char *
get_log (GuiseTrainPage *page)
{
  GtkWidget *view = ui_find (GTK_WIDGET (guise_train_page_get_pane (page)), GTK_TYPE_TEXT_VIEW,
                             NULL);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

typedef struct {
  GuiseTrainPage *page;
  const char *log;
} Logged;

static gboolean
is_logged (gpointer data)
{
  Logged *logged = data;
  g_autofree char *log = get_log (logged->page);

  return strcmp (log, logged->log) == 0;
}

/* ---- figures -------------------------------------------------------------------------------- */

/* In Jobs whatever page is shown, once, also when the project is opened again. */
static void
test_jobs (Played *played, gconstpointer data)
{
  GuiseWindow *window = played->window;
  GtkWidget *button = ui_find (GTK_WIDGET (window), GUISE_TYPE_JOBS_BUTTON, NULL);
  GtkWidget *row;

  ui_wait (has_entry, window, "the training among the jobs");
  wait_for_status (window, "40 of 400 · 2.0 a second · 3 min left");
  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (ui_find (button, GTK_TYPE_MENU_BUTTON, NULL)),
      GTK_ACCESSIBLE_PROPERTY_LABEL, "1 job is running, 10 %");
  put_steps (played, 50, 200);
  wait_for_status (window, "200 of 400 · 2.0 a second · 2 min left");
  row = open_jobs (window);
  g_assert_cmpstr (get_text (row, "name"), ==, "Training “played”");
  g_assert_cmpstr (get_text (row, "status"), ==, "200 of 400 · 2.0 a second · 2 min left");
  g_assert_true (gtk_widget_get_sensitive (ui_find (row, GTK_TYPE_BUTTON, "stop_button")));
  ui_screenshot_of (gtk_widget_get_ancestor (row, GTK_TYPE_POPOVER), "jobs-kept");
  guise_jobs_button_popdown (GUISE_JOBS_BUTTON (button));
  ui_reopen (window, played->project);
  ui_wait (has_curves, show_train_page (window), "the run on the train page");
  g_assert_true (has_entry (window)); /* and no second one */
}

/* The pane says the same, and its charts and log grow instead of being made anew. */
static void
test_pane (Played *played, gconstpointer data)
{
  GuiseTrainPage *page = show_train_page (played->window);
  GtkWidget *pane = GTK_WIDGET (guise_train_page_get_pane (page));
  GuiseRunCurves *curves;

  ui_wait (has_curves, page, "the run on the train page");
  curves = guise_train_run_get_curves (guise_train_page_get_current (page));
  ui_settle (played->window, 2);
  g_assert_nonnull (ui_find (pane, GTK_TYPE_LABEL, "3 min left"));
  g_assert_nonnull (ui_find (pane, GTK_TYPE_LABEL, "16 images/s"));
  ui_wait (is_logged, &(Logged){ page, "training begins" }, "the log's first line");
  ui_screenshot (played->window, "train-kept");
  put_steps (played, 50, 50);
  put_line (played, "{\"event\":\"checkpoint\",\"step\":50,\"path\":\"x\"}");
  ui_wait (is_logged, &(Logged){ page, "training begins\nstep 50: checkpoint written" },
           "the checkpoint in the log");
  g_assert_true (guise_train_run_get_curves (guise_train_page_get_current (page)) == curves);
  g_assert_cmpuint (guise_chart_get_n_points (guise_run_curves_get_losses (curves), 0), ==, 5);
}

/* ---- ends ----------------------------------------------------------------------------------- */

static void
test_done (Played *played, gconstpointer data)
{
  ui_wait (has_entry, played->window, "the training among the jobs");
  put_steps (played, 50, 400);
  put_info (played, GUISE_RUN_DONE, NULL);
  let_go (played);
  wait_for_status (played->window, "Done");
  g_assert_cmpuint (guise_job_list_count_active (guise_window_get_jobs (played->window)), ==, 0);
}

static void
test_failed (Played *played, gconstpointer data)
{
  g_autofree char *details = NULL;

  ui_wait (has_entry, played->window, "the training among the jobs");
  put_info (played, GUISE_RUN_FAILED, "no room for its checkpoint");
  let_go (played);
  wait_for_status (played->window, "Failed");
  details = guise_job_entry_create_details (get_entry (played->window));
  g_assert_cmpstr (details, ==, "no room for its checkpoint");
}

/* Its folder is deleted beneath it. */
static void
test_folder_gone (Played *played, gconstpointer data)
{
  g_autofree char *details = NULL;

  ui_wait (has_entry, played->window, "the training among the jobs");
  temp_folder_remove (played->folder);
  wait_for_status (played->window, "Failed");
  details = guise_job_entry_create_details (get_entry (played->window));
  g_assert_nonnull (strstr (details, played->folder));
}

/* What this window did not start goes on without it: nothing is asked, the window does not wait. */
static void
test_close (Played *played, gconstpointer data)
{
  g_autoptr (GPtrArray) own = NULL;
  gpointer window = played->window;

  ui_wait (has_entry, window, "the training among the jobs");
  own = guise_job_list_create_own (guise_window_get_jobs (window));
  g_assert_cmpuint (own->len, ==, 0);
  g_assert_cmpuint (guise_job_list_count_bound (guise_window_get_jobs (window)), ==, 0);
  gtk_window_close (GTK_WINDOW (window));
  g_assert_null (ui_find_question ());
  played->window = NULL;
  ui_close_window (window);
}

/* ---- curves --------------------------------------------------------------------------------- */

/* The pace counts validations in and is forgotten when a process begins. */
static void
test_pace (void)
{
  g_autoptr (GuiseRunCurves) curves = guise_run_curves_new ();
  const GuiseRunFigures *figures = guise_run_curves_get_figures (curves);
  const char *const lines[] = {
    "{\"event\":\"step\",\"step\":10,\"steps\":30,\"batch\":8,\"images_per_s\":16.0}",
    "{\"event\":\"eval\",\"step\":10,\"r1\":1.0,\"map\":1.0,\"lambda\":0.5,\"seconds\":5.0}",
    "{\"event\":\"start\",\"step\":10,\"steps\":30}",
  };
  const double left[] = { 10, 20, -1 };

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++) {
    json_auto_t *event = json_loads (lines[i], 0, NULL);

    g_assert_true (guise_run_curves_add (curves, event));
    if (left[i] < 0)
      g_assert_true (figures->seconds_left != figures->seconds_left);
    else
      g_assert_cmpfloat_with_epsilon (figures->seconds_left, left[i], 1e-9);
  }
}

/* ---- a real trainer ------------------------------------------------------------------------- */

/* A test that fails must not leave it behind. */
static volatile sig_atomic_t trainer;

static void
kill_trainer (int number)
{
  if (trainer > 0)
    kill (trainer, SIGKILL);
  signal (number, SIG_DFL);
  raise (number);
}

static gboolean
has_process (gpointer folder)
{
  return guise_run_process_find (folder) > 0;
}

static gboolean
has_no_process (gpointer folder)
{
  return guise_run_process_find (folder) == 0;
}

static gboolean
has_progress (gpointer window)
{
  GuiseJobEntry *entry = get_entry (window);

  return entry != NULL && guise_job_entry_get_fraction (entry) > 0;
}

/* From Jobs: it writes a checkpoint and leaves, and so does its row. */
static void
test_stop (void)
{
  g_autofree char *project = ui_make_project ();
  g_autofree char *folder = g_build_filename (project, "runs", "endless", NULL);
  GuiseWindow *window = ui_open_window (project);
  g_autoptr (GuiseRunInfo) info = NULL;
  GtkWidget *row;

  trainer = ui_start_training (project, "endless");
  ui_wait (has_process, folder, "the trainer to begin");
  ui_close_window (window);
  window = ui_open_window (project);
  ui_wait (has_progress, window, "the training among the jobs");
  row = open_jobs (window);
  g_assert_cmpstr (get_text (row, "name"), ==, "Training “endless”");
  gtk_widget_activate_action (row, "job.stop", NULL);
  g_assert_cmpstr (get_text (row, "status"), ==, "Stopping…");
  ui_wait (has_no_entry, window, "the training to leave the jobs");
  ui_wait (has_no_process, folder, "the trainer to leave");
  trainer = 0;
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (info->state, ==, GUISE_RUN_STOPPED);
  g_assert_cmpuint (info->step, >, 0);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Played *played, gconstpointer data);
  } tests[] = {
    { "jobs", test_jobs },
    { "pane", test_pane },
    { "done", test_done },
    { "failed", test_failed },
    { "folder-gone", test_folder_gone },
    { "u02-close", test_close },
  };

  ui_init (&argc, &argv);
  signal (SIGABRT, kill_trainer);
  signal (SIGTERM, kill_trainer);
  g_test_add_func ("/kept/pace", test_pace);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/kept/", tests[i].name, NULL);

    g_test_add (path, Played, NULL, set_up, tests[i].run, tear_down);
  }
  g_test_add_func ("/kept/stop", test_stop);
  return g_test_run ();
}
