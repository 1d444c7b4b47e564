/* What an ablation will take, said before it begins. */
#pragma once

#include "ablate-run.h"

typedef struct {
  double seconds; /* a run, about */
  guint64 bytes;  /* on the disk while all of it is there, at most */
} AblateEstimate;

/* variant: of the runs that are left, one of the most costly sort. Time: as the finished rows took
 * it; where there is none, from the multiply-adds of a step and a short measurement of how fast
 * this machine multiplies now. */
void ablate_estimate (const AblateSession *session, const AblateRows *rows,
                      const GuiseConfig *config, guint n_runs, AblateEstimate *estimate);
/* FALSE with G_IO_ERROR_NO_SPACE where the disk has less. */
gboolean ablate_check_space (const char *folder, guint64 bytes, GError **error);
/* "22 runs of about 3 min". */
char *ablate_describe_time (double seconds);
