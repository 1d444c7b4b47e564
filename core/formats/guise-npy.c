#include "guise-npy.h"
#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

#include <string.h>

enum {
  N_MAGIC = 8, /* "\x93NUMPY", major, minor */
  MAX_HEADER = 4096,
};

static const char *const descriptions[] = {
  [GUISE_DTYPE_F64] = "<f8",
  [GUISE_DTYPE_F32] = "<f4",
  [GUISE_DTYPE_F16] = "<f2",
  [GUISE_DTYPE_BF16] = NULL,
  [GUISE_DTYPE_I64] = "<i8",
  [GUISE_DTYPE_I32] = "<i4",
  [GUISE_DTYPE_U8] = "|u1",
};

/* A cursor over the header, a Python dictionary literal such as
 * {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 * that ends with a zero byte. why is what went wrong, or NULL. */
typedef struct {
  const char *at;
  const char *why;
} Cursor;

static gboolean
refuse (GError **error, GuiseFormatsError code, const char *where, const char *why)
{
  g_set_error (error, GUISE_FORMATS_ERROR, code, "cannot read npy '%s': %s", where, why);
  return FALSE;
}

static gboolean
take (Cursor *cursor, const char *text)
{
  while (*cursor->at == ' ')
    cursor->at++;
  if (!g_str_has_prefix (cursor->at, text))
    return FALSE;
  cursor->at += strlen (text);
  return TRUE;
}

static gboolean
fail (Cursor *cursor, const char *why)
{
  cursor->why = why;
  return FALSE;
}

static gboolean
take_dtype (Cursor *cursor, GuiseDtype *dtype)
{
  for (int i = GUISE_DTYPE_F64; i <= GUISE_DTYPE_U8; i++) {
    g_autofree char *quoted = g_strdup_printf ("'%s'", descriptions[i] ? descriptions[i] : "?");

    if (take (cursor, quoted)) {
      *dtype = i;
      return TRUE;
    }
  }
  return fail (cursor, "unsupported dtype: only <f2 <f4 <f8 <i4 <i8 |u1 are read");
}

static gboolean
take_shape (Cursor *cursor, GuiseNpy *npy)
{
  gboolean comma = TRUE; /* (2, 3) and (2,) but neither (2) nor (,) */

  if (!take (cursor, "("))
    return fail (cursor, "the shape is not a tuple");
  while (!take (cursor, ")")) {
    char *end = NULL;
    guint64 size;

    if (!comma || npy->n_dims == GUISE_MAX_DIMS || !g_ascii_isdigit (*cursor->at))
      return fail (cursor, "the shape is no tuple of at most 8 counts");
    size = g_ascii_strtoull (cursor->at, &end,
                             10); /* G_MAXUINT64 when larger: refused by its size */
    cursor->at = end;
    npy->shape[npy->n_dims++] = size;
    comma = take (cursor, ",");
  }
  return npy->n_dims != 1 || comma || fail (cursor, "the shape is not a tuple");
}

static gboolean
take_header (Cursor *cursor, GuiseNpy *npy)
{
  gboolean has_dtype = FALSE, has_order = FALSE, has_shape = FALSE, more = TRUE;

  if (!take (cursor, "{"))
    return fail (cursor, "the header is not a dictionary");
  while (!take (cursor, "}")) {
    if (more && !has_dtype && take (cursor, "'descr'") && take (cursor, ":")) {
      has_dtype = TRUE;
      if (!take_dtype (cursor, &npy->dtype))
        return FALSE;
    } else if (more && !has_order && take (cursor, "'fortran_order'") && take (cursor, ":")) {
      has_order = TRUE;
      if (!take (cursor, "False"))
        return fail (cursor, "only C order is read");
    } else if (more && !has_shape && take (cursor, "'shape'") && take (cursor, ":")) {
      has_shape = TRUE;
      if (!take_shape (cursor, npy))
        return FALSE;
    } else {
      return fail (cursor, "an unknown, repeated or malformed member in the header");
    }
    more = take (cursor, ",");
  }
  take (cursor, "\n");
  if (*cursor->at != '\0')
    return fail (cursor, "bytes after the header's dictionary");
  return (has_dtype && has_order && has_shape)
         || fail (cursor, "a member of the header is missing");
}

