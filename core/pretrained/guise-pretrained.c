#include "guise-pretrained.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "guise-formats-error.h"
#include "guise-positions.h"
#include "guise-pretrained-index.h"
#include "guise-pretrained-names.h"
#include "guise-read-file.h"
#include "guise-tensor-differences.h"

struct _GuisePretrained {
  char *folder;
  GuisePretrainedConfig config;
  GPtrArray *files;    /* of GuiseSafetensors */
  GHashTable *tensors; /* name in its file -> GuiseTensor, both borrowed from files */
};

static gboolean refuse (const GuisePretrained *pretrained, GuiseFormatsError code, GError **error,
                        const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
refuse (const GuisePretrained *pretrained, GuiseFormatsError code, GError **error,
        const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GUISE_FORMATS_ERROR, code, "cannot use '%s': %s", pretrained->folder, why);
  return FALSE;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* What git leaves in a clone without the large files. */
static gboolean
is_lfs_pointer (const char *path)
{
  static const char begins[] = "version https://git-lfs";
  char text[sizeof begins - 1];
  int fd = guise_open_file (path, O_RDONLY, NULL);
  gboolean is_pointer;

  if (fd < 0)
    return FALSE;
  is_pointer
      = read (fd, text, sizeof text) == sizeof text && memcmp (text, begins, sizeof text) == 0;
  close (fd);
  return is_pointer;
}

static gboolean
add_file (GuisePretrained *pretrained, const char *path, GError **error)
{
  GuiseSafetensors *file;

  if (is_lfs_pointer (path))
    return refuse (pretrained, GUISE_FORMATS_ERROR_MISSING, error,
                   "'%s' is a pointer of Git LFS, not the weights; get them with `git lfs pull`",
                   path);
  file = guise_safetensors_open (path, error);
  if (file == NULL)
    return FALSE;
  g_ptr_array_add (pretrained->files, file);
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (file); i++) {
    const GuiseTensor *tensor = guise_safetensors_get (file, i);

    if (!g_hash_table_insert (pretrained->tensors, (gpointer)tensor->name, (gpointer)tensor)) {
      g_autofree char *clean = guise_formats_clean (tensor->name);

      return refuse (pretrained, GUISE_FORMATS_ERROR_INVALID, error,
                     "two of its files have a tensor '%s'", clean);
    }
  }
  return TRUE;
}

/* Opens each file that the index names, and looks for each tensor there. */
static gboolean
add_shards (GuisePretrained *pretrained, GHashTable *map, const char *index, GError **error)
{
  g_autoptr (GHashTable) opened = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer tensor, name;

  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, &tensor, &name)) {
    g_autofree char *path = g_build_filename (pretrained->folder, name, NULL);
    GuiseSafetensors *file = g_hash_table_lookup (opened, name);

    if (file == NULL) {
      if (!add_file (pretrained, path, error)) {
        g_prefix_error (error, "the index '%s' names a file that cannot be read: ", index);
        return FALSE;
      }
      file = g_ptr_array_index (pretrained->files, pretrained->files->len - 1);
      g_hash_table_insert (opened, name, file);
    }
    if (guise_safetensors_lookup (file, tensor) == NULL) {
      g_autofree char *clean = guise_formats_clean (tensor);

      return refuse (pretrained, GUISE_FORMATS_ERROR_MISSING, error,
                     "the tensor '%s' is not in '%s', where the index says it is", clean,
                     (const char *)name);
    }
  }
  return TRUE;
}

