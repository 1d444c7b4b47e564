/* Records into rows: one transaction a batch, and nothing written where nothing is new. */
#include "guise-store-import.h"

#include "guise-operation.h"
#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <string.h>

#define BATCH_SIZE 2000

typedef struct {
  gint64 dataset_id;
  GPtrArray *records;
  guint first, n; /* of this batch */
  GCancellable *cancellable;
  gint64 operation_id; /* 0 until something is new */
  gint64 committed_operation_id;
  GuiseImportStats stats; /* of this batch */
} Batch;

/* FNV-1a: tells whether the data set's text is still the one that was imported. */
static gint64
hash_text (const char *text)
{
  guint64 hash = 0xcbf29ce484222325u;

  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8)*text) * 0x100000001b3u;
  return (gint64)hash;
}

static gboolean
ensure_operation (GuiseDb *db, Batch *batch, GError **error)
{
  g_autofree char *name = NULL;
  sqlite3_stmt *statement;

  if (batch->operation_id != 0)
    return TRUE;
  statement = guise_db_query (db, error, "SELECT name FROM datasets WHERE id = ?",
                              GUISE_INT (batch->dataset_id));
  if (statement == NULL)
    return FALSE;
  switch (guise_db_step (db, statement, error)) {
  case 1:
    name = g_strdup_printf ("Import %s", (const char *)sqlite3_column_text (statement, 0));
    guise_db_reset (statement);
    break;
  case 0:
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such data set: '%" G_GINT64_FORMAT "'", batch->dataset_id);
    return FALSE;
  default:
    return FALSE;
  }
  batch->operation_id = guise_operation_begin (db, name, GUISE_OPERATION_PERMANENT, error);
  return batch->operation_id > 0;
}

/* The id of the row with this owner and label, made when there is none; 0 for label NULL, -1 on
 * error. */
static gint64
find_or_add (GuiseDb *db, const char *find, const char *add, gint64 owner, const char *label,
             GError **error)
{
  const GuiseValue values[] = { GUISE_INT (owner), GUISE_TEXT (label) };
  gboolean ok;
  gint64 id;

  if (label == NULL)
    return 0;
  id = guise_db_get_int_values (db, &ok, 0, find, values, G_N_ELEMENTS (values), error);
  if (!ok)
    return -1;
  if (id != 0)
    return id;
  return guise_db_run_values (db, add, values, G_N_ELEMENTS (values), error)
             ? guise_db_get_last_id (db)
             : -1;
}

typedef struct {
  gint64 person_id, outfit_id, camera_id;
} Labels;

static gboolean
resolve_labels (GuiseDb *db, gint64 dataset_id, const GuiseRecord *record, Labels *labels,
                GError **error)
{
  labels->person_id = find_or_add (db, "SELECT id FROM persons WHERE dataset_id = ? AND label = ?",
                                   "INSERT INTO persons (dataset_id, label) VALUES (?, ?)",
                                   dataset_id,
                                   record->person, error);
  if (labels->person_id < 0)
    return FALSE;
  labels->camera_id = find_or_add (db, "SELECT id FROM cameras WHERE dataset_id = ? AND label = ?",
                                   "INSERT INTO cameras (dataset_id, label) VALUES (?, ?)",
                                   dataset_id,
                                   record->camera, error);
  if (labels->camera_id < 0)
    return FALSE;
  labels->outfit_id = find_or_add (db, "SELECT id FROM outfits WHERE person_id = ? AND label = ?",
                                   "INSERT INTO outfits (person_id, label) VALUES (?, ?)",
                                   labels->person_id,
                                   record->outfit, error);
  return labels->outfit_id >= 0;
}

static gint64
add_image (GuiseDb *db, Batch *batch, const GuiseRecord *record, const Labels *labels,
           GError **error)
{
  if (!ensure_operation (db, batch, error)
      || !guise_db_run (db, error,
                        "INSERT INTO images (dataset_id, path, split, person_id, outfit_id,"
                        " camera_id, file_size, extra) VALUES (?, ?, ?, ?, nullif (?, 0),"
                        " nullif (?, 0), nullif (?, -1), ?)",
                        GUISE_INT (batch->dataset_id),
                        GUISE_BYTES (record->path), GUISE_INT (record->split),
                        GUISE_INT (labels->person_id), GUISE_INT (labels->outfit_id),
                        GUISE_INT (labels->camera_id), GUISE_INT (record->file_size),
                        GUISE_TEXT (record->extra)))
    return -1;
  batch->stats.n_images_added++;
  return guise_db_get_last_id (db);
}

