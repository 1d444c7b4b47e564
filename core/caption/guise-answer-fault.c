#include "guise-answer-fault.h"

#include "guise-formats-error.h"
#include "guise-url.h"

#include <string.h>

#define MAX_MESSAGE 500
#define MAX_NAME 100

void
guise_fault_clear (GuiseFault *fault)
{
  g_free (fault->message);
  g_free (fault->kind);
  g_free (fault->param);
  *fault = (GuiseFault){ 0 };
}

/* ---- finding ---- */

/* text cleaned and cut to what a message holds. */
static char *
excerpt (const char *text)
{
  return guise_formats_excerpt (text, MAX_MESSAGE);
}

static const char *
get_text (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

/* A number, or digits in a string: 0 for anything else. */
static guint
get_status (const json_t *value)
{
  gint64 number = json_integer_value (value);
  const char *text = json_string_value (value);

  if (text != NULL && strlen (text) == 3)
    number = g_ascii_strtoll (text, NULL, 10);
  return number >= 400 && number <= 599 ? (guint)number : 0;
}

/* {"message", "type", "param", "code"}, with what Azure and OpenRouter add. */
static void
read_object (GuiseFault *fault, const json_t *error)
{
  const json_t *code = json_object_get (error, "code");
  const json_t *inner = json_object_get (error, "innererror");
  const json_t *metadata = json_object_get (error, "metadata");
  const char *message = get_text (error, "message"), *raw = get_text (metadata, "raw");
  const char *names[] = { get_text (error, "type"), json_string_value (code),
                          get_text (inner, "code"), NULL };
  g_autoptr (GString) kind = g_string_new (NULL);
  g_autofree char *both = NULL;

  for (guint i = 0; i < 3; i++)
    if (names[i] != NULL) {
      g_autofree char *name = guise_formats_excerpt (names[i], MAX_NAME);

      g_string_append_printf (kind, "%s ", name);
    }
  if (json_object_get (metadata, "reasons") != NULL)
    g_string_append (kind, "moderation ");
  if (get_status (code) != 0 && fault->status < 400)
    fault->status = get_status (code);
  both = g_strconcat (message != NULL ? message : "an error without a message",
                      raw != NULL ? ": " : NULL, raw, NULL);
  fault->message = excerpt (both);
  g_free (fault->kind);
  fault->kind = g_utf8_strdown (kind->str, -1);
  fault->param = g_strdup (get_text (error, "param"));
}

/* FastAPI: {"detail": "text"} or {"detail": [{"loc": ["body", "seed"], "msg": "…"}]}. */
static void
read_detail (GuiseFault *fault, const json_t *detail)
{
  const json_t *first = json_array_get (detail, 0);
  const json_t *place = json_object_get (first, "loc");
  const char *text = json_is_string (detail) ? json_string_value (detail) : get_text (first, "msg");
  size_t n = json_array_size (place);

  if (text == NULL)
    return;
  fault->message = excerpt (text);
  if (n > 0)
    fault->param = g_strdup (json_string_value (json_array_get (place, n - 1)));
}

static void
read_json (GuiseFault *fault, json_t *root)
{
  const json_t *choice = json_array_get (json_object_get (root, "choices"), 0);
  const json_t *error = json_object_get (root, "error");

  if (error == NULL || json_is_null (error))
    error = json_object_get (choice, "error");
  if (json_is_object (error))
    read_object (fault, error);
  else if (json_is_string (error))
    fault->message = excerpt (json_string_value (error));
  else if (choice == NULL && get_text (root, "message") != NULL)
    read_object (fault, root);
  else if (choice == NULL)
    read_detail (fault, json_object_get (root, "detail"));
}

void
guise_fault_find (GuiseFault *fault, const GuiseHttpReply *reply, json_t *root)
{
  *fault = (GuiseFault){ .status = reply->status, .kind = g_strdup ("") };
  if (root != NULL)
    read_json (fault, root);
  if (fault->message == NULL && (reply->status < 200 || reply->status > 299)) {
    g_autofree char *start
        = g_utf8_make_valid (reply->size > 0 ? (const char *)reply->body : "",
                             (gssize)MIN (reply->size, 4 * MAX_MESSAGE));

    g_strstrip (start);
    fault->message = *start == '\0'  ? g_strdup ("no reason was given")
                     : *start == '<' ? g_strdup ("a page for people came, no reason")
                                     : excerpt (start);
  }
}

/* ---- judging ---- */

static gboolean
says (const GuiseFault *fault, const char *const *words)
{
  g_autofree char *message = g_utf8_strdown (fault->message, -1);

  for (; *words != NULL; words++)
    if (strstr (message, *words) != NULL || strstr (fault->kind, *words) != NULL)
      return TRUE;
  return FALSE;
}
#define SAYS(fault, ...) says (fault, (const char *const[]){ __VA_ARGS__, NULL })

static gboolean
is_word (const char *text, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = text; (at = strstr (at, word)) != NULL; at += length)
    if ((at == text || !(g_ascii_isalnum (at[-1]) || at[-1] == '_'))
        && !(g_ascii_isalnum (at[length]) || at[length] == '_'))
      return TRUE;
  return FALSE;
}

