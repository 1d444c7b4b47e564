/* A caption job against a scripted server: every answer is kept before anything is made of it, no
 * question is asked twice, and whatever stops it, it goes on. */
#include "job-fixture.h"

#include "guise-canary.h"
#include "guise-caption-keys.h"
#include "guise-db.h"

#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- scripts ---- */

static void
leaks_twice (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = request->number <= 2 ? net_describe ("a man in a coat", "a coat")
                                     : net_describe ("a man", "a coat");
}

static void
leaks (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe ("a man in a coat", "a coat");
}

static void
refuses (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body ("I'm sorry, but I can't describe people in images.");
}

static void
refuses_at_first (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (strstr (request->body, "Garments only") != NULL)
    reply->body = net_describe (NULL, "a red coat");
  else
    refuses (server, request, reply, data);
}

static void
says_nothing (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe (NULL, NULL);
}

static void
unauthorized (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  gint *n_good = data;

  if (g_atomic_int_add (n_good, -1) > 0) {
    job_good (server, request, reply, NULL);
    return;
  }
  reply->status = 401;
  reply->body = g_strdup ("{\"error\":{\"message\":\"bad key\"}}");
}

static void
answers_then_hangs (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                    gpointer data)
{
  if (request->number <= GPOINTER_TO_UINT (data))
    job_good (server, request, reply, NULL);
  else
    reply->manner = CHAT_SILENT;
}

/* ---- tests ---- */

static void
test_n01_job (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;
  g_autoptr (GuiseAnswer) answer = NULL;
  g_autoptr (GuiseCaptionJob) record = NULL;

  job_begin (&job, job_good, NULL, 5);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 5, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 5);
  item = job_get_item (&job, 2);
  g_assert_cmpstr (item->state, ==, "done");
  g_assert_cmpstr (item->maker, ==, "model");
  g_assert_cmpstr (item->identity, ==, "a tall man");
  g_assert_cmpstr (item->clothing, ==, "a red coat");
  g_assert_cmpstr (item->verdicts, ==, "{\"identity\":{}}");
  answer = guise_caption_db_get_answer (job.db, item->answer, NULL);
  g_assert_cmpint (answer->state, ==, GUISE_ANSWER_DONE);
  net_assert_contains (answer->raw_request, "\"sha256:");
  net_assert_contains (answer->raw_answer, "a tall man");
  record = job_get (&job);
  g_assert_cmpuint (record->n_answers, ==, 5);
  g_assert_cmpuint (chat_server_get_n_aside (job.server), ==, 1);
  g_assert_cmpint (record->prompt_tokens, ==, 600); /* the test picture is paid for, too */
  g_assert_cmpint (record->completion_tokens, ==, 120);
  g_assert_true (isnan (record->cost));
}

static void
test_again (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, leaks_twice, NULL, 1);
  job.leak = "coat";
  job_run (&job);
  item = job_get_item (&job, 0);
  g_assert_cmpstr (item->maker, ==, "model");
  g_assert_cmpstr (item->identity, ==, "a man");
  g_assert_cmpuint (item->n_tries, ==, 3);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 3);
}

static void
test_falls_back (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, leaks, NULL, 1);
  job.leak = "coat";
  job_run (&job);
  item = job_get_item (&job, 0);
  g_assert_cmpstr (item->maker, ==, "splitter");
  g_assert_cmpstr (item->identity, ==, "somebody");
  g_assert_cmpstr (item->why, ==, "it says 'coat'");
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, GUISE_CAPTION_MAX_TRIES);
}

/* What the splitter described is counted, and told apart from what the model did. */
static void
test_split_counted (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) before = NULL, after = NULL;

  job_begin (&job, leaks, NULL, 3);
  before = job_get (&job);
  g_assert_cmpuint (before->n_split, ==, 0);
  job.leak = "coat";
  job.leaking_image = 2;
  job_run (&job);
  after = job_get (&job);
  g_assert_cmpuint (after->n_done, ==, 3);
  g_assert_cmpuint (after->n_split, ==, 1);
}

