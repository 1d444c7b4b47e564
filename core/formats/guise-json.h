/* JSON from files and strangers, parsed strictly with jansson: caps checked before the parser runs,
 * UTF-8 only, no NUL, no duplicate keys, nothing after the value. `where` names the source in
 * messages (a file, a member's path); content errors are GUISE_FORMATS_ERROR, the file's own
 * G_IO_ERROR. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

typedef struct {
  gsize max_bytes;
  gsize max_depth;  /* nested arrays and objects */
  gsize max_string; /* bytes of one string as written */
  gsize max_nodes;  /* values, about: brackets plus commas */
} GuiseJsonLimits;

/* Parses size bytes (no terminator needed) of at most max_bytes, 64 levels, 16 M values.
 * The caller owns the result. */
json_t *guise_json_parse (const char *data, gsize size, gsize max_bytes, const char *where,
                          GError **error);
/* The same with every cap given. */
json_t *guise_json_parse_limited (const char *data, gsize size, const GuiseJsonLimits *limits,
                                  const char *where, GError **error);
/* Reads a whole file; one larger than max_bytes is refused unread. */
json_t *guise_json_load (const char *path, gsize max_bytes, GError **error);
/* The same of a file that other programs write, with integers of any size (transformers has
 * int (1e30) for "no limit"): one of 19 digits or more is read as a real. */
json_t *guise_json_load_wide (const char *path, gsize max_bytes, GError **error);
/* Writes value (indented by two, keys in their order, a line feed at the end) with
 * guise_atomic_write. */
gboolean guise_json_save (const char *path, const json_t *value, GError **error);

/* A text to be shown that may be any bytes, as paths and messages about them are: what is no UTF-8
 * becomes U+FFFD. NULL is null. */
json_t *guise_json_pack_text (const char *text);
/* The value as text for g_free(); flags as json_dumps takes them. NULL for NULL, and for what has
 * no JSON form. */
char *guise_json_dup_text (const json_t *value, size_t flags);

/* A member that must be there with that type. Values are borrowed from object. get_double takes
 * integers too. Booleans are never numbers. */
gboolean guise_json_get_string (json_t *object, const char *key, const char *where,
                                const char **value, GError **error);
gboolean guise_json_get_int (json_t *object, const char *key, const char *where, gint64 *value,
                             GError **error);
gboolean guise_json_get_double (json_t *object, const char *key, const char *where, double *value,
                                GError **error);
gboolean guise_json_get_bool (json_t *object, const char *key, const char *where, gboolean *value,
                              GError **error);
gboolean guise_json_get_array (json_t *object, const char *key, const char *where, json_t **value,
                               GError **error);
gboolean guise_json_get_object (json_t *object, const char *key, const char *where, json_t **value,
                                GError **error);