static gboolean
has_file (const GuisePretrained *pretrained, const char *name)
{
  g_autofree char *path = g_build_filename (pretrained->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
refuse_without_weights (const GuisePretrained *pretrained, GError **error)
{
  static const char *const pickles[] = { "pytorch_model.bin", "pytorch_model.bin.index.json",
                                         "tf_model.h5", "flax_model.msgpack" };

  for (gsize i = 0; i < G_N_ELEMENTS (pickles); i++)
    if (has_file (pretrained, pickles[i]))
      return refuse (pretrained, GUISE_FORMATS_ERROR_UNSUPPORTED, error,
                     "it has '%s' but no 'model.safetensors'; load it in Python with transformers' "
                     "AutoModel.from_pretrained and write it with save_pretrained to a new folder",
                     pickles[i]);
  return refuse (pretrained, GUISE_FORMATS_ERROR_MISSING, error,
                 "it has neither 'model.safetensors' nor 'model.safetensors.index.json'");
}

static gboolean
open_weights (GuisePretrained *pretrained, GError **error)
{
  g_autofree char *single = g_build_filename (pretrained->folder, "model.safetensors", NULL);
  g_autofree char *index
      = g_build_filename (pretrained->folder, "model.safetensors.index.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) map = NULL;
  gsize size;

  if (g_file_test (single, G_FILE_TEST_EXISTS))
    return add_file (pretrained, single, error);
  if (!g_file_test (index, G_FILE_TEST_EXISTS))
    return refuse_without_weights (pretrained, error);
  text = guise_read_file (index, GUISE_PRETRAINED_INDEX_MAX, &size, error);
  map = text != NULL ? guise_pretrained_index_parse (text, size, index, error) : NULL;
  return map != NULL && add_shards (pretrained, map, index, error);
}

static void
free_file (gpointer file)
{
  guise_safetensors_free (file);
}

GuisePretrained *
guise_pretrained_open (const char *folder, GError **error)
{
  g_autoptr (GuisePretrained) pretrained = g_new0 (GuisePretrained, 1);
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);

  pretrained->folder = g_strdup (folder);
  pretrained->files = g_ptr_array_new_with_free_func (free_file);
  pretrained->tensors = g_hash_table_new (g_str_hash, g_str_equal);
  if (!guise_pretrained_config_load (&pretrained->config, path, error)
      || !open_weights (pretrained, error))
    return NULL;
  return g_steal_pointer (&pretrained);
}

void
guise_pretrained_free (GuisePretrained *pretrained)
{
  if (pretrained == NULL)
    return;
  g_hash_table_unref (pretrained->tensors);
  g_ptr_array_unref (pretrained->files);
  g_free (pretrained->folder);
  g_free (pretrained);
}

/* ---- what it is ----------------------------------------------------------------------------- */

const char *
guise_pretrained_get_folder (const GuisePretrained *pretrained)
{
  return pretrained->folder;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

/* In their order; the keys are the table's. */
static GList *
list_keys (GHashTable *table)
{
  return g_list_sort (g_hash_table_get_keys (table), compare_texts);
}

static void
hash_tensor (GChecksum *checksum, const GuiseTensor *tensor)
{
  g_checksum_update (checksum, (const guchar *)tensor->name, (gssize)strlen (tensor->name) + 1);
  g_checksum_update (checksum, (const guchar *)guise_dtype_name (tensor->dtype), -1);
  g_checksum_update (checksum, (const guchar *)tensor->shape,
                     (gssize)((gsize)tensor->n_dims * sizeof *tensor->shape));
  for (gsize at = 0; at < tensor->n_bytes; at += G_MAXINT32)
    g_checksum_update (checksum, tensor->data + at, (gssize)MIN (tensor->n_bytes - at, G_MAXINT32));
}

char *
guise_pretrained_hash (const GuisePretrained *pretrained)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GList) names = list_keys (pretrained->tensors);

  for (const GList *name = names; name != NULL; name = name->next)
    hash_tensor (checksum, g_hash_table_lookup (pretrained->tensors, name->data));
  return g_strdup (g_checksum_get_string (checksum));
}

gsize
guise_pretrained_get_n_files (const GuisePretrained *pretrained)
{
  return pretrained->files->len;
}

GPtrArray *
guise_pretrained_list_tensors (const GuisePretrained *pretrained)
{
  GPtrArray *tensors = g_ptr_array_new ();
  g_autoptr (GList) names = list_keys (pretrained->tensors);

  for (const GList *name = names; name != NULL; name = name->next)
    g_ptr_array_add (tensors, g_hash_table_lookup (pretrained->tensors, name->data));
  return tensors;
}

static const GuiseTower *
get_tower (const GuisePretrained *pretrained, const GuiseTower *wanted, const GuiseTower *other,
           const char *what, GError **error)
{
  if (wanted->is_there)
    return wanted;
  refuse (pretrained, GUISE_FORMATS_ERROR_UNSUPPORTED, error, "it is a %s model: %s are not for it",
          guise_tower_kind_get_name (other->kind), what);
  return NULL;
}

const GuiseTower *
guise_pretrained_get_vision (const GuisePretrained *pretrained, GError **error)
{
  return get_tower (pretrained, &pretrained->config.vision, &pretrained->config.text, "images",
                    error);
}

const GuiseTower *
guise_pretrained_get_text (const GuisePretrained *pretrained, GError **error)
{
  return get_tower (pretrained, &pretrained->config.text, &pretrained->config.vision, "texts",
                    error);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A spec is read under the name that follows the prefix. */
static const char *
get_name (const GuiseParamSpec *spec, const char *prefix)
{
  return g_str_has_prefix (spec->name, prefix) ? spec->name + strlen (prefix) : NULL;
}

static gboolean
is_grid (const GuiseTower *tower, const char *name)
{
  return tower->kind == GUISE_TOWER_VIT && strcmp (name, "embeddings.position_embeddings") == 0;
}

/* Name -> GuiseTensor, of what the tower may need. */
static GHashTable *
list_tensors (const GuisePretrained *pretrained, const GuiseTower *tower, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name, tensor;

  g_hash_table_iter_init (&iter, pretrained->tensors);
  while (g_hash_table_iter_next (&iter, &name, &tensor)) {
    char *canonical = guise_pretrained_name (tower->kind, name);
    g_autofree char *clean = NULL;

    if (canonical == NULL || g_hash_table_insert (table, canonical, tensor))
      continue;
    clean = guise_formats_clean (name);
    refuse (pretrained, GUISE_FORMATS_ERROR_INVALID, error,
            "'%s' and another of its tensors mean the same", clean);
    return NULL;
  }
  return g_steal_pointer (&table);
}

static gboolean
check_tensors (const GuisePretrained *pretrained, const GuiseTower *tower, const GArray *specs,
               const char *prefix, GHashTable *table, GError **error)
{
  g_autoptr (GuiseTensorDifferences) differences = guise_tensor_differences_new ();
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) found = list_keys (table);
  g_autofree char *trouble = NULL;

  for (guint k = 0; k < specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, k);
    const char *name = get_name (spec, prefix);
    gsize shape[G_N_ELEMENTS (spec->shape)];

    if (name == NULL)
      continue;
    memcpy (shape, spec->shape, sizeof shape);
    if (is_grid (tower, name))
      shape[1] = guise_tower_get_n_patches (tower) + 1;
    g_hash_table_add (wanted, (gpointer)name);
    guise_tensor_differences_compare (differences, name, spec->n_dims, shape,
                                      g_hash_table_lookup (table, name));
  }
  for (const GList *name = found; name != NULL; name = name->next)
    if (!g_hash_table_contains (wanted, name->data))
      guise_tensor_differences_add_unexpected (differences, name->data);
  trouble = guise_tensor_differences_describe (differences);
  return trouble == NULL
         || refuse (pretrained, GUISE_FORMATS_ERROR_INVALID, error,
                    "its weights are not the %s model of its config.json%s",
                    guise_tower_kind_get_name (tower->kind), trouble);
}

