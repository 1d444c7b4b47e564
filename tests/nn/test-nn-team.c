/* The team: every job runs exactly once, on the thread that it belongs to. */
#include <glib.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "nn-gemm.h"
#include "nn-team.h"

#define MAX_JOBS 64

typedef struct {
  int count[MAX_JOBS]; /* each job touches its own entries only */
  pthread_t thread[MAX_JOBS];
  unsigned sleep_us;
} Record;

static void
note_job (size_t job, void *data)
{
  Record *record = data;

  record->count[job]++;
  record->thread[job] = pthread_self ();
  if (record->sleep_us > 0)
    g_usleep (record->sleep_us);
}

static void
expect_all_once (const Record *record, size_t n_jobs, size_t size, const pthread_t *threads)
{
  for (size_t j = 0; j < MAX_JOBS; j++) {
    g_assert_cmpint (record->count[j], ==, j < n_jobs ? 1 : 0);
    if (j < n_jobs)
      g_assert_true (pthread_equal (record->thread[j], threads[j % size]));
  }
}

/* Which thread is number i: asked of the team once, then held against every later run. */
static void
learn_threads (NnTeam *team, pthread_t *threads)
{
  Record record = { { 0 } };

  nn_team_run (team, nn_team_size (team), note_job, &record);
  for (size_t i = 0; i < nn_team_size (team); i++) {
    threads[i] = record.thread[i];
    for (size_t j = 0; j < i; j++)
      g_assert_false (pthread_equal (threads[i], threads[j]));
  }
  g_assert_true (pthread_equal (threads[0], pthread_self ()));
}

static void
test_runs (void)
{
  for (size_t size = 1; size <= 4; size++) {
    NnTeam *team = nn_team_create (size);
    pthread_t threads[4];

    g_assert_nonnull (team);
    g_assert_cmpuint (nn_team_size (team), ==, size);
    learn_threads (team, threads);
    for (size_t run = 0; run < 2000; run++) {
      Record record = { { 0 } };
      size_t n_jobs = run % (MAX_JOBS + 1);

      nn_team_run (team, n_jobs, note_job, &record);
      expect_all_once (&record, n_jobs, size, threads);
    }
    nn_team_free (team);
  }
}

/* Jobs and pauses that outlast the spinning: workers and caller must wake each other. */
static void
test_sleepers (void)
{
  NnTeam *team = nn_team_create (3);
  pthread_t threads[4];

  learn_threads (team, threads);
  for (unsigned run = 0; run < 60; run++) {
    Record record = { { 0 } };

    record.sleep_us = run % 3 == 0 ? 0 : 300;
    g_usleep (run % 2 == 0 ? 500 : 0);
    nn_team_run (team, 1 + run % 7, note_job, &record);
    expect_all_once (&record, 1 + run % 7, 3, threads);
  }
  nn_team_free (team);
}

static void
test_without_team (void)
{
  Record record = { { 0 } };
  pthread_t self = pthread_self ();

  nn_team_run (NULL, 5, note_job, &record);
  expect_all_once (&record, 5, 1, &self);
  g_assert_cmpuint (nn_team_size (NULL), ==, 1);
  nn_team_free (NULL);
}

static void
test_default_size (void)
{
  NnTeam *team = nn_team_create (0);

  g_assert_nonnull (team);
  g_assert_cmpuint (nn_team_size (team), >=, 1);
  g_assert_cmpuint (nn_team_size (team), <=, (size_t)sysconf (_SC_NPROCESSORS_CONF));
  nn_team_free (team);
}

/* ---- products from several threads at once ---- */

#define SIDE 96
#define N_PRODUCTS 16

typedef struct {
  float a[SIDE * SIDE], b[SIDE * SIDE];
  float c[N_PRODUCTS][SIDE * SIDE];
} Products;

static void
multiply (size_t job, void *data)
{
  Products *p = data;

  nn_gemm (NN_PLAIN, NN_TRANSPOSED, SIDE, SIDE, SIDE, 1, p->a, SIDE, p->b, SIDE, 0, p->c[job],
           SIDE);
}

/* Each thread calls a BLAS of one thread; the results are the caller's own, bit for bit. */
static void
test_products (void)
{
  g_autofree Products *p = g_new0 (Products, 1);
  g_autofree float *alone = g_new (float, SIDE *SIDE);
  NnTeam *team = nn_team_create (4);

  nn_gemm_init ();
  for (size_t i = 0; i < SIDE * SIDE; i++) {
    p->a[i] = (float)(i % 17) - 8;
    p->b[i] = (float)(i % 23) / 7;
  }
  multiply (0, p);
  memcpy (alone, p->c[0], sizeof p->c[0]);
  for (int run = 0; run < 50; run++) {
    memset (p->c, 0, sizeof p->c);
    nn_team_run (team, N_PRODUCTS, multiply, p);
    for (size_t j = 0; j < N_PRODUCTS; j++)
      g_assert_cmpmem (p->c[j], sizeof p->c[j], alone, sizeof p->c[j]);
  }
  nn_team_free (team);
}

/* Created and freed without work, and right after some. */
static void
test_short_lives (void)
{
  for (size_t i = 0; i < 100; i++) {
    NnTeam *team = nn_team_create (1 + i % 4);
    Record record = { { 0 } };

    if (i % 2 == 0)
      nn_team_run (team, 3, note_job, &record);
    nn_team_free (team);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/team/runs", test_runs);
  g_test_add_func ("/nn/team/sleepers", test_sleepers);
  g_test_add_func ("/nn/team/without-team", test_without_team);
  g_test_add_func ("/nn/team/default-size", test_default_size);
  g_test_add_func ("/nn/team/short-lives", test_short_lives);
  g_test_add_func ("/nn/team/products", test_products);
  return g_test_run ();
}
