/* The finished rows of an ablation, one a variant and seed, kept on the disk as they get done:
 * FOLDER/rows.json. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#include "guise-metrics.h"

/* What a row is asked. Outfits are asked for only where they are known. */
typedef enum {
  ABLATE_CAPTION,  /* free captions; hits are pictures of the person: the official protocol */
  ABLATE_OUTFIT,   /* free captions; hits are pictures of the person in that outfit */
  ABLATE_WHO,      /* identity descriptions; the person */
  ABLATE_WEARING,  /* clothing descriptions; the outfit, or the person */
  ABLATE_BOTH,     /* one of each; the outfit, or the person */
  ABLATE_IMAGE,    /* pictures; the person in another outfit */
  ABLATE_RERANKED, /* as WHO, the first 128 reordered by the match head */
  ABLATE_N_QUERIES,
} AblateQuery;

/* What linear probes read off v and off c (guise-leakage.h), in percent; NaN = not probed. */
typedef enum {
  ABLATE_PROBE_OUTFIT, /* on the test pictures of outfits that have two */
  ABLATE_PROBE_COLOUR, /* the upper garment's, where the data set says it: the demo's */
  ABLATE_N_PROBES,
} AblateProbeKind;

typedef struct {
  double identity, clothing; /* read off v, off c */
  double majority;           /* by always saying the most frequent */
} AblateProbe;

/* "outfit", "upper_colour": as guise-leakage.h calls its rows. */
const char *ablate_probe_name (AblateProbeKind probe);

typedef struct {
  char *variant; /* its name */
  char *config;  /* hash of the variant's configuration */
  guint64 seed;
  guint n_styles;   /* 0 = none */
  double lambda;    /* that validation chose */
  gint64 best;      /* the step whose weights are judged */
  double seconds;   /* that the process took that finished it */
  gboolean resumed; /* another process had begun it: seconds are not all */
  char *diverged;   /* why the training ended without figures, or NULL */
  /* NaN where it was not asked. */
  GuiseMetrics metrics[ABLATE_N_QUERIES];
  AblateProbe probes[ABLATE_N_PROBES];
} AblateRow;

/* All NaN. */
void ablate_row_init (AblateRow *row);
void ablate_row_clear (AblateRow *row);
json_t *ablate_row_to_json (const AblateRow *row);

typedef struct {
  char *folder;
  json_t *plan;  /* what all rows have in common */
  json_t *asked; /* {"2": [0, 7]}: the seeds that each table was last asked for */
  GArray *rows;  /* of AblateRow */
} AblateRows;

/* Opens the folder with the rows that are finished; makes it where there is none. Fails where it
 * holds the rows of another plan, and says what differs. plan is borrowed. */
gboolean ablate_rows_open (AblateRows *rows, const char *folder, json_t *plan, GError **error);
/* What is there, of whatever plan; G_IO_ERROR_NOT_FOUND where there is nothing. */
gboolean ablate_rows_load (AblateRows *rows, const char *folder, GError **error);
void ablate_rows_clear (AblateRows *rows);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AblateRows, ablate_rows_clear)

/* Keeps on the disk which seeds (guint64) a table is to have. */
gboolean ablate_rows_ask (AblateRows *rows, guint table, const GArray *seeds, GError **error);
/* NULL where that is not known. g_array_unref() it. */
GArray *ablate_rows_create_asked (const AblateRows *rows, guint table);
/* NULL where it is not finished, or was with another configuration. */
const AblateRow *ablate_rows_find (const AblateRows *rows, const char *variant, const char *config,
                                   guint64 seed);
/* Keeps a row on the disk, and takes what it owns; one of the same variant and seed is replaced. */
gboolean ablate_rows_add (AblateRows *rows, AblateRow *row, GError **error);