static gboolean
copy_tensor (const GuisePretrained *pretrained, const GuiseTensor *tensor, float *values,
             GError **error)
{
  if (!guise_tensor_copy_float (tensor, values, error)) {
    g_prefix_error (error, "cannot use '%s': ", pretrained->folder);
    return FALSE;
  }
  for (gsize i = 0; i < tensor->n_elements; i++)
    if (!isfinite (values[i])) {
      g_autofree char *clean = guise_formats_clean (tensor->name);

      return refuse (pretrained, GUISE_FORMATS_ERROR_INVALID, error,
                     "tensor '%s': element %zu is not finite", clean, i);
    }
  return TRUE;
}

static gboolean
read_grid (const GuisePretrained *pretrained, const GuiseTower *tower, const GuiseTensor *tensor,
           const gsize *grid, float *values, GError **error)
{
  const gsize own[2] = { tower->image_size[0] / tower->patch, tower->image_size[1] / tower->patch };
  g_autofree float *positions = NULL;

  if (grid == NULL || memcmp (grid, own, sizeof own) == 0)
    return copy_tensor (pretrained, tensor, values, error);
  positions = g_new (float, tensor->n_elements);
  if (!copy_tensor (pretrained, tensor, positions, error))
    return FALSE;
  guise_positions_resize (positions, own, values, grid, tower->width);
  return TRUE;
}

gboolean
guise_pretrained_check (const GuisePretrained *pretrained, const GuiseTower *tower,
                        const GArray *specs, const char *prefix, GError **error)
{
  g_autoptr (GHashTable) table = list_tensors (pretrained, tower, error);

  return table != NULL && check_tensors (pretrained, tower, specs, prefix, table, error);
}

gboolean
guise_pretrained_read (const GuisePretrained *pretrained, const GuiseTower *tower,
                       const GArray *specs, const char *prefix, const gsize *grid, float *values,
                       GError **error)
{
  g_autoptr (GHashTable) table = list_tensors (pretrained, tower, error);

  if (table == NULL || !check_tensors (pretrained, tower, specs, prefix, table, error))
    return FALSE;
  for (guint k = 0; k < specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (specs, GuiseParamSpec, k);
    const char *name = get_name (spec, prefix);
    const GuiseTensor *tensor = name != NULL ? g_hash_table_lookup (table, name) : NULL;

    if (tensor != NULL
        && !(is_grid (tower, name)
                 ? read_grid (pretrained, tower, tensor, grid, values + spec->offset, error)
                 : copy_tensor (pretrained, tensor, values + spec->offset, error)))
      return FALSE;
  }
  for (guint i = 0; i < pretrained->files->len; i++)
    guise_safetensors_forget_pages (pretrained->files->pdata[i]);
  return TRUE;
}