/* Sets what the data set says now; counts the image as updated when that is something new. */
static gboolean
update_image (GuiseDb *db, Batch *batch, gint64 id, const GuiseRecord *record,
              const Labels *labels, GError **error)
{
  if (!guise_db_run (db, error,
                     "UPDATE images SET split = ?2, person_id = ?3, outfit_id = nullif (?4, 0),"
                     " camera_id = nullif (?5, 0), file_size = nullif (?6, -1), extra = ?7,"
                     " width = CASE WHEN file_size IS nullif (?6, -1) THEN width END,"
                     " height = CASE WHEN file_size IS nullif (?6, -1) THEN height END "
                     "WHERE id = ?1 AND (split <> ?2 OR person_id <> ?3"
                     " OR outfit_id IS NOT nullif (?4, 0) OR camera_id IS NOT nullif (?5, 0)"
                     " OR file_size IS NOT nullif (?6, -1) OR extra IS NOT ?7)",
                     GUISE_INT (id), GUISE_INT (record->split), GUISE_INT (labels->person_id),
                     GUISE_INT (labels->outfit_id), GUISE_INT (labels->camera_id),
                     GUISE_INT (record->file_size), GUISE_TEXT (record->extra)))
    return FALSE;
  if (guise_db_get_n_changed (db) == 0) {
    batch->stats.n_images_unchanged++;
    return TRUE;
  }
  batch->stats.n_images_updated++;
  return ensure_operation (db, batch, error);
}

static gboolean
add_caption (GuiseDb *db, Batch *batch, gint64 image_id, const GuiseRecordCaption *caption,
             int slot, GError **error)
{
  gint64 now = g_get_real_time ();

  batch->stats.n_captions_added++;
  return ensure_operation (db, batch, error)
         && guise_db_run (db, error,
                          "INSERT INTO captions (image_id, kind, source, slot, import_hash, text,"
                          " style, model, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          GUISE_INT (image_id),
                          GUISE_INT (caption->kind), GUISE_INT (caption->source),
                          GUISE_INT (slot), GUISE_INT (hash_text (caption->text)),
                          GUISE_TEXT (caption->text), GUISE_TEXT (caption->style),
                          GUISE_TEXT (caption->model), GUISE_INT (now), GUISE_INT (now));
}

static json_t *
part_of_row (json_t *row)
{
  return json_pack ("{s:O, s:O}", "text", json_object_get (row, "text"), "import_hash",
                    json_object_get (row, "import_hash"));
}

/* The data set has another text than when it was imported: it is taken over unless the text here
 * was touched by somebody. Put back by hand counts as touched: undo would find another text than
 * the one it knows. */
static gboolean
update_caption (GuiseDb *db, Batch *batch, gint64 caption_id, gint64 image_id,
                const GuiseRecordCaption *caption, GError **error)
{
  json_t *row = guise_caption_read_row (db, caption_id, error);
  json_t *before, *after;
  gint64 old_hash;
  gboolean ok, touched;

  if (row == NULL)
    return FALSE;
  old_hash = json_integer_value (json_object_get (row, "import_hash"));
  touched = json_integer_value (json_object_get (row, "state")) != GUISE_STATE_PENDING
            || hash_text (json_string_value (json_object_get (row, "text"))) != old_hash;
  ok = touched || guise_operation_make_way (db, caption_id, &touched, error);
  if (!ok || touched) {
    if (ok)
      batch->stats.n_captions_kept++;
    json_decref (row);
    return ok;
  }
  before = part_of_row (row);
  after = json_pack ("{s:s, s:I}", "text", caption->text, "import_hash",
                     (json_int_t)hash_text (caption->text));
  json_decref (row);
  batch->stats.n_captions_updated++;
  ok = ensure_operation (db, batch, error)
       && guise_caption_write_columns (db, caption_id, after, error);
  if (!ok) {
    json_decref (before);
    json_decref (after);
    return FALSE;
  }
  return guise_operation_note (db, batch->operation_id, caption_id, image_id, before, after,
                               error);
}

