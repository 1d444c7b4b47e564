#include "guise-schedule.h"

#include <math.h>

double
guise_schedule_get_lr (const GuiseConfig *config, guint64 step)
{
  guint64 warmup = config->train.warmup, steps = config->train.steps;
  double low = config->train.final_lr, x;

  if (step < warmup)
    return config->optimiser.lr * (double)(step + 1) / (double)warmup;
  x = steps > warmup ? MIN ((double)(step - warmup) / (double)(steps - warmup), 1) : 1;
  return config->optimiser.lr * (low + (1 - low) * (1 + cos (G_PI * x)) / 2);
}
