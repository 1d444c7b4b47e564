/* Images: lists of ids and records on demand. */
#include "guise-store-images.h"

#include "guise-filter-private.h"
#include "guise-store-private.h"

#include <string.h>

static const char *
order_of (GuiseImageSort sort)
{
  switch (sort) {
  case GUISE_SORT_PATH:
    return " ORDER BY i.path, i.id";
  case GUISE_SORT_PERSON:
    return " ORDER BY i.person_id, i.outfit_id, i.camera_id, i.id";
  case GUISE_SORT_CAMERA:
    return " ORDER BY (SELECT label FROM cameras WHERE id = i.camera_id), i.id";
  case GUISE_SORT_CHANGED:
    return " ORDER BY (SELECT max (id) FROM changes WHERE image_id = i.id) DESC NULLS LAST, i.id";
  case GUISE_SORT_IMPORT:
  default:
    return " ORDER BY i.id";
  }
}

GArray *
guise_store_list_images (GuiseStore *store, const GuiseFilter *filter, GuiseImageSort sort,
                         GCancellable *cancellable, GError **error)
{
  return guise_filter_run (store, filter, "SELECT i.id FROM images i", FALSE, order_of (sort),
                           cancellable, error);
}

gboolean
guise_store_prepare_words (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  GuiseTexts *texts = guise_store_get_texts (store);
  GuiseDb *db = texts != NULL ? guise_store_borrow (store, cancellable, error) : NULL;
  gboolean ok;

  if (db == NULL)
    return texts == NULL;
  ok = guise_texts_prepare (texts, db, error);
  guise_store_give_back (store, db);
  return ok;
}

gint64
guise_store_count_images (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                          GError **error)
{
  return guise_filter_count (store, filter, cancellable, error);
}

GArray *
guise_store_list_person_images (GuiseStore *store, gint64 person_id, GCancellable *cancellable,
                                GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error,
                              "SELECT id FROM images WHERE person_id = ? "
                              "ORDER BY outfit_id, camera_id, id",
                              GUISE_INT (person_id));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    gint64 id = sqlite3_column_int64 (statement, 0);

    g_array_append_val (ids, id);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&ids) : NULL;
}

void
guise_image_record_free (GuiseImageRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->dataset);
  g_free (record->person);
  g_free (record->outfit);
  g_free (record->camera);
  g_free (record->path);
  g_free (record->extra);
  g_free (record);
}

static GuiseImageRecord *
record_of_row (sqlite3_stmt *statement)
{
  GuiseImageRecord *record = g_new0 (GuiseImageRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->dataset_id = sqlite3_column_int64 (statement, 1);
  record->person_id = sqlite3_column_int64 (statement, 2);
  record->outfit_id = sqlite3_column_int64 (statement, 3);
  record->camera_id = sqlite3_column_int64 (statement, 4);
  record->dataset = guise_db_dup_text (statement, 5);
  record->person = guise_db_dup_text (statement, 6);
  record->outfit = guise_db_dup_text (statement, 7);
  record->camera = guise_db_dup_text (statement, 8);
  record->path = guise_db_dup_bytes (statement, 9);
  record->split = (GuiseSplit)sqlite3_column_int (statement, 10);
  record->file_size = sqlite3_column_int64 (statement, 11);
  record->width = sqlite3_column_int (statement, 12);
  record->height = sqlite3_column_int (statement, 13);
  record->n_captions = (guint)sqlite3_column_int64 (statement, 14);
  record->caption_states = (guint)sqlite3_column_int64 (statement, 15);
  record->extra = guise_db_dup_text (statement, 16);
  return record;
}

/* NULL without an error where there is no such image. */
static GuiseImageRecord *
read_record (GuiseDb *db, gint64 id, gboolean *ok, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (
      db, error,
      "SELECT i.id, i.dataset_id, i.person_id, i.outfit_id, i.camera_id, d.name, p.label, o.label,"
      " cam.label, i.path, i.split, coalesce (i.file_size, -1), i.width, i.height,"
      " (SELECT count(*) FROM captions WHERE image_id = i.id),"
      " (SELECT sum (DISTINCT 1 << state) FROM captions WHERE image_id = i.id), i.extra "
      "FROM images i JOIN datasets d ON d.id = i.dataset_id JOIN persons p ON p.id = i.person_id "
      "LEFT JOIN outfits o ON o.id = i.outfit_id LEFT JOIN cameras cam ON cam.id = i.camera_id "
      "WHERE i.id = ?",
      GUISE_INT (id));
  GuiseImageRecord *record = NULL;
  int step = statement != NULL ? guise_db_step (db, statement, error) : -1;

  *ok = step >= 0;
  if (step > 0) {
    record = record_of_row (statement);
    guise_db_reset (statement);
  }
  return record;
}

GuiseImageRecord *
guise_store_get_image (GuiseStore *store, gint64 image_id, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  GuiseImageRecord *record;
  gboolean ok;

  if (db == NULL)
    return NULL;
  record = read_record (db, image_id, &ok, error);
  guise_store_give_back (store, db);
  if (ok && record == NULL)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such image: '%" G_GINT64_FORMAT "'", image_id);
  return record;
}

GPtrArray *
guise_store_get_images (GuiseStore *store, const gint64 *image_ids, size_t n_ids,
                        GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_full ((guint)n_ids,
                                                        (GDestroyNotify)guise_image_record_free);
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  gboolean ok;

  if (db == NULL)
    return NULL;
  ok = guise_db_execute (db, "BEGIN", error);
  for (size_t i = 0; i < n_ids && ok; i++)
    g_ptr_array_add (records, read_record (db, image_ids[i], &ok, error));
  guise_db_set_cancellable (db, NULL);
  guise_db_execute (db, "ROLLBACK", NULL);
  guise_store_give_back (store, db);
  return ok ? g_steal_pointer (&records) : NULL;
}
