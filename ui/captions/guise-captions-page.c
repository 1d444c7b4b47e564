#include "guise-captions-page.h"

#include "guise-caption-consent.h"
#include "guise-caption-jobs-pane.h"
#include "guise-endpoints-pane.h"
#include "guise-model-group.h"
#include "guise-offline-group.h"
#include "guise-project-captions.h"
#include "guise-prompts-pane.h"
#include "guise-store-descriptions.h"
#include "guise-styles-pane.h"
#include "guise-tab-keys.h"
#include "guise-trial-pane.h"

#include <glib/gi18n.h>

struct _GuiseCaptionsPage {
  GuisePage parent_instance;

  GtkStack *stack;
  GtkStack *panes;
  GtkWidget *names;
  GuiseOfflineGroup *offline;
  GuiseModelGroup *model;
  GuiseCaptionJobsPane *jobs_pane;
  GuiseEndpointsPane *endpoints;
  GuisePromptsPane *prompts;
  GuiseStylesPane *styles;
  GuiseTrialPane *trial;

  GuiseCaptionJobs *jobs;
  gboolean counting, count_again;
  gboolean job_runs;
};

G_DEFINE_FINAL_TYPE (GuiseCaptionsPage, guise_captions_page, GUISE_TYPE_PAGE)

/* ---- what there is to describe -------------------------------------------------------------- */

static void count (GuiseCaptionsPage *self);

typedef struct {
  GuiseProject *project;
  char *run; /* what was made here without a model last, or NULL */
  GuiseOfflineCounts counts;
} Counting;

static void
counting_free (Counting *counting)
{
  g_object_unref (counting->project);
  g_free (counting->run);
  g_free (counting);
}

static void
count_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Counting *counting = data;
  GuiseStore *store = guise_project_get_store (counting->project);
  GError *error = NULL;

  if (guise_store_get_counts (store, &counting->counts.all, &error)) {
    counting->counts.n_described
        = guise_project_count_described (counting->project, cancellable, &error);
    if (counting->run != NULL && error == NULL)
      counting->counts.n_of_run = guise_store_count_run (store, counting->run, &error);
  }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionsPage) self = data;
  g_autoptr (GError) error = NULL;
  const Counting *counting = g_task_get_task_data (G_TASK (result));
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  self->counting = FALSE;
  if (g_cancellable_is_cancelled (guise_page_get_cancellable (GUISE_PAGE (self))))
    return;
  if (!ok) {
    guise_page_report (GUISE_PAGE (self), "count", _ ("The pictures cannot be counted."), error);
    return;
  }
  guise_page_clear_report (GUISE_PAGE (self), "count");
  guise_offline_group_set_counts (self->offline, &counting->counts, counting->run);
  gtk_stack_set_visible_child_name (self->stack,
                                    counting->counts.all.n_images > 0 ? "panes" : "empty");
  if (self->count_again)
    count (self);
}

static void
count (GuiseCaptionsPage *self)
{
  GuisePage *page = GUISE_PAGE (self);
  g_autoptr (GTask) task = NULL;
  Counting *counting;

  self->count_again = self->counting;
  if (self->counting)
    return;
  self->counting = TRUE;
  counting = g_new0 (Counting, 1);
  counting->project = g_object_ref (guise_page_get_project (page));
  counting->run = g_strdup (guise_offline_group_get_run (self->offline));
  task = g_task_new (NULL, guise_page_get_cancellable (page), counted, g_object_ref (self));
  g_task_set_task_data (task, counting, (GDestroyNotify)counting_free);
  g_task_run_in_thread (task, count_in_thread);
}

static void
store_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseCaptionsPage *self)
{
  if ((change->changes & (GUISE_STORE_CHANGED_IMAGES | GUISE_STORE_CHANGED_CAPTIONS)) == 0
      || !gtk_widget_get_mapped (GTK_WIDGET (self))) /* it looks when it is shown */
    return;
  count (self);
  /* an undo or redo of a job, wherever it was asked for */
  if (change->everything || (change->changes & GUISE_STORE_CHANGED_HISTORY) != 0)
    guise_caption_jobs_refresh (self->jobs);
}

/* ---- page ----------------------------------------------------------------------------------- */

static void
guise_captions_page_shown (GuisePage *page)
{
  GuiseCaptionsPage *self = GUISE_CAPTIONS_PAGE (page);

  count (self);
  guise_model_group_refresh (self->model);
  guise_styles_pane_reload (self->styles);
  guise_prompts_pane_reload (self->prompts);
  guise_caption_jobs_refresh (self->jobs);
}

static void
pane_changed (GuiseCaptionsPage *self)
{
  guise_page_state_changed (GUISE_PAGE (self));
}

