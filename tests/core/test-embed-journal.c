/* The journal of an embedding: what comes back, and what does not. */
#include "guise-embed-journal.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum {
  DIM = 3,
};

static char *folder, *path;

static void
add (GuiseEmbedJournal *journal, gint64 id, gint64 stamp, float value)
{
  float identity[DIM] = { value, 1, 2 }, clothing[DIM] = { -value, 3, 4 };
  const GuiseEmbedRow row = { .id = id,
                              .stamp = { stamp, 7 },
                              .norm = 10 * value,
                              .identity = identity,
                              .clothing = clothing };

  guise_embed_journal_add (journal, &row);
}

/* The first number of the row's identity, or -1 where there is none. */
static float
find (const GuiseEmbedJournal *journal, gint64 id, gint64 stamp)
{
  float identity[DIM], clothing[DIM];
  GuiseEmbedRow row
      = { .id = id, .stamp = { stamp, 7 }, .identity = identity, .clothing = clothing };

  if (!guise_embed_journal_find (journal, &row))
    return -1;
  g_assert_cmpfloat (row.norm, ==, 10 * identity[0]);
  g_assert_cmpfloat (clothing[0], ==, -identity[0]);
  g_assert_cmpfloat (clothing[DIM - 1], ==, 4);
  return identity[0];
}

/* A file with pictures 1, 2, 3, then 2 once more, as another file. */
static void
set_up (void)
{
  g_autoptr (GuiseEmbedJournal) journal = NULL;

  folder = temp_folder_new ("journal");
  path = g_build_filename (folder, "embed.part", NULL);
  journal = guise_embed_journal_open (path, "hash", DIM);
  g_assert_nonnull (journal);
  for (int i = 1; i <= 3; i++)
    add (journal, i, 100, i);
  add (journal, 2, 200, 5);
}

static void
tear_down (void)
{
  g_clear_pointer (&path, g_free);
  temp_folder_free (folder);
}

static size_t
count (const char *hash, size_t dim)
{
  g_autoptr (GuiseEmbedJournal) journal = guise_embed_journal_open (path, hash, dim);

  g_assert_nonnull (journal);
  return guise_embed_journal_get_n_rows (journal);
}

static void
test_again (void)
{
  g_autoptr (GuiseEmbedJournal) journal = NULL;

  set_up ();
  journal = guise_embed_journal_open (path, "hash", DIM);
  g_assert_cmpuint (guise_embed_journal_get_n_rows (journal), ==, 3);
  g_assert_cmpfloat (find (journal, 1, 100), ==, 1);
  g_assert_cmpfloat (find (journal, 2, 100), ==, -1); /* the file has changed since */
  g_assert_cmpfloat (find (journal, 2, 200), ==, 5);
  g_assert_cmpfloat (find (journal, 4, 100), ==, -1);
  add (journal, 4, 100, 9);
  g_clear_pointer (&journal, guise_embed_journal_free);
  g_assert_cmpuint (count ("hash", DIM), ==, 4);
  journal = guise_embed_journal_open (path, "hash", DIM);
  guise_embed_journal_finish (journal);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  tear_down ();
}

static void
test_other_weights (void)
{
  set_up ();
  g_assert_cmpuint (count ("hash", DIM), ==, 3);
  g_assert_cmpuint (count ("other", DIM), ==, 0);
  g_assert_cmpuint (count ("hash", DIM), ==, 0); /* the file was begun anew */
  tear_down ();
  set_up ();
  g_assert_cmpuint (count ("hash", DIM + 1), ==, 0);
  tear_down ();
}

/* Cut at every seventh byte, and each of these turned: whole rows before it stay, nothing after it
 * does, and what is added then is read again. */
static void
test_damage (void)
{
  g_autofree char *whole = NULL;
  gsize size;

  set_up ();
  g_assert_true (g_file_get_contents (path, &whole, &size, NULL));
  for (gsize at = 0; at < size; at += 7) {
    g_autoptr (GuiseEmbedJournal) journal = NULL;
    size_t n;

    temp_folder_put (folder, "embed.part", whole, (gssize)at);
    n = count ("hash", DIM);
    g_assert_cmpuint (n, <=, 3);
    whole[at] ^= 0x10;
    temp_folder_put (folder, "embed.part", whole, (gssize)size);
    whole[at] ^= 0x10;
    g_assert_cmpuint (count ("hash", DIM), <=, n);
    journal = guise_embed_journal_open (path, "hash", DIM);
    add (journal, 77, 1, 7);
    g_clear_pointer (&journal, guise_embed_journal_free);
    journal = guise_embed_journal_open (path, "hash", DIM);
    g_assert_cmpfloat (find (journal, 77, 1), ==, 7);
  }
  tear_down ();
}

static void
test_not_finite (void)
{
  g_autoptr (GuiseEmbedJournal) journal = NULL;

  set_up ();
  journal = guise_embed_journal_open (path, "hash", DIM);
  add (journal, 5, 100, NAN);
  g_clear_pointer (&journal, guise_embed_journal_free);
  g_assert_cmpuint (count ("hash", DIM), ==, 3);
  tear_down ();
}

/* Of two processes one keeps a journal; nothing waits, and no FIFO or folder is taken for one. */
static void
test_refusals (void)
{
  g_autoptr (GuiseEmbedJournal) journal = NULL;
  g_autofree char *missing = NULL;

  set_up ();
  journal = guise_embed_journal_open (path, "hash", DIM);
  g_assert_null (guise_embed_journal_open (path, "hash", DIM));
  g_assert_null (guise_embed_journal_open (folder, "hash", DIM));
  missing = g_build_filename (folder, "nothing", "embed.part", NULL);
  g_assert_null (guise_embed_journal_open (missing, "hash", DIM));
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/embed-journal/again", test_again);
  g_test_add_func ("/embed-journal/other-weights", test_other_weights);
  g_test_add_func ("/embed-journal/damage", test_damage);
  g_test_add_func ("/embed-journal/not-finite", test_not_finite);
  g_test_add_func ("/embed-journal/refusals", test_refusals);
  return g_test_run ();
}
