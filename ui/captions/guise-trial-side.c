#include "guise-trial-side.h"

#include "guise-field-row.h"
#include "guise-format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef enum {
  SUM_PASSED,
  SUM_REFUSED,
  SUM_INVALID,
  SUM_TIME,
  SUM_TOKENS,
  SUM_COST,
  N_SUMS,
} Sum;

struct _GuiseTrialSide {
  AdwPreferencesGroup parent_instance;

  AdwComboRow *endpoint, *prompt;
  GtkEntry *model;
  GtkWidget *use_button;
  GtkLabel *sums[N_SUMS];

  GPtrArray *endpoints, *prompts;
  gboolean filling;
};

enum {
  SIGNAL_EDITED,
  SIGNAL_USED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseTrialSide, guise_trial_side, ADW_TYPE_PREFERENCES_GROUP)

/* ---- what is chosen ------------------------------------------------------------------------- */

static gpointer
get_chosen (AdwComboRow *row, GPtrArray *from)
{
  guint i = adw_combo_row_get_selected (row);

  return from != NULL && i < from->len ? from->pdata[i] : NULL;
}

const GuiseEndpoint *
guise_trial_side_get_endpoint (GuiseTrialSide *self)
{
  return get_chosen (self->endpoint, self->endpoints);
}

const GuisePromptFile *
guise_trial_side_get_prompt (GuiseTrialSide *self)
{
  return get_chosen (self->prompt, self->prompts);
}

char *
guise_trial_side_dup_model (GuiseTrialSide *self)
{
  return guise_field_row_dup_text (self->model);
}

const char *
guise_trial_side_get_problem (GuiseTrialSide *self)
{
  const GuiseEndpoint *endpoint = guise_trial_side_get_endpoint (self);
  const GuisePromptFile *prompt = guise_trial_side_get_prompt (self);
  g_autofree char *model = guise_trial_side_dup_model (self);

  if (endpoint == NULL)
    return _ ("There is no endpoint.");
  if (endpoint->url == NULL)
    return _ ("The endpoint has no address: give it one among the endpoints.");
  if (model == NULL)
    return _ ("The model has no name.");
  if (prompt == NULL)
    return _ ("There is no prompt.");
  if (prompt->problem != NULL)
    return _ ("The prompt has to be mended first.");
  return NULL;
}

static void
fill_model (GuiseTrialSide *self)
{
  const GuiseEndpoint *endpoint = guise_trial_side_get_endpoint (self);
  const char *model = endpoint != NULL && endpoint->model != NULL ? endpoint->model : "";

  gtk_editable_set_text (GTK_EDITABLE (self->model), model);
}

static void
edited (GuiseTrialSide *self)
{
  if (!self->filling)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0);
}

static void
endpoint_chosen (GuiseTrialSide *self)
{
  if (self->filling)
    return;
  self->filling = TRUE;
  fill_model (self);
  self->filling = FALSE;
  edited (self);
}

static void
set_texts (AdwComboRow *row, GPtrArray *items, const char *(*get_title) (gconstpointer item))
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  for (guint i = 0; i < items->len; i++) {
    g_autofree char *title = guise_format_excerpt (get_title (items->pdata[i]), 60);

    gtk_string_list_append (list, title);
  }
  adw_combo_row_set_model (row, G_LIST_MODEL (list));
}

static const char *
get_endpoint_title (gconstpointer item)
{
  return ((const GuiseEndpoint *)item)->title;
}

static const char *
get_prompt_title (gconstpointer item)
{
  return ((const GuisePromptFile *)item)->title;
}

static void
choose_endpoint (GuiseTrialSide *self, const char *name)
{
  for (guint i = 0; name != NULL && i < self->endpoints->len; i++)
    if (strcmp (((GuiseEndpoint *)self->endpoints->pdata[i])->name, name) == 0)
      adw_combo_row_set_selected (self->endpoint, i);
}

static void
choose_prompt (GuiseTrialSide *self, const char *name)
{
  for (guint i = 0; name != NULL && i < self->prompts->len; i++)
    if (strcmp (((GuisePromptFile *)self->prompts->pdata[i])->name, name) == 0)
      adw_combo_row_set_selected (self->prompt, i);
}

void
guise_trial_side_choose (GuiseTrialSide *self, const char *endpoint, const char *model,
                         const char *prompt)
{
  if (self->endpoints == NULL)
    return;
  choose_endpoint (self, endpoint);
  choose_prompt (self, prompt);
  if (model != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->model), model);
}

void
guise_trial_side_set_choices (GuiseTrialSide *self, GPtrArray *endpoints, GPtrArray *prompts)
{
  const GuiseEndpoint *endpoint = guise_trial_side_get_endpoint (self);
  const GuisePromptFile *prompt = guise_trial_side_get_prompt (self);
  g_autofree char *endpoint_name = g_strdup (endpoint != NULL ? endpoint->name : "ollama");
  g_autofree char *prompt_name = prompt != NULL ? g_strdup (prompt->name) : NULL;
  gboolean first = self->endpoints == NULL;

  g_ptr_array_ref (endpoints);
  g_ptr_array_ref (prompts);
  g_clear_pointer (&self->endpoints, g_ptr_array_unref);
  g_clear_pointer (&self->prompts, g_ptr_array_unref);
  self->endpoints = endpoints;
  self->prompts = prompts;
  self->filling = TRUE;
  set_texts (self->endpoint, endpoints, get_endpoint_title);
  set_texts (self->prompt, prompts, get_prompt_title);
  choose_endpoint (self, endpoint_name);
  choose_prompt (self, prompt_name);
  if (first)
    fill_model (self);
  self->filling = FALSE;
  edited (self);
}

