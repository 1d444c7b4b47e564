/* What a caption job pays: equal pictures are asked about once, and whatever was paid stays
 * counted. */
#include "job-fixture.h"

#include <string.h>

/* ---- equal pictures ---- */

#define N_EQUAL 20

static void
begin_equal (Job *job, ChatScript script, gpointer data)
{
  job_begin (job, script, data, N_EQUAL);
  job->settings.start = 16;
  job->has_equal_pictures = TRUE;
}

/* All of them are described, none is open, and the server was asked n_requests times. */
static void
assert_described (Job *job, guint n_requests)
{
  job_assert (job, GUISE_CAPTION_JOB_DONE, N_EQUAL, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job->server), ==, n_requests);
}

/* Nothing was lost: what was not described is in the queue. */
static void
assert_all_open (Job *job, GuiseCaptionJobState state)
{
  job_assert (job, state, 0, N_EQUAL);
  for (guint i = 0; i < N_EQUAL; i++) {
    g_autoptr (GuiseCaptionItem) item = job_get_item (job, i);

    g_assert_cmpstr (item->state, ==, "queued");
  }
}

static void
test_equal_pictures (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;

  begin_equal (&job, job_good, NULL);
  job_run (&job);
  assert_described (&job, 1);
  record = job_get (&job);
  g_assert_cmpuint (record->n_answers, ==, 1);
  g_assert_cmpint (record->prompt_tokens + record->completion_tokens, ==, 2 * 120);
}

static void
leaks (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe ("a man in a coat", "a coat");
}

/* Each further question about them is one, too. */
static void
test_equal_asked_again (void)
{
  g_auto (Job) job = { 0 };

  begin_equal (&job, leaks, NULL);
  job.leak = "coat";
  job_run (&job);
  assert_described (&job, GUISE_CAPTION_MAX_TRIES);
  g_assert_cmpuint (job.n_fallen, ==, N_EQUAL);
}

static void
fails_at_first (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number > 1) {
    job_good (server, request, reply, data);
    return;
  }
  reply->status = 400;
  reply->body = g_strdup ("{\"error\":{\"message\":\"no such thing\"}}");
}

/* Where there is no answer to wait for any more, the next one asks. */
static void
test_equal_failed (void)
{
  g_auto (Job) job = { 0 };

  begin_equal (&job, fails_at_first, NULL);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, N_EQUAL - 1, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 2);
  job_run (&job);
  assert_described (&job, 2);
}

static void
declines_until (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (g_atomic_int_get ((int *)data))
    job_good (server, request, reply, NULL);
  else
    reply->body = chat_body ("I'm sorry, but I can't describe people in images.");
}

/* A retry asks, also where the answer in vain was to the question about another job's picture. */
static void
test_equal_retried (void)
{
  g_auto (Job) job = { 0 };
  int willing = FALSE;
  guint n_requests;

  job_begin (&job, declines_until, &willing, 1);
  job.has_equal_pictures = TRUE;
  job_run (&job);
  n_requests = chat_server_get_n_requests (job.server);
  job_begin_another (&job, 2);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 0, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, n_requests);
  g_atomic_int_set (&willing, TRUE);
  g_assert_cmpint (guise_caption_db_requeue_unusable (job.db, job.job_id, NULL), ==, 1);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 1, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, n_requests + 1);
}

static void
cancels (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const Job *job = data;

  if (request->number == 1) {
    g_cancellable_cancel (job->cancellable);
    reply->manner = CHAT_SILENT;
  } else {
    job_good (server, request, reply, NULL);
  }
}

static void
test_equal_cancelled (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GError) error = NULL;

  begin_equal (&job, cancels, &job);
  g_assert_false (job_run_once (&job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_all_open (&job, GUISE_CAPTION_JOB_STOPPED);
  g_cancellable_reset (job.cancellable);
  job_run (&job);
  assert_described (&job, 2);
}

static void
pauses (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const Job *job = data;

  g_cancellable_cancel (job->pause);
  job_good (server, request, reply, NULL);
}

/* The answer that was under way is used by all that waited for it. */
static void
test_equal_paused (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;

  begin_equal (&job, pauses, &job);
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpuint (record->n_done, >, 0);
  g_assert_cmpuint (record->n_done + record->n_open, ==, N_EQUAL);
  g_cancellable_reset (job.pause);
  job_run (&job);
  assert_described (&job, 1);
}

/* A limit that the first question would break. */
static void
test_equal_stopped (void)
{
  g_auto (Job) job = { 0 };

  begin_equal (&job, job_good, NULL);
  job.settings.max_tokens = 600;
  job_run (&job);
  assert_all_open (&job, GUISE_CAPTION_JOB_STOPPED);
  job.settings.max_tokens = 0;
  job_run (&job);
  assert_described (&job, 1);
}

static void
has_no_key (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number > 1) {
    job_good (server, request, reply, data);
    return;
  }
  reply->status = 401;
  reply->body = g_strdup ("{\"error\":{\"message\":\"bad key\"}}");
}

