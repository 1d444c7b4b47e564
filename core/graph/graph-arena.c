#include "graph-arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn-room.h"

enum { ALIGNMENT = 64,
       FIRST_BLOCK = 1 << 20,
       LARGE_PAGE = 2 << 20,
       SLACK = 8 }; /* one part in so many is left for steps that need a little more */

typedef struct Block Block;
struct Block {
  Block *next;
  size_t size, used; /* of the payload, which starts ALIGNMENT bytes after the block */
};

struct GraphArena {
  Block *head;
  size_t capacity; /* sum of the blocks' sizes */
  size_t total;    /* bytes handed out, in all blocks */
  size_t peak;     /* the most that total was */
  size_t n_made;
};

/* In large pages where it is large and the system has them: products go through more memory than
 * there are entries for small ones. */
static Block *
block_create (size_t size)
{
  size_t bytes = ALIGNMENT + size, unit = bytes > 2 * LARGE_PAGE ? LARGE_PAGE : ALIGNMENT;
  Block *block = aligned_alloc (unit, (bytes + unit - 1) / unit * unit);

  if (block == NULL) {
    fprintf (stderr, "out of memory: a step asks for %zu more MB\n", size >> 20);
    abort ();
  }
  nn_use_large_pages (block, bytes);
  *block = (Block){ .size = size };
  return block;
}

static void
free_blocks (Block *block)
{
  while (block != NULL) {
    Block *next = block->next;

    free (block);
    block = next;
  }
}

GraphArena *
graph_arena_create (void)
{
  return calloc (1, sizeof (GraphArena));
}

void
graph_arena_free (GraphArena *arena)
{
  if (arena == NULL)
    return;
  free_blocks (arena->head);
  free (arena);
}

static void
add_block (GraphArena *arena, size_t size)
{
  Block *block = block_create (size);

  block->next = arena->head;
  arena->head = block;
  arena->capacity += size;
  arena->n_made++;
}

void *
graph_arena_alloc (GraphArena *arena, size_t bytes)
{
  Block *block = arena->head;
  char *memory;

  bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (block == NULL || block->size - block->used < bytes) {
    size_t size = arena->capacity > FIRST_BLOCK ? arena->capacity : FIRST_BLOCK;

    add_block (arena, bytes > size ? bytes : size);
    block = arena->head;
  }
  memory = (char *)block + ALIGNMENT + block->used;
  block->used += bytes;
  arena->total += bytes;
  if (arena->total > arena->peak)
    arena->peak = arena->total;
  return memory;
}

void
graph_arena_reset (GraphArena *arena)
{
  arena->total = 0;
  if (arena->head == NULL)
    return;
  if (arena->head->next != NULL || arena->head->size < arena->peak) {
    size_t size = arena->peak + arena->peak / SLACK;

    free_blocks (arena->head);
    arena->head = NULL;
    arena->capacity = 0;
    add_block (arena, size);
  }
  arena->head->used = 0;
}

GraphArenaMark
graph_arena_mark (const GraphArena *arena)
{
  const Block *head = arena->head;

  return (GraphArenaMark){ arena->head, head != NULL ? head->used : 0, arena->total };
}

void
graph_arena_rewind (GraphArena *arena, GraphArenaMark mark)
{
  while (arena->head != mark.block) {
    Block *block = arena->head;

    arena->head = block->next;
    arena->capacity -= block->size;
    free (block);
  }
  if (arena->head != NULL)
    arena->head->used = mark.used;
  arena->total = mark.total;
}

size_t
graph_arena_peak (const GraphArena *arena)
{
  return arena->peak;
}

size_t
graph_arena_n_blocks_made (const GraphArena *arena)
{
  return arena->n_made;
}
