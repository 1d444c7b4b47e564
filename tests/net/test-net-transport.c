/* Connections that fail, hang, lie about their length, lead elsewhere or cannot be trusted. */
#include "net-fixture.h"
#include "test-certificates.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHORT_MS 150

/* A port of this machine that nobody listens on. */
static guint16
find_closed_port (void)
{
  ChatServer *server = chat_server_new (net_repeat, NULL, NULL, 0);
  guint16 port = chat_server_get_port (server);

  chat_server_free (server);
  return port;
}

/* One question with short times; the asker stays open in net. */
static void
ask (Net *net, FakeClock *fake, const char *url, GuiseAskerSettings *settings)
{
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (url);

  settings->total_ms = settings->first_ms = SHORT_MS;
  net_open (net, endpoint, NULL, settings);
  net_push (net, 1);
  net_await (net, 1);
}

static GuiseAskerSettings
start (FakeClock *fake, guint tries)
{
  GuiseAskerSettings settings;

  fake_clock_init (fake, TRUE);
  settings = net_settings (fake);
  settings.tries = tries;
  settings.breaker = 0;
  return settings;
}

/* ---- nobody there ---- */

static void
test_n11_refused (void)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/v1", find_closed_port ());
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (url);
  FakeClock fake;
  g_auto (GuiseAskerStatus) status = { 0 };
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 5);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  net_assert_contains (status.why, "cannot reach '127.0.0.1");
  net_assert_contains (status.why, "10 failures in a row");
  g_assert_cmpuint (status.n_requests, ==, 10);
  /* It did not spin: the waits grew. */
  g_assert_cmpint (fake_clock_get_slept_ms (&fake), >, 60000);
}

static void
test_n11_unknown_host (void)
{
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint ("https://no-such-host.invalid/v1");
  FakeClock fake;
  g_auto (Net) net = { 0 };

  settings = start (&fake, 2);
  settings.allow_remote = TRUE;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 1);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  net_assert_says (net_get (&net, 0), "cannot find the host 'no-such-host.invalid'");
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 2);
}

/* ---- silence ---- */

static void
test_silent (gconstpointer data)
{
  NetStep step = { 200, NULL, NULL, GPOINTER_TO_INT (data) };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake, 2);
  g_auto (Net) net = { 0 };

  ask (&net, &fake, chat_server_get_url (server), &settings);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  net_assert_says (net_get (&net, 0), "no answer in time");
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 2);
}

/* Cancelled while it waits for an answer that never comes: nothing has to time out for it. */
static void
test_n12_cancel (void)
{
  NetStep step = { 200, NULL, NULL, CHAT_SILENT };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake, 5);
  g_auto (Net) net = { 0 };

  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 3);
  chat_server_await_requests (server, 1);
  guise_asker_cancel (net.asker);
  net_await (&net, 3);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_CANCELLED);
  net_push (&net, 1); /* too late */
  net_assert_state (net_get (&net, 3), GUISE_ANSWER_CANCELLED);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
}

static void
first_hangs (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = chat_body (GOOD);
  if (request->number == 2)
    reply->manner = CHAT_DRIP;
}

/* One that drips for ever holds up nobody else. */
static void
test_n13_others (void)
{
  g_autoptr (ChatServer) server = chat_server_new (first_hangs, NULL, NULL, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake, 5);
  g_auto (Net) net = { 0 };

  settings.start = 2;
  net_open (&net, endpoint, NULL, &settings); /* with times of minutes */
  net_push (&net, 8);
  net_await (&net, 7);
  for (guint i = 0; i < 7; i++)
    net_assert_state (net_get (&net, i), GUISE_ANSWER_DONE);
  g_assert_cmpuint (net.answers->len, ==, 7);
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 8);
}

/* ---- half an answer ---- */

