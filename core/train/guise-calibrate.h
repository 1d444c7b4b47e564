/* How fast this machine computes a model of these sizes: a step of a shallow one, timed. */
#pragma once

#include "guise-config.h"
#include "nn-team.h"

typedef struct {
  double flops_per_s;      /* of a step's products, everything around them included */
  double adam_s_per_value; /* of an update, for each value that is trained */
} GuiseSpeed;

/* Times steps of a model of one or two layers of each kind with the widths, lengths and portions of
 * config. text_tokens: of a text. kept: the frozen encoders do not run. Takes about as long as a
 * hundredth of a step, and the memory of such a model. team NULL = this thread alone. */
void guise_calibrate (const GuiseConfig *config, NnTeam *team, gsize text_tokens, gboolean kept,
                      GuiseSpeed *speed);
