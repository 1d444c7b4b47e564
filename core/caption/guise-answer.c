#include "guise-answer.h"

#include "guise-answer-fault.h"
#include "guise-answer-text.h"
#include "guise-formats-error.h"
#include "guise-json-schema.h"
#include "guise-json.h"
#include "guise-url.h"

#include <math.h>
#include <string.h>

#define MAX_RAW (64 << 10)
#define MAX_REFUSAL 300 /* characters of it in a message */

static const GuiseJsonLimits limits = { .max_bytes = GUISE_HTTP_MAX_BODY,
                                        .max_depth = 64,
                                        .max_string = GUISE_HTTP_MAX_BODY,
                                        .max_nodes = 1 << 20 };

const char *
guise_answer_state_get_name (GuiseAnswerState state)
{
  static const char *const names[]
      = { "done", "invalid", "refused", "filtered", "truncated", "thinking-exhausted",
          "failed", "cancelled" };

  return names[state];
}

/* ---- the value ---- */

GuiseAnswer *
guise_answer_new (const char *id)
{
  GuiseAnswer *answer = g_new0 (GuiseAnswer, 1);

  answer->id = g_strdup (id);
  answer->state = GUISE_ANSWER_FAILED;
  answer->why = g_strdup ("nothing was asked");
  answer->prompt_tokens = answer->completion_tokens = answer->cached_tokens = -1;
  answer->cost = NAN;
  return answer;
}

static void
clear_result (GuiseAnswer *answer)
{
  g_clear_pointer (&answer->identity, g_free);
  g_clear_pointer (&answer->clothing, g_free);
  g_clear_pointer (&answer->object, json_decref);
  g_clear_pointer (&answer->why, g_free);
}

void
guise_answer_free (GuiseAnswer *answer)
{
  if (answer == NULL)
    return;
  clear_result (answer);
  g_free (answer->id);
  g_free (answer->finish_reason);
  g_free (answer->model);
  g_free (answer->raw_request);
  g_free (answer->raw_answer);
  g_free (answer);
}

void
guise_answer_set (GuiseAnswer *answer, GuiseAnswerState state, const char *format, ...)
{
  va_list list;

  clear_result (answer);
  answer->state = state;
  va_start (list, format);
  answer->why = g_strdup_vprintf (format, list);
  va_end (list);
}

void
guise_outcome_clear (GuiseOutcome *verdict)
{
  g_free (verdict->parameter);
  g_free (verdict->content);
  *verdict = (GuiseOutcome){ 0 };
}

/* ---- what the body is ---- */

static json_t *
parse_body (const GuiseHttpReply *reply, char **why)
{
  const char *body = (const char *)reply->body;
  gsize size = reply->size, skip = 0;
  g_autoptr (GError) error = NULL;
  json_t *root;

  if (size >= 3 && memcmp (body, "\xef\xbb\xbf", 3) == 0)
    skip = 3;
  root = guise_json_parse_limited (size > 0 ? body + skip : "", size - skip, &limits, "reply",
                                   &error);
  if (json_is_object (root))
    return root;
  json_decref (root);
  while (skip < size && g_ascii_isspace (body[skip]))
    skip++;
  if (skip == size)
    *why = g_strdup ("it is empty");
  else if (size >= 2 && (body[0] == '\0' || body[1] == '\0' || (guint8)body[0] >= 0xfe))
    *why = g_strdup ("it is UTF-16 and not UTF-8");
  else if (body[skip] == '<')
    *why = g_strdup ("it is a page for people; check the address");
  else if (strncmp (body + skip, "data:", MIN (5, size - skip)) == 0
           || (reply->content_type != NULL
               && g_str_has_prefix (reply->content_type, "text/event-stream")))
    *why = g_strdup ("it is an event stream, which was not asked for");
  else
    *why = g_strdup (error != NULL ? error->message : "it is no JSON object");
  return NULL;
}

static void
keep_raw (GuiseAnswer *answer, const GuiseHttpReply *reply)
{
  gsize size = MIN (reply->size, MAX_RAW);

  g_free (answer->raw_answer);
  /* What replaces bad bytes is longer than they are. */
  answer->raw_answer = size > 0 ? g_utf8_make_valid ((const char *)reply->body, (gssize)size)
                                : g_strdup ("");
  if (strlen (answer->raw_answer) > MAX_RAW) {
    char *end = g_utf8_find_prev_char (answer->raw_answer, answer->raw_answer + MAX_RAW + 1);

    *end = '\0';
  }
}

/* ---- what it cost ---- */

