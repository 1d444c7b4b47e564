#include "guise-run-pane.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <math.h>

#define SMOOTHING 0.9

enum { FIGURE_STEP,
       FIGURE_R1,
       FIGURE_MAP,
       FIGURE_LAMBDA,
       FIGURE_RATE,
       FIGURE_LEFT,
       N_FIGURES };

struct _GuiseRunPane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *title;
  GtkLabel *status;
  GtkWidget *stop_button;
  GtkWidget *resume_button;
  GtkProgressBar *progress;
  GtkWidget *task_box;
  GtkLabel *task_label;
  GtkProgressBar *task_bar;
  GtkBox *figure_box;
  GtkLabel *figures[N_FIGURES];
  GuiseChartView *losses;
  GuiseChartView *validation;
  GuiseChartView *weights;
  GtkToggleButton *log_scale;
  GtkToggleButton *smooth;
  GtkStack *losses_stack;
  GtkStack *validation_stack;
  GtkStack *weights_stack;
  GtkTextView *log_view;
  GtkTextBuffer *log;

  GuiseTrainRun *run;
  GuiseRunCurves *curves; /* whose charts are shown; borrowed from the run */
  guint n_logged;
};

G_DEFINE_FINAL_TYPE (GuiseRunPane, guise_run_pane, GTK_TYPE_WIDGET)

/* ---- figures -------------------------------------------------------------------------------- */

/* text NULL: there is none yet, or there will never be one. */
static void
set_figure (GuiseRunPane *self, guint figure, char *text)
{
  gboolean may_come = self->curves == NULL || guise_train_run_is_active (self->run);

  gtk_label_set_text (self->figures[figure],
                      text != NULL ? text : may_come ? "–"
                                                     : _ ("not measured"));
  g_free (text);
}

/* The best validation's, or what a checkpoint from elsewhere says. */
static char *
format_lambda (GuiseRunPane *self, double best)
{
  if (isnan (best) && guise_train_run_is_added (self->run))
    best = guise_train_run_get_info (self->run)->lambda;
  return isnan (best) ? NULL : g_strdup_printf ("%.2f", best);
}

static char *
format_percent (double value)
{
  return isnan (value) ? NULL : g_strdup_printf ("%.1f %%", value);
}

static void
show_steps (GuiseRunPane *self)
{
  guint64 step = guise_train_run_get_step (self->run);
  guint64 n_steps = guise_train_run_get_n_steps (self->run);
  g_autofree char *done = guise_format_count (step), *all = guise_format_count (n_steps);

  set_figure (self, FIGURE_STEP,
              n_steps > 0                            ? g_strdup_printf (_ ("%s of %s"), done, all)
              : guise_train_run_is_added (self->run) ? g_strdup (_ ("not known"))
                                                     : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), guise_train_run_is_active (self->run));
  gtk_progress_bar_set_fraction (self->progress,
                                 n_steps > 0 ? CLAMP ((double)step / n_steps, 0, 1) : 0);
}

static void
show_figures (GuiseRunPane *self)
{
  const GuiseRunFigures *figures;
  gboolean live = guise_train_run_get_state (self->run) == GUISE_TRAIN_RUN_RUNNING;

  show_steps (self);
  gtk_widget_set_visible (gtk_widget_get_parent (GTK_WIDGET (self->figures[FIGURE_LEFT])),
                          guise_train_run_is_active (self->run));
  set_figure (self, FIGURE_R1, format_percent (guise_train_run_get_best_r1 (self->run)));
  if (self->curves == NULL) {
    for (guint i = FIGURE_MAP; i < N_FIGURES; i++)
      set_figure (self, i, NULL);
    return;
  }
  figures = guise_run_curves_get_figures (self->curves);
  set_figure (self, FIGURE_MAP, format_percent (figures->map));
  set_figure (self, FIGURE_LAMBDA, format_lambda (self, figures->best_lambda));
  set_figure (self, FIGURE_RATE,
              isnan (figures->images_per_s)
                  ? NULL
                  : g_strdup_printf (_ ("%.0f images/s"), figures->images_per_s));
  set_figure (self, FIGURE_LEFT,
              live && !isnan (figures->seconds_left)
                  ? guise_format_time_left (figures->seconds_left)
                  : NULL);
}

