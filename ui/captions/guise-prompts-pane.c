#include "guise-prompts-pane.h"

#include "guise-ask.h"
#include "guise-banner.h"
#include "guise-field-row.h"
#include "guise-file-queue.h"
#include "guise-prompt-files.h"
#include "guise-prompt-notes.h"
#include "guise-prompt-statistics.h"
#include "guise-store-captions.h"
#include "guise-tab-keys.h"

#include <glib/gi18n.h>
#include <string.h>

#define SAVE_DELAY_MS 500
#define MAX_EXEMPLARS 3

typedef enum {
  PREVIEW_PLAIN,
  PREVIEW_STYLE,
  PREVIEW_REFUSED,
} Preview;

struct _GuisePromptsPane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkListBox *list;
  GuiseBanner *banner;
  GtkStack *stack;
  GtkLabel *version;
  GtkTextView *editor;
  GtkLabel *problem;
  GtkLabel *warnings;
  GtkDropDown *preview_kind;
  GtkTextView *preview;
  GtkBox *statistics;
  GuisePromptStatistics *versions;
  GtkTextTag *wrong;

  GPtrArray *files; /* of GuisePromptFile, in the order of the rows */
  char *shown;      /* name of the prompt in the editor, or NULL */
  gboolean shown_own;
  char *wanted;     /* to be shown once it is listed, or NULL */
  char **exemplars; /* sentences of the project, for the preview */
  GCancellable *reading;
  guint save_timeout;
  guint n_pending;
  gboolean filling;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuisePromptsPane, guise_prompts_pane, GTK_TYPE_WIDGET)

static void load (GuisePromptsPane *self);

static GuisePromptFile *
find (GuisePromptsPane *self, const char *name)
{
  for (guint i = 0; self->files != NULL && name != NULL && i < self->files->len; i++)
    if (strcmp (((GuisePromptFile *)self->files->pdata[i])->name, name) == 0)
      return self->files->pdata[i];
  return NULL;
}

static char *
dup_text (GtkTextView *view)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

/* ---- what the text is worth ----------------------------------------------------------------- */

static void
mark_line (GuisePromptsPane *self, guint line)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->editor);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_remove_tag (buffer, self->wrong, &start, &end);
  if (line == 0)
    return;
  gtk_text_buffer_get_iter_at_line (buffer, &start, (int)line - 1);
  end = start;
  gtk_text_iter_forward_to_line_end (&end);
  gtk_text_buffer_apply_tag (buffer, self->wrong, &start, &end);
}

static void
set_note (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text);
  gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

static void
show_problem (GuisePromptsPane *self, const GError *error)
{
  guint line;
  g_autofree char *why = guise_prompt_notes_explain (error, self->shown, &line);

  set_note (self->problem, why);
  mark_line (self, line);
}

static void
show_preview (GuisePromptsPane *self, const GuisePrompt *prompt)
{
  guint kind = gtk_drop_down_get_selected (self->preview_kind);
  g_autofree char *text
      = guise_prompt_notes_create_preview (prompt, (const char *const *)self->exemplars,
                                           kind == PREVIEW_STYLE, kind == PREVIEW_REFUSED);

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->preview), text, -1);
}

static void
show_version (GuisePromptsPane *self, const GuisePrompt *prompt)
{
  g_autofree char *hash = prompt != NULL ? guise_prompt_dup_hash (prompt) : NULL;
  g_autofree char *text
      = hash != NULL ? g_strdup_printf (_ ("Version %.8s"), hash) : g_strdup (_ ("No version yet"));
  g_autofree char *shipped
      = g_strdup_printf (_ ("%s · shipped: duplicate it to change it"), text);

  gtk_label_set_text (self->version, self->shown_own ? text : shipped);
  guise_prompt_statistics_set_version (self->versions, hash);
}

