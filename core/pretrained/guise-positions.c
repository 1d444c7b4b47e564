#include "guise-positions.h"

#include <math.h>
#include <string.h>

#define A -0.75

/* Keys' cubic convolution at distance x. */
static double
cubic (double x)
{
  x = fabs (x);
  if (x <= 1)
    return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2)
    return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
  return 0;
}

/* The four places that place i of n_to reads, and their weights. */
typedef struct {
  gsize at[4];
  double weight[4];
} Taps;

static Taps
find_taps (gsize i, gsize n_from, gsize n_to)
{
  double place = (i + 0.5) * ((double)n_from / n_to) - 0.5;
  double first = floor (place) - 1;
  Taps taps;

  for (gsize k = 0; k < 4; k++) {
    double at = first + k;

    taps.at[k] = (gsize)CLAMP (at, 0, (double)n_from - 1);
    taps.weight[k] = cubic (place - at);
  }
  return taps;
}

static void
interpolate (const float *from, gsize from_width, const Taps *down, const Taps *across, float *to,
             gsize width)
{
  for (gsize c = 0; c < width; c++) {
    double sum = 0;

    for (gsize y = 0; y < 4; y++)
      for (gsize x = 0; x < 4; x++)
        sum += down->weight[y] * across->weight[x]
               * from[(down->at[y] * from_width + across->at[x]) * width + c];
    to[c] = (float)sum;
  }
}

void
guise_positions_resize (const float *from, const gsize from_grid[2], float *to,
                        const gsize to_grid[2], gsize width)
{
  memcpy (to, from, width * sizeof *to);
  from += width;
  to += width;
  for (gsize y = 0; y < to_grid[0]; y++) {
    Taps down = find_taps (y, from_grid[0], to_grid[0]);

    for (gsize x = 0; x < to_grid[1]; x++) {
      Taps across = find_taps (x, from_grid[1], to_grid[1]);

      interpolate (from, from_grid[1], &down, &across, to + (y * to_grid[1] + x) * width, width);
    }
  }
}
