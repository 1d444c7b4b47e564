#include "guise-pretrained-index.h"

#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"

static gboolean
refuse (const char *where, const char *tensor, const char *why, GError **error)
{
  g_autofree char *clean = guise_formats_clean (tensor);

  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use '%s': the file of '%s' is %s", where, clean, why);
  return FALSE;
}

static gboolean
check_name (const char *where, const char *tensor, const char *name, GError **error)
{
  if (name == NULL)
    return refuse (where, tensor, "not a name", error);
  if (strchr (name, '/') != NULL || strchr (name, '\\') != NULL || *name == '.'
      || strlen (name) > 255)
    return refuse (where, tensor, "not a plain name in the same folder", error);
  if (!g_str_has_suffix (name, ".safetensors"))
    return refuse (where, tensor, "no '.safetensors'", error);
  return TRUE;
}

GHashTable *
guise_pretrained_index_parse (const char *data, gsize size, const char *where, GError **error)
{
  json_auto_t *root = guise_json_parse (data, size, GUISE_PRETRAINED_INDEX_MAX, where, error);
  g_autoptr (GHashTable) map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  json_t *weights, *file;
  const char *tensor;

  if (root == NULL || !guise_json_get_object (root, "weight_map", where, &weights, error))
    return NULL;
  json_object_foreach (weights, tensor, file)
  {
    if (!check_name (where, tensor, json_string_value (file), error))
      return NULL;
    g_hash_table_insert (map, g_strdup (tensor), g_strdup (json_string_value (file)));
  }
  if (g_hash_table_size (map) > 0)
    return g_steal_pointer (&map);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
               "cannot use '%s': its 'weight_map' is empty", where);
  return NULL;
}
