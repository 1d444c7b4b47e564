#include "guise-prompt-statistics.h"

#include "guise-field-row.h"
#include "guise-format.h"
#include "guise-prompt-use.h"
#include "guise-store-prompts.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _GuisePromptStatistics {
  AdwPreferencesGroup parent_instance;

  GPtrArray *rows; /* borrowed from the group */
  GuiseProject *project;
  GCancellable *reading;
  char *version;
  GPtrArray *uses, *stats;
};

G_DEFINE_FINAL_TYPE (GuisePromptStatistics, guise_prompt_statistics, ADW_TYPE_PREFERENCES_GROUP)

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct {
  GuiseProject *project;
  GPtrArray *uses, *stats;
} Reading;

static void
reading_free (Reading *reading)
{
  g_clear_object (&reading->project);
  g_clear_pointer (&reading->uses, g_ptr_array_unref);
  g_clear_pointer (&reading->stats, g_ptr_array_unref);
  g_free (reading);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;
  g_autoptr (GuiseCaptionDb) db
      = guise_caption_db_open_existing (guise_project_get_folder (reading->project), &error);

  if (error == NULL)
    reading->uses = db != NULL ? guise_caption_db_list_prompt_use (db, &error)
                               : g_ptr_array_new ();
  if (reading->uses != NULL)
    reading->stats = guise_store_list_prompt_stats (guise_project_get_store (reading->project),
                                                    cancellable, &error);
  if (reading->stats != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- showing -------------------------------------------------------------------------------- */

static const GuisePromptStats *
find_stats (GuisePromptStatistics *self, const GuisePromptUse *use)
{
  for (guint i = 0; i < self->stats->len; i++) {
    const GuisePromptStats *stats = self->stats->pdata[i];

    if (strcmp (stats->model, use->model) == 0 && strcmp (stats->prompt, use->prompt) == 0)
      return stats;
  }
  return NULL;
}

static void
append_use (GString *text, const GuisePromptUse *use)
{
  g_autofree char *answers = guise_format_count (use->n_answers);
  g_autofree char *refused = guise_format_count (use->n_refused);
  gint64 n_tokens = use->prompt_tokens + use->completion_tokens;
  g_autofree char *tokens = guise_caption_has_count (n_tokens, use->n_uncounted)
                                ? guise_format_count ((guint64)n_tokens)
                                : g_strdup (_ ("not measured"));
  g_autofree char *uncounted = guise_format_count (use->n_uncounted);

  g_string_append_printf (text, _ ("Answers: %s · refused: %s · tokens: %s"), answers, refused,
                          tokens);
  g_string_append (text, " · ");
  if (use->n_uncounted > 0) {
    g_string_append_printf (text, _ ("%s answers came without a count"), uncounted);
    g_string_append (text, " · ");
  }
  if (isnan (use->cost))
    g_string_append (text, _ ("cost: not measured"));
  else
    g_string_append_printf (text, _ ("cost: %.4f"), use->cost);
}

static void
append_stats (GString *text, const GuisePromptStats *stats)
{
  g_autofree char *accepted = guise_format_count (stats->n_accepted);
  g_autofree char *edited = guise_format_count (stats->n_edited);
  g_autofree char *rejected = guise_format_count (stats->n_rejected);
  g_autofree char *all = guise_format_count (stats->n_captions);

  g_string_append_c (text, '\n');
  g_string_append_printf (text, _ ("Descriptions: %s · accepted: %s · edited: %s · rejected: %s"),
                          all, accepted, edited, rejected);
  if (!isnan (stats->edit_words))
    g_string_append_printf (text, _ (" · %.1f words changed in an edit"), stats->edit_words);
}

static void
add_row (GuisePromptStatistics *self, const GuisePromptUse *use)
{
  g_autofree char *model = guise_format_excerpt (use->model, 60);
  g_autofree char *title = g_strdup_printf ("%.8s · %s", use->prompt, model);
  const GuisePromptStats *stats = find_stats (self, use);
  g_autoptr (GString) text = g_string_new (NULL);
  AdwActionRow *row = guise_plain_row_add (ADW_PREFERENCES_GROUP (self), title);

  append_use (text, use);
  if (stats != NULL)
    append_stats (text, stats);
  adw_action_row_set_subtitle_lines (row, 0); /* all of it */
  adw_action_row_set_subtitle (row, text->str);
  if (g_strcmp0 (use->prompt, self->version) == 0) {
    GtkWidget *mark = gtk_label_new (_ ("This version"));

    gtk_widget_add_css_class (mark, "badge");
    gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
    adw_action_row_add_suffix (row, mark);
  }
  g_ptr_array_add (self->rows, row);
}

static void
clear_rows (GuisePromptStatistics *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
}

static void
show_uses (GuisePromptStatistics *self)
{
  clear_rows (self);
  if (self->uses == NULL)
    return;
  for (guint i = 0; i < self->uses->len; i++)
    if (g_strcmp0 (((GuisePromptUse *)self->uses->pdata[i])->prompt, self->version) == 0)
      add_row (self, self->uses->pdata[i]);
  for (guint i = 0; i < self->uses->len; i++)
    if (g_strcmp0 (((GuisePromptUse *)self->uses->pdata[i])->prompt, self->version) != 0)
      add_row (self, self->uses->pdata[i]);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (self),
      self->uses->len > 0 ? NULL : _ ("No prompt was used in this project yet."));
}

static void
was_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuisePromptStatistics) self = data;
  g_autoptr (GError) error = NULL;
  Reading *reading = g_task_get_task_data (G_TASK (result));
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->reading)
    return; /* of another project, or an older state */
  g_clear_object (&self->reading);
  if (!ok) {
    g_autofree char *text = g_markup_escape_text (error->message, -1);

    clear_rows (self);
    adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), text);
    return;
  }
  g_clear_pointer (&self->uses, g_ptr_array_unref);
  g_clear_pointer (&self->stats, g_ptr_array_unref);
  self->uses = g_steal_pointer (&reading->uses);
  self->stats = g_steal_pointer (&reading->stats);
  show_uses (self);
}

