/* Figure 5: what the fusion's three backbones cost beside what the trainings of an ablation with
 * them found. */
#pragma once

#include "cli.h"

/* Reads runs/NAME of the project, measures, prints, and writes the figure or (.csv) the table into
 * output where it is not NULL. Returns the command's exit status. */
int efficiency_compare (CliGlobal *global, const char *name, double seconds, const char *output);
