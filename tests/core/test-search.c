/* The index file, query algebra and rankings. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-index.h"
#include "guise-query.h"
#include "guise-ranking.h"
#include "guise-safetensors-writer.h"

/* ---- the index ---- */

enum { N = 5,
       F = 3 };

static const float v[N * F] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0.6f, 0.8f, 0, 1, 0, 0 };
static const float c[N * F] = { 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0.6f, 0.8f, 0, 1, 0 };
static const float norm[N] = { 1, 2, 3, 4, 5 };
static const gint64 ids[N] = { 70, -3, 12, 9000000000, 5 };
static const gint64 stamps[2 * N] = { 10, 1, 20, 2, 30, 3, 40, 4, 50, 1700000000123456789 };
static const GuiseIndexInfo info
    = { "run-a", "abc123", "test", "2025-01-02T03:04:05Z", stamps };

static char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("guise-search-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return folder;
}

static void
remove_folder (const char *folder, const char *file)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);

  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* also: nothing was left beside it */
}

static void
test_index_round_trip (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseIndex) index = NULL;
  const gint64 wanted[] = { 12, 999, 5 }, unreadable[] = { 13, 99, 7, -14, -1, -1 };
  GuiseIndexInfo more = info;
  g_autofree guint64 *keep = NULL;
  size_t position;

  more.unreadable = unreadable;
  more.n_unreadable = 2;
  g_assert_true (guise_index_write (path, &more, N, F, v, c, norm, ids, &error));
  index = guise_index_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_index_get_n_images (index), ==, N);
  g_assert_cmpuint (guise_index_get_dim (index), ==, F);
  g_assert_cmpmem (guise_index_get_identity (index), sizeof v, v, sizeof v);
  g_assert_cmpmem (guise_index_get_clothing (index), sizeof c, c, sizeof c);
  g_assert_cmpmem (guise_index_get_norm (index), sizeof norm, norm, sizeof norm);
  g_assert_cmpmem (guise_index_get_ids (index), sizeof ids, ids, sizeof ids);
  g_assert_cmpstr (guise_index_get_info (index)->run, ==, "run-a");
  g_assert_cmpstr (guise_index_get_info (index)->split, ==, "test");
  g_assert_cmpstr (guise_index_get_info (index)->created, ==, "2025-01-02T03:04:05Z");
  g_assert_true (guise_index_is_current (index, "abc123"));
  g_assert_false (guise_index_is_current (index, "abc124"));
  for (size_t i = 0; i < N; i++) {
    g_assert_true (guise_index_find (index, ids[i], &position));
    g_assert_cmpuint (position, ==, i);
  }
  g_assert_cmpuint (guise_index_get_info (index)->n_unreadable, ==, 2);
  g_assert_cmpmem (guise_index_get_info (index)->unreadable, sizeof unreadable, unreadable,
                   sizeof unreadable);
  g_assert_true (guise_index_has_stamp (index, 4, stamps + 8));
  g_assert_false (guise_index_has_stamp (index, 3, stamps + 8));
  g_assert_false (guise_index_find (index, 6, NULL));
  keep = guise_index_create_filter (index, wanted, 3);
  g_assert_cmpuint (keep[0], ==, 1 << 2 | 1 << 4);
  remove_folder (folder, "index.safetensors");
}

static void
assert_unreadable (const char *path, const char *why)
{
  g_autoptr (GError) error = NULL;
  GuiseIndex *index = guise_index_open (path, &error);

  g_assert_null (index);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, path));
  if (strstr (error->message, why) == NULL)
    g_error ("'%s' does not say '%s'", error->message, why);
}

static GuiseSafetensorsWriter *
create_raw (const float *identity, gsize n_identity, GuiseDtype clothing_dtype,
            const gint64 *image_ids)
{
  const gsize v_shape[] = { n_identity, F }, c_shape[] = { N, F }, ids_shape[] = { N };
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();

  guise_safetensors_writer_add (writer, "v", GUISE_DTYPE_F32, 2, v_shape, identity);
  guise_safetensors_writer_add (writer, "c", clothing_dtype, 2, c_shape, c);
  guise_safetensors_writer_add (writer, "norm", GUISE_DTYPE_F32, 1, ids_shape, norm);
  guise_safetensors_writer_add (writer, "ids", GUISE_DTYPE_I64, 1, ids_shape, image_ids);
  guise_safetensors_writer_set_metadata (writer, "run", "r");
  guise_safetensors_writer_set_metadata (writer, "split", "test");
  guise_safetensors_writer_set_metadata (writer, "created", "now");
  return g_steal_pointer (&writer);
}

