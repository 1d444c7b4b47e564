#include "nn-rounded.h"

#include <cblas.h>
#include <string.h>

#include "nn-bf16.h"
#include "nn-gemm.h"
#include "nn-room.h"
#include "nn-simd.h"

/* A block of each operand stands rounded in the thread's room. */
enum { ROWS = 512,
       DEPTH = 512,
       COLS = 1024 };

_Static_assert((ROWS + COLS) * DEPTH * sizeof (float) <= NN_ROOM_BYTES, "both fit into a room");

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

/* to [rows,cols] = x rounded, either of whose strides may be 1. */
NN_KERNEL static void
round_block (float *to, NnStrided x, size_t rows, size_t cols)
{
  if (x.col == 1) {
    for (size_t i = 0; i < rows; i++)
      nn_bf16_round (to + i * cols, x.x + i * x.row, cols);
    return;
  }
  for (size_t j = 0; j < cols; j++)
    for (size_t i = 0; i < rows; i++)
      to[i * cols + j] = nn_bf16_to_float (nn_bf16_from_float (x.x[i * x.row + j * x.col]));
}

static NnStrided
from (NnStrided x, size_t row, size_t col)
{
  return (NnStrided){ x.x + row * x.row + col * x.col, x.row, x.col };
}

/* One pair of blocks. Without room, numbers are rounded and multiplied one by one. */
static void
multiply_block (float *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k)
{
  float *room = nn_room_get (), *rounded_b = room + ROWS * DEPTH;

  if (room != NULL) {
    round_block (room, a, m, k);
    round_block (rounded_b, b, k, n);
    cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1,
                 room, (blasint)k, rounded_b, (blasint)n, 1, c, (blasint)ldc);
    return;
  }
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      for (size_t p = 0; p < k; p++) {
        float x = a.x[i * a.row + p * a.col], y = b.x[p * b.row + j * b.col];

        nn_bf16_round (&x, &x, 1);
        nn_bf16_round (&y, &y, 1);
        c[i * ldc + j] += x * y;
      }
}

static void
start_rows (float *c, size_t ldc, size_t m, size_t n, const float *bias)
{
  for (size_t i = 0; i < m; i++)
    if (bias != NULL)
      memcpy (c + i * ldc, bias, n * sizeof *c);
    else
      memset (c + i * ldc, 0, n * sizeof *c);
}

void
nn_rounded_multiply (float *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n, size_t k,
                     const float *bias, int add)
{
  if (m > 0 && n > 0 && k > 0 && nn_gemm_uses_tiles ()
      && nn_tiles_multiply_rounded (c, ldc, a, b, m, n, k, bias, add))
    return;
  if (!add)
    start_rows (c, ldc, m, n, bias);
  for (size_t i = 0; i < m; i += ROWS)
    for (size_t j = 0; j < n; j += COLS)
      for (size_t p = 0; p < k; p += DEPTH)
        multiply_block (c + i * ldc + j, ldc, from (a, i, p), from (b, p, j), smaller (m - i, ROWS),
                        smaller (n - j, COLS), smaller (k - p, DEPTH));
}
