#include "guise-train-page-private.h"

#include "guise-run-entry.h"
#include "guise-run-list.h"
#include "guise-run-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* How often the files of runs are read that other processes train. */
#define FOLLOW_SECONDS 2

G_DEFINE_FINAL_TYPE (GuiseTrainPage, guise_train_page, GUISE_TYPE_PAGE)

static void start_listing (GuiseTrainPage *self);

static void
set_enabled (GuiseTrainPage *self, const char *name, gboolean enabled)
{
  GSimpleActionGroup *actions = guise_page_get_actions (GUISE_PAGE (self));
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* Runs, checkpoints and indexes are written into the project. */
static gboolean
can_write (GuiseTrainPage *self)
{
  return !guise_store_is_read_only (guise_page_get_store (GUISE_PAGE (self)));
}

void
guise_train_page_update_actions (GuiseTrainPage *self)
{
  GuiseTrainRun *run = self->current;
  gboolean active = run != NULL && guise_train_run_is_active (run);
  gboolean exists = run != NULL && guise_train_run_exists (run);
  GuiseTrainRunState state = run != NULL ? guise_train_run_get_state (run) : 0;
  gboolean resumable = exists && !active && state != GUISE_TRAIN_RUN_DONE;
  gboolean usable = exists && (guise_train_run_has_best (run) || state == GUISE_TRAIN_RUN_DONE)
                    && !guise_train_page_is_embedding (self);

  set_enabled (self, "stop-run", active && state != GUISE_TRAIN_RUN_STOPPING);
  set_enabled (self, "new-run", can_write (self));
  set_enabled (self, "resume-run", can_write (self) && resumable);
  set_enabled (self, "use-run", can_write (self) && usable);
}

/* ---- the list of runs ----------------------------------------------------------------------- */

static GuiseTrainRun *
find_run (GuiseTrainPage *self, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->runs));

  for (guint i = 0; i < n; i++) {
    g_autoptr (GuiseTrainRun) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

    if (strcmp (guise_train_run_get_name (run), name) == 0)
      return run; /* the list keeps it */
  }
  return NULL;
}

static gboolean
knows (const GPtrArray *infos, GuiseTrainRun *run)
{
  for (guint i = 0; i < infos->len; i++)
    if (strcmp (((GuiseRunInfo *)infos->pdata[i])->name, guise_train_run_get_name (run)) == 0)
      return TRUE;
  return FALSE;
}

static void
announce_end (GuiseTrainPage *self, GuiseTrainRun *run)
{
  double r1 = guise_train_run_get_best_r1 (run);
  g_autofree char *text = NULL;

  if (guise_train_run_get_state (run) != GUISE_TRAIN_RUN_DONE)
    return;
  text = isnan (r1) ? g_strdup_printf (_ ("“%s” is done"), guise_train_run_get_name (run))
                    : g_strdup_printf (_ ("“%s” is done, best R@1 %.1f %%"),
                                       guise_train_run_get_name (run), r1);
  guise_page_toast (GUISE_PAGE (self), text, FALSE);
}

/* Its disk is full, perhaps for an hour, or its losses are not finite: said until a checkpoint is
 * made, or it ends. */
static void
report_trouble (GuiseTrainPage *self, GuiseTrainRun *run)
{
  const char *trouble = guise_train_run_get_trouble (run);
  const char *reported = g_object_get_data (G_OBJECT (run), "reported");
  g_autofree char *cause = g_strconcat ("checkpoint/", guise_train_run_get_name (run), NULL);
  g_autofree char *sentence = NULL;
  g_autoptr (GError) details = NULL;

  if (g_strcmp0 (trouble, reported) == 0)
    return;
  g_object_set_data_full (G_OBJECT (run), "reported", g_strdup (trouble), g_free);
  if (trouble == NULL) {
    guise_page_clear_report (GUISE_PAGE (self), cause);
    return;
  }
  sentence = g_strdup_printf (_ ("The last checkpoint of “%s” could not be made. The training goes "
                                 "on and tries the next one."),
                              guise_train_run_get_name (run));
  details = g_error_new_literal (GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP, trouble);
  guise_page_report (GUISE_PAGE (self), cause, sentence, details);
}