static void
guise_captions_page_save_state (GuisePage *page, GVariantDict *state)
{
  const char *name = gtk_stack_get_visible_child_name (GUISE_CAPTIONS_PAGE (page)->panes);

  if (name != NULL)
    g_variant_dict_insert (state, "pane", "s", name);
  g_variant_dict_insert_value (
      state, "describe", guise_model_group_save_state (GUISE_CAPTIONS_PAGE (page)->model));
}

static void
guise_captions_page_restore_state (GuisePage *page, GVariantDict *state)
{
  GuiseCaptionsPage *self = GUISE_CAPTIONS_PAGE (page);
  g_autoptr (GVariant) describe
      = g_variant_dict_lookup_value (state, "describe", G_VARIANT_TYPE_VARDICT);
  const char *name;

  if (g_variant_dict_lookup (state, "pane", "&s", &name))
    guise_captions_page_show_pane (self, name);
  if (describe != NULL)
    guise_model_group_restore_state (self->model, describe);
  name = guise_model_group_get_endpoint (self->model);
  if (name != NULL)
    guise_endpoints_pane_select (self->endpoints, name);
}

void
guise_captions_page_show_pane (GuiseCaptionsPage *self, const char *name)
{
  if (gtk_stack_get_child_by_name (self->panes, name) != NULL)
    gtk_stack_set_visible_child_name (self->panes, name);
}

/* What was begun here is looked at. */
static void
job_launched (GuiseCaptionsPage *self)
{
  gboolean had_focus = gtk_widget_get_focus_child (GTK_WIDGET (self->panes)) != NULL;

  guise_captions_page_show_pane (self, "jobs");
  if (had_focus) /* the button that was pressed is out of sight */
    gtk_widget_child_focus (GTK_WIDGET (self->jobs_pane), GTK_DIR_TAB_FORWARD);
}

static void
jobs_changed (GuiseCaptionJobs *jobs, GuiseCaptionsPage *self)
{
  gboolean runs = !guise_caption_jobs_can_start (jobs); /* a short one is never seen running */

  if (self->job_runs && !runs) /* what its answers say of the prompts */
    guise_prompts_pane_reload (self->prompts);
  self->job_runs = runs;
  guise_trial_pane_set_obstacle (self->trial, guise_caption_jobs_is_working (jobs)
                                                  ? _ ("A caption job is running. A trial can be "
                                                       "made when it has ended or is paused.")
                                                  : NULL);
  gtk_stack_page_set_needs_attention (
      gtk_stack_get_page (self->panes, GTK_WIDGET (self->jobs_pane)),
      guise_caption_jobs_get_running (jobs) != NULL);
}

/* ---- endpoints, prompts and trials ---------------------------------------------------------- */

static void
trial_consent_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrialPane) trial = data;

  guise_trial_pane_answer_consent (trial, guise_caption_consent_ask_finish (result, NULL));
}

static void
ask_for_trial (GuiseTrialPane *trial, const char *host, guint n_images, gpointer data)
{
  GuisePage *page = data;
  g_autofree char *url = g_strdup_printf ("https://%s/v1", host);

  guise_caption_consent_ask_async (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (trial))),
                                   guise_page_get_store (page), url, n_images,
                                   guise_page_get_cancellable (page), trial_consent_ready,
                                   g_object_ref (trial));
}

static void
trial_running (GuiseTrialPane *trial, gboolean runs, GuiseCaptionsPage *self)
{
  if (self->jobs != NULL)
    guise_caption_jobs_set_trial (self->jobs, runs);
}

static void
use_combination (GuiseTrialPane *trial, const char *endpoint, const char *model,
                 const char *prompt, GuiseCaptionsPage *self)
{
  guise_model_group_choose (self->model, endpoint, model, prompt);
  guise_captions_page_show_pane (self, "describe");
}

/* Profiles or prompts are others. */
static void
choices_changed (GuiseCaptionsPage *self)
{
  guise_model_group_refresh (self->model);
  guise_trial_pane_reload (self->trial);
}

/* Others have been found, or were given names. */
static void
styles_changed (GuiseCaptionsPage *self)
{
  guise_model_group_set_styles (self->model, guise_styles_pane_get_styles (self->styles));
}

static void
set_project_of_panes (GuiseCaptionsPage *self, GuiseProject *project)
{
  guise_endpoints_pane_set_project (self->endpoints, project);
  guise_prompts_pane_set_project (self->prompts, project);
  guise_styles_pane_set_project (self->styles, project);
  guise_trial_pane_set_project (self->trial, project);
}

