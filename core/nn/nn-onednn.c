/* oneDNN compiles a primitive for each shape. So that texts of ever other lengths do not each need
 * one, rows are cut into pieces of a few sizes, and the last one is filled up with zeros. */
#include "nn-onednn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oneapi/dnnl/dnnl.h>

#include "nn-bf16.h"

enum { LEAST_ROWS = 16,
       MOST_ROWS = 512,
       LEAST_DEPTH = 64,
       MOST_DEPTH = 1024,
       LAYOUT_ROWS = 256, /* of the product that decides how the right side is laid out */
       MOST_PRODUCTS = 1024,
       ALIGNMENT = 64 };

#define STRING_OF(x) #x
#define STRING(x) STRING_OF (x)
#define LIBRARY "libdnnl.so." STRING (DNNL_VERSION_MAJOR)

/* ---- the library ---- */

#define FUNCTIONS(X)                     \
  X (dnnl_engine_create)                 \
  X (dnnl_get_effective_cpu_isa)         \
  X (dnnl_matmul_desc_init)              \
  X (dnnl_memory_create)                 \
  X (dnnl_memory_desc_get_size)          \
  X (dnnl_memory_desc_init_by_strides)   \
  X (dnnl_memory_desc_init_by_tag)       \
  X (dnnl_memory_destroy)                \
  X (dnnl_memory_get_memory_desc)        \
  X (dnnl_memory_set_data_handle)        \
  X (dnnl_post_ops_append_sum)           \
  X (dnnl_post_ops_create)               \
  X (dnnl_post_ops_destroy)              \
  X (dnnl_primitive_attr_create)         \
  X (dnnl_primitive_attr_destroy)        \
  X (dnnl_primitive_attr_set_post_ops)   \
  X (dnnl_primitive_create)              \
  X (dnnl_primitive_desc_create)         \
  X (dnnl_primitive_desc_destroy)        \
  X (dnnl_primitive_desc_query)          \
  X (dnnl_primitive_desc_query_md)       \
  X (dnnl_primitive_destroy)             \
  X (dnnl_primitive_execute)             \
  X (dnnl_reorder_primitive_desc_create) \
  X (dnnl_stream_create)                 \
  X (dnnl_stream_destroy)                \
  X (dnnl_stream_wait)                   \
  X (dnnl_version)

/* Each under its own name. */
#define DECLARE(name) __typeof__ (&name) name;
static struct {
  FUNCTIONS (DECLARE)
  void (*omp_set_num_threads) (int n);
} lib;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static dnnl_engine_t engine;
static char version[32];
static pthread_key_t key; /* only there to free a thread's worker */

static void worker_free (void *data);

