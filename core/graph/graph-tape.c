#include "graph-private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nn-elementwise.h"

/* Tensors are chained so that their gradients can be forgotten together. */
typedef struct Link Link;
struct Link {
  GraphTensor tensor; /* first: a GraphTensor is its link */
  Link *previous;
};

/* The head of a gradient's memory, in front of its numbers. */
typedef struct Room Room;
struct Room {
  size_t n; /* numbers that fit */
  Room *next;
};

enum { ROOM_HEAD = 64 }; /* bytes: the numbers stay aligned */

struct GraphTape {
  GraphArena *arena;
  Room *free_rooms; /* of gradients that nobody reads any more; used again while they are in the
                     * cache */
  GraphSettings settings;
  GraphNode *last;
  Link *last_tensor;
  size_t n_nodes;
  size_t n_dropouts; /* since the reset */
  bool with_params;
};

GraphTape *
graph_tape_create (void)
{
  GraphTape *tape = calloc (1, sizeof *tape);

  if (tape == NULL)
    return NULL;
  tape->arena = graph_arena_create ();
  if (tape->arena == NULL) {
    free (tape);
    return NULL;
  }
  return tape;
}

void
graph_tape_free (GraphTape *tape)
{
  if (tape == NULL)
    return;
  graph_arena_free (tape->arena);
  free (tape);
}

void
graph_tape_reset (GraphTape *tape, const GraphSettings *settings)
{
  graph_arena_reset (tape->arena);
  tape->settings = *settings;
  tape->last = NULL;
  tape->last_tensor = NULL;
  tape->free_rooms = NULL;
  tape->n_nodes = 0;
  tape->n_dropouts = 0;
}

const GraphArena *
graph_tape_arena (const GraphTape *tape)
{
  return tape->arena;
}

size_t
graph_tape_count_nodes (const GraphTape *tape)
{
  return tape->n_nodes;
}

void *
graph_alloc (GraphTape *tape, size_t bytes)
{
  return graph_arena_alloc (tape->arena, bytes);
}

nn_real *
graph_alloc_reals (GraphTape *tape, size_t n)
{
  return graph_arena_alloc (tape->arena, n * sizeof (nn_real));
}

GraphRows
graph_even_rows (GraphTape *tape, size_t batch, size_t length)
{
  size_t *start = graph_alloc (tape, (batch + 1) * sizeof *start);

  for (size_t b = 0; b <= batch; b++)
    start[b] = b * length;
  return (GraphRows){ batch, start };
}

static GraphTensor *
link_tensor (GraphTape *tape, GraphTensor tensor)
{
  Link *link = graph_alloc (tape, sizeof *link);

  link->tensor = tensor;
  link->previous = tape->last_tensor;
  tape->last_tensor = link;
  return &link->tensor;
}

GraphTensor *
graph_tensor (GraphTape *tape, size_t rows, size_t cols, bool wanted)
{
  return link_tensor (tape, (GraphTensor){ .data = graph_alloc_reals (tape, rows * cols),
                                           .rows = rows,
                                           .cols = cols,
                                           .ld = cols,
                                           .wanted = wanted && tape->settings.recording });
}

GraphTensor *
graph_input (GraphTape *tape, const nn_real *data, size_t rows, size_t cols, bool wanted)
{
  return link_tensor (tape, (GraphTensor){ .data = (nn_real *)data,
                                           .rows = rows,
                                           .cols = cols,
                                           .ld = cols,
                                           .wanted = wanted && tape->settings.recording });
}

GraphTensor *
graph_constant (GraphTape *tape, size_t rows, size_t cols, nn_real value)
{
  GraphTensor *x = graph_tensor (tape, rows, cols, false);

  for (size_t i = 0; i < rows * cols; i++)
    x->data[i] = value;
  return x;
}

static GraphTensor *
view (GraphTape *tape, GraphTensor *x, size_t offset, size_t rows, size_t cols)
{
  GraphTensor *base = x->base != NULL ? x->base : x;

  return link_tensor (tape, (GraphTensor){ .data = x->data + offset,
                                           .rows = rows,
                                           .cols = cols,
                                           .ld = x->ld,
                                           .base = base,
                                           .offset = x->offset + offset,
                                           .wanted = x->wanted });
}

GraphTensor *
graph_columns (GraphTape *tape, GraphTensor *x, size_t from, size_t n)
{
  assert (from + n <= x->cols);
  return view (tape, x, from, x->rows, n);
}

GraphTensor *
graph_row_range (GraphTape *tape, GraphTensor *x, size_t from, size_t n)
{
  assert (from + n <= x->rows);
  return view (tape, x, from * x->ld, n, x->cols);
}

/* ------------------------------------------------------------------------------------ gradients */

/* Room for n numbers, not cleared: the smallest free one that is no more than twice too large. */
static nn_real *
take_room (GraphTape *tape, size_t n)
{
  Room **best = NULL, *room;

  for (Room **at = &tape->free_rooms; *at != NULL; at = &(*at)->next)
    if ((*at)->n >= n && (*at)->n / 2 <= n && (best == NULL || (*at)->n < (*best)->n))
      best = at;
  if (best != NULL) {
    room = *best;
    *best = room->next;
  } else {
    room = graph_alloc (tape, ROOM_HEAD + n * sizeof (nn_real));
    room->n = n;
  }
  return (nn_real *)((char *)room + ROOM_HEAD);
}

