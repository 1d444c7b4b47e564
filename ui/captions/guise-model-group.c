#include "guise-model-group.h"

#include "guise-caption-estimate.h"
#include "guise-format.h"
#include "guise-style-choice.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Who types is not counted for at every key. */
#define QUIET_MS 250

/* What is chosen in a row: it stays that when the list is filled anew, whatever else has the same
 * title. */
typedef struct {
  GPtrArray *ids; /* of the row's entries but for one that is gone */
  char *id;       /* a profile's name, "" for an address, a prompt's path; NULL = none yet */
  char *title;
} Choice;

struct _GuiseModelGroup {
  AdwPreferencesGroup parent_instance;

  AdwComboRow *endpoint_row;
  AdwEntryRow *address_row;
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
  Choice endpoint, prompt;
  GCancellable *estimating;
  GuiseCaptionEstimate estimate;
  gboolean estimated; /* of what stands there now */
  char *problem;
  guint quiet_source;
  gboolean reading, filling;
  gboolean job_runs;
};

G_DEFINE_FINAL_TYPE (GuiseModelGroup, guise_model_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- what stands there ---------------------------------------------------------------------- */

typedef struct {
  GuiseEndpoint *endpoint; /* with address and model */
  char *name;              /* for the command: a profile's name or an address */
  const char *prompt;      /* borrowed */
  char *filter;
  char **styles; /* NULL = none */
  guint64 limit, max_tokens;
  double max_cost;
} Form;

static void
form_clear (Form *form)
{
  guise_endpoint_free (form->endpoint);
  g_free (form->name);
  g_free (form->filter);
  g_strfreev (form->styles);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Form, form_clear)

static char *
dup_text (gpointer row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

/* NULL = an address is typed, or the profile is gone. */
static const GuiseEndpoint *
get_profile (GuiseModelGroup *self)
{
  for (guint i = 0; self->choices != NULL && i < self->choices->endpoints->len; i++) {
    const GuiseEndpoint *endpoint = self->choices->endpoints->pdata[i];

    if (g_strcmp0 (endpoint->name, self->endpoint.id) == 0)
      return endpoint;
  }
  return NULL;
}

static gboolean
is_address (GuiseModelGroup *self)
{
  return g_strcmp0 (self->endpoint.id, "") == 0;
}

static gboolean
is_gone (const Choice *choice)
{
  return choice->id != NULL
         && !g_ptr_array_find_with_equal_func (choice->ids, choice->id, g_str_equal, NULL);
}

static gboolean
read_endpoint (GuiseModelGroup *self, Form *form, char **problem)
{
  const GuiseEndpoint *profile = get_profile (self);
  g_autofree char *model = dup_text (self->model_row);
  g_autofree char *address = dup_text (self->address_row);
  g_autoptr (GError) error = NULL;

  if (profile != NULL) {
    form->endpoint = guise_endpoint_copy (profile);
    form->name = g_strdup (profile->name);
  } else if (!is_address (self)) {
    *problem = g_strdup_printf (_ ("“%s” is gone. Choose another endpoint."),
                                self->endpoint.title);
    return FALSE;
  } else if (*address == '\0') {
    *problem = g_strdup (_ ("Say where the model is asked: an address such as "
                            "http://127.0.0.1:8080/v1."));
    return FALSE;
  } else {
    form->endpoint = guise_endpoint_new (address, NULL, &error);
    form->name = g_strdup (address);
  }
  if (form->endpoint == NULL)
    *problem = g_strdup (error->message);
  else if (*model == '\0')
    *problem = g_strdup (_ ("Say which model is asked."));
  else {
    g_free (form->endpoint->model);
    form->endpoint->model = g_steal_pointer (&model);
  }
  return *problem == NULL;
}

/* "" = no limit. */
static gboolean
read_count (gpointer row, guint64 max, guint64 *number)
{
  g_autofree char *text = dup_text (row);

  *number = 0;
  return *text == '\0' || g_ascii_string_to_unsigned (text, 10, 1, max, number, NULL);
}

static gboolean
read_cost (gpointer row, double *cost)
{
  g_autofree char *text = dup_text (row);
  char *end;

  *cost = 0;
  if (*text == '\0')
    return TRUE;
  g_strdelimit (text, ",", '.'); /* as some languages write it */
  *cost = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*cost) && *cost > 0;
}

static void
mark (gpointer row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

static gboolean
read_limits (GuiseModelGroup *self, Form *form, char **problem)
{
  gboolean limit = read_count (self->limit_row, G_MAXINT32, &form->limit);
  gboolean tokens = read_count (self->tokens_row, G_MAXINT64, &form->max_tokens);
  gboolean cost = read_cost (self->cost_row, &form->max_cost);

  mark (self->limit_row, !limit);
  mark (self->tokens_row, !tokens);
  mark (self->cost_row, !cost);
  if (!limit || !tokens || !cost)
    *problem = g_strdup (_ ("A limit is a number above zero, or empty for none."));
  return *problem == NULL;
}

static gboolean
read_form (GuiseModelGroup *self, Form *form, char **problem)
{
  *problem = NULL;
  if (guise_store_is_read_only (guise_page_get_store (self->page))) {
    *problem = g_strdup (_ ("This project is open for reading only."));
    return FALSE;
  }
  if (!read_limits (self, form, problem) || !read_endpoint (self, form, problem))
    return FALSE;
  if (self->prompt.id == NULL || is_gone (&self->prompt)) {
    *problem = self->prompt.id == NULL
                   ? g_strdup (_ ("There is no prompt to ask with."))
                   : g_strdup_printf (_ ("“%s” is gone. Choose another prompt."),
                                      self->prompt.title);
    return FALSE;
  }
  form->prompt = self->prompt.id;
  form->filter = dup_text (self->filter_row);
  form->styles = guise_style_choice_dup_chosen (self->styles_row);
  if (form->styles != NULL && *form->styles == NULL)
    *problem = g_strdup (_ ("Choose a style, or switch styles off."));
  return *problem == NULL;
}

/* ---- what it would take --------------------------------------------------------------------- */

static void
show_state (GuiseModelGroup *self)
{
  g_autofree char *text = NULL, *count = NULL, *matching = NULL;

  if (self->problem != NULL) {
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->estimate_row), _ ("Not ready"));
    adw_action_row_set_subtitle (self->estimate_row, self->problem);
  } else if (!self->estimated) {
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->estimate_row), _ ("Counting…"));
    adw_action_row_set_subtitle (self->estimate_row, NULL);
  } else {
    text = guise_caption_estimate_create_text (&self->estimate);
    count = guise_format_count (self->estimate.n_images);
    matching = g_strdup_printf (
        ngettext ("%s picture matches. Those that this model has described by this prompt are "
                  "left out.",
                  "%s pictures match. Those that this model has described by this prompt are left "
                  "out.",
                  self->estimate.n_images),
        count);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->estimate_row), text);
    adw_action_row_set_subtitle (self->estimate_row, matching);
  }
  gtk_widget_set_sensitive (self->start_button,
                            self->problem == NULL && self->estimated && self->estimate.n_items > 0
                                && self->jobs != NULL && guise_caption_jobs_can_start (self->jobs));
}

