#include "guise-trial-pane.h"

#include "guise-banner.h"
#include "guise-file-queue.h"
#include "guise-format.h"
#include "guise-reason-text.h"
#include "guise-thumbnailer.h"
#include "guise-trial-combination.h"
#include "guise-trial-row.h"
#include "guise-trial-side.h"

#include <glib/gi18n.h>
#include <string.h>

#define N_SIDES 2
#define THUMBNAIL_SIDE 256

struct _GuiseTrialPane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GuiseBanner *banner;
  GtkBox *sides;
  GuiseTrialSide *side[N_SIDES];
  GtkSpinButton *limit;
  GtkEntry *filter;
  GtkWidget *start_button, *cancel_button;
  GtkLabel *problem;
  GtkProgressBar *progress;
  GtkStack *stack;
  GtkListBox *results;

  GuiseProject *project;
  GuiseThumbnailer *thumbnailer;
  GuiseTrialConsentFunc consent;
  gpointer consent_data;
  GDestroyNotify consent_destroy;

  GuiseTrialCombination tried[N_SIDES];
  char *tried_filter;
  guint tried_limit;
  gboolean running;
  gboolean waiting; /* for consent of `current` */
  gboolean stopping;
  guint current; /* side */
  GuiseJob *job;
  gint64 job_id; /* of the job that runs; 0 = not known yet */
  char *why;     /* it came to no end, or NULL */
  GuiseTrialOutcome *outcomes[N_SIDES];
  char *obstacle;        /* why nothing can be tried now, or NULL */
  guint n_reading;       /* of choices and results */
  GCancellable *reading; /* of the project: what comes later for another one is dropped */
};

enum {
  SIGNAL_RUNNING,
  SIGNAL_USE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseTrialPane, guise_trial_pane, GTK_TYPE_WIDGET)

static void go_on (GuiseTrialPane *self);

/* ---- what can be tried ---------------------------------------------------------------------- */

static gboolean
is_equal (GuiseTrialPane *self)
{
  const GuiseEndpoint *a = guise_trial_side_get_endpoint (self->side[0]);
  const GuiseEndpoint *b = guise_trial_side_get_endpoint (self->side[1]);
  g_autofree char *model_a = guise_trial_side_dup_model (self->side[0]);
  g_autofree char *model_b = guise_trial_side_dup_model (self->side[1]);

  return a == b && g_strcmp0 (model_a, model_b) == 0
         && guise_trial_side_get_prompt (self->side[0])
                == guise_trial_side_get_prompt (self->side[1]);
}

/* To be freed; NULL = nothing. */
static char *
find_problem (GuiseTrialPane *self)
{
  if (self->project == NULL)
    return g_strdup (_ ("There is no project whose images could be tried."));
  if (self->obstacle != NULL)
    return g_strdup (self->obstacle);
  for (guint i = 0; i < N_SIDES; i++) {
    const char *problem = guise_trial_side_get_problem (self->side[i]);

    if (problem != NULL)
      return i == 0 ? g_strdup_printf (_ ("First: %s"), problem)
                    : g_strdup_printf (_ ("Second: %s"), problem);
  }
  if (is_equal (self))
    return g_strdup (_ ("Both are the same: choose another endpoint, model or prompt for one."));
  return guise_filter_dup_problem (gtk_editable_get_text (GTK_EDITABLE (self->filter)));
}

static void
update (GuiseTrialPane *self)
{
  g_autofree char *problem = self->running ? NULL : find_problem (self);
  g_autofree char *plain = guise_format_plain (problem != NULL ? problem : "");

  gtk_label_set_text (self->problem, plain);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  gtk_widget_set_visible (self->start_button, !self->running);
  gtk_widget_set_visible (self->cancel_button, self->running);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), self->running);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "trial.start",
                                 !self->running && problem == NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "trial.cancel",
                                 self->running && !self->stopping);
}

/* ---- choices -------------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *endpoints, *prompts;
} Choices;

static void
choices_free (Choices *choices)
{
  g_clear_pointer (&choices->endpoints, g_ptr_array_unref);
  g_clear_pointer (&choices->prompts, g_ptr_array_unref);
  g_free (choices);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Choices *choices = g_new0 (Choices, 1);

  choices->endpoints = guise_endpoint_list (NULL);
  choices->prompts = guise_prompt_files_list ();
  g_task_return_pointer (task, choices, (GDestroyNotify)choices_free);
}

static void
listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrialPane) self = data;
  Choices *choices = g_task_propagate_pointer (G_TASK (result), NULL);

  self->n_reading--;
  for (guint i = 0; self->box != NULL && i < N_SIDES; i++)
    guise_trial_side_set_choices (self->side[i], choices->endpoints, choices->prompts);
  choices_free (choices);
}

void
guise_trial_pane_reload (GuiseTrialPane *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, listed, g_object_ref (self));

  self->n_reading++;
  guise_file_queue_run (task, list_in_thread);
}

/* ---- results -------------------------------------------------------------------------------- */

