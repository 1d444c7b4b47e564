/* The Train page in the real window, with real trainings of a few steps: the dialog and its guards,
 * live curves, stopping safely, resuming to the end, and a window that closes meanwhile. */
#include "guise-banner.h"
#include "guise-run-process.h"
#include "guise-store-runs.h"
#include "guise-train-page.h"
#include "ui-fixture.h"
#include "ui-trained.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuiseTrainPage *page;
} Fixture;

static gboolean
is_listed (gpointer data)
{
  return !guise_train_page_is_busy (data);
}

static void
open_page (Fixture *fixture)
{
  fixture->window = ui_open_window (fixture->folder);
  guise_window_show_page (fixture->window, "train");
  fixture->page = GUISE_TRAIN_PAGE (guise_window_get_page (fixture->window, "train"));
  ui_wait (is_listed, fixture->page, "the runs to be listed");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  open_page (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  g_free (fixture->folder);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static gboolean
has_dialog (gpointer data)
{
  GuiseRunDialog *dialog = guise_train_page_get_dialog (data);

  return dialog != NULL && gtk_widget_get_mapped (GTK_WIDGET (dialog));
}

static gboolean
has_no_dialog (gpointer data)
{
  return guise_train_page_get_dialog (data) == NULL;
}

static gboolean
can_start (gpointer data)
{
  return gtk_widget_is_sensitive (ui_find (data, GTK_TYPE_BUTTON, "start_button"));
}

static GuiseRunDialog *
open_dialog (Fixture *fixture)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.new-run", NULL);
  ui_wait (has_dialog, fixture->page, "the dialog of a new run");
  return guise_train_page_get_dialog (fixture->page);
}

static void
type (GuiseRunDialog *dialog, const char *field, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (ui_find (GTK_WIDGET (dialog), GTK_TYPE_EDITABLE, field)),
                         text);
}

/* A model so small that its steps take milliseconds. */
static GuiseRunPlan *
create_small_plan (const char *name, guint steps)
{
  static const char *const settings[] = {
    "vision.layers=1",
    "vision.hidden_size=32",
    "vision.mlp_size=32",
    "text.layers=1",
    "text.hidden_size=32",
    "text.mlp_size=32",
    "text.vocab_size=300",
    "fusion.size=16",
    "fusion.out_size=16",
    "train.validate_every=20",
    "train.checkpoint_every=20",
  };
  GuiseRunPlan *plan = guise_run_plan_new ("tiny");

  g_free (plan->name);
  plan->name = g_strdup (name);
  plan->steps = steps;
  plan->seed = 3;
  plan->persons = 4;
  plan->learning_rate = 0.002;
  for (size_t i = 0; i < G_N_ELEMENTS (settings); i++)
    g_ptr_array_add (plan->settings, g_strdup (settings[i]));
  return plan;
}

/* A test that fails must not leave a trainer behind. */
static volatile sig_atomic_t trainer;

static void
kill_trainer (int number)
{
  if (trainer > 0)
    kill (trainer, SIGKILL);
  signal (number, SIG_DFL);
  raise (number);
}

static void
start_run (Fixture *fixture, const char *name, guint steps)
{
  g_autoptr (GuiseRunPlan) plan = create_small_plan (name, steps);
  GuiseRunDialog *dialog = open_dialog (fixture);

  guise_run_dialog_set_plan (dialog, plan);
  g_assert_cmpstr (guise_run_dialog_get_problem (dialog), ==, NULL);
  ui_wait (can_start, dialog, "the pictures to be counted");
  gtk_widget_activate_action (GTK_WIDGET (dialog), "dialog.start", NULL);
  ui_wait (has_no_dialog, fixture->page, "the dialog to close");
}

static void
remember_trainer (GuiseTrainPage *page)
{
  trainer = guise_run_process_find (
      guise_train_run_get_folder (guise_train_page_get_current (page)));
}

typedef struct {
  GuiseTrainPage *page;
  GuiseTrainRunState state;
} Wanted;

static gboolean
is_in_state (gpointer data)
{
  Wanted *wanted = data;
  GuiseTrainRun *run = guise_train_page_get_current (wanted->page);

  return run != NULL && guise_train_run_get_state (run) == wanted->state;
}

static void
wait_for_state (Fixture *fixture, GuiseTrainRunState state, const char *what)
{
  ui_wait (is_in_state, &(Wanted){ fixture->page, state }, what);
}

