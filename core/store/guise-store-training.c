/* The bulk read for training: two passes over the tables in one snapshot. */
#include "guise-store-training.h"

#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <string.h>

void
guise_training_data_free (GuiseTrainingData *data)
{
  if (data == NULL)
    return;
  g_free (data->image_ids);
  g_free (data->dataset_ids);
  g_free (data->person_ids);
  g_free (data->outfit_ids);
  g_free (data->camera_ids);
  g_free (data->splits);
  g_free (data->paths);
  g_free (data->caption_start);
  g_free (data->caption_ids);
  g_free (data->caption_kinds);
  g_free (data->caption_sources);
  g_free (data->texts);
  g_free (data->styles);
  if (data->strings != NULL)
    g_string_chunk_free (data->strings);
  g_free (data);
}

static void
allocate_images (GuiseTrainingData *data, size_t n)
{
  data->image_ids = g_new (gint64, n);
  data->dataset_ids = g_new (gint64, n);
  data->person_ids = g_new (gint64, n);
  data->outfit_ids = g_new (gint64, n);
  data->camera_ids = g_new (gint64, n);
  data->splits = g_new (guint8, n);
  data->paths = g_new (const char *, n);
  data->caption_start = g_new0 (size_t, n + 1);
}

static void
allocate_captions (GuiseTrainingData *data, size_t n)
{
  data->caption_ids = g_new (gint64, n);
  data->caption_kinds = g_new (guint8, n);
  data->caption_sources = g_new (guint8, n);
  data->texts = g_new (const char *, n);
  data->styles = g_new (const char *, n);
}

static gboolean
read_images (GuiseDb *db, GuiseTrainingData *data, guint splits, GError **error)
{
  gboolean ok;
  size_t n = (size_t)guise_db_get_int (db, &ok, 0, error,
                                       "SELECT count(*) FROM images WHERE (1 << split) & ?",
                                       GUISE_INT (splits));
  sqlite3_stmt *statement;
  int step = -1;

  if (!ok)
    return FALSE;
  allocate_images (data, n);
  statement = guise_db_query (db, error,
                              "SELECT id, dataset_id, person_id, coalesce (outfit_id, 0),"
                              " coalesce (camera_id, 0), split, path FROM images "
                              "WHERE (1 << split) & ? ORDER BY id",
                              GUISE_INT (splits));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    size_t i = data->n_images++;
    const char *path = sqlite3_column_blob (statement, 6);

    g_assert (i < n); /* one snapshot */
    data->image_ids[i] = sqlite3_column_int64 (statement, 0);
    data->dataset_ids[i] = sqlite3_column_int64 (statement, 1);
    data->person_ids[i] = sqlite3_column_int64 (statement, 2);
    data->outfit_ids[i] = sqlite3_column_int64 (statement, 3);
    data->camera_ids[i] = sqlite3_column_int64 (statement, 4);
    data->splits[i] = (guint8)sqlite3_column_int (statement, 5);
    data->paths[i] = g_string_chunk_insert_len (data->strings, path != NULL ? path : "",
                                                sqlite3_column_bytes (statement, 6));
  }
  return step == 0;
}

static void
take_caption (GuiseTrainingData *data, sqlite3_stmt *statement)
{
  size_t i = data->n_captions++;
  const char *style = (const char *)sqlite3_column_text (statement, 5);

  data->caption_ids[i] = sqlite3_column_int64 (statement, 1);
  data->caption_kinds[i] = (guint8)sqlite3_column_int (statement, 2);
  data->caption_sources[i] = (guint8)sqlite3_column_int (statement, 3);
  data->texts[i] = g_string_chunk_insert_len (data->strings,
                                              (const char *)sqlite3_column_text (statement, 4),
                                              sqlite3_column_bytes (statement, 4));
  data->styles[i] = style != NULL ? g_string_chunk_insert_const (data->strings, style) : NULL;
}

static gboolean
read_captions (GuiseDb *db, GuiseTrainingData *data, guint splits, guint states, GError **error)
{
  gboolean ok;
  size_t n = (size_t)guise_db_get_int (db, &ok, 0, error, "SELECT count(*) FROM captions");
  size_t image = 0;
  sqlite3_stmt *statement;
  int step = -1;

  if (!ok)
    return FALSE;
  allocate_captions (data, n);
  statement = guise_db_query (db, error,
                              "SELECT c.image_id, c.id, c.kind, c.source, c.text, c.style "
                              "FROM images i JOIN captions c ON c.image_id = i.id "
                              "WHERE (1 << i.split) & ? AND (1 << c.state) & ? "
                              "ORDER BY i.id, c.kind, c.slot IS NULL, c.slot, c.id",
                              GUISE_INT (splits), GUISE_INT (states));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    gint64 image_id = sqlite3_column_int64 (statement, 0);

    while (image < data->n_images && data->image_ids[image] < image_id)
      data->caption_start[++image] = data->n_captions;
    g_assert (data->n_captions < n && image < data->n_images);
    take_caption (data, statement);
  }
  while (image < data->n_images)
    data->caption_start[++image] = data->n_captions;
  return step == 0;
}

GuiseTrainingData *
guise_store_read_training_data (GuiseStore *store, const GuiseTrainingQuery *query,
                                GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainingData) data = g_new0 (GuiseTrainingData, 1);
  guint all_splits = (1u << GUISE_N_SPLITS) - 1;
  guint all_states = (1u << GUISE_N_CAPTION_STATES) - 1;
  guint splits = query->splits != 0 ? query->splits : all_splits;
  guint states = query->caption_states != 0 ? query->caption_states
                                            : all_states & ~(1u << GUISE_STATE_REJECTED);
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  gboolean ok;

  if (db == NULL)
    return NULL;
  data->strings = g_string_chunk_new (1 << 16);
  ok = guise_db_execute (db, "BEGIN", error) && read_images (db, data, splits, error)
       && read_captions (db, data, splits, states, error);
  guise_db_set_cancellable (db, NULL);
  guise_db_execute (db, "ROLLBACK", NULL);
  guise_store_give_back (store, db);
  return ok ? g_steal_pointer (&data) : NULL;
}
