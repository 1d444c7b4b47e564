/* What a parsed filter is, and running it. For the files of this layer only. */
#pragma once

#include "guise-filter.h"
#include "guise-texts.h"
#include "guise-store.h"

typedef enum {
  GUISE_FILTER_DATASETS = 1 << 0,
  GUISE_FILTER_PERSONS = 1 << 1,
  GUISE_FILTER_OUTFITS = 1 << 2,
  GUISE_FILTER_CAMERAS = 1 << 3,
  GUISE_FILTER_CAPTIONS = 1 << 4,
  GUISE_FILTER_IMAGES = 1 << 5,
} GuiseFilterTables;

/* The same condition as the SQL, operands before their operator, as far as it is about what
 * GuiseTexts has of a caption; whatever else is asked is OTHER. */
typedef enum {
  GUISE_STEP_OTHER,
  GUISE_STEP_WORD,  /* the text contains it */
  GUISE_STEP_TRAIT, /* it has this value */
  GUISE_STEP_NOT,
  GUISE_STEP_AND,
  GUISE_STEP_OR,
} GuiseFilterStepType;

typedef struct {
  GuiseFilterStepType type;
  const char *word; /* one of `texts` */
  GuiseTextTrait trait;
  int value;
} GuiseFilterStep;

/* The condition is kept as SQL with '?' and the values in their order. */
struct _GuiseFilter {
  GString *sql;
  GPtrArray *texts; /* owns the texts of values */
  GArray *values;   /* of GuiseValue */
  GArray *steps;    /* of GuiseFilterStep; empty with sql */
  GuiseFilterTables tables;
};

/* Runs `select` (FROM images i …) with the tables that the filter needs joined, its condition and
 * `order` behind; the first column as an array of gint64. has_captions: `select` joins captions c
 * itself; else they are joined where needed and each image comes once. */
GArray *guise_filter_run (GuiseStore *store, const GuiseFilter *filter, const char *select,
                          gboolean has_captions, const char *order, GCancellable *cancellable,
                          GError **error);
/* How many images match; -1 on error. Counted by the database: no list is made. */
gint64 guise_filter_count (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                           GError **error);
