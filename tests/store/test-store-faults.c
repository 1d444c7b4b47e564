/* Every write operation of a project, with a fault at each of its system calls. */
#include "fault-loop.h"
#include "guise-backup.h"
#include "guise-captions-copy.h"
#include "guise-project-copies.h"
#include "guise-schema.h"
#include "guise-store-descriptions.h"
#include "guise-store-private.h"
#include "store-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* ---- the operations ------------------------------------------------------------------------- */

typedef gboolean (*StoreWork) (GuiseStore *store, GError **error);

static gboolean
with_store (const char *folder, StoreWork work, GError **error)
{
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, error);
  gboolean ok = store != NULL && work (store, error);

  if (store != NULL)
    guise_store_close (store); /* now, whoever still has a reference */
  return ok;
}

static gboolean
edit (GuiseStore *store, GError **error)
{
  return guise_store_edit_caption (store, 1, -1, "a man whose coat is blue", error);
}

static gboolean
run_edit (const char *folder, GError **error)
{
  return with_store (folder, edit, error);
}

#define TYPED_OVER "a tall woman, number 1"

/* Somebody types over caption 3 and then types on, in one stay. */
static gboolean
type_on (GuiseStore *store, const char *then, GError **error)
{
  GuiseCaptionStay *stay = guise_caption_stay_new ();
  gboolean ok = fixture_type (store, 3, TYPED_OVER, "a woman", stay, NULL, error) >= 0
                && (then == NULL
                    || fixture_type (store, 3, "a woman", then, stay, NULL, error) >= 0);

  guise_caption_stay_unref (stay);
  return ok;
}

static gboolean
type_once (GuiseStore *store, GError **error)
{
  return type_on (store, NULL, error);
}

static gboolean
run_typing (const char *folder, GError **error)
{
  return with_store (folder, type_once, error);
}

static gboolean
type_twice (GuiseStore *store, GError **error)
{
  return type_on (store, "a woman in a coat", error);
}

static gboolean
run_typing_on (const char *folder, GError **error)
{
  return with_store (folder, type_twice, error);
}

static gboolean
type_and_back (GuiseStore *store, GError **error)
{
  return type_on (store, TYPED_OVER, error);
}

static gboolean
run_typing_back (const char *folder, GError **error)
{
  return with_store (folder, type_and_back, error);
}

static gboolean
judge_many (GuiseStore *store, GError **error)
{
  const gint64 ids[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

  return guise_store_set_caption_state (store, ids, G_N_ELEMENTS (ids), GUISE_STATE_REJECTED,
                                        error);
}

static gboolean
run_bulk (const char *folder, GError **error)
{
  return with_store (folder, judge_many, error);
}

static gboolean
take_back (GuiseStore *store, GError **error)
{
  g_autofree char *name = guise_store_undo (store, error);

  return name != NULL;
}

static gboolean
run_undo (const char *folder, GError **error)
{
  return with_store (folder, take_back, error);
}

static gboolean
do_again (GuiseStore *store, GError **error)
{
  g_autofree char *name = guise_store_redo (store, error);

  return name != NULL;
}

static gboolean
run_redo (const char *folder, GError **error)
{
  return with_store (folder, do_again, error);
}

static gboolean
describe (GuiseStore *store, GError **error)
{
  static const GuiseDescription descriptions[] = {
    { .origin = "a", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "a red coat" },
    { .origin = "b", .image_id = 2, .kind = GUISE_CAPTION_CLOTHING, .text = "a black bag" },
  };
  GuiseDescriptionStats stats = { 0 };

  return guise_store_add_descriptions (store, "job:1", "Describe images", descriptions,
                                       G_N_ELEMENTS (descriptions), &stats, error);
}

static gboolean
run_describe (const char *folder, GError **error)
{
  return with_store (folder, describe, error);
}

static void
prepare_redo (const char *folder)
{
  g_assert_true (run_undo (folder, NULL));
}

static gboolean
add (GuiseStore *store, GError **error)
{
  GuiseCaption caption = { .image_id = 1,
                           .kind = GUISE_CAPTION_CLOTHING,
                           .source = GUISE_SOURCE_MACHINE,
                           .text = (char *)"a blue coat" };

  return guise_store_add_caption (store, &caption, error) > 0;
}

static gboolean
run_add (const char *folder, GError **error)
{
  return with_store (folder, add, error);
}

static gboolean delete (GuiseStore *store, GError **error)
{
  return guise_store_delete_caption (store, 2, error);
}

static gboolean
run_delete (const char *folder, GError **error)
{
  return with_store (folder, delete, error);
}

static gboolean
set (GuiseStore *store, GError **error)
{
  return guise_store_set_setting (store, "lambda", "0.25", error);
}

static gboolean
run_setting (const char *folder, GError **error)
{
  return with_store (folder, set, error);
}

static gboolean
import (GuiseStore *store, GError **error)
{
  g_autoptr (GPtrArray) records = fixture_records (4); /* the half of them is new */
  GuiseImportStats stats;

  return guise_store_import_records (store, 1, records, &stats, NULL, NULL, NULL, error);
}

static gboolean
run_import (const char *folder, GError **error)
{
  return with_store (folder, import, error);
}

static gboolean
run_create (const char *folder, GError **error)
{
  g_autoptr (GuiseStore) store = guise_store_create (folder, error);

  return store != NULL;
}

static const char *const next_format[] = {
  "ALTER TABLE captions ADD COLUMN note TEXT",
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
  "INSERT INTO notes (text) SELECT text FROM captions",
  "UPDATE captions SET note = 'from format 1'",
  NULL,
};

static gboolean
run_migration (const char *folder, GError **error)
{
  GuiseStore *store;

  guise_schema_set_next (next_format);
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, error);
  g_clear_object (&store);
  return error == NULL || *error == NULL;
}

