/* Looking for damage in a closed project, and mending what can be made again. Any thread; blocks
 * for I/O. */
#pragma once

#include "guise-store.h"

typedef struct {
  char *subject;       /* the file beneath the project's folder: "guise.db" */
  char *text;          /* a sentence: what is wrong */
  gboolean repairable; /* guise_check() with `repair` can mend it */
  gboolean repaired;
  gboolean lost;    /* only a copy of the database mends it */
  gboolean passing; /* a full disk, rights, another program: it says nothing of what is there */
  char *advice;     /* where it passes, what to do about it instead of "see to that"; or NULL */
} GuiseFinding;

void guise_finding_free (GuiseFinding *problem);
/* A new one at the end of problems; takes text. */
GuiseFinding *guise_finding_add (GPtrArray *problems, const char *subject, char *text);
/* The same of a database that cannot be used, which is lost, or could not be looked at. */
GuiseFinding *guise_finding_add_trouble (GPtrArray *problems, const char *subject,
                                         const GError *error);

/* Array of GuiseFinding: the database (pages, indexes, references, the log of operations), its
 * backups, the copy of the captions, half files. Empty: all is well. With `repair`, for whoever
 * holds the project's lock: indexes of the database are built anew, a damaged backup is renamed to
 * *.damaged so that nobody restores it, a damaged copy is written anew, half files are removed.
 * Nothing that somebody wrote is ever deleted. NULL when cancelled. */
GPtrArray *guise_check (const char *folder, gboolean repair, GCancellable *cancellable,
                        GError **error);