static void
set_problem (GuiseModelGroup *self, const char *problem)
{
  g_free (self->problem);
  self->problem = g_strdup (problem);
}

static void
estimate_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseModelGroup) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = guise_caption_estimate_finish (result, &self->estimate, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->page == NULL)
    return; /* something else stands there by now */
  g_clear_object (&self->estimating);
  self->estimated = ok;
  set_problem (self, ok ? NULL : error->message);
  mark (self->filter_row, g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER));
  show_state (self);
}

static void
drop_estimate (GuiseModelGroup *self)
{
  g_cancellable_cancel (self->estimating);
  g_clear_object (&self->estimating);
  g_clear_handle_id (&self->quiet_source, g_source_remove);
  self->estimated = FALSE;
}

static gboolean
estimate (gpointer data)
{
  GuiseModelGroup *self = data;
  g_auto (Form) form = { 0 };
  g_autofree char *problem = NULL;

  self->quiet_source = 0;
  if (!read_form (self, &form, &problem)) {
    set_problem (self, problem);
    show_state (self);
    return G_SOURCE_REMOVE;
  }
  set_problem (self, NULL);
  self->estimating = g_cancellable_new ();
  guise_caption_estimate_async (guise_page_get_project (self->page), form.endpoint, form.prompt,
                                form.filter, (const char *const *)form.styles, (guint)form.limit,
                                self->estimating, estimate_ready, g_object_ref (self));
  show_state (self);
  return G_SOURCE_REMOVE;
}

static void
form_changed (GuiseModelGroup *self)
{
  if (self->filling || self->choices == NULL || self->page == NULL)
    return;
  drop_estimate (self);
  set_problem (self, NULL);
  self->quiet_source = g_timeout_add (QUIET_MS, estimate, self);
  show_state (self);
}

/* ---- choices -------------------------------------------------------------------------------- */

static void
choice_clear (Choice *choice)
{
  g_clear_pointer (&choice->ids, g_ptr_array_unref);
  g_clear_pointer (&choice->id, g_free);
  g_clear_pointer (&choice->title, g_free);
}