static gboolean
back_up (GuiseStore *store, GError **error)
{
  g_autofree char *path = guise_backup_make (store, NULL, error);

  return path != NULL;
}

static gboolean
run_backup (const char *folder, GError **error)
{
  return with_store (folder, back_up, error);
}

static gboolean
run_copy (const char *folder, GError **error)
{
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, error);
  g_autofree char *path = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);

  return store != NULL && guise_captions_copy_write (store, path, NULL, error);
}

static gboolean
run_restore (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) backups = guise_backup_list (folder, NULL);

  g_assert_cmpuint (backups->len, >=, 1);
  /* the oldest: repeating it must not restore what an edit after it made */
  return guise_project_restore (folder,
                                ((GuiseBackup *)backups->pdata[backups->len - 1])->path, NULL,
                                error);
}

static void
prepare_text_copy (const char *folder)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (run_copy (folder, &error));
  g_assert_true (run_edit (folder, &error));
  g_assert_no_error (error);
}

static gboolean
run_restore_text (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);

  return guise_project_restore (folder, path, NULL, error);
}

static gboolean
run_repair (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) findings = guise_project_check (folder, TRUE, NULL, error);

  return findings != NULL;
}

static void
prepare_repair (const char *folder)
{
  fixture_damage_index (folder);
}

static const FaultOperation operations[] = {
  { "edit", run_edit },
  { "typing-on", run_typing_on, .run_first = run_typing },
  { "typing-back", run_typing_back, .run_first = run_typing },
  { "bulk", run_bulk },
  { "undo", run_undo },
  { "redo", run_redo, prepare_redo },
  { "add", run_add },
  { "delete", run_delete },
  { "setting", run_setting },
  { "descriptions", run_describe },
  { "import", run_import },
  { "create", run_create, NULL, TRUE },
  { "backup", run_backup },
  { "captions-copy", run_copy },
  { "restore", run_restore },
  { "restore-text", run_restore_text, prepare_text_copy },
  { "repair", run_repair, prepare_repair },
};

static const FaultOperation migration = { "migration", run_migration };

/* ---- the faults ----------------------------------------------------------------------------- */

typedef struct {
  const char *path; /* of the test: /store/PATH/OPERATION */
  Fault fault;
  long stride; /* in the quick run; -m slow means each call */
} Course;

static const Course courses[] = {
  { "x01-kill", { FAULT_KILL, FAULT_ON_CHANGE, 1 }, 1 },
  { "x02-power-loss", { FAULT_POWER, FAULT_ON_CHANGE, 1 }, 5 },
  { "x02-power-loss-reordered", { FAULT_POWER, FAULT_ON_CHANGE, 1, .seed = 1 }, 4 },
  { "x03-disk-full", { FAULT_ERROR, FAULT_ON_WRITE, 1, TRUE, ENOSPC }, 5 },
  { "x03-short-write", { FAULT_SHORT, FAULT_ON_WRITE, 1 }, 9 },
  { "x04-write-error", { FAULT_ERROR, FAULT_ON_WRITE, 1, FALSE, EIO }, 7 },
  { "x04-read-error", { FAULT_ERROR, FAULT_ON_READ, 1, FALSE, EIO }, 11 },
  { "x04-sync-error", { FAULT_ERROR, FAULT_ON_SYNC, 1, FALSE, EIO }, 1 },
  { "x04-rename-error", { FAULT_ERROR, FAULT_ON_NAME, 1, FALSE, EIO }, 1 },
  { "x05-quota", { FAULT_ERROR, FAULT_ON_WRITE, 1, TRUE, EDQUOT }, 11 },
  { "x05-read-only-now", { FAULT_ERROR, FAULT_ON_WRITE | FAULT_ON_NAME, 1, TRUE, EROFS }, 9 },
  { "x08-disk-gone", { FAULT_ERROR, FAULT_ON_CHANGE | FAULT_ON_READ, 1, TRUE, EIO }, 11 },
};

static gboolean
is_long_run (void)
{
  return g_test_slow ();
}

typedef struct {
  const Course *course;
  const FaultOperation *operation;
} Case;

static void
test_faults (gconstpointer data)
{
  const Case *self = data;
  guint n_faults = 0;

  fault_loop (self->operation, &self->course->fault, is_long_run () ? 1 : self->course->stride,
              &n_faults);
  g_test_message ("%u faults", n_faults);
  g_assert_cmpuint (n_faults, >, 0);
}

static void
test_migration (gconstpointer data)
{
  test_faults (data);
  guise_schema_set_next (NULL);
}

static void
add_case (const Course *course, const FaultOperation *operation, const char *path,
          GTestDataFunc test)
{
  g_autofree char *name = g_strdup_printf ("/store/%s/%s", path, operation->name);
  Case *self = g_new (Case, 1);

  self->course = course;
  self->operation = operation;
  g_test_add_data_func_full (name, self, test, g_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t c = 0; c < G_N_ELEMENTS (courses); c++)
    for (size_t o = 0; o < G_N_ELEMENTS (operations); o++)
      add_case (&courses[c], &operations[o], courses[c].path, test_faults);
  for (size_t c = 0; c < G_N_ELEMENTS (courses); c++) {
    g_autofree char *path = g_strconcat ("x14-", courses[c].path, NULL);

    add_case (&courses[c], &migration, path, test_migration);
  }
  return g_test_run ();
}
