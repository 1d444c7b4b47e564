#include "guise-index.h"

#include <math.h>
#include <string.h>

#include "guise-config.h"
#include "guise-safetensors-writer.h"
#include "guise-safetensors.h"

/* Image id and where it stands; sorted by id. */
typedef struct {
  gint64 id;
  size_t position;
} Place;

struct _GuiseIndex {
  gatomicrefcount ref_count;
  GuiseSafetensors *file; /* NULL in memory; v, c and norm point into it */
  size_t n, dim;
  const float *identity, *clothing, *norm;
  float *owned_identity, *owned_clothing, *owned_norm; /* when they do not lie in the file */
  GuiseHalfRows identity_halves, clothing_halves;      /* with float16 */
  gint64 *ids;
  Place *places; /* [n] */
  GuiseIndexInfo info;
};

/* ---- life ---- */

static void
index_free (GuiseIndex *index)
{
  g_clear_pointer (&index->file, guise_safetensors_free);
  g_free (index->owned_identity);
  g_free (index->owned_clothing);
  g_free (index->owned_norm);
  guise_half_rows_clear (&index->identity_halves);
  guise_half_rows_clear (&index->clothing_halves);
  g_free (index->ids);
  g_free (index->places);
  g_free ((char *)index->info.run);
  g_free ((char *)index->info.checkpoint);
  g_free ((char *)index->info.split);
  g_free ((char *)index->info.created);
  g_free ((char *)index->info.precision);
  g_free ((gint64 *)index->info.stamps);
  g_free ((gint64 *)index->info.unreadable);
  g_free (index);
}

/* It was the only one before it was written down. */
static const char *
get_precision (const char *noted)
{
  return noted != NULL ? noted : "float32";
}

static GuiseIndex *
index_alloc (void)
{
  GuiseIndex *index = g_new0 (GuiseIndex, 1);

  g_atomic_ref_count_init (&index->ref_count);
  return index;
}

GuiseIndex *
guise_index_ref (GuiseIndex *index)
{
  g_atomic_ref_count_inc (&index->ref_count);
  return index;
}

void
guise_index_unref (GuiseIndex *index)
{
  if (index != NULL && g_atomic_ref_count_dec (&index->ref_count))
    index_free (index);
}

/* ---- storage ---- */

static const char *const storage_names[] = { "float32", "float16" };

const char *
guise_index_storage_to_string (GuiseIndexStorage storage)
{
  return storage_names[storage];
}

gboolean
guise_index_storage_parse (const char *text, GuiseIndexStorage *storage)
{
  for (gsize i = 0; i < G_N_ELEMENTS (storage_names); i++)
    if (strcmp (text, storage_names[i]) == 0) {
      *storage = i;
      return TRUE;
    }
  return FALSE;
}

/* ---- what a damaged file was ---- */

void
guise_index_kind_clear (GuiseIndexKind *kind)
{
  g_clear_pointer (&kind->split, g_free);
  g_clear_pointer (&kind->precision, g_free);
}

gboolean
guise_index_recall (const char *path, GuiseIndexKind *kind)
{
  json_auto_t *header = guise_safetensors_read_header (path, NULL);
  json_t *metadata = json_object_get (header, "__metadata__");
  const char *split = json_string_value (json_object_get (metadata, "split"));
  const char *precision
      = get_precision (json_string_value (json_object_get (metadata, "precision")));

  *kind = (GuiseIndexKind){ 0 };
  if (split == NULL || !guise_precision_parse (precision, &(GuisePrecision){ 0 }))
    return FALSE;
  kind->split = g_strdup (split);
  kind->precision = g_strdup (precision);
  if (json_object_get (header, "v_half") != NULL)
    kind->storage = GUISE_STORAGE_FLOAT16;
  return TRUE;
}

/* ---- checks ---- */

static gboolean G_GNUC_PRINTF (3, 4)
    fail (GError **error, const char *where, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_INDEX, "embedding index: '%s': %s",
               where, why);
  return FALSE;
}

static int
compare_places (const void *a, const void *b)
{
  const Place *x = a, *y = b;

  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;
  return x->position < y->position ? -1 : x->position > y->position;
}