static void
test_nothing_to_fall_back_to (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, says_nothing, NULL, 1);
  job.has_no_captions = TRUE;
  job_run (&job);
  item = job_get_item (&job, 0);
  g_assert_cmpstr (item->state, ==, "invalid");
  g_assert_null (item->maker);
  net_assert_contains (item->why, "describes neither");
}

/* One further question, which asks for less; then it is final, and in the retry list. */
static void
test_n20_refused (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, refuses, NULL, 1);
  job_run (&job);
  item = job_get_item (&job, 0);
  g_assert_cmpstr (item->state, ==, "refused");
  g_assert_null (item->maker);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 2);
  job_run (&job); /* not asked again by itself */
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 2);
  g_assert_cmpint (guise_caption_db_requeue_unusable (job.db, job.job_id, NULL), ==, 1);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 0, 1);
}

static void
refuses_twice (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number <= 2)
    refuses (server, request, reply, data);
  else
    job_good (server, request, reply, data);
}

/* A retry is a question, and not the old answer once more; that one stays, and is paid for. */
static void
test_n20_retried (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;
  g_autoptr (GuiseCaptionJob) record = NULL;
  g_autoptr (GuiseAnswer) old = NULL;

  job_begin (&job, refuses_twice, NULL, 1);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 0, 0);
  g_assert_cmpint (guise_caption_db_requeue_unusable (job.db, job.job_id, NULL), ==, 1);
  item = job_get_item (&job, 0);
  old = guise_caption_db_get_answer (job.db, item->answer, NULL);
  g_assert_nonnull (old);
  g_assert_cmpint (old->state, ==, GUISE_ANSWER_REFUSED);
  job_run (&job);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 3);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 1, 0);
  record = job_get (&job);
  g_assert_cmpuint (record->n_answers, ==, 3);
}

static void
test_n20_refused_at_first (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, refuses_at_first, NULL, 1);
  job_run (&job);
  item = job_get_item (&job, 0);
  g_assert_cmpstr (item->state, ==, "done");
  g_assert_null (item->identity);
  g_assert_cmpstr (item->clothing, ==, "a red coat");
}

static void
test_broken_picture (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, job_good, NULL, 3);
  job.broken_image = 2;
  job_run (&job);
  item = job_get_item (&job, 1);
  g_assert_cmpstr (item->state, ==, "failed");
  g_assert_cmpstr (item->why, ==, "cannot read 'broken.jpg'");
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 2, 0);
  job.broken_image = 0;
  job_run (&job); /* what had no answer is tried again */
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 3, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 3);
}

/* A wrong key stops the job at once; with a right one it goes on where it was. */
static void
test_n02_stops_and_goes_on (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  gint n_good = 3;

  job_begin (&job, unauthorized, &n_good, 8);
  job.settings.most = 1;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_BLOCKED, 3, 5);
  record = job_get (&job);
  g_assert_nonnull (record->why);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 4);
  n_good = 100;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 8, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 9);
}

static void
test_limit (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;

  job_begin (&job, job_good, NULL, 50);
  job.settings.max_tokens = 600;
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_STOPPED);
  g_assert_cmpuint (record->n_open, >, 30);
  net_assert_contains (record->why, "could go beyond the limit of tokens");
  g_assert_cmpuint (record->n_answers, ==, chat_server_get_n_requests (job.server));
}

static gpointer
cancel_when_asked (gpointer data)
{
  Job *job = data;

  chat_server_await_requests (job->server, 4);
  g_cancellable_cancel (job->cancellable);
  return NULL;
}

