/* JSON Lines: one object a line. The writer appends; the reader forgives a last line that a crash
 * tore, and takes one that lacks nothing but its line feed, as editors leave it. Content errors are
 * GUISE_FORMATS_ERROR, the file's own G_IO_ERROR. Not thread-safe for one object. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

typedef struct _GuiseJsonlWriter GuiseJsonlWriter;

/* Opens path for appending, making it when it is not there. A torn last line is cut off first, one
 * that lacks nothing but its line feed gets it. */
GuiseJsonlWriter *guise_jsonl_writer_open (const char *path, GError **error);
/* Writes object as one line, handed to the kernel before this returns. object is borrowed. When
 * writing fails, what was written of the line is cut off again. */
gboolean guise_jsonl_writer_append (GuiseJsonlWriter *writer, const json_t *object, GError **error);
/* Everything appended so far survives a power cut. After a failure every later call fails too. */
gboolean guise_jsonl_writer_sync (GuiseJsonlWriter *writer, GError **error);
void guise_jsonl_writer_free (GuiseJsonlWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseJsonlWriter, guise_jsonl_writer_free)

/* What a reader met that it did not hand on. */
typedef struct {
  guint64 n_bad;       /* lines that are not JSON objects, or longer than max_line */
  GPtrArray *problems; /* char *, of the first 100 of them, each with its line number */
  gboolean torn;       /* the last line has no line feed, is no object, and was skipped */
} GuiseJsonlReport;

void guise_jsonl_report_free (GuiseJsonlReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseJsonlReport, guise_jsonl_report_free)

/* object is borrowed; line counts from 1. Returning FALSE (error set) ends the reading. */
typedef gboolean (*GuiseJsonlFunc) (json_t *object, guint64 line, gpointer user_data,
                                    GError **error);

/* Calls func for every good line in turn; empty lines are skipped. Memory is bounded by the longest
 * line (at most max_line bytes). Returns NULL when the file cannot be read or func failed. */
GuiseJsonlReport *guise_jsonl_read (const char *path, gsize max_line, GuiseJsonlFunc func,
                                    gpointer user_data, GError **error);
