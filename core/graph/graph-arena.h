/* A growing block of memory that is emptied as a whole, or back to a mark. After the first steps
 * have shown how much a step needs, nothing is allocated any more. */
#pragma once

#include <stddef.h>

#include "graph-names.h"

typedef struct GraphArena GraphArena;

/* NULL when memory is out. */
GraphArena *graph_arena_create (void);
void graph_arena_free (GraphArena *arena);

/* 64-byte aligned, not cleared. Ends the process with a message when the system has no memory left.
 */
void *graph_arena_alloc (GraphArena *arena, size_t bytes);
/* Forgets everything that was handed out; keeps the memory, as one block with room for the largest
 * use so far. */
void graph_arena_reset (GraphArena *arena);

/* A place to go back to; valid until the reset, or until the arena goes back to an earlier one. */
typedef struct {
  void *block;
  size_t used, total;
} GraphArenaMark;

GraphArenaMark graph_arena_mark (const GraphArena *arena);
/* Forgets what was handed out since the mark. */
void graph_arena_rewind (GraphArena *arena, GraphArenaMark mark);

/* The most bytes that were in use at one time. */
size_t graph_arena_peak (const GraphArena *arena);

/* How often memory was asked of the system so far: a test watches that it stops growing. */
size_t graph_arena_n_blocks_made (const GraphArena *arena);