/* Where the header lies; FALSE when this is no such file or the header is cut short. */
static gboolean
find_header (const guint8 *bytes, gsize size, gsize *start, gsize *length, const char **why)
{
  gsize n_length;

  *why = "not an npy file of version 1 or 2";
  if (size < N_MAGIC + 4 || memcmp (bytes, "\x93NUMPY", 6) != 0 || bytes[6] < 1 || bytes[6] > 2
      || bytes[7] != 0)
    return FALSE;
  n_length = bytes[6] == 1 ? 2 : 4;
  *length = bytes[8] | (gsize)bytes[9] << 8;
  if (n_length == 4)
    *length |= (gsize)bytes[10] << 16 | (gsize)bytes[11] << 24;
  *start = N_MAGIC + n_length;
  *why = "the header is too long or cut short";
  return *length <= MAX_HEADER && *length <= size - *start;
}

GuiseNpy *
guise_npy_parse (const void *bytes, gsize size, const char *where, GError **error)
{
  g_autoptr (GuiseNpy) npy = g_new0 (GuiseNpy, 1);
  g_autofree char *header = NULL;
  gsize start, length, n_bytes;
  Cursor cursor = { NULL };
  const char *why;

  if (!find_header (bytes, size, &start, &length, &why)) {
    refuse (error, GUISE_FORMATS_ERROR_INVALID, where, why);
    return NULL;
  }
  header = g_strndup ((const char *)bytes + start, length);
  cursor.at = header;
  if (strlen (header) != length || !take_header (&cursor, npy)) {
    why = cursor.why != NULL ? cursor.why : "a zero byte in the header";
    refuse (error, GUISE_FORMATS_ERROR_UNSUPPORTED, where, why);
    return NULL;
  }
  start += length;
  if (!guise_dtype_measure (npy->dtype, npy->n_dims, npy->shape, &npy->n_elements, &n_bytes)
      || n_bytes != size - start) {
    refuse (error, GUISE_FORMATS_ERROR_INVALID, where, "its shape does not fit the file's length");
    return NULL;
  }
  npy->data = g_try_malloc (MAX (n_bytes, 1));
  if (npy->data == NULL) {
    refuse (error, GUISE_FORMATS_ERROR_TOO_LARGE, where, "not enough memory");
    return NULL;
  }
  memcpy (npy->data, (const guint8 *)bytes + start, n_bytes);
  return g_steal_pointer (&npy);
}

GuiseNpy *
guise_npy_read (const char *path, gsize max_bytes, GError **error)
{
  gsize size;
  g_autofree char *bytes = guise_read_file (path, max_bytes, &size, error);

  return bytes != NULL ? guise_npy_parse (bytes, size, path, error) : NULL;
}

void
guise_npy_free (GuiseNpy *npy)
{
  if (npy == NULL)
    return;
  g_free (npy->data);
  g_free (npy);
}

gboolean
guise_npy_check (const GuiseNpy *npy, GuiseDtype dtype, int n_dims, const char *where,
                 GError **error)
{
  if (npy->dtype == dtype && npy->n_dims == n_dims)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use npy '%s': it is %s of %d dimensions where %s of %d is wanted", where,
               descriptions[npy->dtype], npy->n_dims, descriptions[dtype], n_dims);
  return FALSE;
}

static GString *
create_header (GuiseDtype dtype, int n_dims, const gsize *shape)
{
  GString *header = g_string_new ("{'descr': '");
  gsize length;

  g_string_append_printf (header, "%s', 'fortran_order': False, 'shape': (", descriptions[dtype]);
  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (header, i > 0 ? ", %zu" : "%zu", shape[i]);
  g_string_append (header, n_dims == 1 ? ",), }" : "), }");
  do
    g_string_append_c (header, ' ');
  while ((header->len + N_MAGIC + 2 + 1) % 64 != 0);
  g_string_append_c (header, '\n');
  length = header->len;
  g_string_prepend_len (header, (const char[]){ (char)(length & 0xff), (char)(length >> 8) }, 2);
  g_string_prepend_len (header, "\x93NUMPY\x01\x00", N_MAGIC);
  return header;
}

gboolean
guise_npy_write (const char *path, GuiseDtype dtype, int n_dims, const gsize *shape,
                 const void *data, GError **error)
{
  g_autoptr (GuiseAtomicFile) file = NULL;
  g_autoptr (GString) header = NULL;
  gsize n_bytes;

  if (dtype == GUISE_DTYPE_BF16 || n_dims < 0 || n_dims > GUISE_MAX_DIMS
      || !guise_dtype_measure (dtype, n_dims, shape, NULL, &n_bytes)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                 "cannot write npy '%s': %s of %d dimensions has no such form", path,
                 guise_dtype_name (dtype), n_dims);
    return FALSE;
  }
  header = create_header (dtype, n_dims, shape);
  file = guise_atomic_file_open (path, error);
  return file != NULL && guise_atomic_file_write (file, header->str, header->len, error)
         && guise_atomic_file_write (file, data, n_bytes, error)
         && guise_atomic_file_commit (file, error);
}
