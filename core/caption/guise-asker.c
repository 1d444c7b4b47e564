#include "guise-asker-private.h"

#include "guise-url.h"

#include <math.h>
#include <signal.h>
#include <string.h>

/* The longest sleep; whoever changes something wakes the thread. */
#define SLEEP_MS 60000

/* ---- the real time ---- */

static gint64
real_now (gpointer data)
{
  return g_get_monotonic_time ();
}

static gint64
real_unix (gpointer data)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static const GuiseClock real_clock = { real_now, real_unix, NULL, NULL };

const GuiseClock *
guise_clock_get_real (void)
{
  return &real_clock;
}

gint64
guise_asker_now (GuiseAsker *asker)
{
  return asker->settings.clock->now (asker->settings.clock->data);
}

/* ---- items ---- */

static GuiseItem *
item_new (GuiseQuestion *question, GAsyncReadyCallback callback, gpointer user_data)
{
  GuiseItem *item = g_new0 (GuiseItem, 1);

  item->task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_source_tag (item->task, guise_asker_push);
  item->question = question;
  item->answer = guise_answer_new (question->id);
  item->max_tokens = question->max_tokens;
  return item;
}

static void
item_free (GuiseItem *item)
{
  g_object_unref (item->task);
  guise_question_free (item->question);
  guise_answer_free (item->answer);
  guise_http_free (item->http);
  g_free (item->wait_why);
  g_free (item->bad_answer);
  g_free (item->fault);
  g_free (item);
}

void
guise_asker_deliver (GuiseAsker *asker, GuiseItem *item)
{
  asker->n_answers[item->answer->state]++;
  g_task_return_pointer (item->task, g_steal_pointer (&item->answer),
                         (GDestroyNotify)guise_answer_free);
  item_free (item);
}

/* ---- the worker ---- */

static void
cancel_item (GuiseAsker *asker, GuiseItem *item)
{
  if (item->http != NULL)
    curl_multi_remove_handle (asker->multi, guise_http_get_easy (item->http));
  guise_answer_set (item->answer, GUISE_ANSWER_CANCELLED, "cancelled");
  guise_asker_deliver (asker, item);
}

static void
cancel_all (GuiseAsker *asker)
{
  GuiseItem *item;

  while (asker->flying->len > 0)
    cancel_item (asker, g_ptr_array_steal_index_fast (asker->flying, asker->flying->len - 1));
  while ((item = g_queue_pop_head (&asker->waiting)) != NULL)
    cancel_item (asker, item);
}

/* Nobody will act: all that is left has failed for the same reason. */
static void
give_up (GuiseAsker *asker)
{
  GuiseItem *item;

  while ((item = g_queue_pop_head (&asker->waiting)) != NULL) {
    guise_answer_set (item->answer, GUISE_ANSWER_FAILED, "%s", asker->why);
    guise_asker_deliver (asker, item);
  }
  asker->reason = GUISE_ASKER_REASON_NONE;
  g_clear_pointer (&asker->why, g_free);
}

/* Takes what others have put down; FALSE: the end. */
static gboolean
collect (GuiseAsker *asker, gboolean *paused)
{
  gboolean cancelled, resumed, ending;
  GuiseItem *item;

  g_mutex_lock (&asker->lock);
  while ((item = g_queue_pop_head (&asker->incoming)) != NULL)
    g_queue_push_tail (&asker->waiting, item);
  cancelled = asker->cancelled;
  resumed = asker->resumed;
  ending = asker->ending;
  *paused = asker->paused;
  asker->resumed = FALSE;
  g_mutex_unlock (&asker->lock);

  if (cancelled)
    cancel_all (asker);
  if (resumed) {
    asker->reason = GUISE_ASKER_REASON_NONE;
    g_clear_pointer (&asker->why, g_free);
    guise_breaker_reset (&asker->breaker);
  }
  return !ending;
}

/* The first one whose time has come; *next_at is the earliest of the others, or 0. */
static GList *
find_ready (GuiseAsker *asker, gint64 now, gint64 *next_at)
{
  *next_at = 0;
  for (GList *at = asker->waiting.head; at != NULL; at = at->next) {
    const GuiseItem *item = at->data;

    if (item->not_before <= now && asker->hold_until <= now)
      return at;
    if (*next_at == 0 || item->not_before < *next_at)
      *next_at = item->not_before;
  }
  if (*next_at != 0 || asker->waiting.length > 0)
    *next_at = MAX (*next_at, asker->hold_until);
  return NULL;
}

/* Until something has been answered, one request alone: it finds out about key, format and load. */
static guint
get_limit (GuiseAsker *asker)
{
  return asker->had_reply ? guise_pace_get (&asker->pace) : 1;
}

/* Starts what may start; returns when the next one may, µs, or 0: that does not depend on time. */
static gint64
start_all (GuiseAsker *asker, gboolean paused)
{
  gint64 next_at = 0;

  while (!paused && asker->reason == GUISE_ASKER_REASON_NONE
         && asker->flying->len < get_limit (asker)) {
    GList *link = find_ready (asker, guise_asker_now (asker), &next_at);

    if (link == NULL)
      return next_at;
    if (!guise_asker_has_room (asker, link->data))
      return 0;
    next_at = 0;
    guise_asker_start (asker, g_queue_pop_nth (&asker->waiting, (guint)g_queue_link_index (
                                                                    &asker->waiting, link)));
  }
  return next_at;
}

