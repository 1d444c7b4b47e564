#include "guise-offline-group.h"

#include "guise-format.h"
#include "guise-project-captions.h"

#include <glib/gi18n.h>

/* How often the bar looks where the worker is. */
#define LOOK_MS 100

struct _GuiseOfflineGroup {
  AdwPreferencesGroup parent_instance;

  AdwActionRow *row;
  AdwComboRow *which_row;
  GtkWidget *describe_button;
  GtkWidget *progress_row;
  GtkProgressBar *progress;
  GtkWidget *cancel_button;
  AdwActionRow *result_row;

  GuisePage *page; /* borrowed */
  GuiseOfflineCounts counts;
  gboolean counted;
  char *run;            /* that made descriptions here last, or NULL */
  char *result, *title; /* what came of it */
  GCancellable *running;
  guint look_source;
};

/* Which pictures. */
enum {
  WHICH_MISSING,
  WHICH_ALL,
};

enum {
  SIGNAL_DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseOfflineGroup, guise_offline_group, ADW_TYPE_PREFERENCES_GROUP)

/* What the worker and the window share. */
typedef struct {
  GuiseProject *project;
  gboolean only_missing;
  GuiseOfflineReport report;
  int done, total; /* atomic */
} Work;

static void
work_free (Work *work)
{
  g_object_unref (work->project);
  guise_offline_report_clear (&work->report);
  g_free (work);
}

/* ---- what came of it ------------------------------------------------------------------------ */

static void
add_sentence (GString *text, const char *format, guint n)
{
  g_autofree char *number = guise_format_count (n);

  if (text->len > 0)
    g_string_append_c (text, ' ');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf (text, format, number);
#pragma GCC diagnostic pop
}

static char *
create_result (const GuiseOfflineReport *report)
{
  GString *text = g_string_new (NULL);
  const char *format;
  guint n;

  n = report->n_images;
  add_sentence (text, ngettext ("%s picture was read.", "%s pictures were read.", n), n);
  n = report->stored.n_added;
  add_sentence (text, ngettext ("%s description is new.", "%s descriptions are new.", n), n);
  n = report->stored.n_known;
  if (n > 0)
    add_sentence (text, ngettext ("%s was there.", "%s were there.", n), n);
  n = report->n_without;
  format = ngettext ("%s picture has no caption that says anything.",
                     "%s pictures have no caption that says anything.", n);
  if (n > 0)
    add_sentence (text, format, n);
  n = report->n_partly;
  format = ngettext ("%s picture got only one of both.", "%s pictures got only one of both.", n);
  if (n > 0)
    add_sentence (text, format, n);
  return g_string_free (text, FALSE);
}

/* What an undo took is not there any more; a redo brings it back. */
static void
show_result (GuiseOfflineGroup *self)
{
  gboolean undone = self->run != NULL && self->counts.n_of_run == 0;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->result_row),
                                 undone ? _ ("Undone") : self->title);
  adw_action_row_set_subtitle (self->result_row,
                               undone ? _ ("The descriptions that were made here are gone again.")
                                      : self->result);
  gtk_widget_set_visible (GTK_WIDGET (self->result_row), self->running == NULL);
}

static void
keep_result (GuiseOfflineGroup *self, const GuiseOfflineReport *report, gboolean stopped)
{
  g_free (self->run);
  g_free (self->result);
  g_free (self->title);
  self->run = report->stored.n_added > 0 ? g_strdup (report->run) : NULL;
  self->result = create_result (report);
  self->title = g_strdup (stopped ? _ ("Stopped; what was made stays") : _ ("Done"));
  self->counts.n_of_run = report->stored.n_added;
}

static void
tell_result (GuiseOfflineGroup *self, const GuiseOfflineReport *report, gboolean stopped)
{
  g_autofree char *toast = NULL;
  g_autofree char *count = guise_format_count (report->stored.n_added);

  keep_result (self, report, stopped);
  show_result (self);
  if (report->stored.n_added == 0) {
    if (!stopped)
      guise_page_toast (self->page, _ ("Nothing was left to describe"), FALSE);
    return;
  }
  toast = g_strdup_printf (ngettext ("%s description made", "%s descriptions made",
                                     report->stored.n_added),
                           count);
  guise_page_toast (self->page, toast, TRUE);
}

/* ---- running -------------------------------------------------------------------------------- */

