/* One row of the table of style clusterings: descriptions in the styles of a method, a training
 * with them, an evaluation. */
#pragma once

#include "ablate-table.h"
#include "cli.h"
#include "train-display.h"

#include "guise-config.h"
#include "guise-lexicon-load.h"
#include "guise-project.h"
#include "guise-store-training.h"

typedef struct {
  CliGlobal *global;
  GuiseProject *project; /* to read from */
  GuiseTrainingData *data, *test;
  GuiseLexicon *lexicon;
  const char *preset;
  GuiseConfig config;
  size_t n_persons; /* 0 = all */
  guint n_threads;  /* 0 = as a training chooses */
  TrainDisplay display;
  const char *what; /* "kmeans, seed 0": what is being done */
} AblateSession;

/* The name of a variant without styles; the others are methods of clustering. */
#define ABLATE_NONE "none"

/* Trains in table->folder, or goes on with what was begun there, and evaluates. row has variant and
 * seed and gets the rest. FALSE with G_IO_ERROR_CANCELLED and with all that a training or an
 * evaluation may fail with. */
gboolean ablate_run (AblateSession *session, const AblateTable *table, AblateRow *row,
                     GError **error);
