#include "cluster-points.h"

#include "nn-random.h"

GuiseNpy *
cluster_read (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "cluster", name, NULL);
  g_autoptr (GError) error = NULL;
  GuiseNpy *npy = guise_npy_read (path, 1 << 20, &error);

  g_assert_no_error (error);
  return npy;
}

GuiseRows
cluster_rows (const GuiseNpy *npy)
{
  GuiseRows rows = { .n = npy->shape[0], .dim = npy->shape[1] };

  g_assert_cmpint (npy->n_dims, ==, 2);
  if (npy->dtype == GUISE_DTYPE_F64)
    rows.exact = npy->data;
  else
    rows.x = npy->data;
  return rows;
}

gint64 *
cluster_labels (const GuiseNpy *npy)
{
  gint64 *labels = g_new (gint64, npy->n_elements);

  g_assert_cmpint (npy->dtype, ==, GUISE_DTYPE_I32);
  for (size_t i = 0; i < npy->n_elements; i++)
    labels[i] = ((const gint32 *)npy->data)[i];
  return labels;
}

static double
count_pairs (double n)
{
  return n * (n - 1) / 2;
}

/* Pairs of points that lie together, in tables of how often each pair of labels comes. */
double
cluster_ari (const gint64 *a, const gint64 *b, size_t n)
{
  gint64 n_a = 1, n_b = 1;
  double both = 0, in_a = 0, in_b = 0, expected;
  g_autofree size_t *table = NULL, *rows = NULL, *columns = NULL;

  for (size_t i = 0; i < n; i++) {
    n_a = MAX (n_a, a[i] + 2);
    n_b = MAX (n_b, b[i] + 2);
  }
  table = g_new0 (size_t, n_a * n_b);
  rows = g_new0 (size_t, n_a);
  columns = g_new0 (size_t, n_b);
  for (size_t i = 0; i < n; i++) {
    table[(a[i] + 1) * n_b + b[i] + 1]++;
    rows[a[i] + 1]++;
    columns[b[i] + 1]++;
  }
  for (gint64 cell = 0; cell < n_a * n_b; cell++)
    both += count_pairs (table[cell]);
  for (gint64 r = 0; r < n_a; r++)
    in_a += count_pairs (rows[r]);
  for (gint64 c = 0; c < n_b; c++)
    in_b += count_pairs (columns[c]);
  expected = in_a * in_b / count_pairs (n);
  if (in_a == expected && in_b == expected)
    return 1; /* both are one cluster, or both all apart */
  return (both - expected) / ((in_a + in_b) / 2 - expected);
}

float *
cluster_make_groups (size_t n, size_t dim, size_t n_groups, double apart)
{
  float *x = g_new (float, n *dim);

  for (size_t i = 0; i < n; i++)
    for (size_t d = 0; d < dim; d++)
      x[i * dim + d] = (float)((i % n_groups % dim == d ? apart * (1 + i % n_groups / dim) : 0)
                               + 2 * nn_random_uniform (77, i * dim + d) - 1);
  return x;
}
