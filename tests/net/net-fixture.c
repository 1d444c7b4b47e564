#include "net-fixture.h"

#include "guise-prompt.h"

#include <string.h>

/* ---- time ---- */

static gint64
get_now (gpointer data)
{
  FakeClock *fake = data;
  gint64 now;

  g_mutex_lock (&fake->lock);
  now = fake->now;
  g_mutex_unlock (&fake->lock);
  return now;
}

/* 2026-01-01 00:00:00 and what has passed since. */
static gint64
get_unix (gpointer data)
{
  return 1767225600 + get_now (data) / G_USEC_PER_SEC - 1000;
}

static gboolean
pass (gint64 us, gpointer data)
{
  FakeClock *fake = data;

  if (!fake->jumps)
    return FALSE;
  g_mutex_lock (&fake->lock);
  fake->now += us;
  fake->slept += us;
  g_mutex_unlock (&fake->lock);
  return TRUE;
}

void
fake_clock_init (FakeClock *fake, gboolean jumps)
{
  *fake = (FakeClock){ .now = 1000 * G_USEC_PER_SEC, .jumps = jumps };
  fake->clock = (GuiseClock){ get_now, get_unix, pass, fake };
  g_mutex_init (&fake->lock);
}

gint64
fake_clock_get_slept_ms (FakeClock *fake)
{
  gint64 slept;

  g_mutex_lock (&fake->lock);
  slept = fake->slept;
  g_mutex_unlock (&fake->lock);
  return slept / 1000;
}

void
fake_clock_advance (FakeClock *fake, gint64 ms)
{
  g_mutex_lock (&fake->lock);
  fake->now += ms * 1000;
  g_mutex_unlock (&fake->lock);
}

/* ---- what is asked ---- */

GuiseEndpoint *
net_endpoint (const char *url)
{
  g_autoptr (GError) error = NULL;
  GuiseEndpoint *endpoint = guise_endpoint_new (url, "fake-vl", &error);

  g_assert_no_error (error);
  return endpoint;
}

json_t *
net_schema (void)
{
  return json_pack ("{s:s, s:b, s:[s,s], s:{s:{s:[s,s]}, s:{s:[s,s]}}}", "type", "object",
                    "additionalProperties", FALSE, "required", "identity", "clothing", "properties",
                    "identity", "type", "string", "null", "clothing", "type", "string", "null");
}

GuiseQuestion *
net_question (const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = guise_image_new_take (g_malloc0 (3 * 64 * 128), 64, 128);
  g_autoptr (GBytes) jpeg = guise_chat_encode_pixels (image, NULL, &error);
  json_auto_t *schema = net_schema ();

  g_assert_no_error (error);
  return guise_question_new (id, "You describe people.", "Describe the person.", jpeg, schema);
}

GuiseAskerSettings
net_settings (FakeClock *fake)
{
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;

  settings.clock = &fake->clock;
  settings.seed = 1;
  return settings;
}

/* ---- scripts ---- */

void
net_repeat (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const NetStep *step = data;

  reply->status = step->status;
  reply->headers = step->headers;
  reply->manner = step->manner;
  reply->body = step->body != NULL ? g_strdup (step->body) : chat_body (GOOD);
}

void
net_play (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  NetStep good = { 200, NULL, NULL, CHAT_WHOLE };
  NetStep *step = data;

  for (guint i = 1; i < request->number && step->status != 0; i++)
    step++;
  net_repeat (server, request, reply, step->status != 0 ? step : &good);
}

char *
net_describe (const char *identity, const char *clothing)
{
  json_t *visible = json_object ();
  json_t *object;
  char *text, *body;

  for (const char *const *name = guise_prompt_get_identity_attributes (); *name != NULL; name++)
    json_object_set_new (visible, *name, json_null ());
  for (const char *const *name = guise_prompt_get_clothing_attributes (); *name != NULL; name++)
    json_object_set_new (visible, *name, json_null ());
  object = json_pack ("{s:o, s:s?, s:s?, s:b}", "visible", visible, "identity", identity,
                      "clothing", clothing, "refused", FALSE);
  text = json_dumps (object, JSON_COMPACT);
  body = chat_body (text);
  free (text);
  json_decref (object);
  return body;
}

/* ---- test pictures ---- */

/* As many as tests come across. */
#define N_CANARIES 20