static void
judge (GuisePromptsPane *self)
{
  g_autofree char *text = dup_text (self->editor), *warnings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuisePrompt) prompt = NULL;

  if (self->shown == NULL)
    return;
  prompt = guise_prompt_parse (text, strlen (text), self->shown, &error);
  show_problem (self, error);
  warnings = guise_prompt_notes_create_warnings (prompt);
  set_note (self->warnings, warnings);
  show_preview (self, prompt);
  show_version (self, prompt);
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct {
  char *name, *text; /* text NULL: it is removed */
} Change;

static void
change_free (Change *change)
{
  g_free (change->name);
  g_free (change->text);
  g_free (change);
}

static void
change_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Change *change = data;
  GError *error = NULL;

  if (change->text != NULL ? guise_prompt_files_save (change->name, change->text, &error)
                           : guise_prompt_files_remove (change->name, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
changed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuisePromptsPane) self = data;
  g_autoptr (GError) error = NULL;

  self->n_pending--;
  if (self->box == NULL)
    return;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    guise_banner_show (self->banner, "save", _ ("The prompt could not be kept."), error->message);
    return;
  }
  guise_banner_hide (self->banner, "save");
  load (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Takes text. */
static void
start_change (GuisePromptsPane *self, const char *name, char *text)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, changed, g_object_ref (self));
  Change *change = g_new0 (Change, 1);

  change->name = g_strdup (name);
  change->text = text;
  self->n_pending++;
  g_task_set_task_data (task, change, (GDestroyNotify)change_free);
  guise_file_queue_run (task, change_in_thread);
}

void
guise_prompts_pane_flush (GuisePromptsPane *self)
{
  if (self->save_timeout == 0)
    return;
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  start_change (self, self->shown, dup_text (self->editor));
}

static gboolean
save_now (gpointer data)
{
  guise_prompts_pane_flush (data);
  return G_SOURCE_REMOVE;
}

static void
text_changed (GuisePromptsPane *self)
{
  if (self->filling || self->shown == NULL)
    return;
  judge (self);
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  if (self->shown_own)
    self->save_timeout = g_timeout_add (SAVE_DELAY_MS, save_now, self);
}

/* ---- showing -------------------------------------------------------------------------------- */

static void
fill_editor (GuisePromptsPane *self, const GuisePromptFile *file)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->editor);
  GtkTextIter start;

  self->filling = TRUE;
  gtk_text_buffer_begin_irreversible_action (buffer);
  gtk_text_buffer_set_text (buffer, file->text, -1);
  gtk_text_buffer_end_irreversible_action (buffer);
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_place_cursor (buffer, &start);
  gtk_text_view_set_editable (self->editor, file->is_own);
  self->filling = FALSE;
}

static void
show (GuisePromptsPane *self, const GuisePromptFile *file)
{
  gtk_stack_set_visible_child_name (self->stack, file != NULL ? "prompt" : "empty");
  if (file == NULL || g_strcmp0 (self->shown, file->name) != 0) {
    guise_prompts_pane_flush (self);
    g_free (self->shown);
    self->shown = file != NULL ? g_strdup (file->name) : NULL;
    self->shown_own = file != NULL && file->is_own;
    if (file != NULL) {
      fill_editor (self, file);
      judge (self);
    }
  }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "prompts.duplicate", file != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "prompts.remove", self->shown_own);
}

static void
row_selected (GuisePromptsPane *self, GtkListBoxRow *row)
{
  int i = row != NULL ? gtk_list_box_row_get_index (row) : -1;

  if (self->filling)
    return;
  g_clear_pointer (&self->wanted, g_free); /* somebody wants this one */
  show (self, i >= 0 ? self->files->pdata[i] : NULL);
}

static GtkWidget *
create_row (const GuisePromptFile *file)
{
  g_autofree char *version = file->hash != NULL ? g_strndup (file->hash, 8) : NULL;

  return guise_side_row_new (file->title, version != NULL ? version : _ ("Has to be mended"),
                             file->is_own ? _ ("Own") : NULL);
}

