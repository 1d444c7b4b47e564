/* What jobs made comes into guise.db on the picture that it was made for, or not at all: also where
 * an older guise.db was put back and other data were imported, whose images have the same ids. And
 * what becomes of a captions.db that is damaged. */
#include "guise-backup.h"
#include "guise-caption-apply.h"
#include "guise-caption-check.h"
#include "guise-lock-file.h"
#include "guise-restore.h"
#include "guise-store-image-names.h"
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define PROMPT "title = Mine\n[user]\nDescribe.\n"

typedef struct {
  char *folder;
  GuiseStore *store; /* data set "people" with images 1 and 2 */
  GuiseCaptionDb *db;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, 1);
  fixture->db = guise_caption_db_open (fixture->folder, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  g_clear_object (&fixture->store);
  fixture_remove (fixture->folder);
}

/* Images 3 and 4 of another data set; the same paths as those of "people". */
static void
import_more (Fixture *fixture, const char *root)
{
  g_autoptr (GPtrArray) records = fixture_records (1);
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;
  gint64 id = guise_store_add_dataset (fixture->store, "more", "cuhk-pedes", root, &error);

  g_assert_no_error (error);
  guise_store_import_records (fixture->store, id, records, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (guise_store_count_images (fixture->store, NULL, NULL, NULL), ==, 4);
}

static void
finish_all (Fixture *fixture, gint64 job_id)
{
  g_autoptr (GPtrArray) items
      = guise_caption_db_list_items (fixture->db, job_id, NULL, 0, 10, NULL);

  for (guint i = 0; i < items->len; i++) {
    GuiseCaptionItem *item = items->pdata[i];

    g_free (item->state);
    item->state = g_strdup ("done");
    item->maker = g_strdup ("model");
    item->identity = g_strdup_printf ("of image %d", (int)item->image_id);
    g_assert_true (guise_caption_db_finish_item (fixture->db, item, NULL));
  }
}

/* A job about images 2 and 3, with all its answers. named: as this program begins one. */
static void
do_job (Fixture *fixture, gboolean named)
{
  const gint64 ids[] = { 2, 3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuisePrompt) prompt = guise_prompt_parse (PROMPT, strlen (PROMPT), "p", &error);
  g_autofree char *hash = guise_caption_db_put_prompt (fixture->db, prompt, &error);
  g_autoptr (GPtrArray) names = guise_store_name_images (fixture->store, ids, 2, &error);
  const GuiseCaptionJob job = {
    .endpoint = "e", .host = "h", .model = "m", .prompt = hash, .scope = "", .parameters = "{}"
  };

  g_assert_no_error (error);
  finish_all (fixture,
              guise_caption_db_add_job (fixture->db, &job, ids,
                                        named ? (const char *const *)names->pdata : NULL, NULL, 2,
                                        &error));
  g_assert_no_error (error);
}

/* How many came in and how many were left. */
static void
apply (Fixture *fixture, guint n_added, guint n_left)
{
  g_auto (GuiseCaptionApplied) applied = { 0 };
  g_autoptr (GError) error = NULL;

  guise_caption_apply (fixture->db, fixture->store, &applied, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (applied.stored.n_added, ==, n_added);
  g_assert_cmpuint (applied.stored.n_unusable, ==, 0);
  g_assert_cmpuint (applied.n_left, ==, n_left);
  g_assert_cmpstr (applied.left, ==, n_left > 0 ? "imgs/cam_a/000000.png" : NULL);
}

static void
assert_texts (Fixture *fixture, const char *wanted)
{
  g_autofree char *texts = fixture_find (fixture->store, "text ~ \"of image\"");

  g_assert_cmpstr (texts, ==, wanted);
}

/* Puts a copy in guise.db's place; what was there is kept aside: its path. */
static char *
restore (Fixture *fixture, const char *copy)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->store);
  guise_restore (fixture->folder, copy, NULL, &error);
  g_assert_no_error (error);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_no_error (error);
  return g_build_filename (fixture->folder, "guise.db.before-restore", NULL);
}

static void
test_restored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = guise_backup_make (fixture->store, NULL, NULL);
  g_autofree char *newer = NULL, *kept = NULL;

  g_assert_nonnull (before);
  import_more (fixture, "more");
  do_job (fixture, TRUE);
  newer = guise_backup_make (fixture->store, NULL, NULL);
  kept = restore (fixture, before);
  import_more (fixture, "others"); /* image 3 is somebody else */
  apply (fixture, 1, 1);
  apply (fixture, 0, 1);
  assert_texts (fixture, "of image 2");
  g_free (kept);
  kept = restore (fixture, newer);
  apply (fixture, 1, 0);
  assert_texts (fixture, "of image 3");
}

