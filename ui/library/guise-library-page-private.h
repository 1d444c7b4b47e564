/* What the parts of the library page share: the selection, the actions and the page itself
 * (guise-library-page.c), the list and its filter (-list), and the tiles (-tiles). For these files
 * only. */
#pragma once

#include "guise-id-model.h"
#include "guise-image-cell.h"
#include "guise-library-page.h"

struct _GuiseLibraryPage {
  GuisePage parent_instance;

  GtkPaned *paned;
  GtkSearchEntry *filter_entry;
  GtkLabel *filter_error;
  GtkDropDown *split;
  GtkDropDown *order;
  GtkLabel *count;
  GtkAdjustment *tile_size;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GuiseImagePane *pane;

  GuiseThumbnailer *thumbnailer;
  GuiseIdModel *model;
  GtkSingleSelection *selection;
  GPtrArray *items; /* of GtkListItem: the bound ones, borrowed */
  GCancellable *listing;
  char *applied;      /* the filter of the list: the last one that could be read */
  gint64 selected_id; /* survives a new list */
  guint n_all;        /* images of the project, as far as known */
  guint columns_source;
  guint scroll_tick; /* scrolls to what is selected as soon as that can be done, 0 = none */
  guint n_layouts;   /* that the tick has seen */
  gboolean laid_out; /* the grid has had tiles and a frame to lay them out */
  gboolean started;
  gboolean positioned;
};

/* ---- the list ------------------------------------------------------------------------------- */

/* Once: connects the filter, the split and the order. */
void guise_library_page_set_up_list (GuiseLibraryPage *self);
/* Lists anew what the filter, the split and the order say. */
void guise_library_page_list (GuiseLibraryPage *self);
/* What the list is filtered by becomes what was typed, where that can be read with any split. */
gboolean guise_library_page_apply_filter (GuiseLibraryPage *self);
void guise_library_page_scroll_to_selected (GuiseLibraryPage *self);

/* ---- tiles ---------------------------------------------------------------------------------- */

/* Once, when the project is known. */
void guise_library_page_set_up_tiles (GuiseLibraryPage *self);
int guise_library_page_get_tile_size (GuiseLibraryPage *self);
/* Shows what is at the item's place now. */
void guise_library_page_bind_tile (GtkListItem *item);
/* Reads the labels of the image's tile again; 0 = of all. */
void guise_library_page_refresh_tiles (GuiseLibraryPage *self, gint64 image_id);
