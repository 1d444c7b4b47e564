/* Questions and the bodies that ask them; guise-chat-picture.c makes the pictures. */
#include "guise-chat.h"

#include <stdlib.h>
#include <string.h>

GuiseQuestion *
guise_question_new (const char *id, const char *system, const char *user, GBytes *jpeg,
                    json_t *schema)
{
  GuiseQuestion *question = g_new0 (GuiseQuestion, 1);

  question->id = g_strdup (id);
  question->system = g_strdup (system);
  question->user = g_strdup (user);
  question->schema = json_deep_copy (schema); /* another thread counts its references */
  question->top_p = 1;
  question->max_tokens = 400;
  guise_question_set_jpeg (question, jpeg);
  return question;
}

void
guise_question_free (GuiseQuestion *question)
{
  if (question == NULL)
    return;
  g_free (question->id);
  g_free (question->system);
  g_free (question->user);
  g_free (question->sha256);
  g_clear_pointer (&question->jpeg, g_bytes_unref);
  json_decref (question->schema);
  g_free (question);
}

void
guise_question_set_jpeg (GuiseQuestion *question, GBytes *jpeg)
{
  GBytes *old = question->jpeg;

  question->jpeg = jpeg != NULL ? g_bytes_ref (jpeg) : NULL;
  g_clear_pointer (&old, g_bytes_unref);
  g_free (question->sha256);
  question->sha256
      = jpeg != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, jpeg) : NULL;
}

/* ---- messages: without memory jansson gives NULL and takes it; what is not whole is NULL ---- */

/* array if it has n members. */
static json_t *
check_whole (json_t *array, size_t n)
{
  if (json_array_size (array) == n)
    return array;
  json_decref (array);
  return NULL;
}

static char *
create_address (const GuiseQuestion *question, gboolean with_picture)
{
  g_autofree char *base64 = NULL;
  gsize size;
  const guint8 *bytes;

  if (!with_picture)
    return g_strconcat ("sha256:", question->sha256, NULL);
  bytes = g_bytes_get_data (question->jpeg, &size);
  base64 = g_base64_encode (bytes, size);
  return g_strconcat ("data:image/jpeg;base64,", base64, NULL);
}

static json_t *
create_picture (const GuiseEndpoint *endpoint, const GuiseQuestion *question, gboolean with_picture)
{
  g_autofree char *address = create_address (question, with_picture);
  json_t *url = json_object ();

  if (json_object_set_new (url, "url", json_string (address)) < 0)
    g_clear_pointer (&url, json_decref);
  if (endpoint->detail != NULL && (endpoint->omit & GUISE_PARAMETER_DETAIL) == 0)
    json_object_set_new (url, "detail", json_string (endpoint->detail));
  return json_pack ("{s:s, s:o}", "type", "image_url", "image_url", url);
}

/* Servers that ignore response_format, and models that do better when they are told, read the
 * schema here. */
static char *
create_text (const GuiseQuestion *question)
{
  char *schema, *text;

  if (question->flags & GUISE_QUESTION_AS_IS)
    return g_strdup (question->user);
  schema = json_dumps (question->schema, JSON_COMPACT);
  if (schema == NULL)
    return NULL;
  text = g_strdup_printf ("%s\n\nAnswer with one JSON object and nothing else. It must fit this "
                          "JSON schema:\n%s",
                          question->user, schema);
  free (schema);
  return text;
}

static json_t *
create_user (const GuiseEndpoint *endpoint, const GuiseQuestion *question, gboolean with_picture)
{
  g_autofree char *text = create_text (question);
  json_t *parts = json_array ();

  json_array_append_new (parts, text != NULL ? json_pack ("{s:s, s:s}", "type", "text", "text",
                                                          text)
                                             : NULL);
  if (question->jpeg != NULL)
    json_array_append_new (parts, create_picture (endpoint, question, with_picture));
  return json_pack ("{s:s, s:o}", "role", "user", "content",
                    check_whole (parts, question->jpeg != NULL ? 2 : 1));
}

