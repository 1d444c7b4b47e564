#include "guise-tiles-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "nn-gemm.h"
#include "nn-near.h"

enum { POINTS = 64,       /* of which the products with a block stay in the cache */
       CACHE_LINE = 64 }; /* where vectors begin that are read fastest */

/* ---- the layout ---- */

size_t
guise_tiles_get_row (const GuiseTiles *tiles, size_t place)
{
  return tiles->ids != NULL ? tiles->ids[place] : place;
}

size_t
guise_tiles_count (const GuiseTiles *tiles, size_t block)
{
  return MIN ((size_t)GUISE_TILE, tiles->n - block * GUISE_TILE);
}

static const float *
get_columns (const GuiseTiles *tiles, size_t block)
{
  return tiles->x + block * GUISE_TILE * tiles->dim;
}

void
guise_tiles_multiply (const GuiseTiles *tiles, size_t block, const float *a, size_t m,
                      float *products, size_t ld)
{
  nn_gemm (NN_PLAIN, NN_PLAIN, m, guise_tiles_count (tiles, block), tiles->dim, 1, a, tiles->dim,
           get_columns (tiles, block), GUISE_TILE, 0, products, ld);
}

void
guise_tiles_get_block (const GuiseTiles *tiles, size_t block, float *rows)
{
  size_t n = guise_tiles_count (tiles, block), dim = tiles->dim;
  const float *x = get_columns (tiles, block);

  for (size_t k = 0; k < dim; k++)
    for (size_t r = 0; r < n; r++)
      rows[r * dim + k] = x[k * GUISE_TILE + r];
}

/* The power of two that brings the largest number of all rows to between ½ and 1. */
static double
find_scale (const GuiseRows *rows, const double *centre)
{
  g_autofree double *row = g_new (double, rows->dim);
  double largest = 0;
  int exponent;

  for (size_t i = 0; i < rows->n; i++) {
    guise_rows_get (rows, i, row);
    for (size_t k = 0; k < rows->dim; k++)
      largest = MAX (largest, fabs (row[k] - centre[k]));
  }
  frexp (largest, &exponent);
  return largest > 0 ? ldexp (1, CLAMP (-exponent, -500, 500)) : 1;
}

static void
fill_place (GuiseTiles *tiles, size_t place, double *row)
{
  float *x = tiles->x + place / GUISE_TILE * GUISE_TILE * tiles->dim + place % GUISE_TILE;
  double length2 = 0;

  guise_rows_get (tiles->rows, guise_tiles_get_row (tiles, place), row);
  for (size_t k = 0; k < tiles->dim; k++) {
    float value = (float)((row[k] - tiles->centre[k]) * tiles->scale);

    x[k * GUISE_TILE] = value;
    length2 += (double)value * value;
  }
  tiles->half[place] = (float)(0.5 * length2);
  tiles->lengths[place] = sqrt (length2);
}

static void
fill_block (size_t block, void *data)
{
  GuiseTiles *tiles = data;
  g_autofree double *row = g_new (double, tiles->dim);
  size_t first = block * GUISE_TILE, n = guise_tiles_count (tiles, block);

  for (size_t p = 0; p < n; p++) {
    fill_place (tiles, first + p, row);
    tiles->longest[block] = MAX (tiles->longest[block], tiles->lengths[first + p]);
  }
}

GuiseTiles *
guise_tiles_new (const GuiseRows *rows, const guint32 *ids, size_t n, const GuiseWork *work)
{
  GuiseTiles *tiles = g_new0 (GuiseTiles, 1);

  tiles->rows = rows;
  tiles->ids = ids != NULL ? g_memdup2 (ids, n * sizeof *ids) : NULL;
  tiles->n = ids != NULL ? n : rows->n;
  tiles->dim = rows->dim;
  tiles->n_blocks = (tiles->n + GUISE_TILE - 1) / GUISE_TILE;
  tiles->centre = g_new (double, rows->dim);
  guise_rows_mean (rows, tiles->centre);
  tiles->scale = find_scale (rows, tiles->centre);
  tiles->x = g_new0 (float, tiles->n_blocks * tiles->dim * GUISE_TILE);
  tiles->half = g_new0 (float, tiles->n_blocks *GUISE_TILE);
  tiles->lengths = g_new0 (double, tiles->n_blocks *GUISE_TILE);
  tiles->longest = g_new0 (double, tiles->n_blocks);
  nn_team_run (work->team, tiles->n_blocks, fill_block, tiles);
  return tiles;
}

void
guise_tiles_free (GuiseTiles *tiles)
{
  if (tiles == NULL)
    return;
  g_free ((gpointer)tiles->ids);
  g_free (tiles->centre);
  g_aligned_free (tiles->x);
  g_free (tiles->half);
  g_free (tiles->lengths);
  g_free (tiles->longest);
  g_free (tiles);
}