static gint64
get_count (const json_t *usage, const char *key)
{
  const json_t *value = json_object_get (usage, key);

  return json_is_integer (value) && json_integer_value (value) >= 0
                 && json_integer_value (value) < G_MAXINT32
             ? json_integer_value (value)
             : -1;
}

static void
add_count (gint64 *sum, gint64 more)
{
  if (more >= 0)
    *sum = MAX (*sum, 0) + more;
}

static void
read_usage (GuiseAnswer *answer, const json_t *root, const GuiseEndpoint *endpoint)
{
  const json_t *usage = json_object_get (root, "usage"), *cost = json_object_get (usage, "cost");
  gint64 prompt = get_count (usage, "prompt_tokens");
  gint64 completion = get_count (usage, "completion_tokens");
  double price = NAN;

  add_count (&answer->prompt_tokens, prompt);
  add_count (&answer->completion_tokens, completion);
  add_count (&answer->cached_tokens,
             get_count (json_object_get (usage, "prompt_tokens_details"), "cached_tokens"));
  if (json_is_number (cost) && json_number_value (cost) >= 0)
    price = json_number_value (cost);
  else if (prompt >= 0 && completion >= 0)
    price = ((double)prompt * endpoint->prompt_price
             + (double)completion * endpoint->completion_price)
            / 1e6;
  if (isfinite (price))
    answer->cost = isfinite (answer->cost) ? answer->cost + price : price;
}

/* ---- what the model said ---- */