static void
finish_all (GuiseAsker *asker)
{
  CURLMsg *message;
  int n;

  while ((message = curl_multi_info_read (asker->multi, &n)) != NULL) {
    CURL *easy = message->easy_handle;
    CURLcode result = message->data.result;

    if (message->msg != CURLMSG_DONE)
      continue;
    for (guint i = 0; i < asker->flying->len; i++) {
      GuiseItem *item = asker->flying->pdata[i];

      if (guise_http_get_easy (item->http) != easy)
        continue;
      g_ptr_array_remove_index_fast (asker->flying, i);
      curl_multi_remove_handle (asker->multi, easy);
      guise_asker_judge (asker, item, result);
      break;
    }
  }
}

static GuiseAskerState
find_state (GuiseAsker *asker)
{
  if (asker->cancelled)
    return GUISE_ASKER_CANCELLED;
  if (asker->reason != GUISE_ASKER_REASON_NONE)
    return GUISE_ASKER_STOPPED;
  return asker->paused ? GUISE_ASKER_PAUSED : GUISE_ASKER_RUNNING;
}

/* What is waited for: the server's wish, or the first question's last failure. */
static const char *
find_wait_why (GuiseAsker *asker, gint64 now)
{
  const GuiseItem *first = g_queue_peek_head (&asker->waiting);

  if (asker->hold_until > now)
    return asker->hold_why;
  return first != NULL ? first->wait_why : NULL;
}

/* Tells how things are. next_at: when the next request may start, or 0. */
static void
publish (GuiseAsker *asker, gint64 next_at)
{
  GuiseAskerStatus *status = &asker->status;
  gint64 now = guise_asker_now (asker);

  g_mutex_lock (&asker->lock);
  status->state = find_state (asker);
  status->reason = asker->reason;
  g_free (status->why);
  status->why = g_strdup (asker->why);
  status->concurrency = get_limit (asker);
  status->n_flying = asker->flying->len;
  status->n_waiting = asker->waiting.length + asker->incoming.length;
  status->wait_ms = status->state == GUISE_ASKER_RUNNING && next_at > now ? next_at : 0;
  g_free (status->wait_why);
  status->wait_why = status->wait_ms > 0 ? g_strdup (find_wait_why (asker, now)) : NULL;
  memcpy (status->n_answers, asker->n_answers, sizeof status->n_answers);
  status->n_requests = asker->n_requests;
  status->prompt_tokens = asker->prompt_tokens;
  status->completion_tokens = asker->completion_tokens;
  status->cost = asker->cost;
  status->serial++;
  g_cond_broadcast (&asker->changed);
  g_mutex_unlock (&asker->lock);
}

/* Until something happens, or next_at. */
static void
rest (GuiseAsker *asker, gint64 next_at)
{
  const GuiseClock *clock = asker->settings.clock;
  gint64 us = next_at != 0 ? MAX (next_at - guise_asker_now (asker), 0) : SLEEP_MS * 1000;

  if (next_at != 0 && asker->flying->len == 0 && clock->pass != NULL && us > 0
      && clock->pass (us, clock->data))
    return;
  curl_multi_poll (asker->multi, NULL, 0, (int)MIN ((us + 999) / 1000, SLEEP_MS), NULL);
}

