/* A GuiseCrew over MPI. Errors of MPI end all processes, as is its default. */
#include <limits.h>
#include <mpi.h>

#include "guise-crew.h"

enum { PIECE = 1 << 26, /* numbers in one call: counts are int */
       SPINS = 200,
       PAUSE_US = 500 };

static GuiseCrew crew;

const GuiseCrew *guise_mpi_start (void);

/* Waiting processes leave the cores to the one that is at work: MPI itself would spin. */
static void
wait_for (MPI_Request *request)
{
  int done = 0;

  for (gsize i = 0; !done; i++) {
    MPI_Test (request, &done, MPI_STATUS_IGNORE);
    if (!done && i > SPINS)
      g_usleep (PAUSE_US);
  }
}

static void
broadcast (gpointer x, gsize bytes)
{
  MPI_Request request;

  MPI_Ibcast (x, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
  wait_for (&request);
}

static int
max (int value)
{
  MPI_Request request;
  int result = value;

  MPI_Iallreduce (&value, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
  wait_for (&request);
  return result;
}

/* One after the other, so that no count grows beyond an int's. */
static void
gather (gpointer x, const gsize *start)
{
  for (gsize r = 0; r < crew.n; r++)
    for (gsize from = start[r]; from < start[r + 1]; from += PIECE)
      MPI_Bcast ((char *)x + from, (int)MIN ((gsize)PIECE, start[r + 1] - from), MPI_BYTE, (int)r,
                 MPI_COMM_WORLD);
}

static void
sum (float *x, gsize n)
{
  for (gsize from = 0; from < n; from += PIECE)
    MPI_Allreduce (MPI_IN_PLACE, x + from, (int)MIN ((gsize)PIECE, n - from), MPI_FLOAT, MPI_SUM,
                   MPI_COMM_WORLD);
}

static void
leave (void)
{
  MPI_Finalize ();
}

const GuiseCrew *
guise_mpi_start (void)
{
  int provided, rank, n;

  if (MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
    return NULL;
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &n);
  if (n < 2 || provided < MPI_THREAD_FUNNELED) {
    MPI_Finalize ();
    return NULL;
  }
  crew = (GuiseCrew){ (gsize)rank, (gsize)n, gather, sum, broadcast, max, leave };
  return &crew;
}