static void
test_cancelled (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread;

  job_begin (&job, answers_then_hangs, GUINT_TO_POINTER (3), 8);
  thread = g_thread_new ("cancel", cancel_when_asked, &job);
  g_assert_false (job_run_once (&job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_STOPPED);
  g_assert_cmpuint (record->n_done, <=, 3);
  g_assert_cmpuint (record->n_done + record->n_open, ==, 8);
  g_assert_cmpuint (record->n_done, ==, record->n_answers);
}

static gpointer
pause_when_asked (gpointer data)
{
  Job *job = data;

  chat_server_await_requests (job->server, 3);
  g_cancellable_cancel (job->pause);
  return NULL;
}

/* What is under way is waited for: it may be paid for. */
static void
test_paused (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  guint n_requests;
  GThread *thread;

  job_begin (&job, job_good, NULL, 200);
  thread = g_thread_new ("pause", pause_when_asked, &job);
  job_run (&job);
  g_thread_join (thread);
  record = job_get (&job);
  n_requests = chat_server_get_n_requests (job.server);
  g_assert_cmpuint (record->n_done, ==, n_requests);
  if (record->n_open > 0)
    g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_PAUSED);
  g_object_unref (job.pause);
  job.pause = g_cancellable_new ();
  job_run (&job);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 200);
}

/* Killed while a question is out: it alone is asked again, nothing is stored twice. */
static void
test_n27_killed (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;
  g_autoptr (GuiseCaptionJob) record = NULL;
  pid_t child;
  int status;

  job_begin (&job, answers_then_hangs, GUINT_TO_POINTER (3), 5);
  g_clear_pointer (&job.db, guise_caption_db_close); /* SQLite does not survive a fork */
  child = fork ();
  if (child == 0) {
    job_open_db (&job);
    job_run (&job);
    _exit (0);
  }
  chat_server_await_requests (job.server, 4);
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  job_open_db (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_RUNNING);
  item = job_get_item (&job, 3);
  g_assert_cmpstr (item->state, ==, "running");
  g_clear_pointer (&job.server, chat_server_free);
  job.server = net_model_new (job_good, NULL, 0);
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 5, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 5 - record->n_answers);
}

/* The answer was committed, and the process died before the item was: it is not asked again. */
static void
test_n27_answer_kept (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, job_good, NULL, 2);
  job_run (&job);
  item = job_get_item (&job, 1);
  g_clear_pointer (&item->maker, g_free);
  g_clear_pointer (&item->identity, g_free);
  g_clear_pointer (&item->clothing, g_free);
  g_free (item->state);
  item->state = g_strdup ("running");
  g_assert_true (guise_caption_db_finish_item (job.db, item, NULL));
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 2, 0);
  g_assert_cmpuint (chat_server_get_n_requests (job.server), ==, 2);
}

typedef struct {
  gint n_down; /* requests while the network is away */
} Outage;

static void
drops (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  Outage *outage = data;

  if (request->number > 3 && g_atomic_int_add (&outage->n_down, -1) > 0)
    reply->manner = CHAT_RESET;
  job_good (server, request, reply, NULL);
}

/* The network is away for a long time: the job stops by itself, and goes on without a description
 * twice or a hole. */
static void
test_n26_outage (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  Outage outage = { .n_down = 500 };

  job_begin (&job, drops, &outage, 20);
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_BLOCKED);
  g_assert_nonnull (record->why);
  g_assert_cmpuint (record->n_done, ==, 3);
  g_assert_cmpuint (record->n_open, >=, 7); /* it did not go through all of them in vain */
  outage.n_down = 0;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 20, 0);
}

/* ---- the test picture ---- */

typedef struct {
  gint n_seen;      /* test pictures that it still sees */
  guint status;     /* for others, 200 = a wrong answer */
  gint n_good;      /* answers about anything else, before the key is not good any more */
  gint n_questions; /* about anything else */
  gint n_canaries;
  GuiseCanary first, last;
} Sight;

static void
look (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  Sight *sight = data;
  g_autofree char *content = NULL;
  GuiseCanary canary;

  if (!net_find_canary (request, &canary)) {
    g_atomic_int_inc (&sight->n_questions);
    unauthorized (server, request, reply, &sight->n_good);
    return;
  }
  if (g_atomic_int_add (&sight->n_canaries, 1) == 0)
    sight->first = canary;
  sight->last = canary;
  if (g_atomic_int_add (&sight->n_seen, -1) > 0)
    content = g_strdup_printf ("{\"left\":\"%s\",\"right\":\"%s\",\"digit\":1}", canary.left,
                               canary.right);
  else if ((reply->status = sight->status) == 200)
    content = g_strdup_printf ("{\"left\":\"%s\",\"right\":\"%s\",\"digit\":1}",
                               canary.right, canary.left);
  reply->body = content != NULL ? chat_body (content) : g_strdup ("{}");
}

