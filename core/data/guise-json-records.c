#include "guise-json-records.h"

#include "guise-formats-error.h"
#include "guise-json.h"

#include <string.h>

/* One record: an image with its captions. */
#define MAX_ELEMENT (4 << 20)
#define MAX_DEPTH 64

static gboolean
fail (const GuiseJsonRecords *records, size_t at, const char *why, GError **error)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read '%s': %s at byte %zu", records->where, why, at);
  return FALSE;
}

static void
skip_space (GuiseJsonRecords *records)
{
  while (records->position < records->size
         && strchr (" \t\r\n", records->data[records->position]) != NULL
         && records->data[records->position] != '\0')
    records->position++;
}

/* The byte at the position, or 0 at the end (no JSON has a 0 outside of strings). */
static char
peek (const GuiseJsonRecords *records)
{
  return records->position < records->size ? records->data[records->position] : '\0';
}

static void
start (GuiseJsonRecords *records, const char *data, size_t size, const char *where)
{
  *records = (GuiseJsonRecords){ .data = data, .size = size, .where = where };
  if (size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0)
    records->position = 3;
  skip_space (records);
}

static gboolean
enter_array (GuiseJsonRecords *records, GError **error)
{
  if (peek (records) != '[')
    return fail (records, records->position, "expected an array of records", error);
  records->position++;
  return TRUE;
}

gboolean
guise_json_records_begin (GuiseJsonRecords *records, const char *data, size_t size,
                          const char *where, GError **error)
{
  start (records, data, size, where);
  return enter_array (records, error);
}

/* Moves over a string; the position is on its opening quote. */
static gboolean
skip_string (GuiseJsonRecords *records)
{
  for (records->position++; records->position < records->size; records->position++) {
    if (records->data[records->position] == '\\')
      records->position++;
    else if (records->data[records->position] == '"') {
      records->position++;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
skip_element (GuiseJsonRecords *records, GError **error)
{
  size_t start = records->position;
  guint depth = 0;

  while (records->position < records->size) {
    char c = records->data[records->position];

    if (c == '"') {
      if (!skip_string (records))
        break;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']' || c == '}'))
      return TRUE;
    if (c == '{' || c == '[')
      depth++;
    else if (c == '}' || c == ']')
      depth--;
    if (depth > MAX_DEPTH)
      return fail (records, records->position, "too deep", error);
    records->position++;
    if (records->position - start > MAX_ELEMENT)
      return fail (records, start, "record too large", error);
  }
  return fail (records, start, "the file ends within the record", error);
}

/* A member's name and colon; what stands between the quotes is compared as it is. */
static gboolean
skip_name (GuiseJsonRecords *records, const char **name, size_t *length, GError **error)
{
  size_t start = records->position;

  if (peek (records) != '"' || !skip_string (records))
    return fail (records, start, "expected a member's name", error);
  *name = records->data + start + 1;
  *length = records->position - start - 2;
  skip_space (records);
  if (peek (records) != ':')
    return fail (records, records->position, "expected ':'", error);
  records->position++;
  skip_space (records);
  return TRUE;
}

gboolean
guise_json_records_begin_member (GuiseJsonRecords *records, const char *data, size_t size,
                                 const char *where, const char *member, GError **error)
{
  start (records, data, size, where);
  records->is_member = TRUE;
  for (char before = '{'; peek (records) == before; before = ',') {
    const char *name;
    size_t length;

    records->position++;
    skip_space (records);
    if (!skip_name (records, &name, &length, error))
      return FALSE;
    if (length == strlen (member) && memcmp (name, member, length) == 0)
      return enter_array (records, error);
    if (!skip_element (records, error))
      return FALSE;
  }
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read '%s': it is no object with an array '%s'", where, member);
  return FALSE;
}

/* The members behind the array and the object's closing bracket. */
static gboolean
leave_object (GuiseJsonRecords *records, GError **error)
{
  const char *name;
  size_t length;

  while (peek (records) == ',') {
    records->position++;
    skip_space (records);
    if (!skip_name (records, &name, &length, error) || !skip_element (records, error))
      return FALSE;
  }
  if (peek (records) != '}')
    return fail (records, records->position, "expected ',' or '}'", error);
  records->position++;
  skip_space (records);
  return TRUE;
}

int
guise_json_records_next (GuiseJsonRecords *records, const char **element, size_t *size,
                         GError **error)
{
  size_t start;

  skip_space (records);
  if (records->n_elements == 0 ? peek (records) == ']' : peek (records) != ',') {
    if (peek (records) != ']')
      return fail (records, records->position, "expected ',' or ']'", error) - 1;
    records->position++;
    skip_space (records);
    if (records->is_member && !leave_object (records, error))
      return -1;
    if (records->position < records->size)
      return fail (records, records->position, "text after the array", error) - 1;
    return 0;
  }
  if (records->n_elements > 0)
    records->position++;
  skip_space (records);
  start = records->position;
  records->n_elements++;
  if (!skip_element (records, error))
    return -1;
  *element = records->data + start;
  *size = records->position - start;
  return 1;
}

json_t *
guise_json_records_parse (const GuiseJsonRecords *records, const char *element, size_t size,
                          GError **error)
{
  g_autofree char *where = g_strdup_printf ("%s: record %" G_GUINT64_FORMAT " at byte %zu",
                                            records->where, records->n_elements,
                                            (size_t)(element - records->data));

  return guise_json_parse (element, size, MAX_ELEMENT, where, error);
}
