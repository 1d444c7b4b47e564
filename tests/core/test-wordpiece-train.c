/* Training of a WordPiece vocabulary: which merges, independence of order, coverage. */
#include "guise-formats-error.h"
#include "guise-wordpiece-train.h"
#include "guise-wordpiece.h"

#include <glib/gstdio.h>
#include <string.h>

static GPtrArray *
train (const char *const *texts, gsize n_texts, gsize n_entries)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *tokens = guise_wordpiece_train (texts, n_texts, n_entries, NULL, &error);

  g_assert_no_error (error);
  return tokens;
}

static char *
join (GPtrArray *tokens)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (text, "%s ", (char *)g_ptr_array_index (tokens, i));
  return g_string_free (text, FALSE);
}

/* ab×5, abc×3, bc×2: (a,##b) 8, (##b,##c) 3, (b,##c) 2. "ab" takes all of (##b,##c), which leaves
 * (ab,##c) 3 and (b,##c) 2. */
static void
test_merges (void)
{
  const char *texts[] = { "ab ab AB, ab ab", "abc bc abc", "bc abc" };
  g_autoptr (GPtrArray) tokens = train (texts, 3, 100);
  g_autofree char *all = join (tokens);

  g_assert_cmpstr (all, ==, "[PAD] [UNK] [CLS] [SEP] [MASK] , a b ##b ##c ab abc bc ");
}

static void
test_ties (void)
{
  const char *texts[] = { "cd ab" };
  g_autoptr (GPtrArray) tokens = train (texts, 1, 10);
  g_autofree char *all = join (tokens);

  g_assert_cmpstr (all, ==, "[PAD] [UNK] [CLS] [SEP] [MASK] a c ##b ##d ab ");
}

/* No room for all characters: the rarest are left out, and nothing is merged. */
static void
test_few_entries (void)
{
  const char *texts[] = { "a a a b b c" };
  g_autoptr (GPtrArray) tokens = train (texts, 1, 7);
  g_autofree char *all = join (tokens);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (all, ==, "[PAD] [UNK] [CLS] [SEP] [MASK] a b ");
  g_assert_null (guise_wordpiece_train (texts, 1, 6, NULL, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
}

static void
test_cancel (void)
{
  const char *texts[] = { "red coat" };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (guise_wordpiece_train (texts, 1, 100, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

enum { N_TEXTS = 2000 };

static void
make_corpus (char **texts)
{
  static const char *const nouns[] = { "coat", "jacket", "trousers", "skirt", "naïve hat",
                                       "bag", "backpack", "sneakers", "中文", "e-bike" };
  static const char *const words[]
      = { "red", "striped", "dark-blue", "white", "checked",
          "wearing", "carrying", "walking", "woman's", "3/4-length" };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (gsize i = 0; i < N_TEXTS; i++)
    texts[i] = g_strdup_printf (
        "A %s %s, %s %s%d.", words[g_rand_int_range (random, 0, 10)],
        nouns[g_rand_int_range (random, 0, 10)], words[g_rand_int_range (random, 0, 10)],
        nouns[g_rand_int_range (random, 0, 10)], g_rand_int_range (random, 0, 100));
  texts[N_TEXTS] = NULL;
}

static void
test_order (void)
{
  g_auto (GStrv) texts = g_new0 (char *, N_TEXTS + 1);
  const char *reversed[N_TEXTS];
  g_autoptr (GPtrArray) one = NULL, other = NULL;
  g_autofree char *a = NULL, *b = NULL;

  make_corpus (texts);
  for (gsize i = 0; i < N_TEXTS; i++)
    reversed[i] = texts[N_TEXTS - 1 - i];
  one = train ((const char *const *)texts, N_TEXTS, 150);
  other = train (reversed, N_TEXTS, 150);
  a = join (one);
  b = join (other);
  g_assert_cmpuint (one->len, ==, 150);
  g_assert_cmpstr (a, ==, b);
}

/* The file that save writes is a vocabulary under which no text of the corpus has an [UNK], and
 * common words are one piece. */
static void
test_coverage (void)
{
  g_auto (GStrv) texts = g_new0 (char *, N_TEXTS + 1);
  g_autoptr (GPtrArray) tokens = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("guise-vocab-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "vocab.txt", NULL);
  g_autoptr (GuiseWordpiece) wordpiece = NULL;

  make_corpus (texts);
  tokens = train ((const char *const *)texts, N_TEXTS, 200);
  g_assert_true (guise_wordpiece_save (path, tokens, &error));
  wordpiece = guise_wordpiece_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (guise_wordpiece_get_n_tokens (wordpiece), ==, tokens->len);
  g_assert_cmpint (guise_wordpiece_get_specials (wordpiece)->pad, ==, 0);
  g_assert_cmpint (guise_wordpiece_find_token (wordpiece, "wearing"), >, 0);
  for (gsize i = 0; i < N_TEXTS; i++) {
    gint32 ids[256];
    gsize n = guise_wordpiece_encode (wordpiece, texts[i], G_N_ELEMENTS (ids), ids);

    for (gsize j = 0; j < n; j++)
      g_assert_cmpint (ids[j], !=, guise_wordpiece_get_specials (wordpiece)->unk);
  }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_nothing (void)
{
  const char *texts[] = { "", "  \n" };
  g_autoptr (GPtrArray) tokens = train (texts, 2, 50);

  g_assert_cmpuint (tokens->len, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wordpiece-train/merges", test_merges);
  g_test_add_func ("/wordpiece-train/ties", test_ties);
  g_test_add_func ("/wordpiece-train/few-entries", test_few_entries);
  g_test_add_func ("/wordpiece-train/cancel", test_cancel);
  g_test_add_func ("/wordpiece-train/order", test_order);
  g_test_add_func ("/wordpiece-train/coverage", test_coverage);
  g_test_add_func ("/wordpiece-train/nothing", test_nothing);
  return g_test_run ();
}
