/* What an ablation will take, said before it begins. */
#pragma once

#include "ablate-run.h"

typedef struct {
  double seconds; /* a run, about */
  guint64 bytes;  /* on the disk while all of it is there, at most */
} AblateEstimate;

/* Of n_runs trainings, none of which takes more than config's. Time: as the finished rows took it;
 * where there is none, as guise-estimate.h says. FALSE where there is too little memory for one. */
gboolean ablate_estimate (const AblateSession *session, const AblateRows *rows,
                          const GuiseConfig *config, guint n_runs, AblateEstimate *estimate,
                          GError **error);
/* FALSE with G_IO_ERROR_NO_SPACE where the disk has less. */
gboolean ablate_check_space (const char *folder, guint64 bytes, GError **error);
/* "45 s", "3 min", "1.5 h". */
char *ablate_describe_time (double seconds);
