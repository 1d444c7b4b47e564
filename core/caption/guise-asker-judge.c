/* What follows from what a request brought. */
#include "guise-asker-private.h"

#include "guise-backoff.h"
#include "guise-url.h"

#include <math.h>
#include <string.h>

/* Changes of dialect that one question may bring about: each names another member. */
#define MAX_CHANGES 8
/* Causes of failure that no status stands for, for the breaker. */
#define CAUSE_STATE 1000
#define CAUSE_NETWORK 2000

void
guise_asker_stop (GuiseAsker *asker, GuiseAskerReason reason, const char *why)
{
  if (asker->reason != GUISE_ASKER_REASON_NONE)
    return;
  asker->reason = reason;
  asker->why = g_strdup (why);
}

/* ---- failures ---- */

static void
note_failure (GuiseAsker *asker, GuiseItem *item, guint cause)
{
  g_autofree char *why = NULL;

  if (!guise_breaker_note_failure (&asker->breaker, cause))
    return;
  why = g_strdup_printf ("%u failures in a row, the last: %s", asker->breaker.n,
                         item->answer->why);
  guise_asker_stop (asker, GUISE_ASKER_REASON_FAILURES, why);
}

/* The state stands. */
static void
settle (GuiseAsker *asker, GuiseItem *item)
{
  const GuiseAnswer *answer = item->answer;

  if (answer->state == GUISE_ANSWER_DONE)
    guise_breaker_reset (&asker->breaker);
  else
    note_failure (asker, item,
                  answer->state == GUISE_ANSWER_FAILED && answer->http != 0
                      ? answer->http
                      : CAUSE_STATE + answer->state);
  guise_asker_deliver (asker, item);
}

/* The same question again, next. */
static void
ask_again (GuiseAsker *asker, GuiseItem *item)
{
  item->not_before = 0;
  g_queue_push_head (&asker->waiting, item);
}

/* No request for so long. */
static void
hold (GuiseAsker *asker, gint64 until, const char *why)
{
  if (until <= asker->hold_until)
    return;
  asker->hold_until = until;
  g_free (asker->hold_why);
  asker->hold_why = g_strdup (why);
}

/* asked_ms: what the server wants to be waited, or -1. One question's failure is its own; a second
 * one in a row is the endpoint's, and nobody asks for a while. */
static void
ask_later (GuiseAsker *asker, GuiseItem *item, guint cause, gint64 asked_ms)
{
  gint64 now = guise_asker_now (asker), own_ms, wait_ms;

  if (item->serial > asker->failed_at) { /* those under way together fail together, and once */
    note_failure (asker, item, cause);
    asker->failed_at = asker->n_requests;
  }
  item->n_failures++;
  own_ms = guise_backoff_get_ms (MAX (asker->breaker.n, item->n_failures), asker->rand);
  wait_ms = guise_backoff_combine (own_ms, asked_ms);
  if (asker->breaker.n > 1 || asked_ms > 0)
    hold (asker, now + wait_ms * 1000, item->answer->why);
  if (item->n_failures >= asker->settings.tries) {
    g_autofree char *why = g_strdup (item->answer->why);

    guise_answer_set (item->answer, GUISE_ANSWER_FAILED, "%s (given up after %u tries)", why,
                      item->n_failures);
    guise_asker_deliver (asker, item);
    return;
  }
  item->not_before = now + wait_ms * 1000;
  g_free (item->wait_why);
  item->wait_why = g_strdup (item->answer->why);
  g_queue_push_head (&asker->waiting, item);
}

/* Nothing whole came. */
static void
judge_network (GuiseAsker *asker, GuiseItem *item, const GError *error)
{
  guise_answer_set (item->answer, GUISE_ANSWER_FAILED, "%s", error->message);
  item->answer->http = 0;
  switch (error->code) {
  case GUISE_HTTP_ERROR_TLS:
    guise_asker_stop (asker, GUISE_ASKER_REASON_ENDPOINT, error->message);
    ask_again (asker, item);
    break;
  case GUISE_HTTP_ERROR_TOO_LARGE:
  case GUISE_HTTP_ERROR_MEMORY:
    settle (asker, item);
    break;
  case GUISE_HTTP_ERROR_TIMEOUT:
    guise_pace_note_overload (&asker->pace, item->serial, asker->n_requests);
    ask_later (asker, item, CAUSE_NETWORK + (guint)error->code, -1);
    break;
  default:
    ask_later (asker, item, CAUSE_NETWORK + (guint)error->code, -1);
    break;
  }
}