static void
fill_list (GuisePromptsPane *self)
{
  GuisePromptFile *selected = find (self, self->wanted);
  GtkWidget *row;

  if (selected != NULL)
    g_clear_pointer (&self->wanted, g_free); /* else it is still being written */
  else
    selected = find (self, self->shown);
  if (selected == NULL && self->files->len > 0)
    selected = self->files->pdata[0];
  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; i < self->files->len; i++) {
    row = create_row (self->files->pdata[i]);
    gtk_list_box_append (self->list, row);
    if (self->files->pdata[i] == selected)
      gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
  }
  self->filling = FALSE;
  show (self, selected);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, guise_prompt_files_list (), (GDestroyNotify)g_ptr_array_unref);
}

static void
listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuisePromptsPane) self = data;
  g_autoptr (GPtrArray) files = g_task_propagate_pointer (G_TASK (result), NULL);

  self->n_pending--;
  if (self->box == NULL)
    return;
  g_clear_pointer (&self->files, g_ptr_array_unref);
  self->files = g_steal_pointer (&files);
  fill_list (self);
}

static void
load (GuisePromptsPane *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, listed, g_object_ref (self));

  self->n_pending++;
  guise_file_queue_run (task, list_in_thread);
}

/* Some free captions, as exemplars are. */
static void
read_exemplars (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GuiseStore *store = guise_project_get_store (data);
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  g_autoptr (GuiseFilter) filter = guise_filter_parse ("kind = caption", NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (store, filter, cancellable, NULL);
  guint n = ids != NULL ? MIN (ids->len, MAX_EXEMPLARS) : 0;

  for (guint i = 0; i < n; i++) {
    g_autoptr (GuiseCaption) caption
        = guise_store_get_caption (store, g_array_index (ids, gint64, i), NULL);

    if (caption != NULL)
      g_strv_builder_add (texts, caption->text);
  }
  g_task_return_pointer (task, n > 0 ? g_strv_builder_end (texts) : NULL,
                         (GDestroyNotify)g_strfreev);
}

static void
exemplars_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuisePromptsPane) self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) texts = g_task_propagate_pointer (G_TASK (result), &error);

  if (error != NULL || self->box == NULL
      || g_task_get_cancellable (G_TASK (result)) != self->reading)
    return;
  g_strfreev (self->exemplars);
  self->exemplars = g_steal_pointer (&texts);
  judge (self);
}

static void
start_reading (GuisePromptsPane *self, GuiseProject *project)
{
  g_autoptr (GTask) task = NULL;

  if (self->reading != NULL)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->exemplars, g_strfreev);
  if (project == NULL)
    return;
  self->reading = g_cancellable_new ();
  task = g_task_new (NULL, self->reading, exemplars_read, g_object_ref (self));
  g_task_set_task_data (task, g_object_ref (project), g_object_unref);
  g_task_run_in_thread (task, read_exemplars);
}

/* ---- adding and removing -------------------------------------------------------------------- */

/* The file's text with another title. */
static char *
replace_title (const char *text, const char *title)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && lines[i][0] != '['; i++)
    if (g_str_has_prefix (lines[i], "title")) {
      g_free (lines[i]);
      lines[i] = g_strdup_printf ("title = %s", title);
      return g_strjoinv ("\n", lines);
    }
  return g_strdup_printf ("title = %s\n%s", title, text);
}

static void
add_copy (GuisePromptsPane *self, const char *text, const char *title)
{
  g_autofree char *name = guise_prompt_files_propose_name (title, self->files);

  guise_prompts_pane_flush (self);
  g_free (self->wanted);
  self->wanted = g_strdup (name);
  start_change (self, name, replace_title (text, title));
}

/* A new one is the first shipped one, whose comments explain the form. */
static void
activate_add (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuisePromptsPane *self = GUISE_PROMPTS_PANE (widget);

  if (self->files != NULL && self->files->len > 0)
    add_copy (self, ((GuisePromptFile *)self->files->pdata[0])->text, _ ("New prompt"));
}

static void
activate_duplicate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuisePromptsPane *self = GUISE_PROMPTS_PANE (widget);
  const GuisePromptFile *file = find (self, self->shown);
  g_autofree char *text = dup_text (self->editor);
  g_autofree char *title = NULL;

  if (file == NULL)
    return;
  title = g_strdup_printf (_ ("%s (copy)"), file->title);
  add_copy (self, text, title);
}

