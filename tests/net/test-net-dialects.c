/* Each server's dialect: a strict fake of it takes the request that its profile makes, and its own
 * errors are understood. */
#include "net-fixture.h"

#include <string.h>

typedef struct {
  const char *profile;
  const char *base;    /* beneath the fake's address */
  const char *path;    /* where the question must arrive */
  const char *members; /* all that it takes, words between spaces */
  const char *tokens;  /* its name for the limit of tokens */
  const char *header;  /* that must hold the key, or NULL */
  gboolean takes_detail;
  gboolean no_json_object;
} Dialect;

#define COMMON " model messages stream temperature top_p seed response_format "

static const Dialect dialects[] = {
  { "ollama", "/v1", "/v1/chat/completions", COMMON "max_tokens reasoning_effort ", "max_tokens" },
  { "llama-cpp", "/v1", "/v1/chat/completions", COMMON "max_tokens chat_template_kwargs ",
    "max_tokens" },
  { "vllm", "/v1", "/v1/chat/completions", COMMON "max_tokens chat_template_kwargs ",
    "max_tokens" },
  { "lm-studio", "/v1", "/v1/chat/completions", COMMON "max_tokens ", "max_tokens",
    .no_json_object = TRUE },
  { "openai", "/v1", "/v1/chat/completions", COMMON "max_completion_tokens ",
    "max_completion_tokens", "Authorization", TRUE },
  { "azure", "/openai/deployments/gpt?api-version=2024-10-21",
    "/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
    COMMON "max_completion_tokens ", "max_completion_tokens", "api-key", TRUE },
  { "openrouter", "/api/v1", "/api/v1/chat/completions", COMMON "max_tokens provider usage ",
    "max_tokens", "Authorization" },
};

/* ---- the fake ---- */

static const char *
check_picture (const Dialect *dialect, json_t *part)
{
  static const char start[] = "data:image/jpeg;base64,";
  json_t *url = json_object_get (part, "image_url");
  const char *text = json_string_value (json_object_get (url, "url"));
  g_autofree guchar *bytes = NULL;
  gsize size;

  if (text == NULL || !g_str_has_prefix (text, start))
    return "image_url is no object with a JPEG in it";
  if (strpbrk (text, "\r\n ") != NULL)
    return "white space in base64";
  bytes = g_base64_decode (text + strlen (start), &size);
  if (size < 4 || memcmp (bytes, "\xff\xd8\xff", 3) != 0)
    return "the bytes are no JPEG";
  if (json_object_get (url, "detail") != NULL && !dialect->takes_detail)
    return "detail is not supported";
  return NULL;
}

static const char *
check_messages (const Dialect *dialect, json_t *messages)
{
  json_t *system = json_array_get (messages, 0), *user = json_array_get (messages, 1);
  json_t *parts = json_object_get (user, "content");

  if (json_array_size (messages) != 2
      || g_strcmp0 (json_string_value (json_object_get (system, "role")), "system") != 0
      || !json_is_string (json_object_get (system, "content")))
    return "no system message";
  if (g_strcmp0 (json_string_value (json_object_get (user, "role")), "user") != 0
      || json_array_size (parts) != 2
      || !json_is_string (json_object_get (json_array_get (parts, 0), "text")))
    return "no text";
  return check_picture (dialect, json_array_get (parts, 1));
}

static const char *
check_format (const Dialect *dialect, json_t *format)
{
  const char *type = json_string_value (json_object_get (format, "type"));
  json_t *inner = json_object_get (format, "json_schema");

  if (format == NULL)
    return NULL;
  if (g_strcmp0 (type, "json_object") == 0)
    return dialect->no_json_object ? "'response_format.type' must be 'json_schema' or 'text'"
                                   : NULL;
  if (g_strcmp0 (type, "json_schema") != 0 || !json_is_string (json_object_get (inner, "name"))
      || !json_is_true (json_object_get (inner, "strict"))
      || !json_is_object (json_object_get (inner, "schema")))
    return "the schema is not nested";
  return NULL;
}

