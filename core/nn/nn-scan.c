/* Four rows at a time share what is read of the vector; their sums do not wait for each other. */
#include "nn-scan.h"

#include "nn-simd.h"

enum { ROWS = 4,
       SUMS = 8 };

NN_INLINE void
scan_four (nn_real *products, nn_real *squares, const nn_real *rows, const nn_real *vector,
           size_t dim)
{
  const nn_real *a = rows, *b = a + dim, *c = b + dim, *d = c + dim;
  nn_real pa = 0, pb = 0, pc = 0, pd = 0, sa = 0, sb = 0, sc = 0, sd = 0;

  NN_SIMD_SUM (pa, pb, pc, pd, sa, sb, sc, sd)
  for (size_t k = 0; k < dim; k++) {
    nn_real v = vector[k];

    pa += a[k] * v;
    pb += b[k] * v;
    pc += c[k] * v;
    pd += d[k] * v;
    sa += a[k] * a[k];
    sb += b[k] * b[k];
    sc += c[k] * c[k];
    sd += d[k] * d[k];
  }
  products[0] = pa;
  products[1] = pb;
  products[2] = pc;
  products[3] = pd;
  squares[0] = sa;
  squares[1] = sb;
  squares[2] = sc;
  squares[3] = sd;
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