/* Sorted by id; NULL with error set when two are equal. */
static Place *
create_places (const gint64 *ids, size_t n, const char *where, GError **error)
{
  g_autofree Place *places = g_new (Place, MAX (n, 1));

  for (size_t i = 0; i < n; i++)
    places[i] = (Place){ ids[i], i };
  qsort (places, n, sizeof *places, compare_places);
  for (size_t i = 1; i < n; i++) {
    if (places[i].id == places[i - 1].id) {
      fail (error, where, "rows %zu and %zu: both have image id %" G_GINT64_FORMAT,
            places[i - 1].position, places[i].position, places[i].id);
      return NULL;
    }
  }
  return g_steal_pointer (&places);
}

static gboolean
check_rows (const float *rows, size_t n, size_t dim, const char *name, const char *where,
            GError **error)
{
  for (size_t i = 0; i < n * dim; i++)
    if (!isfinite (rows[i]))
      return fail (error, where, "%s row %zu, column %zu: not a finite number", name, i / dim,
                   i % dim);
  return TRUE;
}

/* rows must have been checked. */
static gboolean
round_rows (GuiseHalfRows *halves, const float *rows, size_t n, size_t dim, const char *name,
            const char *where, GError **error)
{
  size_t bad;

  if (guise_half_rows_round (halves, rows, n, dim, &bad))
    return TRUE;
  return fail (error, where,
               "%s row %zu, column %zu: %g is too large for float16: store it as float32", name,
               bad / dim, bad % dim, (double)rows[bad]);
}

/* What must hold of every index, wherever it comes from. */
static gboolean
index_validate (GuiseIndex *index, const char *where, GError **error)
{
  if (!check_rows (index->identity, index->n, index->dim, "v", where, error)
      || !check_rows (index->clothing, index->n, index->dim, "c", where, error)
      || !check_rows (index->norm, index->n, 1, "norm", where, error))
    return FALSE;
  index->places = create_places (index->ids, index->n, where, error);
  return index->places != NULL;
}

/* ---- writing ---- */

static char *
format_now (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
}

static void
add_metadata (GuiseSafetensorsWriter *writer, const GuiseIndexInfo *info)
{
  g_autofree char *now = format_now ();

  guise_safetensors_writer_set_metadata (writer, "run", info->run);
  guise_safetensors_writer_set_metadata (writer, "checkpoint", info->checkpoint);
  guise_safetensors_writer_set_metadata (writer, "split", info->split);
  guise_safetensors_writer_set_metadata (writer, "created",
                                         info->created != NULL ? info->created : now);
  guise_safetensors_writer_set_metadata (writer, "precision", get_precision (info->precision));
}

gboolean
guise_index_write (const char *path, const GuiseIndexInfo *info, size_t n, size_t dim,
                   const float *identity, const float *clothing, const float *norm,
                   const gint64 *ids, GError **error)
{
  const gsize rows_shape[2] = { n, dim }, ids_shape[1] = { n }, stamps_shape[2] = { n, 2 };
  const gsize unreadable_shape[2] = { info->n_unreadable, 3 };
  g_auto (GuiseHalfRows) v_half = { 0 }, c_half = { 0 };
  g_autoptr (GuiseSafetensorsWriter) writer = NULL;
  g_autofree Place *places = NULL;

  if (!check_rows (identity, n, dim, "v", path, error)
      || !check_rows (clothing, n, dim, "c", path, error)
      || !check_rows (norm, n, 1, "norm", path, error))
    return FALSE;
  places = create_places (ids, n, path, error);
  if (places == NULL)
    return FALSE;
  writer = guise_safetensors_writer_new ();
  if (info->storage == GUISE_STORAGE_FLOAT16) {
    if (!round_rows (&v_half, identity, n, dim, "v", path, error)
        || !round_rows (&c_half, clothing, n, dim, "c", path, error))
      return FALSE;
    guise_safetensors_writer_add (writer, "v_half", GUISE_DTYPE_F16, 2, rows_shape, v_half.halves);
    guise_safetensors_writer_add (writer, "c_half", GUISE_DTYPE_F16, 2, rows_shape, c_half.halves);
  }
  guise_safetensors_writer_add (writer, "v", GUISE_DTYPE_F32, 2, rows_shape, identity);
  guise_safetensors_writer_add (writer, "c", GUISE_DTYPE_F32, 2, rows_shape, clothing);
  guise_safetensors_writer_add (writer, "norm", GUISE_DTYPE_F32, 1, ids_shape, norm);
  guise_safetensors_writer_add (writer, "ids", GUISE_DTYPE_I64, 1, ids_shape, ids);
  if (info->stamps != NULL)
    guise_safetensors_writer_add (writer, "stamps", GUISE_DTYPE_I64, 2, stamps_shape,
                                  info->stamps);
  if (info->n_unreadable > 0)
    guise_safetensors_writer_add (writer, "unreadable", GUISE_DTYPE_I64, 2, unreadable_shape,
                                  info->unreadable);
  add_metadata (writer, info);
  return guise_safetensors_writer_write (writer, path, error);
}