/* Writes an index file past the checks of guise_index_write(). */
static void
write_raw (const char *path, const float *identity, gsize n_identity, GuiseDtype clothing_dtype,
           const gint64 *image_ids, gboolean with_checkpoint)
{
  g_autoptr (GuiseSafetensorsWriter) writer
      = create_raw (identity, n_identity, clothing_dtype, image_ids);

  if (with_checkpoint)
    guise_safetensors_writer_set_metadata (writer, "checkpoint", "abc");
  g_assert_true (guise_safetensors_writer_write (writer, path, NULL));
}

/* A list of pictures that could not be read, but of rows of two. */
static void
write_odd_list (const char *path)
{
  g_autoptr (GuiseSafetensorsWriter) writer = create_raw (v, N, GUISE_DTYPE_F32, ids);
  const gsize shape[] = { 2, 2 };

  guise_safetensors_writer_add (writer, "unreadable", GUISE_DTYPE_I64, 2, shape, stamps);
  guise_safetensors_writer_set_metadata (writer, "checkpoint", "abc");
  g_assert_true (guise_safetensors_writer_write (writer, path, NULL));
}

static void
test_index_damage (void)
{
  g_autofree char *folder = make_folder (), *bytes = NULL;
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  const gint64 twice[N] = { 1, 2, 3, 2, 5 };
  g_autoptr (GuiseIndex) old = NULL;
  float broken[N * F];
  gsize size;

  assert_unreadable (path, "No such file");
  memcpy (broken, v, sizeof v);
  broken[4] = INFINITY;
  write_raw (path, broken, N, GUISE_DTYPE_F32, ids, TRUE);
  assert_unreadable (path, "v row 1, column 1");
  write_raw (path, v, N, GUISE_DTYPE_F32, twice, TRUE);
  assert_unreadable (path, "rows 1 and 3");
  write_raw (path, v, N - 1, GUISE_DTYPE_F32, ids, TRUE);
  assert_unreadable (path, "do not belong together");
  write_raw (path, v, N, GUISE_DTYPE_I32, ids, TRUE);
  assert_unreadable (path, "tensor 'c'");
  write_raw (path, v, N, GUISE_DTYPE_F32, ids, FALSE);
  assert_unreadable (path, "checkpoint");
  write_odd_list (path);
  assert_unreadable (path, "unreadable [2,2]");
  write_raw (path, v, N, GUISE_DTYPE_F32, ids, TRUE); /* without stamps, as older ones are */
  old = guise_index_open (path, NULL);
  g_assert_nonnull (old);
  g_assert_false (guise_index_has_stamp (old, 0, stamps));
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize cut = 0; cut < size; cut += 7) {
    g_assert_true (g_file_set_contents (path, bytes, cut, NULL));
    assert_unreadable (path, "");
  }
  remove_folder (folder, "index.safetensors");
}

/* Headers that promise what cannot be: nothing of it is allocated or ranked. */
static void
test_index_headers (void)
{
  static const char *const shapes[] = { "[-1,3]", "[0,3]", "[5,0]", "[4611686018427387904,4]",
                                        "[9223372036854775807,3]", "[5,4]", "[15]", "[5,3,1]" };
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL), *bytes = NULL;
  gsize size;

  write_raw (path, v, N, GUISE_DTYPE_F32, ids, TRUE);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    const char *body = bytes + 8 + *(guint64 *)(void *)bytes;
    g_autofree char *header = g_strndup (bytes + 8, (gsize)(body - bytes) - 8);
    g_auto (GStrv) parts = g_strsplit (header, "[5,3]", -1);
    g_autoptr (GString) file = g_string_new (NULL);
    g_autofree char *changed = g_strjoinv (shapes[i], parts);
    guint64 length = strlen (changed);

    g_assert_cmpuint (g_strv_length (parts), ==, 3); /* v and c */
    g_string_append_len (file, (const char *)&length, sizeof length);
    g_string_append (file, changed);
    g_string_append_len (file, body, (gssize)(size - (gsize)(body - bytes)));
    g_assert_true (g_file_set_contents (path, file->str, (gssize)file->len, NULL));
    assert_unreadable (path, "");
  }
  g_assert_true (g_file_set_contents (path, "GUISEIDX\2\0\0\0", 12, NULL)); /* another magic */
  assert_unreadable (path, "");
  remove_folder (folder, "index.safetensors");
}

