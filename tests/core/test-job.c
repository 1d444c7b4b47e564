/* GuiseJob against a stand-in for guisectl: support/fake-guisectl. */
#include "guise-job.h"

#include <signal.h>
#include <string.h>

typedef struct {
  GuiseJob *job;
  GString *events; /* names, a space behind each */
  guint n_progress;
  guint n_finished;
  gboolean cancel_at_start;
} Fixture;

static void
on_event (GuiseJob *job, const char *name, gpointer object, Fixture *fixture)
{
  g_assert_true (json_is_object ((json_t *)object));
  g_string_append_printf (fixture->events, "%s ", name);
  if (strcmp (name, "started") == 0 && fixture->cancel_at_start)
    guise_job_cancel (job);
  if (strcmp (name, "step") == 0)
    g_assert_cmpint (json_integer_value (json_object_get (object, "step")), ==, 7);
}

static void
on_progress (GuiseJob *job, guint64 done, guint64 total, double eta, Fixture *fixture)
{
  g_assert_cmpuint (total, ==, 4);
  if (fixture->n_progress == 0)
    g_assert_cmpfloat (eta, ==, 3);
  else
    g_assert_cmpfloat (eta, <, 0);
  fixture->n_progress++;
}

static void
on_finished (GuiseJob *job, Fixture *fixture)
{
  fixture->n_finished++;
}

static void
start (Fixture *fixture, const char *part)
{
  g_autoptr (GError) error = NULL;

  fixture->job = guise_job_new ((const char *[]){ part, "argument with spaces", NULL }, 0);
  fixture->events = g_string_new (NULL);
  g_signal_connect (fixture->job, "event", G_CALLBACK (on_event), fixture);
  g_signal_connect (fixture->job, "progress", G_CALLBACK (on_progress), fixture);
  g_signal_connect (fixture->job, "finished", G_CALLBACK (on_finished), fixture);
  g_assert_cmpint (guise_job_get_state (fixture->job), ==, GUISE_JOB_WAITING);
  guise_job_start (fixture->job, &error);
  g_assert_no_error (error);
  g_assert_true (guise_job_is_active (fixture->job));
}

/* Options before the command, as an import has them. */
static void
start_with_project (Fixture *fixture, const char *part)
{
  g_autoptr (GError) error = NULL;

  fixture->job = guise_job_new ((const char *[]){ "--project", "/some/folder", part, NULL }, 0);
  fixture->events = g_string_new (NULL);
  g_signal_connect (fixture->job, "finished", G_CALLBACK (on_finished), fixture);
  guise_job_start (fixture->job, &error);
  g_assert_no_error (error);
}

static void
wait_for_end (Fixture *fixture)
{
  while (fixture->n_finished == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (guise_job_is_active (fixture->job));
  g_assert_cmpint (guise_job_get_pid (fixture->job), ==, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_finished, ==, 1);
}

static void
clear (Fixture *fixture)
{
  g_assert_finalize_object (fixture->job);
  g_string_free (fixture->events, TRUE);
}

static void
test_good (void)
{
  Fixture fixture = { 0 };
  json_t *result;

  start (&fixture, "good");
  wait_for_end (&fixture);
  g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_DONE);
  g_assert_cmpstr (fixture.events->str, ==, "progress step progress done ");
  g_assert_cmpuint (fixture.n_progress, ==, 2);
  g_assert_cmpuint (guise_job_get_done (fixture.job), ==, 4);
  g_assert_cmpuint (guise_job_get_total (fixture.job), ==, 4);
  result = guise_job_get_result (fixture.job);
  g_assert_cmpint (json_integer_value (json_object_get (result, "images")), ==, 12);
  g_assert_null (guise_job_get_error (fixture.job));
  clear (&fixture);
}

static void
test_bare_result (void)
{
  Fixture fixture = { 0 };
  json_t *result;

  start (&fixture, "bare");
  wait_for_end (&fixture);
  result = guise_job_get_result (fixture.job);
  g_assert_cmpint (json_integer_value (json_object_get (result, "images")), ==, 3);
  g_assert_cmpstr (fixture.events->str, ==, "result ");
  clear (&fixture);
}

static void
test_failure (void)
{
  static const struct {
    const char *part, *message;
  } cases[] = {
    { "failing", "cannot read: no such folder" },
    { "silent", "guisectl silent failed: exit status 3" },
    { "garbage", "2 unreadable lines; guisectl garbage failed: exit status 1" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture fixture = { 0 };

    start (&fixture, cases[i].part);
    wait_for_end (&fixture);
    g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_FAILED);
    g_assert_cmpstr (guise_job_get_error (fixture.job)->message, ==, cases[i].message);
    g_assert_null (guise_job_get_result (fixture.job));
    if (i == 0)
      g_assert_cmpstr (guise_job_get_details (fixture.job), ==,
                       "guisectl: cannot read: no such folder");
    clear (&fixture);
  }
}

static void
test_names_command (void)
{
  Fixture fixture = { 0 };

  start_with_project (&fixture, "silent");
  wait_for_end (&fixture);
  g_assert_cmpstr (guise_job_get_error (fixture.job)->message, ==,
                   "guisectl silent failed: exit status 3");
  clear (&fixture);
}

