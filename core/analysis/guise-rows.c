#include "guise-rows.h"

#include <math.h>

#include "nn-near.h"

GQuark
guise_cluster_error_quark (void)
{
  return g_quark_from_static_string ("guise-cluster-error");
}

/* The square of anything larger, summed over many columns, may not fit a double. */
#define LARGEST 1e150
enum { SUMS = 8,
       FEW = 16 };

static gboolean
check_number (double value, size_t row, size_t column, GError **error)
{
  if (fabs (value) <= LARGEST)
    return TRUE;
  g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_NOT_FINITE,
               "row %zu, column %zu: %s; take that row out or make it good", row, column,
               isfinite (value) ? "too large to be squared" : "not a finite number");
  return FALSE;
}

gboolean
guise_rows_check (const GuiseRows *rows, GError **error)
{
  if (rows->n == 0 || rows->dim == 0 || rows->n >= G_MAXUINT32) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "%zu rows of %zu numbers: %s", rows->n, rows->dim,
                 rows->n >= G_MAXUINT32 ? "too many rows, take a part of them"
                                        : "at least one row of one number is needed");
    return FALSE;
  }
  for (size_t i = 0; i < rows->n; i++)
    for (size_t k = 0; k < rows->dim; k++) {
      size_t at = i * rows->dim + k;

      if (!check_number (rows->exact != NULL ? rows->exact[at] : rows->x[at], i, k, error))
        return FALSE;
    }
  return TRUE;
}

void
guise_rows_get (const GuiseRows *rows, size_t i, double *values)
{
  size_t from = i * rows->dim;

  for (size_t k = 0; k < rows->dim; k++)
    values[k] = rows->exact != NULL ? rows->exact[from + k] : rows->x[from + k];
}

/* As nn_square_distance() does it. */
double
guise_square_distance (const double *a, const double *b, size_t dim)
{
  double sums[SUMS] = { 0 }, sum = 0;
  size_t k = 0;

  if (dim >= FEW)
    for (; k + SUMS <= dim; k += SUMS)
      for (size_t s = 0; s < SUMS; s++)
        sums[s] += (a[k + s] - b[k + s]) * (a[k + s] - b[k + s]);
  for (; k < dim; k++)
    sum += (a[k] - b[k]) * (a[k] - b[k]);
  for (size_t s = 0; s < SUMS; s++)
    sum += sums[s];
  return sum;
}

double
guise_rows_distance2 (const GuiseRows *rows, size_t a, size_t b)
{
  size_t from = a * rows->dim, to = b * rows->dim;

  if (rows->exact != NULL)
    return guise_square_distance (rows->exact + from, rows->exact + to, rows->dim);
  return nn_square_distance (rows->x + from, rows->x + to, rows->dim);
}

void
guise_rows_mean (const GuiseRows *rows, double *mean)
{
  g_autofree double *row = g_new (double, rows->dim);

  for (size_t k = 0; k < rows->dim; k++)
    mean[k] = 0;
  for (size_t i = 0; i < rows->n; i++) {
    guise_rows_get (rows, i, row);
    for (size_t k = 0; k < rows->dim; k++)
      mean[k] += row[k];
  }
  for (size_t k = 0; k < rows->dim; k++)
    mean[k] /= rows->n;
}

void
guise_work_report (const GuiseWork *work, guint64 done, guint64 total)
{
  if (work->progress != NULL)
    work->progress (done, total, work->progress_data);
}