static void
test_index_refuses_to_write (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  const gint64 twice[N] = { 1, 2, 3, 2, 5 };
  float broken[N * F];
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseIndex) index = NULL;

  g_assert_true (guise_index_write (path, &info, N, F, v, c, norm, ids, &error));
  g_assert_false (guise_index_write (path, &info, N, F, v, c, norm, twice, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_INDEX);
  g_clear_error (&error);
  memcpy (broken, v, sizeof v);
  broken[0] = NAN;
  g_assert_false (guise_index_write (path, &info, N, F, v, broken, norm, ids, &error));
  g_clear_error (&error);
  index = guise_index_open (path, &error); /* the old one is still there */
  g_assert_no_error (error);
  g_assert_cmpuint (guise_index_get_n_images (index), ==, N);
  remove_folder (folder, "index.safetensors");
}

static void
test_index_empty (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GuiseQuery) query = guise_query_new (F);
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autofree GuiseHit *hits = NULL;
  size_t n_hits = 7;

  g_assert_true (guise_index_write (path, &info, 0, F, NULL, NULL, NULL, NULL, &error));
  index = guise_index_open (path, &error);
  g_assert_no_error (error);
  guise_query_add_who (query, v);
  ranking = guise_ranking_new (index, query, NULL, &error);
  g_assert_no_error (error);
  hits = guise_ranking_top (ranking, 0.5, NULL, 10, &n_hits);
  g_assert_cmpuint (n_hits, ==, 0);
  remove_folder (folder, "index.safetensors");
}

/* ---- queries ---- */

static GuiseIndex *
create_index (void)
{
  GuiseIndex *index = guise_index_new (&info, N, F, v, c, norm, ids, NULL);

  g_assert_nonnull (index);
  return index;
}

static GuiseRanking *
rank (GuiseIndex *index, const GuiseQuery *query)
{
  GuiseRanking *ranking = guise_ranking_new (index, query, NULL, NULL);

  g_assert_nonnull (ranking);
  return ranking;
}

static void
test_mixing (void)
{
  const float t[] = { 0.6f, 0.8f, 0 }, u[] = { 1, 0, 0 };
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseQuery) query = guise_query_new (F);
  g_autoptr (GuiseRanking) ranking = NULL;

  guise_query_add_text (query, t, u);
  ranking = rank (index, query);
  for (double lambda = 0; lambda <= 1; lambda += 0.25) {
    g_autofree GuiseHit *hits = NULL;
    size_t n_hits;

    hits = guise_ranking_top (ranking, lambda, NULL, 100, &n_hits);
    g_assert_cmpuint (n_hits, ==, N); /* k is limited to what there is */
    for (size_t r = 0; r < n_hits; r++) {
      const GuiseHit *hit = &hits[r];
      const float *row = v + hit->index * F;

      g_assert_cmpint (hit->id, ==, ids[hit->index]);
      g_assert_cmpfloat_with_epsilon (hit->identity, 0.6 * row[0] + 0.8 * row[1], 1e-6);
      g_assert_cmpfloat_with_epsilon (hit->clothing, c[hit->index * F], 1e-6);
      g_assert_cmpfloat_with_epsilon (hit->score,
                                      lambda * hit->identity + (1 - lambda) * hit->clothing, 1e-6);
      g_assert_true (r == 0 || hits[r - 1].score > hit->score
                     || (hits[r - 1].score == hit->score && hits[r - 1].index < hit->index));
    }
    g_assert_cmpuint (hits[0].index, ==, lambda <= 0.5 ? 2 : 3);
  }
}

static void
test_default_lambda (void)
{
  g_autoptr (GuiseQuery) text = guise_query_new (F);
  g_autoptr (GuiseQuery) who = guise_query_new (F);
  g_autoptr (GuiseQuery) wearing = guise_query_new (F);
  g_autoptr (GuiseQuery) image = guise_query_new (F);
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseRanking) ranking = NULL;

  guise_query_add_text (text, v, c);
  g_assert_cmpfloat (guise_query_get_default_lambda (text, 0.35), ==, 0.35);
  guise_query_add_image (image, v, c);
  g_assert_cmpfloat (guise_query_get_default_lambda (image, 0.35), ==, 0.5);
  guise_query_add_wearing (wearing, c);
  g_assert_cmpfloat (guise_query_get_default_lambda (wearing, 0.35), ==, 0);
  guise_query_add_who (who, v);
  g_assert_cmpfloat (guise_query_get_default_lambda (who, 0.35), ==, 1);
  ranking = rank (index, who);
  g_assert_cmpfloat (guise_ranking_get_effective_lambda (ranking, 0.2), ==, 1);
  guise_query_add_wearing (who, c);
  g_assert_cmpfloat (guise_query_get_default_lambda (who, 0.35), ==, 0.5);
}