static GuiseChart *
get_losses (GuiseTrainPage *page)
{
  GuiseTrainRun *run = guise_train_page_get_current (page);
  GuiseRunCurves *curves = run != NULL ? guise_train_run_get_curves (run) : NULL;

  return curves != NULL ? guise_run_curves_get_losses (curves) : NULL;
}

static gboolean
has_points (gpointer data)
{
  GuiseChart *losses = get_losses (data);

  return losses != NULL && guise_chart_get_n_series (losses) > 0
         && guise_chart_get_n_points (losses, 0) > 0;
}

static gboolean
has_best (gpointer data)
{
  return guise_train_run_has_best (guise_train_page_get_current (data));
}

typedef struct {
  GuiseStore *store;
  const char *name, *state;
} Row;

static gboolean
is_in_table (gpointer data)
{
  Row *row = data;
  g_autoptr (GuiseRun) run = guise_store_get_run (row->store, row->name, NULL);

  return run != NULL && strcmp (run->state, row->state) == 0;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void
test_plan (void)
{
  g_autoptr (GuiseRunPlan) plan = guise_run_plan_new ("tiny");
  g_autofree char *command = NULL;
  g_autoptr (GError) error = NULL;

  g_free (plan->name);
  plan->name = g_strdup ("it's me");
  plan->learning_rate = 0.00035;
  plan->persons = 8;
  g_ptr_array_add (plan->settings, g_strdup ("dropout=0.1"));
  g_assert_true (guise_run_plan_check (plan, &error));
  command = guise_run_plan_create_command (plan, "/tmp/a b");
  g_assert_cmpstr (command, ==,
                   "guisectl train --project '/tmp/a b' --preset tiny --name 'it'\\''s me' --steps "
                   "7000 --seed 0 --set train.persons=8 --set optimiser.lr=0.00035 --set "
                   "dropout=0.1");
  plan->precision = GUISE_PRECISION_BFLOAT16;
  g_free (command);
  command = guise_run_plan_create_command (plan, "/tmp/a");
  g_assert_nonnull (strstr (command, " --precision bfloat16 --set dropout"));
  g_ptr_array_add (plan->settings, g_strdup ("droput=0.1"));
  g_assert_false (guise_run_plan_check (plan, &error));
  g_assert_nonnull (strstr (error->message, "droput"));
}

/* A preset that begins with folders wants both, and says so to guisectl; another does without. */
static void
test_plan_folders (void)
{
  g_autoptr (GuiseRunPlan) plan = guise_run_plan_new ("recommended");
  g_autofree char *command = NULL, *without = NULL;
  g_autoptr (GError) error = NULL;

  g_free (plan->name);
  plan->name = g_strdup ("a");
  g_assert_false (guise_run_plan_check (plan, &error));
  g_assert_nonnull (strstr (error->message, "image encoder"));
  g_clear_error (&error);
  plan->vision = g_strdup ("/m/vit b");
  g_assert_false (guise_run_plan_check (plan, &error));
  g_assert_nonnull (strstr (error->message, "text encoder"));
  g_clear_error (&error);
  plan->text = g_strdup ("/m/bert");
  g_assert_true (guise_run_plan_check (plan, &error));
  command = guise_run_plan_create_command (plan, "/tmp/a");
  g_assert_cmpstr (command, ==,
                   "guisectl train --project /tmp/a --preset recommended --vision '/m/vit b' "
                   "--text /m/bert --name a --steps 20000 --seed 0");
  g_free (plan->preset);
  plan->preset = g_strdup ("tiny");
  without = guise_run_plan_create_command (plan, "/tmp/a");
  g_assert_null (strstr (without, "--vision"));
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  GtkWidget *status = ui_find (GTK_WIDGET (fixture->page), ADW_TYPE_STATUS_PAGE, NULL);

  ui_settle (fixture->window, 2);
  g_assert_true (gtk_widget_get_mapped (status));
  g_assert_cmpstr (adw_status_page_get_title (ADW_STATUS_PAGE (status)), ==, "No runs yet");
  ui_screenshot (fixture->window, "train-empty-light");
}

static gboolean
has_curves (gpointer page)
{
  GuiseTrainRun *run = guise_train_page_get_current (page);

  return run != NULL && guise_train_run_get_curves (run) != NULL;
}

/* A checkpoint from elsewhere has no log and no figures: that is said in words. */
static void
test_added (Fixture *fixture, gconstpointer data)
{
  g_autofree char *shipped = g_test_build_filename (G_TEST_DIST, "..", "data", "demo", NULL);
  GtkWidget *pane, *log;
  GtkTextBuffer *buffer;
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  ui_close_window (fixture->window);
  ui_run_guisectl ((const char *[]){ "runs", "add", shipped, "--name", "demo", "--project",
                                     fixture->folder, NULL });
  open_page (fixture);
  ui_wait (has_curves, fixture->page, "the run to be read");
  ui_settle (fixture->window, 2);
  pane = GTK_WIDGET (guise_train_page_get_pane (fixture->page));
  log = ui_find (pane, GTK_TYPE_TEXT_VIEW, NULL);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (log));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_assert_cmpstr (text, ==, "It was trained elsewhere: its log did not come along.");
  g_assert_nonnull (ui_find (pane, GTK_TYPE_LABEL, "not measured"));
  g_assert_null (ui_find (pane, GTK_TYPE_LABEL, "–"));
  g_assert_false (gtk_widget_get_mapped (ui_find (pane, GTK_TYPE_LABEL, "Remaining")));
  ui_screenshot (fixture->window, "train-added");
}

