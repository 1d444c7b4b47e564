/* What each status leads to: asked again, failed, or nothing more until somebody acts. */
#include "net-fixture.h"

#include <math.h>
#include <string.h>

#define SERVER(script, data) \
  g_autoptr (ChatServer) server = chat_server_new (script, data, NULL, 0)

static void
test_n01_good (void)
{
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ { 0 } }));
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  g_assert_cmpstr (answer->id, ==, "0");
  g_assert_cmpstr (answer->identity, ==, "an old man with a beard");
  g_assert_cmpstr (answer->clothing, ==, "a red coat");
  g_assert_null (answer->why);
  g_assert_cmpuint (answer->http, ==, 200);
  g_assert_cmpint (answer->prompt_tokens, ==, 100);
  g_assert_cmpint (answer->completion_tokens, ==, 20);
  g_assert_cmpint (answer->cached_tokens, ==, -1);
  g_assert_true (isnan (answer->cost));
  g_assert_cmpuint (answer->attempts, ==, 1);
  g_assert_cmpstr (answer->model, ==, "fake-vl");
  g_assert_cmpstr (answer->finish_reason, ==, "stop");
  net_assert_contains (answer->raw_request, "\"url\":\"sha256:");
  g_assert_null (strstr (answer->raw_request, "base64"));
  net_assert_contains (answer->raw_answer, "\"chat.completion\"");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
}

/* 401, 403, 402 and a used-up quota: one request, the rest is not touched, and after a new key all
 * of them are answered. */
static void
test_stop (gconstpointer data)
{
  const NetStep *step = data;
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ *step, { 0 } }));
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GuiseKey) key = guise_key_new ("sk-wrong", NULL);
  g_autoptr (GuiseKey) better = NULL;
  g_autofree char *sent = NULL;
  g_auto (GuiseAskerStatus) status = { 0 };
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  settings.start = 4;
  net_open (&net, endpoint, key, &settings);
  net_push (&net, 6);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  net_await_n_waiting (&net, 6);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.reason, ==, GUISE_ASKER_REASON_ENDPOINT);
  g_assert_cmpuint (net.answers->len, ==, 0);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
  net_assert_contains (status.why, "127.0.0.1");
  g_assert_null (strstr (status.why, "sk-wrong"));

  better = guise_key_new ("sk-right", NULL);
  guise_asker_set_key (net.asker, better);
  guise_asker_resume (net.asker);
  net_await (&net, 6);
  for (guint i = 0; i < 6; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_DONE);
  sent = chat_request_dup_header (chat_server_get_request (server, 2), "Authorization");
  g_assert_cmpstr (sent, ==, "Bearer sk-right");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 7);
}

/* The sentence says which of them it is. */
static void
test_n03_reasons (void)
{
  const struct {
    const char *body, *says;
  } rows[] = {
    { "{\"error\":{\"message\":\"Country, region, or territory not supported\"}}", "this region" },
    { "{\"error\":{\"message\":\"Monthly quota exceeded\"}}", "the quota is used up" },
    { "{\"error\":{\"message\":\"no access to model\"}}", "access is refused" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GuiseHttpReply reply
        = { .status = 403, .body = (const guint8 *)rows[i].body, .size = strlen (rows[i].body) };
    g_autoptr (GuiseEndpoint) endpoint = net_endpoint ("https://h.example/v1?deployment=1");
    json_auto_t *schema = net_schema ();
    const GuiseReading reading = {
      .schema = schema,
      .endpoint = endpoint,
      .url = "https://h.example/v1/chat/completions?deployment=1",
    };
    g_auto (GuiseOutcome) verdict = { 0 };
    g_autoptr (GuiseAnswer) answer = guise_answer_new (NULL);

    guise_answer_read (answer, &reply, &reading, &verdict);
    g_assert_cmpint (verdict.next, ==, GUISE_NEXT_STOP);
    net_assert_says (answer, rows[i].says);
    g_assert_null (strstr (answer->why, "deployment"));
  }
}

/* Fails at once, says what is the matter, and the next question is asked. */
static void
test_failed (gconstpointer data)
{
  const NetStep *step = data;
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ *step, { 0 } }));
  g_autofree char *url = g_strconcat (chat_server_get_url (server), "?deployment=1", NULL);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (url);
  g_autofree char *status = g_strdup_printf ("(%u)", step->status);
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 2);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  net_assert_says (net_get (&net, 0), status);
  g_assert_null (strstr (net_get (&net, 0)->why, "deployment"));
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 1);
  net_assert_state (net_get (&net, 1), GUISE_ANSWER_DONE);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
  g_assert_cmpstr (chat_server_get_request (server, 1)->path, ==,
                   "/v1/chat/completions?deployment=1");
  g_assert_cmpint (fake_clock_get_slept_ms (&fake), ==, 0);
}