static void
begin_looking (Job *job, Sight *sight, guint n_images)
{
  job_begin (job, look, sight, n_images);
  chat_server_set_aside (job->server, NULL);
}

/* A model that never saw is asked about nothing but the test picture, and fills nothing. */
static void
test_canary_first (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  Sight sight = { .n_seen = 0, .status = 200, .n_good = 100 };

  begin_looking (&job, &sight, 20);
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_BLOCKED);
  net_assert_contains (record->why, "does not see");
  net_assert_contains (record->why, "where there are");
  g_assert_cmpuint (record->n_open, ==, 20);
  g_assert_cmpuint (record->n_answers, ==, 0);
  g_assert_cmpint (sight.n_questions, ==, 0);
  g_assert_cmpint (record->prompt_tokens, >, 0); /* paid for all the same */
  sight.n_seen = 10;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 20, 0);
}

/* What got no answer says nothing about the model, and lets nothing through. */
static void
test_canary_unanswered (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  Sight sight = { .n_seen = 0, .status = 418 };

  begin_looking (&job, &sight, 5);
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_BLOCKED);
  net_assert_contains (record->why, "got no answer");
  g_assert_cmpuint (record->n_open, ==, 5);
  g_assert_cmpint (sight.n_questions, ==, 0);
}

/* Every 200 questions the model has to prove that it still sees. */
static void
test_canary_later (void)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  Sight sight = { .n_seen = 1, .status = 200, .n_good = 1000 };

  begin_looking (&job, &sight, 250);
  job.settings.most = 1;
  job_run (&job);
  record = job_get (&job);
  g_assert_cmpint (record->state, ==, GUISE_CAPTION_JOB_BLOCKED);
  net_assert_contains (record->why, "does not see");
  g_assert_cmpuint (record->n_done, >=, GUISE_CAPTION_CANARY_INTERVAL - 10);
  g_assert_cmpuint (record->n_open, >, 0);
}

/* Going on begins with a test picture again, another one; where nothing is asked, none is. */
static void
test_canary_at_each_resume (void)
{
  g_auto (Job) job = { 0 };
  Sight sight = { .n_seen = 10, .status = 200, .n_good = 3 };

  begin_looking (&job, &sight, 5);
  job.settings.most = 1;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_BLOCKED, 3, 2);
  g_assert_cmpint (sight.n_canaries, ==, 1);
  sight.n_good = 100;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 5, 0);
  g_assert_cmpint (sight.n_canaries, ==, 2);
  g_assert_cmpstr (sight.first.left, !=, sight.last.left);
  job_run (&job);
  g_assert_cmpint (sight.n_canaries, ==, 2);
}

static void
limited (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (chat_server_get_now (server) > 2) {
    reply->status = 429;
    reply->body = g_strdup ("{\"error\":{\"message\":\"slow down\"}}");
  } else {
    job_good (server, request, reply, NULL);
  }
}

static void
test_n28_parallel (void)
{
  g_auto (Job) job = { 0 };

  job_begin (&job, limited, NULL, 60);
  job.settings.start = 16;
  job.settings.tries = 50;
  job_run (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 60, 0);
}

static void
test_styles (void)
{
  const gint64 ids[] = { 1, 1 };
  const char *const styles[] = { "terse", "gone" };
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionJob) record = NULL;
  g_autoptr (GuiseCaptionItem) first = NULL, second = NULL;

  job_begin (&job, job_good, NULL, 1);
  record = job_get (&job);
  job.job_id = guise_caption_db_add_job (job.db, record, ids, NULL, styles, 2, NULL);
  job_run (&job);
  first = job_get_item (&job, 0);
  second = job_get_item (&job, 1);
  g_assert_cmpstr (first->state, ==, "done");
  g_assert_cmpstr (second->state, ==, "failed");
  net_assert_contains (second->why, "style is not there");
  net_assert_contains (chat_server_get_request (job.server, 1)->body, "Man, red coat.");
}

