/* GuiseTrainPage: the project's training runs. Runs are child processes of guisectl that outlive
 * the window; their folders are the truth, and the page keeps the store's table of runs in step
 * with them. */
#pragma once

#include "guise-page.h"
#include "guise-run-dialog.h"
#include "guise-run-pane.h"

G_BEGIN_DECLS

/* The project's setting that names the run whose index is searched. */
#define GUISE_SETTING_SEARCH_RUN "search.run"

#define GUISE_TYPE_TRAIN_PAGE (guise_train_page_get_type ())
G_DECLARE_FINAL_TYPE (GuiseTrainPage, guise_train_page, GUISE, TRAIN_PAGE, GuisePage)

/* Starts a new run and shows it; what goes wrong is reported in the banner. */
void guise_train_page_start (GuiseTrainPage *self, const GuiseRunPlan *plan);

/* For tests. Borrowed; NULL = none. */
GuiseTrainRun *guise_train_page_get_current (GuiseTrainPage *self);
GuiseRunDialog *guise_train_page_get_dialog (GuiseTrainPage *self);
GuiseRunPane *guise_train_page_get_pane (GuiseTrainPage *self);
/* TRUE while the runs are listed. */
gboolean guise_train_page_is_busy (GuiseTrainPage *self);

G_END_DECLS