static void
add_to_jobs (GuiseTrainPage *self, GuiseTrainRun *run)
{
  g_autoptr (GuiseJobEntry) entry = guise_run_entry_new (run);

  guise_page_add_entry (GUISE_PAGE (self), entry);
}

static void
run_changed (GuiseTrainRun *run, GuiseTrainPage *self)
{
  gboolean active = guise_train_run_is_active (run);
  gboolean was_active = g_object_get_data (G_OBJECT (run), "was-active") != NULL;

  report_trouble (self, run);
  if (run == self->current)
    guise_train_page_update_actions (self);
  if (active == was_active)
    return;
  g_object_set_data (G_OBJECT (run), "was-active", GINT_TO_POINTER (active));
  if (active && !guise_train_run_is_ours (run))
    add_to_jobs (self, run);
  if (!active) {
    announce_end (self, run);
    start_listing (self);
  }
}

static GuiseTrainRun *
add_run (GuiseTrainPage *self, const char *name)
{
  g_autofree char *folder
      = guise_project_get_run_folder (guise_page_get_project (GUISE_PAGE (self)), name);
  g_autoptr (GuiseTrainRun) run = guise_train_run_new (folder);

  g_signal_connect_object (run, "changed", G_CALLBACK (run_changed), self, 0);
  g_list_store_insert (self->runs, 0, run);
  return run; /* the list keeps it */
}

static void
select_run (GuiseTrainPage *self, guint position)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int)position);

  if (row != NULL)
    gtk_list_box_select_row (self->list, row);
}

/* The run of the session before, or the newest. */
static void
select_first (GuiseTrainPage *self)
{
  g_autofree char *name = g_steal_pointer (&self->restored_run);
  guint position = 0;

  if (name != NULL && find_run (self, name) != NULL)
    g_list_store_find (self->runs, find_run (self, name), &position);
  select_run (self, position);
}

static void
row_selected (GtkListBox *list, GtkListBoxRow *row, GuiseTrainPage *self)
{
  GuiseTrainRun *run = row != NULL ? g_object_get_data (G_OBJECT (row), "run") : NULL;

  self->current = run;
  guise_run_pane_set_run (self->pane, run);
  guise_train_page_update_actions (self);
  guise_page_state_changed (GUISE_PAGE (self));
}

/* Puts what was read into the list; runs whose folder has gone leave it. */
static void
merge (GuiseTrainPage *self, const GPtrArray *infos)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i-- > 0;) {
    g_autoptr (GuiseTrainRun) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

    if (guise_train_run_exists (run) && !guise_train_run_is_ours (run) && !knows (infos, run))
      g_list_store_remove (self->runs, i);
  }
  for (guint i = infos->len; i-- > 0;) {
    const GuiseRunInfo *info = infos->pdata[i];
    GuiseTrainRun *run = find_run (self, info->name);

    if (run == NULL)
      run = add_run (self, info->name);
    guise_train_run_set_info (run, info);
  }
}

static gboolean
is_followed (GuiseTrainRun *run)
{
  return guise_train_run_is_active (run) && !guise_train_run_is_ours (run);
}

static gboolean
follow (gpointer data)
{
  GuiseTrainPage *self = data;

  self->follow_source = 0;
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return G_SOURCE_REMOVE;
  if (self->current != NULL && is_followed (self->current))
    guise_train_run_load (self->current);
  start_listing (self);
  return G_SOURCE_REMOVE;
}

/* Looks again soon, if another process trains one of the runs. */
static void
follow_if_needed (GuiseTrainPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->runs));

  for (guint i = 0; i < n && self->follow_source == 0; i++) {
    g_autoptr (GuiseTrainRun) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

    if (is_followed (run))
      self->follow_source = g_timeout_add_seconds (FOLLOW_SECONDS, follow, self);
  }
}

static void
show_list (GuiseTrainPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->runs));

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "runs" : "empty");
  if (n > 0 && self->current == NULL)
    select_first (self);
  guise_page_filled (GUISE_PAGE (self));
}