static gpointer
work (gpointer data)
{
  GuiseAsker *asker = data;
  gboolean paused;
  sigset_t set;
  int n;

  /* A server that goes away while it is written to is an error of the write, nothing more. */
  sigemptyset (&set);
  sigaddset (&set, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  while (collect (asker, &paused)) {
    gint64 next_at = start_all (asker, paused);

    publish (asker, next_at);
    rest (asker, next_at);
    curl_multi_perform (asker->multi, &n);
    finish_all (asker);
    if (asker->settings.give_up && asker->reason != GUISE_ASKER_REASON_NONE)
      give_up (asker);
  }
  cancel_all (asker);
  return NULL;
}

/* ---- from outside ---- */

static void
set_up (GuiseAsker *asker, const GuiseEndpoint *endpoint)
{
  gboolean here = guise_url_is_loopback (endpoint->url);
  guint start = asker->settings.start != 0 ? asker->settings.start : here ? 1
                                                                          : 4;

  if (asker->settings.clock == NULL)
    asker->settings.clock = &real_clock;
  if (asker->settings.find == NULL)
    asker->settings.find = guise_refusals_find;
  asker->endpoint = guise_endpoint_copy (endpoint);
  asker->max_tokens = asker->settings.max_tokens;
  asker->max_cost = asker->settings.max_cost;
  asker->breaker.most = asker->settings.breaker;
  asker->flying = g_ptr_array_new ();
  asker->rand = g_rand_new_with_seed (asker->settings.seed);
  asker->cost = asker->status.cost = NAN;
  guise_pace_init (&asker->pace, start, MAX (asker->settings.most, 1));
  g_mutex_init (&asker->lock);
  g_cond_init (&asker->changed);
}

static void
tear_down (GuiseAsker *asker)
{
  if (asker->multi != NULL)
    curl_multi_cleanup (asker->multi);
  guise_endpoint_free (asker->endpoint);
  guise_key_unref (asker->key);
  g_ptr_array_unref (asker->flying);
  g_rand_free (asker->rand);
  guise_asker_status_clear (&asker->status);
  g_mutex_clear (&asker->lock);
  g_cond_clear (&asker->changed);
  g_free (asker->url);
  g_free (asker->hold_why);
  g_free (asker->why);
  g_free (asker);
}

GuiseAsker *
guise_asker_new (const GuiseEndpoint *endpoint, GuiseKey *key, const GuiseAskerSettings *settings,
                 GError **error)
{
  g_autofree char *url = NULL;
  GuiseAsker *asker;

  if (endpoint->url == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_URL,
                 "cannot ask '%s': it has no address", endpoint->title);
    return NULL;
  }
  /* Without them a refusal could pass for a description. */
  if (settings->find == NULL && !guise_refusals_load (error))
    return NULL;
  if (!guise_url_check_consent (endpoint->url, settings->allow_remote, error)
      || (url = guise_url_create_chat (endpoint->url, error)) == NULL)
    return NULL;
  guise_http_init ();
  asker = g_new0 (GuiseAsker, 1);
  asker->settings = *settings;
  set_up (asker, endpoint);
  asker->url = g_steal_pointer (&url);
  asker->key = key != NULL ? guise_key_ref (key) : NULL;
  asker->multi = curl_multi_init ();
  if (asker->multi == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_MEMORY,
                 "cannot ask '%s': no memory", endpoint->title);
    tear_down (asker);
    return NULL;
  }
  asker->thread = g_thread_new ("asker", work, asker);
  return asker;
}

void
guise_asker_free (GuiseAsker *asker)
{
  GuiseItem *item;

  if (asker == NULL)
    return;
  g_mutex_lock (&asker->lock);
  asker->ending = TRUE;
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
  g_thread_join (asker->thread);
  while ((item = g_queue_pop_head (&asker->incoming)) != NULL)
    cancel_item (asker, item);
  tear_down (asker);
}

void
guise_asker_push (GuiseAsker *asker, GuiseQuestion *question, GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GuiseItem *item = item_new (question, callback, user_data);

  g_mutex_lock (&asker->lock);
  g_queue_push_tail (&asker->incoming, item);
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
}

GuiseAnswer *
guise_asker_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
guise_asker_pause (GuiseAsker *asker)
{
  g_mutex_lock (&asker->lock);
  asker->paused = TRUE;
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
}

void
guise_asker_resume (GuiseAsker *asker)
{
  g_mutex_lock (&asker->lock);
  asker->paused = FALSE;
  asker->resumed = TRUE;
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
}

void
guise_asker_set_key (GuiseAsker *asker, GuiseKey *key)
{
  GuiseKey *old;

  g_mutex_lock (&asker->lock);
  old = asker->key;
  asker->key = key != NULL ? guise_key_ref (key) : NULL;
  g_mutex_unlock (&asker->lock);
  guise_key_unref (old);
}

void
guise_asker_set_limits (GuiseAsker *asker, gint64 max_tokens, double max_cost)
{
  g_mutex_lock (&asker->lock);
  asker->max_tokens = max_tokens;
  asker->max_cost = max_cost;
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
}

void
guise_asker_cancel (GuiseAsker *asker)
{
  g_mutex_lock (&asker->lock);
  asker->cancelled = TRUE;
  g_mutex_unlock (&asker->lock);
  curl_multi_wakeup (asker->multi);
}

void
guise_asker_get_status (GuiseAsker *asker, GuiseAskerStatus *status)
{
  gint64 now = guise_asker_now (asker);

  g_mutex_lock (&asker->lock);
  *status = asker->status;
  status->why = g_strdup (asker->status.why);
  status->wait_why = g_strdup (asker->status.wait_why);
  g_mutex_unlock (&asker->lock);
  if (status->wait_ms > 0) /* inside, it is the moment itself */
    status->wait_ms = MAX ((status->wait_ms - now + 999) / 1000, 0);
}

void
guise_asker_status_clear (GuiseAskerStatus *status)
{
  g_clear_pointer (&status->why, g_free);
  g_clear_pointer (&status->wait_why, g_free);
}

void
guise_asker_wait (GuiseAsker *asker, guint64 serial)
{
  g_mutex_lock (&asker->lock);
  while (asker->status.serial == serial)
    g_cond_wait (&asker->changed, &asker->lock);
  g_mutex_unlock (&asker->lock);
}

GuiseEndpoint *
guise_asker_dup_endpoint (GuiseAsker *asker)
{
  GuiseEndpoint *copy;

  g_mutex_lock (&asker->lock);
  copy = guise_endpoint_copy (asker->endpoint);
  g_mutex_unlock (&asker->lock);
  return copy;
}
