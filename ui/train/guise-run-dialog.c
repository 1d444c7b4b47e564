#include "guise-run-dialog.h"

#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-run-estimate.h"
#include "guise-status.h"
#include "guise-run-folder.h"
#include "guise-run-guards.h"

#include "nn-mixed.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* How long nothing was changed before an estimate begins. */
#define ESTIMATE_DELAY_MS 400

struct _GuiseRunDialog {
  AdwWindow parent_instance;

  AdwEntryRow *name_row;
  AdwComboRow *preset_row;
  AdwPreferencesGroup *encoders_group;
  AdwActionRow *vision_row;
  AdwActionRow *text_row;
  AdwPreferencesGroup *data_group;
  AdwActionRow *data_row;
  AdwActionRow *estimate_row;
  GtkSpinButton *steps;
  GtkSpinButton *seed;
  AdwActionRow *batch_row;
  GtkSpinButton *persons;
  GtkSpinButton *images;
  AdwEntryRow *lr_row;
  AdwComboRow *precision_row;
  AdwExpanderRow *advanced;
  GtkWidget *start_button;
  GtkLabel *problem;

  GuiseProject *project;
  GPtrArray *taken;
  GPtrArray *settings; /* of AdwEntryRow, borrowed */
  char *vision, *text; /* the chosen folders, or NULL */
  GCancellable *cancellable;
  GCancellable *estimating; /* the estimate that is awaited, or NULL */
  guint estimate_source;
  gboolean counted;
  gboolean forbidden;
  gboolean filling; /* fields are being set by the program */
};

enum {
  SIGNAL_START,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseRunDialog, guise_run_dialog, ADW_TYPE_WINDOW)

static const char *
get_text (gpointer row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static const GuiseRunPreset *
get_preset (GuiseRunDialog *self)
{
  return &guise_run_plan_get_presets ()[adw_combo_row_get_selected (self->preset_row)];
}

/* ---- the plan and its checks ---------------------------------------------------------------- */

GuiseRunPlan *
guise_run_dialog_create_plan (GuiseRunDialog *self)
{
  GuiseRunPlan *plan = guise_run_plan_new (get_preset (self)->name);
  g_autofree char *name = g_strstrip (g_strdup (get_text (self->name_row)));
  g_autofree char *lr = g_strstrip (g_strdup (get_text (self->lr_row)));
  char *end;

  g_free (plan->name);
  plan->name = g_steal_pointer (&name);
  plan->vision = g_strdup (self->vision);
  plan->text = g_strdup (self->text);
  plan->steps = (guint)gtk_spin_button_get_value_as_int (self->steps);
  plan->seed = (guint)gtk_spin_button_get_value_as_int (self->seed);
  plan->persons = (guint)gtk_spin_button_get_value_as_int (self->persons);
  plan->images_per_person = (guint)gtk_spin_button_get_value_as_int (self->images);
  plan->precision = adw_combo_row_get_selected (self->precision_row);
  g_strdelimit (lr, ",", '.'); /* as some languages write it */
  plan->learning_rate = g_ascii_strtod (lr, &end);
  if (end == lr || *end != '\0')
    plan->learning_rate = NAN;
  for (guint i = 0; i < self->settings->len; i++) {
    char *setting = g_strstrip (g_strdup (get_text (self->settings->pdata[i])));

    if (*setting != '\0')
      g_ptr_array_add (plan->settings, setting);
    else
      g_free (setting);
  }
  return plan;
}

static gboolean
is_taken (GuiseRunDialog *self, const char *name)
{
  return g_ptr_array_find_with_equal_func (self->taken, name, g_str_equal, NULL);
}

/* NULL = nothing. */
static char *
find_problem (GuiseRunDialog *self, const GuiseRunPlan *plan)
{
  g_autoptr (GError) error = NULL;

  if (self->forbidden)
    return g_strdup (_ ("There is nothing to train with."));
  if (*plan->name == '\0')
    return g_strdup (_ ("The run needs a name."));
  if (is_taken (self, plan->name))
    return g_strdup_printf (_ ("There is a run named “%s” already."), plan->name);
  if (!guise_run_check_name (plan->name, &error))
    return g_strdup (error->message);
  if (!(plan->learning_rate > 0) || !isfinite (plan->learning_rate))
    return g_strdup (_ ("The learning rate must be a number above zero, such as 0.0007."));
  if (!guise_run_plan_check (plan, &error))
    return g_strdup (error->message);
  return NULL;
}

static void
mark (gpointer row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

/* ---- what it will take ---------------------------------------------------------------------- */

static void
estimated (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseRunDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseRunEstimate) estimate = guise_run_estimate_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->estimating);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->estimate_row),
                                 estimate != NULL ? estimate->title
                                                  : _ ("What it takes cannot be told"));
  adw_action_row_set_subtitle (self->estimate_row,
                               estimate != NULL ? estimate->subtitle : error->message);
  mark (self->estimate_row, estimate != NULL && !estimate->fits);
}