/* ---- another way of asking ---- */

static gboolean
repair (GuiseItem *item, const char *content)
{
  if (item->bad_answer != NULL || (item->question->flags & GUISE_QUESTION_AS_IS) != 0
      || content == NULL)
    return FALSE;
  item->bad_answer = g_strdup (content);
  item->fault = g_strdup (item->answer->why);
  return TRUE;
}

static gboolean
raise_tokens (GuiseItem *item)
{
  if (item->raised)
    return FALSE;
  item->raised = TRUE;
  item->max_tokens *= 2;
  return TRUE;
}

static gboolean
halve (GuiseItem *item)
{
  g_autoptr (GBytes) half = NULL;

  if (item->halved || item->question->jpeg == NULL)
    return FALSE;
  half = guise_chat_halve (item->question->jpeg, NULL);
  if (half == NULL)
    return FALSE;
  item->halved = TRUE;
  guise_question_set_jpeg (item->question, half);
  return TRUE;
}

/* The server does not know the format of this request: it is not asked for again. */
static gboolean
drop_format (GuiseAsker *asker, GuiseItem *item)
{
  if ((item->question->flags & GUISE_QUESTION_AS_IS) != 0
      || item->format == GUISE_FORMAT_PROMPTED || item->n_changes++ >= MAX_CHANGES)
    return FALSE;
  g_mutex_lock (&asker->lock);
  asker->endpoint->formats &= ~(1u << item->format);
  g_mutex_unlock (&asker->lock);
  return TRUE;
}

/* The other name for the limit of tokens, once. */
static gboolean
swap_token_field (GuiseAsker *asker, GuiseItem *item)
{
  GuiseEndpoint *endpoint = asker->endpoint;
  g_autofree char *sent = g_strdup_printf ("\"%s\":", endpoint->token_field);
  gboolean old = strcmp (endpoint->token_field, "max_tokens") == 0;

  if (item->answer->raw_request == NULL || strstr (item->answer->raw_request, sent) == NULL)
    return TRUE; /* asked before another question found it out */
  if (asker->swapped)
    return FALSE;
  asker->swapped = TRUE;
  g_mutex_lock (&asker->lock);
  g_free (endpoint->token_field);
  endpoint->token_field = g_strdup (old ? "max_completion_tokens" : "max_tokens");
  g_mutex_unlock (&asker->lock);
  return TRUE;
}

/* The server does not know this member: it is not sent again. */
static gboolean
drop_parameter (GuiseAsker *asker, GuiseItem *item, const char *name)
{
  guint bit = guise_parameter_from_name (name);

  if (item->n_changes++ >= MAX_CHANGES)
    return FALSE;
  if (g_str_has_suffix (name, "_tokens"))
    return swap_token_field (asker, item);
  if (bit == 0)
    return FALSE;
  g_mutex_lock (&asker->lock);
  asker->endpoint->omit |= bit;
  g_mutex_unlock (&asker->lock);
  return TRUE;
}

/* ---- what came ---- */