/* Takes the gradient from a tensor, unless it lies in somebody else's. */
static void
drop_grad (GraphTape *tape, GraphTensor *x)
{
  if (x->grad != NULL && x->base == NULL) {
    Room *room = (Room *)((char *)x->grad - ROOM_HEAD);

    room->next = tape->free_rooms;
    tape->free_rooms = room;
  }
  x->grad = NULL;
}

nn_real *
graph_grad (GraphTape *tape, GraphTensor *x)
{
  if (x->grad != NULL)
    return x->grad;
  if (x->base != NULL) {
    x->grad = graph_grad (tape, x->base) + x->offset;
  } else {
    x->grad = take_room (tape, x->rows * x->ld);
    memset (x->grad, 0, x->rows * x->ld * sizeof (nn_real));
  }
  return x->grad;
}

/* What a tensor's numbers belong to: what it is a view of, or itself. */
static GraphTensor *
whole_of (GraphTensor *x)
{
  return x->base != NULL ? x->base : x;
}

/* Whether x[0 … n-1] have no gradient yet and are all columns of what they are views of. */
static bool
cover_fresh (GraphTensor *const *x, size_t n)
{
  size_t given = 0, needed = 0;

  for (size_t i = 0; i < n; i++) {
    const GraphTensor *whole = whole_of (x[i]);
    bool seen = false;

    if (!x[i]->wanted || x[i]->grad != NULL || whole->grad != NULL || x[i]->rows != whole->rows)
      return false;
    for (size_t j = 0; j < i; j++)
      seen |= whole_of (x[j]) == whole;
    given += x[i]->cols;
    needed += seen ? 0 : whole->cols;
  }
  return given == needed;
}

NnStore
graph_prepare_grads (GraphTape *tape, GraphTensor *const *x, size_t n)
{
  if (!cover_fresh (x, n))
    return NN_ADD;
  for (size_t i = 0; i < n; i++) {
    GraphTensor *whole = whole_of (x[i]);

    if (whole->grad == NULL)
      whole->grad = take_room (tape, whole->rows * whole->ld);
  }
  return NN_SET;
}

/* Adds where something has been stored already or the memory is another tensor's; FALSE = x has
 * nothing yet. */
static bool
add_grad (GraphTape *tape, GraphTensor *x, const GraphTensor *from)
{
  if (x->grad == NULL && x->base == NULL)
    return false;
  nn_axpy (graph_grad (tape, x), 1, from->grad, x->rows * x->cols);
  return true;
}

void
graph_pass_grad (GraphTape *tape, GraphTensor *x, GraphTensor *from)
{
  if (add_grad (tape, x, from))
    return;
  x->grad = from->grad;
  from->grad = NULL;
}

void
graph_copy_grad (GraphTape *tape, GraphTensor *x, const GraphTensor *from)
{
  size_t n = x->rows * x->cols;

  if (add_grad (tape, x, from))
    return;
  x->grad = take_room (tape, n);
  memcpy (x->grad, from->grad, n * sizeof (nn_real));
}

void
graph_seed (GraphTape *tape, GraphTensor *x, nn_real seed)
{
  nn_real *grad;

  if (!x->wanted)
    return;
  grad = graph_grad (tape, x);
  for (size_t r = 0; r < x->rows; r++)
    for (size_t c = 0; c < x->cols; c++)
      grad[r * x->ld + c] += seed;
}

void
graph_seed_with (GraphTape *tape, GraphTensor *x, const nn_real *gradient)
{
  nn_real *grad;

  if (!x->wanted)
    return;
  grad = graph_grad (tape, x);
  for (size_t r = 0; r < x->rows; r++)
    nn_axpy (grad + r * x->ld, 1, gradient + r * x->cols, x->cols);
}

/* True if backward has reached the tensor; a view counts as reached with its base. */
static bool
reached (GraphTape *tape, GraphTensor *x)
{
  if (x == NULL || !x->wanted)
    return false;
  if (x->grad == NULL && x->base != NULL && x->base->grad != NULL)
    graph_grad (tape, x);
  return x->grad != NULL;
}

static void
walk (GraphTape *tape)
{
  for (GraphNode *node = tape->last; node != NULL; node = node->previous)
    if (reached (tape, node->out[0]) || reached (tape, node->out[1])) {
      node->op->backward (tape, node);
      for (size_t i = 0; i < 2 && node->out[i] != NULL; i++) /* nobody before it reads them */
        drop_grad (tape, node->out[i]);
    }
}

void
graph_backward (GraphTape *tape, bool with_params)
{
  tape->with_params = with_params;
  walk (tape);
}

void
graph_clear_grads (GraphTape *tape)
{
  for (Link *link = tape->last_tensor; link != NULL; link = link->previous)
    drop_grad (tape, &link->tensor);
}

