/* An array's file: what parses is whole, and is written and read again as the same array. */
#include "fuzz.h"

#include "guise-npy.h"

#include <string.h>

static void
write_again (const GuiseNpy *npy, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (fuzz_folder (), "x.npy", NULL);
  GError *error = NULL;
  g_autoptr (GuiseNpy) again = NULL;

  g_assert_true (
      guise_npy_write (path, npy->dtype, npy->n_dims, npy->shape, npy->data, &error));
  again = guise_npy_read (path, n_bytes + 4096, &error);
  g_assert_no_error (error);
  g_assert_cmpint (again->dtype, ==, npy->dtype);
  g_assert_cmpint (again->n_dims, ==, npy->n_dims);
  g_assert_cmpmem (again->shape, sizeof again->shape, npy->shape, sizeof npy->shape);
  g_assert_cmpmem (again->data, n_bytes, npy->data, n_bytes);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  g_autoptr (GuiseNpy) npy = guise_npy_parse (data, size, "fuzz", &error);
  gsize n_bytes = 0;

  fuzz_judge (npy != NULL, error);
  if (npy == NULL)
    return;
  g_assert_true (guise_dtype_measure (npy->dtype, npy->n_dims, npy->shape, NULL, &n_bytes));
  g_assert_cmpuint (n_bytes, <, size);
  write_again (npy, n_bytes);
}