static void
note_choice (Choice *choice, AdwComboRow *row)
{
  guint selected = adw_combo_row_get_selected (row);

  if (selected >= choice->ids->len)
    return; /* the one that is gone */
  g_free (choice->id);
  g_free (choice->title);
  choice->id = g_strdup (choice->ids->pdata[selected]);
  choice->title = g_strdup (
      gtk_string_object_get_string (adw_combo_row_get_selected_item (row)));
}

/* Keeps what was chosen; what is gone is listed until something else is chosen. Takes ids. */
static void
fill (AdwComboRow *row, Choice *choice, GPtrArray *ids, GPtrArray *titles)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint position = 0;

  g_clear_pointer (&choice->ids, g_ptr_array_unref);
  choice->ids = ids;
  for (guint i = 0; i < titles->len; i++)
    gtk_string_list_append (list, titles->pdata[i]);
  if (is_gone (choice)) {
    gtk_string_list_append (list, choice->title);
    position = ids->len;
  } else if (choice->id != NULL) {
    g_ptr_array_find_with_equal_func (ids, choice->id, g_str_equal, &position);
  }
  adw_combo_row_set_model (row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (row, position);
  note_choice (choice, row);
}

static void
fill_endpoints (GuiseModelGroup *self)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->choices->endpoints->len; i++) {
    const GuiseEndpoint *endpoint = self->choices->endpoints->pdata[i];

    g_ptr_array_add (names, g_strdup (endpoint->name));
    g_ptr_array_add (titles, guise_format_excerpt (endpoint->title, 60));
  }
  g_ptr_array_add (names, g_strdup (""));
  g_ptr_array_add (titles, g_strdup (_ ("Another address…")));
  fill (self->endpoint_row, &self->endpoint, names, titles);
}

static void
fill_prompts (GuiseModelGroup *self)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->choices->prompts->len; i++) {
    const GuisePromptChoice *prompt = self->choices->prompts->pdata[i];

    g_ptr_array_add (paths, g_strdup (prompt->path));
    g_ptr_array_add (titles, prompt->title);
  }
  fill (self->prompt_row, &self->prompt, paths, titles);
}

/* Where pictures would go: titles say little, and several profiles may have the same. */
static void
show_endpoint (GuiseModelGroup *self)
{
  const GuiseEndpoint *profile = get_profile (self);
  g_autofree char *host = profile != NULL ? guise_url_dup_host (profile->url) : NULL;

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->endpoint_row), host != NULL ? host : "");
  gtk_widget_set_visible (GTK_WIDGET (self->address_row), is_address (self));
}

static void
set_profiles_model (GuiseModelGroup *self)
{
  const GuiseEndpoint *profile = get_profile (self);
  const char *model = profile != NULL ? profile->model : NULL;

  /* another endpoint's model is no model of this one */
  gtk_editable_set_text (GTK_EDITABLE (self->model_row), model != NULL ? model : "");
}

/* What a job described is not to be described again. */
static void
jobs_changed (GuiseModelGroup *self)
{
  gboolean runs = !guise_caption_jobs_can_start (self->jobs);
  gboolean ended = self->job_runs && !runs;

  self->job_runs = runs;
  if (ended)
    form_changed (self);
  else
    show_state (self);
}

static void
endpoint_changed (GuiseModelGroup *self)
{
  if (self->filling)
    return;
  note_choice (&self->endpoint, self->endpoint_row);
  show_endpoint (self);
  set_profiles_model (self);
  form_changed (self);
}

static void
prompt_changed (GuiseModelGroup *self)
{
  if (self->filling)
    return;
  note_choice (&self->prompt, self->prompt_row);
  form_changed (self);
}

static void
fill_choices (GuiseModelGroup *self)
{
  gboolean first = self->endpoint.id == NULL;

  self->filling = TRUE;
  fill_endpoints (self);
  fill_prompts (self);
  self->filling = FALSE;
  show_endpoint (self);
  if (first)
    set_profiles_model (self);
  form_changed (self);
}

static void
choices_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseModelGroup) self = data;
  g_autoptr (GuiseCaptionChoices) choices = guise_caption_choices_read_finish (result, NULL);

  self->reading = FALSE;
  if (choices == NULL || self->page == NULL)
    return;
  g_clear_pointer (&self->choices, guise_caption_choices_free);
  self->choices = g_steal_pointer (&choices);
  fill_choices (self);
}

void
guise_model_group_refresh (GuiseModelGroup *self)
{
  if (self->reading || self->page == NULL)
    return;
  self->reading = TRUE;
  guise_caption_choices_read_async (guise_page_get_cancellable (self->page), choices_ready,
                                    g_object_ref (self));
}

