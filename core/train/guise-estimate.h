/* What a training will take, before it starts: memory, disk and time. Memory follows from shapes;
 * time from a short calibration on this machine, validations and loading not counted. */
#pragma once

#include "guise-calibrate.h"
#include "guise-cost.h"
#include "guise-train-split.h"

typedef struct {
  GuiseStepWork work;
  GuiseStepBytes step;
  double batches;    /* bytes of the batches that loaders prepare ahead */
  double pixels;     /* of pictures kept in memory */
  double validation; /* of embedding the validation images, or all of them for the cache */
  double program;    /* of everything else */
  double total, available;
  double cache, checkpoints, disk_free; /* bytes on the disk that are still needed; free there */
  gsize n_images, n_val;
  double step_s, cache_s, run_s; /* 0 = not measured */
  GuiseSpeed speed;
} GuiseEstimate;

/* Of a training of config with the images of these splits of data. n_threads 0 = all cores;
 * n_ranks: processes, of which this is one. folder: of the project, for the disk; NULL = no
 * matter. measure: times too, which takes a moment. */
void guise_estimate_make (GuiseEstimate *estimate, const GuiseConfig *config,
                          const GuiseTrainingData *data, guint splits, guint n_threads,
                          guint n_ranks, guint64 pixel_budget, const char *folder,
                          gboolean measure);
/* Whether memory and disk suffice; says what would fit: GUISE_TRAIN_ERROR_SETUP,
 * G_IO_ERROR_NO_SPACE. */
gboolean guise_estimate_check (const GuiseEstimate *estimate, const GuiseConfig *config,
                               const char *folder, GError **error);
/* {"event":"estimate",…}. */
json_t *guise_estimate_to_json (const GuiseEstimate *estimate, const GuiseConfig *config);
/* Three lines for people; free it. */
char *guise_estimate_describe (const GuiseEstimate *estimate, const GuiseConfig *config);
