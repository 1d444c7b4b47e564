/* Bulk import, the bulk read for training, and threads. */
#include "guise-store-training.h"
#include "store-fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_LARGE 25000 /* persons; two images each */

static void
cancel_after_two_batches (guint64 done, guint64 total, gpointer data)
{
  if (done >= 4000)
    g_cancellable_cancel (data);
}

static void
check_training_data (GuiseStore *store)
{
  GuiseTrainingQuery query = { .splits = 1u << GUISE_SPLIT_TRAIN };
  GError *error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GuiseTrainingData) data = guise_store_read_training_data (store, &query, NULL,
                                                                       &error);

  g_assert_no_error (error);
  g_test_message ("training data of %zu images, %zu captions: %.3f s", data->n_images,
                  data->n_captions, (double)(g_get_monotonic_time () - start) / 1e6);
  g_assert_cmpuint (data->n_images, ==, N_LARGE / 4 * 3 * 2);
  g_assert_cmpuint (data->n_captions, ==, 3 * data->n_images);
  for (size_t i = 0; i < data->n_images; i++) {
    g_assert_cmpuint (data->caption_start[i + 1] - data->caption_start[i], ==, 3);
    g_assert_cmpint (data->splits[i], ==, GUISE_SPLIT_TRAIN);
  }
}

