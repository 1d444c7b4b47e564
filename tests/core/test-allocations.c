/* Nothing is allocated inside a step: this program's malloc stands before the C library's and
 * counts the calls of all threads and libraries, OpenBLAS excepted: on some processors its kernel
 * for small products asks for a buffer of its own at every call. */
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "guise-gradnorm.h"
#include "guise-optimiser.h"
#include "nn-gemm.h"
#include "toy-batch.h"

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

static atomic_size_t n_calls;
static uintptr_t blas_from, blas_to; /* where OpenBLAS' code lies */

/* A visitor of dl_iterate_phdr. */
static int
find_blas (struct dl_phdr_info *info, size_t size, void *data)
{
  (void)size, (void)data;
  if (strstr (info->dlpi_name, "blas") == NULL)
    return 0;
  for (size_t i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
      blas_from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
      blas_to = blas_from + info->dlpi_phdr[i].p_memsz;
    }
  return blas_from != 0;
}

static inline void
count_call (const void *caller)
{
  if ((uintptr_t)caller < blas_from || (uintptr_t)caller >= blas_to)
    atomic_fetch_add_explicit (&n_calls, 1, memory_order_relaxed);
}

void *
malloc (size_t size)
{
  count_call (__builtin_return_address (0));
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  count_call (__builtin_return_address (0));
  return __libc_calloc (n, size);
}

void *
realloc (void *memory, size_t size)
{
  count_call (__builtin_return_address (0));
  return __libc_realloc (memory, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  count_call (__builtin_return_address (0));
  return __libc_memalign (alignment, size);
}

void *
memalign (size_t alignment, size_t size)
{
  return aligned_alloc (alignment, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  *memory = aligned_alloc (alignment, size);
  return *memory != NULL ? 0 : ENOMEM;
}

/* ------------------------------------------------------------------------------------ a step */

enum { N_WARM = 8, /* GradNorm's warm-up and the ramp of the toy are over */
       N_STEADY = 4,
       N_BATCHES = 2 };

typedef struct {
  GuiseModel *model;
  GuiseStepper *stepper;
  GuiseOptimiser *optimiser;
  GuiseGradNorm gradnorm;
  ToyBatch *toy[N_BATCHES];
} Bench;

static void
train_once (Bench *bench, gsize step)
{
  const GuiseConfig *config = &bench->model->config;
  const GuiseBatch *batch = &bench->toy[step % N_BATCHES]->batch;
  double loss[GUISE_N_TERMS], norm[GUISE_N_TERMS] = { 0 }, floor[GUISE_N_TERMS],
                              weights[GUISE_N_TERMS];

  guise_stepper_forward (bench->stepper, batch, GUISE_WANT_ALL_TERMS, 0.1);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = guise_stepper_get_loss (bench->stepper, k);
    floor[k] = guise_losses_get_floor (k, &batch->labels);
  }
  for (gsize i = 0;
       guise_gradnorm_needs_norms (&bench->gradnorm, config) && i < bench->gradnorm.n_tasks; i++)
    norm[bench->gradnorm.task[i]]
        = guise_stepper_get_task_norm (bench->stepper, bench->gradnorm.task[i]);
  guise_gradnorm_update (&bench->gradnorm, config, loss, norm, floor,
                         guise_losses_get_chance (&batch->labels));
  guise_gradnorm_get_weights (&bench->gradnorm, config, step, weights);
  if (isfinite (guise_stepper_backward (bench->stepper, weights)))
    guise_optimiser_step (bench->optimiser, guise_stepper_get_grads (bench->stepper), 1e-4);
}

/* --------------------------------------------------------------------------------- the tests */

typedef struct {
  gsize n_lanes, micro;
  const char *extra;
} Case;

static void
test_steady (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GError) error = NULL;
  NnTeam *team = test->n_lanes > 1 ? nn_team_create (test->n_lanes) : NULL;
  Bench bench = { 0 };
  gsize before;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  config.train.vision_blocks = -1;
  config.train.train_text = TRUE;
  config.train.micro_batch = test->micro;
  g_assert_true (guise_config_set (&config, test->extra, &error));
  bench.model = guise_model_new (&config);
  guise_model_init (bench.model, 3);
  bench.stepper = guise_stepper_new (bench.model, team);
  bench.optimiser = guise_optimiser_new (bench.model, team);
  guise_gradnorm_init (&bench.gradnorm, &config);
  for (gsize i = 0; i < N_BATCHES; i++)
    bench.toy[i] = toy_batch_new (&config, 8 - i, 30 + i);
  for (gsize step = 0; step < N_WARM; step++)
    train_once (&bench, step);
  before = atomic_load (&n_calls);
  for (gsize step = 0; step < N_STEADY; step++)
    train_once (&bench, N_WARM + step);
  g_assert_cmpuint (atomic_load (&n_calls), ==, before);
  g_assert_cmpuint (bench.gradnorm.n_steps, >=, N_STEADY);
  g_assert_cmpuint (bench.optimiser->n_steps, ==, N_WARM + N_STEADY);
  for (gsize i = 0; i < N_BATCHES; i++)
    toy_batch_free (bench.toy[i]);
  guise_optimiser_free (bench.optimiser);
  guise_stepper_free (bench.stepper);
  guise_model_free (bench.model);
  nn_team_free (team);
}

/* The counter sees what GLib asks for as well. */
static void
test_counter (void)
{
  gsize before = atomic_load (&n_calls);
  char *text = g_strdup ("one");
  double *numbers = g_new0 (double, 3);
  void *volatile block = aligned_alloc (64, 128); /* volatile: not to be left out */

  g_assert_cmpuint (atomic_load (&n_calls), >=, before + 3);
  g_free (text);
  g_free (numbers);
  free (block);
}

int
main (int argc, char **argv)
{
  static const Case cases[] = {
    { 1, 0, "bdam.enabled=true" },
    { 1, 3, "bdam.enabled=true" },
    { 1, 0, "fusion.backbone=transformer" },
    { 2, 0, "bdam.enabled=true" },
    { 2, 3, "bdam.enabled=true" },
    { 2, 0, "loss.decouple=hsic" },
  };

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_assert_cmpint (dl_iterate_phdr (find_blas, NULL), ==, 1);
  g_test_add_func ("/allocations/counter", test_counter);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *name = g_strdup_printf ("/allocations/lanes-%zu/portions-%zu/%s",
                                             cases[i].n_lanes, cases[i].micro, cases[i].extra);

    g_test_add_data_func (name, &cases[i], test_steady);
  }
  return g_test_run ();
}
