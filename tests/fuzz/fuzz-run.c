/* A run's run.json, as the list of runs reads it: what loads is in range and survives being
 * written. */
#include "fuzz.h"

#include "guise-run-folder.h"

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  g_autoptr (GuiseRunInfo) info = NULL, again = NULL;

  fuzz_write ("run.json", data, size);
  info = guise_run_info_load (fuzz_folder (), &error);
  fuzz_judge (info != NULL, g_steal_pointer (&error));
  if (info == NULL)
    return;
  g_assert_true (info->lambda >= 0 && info->lambda <= 1);
  g_assert_nonnull (guise_run_state_to_string (info->state));
  g_assert_cmpuint (info->n_threads, <=, 4096);
  g_assert_cmpint ((gint64)info->n_images, >=, 0);
  g_assert_cmpint ((gint64)info->n_persons, >=, 0);
  g_assert_true (guise_run_info_save (info, fuzz_folder (), &error));
  again = guise_run_info_load (fuzz_folder (), &error);
  g_assert_no_error (error);
  g_assert_cmpint (again->started, ==, info->started);
  g_assert_cmpuint (again->step, ==, info->step);
  g_assert_cmpstr (again->preset, ==, info->preset);
}