static void
test_one_part (void)
{
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseQuery) query = guise_query_new (F);
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autofree GuiseHit *hits = NULL;
  size_t n_hits;

  guise_query_add_wearing (query, c + 3); /* that of image 1 */
  ranking = rank (index, query);
  hits = guise_ranking_top (ranking, 0.9, NULL, 3, &n_hits);
  g_assert_cmpuint (n_hits, ==, 3);
  g_assert_cmpuint (hits[0].index, ==, 1);
  g_assert_cmpfloat (hits[0].score, ==, 1);
  g_assert_cmpfloat (hits[0].identity, ==, 0);
  g_assert_cmpuint (hits[1].index, ==, 3);
  g_assert_cmpuint (hits[2].index, ==, 0); /* 0 and 2 and 4 tie at 0 */
}

static void
test_not (void)
{
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseQuery) query = guise_query_new (F);
  g_autoptr (GuiseQuery) nothing = guise_query_new (F);
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autoptr (GError) error = NULL;
  float scores[N], part[F];

  guise_query_subtract (query, v + 3, c + 3); /* before what is added: the order does not matter */
  guise_query_add_who (query, v);
  g_assert_true (guise_query_has_identity (query));
  g_assert_false (guise_query_has_clothing (query));
  guise_query_get_clothing (query, part);
  g_assert_cmpfloat (part[2], ==, 0); /* nothing is taken from a part that is not there */
  ranking = rank (index, query);
  guise_ranking_get_scores (ranking, 0.5, scores);
  for (size_t i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (scores[i], v[i * F] - 0.5 * v[i * F + 1], 1e-6);
  guise_query_subtract (nothing, v, c);
  g_assert_null (guise_ranking_new (index, nothing, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT);
}

static void
test_filter_and_truth (void)
{
  const guint8 truth[N] = { 0, 0, 0, 1, 1 }, ignore[N] = { 1, 0, 0, 0, 0 };
  const guint64 without_four = 0xf;
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseQuery) query = guise_query_new (F);
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autofree GuiseHit *hits = NULL;
  GuiseQueryResult r;
  size_t n_hits;

  guise_query_add_who (query, v); /* scores 1 0 0 0.6 1 */
  ranking = rank (index, query);
  guise_ranking_judge (ranking, 1, NULL, truth, NULL, &r);
  g_assert_cmpuint (r.first_rank, ==, 2); /* image 0 ties and stands before */
  g_assert_cmpuint (r.last_rank, ==, 3);
  guise_ranking_judge (ranking, 1, NULL, truth, ignore, &r);
  g_assert_cmpuint (r.first_rank, ==, 1);
  guise_ranking_judge (ranking, 1, &without_four, truth, NULL, &r);
  g_assert_cmpuint (r.n_positives, ==, 1);
  hits = guise_ranking_top (ranking, 1, &without_four, 10, &n_hits);
  g_assert_cmpuint (n_hits, ==, 4);
  g_assert_cmpuint (hits[0].index, ==, 0);
  g_assert_cmpuint (hits[1].index, ==, 3);
}

static void
test_query_refusals (void)
{
  const float bad[] = { 1, NAN, 0 };
  g_autoptr (GuiseIndex) index = create_index ();
  g_autoptr (GuiseQuery) empty = guise_query_new (F);
  g_autoptr (GuiseQuery) wide = guise_query_new (F - 1);
  g_autoptr (GuiseQuery) broken = guise_query_new (F);
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_ranking_new (index, empty, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT);
  g_clear_error (&error);
  guise_query_add_who (wide, v);
  g_assert_null (guise_ranking_new (index, wide, NULL, &error));
  g_assert_nonnull (strstr (error->message, "width 2"));
  g_clear_error (&error);
  guise_query_add_who (broken, bad);
  g_assert_null (guise_ranking_new (index, broken, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/index/round-trip", test_index_round_trip);
  g_test_add_func ("/index/s21-damage", test_index_damage);
  g_test_add_func ("/index/s21-headers", test_index_headers);
  g_test_add_func ("/index/refuses-to-write", test_index_refuses_to_write);
  g_test_add_func ("/index/empty", test_index_empty);
  g_test_add_func ("/query/mixing", test_mixing);
  g_test_add_func ("/query/default-lambda", test_default_lambda);
  g_test_add_func ("/query/one-part", test_one_part);
  g_test_add_func ("/query/not", test_not);
  g_test_add_func ("/query/filter-and-truth", test_filter_and_truth);
  g_test_add_func ("/query/refusals", test_query_refusals);
  return g_test_run ();
}
