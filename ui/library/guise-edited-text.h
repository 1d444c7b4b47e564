/* What of a caption a text field can take: GTK lays out a paragraph of megabytes for minutes, and a
 * letter with thousands of marks for a second at every key. Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Characters of a text. */
#define GUISE_EDITED_MAX_CHARS 20000
/* Marks on one letter: as many may be typed as Unicode's stream-safe text format allows. A stored
 * text may have more, since taking letters away brings their marks together. */
#define GUISE_EDITED_MAX_MARKS 30
#define GUISE_EDITED_MAX_STORED_MARKS 300
/* Hidden characters of a text: showing each of them is work at every key. */
#define GUISE_EDITED_MAX_HIDDEN 100

typedef enum {
  GUISE_EDITED_FITS,
  GUISE_EDITED_TOO_LONG,
  GUISE_EDITED_TOO_MANY_MARKS,
  GUISE_EDITED_TOO_MANY_HIDDEN,
} GuiseEditedFit;

/* What there is room for. */
typedef struct {
  glong n_chars, n_hidden;
  guint n_marks; /* on one letter */
  guint n_begun; /* marks that stand before the text, on what becomes its first letter */
} GuiseEditedRoom;

/* That of an empty field, for a text from the store. */
#define GUISE_EDITED_EMPTY                                 \
  ((GuiseEditedRoom){ .n_chars = GUISE_EDITED_MAX_CHARS,   \
                      .n_hidden = GUISE_EDITED_MAX_HIDDEN, \
                      .n_marks = GUISE_EDITED_MAX_STORED_MARKS })

/* That of a place in a field where something is typed or pasted. */
GuiseEditedRoom guise_edited_text_get_room (const GtkTextIter *where);
/* How many bytes of the text fit. */
gsize guise_edited_text_measure (const char *text, gsize size, GuiseEditedRoom room,
                                 GuiseEditedFit *fit);

/* Makes characters visible that reorder a text or take no room, so that nobody is deceived. */
void guise_edited_text_show_hidden (GtkTextBuffer *buffer);

G_END_DECLS