/* The server breaks the job off while the question is out. */
static void
test_equal_broken_off (void)
{
  g_auto (Job) job = { 0 };

  begin_equal (&job, has_no_key, NULL);
  job_run (&job);
  assert_all_open (&job, GUISE_CAPTION_JOB_BLOCKED);
  job_run (&job);
  assert_described (&job, 2);
}

static void
sees_nothing (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  gboolean *sees = data;
  GuiseCanary canary;

  if (!net_find_canary (request, &canary))
    job_good (server, request, reply, NULL);
  else if (*sees)
    net_see (request, reply);
  else
    reply->body = chat_body ("{\"left\":null,\"right\":null,\"digit\":null}");
}

/* Those that wait for one that waits for the test picture. */
static void
test_equal_blind (void)
{
  g_auto (Job) job = { 0 };
  gboolean sees = FALSE;

  begin_equal (&job, sees_nothing, &sees);
  chat_server_set_aside (job.server, NULL);
  job_run (&job);
  assert_all_open (&job, GUISE_CAPTION_JOB_BLOCKED);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 1);
  sees = TRUE;
  job_run (&job);
  assert_described (&job, 3); /* two test pictures, and one question */
}

/* ---- what was paid ---- */

#define NO_CHOICE \
  "{\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":500}}"

static void
says_nothing (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = g_strdup (NO_CHOICE);
}

static gint64
count_tokens (Job *job)
{
  g_autoptr (GuiseCaptionJob) record = job_get (job);

  return record->prompt_tokens + record->completion_tokens;
}

/* What failed and is asked again was paid for all the same. */
static void
test_failures_counted (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;
  g_autoptr (GuiseCaptionJob) record = NULL;
  g_autoptr (GuiseAnswer) answer = NULL;

  job_begin (&job, says_nothing, NULL, 3);
  job_run (&job);
  g_assert_cmpint (count_tokens (&job), ==, 3 * 1500 + 120);
  job_run (&job);
  g_assert_cmpint (count_tokens (&job), ==, 6 * 1500 + 2 * 120);
  job_run (&job);
  g_assert_cmpint (count_tokens (&job), ==, 9 * 1500 + 3 * 120);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 9);
  record = job_get (&job);
  g_assert_cmpuint (record->n_answers, ==, 9);
  item = job_get_item (&job, 0);
  answer = guise_caption_db_get_answer (job.db, item->answer, NULL);
  g_assert_cmpint (answer->state, ==, GUISE_ANSWER_FAILED);
}

/* ---- a test picture that costs too much ---- */

static void
cuts_off (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = g_strdup ("{\"choices\":[{\"index\":0,\"finish_reason\":\"length\",\"message\":"
                          "{\"role\":\"assistant\",\"content\":\"{\\\"left\\\":\"}}]}");
}

/* A limit is no blindness. The limit was the prompt's, and was doubled once. */
static void
test_canary_cut_off (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;

  job_begin (&job, cuts_off, NULL, 3);
  chat_server_set_aside (job.server, NULL);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_BLOCKED, 0, 3);
  record = job_get (&job);
  net_assert_contains (record->why, "the test picture was cut off at 1000 tokens: raise the");
  g_assert_null (strstr (record->why, "does not see"));
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 2);
  g_assert_cmpuint (record->n_uncounted, ==, 1);
  g_assert_cmpint (record->assumed_tokens, ==, 2 * 2000 + 500 + 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/job-paid/equal-pictures", test_equal_pictures);
  g_test_add_func ("/net/job-paid/equal-asked-again", test_equal_asked_again);
  g_test_add_func ("/net/job-paid/equal-failed", test_equal_failed);
  g_test_add_func ("/net/job-paid/equal-retried", test_equal_retried);
  g_test_add_func ("/net/job-paid/equal-cancelled", test_equal_cancelled);
  g_test_add_func ("/net/job-paid/equal-paused", test_equal_paused);
  g_test_add_func ("/net/job-paid/equal-stopped", test_equal_stopped);
  g_test_add_func ("/net/job-paid/equal-broken-off", test_equal_broken_off);
  g_test_add_func ("/net/job-paid/equal-blind", test_equal_blind);
  g_test_add_func ("/net/job-paid/failures-counted", test_failures_counted);
  g_test_add_func ("/net/job-paid/canary-cut-off", test_canary_cut_off);
  return g_test_run ();
}
