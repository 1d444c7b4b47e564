/* The asker's own mind: other formats, repairs, limits, pace, pause, probe. */
#include "guise-backoff.h"
#include "guise-canary.h"
#include "guise-pace.h"
#include "guise-probe-endpoint.h"
#include "net-fixture.h"

#include <math.h>
#include <string.h>

static void
open_with (Net *net, FakeClock *fake, ChatServer *server, GuiseAskerSettings *settings)
{
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));

  net_open (net, endpoint, NULL, settings);
}

static GuiseAskerSettings
start (FakeClock *fake)
{
  fake_clock_init (fake, TRUE);
  return net_settings (fake);
}

/* ---- formats ---- */

/* Knows no response_format at all, like a server of long ago. */
static void
know_no_format (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (strstr (request->body, "\"response_format\"") == NULL) {
    reply->body = chat_body ("Of course! " GOOD);
    return;
  }
  reply->status = 400;
  reply->body = g_strdup ("{\"error\":{\"message\":\"Unknown field: response_format\"}}");
}

static void
test_ladder (void)
{
  g_autoptr (ChatServer) server = chat_server_new (know_no_format, NULL, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_autoptr (GuiseEndpoint) learned = NULL;
  g_auto (Net) net = { 0 };

  open_with (&net, &fake, server, &settings);
  net_push (&net, 3);
  net_await (&net, 3);
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 3);
  net_assert_contains (chat_server_get_request (server, 1)->body, "\"json_schema\":{\"name\"");
  net_assert_contains (chat_server_get_request (server, 2)->body, "{\"type\":\"json_object\"}");
  net_assert_contains (chat_server_get_request (server, 3)->body, "JSON schema:");
  for (guint i = 0; i < 3; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_DONE);
  g_assert_cmpuint (net_get (&net, 1)->attempts, ==, 1); /* remembered */
  learned = guise_asker_dup_endpoint (net.asker);
  g_assert_cmpuint (learned->formats, ==, 1u << GUISE_FORMAT_PROMPTED);
}

/* Takes max_completion_tokens only, and no temperature. */
static void
be_particular (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const char *why = NULL;

  if (strstr (request->body, "\"max_tokens\"") != NULL)
    why = "max_tokens";
  else if (strstr (request->body, "\"temperature\"") != NULL)
    why = "temperature";
  if (why == NULL) {
    reply->body = chat_body (GOOD);
    return;
  }
  reply->status = 400;
  reply->body = g_strdup_printf (
      "{\"error\":{\"message\":\"Unsupported parameter: '%s'\",\"param\":\"%s\"}}", why, why);
}

static void
test_parameters (void)
{
  g_autoptr (ChatServer) server = chat_server_new (be_particular, NULL, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_autoptr (GuiseEndpoint) learned = NULL;
  g_auto (Net) net = { 0 };

  open_with (&net, &fake, server, &settings);
  net_push (&net, 2);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
  net_assert_state (net_get (&net, 1), GUISE_ANSWER_DONE);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 4);
  net_assert_contains (net_get (&net, 0)->raw_request, "\"max_completion_tokens\":400");
  learned = guise_asker_dup_endpoint (net.asker);
  g_assert_cmpstr (learned->token_field, ==, "max_completion_tokens");
  g_assert_cmpuint (learned->omit, ==, GUISE_PARAMETER_TEMPERATURE);
}

/* A server that refuses both names is not asked for ever. */
static void
test_parameters_end (void)
{
  NetStep step = { 400, NULL, "{\"error\":\"unsupported: max_tokens, max_completion_tokens\"}" };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  g_assert_cmpuint (answer->attempts, ==, 2);
}

/* ---- repair, and more tokens ---- */

static void
answer_badly_once (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body (request->number == 1 ? "{\"identity\":\"a man\"}" : GOOD);
}

static void
test_repair (void)
{
  g_autoptr (ChatServer) server = chat_server_new (answer_badly_once, NULL, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);
  const char *second = chat_server_get_request (server, 2)->body;

  net_assert_state (answer, GUISE_ANSWER_DONE);
  net_assert_contains (second, "'clothing' is missing");
  net_assert_contains (second, "{\\\"identity\\\":\\\"a man\\\"}");
  net_assert_contains (second, "\"role\":\"assistant\"");
  g_assert_cmpint (answer->prompt_tokens, ==, 200);
  g_assert_cmpint (answer->completion_tokens, ==, 40);
}

static void
test_repair_once (void)
{
  g_autofree char *body = chat_body ("no idea");
  NetStep step = { 200, NULL, body };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_INVALID);
  g_assert_cmpuint (answer->attempts, ==, 2);
  g_assert_null (answer->identity);
}