static gint64
count_chosen (GuiseOfflineGroup *self)
{
  gint64 n_images = self->counts.all.n_images;

  return adw_combo_row_get_selected (self->which_row) == WHICH_ALL
             ? n_images
             : n_images - self->counts.n_described;
}

static void
show_running (GuiseOfflineGroup *self)
{
  gboolean runs = self->running != NULL;

  gtk_widget_set_visible (self->progress_row, runs);
  gtk_widget_set_sensitive (GTK_WIDGET (self->which_row), !runs);
  gtk_widget_set_sensitive (self->describe_button,
                            !runs && self->page != NULL && count_chosen (self) > 0
                                && !guise_store_is_read_only (guise_page_get_store (self->page)));
  if (runs)
    gtk_widget_set_visible (GTK_WIDGET (self->result_row), FALSE);
  else
    g_clear_handle_id (&self->look_source, g_source_remove);
}

static void
finished (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseOfflineGroup) self = data;
  Work *work = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);
  gboolean stopped = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gboolean had_focus = gtk_widget_is_focus (self->cancel_button);

  g_clear_object (&self->running);
  if (self->page == NULL)
    return;
  show_running (self);
  if (had_focus) /* the button has gone */
    gtk_widget_grab_focus (self->describe_button);
  if (!ok && !stopped) {
    guise_page_report (self->page, "offline",
                       _ ("The pictures could not be described. What was made before stays."),
                       error);
    return;
  }
  tell_result (self, &work->report, stopped);
  g_signal_emit (self, signals[SIGNAL_DONE], 0);
}

static void
note_progress (guint64 done, guint64 total, gpointer data)
{
  Work *work = data;

  g_atomic_int_set (&work->total, (int)total);
  g_atomic_int_set (&work->done, (int)done);
}

static void
describe_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;

  if (guise_project_describe_offline (work->project, "", work->only_missing, &work->report,
                                      note_progress, work, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
look (gpointer data)
{
  GTask *task = data;
  GuiseOfflineGroup *self = g_object_get_data (G_OBJECT (task), "group");
  Work *work = g_task_get_task_data (task);
  int total = g_atomic_int_get (&work->total), done = g_atomic_int_get (&work->done);
  g_autofree char *done_text = guise_format_count ((guint64)done);
  g_autofree char *total_text = guise_format_count ((guint64)total);
  g_autofree char *text = g_strdup_printf (_ ("%s of %s"), done_text, total_text);

  if (total <= 0)
    return G_SOURCE_CONTINUE;
  gtk_progress_bar_set_fraction (self->progress, (double)done / total);
  gtk_progress_bar_set_text (self->progress, text);
  return G_SOURCE_CONTINUE;
}

void
guise_offline_group_start (GuiseOfflineGroup *self)
{
  g_autoptr (GTask) task = NULL;
  gboolean had_focus = gtk_widget_is_focus (self->describe_button);
  Work *work;

  if (self->running != NULL || self->page == NULL)
    return;
  guise_page_clear_report (self->page, "offline");
  self->running = g_cancellable_new ();
  task = g_task_new (NULL, self->running, finished, g_object_ref (self));
  work = g_new0 (Work, 1);
  work->project = g_object_ref (guise_page_get_project (self->page));
  work->only_missing = adw_combo_row_get_selected (self->which_row) == WHICH_MISSING;
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  g_task_set_check_cancellable (task, FALSE); /* what was stored is told even then */
  g_object_set_data (G_OBJECT (task), "group", self);
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_progress_bar_set_text (self->progress, _ ("Starting…"));
  self->look_source = g_timeout_add_full (G_PRIORITY_DEFAULT, LOOK_MS, look, g_object_ref (task),
                                          g_object_unref);
  g_task_run_in_thread (task, describe_in_thread);
  show_running (self);
  if (had_focus)
    gtk_widget_grab_focus (self->cancel_button);
}

void
guise_offline_group_cancel (GuiseOfflineGroup *self)
{
  if (self->running != NULL)
    g_cancellable_cancel (self->running);
}

gboolean
guise_offline_group_is_running (GuiseOfflineGroup *self)
{
  return self->running != NULL;
}

static void
show_counts (GuiseOfflineGroup *self)
{
  const GuiseStoreCounts *counts = &self->counts.all;
  g_autofree char *images = guise_format_count (counts->n_images);
  g_autofree char *free_ones = guise_format_count (counts->captions_by_kind[GUISE_CAPTION_FREE]);
  g_autofree char *identity = guise_format_count (counts->captions_by_kind[GUISE_CAPTION_IDENTITY]);
  g_autofree char *clothing = guise_format_count (counts->captions_by_kind[GUISE_CAPTION_CLOTHING]);
  g_autofree char *title = g_strdup_printf (ngettext ("%s picture", "%s pictures",
                                                      counts->n_images),
                                            images);
  /* Translators: numbers of texts in the project */
  g_autofree char *subtitle
      = g_strdup_printf (_ ("%s captions · %s descriptions of a person · %s of clothing"),
                         free_ones, identity, clothing);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), title);
  adw_action_row_set_subtitle (self->row, subtitle);
}

