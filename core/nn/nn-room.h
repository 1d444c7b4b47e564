/* Private: working memory of a thread, for what a kernel packs. One room serves both number types:
 * its name is not changed for double. */
#pragma once

#define NN_ROOM_BYTES ((size_t)3 << 20)

/* This thread's NN_ROOM_BYTES, aligned to a page at least; what stands in them lasts until the
 * thread's next product. Made when first asked for, in large pages where the system has them, and
 * freed when the thread ends. NULL when memory is out. */
void *nn_room_get (void);