static void
test_more_tokens (void)
{
  const char *cut = "{\"choices\":[{\"message\":{\"content\":\"{\\\"ide\"},\"finish_reason\":"
                    "\"length\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":400}}";
  g_autoptr (ChatServer) server
      = chat_server_new (net_play, ((NetStep[]){ { 200, NULL, cut }, { 0 } }), NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);
  NetStep always = { 200, NULL, cut };
  g_autoptr (ChatServer) other = chat_server_new (net_repeat, &always, NULL, 0);
  g_autoptr (GuiseAnswer) given_up = net_ask (other, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  net_assert_contains (chat_server_get_request (server, 1)->body, "\"max_tokens\":400");
  net_assert_contains (chat_server_get_request (server, 2)->body, "\"max_tokens\":800");
  net_assert_state (given_up, GUISE_ANSWER_TRUNCATED);
  g_assert_cmpuint (given_up->attempts, ==, 2);
}

static void
test_exhausted (void)
{
  const char *thought = "{\"choices\":[{\"message\":{\"content\":\"\",\"reasoning\":\"hm\"}}],"
                        "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":400}}";
  NetStep step = { 200, NULL, thought };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_THINKING_EXHAUSTED);
  g_assert_cmpuint (answer->attempts, ==, 2);
}

/* ---- limits ---- */

/* Each request takes 120 tokens; what is set aside is never more than the limit. */
static void
test_token_limit (void)
{
  NetStep good = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &good, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_auto (GuiseAskerStatus) status = { 0 };
  g_auto (Net) net = { 0 };

  settings.start = settings.most = 8;
  settings.max_tokens = 3000;
  open_with (&net, &fake, server, &settings);
  net_push (&net, 50);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.reason, ==, GUISE_ASKER_REASON_LIMIT);
  net_assert_contains (status.why, "limit of tokens");
  g_assert_cmpint (status.prompt_tokens + status.completion_tokens, <=, 3000);
  /* Room for one more request (100 + 400) is not left, for another answer is. */
  g_assert_cmpint (status.prompt_tokens + status.completion_tokens, >, 3000 - 500);
  guise_asker_set_limits (net.asker, 0, 0);
  guise_asker_resume (net.asker);
  net_await (&net, 50);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 50);
}

static void
test_cost_limit (void)
{
  NetStep good = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &good, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_auto (GuiseAskerStatus) status = { 0 };
  g_auto (Net) net = { 0 };

  endpoint->prompt_price = 10;
  endpoint->completion_price = 100; /* 0.003 an answer, 0.041 at most */
  settings.max_cost = 0.1;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 50);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.reason, ==, GUISE_ASKER_REASON_LIMIT);
  net_assert_contains (status.why, "limit of cost");
  g_assert_cmpfloat (status.cost, <=, 0.1);
  g_assert_cmpfloat (status.cost, >, 0.05);
  g_assert_cmpfloat_with_epsilon (net_get (&net, 0)->cost, 0.003, 1e-9);
}

/* A limit of cost that nobody can keep stops after the first answer, which is not lost. */
static void
test_unknown_cost (void)
{
  NetStep good = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &good, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_auto (GuiseAskerStatus) status = { 0 };
  g_auto (Net) net = { 0 };

  settings.max_cost = 1;
  open_with (&net, &fake, server, &settings);
  net_push (&net, 5);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  net_assert_contains (status.why, "not known");
  g_assert_true (isnan (status.cost));
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
}

/* ---- pause ---- */

static void
hold_first (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  GMutex *gate = data;

  g_mutex_lock (gate);
  g_mutex_unlock (gate);
  reply->body = chat_body (GOOD);
}

/* What is under way is answered, nothing else is asked until it goes on. */
static void
test_pause (void)
{
  static GMutex gate;
  g_autoptr (ChatServer) server = chat_server_new (hold_first, &gate, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_auto (Net) net = { 0 };

  g_mutex_lock (&gate);
  open_with (&net, &fake, server, &settings);
  net_push (&net, 5);
  chat_server_await_requests (server, 1);
  guise_asker_pause (net.asker);
  net_await_state (&net, GUISE_ASKER_PAUSED);
  g_mutex_unlock (&gate);
  net_await (&net, 1);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
  net_await_n_waiting (&net, 4);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
  guise_asker_resume (net.asker);
  net_await (&net, 5);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 5);
}

/* Freed with questions in it: each is answered all the same. */
static void
test_free (void)
{
  NetStep step = { 200, NULL, NULL, CHAT_SILENT };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_auto (Net) net = { 0 };

  open_with (&net, &fake, server, &settings);
  net_push (&net, 20);
  g_clear_pointer (&net.asker, guise_asker_free);
  net_await (&net, 20);
  for (guint i = 0; i < 20; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_CANCELLED);
}

/* ---- pace, breaker and waits as values ---- */

