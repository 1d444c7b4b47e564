/* guisectl caption: how many images a job is about, and what it may spend. */
#include "caption-shell.h"

#include <string.h>

/* While it lasts: prose instead of an object, or no answer of a model at all. */
static gboolean babbling, down;

static void
babbles (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (babbling)
    reply->body = chat_body ("What a lovely day it is.");
  else if (down)
    reply->body = g_strdup ("<html><body>Down for maintenance.</body></html>");
  else
    caption_answer_well (server, request, reply, data);
}

/* A limit takes the next images that are not described, until none is left; a job that was cut
 * short goes on up to its own. */
static void
test_limit_goes_on (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--filter 'path ~ 0001_1_ OR path ~ 0001_2_'"
                                                       " --limit 3");
  g_autofree char *more = caption_create_line (server, "--limit 5");

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (line, "done"), ==, 3);
  g_assert_cmpint (shell_run_for (line, "done"), ==, 1);
  shell_assert_failure (line, 1, "nothing to describe: every image that matches");
  g_assert_cmpuint (shell_count ("text = \"A slim young woman with long brown hair.\""), ==, 4);
  g_assert_cmpint (shell_run_for (more, "done"), ==, 5);
  g_assert_cmpint (shell_run_for (more, "done"), ==, 5);
  g_assert_cmpuint (shell_count ("text = \"A slim young woman with long brown hair.\""), ==, 14);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 14);
  shell_tear_down ();
}

/* A job that has begun goes on up to its limit of images, or to a larger one, and not beyond. */
static void
test_limit_of_unfinished (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *first = caption_create_line (server, "--limit 2");
  g_autofree char *begun = caption_create_line (server, "--limit 4 --max-tokens 2000 --quiet");
  g_autofree char *wider = caption_create_line (server, "--limit 7 --max-tokens 0");

  shell_set_up_demo ();
  g_assert_cmpint (shell_run_for (first, "done"), ==, 2);
  shell_assert_failure (begun, 1, "the limit of tokens");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
  shell_assert_failure (begun, 1, "the limit of tokens");
  g_assert_cmpint (shell_run_for (wider, "done"), ==, 7); /* by the job of four */
  g_assert_cmpuint (shell_count ("text = \"A slim young woman with long brown hair.\""), ==, 9);
  g_assert_cmpint (caption_count_jobs ("caption jobs"), ==, 2);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 9);
  shell_tear_down ();
}

/* The same of answers that are no use: a limit does not end at them again and again. */
static void
test_useless (void)
{
  g_autoptr (ChatServer) server = net_model_new (babbles, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 2");
  g_autofree char *more = caption_create_line (server, "--limit 1");
  g_autofree char *same = caption_create_line (server, CAPTION_TWO_IMAGES);
  g_auto (ShellResult) first = { 0 };
  json_t *done;

  shell_set_up_demo ();
  babbling = TRUE;
  first = shell_run (line);
  g_assert_cmpint (first.status, ==, 1);
  babbling = FALSE;
  done = shell_run_json (more);
  g_assert_cmpint (ctl_get_int (done, "done"), ==, 1);
  g_assert_cmpint (ctl_get_int (done, "failed"), ==, 0);
  json_decref (done);
  shell_assert_failure (same, 1, "or not usably answered, 2 of what matches");
  g_assert_cmpint (shell_run_for ("caption retry 1", "done"), ==, 2);
  shell_assert_failure (same, 1, "every image that matches has descriptions");
  shell_tear_down ();
}

/* What got no answer is asked again by the same command; a limit takes what was never asked first.
 */
static void
test_unanswered (void)
{
  g_autoptr (ChatServer) server = net_model_new (babbles, NULL, 0);
  g_autofree char *line = caption_create_line (server, CAPTION_TWO_IMAGES);
  g_autofree char *more = caption_create_line (server, "--limit 1");
  g_auto (ShellResult) first = { 0 }, shown = { 0 }, later = { 0 };

  shell_set_up_demo ();
  down = TRUE;
  first = shell_run (line);
  g_assert_cmpint (first.status, ==, 1);
  shown = shell_run ("caption show 1");
  g_assert_nonnull (strstr (shown.output, "Down for maintenance."));
  down = FALSE;
  g_assert_cmpint (shell_run_for (more, "done"), ==, 1);
  g_assert_cmpuint (shell_count ("path ~ 0001_1_ AND text ~ \"slim young woman\""), ==, 0);
  g_assert_cmpint (shell_run_for (line, "done"), ==, 2);
  g_assert_cmpuint (shell_count ("path ~ 0001_1_ AND text ~ \"slim young woman\""), ==, 2);
  later = shell_run ("caption show 1"); /* what came then, and not what came since */
  g_assert_nonnull (strstr (later.output, "Down for maintenance."));
  shell_tear_down ();
}

/* A limit that is not named again holds on; only 0 lifts it. */
static void
test_limits_stay (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *limited = caption_create_line (server, "--limit 6 --max-tokens 2000 --quiet");
  g_autofree char *unlimited = caption_create_line (server, "--limit 6 --quiet");

  shell_set_up_demo ();
  shell_assert_failure (limited, 1, "the limit of tokens");
  shell_assert_failure ("--quiet caption resume 1 --max-cost 5", 1, "the limit of tokens");
  shell_assert_failure (unlimited, 1, "the limit of tokens");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
  g_assert_cmpint (shell_run_for ("caption resume 1 --max-tokens 0 --max-cost 0", "done"), ==, 6);
  shell_tear_down ();
}

/* Beginning again with a limit of 0 lifts the one that the job has; so does the window. */
static void
test_limits_lifted (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *limited
      = caption_create_line (server, "--limit 6 --max-tokens 2000 --max-cost 0.5 --quiet");
  g_autofree char *lifted = caption_create_line (server, "--limit 6 --max-tokens=0 --max-cost=0");
  g_autofree char *negative = caption_create_line (server, "--max-tokens=-1");

  shell_set_up_demo ();
  shell_assert_failure (limited, 1, "the limit of tokens");
  shell_assert_failure (negative, 2, "a limit is a number");
  g_assert_cmpint (shell_run_for (lifted, "job"), ==, 1);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 6);
  shell_tear_down ();
}