static void
show_results (GuiseTrialPane *self)
{
  const GuiseTrialOutcome *order = NULL;
  GtkWidget *row;

  for (guint i = 0; i < N_SIDES; i++) {
    guise_trial_side_show_outcome (self->side[i], self->outcomes[i]);
    if (order == NULL)
      order = self->outcomes[i];
  }
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->results))) != NULL)
    gtk_list_box_remove (self->results, row);
  for (guint i = 0; order != NULL && i < order->answers->len; i++) {
    gint64 image_id = ((GuiseTrialAnswer *)order->answers->pdata[i])->image_id;

    row = guise_trial_row_new (self->thumbnailer, image_id, i,
                               guise_trial_outcome_find (self->outcomes[0], image_id),
                               guise_trial_outcome_find (self->outcomes[1], image_id));
    gtk_list_box_append (self->results, row);
  }
  gtk_stack_set_visible_child_name (self->stack, order != NULL ? "results" : "empty");
}

static void
clear_results (GuiseTrialPane *self)
{
  for (guint i = 0; i < N_SIDES; i++)
    g_clear_pointer (&self->outcomes[i], guise_trial_outcome_free);
  show_results (self);
}

static void
set_running (GuiseTrialPane *self, gboolean running)
{
  if (running == self->running)
    return;
  self->running = running;
  g_signal_emit (self, signals[SIGNAL_RUNNING], 0, running);
}

static void
end (GuiseTrialPane *self)
{
  set_running (self, FALSE);
  self->stopping = FALSE;
  self->waiting = FALSE;
  update (self);
}

static void
was_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrialPane) self = data;
  g_autoptr (GError) error = NULL;
  GuiseTrialOutcome *outcome = guise_trial_outcome_read_finish (result, &error);

  self->n_reading--;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* of another project */
  self->outcomes[self->current] = outcome;
  if (outcome == NULL)
    guise_banner_show (self->banner, "trial", _ ("What the trial brought cannot be read."),
                       error->message);
  show_results (self);
  self->current++;
  go_on (self);
}

static void
read_results (GuiseTrialPane *self)
{
  self->n_reading++;
  guise_trial_outcome_read_async (guise_project_get_folder (self->project), self->job_id,
                                  self->reading, was_read, g_object_ref (self));
}

/* ---- the jobs ------------------------------------------------------------------------------- */

static void
job_progress (GuiseTrialPane *self, guint64 done, guint64 total)
{
  g_autofree char *n = guise_format_count (done), *all = guise_format_count (total);
  g_autofree char *text = self->current == 0 ? g_strdup_printf (_ ("First: %s of %s"), n, all)
                                             : g_strdup_printf (_ ("Second: %s of %s"), n, all);

  gtk_progress_bar_set_text (self->progress, text);
  gtk_progress_bar_set_fraction (self->progress, total > 0 ? (double)done / total : 0);
}

static void
job_event (GuiseTrialPane *self, const char *name, json_t *event)
{
  const char *why = NULL;

  if (strcmp (name, "done") == 0) {
    self->job_id = json_integer_value (json_object_get (event, "job"));
    why = json_string_value (json_object_get (event, "why"));
  } else if (strcmp (name, "failed") == 0) {
    why = json_string_value (json_object_get (event, "error"));
  }
  if (why != NULL) {
    g_free (self->why);
    self->why = g_strdup (why);
  }
}

/* Its own words where it said why, else what became of its process. */
static void
tell_failure (GuiseTrialPane *self, GuiseJob *job)
{
  const GError *error = guise_job_get_error (job);
  g_autofree char *why = guise_reason_dup_text (self->why != NULL ? self->why : error->message);
  /* Translators: the %s is a reason, such as what a server says of a key */
  g_autofree char *sentence = g_strdup_printf (_ ("The trial did not come to its end: %s."), why);

  guise_banner_show (self->banner, "trial", sentence, guise_job_get_details (job));
}