/* How many each choice means. */
static void
show_choices (GuiseOfflineGroup *self)
{
  gint64 n_images = self->counts.all.n_images, n_described = self->counts.n_described;
  g_autofree char *missing = guise_format_count ((guint64)MAX (n_images - n_described, 0));
  g_autofree char *described = guise_format_count ((guint64)n_described);
  g_autofree char *text
      = adw_combo_row_get_selected (self->which_row) == WHICH_MISSING
            /* Translators: numbers of pictures */
            ? g_strdup_printf (_ ("%s without descriptions · %s with descriptions are left out"),
                               missing, described)
            : g_strdup_printf (
                _ ("%s without descriptions · %s with descriptions get further ones"), missing,
                described);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->which_row), text);
}

static void
which_chosen (GuiseOfflineGroup *self)
{
  show_choices (self);
  show_running (self);
}

/* Where every picture came with descriptions, as the demo's do, those that can be made are further
 * ones: what the button does at the first look is never nothing. */
static void
choose_at_first (GuiseOfflineGroup *self)
{
  if (!self->counted && self->counts.n_described == self->counts.all.n_images)
    adw_combo_row_set_selected (self->which_row, WHICH_ALL);
  self->counted = TRUE;
}

void
guise_offline_group_set_counts (GuiseOfflineGroup *self, const GuiseOfflineCounts *counts,
                                const char *run)
{
  gint64 n_of_run = g_strcmp0 (run, self->run) == 0 ? counts->n_of_run : self->counts.n_of_run;

  self->counts = *counts;
  self->counts.n_of_run = n_of_run; /* another one may have been made meanwhile */
  choose_at_first (self);
  show_counts (self);
  show_choices (self);
  show_running (self);
  if (self->result != NULL && self->running == NULL)
    show_result (self);
}

const char *
guise_offline_group_get_run (GuiseOfflineGroup *self)
{
  return self->run;
}

void
guise_offline_group_set_page (GuiseOfflineGroup *self, GuisePage *page)
{
  self->page = page;
  if (page == NULL) {
    guise_offline_group_cancel (self);
    g_clear_handle_id (&self->look_source, g_source_remove);
  } else {
    show_running (self);
  }
}

static void
guise_offline_group_dispose (GObject *object)
{
  guise_offline_group_set_page (GUISE_OFFLINE_GROUP (object), NULL);
  G_OBJECT_CLASS (guise_offline_group_parent_class)->dispose (object);
}

static void
guise_offline_group_finalize (GObject *object)
{
  GuiseOfflineGroup *self = GUISE_OFFLINE_GROUP (object);

  g_free (self->run);
  g_free (self->result);
  g_free (self->title);
  G_OBJECT_CLASS (guise_offline_group_parent_class)->finalize (object);
}

static void
guise_offline_group_class_init (GuiseOfflineGroupClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_offline_group_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_offline_group_finalize;
  signals[SIGNAL_DONE] = g_signal_new ("done", GUISE_TYPE_OFFLINE_GROUP, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/offline-group.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, row);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, which_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, describe_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, progress_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, progress);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseOfflineGroup, result_row);
}

static void
guise_offline_group_init (GuiseOfflineGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->which_row, "notify::selected", G_CALLBACK (which_chosen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->describe_button, "clicked", G_CALLBACK (guise_offline_group_start),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->cancel_button, "clicked",
                           G_CALLBACK (guise_offline_group_cancel), self, G_CONNECT_SWAPPED);
}
