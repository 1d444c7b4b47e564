/* Data sets, the values of filter fields, and totals. */
#include "guise-store-captions.h"
#include "guise-store-images.h"
#include "guise-store-private.h"

#include <string.h>

void
guise_dataset_free (GuiseDataset *dataset)
{
  if (dataset == NULL)
    return;
  g_free (dataset->name);
  g_free (dataset->format);
  g_free (dataset->root);
  g_free (dataset);
}

GPtrArray *
guise_store_list_datasets (GuiseStore *store, GError **error)
{
  g_autoptr (GPtrArray) datasets
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_dataset_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error,
                              "SELECT id, name, format, root,"
                              " (SELECT count(*) FROM images WHERE dataset_id = d.id),"
                              " (SELECT count(*) FROM persons WHERE dataset_id = d.id) "
                              "FROM datasets d ORDER BY id");
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseDataset *dataset = g_new0 (GuiseDataset, 1);

    dataset->id = sqlite3_column_int64 (statement, 0);
    dataset->name = guise_db_dup_text (statement, 1);
    dataset->format = guise_db_dup_text (statement, 2);
    dataset->root = guise_db_dup_bytes (statement, 3);
    dataset->n_images = (guint)sqlite3_column_int64 (statement, 4);
    dataset->n_persons = (guint)sqlite3_column_int64 (statement, 5);
    g_ptr_array_add (datasets, dataset);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&datasets) : NULL;
}

typedef struct {
  const char *name;
  const char *format;
  const char *root;
  gint64 id;
} NewDataset;

/* "people", or "people 2" where another root has that name. */
static char *
make_unique_name (GuiseDb *db, const char *name, GError **error)
{
  g_autofree char *candidate = g_strdup (name);
  gboolean ok;

  for (int number = 2; guise_db_get_int (db, &ok, 0, error,
                                         "SELECT 1 FROM datasets WHERE name = ?",
                                         GUISE_TEXT (candidate));
       number++) {
    g_free (candidate);
    candidate = g_strdup_printf ("%s %d", name, number);
  }
  return ok ? g_steal_pointer (&candidate) : NULL;
}

static gboolean
write_dataset (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  NewDataset *dataset = data;
  g_autofree char *name = NULL;
  gboolean ok;

  dataset->id = guise_db_get_int (db, &ok, 0, error, "SELECT id FROM datasets WHERE root = ?",
                                  GUISE_BYTES (dataset->root));
  if (!ok || dataset->id != 0)
    return ok;
  name = make_unique_name (db, dataset->name, error);
  if (name == NULL)
    return FALSE;
  guise_store_change_add (change, GUISE_STORE_CHANGED_IMAGES, 0, 0);
  if (!guise_db_run (db, error,
                     "INSERT INTO datasets (name, format, root, created) VALUES (?, ?, ?, ?)",
                     GUISE_TEXT (name), GUISE_TEXT (dataset->format), GUISE_BYTES (dataset->root),
                     GUISE_INT (g_get_real_time ())))
    return FALSE;
  dataset->id = guise_db_get_last_id (db);
  return TRUE;
}

gint64
guise_store_add_dataset (GuiseStore *store, const char *name, const char *format,
                         const char *root, GError **error)
{
  NewDataset dataset = { name, format, root, 0 };

  if (!guise_store_check_label ("a data set's name", name, error))
    return -1;
  return guise_store_write (store, write_dataset, &dataset, error) ? dataset.id : -1;
}

void
guise_facet_free (GuiseFacet *facet)
{
  if (facet == NULL)
    return;
  g_free (facet->value);
  g_free (facet);
}

typedef struct {
  const char *field;
  const char *sql; /* value, images */
  const char *(*name) (int number);
} FacetQuery;

static const char *
name_split (int number)
{
  return guise_split_to_string ((GuiseSplit)number);
}

static const char *
name_state (int number)
{
  return guise_caption_state_to_string ((GuiseCaptionState)number);
}

static const char *
name_source (int number)
{
  return guise_caption_source_to_string ((GuiseCaptionSource)number);
}

static const char *
name_kind (int number)
{
  return guise_caption_kind_to_string ((GuiseCaptionKind)number);
}

