/* What control groups leave of the memory: both versions of the kernel's interface. */
#include <math.h>

#include "guise-memory.h"
#include "temp-folder.h"

static char *root;

static void
put (const char *path, const char *text)
{
  temp_folder_put (root, path, text, -1);
}

static double
room (const char *groups)
{
  return guise_memory_get_group_room (groups, root);
}

static void
set_up (void)
{
  root = temp_folder_new ("memory");
}

static void
test_version_2 (void)
{
  set_up ();
  g_assert_true (isinf (room ("0::/job/step\n"))); /* nothing is known */
  put ("memory.max", "max\n");
  put ("memory.current", "900\n");
  put ("job/memory.max", "1000000\n");
  put ("job/memory.current", "400000\n");
  put ("job/memory.stat", "anon 100000\ninactive_file 50000\nactive_file 7\n");
  put ("job/step/memory.max", "max\n");
  g_assert_cmpfloat (room ("0::/job/step\n"), ==, 650000);
  g_assert_true (isinf (room ("0::/other\n")));
  put ("job/step/memory.max", "300000\n");
  put ("job/step/memory.current", "300001\n");
  g_assert_cmpfloat (room ("0::/job/step\n"), ==, 0);
  put ("memory.max", "800\n"); /* a container's own group is its topmost */
  put ("memory.current", "100\n");
  g_assert_cmpfloat (room ("0::/\n"), ==, 700);
  temp_folder_free (root);
}

static void
test_version_1 (void)
{
  static const char groups[] = "12:cpu,cpuacct:/slurm\n5:memory:/slurm/job_7\n1:name=systemd:/\n";

  set_up ();
  put ("memory/memory.limit_in_bytes", "9223372036854771712\n");
  put ("memory/slurm/job_7/memory.limit_in_bytes", "600000000\n");
  put ("memory/slurm/job_7/memory.usage_in_bytes", "150000000\n");
  put ("memory/slurm/job_7/memory.stat", "inactive_file 1\ntotal_inactive_file 50000000\n");
  g_assert_cmpfloat (room (groups), ==, 500000000);
  g_assert_cmpfloat (room ("3:cpuset:/slurm/job_7\n"), ==, INFINITY);
  temp_folder_free (root);
}

static void
test_odd (void)
{
  set_up ();
  put ("memory.max", "100\n");
  g_assert_cmpfloat (room (""), ==, INFINITY);
  g_assert_cmpfloat (room ("nonsense\n0:x\n"), ==, INFINITY);
  g_assert_cmpfloat (room ("0::\n"), ==, 100);
  temp_folder_free (root);
  g_assert_cmpfloat (guise_memory_get_available (), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/version-2", test_version_2);
  g_test_add_func ("/memory/version-1", test_version_1);
  g_test_add_func ("/memory/odd", test_odd);
  return g_test_run ();
}