static void
job_finished (GuiseTrialPane *self)
{
  g_autoptr (GuiseJob) job = g_steal_pointer (&self->job);

  if (guise_job_get_state (job) == GUISE_JOB_CANCELLED)
    self->stopping = TRUE;
  if (guise_job_get_error (job) != NULL) {
    self->stopping = TRUE;
    tell_failure (self, job);
  }
  if (self->job_id != 0)
    read_results (self);
  else
    end (self);
}

static void
start_job (GuiseTrialPane *self)
{
  g_autoptr (GError) error = NULL;

  self->job = guise_trial_combination_create_job (&self->tried[self->current],
                                                  guise_project_get_folder (self->project),
                                                  self->tried_filter, self->tried_limit);
  self->job_id = 0;
  g_clear_pointer (&self->why, g_free);
  g_signal_connect_object (self->job, "progress", G_CALLBACK (job_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "event", G_CALLBACK (job_event), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (job_finished), self,
                           G_CONNECT_SWAPPED);
  job_progress (self, 0, 0);
  if (guise_job_start (self->job, &error))
    return;
  guise_banner_show (self->banner, "trial", _ ("The trial cannot be started."), error->message);
  g_clear_object (&self->job);
  end (self);
}

/* ---- consent -------------------------------------------------------------------------------- */

static void
refuse (GuiseTrialPane *self, const char *host)
{
  g_autofree char *sentence = g_strdup_printf (
      _ ("Nothing was sent: %s is another machine, and nobody allowed to send pictures of people "
         "there."),
      host);

  guise_banner_show (self->banner, "trial", sentence, NULL);
  end (self);
}

/* The first side that goes off this machine without leave; N_SIDES = none. */
static guint
find_unasked (GuiseTrialPane *self)
{
  guint i;

  for (i = 0; i < N_SIDES; i++)
    if (self->tried[i].is_remote && !self->tried[i].allowed)
      break;
  return i;
}

void
guise_trial_pane_answer_consent (GuiseTrialPane *self, gboolean allowed)
{
  guint i = find_unasked (self);

  if (!self->waiting || i == N_SIDES)
    return;
  self->waiting = FALSE;
  if (!allowed) {
    refuse (self, self->tried[i].host);
    return;
  }
  for (guint j = 0; j < N_SIDES; j++)
    if (self->tried[j].is_remote && g_strcmp0 (self->tried[j].host, self->tried[i].host) == 0)
      self->tried[j].allowed = TRUE;
  go_on (self);
}

/* The next step: leave for both sides, then one job after the other. */
static void
go_on (GuiseTrialPane *self)
{
  guint unasked = find_unasked (self);

  if (self->stopping || self->current == N_SIDES) {
    end (self);
  } else if (unasked == N_SIDES) {
    start_job (self);
  } else if (self->consent == NULL) {
    refuse (self, self->tried[unasked].host);
  } else {
    self->waiting = TRUE;
    self->consent (self, self->tried[unasked].host, self->tried_limit, self->consent_data);
  }
}

void
guise_trial_pane_set_consent_func (GuiseTrialPane *self, GuiseTrialConsentFunc func, gpointer data,
                                   GDestroyNotify destroy)
{
  if (self->consent_destroy != NULL)
    self->consent_destroy (self->consent_data);
  self->consent = func;
  self->consent_data = data;
  self->consent_destroy = destroy;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
activate_start (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseTrialPane *self = GUISE_TRIAL_PANE (widget);
  g_autofree char *problem = find_problem (self);

  if (self->running || problem != NULL)
    return;
  for (guint i = 0; i < N_SIDES; i++)
    guise_trial_combination_set (&self->tried[i], guise_trial_side_get_endpoint (self->side[i]),
                                 guise_trial_side_dup_model (self->side[i]),
                                 guise_trial_side_get_prompt (self->side[i])->path);
  g_free (self->tried_filter);
  self->tried_filter = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->filter)));
  self->tried_limit = (guint)gtk_spin_button_get_value_as_int (self->limit);
  set_running (self, TRUE);
  self->current = 0;
  guise_banner_hide (self->banner, "trial");
  clear_results (self);
  gtk_progress_bar_set_text (self->progress, "");
  gtk_progress_bar_set_fraction (self->progress, 0);
  update (self);
  go_on (self);
}

static void
activate_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseTrialPane *self = GUISE_TRIAL_PANE (widget);

  if (!self->running)
    return;
  self->stopping = TRUE;
  if (self->job != NULL)
    guise_job_cancel (self->job);
  else if (self->waiting)
    end (self);
  update (self);
}