/* The same command without its limit means all pictures, and the same job does them; a smaller
 * limit means another job. */
static void
test_limit_lifted (void)
{
  g_autoptr (ChatServer) server = net_model_new (caption_answer_well, NULL, 0);
  g_autofree char *line = caption_create_line (server, "");
  g_autofree char *fewer = caption_create_line (server, "--limit 2 --max-tokens 90000");
  g_autofree char *all = caption_create_line (server, "--max-tokens 900000");
  g_auto (ShellResult) result = { 0 };
  guint n_images;

  shell_set_up_demo ();
  n_images = shell_count ("");
  caption_begin_limited (line);
  g_assert_cmpint (shell_run_for (fewer, "job"), ==, 2);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
  result = shell_run (all);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.errors, "job 1 goes on, with "));
  g_assert_nonnull (strstr (result.errors, "more to describe"));
  g_assert_nonnull (strstr (result.output, "job 1, done"));
  g_assert_cmpuint (shell_count ("text = \"A slim young woman with long brown hair.\""), ==,
                    n_images);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_images);
  shell_tear_down ();
}

/* data: test pictures are counted, nothing else is. */
static void
does_not_count (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  json_t *object;
  char *text;

  if (!net_see (request, reply))
    caption_answer_well (server, request, reply, data);
  else if (data != NULL)
    return;
  object = json_loads (reply->body, 0, NULL);
  json_object_del (object, "usage");
  text = json_dumps (object, JSON_COMPACT);
  g_free (reply->body);
  reply->body = g_strdup (text);
  free (text);
  json_decref (object);
}

/* The newest job, as `caption jobs` has it. */
static json_t *
get_job (void)
{
  json_t *jobs = shell_run_json ("caption jobs");
  json_t *job = json_incref (json_array_get (json_object_get (jobs, "jobs"), 0));

  g_assert_nonnull (job);
  json_decref (jobs);
  return job;
}

/* The answers that a job says nobody counted; whether it says what the others took. */
static void
assert_uncounted (gint64 n, gboolean has_count)
{
  json_t *job = get_job (), *stats = shell_run_json ("caption stats");
  json_t *version = json_array_get (json_object_get (stats, "versions"), 0);

  g_assert_cmpint (ctl_get_int (job, "uncounted"), ==, n);
  g_assert_cmpint (ctl_get_int (version, "uncounted"), ==, n);
  g_assert_true (json_is_integer (json_object_get (job, "prompt_tokens")) == has_count);
  g_assert_true (json_is_integer (json_object_get (version, "completion_tokens")) == has_count);
  json_decref (job);
  json_decref (stats);
}