static void
test_half (gconstpointer data)
{
  NetStep half = { 200, NULL, NULL, GPOINTER_TO_INT (data) };
  g_autoptr (ChatServer) server
      = chat_server_new (net_play, ((NetStep[]){ half, { 0 } }), NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  g_assert_cmpuint (answer->attempts, ==, 2);
  g_assert_cmpstr (answer->clothing, ==, "a red coat");
}

static void
test_n14_never_whole (void)
{
  NetStep half = { 200, NULL, NULL, CHAT_CUT };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &half, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  net_assert_says (answer, "broke off");
  g_assert_null (answer->raw_answer);
  g_assert_null (answer->object);
}

/* ---- too much ---- */

static void
assert_too_large (NetStep *step)
{
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  net_assert_says (answer, "more than an answer may hold");
  g_assert_cmpuint (answer->attempts, ==, 1);
}

static void
test_n15_endless (void)
{
  g_autofree char *body = g_strnfill (100000, ' ');

  assert_too_large (&(NetStep){ 200, NULL, body, CHAT_ENDLESS });
}

static void
test_n15_one_byte_too_many (void)
{
  g_autofree char *good = chat_body (GOOD);
  g_autofree char *blank = g_strnfill (GUISE_HTTP_MAX_BODY - strlen (good), ' ');
  g_autofree char *most = g_strconcat (good, blank, NULL);
  g_autofree char *more = g_strconcat (most, " ", NULL);
  NetStep step = { 200, NULL, most, CHAT_WHOLE };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_DONE);
  assert_too_large (&(NetStep){ 200, NULL, more, CHAT_WHOLE });
}

/* The length that is promised is smaller than what comes: the rest is not part of the answer. */
static void
test_n15_short_length (void)
{
  g_autofree char *good = chat_body (GOOD);
  g_autofree char *raw = g_strdup_printf (
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n%s", good);
  NetStep step = { 200, NULL, raw, CHAT_RAW };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  net_assert_says (answer, "unexpected reply");
}

/* Not asked for, not unpacked. */
static void
test_n16_gzip (void)
{
  NetStep step = { 200, "Content-Encoding: gzip\r\n", "\037\213\b\1\2\3\4\5", CHAT_WHOLE };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);
  g_autofree char *accept
      = chat_request_dup_header (chat_server_get_request (server, 1), "Accept-Encoding");

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  net_assert_says (answer, "unexpected reply");
  g_assert_null (accept);
}

static void
test_n17_many_headers (void)
{
  GString *raw = g_string_new ("HTTP/1.1 200 OK\r\n");

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (raw, "X-%u: y\r\n", i);
  g_string_append (raw, "Content-Length: 2\r\n\r\n{}");
  assert_too_large (&(NetStep){ 200, NULL, raw->str, CHAT_RAW });
  g_string_free (raw, TRUE);
}

static void
test_n17_long_header (void)
{
  g_autofree char *value = g_strnfill (1 << 20, 'x');
  g_autofree char *raw = g_strdup_printf (
      "HTTP/1.1 200 OK\r\nX: %s\r\nContent-Length: 2\r\n\r\n{}", value);
  NetStep step = { 200, NULL, raw, CHAT_RAW };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  FakeClock fake;
  g_autoptr (GuiseAnswer) answer = net_ask (server, &fake);

  net_assert_state (answer, GUISE_ANSWER_FAILED);
  g_assert_cmpuint (answer->http, ==, 0);
  g_assert_cmpuint (answer->attempts, ==, 1);
}

/* ---- TLS ---- */

typedef struct {
  TestCertificate authority, other, good, expired, self, wrong;
  char *folder, *ca_file;
} Certificates;

static Certificates certificates;

static void
make_certificates (void)
{
  Certificates *all = &certificates;
  g_autoptr (GError) error = NULL;

  test_certificate_make (&all->authority, &(TestCertificateOptions){ 0 });
  test_certificate_make (&all->other, &(TestCertificateOptions){ 0 });
  test_certificate_make (&all->good,
                         &(TestCertificateOptions){ "127.0.0.1", &all->authority, FALSE });
  test_certificate_make (&all->expired,
                         &(TestCertificateOptions){ "127.0.0.1", &all->authority, TRUE });
  test_certificate_make (&all->self, &(TestCertificateOptions){ "127.0.0.1", NULL, FALSE });
  test_certificate_make (&all->wrong,
                         &(TestCertificateOptions){ "127.0.0.9", &all->authority, FALSE });
  all->folder = g_dir_make_tmp ("guise-tls-XXXXXX", &error);
  g_assert_no_error (error);
  all->ca_file = g_build_filename (all->folder, "ca.pem", NULL);
  g_assert_true (g_file_set_contents (all->ca_file, all->authority.certificate, -1, &error));
}