static gboolean
start_estimate (gpointer data)
{
  GuiseRunDialog *self = data;
  g_autoptr (GuiseRunPlan) plan = guise_run_dialog_create_plan (self);

  self->estimate_source = 0;
  self->estimating = g_cancellable_new ();
  guise_run_estimate_async (self->project, plan, self->estimating, estimated,
                            g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* No more than one at a time, and none while somebody types. */
static void
cancel_estimate (GuiseRunDialog *self)
{
  g_clear_handle_id (&self->estimate_source, g_source_remove);
  g_cancellable_cancel (self->estimating);
  g_clear_object (&self->estimating);
}

static void
ask_for_estimate (GuiseRunDialog *self, gboolean possible)
{
  cancel_estimate (self);
  gtk_widget_set_visible (GTK_WIDGET (self->estimate_row), possible);
  if (possible)
    self->estimate_source = g_timeout_add (ESTIMATE_DELAY_MS, start_estimate, self);
}

/* What the choice brings on this machine. */
static void
show_precision (GuiseRunDialog *self, GuisePrecision precision)
{
  const char *text = precision == GUISE_PRECISION_FLOAT32 ? _ ("Exact; runs alike on every machine")
                     : nn_mixed_get_note () == NULL
                         ? _ ("Numbers of fewer digits, faster on this machine")
                         : _ ("Numbers of fewer digits, no faster on this machine");

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->precision_row), text);
}

static void
check (GuiseRunDialog *self)
{
  g_autoptr (GuiseRunPlan) plan = NULL;
  g_autofree char *problem = NULL, *batch = NULL;

  if (self->filling)
    return;
  plan = guise_run_dialog_create_plan (self);
  problem = find_problem (self, plan);
  batch = g_strdup_printf (ngettext ("People × images of each: %u picture",
                                     "People × images of each: %u pictures",
                                     plan->persons * plan->images_per_person),
                           plan->persons * plan->images_per_person);
  adw_action_row_set_subtitle (self->batch_row, batch);
  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  mark (self->name_row, *plan->name == '\0' || is_taken (self, plan->name)
                            || !guise_run_check_name (plan->name, NULL));
  mark (self->lr_row, !(plan->learning_rate > 0));
  show_precision (self, plan->precision);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dialog.start",
                                 problem == NULL && self->counted);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dialog.copy-command", problem == NULL);
  ask_for_estimate (self, problem == NULL);
}

const char *
guise_run_dialog_get_problem (GuiseRunDialog *self)
{
  const char *text = gtk_label_get_text (self->problem);

  return *text != '\0' ? text : NULL;
}

/* ---- fields --------------------------------------------------------------------------------- */

static void
remove_setting (GtkButton *button, GuiseRunDialog *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ENTRY_ROW);

  g_ptr_array_remove (self->settings, row);
  adw_expander_row_remove (self->advanced, row);
  check (self);
}

static GtkWidget *
add_setting (GuiseRunDialog *self, const char *text)
{
  GtkWidget *row = adw_entry_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-delete-symbolic");

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("key=value"));
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Remove this setting"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Remove this setting"), -1);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_setting), self, 0);
  g_signal_connect_object (row, "changed", G_CALLBACK (check), self, G_CONNECT_SWAPPED);
  adw_expander_row_add_row (self->advanced, row);
  g_ptr_array_add (self->settings, row);
  return row;
}

static char *
propose_name (GuiseRunDialog *self, const char *stem)
{
  for (guint n = 1;; n++) {
    g_autofree char *name = g_strdup_printf ("%s-%u", stem, n);

    if (!is_taken (self, name))
      return g_steal_pointer (&name);
  }
}

static void
show_folder (AdwActionRow *row, const char *folder, const char *hint)
{
  g_autofree char *name = folder != NULL ? g_filename_display_name (folder) : NULL;
  g_autofree char *plain = name != NULL ? guise_format_plain (name) : NULL;

  adw_action_row_set_subtitle (row, plain != NULL ? plain : hint);
}

/* They stay when the preset changes. */
static void
set_folders (GuiseRunDialog *self, const char *vision, const char *text)
{
  g_autofree char *old_vision = self->vision, *old_text = self->text;

  self->vision = g_strdup (vision);
  self->text = g_strdup (text);
  show_folder (self->vision_row, vision, _ ("A ViT model, such as google/vit-base-patch16-224"));
  show_folder (self->text_row, text, _ ("A BERT model, such as bert-base-uncased"));
}

