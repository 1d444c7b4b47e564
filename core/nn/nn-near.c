/* Most columns are far: a segment is looked at as a whole by vector code, and number by number only
 * if it holds something. */
#include "nn-near.h"

#include "nn-simd.h"

enum { SEGMENT = 48, /* three vectors of AVX-512 */
       SUMS = 8,
       FEW = 16 };

NN_INLINE int
is_near (const nn_real *products, const nn_real *half, nn_real row_half, const nn_real *limits,
         nn_real row_limit, size_t j)
{
  nn_real limit = limits[j] > row_limit ? limits[j] : row_limit;

  return row_half + half[j] - products[j] <= limit;
}

NN_INLINE size_t
find_near (uint16_t *found, const nn_real *products, const nn_real *half, nn_real row_half,
           const nn_real *limits, nn_real row_limit, const uint32_t *groups, uint32_t row_group,
           size_t n, const int grouped)
{
  size_t n_found = 0;

  for (size_t low = 0; low < n; low += SEGMENT) {
    size_t high = n - low < SEGMENT ? n : low + SEGMENT;
    int any = 0;

    NN_SIMD_OR (any)
    for (size_t j = low; j < high; j++)
      any |= is_near (products, half, row_half, limits, row_limit, j)
             & (!grouped || groups[j] != row_group);
    if (!any)
      continue;
    for (size_t j = low; j < high; j++) {
      found[n_found] = (uint16_t)j;
      n_found += is_near (products, half, row_half, limits, row_limit, j)
                 & (!grouped || groups[j] != row_group);
    }
  }
  return n_found;
}

NN_KERNEL size_t
nn_find_near (uint16_t *found, const nn_real *products, const nn_real *half, nn_real row_half,
              const nn_real *limits, nn_real row_limit, const uint32_t *groups,
              uint32_t row_group, size_t n)
{
  if (groups)
    return find_near (found, products, half, row_half, limits, row_limit, groups, row_group, n, 1);
  return find_near (found, products, half, row_half, limits, row_limit, NULL, 0, n, 0);
}

NN_KERNEL void
nn_keep_nearest (uint32_t *which, nn_real *least, const nn_real *products, size_t ld,
                 const nn_real *half, uint32_t first, size_t rows, size_t n)
{
  for (size_t r = 0; r < rows; r++) {
    const nn_real *row = products + r * ld;
    nn_real row_half = half[r];
    uint32_t number = first + (uint32_t)r;

    NN_SIMD
    for (size_t j = 0; j < n; j++) {
      nn_real here = row_half - row[j];
      int nearer = here < least[j];

      least[j] = nearer ? here : least[j];
      which[j] = nearer ? number : which[j];
    }
  }
}

NN_KERNEL double
nn_square_distance (const nn_real *a, const nn_real *b, size_t n)
{
  double sums[SUMS] = { 0 }, sum = 0;
  size_t k = 0;

  if (n >= FEW)
    for (; k + SUMS <= n; k += SUMS) {
      NN_SIMD
      for (size_t s = 0; s < SUMS; s++) {
        double difference = (double)a[k + s] - (double)b[k + s];

        sums[s] += difference * difference;
      }
    }
  for (; k < n; k++) {
    double difference = (double)a[k] - (double)b[k];

    sum += difference * difference;
  }
  for (size_t s = 0; s < SUMS; s++)
    sum += sums[s];
  return sum;
}