static void
remove_certificates (void)
{
  Certificates *all = &certificates;

  g_remove (all->ca_file);
  g_rmdir (all->folder);
  test_certificate_clear (&all->authority);
  test_certificate_clear (&all->other);
  test_certificate_clear (&all->good);
  test_certificate_clear (&all->expired);
  test_certificate_clear (&all->self);
  test_certificate_clear (&all->wrong);
  g_free (all->ca_file);
  g_free (all->folder);
}

/* How an asker that trusts ca_file fares with that server; the key must not get there. */
static void
assert_tls (const TestCertificate *shown, gboolean old_only, const char *ca_file, gboolean trusted)
{
  const ChatTls tls = { shown->certificate, shown->key, old_only };
  NetStep step = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, &tls, 0);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GuiseKey) key = guise_key_new ("sk-secret", NULL);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake, 5);
  g_auto (GuiseAskerStatus) status = { 0 };
  g_auto (Net) net = { 0 };

  endpoint->ca_file = g_strdup (ca_file);
  net_open (&net, endpoint, key, &settings);
  net_push (&net, 1);
  if (trusted) {
    net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
    return;
  }
  net_await_state (&net, GUISE_ASKER_STOPPED);
  guise_asker_get_status (net.asker, &status);
  g_assert_cmpint (status.reason, ==, GUISE_ASKER_REASON_ENDPOINT);
  net_assert_contains (status.why, "cannot trust '127.0.0.1");
  net_assert_contains (status.why, "--ca-file");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
}

static void
test_n21_trusted (void)
{
  assert_tls (&certificates.good, FALSE, certificates.ca_file, TRUE);
}

static void
test_n21_refused (void)
{
  assert_tls (&certificates.good, FALSE, NULL, FALSE); /* an authority nobody knows */
  assert_tls (&certificates.expired, FALSE, certificates.ca_file, FALSE);
  assert_tls (&certificates.self, FALSE, certificates.ca_file, FALSE);
  assert_tls (&certificates.wrong, FALSE, certificates.ca_file, FALSE);
  assert_tls (&certificates.good, TRUE, certificates.ca_file, FALSE); /* TLS 1.0 only */
}

/* https to a server that speaks plain http. */
static void
test_n21_plain (void)
{
  NetStep step = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
  g_autofree char *url
      = g_strdup_printf ("https://127.0.0.1:%u/v1", chat_server_get_port (server));
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (url);
  FakeClock fake;
  GuiseAskerSettings settings = start (&fake, 5);
  g_auto (Net) net = { 0 };

  settings.give_up = TRUE;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 1);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  net_assert_says (net_get (&net, 0), "cannot trust");
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 0);
}

/* ---- redirections ---- */

static void
test_n22_redirections (void)
{
  NetStep good = { 200 };
  g_autoptr (ChatServer) second = chat_server_new (net_repeat, &good, NULL, 0);
  g_autofree char *there
      = g_strdup_printf ("Location: http://127.0.0.1:%u/v1\r\n", chat_server_get_port (second));
  const struct {
    guint status;
    const char *headers, *names;
  } rows[] = {
    { 301, there, "127.0.0.1" },
    { 302, there, "127.0.0.1" },
    { 307, there, "127.0.0.1" },
    { 308, there, "127.0.0.1" },
    { 302, "Location: http://plain.example/v1\r\n", "plain.example" },
    { 302, "Location: file:///etc/passwd\r\n", "?" },
    { 302, "Location: http://169.254.169.254/latest\r\n", "169.254.169.254" },
    { 302, "Location: /v1/chat/completions\r\n", "127.0.0.1" },
    { 304, NULL, "?" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    NetStep step = { rows[i].status, rows[i].headers, "", CHAT_WHOLE };
    g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
    g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
    g_autoptr (GuiseKey) key = guise_key_new ("sk-secret", NULL);
    FakeClock fake;
    GuiseAskerSettings settings = start (&fake, 5);
    g_auto (Net) net = { 0 };

    endpoint->auth = GUISE_AUTH_API_KEY;
    net_open (&net, endpoint, key, &settings);
    net_push (&net, 1);
    net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
    net_assert_says (net_get (&net, 0), "leads elsewhere");
    net_assert_says (net_get (&net, 0), rows[i].names);
    g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
  }
  g_assert_cmpuint (chat_server_get_n_connections (second), ==, 0);
}

/* ---- a proxy that is dead ---- */

static void
test_n25_proxy (void)
{
  g_autofree char *dead = g_strdup_printf ("http://127.0.0.1:%u", find_closed_port ());
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint ("https://api.example/v1");
  FakeClock fake, other;
  GuiseAskerSettings settings = start (&fake, 1);
  g_auto (Net) net = { 0 };
  NetStep good = { 200 };
  g_autoptr (ChatServer) server = chat_server_new (net_repeat, &good, NULL, 0);
  g_autoptr (GuiseAnswer) answer = NULL;

  g_setenv ("https_proxy", dead, TRUE);
  settings.allow_remote = TRUE;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 1);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_FAILED);
  net_assert_says (net_get (&net, 0), "cannot reach 'api.example' through the proxy '127.0.0.1");
  net_assert_says (net_get (&net, 0), "https_proxy");
  /* This machine is never behind a proxy. */
  g_setenv ("http_proxy", dead, TRUE);
  answer = net_ask (server, &other);
  net_assert_state (answer, GUISE_ANSWER_DONE);
  g_unsetenv ("http_proxy");
  g_unsetenv ("https_proxy");
}

