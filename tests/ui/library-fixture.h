/* The Library page of a small project in the real window, for tests of what it shows and of what is
 * typed into it. */
#pragma once

#include "ui-fixture.h"

typedef struct {
  char *folder;
  GuiseWindow *window; /* NULL = the test has closed it */
  GuiseLibraryPage *library;
  GuiseImagePane *pane;
  GuiseStore *store;
} LibraryFixture;

void library_set_up (LibraryFixture *fixture, gconstpointer data);
void library_tear_down (LibraryFixture *fixture, gconstpointer data);

/* All images, in the order of their import. */
GArray *library_list_ids (LibraryFixture *fixture);
GuiseCaption *library_read_caption (GuiseStore *store, gint64 id);
/* An image of another person than the first one is of. */
gint64 library_get_other_image (LibraryFixture *fixture);
/* Selects it and waits for its captions. */
void library_select_image (LibraryFixture *fixture, gint64 id);

/* Whether the caption's text is this one. */
gboolean library_is_stored (GuiseStore *store, gint64 id, const char *text);
/* Until it is. */
void library_wait_stored (LibraryFixture *fixture, gint64 id, const char *text);
/* data: the window. */
gboolean library_can_undo (gpointer data);