static void
show_status (GuiseRunPane *self)
{
  const GuiseRunInfo *info = guise_train_run_get_info (self->run);
  const char *problem = guise_train_run_get_problem (self->run);
  const char *stage = guise_train_run_get_stage (self->run);
  GuiseTrainRunState state = guise_train_run_get_state (self->run);
  GString *text = g_string_new (guise_train_run_get_state_name (self->run));

  if (stage != NULL && state == GUISE_TRAIN_RUN_STARTING)
    g_string_append_printf (text, " · %s", stage);
  if (info != NULL) {
    if (*info->preset != '\0')
      g_string_append_printf (text, " · %s", info->preset);
    if (guise_train_run_is_added (self->run)) {
      g_string_append (text, _ (" · added from a checkpoint"));
    } else if (info->n_images > 0) {
      g_autofree char *images = guise_format_count (info->n_images);
      g_autofree char *persons = guise_format_count (info->n_persons);

      g_string_append_printf (text, _ (" · seed %d · %s pictures of %s people"), (int)info->seed,
                              images, persons);
    }
  }
  if (problem != NULL && state == GUISE_TRAIN_RUN_FAILED)
    g_string_append_printf (text, "\n%s", problem);
  gtk_label_set_text (self->status, text->str);
  g_string_free (text, TRUE);
}

/* ---- charts and log ------------------------------------------------------------------------- */

static void
set_charts (GuiseRunPane *self, GuiseRunCurves *curves)
{
  if (curves == self->curves)
    return;
  self->curves = curves;
  guise_chart_view_set_chart (self->losses, curves ? guise_run_curves_get_losses (curves) : NULL);
  guise_chart_view_set_chart (self->validation,
                              curves ? guise_run_curves_get_validation (curves) : NULL);
  guise_chart_view_set_chart (self->weights, curves ? guise_run_curves_get_weights (curves) : NULL);
  gtk_text_buffer_set_text (self->log, "", 0);
  self->n_logged = 0;
}

static gboolean
has_points (GuiseChart *chart)
{
  for (guint i = 0; i < guise_chart_get_n_series (chart); i++)
    if (guise_chart_get_n_points (chart, i) > 0)
      return TRUE;
  return FALSE;
}

static void
show_chart (GtkStack *stack, GuiseChartView *view, GuiseChart *chart)
{
  gtk_stack_set_visible_child_name (stack, chart && has_points (chart) ? "chart" : "empty");
  guise_chart_view_update (view);
}

static void
show_charts (GuiseRunPane *self)
{
  GuiseRunCurves *curves = self->curves;

  if (curves != NULL) {
    guise_chart_set_log_y (guise_run_curves_get_losses (curves),
                           gtk_toggle_button_get_active (self->log_scale));
    guise_chart_set_smoothing (guise_run_curves_get_losses (curves),
                               gtk_toggle_button_get_active (self->smooth) ? SMOOTHING : 0);
  }
  show_chart (self->losses_stack, self->losses,
              curves ? guise_run_curves_get_losses (curves) : NULL);
  show_chart (self->validation_stack, self->validation,
              curves ? guise_run_curves_get_validation (curves) : NULL);
  show_chart (self->weights_stack, self->weights,
              curves ? guise_run_curves_get_weights (curves) : NULL);
}

/* What stands in a log without a line; "" while lines may come. */
static const char *
describe_no_log (GuiseRunPane *self)
{
  if (self->curves == NULL || guise_train_run_is_active (self->run))
    return "";
  return guise_train_run_is_added (self->run)
             ? _ ("It was trained elsewhere: its log did not come along.")
             : _ ("Nothing recorded");
}

/* Appends what is new; the view stays at the end if it was there. */
static void
show_log (GuiseRunPane *self)
{
  const GPtrArray *lines = self->curves ? guise_run_curves_get_log (self->curves) : NULL;
  guint n_logged = self->curves ? guise_run_curves_get_n_logged (self->curves) : 0;
  GtkTextIter end;

  if (self->n_logged == 0) /* nothing, or what describes that */
    gtk_text_buffer_set_text (self->log, n_logged == 0 ? describe_no_log (self) : "", -1);
  if (n_logged == self->n_logged)
    return;
  for (guint i = lines->len - MIN (n_logged - self->n_logged, lines->len); i < lines->len; i++) {
    gtk_text_buffer_get_end_iter (self->log, &end);
    if (gtk_text_buffer_get_char_count (self->log) > 0)
      gtk_text_buffer_insert (self->log, &end, "\n", 1);
    gtk_text_buffer_insert (self->log, &end, lines->pdata[i], -1);
  }
  self->n_logged = n_logged;
  gtk_text_buffer_get_end_iter (self->log, &end);
  gtk_text_buffer_place_cursor (self->log, &end);
  gtk_text_view_scroll_mark_onscreen (self->log_view, gtk_text_buffer_get_insert (self->log));
}

