/* GuiseLibraryPage: all images of the project in a grid, filtered and ordered by SQL on a worker,
 * and beside it the image that is selected with its captions. */
#pragma once

#include "guise-id-model.h"
#include "guise-image-pane.h"
#include "guise-page.h"
#include "guise-thumbnailer.h"

G_BEGIN_DECLS

#define GUISE_TYPE_LIBRARY_PAGE (guise_library_page_get_type ())
G_DECLARE_FINAL_TYPE (GuiseLibraryPage, guise_library_page, GUISE, LIBRARY_PAGE, GuisePage)

/* Shows the image and scrolls to it; FALSE where the filter hides it. */
gboolean guise_library_page_select (GuiseLibraryPage *self, gint64 image_id);
/* The same, clearing the filter where it hides the image. */
void guise_library_page_reveal (GuiseLibraryPage *self, gint64 image_id);
/* As typed into the filter entry. */
void guise_library_page_set_filter (GuiseLibraryPage *self, const char *text);

/* Borrowed; for tests and for pages that show the same images. */
GuiseImagePane *guise_library_page_get_pane (GuiseLibraryPage *self);
GuiseThumbnailer *guise_library_page_get_thumbnailer (GuiseLibraryPage *self);
GtkWidget *guise_library_page_get_grid (GuiseLibraryPage *self);
GuiseIdModel *guise_library_page_get_model (GuiseLibraryPage *self);
/* Images in the grid; not yet what a filter that still runs will give. */
guint guise_library_page_get_n_shown (GuiseLibraryPage *self);
/* TRUE while a filter runs. */
gboolean guise_library_page_is_busy (GuiseLibraryPage *self);

G_END_DECLS