static gboolean
has_estimate (gpointer data)
{
  AdwActionRow *row = ADW_ACTION_ROW (ui_find (data, ADW_TYPE_ACTION_ROW, "estimate_row"));
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)),
             *subtitle = adw_action_row_get_subtitle (row);

  return strstr (title, "of memory") != NULL && strstr (subtitle, "a step") != NULL;
}

/* What is chosen goes into the plan, and the row says what it brings here. */
static void
check_precision (GuiseRunDialog *dialog)
{
  GtkWidget *row = ui_find (GTK_WIDGET (dialog), ADW_TYPE_COMBO_ROW, "precision_row");
  g_autofree char *before = g_strdup (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)));
  g_autoptr (GuiseRunPlan) plan = NULL;

  adw_combo_row_set_selected (ADW_COMBO_ROW (row), GUISE_PRECISION_BFLOAT16);
  plan = guise_run_dialog_create_plan (dialog);
  g_assert_cmpint (plan->precision, ==, GUISE_PRECISION_BFLOAT16);
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), !=, before);
  g_assert_true (can_start (dialog));
}

static void
test_dialog (Fixture *fixture, gconstpointer data)
{
  GuiseRunDialog *dialog = open_dialog (fixture);
  GtkWidget *row = ui_find (GTK_WIDGET (dialog), ADW_TYPE_ACTION_ROW, "data_row");
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  g_autoptr (GuiseRunPlan) plan = NULL;
  g_autofree char *title = NULL;
  GuiseStoreCounts counts;

  ui_wait (can_start, dialog, "the pictures to be counted");
  ui_wait (has_estimate, dialog, "what the run will take");
  /* errors are told there */
  g_assert_false (adw_preferences_row_get_use_markup (ADW_PREFERENCES_ROW (row)));
  plan = guise_run_dialog_create_plan (dialog);
  g_assert_cmpstr (plan->name, ==, "tiny-1");
  g_assert_cmpstr (plan->preset, ==, "tiny");
  g_assert_cmpuint (plan->steps, ==, 7000);
  g_assert_cmpuint (plan->persons, ==, 16);
  g_assert_cmpuint (plan->images_per_person, ==, 2);
  g_assert_cmpfloat (plan->learning_rate, ==, 0.0007);
  g_assert_cmpint (plan->precision, ==, GUISE_PRECISION_FLOAT32);
  g_assert_true (guise_store_get_counts (store, &counts, NULL));
  title = g_strdup_printf ("%u pictures of %u people", counts.images_by_split[GUISE_SPLIT_TRAIN],
                           counts.persons_by_split[GUISE_SPLIT_TRAIN]);
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, title);
  ui_screenshot_of (GTK_WIDGET (dialog), "train-dialog-light");

  type (dialog, "name_row", "../up");
  g_assert_nonnull (strstr (guise_run_dialog_get_problem (dialog), "../up"));
  g_assert_false (can_start (dialog));
  type (dialog, "name_row", "");
  g_assert_nonnull (guise_run_dialog_get_problem (dialog));
  type (dialog, "name_row", "good");
  g_assert_null (guise_run_dialog_get_problem (dialog));
  type (dialog, "lr_row", "fast");
  g_assert_nonnull (guise_run_dialog_get_problem (dialog));
  type (dialog, "lr_row", "1e-3");
  g_assert_true (can_start (dialog));
  gtk_widget_activate_action (GTK_WIDGET (dialog), "dialog.add-setting", NULL);
  type (dialog, "lr_row", "0,002"); /* as some languages write it */
  g_clear_pointer (&plan, guise_run_plan_free);
  plan = guise_run_dialog_create_plan (dialog);
  g_assert_cmpfloat (plan->learning_rate, ==, 0.002);
  check_precision (dialog);
  gtk_window_close (GTK_WINDOW (dialog));
  ui_wait (has_no_dialog, fixture->page, "the dialog to close");
  g_assert_null (guise_train_page_get_current (fixture->page));
}