static void
test_keys (void)
{
  const char *const terse[] = { "a", NULL }, *const other[] = { "a", "", NULL };
  char *keys[] = {
    guise_caption_create_key ("i", "p", "m", NULL, 0, FALSE),
    guise_caption_create_key ("j", "p", "m", NULL, 0, FALSE),
    guise_caption_create_key ("i", "q", "m", NULL, 0, FALSE),
    guise_caption_create_key ("i", "p", "n", NULL, 0, FALSE),
    guise_caption_create_key ("ip", "", "m", NULL, 0, FALSE),
    guise_caption_create_key ("i", "p", "m", terse, 0, FALSE),
    guise_caption_create_key ("i", "p", "m", other, 0, FALSE),
    guise_caption_create_key ("i", "p", "m", NULL, 1, FALSE),
    guise_caption_create_key ("i", "p", "m", NULL, 0, TRUE),
  };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_true (g_hash_table_add (seen, keys[i]));
}

static void
change_file (Job *job, const char *sql)
{
  g_autofree char *path = g_build_filename (job->folder, "captions.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseDb) db = guise_db_open (path, GUISE_DB_READ_WRITE, &error);

  g_assert_no_error (error);
  guise_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

/* clang-format off */
#define TO_FORMAT_5 \
  "DROP INDEX answers_by_item; ALTER TABLE answers DROP COLUMN assumed_tokens;" \
  " ALTER TABLE canaries DROP COLUMN assumed_tokens;" \
  " CREATE INDEX answers_by_item ON answers (item_id, prompt_tokens, completion_tokens, cost," \
  " state); UPDATE answers SET prompt_tokens = -1, completion_tokens = -1;" \
  " PRAGMA user_version=5;"
#define TO_FORMAT_4 \
  TO_FORMAT_5 "ALTER TABLE jobs DROP COLUMN waits_until; ALTER TABLE jobs DROP COLUMN process;" \
  " PRAGMA user_version=4;"
#define TO_FORMAT_3 TO_FORMAT_4 "ALTER TABLE jobs DROP COLUMN removed; PRAGMA user_version=3;"
#define TO_FORMAT_2 \
  TO_FORMAT_3 "DROP INDEX items_without_picture; DROP INDEX items_by_picture;" \
  " ALTER TABLE items DROP COLUMN picture; DROP TABLE canaries; PRAGMA user_version=2;"
#define TO_FORMAT_1 \
  TO_FORMAT_2 "DROP INDEX answers_by_item; CREATE INDEX answers_by_item ON answers (item_id);" \
  " PRAGMA user_version=1;"
/* clang-format on */
static const char to_format_1[] = TO_FORMAT_1, to_format_2[] = TO_FORMAT_2;

static gint64
ask_file (Job *job, const char *sql)
{
  g_autofree char *path = g_build_filename (job->folder, "captions.db", NULL);
  g_autoptr (GuiseDb) file = guise_db_open (path, GUISE_DB_READ_ONLY, NULL);
  gboolean ok;
  gint64 number = guise_db_get_int_values (file, &ok, 0, sql, NULL, 0, NULL);

  g_assert_true (ok);
  return number;
}

/* Files of earlier formats are brought up to date, whoever opens them, and go on. */
static void
test_earlier_format (gconstpointer data)
{
  g_auto (Job) job = { 0 };
  g_autoptr (GuiseCaptionDb) reader = NULL;
  g_autoptr (GuiseCaptionItem) item = NULL;

  job_begin (&job, job_good, NULL, 3);
  job_run (&job);
  g_clear_pointer (&job.db, guise_caption_db_close);
  change_file (&job, data);
  g_assert_cmpint (ask_file (&job, "PRAGMA user_version"), <, 6);
  reader = guise_caption_db_open_existing (job.folder, NULL);
  g_assert_nonnull (reader);
  g_clear_pointer (&reader, guise_caption_db_close);
  job_open_db (&job);
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 3, 0);
  item = job_get_item (&job, 0);
  g_assert_null (item->picture);
  g_assert_cmpint (ask_file (&job, "PRAGMA user_version"), ==, 6);
  g_assert_cmpint (ask_file (&job, "SELECT count (*) FROM pragma_index_info ('answers_by_item')"),
                   ==, 5);
  g_assert_cmpint (ask_file (&job, "SELECT count (*) FROM canaries"), ==,
                   data != (gconstpointer)to_format_1 && data != (gconstpointer)to_format_2);
  g_assert_cmpint (ask_file (&job, "SELECT sum (assumed_tokens) FROM answers"), ==, 3 * 3000);
  g_assert_cmpint (ask_file (&job, "SELECT count (*) FROM jobs WHERE removed = 0"), ==, 1);
}

static gboolean
is_removed (Job *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionJob) read = guise_caption_db_get_job (job->db, job->job_id, &error);

  g_assert_no_error (error);
  return read->is_removed;
}

