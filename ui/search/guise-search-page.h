/* GuiseSearchPage: finds people by words. Free text, or who and wearing apart; λ mixes the two
 * scores live; hits in a grid with rank, bars and, where it is known who is looked for, marks. */
#pragma once

#include "guise-page.h"
#include "guise-searcher.h"

G_BEGIN_DECLS

#define GUISE_TYPE_SEARCH_PAGE (guise_search_page_get_type ())
G_DECLARE_FINAL_TYPE (GuiseSearchPage, guise_search_page, GUISE, SEARCH_PAGE, GuisePage)

/* As if typed and Enter pressed; with wearing != NULL, text is who. */
void guise_search_page_search_for (GuiseSearchPage *self, const char *text, const char *wearing);

/* For tests. Borrowed. */
GuiseSearcher *guise_search_page_get_searcher (GuiseSearchPage *self);
GtkWidget *guise_search_page_get_grid (GuiseSearchPage *self);
guint guise_search_page_get_n_hits (GuiseSearchPage *self);
const GuiseHit *guise_search_page_get_hit (GuiseSearchPage *self, guint position);
double guise_search_page_get_lambda (GuiseSearchPage *self); /* of the hits shown */
/* The name of what is shown: "no-run", "no-index", "start", "hits", "none"… */
const char *guise_search_page_get_view (GuiseSearchPage *self);
/* TRUE while something is typed, asked or opened whose answer is not shown. */
gboolean guise_search_page_is_busy (GuiseSearchPage *self);

G_END_DECLS