/* The excerpt of what the server said is short, on one line and without marks that reorder. */
static void
test_n06_excerpt (void)
{
  g_autofree char *longer = g_strnfill (5000, 'x');
  g_autofree char *body = g_strdup_printf (
      "{\"error\":{\"message\":\"<b>line\\none\\u202e %s\"}}", longer);
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ { 422, NULL, body, CHAT_WHOLE }, { 0 } }));
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  g_assert_cmpint (g_utf8_strlen (answer->why, -1), <, 650);
  net_assert_says (answer, "<b>line");
  g_assert_null (strchr (answer->why, '\n'));
  g_assert_null (strstr (answer->why, "\u202e"));
}

/* One more try with a picture of half the width and height. */
static void
test_n07_too_large (void)
{
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ { 413, NULL, "too large", CHAT_WHOLE }, { 0 } }));
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  g_assert_cmpuint (answer->attempts, ==, 2);
  g_assert_cmpuint (strlen (chat_server_get_request (server, 2)->body), <,
                    strlen (chat_server_get_request (server, 1)->body));
}

static void
test_n07_still_too_large (void)
{
  NetStep step = { 413, NULL, "<html>", CHAT_WHOLE };
  FakeClock fake;
  SERVER (net_repeat, &step);
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  net_assert_says (answer, "too large");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 2);
}

/* Passing failures, then an answer. */
static void
test_passing (gconstpointer data)
{
  const NetStep *step = data;
  FakeClock fake;
  SERVER (net_play, ((NetStep[]){ *step, *step, { 0 } }));
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  g_assert_cmpuint (answer->attempts, ==, 3);
  /* Half a second and one, less at most a quarter of each. */
  g_assert_cmpint (fake_clock_get_slept_ms (&fake), >=, 1125);
  g_assert_cmpint (fake_clock_get_slept_ms (&fake), <=, 1500);
}

static void
test_n08_retry_after (void)
{
  /* What the header says, and the least and the most that is waited. */
  const struct {
    const char *headers;
    gint64 least, most;
  } rows[] = {
    { NULL, 375, 500 },
    { "Retry-After: 2\r\n", 2000, 2000 },
    { "Retry-After: 2.5\r\n", 2500, 2500 },
    { "Retry-After: 0\r\n", 375, 500 },
    { "Retry-After: -5\r\n", 375, 500 },
    { "Retry-After: 999999\r\n", 300000, 300000 },
    { "Retry-After: Thu, 01 Jan 2026 00:00:30 GMT\r\n", 30000, 30000 },
    { "Retry-After: Thu, 01 Jan 2015 00:00:30 GMT\r\n", 375, 500 },
    { "Retry-After: soon, I hope\r\n", 375, 500 },
    { "Retry-After: 1e400\r\n", 375, 500 },
    { "retry-after-ms: 1700\r\nRetry-After: 60\r\n", 1700, 1700 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    FakeClock fake;
    SERVER (net_play, ((NetStep[]){ { 429, rows[i].headers, "{}", CHAT_WHOLE }, { 0 } }));
    g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

    net_assert_state (answer, GUISE_ANSWER_DONE);
    g_test_message ("%s: %" G_GINT64_FORMAT, rows[i].headers, fake_clock_get_slept_ms (&fake));
    g_assert_cmpint (fake_clock_get_slept_ms (&fake), >=, rows[i].least);
    g_assert_cmpint (fake_clock_get_slept_ms (&fake), <=, rows[i].most);
  }
}

/* The wait is seen, with its reason; time passing ends it, and so does cancelling. */
static void
test_n08_seen_and_cancelled (void)
{
  NetStep step = { 429, "Retry-After: 60\r\n", "{\"error\":\"slow down\"}", CHAT_WHOLE };
  FakeClock fake;
  SERVER (net_repeat, &step);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_auto (GuiseAskerStatus) status = { 0 };
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, FALSE);
  settings = net_settings (&fake);
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 3);
  g_assert_cmpint (net_await_wait (&net), ==, 60000);
  fake_clock_advance (&fake, 45000);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.wait_ms, ==, 15000);
  net_assert_contains (status.wait_why, "slow down");
  fake_clock_advance (&fake, 15000);
  guise_asker_resume (net.asker); /* looks at the clock */
  chat_server_await_requests (server, 2);
  guise_asker_cancel (net.asker);
  net_await (&net, 3);
  for (guint i = 0; i < 3; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_CANCELLED);
}

