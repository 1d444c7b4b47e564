/* GuiseHitCell: one hit of a search: the picture, its rank, a bar for each of the two scores, the
 * camera, and a frame with a tick where it shows the person who is looked for. Main thread only. */
#pragma once

#include "guise-image-cell.h"
#include "guise-ranking.h"

G_BEGIN_DECLS

#define GUISE_TYPE_HIT_CELL (guise_hit_cell_get_type ())
G_DECLARE_FINAL_TYPE (GuiseHitCell, guise_hit_cell, GUISE, HIT_CELL, GtkWidget)

GtkWidget *guise_hit_cell_new (GuiseThumbnailer *thumbnailer, int tile_size);

typedef struct {
  GuiseHit hit;
  guint rank; /* from 1 */
  gboolean has_identity, has_clothing;
  double full; /* the product that fills a bar */
  gboolean match;
} GuiseHitView;

void guise_hit_cell_bind (GuiseHitCell *self, const GuiseHitView *view);
void guise_hit_cell_unbind (GuiseHitCell *self);
/* What it shows. Borrowed. */
const GuiseHitView *guise_hit_cell_get_view (GuiseHitCell *self);
GuiseImageCell *guise_hit_cell_get_image (GuiseHitCell *self);

/* A draw function: the colour of a bar for a legend. bar: 0 identity, 1 clothing, as a pointer. */
void guise_hit_cell_draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height,
                                 gpointer bar);

G_END_DECLS
