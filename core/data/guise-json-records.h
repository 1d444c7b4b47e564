/* Walking a large JSON array one element at a time: only one element is ever held as a tree, and
 * a bad element is an error of its own. The array's own commas and brackets must be right. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

typedef struct {
  const char *data;
  size_t size;
  size_t position;    /* bytes */
  guint64 n_elements; /* begun so far */
  const char *where;  /* for messages: the file's name */
  gboolean is_member; /* the array is a member of an object, which ends after it */
} GuiseJsonRecords;

/* Looks for the array's opening bracket (a byte order mark may stand before it); borrows data. */
gboolean guise_json_records_begin (GuiseJsonRecords *records, const char *data, size_t size,
                                   const char *where, GError **error);
/* The same for an array that is a member of the file's object; the other members are skipped. */
gboolean guise_json_records_begin_member (GuiseJsonRecords *records, const char *data, size_t size,
                                          const char *where, const char *member, GError **error);
/* The bounds of the next element: 1, 0 at the array's end, -1 when the array itself is broken. */
int guise_json_records_next (GuiseJsonRecords *records, const char **element, size_t *size,
                             GError **error);
/* Parses an element strictly; the error names its number (from 1) and byte. */
json_t *guise_json_records_parse (const GuiseJsonRecords *records, const char *element,
                                  size_t size, GError **error);
