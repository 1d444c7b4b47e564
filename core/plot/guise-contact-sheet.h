/* Contact sheet: one row a query, its text on the left, its ranked hits as thumbnails on the right,
 * each with a bar for identity and one for clothing and, where the truth is known, a frame with a
 * tick (right) or a thin grey frame (wrong). Not locked: one thread at a time. */
#pragma once

#include "guise-plot.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_TRUTH_UNKNOWN,
  GUISE_TRUTH_RIGHT,
  GUISE_TRUTH_WRONG,
} GuiseTruth;

typedef struct {
  const guint8 *pixels;     /* RGB8, rows of 3·width bytes; NULL = unreadable: a crossed box */
  guint width, height;      /* pixels */
  float identity, clothing; /* -1 … 1 (inner products of unit vectors); NaN = no such part */
  GuiseTruth truth;
} GuiseSheetHit;

typedef struct _GuiseContactSheet GuiseContactSheet;

GuiseContactSheet *guise_contact_sheet_new (const char *title);
void guise_contact_sheet_free (GuiseContactSheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseContactSheet, guise_contact_sheet_free)

/* label: above the query's text, e.g. "Who"; NULL = none. note: below, e.g. "first truth at rank
 * 1"; NULL = none. Everything is copied. */
void guise_contact_sheet_add_row (GuiseContactSheet *sheet, const char *label, const char *query,
                                  const char *note, const GuiseSheetHit *hits, size_t n_hits);
/* Size in units, given by the rows. */
void guise_contact_sheet_get_size (const GuiseContactSheet *sheet, double *width, double *height);
void guise_contact_sheet_draw (const GuiseContactSheet *sheet, cairo_t *cr,
                               const GuisePlotTheme *theme);
/* As guise_plot_save(). */
gboolean guise_contact_sheet_save (const GuiseContactSheet *sheet, const char *path, double scale,
                                   const GuisePlotTheme *theme, GError **error);

G_END_DECLS
