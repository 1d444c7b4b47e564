#include "search-sheet.h"

#include <math.h>
#include <string.h>

#include "guise-contact-sheet.h"

enum { FIT_SIDE = 288, /* pixels: twice the sheet's thumbnails */
       MAX_HITS = 20 };

struct _SearchSheet {
  GuiseProject *project;
  GuiseContactSheet *sheet;
};

SearchSheet *
search_sheet_new (GuiseProject *project, const GuiseSearchModel *model)
{
  SearchSheet *sheet = g_new0 (SearchSheet, 1);
  g_autofree char *title = g_strdup_printf ("%s: searching with %s",
                                            guise_project_get_name (project),
                                            guise_search_model_get_name (model));

  sheet->project = project;
  sheet->sheet = guise_contact_sheet_new (title);
  return sheet;
}

void
search_sheet_free (SearchSheet *sheet)
{
  if (sheet == NULL)
    return;
  guise_contact_sheet_free (sheet->sheet);
  g_free (sheet);
}

static void
add_part (GString *label, GString *query, const char *name, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  g_string_append_printf (label, "%s%s", label->len > 0 ? " + " : "", name);
  if (query->len > 0)
    g_string_append_printf (query, " · %s: ", name);
  g_string_append (query, text);
}

/* NULL where the picture cannot be read: the sheet draws a crossed box. */
static GuiseImage *
read_picture (const SearchSheet *sheet, const GuiseImageRecord *record)
{
  const GuiseDecodeOptions options = { .fit_side = FIT_SIDE };
  g_autoptr (GuiseRoot) root = NULL;

  if (record == NULL)
    return NULL;
  root = guise_project_get_root (sheet->project, record->dataset_id, NULL);
  return root != NULL ? guise_decoder_decode (guise_project_get_decoder (sheet->project), root,
                                              record->path, &options, NULL, NULL)
                      : NULL;
}

static GuiseTruth
judge (const GuiseImageRecord *record, const char *truth)
{
  if (truth == NULL || record == NULL)
    return GUISE_TRUTH_UNKNOWN;
  return g_strcmp0 (record->person, truth) == 0 ? GUISE_TRUTH_RIGHT : GUISE_TRUTH_WRONG;
}

static void
fill_hit (const SearchSheet *sheet, const GuiseSearch *search, const GuiseHit *hit,
          const GuiseImageRecord *record, const char *truth, GuiseSheetHit *out, GPtrArray *images)
{
  GuiseImage *image = read_picture (sheet, record);

  *out = (GuiseSheetHit){ .identity = guise_search_has_identity (search) ? hit->identity : NAN,
                          .clothing = guise_search_has_clothing (search) ? hit->clothing : NAN,
                          .truth = judge (record, truth) };
  if (image == NULL)
    return;
  out->pixels = guise_image_get_pixels (image);
  out->width = (guint)guise_image_get_width (image);
  out->height = (guint)guise_image_get_height (image);
  g_ptr_array_add (images, image);
}

static char *
describe_truth (const GuiseSheetHit *hits, size_t n, const char *truth)
{
  if (truth == NULL)
    return NULL;
  for (size_t i = 0; i < n; i++)
    if (hits[i].truth == GUISE_TRUTH_RIGHT)
      return g_strdup_printf ("first truth at rank %zu", i + 1);
  return g_strdup_printf ("truth not among the first %zu", n);
}

void
search_sheet_add (SearchSheet *sheet, const GuiseSearch *search, const GuiseSearchRequest *request,
                  const char *image, const char *truth, const GuiseHit *hits, GPtrArray *records,
                  size_t n)
{
  g_autoptr (GString) label = g_string_new (NULL), query = g_string_new (NULL);
  g_autoptr (GPtrArray) images
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_image_unref);
  g_autofree char *base = image != NULL ? g_path_get_basename (image) : NULL;
  g_autofree char *file = base != NULL ? g_filename_display_name (base) : NULL;
  g_autofree char *note = NULL;
  GuiseSheetHit shown[MAX_HITS];

  n = MIN (n, MAX_HITS);
  add_part (label, query, "Text", request->text);
  add_part (label, query, "Who", request->who);
  add_part (label, query, "Wearing", request->wearing);
  add_part (label, query, "Image", file);
  add_part (label, query, "Not", request->without);
  for (size_t i = 0; i < n; i++)
    fill_hit (sheet, search, &hits[i], records->pdata[i], truth, &shown[i], images);
  note = describe_truth (shown, n, truth);
  guise_contact_sheet_add_row (sheet->sheet, label->str, query->str, note, shown, n);
}

gboolean
search_sheet_save (SearchSheet *sheet, const char *path, GError **error)
{
  return guise_contact_sheet_save (sheet->sheet, path, 2, &guise_plot_light, error);
}
