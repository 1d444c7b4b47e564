/* Checking and restoring leave alone what is not Guise's, and say plainly why they refuse. */
#include "closed-project.h"
#include "guise-check.h"
#include "guise-project-copies.h"
#include "guise-project.h"
#include "guise-restore.h"
#include "store-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_not_restored (const char *folder, const char *file, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_project_restore (folder, file, NULL, &error));
  g_assert_nonnull (strstr (error->message, file));
  g_assert_nonnull (strstr (error->message, why));
  g_assert_null (strstr (error->message, ".part"));
  g_assert_null (strchr (error->message, '\n'));
}

/* Nothing waits for a writer of the FIFO, and nothing is read without end. */
static void
test_no_regular_file (void)
{
  char *folder = closed_project_new (), *place = fixture_folder ();
  g_autofree char *fifo = g_build_filename (folder, "fifo.db", NULL);
  g_autofree char *database = g_build_filename (place, "guise.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_not_restored (folder, fifo, "not a regular file");
  assert_not_restored (folder, "/dev/zero", "not a regular file");
  assert_not_restored (folder, place, "not a regular file");
  g_assert_cmpint (mkfifo (database, 0600), ==, 0);
  g_assert_null (guise_project_create (place, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  fixture_remove (place);
  fixture_remove (folder);
}

static gboolean
remains (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_foreign_hidden_files (void)
{
  static const char *const foreign[]
      = { ".partition-notes.txt", ".notes.part", ".notes.0123456.part", ".notes.0123456G.part",
          ".0123ABCD.part", ".film.part.mkv", ".guise.db.restore.part.txt" };
  static const char *const ours[]
      = { ".captions.jsonl.0123abcd.part", ".guise.db.restore.part", ".guise.db.restore.part-wal",
          ".guise.db.restore.part-shm", ".guise.db.restore.part-journal" };
  char *folder = closed_project_new ();
  g_autoptr (GPtrArray) findings = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (foreign); i++) {
    g_autofree char *path = g_build_filename (folder, foreign[i], NULL);

    g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (ours); i++) {
    g_autofree char *path = g_build_filename (folder, ours[i], NULL);

    g_assert_true (g_file_set_contents (path, "half", -1, NULL));
  }
  findings = closed_project_check (folder, TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (foreign); i++)
    g_assert_true (remains (folder, foreign[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (ours); i++)
    g_assert_false (remains (folder, ours[i]));
  g_assert_cmpuint (findings->len, ==, G_N_ELEMENTS (ours));
  fixture_remove (folder);
}

/* As a user for whom the folder is only to read: for root every folder is to write. */
static gboolean
become_reader (void)
{
  return geteuid () != 0 || seteuid (65534) == 0;
}

static void
test_read_only_folder (void)
{
  char *source = closed_project_new (), *target;
  g_autofree char *database = g_build_filename (source, "guise.db", NULL);
  g_autofree char *wal = g_strconcat (database, "-wal", NULL);
  const uid_t user = geteuid ();
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (wal, "", 0, NULL)); /* says as much as none */
  g_assert_cmpint (chmod (database, 0444), ==, 0);
  g_assert_cmpint (chmod (source, 0555), ==, 0);
  if (!become_reader ()) {
    g_test_skip ("cannot become another user");
  } else {
    for (gboolean repair = FALSE; repair <= TRUE; repair++) {
      g_autoptr (GPtrArray) findings = guise_check (source, repair, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (findings->len, ==, 0);
    }
    target = closed_project_new ();
    g_assert_true (guise_project_restore (target, database, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpint (seteuid (user), ==, 0);
    fixture_remove (target);
  }
  g_assert_cmpint (chmod (source, 0755), ==, 0);
  fixture_remove (source);
}

/* That a database cannot be read says nothing of what is in it. */
static void
test_unreadable (void)
{
  char *folder = closed_project_new ();
  g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
  const uid_t user = geteuid ();

  g_assert_cmpint (chmod (database, 0), ==, 0);
  g_assert_cmpint (chmod (folder, 0755), ==, 0);
  if (!become_reader ()) {
    g_test_skip ("cannot become another user");
  } else {
    g_autoptr (GPtrArray) findings = closed_project_check (folder, FALSE);
    const GuiseFinding *finding = findings->pdata[0];

    g_assert_cmpuint (findings->len, ==, 1);
    g_assert_true (finding->passing);
    g_assert_false (finding->lost);
    g_assert_true (g_str_has_suffix (finding->text, g_strerror (EACCES)));
    g_assert_cmpint (seteuid (user), ==, 0);
  }
  fixture_remove (folder);
}

static void
test_one_line (void)
{
  char *folder = closed_project_new ();
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GError) error = NULL;

  fixture_damage_page (folder);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_ONLY, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);
  g_assert_null (strchr (error->message, '\n'));
  findings = closed_project_check (folder, FALSE);
  g_assert_cmpuint (findings->len, >, 0);
  for (guint i = 0; i < findings->len; i++) {
    const GuiseFinding *finding = findings->pdata[i];

    g_assert_null (strchr (finding->text, '\n'));
    g_assert_null (strstr (finding->text, "image is malformed"));
  }
  fixture_remove (folder);
}

static void
test_nothing_left (void)
{
  char *folder = closed_project_new (), *place = closed_project_new ();
  g_autofree char *cut = g_build_filename (place, "guise.db", NULL);
  g_autofree char *empty = g_build_filename (place, "empty.db", NULL);
  GStatBuf info;

  g_assert_cmpint (g_stat (cut, &info), ==, 0);
  g_assert_cmpint (truncate (cut, info.st_size / 2 / 4096 * 4096), ==, 0);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  assert_not_restored (folder, cut, "");
  g_assert_false (remains (place, "guise.db-wal"));
  g_assert_false (remains (place, "guise.db-shm"));
  assert_not_restored (folder, empty, "it is empty");
  fixture_remove (place);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/refusals/no-regular-file", test_no_regular_file);
  g_test_add_func ("/store/refusals/foreign-hidden-files", test_foreign_hidden_files);
  g_test_add_func ("/store/refusals/x05-read-only-folder", test_read_only_folder);
  g_test_add_func ("/store/refusals/x05-unreadable", test_unreadable);
  g_test_add_func ("/store/refusals/x11-one-line", test_one_line);
  g_test_add_func ("/store/refusals/nothing-left", test_nothing_left);
  return g_test_run ();
}
