#include "guise-answer-text.h"
#include "guise-json.h"

#include <string.h>

#define MAX_BYTES (1 << 20)
#define MAX_CHARS 10000
/* How many braces are tried as the beginning of an object. */
#define MAX_STARTS 16

static const GuiseJsonLimits limits
    = { .max_bytes = MAX_BYTES, .max_depth = 32, .max_string = MAX_BYTES, .max_nodes = 20000 };

/* ---- thinking ---- */

static const struct {
  const char *open, *close;
} marks[] = {
  { "<think>", "</think>" },
  { "<thinking>", "</thinking>" },
  { "<reasoning>", "</reasoning>" },
  { "[THINK]", "[/THINK]" },
};

/* text without one kind of thinking, in one pass. */
static char *
strip_mark (const char *text, const char *open, const char *close)
{
  GString *kept = g_string_new (NULL);
  const char *at = text, *start, *end, *stray;

  while ((start = strstr (at, open)) != NULL) {
    stray = g_strrstr_len (at, start - at, close);
    if (stray != NULL) { /* the beginning was not shown */
      g_string_truncate (kept, 0);
      at = stray + strlen (close);
    }
    g_string_append_len (kept, at, start - at);
    end = strstr (start, close);
    if (end == NULL)
      return g_string_free (kept, FALSE);
    at = end + strlen (close);
  }
  stray = g_strrstr (at, close);
  if (stray != NULL) {
    g_string_truncate (kept, 0);
    at = stray + strlen (close);
  }
  g_string_append (kept, at);
  return g_string_free (kept, FALSE);
}

char *
guise_answer_strip_thinking (const char *content)
{
  char *text = g_strdup (content);

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    g_autofree char *longer = text;

    text = strip_mark (longer, marks[i].open, marks[i].close);
  }
  return g_strstrip (text);
}

/* ---- JSON ---- */

/* The end of the object that begins at text, or NULL. */
static const char *
find_end (const char *text)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (const char *at = text; *at != '\0'; at++) {
    if (in_string && *at == '\\' && at[1] != '\0')
      at++;
    else if (*at == '"')
      in_string = !in_string;
    else if (!in_string && *at == '{')
      depth++;
    else if (!in_string && *at == '}' && --depth == 0)
      return at + 1;
  }
  return NULL;
}

static json_t *
parse (const char *text, gsize size)
{
  json_t *value = guise_json_parse_limited (text, size, &limits, "answer", NULL);

  if (!json_is_object (value))
    g_clear_pointer (&value, json_decref);
  return value;
}

json_t *
guise_answer_parse_object (const char *text)
{
  return parse (text, strlen (text));
}

json_t *
guise_answer_find_object (const char *text)
{
  const char *start = text;

  for (guint i = 0; i < MAX_STARTS; i++) {
    const char *end;
    json_t *value;

    start = strchr (start, '{');
    end = start != NULL ? find_end (start) : NULL;
    if (start == NULL)
      return NULL;
    value = end != NULL ? parse (start, (gsize)(end - start)) : NULL;
    if (value != NULL)
      return value;
    start++;
  }
  return NULL;
}

/* ---- captions ---- */

static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  /* Joiners are part of writing; marks of direction and everything else that hides are not. */
  if (c == 0x200c || c == 0x200d)
    return FALSE;
  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE;
}

char *
guise_answer_clean (const char *text)
{
  g_autoptr (GString) clean = g_string_new (NULL);
  gboolean space = FALSE;
  guint n_chars = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (g_unichar_isspace (c) || c == 0x2028 || c == 0x2029) {
      space = clean->len > 0;
      continue;
    }
    if (is_hidden (c))
      continue;
    if (++n_chars > MAX_CHARS)
      return NULL;
    if (space)
      g_string_append_c (clean, ' ');
    space = FALSE;
    g_string_append_unichar (clean, c);
  }
  return clean->len > 0 ? g_strdup (clean->str) : NULL;
}
