#include "cli-attributes.h"

#include "guise-attributes.h"

GHashTable *
cli_attributes_read (GuiseProject *project, GError **error)
{
  g_autoptr (GPtrArray) datasets = guise_store_list_datasets (guise_project_get_store (project),
                                                              error);
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                                        (GDestroyNotify)guise_attributes_free);

  for (guint i = 0; datasets != NULL && i < datasets->len; i++) {
    const GuiseDataset *dataset = datasets->pdata[i];
    g_autofree char *root = guise_project_resolve (project, dataset->root);
    g_autoptr (GError) problem = NULL;
    GuiseAttributes *attributes = guise_attributes_read (root, &problem);

    if (attributes != NULL) {
      g_hash_table_insert (table, g_memdup2 (&dataset->id, sizeof dataset->id), attributes);
    } else if (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  }
  return datasets != NULL ? g_steal_pointer (&table) : NULL;
}

const char *
cli_attributes_get (const GuiseTrainingData *data, size_t i, const char *name, gpointer user_data)
{
  const GuiseAttributes *attributes = g_hash_table_lookup (user_data, &data->dataset_ids[i]);

  return attributes != NULL ? guise_attributes_get (attributes, data->paths[i], name) : NULL;
}