/* The folders are asked for where the preset wants them, and stay when it changes. */
static void
test_dialog_folders (Fixture *fixture, gconstpointer data)
{
  GuiseRunDialog *dialog = open_dialog (fixture);
  GtkWidget *group = ui_find (GTK_WIDGET (dialog), ADW_TYPE_PREFERENCES_GROUP, "encoders_group");
  GtkWidget *row = ui_find (GTK_WIDGET (dialog), ADW_TYPE_COMBO_ROW, "preset_row");
  g_autoptr (GuiseRunPlan) plan = guise_run_plan_new ("recommended"), made = NULL;

  ui_wait (can_start, dialog, "the pictures to be counted");
  g_assert_false (gtk_widget_get_visible (group));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 1);
  g_assert_true (gtk_widget_get_visible (group));
  g_assert_false (can_start (dialog));
  g_assert_nonnull (strstr (guise_run_dialog_get_problem (dialog), "image encoder"));
  ui_screenshot_of (GTK_WIDGET (dialog), "train-dialog-pretrained");
  plan->vision = g_strdup ("/m/vit");
  plan->text = g_strdup ("/m/bert");
  guise_run_dialog_set_plan (dialog, plan);
  g_assert_true (can_start (dialog));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 2);
  made = guise_run_dialog_create_plan (dialog);
  g_assert_cmpstr (made->preset, ==, "paper");
  g_assert_cmpstr (made->vision, ==, "/m/vit");
  g_assert_cmpstr (made->text, ==, "/m/bert");
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 0);
  g_assert_false (gtk_widget_get_visible (group));
  g_assert_true (can_start (dialog));
  gtk_window_close (GTK_WINDOW (dialog));
  ui_wait (has_no_dialog, fixture->page, "the dialog to close");
}

static void
check_charts (Fixture *fixture)
{
  GuiseRunPane *pane = guise_train_page_get_pane (fixture->page);
  GuiseChartView *losses = guise_run_pane_get_losses (pane);
  g_autofree char *none = guise_chart_view_dup_values (losses), *values = NULL;
  guint n_draws = guise_chart_view_get_n_draws (losses);

  g_assert_null (none);
  gtk_widget_activate_action (GTK_WIDGET (losses), "chart.move", "i", 1);
  values = guise_chart_view_dup_values (losses);
  g_assert_true (g_str_has_prefix (values, "10\ninfo  "));
  for (guint i = 0; i < 100; i++)
    guise_chart_view_update (losses);
  ui_settle (fixture->window, 3);
  g_assert_cmpuint (guise_chart_view_get_n_draws (losses), <, n_draws + 10);
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (losses), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (losses), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Losses");
}

/* Start, watch, stop, resume, end. */
/* The stopped child may still be leaving: the action is off until then. */
static gboolean
resumes (gpointer page)
{
  gtk_widget_activate_action (page, "page.resume-run", NULL);
  return guise_train_run_is_active (guise_train_page_get_current (page));
}