/* ---- the network goes and comes back ---- */

/* Six questions, the server away after two of them: the rest waits, and no answer comes twice. */
static void
test_n26_drop (void)
{
  NetStep good = { 200 };
  ChatServer *server = chat_server_new (net_repeat, &good, NULL, 0);
  guint16 port = chat_server_get_port (server);
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  FakeClock fake;
  GuiseAskerSettings settings;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  settings.tries = 20;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 2);
  net_await (&net, 2);
  chat_server_free (server);
  net_push (&net, 4);
  net_await_state (&net, GUISE_ASKER_STOPPED);
  g_assert_cmpuint (net.answers->len, ==, 2);
  g_assert_cmpint (fake_clock_get_slept_ms (&fake), >, 60000);

  server = chat_server_new (net_repeat, &good, NULL, port);
  guise_asker_resume (net.asker);
  net_await (&net, 6);
  for (guint i = 0; i < 6; i++) {
    net_assert_state (net_get (&net, i), GUISE_ANSWER_DONE);
    g_assert_true (g_hash_table_add (ids, net_get (&net, i)->id));
  }
  g_assert_cmpuint (chat_server_get_n_requests (server), ==, 4);
  chat_server_free (server);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  make_certificates ();
  g_test_add_func ("/net/n11-refused", test_n11_refused);
  g_test_add_func ("/net/n11-unknown-host", test_n11_unknown_host);
  g_test_add_data_func ("/net/n12-silent", GINT_TO_POINTER (CHAT_SILENT), test_silent);
  g_test_add_func ("/net/n12-cancel", test_n12_cancel);
  g_test_add_data_func ("/net/n13-slow-body", GINT_TO_POINTER (CHAT_DRIP), test_silent);
  g_test_add_data_func ("/net/n13-slow-headers", GINT_TO_POINTER (CHAT_DRIP_HEADERS), test_silent);
  g_test_add_func ("/net/n13-others", test_n13_others);
  g_test_add_data_func ("/net/n14-cut", GINT_TO_POINTER (CHAT_CUT), test_half);
  g_test_add_data_func ("/net/n14-reset", GINT_TO_POINTER (CHAT_RESET), test_half);
  g_test_add_data_func ("/net/n14-chunks", GINT_TO_POINTER (CHAT_CUT_CHUNKS), test_half);
  g_test_add_func ("/net/n14-never-whole", test_n14_never_whole);
  g_test_add_func ("/net/n15-endless", test_n15_endless);
  g_test_add_func ("/net/n15-one-byte-too-many", test_n15_one_byte_too_many);
  g_test_add_func ("/net/n15-short-length", test_n15_short_length);
  g_test_add_func ("/net/n16-gzip", test_n16_gzip);
  g_test_add_func ("/net/n17-many-headers", test_n17_many_headers);
  g_test_add_func ("/net/n17-long-header", test_n17_long_header);
  g_test_add_func ("/net/n21-trusted", test_n21_trusted);
  g_test_add_func ("/net/n21-refused", test_n21_refused);
  g_test_add_func ("/net/n21-plain", test_n21_plain);
  g_test_add_func ("/net/n22-redirections", test_n22_redirections);
  g_test_add_func ("/net/n25-proxy", test_n25_proxy);
  g_test_add_func ("/net/n26-drop", test_n26_drop);
  result = g_test_run ();
  remove_certificates ();
  return result;
}
