#include "guise-attributes.h"

#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"

#define MAX_BYTES ((gsize)512 << 20)
#define IMAGES "imgs/"

struct _GuiseAttributes {
  json_t *root;
  GHashTable *persons, *outfits; /* number → json_t, borrowed from root */
  GHashTable *images;            /* file_path → json_t */
};

void
guise_attributes_free (GuiseAttributes *attributes)
{
  if (attributes == NULL)
    return;
  g_clear_pointer (&attributes->persons, g_hash_table_unref);
  g_clear_pointer (&attributes->outfits, g_hash_table_unref);
  g_clear_pointer (&attributes->images, g_hash_table_unref);
  json_decref (attributes->root);
  g_free (attributes);
}

/* The records of one list by the number in `key`. */
static GHashTable *
number_records (json_t *root, const char *list, const char *key, const char *where, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  json_t *records;

  if (!guise_json_get_array (root, list, where, &records, error))
    return NULL;
  for (size_t i = 0; i < json_array_size (records); i++) {
    json_t *record = json_array_get (records, i);
    gint64 number;

    if (!guise_json_get_int (record, key, where, &number, error))
      return NULL;
    g_hash_table_insert (table, g_memdup2 (&number, sizeof number), record);
  }
  return g_steal_pointer (&table);
}

static GHashTable *
name_images (json_t *root, const char *where, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new (g_str_hash, g_str_equal);
  json_t *records;

  if (!guise_json_get_array (root, "images", where, &records, error))
    return NULL;
  for (size_t i = 0; i < json_array_size (records); i++) {
    json_t *record = json_array_get (records, i);
    const char *path;

    if (!guise_json_get_string (record, "file_path", where, &path, error))
      return NULL;
    g_hash_table_insert (table, (char *)path, record);
  }
  return g_steal_pointer (&table);
}

GuiseAttributes *
guise_attributes_read (const char *root, GError **error)
{
  g_autofree char *path = g_build_filename (root, "attributes.json", NULL);
  g_autoptr (GuiseAttributes) attributes = g_new0 (GuiseAttributes, 1);

  attributes->root = guise_json_load (path, MAX_BYTES, error);
  if (attributes->root == NULL)
    return NULL;
  attributes->persons = number_records (attributes->root, "persons", "person", path, error);
  if (attributes->persons == NULL)
    return NULL;
  attributes->outfits = number_records (attributes->root, "outfits", "outfit", path, error);
  if (attributes->outfits == NULL)
    return NULL;
  attributes->images = name_images (attributes->root, path, error);
  return attributes->images != NULL ? g_steal_pointer (&attributes) : NULL;
}

static json_t *
look_up (GHashTable *table, json_t *image, const char *key)
{
  gint64 number = json_integer_value (json_object_get (image, key));

  return g_hash_table_lookup (table, &number);
}

const char *
guise_attributes_get (const GuiseAttributes *attributes, const char *path, const char *name)
{
  const char *file = g_str_has_prefix (path, IMAGES) ? path + strlen (IMAGES) : path;
  json_t *image = g_hash_table_lookup (attributes->images, file);
  json_t *records[3];

  if (image == NULL)
    return NULL;
  records[0] = image;
  records[1] = look_up (attributes->outfits, image, "outfit");
  records[2] = look_up (attributes->persons, image, "person");
  for (int i = 0; i < 3; i++) {
    const char *value = json_string_value (json_object_get (records[i], name));

    if (value != NULL)
      return value;
  }
  return NULL;
}
