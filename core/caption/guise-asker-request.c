/* Requests as they are sent, and whether the limits allow them. */
#include "guise-asker-private.h"

#include <math.h>

/* Tokens of a question with its picture before any server has counted one. */
#define USUAL_PROMPT 2000

/* The most that a question is expected to use: as much as those before it were long, and all that
 * its reply may have. A reply that comes without a count is taken for that, too. */
static void
reserve (GuiseAsker *asker, GuiseItem *item)
{
  const GuiseEndpoint *endpoint = asker->endpoint;
  gint64 prompt = asker->n_priced > 0 ? asker->prompt_tokens / asker->n_priced : USUAL_PROMPT;
  double by_price = ((double)prompt * endpoint->prompt_price
                     + item->max_tokens * endpoint->completion_price)
                    / 1e6;

  item->reserved_tokens = prompt + item->max_tokens;
  item->reserved_cost = isfinite (by_price) ? by_price : asker->dearest;
}

gboolean
guise_asker_has_room (GuiseAsker *asker, GuiseItem *item)
{
  gint64 tokens = asker->spent_tokens;
  double cost = isfinite (asker->cost) ? asker->cost : 0;
  gint64 max_tokens;
  double max_cost;

  g_mutex_lock (&asker->lock);
  max_tokens = asker->max_tokens;
  max_cost = asker->max_cost;
  g_mutex_unlock (&asker->lock);
  reserve (asker, item);
  for (guint i = 0; i < asker->flying->len; i++) {
    const GuiseItem *other = asker->flying->pdata[i];

    tokens += other->reserved_tokens;
    cost += other->reserved_cost;
  }
  if ((max_tokens <= 0 || tokens + item->reserved_tokens <= max_tokens)
      && (max_cost <= 0 || cost + item->reserved_cost <= max_cost))
    return TRUE;
  if (asker->flying->len == 0)
    guise_asker_stop (asker, GUISE_ASKER_REASON_LIMIT,
                      max_tokens > 0 && tokens + item->reserved_tokens > max_tokens
                          ? "the next question could go beyond the limit of tokens: raise it to "
                            "go on"
                          : "the next question could go beyond the limit of cost: raise it to go "
                            "on");
  return FALSE;
}

/* The request's handle; NULL with an error. */
static GuiseHttp *
create_request (GuiseAsker *asker, GuiseItem *item, GError **error)
{
  const GuiseRepair repair = { item->bad_answer, item->fault };
  const GuiseRepair *wanted = item->bad_answer != NULL ? &repair : NULL;
  guint total_ms = asker->had_reply ? asker->settings.total_ms : asker->settings.first_ms;
  g_autoptr (GuiseKey) key = NULL;
  char *body;

  item->format = item->question->flags & GUISE_QUESTION_AS_IS
                     ? item->question->format
                     : guise_endpoint_get_format (asker->endpoint, item->question->format);
  item->answer->max_tokens = item->max_tokens;
  g_free (item->answer->raw_request);
  item->answer->raw_request
      = guise_chat_create_body (asker->endpoint, item->question, item->format, item->max_tokens,
                                wanted, FALSE);
  body = guise_chat_create_body (asker->endpoint, item->question, item->format, item->max_tokens,
                                 wanted, TRUE);
  if (body == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_MEMORY,
                 "cannot write the request: no memory");
    return NULL;
  }
  g_mutex_lock (&asker->lock);
  key = asker->key != NULL ? guise_key_ref (asker->key) : NULL;
  g_mutex_unlock (&asker->lock);
  return guise_http_new (asker->endpoint, asker->url, key, body, asker->settings.connect_ms,
                         total_ms, error);
}

void
guise_asker_start (GuiseAsker *asker, GuiseItem *item)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&item->wait_why, g_free);
  item->http = create_request (asker, item, &error);
  if (item->http != NULL
      && curl_multi_add_handle (asker->multi, guise_http_get_easy (item->http)) == CURLM_OK) {
    item->answer->attempts++;
    item->serial = ++asker->n_requests;
    g_ptr_array_add (asker->flying, item);
    return;
  }
  g_clear_pointer (&item->http, guise_http_free);
  guise_answer_set (item->answer, GUISE_ANSWER_FAILED, "%s",
                    error != NULL ? error->message : "cannot start the request: no memory");
  guise_asker_deliver (asker, item);
}