static void
list_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrainPage) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = guise_run_list_read_finish (result, &error);

  self->listing = FALSE;
  if (g_cancellable_is_cancelled (guise_page_get_cancellable (GUISE_PAGE (self))))
    return;
  if (infos == NULL) {
    gtk_stack_set_visible_child_name (self->stack, "failed");
    guise_page_report (GUISE_PAGE (self), "list", _ ("The runs cannot be listed."), error);
    return;
  }
  guise_page_clear_report (GUISE_PAGE (self), "list");
  merge (self, infos);
  show_list (self);
  if (self->list_again)
    start_listing (self);
  else
    follow_if_needed (self);
}

static void
start_listing (GuiseTrainPage *self)
{
  GuisePage *page = GUISE_PAGE (self);

  self->list_again = self->listing;
  if (self->listing)
    return;
  self->listing = TRUE;
  guise_run_list_read_async (guise_page_get_project (page), guise_page_get_cancellable (page),
                             list_ready, g_object_ref (self));
}

/* ---- starting and stopping ------------------------------------------------------------------ */

static void
report_start (GuiseTrainPage *self, const GError *error)
{
  guise_page_report (GUISE_PAGE (self), "start", _ ("The training could not be started."), error);
}

/* Starts the trainer of the run; what hinders it is reported. */
static void
start_run (GuiseTrainPage *self, GuiseTrainRun *run, const char *const *arguments)
{
  g_autoptr (GError) error = NULL;

  if (guise_train_run_start (run, arguments, &error))
    add_to_jobs (self, run);
  else
    report_start (self, error);
}

void
guise_train_page_start (GuiseTrainPage *self, const GuiseRunPlan *plan)
{
  const char *folder = guise_project_get_folder (guise_page_get_project (GUISE_PAGE (self)));
  g_auto (GStrv) arguments = guise_run_plan_create_arguments (plan, folder);
  GuiseTrainRun *run;

  g_clear_pointer (&self->last_plan, guise_run_plan_free);
  self->last_plan = guise_run_plan_copy (plan);
  guise_page_clear_report (GUISE_PAGE (self), "start");
  run = find_run (self, plan->name);
  if (run == NULL)
    run = add_run (self, plan->name);
  start_run (self, run, (const char *const *)arguments);
  gtk_stack_set_visible_child_name (self->stack, "runs");
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->runs)); i++) {
    g_autoptr (GuiseTrainRun) item = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

    if (item == run)
      select_run (self, i);
  }
}

static void
dialog_start (GuiseRunDialog *dialog, GuiseRunPlan *plan, GuiseTrainPage *self)
{
  guise_train_page_start (self, plan);
}

static void
dialog_gone (gpointer data, GObject *dialog)
{
  GUISE_TRAIN_PAGE (data)->dialog = NULL;
}

static void
activate_new (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseTrainPage *self = data;
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (g_free);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->runs));

  if (self->dialog != NULL) {
    gtk_window_present (GTK_WINDOW (self->dialog));
    return;
  }
  for (guint i = 0; i < n; i++) {
    g_autoptr (GuiseTrainRun) run = g_list_model_get_item (G_LIST_MODEL (self->runs), i);

    if (guise_train_run_exists (run) || guise_train_run_is_active (run))
      g_ptr_array_add (taken, g_strdup (guise_train_run_get_name (run)));
  }
  self->dialog
      = guise_run_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                              guise_page_get_project (GUISE_PAGE (self)), taken, self->last_plan);
  g_object_weak_ref (G_OBJECT (self->dialog), dialog_gone, self);
  g_signal_connect_object (self->dialog, "start", G_CALLBACK (dialog_start), self, 0);
  gtk_window_present (GTK_WINDOW (self->dialog));
}

static void
activate_stop (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseTrainPage *self = data;

  if (self->current != NULL)
    guise_train_run_stop (self->current);
}

static void
activate_resume (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseTrainPage *self = data;
  const char *folder = guise_project_get_folder (guise_page_get_project (GUISE_PAGE (self)));

  if (self->current == NULL)
    return;
  guise_page_clear_report (GUISE_PAGE (self), "start");
  start_run (self, self->current,
             (const char *[]){ "train", "--project", folder, "--resume",
                               guise_train_run_get_name (self->current), NULL });
}

/* ---- page ----------------------------------------------------------------------------------- */

static void
guise_train_page_shown (GuisePage *page)
{
  start_listing (GUISE_TRAIN_PAGE (page));
}

