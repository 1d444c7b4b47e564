#include "guise-safetensors-writer.h"
#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-half.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_NAME = 1024,
  CHUNK = 4096, /* elements converted at a time */
};

typedef struct {
  char *name;
  GuiseDtype dtype;
  int n_dims;
  gsize shape[GUISE_MAX_DIMS];
  gsize n_elements, n_bytes;
  gboolean measured; /* FALSE: too many dimensions, or the size overflows */
  const void *data;
  gboolean from_float; /* data holds floats, stored as F16 */
} Entry;

struct _GuiseSafetensorsWriter {
  GPtrArray *entries;
  GTree *metadata; /* sorted by key */
};

/* Receives the data section piece by piece. */
typedef gboolean (*Sink) (gpointer target, const void *data, gsize size, GError **error);

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

static int
compare_keys (const void *a, const void *b, gpointer user_data)
{
  return strcmp (a, b);
}

GuiseSafetensorsWriter *
guise_safetensors_writer_new (void)
{
  GuiseSafetensorsWriter *writer = g_new0 (GuiseSafetensorsWriter, 1);

  writer->entries = g_ptr_array_new_with_free_func (entry_free);
  writer->metadata = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  return writer;
}

void
guise_safetensors_writer_free (GuiseSafetensorsWriter *writer)
{
  if (writer == NULL)
    return;
  g_ptr_array_unref (writer->entries);
  g_tree_unref (writer->metadata);
  g_free (writer);
}

void
guise_safetensors_writer_add (GuiseSafetensorsWriter *writer, const char *name, GuiseDtype dtype,
                              int n_dims, const gsize *shape, const void *data)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->name = g_strdup (name);
  entry->dtype = dtype;
  entry->n_dims = n_dims;
  entry->data = data;
  if (n_dims >= 0 && n_dims <= GUISE_MAX_DIMS) {
    for (int i = 0; i < n_dims; i++)
      entry->shape[i] = shape[i];
    entry->measured
        = guise_dtype_measure (dtype, n_dims, entry->shape, &entry->n_elements, &entry->n_bytes);
  }
  g_ptr_array_add (writer->entries, entry);
}

void
guise_safetensors_writer_add_half (GuiseSafetensorsWriter *writer, const char *name, int n_dims,
                                   const gsize *shape, const float *data)
{
  Entry *entry;

  guise_safetensors_writer_add (writer, name, GUISE_DTYPE_F16, n_dims, shape, data);
  entry = g_ptr_array_index (writer->entries, writer->entries->len - 1);
  entry->from_float = TRUE;
}

void
guise_safetensors_writer_set_metadata (GuiseSafetensorsWriter *writer, const char *key,
                                       const char *value)
{
  g_tree_replace (writer->metadata, g_strdup (key), g_strdup (value));
}

