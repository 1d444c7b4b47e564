#include "guise-model-group-private.h"

#include "guise-format.h"
#include "guise-reason-text.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <string.h>

/* Who types is not counted for at every key. */
#define QUIET_MS 250

enum {
  SIGNAL_EDITED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseModelGroup, guise_model_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- what it would take --------------------------------------------------------------------- */

static void
show_state (GuiseModelGroup *self)
{
  const char *obstacle = self->jobs != NULL ? guise_caption_jobs_get_obstacle (self->jobs) : NULL;
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
        ngettext ("%s picture matches. Those that a model of this name has described by this "
                  "prompt are left out.",
                  "%s pictures match. Those that a model of this name has described by this prompt "
                  "are left out.",
                  self->estimate.n_images),
        count);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->estimate_row), text);
    adw_action_row_set_subtitle (self->estimate_row, obstacle != NULL ? obstacle : matching);
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
  g_autofree char *why = NULL;
  gboolean ok = guise_caption_estimate_finish (result, &self->estimate, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->page == NULL)
    return; /* something else stands there by now */
  g_clear_object (&self->estimating);
  self->estimated = ok;
  why = ok ? NULL : guise_reason_dup_sentence (error->message);
  set_problem (self, why);
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
  g_auto (GuiseModelForm) form = { 0 };
  g_autofree char *problem = NULL;

  self->quiet_source = 0;
  if (!guise_model_form_read (self, &form, &problem)) {
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

/* By somebody. */
static void
edited (GuiseModelGroup *self)
{
  guise_model_form_check_address (self);
  form_changed (self);
  if (!self->filling && self->choices != NULL)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0);
}

/* ---- choices ------------------------------------------------------------------------------- */

/* The first on this machine: nothing leaves it by mistake. */
static guint
find_local (const GPtrArray *endpoints)
{
  for (guint i = 0; i < endpoints->len; i++)
    if (guise_url_is_loopback (((GuiseEndpoint *)endpoints->pdata[i])->url))
      return i;
  return 0;
}

static gboolean
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
  return guise_choice_fill (&self->endpoint, self->endpoint_row, names, titles,
                            find_local (self->choices->endpoints));
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
  guise_choice_fill (&self->prompt, self->prompt_row, paths, titles, 0);
}

/* Where pictures would go: titles say little, and several profiles may have the same. */
static void
show_endpoint (GuiseModelGroup *self)
{
  const GuiseEndpoint *profile = guise_model_form_get_profile (self);
  g_autofree char *host = profile != NULL ? guise_url_dup_host (profile->url) : NULL;

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->endpoint_row), host != NULL ? host : "");
  gtk_widget_set_visible (GTK_WIDGET (self->address_row), guise_model_form_has_address (self));
  guise_model_form_check_address (self);
}

static void
set_profiles_model (GuiseModelGroup *self)
{
  const GuiseEndpoint *profile = guise_model_form_get_profile (self);
  const char *model = profile != NULL ? profile->model : NULL;

  /* another endpoint's model is no model of this one */
  gtk_editable_set_text (GTK_EDITABLE (self->model_row), model != NULL ? model : "");
  g_free (self->profiles_model);
  self->profiles_model = g_strdup (model != NULL ? model : "");
}

/* What nobody typed follows the profile, which may have been changed in the pane beside. */
static gboolean
has_profiles_model (GuiseModelGroup *self)
{
  return g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->model_row)), self->profiles_model)
         == 0;
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
  guise_choice_note (&self->endpoint, self->endpoint_row);
  show_endpoint (self);
  set_profiles_model (self);
  edited (self);
}

static void
prompt_changed (GuiseModelGroup *self)
{
  if (self->filling)
    return;
  guise_choice_note (&self->prompt, self->prompt_row);
  edited (self);
}

static void
fill_choices (GuiseModelGroup *self)
{
  gboolean is_new;

  self->filling = TRUE;
  is_new = fill_endpoints (self);
  fill_prompts (self);
  if (is_new || has_profiles_model (self))
    set_profiles_model (self);
  self->filling = FALSE;
  show_endpoint (self);
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
  g_auto (GuiseModelForm) form = { 0 };
  g_autofree char *problem = NULL, *styles = NULL;

  if (!gtk_widget_get_sensitive (self->start_button)
      || !guise_model_form_read (self, &form, &problem))
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
guise_model_group_get_endpoint (GuiseModelGroup *self)
{
  return self->endpoint.id != NULL && *self->endpoint.id != '\0' ? self->endpoint.id : NULL;
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
  guise_choice_clear (&self->endpoint);
  guise_choice_clear (&self->prompt);
  g_free (self->profiles_model);
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
  signals[SIGNAL_EDITED] = g_signal_new ("edited", GUISE_TYPE_MODEL_GROUP, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/model-group.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, endpoint_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, address_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseModelGroup, address_problem);
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
  g_signal_connect_object (self->styles_row, "changed", G_CALLBACK (edited), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < GUISE_MODEL_N_TEXTS; i++)
    g_signal_connect_object (guise_model_form_get_text_row (self, i), "changed",
                             G_CALLBACK (edited), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (guise_model_group_start),
                           self, G_CONNECT_SWAPPED);
}
