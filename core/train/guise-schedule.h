/* The learning rate: linear warm-up, then a cosine down to final_lr. */
#pragma once

#include "guise-config.h"

/* The rate of update `step` (from 0): optimiser.lr times (step + 1)/warmup during the warm-up, then
 * times f + (1 - f) (1 + cos πx)/2 with f = train.final_lr and x running from 0 to 1 at
 * train.steps. */
double guise_schedule_get_lr (const GuiseConfig *config, guint64 step);