static const char *
check_body (const Dialect *dialect, json_t *body)
{
  const char *key, *why;
  json_t *value;

  json_object_foreach (body, key, value)
  {
    g_autofree char *word = g_strdup_printf (" %s ", key);

    if (strstr (dialect->members, word) == NULL)
      return "extra fields not permitted";
  }
  if (!json_is_integer (json_object_get (body, dialect->tokens)))
    return "no limit of tokens";
  if (!json_is_number (json_object_get (body, "temperature"))
      || !json_is_number (json_object_get (body, "top_p"))
      || !json_is_integer (json_object_get (body, "seed"))
      || !json_is_false (json_object_get (body, "stream"))
      || !json_is_string (json_object_get (body, "model")))
    return "something is not said";
  why = check_format (dialect, json_object_get (body, "response_format"));
  return why != NULL ? why : check_messages (dialect, json_object_get (body, "messages"));
}

static const char *
check (const Dialect *dialect, const ChatRequest *request)
{
  json_auto_t *body = json_loads (request->body, JSON_REJECT_DUPLICATES, NULL);
  g_autofree char *key
      = dialect->header != NULL ? chat_request_dup_header (request, dialect->header) : NULL;
  g_autofree char *other = chat_request_dup_header (request, "Authorization");
  g_autofree char *type = chat_request_dup_header (request, "Content-Type");

  if (strcmp (request->method, "POST") != 0 || strcmp (request->path, dialect->path) != 0)
    return "not there";
  if (g_strcmp0 (type, "application/json") != 0)
    return "no JSON";
  if (dialect->header != NULL && (key == NULL || !g_str_has_suffix (key, "sk-key")))
    return "no key";
  if (dialect->header == NULL || strcmp (dialect->header, "api-key") == 0)
    if (other != NULL)
      return "a key that was not asked for";
  return body != NULL ? check_body (dialect, body) : "no JSON";
}

static void
answer (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  const char *why = check (data, request);

  if (why == NULL) {
    reply->body = chat_body (GOOD);
    return;
  }
  reply->status = 400;
  reply->body = g_strdup_printf ("{\"error\":\"%s\"}", why);
}

static GuiseEndpoint *
create_endpoint (const Dialect *dialect, ChatServer *server)
{
  g_autoptr (GError) error = NULL;
  GuiseEndpoint *endpoint = guise_endpoint_find (dialect->profile, &error);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u%s", chat_server_get_port (server),
                                          dialect->base);

  g_assert_no_error (error);
  g_assert_true (guise_endpoint_set_url (endpoint, url, &error));
  return endpoint;
}

static void
open_net (Net *net, const Dialect *dialect, ChatServer *server, guint formats)
{
  static FakeClock fake;
  g_autoptr (GuiseEndpoint) endpoint = create_endpoint (dialect, server);
  g_autoptr (GuiseKey) key
      = dialect->header != NULL ? guise_key_new ("sk-key", NULL) : NULL;
  GuiseAskerSettings settings;

  fake_clock_init (&fake, TRUE);
  settings = net_settings (&fake);
  settings.tries = 1;
  settings.give_up = TRUE;
  if (formats != 0)
    endpoint->formats = formats;
  net_open (net, endpoint, key, &settings);
  net_push (net, 1);
}

static void
test_request (gconstpointer data)
{
  const Dialect *dialect = data;
  g_autoptr (ChatServer) server = chat_server_new (answer, (gpointer)dialect, NULL, 0);
  g_auto (Net) net = { 0 };

  open_net (&net, dialect, server, 0);
  if (net_get (&net, 0)->why != NULL)
    g_error ("%s: %s", dialect->profile, net_get (&net, 0)->why);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, 1);
}

/* Where only json_object is tried: the one that does not know it says so, and gets words. */
static void
test_json_object (gconstpointer data)
{
  const Dialect *dialect = data;
  g_autoptr (ChatServer) server = chat_server_new (answer, (gpointer)dialect, NULL, 0);
  g_autoptr (GuiseEndpoint) learned = NULL;
  g_auto (Net) net = { 0 };

  open_net (&net, dialect, server,
            1u << GUISE_FORMAT_JSON_OBJECT | 1u << GUISE_FORMAT_PROMPTED);
  net_assert_state (net_get (&net, 0), GUISE_ANSWER_DONE);
  g_assert_cmpuint (net_get (&net, 0)->attempts, ==, dialect->no_json_object ? 2 : 1);
  learned = guise_asker_dup_endpoint (net.asker);
  g_assert_cmpint ((learned->formats & 1u << GUISE_FORMAT_JSON_OBJECT) == 0, ==,
                   dialect->no_json_object);
}

/* ---- errors, as the servers word them ---- */