static void
fill (GuiseRunDialog *self, const GuiseRunPlan *plan)
{
  char lr[G_ASCII_DTOSTR_BUF_SIZE];

  self->filling = TRUE;
  gtk_spin_button_set_value (self->steps, plan->steps);
  gtk_spin_button_set_value (self->seed, plan->seed);
  gtk_spin_button_set_value (self->persons, plan->persons);
  gtk_spin_button_set_value (self->images, plan->images_per_person);
  gtk_editable_set_text (GTK_EDITABLE (self->lr_row),
                         g_ascii_formatd (lr, sizeof lr, "%.6g", plan->learning_rate));
  adw_combo_row_set_selected (self->precision_row, plan->precision);
  if (plan->vision != NULL || plan->text != NULL)
    set_folders (self, plan->vision, plan->text);
  while (self->settings->len > 0)
    adw_expander_row_remove (self->advanced,
                             g_ptr_array_remove_index (self->settings, self->settings->len - 1));
  for (guint i = 0; i < plan->settings->len; i++)
    add_setting (self, plan->settings->pdata[i]);
  adw_expander_row_set_expanded (self->advanced, plan->settings->len > 0);
  self->filling = FALSE;
  check (self);
}

void
guise_run_dialog_set_plan (GuiseRunDialog *self, const GuiseRunPlan *plan)
{
  const GuiseRunPreset *presets = guise_run_plan_get_presets ();

  for (guint i = 0; presets[i].name != NULL; i++)
    if (strcmp (presets[i].name, plan->preset) == 0)
      adw_combo_row_set_selected (self->preset_row, i);
  if (*plan->name != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->name_row), plan->name);
  fill (self, plan);
}

/* Another preset brings its own numbers, and the name follows unless it was typed. */
static void
preset_changed (GuiseRunDialog *self)
{
  const GuiseRunPreset *preset = get_preset (self);
  g_autoptr (GuiseRunPlan) plan = guise_run_plan_new (preset->name);
  g_autofree char *name = propose_name (self, preset->name);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->preset_row), _ (preset->purpose));
  gtk_widget_set_visible (GTK_WIDGET (self->encoders_group), preset->pretrained);
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  fill (self, plan);
}

/* ---- guards --------------------------------------------------------------------------------- */

static void
count_in_thread (GTask *task, gpointer source, gpointer project, GCancellable *cancellable)
{
  GuiseRunGuards *guards = g_new0 (GuiseRunGuards, 1);
  GError *error = NULL;

  if (guise_run_guards_read (guards, guise_project_get_store (project), cancellable, &error)) {
    g_task_return_pointer (task, guards, g_free);
  } else {
    g_free (guards);
    g_task_return_error (task, error);
  }
}

static void
add_warning (GuiseRunDialog *self, const char *text)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 3);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             guise_status_create_icon ("dialog-warning-symbolic"));
  adw_preferences_group_add (self->data_group, row);
}

static void
show_guards (GuiseRunDialog *self, const GuiseRunGuards *guards)
{
  g_autofree char *images = guise_format_count (guards->n_images);
  g_autofree char *persons = guise_format_count (guards->n_persons);
  g_autofree char *validation = guise_format_count (guards->n_validation);
  g_autofree char *title = g_strdup_printf (_ ("%s pictures of %s people"), images, persons);
  g_autofree char *subtitle = g_strdup_printf (_ ("%s more for validation"), validation);
  g_autoptr (GPtrArray) warnings = guise_run_guards_create_warnings (guards);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->data_row), title);
  adw_action_row_set_subtitle (self->data_row, subtitle);
  for (guint i = 0; i < warnings->len; i++)
    add_warning (self, warnings->pdata[i]);
  self->forbidden = guise_run_guards_forbid (guards);
}

static void
counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseRunDialog) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree GuiseRunGuards *guards = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->counted = TRUE;
  if (guards != NULL) {
    show_guards (self, guards);
  } else {
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->data_row),
                                   _ ("The pictures cannot be counted"));
    adw_action_row_set_subtitle (self->data_row, error->message);
  }
  check (self);
}

static void
start_counting (GuiseRunDialog *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, counted, g_object_ref (self));

  g_task_set_task_data (task, g_object_ref (self->project), g_object_unref);
  g_task_run_in_thread (task, count_in_thread);
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
activate_start (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (widget);
  g_autoptr (GuiseRunPlan) plan = guise_run_dialog_create_plan (self);
  g_autofree char *problem = find_problem (self, plan);

  if (problem != NULL || !self->counted)
    return;
  g_signal_emit (self, signals[SIGNAL_START], 0, plan);
  gtk_window_close (GTK_WINDOW (self));
}

static void
activate_add_setting (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (widget);
  GtkWidget *row = add_setting (self, "");

  adw_expander_row_set_expanded (self->advanced, TRUE);
  gtk_widget_grab_focus (row);
}

