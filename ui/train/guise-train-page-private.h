/* What the parts of the train page share: the runs and the page itself (guise-train-page.c), and
 * the use of one for search (-use). For these files only. */
#pragma once

#include "guise-job.h"
#include "guise-train-page.h"

struct _GuiseTrainPage {
  GuisePage parent_instance;

  GtkStack *stack;
  GtkListBox *list;
  GtkWidget *new_button;
  GuiseRunPane *pane;

  GListStore *runs;
  GuiseTrainRun *current;
  GuiseRunDialog *dialog;
  GuiseRunPlan *last_plan; /* offered again when a run could not start */
  GuiseJob *embedding;
  char *embedded_run;
  char *restored_run; /* was selected in the session before; NULL = none, or it is selected */
  guint follow_source;
  gboolean listing;
  gboolean list_again;
};

/* To be called after what they depend on has changed. */
void guise_train_page_update_actions (GuiseTrainPage *self);

/* ---- use for search ------------------------------------------------------------------------- */

/* Once: adds the actions. */
void guise_train_page_set_up_use (GuiseTrainPage *self);
/* Pictures are being embedded with a run, to search with it. */
gboolean guise_train_page_is_embedding (GuiseTrainPage *self);