static void
test_errors (void)
{
  const struct {
    const char *profile;
    guint status;
    const char *body;
    GuiseAnswerState state;
    const char *says;
  } rows[] = {
    {
        "ollama",
        404,
        "{\"error\":{\"message\":\"model x not found, try pulling it first\",\"type\":\"a"
        "pi_error\",\"param\":null,\"code\":null}}",
        GUISE_ANSWER_FAILED,
        "not found, try pulling it first",
    },
    {
        "ollama",
        503,
        "{\"error\":\"server busy, please try again. maximum pending requests exceeded\"}",
        GUISE_ANSWER_FAILED,
        "server busy",
    },
    {
        "llama-cpp",
        500,
        "{\"error\":{\"code\":500,\"message\":\"Unsupported content part type: image_url"
        "\",\"type\":\"server_error\"}}",
        GUISE_ANSWER_FAILED,
        "sees no pictures",
    },
    {
        "llama-cpp",
        503,
        "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_er"
        "ror\"}}",
        GUISE_ANSWER_FAILED,
        "Loading model",
    },
    {
        "vllm",
        400,
        "{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096 "
        "tokens.\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
        GUISE_ANSWER_FAILED,
        "maximum context length",
    },
    {
        "vllm",
        400,
        "{\"error\":{\"message\":\"qwen is not a multimodal model\",\"type\":\"BadRequest"
        "Error\",\"param\":null,\"code\":400}}",
        GUISE_ANSWER_FAILED,
        "sees no pictures",
    },
    {
        "lm-studio",
        400,
        "{\"error\":\"Model unloaded.\"}",
        GUISE_ANSWER_FAILED,
        "Model unloaded",
    },
    {
        "openai",
        401,
        "{\"error\":{\"message\":\"Incorrect API key provided\",\"type\":\"invalid_reques"
        "t_error\",\"param\":null,\"code\":\"invalid_api_key\"}}",
        GUISE_ANSWER_FAILED,
        "the key is not accepted",
    },
    {
        "openai",
        429,
        "{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":\"insuffici"
        "ent_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}",
        GUISE_ANSWER_FAILED,
        "the credit is used up",
    },
    {
        "azure",
        400,
        "{\"error\":{\"message\":\"The response was filtered\",\"type\":null,\"param\":\""
        "prompt\",\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":\"R"
        "esponsibleAIPolicyViolation\",\"content_filter_result\":{}}}}",
        GUISE_ANSWER_FILTERED,
        "The response was filtered",
    },
    {
        "azure",
        404,
        "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for"
        " this resource does not exist.\"}}",
        GUISE_ANSWER_FAILED,
        "deployment for this resource",
    },
    {
        "openrouter",
        200,
        "{\"error\":{\"code\":502,\"message\":\"Provider returned error\",\"metadata\":{"
        "\"provider_name\":\"x\",\"raw\":\"overloaded\"}}}",
        GUISE_ANSWER_FAILED,
        "Provider returned error: overloaded",
    },
    {
        "openrouter",
        402,
        "{\"error\":{\"code\":402,\"message\":\"Insufficient credits\"}}",
        GUISE_ANSWER_FAILED,
        "the credit is used up",
    },
    {
        "openrouter",
        403,
        "{\"error\":{\"code\":403,\"message\":\"input was flagged\",\"metadata\":{\"reaso"
        "ns\":[\"sexual\"],\"provider_name\":\"OpenAI\"}}}",
        GUISE_ANSWER_FILTERED,
        "input was flagged",
    },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Dialect *dialect = dialects;
    NetStep step = { rows[i].status, NULL, rows[i].body, CHAT_WHOLE };
    g_autoptr (ChatServer) server = chat_server_new (net_repeat, &step, NULL, 0);
    g_auto (Net) net = { 0 };

    while (strcmp (dialect->profile, rows[i].profile) != 0)
      dialect++;
    g_test_message ("%s %s", rows[i].profile, rows[i].says);
    open_net (&net, dialect, server, 0);
    net_assert_state (net_get (&net, 0), rows[i].state);
    net_assert_says (net_get (&net, 0), rows[i].says);
    g_assert_cmpuint (chat_server_get_n_requests (server), ==, 1);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (dialects); i++) {
    g_autofree char *request = g_strdup_printf ("/net/dialects/request/%s", dialects[i].profile);
    g_autofree char *object = g_strdup_printf ("/net/dialects/object/%s", dialects[i].profile);

    g_test_add_data_func (request, &dialects[i], test_request);
    g_test_add_data_func (object, &dialects[i], test_json_object);
  }
  g_test_add_func ("/net/dialects/errors", test_errors);
  return g_test_run ();
}
