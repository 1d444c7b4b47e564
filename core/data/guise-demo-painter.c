#include "guise-demo-painter.h"

#include "guise-demo-figure.h"
#include "guise-demo-random.h"
#include "guise-demo-scene.h"
#include "guise-demo.h"

/* Broader than life: at 64 pixels, what people wear and carry must be large enough to be seen. */
#define BREADTH 1.2

cairo_surface_t *
guise_demo_paint (const GuiseDemoCast *cast, guint i)
{
  const GuiseDemoImage *image = &g_array_index (cast->images, GuiseDemoImage, i);
  GuiseDemoRandom scene = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_SCENE, i, 0);
  GuiseDemoRandom lens = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_SCENE, i, 1);
  GuiseDemoRandom noise = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_NOISE, i, 0);
  double ground = guise_demo_random_between (&scene, 120.5, 123.5);
  double shift = guise_demo_random_between (&scene, -2, 2);
  double scale = guise_demo_random_between (&scene, 0.97, 1.03);
  cairo_surface_t *canvas = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                                        GUISE_DEMO_WIDTH * GUISE_DEMO_OVERSAMPLE,
                                                        GUISE_DEMO_HEIGHT * GUISE_DEMO_OVERSAMPLE);
  cairo_t *cr = cairo_create (canvas);
  GuiseDemoFigure figure;
  cairo_surface_t *surface;

  cairo_scale (cr, GUISE_DEMO_OVERSAMPLE, GUISE_DEMO_OVERSAMPLE);
  guise_demo_paint_background (cr, image, &scene);
  cairo_save (cr);
  cairo_translate (cr, GUISE_DEMO_WIDTH / 2.0 + shift, ground);
  cairo_scale (cr, (image->mirrored ? -scale : scale) * BREADTH, scale);
  guise_demo_figure_init (&figure, cr, cast, i);
  guise_demo_figure_paint (&figure);
  cairo_restore (cr);
  guise_demo_paint_occluder (cr, image, ground, &scene);
  cairo_destroy (cr);
  surface = guise_demo_expose (canvas, image->camera, &lens, &noise);
  cairo_surface_destroy (canvas);
  return surface;
}
