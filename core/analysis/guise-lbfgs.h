/* Minimises a smooth function by L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5)
 * with a line search for the weak Wolfe conditions by bisection. Deterministic; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns f (x) and writes its gradient [n]. */
typedef double (*GuiseLbfgsFunction) (const double *x, double *gradient, gpointer data);

/* x [n]: start and result. Stops when no component of the gradient is larger than tolerance: TRUE;
 * FALSE after max_iterations, or where rounding leaves no way down. n_iterations may be NULL. */
gboolean guise_lbfgs_minimise (double *x, size_t n, GuiseLbfgsFunction function, gpointer data,
                               guint max_iterations, double tolerance, guint *n_iterations);

G_END_DECLS
