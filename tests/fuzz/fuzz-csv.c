/* Rows of CSV: a reader after RFC 4180, written here, gets the fields back, and no field begins as
 * a formula. The input is the fields, each ended by a zero byte. */
#include "fuzz.h"

#include "guise-csv.h"

#include <string.h>

/* One field at *at, which moves behind the comma or line end that follows. */
static char *
read_field (const char **at)
{
  GString *field = g_string_new (NULL);
  const char *c = *at;

  if (*c == '"') {
    for (c++; *c != '"' || c[1] == '"'; c++) {
      g_assert_true (*c != '\0');
      c += *c == '"';
      g_string_append_c (field, *c);
    }
    c++;
  } else {
    for (; strchr (",\r\n\"", *c) == NULL; c++)
      g_string_append_c (field, *c);
  }
  g_assert_true (*c == ',' || (c[0] == '\r' && c[1] == '\n'));
  *at = c + (*c == ',' ? 1 : 2);
  return g_string_free (field, FALSE);
}

static void
check_row (const char *const *fields, gboolean raw)
{
  g_autoptr (GString) row = g_string_new (NULL);
  const char *at;

  guise_csv_append_row (row, fields, raw);
  at = row->str;
  for (gsize i = 0; fields[i] != NULL; i++) {
    g_autofree char *field = read_field (&at);
    gboolean guarded = !raw && *field == '\'' && *fields[i] != '\'';

    g_assert_cmpstr (field + guarded, ==, fields[i]);
    g_assert_true (raw || *field == '\0' || strchr ("=+-@\t\r", *field) == NULL);
  }
  g_assert_true (*at == '\0');
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < size;) {
    gsize n = strnlen ((const char *)data + i, size - i);

    g_ptr_array_add (fields, g_strndup ((const char *)data + i, n));
    i += n + 1;
  }
  if (fields->len == 0)
    return;
  g_ptr_array_add (fields, NULL);
  check_row ((const char *const *)fields->pdata, FALSE);
  check_row ((const char *const *)fields->pdata, TRUE);
}