/* ---- reading ---- */

static gboolean
read_metadata (const GuiseSafetensors *file, const char *key, const char **value, GError **error)
{
  const char *found = guise_safetensors_get_metadata (file, key);

  if (found == NULL)
    return fail (error, guise_safetensors_get_path (file), "no '%s' in its metadata", key);
  *value = g_strdup (found);
  return TRUE;
}

static gboolean
check_tensor (const GuiseTensor *tensor, GuiseDtype dtype, int n_dims, const char *where,
              GError **error)
{
  if (tensor->dtype == dtype && tensor->n_dims == n_dims)
    return TRUE;
  return fail (error, where, "tensor '%s': %s with %d dimensions, not %s with %d", tensor->name,
               guise_dtype_name (tensor->dtype), tensor->n_dims, guise_dtype_name (dtype), n_dims);
}

/* The file's own memory where floats may be read from it, else a copy. */
static const float *
get_floats (const GuiseTensor *tensor, float **owned)
{
  if ((guintptr)tensor->data % sizeof (float) == 0 && tensor->data != NULL)
    return (const float *)(const void *)tensor->data;
  *owned = g_new (float, MAX (tensor->n_elements, 1));
  if (tensor->n_bytes > 0)
    memcpy (*owned, tensor->data, tensor->n_bytes);
  return *owned;
}

/* Of an index that has them. */
static gboolean
read_stamps (GuiseIndex *index, const char *where, GError **error)
{
  const GuiseTensor *stamps = guise_safetensors_lookup (index->file, "stamps");
  gint64 *values;

  if (stamps == NULL)
    return TRUE;
  if (!check_tensor (stamps, GUISE_DTYPE_I64, 2, where, error))
    return FALSE;
  if (stamps->shape[0] != index->n || stamps->shape[1] != 2)
    return fail (error, where, "stamps [%zu,%zu] and ids [%zu]: do not belong together",
                 stamps->shape[0], stamps->shape[1], index->n);
  values = g_new (gint64, MAX (2 * index->n, 1));
  index->info.stamps = values;
  return guise_tensor_copy_int64 (stamps, values, error);
}

/* Of an index that has them. */
static gboolean
read_unreadable (GuiseIndex *index, const char *where, GError **error)
{
  const GuiseTensor *tensor = guise_safetensors_lookup (index->file, "unreadable");
  gint64 *values;

  if (tensor == NULL)
    return TRUE;
  if (!check_tensor (tensor, GUISE_DTYPE_I64, 2, where, error))
    return FALSE;
  if (tensor->shape[1] != 3)
    return fail (error, where, "unreadable [%zu,%zu]: its rows are not id, size and time",
                 tensor->shape[0], tensor->shape[1]);
  values = g_new (gint64, MAX (tensor->n_elements, 1));
  index->info.unreadable = values;
  index->info.n_unreadable = tensor->shape[0];
  return guise_tensor_copy_int64 (tensor, values, error);
}