/* The member that the server does not take, or NULL. */
static const char *
find_parameter (const GuiseFault *fault)
{
  static const char *const names[] = { "max_tokens", "max_completion_tokens",
                                       "temperature", "top_p",
                                       "seed", "reasoning_effort",
                                       "chat_template_kwargs", "enable_thinking" };
  static const char *const told[] = { "reasoning", "detail" };

  for (guint i = 0; fault->param != NULL && i < G_N_ELEMENTS (told); i++)
    if (strcmp (fault->param, told[i]) == 0)
      return told[i];
  if (!SAYS (fault, "unsupported", "not support", "unknown", "unrecognized", "unrecognised",
             "not permitted", "unexpected", "extra", "invalid", "not allowed"))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (fault->param, names[i]) == 0)
      return names[i];
  for (guint i = 0; fault->param == NULL && i < G_N_ELEMENTS (names); i++)
    if (is_word (fault->message, names[i]))
      return names[i];
  return NULL;
}

/* Of 400 and 422: a dialect that can be changed, or the question's own fault. */
static gboolean
judge_dialect (const GuiseFault *fault, GuiseOutcome *verdict)
{
  const char *parameter;

  if (SAYS (fault, "response_format", "json_schema", "json_object", "structured output", "grammar")
      || (fault->param != NULL && g_str_has_prefix (fault->param, "response_format"))) {
    verdict->next = GUISE_NEXT_FORMAT;
    return TRUE;
  }
  parameter = find_parameter (fault);
  if (parameter == NULL)
    return FALSE;
  verdict->next = GUISE_NEXT_PARAMETER;
  verdict->parameter = g_strdup (parameter);
  return TRUE;
}

/* What is no fault of the question's: nothing works until somebody acts. */
static gboolean
judge_account (const GuiseFault *fault, GuiseAnswer *answer, const char *host,
               GuiseOutcome *verdict)
{
#define SAY(sentence) \
  guise_answer_set (answer, GUISE_ANSWER_FAILED, sentence, host, fault->status, fault->message)
  if (fault->status == 402
      || SAYS (fault, "insufficient_quota", "insufficient_credits", "billing_hard_limit"))
    SAY ("the credit is used up at '%s' (%u): %s; add credit, or choose another endpoint");
  else if (fault->status == 401)
    SAY ("the key is not accepted by '%s' (%u): %s; give the right key (keyring, or an "
         "environment variable)");
  else if (fault->status == 403 && SAYS (fault, "region", "country", "territory"))
    SAY ("this region is not served by '%s' (%u): %s; choose another endpoint");
  else if (fault->status == 403 && SAYS (fault, "quota", "limit", "billing", "credit"))
    SAY ("the quota is used up at '%s' (%u): %s; wait for the next period, or raise it");
  else if (fault->status == 403)
    SAY ("access is refused by '%s' (%u): %s; look whether this key may use this model");
  else
    return FALSE;
#undef SAY
  verdict->next = GUISE_NEXT_STOP;
  return TRUE;
}

/* Statuses that pass with time. */
static gboolean
judge_passing (const GuiseFault *fault, GuiseAnswer *answer, const char *host,
               GuiseOutcome *verdict)
{
  guint status = fault->status;

  if (status != 408 && status != 425 && status != 429 && status < 500)
    return FALSE;
  verdict->next = status == 429 || status == 503 || status == 504 || status == 408
                      ? GUISE_NEXT_SLOW_DOWN
                      : GUISE_NEXT_WAIT;
  guise_answer_set (answer, GUISE_ANSWER_FAILED, "no answer from '%s' (%u): %s", host, status,
                    fault->message);
  return TRUE;
}

static void
judge_rest (const GuiseFault *fault, GuiseAnswer *answer, const GuiseHttpReply *reply,
            const GuiseReading *reading, const char *host, GuiseOutcome *verdict)
{
  g_autofree char *shown = guise_url_dup_shown (reading->url);
  guint status = fault->status;

  if (status >= 300 && status < 400)
    guise_answer_set (answer, GUISE_ANSWER_FAILED,
                      "the address '%s' leads elsewhere (%u), to '%s': it is not followed; "
                      "set the right address",
                      shown, status, reply->location_host != NULL ? reply->location_host : "?");
  else if (status == 404 || status == 405 || status == 410)
    guise_answer_set (answer, GUISE_ANSWER_FAILED,
                      "nothing answers at '%s' (%u): %s; check the address and the model's name",
                      shown, status, fault->message);
  else if (status == 413)
    guise_answer_set (answer, GUISE_ANSWER_FAILED, "the picture is too large for '%s' (413): %s",
                      host, fault->message);
  else
    guise_answer_set (answer, GUISE_ANSWER_FAILED, "'%s' does not take the question (%u): %s", host,
                      status, fault->message);
  if (status == 413)
    verdict->next = GUISE_NEXT_SMALLER;
}

void
guise_fault_judge (const GuiseFault *fault, GuiseAnswer *answer, const GuiseHttpReply *reply,
                   const GuiseReading *reading, GuiseOutcome *verdict)
{
  g_autofree char *host = guise_url_dup_host (reading->url);

  if (SAYS (fault, "content_filter", "responsibleaipolicyviolation", "moderation",
            "content_policy")) {
    guise_answer_set (answer, GUISE_ANSWER_FILTERED, "the filter of '%s' stopped it: %s", host,
                      fault->message);
    return;
  }
  if (SAYS (fault, "unsupported content part", "image input is not supported",
            "does not support image", "does not support vision", "is not a multimodal model",
            "support image input", "missing data required for image input")) {
    verdict->next = GUISE_NEXT_STOP;
    guise_answer_set (answer, GUISE_ANSWER_FAILED,
                      "the model at '%s' sees no pictures (%u): %s; start one that does", host,
                      fault->status, fault->message);
    return;
  }
  if (judge_account (fault, answer, host, verdict)
      || judge_passing (fault, answer, host, verdict))
    return;
  judge_rest (fault, answer, reply, reading, host, verdict);
  if (fault->status == 400 || fault->status == 422)
    judge_dialect (fault, verdict);
}