static void
stop_reading (GuisePromptStatistics *self)
{
  if (self->reading != NULL)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
}

void
guise_prompt_statistics_reload (GuisePromptStatistics *self)
{
  g_autoptr (GTask) task = NULL;
  Reading *reading;

  stop_reading (self);
  if (self->project == NULL)
    return;
  self->reading = g_cancellable_new ();
  task = g_task_new (NULL, self->reading, was_read, g_object_ref (self));
  reading = g_new0 (Reading, 1);
  reading->project = g_object_ref (self->project);
  g_task_set_task_data (task, reading, (GDestroyNotify)reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

/* ---- widget --------------------------------------------------------------------------------- */

void
guise_prompt_statistics_set_project (GuisePromptStatistics *self, GuiseProject *project)
{
  stop_reading (self);
  g_clear_pointer (&self->uses, g_ptr_array_unref);
  g_clear_pointer (&self->stats, g_ptr_array_unref);
  clear_rows (self);
  g_set_object (&self->project, project);
  gtk_widget_set_visible (GTK_WIDGET (self), project != NULL);
  guise_prompt_statistics_reload (self);
}

void
guise_prompt_statistics_set_version (GuisePromptStatistics *self, const char *hash)
{
  if (g_strcmp0 (self->version, hash) == 0)
    return;
  g_free (self->version);
  self->version = g_strdup (hash);
  show_uses (self);
}

static void
guise_prompt_statistics_dispose (GObject *object)
{
  GuisePromptStatistics *self = GUISE_PROMPT_STATISTICS (object);

  stop_reading (self);
  g_clear_object (&self->project);
  G_OBJECT_CLASS (guise_prompt_statistics_parent_class)->dispose (object);
}

static void
guise_prompt_statistics_finalize (GObject *object)
{
  GuisePromptStatistics *self = GUISE_PROMPT_STATISTICS (object);

  g_ptr_array_unref (self->rows);
  g_clear_pointer (&self->uses, g_ptr_array_unref);
  g_clear_pointer (&self->stats, g_ptr_array_unref);
  g_free (self->version);
  G_OBJECT_CLASS (guise_prompt_statistics_parent_class)->finalize (object);
}

static void
guise_prompt_statistics_class_init (GuisePromptStatisticsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_prompt_statistics_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_prompt_statistics_finalize;
}

static void
guise_prompt_statistics_init (GuisePromptStatistics *self)
{
  self->rows = g_ptr_array_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Versions in This Project"));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
guise_prompt_statistics_new (void)
{
  return g_object_new (GUISE_TYPE_PROMPT_STATISTICS, NULL);
}