static gboolean
read_tensors (GuiseIndex *index, const char *where, GError **error)
{
  const GuiseTensor *v = guise_safetensors_require (index->file, "v", error);
  const GuiseTensor *c = v != NULL ? guise_safetensors_require (index->file, "c", error) : NULL;
  const GuiseTensor *norm
      = c != NULL ? guise_safetensors_require (index->file, "norm", error) : NULL;
  const GuiseTensor *ids
      = norm != NULL ? guise_safetensors_require (index->file, "ids", error) : NULL;

  if (ids == NULL || !check_tensor (v, GUISE_DTYPE_F32, 2, where, error)
      || !check_tensor (c, GUISE_DTYPE_F32, 2, where, error)
      || !check_tensor (norm, GUISE_DTYPE_F32, 1, where, error)
      || !check_tensor (ids, GUISE_DTYPE_I64, 1, where, error))
    return FALSE;
  if (v->shape[0] != ids->shape[0] || c->shape[0] != ids->shape[0] || v->shape[1] != c->shape[1]
      || norm->shape[0] != ids->shape[0])
    return fail (error, where,
                 "v [%zu,%zu], c [%zu,%zu], norm [%zu] and ids [%zu]: do not belong together",
                 v->shape[0], v->shape[1], c->shape[0], c->shape[1], norm->shape[0],
                 ids->shape[0]);
  index->n = ids->shape[0];
  index->dim = v->shape[1];
  if (index->dim == 0 && index->n > 0)
    return fail (error, where, "embeddings of width 0");
  index->identity = get_floats (v, &index->owned_identity);
  index->clothing = get_floats (c, &index->owned_clothing);
  index->norm = get_floats (norm, &index->owned_norm);
  index->ids = g_new (gint64, MAX (index->n, 1));
  return guise_tensor_copy_int64 (ids, index->ids, error) && read_stamps (index, where, error)
         && read_unreadable (index, where, error);
}

/* Of rows that have been checked. */
static gboolean
read_half_rows (GuiseIndex *index, GuiseHalfRows *halves, const char *name, const float *rows,
                const char *where, GError **error)
{
  g_autofree char *half_name = g_strconcat (name, "_half", NULL);
  const GuiseTensor *tensor = guise_safetensors_require (index->file, half_name, error);
  size_t bad;

  if (tensor == NULL || !check_tensor (tensor, GUISE_DTYPE_F16, 2, where, error))
    return FALSE;
  if (tensor->shape[0] != index->n || tensor->shape[1] != index->dim)
    return fail (error, where, "%s [%zu,%zu] and %s [%zu,%zu]: do not belong together", half_name,
                 tensor->shape[0], tensor->shape[1], name, index->n, index->dim);
  if (!guise_half_rows_measure (halves, tensor->data, rows, index->n, index->dim, &bad))
    return fail (error, where, "%s row %zu: is not the row of %s rounded", half_name, bad, name);
  return TRUE;
}

/* Of an index that has them. */
static gboolean
read_halves (GuiseIndex *index, const char *where, GError **error)
{
  if (guise_safetensors_lookup (index->file, "v_half") == NULL
      && guise_safetensors_lookup (index->file, "c_half") == NULL)
    return TRUE;
  index->info.storage = GUISE_STORAGE_FLOAT16;
  return read_half_rows (index, &index->identity_halves, "v", index->identity, where, error)
         && read_half_rows (index, &index->clothing_halves, "c", index->clothing, where, error);
}

GuiseIndex *
guise_index_open (const char *path, GError **error)
{
  g_autoptr (GuiseIndex) index = index_alloc ();

  index->file = guise_safetensors_open (path, error);
  if (index->file == NULL)
    return NULL;
  if (!read_metadata (index->file, "run", &index->info.run, error)
      || !read_metadata (index->file, "checkpoint", &index->info.checkpoint, error)
      || !read_metadata (index->file, "split", &index->info.split, error)
      || !read_metadata (index->file, "created", &index->info.created, error)
      || !read_tensors (index, path, error) || !index_validate (index, path, error)
      || !read_halves (index, path, error))
    return NULL;
  index->info.precision
      = g_strdup (get_precision (guise_safetensors_get_metadata (index->file, "precision")));
  return g_steal_pointer (&index);
}

