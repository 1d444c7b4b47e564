#include "nn-mixed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "nn-rounded.h"

/* A weight [out,in] as the right side of a product: turned for forward, as it is for the gradient
 * of the input. */
typedef struct {
  const float *weight;
  size_t in, out;
  int turned;
  NnPacked *packed; /* NULL = it could not be made: own products */
} Copy;

struct NnMixed {
  NnWay way;
  NnHeld held;
  pthread_mutex_t lock; /* of what follows; what a copy holds is only read */
  Copy *copies;         /* in the order of compare() */
  size_t n, capacity;
};

/* ---- ways ---- */

static int
knows_bf16 (void)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  return __builtin_cpu_supports ("avx512bf16") || __builtin_cpu_supports ("amx-bf16");
#else
  return 0;
#endif
}

NnBf16Unit
nn_mixed_get_unit (void)
{
  return knows_bf16 () ? nn_onednn_get_unit () : NN_BF16_EMULATED;
}

const char *
nn_mixed_unit_name (NnBf16Unit unit)
{
  static const char *const names[] = { "emulated", "AVX512_BF16", "AMX" };

  return names[unit];
}

const char *
nn_mixed_get_note (void)
{
  if (nn_mixed_get_unit () != NN_BF16_EMULATED)
    return NULL;
  return knows_bf16 () ? "bfloat16 is no faster than float32 here: oneDNN 2, whose products would "
                         "use the processor's instructions, was not found (Debian's libdnnl2)"
                       : "bfloat16 is no faster than float32 here: this processor has neither "
                         "AVX512_BF16 nor AMX, so only the rounding is that of bfloat16";
}

NnMixed *
nn_mixed_new (NnWay way)
{
  NnHeld held = way == NN_WAY_ONEDNN_FLOATS ? NN_HELD_AS_FLOATS : NN_HELD_AS_BF16;
  NnMixed *mixed;

  if (way == NN_WAY_BEST)
    way = nn_mixed_get_unit () != NN_BF16_EMULATED ? NN_WAY_ONEDNN : NN_WAY_OWN;
  if (way != NN_WAY_OWN && !nn_onednn_can (held))
    return NULL;
  mixed = calloc (1, sizeof *mixed);
  if (mixed == NULL)
    return NULL;
  mixed->way = way;
  mixed->held = held;
  pthread_mutex_init (&mixed->lock, NULL);
  return mixed;
}

void
nn_mixed_free (NnMixed *mixed)
{
  if (mixed == NULL)
    return;
  for (size_t i = 0; i < mixed->n; i++)
    nn_onednn_packed_free (mixed->copies[i].packed);
  free (mixed->copies);
  pthread_mutex_destroy (&mixed->lock);
  free (mixed);
}

/* ---- copies ---- */

size_t
nn_mixed_count (NnMixed *mixed)
{
  return mixed->n;
}

size_t
nn_mixed_bytes (NnMixed *mixed)
{
  size_t sum = 0;

  for (size_t i = 0; i < mixed->n; i++)
    if (mixed->copies[i].packed != NULL)
      sum += nn_onednn_packed_bytes (mixed->copies[i].packed);
  return sum;
}

static void
fill (Copy *copy)
{
  NnStrided b = copy->turned ? (NnStrided){ copy->weight, 1, copy->in }
                             : (NnStrided){ copy->weight, copy->in, 1 };

  if (copy->packed != NULL && !nn_onednn_pack (copy->packed, b)) {
    nn_onednn_packed_free (copy->packed);
    copy->packed = NULL;
  }
}

void
nn_mixed_renew (size_t job, void *data)
{
  NnMixed *mixed = data;

  fill (&mixed->copies[job]);
}

static int
compare (const Copy *a, const Copy *b)
{
  if (a->weight != b->weight)
    return a->weight < b->weight ? -1 : 1;
  if (a->out != b->out) /* the same numbers may be one layer or several */
    return a->out < b->out ? -1 : 1;
  return a->turned - b->turned;
}