void
guise_tiles_frame (const GuiseTiles *tiles, float *framed, const double *point)
{
  for (size_t k = 0; k < tiles->dim; k++)
    framed[k] = (float)((point[k] - tiles->centre[k]) * tiles->scale);
}

float
guise_tiles_limit (const GuiseTiles *tiles, double distance2)
{
  double half = 0.5 * distance2 * tiles->scale * tiles->scale;

  return half < FLT_MAX ? nextafterf ((float)half, INFINITY) : INFINITY;
}

/* How far ½‖a-b‖² from rounded rows and their float product can be from the true one. With u =
 * 2^-24 and lengths a, b: the product is wrong by at most about dim·u·ab in whatever order it is
 * summed (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); rounding the rows moves
 * the result by u(a+b)², rounding the half lengths, their sum and the difference by less than
 * 3u(a+b)²; what lies below the smallest float is lost. */
static double
bound_error (size_t dim, double a, double b)
{
  const double u = 0x1p-24;

  return u * ((dim + 10) * a * b + 4 * (a + b) * (a + b)) + dim * (double)FLT_MIN;
}

double
guise_tiles_get_margin (const GuiseTiles *tiles, size_t place)
{
  double length = tiles->lengths[place], longest = 0, sum;

  for (size_t b = 0; b < tiles->n_blocks; b++)
    longest = MAX (longest, tiles->longest[b]);
  sum = length + longest;
  return bound_error (tiles->dim, length, longest) + 0x1p-24 * sum * sum;
}

enum { GOOD = 64 }; /* margins: the usual error, far below the margin, is then below 1/1000 */

double
guise_tiles_distance (const GuiseTiles *tiles, size_t i, size_t j, double half)
{
  if (half < GOOD * bound_error (tiles->dim, tiles->lengths[i], tiles->lengths[j]))
    return sqrt (guise_rows_distance2 (tiles->rows, guise_tiles_get_row (tiles, i),
                                       guise_tiles_get_row (tiles, j)));
  return sqrt (2 * half) / tiles->scale;
}

/* ---- the scan ---- */

enum { STRIPE = 264 }; /* rows of a tile whose products are looked at while they are in the cache */

typedef struct {
  const GuiseScan *scan;
  const GuiseWork *work;
  guint64 n_tiles;
  guint64 next, n_done; /* atomic */
  float *no_limits;     /* [GUISE_TILE] */
} Run;

static gboolean
is_triangle (const GuiseScan *scan)
{
  return scan->rows == scan->columns;
}

guint64
guise_scan_count_tiles (const GuiseScan *scan)
{
  guint64 n = scan->rows->n_blocks;

  return is_triangle (scan) ? n * (n + 1) / 2 : n * scan->columns->n_blocks;
}

/* Tile number t by rows of tiles; in a triangle row r has n - r of them. */
static void
find_tile (const GuiseScan *scan, guint64 t, size_t *row, size_t *column)
{
  guint64 n = scan->columns->n_blocks;

  *row = 0;
  if (!is_triangle (scan)) {
    *row = t / n;
    *column = t % n;
    return;
  }
  while (t >= n - *row)
    t -= n - (*row)++;
  *column = *row + t;
}

/* The pairs of one row with a block's columns from `from` on. */
static void
visit_row (const Run *run, size_t worker, size_t i, size_t block, size_t from,
           const float *products)
{
  const GuiseScan *scan = run->scan;
  const GuiseTiles *columns = scan->columns;
  size_t first = block * GUISE_TILE + from, n = guise_tiles_count (columns, block) - from, n_found;
  double margin
      = bound_error (columns->dim, scan->rows->lengths[i], columns->longest[block]);
  double half = scan->rows->half[i];
  const float *limits = is_triangle (scan) ? scan->limits[worker] + first : run->no_limits;
  uint16_t found[GUISE_TILE];

  n_found = nn_find_near (found, products + from, columns->half + first, (float)(half - margin),
                          limits, scan->limits[worker][i],
                          scan->groups != NULL ? scan->groups + first : NULL,
                          scan->groups != NULL ? scan->groups[i] : 0, n);
  for (size_t f = 0; f < n_found; f++) {
    size_t j = first + found[f];

    scan->visit (i, j, half + columns->half[j] - products[from + found[f]], margin,
                 scan->data[worker]);
  }
}

/* products: room for [STRIPE,GUISE_TILE]. */
static void
scan_tile (const Run *run, size_t worker, size_t row, size_t column, float *products)
{
  const GuiseScan *scan = run->scan;
  size_t n_rows = guise_tiles_count (scan->rows, row);
  size_t n_columns = guise_tiles_count (scan->columns, column), dim = scan->rows->dim;
  gboolean diagonal = is_triangle (scan) && row == column;

  if (scan->is_settled != NULL
      && scan->is_settled (row * GUISE_TILE, n_rows, column * GUISE_TILE, n_columns,
                           scan->data[worker]))
    return;
  for (size_t low = 0; low < n_rows; low += STRIPE) {
    size_t n = MIN ((size_t)STRIPE, n_rows - low);

    nn_gemm (NN_TRANSPOSED, NN_PLAIN, n, n_columns, dim, 1, get_columns (scan->rows, row) + low,
             GUISE_TILE, get_columns (scan->columns, column), GUISE_TILE, 0, products, GUISE_TILE);
    for (size_t r = 0; r < n; r++)
      visit_row (run, worker, row * GUISE_TILE + low + r, column, diagonal ? low + r + 1 : 0,
                 products + r * GUISE_TILE);
  }
}

