/* Looking back at a data set that was written: is it the one wanted, and what does it look like. */
#include "guise-demo.h"

#include "guise-json.h"

#include <cairo.h>

#define MAX_BYTES ((gsize)1 << 30)

enum {
  SCALE = 2,
  GAP = 6,
};

static json_t *
load (const char *root, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (root, name, NULL);

  return guise_json_load (path, MAX_BYTES, error);
}

gboolean
guise_demo_recognise (const char *root, guint n_persons, guint64 seed, GuiseDemoCounts *counts,
                      GError **error)
{
  json_t *truth = load (root, "attributes.json", error);
  json_t *planted = truth == NULL ? NULL : load (root, "planted.json", error);
  guint n_images = json_array_size (json_object_get (truth, "images"));
  g_autofree char *seed_text = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);
  const char *found = json_string_value (json_object_get (truth, "seed"));
  gint64 version = json_integer_value (json_object_get (truth, "version"));
  gboolean same = version == GUISE_DEMO_VERSION && g_strcmp0 (found, seed_text) == 0
                  && json_array_size (json_object_get (truth, "persons")) == n_persons;

  *counts = (GuiseDemoCounts){
    .n_persons = n_persons,
    .n_outfits = json_array_size (json_object_get (truth, "outfits")),
    .n_images = n_images,
    .n_captions = 2 * n_images,
    .n_descriptions = 2 * n_images,
    .n_planted = json_array_size (planted),
  };
  if (planted != NULL && !same)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 "cannot reuse the synthetic people: '%s': made %s", root,
                 version != GUISE_DEMO_VERSION ? "by another version of Guise"
                                               : "with another number of persons or another seed");
  same = same && planted != NULL;
  json_decref (truth);
  json_decref (planted);
  return same;
}

/* The file paths of one person after the other: GPtrArray of GPtrArray of strings. */
static GPtrArray *
read_persons (const char *root, GError **error)
{
  GPtrArray *persons = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  json_t *records = load (root, "reid_raw.json", error), *record;
  json_int_t last = -1;
  gsize i;

  json_array_foreach (records, i, record)
  {
    json_int_t id = json_integer_value (json_object_get (record, "id"));
    const char *file = json_string_value (json_object_get (record, "file_path"));

    if (persons->len == 0 || id != last)
      g_ptr_array_add (persons, g_ptr_array_new_with_free_func (g_free));
    if (file != NULL)
      g_ptr_array_add (persons->pdata[persons->len - 1],
                       g_build_filename (root, "imgs", file, NULL));
    last = id;
  }
  if (records != NULL && persons->len == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "cannot read '%s': it lists no pictures", root);
  json_decref (records);
  if (persons->len == 0)
    g_clear_pointer (&persons, g_ptr_array_unref);
  return persons;
}

static gboolean
place (cairo_t *cr, const char *path, guint column, guint row, GError **error)
{
  cairo_surface_t *picture = cairo_image_surface_create_from_png (path);
  cairo_status_t status = cairo_surface_status (picture);

  if (status == CAIRO_STATUS_SUCCESS) {
    cairo_save (cr);
    cairo_translate (cr, GAP + column * (SCALE * GUISE_DEMO_WIDTH + GAP),
                     GAP + row * (SCALE * GUISE_DEMO_HEIGHT + GAP));
    cairo_scale (cr, SCALE, SCALE);
    cairo_set_source_surface (cr, picture, 0, 0);
    cairo_rectangle (cr, 0, 0, GUISE_DEMO_WIDTH, GUISE_DEMO_HEIGHT);
    cairo_fill (cr);
    cairo_restore (cr);
  } else {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot read the picture '%s': %s", path,
                 cairo_status_to_string (status));
  }
  cairo_surface_destroy (picture);
  return status == CAIRO_STATUS_SUCCESS;
}

gboolean
guise_demo_contact_sheet (const char *root, const char *path, guint n_persons, guint max_images,
                          GError **error)
{
  g_autoptr (GPtrArray) persons = read_persons (root, error);
  cairo_surface_t *sheet;
  cairo_status_t status;
  cairo_t *cr;
  gboolean good = TRUE;

  if (persons == NULL)
    return FALSE;
  n_persons = CLAMP (n_persons, 1, MIN (persons->len, 100));
  max_images = CLAMP (max_images, 1, 100);
  sheet = cairo_image_surface_create (CAIRO_FORMAT_RGB24,
                                      GAP + max_images * (SCALE * GUISE_DEMO_WIDTH + GAP),
                                      GAP + n_persons * (SCALE * GUISE_DEMO_HEIGHT + GAP));
  cr = cairo_create (sheet);
  cairo_set_source_rgb (cr, 0.95, 0.95, 0.95);
  cairo_paint (cr);
  for (guint row = 0; row < n_persons && good; row++) {
    GPtrArray *files = persons->pdata[(gsize)row * persons->len / n_persons];

    for (guint i = 0; i < MIN (files->len, max_images) && good; i++)
      good = place (cr, files->pdata[i], i, row, error);
  }
  cairo_destroy (cr);
  status = good ? cairo_surface_write_to_png (sheet, path) : CAIRO_STATUS_SUCCESS;
  if (status != CAIRO_STATUS_SUCCESS)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write the contact sheet '%s': %s",
                 path, cairo_status_to_string (status));
  cairo_surface_destroy (sheet);
  return good && status == CAIRO_STATUS_SUCCESS;
}
