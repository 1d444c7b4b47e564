/* Paints the pictures of the synthetic people. */
#pragma once

#include "guise-demo-cast.h"

#include <cairo.h>

/* Picture i of cast: a new RGB24 surface of GUISE_DEMO_WIDTH × GUISE_DEMO_HEIGHT pixels. Reads the
 * cast only, so that several threads may paint. */
cairo_surface_t *guise_demo_paint (const GuiseDemoCast *cast, guint i);
