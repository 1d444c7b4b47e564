/* One row of an ablation: a training and an evaluation. */
#pragma once

#include "ablate-table.h"
#include "cli.h"
#include "train-display.h"

#include "guise-lexicon-load.h"
#include "guise-pretrained-start.h"
#include "guise-project.h"
#include "guise-store-training.h"

/* What all rows share. */
typedef struct {
  CliGlobal *global;
  GuiseProject *project;          /* to read from */
  GuiseTrainingData *data, *test; /* to train with, to ask for */
  GuiseTrainingData *probed;      /* test, and the training images where attributes are known */
  GHashTable *attributes;         /* see cli-attributes.h */
  GuiseLexicon *lexicon;          /* only where descriptions are made anew */
  const char *preset;
  GuisePretrainedStart start; /* what encoders begin with */
  size_t n_persons;           /* 0 = all */
  guint n_threads;            /* 0 = as a training chooses */
  TrainDisplay display;
  const char *what;       /* "without gate, seed 0": what is being done */
  guint run, n_runs;      /* which of those that this process trains, from 1 */
  double seconds_per_run; /* about */
  double seconds_timed;   /* of the n_timed runs that it has from beginning to end */
  guint n_timed;
  gint64 started; /* of the run */
} AblateSession;

/* Trains in folder/VARIANT-sSEED, or goes on with what was begun there, and evaluates; row gets
 * everything. A training that diverges is a row too, without figures. Fails where that folder
 * holds a training with another configuration, with G_IO_ERROR_CANCELLED, and with all that a
 * training or an evaluation may fail with. */
gboolean ablate_run (AblateSession *session, const char *folder, const GuiseVariant *variant,
                     guint64 seed, AblateRow *row, GError **error);