static void
scan_share (size_t worker, void *data)
{
  Run *run = data;
  const GuiseScan *scan = run->scan;
  float *products = g_aligned_alloc ((gsize)STRIPE * GUISE_TILE, sizeof (float), CACHE_LINE);
  guint64 t;

  while ((t = __atomic_fetch_add (&run->next, 1, __ATOMIC_RELAXED)) < run->n_tiles) {
    size_t row, column;

    if (g_cancellable_is_cancelled (run->work->cancellable))
      break;
    find_tile (scan, t, &row, &column);
    scan_tile (run, worker, row, column, products);
    t = __atomic_add_fetch (&run->n_done, 1, __ATOMIC_RELAXED);
    if (worker == 0) /* the caller's thread */
      guise_work_report (run->work, scan->before + t, MAX (scan->total, run->n_tiles));
  }
  g_aligned_free (products);
}

gboolean
guise_scan_run (const GuiseScan *scan, const GuiseWork *work, GError **error)
{
  g_autofree float *no_limits = g_new (float, GUISE_TILE);
  Run run = { .scan = scan,
              .work = work,
              .n_tiles = guise_scan_count_tiles (scan),
              .no_limits = no_limits };

  for (size_t j = 0; j < GUISE_TILE; j++)
    no_limits[j] = -INFINITY;
  nn_team_run (work->team, nn_team_size (work->team), scan_share, &run);
  return !g_cancellable_set_error_if_cancelled (work->cancellable, error);
}

/* ---- the nearest of some points ---- */

typedef struct {
  const GuiseTiles *tiles;
  const float *points, *point_half;
  size_t k;
  guint32 *which;
  float *half;
} Assignment;

static void
assign_block (size_t block, void *data)
{
  const Assignment *a = data;
  size_t first = block * GUISE_TILE, n = guise_tiles_count (a->tiles, block), dim = a->tiles->dim;
  g_autofree float *products = g_new (float, (gsize)POINTS *GUISE_TILE);
  float least[GUISE_TILE];

  for (size_t j = 0; j < n; j++) {
    least[j] = INFINITY;
    a->which[first + j] = 0;
  }
  for (size_t low = 0; low < a->k; low += POINTS) {
    size_t rows = MIN ((size_t)POINTS, a->k - low);

    guise_tiles_multiply (a->tiles, block, a->points + low * dim, rows, products, GUISE_TILE);
    nn_keep_nearest (a->which + first, least, products, GUISE_TILE, a->point_half + low, low, rows,
                     n);
  }
  for (size_t j = 0; a->half != NULL && j < n; j++)
    a->half[first + j] = MAX (0.0f, a->tiles->half[first + j] + least[j]);
}

static float *
create_halves (const GuiseTiles *tiles, const float *points, size_t k)
{
  float *half = g_new (float, k);

  for (size_t c = 0; c < k; c++) {
    double length2 = 0;

    for (size_t d = 0; d < tiles->dim; d++)
      length2 += (double)points[c * tiles->dim + d] * points[c * tiles->dim + d];
    half[c] = (float)(0.5 * length2);
  }
  return half;
}

void
guise_tiles_assign (const GuiseTiles *tiles, const float *points, size_t k, guint32 *which,
                    float *half, const GuiseWork *work)
{
  g_autofree float *point_half = create_halves (tiles, points, k);
  Assignment assignment = { tiles, points, point_half, k, which, half };

  nn_team_run (work->team, tiles->n_blocks, assign_block, &assignment);
}

static void
measure_block (size_t block, void *data)
{
  const Assignment *a = data;
  size_t first = block * GUISE_TILE, n = guise_tiles_count (a->tiles, block);

  guise_tiles_multiply (a->tiles, block, a->points, a->k, a->half + first, a->tiles->n);
  for (size_t c = 0; c < a->k; c++) {
    float *half = a->half + c * a->tiles->n + first;

    for (size_t j = 0; j < n; j++)
      half[j] = MAX (0.0f, a->tiles->half[first + j] + a->point_half[c] - half[j]);
  }
}

void
guise_tiles_measure (const GuiseTiles *tiles, const float *points, size_t k, float *half,
                     const GuiseWork *work)
{
  g_autofree float *point_half = create_halves (tiles, points, k);
  Assignment assignment = { tiles, points, point_half, k, NULL, half };

  nn_team_run (work->team, tiles->n_blocks, measure_block, &assignment);
}
