/* The tape: an operation runs when it is recorded, keeps what its backward needs in the arena, and
 * backward walks the tape in reverse from the nodes that were seeded. It knows no model and no
 * optimiser. A tape belongs to one thread at a time; tapes on different threads may share
 * parameters as long as each has its own param_grads. */
#pragma once

#include "graph-arena.h"
#include "nn-mixed.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct GraphTape GraphTape;
typedef struct GraphNode GraphNode;

/* A matrix [rows, cols] with row stride ld, row-major. Lives until the tape is reset. */
typedef struct GraphTensor GraphTensor;
struct GraphTensor {
  nn_real *data;
  nn_real *grad; /* same shape and stride; NULL until backward reaches it (use graph_grad()) and
                  * again once it has been used */
  size_t rows, cols, ld;
  GraphTensor *base; /* what this is a view of, else NULL */
  size_t offset;     /* of a view's first number in its base */
  bool wanted;       /* its gradient leads to something that is wanted */
};

/* A parameter, or several neighbouring ones read as one matrix: a slice of the tape's parameter
 * array. */
typedef struct {
  size_t offset;      /* in the array of values */
  size_t grad_offset; /* in the array of gradients, where frozen parameters have no place */
  size_t rows, cols;  /* a vector has rows = 1 */
  bool frozen;
  bool mixed; /* products with it may be of bf16 numbers */
} GraphParam;

/* Sequences of rows that stand one after the other: sequence b owns the rows start[b] …
 * start[b+1]-1. */
typedef struct {
  size_t batch;
  const size_t *start; /* [batch + 1] */
} GraphRows;

/* What the tape works with; set between resets. */
typedef struct {
  const nn_real *params;
  NnMixed *mixed;       /* of these parameters; NULL = no product is of bf16 numbers */
  nn_real *param_grads; /* accumulated into; NULL = no parameter's gradient is wanted */
  bool recording;       /* false: forward only, nothing is kept */
  bool recompute;       /* parts keep their input alone and run again in backward */
  double dropout;       /* rate; 0 = off */
  uint64_t dropout_seed;
  size_t dropout_item; /* the tape's first sequence is this item of the batch: masks go by item */
} GraphSettings;

/* NULL when memory is out. */
GraphTape *graph_tape_create (void);
void graph_tape_free (GraphTape *tape);
/* Forgets all tensors and nodes and takes new settings. */
void graph_tape_reset (GraphTape *tape, const GraphSettings *settings);
const GraphArena *graph_tape_arena (const GraphTape *tape);
/* How many operations are recorded, those inside parts that will run again not counted. */
size_t graph_tape_count_nodes (const GraphTape *tape);

/* Uninitialised memory that lives until the reset. */
void *graph_alloc (GraphTape *tape, size_t bytes);
nn_real *graph_alloc_reals (GraphTape *tape, size_t n);
/* The layout of batch sequences of the same length. */
GraphRows graph_even_rows (GraphTape *tape, size_t batch, size_t length);

/* A leaf over the caller's memory (row stride = cols); wanted = backward shall leave a gradient in
 * it. */
GraphTensor *graph_input (GraphTape *tape, const nn_real *data, size_t rows, size_t cols,
                          bool wanted);
/* A leaf of one repeated number. */
GraphTensor *graph_constant (GraphTape *tape, size_t rows, size_t cols, nn_real value);
/* Views: they share data and gradient with x. */
GraphTensor *graph_columns (GraphTape *tape, GraphTensor *x, size_t from, size_t n);
GraphTensor *graph_row_range (GraphTape *tape, GraphTensor *x, size_t from, size_t n);

/* The gradient, made of zeros on first use. */
nn_real *graph_grad (GraphTape *tape, GraphTensor *x);

/* Adds seed to every number of x's gradient: a loss [1,1] is seeded with its weight. */
void graph_seed (GraphTape *tape, GraphTensor *x, nn_real seed);
/* Adds gradient [rows, cols] (dense) to x's gradient. */
void graph_seed_with (GraphTape *tape, GraphTensor *x, const nn_real *gradient);
/* Walks the tape from its end to its start. Afterwards leaves have their gradients; those of
 * results are gone. with_params false leaves the parameters' gradients alone. */
void graph_backward (GraphTape *tape, bool with_params);
/* Forgets the gradients of every tensor on the tape, so that another backward can start from other
 * seeds. */
void graph_clear_grads (GraphTape *tape);

/* A part of a network: one or two inputs, one dense result of the first one's shape, which depends
 * on nothing but them, parameters and data. data must live until the reset. */
typedef GraphTensor *(*GraphPart) (GraphTape *tape, GraphTensor *const *x, const void *data);

/* Runs a part, x [n]. trained: parameters in it want gradients. Where nothing wants any, its
 * dropout is off, its memory is free again when it returns and with a single input the result
 * takes that input's place; with settings.recompute only inputs and result are kept, and backward
 * runs the part once more, with the same masks. Parts do not contain parts. */
GraphTensor *graph_part (GraphTape *tape, GraphPart part, GraphTensor *const *x, size_t n,
                         const void *data, bool trained);
