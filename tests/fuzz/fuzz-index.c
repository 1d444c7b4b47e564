/* An embedding index: one that opens is finite, every id is found where it stands, and it can be
 * ranked; one with halves as it is without. */
#include "fuzz.h"

#include "guise-ranking.h"

#include <math.h>
#include <string.h>

static void
check_index (const GuiseIndex *index)
{
  gsize n = guise_index_get_n_images (index), dim = guise_index_get_dim (index);
  const float *identity = guise_index_get_identity (index);
  const float *clothing = guise_index_get_clothing (index);
  const gint64 *ids = guise_index_get_ids (index);
  const gint64 stamp[2] = { 0, 0 };
  g_autofree guint64 *keep = guise_index_create_filter (index, ids, n);

  for (gsize i = 0; i < n * dim; i++)
    g_assert_true (isfinite (identity[i]) && isfinite (clothing[i]));
  for (gsize i = 0; i < n; i++) {
    gsize position = n;

    g_assert_true (guise_index_find (index, ids[i], &position));
    g_assert_cmpuint (position, ==, i);
    g_assert_true (isfinite (guise_index_get_norm (index)[i]));
    g_assert_true (keep[i / 64] >> (i % 64) & 1);
    guise_index_has_stamp (index, i, stamp);
  }
  g_assert_nonnull (guise_index_get_info (index)->checkpoint);
}

/* A picture's own row is looked for; its products may be too large. NULL then. */
static GuiseHit *
rank (GuiseIndex *index, gsize *n_hits)
{
  gsize n = guise_index_get_n_images (index), dim = guise_index_get_dim (index);
  g_autoptr (GuiseQuery) query = guise_query_new (dim);
  g_autoptr (GuiseRanking) ranking = NULL;

  guise_query_add_image (query, guise_index_get_identity (index),
                         guise_index_get_clothing (index) + (n - 1) * dim);
  ranking = guise_ranking_new (index, query, NULL, NULL);
  return ranking != NULL ? guise_ranking_top (ranking, 0.25, NULL, 3, n_hits) : NULL;
}

static void
check_hits (GuiseIndex *index)
{
  GuiseIndexInfo info = *guise_index_get_info (index);
  gsize n = guise_index_get_n_images (index), n_hits = 0, n_plain = 0;
  g_autoptr (GuiseIndex) plain = NULL;
  g_autofree GuiseHit *hits = NULL, *plain_hits = NULL;

  info.storage = GUISE_STORAGE_FLOAT32;
  plain = guise_index_new (&info, n, guise_index_get_dim (index), guise_index_get_identity (index),
                           guise_index_get_clothing (index), guise_index_get_norm (index),
                           guise_index_get_ids (index), NULL);
  hits = rank (index, &n_hits);
  plain_hits = rank (plain, &n_plain);
  g_assert_true ((hits == NULL) == (plain_hits == NULL));
  g_assert_cmpuint (n_hits, ==, n_plain);
  for (gsize r = 0; r < n_hits; r++) {
    g_assert_cmpuint (hits[r].index, ==, plain_hits[r].index);
    g_assert_cmpfloat (hits[r].score, ==, plain_hits[r].score);
  }
}

/* What can be read whole says what it is; of the rest nothing may be believed but by its name. */
static void
check_kind (const char *path, const GuiseIndex *index)
{
  g_auto (GuiseIndexKind) kind = { 0 };
  gboolean known = guise_index_recall (path, &kind);

  g_assert_true (known == (kind.precision != NULL) && known == (kind.split != NULL));
  g_assert_true (!known || strcmp (kind.precision, "float32") == 0
                 || strcmp (kind.precision, "bfloat16") == 0);
  if (index != NULL && known) {
    g_assert_cmpstr (kind.split, ==, guise_index_get_info (index)->split);
    g_assert_cmpstr (kind.precision, ==, guise_index_get_info (index)->precision);
  }
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  const char *path = fuzz_file (data, size);
  g_autoptr (GuiseIndex) index = guise_index_open (path, &error);

  fuzz_judge (index != NULL, error);
  check_kind (path, index);
  if (index == NULL)
    return;
  check_index (index);
  if (guise_index_get_n_images (index) > 0)
    check_hits (index);
}