/* Jobs of before have ids alone: what they mean is written down as long as they mean it. */
static void
test_nameless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = guise_backup_make (fixture->store, NULL, NULL);
  g_autofree char *kept = NULL;

  import_more (fixture, "more");
  do_job (fixture, FALSE);
  g_assert_true (guise_caption_name_pictures (fixture->db, fixture->store, NULL));
  kept = restore (fixture, before);
  import_more (fixture, "others");
  apply (fixture, 1, 1);
  assert_texts (fixture, "of image 2");
}

static void
undo (Fixture *fixture, guint n_removed)
{
  g_auto (GuiseRunUndo) undo = { 0 };
  g_autoptr (GError) error = NULL;

  guise_store_undo_run (fixture->store, "job:1", &undo, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (undo.n_removed, ==, n_removed);
}

static void
bring_back (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  guise_caption_bring_back (fixture->db, fixture->store, 1, &error);
  g_assert_no_error (error);
}

static gint64
find_caption (Fixture *fixture, const char *text)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse (text, NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (fixture->store, filter, NULL, NULL);

  g_assert_cmpuint (ids->len, ==, 1);
  return g_array_index (ids, gint64, 0);
}

/* What an undo took comes back when its job goes on; what somebody deleted or edited is as they
 * left it, however often. */
static void
test_undone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 id;

  import_more (fixture, "more");
  do_job (fixture, TRUE);
  apply (fixture, 2, 0);
  bring_back (fixture);
  apply (fixture, 0, 0); /* nothing was undone */
  undo (fixture, 2);
  bring_back (fixture);
  apply (fixture, 2, 0);
  g_assert_cmpint (fixture_count (fixture->store, "text ~ \"of image\""), ==, 2);
  id = find_caption (fixture, "text = \"of image 2\"");
  g_assert_true (guise_store_delete_caption (fixture->store, id, &error));
  id = find_caption (fixture, "text = \"of image 3\"");
  g_assert_true (guise_store_edit_caption (fixture->store, id, -1, "of image 3, by hand", &error));
  undo (fixture, 0);
  for (int i = 0; i < 2; i++) {
    bring_back (fixture);
    apply (fixture, 0, 0);
    assert_texts (fixture, "of image 3, by hand");
  }
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  const gint64 ids[] = { 2, 99, 1 };
  const char *const strange[] = { NULL, "", "none", " imgs/cam_a/000000.png", "0 x" };
  g_autoptr (GPtrArray) names = guise_store_name_images (fixture->store, ids, 3, NULL);
  g_autoptr (GArray) found = guise_store_find_images (
      fixture->store, (const char *const *)names->pdata, names->len, NULL);
  g_autoptr (GArray) none = guise_store_find_images (fixture->store, strange, 5, NULL);

  g_assert_cmpstr (guise_image_name_get_path (names->pdata[0]), ==, "imgs/cam_b/000001.png");
  g_assert_cmpint (g_array_index (found, gint64, 0), ==, 2);
  g_assert_cmpint (g_array_index (found, gint64, 1), ==, 0);
  g_assert_cmpint (g_array_index (found, gint64, 2), ==, 1);
  for (guint i = 0; i < none->len; i++)
    g_assert_cmpint (g_array_index (none, gint64, i), ==, 0);
}

/* A window that reads the jobs stays longer than the process that writes them. */
static void
test_reader_stays (Fixture *fixture, gconstpointer data)
{
  g_autofree char *wal = g_build_filename (fixture->folder, "captions.db-wal", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) reader = NULL;
  GStatBuf info;

  do_job (fixture, TRUE);
  reader = guise_caption_db_open_existing (fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (wal, &info), ==, 0);
  g_assert_cmpint (info.st_size, >, 0);
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  g_assert_cmpint (g_stat (wal, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 0);
}

/* ---- damage --------------------------------------------------------------------------------- */

static GPtrArray *
check (Fixture *fixture, gboolean repair)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_finding_free);
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_caption_db_check (fixture->folder, repair, NULL, problems, &error));
  g_assert_no_error (error);
  return problems;
}

