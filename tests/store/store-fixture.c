#include "store-fixture.h"

#include "temp-folder.h"

#include <sqlite3.h>
#include <stdio.h>

char *
fixture_folder (void)
{
  return temp_folder_new ("store");
}

void
fixture_remove (char *folder)
{
  temp_folder_free (folder);
}

GPtrArray *
fixture_records (guint n_persons)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);

  for (guint i = 0; i < 2 * n_persons; i++) {
    GuiseRecord *record = guise_record_new ();
    guint person = i / 2 + 1;
    char *terse = g_strdup_printf ("person %u in a red coat", person);
    char *list = g_strdup_printf ("coat: red; bag: %s", i % 2 == 0 ? "black" : "none");
    char *identity = g_strdup_printf ("a tall woman, number %u", person);

    record->split = person % 4 == 0 ? GUISE_SPLIT_TEST : GUISE_SPLIT_TRAIN;
    record->camera = g_strdup (i % 2 == 0 ? "cam_a" : "cam_b");
    record->outfit = g_strdup (i % 2 == 0 ? "o1" : "o2");
    record->person = g_strdup_printf ("%u", person);
    record->path = g_strdup_printf ("imgs/%s/%06u.png", record->camera, i);
    record->file_size = 1000 + i;
    guise_record_add_caption (record, GUISE_CAPTION_FREE, GUISE_SOURCE_DATASET, terse, "terse",
                              NULL);
    guise_record_add_caption (record, GUISE_CAPTION_FREE, GUISE_SOURCE_DATASET, list, "list",
                              NULL);
    guise_record_add_caption (record, GUISE_CAPTION_IDENTITY, GUISE_SOURCE_MACHINE, identity,
                              NULL, "demo-grammar");
    g_ptr_array_add (records, record);
    g_free (terse);
    g_free (list);
    g_free (identity);
  }
  return records;
}

gint64
fixture_add_dataset (GuiseStore *store)
{
  GError *error = NULL;
  gint64 id = guise_store_add_dataset (store, "people", "cuhk-pedes", "people", &error);

  g_assert_no_error (error);
  return id;
}

void
fixture_import (GuiseStore *store, GPtrArray *records, GuiseImportStats *stats)
{
  GError *error = NULL;

  g_assert_true (guise_store_import_records (store, fixture_add_dataset (store), records, stats,
                                             NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

GuiseStore *
fixture_store (const char *folder, guint n_persons)
{
  g_autoptr (GPtrArray) records = fixture_records (n_persons);
  GError *error = NULL;
  GuiseImportStats stats;
  GuiseStore *store = guise_store_create (folder, &error);

  g_assert_no_error (error);
  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_images_added, ==, 2 * n_persons);
  return store;
}

char *
fixture_closed_store (guint n_persons)
{
  char *folder = fixture_folder ();

  g_object_unref (fixture_store (folder, n_persons));
  return folder;
}

GuiseStoreCounts
fixture_get_counts (GuiseStore *store)
{
  GuiseStoreCounts counts;
  GError *error = NULL;

  g_assert_true (guise_store_get_counts (store, &counts, &error));
  g_assert_no_error (error);
  return counts;
}

char *
fixture_find (GuiseStore *store, const char *text)
{
  GError *error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (text, &error);
  g_autoptr (GArray) ids = NULL;
  GString *joined = g_string_new (NULL);

  g_assert_no_error (error);
  ids = guise_store_find_captions (store, filter, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < ids->len; i++) {
    g_autofree char *one = fixture_text (store, g_array_index (ids, gint64, i));

    g_string_append_printf (joined, "%s%s", i > 0 ? "|" : "", one);
  }
  return g_string_free (joined, FALSE);
}

gint64
fixture_count (GuiseStore *store, const char *text)
{
  GError *error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (text, &error);
  gint64 n;

  g_assert_no_error (error);
  n = guise_store_count_images (store, filter, NULL, &error);
  g_assert_no_error (error);
  return n;
}

char *
fixture_text (GuiseStore *store, gint64 caption_id)
{
  GError *error = NULL;
  g_autoptr (GuiseCaption) caption = guise_store_get_caption (store, caption_id, &error);

  g_assert_no_error (error);
  return g_steal_pointer (&caption->text);
}

void
fixture_tamper (const char *folder, const char *sql)
{
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  char *why = NULL;
  sqlite3 *handle;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
  sqlite3_exec (handle, sql, NULL, NULL, &why);
  g_assert_cmpstr (why, ==, NULL);
  sqlite3_close (handle);
}

/* The index is hidden from the schema while a row comes. */
void
fixture_damage_index (const char *folder)
{
  fixture_tamper (folder, "CREATE TABLE hidden AS SELECT * FROM sqlite_schema"
                          " WHERE name = 'changes_by_image';"
                          "PRAGMA writable_schema = ON;"
                          "DELETE FROM sqlite_schema WHERE name = 'changes_by_image'");
  fixture_tamper (folder, "INSERT INTO changes (operation_id, table_name, row_id, image_id, after)"
                          " VALUES (1, 'captions', 99, 1, '{}')");
  fixture_tamper (folder, "PRAGMA writable_schema = ON;"
                          "INSERT INTO sqlite_schema SELECT * FROM hidden;"
                          "DROP TABLE hidden");
}

static gint64
find_page (const char *path, const char *table)
{
  sqlite3 *handle;
  sqlite3_stmt *statement;
  gint64 page;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  sqlite3_prepare_v2 (handle, "SELECT rootpage FROM sqlite_schema WHERE name = ?", -1, &statement,
                      NULL);
  sqlite3_bind_text (statement, 1, table, -1, SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  page = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (handle);
  return page;
}

void
fixture_damage_page (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  gint64 page = find_page (path, "cameras");
  FILE *file = fopen (path, "r+e");

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, (page - 1) * 4096, SEEK_SET), ==, 0);
  g_assert_cmpint (fputs ("nonsense", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **)data = g_object_ref (result);
}

gint64
fixture_type (GuiseStore *store, gint64 caption_id, const char *expected, const char *text,
              GuiseCaptionStay *stay, gboolean *taken_back, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  guise_store_replace_caption_async (store, caption_id, expected, text, stay, NULL, keep_result,
                                     &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return guise_store_replace_caption_finish (store, result, taken_back, error);
}
