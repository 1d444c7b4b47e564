/* The number type of the numeric core. The layers nn, graph and model are compiled twice: nn_real
 * is float, and double (NN_DOUBLE) for gradient checks and exact parity; nn-names.h then renames
 * every public symbol. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef NN_DOUBLE
typedef double nn_real;
#else
typedef float nn_real;
#endif

/* What a backward pass does with the gradient of its input: a first contribution is set and need
 * not have been cleared, later ones are added. */
typedef enum { NN_ADD,
               NN_SET } NnStore;

#include "nn-names.h"
