#include "guise-jsonl.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "\xef\xbb\xbf"

enum {
  MAX_PROBLEMS = 100,
  TAIL = 4096,
  MAX_TAIL = 16 << 20, /* bytes of a last line that may be whole */
};

struct _GuiseJsonlWriter {
  char *path;
  int fd;
  off_t end; /* after the last whole line */
  gboolean failed;
};

static gboolean
fail (GuiseJsonlWriter *writer, int code, GError **error)
{
  return guise_formats_fail_errno (error, code, "cannot write", writer->path);
}

/* Windows' editors put a mark before the first line that says: UTF-8. Returns its size, or 0. */
static gsize
measure_mark (const char *text, gsize size)
{
  gsize n = strlen (MARK);

  return size >= n && memcmp (text, MARK, n) == 0 ? n : 0;
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0) {
    ssize_t n = write (fd, data, size);

    if (n < 0 && errno != EINTR)
      return FALSE;
    data += n > 0 ? n : 0;
    size -= n > 0 ? (gsize)n : 0;
  }
  return TRUE;
}

/* The position after the last line feed before size. */
static gboolean
find_end (int fd, off_t size, off_t *end)
{
  char tail[TAIL];

  while (size > 0) {
    size_t n = (size_t)MIN (size, TAIL);
    ssize_t got = pread (fd, tail, n, size - (off_t)n);
    const char *feed = got == (ssize_t)n ? memrchr (tail, '\n', n) : NULL;

    if (got != (ssize_t)n)
      return FALSE;
    size -= (off_t)n;
    if (feed != NULL) {
      *end = size + (feed - tail) + 1;
      return TRUE;
    }
  }
  *end = 0;
  return TRUE;
}

/* Whether the bytes from `end` on are an object; FALSE where they cannot be read. */
static gboolean
look_at_tail (int fd, off_t end, off_t size, gboolean *is_object)
{
  gsize n = (gsize)(size - end), mark;
  g_autofree char *tail = n <= MAX_TAIL ? g_malloc (n) : NULL;
  json_auto_t *object = NULL;

  *is_object = FALSE;
  if (tail == NULL)
    return TRUE;
  if (pread (fd, tail, n, end) != (ssize_t)n)
    return FALSE;
  mark = end == 0 ? measure_mark (tail, n) : 0;
  object = guise_json_parse (tail + mark, n - mark, MAX_TAIL, "the last line", NULL);
  *is_object = json_is_object (object);
  return TRUE;
}

/* What stands behind the last line feed is finished or cut off. */
static gboolean
mend_end (GuiseJsonlWriter *writer, off_t size)
{
  gboolean is_object;

  if (!find_end (writer->fd, size, &writer->end))
    return FALSE;
  if (writer->end == size)
    return TRUE;
  if (!look_at_tail (writer->fd, writer->end, size, &is_object))
    return FALSE;
  if (!is_object)
    return ftruncate (writer->fd, writer->end) == 0;
  writer->end = size + 1;
  return write_all (writer->fd, "\n", 1);
}

GuiseJsonlWriter *
guise_jsonl_writer_open (const char *path, GError **error)
{
  g_autoptr (GuiseJsonlWriter) writer = g_new0 (GuiseJsonlWriter, 1);
  struct stat info;

  writer->path = g_strdup (path);
  writer->fd = open (path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (writer->fd < 0 || fstat (writer->fd, &info) != 0) {
    fail (writer, errno, error);
    return NULL;
  }
  if (!S_ISREG (info.st_mode)) {
    fail (writer, EINVAL, error);
    return NULL;
  }
  if (!mend_end (writer, info.st_size)) {
    fail (writer, errno != 0 ? errno : EIO, error);
    return NULL;
  }
  return g_steal_pointer (&writer);
}

gboolean
guise_jsonl_writer_append (GuiseJsonlWriter *writer, const json_t *object, GError **error)
{
  char *text = json_dumps (object, JSON_COMPACT);
  g_autoptr (GString) line = g_string_new (text);

  if (text == NULL) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot write '%s': a value has no JSON form", writer->path);
    return FALSE;
  }
  free (text);
  g_string_append_c (line, '\n');
  if (writer->failed)
    return fail (writer, EIO, error);
  if (!write_all (writer->fd, line->str, line->len)) {
    int code = errno;

    writer->failed = ftruncate (writer->fd, writer->end) != 0;
    return fail (writer, code, error);
  }
  writer->end += (off_t)line->len;
  return TRUE;
}