GraphNode *
graph_record (GraphTape *tape, const GraphOp *op, GraphTensor *out)
{
  GraphNode *node;

  if (!out->wanted)
    return NULL;
  node = graph_alloc (tape, sizeof *node);
  *node = (GraphNode){ .op = op, .previous = tape->last, .out = { out } };
  tape->last = node;
  tape->n_nodes++;
  return node;
}

bool
graph_param_wanted (const GraphTape *tape, const GraphParam *param)
{
  return tape->settings.recording && tape->settings.param_grads != NULL && !param->frozen;
}

const nn_real *
graph_param_data (const GraphTape *tape, const GraphParam *param)
{
  return tape->settings.params + param->offset;
}

nn_real *
graph_param_grad (const GraphTape *tape, const GraphParam *param)
{
  if (!tape->with_params || !graph_param_wanted (tape, param))
    return NULL;
  return tape->settings.param_grads + param->grad_offset;
}

const GraphSettings *
graph_settings (const GraphTape *tape)
{
  return &tape->settings;
}

size_t
graph_count_dropout (GraphTape *tape)
{
  return tape->n_dropouts++;
}

/* ---------------------------------------------------------------------------------------- parts */

/* The tape as it was before a part: what is made inside is forgotten as a whole. */
typedef struct {
  GraphTape tape;
  GraphArenaMark mark;
} Scope;

static Scope
enter (GraphTape *tape, bool recording)
{
  Scope scope = { *tape, graph_arena_mark (tape->arena) };

  tape->free_rooms = NULL; /* those outside outlive those inside */
  tape->last = NULL;
  tape->last_tensor = NULL;
  tape->settings.recording = recording;
  return scope;
}

static void
leave (GraphTape *tape, const Scope *scope)
{
  *tape = scope->tape;
  graph_arena_rewind (tape->arena, scope->mark);
}

static void
copy_dense (GraphTensor *to, const GraphTensor *from)
{
  assert (from->rows == to->rows && from->cols == to->cols && from->ld == from->cols);
  memcpy (to->data, from->data, to->rows * to->cols * sizeof (nn_real));
}

/* Nobody will ask for x again: nothing before it is trained. */
static GraphTensor *
run_frozen (GraphTape *tape, GraphPart part, GraphTensor *const *x, size_t n, const void *data)
{
  GraphTensor *y = n == 1 ? x[0] : graph_tensor (tape, x[0]->rows, x[0]->cols, false);
  Scope scope = enter (tape, false);

  tape->settings.dropout = 0;
  copy_dense (y, part (tape, x, data));
  leave (tape, &scope);
  return y;
}

typedef struct {
  GraphPart run;
  const void *data;
  size_t n_dropouts; /* before it ran */
} Again;

/* Gradients of the inputs get their room outside, so that they stay. */
static void
again_backward (GraphTape *tape, GraphNode *node)
{
  const Again *again = node->aux[0];
  GraphTensor *leaf[2] = { NULL }, *y;
  Scope scope;

  for (size_t i = 0; i < node->n[0]; i++)
    if (node->in[i]->wanted)
      graph_grad (tape, node->in[i]);
  scope = enter (tape, true);
  tape->n_dropouts = again->n_dropouts;
  for (size_t i = 0; i < node->n[0]; i++) {
    const GraphTensor *x = node->in[i];

    leaf[i] = graph_input (tape, x->data, x->rows, x->cols, x->wanted);
    leaf[i]->grad = x->grad;
  }
  y = again->run (tape, leaf, again->data);
  y->grad = node->out[0]->grad;
  walk (tape);
  leave (tape, &scope);
}

static const GraphOp op_again = { "part that runs again", again_backward };

static GraphTensor *
run_twice (GraphTape *tape, GraphPart part, GraphTensor *const *x, size_t n, const void *data)
{
  GraphTensor *y = graph_tensor (tape, x[0]->rows, x[0]->cols, true);
  Again *again = graph_alloc (tape, sizeof *again);
  Scope scope = enter (tape, false);
  size_t n_dropouts;
  GraphNode *node;

  *again = (Again){ part, data, tape->n_dropouts };
  copy_dense (y, part (tape, x, data));
  n_dropouts = tape->n_dropouts;
  leave (tape, &scope);
  tape->n_dropouts = n_dropouts;
  node = graph_record (tape, &op_again, y);
  for (size_t i = 0; i < n; i++)
    node->in[i] = x[i];
  node->n[0] = n;
  node->aux[0] = again;
  return y;
}

GraphTensor *
graph_part (GraphTape *tape, GraphPart part, GraphTensor *const *x, size_t n, const void *data,
            bool trained)
{
  bool wanted = trained && tape->settings.param_grads != NULL;

  assert (n >= 1 && n <= 2);
  for (size_t i = 0; i < n; i++)
    wanted |= x[i]->wanted;
  if (!wanted || !tape->settings.recording)
    return run_frozen (tape, part, x, n, data);
  return tape->settings.recompute ? run_twice (tape, part, x, n, data) : part (tape, x, data);
}