static int
find_functions (void *library)
{
#define FIND(name)                                                 \
  if (!(lib.name = (__typeof__ (lib.name))dlsym (library, #name))) \
    return 0;
  FUNCTIONS (FIND)
  FIND (omp_set_num_threads)
  return 1;
}

static void
load (void)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  const dnnl_version_t *found;

  if (library == NULL || !find_functions (library))
    return;
  found = lib.dnnl_version ();
  snprintf (version, sizeof version, "%d.%d.%d", found->major, found->minor, found->patch);
  loaded = pthread_key_create (&key, worker_free) == 0
           && lib.dnnl_engine_create (&engine, dnnl_cpu, 0) == dnnl_success;
}

static int
has_isa (unsigned isa)
{
  pthread_once (&once, load);
  return loaded && ((unsigned)lib.dnnl_get_effective_cpu_isa () & isa) == isa;
}

NnBf16Unit
nn_onednn_get_unit (void)
{
  return has_isa (dnnl_cpu_isa_avx512_core_amx)    ? NN_BF16_AMX
         : has_isa (dnnl_cpu_isa_avx512_core_bf16) ? NN_BF16_AVX512
                                                   : NN_BF16_EMULATED;
}

const char *
nn_onednn_get_version (void)
{
  pthread_once (&once, load);
  return loaded ? version : NULL;
}

int
nn_onednn_can (NnHeld held)
{
  return has_isa (held == NN_HELD_AS_FLOATS ? 0 : dnnl_cpu_isa_avx512_core);
}

static dnnl_data_type_t
get_type (NnHeld held)
{
  return held == NN_HELD_AS_FLOATS ? dnnl_f32 : dnnl_bf16;
}

static size_t
get_size (NnHeld held)
{
  return held == NN_HELD_AS_FLOATS ? sizeof (float) : sizeof (uint16_t);
}

/* ---- a thread's primitives ---- */

/* c[m,n] = (c +) a b (+ bias). */
typedef struct {
  size_t m, n, k, ldc;
  int transposed; /* a is stored [k,m], and b is not packed */
  int biased, add;
  NnHeld held;
} Shape;

typedef struct {
  Shape shape;
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c, bias; /* without memory of their own; b only where it is not packed */
  int usable;                  /* 0 = it could not be made */
} Product;

typedef struct {
  dnnl_stream_t stream;
  Product *products;
  size_t n_products;
  void *scratch;
  size_t scratch_bytes;
} Worker;

static _Thread_local Worker *mine;

static void
forget_products (Worker *worker)
{
  for (size_t i = 0; i < worker->n_products; i++) {
    Product *product = &worker->products[i];

    lib.dnnl_primitive_destroy (product->primitive);
    lib.dnnl_memory_destroy (product->a);
    lib.dnnl_memory_destroy (product->b);
    lib.dnnl_memory_destroy (product->c);
    lib.dnnl_memory_destroy (product->bias);
  }
  worker->n_products = 0;
}

static void
worker_free (void *data)
{
  Worker *worker = data;

  forget_products (worker);
  if (worker->stream != NULL)
    lib.dnnl_stream_destroy (worker->stream);
  free (worker->products);
  free (worker->scratch);
  free (worker);
}

/* The library would run each product on threads of its own: the cores are our team's. */
static Worker *
get_worker (void)
{
  Worker *worker = mine;

  if (worker != NULL)
    return worker;
  pthread_once (&once, load);
  worker = loaded ? calloc (1, sizeof *worker) : NULL;
  if (worker == NULL)
    return NULL;
  lib.omp_set_num_threads (1);
  worker->products = calloc (MOST_PRODUCTS, sizeof *worker->products);
  if (worker->products == NULL
      || lib.dnnl_stream_create (&worker->stream, engine, dnnl_stream_default_flags)
             != dnnl_success
      || pthread_setspecific (key, worker) != 0) {
    worker_free (worker);
    return NULL;
  }
  return mine = worker;
}

static void *
reserve (Worker *worker, size_t bytes)
{
  if (worker->scratch_bytes < bytes) {
    free (worker->scratch);
    worker->scratch = aligned_alloc (ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    worker->scratch_bytes = worker->scratch != NULL ? bytes : 0;
  }
  return worker->scratch;
}

/* ---- layouts ---- */

static int
describe (dnnl_memory_desc_t *md, size_t rows, size_t cols, size_t row, size_t col,
          dnnl_data_type_t type)
{
  dnnl_dims_t size = { (dnnl_dim_t)rows, (dnnl_dim_t)cols },
              stride = { (dnnl_dim_t)row, (dnnl_dim_t)col };

  return lib.dnnl_memory_desc_init_by_strides (md, 2, size, type, stride) == dnnl_success;
}

/* attr may be NULL; bias's n_dims is 0 where there is none. */
static dnnl_primitive_desc_t
describe_product (const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                  const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                  dnnl_primitive_attr_t attr)
{
  dnnl_primitive_desc_t described = NULL;
  dnnl_matmul_desc_t product;

  if (lib.dnnl_matmul_desc_init (&product, a, b, bias->ndims > 0 ? bias : NULL, c) != dnnl_success
      || lib.dnnl_primitive_desc_create (&described, &product, attr, engine, NULL) != dnnl_success)
    return NULL;
  return described;
}

/* How the library wants b [k,n]. */
static int
find_layout (dnnl_memory_desc_t *layout, size_t k, size_t n, NnHeld held)
{
  dnnl_dims_t size = { (dnnl_dim_t)k, (dnnl_dim_t)n };
  dnnl_memory_desc_t a, any, c, none = { 0 };
  dnnl_primitive_desc_t described;

  if (!describe (&a, LAYOUT_ROWS, k, k, 1, get_type (held))
      || !describe (&c, LAYOUT_ROWS, n, n, 1, dnnl_f32)
      || lib.dnnl_memory_desc_init_by_tag (&any, 2, size, get_type (held), dnnl_format_tag_any)
             != dnnl_success)
    return 0;
  described = describe_product (&a, &any, &none, &c, NULL);
  if (described == NULL)
    return 0;
  *layout = *lib.dnnl_primitive_desc_query_md (described, dnnl_query_weights_md, 0);
  lib.dnnl_primitive_desc_destroy (described);
  return 1;
}

/* ---- products ---- */

static dnnl_primitive_attr_t
add_to_c (void)
{
  dnnl_primitive_attr_t attr = NULL;
  dnnl_post_ops_t ops = NULL;

  if (lib.dnnl_post_ops_create (&ops) == dnnl_success
      && lib.dnnl_primitive_attr_create (&attr) == dnnl_success
      && (lib.dnnl_post_ops_append_sum (ops, 1) != dnnl_success
          || lib.dnnl_primitive_attr_set_post_ops (attr, ops) != dnnl_success)) {
    lib.dnnl_primitive_attr_destroy (attr);
    attr = NULL;
  }
  lib.dnnl_post_ops_destroy (ops);
  return attr;
}

static int
make_memory (dnnl_memory_t *memory, const dnnl_memory_desc_t *md)
{
  return lib.dnnl_memory_create (memory, md, engine, DNNL_MEMORY_NONE) == dnnl_success;
}

/* Some small shapes it multiplies number by number only: ours is faster then. */
static int
is_vector_code (dnnl_primitive_desc_t described)
{
  const char *name = NULL;

  return lib.dnnl_primitive_desc_query (described, dnnl_query_impl_info_str, 0, &name)
             == dnnl_success
         && strncmp (name, "ref", 3) != 0;
}

static int
make_primitive (Product *product, const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c)
{
  dnnl_primitive_attr_t attr = product->shape.add ? add_to_c () : NULL;
  dnnl_primitive_desc_t described = NULL;
  int made = 0;

  if (attr != NULL || !product->shape.add)
    described = describe_product (a, b, bias, c, attr);
  if (described != NULL && is_vector_code (described))
    made = lib.dnnl_primitive_create (&product->primitive, described) == dnnl_success;
  lib.dnnl_primitive_desc_destroy (described);
  lib.dnnl_primitive_attr_destroy (attr);
  return made;
}

static void
make_product (Product *product, const Shape *shape)
{
  dnnl_data_type_t type = get_type (shape->held);
  dnnl_memory_desc_t a, b, c, bias = { 0 };

  *product = (Product){ .shape = *shape };
  product->usable
      = (shape->transposed ? describe (&a, shape->m, shape->k, 1, shape->m, type)
                           : describe (&a, shape->m, shape->k, shape->k, 1, type))
        && (shape->transposed ? describe (&b, shape->k, shape->n, shape->n, 1, type)
                              : find_layout (&b, shape->k, shape->n, shape->held))
        && describe (&c, shape->m, shape->n, shape->ldc, 1, dnnl_f32)
        && (!shape->biased || describe (&bias, 1, shape->n, shape->n, 1, dnnl_f32))
        && make_primitive (product, &a, &b, &bias, &c) && make_memory (&product->a, &a)
        && make_memory (&product->c, &c) && (!shape->transposed || make_memory (&product->b, &b))
        && (!shape->biased || make_memory (&product->bias, &bias));
}

static int
same_shape (const Shape *x, const Shape *y)
{
  return x->m == y->m && x->n == y->n && x->k == y->k && x->ldc == y->ldc
         && x->transposed == y->transposed && x->biased == y->biased && x->add == y->add
         && x->held == y->held;
}

/* NULL = the library cannot do it. */
static Product *
get_product (Worker *worker, const Shape *shape)
{
  Product *product;

  for (size_t i = 0; i < worker->n_products; i++)
    if (same_shape (&worker->products[i].shape, shape))
      return worker->products[i].usable ? &worker->products[i] : NULL;
  if (worker->n_products == MOST_PRODUCTS)
    forget_products (worker);
  product = &worker->products[worker->n_products++];
  make_product (product, shape);
  return product->usable ? product : NULL;
}

/* b: packed, or NULL = product->b. */
static int
run_product (Worker *worker, Product *product, const void *a, dnnl_memory_t b, float *c,
             const float *bias)
{
  const dnnl_exec_arg_t args[] = { { DNNL_ARG_SRC, product->a },
                                   { DNNL_ARG_WEIGHTS, b != NULL ? b : product->b },
                                   { DNNL_ARG_DST, product->c },
                                   { DNNL_ARG_BIAS, product->bias } };

  return lib.dnnl_memory_set_data_handle (product->a, (void *)a) == dnnl_success
         && lib.dnnl_memory_set_data_handle (product->c, c) == dnnl_success
         && (bias == NULL
             || lib.dnnl_memory_set_data_handle (product->bias, (void *)bias) == dnnl_success)
         && lib.dnnl_primitive_execute (product->primitive, worker->stream, bias != NULL ? 4 : 3,
                                        args)
                == dnnl_success
         && lib.dnnl_stream_wait (worker->stream) == dnnl_success;
}

/* ---- rounding ---- */

/* to [rows,cols], dense, as floats or bf16. */
static void
take_rows (void *to, NnHeld held, const float *x, size_t ld, size_t rows, size_t cols)
{
  if (ld == cols) {
    cols *= rows;
    rows = 1;
  }
  for (size_t i = 0; i < rows; i++)
    if (held == NN_HELD_AS_FLOATS)
      nn_bf16_round ((float *)to + i * cols, x + i * ld, cols);
    else
      nn_bf16_encode ((uint16_t *)to + i * cols, x + i * ld, cols);
}

/* The largest power of two from least to most that does not exceed n, or least. */
static size_t
choose_piece (size_t n, size_t least, size_t most)
{
  size_t piece = most;

  while (piece > least && piece > n)
    piece /= 2;
  return piece;
}

/* ---- packed matrices ---- */

struct NnPacked {
  size_t k, n, bytes;
  NnHeld held;
  dnnl_memory_t memory;
};

NnPacked *
nn_onednn_packed_new (size_t k, size_t n, NnHeld held)
{
  NnPacked *packed = get_worker () != NULL ? calloc (1, sizeof *packed) : NULL;
  dnnl_memory_desc_t layout;

  if (packed == NULL)
    return NULL;
  packed->k = k;
  packed->n = n;
  packed->held = held;
  if (!find_layout (&layout, k, n, held)
      || lib.dnnl_memory_create (&packed->memory, &layout, engine, DNNL_MEMORY_ALLOCATE)
             != dnnl_success) {
    free (packed);
    return NULL;
  }
  packed->bytes = lib.dnnl_memory_desc_get_size (&layout);
  return packed;
}

void
nn_onednn_packed_free (NnPacked *packed)
{
  if (packed == NULL)
    return;
  lib.dnnl_memory_destroy (packed->memory);
  free (packed);
}

size_t
nn_onednn_packed_bytes (const NnPacked *packed)
{
  return packed->bytes;
}

int
nn_onednn_pack (NnPacked *packed, NnStrided b)
{
  Worker *worker = get_worker ();
  size_t n = packed->k * packed->n;
  void *plain = worker != NULL ? reserve (worker, n * get_size (packed->held)) : NULL;
  dnnl_primitive_desc_t described = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t from = NULL;
  const dnnl_memory_desc_t *layout;
  dnnl_memory_desc_t md;
  int done = 0;

  if (plain == NULL)
    return 0;
  take_rows (plain, packed->held, b.x, n, 1, n);
  if (describe (&md, packed->k, packed->n, b.row, b.col, get_type (packed->held))
      && lib.dnnl_memory_get_memory_desc (packed->memory, &layout) == dnnl_success
      && lib.dnnl_memory_create (&from, &md, engine, plain) == dnnl_success
      && lib.dnnl_reorder_primitive_desc_create (&described, &md, engine, layout, engine, NULL)
             == dnnl_success
      && lib.dnnl_primitive_create (&reorder, described) == dnnl_success) {
    const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, packed->memory } };

    done = lib.dnnl_primitive_execute (reorder, worker->stream, 2, args) == dnnl_success
           && lib.dnnl_stream_wait (worker->stream) == dnnl_success;
  }
  lib.dnnl_primitive_destroy (reorder);
  lib.dnnl_primitive_desc_destroy (described);
  lib.dnnl_memory_destroy (from);
  return done;
}

/* ---- what is multiplied ---- */

/* Fewer rows than LEAST_ROWS, by way of a product of so many in scratch. */
static int
multiply_last (Worker *worker, Product *product, const void *a, const NnPacked *b, float *whole,
               float *c, size_t ldc, size_t rows, const float *bias)
{
  for (size_t i = 0; product->shape.add && i < rows; i++)
    memcpy (whole + i * b->n, c + i * ldc, b->n * sizeof *c);
  if (!run_product (worker, product, a, b->memory, whole, bias))
    return 0;
  for (size_t i = 0; i < rows; i++)
    memcpy (c + i * ldc, whole + i * b->n, b->n * sizeof *c);
  return 1;
}

size_t
nn_onednn_multiply (float *c, size_t ldc, const float *a, size_t lda, const NnPacked *b, size_t m,
                    const float *bias, int add)
{
  size_t size = get_size (b->held), most = choose_piece (m, LEAST_ROWS, MOST_ROWS), done = 0, rows;
  size_t a_bytes = (most * b->k * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  Worker *worker = get_worker ();
  char *rounded = worker != NULL ? reserve (worker, a_bytes + LEAST_ROWS * b->n * sizeof *c) : NULL;

  for (; rounded != NULL && done < m; done += rows, a += rows * lda, c += rows * ldc) {
    size_t piece = choose_piece (m - done, LEAST_ROWS, MOST_ROWS);
    int last = m - done < piece;
    const Shape shape = { .m = piece,
                          .n = b->n,
                          .k = b->k,
                          .ldc = last ? b->n : ldc,
                          .biased = bias != NULL,
                          .add = add,
                          .held = b->held };
    Product *product = get_product (worker, &shape);

    rows = last ? m - done : piece;
    take_rows (rounded, b->held, a, lda, rows, b->k);
    memset (rounded + rows * b->k * size, 0, (piece - rows) * b->k * size);
    if (product == NULL
        || (last ? !multiply_last (worker, product, rounded, b, (float *)(rounded + a_bytes), c,
                                   ldc, rows, bias)
                 : !run_product (worker, product, rounded, b->memory, c, bias)))
      break;
  }
  return done;
}

size_t
nn_onednn_add_transposed (float *c, size_t ldc, const float *a, size_t lda, const float *b,
                          size_t ldb, size_t m, size_t n, size_t k, NnHeld held)
{
  size_t size = get_size (held), most = choose_piece (k, LEAST_DEPTH, MOST_DEPTH), done = 0, depth;
  size_t a_bytes = (most * m * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  Worker *worker = get_worker ();
  char *rounded = worker != NULL ? reserve (worker, a_bytes + most * n * size) : NULL;

  for (; rounded != NULL && done < k; done += depth, a += depth * lda, b += depth * ldb) {
    size_t piece = choose_piece (k - done, LEAST_DEPTH, MOST_DEPTH);
    const Shape shape
        = { .m = m, .n = n, .k = piece, .ldc = ldc, .transposed = 1, .add = 1, .held = held };
    Product *product = get_product (worker, &shape);

    depth = k - done < piece ? k - done : piece;
    take_rows (rounded, held, a, lda, depth, m);
    memset (rounded + depth * m * size, 0, (piece - depth) * m * size);
    take_rows (rounded + a_bytes, held, b, ldb, depth, n);
    memset (rounded + a_bytes + depth * n * size, 0, (piece - depth) * n * size);
    if (product == NULL
        || lib.dnnl_memory_set_data_handle (product->b, rounded + a_bytes) != dnnl_success
        || !run_product (worker, product, rounded, NULL, c, NULL))
      break;
  }
  return done;
}