static void
test_journey (Fixture *fixture, gconstpointer data)
{
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  GuiseTrainRun *run;
  guint64 stopped_at;

  start_run (fixture, "first", 120);
  run = guise_train_page_get_current (fixture->page);
  g_assert_cmpstr (guise_train_run_get_name (run), ==, "first");
  g_assert_true (guise_train_run_is_ours (run));
  ui_wait (has_points, fixture->page, "the first point of the losses");
  remember_trainer (fixture->page);
  ui_screenshot (fixture->window, "train-running-light");

  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.stop-run", NULL);
  wait_for_state (fixture, GUISE_TRAIN_RUN_STOPPED, "the run to stop");
  stopped_at = guise_train_run_get_step (run);
  g_assert_cmpuint (stopped_at, >=, 10);
  g_assert_cmpuint (stopped_at, <, 120);
  ui_wait (is_in_table, &(Row){ store, "first", "stopped" }, "the table of runs to say so");

  ui_wait (resumes, fixture->page, "the run to go on");
  wait_for_state (fixture, GUISE_TRAIN_RUN_DONE, "the resumed run to end");
  g_assert_cmpuint (guise_train_run_get_step (run), ==, 120);
  g_assert_cmpuint (guise_chart_get_n_points (get_losses (fixture->page), 0), ==, 12);
  g_assert_true (has_best (fixture->page));
  ui_wait (is_in_table, &(Row){ store, "first", "done" }, "the table of runs to say so");
  check_charts (fixture);
  ui_screenshot (fixture->window, "train-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "train-dark");
  ui_set_dark (FALSE);

  /* the same from the files alone */
  ui_close_window (fixture->window);
  open_page (fixture);
  ui_wait (has_points, fixture->page, "the curves of a finished run");
  g_assert_cmpuint (guise_chart_get_n_points (get_losses (fixture->page), 0), ==, 12);
  g_assert_cmpint (guise_train_run_get_state (guise_train_page_get_current (fixture->page)), ==,
                   GUISE_TRAIN_RUN_DONE);
}

static void
test_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseRunPlan) plan = create_small_plan ("bad", 10);
  GuiseTrainRun *run;

  g_free (plan->preset);
  plan->preset = g_strdup ("recommended"); /* needs pretrained weights */
  g_ptr_array_set_size (plan->settings, 0);
  guise_train_page_start (fixture->page, plan);
  wait_for_state (fixture, GUISE_TRAIN_RUN_FAILED, "a run that cannot begin to fail");
  run = guise_train_page_get_current (fixture->page);
  g_assert_nonnull (strstr (guise_train_run_get_problem (run), "recommended"));
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* Whoever only looks at the lock is not stopped for the one that has it. */
static void
assert_held_by (const char *folder, pid_t process)
{
  g_autofree char *path = g_build_filename (folder, "run.lock", NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (guise_run_process_find (folder), ==, process);
  close (fd);
}

/* The window closes, the training goes on; the next window follows it and can stop it. */
static void
test_outlive (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", "long", NULL);
  gpointer window;

  start_run (fixture, "long", 10000);
  ui_wait (has_points, fixture->page, "the first point of the losses");
  remember_trainer (fixture->page);
  ui_answer_close (fixture->window, "_Cancel");
  ui_settle (fixture->window, 2);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->window)));
  window = fixture->window;
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Keep Running");
  ui_wait (is_null, &window, "the window to go");
  fixture->window = NULL;
  assert_held_by (folder, trainer);

  open_page (fixture);
  wait_for_state (fixture, GUISE_TRAIN_RUN_RUNNING, "the run to be followed");
  g_assert_false (guise_train_run_is_ours (guise_train_page_get_current (fixture->page)));
  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.stop-run", NULL);
  wait_for_state (fixture, GUISE_TRAIN_RUN_STOPPED, "the followed run to stop");
  g_assert_cmpint (guise_run_process_find (folder), ==, 0);
}

/* "Stop safely" at the question: the window goes, and so does the trainer. */
static gboolean
has_no_process (gpointer data)
{
  return guise_run_process_find (data) == 0;
}

static void
test_stop_at_close (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", "long", NULL);
  gpointer window;

  start_run (fixture, "long", 10000);
  ui_wait (has_points, fixture->page, "the first point of the losses");
  remember_trainer (fixture->page);
  window = fixture->window;
  g_object_add_weak_pointer (window, &window);
  ui_answer_close (fixture->window, "_Stop Safely");
  ui_wait (is_null, &window, "the window to go");
  fixture->window = NULL;
  ui_wait (has_no_process, folder, "the trainer to leave");
}

static gboolean
has_banner (gpointer data)
{
  GtkWidget *banner = ui_find (data, GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner));
}

static gboolean
has_no_banner (gpointer data)
{
  return !has_banner (data);
}

