/* What the six cameras see: backgrounds, what stands in front of the person, and what the lens
 * does. */
#pragma once

#include "guise-demo-canvas.h"
#include "guise-demo-cast.h"

/* Fills the canvas (its units are finished pixels) with the camera's place. */
void guise_demo_paint_background (cairo_t *cr, const GuiseDemoImage *image,
                                  GuiseDemoRandom *random);
/* What hides the shoes or one side; ground: where the feet stand; nothing for an open view. */
void guise_demo_paint_occluder (cairo_t *cr, const GuiseDemoImage *image, double ground,
                                GuiseDemoRandom *random);

/* Shrinks the fine canvas to a finished picture and passes it through the camera: sharpness, light,
 * colour cast, noise; whole numbers only. noise: a stream of its own. Returns a new RGB24 surface.
 */
cairo_surface_t *guise_demo_expose (cairo_surface_t *canvas, guint camera, GuiseDemoRandom *random,
                                    GuiseDemoRandom *noise);
