/* Kept features survive kills, notice damage, and belong to one owner. */
#include "guise-feature-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "temp-folder.h"

enum { ITEM = 1000 };

static char *folder, *path, *data_path, *index_path;
static const guint8 owner[GUISE_FEATURE_KEY] = { 1, 2, 3 };

static void
make_key (gsize n, guint8 *key)
{
  memset (key, 0, GUISE_FEATURE_KEY);
  memcpy (key, &n, sizeof n);
}

static void
make_item (gsize n, guint8 *item)
{
  for (gsize i = 0; i < ITEM; i++)
    item[i] = (guint8)(n * 31 + i);
}

static GuiseFeatureFile *
open_for (const guint8 *who, const char *expected)
{
  g_autofree char *problem = NULL;
  g_autoptr (GError) error = NULL;
  GuiseFeatureFile *file
      = guise_feature_file_open (path, who, ITEM, &problem, NULL, &error);

  g_assert_no_error (error);
  if (expected == NULL)
    g_assert_cmpstr (problem, ==, NULL);
  else
    g_assert_nonnull (strstr (problem, expected));
  return file;
}

static void
add (GuiseFeatureFile *file, gsize from, gsize to)
{
  g_autoptr (GError) error = NULL;

  for (gsize n = from; n < to; n++) {
    guint8 key[GUISE_FEATURE_KEY], item[ITEM];

    make_key (n, key);
    make_item (n, item);
    guise_feature_file_add (file, key, item, &error);
    g_assert_no_error (error);
  }
}

/* With the lock, and on the disk. */
static void
put (GuiseFeatureFile *file, gsize from, gsize to)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_feature_file_lock (file, NULL, &error));
  add (file, from, to);
  g_assert_true (guise_feature_file_flush (file, &error));
  guise_feature_file_unlock (file);
  g_assert_true (guise_feature_file_map (file, &error));
}

/* Items are whole where they are there. */
static gsize
count_good (const GuiseFeatureFile *file, gsize n)
{
  gsize n_good = 0;

  for (gsize i = 0; i < n; i++) {
    guint8 key[GUISE_FEATURE_KEY], item[ITEM];
    gconstpointer found;

    make_key (i, key);
    make_item (i, item);
    found = guise_feature_file_get (file, key);
    if (!guise_feature_file_verify (file, key))
      continue;
    g_assert_cmpmem (found, ITEM, item, ITEM);
    n_good++;
  }
  return n_good;
}

static void
clear (void)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  g_assert_true (guise_feature_file_clear (folder, &bytes, &error));
}

static void
change_byte (const char *file, off_t at)
{
  int fd = g_open (file, O_RDWR, 0);
  guint8 byte;

  g_assert_cmpint (pread (fd, &byte, 1, at), ==, 1);
  byte ^= 0x40;
  g_assert_cmpint (pwrite (fd, &byte, 1, at), ==, 1);
  close (fd);
}

/* -------------------------------------------------------------------- tests */

static void
test_keep (void)
{
  g_autoptr (GuiseFeatureFile) file = open_for (owner, NULL);
  g_autoptr (GuiseFeatureFile) reader = NULL;
  gconstpointer early;
  guint8 key[GUISE_FEATURE_KEY];

  put (file, 0, 5);
  make_key (3, key);
  early = guise_feature_file_get (file, key);
  put (file, 5, 300);
  g_assert_cmpuint (count_good (file, 400), ==, 300);
  g_assert_cmpint (((const guint8 *)early)[1], ==, (guint8)(3 * 31 + 1)); /* pointers stay good */
  reader = open_for (owner, NULL);
  g_assert_cmpuint (count_good (reader, 400), ==, 300);
  g_assert_cmpuint (guise_feature_file_get_n_items (reader), ==, 300);
}

