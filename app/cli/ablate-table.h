/* The rows of an ablation: kept as they get done, and told as a table. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

/* One training and its evaluation; figures in percent. */
typedef struct {
  const char *variant; /* its name */
  guint64 seed;
  double r1, r5, r10, map;
  guint n_styles; /* 0 = none */
} AblateRow;

typedef struct {
  const char *name;  /* "kmeans": of rows and run folders */
  const char *title; /* "k-means": for people */
} AblateVariant;

typedef struct {
  char *folder; /* runs/ablation-4 */
  guint table;
  const AblateVariant *variants;
  guint n_variants;
  json_t *plan; /* what its rows were made with */
  GArray *rows; /* of AblateRow */
} AblateTable;

/* Opens the folder, with the rows that are finished; makes it where there is none. Fails where it
 * holds the rows of another plan. plan is borrowed. */
gboolean ablate_table_open (AblateTable *table, const char *folder, json_t *plan, GError **error);
void ablate_table_clear (AblateTable *table);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AblateTable, ablate_table_clear)

/* NULL where it is not finished. */
const AblateRow *ablate_table_find (const AblateTable *table, const char *variant, guint64 seed);
/* Keeps a row on the disk. */
gboolean ablate_table_add (AblateTable *table, const AblateRow *row, GError **error);
json_t *ablate_row_to_json (const AblateTable *table, const AblateRow *row);

/* {"variant", "title", "seeds", "styles", "mean": {r1, …}, "sd": {r1, …}} of each variant that has
 * a row. */
json_t *ablate_table_summarise (const AblateTable *table);
/* Writes table.md, table.tex and table.csv; markdown (may be NULL) becomes the first's text. */
gboolean ablate_table_write (const AblateTable *table, char **markdown, GError **error);
