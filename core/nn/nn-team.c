/* A pool of pthreads. A run is one number going up: workers see it, do their share, and count
 * themselves off. Whoever waits spins for some ten microseconds, because the next run usually
 * follows at once, and then sleeps on a condition.
 *
 * No wake-up is lost: a sleeper first counts itself in and then looks at the number, the caller
 * first moves the number and then looks at the count, all sequentially consistent, so one of them
 * sees the other; and the sleeper holds the lock from looking until it sleeps, while the caller
 * takes it to signal. */
#include "nn-team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SPINS 2000

typedef struct {
  NnTeam *team;
  size_t index;
  pthread_t thread;
} Worker;

struct NnTeam {
  size_t size;
  Worker *workers; /* size - 1 of them; thread 0 is the caller */
  size_t n_started;

  NnJob fn;
  void *data;
  size_t n_jobs;

  atomic_size_t run;      /* how many runs were begun */
  atomic_size_t n_busy;   /* workers that have not finished the present one */
  atomic_size_t n_asleep; /* workers that wait for the next one on `begin` */
  atomic_int caller_asleep;
  atomic_int stop;
  pthread_mutex_t lock;
  pthread_cond_t begin, end;
};

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#else
  sched_yield ();
#endif
}

static void
do_share (NnTeam *team, size_t index)
{
  for (size_t job = index; job < team->n_jobs; job += team->size)
    team->fn (job, team->data);
}

/* Returns when a run after number `seen` has begun. */
static void
await_run (NnTeam *team, size_t seen)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load (&team->run) != seen)
      return;
    relax ();
  }
  pthread_mutex_lock (&team->lock);
  atomic_fetch_add (&team->n_asleep, 1);
  while (atomic_load (&team->run) == seen)
    pthread_cond_wait (&team->begin, &team->lock);
  atomic_fetch_sub (&team->n_asleep, 1);
  pthread_mutex_unlock (&team->lock);
}

static void
count_off (NnTeam *team)
{
  if (atomic_fetch_sub (&team->n_busy, 1) != 1)
    return;
  if (atomic_load (&team->caller_asleep)) {
    pthread_mutex_lock (&team->lock);
    pthread_cond_signal (&team->end);
    pthread_mutex_unlock (&team->lock);
  }
}

static void
await_workers (NnTeam *team)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load (&team->n_busy) == 0)
      return;
    relax ();
  }
  pthread_mutex_lock (&team->lock);
  atomic_store (&team->caller_asleep, 1);
  while (atomic_load (&team->n_busy) > 0)
    pthread_cond_wait (&team->end, &team->lock);
  atomic_store (&team->caller_asleep, 0);
  pthread_mutex_unlock (&team->lock);
}

static void *
work (void *data)
{
  Worker *worker = data;
  NnTeam *team = worker->team;

  for (size_t seen = 0;; seen++) {
    await_run (team, seen);
    if (atomic_load (&team->stop))
      return NULL;
    do_share (team, worker->index);
    count_off (team);
  }
}

static void
begin_run (NnTeam *team)
{
  atomic_store (&team->n_busy, team->n_started);
  atomic_fetch_add (&team->run, 1);
  if (atomic_load (&team->n_asleep) > 0) {
    pthread_mutex_lock (&team->lock);
    pthread_cond_broadcast (&team->begin);
    pthread_mutex_unlock (&team->lock);
  }
}

static size_t
usable_cores (void)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  if (sched_getaffinity (0, sizeof set, &set) != 0)
    return 1;
  return CPU_COUNT (&set) > 0 ? (size_t)CPU_COUNT (&set) : 1;
}

static int
start_workers (NnTeam *team)
{
  for (size_t i = 1; i < team->size; i++) {
    Worker *worker = &team->workers[i - 1];

    worker->team = team;
    worker->index = i;
    if (pthread_create (&worker->thread, NULL, work, worker) != 0)
      return 0;
    team->n_started++;
  }
  return 1;
}

NnTeam *
nn_team_create (size_t n_threads)
{
  NnTeam *team = calloc (1, sizeof *team);

  if (!team)
    return NULL;
  team->size = n_threads > 0 ? n_threads : usable_cores ();
  pthread_mutex_init (&team->lock, NULL);
  pthread_cond_init (&team->begin, NULL);
  pthread_cond_init (&team->end, NULL);
  team->workers = calloc (team->size, sizeof *team->workers);
  if (!team->workers || !start_workers (team)) {
    nn_team_free (team);
    return NULL;
  }
  return team;
}

void
nn_team_free (NnTeam *team)
{
  if (!team)
    return;
  atomic_store (&team->stop, 1);
  begin_run (team);
  for (size_t i = 0; i < team->n_started; i++)
    pthread_join (team->workers[i].thread, NULL);
  pthread_cond_destroy (&team->end);
  pthread_cond_destroy (&team->begin);
  pthread_mutex_destroy (&team->lock);
  free (team->workers);
  free (team);
}

size_t
nn_team_size (const NnTeam *team)
{
  return team ? team->size : 1;
}

void
nn_team_run (NnTeam *team, size_t n_jobs, NnJob fn, void *data)
{
  if (!team || team->size == 1 || n_jobs <= 1) {
    for (size_t job = 0; job < n_jobs; job++)
      fn (job, data);
    return;
  }
  team->fn = fn;
  team->data = data;
  team->n_jobs = n_jobs;
  begin_run (team);
  do_share (team, 0);
  await_workers (team);
}