/* Who waited for the lock sees what was added meanwhile and goes on behind it. */
static void
test_two_writers (void)
{
  g_autoptr (GuiseFeatureFile) a = NULL, b = NULL, c = NULL;

  clear ();
  a = open_for (owner, NULL);
  b = open_for (owner, NULL);
  put (a, 0, 10);
  put (b, 10, 20);
  put (a, 20, 25);
  c = open_for (owner, NULL);
  g_assert_cmpuint (count_good (c, 30), ==, 25);
}

static void
test_other_owner (void)
{
  static const guint8 other[GUISE_FEATURE_KEY] = { 9 };
  g_autoptr (GuiseFeatureFile) file = NULL, theirs = NULL;

  clear ();
  file = open_for (owner, NULL);
  put (file, 0, 4);
  theirs = open_for (other, "made with other weights");
  g_assert_cmpuint (count_good (theirs, 4), ==, 0);
  put (theirs, 0, 2);
  g_assert_cmpuint (count_good (theirs, 4), ==, 2);
}

static void
test_damage (void)
{
  g_autoptr (GuiseFeatureFile) file = NULL;

  clear ();
  file = open_for (owner, NULL);
  put (file, 0, 10);
  g_clear_pointer (&file, guise_feature_file_free);
  change_byte (data_path, 4 * ITEM + 7); /* an item: found when it is verified */
  file = open_for (owner, NULL);
  g_assert_cmpuint (count_good (file, 10), ==, 9);
  put (file, 4, 5); /* and made again */
  g_assert_cmpuint (count_good (file, 10), ==, 10);
  g_clear_pointer (&file, guise_feature_file_free);
  g_assert_cmpint (truncate (data_path, 6 * ITEM + 10), ==, 0);
  file = open_for (owner, "cut off or damaged");
  g_assert_cmpuint (count_good (file, 10), ==, 5); /* 0 to 5, less 4 */
  put (file, 8, 9);
  g_assert_cmpuint (count_good (file, 10), ==, 6);
  g_clear_pointer (&file, guise_feature_file_free);
  change_byte (index_path, 64 + 48 + 3); /* the second record */
  file = open_for (owner, "1 of 7 items of");
  g_assert_cmpuint (count_good (file, 10), ==, 5);
  g_clear_pointer (&file, guise_feature_file_free);
  file = open_for (owner, NULL); /* told once */
  g_assert_cmpuint (count_good (file, 10), ==, 5);
  g_clear_pointer (&file, guise_feature_file_free);
  change_byte (index_path, 20); /* the head */
  file = open_for (owner, "damaged or was made with other weights");
  g_assert_cmpuint (count_good (file, 10), ==, 0);
  put (file, 0, 3);
  g_assert_cmpuint (count_good (file, 10), ==, 3);
}

/* Data without its index, as a removal that was killed leaves it, is seen and goes. */
static void
test_left_data (void)
{
  g_autoptr (GuiseFeatureFile) file = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  clear ();
  file = open_for (owner, NULL);
  put (file, 0, 3);
  g_clear_pointer (&file, guise_feature_file_free);
  g_assert_cmpint (unlink (index_path), ==, 0);
  entries = guise_feature_file_list (folder);
  g_assert_cmpuint (entries->len, ==, 1);
  g_assert_cmpuint (((GuiseFeatureEntry *)entries->pdata[0])->bytes, ==, 3 * ITEM);
  g_assert_cmpuint (((GuiseFeatureEntry *)entries->pdata[0])->n_items, ==, 0);
  g_assert_true (guise_feature_file_clear (folder, &bytes, &error));
  g_assert_cmpuint (bytes, ==, 3 * ITEM);
  g_assert_cmpint (access (data_path, F_OK), !=, 0);
}

