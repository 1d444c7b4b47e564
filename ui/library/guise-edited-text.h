/* What of a caption a text field can take: GTK lays out a paragraph of megabytes for minutes, and a
 * letter with thousands of marks for a second at every key. Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Characters of a text. */
#define GUISE_EDITED_MAX_CHARS 20000
/* Marks on one letter: as many as Unicode's stream-safe text format allows. */
#define GUISE_EDITED_MAX_MARKS 30

typedef enum {
  GUISE_EDITED_FITS,
  GUISE_EDITED_TOO_LONG,
  GUISE_EDITED_TOO_MANY_MARKS,
} GuiseEditedFit;

/* How many bytes of the text fit, at most n_chars characters; n_marks: those that stand before it
 * on its first letter. */
gsize guise_edited_text_measure (const char *text, gsize size, glong n_chars, guint n_marks,
                                 GuiseEditedFit *fit);
/* Marks right before a place, as far as they matter. */
guint guise_edited_text_count_marks (const GtkTextIter *where);

/* Makes characters visible that reorder a text or take no room, so that nobody is deceived. */
void guise_edited_text_show_hidden (GtkTextBuffer *buffer);

G_END_DECLS
