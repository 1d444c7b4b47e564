#include "guise-crew.h"

#include <dlfcn.h>

typedef const GuiseCrew *(*Start) (void);

static const GuiseCrew *joined;

/* What Open MPI, MPICH or Slurm's own launcher tell of how many there are. */
gboolean
guise_crew_is_called (void)
{
  static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strtoull (g_getenv (names[i]) != NULL ? g_getenv (names[i]) : "0", NULL, 10) > 1)
      return TRUE;
  /* `srun --mpi=pmix` says it with its own words. */
  return g_getenv ("PMIX_RANK") != NULL && g_getenv ("SLURM_STEP_NUM_TASKS") != NULL
         && g_ascii_strtoull (g_getenv ("SLURM_STEP_NUM_TASKS"), NULL, 10) > 1;
}

/* As the decoder's program is found: beside this program in the build, else where it was
 * installed. */
static char *
find_module (void)
{
  const char *chosen = g_getenv ("GUISE_MPI_MODULE");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup ("/");
  g_autofree char *built
      = g_build_filename (folder, "../../core/train/mpi/guise-mpi.so", NULL);

  if (chosen != NULL && chosen[0] != '\0')
    return g_strdup (chosen);
  if (g_file_test (built, G_FILE_TEST_EXISTS))
    return g_canonicalize_filename (built, NULL);
  return g_build_filename (GUISE_PKGLIBEXECDIR, "guise-mpi.so", NULL);
}

const GuiseCrew *
guise_crew_join (GError **error)
{
  g_autofree char *path = NULL;
  void *module;
  Start start;

  if (joined != NULL || !guise_crew_is_called ())
    return joined;
  path = find_module ();
  module = dlopen (path, RTLD_NOW | RTLD_GLOBAL); /* Open MPI's own plugins look for its symbols */
  start = module != NULL ? (Start)dlsym (module, "guise_mpi_start") : NULL;
  if (start == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "cannot train in several processes: '%s' does not load: %s; build with "
                 "-Dmpi=enabled (libopenmpi-dev)",
                 path, dlerror ());
    return NULL;
  }
  joined = start ();
  if (joined == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot train in several processes: MPI does not start, or sees no other process");
  return joined;
}

gboolean
guise_crew_share_trouble (const GuiseCrew *crew, gboolean wrong, gboolean *speaks)
{
  int mine = wrong ? (crew != NULL ? (int)(crew->n - crew->rank) : 1) : 0;
  int largest = crew != NULL ? crew->max (mine) : mine;

  *speaks = wrong && mine == largest;
  return largest > 0;
}

void
guise_crew_leave (const GuiseCrew *crew)
{
  if (crew == NULL)
    return;
  joined = NULL;
  crew->leave ();
}
