/* Working memory of a thread, for what a kernel packs, and large pages. Both number types share
 * this: names are not changed for double. */
#pragma once

#include <stddef.h>

#define NN_ROOM_BYTES ((size_t)3 << 20)

/* This thread's NN_ROOM_BYTES, aligned to a page at least; what stands in them lasts until the
 * thread's next product. Made when first asked for, in large pages where the system has them, and
 * freed when the thread ends. NULL when memory is out. */
void *nn_room_get (void);

/* Asks for large pages within memory that has not been written yet: what is read or updated as a
 * whole every step needs fewer entries of the processor's table then. */
void nn_use_large_pages (void *memory, size_t bytes);