/* Whatever the index is cut to, what is left is right and can be added to. */
static void
test_cut_index (void)
{
  for (off_t size = 0; size <= 64 + 3 * 48; size += 5) {
    g_autoptr (GuiseFeatureFile) file = NULL, again = NULL;
    g_autofree char *problem = NULL;
    g_autoptr (GError) error = NULL;

    clear ();
    file = open_for (owner, NULL);
    put (file, 0, 3);
    g_assert_cmpint (truncate (index_path, size), ==, 0);
    again = guise_feature_file_open (path, owner, ITEM, &problem, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (problem != NULL, ==, size < 64);
    g_assert_cmpuint (count_good (again, 3), ==, size < 64 ? 0 : (size - 64) / 48);
    put (again, 0, 5);
    g_assert_cmpuint (count_good (again, 5), ==, 5);
  }
}

/* Killed between two items, or before their records are written. */
static void
test_kill (void)
{
  for (gsize at = 1; at < 12; at += 2) {
    g_autoptr (GuiseFeatureFile) file = NULL;
    g_autoptr (GError) error = NULL;
    int status;
    pid_t child;

    clear ();
    child = fork ();
    if (child == 0) {
      g_autoptr (GuiseFeatureFile) mine = open_for (owner, NULL);

      guise_feature_file_lock (mine, NULL, NULL);
      add (mine, 0, at);
      if (at > 4)
        guise_feature_file_flush (mine, NULL);
      add (mine, at, at + 2);
      raise (SIGKILL);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_true (WIFSIGNALED (status));
    file = open_for (owner, NULL);
    g_assert_cmpuint (count_good (file, 20), ==, at > 4 ? at : 0);
    put (file, 0, 14);
    g_assert_cmpuint (count_good (file, 20), ==, 14);
  }
}

static void
test_clear (void)
{
  g_autoptr (GuiseFeatureFile) file = NULL, reader = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GError) error = NULL;
  const GuiseFeatureEntry *entry;
  guint64 bytes;

  clear ();
  file = open_for (owner, NULL);
  put (file, 0, 7);
  entries = guise_feature_file_list (folder);
  g_assert_cmpuint (entries->len, ==, 1);
  entry = entries->pdata[0];
  g_assert_cmpstr (entry->name, ==, "kept");
  g_assert_cmpuint (entry->n_items, ==, 7);
  g_assert_cmpuint (entry->bytes, ==, 7 * (ITEM + 48) + 64);
  g_assert_true (guise_feature_file_lock (file, NULL, &error));
  g_assert_false (guise_feature_file_clear (folder, &bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "is filling it"));
  g_clear_error (&error);
  guise_feature_file_unlock (file);
  g_assert_true (guise_feature_file_clear (folder, &bytes, &error));
  g_assert_cmpuint (bytes, ==, 7 * (ITEM + 48) + 64);
  g_assert_cmpuint (count_good (file, 7), ==, 7); /* who has it mapped keeps it */
  put (file, 0, 2);                               /* and begins anew */
  reader = open_for (owner, NULL);
  g_assert_cmpuint (count_good (reader, 7), ==, 2);
}

static void
test_cancel (void)
{
  g_autoptr (GuiseFeatureFile) a = open_for (owner, NULL), b = open_for (owner, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_feature_file_lock (a, NULL, &error));
  g_cancellable_cancel (cancellable);
  g_assert_false (guise_feature_file_lock (b, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("features");
  path = g_build_filename (folder, "kept", NULL);
  data_path = g_strconcat (path, ".data", NULL);
  index_path = g_strconcat (path, ".index", NULL);
  g_test_add_func ("/feature-file/keep", test_keep);
  g_test_add_func ("/feature-file/two-writers", test_two_writers);
  g_test_add_func ("/feature-file/other-owner", test_other_owner);
  g_test_add_func ("/feature-file/damage", test_damage);
  g_test_add_func ("/feature-file/left-data", test_left_data);
  g_test_add_func ("/feature-file/cut-index", test_cut_index);
  g_test_add_func ("/feature-file/kill", test_kill);
  g_test_add_func ("/feature-file/clear", test_clear);
  g_test_add_func ("/feature-file/cancel", test_cancel);
  status = g_test_run ();
  temp_folder_free (folder);
  g_free (path);
  g_free (data_path);
  g_free (index_path);
  return status;
}