static void
add_panes (GuiseCaptionsPage *self)
{
  self->endpoints = GUISE_ENDPOINTS_PANE (guise_endpoints_pane_new ());
  self->prompts = GUISE_PROMPTS_PANE (guise_prompts_pane_new ());
  self->styles = GUISE_STYLES_PANE (guise_styles_pane_new ());
  self->trial = GUISE_TRIAL_PANE (guise_trial_pane_new ());
  gtk_stack_add_titled (self->panes, GTK_WIDGET (self->endpoints), "endpoints", _ ("Endpoints"));
  gtk_stack_add_titled (self->panes, GTK_WIDGET (self->prompts), "prompts", _ ("Prompts"));
  gtk_stack_add_titled (self->panes, GTK_WIDGET (self->styles), "styles", _ ("Styles"));
  gtk_stack_add_titled (self->panes, GTK_WIDGET (self->trial), "trial", _ ("Trial"));
  g_signal_connect_object (self->styles, "changed", G_CALLBACK (styles_changed), self,
                           G_CONNECT_SWAPPED);
  set_project_of_panes (self, guise_page_get_project (GUISE_PAGE (self)));
  guise_trial_pane_set_consent_func (self->trial, ask_for_trial, self, NULL);
  g_signal_connect_object (self->trial, "running", G_CALLBACK (trial_running), self, 0);
  g_signal_connect_object (self->trial, "use", G_CALLBACK (use_combination), self, 0);
  g_signal_connect_object (self->endpoints, "changed", G_CALLBACK (choices_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->prompts, "changed", G_CALLBACK (choices_changed), self,
                           G_CONNECT_SWAPPED);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_captions_page_constructed (GObject *object)
{
  GuiseCaptionsPage *self = GUISE_CAPTIONS_PAGE (object);
  GuisePage *page = GUISE_PAGE (object);

  G_OBJECT_CLASS (guise_captions_page_parent_class)->constructed (object);
  self->jobs = guise_caption_jobs_new (page);
  guise_offline_group_set_page (self->offline, page);
  guise_model_group_set_page (self->model, page, self->jobs);
  guise_caption_jobs_pane_set_page (self->jobs_pane, page, self->jobs);
  add_panes (self);
  g_signal_connect_object (self->jobs, "changed", G_CALLBACK (jobs_changed), self, 0);
  g_signal_connect_object (self->jobs, "launched", G_CALLBACK (job_launched), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->offline, "done", G_CALLBACK (count), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->model, "edited", G_CALLBACK (pane_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (guise_page_get_store (page), "changed", G_CALLBACK (store_changed),
                           self, 0);
  /* What a job made while no window was open is brought into the project now. */
  guise_caption_jobs_refresh (self->jobs);
}

static void
guise_captions_page_dispose (GObject *object)
{
  GuiseCaptionsPage *self = GUISE_CAPTIONS_PAGE (object);

  if (self->jobs != NULL) {
    guise_offline_group_set_page (self->offline, NULL);
    guise_model_group_set_page (self->model, NULL, NULL);
    guise_caption_jobs_pane_set_page (self->jobs_pane, NULL, NULL);
    guise_caption_jobs_stop (self->jobs);
    set_project_of_panes (self, NULL);
    guise_trial_pane_set_consent_func (self->trial, NULL, NULL, NULL);
    g_clear_object (&self->jobs);
    adw_bin_set_child (ADW_BIN (self), NULL);
  }
  G_OBJECT_CLASS (guise_captions_page_parent_class)->dispose (object);
}

static void
guise_captions_page_class_init (GuiseCaptionsPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GuisePageClass *page_class = GUISE_PAGE_CLASS (class);

  g_type_ensure (GUISE_TYPE_OFFLINE_GROUP);
  g_type_ensure (GUISE_TYPE_MODEL_GROUP);
  g_type_ensure (GUISE_TYPE_CAPTION_JOBS_PANE);
  G_OBJECT_CLASS (class)->constructed = guise_captions_page_constructed;
  G_OBJECT_CLASS (class)->dispose = guise_captions_page_dispose;
  page_class->name = "captions";
  page_class->title = N_ ("Captions");
  page_class->icon_name = "document-edit-symbolic";
  page_class->shown = guise_captions_page_shown;
  page_class->save_state = guise_captions_page_save_state;
  page_class->restore_state = guise_captions_page_restore_state;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/captions-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, panes);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, names);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, offline);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, model);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionsPage, jobs_pane);
}

static void
guise_captions_page_init (GuiseCaptionsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  guise_tab_keys_add (self->names);
  g_signal_connect_object (self->panes, "notify::visible-child", G_CALLBACK (pane_changed), self,
                           G_CONNECT_SWAPPED);
}