/* ---- what came of it ------------------------------------------------------------------------ */

static void
set_count (GuiseTrialSide *self, Sum sum, guint n)
{
  g_autofree char *text = guise_format_count (n);

  gtk_label_set_text (self->sums[sum], text);
}

static void
set_measured (GuiseTrialSide *self, Sum sum, char *text)
{
  gtk_label_set_text (self->sums[sum], text != NULL ? text : _ ("not measured"));
  g_free (text);
}

void
guise_trial_side_show_outcome (GuiseTrialSide *self, const GuiseTrialOutcome *outcome)
{
  gtk_widget_set_sensitive (self->use_button, outcome != NULL);
  for (Sum sum = 0; sum < N_SUMS; sum++)
    gtk_label_set_text (self->sums[sum], "–");
  if (outcome == NULL)
    return;
  set_count (self, SUM_PASSED, outcome->n_passed);
  set_count (self, SUM_REFUSED, outcome->n_refused);
  set_count (self, SUM_INVALID, outcome->n_invalid);
  set_measured (self, SUM_TIME,
                isnan (outcome->mean_ms) ? NULL : guise_trial_format_time (outcome->mean_ms));
  set_measured (self, SUM_TOKENS,
                outcome->n_tokens < 0 ? NULL : guise_format_count ((guint64)outcome->n_tokens));
  set_measured (self, SUM_COST,
                isnan (outcome->cost) ? NULL : g_strdup_printf ("%.4f", outcome->cost));
}

/* ---- widget --------------------------------------------------------------------------------- */

static AdwComboRow *
add_choice (GuiseTrialSide *self, const char *title, GCallback chosen)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_signal_connect_object (row, "notify::selected", chosen, self, G_CONNECT_SWAPPED);
  return ADW_COMBO_ROW (row);
}

static void
add_sum (GuiseTrialSide *self, GtkGrid *grid, Sum sum, const char *title)
{
  GtkWidget *name = gtk_label_new (title);

  self->sums[sum] = GTK_LABEL (gtk_label_new ("–"));
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_xalign (self->sums[sum], 0);
  gtk_label_set_yalign (GTK_LABEL (name), 1); /* the lower line, where one of a row needs two */
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (name), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (GTK_LABEL (name), 10);
  gtk_label_set_ellipsize (self->sums[sum], PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (name, "caption");
  gtk_widget_add_css_class (name, "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->sums[sum]), "numeric");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->sums[sum]),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, name, NULL, -1);
  gtk_grid_attach (grid, name, sum % 3, 2 * (sum / 3), 1, 1);
  gtk_grid_attach (grid, GTK_WIDGET (self->sums[sum]), sum % 3, 2 * (sum / 3) + 1, 1, 1);
}

static void
add_sums (GuiseTrialSide *self)
{
  static const char *const titles[N_SUMS]
      = { N_ ("Accepted by the checks"), N_ ("Refused"), N_ ("Not usable"),
          N_ ("Time for an image"), N_ ("Tokens"), N_ ("Cost") };
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  gtk_widget_add_css_class (grid, "trial-row");
  for (Sum sum = 0; sum < N_SUMS; sum++)
    add_sum (self, GTK_GRID (grid), sum, _ (titles[sum]));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), grid);
}

static void
use_clicked (GuiseTrialSide *self)
{
  g_signal_emit (self, signals[SIGNAL_USED], 0);
}

static void
guise_trial_side_finalize (GObject *object)
{
  GuiseTrialSide *self = GUISE_TRIAL_SIDE (object);

  g_clear_pointer (&self->endpoints, g_ptr_array_unref);
  g_clear_pointer (&self->prompts, g_ptr_array_unref);
  G_OBJECT_CLASS (guise_trial_side_parent_class)->finalize (object);
}

static void
guise_trial_side_class_init (GuiseTrialSideClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_trial_side_finalize;
  signals[SIGNAL_EDITED] = g_signal_new ("edited", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_USED] = g_signal_new ("used", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_trial_side_init (GuiseTrialSide *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  self->endpoint = add_choice (self, _ ("Endpoint"), G_CALLBACK (endpoint_chosen));
  self->model = guise_field_row_add (group, _ ("Model"), NULL);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->model), 16);
  g_signal_connect_object (self->model, "changed", G_CALLBACK (edited), self, G_CONNECT_SWAPPED);
  self->prompt = add_choice (self, _ ("Prompt"), G_CALLBACK (edited));
  self->use_button = gtk_button_new_with_mnemonic (_ ("_Use This One"));
  gtk_widget_set_valign (self->use_button, GTK_ALIGN_CENTER);
  g_signal_connect_object (self->use_button, "clicked", G_CALLBACK (use_clicked), self,
                           G_CONNECT_SWAPPED);
  adw_preferences_group_set_header_suffix (group, self->use_button);
  add_sums (self);
  guise_trial_side_show_outcome (self, NULL);
}

GtkWidget *
guise_trial_side_new (const char *title)
{
  GtkWidget *side = g_object_new (GUISE_TYPE_TRIAL_SIDE, NULL);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (side), title);
  return side;
}