/* What the totals and the limits count. */
static void
count_usage (GuiseAsker *asker, GuiseItem *item, gint64 prompt, gint64 completion, double cost)
{
  GuiseAnswer *answer = item->answer;
  gint64 new_prompt = MAX (answer->prompt_tokens, 0) - prompt;
  gint64 new_completion = MAX (answer->completion_tokens, 0) - completion;
  double new_cost = (isfinite (answer->cost) ? answer->cost : 0) - cost;
  gboolean limited;

  asker->prompt_tokens += new_prompt;
  asker->completion_tokens += new_completion;
  asker->n_priced += new_prompt > 0;
  asker->spent_tokens += new_prompt + new_completion;
  if (new_prompt + new_completion == 0 && answer->state != GUISE_ANSWER_FAILED) {
    answer->assumed_tokens += item->reserved_tokens;
    asker->spent_tokens += item->reserved_tokens;
  }
  if (isfinite (answer->cost))
    asker->cost = (isfinite (asker->cost) ? asker->cost : 0) + new_cost;
  asker->dearest = MAX (asker->dearest, new_cost);
  g_mutex_lock (&asker->lock);
  limited = asker->max_cost > 0;
  g_mutex_unlock (&asker->lock);
  if (limited && !isfinite (answer->cost) && answer->state != GUISE_ANSWER_FAILED)
    guise_asker_stop (asker, GUISE_ASKER_REASON_LIMIT,
                      "what answers cost is not known, so that no limit of cost can be kept: give "
                      "the endpoint's prices, or a limit of tokens");
}

static void
act (GuiseAsker *asker, GuiseItem *item, const GuiseHttpReply *reply, const GuiseOutcome *verdict)
{
  gint64 asked_ms;
  gboolean again = FALSE;

  switch (verdict->next) {
  case GUISE_NEXT_STOP:
    guise_asker_stop (asker, GUISE_ASKER_REASON_ENDPOINT, item->answer->why);
    ask_again (asker, item);
    return;
  case GUISE_NEXT_SLOW_DOWN:
    guise_pace_note_overload (&asker->pace, item->serial, asker->n_requests);
    G_GNUC_FALLTHROUGH;
  case GUISE_NEXT_WAIT:
    asked_ms = guise_backoff_read_headers (
        reply->retry_after_ms, reply->retry_after,
        asker->settings.clock->unix_s (asker->settings.clock->data));
    ask_later (asker, item, item->answer->http, asked_ms);
    return;
  case GUISE_NEXT_REPAIR:
    again = repair (item, verdict->content);
    break;
  case GUISE_NEXT_MORE:
    again = raise_tokens (item);
    break;
  case GUISE_NEXT_SMALLER:
    again = halve (item);
    break;
  case GUISE_NEXT_FORMAT:
    again = drop_format (asker, item);
    break;
  case GUISE_NEXT_PARAMETER:
    again = drop_parameter (asker, item, verdict->parameter);
    break;
  case GUISE_NEXT_NOTHING:
    break;
  }
  if (again)
    ask_again (asker, item);
  else
    settle (asker, item);
}

static void
judge_reply (GuiseAsker *asker, GuiseItem *item, const GuiseHttpReply *reply)
{
  const GuiseReading reading = {
    .schema = item->question->schema,
    .as_is = (item->question->flags & GUISE_QUESTION_AS_IS) != 0,
    .find = asker->settings.find,
    .find_data = asker->settings.find_data,
    .endpoint = asker->endpoint,
    .url = asker->url,
  };
  GuiseAnswer *answer = item->answer;
  gint64 prompt = MAX (answer->prompt_tokens, 0), completion = MAX (answer->completion_tokens, 0);
  double cost = isfinite (answer->cost) ? answer->cost : 0;
  g_auto (GuiseOutcome) verdict = { 0 };

  guise_answer_read (answer, reply, &reading, &verdict);
  if (reply->status >= 200 && reply->status <= 299) {
    asker->had_reply = TRUE;
    count_usage (asker, item, prompt, completion, cost);
    if (answer->state != GUISE_ANSWER_FAILED)
      guise_pace_note_answer (&asker->pace, reply->ms);
  }
  act (asker, item, reply, &verdict);
}

void
guise_asker_judge (GuiseAsker *asker, GuiseItem *item, CURLcode result)
{
  g_autoptr (GuiseHttp) http = g_steal_pointer (&item->http);
  g_auto (GuiseHttpReply) reply = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean whole = guise_http_read (http, result, &reply, &error);

  item->answer->ms += reply.ms;
  if (whole)
    judge_reply (asker, item, &reply);
  else
    judge_network (asker, item, error);
}
