/* What the importers share. */
#pragma once

#include "guise-import.h"
#include "guise-root.h"

typedef struct {
  GuiseImport *import;
  GuiseRoot *root;
  GHashTable *paths;   /* of the records so far; borrowed strings */
  GHashTable *folders; /* name → GuiseImportFolder, owned by the report */
  GuiseImportProgress progress;
  gpointer progress_data;
  GCancellable *cancellable;
} GuiseImportContext;

typedef struct {
  const char *name;
  /* TRUE when `folder` looks like this format; an error when it is nearly so and says why it is
   * not. */
  gboolean (*detect) (const char *folder, GError **error);
  gboolean (*read) (GuiseImportContext *context, GError **error);
} GuiseImportFormat;

extern const GuiseImportFormat guise_import_cuhk;

/* Counts a problem; the text is kept for the first GUISE_IMPORT_MAX_PROBLEMS of its kind. */
void guise_import_add_problem (GuiseImport *import, GuiseProblemKind kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Reads a whole annotation file beneath the root; free with g_free. */
char *guise_import_read_file (GuiseImportContext *context, const char *path, size_t *size,
                              GError **error);

/* Takes the record into the import unless its path came before or its file is missing, which it
 * reports. Empty texts have to be left out by the reader. */
void guise_import_take_record (GuiseImportContext *context, GuiseRecord *record);

/* What only the whole shows: counts, split leaks, single images, shared captions, missing
 * folders. */
void guise_import_finish_report (GuiseImport *import);