static void
run_changed (GuiseRunPane *self)
{
  GuiseTrainRunState state = guise_train_run_get_state (self->run);
  gboolean active = guise_train_run_is_active (self->run);

  set_charts (self, guise_train_run_get_curves (self->run));
  show_status (self);
  show_figures (self);
  show_charts (self);
  show_log (self);
  gtk_widget_set_visible (self->stop_button, active);
  gtk_widget_set_visible (self->resume_button, !active && guise_train_run_exists (self->run)
                                                   && state != GUISE_TRAIN_RUN_DONE);
}

void
guise_run_pane_set_run (GuiseRunPane *self, GuiseTrainRun *run)
{
  if (run == self->run)
    return;
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_func (self->run, run_changed, self);
  set_charts (self, NULL);
  g_set_object (&self->run, run);
  if (run == NULL)
    return;
  gtk_label_set_text (self->title, guise_train_run_get_name (run));
  g_signal_connect_object (run, "changed", G_CALLBACK (run_changed), self, G_CONNECT_SWAPPED);
  if (guise_train_run_get_curves (run) == NULL)
    guise_train_run_load (run);
  run_changed (self);
}

void
guise_run_pane_set_task (GuiseRunPane *self, const char *what, double fraction)
{
  gtk_widget_set_visible (self->task_box, what != NULL);
  if (what == NULL)
    return;
  gtk_label_set_text (self->task_label, what);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->task_bar, MIN (fraction, 1));
  else
    gtk_progress_bar_pulse (self->task_bar);
}

/* ---- widget --------------------------------------------------------------------------------- */

static void
style_changed (GuiseRunPane *self)
{
  if (self->run != NULL)
    show_charts (self);
}

/* The names above the figures. */
static void
add_figures (GuiseRunPane *self)
{
  static const char *const names[N_FIGURES] = {
    N_ ("Step"),
    N_ ("Best R@1"),
    N_ ("Last mAP"),
    N_ ("λ of the best"),
    N_ ("Throughput"),
    N_ ("Remaining"),
  };

  for (guint i = 0; i < N_FIGURES; i++) {
    GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *name = gtk_label_new (_ (names[i]));

    self->figures[i] = GTK_LABEL (gtk_label_new ("–"));
    gtk_label_set_xalign (GTK_LABEL (name), 0);
    gtk_label_set_xalign (self->figures[i], 0);
    gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
    gtk_label_set_ellipsize (self->figures[i], PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class (name, "caption");
    gtk_widget_add_css_class (name, "dim-label");
    gtk_widget_add_css_class (GTK_WIDGET (self->figures[i]), "heading");
    gtk_widget_add_css_class (GTK_WIDGET (self->figures[i]), "numeric");
    gtk_accessible_update_relation (GTK_ACCESSIBLE (self->figures[i]),
                                    GTK_ACCESSIBLE_RELATION_LABELLED_BY, name, NULL, -1);
    gtk_widget_set_hexpand (column, TRUE);
    gtk_box_append (GTK_BOX (column), name);
    gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->figures[i]));
    gtk_box_append (self->figure_box, column);
  }
}

static void
guise_run_pane_dispose (GObject *object)
{
  GuiseRunPane *self = GUISE_RUN_PANE (object);

  if (self->box != NULL)
    guise_run_pane_set_run (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_run_pane_parent_class)->dispose (object);
}

static void
guise_run_pane_class_init (GuiseRunPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_CHART_VIEW);
  G_OBJECT_CLASS (class)->dispose = guise_run_pane_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/guise/Guise/run-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, title);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, status);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, stop_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, resume_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, progress);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, task_box);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, task_label);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, task_bar);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, figure_box);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, losses);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, validation);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, weights);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, log_scale);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, smooth);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, losses_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, validation_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, weights_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunPane, log_view);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_run_pane_init (GuiseRunPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->log = gtk_text_view_get_buffer (self->log_view);
  add_figures (self);
  guise_chart_view_set_name (self->losses, _ ("Losses"));
  guise_chart_view_set_name (self->validation, _ ("Validation"));
  guise_chart_view_set_name (self->weights, _ ("Task weights"));
  g_signal_connect_object (self->log_scale, "toggled", G_CALLBACK (style_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->smooth, "toggled", G_CALLBACK (style_changed), self,
                           G_CONNECT_SWAPPED);
}

GuiseChartView *
guise_run_pane_get_losses (GuiseRunPane *self)
{
  return self->losses;
}

GuiseChartView *
guise_run_pane_get_validation (GuiseRunPane *self)
{
  return self->validation;
}
