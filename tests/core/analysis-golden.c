#include "analysis-golden.h"

GuiseNpy *
analysis_golden_read (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "analysis", name, NULL);
  GuiseNpy *npy = guise_npy_read (path, 1 << 20, NULL);

  g_assert_nonnull (npy);
  return npy;
}
