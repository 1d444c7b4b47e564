#include "guise-lbfgs.h"

#include <math.h>
#include <string.h>

#define MEMORY 10
#define MAX_TRIALS 40

typedef struct {
  size_t n;
  GuiseLbfgsFunction function;
  gpointer data;
  double value;
  double *x, *gradient;           /* [n] here */
  double *next_x, *next_gradient; /* [n] there */
  double *direction;              /* [n] */
  double *steps, *changes;        /* [MEMORY,n] s and y of the last updates, a ring */
  double inner[MEMORY];           /* s·y */
  guint n_updates;                /* all there ever were; the newest is (n_updates-1) mod MEMORY */
} Search;

static double
dot (const double *a, const double *b, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static double
largest (const double *a, size_t n)
{
  double top = 0;

  for (size_t i = 0; i < n; i++)
    top = MAX (top, fabs (a[i]));
  return top;
}

static void
add_scaled (double *y, double factor, const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] += factor * x[i];
}

/* direction = - H gradient, by the two loops over the memory. */
static void
choose_direction (Search *search)
{
  guint n_kept = MIN (search->n_updates, MEMORY);
  double alpha[MEMORY];
  double *d = search->direction;
  size_t n = search->n;

  for (size_t i = 0; i < n; i++)
    d[i] = -search->gradient[i];
  for (guint k = 0; k < n_kept; k++) {
    guint m = (search->n_updates - 1 - k) % MEMORY;

    alpha[m] = dot (search->steps + m * n, d, n) / search->inner[m];
    add_scaled (d, -alpha[m], search->changes + m * n, n);
  }
  if (n_kept > 0) {
    guint m = (search->n_updates - 1) % MEMORY;
    const double *y = search->changes + m * n;
    double scale = search->inner[m] / dot (y, y, n);

    for (size_t i = 0; i < n; i++)
      d[i] *= scale;
  }
  for (guint k = n_kept; k-- > 0;) {
    guint m = (search->n_updates - 1 - k) % MEMORY;
    double beta = dot (search->changes + m * n, d, n) / search->inner[m];

    add_scaled (d, alpha[m] - beta, search->steps + m * n, n);
  }
}

/* Finds a step along direction that goes down enough and has flattened enough; leaves it in next_x
 * and next_gradient. FALSE: there is none that rounding lets us see. */
static gboolean
search_line (Search *search, double step, double *next_value)
{
  double slope = dot (search->gradient, search->direction, search->n);
  double low = 0, high = INFINITY;

  if (!(slope < 0))
    return FALSE;
  for (guint trial = 0; trial < MAX_TRIALS; trial++) {
    double value;

    memcpy (search->next_x, search->x, search->n * sizeof *search->x);
    add_scaled (search->next_x, step, search->direction, search->n);
    value = search->function (search->next_x, search->next_gradient, search->data);
    if (!(value <= search->value + 1e-4 * step * slope)) /* also where it is NaN */
      high = step;
    else if (dot (search->next_gradient, search->direction, search->n) < 0.9 * slope)
      low = step;
    else {
      *next_value = value;
      return TRUE;
    }
    step = isinf (high) ? 2 * low : 0.5 * (low + high);
  }
  return FALSE;
}

/* Goes to the point that was found and remembers the curvature on the way. */
static void
accept (Search *search, double value)
{
  guint m = search->n_updates % MEMORY;
  double *s = search->steps + m * search->n, *y = search->changes + m * search->n;

  for (size_t i = 0; i < search->n; i++) {
    s[i] = search->next_x[i] - search->x[i];
    y[i] = search->next_gradient[i] - search->gradient[i];
  }
  search->inner[m] = dot (s, y, search->n);
  if (search->inner[m] > 1e-12 * dot (y, y, search->n))
    search->n_updates++;
  memcpy (search->x, search->next_x, search->n * sizeof *search->x);
  memcpy (search->gradient, search->next_gradient, search->n * sizeof *search->gradient);
  search->value = value;
}

gboolean
guise_lbfgs_minimise (double *x, size_t n, GuiseLbfgsFunction function, gpointer data,
                      guint max_iterations, double tolerance, guint *n_iterations)
{
  g_autofree double *memory = g_new (double, n *(4 + 2 * MEMORY) + 1);
  Search search = { .n = n,
                    .function = function,
                    .data = data,
                    .x = x,
                    .gradient = memory,
                    .next_x = memory + n,
                    .next_gradient = memory + 2 * n,
                    .direction = memory + 3 * n,
                    .steps = memory + 4 * n,
                    .changes = memory + (4 + MEMORY) * n };
  guint done = 0;
  gboolean converged;

  search.value = function (x, search.gradient, data);
  while (!(converged = largest (search.gradient, n) <= tolerance) && done < max_iterations) {
    double value, step = 1;

    choose_direction (&search);
    if (search.n_updates == 0)
      step = 1 / sqrt (dot (search.gradient, search.gradient, n));
    if (!search_line (&search, step, &value))
      break;
    accept (&search, value);
    done++;
  }
  if (n_iterations != NULL)
    *n_iterations = done;
  return converged;
}