/* Where it stands, or belongs. */
static size_t
find_place (const NnMixed *mixed, const Copy *wanted)
{
  size_t low = 0, high = mixed->n;

  while (low < high) {
    size_t middle = (low + high) / 2;

    if (compare (&mixed->copies[middle], wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Makes the copy wanted at `place`; FALSE when memory is out. */
static int
insert (NnMixed *mixed, size_t place, Copy *wanted)
{
  if (mixed->n == mixed->capacity) {
    size_t capacity = mixed->capacity > 0 ? 2 * mixed->capacity : 64;
    Copy *larger = realloc (mixed->copies, capacity * sizeof *larger);

    if (larger == NULL)
      return 0;
    mixed->copies = larger;
    mixed->capacity = capacity;
  }
  wanted->packed = wanted->turned ? nn_onednn_packed_new (wanted->in, wanted->out, mixed->held)
                                  : nn_onednn_packed_new (wanted->out, wanted->in, mixed->held);
  fill (wanted);
  memmove (mixed->copies + place + 1, mixed->copies + place,
           (mixed->n - place) * sizeof *mixed->copies);
  mixed->copies[place] = *wanted;
  mixed->n++;
  return 1;
}

/* The first to ask makes it, while others wait. NULL = own products. */
static const NnPacked *
get_copy (NnMixed *mixed, const float *weight, size_t in, size_t out, int turned)
{
  Copy wanted = { weight, in, out, turned, NULL };
  const NnPacked *packed = NULL;
  size_t place;

  if (mixed->way == NN_WAY_OWN)
    return NULL;
  pthread_mutex_lock (&mixed->lock);
  place = find_place (mixed, &wanted);
  if ((place < mixed->n && compare (&mixed->copies[place], &wanted) == 0)
      || insert (mixed, place, &wanted))
    packed = mixed->copies[place].packed;
  pthread_mutex_unlock (&mixed->lock);
  return packed;
}

/* ---- products ---- */

/* c[m,n] = a[m,k] b[k,n] + …; b as it is, and packed unless NULL. */
static void
multiply (float *c, size_t ldc, const float *a, size_t lda, NnStrided b, const NnPacked *packed,
          size_t m, size_t n, size_t k, const float *bias, int add)
{
  size_t done = packed != NULL ? nn_onednn_multiply (c, ldc, a, lda, packed, m, bias, add) : 0;

  nn_rounded_multiply (c + done * ldc, ldc, (NnStrided){ a + done * lda, lda, 1 }, b, m - done, n,
                       k, bias, add);
}

void
nn_mixed_forward (NnMixed *mixed, float *y, size_t ldy, const float *x, size_t ldx,
                  const float *weight, const float *bias, size_t n, size_t in, size_t out)
{
  multiply (y, ldy, x, ldx, (NnStrided){ weight, 1, in }, get_copy (mixed, weight, in, out, 1), n,
            out, in, bias, 0);
}

void
nn_mixed_input_gradient (NnMixed *mixed, float *dx, size_t lddx, NnStore store, const float *dy,
                         size_t lddy, const float *weight, size_t n, size_t in, size_t out)
{
  multiply (dx, lddx, dy, lddy, (NnStrided){ weight, in, 1 }, get_copy (mixed, weight, in, out, 0),
            n, in, out, NULL, store == NN_ADD);
}

void
nn_mixed_weight_gradient (NnMixed *mixed, float *dweight, const float *dy, size_t lddy,
                          const float *x, size_t ldx, size_t n, size_t in, size_t out)
{
  size_t done = mixed->way == NN_WAY_OWN ? 0
                                         : nn_onednn_add_transposed (dweight, in, dy, lddy, x, ldx,
                                                                     out, in, n, mixed->held);

  if (done < n)
    nn_rounded_multiply (dweight, in, (NnStrided){ dy + done * lddy, 1, lddy },
                         (NnStrided){ x + done * ldx, ldx, 1 }, out, in, n - done, NULL, 1);
}
