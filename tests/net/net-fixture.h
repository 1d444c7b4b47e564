/* What the tests of the client share: time that passes at once, an endpoint, a question, and a main
 * loop that runs until all is answered. */
#pragma once

#include "chat-server.h"
#include "guise-asker.h"
#include "guise-canary.h"

#define GOOD "{\"identity\":\"an old man with a beard\",\"clothing\":\"a red coat\"}"

/* Time that stands still, or (jumps) passes as soon as somebody would have to wait for it. */
typedef struct {
  GuiseClock clock;
  GMutex lock;
  gint64 now;
  gint64 slept; /* µs that were passed over */
  gboolean jumps;
} FakeClock;

void fake_clock_init (FakeClock *fake, gboolean jumps);
gint64 fake_clock_get_slept_ms (FakeClock *fake);
void fake_clock_advance (FakeClock *fake, gint64 ms);

GuiseEndpoint *net_endpoint (const char *url);
/* A question with a small picture. */
GuiseQuestion *net_question (const char *id);
json_t *net_schema (void);

/* A script for chat_server_new: request i gets steps[i - 1], all after the last one (status 0) a
 * good answer. */
typedef struct {
  guint status;
  const char *headers;
  const char *body; /* NULL: a good answer */
  ChatManner manner;
} NetStep;
void net_play (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer steps);
/* The first step, whatever comes. */
void net_repeat (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer step);

/* The body of a completion that says both descriptions (NULL = null) in the shape that prompts ask
 * for. */
char *net_describe (const char *identity, const char *clothing);

/* Which test picture a request shows, found by its bytes; FALSE: another one, or none. */
gboolean net_find_canary (const ChatRequest *request, GuiseCanary *canary);
/* Answers a request about one, rightly; FALSE: it is about something else. */
gboolean net_see (const ChatRequest *request, ChatReply *reply);
/* A server of a model that sees: test pictures are answered aside, the script gets the rest. port
 * 0: any. */
ChatServer *net_model_new (ChatScript script, gpointer data, guint16 port);

/* Settings of a test: short times, clock as given. */
GuiseAskerSettings net_settings (FakeClock *fake);

/* Questions and their answers. */
typedef struct {
  GuiseAsker *asker;
  GPtrArray *answers; /* GuiseAnswer, as they come */
  guint n_asked;
} Net;

void net_open (Net *net, const GuiseEndpoint *endpoint, GuiseKey *key,
               const GuiseAskerSettings *settings);
void net_push (Net *net, guint n);
void net_push_question (Net *net, GuiseQuestion *question);
/* Runs the main loop until n answers are there. */
void net_await (Net *net, guint n);
/* … or until the asker is in that state, or waits (wait_ms > 0). */
void net_await_state (Net *net, GuiseAskerState state);
gint64 net_await_wait (Net *net);
void net_await_n_waiting (Net *net, guint n);
const GuiseAnswer *net_get (Net *net, guint i);
void net_close (Net *net);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Net, net_close)

/* All of it for one question to a script; the answer is the caller's. */
GuiseAnswer *net_ask (ChatServer *server, FakeClock *fake);
/* Of the last net_ask: how long was waited, and how things stood. */
#define net_assert_state(answer, wanted)                              \
  g_assert_cmpstr (guise_answer_state_get_name ((answer)->state), ==, \
                   guise_answer_state_get_name (wanted))
#define net_assert_says(answer, words) net_assert_contains ((answer)->why, words)
void net_assert_contains (const char *text, const char *words);