static void
agreed_to_remove (gboolean yes, gpointer data)
{
  GuisePromptsPane *self = data;

  if (!yes || !self->shown_own)
    return;
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  start_change (self, self->shown, NULL);
}

static void
activate_remove (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuisePromptsPane *self = GUISE_PROMPTS_PANE (widget);
  const GuisePromptFile *file = find (self, self->shown);
  g_autofree char *heading = NULL;

  if (file == NULL)
    return;
  heading = g_strdup_printf (_ ("Remove “%s”?"), file->title);
  guise_ask (widget, heading,
             _ ("The file goes. What was asked with it in a project stays known there."),
             _ ("_Remove"), TRUE, agreed_to_remove);
}

/* ---- widget --------------------------------------------------------------------------------- */

void
guise_prompts_pane_set_project (GuisePromptsPane *self, GuiseProject *project)
{
  if (project == NULL)
    guise_prompts_pane_flush (self);
  guise_prompt_statistics_set_project (self->versions, project);
  start_reading (self, project);
}

void
guise_prompts_pane_reload (GuisePromptsPane *self)
{
  guise_prompt_statistics_reload (self->versions);
}

void
guise_prompts_pane_select (GuisePromptsPane *self, const char *name)
{
  g_free (self->wanted);
  self->wanted = g_strdup (name);
  if (find (self, name) != NULL)
    fill_list (self);
}

gboolean
guise_prompts_pane_is_busy (GuisePromptsPane *self)
{
  return self->n_pending > 0 || self->save_timeout != 0;
}

static void
guise_prompts_pane_dispose (GObject *object)
{
  GuisePromptsPane *self = GUISE_PROMPTS_PANE (object);

  if (self->box != NULL)
    guise_prompts_pane_flush (self);
  if (self->reading != NULL)
    g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_prompts_pane_parent_class)->dispose (object);
}

static void
guise_prompts_pane_finalize (GObject *object)
{
  GuisePromptsPane *self = GUISE_PROMPTS_PANE (object);

  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self->shown);
  g_free (self->wanted);
  g_strfreev (self->exemplars);
  G_OBJECT_CLASS (guise_prompts_pane_parent_class)->finalize (object);
}

static void
guise_prompts_pane_class_init (GuisePromptsPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  G_OBJECT_CLASS (class)->dispose = guise_prompts_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_prompts_pane_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/prompts-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, box);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, list);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, banner);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, stack);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, version);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, editor);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, problem);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, warnings);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, preview_kind);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, preview);
  gtk_widget_class_bind_template_child (widget_class, GuisePromptsPane, statistics);
  gtk_widget_class_install_action (widget_class, "prompts.add", NULL, activate_add);
  gtk_widget_class_install_action (widget_class, "prompts.duplicate", NULL, activate_duplicate);
  gtk_widget_class_install_action (widget_class, "prompts.remove", NULL, activate_remove);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_prompts_pane_init (GuisePromptsPane *self)
{
  GtkTextBuffer *buffer;

  gtk_widget_init_template (GTK_WIDGET (self));
  buffer = gtk_text_view_get_buffer (self->editor);
  self->wrong = gtk_text_buffer_create_tag (buffer, NULL, "underline", PANGO_UNDERLINE_ERROR,
                                            NULL);
  self->versions = GUISE_PROMPT_STATISTICS (guise_prompt_statistics_new ());
  gtk_box_append (self->statistics, GTK_WIDGET (self->versions));
  guise_tab_keys_add (GTK_WIDGET (self->list));
  g_signal_connect_object (self->list, "row-selected", G_CALLBACK (row_selected), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (buffer, "changed", G_CALLBACK (text_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->preview_kind, "notify::selected", G_CALLBACK (judge), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "prompts.duplicate", FALSE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "prompts.remove", FALSE);
  load (self);
}

GtkWidget *
guise_prompts_pane_new (void)
{
  return g_object_new (GUISE_TYPE_PROMPTS_PANE, NULL);
}