/* What is taken off the list keeps all that it was answered, and is there again when it goes on. */
static void
test_removed (void)
{
  g_auto (Job) job = { 0 };
  gint64 n_answers;

  job_begin (&job, job_good, NULL, 3);
  job_run (&job);
  n_answers = ask_file (&job, "SELECT count (*) FROM answers");
  g_assert_cmpint (n_answers, >, 0);
  g_assert_false (is_removed (&job));
  g_assert_true (guise_caption_db_set_job_removed (job.db, job.job_id, TRUE, NULL));
  g_assert_true (is_removed (&job));
  job_assert (&job, GUISE_CAPTION_JOB_DONE, 3, 0);
  g_assert_cmpint (ask_file (&job, "SELECT count (*) FROM answers"), ==, n_answers);
  job_run (&job);
  g_assert_false (is_removed (&job));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/job/n01-job", test_n01_job);
  g_test_add_func ("/net/job/n02-stops-and-goes-on", test_n02_stops_and_goes_on);
  g_test_add_func ("/net/job/n20-refused", test_n20_refused);
  g_test_add_func ("/net/job/n20-refused-at-first", test_n20_refused_at_first);
  g_test_add_func ("/net/job/n26-outage", test_n26_outage);
  g_test_add_func ("/net/job/n27-killed", test_n27_killed);
  g_test_add_func ("/net/job/n27-answer-kept", test_n27_answer_kept);
  g_test_add_func ("/net/job/n28-parallel", test_n28_parallel);
  g_test_add_func ("/net/job/again", test_again);
  g_test_add_func ("/net/job/falls-back", test_falls_back);
  g_test_add_func ("/net/job/split-counted", test_split_counted);
  g_test_add_func ("/net/job/nothing-to-fall-back-to", test_nothing_to_fall_back_to);
  g_test_add_func ("/net/job/broken-picture", test_broken_picture);
  g_test_add_func ("/net/job/limit", test_limit);
  g_test_add_func ("/net/job/cancelled", test_cancelled);
  g_test_add_func ("/net/job/paused", test_paused);
  g_test_add_func ("/net/job/n20-retried", test_n20_retried);
  g_test_add_func ("/net/job/canary-first", test_canary_first);
  g_test_add_func ("/net/job/canary-unanswered", test_canary_unanswered);
  g_test_add_func ("/net/job/canary-later", test_canary_later);
  g_test_add_func ("/net/job/canary-at-each-resume", test_canary_at_each_resume);
  g_test_add_func ("/net/job/styles", test_styles);
  g_test_add_func ("/net/job/keys", test_keys);
  g_test_add_data_func ("/net/job/first-format", to_format_1, test_earlier_format);
  g_test_add_data_func ("/net/job/second-format", to_format_2, test_earlier_format);
  g_test_add_data_func ("/net/job/third-format", TO_FORMAT_3, test_earlier_format);
  g_test_add_data_func ("/net/job/fourth-format", TO_FORMAT_4, test_earlier_format);
  g_test_add_data_func ("/net/job/fifth-format", TO_FORMAT_5, test_earlier_format);
  g_test_add_func ("/net/job/removed", test_removed);
  return g_test_run ();
}