/* A string, or the texts of an array of parts; NULL where there is none. */
static char *
dup_content (const json_t *message)
{
  const json_t *content = json_object_get (message, "content");
  g_autoptr (GString) text = g_string_new (NULL);

  if (json_is_string (content))
    return g_strdup (json_string_value (content));
  for (size_t i = 0; i < json_array_size (content); i++) {
    const json_t *part = json_object_get (json_array_get (content, i), "text");

    if (json_is_string (part))
      g_string_append (text, json_string_value (part));
  }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static gboolean
has_thought (const json_t *message, const char *content, const char *stripped)
{
  const char *reasoning = json_string_value (json_object_get (message, "reasoning"));
  const char *other = json_string_value (json_object_get (message, "reasoning_content"));

  return (reasoning != NULL && *reasoning != '\0') || (other != NULL && *other != '\0')
         || (content != NULL && strlen (content) > strlen (stripped) + 8);
}

static void
say_exhausted (GuiseAnswer *answer, GuiseOutcome *verdict)
{
  verdict->next = GUISE_NEXT_MORE;
  guise_answer_set (answer, GUISE_ANSWER_THINKING_EXHAUSTED,
                    "the model used up its tokens before it answered: switch its thinking off, or "
                    "raise the limit of tokens");
}

/* A member as a caption's text. FALSE: there is one, and it cannot be used. */
static gboolean
take_text (const json_t *object, const char *key, char **text)
{
  const char *value = json_string_value (json_object_get (object, key));

  if (value == NULL)
    return TRUE;
  *text = guise_answer_clean (value);
  return *text != NULL;
}

static gboolean
declines (const GuiseReading *reading, const char *text)
{
  return text != NULL && reading->find != NULL && reading->find (text, reading->find_data) != NULL;
}

static void
say_invalid (GuiseAnswer *answer, GuiseOutcome *verdict, const char *fault)
{
  verdict->next = GUISE_NEXT_REPAIR;
  guise_answer_set (answer, GUISE_ANSWER_INVALID, "%s", fault);
}

static void
say_refused (GuiseAnswer *answer, const char *words)
{
  g_autofree char *said = guise_formats_excerpt (words, MAX_REFUSAL);

  guise_answer_set (answer, GUISE_ANSWER_REFUSED, "the model declines: %s", said);
}

static void
read_object (GuiseAnswer *answer, json_t *object, const GuiseReading *reading,
             GuiseOutcome *verdict)
{
  g_autofree char *identity = NULL, *clothing = NULL;

  if (!take_text (object, "identity", &identity)) {
    say_invalid (answer, verdict, "'identity' is empty or far too long");
    return;
  }
  if (!take_text (object, "clothing", &clothing)) {
    say_invalid (answer, verdict, "'clothing' is empty or far too long");
    return;
  }
  if (json_is_true (json_object_get (object, "refused")) || declines (reading, identity)
      || declines (reading, clothing)) {
    say_refused (answer, verdict->content);
    answer->object = json_incref (object);
    return;
  }
  clear_result (answer);
  answer->state = GUISE_ANSWER_DONE;
  answer->identity = g_steal_pointer (&identity);
  answer->clothing = g_steal_pointer (&clothing);
  answer->object = json_incref (object);
}

static void
read_content (GuiseAnswer *answer, const GuiseReading *reading, GuiseOutcome *verdict)
{
  json_auto_t *object = reading->as_is ? guise_answer_parse_object (verdict->content)
                                       : guise_answer_find_object (verdict->content);
  g_autofree char *why = NULL;

  if (object != NULL && guise_json_schema_check (reading->schema, object, &why))
    read_object (answer, object, reading, verdict);
  else if (declines (reading, verdict->content))
    say_refused (answer, verdict->content);
  else
    say_invalid (answer, verdict, object != NULL ? why : "there is no JSON object in the answer");
}

/* Whether the end of the answer alone decides. */
static gboolean
read_finish (GuiseAnswer *answer, const json_t *message, GuiseOutcome *verdict)
{
  const char *finish = answer->finish_reason != NULL ? answer->finish_reason : "stop";
  const char *refusal = json_string_value (json_object_get (message, "refusal"));

  if (refusal != NULL && *refusal != '\0') {
    say_refused (answer, refusal);
  } else if (strcmp (finish, "content_filter") == 0) {
    guise_answer_set (answer, GUISE_ANSWER_FILTERED, "the server's filter cut the answer off");
  } else if (strcmp (finish, "length") == 0 && verdict->content != NULL) {
    verdict->next = GUISE_NEXT_MORE;
    guise_answer_set (answer, GUISE_ANSWER_TRUNCATED,
                      "the limit of tokens cut the answer off: raise it");
  } else if (strcmp (finish, "length") == 0) {
    say_exhausted (answer, verdict);
  } else if (strcmp (finish, "error") == 0) {
    verdict->next = GUISE_NEXT_WAIT;
    guise_answer_set (answer, GUISE_ANSWER_FAILED, "the server broke off its answer");
  } else if (strcmp (finish, "tool_calls") == 0 || strcmp (finish, "function_call") == 0) {
    guise_answer_set (answer, GUISE_ANSWER_INVALID, "the model wanted to call a tool");
  } else {
    return FALSE;
  }
  return TRUE;
}

static void
read_choice (GuiseAnswer *answer, const json_t *choice, gint64 spent, const GuiseReading *reading,
             GuiseOutcome *verdict)
{
  const json_t *message = json_object_get (choice, "message");
  g_autofree char *content = dup_content (message);
  g_autofree char *stripped = guise_answer_strip_thinking (content != NULL ? content : "");

  if (*stripped != '\0')
    verdict->content = g_strdup (stripped);
  if (read_finish (answer, message, verdict))
    return;
  if (verdict->content != NULL)
    read_content (answer, reading, verdict);
  else if (spent > 0 || has_thought (message, content, stripped))
    say_exhausted (answer, verdict);
  else
    guise_answer_set (answer, GUISE_ANSWER_INVALID, "the answer is empty");
}

static void
replace_text (char **place, const json_t *value)
{
  g_free (*place);
  *place = json_is_string (value) ? guise_formats_clean (json_string_value (value)) : NULL;
}

void
guise_answer_read (GuiseAnswer *answer, const GuiseHttpReply *reply, const GuiseReading *reading,
                   GuiseOutcome *verdict)
{
  g_autofree char *why = NULL;
  json_auto_t *root = parse_body (reply, &why);
  const json_t *choice = json_array_get (json_object_get (root, "choices"), 0);
  g_auto (GuiseFault) fault = { 0 };
  g_autofree char *host = guise_url_dup_host (reading->url);

  *verdict = (GuiseOutcome){ 0 };
  answer->http = reply->status;
  keep_raw (answer, reply);
  replace_text (&answer->finish_reason, json_object_get (choice, "finish_reason"));
  if (root != NULL) {
    replace_text (&answer->model, json_object_get (root, "model"));
    read_usage (answer, root, reading->endpoint);
  }
  guise_fault_find (&fault, reply, root);
  if (fault.message != NULL)
    guise_fault_judge (&fault, answer, reply, reading, verdict);
  else if (root == NULL)
    guise_answer_set (answer, GUISE_ANSWER_FAILED, "unexpected reply from '%s': %s", host, why);
  else if (!json_is_object (json_object_get (choice, "message")))
    guise_answer_set (answer, GUISE_ANSWER_FAILED,
                      "unexpected reply from '%s': there is no choice with a message in it", host);
  else
    read_choice (answer, choice,
                 get_count (json_object_get (root, "usage"), "completion_tokens"), reading,
                 verdict);
}
