/* HTTP replies of strangers: a status in the first two bytes, a body in the rest. Whatever comes
 * ends in a state; what is called done fits the schema and is fit to be shown. */
#include "fuzz.h"

#include "guise-answer.h"
#include "guise-json-schema.h"

#include <string.h>

static const char schema_text[]
    = "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"identity\","
      "\"clothing\"],\"properties\":{\"identity\":{\"type\":[\"string\",\"null\"]},\"clothing\":"
      "{\"type\":[\"string\",\"null\"]}}}";

static void
check_text (const char *text)
{
  if (text == NULL)
    return;
  g_assert_true (*text != '\0' && g_utf8_validate (text, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, 10000);
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

static void
check_state (const GuiseAnswer *answer, const GuiseReading *reading, const GuiseOutcome *verdict)
{
  g_autofree char *why = NULL;

  check_text (answer->identity);
  check_text (answer->clothing);
  g_assert_true (g_utf8_validate (answer->raw_answer, -1, NULL));
  g_assert_cmpuint (strlen (answer->raw_answer), <=, 64 << 10);
  if (answer->state == GUISE_ANSWER_DONE) {
    g_assert_null (answer->why);
    g_assert_cmpint (verdict->next, ==, GUISE_NEXT_NOTHING);
    g_assert_true (guise_json_schema_check (reading->schema, answer->object, &why));
    return;
  }
  g_assert_true (answer->why != NULL && *answer->why != '\0');
  g_assert_true (g_utf8_validate (answer->why, -1, NULL));
  g_assert_null (answer->identity);
  g_assert_null (answer->clothing);
  g_assert_cmpint (answer->state, !=, GUISE_ANSWER_CANCELLED);
  g_assert_true (verdict->next != GUISE_NEXT_REPAIR || verdict->content != NULL);
  g_assert_true (verdict->next != GUISE_NEXT_PARAMETER || verdict->parameter != NULL);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  json_auto_t *schema = json_loads (schema_text, 0, NULL);
  g_autoptr (GuiseEndpoint) endpoint = guise_endpoint_new ("http://127.0.0.1:1/v1", "m", NULL);
  g_autoptr (GuiseAnswer) answer = guise_answer_new ("1");
  g_auto (GuiseOutcome) verdict = { 0 };
  const GuiseReading reading = { .schema = schema,
                                 .as_is = size > 0 && data[0] & 0x80,
                                 .find = guise_refusals_find,
                                 .endpoint = endpoint,
                                 .url = "http://127.0.0.1:1/v1/chat/completions" };
  GuiseHttpReply reply = { .status = 200 };

  if (size >= 2) {
    reply.status = (guint)((data[0] & 0x7f) << 8 | data[1]) % 600;
    reply.body = data + 2;
    reply.size = size - 2;
  }
  guise_answer_read (answer, &reply, &reading, &verdict);
  check_state (answer, &reading, &verdict);
}