static void
vision_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseRunDialog) self = data;
  g_autoptr (GFile) folder = guise_dialogs_choose_folder_finish (result, NULL);

  if (folder == NULL || self->project == NULL)
    return;
  set_folders (self, g_file_peek_path (folder), self->text);
  check (self);
}

static void
text_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseRunDialog) self = data;
  g_autoptr (GFile) folder = guise_dialogs_choose_folder_finish (result, NULL);

  if (folder == NULL || self->project == NULL)
    return;
  set_folders (self, self->vision, g_file_peek_path (folder));
  check (self);
}

static void
activate_choose (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (widget);
  gboolean vision = strcmp (name, "dialog.choose-vision") == 0;

  guise_dialogs_choose_folder_async (GTK_WINDOW (self),
                                     vision ? _ ("Choose the folder of the image encoder")
                                            : _ ("Choose the folder of the text encoder"),
                                     _ ("_Choose"), vision ? self->vision : self->text,
                                     self->cancellable, vision ? vision_chosen : text_chosen,
                                     g_object_ref (self));
}

static void
activate_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (widget);
  g_autoptr (GuiseRunPlan) plan = guise_run_dialog_create_plan (self);
  g_autofree char *command
      = guise_run_plan_create_command (plan, guise_project_get_folder (self->project));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), command);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_run_dialog_dispose (GObject *object)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (object);

  cancel_estimate (self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (guise_run_dialog_parent_class)->dispose (object);
}

static void
guise_run_dialog_finalize (GObject *object)
{
  GuiseRunDialog *self = GUISE_RUN_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->taken, g_ptr_array_unref);
  g_clear_pointer (&self->settings, g_ptr_array_unref);
  g_free (self->vision);
  g_free (self->text);
  G_OBJECT_CLASS (guise_run_dialog_parent_class)->finalize (object);
}

static void
guise_run_dialog_class_init (GuiseRunDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_run_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_run_dialog_finalize;
  signals[SIGNAL_START] = g_signal_new ("start", GUISE_TYPE_RUN_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/run-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, preset_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, encoders_group);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, vision_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, text_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, data_group);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, data_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, estimate_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, steps);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, seed);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, batch_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, persons);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, images);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, lr_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, precision_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, advanced);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, start_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseRunDialog, problem);
  gtk_widget_class_install_action (widget_class, "dialog.start", NULL, activate_start);
  gtk_widget_class_install_action (widget_class, "dialog.add-setting", NULL, activate_add_setting);
  gtk_widget_class_install_action (widget_class, "dialog.choose-vision", NULL, activate_choose);
  gtk_widget_class_install_action (widget_class, "dialog.choose-text", NULL, activate_choose);
  gtk_widget_class_install_action (widget_class, "dialog.copy-command", NULL, activate_copy);
}

static void
guise_run_dialog_init (GuiseRunDialog *self)
{
  const GuiseRunPreset *presets = guise_run_plan_get_presets ();
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) precisions = gtk_string_list_new (guise_precision_get_names ());

  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = g_ptr_array_new ();
  set_folders (self, NULL, NULL);
  self->cancellable = g_cancellable_new ();
  for (guint i = 0; presets[i].name != NULL; i++)
    gtk_string_list_append (names, presets[i].name);
  adw_combo_row_set_model (self->preset_row, G_LIST_MODEL (names));
  adw_combo_row_set_model (self->precision_row, G_LIST_MODEL (precisions));
  gtk_window_set_default_widget (GTK_WINDOW (self), self->start_button);
  g_signal_connect_object (self->preset_row, "notify::selected", G_CALLBACK (preset_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->name_row, "changed", G_CALLBACK (check), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lr_row, "changed", G_CALLBACK (check), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->precision_row, "notify::selected", G_CALLBACK (check), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->persons, "value-changed", G_CALLBACK (check), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->images, "value-changed", G_CALLBACK (check), self,
                           G_CONNECT_SWAPPED);
}

GuiseRunDialog *
guise_run_dialog_new (GtkWindow *parent, GuiseProject *project, const GPtrArray *taken,
                      const GuiseRunPlan *plan)
{
  GuiseRunDialog *self = g_object_new (GUISE_TYPE_RUN_DIALOG, "transient-for", parent, NULL);

  self->project = g_object_ref (project);
  self->taken = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < taken->len; i++)
    g_ptr_array_add (self->taken, g_strdup (taken->pdata[i]));
  preset_changed (self);
  if (plan != NULL) {
    g_autoptr (GuiseRunPlan) again = guise_run_plan_copy (plan);

    if (is_taken (self, plan->name)) {
      g_free (again->name);
      again->name = propose_name (self, plan->preset);
    }
    guise_run_dialog_set_plan (self, again);
  }
  gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
  start_counting (self);
  return self;
}