static void
assert_found (Fixture *fixture, gboolean repair, gboolean repaired)
{
  g_autoptr (GPtrArray) problems = check (fixture, repair);

  g_assert_cmpuint (problems->len, >, 0);
  for (guint i = 0; i < problems->len; i++) {
    const GuiseFinding *problem = problems->pdata[i];

    g_assert_cmpstr (problem->subject, ==, "captions.db");
    g_assert_true (problem->repairable);
    g_assert_cmpint (problem->repaired, ==, repaired);
    g_assert_false (problem->lost); /* no copy of guise.db mends it */
  }
}

static void
assert_well (Fixture *fixture)
{
  g_autoptr (GPtrArray) problems = check (fixture, FALSE);

  g_assert_cmpuint (problems->len, ==, 0);
}

/* Pages of a file that opens: what asks for them names it and says what to do, check finds them,
 * and puts the file aside, but not beneath a job. */
static void
test_damaged_pages (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "captions.db", NULL);
  g_autofree char *aside = g_strconcat (path, ".damaged", NULL);
  g_autofree char *lock = g_build_filename (fixture->folder, "captions.lock", NULL);
  g_autofree char *bytes = NULL, *holder = NULL, *kept = NULL;
  g_autoptr (GError) error = NULL;
  gsize size, n_kept;
  int fd;

  do_job (fixture, TRUE);
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  assert_well (fixture);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  memset (bytes + 4096, 0xff, size - 4096);
  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
  fixture->db = guise_caption_db_open_existing (fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_null (guise_caption_db_list_jobs (fixture->db, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "check --repair` puts it aside"));
  g_clear_error (&error);
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  assert_found (fixture, FALSE, FALSE);
  fd = guise_lock_file_take (lock, &holder, &error);
  assert_found (fixture, TRUE, FALSE);
  guise_lock_file_release (fd);
  assert_found (fixture, TRUE, TRUE);
  g_assert_true (g_file_get_contents (aside, &kept, &n_kept, NULL));
  g_assert_cmpmem (kept, n_kept, bytes, size);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  assert_well (fixture);
}

/* Runs SQL in captions.db, as fixture_tamper() does in guise.db. */
static void
tamper (Fixture *fixture, const char *sql)
{
  char *place = fixture_folder ();
  g_autofree char *path = g_build_filename (fixture->folder, "captions.db", NULL);
  g_autofree char *there = g_build_filename (place, "guise.db", NULL);

  g_assert_cmpint (g_rename (path, there), ==, 0);
  fixture_tamper (place, sql);
  g_assert_cmpint (g_rename (there, path), ==, 0);
  fixture_remove (place);
}

/* An index follows from its table: nothing has to be put aside. */
static void
test_damaged_index (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;

  do_job (fixture, TRUE);
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  tamper (fixture, "CREATE TABLE hidden AS SELECT * FROM sqlite_schema"
                   " WHERE name = 'items_by_state'; PRAGMA writable_schema = ON;"
                   "DELETE FROM sqlite_schema WHERE name = 'items_by_state'");
  tamper (fixture, "UPDATE items SET state = 'queued'");
  tamper (fixture, "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden;"
                   "DROP TABLE hidden");
  assert_found (fixture, FALSE, FALSE);
  assert_found (fixture, TRUE, TRUE);
  assert_well (fixture);
  fixture->db = guise_caption_db_open_existing (fixture->folder, &error);
  g_assert_no_error (error);
  jobs = guise_caption_db_list_jobs (fixture->db, &error);
  g_assert_cmpuint (jobs->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store/caption-apply/restored", Fixture, NULL, set_up, test_restored, tear_down);
  g_test_add ("/store/caption-apply/nameless", Fixture, NULL, set_up, test_nameless, tear_down);
  g_test_add ("/store/caption-apply/undone", Fixture, NULL, set_up, test_undone, tear_down);
  g_test_add ("/store/caption-apply/x05-reader-stays", Fixture, NULL, set_up, test_reader_stays,
              tear_down);
  g_test_add ("/store/caption-check/x11-pages", Fixture, NULL, set_up, test_damaged_pages,
              tear_down);
  g_test_add ("/store/caption-check/x11-index", Fixture, NULL, set_up, test_damaged_index,
              tear_down);
  g_test_add ("/store/caption-apply/names", Fixture, NULL, set_up, test_names, tear_down);
  return g_test_run ();
}
