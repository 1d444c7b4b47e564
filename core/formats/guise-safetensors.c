#include "guise-safetensors.h"
#include "guise-formats-error.h"
#include "guise-half.h"
#include "guise-json.h"
#include "guise-read-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MAX_HEADER = 100000000,
  MAX_TENSORS = 65536,
  MAX_NAME = 1024,
  MAP_FROM = 64 << 20, /* larger files are mapped */
};

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

struct _GuiseSafetensors {
  char *path;
  GBytes *bytes;
  gboolean is_mapped; /* they are the file's pages */
  json_t *header;
  json_t *metadata;     /* borrowed from header, or NULL */
  GuiseTensor *tensors; /* sorted by name */
  gsize n_tensors;
  const guint8 *data;
  gsize n_data;
};

#define refuse(file, error, code, ...) \
  refuse_ (file, error, GUISE_FORMATS_ERROR_##code, __VA_ARGS__)

static gboolean refuse_ (const GuiseSafetensors *file, GError **error, GuiseFormatsError code,
                         const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
refuse_ (const GuiseSafetensors *file, GError **error, GuiseFormatsError code, const char *format,
         ...)
{
  g_autofree char *raw = NULL, *why = NULL;
  va_list args;

  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  why = guise_formats_clean (raw);
  g_set_error (error, GUISE_FORMATS_ERROR, code, "cannot read safetensors '%s': %s", file->path,
               why);
  return FALSE;
}

static gboolean
find_header (GuiseSafetensors *file, const char **header, gsize *n_header, GError **error)
{
  gsize size;
  const guint8 *start = g_bytes_get_data (file->bytes, &size);
  guint64 length;

  if (size < sizeof length)
    return refuse (file, error, INVALID, "%zu bytes are too few for a header", size);
  memcpy (&length, start, sizeof length);
  if (length > MAX_HEADER)
    return refuse (file, error, TOO_LARGE,
                   "a header of %" G_GUINT64_FORMAT " bytes is larger than the %d allowed", length,
                   MAX_HEADER);
  if (length > size - sizeof length || length == 0)
    return refuse (file, error, INVALID,
                   "invalid header length: %" G_GUINT64_FORMAT " bytes in a file of %zu", length,
                   size);
  *header = (const char *)start + sizeof length;
  *n_header = length;
  file->data = start + sizeof length + length;
  file->n_data = size - sizeof length - length;
  return TRUE;
}

static gboolean
parse_header (GuiseSafetensors *file, const char *header, gsize n_header, GError **error)
{
  /* A tensor's entry has some ten values; names longer than allowed are refused by the same scan.
   */
  const GuiseJsonLimits limits = {
    .max_bytes = MAX_HEADER, .max_depth = 4, .max_string = 1 << 19, .max_nodes = 16 * MAX_TENSORS
  };
  g_autofree char *where = g_strconcat (file->path, " (header)", NULL);
  const char *key;
  json_t *value;

  file->header = guise_json_parse_limited (header, n_header, &limits, where, error);
  if (file->header == NULL)
    return FALSE;
  if (!json_is_object (file->header))
    return refuse (file, error, INVALID, "the header is not a JSON object");
  file->metadata = json_object_get (file->header, "__metadata__");
  if (file->metadata != NULL && !json_is_object (file->metadata))
    return refuse (file, error, INVALID, "__metadata__ is not an object");
  json_object_foreach (file->metadata, key, value)
  {
    if (!json_is_string (value))
      return refuse (file, error, INVALID, "__metadata__ '%s' is not a string", key);
  }
  return TRUE;
}

static gboolean
read_dtype (GuiseSafetensors *file, const char *name, json_t *value, GuiseDtype *dtype,
            GError **error)
{
  const char *text = json_string_value (value);

  if (text == NULL)
    return refuse (file, error, INVALID, "tensor '%s': dtype is not a string", name);
  for (int i = GUISE_DTYPE_F64; i <= GUISE_DTYPE_U8; i++)
    if (strcmp (text, guise_dtype_name (i)) == 0) {
      *dtype = i;
      return TRUE;
    }
  return refuse (file, error, UNSUPPORTED, "tensor '%s': unsupported dtype '%.32s'", name, text);
}

static gboolean
read_shape (GuiseSafetensors *file, json_t *shape, GuiseTensor *tensor, GError **error)
{
  gsize n_dims = json_array_size (shape);

  if (!json_is_array (shape))
    return refuse (file, error, INVALID, "tensor '%s': shape is not an array", tensor->name);
  if (n_dims > GUISE_MAX_DIMS)
    return refuse (file, error, TOO_LARGE,
                   "tensor '%s': %zu dimensions are more than the %d allowed", tensor->name, n_dims,
                   GUISE_MAX_DIMS);
  tensor->n_dims = (int)n_dims;
  for (gsize i = 0; i < n_dims; i++) {
    json_t *size = json_array_get (shape, i);

    if (!json_is_integer (size) || json_integer_value (size) < 0)
      return refuse (file, error, INVALID, "tensor '%s': a dimension is not a count", tensor->name);
    tensor->shape[i] = (gsize)json_integer_value (size);
  }
  return TRUE;
}

/* Leaves the offset of the first byte in tensor->data, as a distance from file->data. */
static gboolean
read_offsets (GuiseSafetensors *file, json_t *offsets, GuiseTensor *tensor, GError **error)
{
  json_t *begin = json_array_get (offsets, 0), *end = json_array_get (offsets, 1);
  gint64 from, to;

  if (json_array_size (offsets) != 2 || !json_is_integer (begin) || !json_is_integer (end))
    return refuse (file, error, INVALID, "tensor '%s': invalid offset: not two integers",
                   tensor->name);
  from = json_integer_value (begin);
  to = json_integer_value (end);
  if (from >= 0 && to >= from && (guint64)from <= file->n_data && (guint64)to > file->n_data)
    return refuse (file, error, INVALID,
                   "tensor '%s': invalid offset: it ends at %" G_GINT64_FORMAT
                   ", the data at %zu: the file is cut off; fetch it again",
                   tensor->name, to, file->n_data);
  if (from < 0 || to < from || (guint64)to > file->n_data)
    return refuse (file, error, INVALID,
                   "tensor '%s': invalid offset: %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                   " in %zu bytes of data",
                   tensor->name, from, to, file->n_data);
  tensor->data = file->data + from;
  tensor->n_bytes = (gsize)(to - from);
  return TRUE;
}

static gboolean
read_tensor (GuiseSafetensors *file, const char *name, json_t *entry, GuiseTensor *tensor,
             GError **error)
{
  gsize n_bytes;

  *tensor = (GuiseTensor){ .name = name };
  if (strlen (name) > MAX_NAME)
    return refuse (file, error, TOO_LARGE, "the tensor name '%.40s…' is too long", name);
  if (!json_is_object (entry) || json_object_size (entry) != 3)
    return refuse (file, error, INVALID,
                   "tensor '%s': not an object of dtype, shape and data_offsets", name);
  if (!read_dtype (file, name, json_object_get (entry, "dtype"), &tensor->dtype, error)
      || !read_shape (file, json_object_get (entry, "shape"), tensor, error)
      || !read_offsets (file, json_object_get (entry, "data_offsets"), tensor, error))
    return FALSE;
  if (!guise_dtype_measure (tensor->dtype, tensor->n_dims, tensor->shape, &tensor->n_elements,
                            &n_bytes))
    return refuse (file, error, INVALID, "tensor '%s': its size overflows", name);
  if (n_bytes != tensor->n_bytes)
    return refuse (file, error, INVALID, "tensor '%s': %zu bytes of data where its shape wants %zu",
                   name, tensor->n_bytes, n_bytes);
  return TRUE;
}

static int
compare_places (const void *a, const void *b)
{
  const GuiseTensor *x = a, *y = b;

  if (x->data != y->data)
    return x->data < y->data ? -1 : 1;
  return (x->n_bytes > y->n_bytes) - (x->n_bytes < y->n_bytes);
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (((const GuiseTensor *)a)->name, ((const GuiseTensor *)b)->name);
}

/* Neither hole nor overlap: many tensors over the same bytes would turn a small file into huge
 * memory. */
static gboolean
check_cover (GuiseSafetensors *file, GError **error)
{
  const guint8 *next = file->data;

  if (file->n_tensors > 1)
    qsort (file->tensors, file->n_tensors, sizeof *file->tensors, compare_places);
  for (gsize i = 0; i < file->n_tensors; i++) {
    const GuiseTensor *tensor = &file->tensors[i];

    if (tensor->data != next)
      return refuse (file, error, INVALID,
                     "tensor '%s': invalid offset: begins at %zu where %zu is due", tensor->name,
                     (gsize)(tensor->data - file->data), (gsize)(next - file->data));
    next = tensor->data + tensor->n_bytes;
  }
  if ((gsize)(next - file->data) != file->n_data)
    return refuse (file, error, INVALID,
                   "incomplete buffer: tensors cover %zu of %zu bytes of data",
                   (gsize)(next - file->data), file->n_data);
  return TRUE;
}

static gboolean
read_tensors (GuiseSafetensors *file, GError **error)
{
  gsize n = json_object_size (file->header) - (file->metadata != NULL), i = 0;
  const char *name;
  json_t *entry;

  if (n > MAX_TENSORS)
    return refuse (file, error, TOO_LARGE, "%zu tensors are more than the %d allowed", n,
                   MAX_TENSORS);
  file->n_tensors = n;
  file->tensors = g_new0 (GuiseTensor, MAX (n, 1));
  json_object_foreach (file->header, name, entry)
  {
    if (entry != file->metadata && !read_tensor (file, name, entry, &file->tensors[i++], error))
      return FALSE;
  }
  if (!check_cover (file, error))
    return FALSE;
  if (n > 1)
    qsort (file->tensors, n, sizeof *file->tensors, compare_names);
  return TRUE;
}

/* Without a look at its tensors. */
static GuiseSafetensors *
begin (GBytes *bytes, const char *where, GError **error)
{
  g_autoptr (GuiseSafetensors) file = g_new0 (GuiseSafetensors, 1);
  const char *header = NULL;
  gsize n_header = 0;

  file->path = g_strdup (where);
  file->bytes = g_bytes_ref (bytes);
  if (!find_header (file, &header, &n_header, error)
      || !parse_header (file, header, n_header, error))
    return NULL;
  return g_steal_pointer (&file);
}

GuiseSafetensors *
guise_safetensors_parse (GBytes *bytes, const char *where, GError **error)
{
  g_autoptr (GuiseSafetensors) file = begin (bytes, where, error);

  return file != NULL && read_tensors (file, error) ? g_steal_pointer (&file) : NULL;
}

static GBytes *
map_file (int fd, const char *path, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GMappedFile) mapping = g_mapped_file_new_from_fd (fd, FALSE, &problem);

  if (mapping != NULL)
    return g_mapped_file_get_bytes (mapping);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot map '%s': %s", path, problem->message);
  return NULL;
}

/* Whatever takes the name meanwhile, what was opened is what is read. */
static GBytes *
read_or_map (int fd, const char *path, GError **error)
{
  struct stat info;
  gsize size;
  char *data;

  if (fstat (fd, &info) == 0 && info.st_size > MAP_FROM)
    return map_file (fd, path, error);
  data = guise_read_descriptor (fd, path, MAP_FROM, &size, error);
  return data != NULL ? g_bytes_new_take (data, size) : NULL;
}

static GBytes *
get_bytes (const char *path, GError **error)
{
  int fd = guise_open_file (path, O_RDONLY, error);
  GBytes *bytes;

  if (fd < 0)
    return NULL;
  bytes = read_or_map (fd, path, error);
  close (fd);
  return bytes;
}

GuiseSafetensors *
guise_safetensors_open (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = get_bytes (path, error);
  GuiseSafetensors *file = bytes != NULL ? guise_safetensors_parse (bytes, path, error) : NULL;

  if (file != NULL)
    file->is_mapped = g_bytes_get_size (bytes) > MAP_FROM;
  return file;
}

json_t *
guise_safetensors_read_header (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = get_bytes (path, error);
  g_autoptr (GuiseSafetensors) file = bytes != NULL ? begin (bytes, path, error) : NULL;

  return file != NULL ? json_incref (file->header) : NULL;
}

/* The kernel reads them from the file again when they are asked for. */
void
guise_safetensors_forget_pages (GuiseSafetensors *file)
{
  gsize size;
  gconstpointer start = g_bytes_get_data (file->bytes, &size);

  if (file->is_mapped)
    madvise ((void *)start, size, MADV_DONTNEED);
}

void
guise_safetensors_free (GuiseSafetensors *file)
{
  if (file == NULL)
    return;
  g_free (file->tensors);
  json_decref (file->header);
  g_bytes_unref (file->bytes);
  g_free (file->path);
  g_free (file);
}

gsize
guise_safetensors_get_n_tensors (const GuiseSafetensors *file)
{
  return file->n_tensors;
}

const GuiseTensor *
guise_safetensors_get (const GuiseSafetensors *file, gsize index)
{
  g_return_val_if_fail (index < file->n_tensors, NULL);
  return &file->tensors[index];
}

const GuiseTensor *
guise_safetensors_lookup (const GuiseSafetensors *file, const char *name)
{
  const GuiseTensor wanted = { .name = name };

  return bsearch (&wanted, file->tensors, file->n_tensors, sizeof wanted, compare_names);
}

const GuiseTensor *
guise_safetensors_require (const GuiseSafetensors *file, const char *name, GError **error)
{
  const GuiseTensor *tensor = guise_safetensors_lookup (file, name);

  if (tensor == NULL)
    refuse (file, error, MISSING, "tensor '%s' is missing", name);
  return tensor;
}

const char *
guise_safetensors_get_metadata (const GuiseSafetensors *file, const char *key)
{
  return json_string_value (json_object_get (file->metadata, key));
}

const char *
guise_safetensors_get_path (const GuiseSafetensors *file)
{
  return file->path;
}

gboolean
guise_safetensors_check_finite (const GuiseSafetensors *file, GError **error)
{
  gsize index;

  for (gsize i = 0; i < file->n_tensors; i++)
    if (guise_tensor_find_non_finite (&file->tensors[i], &index))
      return refuse (file, error, INVALID, "tensor '%s': element %zu is not finite",
                     file->tensors[i].name, index);
  return TRUE;
}

gboolean
guise_safetensors_check_hash (const GuiseSafetensors *file, GError **error)
{
  const char *wanted = guise_safetensors_get_metadata (file, "sha256");
  g_autofree char *hash = NULL;

  if (wanted == NULL)
    return refuse (file, error, MISSING, "no sha256 in its metadata");
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, file->data, file->n_data);
  if (g_ascii_strcasecmp (hash, wanted) != 0)
    return refuse (file, error, DAMAGED, "damaged: its data has SHA-256 %s, recorded is %.64s",
                   hash, wanted);
  return TRUE;
}

gboolean
guise_safetensors_verify (const char *path, GError **error)
{
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, error);

  return file != NULL && guise_safetensors_check_hash (file, error);
}
