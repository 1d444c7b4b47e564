/* Left to itself gcc 12 makes of a half what ten instructions make of it, so the scans say which
 * one to use. Four rows at a time share what is read of the vector. */
#include "nn-half.h"

#include <math.h>
#include <string.h>

#include "nn-simd.h"

enum { ROWS = 4,
       LINE = 32, /* halves in a line of the cache */
       AHEAD = 8 };

/* ---- any processor ---- */

NN_INLINE float
as_float (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Without a branch. The exponent's bias is 15 in a half and 127 in a float; a subnormal half is
 * given a one in front, which is subtracted again. */
NN_INLINE float
widen (uint16_t half)
{
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = (uint32_t)(half & 0x7fff) << 13;
  float small = as_float (rest + (113u << 23)) - as_float (113u << 23);
  uint32_t bits;

  memcpy (&bits, &small, sizeof bits);
  bits = rest < 1u << 23 ? bits : rest + (rest < 31u << 23 ? 112u << 23 : 224u << 23);
  return as_float (bits | sign);
}

NN_INLINE float
multiply_row (const uint16_t *row, const float *vector, size_t first, size_t dim)
{
  float sum = 0;

  NN_SIMD_SUM (sum)
  for (size_t k = first; k < dim; k++)
    sum += widen (row[k]) * vector[k];
  return sum;
}

static void
scan_plain (float *products, const uint16_t *rows, const float *vector, size_t n, size_t dim)
{
  for (size_t i = 0; i < n; i++)
    products[i] = multiply_row (rows + i * dim, vector, 0, dim);
}

NN_KERNEL void
nn_measure_halves (double *off, double *squares, const uint16_t *halves, const float *rows,
                   size_t n, size_t dim)
{
  for (size_t i = 0; i < n; i++) {
    double o = 0, s = 0;

    NN_SIMD_SUM (o, s)
    for (size_t k = 0; k < dim; k++) {
      double half = widen (halves[i * dim + k]), difference = rows[i * dim + k] - half;

      o += difference * difference;
      s += half * half;
    }
    off[i] = o;
    squares[i] = s;
  }
}

/* ---- processors that turn halves into floats ---- */

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(NN_ONLY_LEVEL)

#include <immintrin.h>

/* What is compiled for one level only; nn_scan_halves_at() asks which may run. */
#define NN_AVX512 __attribute__ ((target ("arch=x86-64-v4")))
#define NN_AVX2 __attribute__ ((target ("arch=x86-64-v3")))

/* As in nn-scan.c: of each of the rows that come AHEAD rows later, the line of the cache at k. */
NN_INLINE void
fetch_ahead (const uint16_t *rows, size_t k, size_t dim)
{
  if (k % LINE != 0)
    return;
  for (size_t r = AHEAD; r < AHEAD + ROWS; r++)
    __builtin_prefetch (rows + r * dim + k);
}

NN_AVX512 static void
scan_avx512 (float *products, const uint16_t *rows, const float *vector, size_t n, size_t dim)
{
  for (size_t i = 0; i < n; i += ROWS) {
    size_t n_rows = n - i < ROWS ? n - i : ROWS;
    __m512 sums[ROWS] = { { 0 } };

    for (size_t k = 0; k < dim; k += 16) {
      __mmask16 mask = dim - k < 16 ? (__mmask16)((1u << (dim - k)) - 1) : 0xffff;
      __m512 part = _mm512_maskz_loadu_ps (mask, vector + k);

      fetch_ahead (rows + i * dim, k, dim);
#pragma GCC unroll 4
      for (size_t r = 0; r < ROWS; r++) {
        const uint16_t *row = rows + (i + (r < n_rows ? r : 0)) * dim;
        __m256i halves = _mm256_maskz_loadu_epi16 (mask, row + k);

        sums[r] = _mm512_fmadd_ps (_mm512_cvtph_ps (halves), part, sums[r]);
      }
    }
    for (size_t r = 0; r < n_rows; r++)
      products[i + r] = _mm512_reduce_add_ps (sums[r]);
  }
}

NN_AVX2 static void
scan_avx2 (float *products, const uint16_t *rows, const float *vector, size_t n, size_t dim)
{
  for (size_t i = 0; i < n; i += ROWS) {
    size_t n_rows = n - i < ROWS ? n - i : ROWS, k = 0;
    __m256 sums[ROWS] = { { 0 } };

    for (; k + 8 <= dim; k += 8) {
      __m256 part = _mm256_loadu_ps (vector + k);

      fetch_ahead (rows + i * dim, k, dim);
#pragma GCC unroll 4
      for (size_t r = 0; r < ROWS; r++) {
        const uint16_t *row = rows + (i + (r < n_rows ? r : 0)) * dim;
        __m128i halves = _mm_loadu_si128 ((const __m128i *)(const void *)(row + k));

        sums[r] = _mm256_fmadd_ps (_mm256_cvtph_ps (halves), part, sums[r]);
      }
    }
    for (size_t r = 0; r < n_rows; r++) {
      float lanes[8], sum = 0;

      _mm256_storeu_ps (lanes, sums[r]);
      for (int l = 0; l < 8; l++)
        sum += lanes[l];
      products[i + r] = sum + multiply_row (rows + (i + r) * dim, vector, k, dim);
    }
  }
}

void
nn_scan_halves_at (NnLevel level, float *products, const uint16_t *rows, const float *vector,
                   size_t n, size_t dim)
{
  if (level == NN_LEVEL_AVX512)
    scan_avx512 (products, rows, vector, n, dim);
  else if (level == NN_LEVEL_AVX2)
    scan_avx2 (products, rows, vector, n, dim);
  else
    scan_plain (products, rows, vector, n, dim);
}

#else

void
nn_scan_halves_at (NnLevel level, float *products, const uint16_t *rows, const float *vector,
                   size_t n, size_t dim)
{
  (void)level;
  scan_plain (products, rows, vector, n, dim);
}

#endif

void
nn_scan_halves (float *products, const uint16_t *rows, const float *vector, size_t n, size_t dim)
{
  nn_scan_halves_at (nn_level_get (), products, rows, vector, n, dim);
}