static gboolean
import_caption (GuiseDb *db, Batch *batch, gint64 image_id, const GuiseRecordCaption *caption,
                int slot, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (db, error,
                                            "SELECT id, import_hash FROM captions "
                                            "WHERE image_id = ? AND kind = ? AND slot = ?",
                                            GUISE_INT (image_id), GUISE_INT (caption->kind),
                                            GUISE_INT (slot));
  gint64 id, hash;
  int step;

  if (!guise_store_check_text (caption->text, -1, error) || statement == NULL
      || (step = guise_db_step (db, statement, error)) < 0)
    return FALSE;
  if (step == 0)
    return add_caption (db, batch, image_id, caption, slot, error);
  id = sqlite3_column_int64 (statement, 0);
  hash = sqlite3_column_int64 (statement, 1);
  guise_db_reset (statement);
  if (hash == hash_text (caption->text))
    return TRUE;
  return update_caption (db, batch, id, image_id, caption, error);
}

static gboolean
import_record (GuiseDb *db, Batch *batch, const GuiseRecord *record, GError **error)
{
  int slots[GUISE_N_CAPTION_KINDS] = { 0 };
  Labels labels;
  gboolean ok;
  gint64 id;

  if (!resolve_labels (db, batch->dataset_id, record, &labels, error))
    return FALSE;
  id = guise_db_get_int (db, &ok, 0, error,
                         "SELECT id FROM images WHERE dataset_id = ? AND path = ?",
                         GUISE_INT (batch->dataset_id), GUISE_BYTES (record->path));
  if (!ok)
    return FALSE;
  if (id == 0) {
    id = add_image (db, batch, record, &labels, error);
    if (id < 0)
      return FALSE;
  } else if (!update_image (db, batch, id, record, &labels, error)) {
    return FALSE;
  }
  for (guint i = 0; i < record->captions->len; i++) {
    const GuiseRecordCaption *caption = record->captions->pdata[i];

    if (!import_caption (db, batch, id, caption, slots[caption->kind]++, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
write_batch (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Batch *batch = data;

  memset (&batch->stats, 0, sizeof batch->stats);
  batch->operation_id = batch->committed_operation_id;
  for (guint i = batch->first; i < batch->first + batch->n; i++) {
    const GuiseRecord *record = batch->records->pdata[i];

    if (g_cancellable_set_error_if_cancelled (batch->cancellable, error))
      return FALSE;
    if (!import_record (db, batch, record, error)) {
      g_prefix_error (error, "cannot import '%s': ", record->path);
      return FALSE;
    }
  }
  if (batch->operation_id != 0)
    guise_store_change_add_all (change, GUISE_STORE_CHANGED_IMAGES | GUISE_STORE_CHANGED_CAPTIONS
                                            | GUISE_STORE_CHANGED_HISTORY);
  return TRUE;
}

static void
add_stats (GuiseImportStats *sum, const GuiseImportStats *stats)
{
  sum->n_images_added += stats->n_images_added;
  sum->n_images_updated += stats->n_images_updated;
  sum->n_images_unchanged += stats->n_images_unchanged;
  sum->n_captions_added += stats->n_captions_added;
  sum->n_captions_updated += stats->n_captions_updated;
  sum->n_captions_kept += stats->n_captions_kept;
}

gboolean
guise_store_import_records (GuiseStore *store, gint64 dataset_id, GPtrArray *records,
                            GuiseImportStats *stats, GuiseStoreProgress progress,
                            gpointer progress_data, GCancellable *cancellable, GError **error)
{
  Batch batch = { .dataset_id = dataset_id, .records = records, .cancellable = cancellable };

  memset (stats, 0, sizeof *stats);
  for (batch.first = 0; batch.first < records->len; batch.first += batch.n) {
    batch.n = MIN (BATCH_SIZE, records->len - batch.first);
    if (!guise_store_write (store, write_batch, &batch, error))
      return FALSE;
    batch.committed_operation_id = batch.operation_id;
    add_stats (stats, &batch.stats);
    if (progress != NULL)
      progress (batch.first + batch.n, records->len, progress_data);
  }
  return TRUE;
}