static void
side_used (GuiseTrialPane *self, GuiseTrialSide *side)
{
  guint i = side == self->side[0] ? 0 : 1;

  if (self->tried[i].endpoint != NULL)
    g_signal_emit (self, signals[SIGNAL_USE], 0, self->tried[i].endpoint, self->tried[i].model,
                   self->tried[i].prompt);
}

/* ---- widget --------------------------------------------------------------------------------- */

static void
stop (GuiseTrialPane *self)
{
  if (self->job != NULL) {
    g_signal_handlers_disconnect_by_data (self->job, self);
    guise_job_cancel (self->job);
    g_clear_object (&self->job);
  }
  g_cancellable_cancel (self->reading);
  if (self->thumbnailer != NULL)
    guise_thumbnailer_stop (self->thumbnailer);
}

void
guise_trial_pane_set_project (GuiseTrialPane *self, GuiseProject *project)
{
  if (project == self->project)
    return;
  stop (self);
  g_object_unref (self->reading);
  self->reading = g_cancellable_new ();
  clear_results (self);
  g_clear_object (&self->thumbnailer);
  g_set_object (&self->project, project);
  if (project != NULL) {
    self->thumbnailer = guise_thumbnailer_new (project, 0);
    guise_thumbnailer_set_side (self->thumbnailer, THUMBNAIL_SIDE);
  }
  guise_banner_hide (self->banner, "trial");
  end (self);
}

void
guise_trial_pane_set_obstacle (GuiseTrialPane *self, const char *obstacle)
{
  if (g_strcmp0 (obstacle, self->obstacle) == 0)
    return;
  g_free (self->obstacle);
  self->obstacle = g_strdup (obstacle);
  update (self);
}

void
guise_trial_pane_choose (GuiseTrialPane *self, guint side, const char *endpoint,
                         const char *model, const char *prompt)
{
  g_return_if_fail (side < N_SIDES);
  guise_trial_side_choose (self->side[side], endpoint, model, prompt);
}

gboolean
guise_trial_pane_is_busy (GuiseTrialPane *self)
{
  return self->n_reading > 0 || self->running;
}

static void
guise_trial_pane_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (guise_trial_pane_parent_class)->map (widget);
  guise_trial_pane_reload (GUISE_TRIAL_PANE (widget));
}

static void
guise_trial_pane_dispose (GObject *object)
{
  GuiseTrialPane *self = GUISE_TRIAL_PANE (object);

  stop (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->thumbnailer);
  g_clear_object (&self->project);
  guise_trial_pane_set_consent_func (self, NULL, NULL, NULL);
  G_OBJECT_CLASS (guise_trial_pane_parent_class)->dispose (object);
}

static void
guise_trial_pane_finalize (GObject *object)
{
  GuiseTrialPane *self = GUISE_TRIAL_PANE (object);

  for (guint i = 0; i < N_SIDES; i++) {
    guise_trial_combination_clear (&self->tried[i]);
    g_clear_pointer (&self->outcomes[i], guise_trial_outcome_free);
  }
  g_free (self->tried_filter);
  g_free (self->why);
  g_free (self->obstacle);
  g_object_unref (self->reading);
  G_OBJECT_CLASS (guise_trial_pane_parent_class)->finalize (object);
}

static void
guise_trial_pane_class_init (GuiseTrialPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  G_OBJECT_CLASS (class)->dispose = guise_trial_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_trial_pane_finalize;
  widget_class->map = guise_trial_pane_map;
  signals[SIGNAL_RUNNING] = g_signal_new ("running", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SIGNAL_USE] = g_signal_new ("use", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
                                      G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/trial-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, sides);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, limit);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, filter);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, start_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, problem);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, progress);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrialPane, results);
  gtk_widget_class_install_action (widget_class, "trial.start", NULL, activate_start);
  gtk_widget_class_install_action (widget_class, "trial.cancel", NULL, activate_cancel);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_trial_pane_init (GuiseTrialPane *self)
{
  static const char *const titles[N_SIDES] = { N_ ("First"), N_ ("Second") };

  self->reading = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < N_SIDES; i++) {
    self->side[i] = GUISE_TRIAL_SIDE (guise_trial_side_new (_ (titles[i])));
    gtk_box_append (self->sides, GTK_WIDGET (self->side[i]));
    g_signal_connect_object (self->side[i], "edited", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->side[i], "used", G_CALLBACK (side_used), self,
                             G_CONNECT_SWAPPED);
  }
  g_signal_connect_object (self->filter, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

GtkWidget *
guise_trial_pane_new (void)
{
  return g_object_new (GUISE_TYPE_TRIAL_PANE, NULL);
}
