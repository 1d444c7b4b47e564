/* The leakage matrix: what a linear probe reads off the identity embedding v and off the clothing
 * embedding c of the same pictures (docs/MODEL.md, "Evaluation").
 *
 * Attributes are learned on a seeded sample of training persons' pictures and read off persons who
 * were never seen. Persons and outfits themselves cannot be learned on others: they are probed
 * within the test pictures, persons learned in all their outfits but the last and recognised in
 * that one, outfits learned on every other picture. */
#pragma once

#include <gio/gio.h>

#include "guise-index.h"
#include "guise-probe.h"
#include "guise-store-training.h"

G_BEGIN_DECLS

/* Training pictures of an attribute's probe. */
#define GUISE_LEAKAGE_SAMPLE 1600

typedef struct {
  char *name;                          /* "person", "outfit", or the attribute's */
  GuiseProbeResult identity, clothing; /* read off v, and off c */
} GuiseLeakageRow;

/* The label of image i of data as text, NULL = unknown. */
typedef const char *(*GuiseLeakageLabel) (const GuiseTrainingData *data, size_t i, const char *name,
                                          gpointer user_data);
typedef void (*GuiseLeakageProgress) (guint64 done, guint64 total, gpointer user_data);

typedef struct {
  const char *const *attributes; /* ends with NULL; NULL = none is known */
  GuiseLeakageLabel label;
  gpointer label_data;
  guint64 seed; /* of the sample and of the intervals */
  guint test;   /* splits that are tested on, bits 1 << GuiseSplit, never the training split */
} GuiseLeakageOptions;

/* data: the images of all splits; those that the index lacks are left out. Rows in the order
 * person, outfit, attributes; what cannot be probed (no person in two outfits, one class only) is
 * left out. Array of GuiseLeakageRow, never empty. Errors: GUISE_PROBE_ERROR_TOO_SMALL when no row
 * is left, G_IO_ERROR_INVALID_ARGUMENT when the training split is to be tested on,
 * G_IO_ERROR_CANCELLED. progress may be NULL. */
GPtrArray *guise_leakage_compute (const GuiseIndex *index, const GuiseTrainingData *data,
                                  const GuiseLeakageOptions *options,
                                  GuiseLeakageProgress progress, gpointer progress_data,
                                  GCancellable *cancellable, GError **error);

/* The attributes of the synthetic people that are probed, ends with NULL. */
extern const char *const guise_leakage_demo_attributes[];

G_END_DECLS