static void
test_pace (void)
{
  GuisePace pace;

  guise_pace_init (&pace, 4, 16);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 4);
  for (guint i = 0; i < 4; i++)
    guise_pace_note_answer (&pace, 100);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 5);
  for (guint i = 0; i < 5; i++) /* slower than it used to be: enough */
    guise_pace_note_answer (&pace, i == 2 ? 300 : 100);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 5);
  guise_pace_note_overload (&pace, 10, 100);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 2);
  guise_pace_note_overload (&pace, 20, 101); /* was under way at that time */
  g_assert_cmpuint (guise_pace_get (&pace), ==, 2);
  guise_pace_note_overload (&pace, 150, 200);
  guise_pace_note_overload (&pace, 250, 300);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 1);
  for (guint i = 0; i < 1000; i++)
    guise_pace_note_answer (&pace, 100);
  g_assert_cmpuint (guise_pace_get (&pace), ==, 16);
}

static void
test_breaker (void)
{
  GuiseBreaker breaker = { .most = 3 };

  g_assert_false (guise_breaker_note_failure (&breaker, 500));
  g_assert_false (guise_breaker_note_failure (&breaker, 500));
  g_assert_false (guise_breaker_note_failure (&breaker, 502)); /* another one */
  g_assert_false (guise_breaker_note_failure (&breaker, 502));
  g_assert_true (guise_breaker_note_failure (&breaker, 502));
  guise_breaker_reset (&breaker);
  g_assert_false (guise_breaker_note_failure (&breaker, 502));
}

static void
test_backoff (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint n = 1; n < 200; n++) {
    gint64 most = n < 8 ? 500LL << (n - 1) : 60000, ms = guise_backoff_get_ms (n, rand);

    g_assert_cmpint (ms, <=, MIN (most, 60000));
    g_assert_cmpint (ms, >=, MIN (most, 60000) * 3 / 4);
  }
}

/* ---- the probe ---- */

typedef struct {
  gboolean blind, no_schema, no_object;
} Eyes;

static void
look (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const Eyes *eyes = data;
  gboolean schema = strstr (request->body, "\"json_schema\":{") != NULL;
  gboolean object = strstr (request->body, "\"json_object\"") != NULL;
  g_autofree char *content = NULL;
  GuiseCanary canary;

  if (request->number >= 5) /* four at once really are */
    chat_server_await_at_once (server, 4);
  if (net_find_canary (request, &canary))
    content = g_strdup_printf ("{\"left\":\"%s\",\"right\":\"%s\",\"digit\":%u}",
                               eyes->blind ? canary.right : canary.left,
                               eyes->blind ? canary.left : canary.right, canary.digit);
  else if (schema && !eyes->no_schema)
    content = g_strdup ("{\"garment\":\"coat\",\"colour_of_it\":\"red\"}");
  else if (object && !eyes->no_object)
    content = g_strdup ("{\"coat\":\"red\"}");
  else if (object)
    reply->status = 400;
  reply->body = reply->status == 400
                    ? g_strdup ("{\"error\":\"'response_format.type' must be 'json_schema'\"}")
                    : chat_body (content != NULL ? content : "It is a red coat.");
}

static GuiseProbeReport *
probe (Eyes *eyes, guint n_requests)
{
  g_autoptr (ChatServer) server = chat_server_new (look, eyes, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GError) error = NULL;
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  GuiseProbeReport *report = guise_endpoint_probe (endpoint, NULL, &settings, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (report->reachable.result, ==, GUISE_PROBE_YES);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, n_requests);
  g_assert_cmpuint (chat_server_get_most_at_once (server), ==, 4);
  g_assert_cmpstr (report->model, ==, "fake-vl");
  g_assert_true (isfinite (report->latency_ms));
  g_assert_cmpuint (report->parallel, >=, 1);
  return report;
}

static void
test_probe (void)
{
  Eyes eyes = { FALSE, FALSE, FALSE };
  g_autoptr (GuiseProbeReport) report = probe (&eyes, 8);

  g_assert_cmpint (report->vision.result, ==, GUISE_PROBE_YES);
  g_assert_cmpint (report->json_schema.result, ==, GUISE_PROBE_YES);
  g_assert_cmpint (report->json_object.result, ==, GUISE_PROBE_YES);
}

static void
test_probe_blind (void)
{
  Eyes eyes = { TRUE, TRUE, TRUE };
  g_autoptr (GuiseProbeReport) report = probe (&eyes, 8);

  g_assert_cmpint (report->vision.result, ==, GUISE_PROBE_NO);
  net_assert_contains (report->vision.why, "where there are");
  g_assert_cmpint (report->json_schema.result, ==, GUISE_PROBE_NO);
  g_assert_cmpint (report->json_object.result, ==, GUISE_PROBE_NO);
  net_assert_contains (report->json_object.why, "must be 'json_schema'");
  g_assert_cmpuint (report->endpoint->formats, ==, 1u << GUISE_FORMAT_PROMPTED);
}

