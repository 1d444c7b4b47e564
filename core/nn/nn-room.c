#include "nn-room.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* only there to free the room */
static int has_key;
static _Thread_local void *room;

static void
make_key (void)
{
  has_key = pthread_key_create (&key, free) == 0;
}

void
nn_use_large_pages (void *memory, size_t bytes)
{
  uintptr_t end = ((uintptr_t)memory + bytes) & ~(LARGE_PAGE - 1);
  uintptr_t begin = ((uintptr_t)memory + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);

  if (begin < end)
    (void)madvise ((void *)begin, end - begin, MADV_HUGEPAGE);
}

void *
nn_room_get (void)
{
  size_t whole = (NN_ROOM_BYTES + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;

  if (room)
    return room;
  pthread_once (&once, make_key);
  if (!has_key)
    return NULL;
  room = aligned_alloc (LARGE_PAGE, whole);
  if (!room)
    return NULL;
  nn_use_large_pages (room, whole);
  if (pthread_setspecific (key, room) != 0) {
    free (room);
    room = NULL;
  }
  return room;
}