static void
test_n10_for_ever (void)
{
  NetStep step = { 500, NULL, "{\"error\":{\"message\":\"boom\"}}", CHAT_WHOLE };
  FakeClock fake;
  SERVER (net_repeat, &step);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_auto (GuiseAskerStatus) status = { 0 };
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 20);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 5);
  net_assert_says (net_get (&net, 0), "given up after 5 tries");
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.reason, ==, GUISE_ASKER_REASON_FAILURES);
  net_assert_contains (status.why, "10 failures in a row");
  net_assert_contains (status.why, "boom");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 10);
  net_await_n_waiting (&net, 18);
}

/* ---- N28: more at a time than the server takes ---- */

/* The second to ninth request really come together, and all of them are too many. */
static void
be_overloaded (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number == 1 || request->number > 9) {
    reply->body = chat_body (GOOD);
    return;
  }
  chat_server_await_at_once (server, 8);
  reply->status = 429;
  reply->headers = "Retry-After: 5\r\n";
  reply->body = g_strdup ("{\"error\":{\"message\":\"too many at a time\"}}");
}

static void
test_n28_overload (void)
{
  FakeClock fake;
  SERVER (be_overloaded, NULL);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_auto (GuiseAskerStatus) status = { 0 };
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, FALSE);
  settings = net_settings (&fake);
  settings.start = settings.most = 8;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 50);
  net_await_wait (&net);
  net_await_n_waiting (&net, 49);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpuint (status.concurrency, ==, 4); /* halved once, not once for each of the eight */
  fake_clock_advance (&fake, 5000);
  guise_asker_resume (net.asker); /* looks at the clock */
  net_await (&net, 50);
  for (guint i = 0; i < 50; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_DONE);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 58);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    GTestDataFunc test;
    NetStep step;
  } rows[] = {
    { "/net/n02-key-401", test_stop, { 401, NULL, "{\"error\":\"bad key\"}" } },
    { "/net/n03-forbidden-403", test_stop, { 403, NULL, "{\"error\":\"not you\"}" } },
    { "/net/n03-credit-402", test_stop, { 402, NULL, "{\"error\":\"no credits\"}" } },
    { "/net/n03-quota-429",
      test_stop,
      { 429, NULL, "{\"error\":{\"code\":\"insufficient_quota\"}}" } },
    { "/net/n04-missing-404", test_failed, { 404, NULL, "{\"error\":\"no model\"}" } },
    { "/net/n04-missing-405", test_failed, { 405, NULL, "" } },
    { "/net/n04-missing-410", test_failed, { 410, NULL, "<html>gone</html>" } },
    { "/net/n05-passing-408", test_passing, { 408, NULL, "" } },
    { "/net/n05-passing-425", test_passing, { 425, NULL, "" } },
    { "/net/n06-failed-400", test_failed, { 400, NULL, "{\"error\":{\"message\":\"m\"}}" } },
    { "/net/n06-failed-409", test_failed, { 409, NULL, "{\"error\":\"odd\"}" } },
    { "/net/n06-failed-422", test_failed, { 422, NULL, "{\"detail\":\"odd\"}" } },
    { "/net/n09-broken-500", test_passing, { 500, NULL, "<html>oops</html>" } },
    { "/net/n09-broken-502", test_passing, { 502, NULL, "" } },
    { "/net/n09-broken-503", test_passing, { 503, NULL, "{\"error\":\"Loading model\"}" } },
    { "/net/n09-broken-504", test_passing, { 504, NULL, "x" } },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i].step, rows[i].test);
  g_test_add_func ("/net/n01-good", test_n01_good);
  g_test_add_func ("/net/n03-reasons", test_n03_reasons);
  g_test_add_func ("/net/n06-excerpt", test_n06_excerpt);
  g_test_add_func ("/net/n07-too-large", test_n07_too_large);
  g_test_add_func ("/net/n07-still-too-large", test_n07_still_too_large);
  g_test_add_func ("/net/n08-retry-after", test_n08_retry_after);
  g_test_add_func ("/net/n08-seen-and-cancelled", test_n08_seen_and_cancelled);
  g_test_add_func ("/net/n10-for-ever", test_n10_for_ever);
  g_test_add_func ("/net/n28-overload", test_n28_overload);
  return g_test_run ();
}