/* Answers the picture, and breaks off whatever else is asked. */
static void
see_and_break (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const guint *status = data;

  if (request->number == 1 && net_see (request, reply))
    return;
  reply->status = *status;
  reply->body = g_strdup ("{\"error\":\"busy\"}");
  if (*status == 200)
    reply->manner = CHAT_RESET;
}

/* A connection that breaks says nothing of what the server can do. */
static void
test_probe_broken (gconstpointer data)
{
  g_autoptr (ChatServer) server = chat_server_new (see_and_break, (gpointer)data, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GError) error = NULL;
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake);
  g_autoptr (GuiseProbeReport) report
      = guise_endpoint_probe (endpoint, NULL, &settings, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (report->reachable.result, ==, GUISE_PROBE_YES);
  g_assert_cmpint (report->vision.result, ==, GUISE_PROBE_YES);
  g_assert_cmpint (report->json_schema.result, ==, GUISE_PROBE_UNKNOWN);
  g_assert_nonnull (report->json_schema.why);
  g_assert_cmpint (report->json_object.result, ==, GUISE_PROBE_UNKNOWN);
  g_assert_cmpuint (report->parallel, ==, 0);
  g_assert_cmpuint (report->endpoint->formats, ==, endpoint->formats); /* nothing was learned */
}

static void
test_probe_stopped (void)
{
  NetStep step = { 401, NULL, "{\"error\":\"no\"}" };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GError) error = NULL;
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  g_autoptr (GuiseProbeReport) report
      = guise_endpoint_probe (endpoint, NULL, &settings, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (report->reachable.result, ==, GUISE_PROBE_NO);
  net_assert_contains (report->reachable.why, "the key is not accepted");
  g_assert_cmpint (report->vision.result, ==, GUISE_PROBE_UNKNOWN);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
}

static gpointer
cancel_when_asked (gpointer data)
{
  gpointer *both = data;

  chat_server_await_requests (both[0], 1);
  g_cancellable_cancel (both[1]);
  return NULL;
}

static void
test_probe_cancelled (void)
{
  NetStep step = { 200, NULL, NULL, CHAT_SILENT };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  gpointer both[] = { server, cancellable };
  GThread *thread = g_thread_new ("cancel", cancel_when_asked, both);

  g_assert_null (guise_endpoint_probe (endpoint, NULL, &settings, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_parallel (void)
{
  g_assert_cmpuint (guise_probe_judge_parallel (100, 400, 4), ==, 1);
  g_assert_cmpuint (guise_probe_judge_parallel (100, 105, 4), ==, 4);
  g_assert_cmpuint (guise_probe_judge_parallel (100, 210, 4), ==, 2);
  g_assert_cmpuint (guise_probe_judge_parallel (100, 10, 4), ==, 4);
  g_assert_cmpuint (guise_probe_judge_parallel (100, 9000, 4), ==, 1);
  g_assert_cmpuint (guise_probe_judge_parallel (0, 0, 4), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/asker/ladder", test_ladder);
  g_test_add_func ("/net/asker/parameters", test_parameters);
  g_test_add_func ("/net/asker/parameters-end", test_parameters_end);
  g_test_add_func ("/net/asker/repair", test_repair);
  g_test_add_func ("/net/asker/repair-once", test_repair_once);
  g_test_add_func ("/net/asker/more-tokens", test_more_tokens);
  g_test_add_func ("/net/asker/exhausted", test_exhausted);
  g_test_add_func ("/net/asker/token-limit", test_token_limit);
  g_test_add_func ("/net/asker/cost-limit", test_cost_limit);
  g_test_add_func ("/net/asker/unknown-cost", test_unknown_cost);
  g_test_add_func ("/net/asker/pause", test_pause);
  g_test_add_func ("/net/asker/free", test_free);
  g_test_add_func ("/net/asker/pace", test_pace);
  g_test_add_func ("/net/asker/breaker", test_breaker);
  g_test_add_func ("/net/asker/backoff", test_backoff);
  g_test_add_func ("/net/probe/sees", test_probe);
  g_test_add_func ("/net/probe/blind", test_probe_blind);
  g_test_add_data_func ("/net/probe/broken", &(guint){ 200 }, test_probe_broken);
  g_test_add_data_func ("/net/probe/busy", &(guint){ 503 }, test_probe_broken);
  g_test_add_data_func ("/net/probe/locked", &(guint){ 403 }, test_probe_broken);
  g_test_add_func ("/net/probe/stopped", test_probe_stopped);
  g_test_add_func ("/net/probe/cancelled", test_probe_cancelled);
  g_test_add_func ("/net/probe/parallel", test_parallel);
  return g_test_run ();
}
