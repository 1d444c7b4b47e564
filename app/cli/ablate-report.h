/* The report of an ablation: how it was made, and all tables. */
#pragma once

#include "ablate-table.h"
#include "guise-config.h"

typedef struct {
  const GPtrArray *tables; /* of AblateTable */
  const AblateRows *rows;
  const GArray *seeds; /* guint64, those asked for */
  const char *preset;
  const GuiseConfig *full; /* the full model's configuration */
  gsize preset_steps;      /* of the preset's own training */
  gsize n_persons;         /* asked for, of the training split; 0 = all */
  gsize n_known;           /* that this has */
  guint n_threads;
} AblateReport;

/* Writes every table, and report.md. */
gboolean ablate_report_write (const AblateReport *report, GError **error);