static json_t *
create_messages (const GuiseEndpoint *endpoint, const GuiseQuestion *question,
                 const GuiseRepair *repair, gboolean with_picture)
{
  json_t *messages = json_array ();

  if (question->system != NULL)
    json_array_append_new (messages, json_pack ("{s:s, s:s}", "role", "system", "content",
                                                question->system));
  json_array_append_new (messages, create_user (endpoint, question, with_picture));
  if (repair != NULL) {
    g_autofree char *words
        = g_strdup_printf ("That was not a valid answer: %s. Answer again about the same picture, "
                           "with the JSON object only.",
                           repair->fault);

    json_array_append_new (messages, json_pack ("{s:s, s:s}", "role", "assistant", "content",
                                                repair->answer));
    json_array_append_new (messages, json_pack ("{s:s, s:s}", "role", "user", "content", words));
  }
  return check_whole (messages, 1 + (question->system != NULL) + 2 * (repair != NULL));
}

static json_t *
create_format (const GuiseQuestion *question, GuiseFormat format)
{
  if (format == GUISE_FORMAT_JSON_OBJECT)
    return json_pack ("{s:s}", "type", "json_object");
  /* Nested: the flat form is silently ignored by llama.cpp. */
  return json_pack ("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema", "name",
                    "answer", "strict", TRUE, "schema", question->schema);
}

static void
put_sampling (json_t *body, const GuiseEndpoint *endpoint, const GuiseQuestion *question,
              guint max_tokens)
{
  /* Always sent: servers differ in what they take when nothing is said. */
  if ((endpoint->omit & GUISE_PARAMETER_TEMPERATURE) == 0)
    json_object_set_new (body, "temperature", json_real (question->temperature));
  if ((endpoint->omit & GUISE_PARAMETER_TOP_P) == 0)
    json_object_set_new (body, "top_p", json_real (question->top_p));
  if ((endpoint->omit & GUISE_PARAMETER_SEED) == 0)
    json_object_set_new (body, "seed", json_integer (question->seed));
  json_object_set_new (body, endpoint->token_field, json_integer (max_tokens));
}

/* How many members a whole body has: an object that lacks one had no memory for it. */
static char *
dump (json_t *body, size_t n_members)
{
  char *text, *copy;

  if (body == NULL || json_object_size (body) != n_members)
    return NULL;
  text = json_dumps (body, JSON_COMPACT);
  copy = g_strdup (text);
  if (text != NULL)
    free (text);
  return copy;
}

static size_t
count_new (const json_t *body, const json_t *members)
{
  const char *key;
  json_t *value;
  size_t n = 0;

  json_object_foreach ((json_t *)members, key, value)
  {
    n += json_object_get (body, key) == NULL;
  }
  return n;
}

/* Adds members without replacing what stands there; returns how many there should be more. */
static size_t
put_members (json_t *body, const json_t *members)
{
  size_t n = count_new (body, members);

  json_object_update_missing (body, (json_t *)members);
  return n;
}

char *
guise_chat_create_body (const GuiseEndpoint *endpoint, const GuiseQuestion *question,
                        GuiseFormat format, guint max_tokens, const GuiseRepair *repair,
                        gboolean with_picture)
{
  const guint sampling
      = GUISE_PARAMETER_TEMPERATURE | GUISE_PARAMETER_TOP_P | GUISE_PARAMETER_SEED;
  json_auto_t *body = json_object ();
  size_t n = 4 + (size_t)__builtin_popcount (sampling & ~endpoint->omit);

  json_object_set_new (body, "model", json_string (endpoint->model != NULL ? endpoint->model : ""));
  json_object_set_new (body, "messages",
                       create_messages (endpoint, question, repair, with_picture));
  json_object_set_new (body, "stream", json_false ());
  put_sampling (body, endpoint, question, max_tokens);
  if (format != GUISE_FORMAT_PROMPTED) {
    json_object_set_new (body, "response_format", create_format (question, format));
    n++;
  }
  if (endpoint->thinking != NULL && (endpoint->omit & GUISE_PARAMETER_THINKING) == 0)
    n += put_members (body, endpoint->thinking);
  if (endpoint->extra != NULL)
    n += put_members (body, endpoint->extra);
  return dump (body, n);
}
