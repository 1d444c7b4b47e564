/* What is true of the pictures of a project's data sets, for probes. */
#pragma once

#include "guise-project.h"
#include "guise-store-training.h"

/* Data set id → GuiseAttributes, of those that have them. */
GHashTable *cli_attributes_read (GuiseProject *project, GError **error);
/* A GuiseLeakageLabel; user_data is the table. */
const char *cli_attributes_get (const GuiseTrainingData *data, size_t i, const char *name,
                                gpointer user_data);
