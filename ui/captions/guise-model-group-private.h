/* What guise-model-group.c and guise-model-form.c share. */
#pragma once

#include "guise-caption-estimate.h"
#include "guise-choice.h"
#include "guise-model-group.h"
#include "guise-style-choice.h"

#define GUISE_MODEL_N_TEXTS 6 /* rows with a text */

struct _GuiseModelGroup {
  AdwPreferencesGroup parent_instance;

  AdwComboRow *endpoint_row;
  AdwEntryRow *address_row;
  AdwActionRow *address_problem;
  AdwEntryRow *model_row;
  AdwComboRow *prompt_row;
  GuiseStyleChoice *styles_row;
  AdwEntryRow *filter_row;
  AdwEntryRow *limit_row;
  AdwEntryRow *tokens_row;
  AdwEntryRow *cost_row;
  AdwActionRow *estimate_row;
  GtkWidget *start_button;

  GuisePage *page;        /* borrowed */
  GuiseCaptionJobs *jobs; /* borrowed */
  GuiseCaptionChoices *choices;
  GuiseChoice endpoint; /* a profile's name; "" = an address that is typed */
  GuiseChoice prompt;   /* a path */
  char *profiles_model; /* the endpoint's own, when it was last looked at */
  GCancellable *estimating;
  GuiseCaptionEstimate estimate;
  gboolean estimated; /* of what stands there now */
  char *problem;
  guint quiet_source;
  gboolean reading, filling;
  gboolean job_runs;
};

/* What the form says. */
typedef struct {
  GuiseEndpoint *endpoint; /* with address and model */
  char *name;              /* for the command: a profile's name or an address */
  const char *prompt;      /* borrowed */
  char *filter;
  char **styles; /* NULL = none */
  guint64 limit, max_tokens;
  double max_cost;
} GuiseModelForm;

void guise_model_form_clear (GuiseModelForm *form);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseModelForm, guise_model_form_clear)

/* Marks what is wrong. FALSE: *problem says why no job can be begun; to be freed. */
gboolean guise_model_form_read (GuiseModelGroup *self, GuiseModelForm *form, char **problem);
/* Says at once what is wrong with the address that is typed, at its row. */
void guise_model_form_check_address (GuiseModelGroup *self);
/* NULL = an address is typed, or the profile is gone. */
const GuiseEndpoint *guise_model_form_get_profile (GuiseModelGroup *self);
gboolean guise_model_form_has_address (GuiseModelGroup *self);
gpointer guise_model_form_get_text_row (GuiseModelGroup *self, guint i);
