/* GuiseImageCell: one tile of a picture grid. Draws the picture, a strip with the person's label
 * and marks for the states of its captions itself; always has the size it was told. An image to
 * assistive technology, described by the start of its caption. Main thread only. */
#pragma once

#include "guise-thumbnailer.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_IMAGE_CELL (guise_image_cell_get_type ())
G_DECLARE_FINAL_TYPE (GuiseImageCell, guise_image_cell, GUISE, IMAGE_CELL, GtkWidget)

GtkWidget *guise_image_cell_new (GuiseThumbnailer *thumbnailer);

/* Width in pixels; the height is twice that, the shape of a standing person. */
void guise_image_cell_set_tile_size (GuiseImageCell *self, int size);

/* Shows the image as soon as its pixels are there. position: its place in the list. */
void guise_image_cell_bind (GuiseImageCell *self, gint64 image_id, guint position);
/* Shows nothing and takes the request back. */
void guise_image_cell_unbind (GuiseImageCell *self);
/* Asks again: the image's labels or captions have changed. */
void guise_image_cell_refresh (GuiseImageCell *self);

gint64 guise_image_cell_get_image_id (GuiseImageCell *self); /* 0 = unbound */
/* What is shown; NULL while it is on its way. Borrowed. */
GuiseThumbnail *guise_image_cell_get_thumbnail (GuiseImageCell *self);

G_END_DECLS
