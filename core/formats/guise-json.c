#include "guise-json.h"
#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SURE_DIGITS 18 /* 10^18 is below 2^63 */

static json_t *
refuse (GError **error, GuiseFormatsError code, const char *where, const char *data, gsize at,
        const char *why)
{
  gsize line = 1, column = 1;

  for (gsize i = 0; i < at; i++) {
    line += data[i] == '\n';
    column = data[i] == '\n' ? 1 : column + 1;
  }
  g_set_error (error, GUISE_FORMATS_ERROR, code, "cannot read JSON '%s': line %zu, column %zu: %s",
               where, line, column, why);
  return NULL;
}

/* The index just after the string that opens at data[at], or size when it does not end. */
static gsize
skip_string (const char *data, gsize size, gsize at)
{
  for (gsize i = at + 1; i < size; i++) {
    if (data[i] == '"')
      return i + 1;
    if (data[i] == '\\')
      i++;
  }
  return size;
}

/* One pass over the bytes, far cheaper than building values. It does not judge the grammar. */
static const char *
find_excess (const char *data, gsize size, const GuiseJsonLimits *limits, gsize *at)
{
  gsize depth = 0, n_nodes = 0;

  for (gsize i = 0; i < size;) {
    gsize next = i + 1;

    *at = i;
    switch (data[i]) {
    case '"':
      next = skip_string (data, size, i);
      if (next - i > limits->max_string + 2)
        return "the string is too long";
      break;
    case '{':
    case '[':
      n_nodes++;
      if (++depth > limits->max_depth)
        return "nested too deeply";
      break;
    case '}':
    case ']':
      depth -= depth > 0;
      break;
    case ',':
      n_nodes++;
      break;
    default:
      break;
    }
    if (n_nodes > limits->max_nodes)
      return "too many values";
    i = next;
  }
  return NULL;
}

json_t *
guise_json_parse_limited (const char *data, gsize size, const GuiseJsonLimits *limits,
                          const char *where, GError **error)
{
  const char *fault, *excess;
  json_error_t problem;
  json_t *value;
  gsize at = 0;

  if (size > limits->max_bytes) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                 "cannot read JSON '%s': %zu bytes are more than the %zu allowed", where, size,
                 limits->max_bytes);
    return NULL;
  }
  if (size > 0 && !g_utf8_validate_len (data, size, &fault))
    return refuse (error, GUISE_FORMATS_ERROR_INVALID, where, data, (gsize)(fault - data),
                   *fault == '\0' ? "a zero byte in the text" : "not UTF-8");
  excess = find_excess (data, size, limits, &at);
  if (excess != NULL)
    return refuse (error, GUISE_FORMATS_ERROR_TOO_LARGE, where, data, at, excess);
  value
      = json_loadb (size > 0 ? data : "", size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
  if (value == NULL) {
    g_autofree char *why = guise_formats_clean (problem.text);

    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read JSON '%s': line %d, column %d: %s", where, problem.line,
                 problem.column, why);
  }
  return value;
}

json_t *
guise_json_parse (const char *data, gsize size, gsize max_bytes, const char *where, GError **error)
{
  const GuiseJsonLimits limits
      = { .max_bytes = max_bytes, .max_depth = 64, .max_string = max_bytes, .max_nodes = 16 << 20 };

  return guise_json_parse_limited (data, size, &limits, where, error);
}

json_t *
guise_json_load (const char *path, gsize max_bytes, GError **error)
{
  gsize size;
  g_autofree char *data = guise_read_file (path, max_bytes, &size, error);

  return data != NULL ? guise_json_parse (data, size, max_bytes, path, error) : NULL;
}

/* With "e0" behind each integer that 64 bits may not hold, which makes it a real. */
static GString *
widen_integers (const char *data, gsize size)
{
  GString *wide = g_string_sized_new (size + 64);

  for (gsize i = 0, next; i < size; i = next) {
    gboolean is_number = g_ascii_isdigit (data[i]);
    gboolean is_integer = is_number;

    next = data[i] == '"' ? skip_string (data, size, i) : i + 1;
    for (; is_number && next < size && strchr ("0123456789.eE+-", data[next]) != NULL
           && data[next] != '\0';
         next++)
      is_integer = is_integer && g_ascii_isdigit (data[next]);
    g_string_append_len (wide, data + i, (gssize)(next - i));
    if (is_integer && next - i > MAX_SURE_DIGITS)
      g_string_append (wide, "e0");
  }
  return wide;
}

json_t *
guise_json_load_wide (const char *path, gsize max_bytes, GError **error)
{
  gsize size;
  g_autofree char *data = guise_read_file (path, max_bytes, &size, error);
  g_autoptr (GString) wide = NULL;

  if (data == NULL)
    return NULL;
  wide = widen_integers (data, size);
  return guise_json_parse (wide->str, wide->len, max_bytes + max_bytes / 8, path, error);
}

json_t *
guise_json_pack_text (const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  return valid != NULL ? json_string (valid) : json_null ();
}

char *
guise_json_dup_text (const json_t *value, size_t flags)
{
  char *text = value != NULL ? json_dumps (value, flags) : NULL;
  char *copy = g_strdup (text);

  free (text);
  return copy;
}

gboolean
guise_json_save (const char *path, const json_t *value, GError **error)
{
  char *text = json_dumps (value, JSON_INDENT (2) | JSON_ENCODE_ANY);
  g_autoptr (GString) line = g_string_new (text);

  if (text == NULL) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot write JSON '%s': a value has no JSON form", path);
    return FALSE;
  }
  free (text);
  g_string_append_c (line, '\n');
  return guise_atomic_write (path, line->str, line->len, error);
}

static json_t *
get_member (json_t *object, const char *key, const char *where, GError **error)
{
  json_t *member = json_object_get (object, key);

  if (!json_is_object (object))
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read '%s' of '%s': not an object", key, where);
  else if (member == NULL)
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
                 "cannot read '%s': '%s' is missing", where, key);
  return member;
}

static gboolean
refuse_type (const char *key, const char *where, const char *wanted, GError **error)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read '%s': '%s' is not %s", where, key, wanted);
  return FALSE;
}

gboolean
guise_json_get_string (json_t *object, const char *key, const char *where, const char **value,
                       GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_string (member))
    return refuse_type (key, where, "a string", error);
  *value = json_string_value (member);
  return TRUE;
}

gboolean
guise_json_get_int (json_t *object, const char *key, const char *where, gint64 *value,
                    GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_integer (member))
    return refuse_type (key, where, "an integer", error);
  *value = json_integer_value (member);
  return TRUE;
}

gboolean
guise_json_get_double (json_t *object, const char *key, const char *where, double *value,
                       GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_number (member))
    return refuse_type (key, where, "a number", error);
  *value = json_number_value (member);
  return TRUE;
}

gboolean
guise_json_get_bool (json_t *object, const char *key, const char *where, gboolean *value,
                     GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_boolean (member))
    return refuse_type (key, where, "true or false", error);
  *value = json_is_true (member);
  return TRUE;
}

gboolean
guise_json_get_array (json_t *object, const char *key, const char *where, json_t **value,
                      GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_array (member))
    return refuse_type (key, where, "an array", error);
  *value = member;
  return TRUE;
}

gboolean
guise_json_get_object (json_t *object, const char *key, const char *where, json_t **value,
                       GError **error)
{
  json_t *member = get_member (object, key, where, error);

  if (member == NULL)
    return FALSE;
  if (!json_is_object (member))
    return refuse_type (key, where, "an object", error);
  *value = member;
  return TRUE;
}