gboolean
guise_jsonl_writer_sync (GuiseJsonlWriter *writer, GError **error)
{
  if (writer->failed)
    return fail (writer, EIO, error);
  if (fsync (writer->fd) == 0)
    return TRUE;
  writer->failed = TRUE;
  return fail (writer, errno, error);
}

void
guise_jsonl_writer_free (GuiseJsonlWriter *writer)
{
  if (writer == NULL)
    return;
  if (writer->fd >= 0)
    close (writer->fd);
  g_free (writer->path);
  g_free (writer);
}

void
guise_jsonl_report_free (GuiseJsonlReport *report)
{
  if (report == NULL)
    return;
  g_ptr_array_unref (report->problems);
  g_free (report);
}

static void
note_problem (GuiseJsonlReport *report, guint64 line, const char *why)
{
  report->n_bad++;
  if (report->problems->len < MAX_PROBLEMS)
    g_ptr_array_add (report->problems,
                     g_strdup_printf ("line %" G_GUINT64_FORMAT ": %s", line, why));
}

typedef struct {
  GuiseJsonlReport *report;
  gsize max_line;
  GuiseJsonlFunc func;
  gpointer user_data;
} Reader;

/* One line, without its line feed, if it has one. Returns FALSE only when func failed. */
static gboolean
read_line (const Reader *self, const GString *text, guint64 line, gboolean whole, GError **error)
{
  g_autofree char *where = g_strdup_printf ("line %" G_GUINT64_FORMAT, line);
  g_autoptr (GError) problem = NULL;
  json_auto_t *object
      = guise_json_parse (text->str, text->len, self->max_line, where, &problem);

  if (json_is_object (object))
    return self->func (object, line, self->user_data, error);
  if (whole)
    note_problem (self->report, line, problem != NULL ? problem->message : "not an object");
  else
    self->report->torn = TRUE;
  return TRUE;
}

/* Reads up to the next line feed into text, dropping what exceeds max_line. Returns FALSE at the
 * file's end; *whole tells whether a line feed ended the line. */
static gboolean
gather_line (FILE *stream, GString *text, gsize max_line, gboolean *whole, gboolean *too_long)
{
  int c;

  g_string_truncate (text, 0);
  *whole = *too_long = FALSE;
  while ((c = getc_unlocked (stream)) != EOF && c != '\n') {
    if (text->len < max_line)
      g_string_append_c (text, (char)c);
    else
      *too_long = TRUE;
  }
  *whole = c == '\n';
  return *whole || text->len > 0 || *too_long;
}

/* What editors leave behind the last line feed: blanks, and the old sign for the end of a file. */
static gboolean
is_blank (const GString *text)
{
  return strspn (text->str, " \t\r\x1a") == text->len;
}

static gboolean
read_stream (FILE *stream, const Reader *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean whole, too_long;

  for (guint64 line = 1; gather_line (stream, text, self->max_line, &whole, &too_long); line++) {
    if (line == 1)
      g_string_erase (text, 0, (gssize)measure_mark (text->str, text->len));
    if (too_long && whole)
      note_problem (self->report, line, "too long");
    else if (too_long)
      self->report->torn = TRUE;
    else if (text->len > 0 && (whole || !is_blank (text))
             && !read_line (self, text, line, whole, error))
      return FALSE;
  }
  return TRUE;
}

GuiseJsonlReport *
guise_jsonl_read (const char *path, gsize max_line, GuiseJsonlFunc func, gpointer user_data,
                  GError **error)
{
  g_autoptr (GuiseJsonlReport) report = g_new0 (GuiseJsonlReport, 1);
  int fd = guise_open_file (path, O_RDONLY, error);
  FILE *stream = fd >= 0 ? fdopen (fd, "r") : NULL;
  const Reader reader = { report, max_line, func, user_data };
  gboolean done;

  report->problems = g_ptr_array_new_with_free_func (g_free);
  if (fd < 0)
    return NULL;
  done = read_stream (stream, &reader, error);
  if (done && ferror (stream)) {
    guise_formats_fail_errno (error, EIO, "cannot read", path);
    done = FALSE;
  }
  fclose (stream);
  return done ? g_steal_pointer (&report) : NULL;
}