/* Checkpoints have no place for a while: said in the banner until one has. */
static void
test_no_room (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", "roomless", NULL);
  g_autofree char *place = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *aside = g_build_filename (folder, "aside", NULL);
  GuiseBanner *banner
      = GUISE_BANNER (ui_find (GTK_WIDGET (fixture->window), GUISE_TYPE_BANNER, "banner"));

  start_run (fixture, "roomless", 10000);
  ui_wait (has_points, fixture->page, "the first point of the losses");
  remember_trainer (fixture->page);
  g_assert_cmpint (g_rename (place, aside), ==, 0);
  g_assert_true (g_file_set_contents (place, "", 0, NULL));
  ui_wait (has_banner, fixture->window, "the banner about the checkpoints");
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), "“roomless”"));
  ui_screenshot (fixture->window, "train-no-room");
  g_assert_cmpint (g_unlink (place), ==, 0);
  g_assert_cmpint (g_rename (aside, place), ==, 0);
  ui_wait (has_no_banner, fixture->window, "the banner to go with the next checkpoint");
  g_assert_true (guise_train_run_is_active (guise_train_page_get_current (fixture->page)));
  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.stop-run", NULL);
  wait_for_state (fixture, GUISE_TRAIN_RUN_STOPPED, "the run to stop");
}

/* The last thing that the storm has asked for may have been to go on. */
static gboolean
stops (gpointer data)
{
  GuiseTrainPage *page = data;

  if (guise_train_run_get_state (guise_train_page_get_current (page)) == GUISE_TRAIN_RUN_STOPPED)
    return TRUE;
  gtk_widget_activate_action (GTK_WIDGET (page), "page.stop-run", NULL);
  return FALSE;
}

/* Stop and resume, a hundred times as fast as they can be asked for: the run is in one state, has a
 * checkpoint to go on from, and no process is left when it says stopped. */
static void
test_storm (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", "storm", NULL);
  GuiseTrainRun *run;
  g_autoptr (GArray) steps = NULL;

  start_run (fixture, "storm", 10000);
  ui_wait (has_points, fixture->page, "the first point of the losses");
  remember_trainer (fixture->page);
  for (guint i = 0; i < 100; i++) {
    gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.stop-run", NULL);
    gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.resume-run", NULL);
    if (i % 40 == 39) { /* now and then it comes to it */
      ui_wait (stops, fixture->page, "the run to stop");
      ui_wait (resumes, fixture->page, "the run to go on");
      remember_trainer (fixture->page);
    }
    g_main_context_iteration (NULL, FALSE);
  }
  run = guise_train_page_get_current (fixture->page);
  ui_wait (stops, fixture->page, "the run to stop at last");
  ui_wait (has_no_process, folder, "the trainer to leave");
  g_assert_null (guise_train_run_get_problem (run));
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (steps->len, >, 0);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, guise_train_run_get_step (run));
}

static guint
count_runs (Fixture *fixture)
{
  g_autofree char *runs = g_build_filename (fixture->folder, "runs", NULL);
  g_autoptr (GDir) dir = g_dir_open (runs, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Twenty clicks on Start begin one run, and twenty on Stop stop it, as soon as it can be. */
static void
test_impatient (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseRunPlan) plan = create_small_plan ("once", 10000);
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", "once", NULL);
  GuiseRunDialog *dialog = open_dialog (fixture);

  guise_run_dialog_set_plan (dialog, plan);
  ui_wait (can_start, dialog, "the pictures to be counted");
  g_object_ref (dialog);
  for (guint i = 0; i < 20; i++)
    gtk_widget_activate_action (GTK_WIDGET (dialog), "dialog.start", NULL);
  g_object_unref (dialog);
  ui_wait (has_no_dialog, fixture->page, "the dialog to close");
  for (guint i = 0; i < 20; i++)
    gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.stop-run", NULL);
  wait_for_state (fixture, GUISE_TRAIN_RUN_STOPPED, "the run to stop");
  ui_wait (has_no_process, folder, "the trainer to leave");
  g_assert_cmpuint (count_runs (fixture), <=, 1);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "empty", test_empty },
    { "added", test_added },
    { "dialog", test_dialog },
    { "dialog-folders", test_dialog_folders },
    { "journey", test_journey },
    { "failure", test_failure },
    { "t08-no-room", test_no_room },
    { "t10-u02-outlive", test_outlive },
    { "t10-u02-stop-at-close", test_stop_at_close },
    { "t10-storm", test_storm },
    { "u01-u05-impatient", test_impatient },
  };

  ui_init (&argc, &argv);
  signal (SIGABRT, kill_trainer);
  signal (SIGTERM, kill_trainer);
  g_test_add_func ("/train/plan", test_plan);
  g_test_add_func ("/train/plan-folders", test_plan_folders);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/train/", tests[i].name, NULL);

    g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run ();
}
