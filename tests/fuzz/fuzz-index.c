/* An embedding index: one that opens is finite, every id is found where it stands, and it can be
 * ranked. */
#include "fuzz.h"

#include "guise-index.h"

#include <math.h>

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

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  g_autoptr (GuiseIndex) index = guise_index_open (fuzz_file (data, size), &error);

  fuzz_judge (index != NULL, error);
  if (index != NULL)
    check_index (index);
}
