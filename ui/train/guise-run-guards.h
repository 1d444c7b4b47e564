/* What is worth knowing about the data before a run begins: the guards of the "New Run" dialog. */
#pragma once

#include "guise-store.h"

G_BEGIN_DECLS

typedef struct {
  guint n_images, n_persons; /* of the training split */
  guint n_lone;              /* persons with a single image */
  guint n_without_text;      /* images that no text describes; left out of the training */
  guint n_without_identity;  /* images without an identity description */
  guint n_without_clothing;
  guint n_validation; /* images of the validation split */
} GuiseRunGuards;

/* Reads the project's training data. Blocking; rejected captions do not count. */
gboolean guise_run_guards_read (GuiseRunGuards *guards, GuiseStore *store,
                                GCancellable *cancellable, GError **error);

/* Array of translated sentences (char *), the gravest first; empty = nothing to say. */
GPtrArray *guise_run_guards_create_warnings (const GuiseRunGuards *guards);
/* TRUE where no run could begin. */
gboolean guise_run_guards_forbid (const GuiseRunGuards *guards);

G_END_DECLS