void
guise_model_group_choose (GuiseModelGroup *self, const char *endpoint, const char *model,
                          const char *prompt)
{
  if (self->choices == NULL)
    return;
  for (guint i = 0; i < self->choices->endpoints->len; i++)
    if (strcmp (((GuiseEndpoint *)self->choices->endpoints->pdata[i])->name, endpoint) == 0)
      adw_combo_row_set_selected (self->endpoint_row, i);
  for (guint i = 0; i < self->choices->prompts->len; i++)
    if (strcmp (((GuisePromptChoice *)self->choices->prompts->pdata[i])->path, prompt) == 0)
      adw_combo_row_set_selected (self->prompt_row, i);
  gtk_editable_set_text (GTK_EDITABLE (self->model_row), model);
}

void
guise_model_group_set_styles (GuiseModelGroup *self, const GuiseStyles *styles)
{
  guise_style_choice_set_styles (self->styles_row, styles);
}

/* ---- starting ------------------------------------------------------------------------------- */

void
guise_model_group_start (GuiseModelGroup *self)
{
  g_auto (Form) form = { 0 };
  g_autofree char *problem = NULL, *styles = NULL;

  if (!gtk_widget_get_sensitive (self->start_button) || !read_form (self, &form, &problem))
    return;
  styles = form.styles != NULL ? g_strjoinv (",", form.styles) : NULL;
  guise_caption_jobs_begin (self->jobs, &(GuiseCaptionStart){
                                            .endpoint = form.name,
                                            .url = form.endpoint->url,
                                            .model = form.endpoint->model,
                                            .prompt = form.prompt,
                                            .filter = form.filter,
                                            .styles = styles,
                                            .limit = (guint)form.limit,
                                            .max_tokens = form.max_tokens,
                                            .max_cost = form.max_cost,
                                            .n_images = self->estimate.n_items,
                                        });
}

const char *
guise_model_group_get_problem (GuiseModelGroup *self)
{
  return self->problem;
}

gboolean
guise_model_group_is_busy (GuiseModelGroup *self)
{
  return self->reading || self->quiet_source != 0 || self->estimating != NULL;
}

/* ---- object --------------------------------------------------------------------------------- */

void
guise_model_group_set_page (GuiseModelGroup *self, GuisePage *page, GuiseCaptionJobs *jobs)
{
  drop_estimate (self);
  if (self->jobs != NULL)
    g_signal_handlers_disconnect_by_data (self->jobs, self);
  self->page = page;
  self->jobs = jobs;
  if (jobs == NULL)
    return;
  g_signal_connect_object (jobs, "changed", G_CALLBACK (jobs_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (jobs, "undone", G_CALLBACK (form_changed), self, G_CONNECT_SWAPPED);
}

static void
guise_model_group_dispose (GObject *object)
{
  guise_model_group_set_page (GUISE_MODEL_GROUP (object), NULL, NULL);
  G_OBJECT_CLASS (guise_model_group_parent_class)->dispose (object);
}

static void
guise_model_group_finalize (GObject *object)
{
  GuiseModelGroup *self = GUISE_MODEL_GROUP (object);

  g_clear_pointer (&self->choices, guise_caption_choices_free);
  choice_clear (&self->endpoint);
  choice_clear (&self->prompt);
  g_free (self->problem);
  G_OBJECT_CLASS (guise_model_group_parent_class)->finalize (object);
}

static void
guise_model_group_class_init (GuiseModelGroupClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_STYLE_CHOICE);
  G_OBJECT_CLASS (class)->dispose = guise_model_group_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_model_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/model-group.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, endpoint_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, address_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, model_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, prompt_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, styles_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, filter_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, limit_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, tokens_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, cost_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, estimate_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, start_button);
}

static void
guise_model_group_init (GuiseModelGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (form_changed), NULL); /* much may be new by now */
  g_signal_connect_object (self->endpoint_row, "notify::selected", G_CALLBACK (endpoint_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->prompt_row, "notify::selected", G_CALLBACK (prompt_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->styles_row, "changed", G_CALLBACK (form_changed), self,
                           G_CONNECT_SWAPPED);
  for (gsize i = 0; i < 6; i++) {
    gpointer rows[] = { self->address_row, self->model_row, self->filter_row,
                        self->limit_row, self->tokens_row, self->cost_row };

    g_signal_connect_object (rows[i], "changed", G_CALLBACK (form_changed), self,
                             G_CONNECT_SWAPPED);
  }
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (guise_model_group_start),
                           self, G_CONNECT_SWAPPED);
}
