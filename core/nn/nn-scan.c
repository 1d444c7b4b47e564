/* Four rows at a time share what is read of the vector; their sums do not wait for each other. The
 * rows after them are asked for meanwhile: a core that only reads on waits for memory a third of
 * the time. */
#include "nn-scan.h"

#include "nn-simd.h"

enum { ROWS = 4,
       SUMS = 8,
       LINE = 64 / sizeof (nn_real), /* of the cache */
       AHEAD = 8 };                  /* rows: 2 to 16 are as good where a row has 256 floats */

/* Of each of the four rows that come AHEAD rows later, the line at k; where there are none nothing
 * happens. */
NN_INLINE void
fetch_four (const nn_real *rows, size_t k, size_t dim)
{
  if (k % LINE != 0)
    return;
  for (size_t r = AHEAD; r < AHEAD + ROWS; r++)
    __builtin_prefetch (rows + r * dim + k);
}

NN_INLINE nn_real
finish_sum (const nn_real *sums)
{
  nn_real sum = 0;

  for (size_t l = 0; l < SUMS; l++)
    sum += sums[l];
  return sum;
}

NN_INLINE void
scan_four (nn_real *products, nn_real *squares, const nn_real *rows, const nn_real *vector,
           size_t dim)
{
  const nn_real *a = rows, *b = a + dim, *c = b + dim, *d = c + dim;
  nn_real p[ROWS][SUMS] = { { 0 } }, s[ROWS][SUMS] = { { 0 } };
  size_t k = 0;

  for (; k + SUMS <= dim; k += SUMS) {
    fetch_four (rows, k, dim);
    NN_SIMD
    for (size_t l = 0; l < SUMS; l++) {
      nn_real v = vector[k + l];

      p[0][l] += a[k + l] * v;
      p[1][l] += b[k + l] * v;
      p[2][l] += c[k + l] * v;
      p[3][l] += d[k + l] * v;
      s[0][l] += a[k + l] * a[k + l];
      s[1][l] += b[k + l] * b[k + l];
      s[2][l] += c[k + l] * c[k + l];
      s[3][l] += d[k + l] * d[k + l];
    }
  }
  for (size_t r = 0; r < ROWS; r++) {
    products[r] = finish_sum (p[r]);
    squares[r] = finish_sum (s[r]);
    for (size_t i = k; i < dim; i++) {
      products[r] += rows[r * dim + i] * vector[i];
      squares[r] += rows[r * dim + i] * rows[r * dim + i];
    }
  }
}

NN_KERNEL void
nn_scan_rows (nn_real *products, nn_real *squares, const nn_real *rows, const nn_real *vector,
              size_t n, size_t dim)
{
  size_t i = 0;

  for (; i + ROWS <= n; i += ROWS)
    scan_four (products + i, squares + i, rows + i * dim, vector, dim);
  for (; i < n; i++) {
    const nn_real *a = rows + i * dim;
    nn_real p = 0, s = 0;

    NN_SIMD_SUM (p, s)
    for (size_t k = 0; k < dim; k++) {
      p += a[k] * vector[k];
      s += a[k] * a[k];
    }
    products[i] = p;
    squares[i] = s;
  }
}

/* The order: eight interleaved sums, what is left over, then the eight. */
NN_INLINE double
finish_dot (const double *sums, const nn_real *a, const nn_real *b, size_t k, size_t dim)
{
  double sum = 0;

  for (; k < dim; k++)
    sum += (double)a[k] * b[k];
  for (size_t l = 0; l < SUMS; l++)
    sum += sums[l];
  return sum;
}

NN_INLINE double
dot (const nn_real *a, const nn_real *b, size_t dim)
{
  double sums[SUMS] = { 0 };
  size_t k = 0;

  for (; k + SUMS <= dim; k += SUMS)
    for (size_t l = 0; l < SUMS; l++)
      sums[l] += (double)a[k + l] * b[k + l];
  return finish_dot (sums, a, b, k, dim);
}

NN_KERNEL double
nn_dot_exact (const nn_real *a, const nn_real *b, size_t dim)
{
  return dot (a, b, dim);
}

NN_INLINE void
dot_four (nn_real *products, const nn_real *rows, const nn_real *vector, size_t dim)
{
  const nn_real *a = rows, *b = a + dim, *c = b + dim, *d = c + dim;
  double as[SUMS] = { 0 }, bs[SUMS] = { 0 }, cs[SUMS] = { 0 }, ds[SUMS] = { 0 };
  size_t k = 0;

  for (; k + SUMS <= dim; k += SUMS) {
    fetch_four (rows, k, dim);
    NN_SIMD
    for (size_t l = 0; l < SUMS; l++) {
      double v = vector[k + l];

      as[l] += a[k + l] * v;
      bs[l] += b[k + l] * v;
      cs[l] += c[k + l] * v;
      ds[l] += d[k + l] * v;
    }
  }
  products[0] = (nn_real)finish_dot (as, a, vector, k, dim);
  products[1] = (nn_real)finish_dot (bs, b, vector, k, dim);
  products[2] = (nn_real)finish_dot (cs, c, vector, k, dim);
  products[3] = (nn_real)finish_dot (ds, d, vector, k, dim);
}

NN_KERNEL void
nn_scan_exact (nn_real *products, const nn_real *rows, const nn_real *vector, size_t n, size_t dim)
{
  size_t i = 0;

  for (; i + ROWS <= n; i += ROWS)
    dot_four (products + i, rows + i * dim, vector, dim);
  for (; i < n; i++)
    products[i] = (nn_real)dot (rows + i * dim, vector, dim);
}