static void
test_large (void)
{
  char *folder = fixture_folder ();
  g_autoptr (GPtrArray) records = fixture_records (N_LARGE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GError *error = NULL;
  GuiseStore *store = guise_store_create (folder, &error);
  gint64 dataset = fixture_add_dataset (store), start = g_get_monotonic_time ();
  GuiseImportStats stats;

  g_assert_false (guise_store_import_records (store, dataset, records, &stats,
                                              cancel_after_two_batches, cancellable, cancellable,
                                              &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (stats.n_images_added, ==, 4000);
  g_assert_cmpuint (fixture_get_counts (store).n_images, ==, 4000); /* whole batches only */
  g_assert_true (guise_store_import_records (store, dataset, records, &stats, NULL, NULL, NULL,
                                             &error));
  g_test_message ("import of %u images: %.1f s", records->len,
                  (double)(g_get_monotonic_time () - start) / 1e6);
  g_assert_cmpuint (stats.n_images_added, ==, 2 * N_LARGE - 4000);
  g_assert_cmpuint (stats.n_images_unchanged, ==, 4000);
  g_assert_cmpuint (fixture_get_counts (store).captions_by_kind[GUISE_CAPTION_FREE], ==,
                    4 * N_LARGE);
  check_training_data (store);
  start = g_get_monotonic_time ();
  g_assert_cmpint (fixture_count (store, "text ~ \"number 777\" AND kind = identity"), ==, 22);
  g_test_message ("text filter: %.3f s", (double)(g_get_monotonic_time () - start) / 1e6);
  g_object_unref (store);
  start = g_get_monotonic_time ();
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_test_message ("open: %.3f s", (double)(g_get_monotonic_time () - start) / 1e6);
  g_object_unref (store);
  fixture_remove (folder);
}

/* What the reader did not know of an image is kept beside it, and follows the data set. */
static void
test_extra (void)
{
  static const char *const versions[] = { NULL, "{\"pose\":1}", "{\"pose\":1}", "{}", NULL };
  const guint n_updated[] = { 0, 1, 0, 1, 1 };
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records = fixture_records (4);
  GuiseRecord *record = records->pdata[2];
  gint64 dataset = fixture_add_dataset (store);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++) {
    g_autoptr (GuiseImageRecord) image = NULL;
    GuiseImportStats stats;

    g_free (record->extra);
    record->extra = g_strdup (versions[i]);
    g_assert_true (guise_store_import_records (store, dataset, records, &stats, NULL, NULL, NULL,
                                               &error));
    g_assert_cmpuint (stats.n_images_updated, ==, n_updated[i]);
    image = guise_store_get_image (store, 3, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (image->path, ==, record->path);
    g_assert_cmpstr (image->extra, ==, versions[i]);
  }
  g_object_unref (store);
  fixture_remove (folder);
}

static void
test_idempotent (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records = fixture_records (4);
  GError *error = NULL;
  GuiseStoreCounts before = fixture_get_counts (store), after;
  GuiseImportStats stats;
  g_autoptr (GPtrArray) operations = NULL;

  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_images_unchanged, ==, 8);
  g_assert_cmpuint (stats.n_images_added + stats.n_captions_added + stats.n_captions_updated, ==,
                    0);
  after = fixture_get_counts (store);
  g_assert_cmpmem (&before, sizeof before, &after, sizeof after);
  operations = guise_store_list_operations (store, 0, &error);
  g_assert_cmpuint (operations->len, ==, 1); /* nothing new is no operation */
  g_object_unref (store);
  fixture_remove (folder);
}

static void
replace_text (GPtrArray *records, guint record, guint caption, const char *text)
{
  GuiseRecordCaption *target
      = ((GuiseRecord *)records->pdata[record])->captions->pdata[caption];

  g_free (target->text);
  target->text = g_strdup (text);
}

static void
test_changed_data_set (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records = fixture_records (4);
  GuiseRecord *moved = records->pdata[2];
  GError *error = NULL;
  GuiseImportStats stats;
  g_autofree char *taken = NULL, *kept = NULL, *undone = NULL;
  g_autoptr (GPtrArray) history = NULL;
  g_autoptr (GuiseImageRecord) image = NULL;

  g_assert_true (guise_store_edit_caption (store, 4, -1, "edited here", &error));
  g_assert_true (guise_store_edit_caption (store, 7, -1, "edited and undone", &error));
  undone = guise_store_undo (store, &error);
  replace_text (records, 0, 0, "corrected there"); /* caption 1: untouched here */
  replace_text (records, 1, 0, "corrected too");   /* caption 4: edited here */
  replace_text (records, 2, 0, "and this one");    /* caption 7: back as it came */
  moved->split = GUISE_SPLIT_VAL;
  g_free (moved->outfit);
  moved->outfit = NULL;
  fixture_import (store, records, &stats);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_captions_updated, ==, 2);
  g_assert_cmpuint (stats.n_captions_kept, ==, 1);
  g_assert_cmpuint (stats.n_images_updated, ==, 1);
  taken = fixture_text (store, 1);
  kept = fixture_text (store, 4);
  g_assert_cmpstr (taken, ==, "corrected there");
  g_assert_cmpstr (kept, ==, "edited here");
  image = guise_store_get_image (store, 3, &error);
  g_assert_cmpint (image->split, ==, GUISE_SPLIT_VAL);
  g_assert_null (image->outfit);
  history = guise_store_get_caption_history (store, 1, &error);
  g_assert_cmpuint (history->len, ==, 1);
  g_assert_cmpstr (((GuiseHistoryEntry *)history->pdata[0])->name, ==, "Import people");
  g_assert_null (guise_store_redo (store, &error)); /* caption 7 is another by now */
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
  g_clear_error (&error);
  g_object_unref (store);
  fixture_remove (folder);
}

static void
undo_all (GuiseStore *store, guint n)
{
  GError *error = NULL;

  for (guint i = 0; i < n; i++) {
    g_autofree char *name = guise_store_undo (store, &error);

    g_assert_no_error (error);
    g_assert_nonnull (name);
  }
  g_assert_null (guise_store_undo (store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
  g_clear_error (&error);
}

/* A caption that looks as it came but that undo can still change stays what it is: another text
 * beneath its operations would stop undo there, or give it states that were meant for the old
 * one. */
static void
test_undo_after_import (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records = fixture_records (4);
  const gint64 id = 1;
  GError *error = NULL;
  GuiseImportStats stats;
  g_autofree char *original = fixture_text (store, 1), *now = NULL, *redone = NULL;

  g_assert_true (guise_store_edit_caption (store, 4, -1, "older", &error));
  g_assert_true (guise_store_edit_caption (store, 1, -1, "x", &error));
  g_assert_true (guise_store_edit_caption (store, 1, -1, original, &error));
  g_assert_true (guise_store_set_caption_state (store, &id, 1, GUISE_STATE_PENDING, &error));
  replace_text (records, 0, 0, "corrected there");
  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_captions_kept, ==, 1);
  g_assert_cmpuint (stats.n_captions_updated, ==, 0);
  undo_all (store, 4);
  now = fixture_text (store, 1);
  g_assert_cmpstr (now, ==, original);

  /* all undone: nothing speaks against the new text, and nothing of the old can be redone */
  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_captions_updated, ==, 1);
  g_assert_null (guise_store_redo (store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
  g_clear_error (&error);
  redone = fixture_text (store, 1);
  g_assert_cmpstr (redone, ==, "corrected there");
  g_object_unref (store);
  fixture_remove (folder);
}

/* An import of other captions leaves what can be redone. */
static void
test_redo_after_import (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records = fixture_records (4);
  GError *error = NULL;
  GuiseImportStats stats;
  g_autofree char *undone = NULL, *redone = NULL;

  g_assert_true (guise_store_edit_caption (store, 4, -1, "mine", &error));
  undone = guise_store_undo (store, &error);
  replace_text (records, 0, 0, "corrected there");
  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_captions_updated, ==, 1);
  redone = guise_store_redo (store, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (redone, ==, "Edit caption");
  g_object_unref (store);
  fixture_remove (folder);
}

static void
test_bad_record (void)
{
  char *folder = fixture_folder ();
  g_autoptr (GPtrArray) records = fixture_records (1500);
  GError *error = NULL;
  GuiseStore *store = guise_store_create (folder, &error);
  gint64 dataset = fixture_add_dataset (store);
  GuiseImportStats stats;

  replace_text (records, 2500, 1, "bad \xff");
  g_assert_false (guise_store_import_records (store, dataset, records, &stats, NULL, NULL, NULL,
                                              &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT);
  g_assert_nonnull (strstr (error->message, "002500.png"));
  g_clear_error (&error);
  g_assert_cmpuint (fixture_get_counts (store).n_images, ==, 2000);
  g_assert_false (guise_store_import_records (store, 99, records, &stats, NULL, NULL, NULL,
                                              &error));
  g_clear_error (&error);
  g_object_unref (store);
  fixture_remove (folder);
}

/* Person 1 of one data set is not person 1 of another. */
static void
test_two_data_sets (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 2);
  g_autoptr (GPtrArray) records = fixture_records (2);
  g_autoptr (GPtrArray) datasets = NULL;
  GError *error = NULL;
  GuiseImportStats stats;
  gint64 other = guise_store_add_dataset (store, "people", "cuhk-pedes", "/elsewhere", &error);
  g_autoptr (GuiseImageRecord) first = guise_store_get_image (store, 1, &error);
  g_autoptr (GuiseImageRecord) second = NULL;
  g_autoptr (GArray) images = NULL;

  g_assert_true (guise_store_import_records (store, other, records, &stats, NULL, NULL, NULL,
                                             &error));
  second = guise_store_get_image (store, 5, &error);
  g_assert_cmpstr (first->path, ==, second->path);
  g_assert_cmpstr (first->person, ==, second->person);
  g_assert_cmpint (first->person_id, !=, second->person_id);
  g_assert_cmpint (first->camera_id, !=, second->camera_id);
  datasets = guise_store_list_datasets (store, &error);
  g_assert_cmpuint (datasets->len, ==, 2);
  g_assert_cmpstr (((GuiseDataset *)datasets->pdata[1])->name, ==, "people 2");
  images = guise_store_list_person_images (store, first->person_id, NULL, &error);
  g_assert_cmpuint (images->len, ==, 2);
  g_object_unref (store);
  fixture_remove (folder);
}

static void
test_records (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  const gint64 ids[] = { 3, 999, 1 };
  GError *error = NULL;
  g_autoptr (GPtrArray) records = guise_store_get_images (store, ids, 3, NULL, &error);
  g_autoptr (GPtrArray) captions = guise_store_list_captions (store, 1, &error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const GuiseImageRecord *record = records->pdata[0];

  g_assert_no_error (error);
  g_assert_cmpint (record->id, ==, 3);
  g_assert_null (records->pdata[1]);
  g_assert_cmpstr (record->path, ==, "imgs/cam_a/000002.png");
  g_assert_cmpstr (record->dataset, ==, "people");
  g_assert_cmpstr (record->camera, ==, "cam_a");
  g_assert_cmpint (record->file_size, ==, 1002);
  g_assert_cmpuint (record->n_captions, ==, 3);
  g_assert_cmpuint (record->caption_states, ==, 1u << GUISE_STATE_PENDING);
  g_assert_cmpuint (captions->len, ==, 3);
  g_assert_cmpint (((GuiseCaption *)captions->pdata[2])->kind, ==, GUISE_CAPTION_IDENTITY);
  g_assert_cmpstr (((GuiseCaption *)captions->pdata[2])->model, ==, "demo-grammar");
  g_assert_null (guise_store_get_image (store, 999, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (guise_store_list_images (store, NULL, GUISE_SORT_IMPORT, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_object_unref (store);
  fixture_remove (folder);
}

static void
test_training_states (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  const gint64 rejected = 2;
  GuiseTrainingQuery query = { 0 }, none = { .splits = 1u << GUISE_SPLIT_NONE };
  GError *error = NULL;
  g_autoptr (GuiseTrainingData) data = NULL;
  g_autoptr (GuiseTrainingData) empty = NULL;

  g_assert_true (guise_store_set_caption_state (store, &rejected, 1, GUISE_STATE_REJECTED,
                                                &error));
  data = guise_store_read_training_data (store, &query, NULL, &error);
  g_assert_cmpuint (data->n_images, ==, 8);
  g_assert_cmpuint (data->n_captions, ==, 23);
  g_assert_cmpuint (data->caption_start[1], ==, 2);
  g_assert_cmpstr (data->texts[1], ==, "a tall woman, number 1");
  g_assert_cmpint (data->caption_kinds[1], ==, GUISE_CAPTION_IDENTITY);
  g_assert_null (data->styles[1]);
  g_assert_cmpstr (data->styles[0], ==, "terse");
  g_assert_cmpstr (data->paths[0], ==, "imgs/cam_a/000000.png");
  g_assert_cmpint (data->person_ids[0], ==, data->person_ids[1]);
  g_assert_cmpint (data->outfit_ids[0], !=, data->outfit_ids[1]);
  empty = guise_store_read_training_data (store, &none, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (empty->n_images, ==, 0);
  g_assert_cmpuint (empty->n_captions, ==, 0);
  g_object_unref (store);
  fixture_remove (folder);
}

#define N_EDITS 150

typedef struct {
  GuiseStore *store;
  gint64 caption_id;
} Worker;

static void *
write_edits (void *data)
{
  Worker *worker = data;

  for (int i = 1; i <= N_EDITS; i++) {
    char text[20];

    g_snprintf (text, sizeof text, "%d", i);
    g_assert_true (guise_store_edit_caption (worker->store, worker->caption_id, -1, text, NULL));
  }
  return NULL;
}

/* What a reader sees only moves forward. */
static void *
read_edits (void *data)
{
  Worker *worker = data;
  gint64 last = 0;

  while (last < N_EDITS) {
    g_autoptr (GuiseCaption) caption
        = guise_store_get_caption (worker->store, worker->caption_id, NULL);
    g_autoptr (GArray) ids
        = guise_store_list_images (worker->store, NULL, GUISE_SORT_CHANGED, NULL, NULL);

    g_assert_cmpuint (ids->len, ==, 8);
    g_assert_cmpint (caption->revision, >=, last);
    if (caption->revision > 0)
      g_assert_cmpint (atoi (caption->text), ==, caption->revision);
    last = caption->revision;
  }
  return NULL;
}

static void
test_threads (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  Worker workers[2] = { { store, 1 }, { store, 7 } };
  pthread_t threads[6];

  for (int i = 0; i < 6; i++)
    g_assert_cmpint (pthread_create (&threads[i], NULL, i < 2 ? write_edits : read_edits,
                                     &workers[i % 2]),
                     ==, 0);
  for (int i = 0; i < 6; i++)
    pthread_join (threads[i], NULL);
  g_object_unref (store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/import/large-J15", test_large);
  g_test_add_func ("/store/import/idempotent-J16", test_idempotent);
  g_test_add_func ("/store/import/j04-extra", test_extra);
  g_test_add_func ("/store/import/changed-data-set", test_changed_data_set);
  g_test_add_func ("/store/import/undo-after", test_undo_after_import);
  g_test_add_func ("/store/import/redo-after", test_redo_after_import);
  g_test_add_func ("/store/import/bad-record-J16", test_bad_record);
  g_test_add_func ("/store/import/two-data-sets", test_two_data_sets);
  g_test_add_func ("/store/records", test_records);
  g_test_add_func ("/store/training-states", test_training_states);
  g_test_add_func ("/store/x21-threads", test_threads);
  return g_test_run ();
}