static void
test_crash (void)
{
  Fixture fixture = { 0 };

  start (&fixture, "killed");
  wait_for_end (&fixture);
  g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_FAILED);
  g_assert_nonnull (strstr (guise_job_get_error (fixture.job)->message, "ended by a signal"));
  clear (&fixture);
}

/* A line without end is dropped, memory stays bounded and the lines after it are read. */
static void
test_overlong_line (void)
{
  Fixture fixture = { 0 };
  json_t *result;

  start (&fixture, "huge");
  wait_for_end (&fixture);
  g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_DONE);
  result = guise_job_get_result (fixture.job);
  g_assert_cmpint (json_integer_value (json_object_get (result, "images")), ==, 6);
  clear (&fixture);
}

static void
test_cancel (void)
{
  Fixture fixture = { .cancel_at_start = TRUE };

  start (&fixture, "polite");
  guise_job_set_grace (fixture.job, 60000);
  wait_for_end (&fixture);
  g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_CANCELLED);
  g_assert_cmpstr (fixture.events->str, ==, "started checkpoint ");
  g_assert_null (guise_job_get_error (fixture.job));
  clear (&fixture);
}

static void
test_cancel_deaf (void)
{
  Fixture fixture = { .cancel_at_start = TRUE };
  int pid;

  start (&fixture, "deaf");
  pid = guise_job_get_pid (fixture.job);
  guise_job_set_grace (fixture.job, 50);
  wait_for_end (&fixture);
  g_assert_cmpint (guise_job_get_state (fixture.job), ==, GUISE_JOB_CANCELLED);
  g_assert_cmpint (kill (pid, 0), ==, -1); /* no orphan */
  clear (&fixture);
}

static void
count_end (GuiseJob *job, gpointer n)
{
  ++*(guint *)n;
}

/* A hundred jobs started and cancelled as fast as can be, once or several times, before or after
 * their first line: each ends once, none of their processes is left. */
static void
test_storm (void)
{
  static const char *const parts[] = { "polite", "good", "deaf", "failing" };
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_ended = 0;
  int pids[100];

  for (guint i = 0; i < G_N_ELEMENTS (pids); i++) {
    GuiseJob *job = guise_job_new ((const char *[]){ parts[i % 4], NULL }, 0);
    g_autoptr (GError) error = NULL;

    g_ptr_array_add (jobs, job);
    guise_job_set_grace (job, 20);
    g_signal_connect (job, "finished", G_CALLBACK (count_end), &n_ended);
    guise_job_start (job, &error);
    g_assert_no_error (error);
    pids[i] = guise_job_get_pid (job);
    for (guint again = 0; again < 1 + i % 3; again++)
      guise_job_cancel (job);
    if (i % 5 == 0)
      guise_job_kill (job);
    g_main_context_iteration (NULL, FALSE);
  }
  while (n_ended < G_N_ELEMENTS (pids))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_ended, ==, G_N_ELEMENTS (pids));
  for (guint i = 0; i < G_N_ELEMENTS (pids); i++) {
    g_assert_false (guise_job_is_active (jobs->pdata[i]));
    if (pids[i] > 0) /* else it had ended before it was asked for */
      g_assert_cmpint (kill (pids[i], 0), ==, -1);
  }
}

static void
test_cancel_waiting (void)
{
  g_autoptr (GuiseJob) job = guise_job_new ((const char *[]){ "good", NULL }, 0);

  guise_job_cancel (job);
  g_assert_cmpint (guise_job_get_state (job), ==, GUISE_JOB_CANCELLED);
}

static void
test_missing_program (void)
{
  g_autoptr (GuiseJob) job = guise_job_new ((const char *[]){ "good", NULL }, 0);
  g_autofree char *before = g_strdup (g_getenv ("GUISE_CTL"));
  g_autoptr (GError) error = NULL;

  g_setenv ("GUISE_CTL", "/nowhere/guisectl", TRUE);
  g_assert_false (guise_job_start (job, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (guise_job_get_state (job), ==, GUISE_JOB_FAILED);
  g_assert_cmpstr (guise_job_get_error (job)->message, ==, error->message);
  g_setenv ("GUISE_CTL", before, TRUE);
}

int
main (int argc, char **argv)
{
  g_autofree char *program = NULL;

  g_test_init (&argc, &argv, NULL);
  program = g_test_build_filename (G_TEST_DIST, "support", "fake-guisectl", NULL);
  g_setenv ("GUISE_CTL", program, TRUE);
  g_test_add_func ("/job/good", test_good);
  g_test_add_func ("/job/bare-result", test_bare_result);
  g_test_add_func ("/job/failure", test_failure);
  g_test_add_func ("/job/names-command", test_names_command);
  g_test_add_func ("/job/crash", test_crash);
  g_test_add_func ("/job/overlong-line", test_overlong_line);
  g_test_add_func ("/job/cancel", test_cancel);
  g_test_add_func ("/job/cancel-deaf", test_cancel_deaf);
  g_test_add_func ("/job/t10-storm", test_storm);
  g_test_add_func ("/job/cancel-waiting", test_cancel_waiting);
  g_test_add_func ("/job/missing-program", test_missing_program);
  return g_test_run ();
}
