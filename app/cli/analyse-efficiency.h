/* guisectl analyse efficiency: what the fusion's layers cost as sequences grow, and a run's model
 * by parts. */
#pragma once

#include "cli.h"

#include "guise-efficiency.h"

/* argv[0] is "efficiency". */
int analyse_efficiency (CliGlobal *global, int argc, char **argv);

/* The fusion's layers of one kind over sequences of growing length. */
typedef struct {
  const char *name; /* "mamba" */
  char *title;      /* "Mamba, 2 layers" */
  GuiseConfig config;
  guint64 parameters;
  GArray *points; /* of EfficiencyPoint, ascending */
} EfficiencyCurve;

typedef struct {
  gsize length; /* tokens */
  guint64 macs;
  GuiseEfficiency measured;
} EfficiencyPoint;

/* Figure (.svg .pdf .png) or table (.csv) by the ending of path. curves: of EfficiencyCurve. */
gboolean efficiency_save (const GPtrArray *curves, const char *path, GError **error);
/* Whether it has one of these endings. */
gboolean efficiency_knows_ending (const char *path);
void efficiency_print (const GPtrArray *curves);
/* [{"backbone", "layers", "parameters", "points": […]}]. */
json_t *efficiency_to_json (const GPtrArray *curves);
