/* JSON Lines, such as a run's metrics: every line is handed on, counted as bad, empty or the torn
 * last one; and after the writer has opened the file nothing is torn and nothing more is lost. */
#include "fuzz.h"

#include "guise-jsonl.h"

#include <string.h>

static gboolean
count (json_t *object, guint64 line, gpointer data, GError **error)
{
  g_assert_true (json_is_object (object));
  g_assert_cmpuint (line, >, 0);
  ++*(guint64 *)data;
  return TRUE;
}

static guint64
count_lines (const guint8 *data, gsize size)
{
  gsize mark = size >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  guint64 n = 0;

  for (gsize i = mark; i < size; i++) /* an empty line counts for nothing */
    n += data[i] != '\n' && (i + 1 == size || data[i + 1] == '\n');
  return n;
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  const char *path = fuzz_file (data, size);
  guint64 n_good = 0, n_again = 0, n_lines;
  GError *error = NULL;
  g_autoptr (GuiseJsonlReport) report = guise_jsonl_read (path, 4096, count, &n_good, &error);
  g_autoptr (GuiseJsonlReport) repaired = NULL;
  g_autoptr (GuiseJsonlWriter) writer = NULL;

  g_assert_no_error (error);
  n_lines = n_good + report->n_bad + report->torn;
  /* blanks may stand behind the last line feed */
  g_assert_true (n_lines == count_lines (data, size)
                 || (n_lines + 1 == count_lines (data, size) && data[size - 1] != '\n'));
  g_assert_true (!report->torn || data[size - 1] != '\n');
  writer = guise_jsonl_writer_open (path, &error);
  g_assert_no_error (error);
  repaired = guise_jsonl_read (path, 4096, count, &n_again, &error);
  g_assert_no_error (error);
  g_assert_false (repaired->torn);
  g_assert_cmpuint (n_again, ==, n_good);
}