static const FacetQuery facet_queries[] = {
  { "split", "SELECT split, count(*) FROM images GROUP BY 1 ORDER BY 1", name_split },
  { "camera",
    "SELECT coalesce (c.label, ''), count(*) FROM images i LEFT JOIN cameras c"
    " ON c.id = i.camera_id GROUP BY 1 ORDER BY 1",
    NULL },
  { "state",
    "SELECT state, count(DISTINCT image_id) FROM captions GROUP BY 1 ORDER BY 1", name_state },
  { "source",
    "SELECT source, count(DISTINCT image_id) FROM captions GROUP BY 1 ORDER BY 1", name_source },
  { "style",
    "SELECT coalesce (style, ''), count(DISTINCT image_id) FROM captions GROUP BY 1 ORDER BY 1",
    NULL },
  { "kind",
    "SELECT kind, count(DISTINCT image_id) FROM captions GROUP BY 1 ORDER BY 1", name_kind },
};

static const FacetQuery *
find_facet (const char *field)
{
  for (size_t i = 0; i < G_N_ELEMENTS (facet_queries); i++)
    if (strcmp (facet_queries[i].field, field) == 0)
      return &facet_queries[i];
  return NULL;
}

GPtrArray *
guise_store_list_facets (GuiseStore *store, const char *field, GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GPtrArray) facets = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_facet_free);
  const FacetQuery *query = find_facet (field);
  GuiseDb *db;
  sqlite3_stmt *statement;
  int step = -1;

  if (query == NULL) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER,
                 "cannot list values: '%s' is not a field with few values", field);
    return NULL;
  }
  db = guise_store_borrow (store, cancellable, error);
  if (db == NULL)
    return NULL;
  statement = guise_db_prepare (db, query->sql, NULL, 0, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseFacet *facet = g_new0 (GuiseFacet, 1);

    facet->value = query->name != NULL
                       ? g_strdup (query->name (sqlite3_column_int (statement, 0)))
                       : guise_db_dup_text (statement, 0);
    facet->n_images = (guint)sqlite3_column_int64 (statement, 1);
    g_ptr_array_add (facets, facet);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&facets) : NULL;
}

/* Fills counts[number] from rows of (number, count). */
static gboolean
count_by (GuiseDb *db, const char *sql, guint *counts, int n_counts, GError **error)
{
  sqlite3_stmt *statement = guise_db_prepare (db, sql, NULL, 0, error);
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    int number = sqlite3_column_int (statement, 0);

    if (number >= 0 && number < n_counts)
      counts[number] = (guint)sqlite3_column_int64 (statement, 1);
  }
  return step == 0;
}

static gboolean
read_counts (GuiseDb *db, GuiseStoreCounts *counts, GError **error)
{
  guint totals[4] = { 0 };

  if (!count_by (db,
                 "SELECT 0, count(*) FROM images UNION ALL SELECT 1, count(*) FROM persons "
                 "UNION ALL SELECT 2, count(*) FROM outfits "
                 "UNION ALL SELECT 3, count(*) FROM cameras",
                 totals, G_N_ELEMENTS (totals), error))
    return FALSE;
  counts->n_images = totals[0];
  counts->n_persons = totals[1];
  counts->n_outfits = totals[2];
  counts->n_cameras = totals[3];
  return count_by (db, "SELECT split, count(*) FROM images GROUP BY 1", counts->images_by_split,
                   GUISE_N_SPLITS, error)
         && count_by (db, "SELECT split, count(DISTINCT person_id) FROM images GROUP BY 1",
                      counts->persons_by_split, GUISE_N_SPLITS, error)
         && count_by (db, "SELECT kind, count(*) FROM captions GROUP BY 1",
                      counts->captions_by_kind, GUISE_N_CAPTION_KINDS, error)
         && count_by (db, "SELECT state, count(*) FROM captions GROUP BY 1",
                      counts->captions_by_state, GUISE_N_CAPTION_STATES, error);
}

gboolean
guise_store_get_counts (GuiseStore *store, GuiseStoreCounts *counts, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  gboolean ok;

  memset (counts, 0, sizeof *counts);
  if (db == NULL)
    return FALSE;
  ok = guise_db_execute (db, "BEGIN", error) && read_counts (db, counts, error);
  guise_db_execute (db, "ROLLBACK", NULL);
  guise_store_give_back (store, db);
  return ok;
}
