/* Sets of points as trees in an array: parents[i] is above i, a root above itself. */
#pragma once

#include <glib.h>

/* The root above i; the way there is made shorter. */
static inline guint32
guise_union_find_root (guint32 *parents, guint32 i)
{
  while (parents[i] != i)
    i = parents[i] = parents[parents[i]];
  return i;
}