static gpointer
paint_canaries (gpointer data)
{
  char **pictures = g_new0 (char *, N_CANARIES);

  for (guint32 seed = 0; seed < N_CANARIES; seed++) {
    g_autoptr (GuiseImage) image = guise_canary_paint (seed);
    g_autoptr (GBytes) jpeg = guise_chat_encode_pixels (image, NULL, NULL);

    pictures[seed]
        = g_base64_encode (g_bytes_get_data (jpeg, NULL), g_bytes_get_size (jpeg));
  }
  return pictures;
}

gboolean
net_find_canary (const ChatRequest *request, GuiseCanary *canary)
{
  static GOnce once = G_ONCE_INIT;
  char **pictures = g_once (&once, paint_canaries, NULL);

  for (guint32 seed = 0; seed < N_CANARIES; seed++)
    if (strstr (request->body, pictures[seed]) != NULL) {
      guise_canary_get (seed, canary);
      return TRUE;
    }
  return FALSE;
}

gboolean
net_see (const ChatRequest *request, ChatReply *reply)
{
  g_autofree char *content = NULL;
  GuiseCanary canary;

  if (!net_find_canary (request, &canary))
    return FALSE;
  content = g_strdup_printf ("{\"left\":\"%s\",\"right\":\"%s\",\"digit\":%u}", canary.left,
                             canary.right, canary.digit);
  reply->body = chat_body (content);
  return TRUE;
}

ChatServer *
net_model_new (ChatScript script, gpointer data, guint16 port)
{
  ChatServer *server = chat_server_new (script, data, NULL, port);

  chat_server_set_aside (server, net_see);
  return server;
}

/* ---- asking ---- */

void
net_open (Net *net, const GuiseEndpoint *endpoint, GuiseKey *key,
          const GuiseAskerSettings *settings)
{
  g_autoptr (GError) error = NULL;

  *net = (Net){ 0 };
  net->asker = guise_asker_new (endpoint, key, settings, &error);
  g_assert_no_error (error);
  net->answers = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_answer_free);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_ptr_array_add (((Net *)data)->answers, guise_asker_finish (result));
}

void
net_push_question (Net *net, GuiseQuestion *question)
{
  net->n_asked++;
  guise_asker_push (net->asker, question, on_answer, net);
}

void
net_push (Net *net, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *id = g_strdup_printf ("%u", net->n_asked);

    net_push_question (net, net_question (id));
  }
}

void
net_await (Net *net, guint n)
{
  while (net->answers->len < n)
    g_main_context_iteration (NULL, TRUE);
}

void
net_await_state (Net *net, GuiseAskerState state)
{
  for (;;) {
    g_auto (GuiseAskerStatus) status = { 0 };

    guise_asker_get_status (net->asker, &status);
    if (status.state == state)
      return;
    guise_asker_wait (net->asker, status.serial);
  }
}

gint64
net_await_wait (Net *net)
{
  for (;;) {
    g_auto (GuiseAskerStatus) status = { 0 };

    guise_asker_get_status (net->asker, &status);
    if (status.wait_ms > 0)
      return status.wait_ms;
    guise_asker_wait (net->asker, status.serial);
  }
}

void
net_await_n_waiting (Net *net, guint n)
{
  for (;;) {
    g_auto (GuiseAskerStatus) status = { 0 };

    guise_asker_get_status (net->asker, &status);
    if (status.n_waiting == n)
      return;
    guise_asker_wait (net->asker, status.serial);
  }
}

const GuiseAnswer *
net_get (Net *net, guint i)
{
  net_await (net, i + 1);
  return net->answers->pdata[i];
}

void
net_close (Net *net)
{
  g_clear_pointer (&net->asker, guise_asker_free);
  if (net->answers == NULL)
    return;
  net_await (net, net->n_asked); /* freeing answers all that was asked */
  g_clear_pointer (&net->answers, g_ptr_array_unref);
}

GuiseAnswer *
net_ask (ChatServer *server, FakeClock *fake)
{
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  GuiseAskerSettings settings = net_settings (fake);
  g_auto (Net) net = { 0 };

  fake_clock_init (fake, TRUE);
  settings.breaker = 0;
  net_open (&net, endpoint, NULL, &settings);
  net_push (&net, 1);
  net_await (&net, 1);
  net.n_asked = 0;
  return g_ptr_array_steal_index (net.answers, 0);
}

void
net_assert_contains (const char *text, const char *words)
{
  g_assert_nonnull (text);
  if (strstr (text, words) == NULL)
    g_error ("'%s' is not in: %s", words, text);
}