/* A limit of tokens holds over restarts where the server does not say what it used, and nobody is
 * told that it was nothing. */
static void
test_uncounted (void)
{
  g_autoptr (ChatServer) server = chat_server_new (does_not_count, NULL, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 6 --max-tokens 6000");
  g_auto (ShellResult) first = { 0 }, stats = { 0 };
  guint n_asked;

  shell_set_up_demo ();
  first = shell_run (line);
  g_assert_cmpint (first.status, ==, 1);
  g_assert_nonnull (strstr (first.errors, "the limit of tokens"));
  g_assert_nonnull (strstr (first.output, "tokens not measured, 2 answers came without a count\n"));
  n_asked = chat_server_get_n_requests (server);
  g_assert_cmpuint (n_asked, ==, 2); /* 2000 and what an answer may have, twice */
  assert_uncounted (n_asked, FALSE);
  stats = shell_run ("caption stats");
  g_assert_nonnull (strstr (stats.output, "; tokens not measured, 2 answers came without a count"));
  shell_assert_failure ("--quiet caption resume 1", 1, "the next question could go beyond");
  shell_assert_failure ("--quiet caption resume 1 --max-tokens 5000", 1,
                        "0 were counted, and 2 answers without a count are taken for 5000");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_asked);
  shell_tear_down ();
}

/* What an answer without a count is taken for is the same at a resume as it was while the job
 * ran. */
static void
test_partly_counted (void)
{
  g_autoptr (ChatServer) server = chat_server_new (does_not_count, "counts test pictures", NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 30 --max-tokens 12000");
  g_auto (ShellResult) first = { 0 };
  guint n_asked;

  shell_set_up_demo ();
  first = shell_run (line);
  g_assert_cmpint (first.status, ==, 1);
  g_assert_nonnull (strstr (first.errors, "the next question could go beyond"));
  g_assert_nonnull (strstr (first.output, "; 120 tokens, 19 answers came without a count\n"));
  n_asked = chat_server_get_n_requests (server);
  g_assert_cmpuint (n_asked, ==, 20);
  assert_uncounted (19, TRUE);
  shell_assert_failure ("--quiet caption resume 1", 1, "the next question could go beyond");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_asked);
  shell_tear_down ();
}

static void
says_nothing (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = g_strdup (
      "{\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":500}}");
}

/* Nobody gets past a limit by asking again and again what fails and is paid for. */
static void
test_paid_failures (void)
{
  g_autoptr (ChatServer) server = net_model_new (says_nothing, NULL, 0);
  g_autofree char *line = caption_create_line (server, "--limit 3 --max-tokens 10000 --quiet");
  json_t *job;

  shell_set_up_demo ();
  shell_assert_failure (line, 1, "no image was described");
  for (guint i = 0; i < 4; i++) {
    g_auto (ShellResult) again = shell_run ("caption resume 1");

    g_assert_cmpint (again.status, ==, 1);
  }
  job = get_job ();
  g_assert_cmpint (ctl_get_int (job, "prompt_tokens") + ctl_get_int (job, "completion_tokens"), ==,
                   1500 * chat_server_get_n_requests (server)
                       + 120 * chat_server_get_n_aside (server));
  g_assert_cmpint (ctl_get_int (job, "prompt_tokens") + ctl_get_int (job, "completion_tokens"), <=,
                   10000);
  json_decref (job);
  shell_tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/caption-limits/limit-goes-on", test_limit_goes_on);
  g_test_add_func ("/cli/caption-limits/limit-of-unfinished", test_limit_of_unfinished);
  g_test_add_func ("/cli/caption-limits/useless", test_useless);
  g_test_add_func ("/cli/caption-limits/unanswered", test_unanswered);
  g_test_add_func ("/cli/caption-limits/limits-stay", test_limits_stay);
  g_test_add_func ("/cli/caption-limits/limits-lifted", test_limits_lifted);
  g_test_add_func ("/cli/caption-limits/limit-lifted", test_limit_lifted);
  g_test_add_func ("/cli/caption-limits/uncounted", test_uncounted);
  g_test_add_func ("/cli/caption-limits/partly-counted", test_partly_counted);
  g_test_add_func ("/cli/caption-limits/paid-failures", test_paid_failures);
  return g_test_run ();
}
