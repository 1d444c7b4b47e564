/* No memory at the n-th allocation of libcurl or jansson, for every n that a question takes: a
 * state with a sentence, no crash, and nothing that is kept. */
#include "net-fixture.h"

#include <stdlib.h>
#include <string.h>

/* Only the thread that asks is short of memory, not the server of the test. */
static GPrivate is_spared;
static GMutex lock;
static gint64 countdown = -1, n_calls, n_blocks;

/* Whether this allocation fails. */
static gboolean
fails (void)
{
  gboolean now;

  if (g_private_get (&is_spared) != NULL)
    return FALSE;
  g_mutex_lock (&lock);
  n_calls++;
  now = countdown > 0 && --countdown == 0;
  g_mutex_unlock (&lock);
  return now;
}

static void *
count_block (void *block)
{
  if (block == NULL)
    return NULL;
  g_mutex_lock (&lock);
  n_blocks++;
  g_mutex_unlock (&lock);
  return block;
}

static void *
my_malloc (size_t size)
{
  return fails () ? NULL : count_block (malloc (size));
}

static void *
my_calloc (size_t n, size_t size)
{
  return fails () ? NULL : count_block (calloc (n, size));
}

static void *
my_realloc (void *old, size_t size)
{
  if (fails ())
    return NULL;
  return old != NULL ? realloc (old, size) : count_block (realloc (old, size));
}

static void
my_free (void *block)
{
  if (block == NULL)
    return;
  g_mutex_lock (&lock);
  n_blocks--;
  g_mutex_unlock (&lock);
  free (block);
}

static char *
my_strdup (const char *text)
{
  return fails () ? NULL : count_block (strdup (text));
}

/* What jansson writes as text is freed by free () in the end, so it is not counted; the sanitizer
 * sees what is kept of it. */
static void *
my_json_malloc (size_t size)
{
  return fails () ? NULL : malloc (size);
}

/* libcurl's blocks that are there. */
static gint64
get_n_blocks (void)
{
  gint64 n;

  g_mutex_lock (&lock);
  n = n_blocks;
  g_mutex_unlock (&lock);
  return n;
}

static gint64
arm (gint64 n)
{
  gint64 before;

  g_mutex_lock (&lock);
  before = n_calls;
  n_calls = 0;
  countdown = n;
  g_mutex_unlock (&lock);
  return before;
}

static void
serve (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  g_private_set (&is_spared, GINT_TO_POINTER (1));
  reply->body = g_strdup (data);
}

/* Asks one question, the n-th allocation failing; returns how many there were. Any state is fine,
 * but it is one, with its sentence. */
static gint64
ask_short_of_memory (ChatServer *server, gint64 n)
{
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (server));
  g_autoptr (GuiseKey) key = guise_key_new ("sk-key", NULL);
  GuiseQuestion *question = net_question ("1");
  GuiseAskerSettings settings;
  g_autoptr (GError) error = NULL;
  GuiseAsker *asker;
  FakeClock fake;
  g_auto (Net) net = { 0 };

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  settings.tries = 1;
  settings.give_up = TRUE;
  arm (n);
  asker = guise_asker_new (endpoint, key, &settings, &error);
  if (asker == NULL) {
    g_assert_error (error, GUISE_ENDPOINT_ERROR, error->code);
    guise_question_free (question);
    return arm (-1);
  }
  net.asker = asker;
  net.answers = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_answer_free);
  net_push_question (&net, question);
  net_await (&net, 1);
  if (net_get (&net, 0)->state != GUISE_ANSWER_DONE)
    g_assert_nonnull (net_get (&net, 0)->why);
  return arm (-1);
}

static void
test_n30_memory (void)
{
  g_autofree char *good = chat_body (GOOD);
  g_autoptr (ChatServer) server = chat_server_new (serve, good, NULL, 0);
  gint64 n_all, before;
  guint n_done = 0;

  ask_short_of_memory (server, -1); /* what libcurl keeps for good is there now */
  before = get_n_blocks ();
  n_all = ask_short_of_memory (server, -1);
  g_assert_cmpint (get_n_blocks (), ==, before);
  g_assert_cmpint (n_all, >, 100);
  for (gint64 n = 1; n <= n_all; n++) {
    ask_short_of_memory (server, n);
    if (get_n_blocks () != before)
      g_error ("allocation %d of %d failed, and %d blocks were kept", (int)n, (int)n_all,
               (int)(get_n_blocks () - before));
    n_done++;
  }
  g_test_message ("%u allocations", n_done);
}

int
main (int argc, char **argv)
{
  /* Before anything is allocated by the usual ones. */
  json_set_alloc_funcs (my_json_malloc, free);
  g_assert_cmpint (
      curl_global_init_mem (CURL_GLOBAL_DEFAULT, my_malloc, my_free, my_realloc, my_strdup,
                            my_calloc),
      ==, CURLE_OK);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/n30-memory", test_n30_memory);
  return g_test_run ();
}