static void
guise_train_page_save_state (GuisePage *page, GVariantDict *state)
{
  GuiseTrainPage *self = GUISE_TRAIN_PAGE (page);

  if (self->current != NULL)
    g_variant_dict_insert (state, "run", "s", guise_train_run_get_name (self->current));
  else if (self->restored_run != NULL)
    g_variant_dict_insert (state, "run", "s", self->restored_run);
}

static void
guise_train_page_restore_state (GuisePage *page, GVariantDict *state)
{
  g_variant_dict_lookup (state, "run", "s", &GUISE_TRAIN_PAGE (page)->restored_run);
}

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  return guise_run_row_new (item);
}

static void
guise_train_page_constructed (GObject *object)
{
  G_OBJECT_CLASS (guise_train_page_parent_class)->constructed (object);
  guise_train_page_update_actions (GUISE_TRAIN_PAGE (object)); /* the project is known now */
  /* what was kept running belongs among the jobs */
  start_listing (GUISE_TRAIN_PAGE (object));
}

static void
guise_train_page_dispose (GObject *object)
{
  GuiseTrainPage *self = GUISE_TRAIN_PAGE (object);

  g_clear_handle_id (&self->follow_source, g_source_remove);
  if (self->dialog != NULL) {
    g_object_weak_unref (G_OBJECT (self->dialog), dialog_gone, self);
    gtk_window_destroy (GTK_WINDOW (g_steal_pointer (&self->dialog)));
  }
  if (self->stack != NULL) {
    guise_run_pane_set_run (self->pane, NULL);
    self->stack = NULL;
    self->current = NULL;
    adw_bin_set_child (ADW_BIN (self), NULL);
  }
  if (self->embedding != NULL)
    guise_job_cancel (self->embedding);
  g_clear_object (&self->embedding);
  g_clear_object (&self->runs);
  G_OBJECT_CLASS (guise_train_page_parent_class)->dispose (object);
}

static void
guise_train_page_finalize (GObject *object)
{
  GuiseTrainPage *self = GUISE_TRAIN_PAGE (object);

  g_clear_pointer (&self->last_plan, guise_run_plan_free);
  g_free (self->embedded_run);
  g_free (self->restored_run);
  G_OBJECT_CLASS (guise_train_page_parent_class)->finalize (object);
}

static void
guise_train_page_class_init (GuiseTrainPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GuisePageClass *page_class = GUISE_PAGE_CLASS (class);

  g_type_ensure (GUISE_TYPE_RUN_PANE);
  G_OBJECT_CLASS (class)->constructed = guise_train_page_constructed;
  G_OBJECT_CLASS (class)->dispose = guise_train_page_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_train_page_finalize;
  page_class->name = "train";
  page_class->title = N_ ("Train");
  page_class->icon_name = "media-playback-start-symbolic";
  page_class->shown = guise_train_page_shown;
  page_class->save_state = guise_train_page_save_state;
  page_class->restore_state = guise_train_page_restore_state;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/train-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseTrainPage, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrainPage, list);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrainPage, new_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseTrainPage, pane);
}

static const GActionEntry actions[] = {
  { "new-run", activate_new },
  { "stop-run", activate_stop },
  { "resume-run", activate_resume },
};

static void
guise_train_page_init (GuiseTrainPage *self)
{
  self->runs = g_list_store_new (GUISE_TYPE_TRAIN_RUN);
  g_action_map_add_action_entries (G_ACTION_MAP (guise_page_get_actions (GUISE_PAGE (self))),
                                   actions, G_N_ELEMENTS (actions), self);
  guise_train_page_set_up_use (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->runs), create_row, NULL, NULL);
  g_signal_connect_object (self->list, "row-selected", G_CALLBACK (row_selected), self, 0);
}

GuiseTrainRun *
guise_train_page_get_current (GuiseTrainPage *self)
{
  return self->current;
}

GuiseRunDialog *
guise_train_page_get_dialog (GuiseTrainPage *self)
{
  return self->dialog;
}

GuiseRunPane *
guise_train_page_get_pane (GuiseTrainPage *self)
{
  return self->pane;
}

gboolean
guise_train_page_is_busy (GuiseTrainPage *self)
{
  return self->listing;
}