static gboolean
feed_half (const Entry *entry, Sink sink, gpointer target, GError **error)
{
  const float *data = entry->data;
  guint16 piece[CHUNK];

  for (gsize i = 0; i < entry->n_elements; i += CHUNK) {
    gsize n = MIN (CHUNK, entry->n_elements - i);

    for (gsize j = 0; j < n; j++)
      piece[j] = guise_float_to_half (data[i + j]);
    if (!sink (target, piece, n * sizeof *piece, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
feed_data (GuiseSafetensorsWriter *writer, Sink sink, gpointer target, GError **error)
{
  for (guint i = 0; i < writer->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (writer->entries, i);

    if (entry->n_bytes == 0)
      continue;
    if (entry->from_float ? !feed_half (entry, sink, target, error)
                          : !sink (target, entry->data, entry->n_bytes, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
sink_hash (gpointer target, const void *data, gsize size, GError **error)
{
  g_checksum_update (target, data, (gssize)size);
  return TRUE;
}

static gboolean
sink_file (gpointer target, const void *data, gsize size, GError **error)
{
  return guise_atomic_file_write (target, data, size, error);
}

static int
compare_entries (const void *a, const void *b)
{
  const Entry *const *x = a, *const *y = b;

  return strcmp ((*x)->name, (*y)->name);
}

static const char *
find_fault (const Entry *entry, const Entry *previous)
{
  gsize length = strlen (entry->name);

  if (length == 0 || length > MAX_NAME || !g_utf8_validate (entry->name, (gssize)length, NULL))
    return "its name is empty, too long or not UTF-8";
  if (strcmp (entry->name, "__metadata__") == 0)
    return "that name is reserved";
  if (previous != NULL && strcmp (entry->name, previous->name) == 0)
    return "there are two of that name";
  return entry->measured ? NULL : "too many dimensions or too large";
}

/* Sorts the entries and adds up their sizes. */
static gboolean
lay_out (GuiseSafetensorsWriter *writer, const char *path, gsize *n_data, GError **error)
{
  *n_data = 0;
  g_ptr_array_sort (writer->entries, compare_entries);
  for (guint i = 0; i < writer->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (writer->entries, i);
    const char *fault
        = find_fault (entry, i > 0 ? g_ptr_array_index (writer->entries, i - 1) : NULL);

    if (fault == NULL && !g_size_checked_add (n_data, *n_data, entry->n_bytes))
      fault = "the file would be too large";
    if (fault != NULL) {
      g_autofree char *name = g_utf8_make_valid (entry->name, -1);

      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                   "cannot write safetensors '%s': tensor '%s': %s", path, name, fault);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
put_metadata (gpointer key, gpointer value, gpointer object)
{
  return json_object_set_new (object, key, json_string (value)) != 0; /* TRUE would end the walk */
}

static json_t *
create_entry_json (const Entry *entry, gsize offset)
{
  json_t *shape = json_array ();

  for (int i = 0; i < entry->n_dims; i++)
    json_array_append_new (shape, json_integer ((json_int_t)entry->shape[i]));
  return json_pack ("{s:s, s:o, s:[I, I]}", "dtype", guise_dtype_name (entry->dtype), "shape",
                    shape, "data_offsets", (json_int_t)offset,
                    (json_int_t)(offset + entry->n_bytes));
}

static GString *
create_header (GuiseSafetensorsWriter *writer)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  json_t *header = json_object (), *metadata = json_object ();
  GString *out = g_string_new (NULL);
  gsize offset = 0;
  char *text;

  feed_data (writer, sink_hash, hash, NULL);
  guise_safetensors_writer_set_metadata (writer, "sha256", g_checksum_get_string (hash));
  g_tree_foreach (writer->metadata, put_metadata, metadata);
  json_object_set_new (header, "__metadata__", metadata);
  for (guint i = 0; i < writer->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (writer->entries, i);

    json_object_set_new (header, entry->name, create_entry_json (entry, offset));
    offset += entry->n_bytes;
  }
  text = json_dumps (header, JSON_COMPACT);
  g_string_append (out, text);
  while (out->len % 8 != 0)
    g_string_append_c (out, ' ');
  free (text);
  json_decref (header);
  return out;
}

static gboolean
check_metadata (gpointer key, gpointer value, gpointer fault)
{
  if (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL))
    return FALSE;
  *(gboolean *)fault = TRUE;
  return TRUE;
}

gboolean
guise_safetensors_writer_write (GuiseSafetensorsWriter *writer, const char *path, GError **error)
{
  g_autoptr (GuiseAtomicFile) file = NULL;
  g_autoptr (GString) header = NULL;
  gboolean fault = FALSE;
  gsize n_data;
  guint64 length;

  if (!lay_out (writer, path, &n_data, error))
    return FALSE;
  g_tree_foreach (writer->metadata, check_metadata, &fault);
  if (fault) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot write safetensors '%s': its metadata is not UTF-8", path);
    return FALSE;
  }
  header = create_header (writer);
  length = header->len;
  file = guise_atomic_file_open (path, error);
  return file != NULL && guise_atomic_file_reserve (file, 8 + length + n_data, error)
         && guise_atomic_file_write (file, &length, sizeof length, error)
         && guise_atomic_file_write (file, header->str, header->len, error)
         && feed_data (writer, sink_file, file, error) && guise_atomic_file_commit (file, error);
}
