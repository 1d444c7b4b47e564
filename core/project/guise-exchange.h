/* Captions of a project as JSON Lines, for other programs and other projects: a line a caption,
 *
 *   {"dataset": "people", "path": "imgs/cam_1/0001_1_1.png", "person": "1", "kind": "identity",
 *    "text": "…", "source": "machine", "state": "accepted", "style": null, "model": "…",
 *    "prompt": "…"}
 *
 * kind is caption, identity or clothing. Of a line that is read, path, kind and text have to be
 * there; dataset where a path is in several; source (else "machine"), state (else "pending"),
 * style, model and prompt are kept, other keys ignored. An unknown source or state makes a bad
 * line. A path that is no UTF-8 is {"bytes": base64}. */
#pragma once

#include "guise-project.h"
#include "guise-store-captions.h"
#include "guise-store-descriptions.h"

typedef struct {
  const char *filter; /* text, "" = all images */
  guint kinds;        /* bits 1 << GuiseCaptionKind */
  guint states;       /* bits 1 << GuiseCaptionState */
} GuiseExportChoice;

/* Writes the captions, whole or not at all; n_written counts them. Blocks. */
gboolean guise_project_export_captions (GuiseProject *project, const char *path,
                                        const GuiseExportChoice *choice, guint64 *n_written,
                                        GuiseStoreProgress progress, gpointer progress_data,
                                        GCancellable *cancellable, GError **error);

typedef struct {
  guint64 n_lines;     /* that were descriptions */
  guint64 n_bad;       /* that were not; see problems */
  guint64 n_unknown;   /* of images that the project does not have */
  GPtrArray *problems; /* char *, of the first 100 bad lines and unknown images */
  char *run;           /* the name of the operation: for guise_store_undo_run() */
  GuiseDescriptionStats stored;
} GuiseExchangeReport;

void guise_exchange_report_clear (GuiseExchangeReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseExchangeReport, guise_exchange_report_clear)

/* Adds the captions of a file as one operation, "Import descriptions"; the same line twice, or in
 * another file, is one caption, and one that the image has already is left as it is. Blocks; what
 * is stored when it is cancelled stays. */
gboolean guise_project_import_captions (GuiseProject *project, const char *path,
                                        GuiseExchangeReport *report, GCancellable *cancellable,
                                        GError **error);
