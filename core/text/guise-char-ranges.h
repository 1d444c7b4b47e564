/* Sets of characters as sorted ranges: what corrects GLib's Unicode tables to somebody else's. */
#pragma once

#include <glib.h>

typedef struct {
  gunichar first, last;
} GuiseCharRange;

/* Whether c lies in one of n ranges, sorted and apart. */
static inline gboolean
guise_char_is_in (gunichar c, const GuiseCharRange *ranges, gsize n)
{
  gsize low = 0, high = n;

  while (low < high) {
    gsize middle = (low + high) / 2;

    if (ranges[middle].last < c)
      low = middle + 1;
    else
      high = middle;
  }
  return low < n && ranges[low].first <= c;
}

#define GUISE_CHAR_IS_IN(c, ranges) guise_char_is_in (c, ranges, G_N_ELEMENTS (ranges))
