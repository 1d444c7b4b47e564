/* What the parts of the search page share: asking and the page itself (guise-search-page.c), the
 * hits (-hits), and the run that is searched with, its index and what is seen without (-run). For
 * these files only. */
#pragma once

#include "guise-banner.h"
#include "guise-hit-cell.h"
#include "guise-id-model.h"
#include "guise-job.h"
#include "guise-search-page.h"

struct _GuiseSearchPage {
  GuisePage parent_instance;

  GuiseBanner *banner;
  GtkWidget *query_box;
  GtkToggleButton *free_button;
  GtkToggleButton *pair_button;
  GtkStack *entries;
  GtkSearchEntry *text;
  GtkSearchEntry *who;
  GtkSearchEntry *wearing;
  GtkDropDown *split;
  GtkWidget *mix_box;
  GtkScale *scale;
  GtkAdjustment *lambda;
  GtkLabel *lambda_label;
  GtkLabel *run_label;
  GtkDrawingArea *identity_swatch;
  GtkDrawingArea *clothing_swatch;
  GtkStack *stack;
  AdwStatusPage *no_index;
  GtkProgressBar *build_bar;
  AdwStatusPage *failed;
  GtkBox *examples;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GtkLabel *count;
  GtkLabel *truth;
  GtkWidget *clear_truth;
  GtkWidget *mark_button;
  GtkLabel *latency;

  GuiseSearcher *searcher;
  GuiseThumbnailer *thumbnailer;
  GuiseIdModel *model;
  GtkSingleSelection *selection;
  GPtrArray *items; /* of GtkListItem: the bound ones, borrowed */
  GArray *views;    /* of GuiseHitView, by position */
  GuiseJob *building;
  double default_lambda;
  double used_lambda;
  double restored_lambda; /* of the session before, NaN = none */
  gint64 truth_image;
  size_t n_missing_told;    /* pictures that are not embedded, as the banner said */
  size_t n_unreadable_told; /* that cannot be read, likewise */
  guint typing_source;
  guint columns_source;
  gboolean lambda_moved;
  gboolean setting; /* fields are set by the program */
  gboolean started;
};

/* ---- asking --------------------------------------------------------------------------------- */

/* Asks for what is in the fields now. */
void guise_search_page_ask (GuiseSearchPage *self);
/* Who and wearing are asked for apart. */
gboolean guise_search_page_is_pair (GuiseSearchPage *self);
void guise_search_page_clear_hits (GuiseSearchPage *self);
/* The view of that name; words can be typed where there is something to search, or will be soon. */
void guise_search_page_show_view (GuiseSearchPage *self, const char *name);
/* Puts the keyboard where something is described, unless it is on the page already. */
void guise_search_page_focus_entry (GuiseSearchPage *self);
/* name: of an action of the page. */
void guise_search_page_set_enabled (GuiseSearchPage *self, const char *name, gboolean enabled);

/* ---- hits ----------------------------------------------------------------------------------- */

/* Once, when there is a searcher. */
void guise_search_page_set_up_hits (GuiseSearchPage *self);
/* 0 = none. */
gint64 guise_search_page_get_selected_image (GuiseSearchPage *self);

/* ---- run ------------------------------------------------------------------------------------ */

/* The same, after the hits. */
void guise_search_page_set_up_run (GuiseSearchPage *self);
/* Opens the run that is chosen for searching. */
void guise_search_page_open_run (GuiseSearchPage *self);