GuiseIndex *
guise_index_new (const GuiseIndexInfo *info, size_t n, size_t dim, const float *identity,
                 const float *clothing, const float *norm, const gint64 *ids, GError **error)
{
  g_autoptr (GuiseIndex) index = index_alloc ();

  index->n = n;
  index->dim = dim;
  index->owned_identity = g_memdup2 (identity, n * dim * sizeof *identity);
  index->owned_clothing = g_memdup2 (clothing, n * dim * sizeof *clothing);
  index->owned_norm = g_memdup2 (norm, n * sizeof *norm);
  index->identity = index->owned_identity;
  index->clothing = index->owned_clothing;
  index->norm = index->owned_norm;
  index->ids = g_memdup2 (ids, n * sizeof *ids);
  index->info.stamps = g_memdup2 (info->stamps, 2 * n * sizeof *info->stamps);
  index->info.unreadable
      = g_memdup2 (info->unreadable, 3 * info->n_unreadable * sizeof *info->unreadable);
  index->info.n_unreadable = info->n_unreadable;
  index->info.run = g_strdup (info->run);
  index->info.checkpoint = g_strdup (info->checkpoint);
  index->info.split = g_strdup (info->split);
  index->info.created = info->created != NULL ? g_strdup (info->created) : format_now ();
  index->info.precision = g_strdup (get_precision (info->precision));
  index->info.storage = info->storage;
  if (!index_validate (index, info->run, error)
      || (info->storage == GUISE_STORAGE_FLOAT16
          && (!round_rows (&index->identity_halves, identity, n, dim, "v", info->run, error)
              || !round_rows (&index->clothing_halves, clothing, n, dim, "c", info->run, error))))
    return NULL;
  return g_steal_pointer (&index);
}

/* ---- what it holds ---- */

size_t
guise_index_get_n_images (const GuiseIndex *index)
{
  return index->n;
}

size_t
guise_index_get_dim (const GuiseIndex *index)
{
  return index->dim;
}

const float *
guise_index_get_identity (const GuiseIndex *index)
{
  return index->identity;
}

const float *
guise_index_get_clothing (const GuiseIndex *index)
{
  return index->clothing;
}

const GuiseHalfRows *
guise_index_get_identity_halves (const GuiseIndex *index)
{
  return index->info.storage == GUISE_STORAGE_FLOAT16 ? &index->identity_halves : NULL;
}

const GuiseHalfRows *
guise_index_get_clothing_halves (const GuiseIndex *index)
{
  return index->info.storage == GUISE_STORAGE_FLOAT16 ? &index->clothing_halves : NULL;
}

const float *
guise_index_get_norm (const GuiseIndex *index)
{
  return index->norm;
}

const gint64 *
guise_index_get_ids (const GuiseIndex *index)
{
  return index->ids;
}

const GuiseIndexInfo *
guise_index_get_info (const GuiseIndex *index)
{
  return &index->info;
}

gboolean
guise_index_is_current (const GuiseIndex *index, const char *checkpoint)
{
  return strcmp (index->info.checkpoint, checkpoint) == 0;
}

gboolean
guise_index_has_stamp (const GuiseIndex *index, size_t position, const gint64 stamp[2])
{
  const gint64 *stamps = index->info.stamps;

  return stamps != NULL && stamps[2 * position] == stamp[0] && stamps[2 * position + 1] == stamp[1];
}

gboolean
guise_index_find (const GuiseIndex *index, gint64 id, size_t *position)
{
  size_t low = 0, high = index->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (index->places[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == index->n || index->places[low].id != id)
    return FALSE;
  if (position != NULL)
    *position = index->places[low].position;
  return TRUE;
}

guint64 *
guise_index_create_filter (const GuiseIndex *index, const gint64 *ids, size_t n_ids)
{
  guint64 *keep = g_new0 (guint64, index->n / 64 + 1);

  for (size_t i = 0; i < n_ids; i++) {
    size_t position;

    if (guise_index_find (index, ids[i], &position))
      keep[position / 64] |= G_GUINT64_CONSTANT (1) << (position % 64);
  }
  return keep;
}
