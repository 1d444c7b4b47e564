#include "guise-caption-jobs-pane.h"

#include "guise-ask.h"
#include "guise-caption-item-dialog.h"
#include "guise-format.h"
#include "guise-library-page.h"
#include "guise-project-captions.h"
#include "guise-reason-text.h"
#include "guise-tab-keys.h"
#include "guise-window.h"

#include <glib/gi18n.h>

/* Pictures that are listed at a time. */
#define PAGE 50

struct _GuiseCaptionJobsPane {
  AdwBin parent_instance;

  GtkWidget *starting;
  GtkStack *stack;
  GtkListBox *list;
  GtkLabel *title;
  GtkLabel *state;
  GtkProgressBar *progress;
  GtkLabel *figures;
  GtkLabel *reason;
  GtkWidget *pause_button;
  GtkWidget *resume_button;
  GtkWidget *stop_button;
  GtkWidget *raise_button;
  GtkPopover *limits;
  GtkSpinButton *token_limit;
  GtkSpinButton *cost_limit;
  GtkWidget *go_on_button;
  GtkWidget *retry_button;
  GtkWidget *undo_button;
  GtkWidget *remove_button;
  GtkWidget *undone_box;
  GtkLabel *undone;
  GtkWidget *show_button;
  GtkDropDown *which;
  GtkStack *item_stack;
  GtkListBox *items;
  GtkWidget *pager;
  GtkLabel *place;
  GtkWidget *back_button;
  GtkWidget *forth_button;

  GuisePage *page;        /* borrowed */
  GuiseCaptionJobs *jobs; /* borrowed */
  GuiseCaptionEntry *current;
  GPtrArray *shown; /* of GuiseNamedItem */
  guint offset;
  char *filter; /* shows what the last undo left */
  guint n_left; /* descriptions that it left, as far as they were counted */
  guint countdown_source;
  gboolean launched; /* and not looked at yet */
  GCancellable *reading;
};

G_DEFINE_FINAL_TYPE (GuiseCaptionJobsPane, guise_caption_jobs_pane, ADW_TYPE_BIN)

/* ---- the library ---------------------------------------------------------------------------- */

static void
show_in_library (GuiseCaptionJobsPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GuisePage *library = GUISE_IS_WINDOW (root)
                           ? guise_window_get_page (GUISE_WINDOW (root), "library")
                           : NULL;

  if (library == NULL || self->filter == NULL)
    return;
  guise_library_page_set_filter (GUISE_LIBRARY_PAGE (library), self->filter);
  guise_window_show_page (GUISE_WINDOW (root), "library");
}

static void
job_undone (GuiseCaptionJobs *jobs, const char *sentence, const char *filter,
            GuiseCaptionJobsPane *self)
{
  g_free (self->filter);
  self->filter = g_strdup (filter);
  gtk_label_set_text (self->undone, sentence);
  gtk_widget_set_visible (self->undone_box, TRUE);
  gtk_widget_set_visible (self->show_button, filter != NULL);
  self->n_left = G_MAXUINT;
}

/* What was undone may come back by Redo. */
static void
forget_undone (GuiseCaptionJobsPane *self)
{
  guint n = guise_caption_entry_get_n_undoable (self->current);

  if (n > self->n_left)
    gtk_widget_set_visible (self->undone_box, FALSE);
  self->n_left = MIN (self->n_left, n);
}

/* ---- pictures of the job -------------------------------------------------------------------- */

static void
item_activated (GtkListBox *list, GtkListBoxRow *row, GuiseCaptionJobsPane *self)
{
  guint i = (guint)gtk_list_box_row_get_index (row);

  if (i < self->shown->len)
    gtk_window_present (GTK_WINDOW (guise_caption_item_dialog_new (self->page,
                                                                   self->shown->pdata[i])));
}

static GtkWidget *
create_item_row (const GuiseNamedItem *named)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *name = guise_format_excerpt (named->name, 120);
  g_autofree char *reason
      = named->item->why != NULL ? guise_reason_dup_text (named->item->why) : NULL;
  g_autofree char *why = reason != NULL ? guise_format_excerpt (reason, 200) : NULL;
  g_autofree char *text = g_strconcat (guise_caption_item_get_state_name (named->item),
                                       why != NULL ? " · " : NULL, why, NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 2);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

static void
clear_items (GuiseCaptionJobsPane *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->items))) != NULL)
    gtk_list_box_remove (self->items, row);
  g_ptr_array_set_size (self->shown, 0);
}

/* Who reads the list keeps their place in it, unless it is another one. */
static gboolean
is_same (GPtrArray *a, GPtrArray *b)
{
  gboolean same = a->len == b->len;

  for (guint i = 0; i < a->len && same; i++) {
    const GuiseCaptionItem *one = ((GuiseNamedItem *)a->pdata[i])->item;
    const GuiseCaptionItem *other = ((GuiseNamedItem *)b->pdata[i])->item;

    same = one->id == other->id && g_strcmp0 (one->state, other->state) == 0
           && g_strcmp0 (one->why, other->why) == 0 && g_strcmp0 (one->answer, other->answer) == 0;
  }
  return same;
}

static void
show_pager (GuiseCaptionJobsPane *self)
{
  g_autofree char *first = guise_format_count (self->offset + 1);
  g_autofree char *last = guise_format_count (self->offset + self->shown->len);
  /* Translators: places in a list: "51 to 100" */
  g_autofree char *text = g_strdup_printf (_ ("%s to %s"), first, last);

  gtk_label_set_text (self->place, text);
  gtk_widget_set_visible (self->pager, self->offset > 0 || self->shown->len == PAGE);
  gtk_widget_set_sensitive (self->back_button, self->offset > 0);
  gtk_widget_set_sensitive (self->forth_button, self->shown->len == PAGE);
}

static void
items_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionJobsPane) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) items = guise_caption_items_read_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->page == NULL)
    return; /* another list is wanted by now */
  g_clear_object (&self->reading);
  if (items == NULL) {
    guise_page_report (self->page, "items", _ ("The pictures of the job cannot be listed."),
                       error);
    return;
  }
  guise_page_clear_report (self->page, "items");
  if (!is_same (items, self->shown)) {
    clear_items (self);
    for (guint i = 0; i < items->len; i++)
      gtk_list_box_append (self->items, create_item_row (items->pdata[i]));
    g_ptr_array_unref (self->shown);
    self->shown = g_steal_pointer (&items);
  }
  gtk_stack_set_visible_child_name (self->item_stack, self->shown->len > 0 ? "items" : "none");
  show_pager (self);
}

static void
read_items (GuiseCaptionJobsPane *self)
{
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  if (self->current == NULL || self->page == NULL)
    return;
  self->reading = g_cancellable_new ();
  guise_caption_items_read_async (guise_page_get_project (self->page),
                                  guise_caption_entry_get_id (self->current),
                                  (GuiseCaptionItems)gtk_drop_down_get_selected (self->which),
                                  self->offset, PAGE, self->reading, items_ready,
                                  g_object_ref (self));
}

static void
which_changed (GuiseCaptionJobsPane *self)
{
  self->offset = 0;
  read_items (self);
}

static void
go_back (GuiseCaptionJobsPane *self)
{
  self->offset -= MIN (PAGE, self->offset);
  read_items (self);
}

static void
go_forth (GuiseCaptionJobsPane *self)
{
  self->offset += PAGE;
  read_items (self);
}

/* ---- the job -------------------------------------------------------------------------------- */

/* A button that does nothing now says why by not being there; one that would do something and may
 * not is insensitive. */
static void
show_buttons (GuiseCaptionJobsPane *self)
{
  GuiseCaptionEntry *entry = self->current;
  gboolean runs = guise_caption_entry_is_running (entry);
  gboolean ending = guise_caption_entry_is_ending (entry);
  gboolean at_limit = guise_caption_entry_is_at_limit (entry); /* resumed, it stops at once */
  gboolean can_start = self->jobs != NULL && guise_caption_jobs_can_start (self->jobs);
  gboolean writable = !guise_store_is_read_only (guise_page_get_store (self->page));

  gtk_widget_set_visible (self->pause_button, runs);
  gtk_widget_set_visible (self->stop_button, runs);
  gtk_widget_set_sensitive (self->pause_button, !ending);
  gtk_widget_set_visible (self->resume_button, guise_caption_entry_can_resume (entry) && !at_limit);
  gtk_widget_set_sensitive (self->resume_button, can_start);
  gtk_widget_set_visible (self->raise_button, at_limit);
  gtk_widget_set_sensitive (self->raise_button, can_start);
  gtk_widget_set_visible (self->retry_button,
                          !runs && guise_caption_entry_get_n_unusable (entry) > 0);
  gtk_widget_set_sensitive (self->retry_button, can_start);
  gtk_widget_set_visible (self->undo_button,
                          !runs && guise_caption_entry_get_n_undoable (entry) > 0);
  gtk_widget_set_sensitive (self->undo_button, writable);
  gtk_widget_set_visible (self->remove_button, !runs);
  gtk_widget_set_sensitive (self->remove_button, writable);
}

/* Why it does not go on, or not now; NULL = it does. */
static char *
create_reason (const GuiseCaptionJob *job, gboolean runs)
{
  g_autofree char *why = NULL, *left = NULL;

  if (job->why == NULL || (job->state == GUISE_CAPTION_JOB_RUNNING && !runs))
    return NULL; /* of a process that was killed it is what it waited for last */
  if (!runs)
    return guise_reason_dup_sentence (job->why);
  why = guise_reason_dup_text (job->why);
  left = guise_format_time_left ((double)(job->waits_until - g_get_real_time ()) / G_USEC_PER_SEC);
  if (*left == '\0')
    /* Translators: of a running job; %s is why nothing can be asked at the moment */
    return g_strdup_printf (_ ("Waiting: %s"), why);
  /* Translators: the same; the first %s is "12 s left" */
  return g_strdup_printf (_ ("Waiting, %s: %s"), left, why);
}

static void show_reason (GuiseCaptionJobsPane *self);

static gboolean
count_down (gpointer data)
{
  GuiseCaptionJobsPane *self = data;

  self->countdown_source = 0;
  if (self->current != NULL)
    show_reason (self);
  return G_SOURCE_REMOVE;
}

static void
show_reason (GuiseCaptionJobsPane *self)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (self->current);
  gboolean runs = guise_caption_entry_is_running (self->current);
  g_autofree char *reason = create_reason (job, runs);

  gtk_label_set_text (self->reason, reason != NULL ? reason : "");
  gtk_widget_set_visible (GTK_WIDGET (self->reason), reason != NULL);
  if (runs && reason != NULL && job->waits_until > g_get_real_time ()
      && self->countdown_source == 0)
    self->countdown_source = g_timeout_add_seconds (1, count_down, self);
}

static void
show_job (GuiseCaptionJobsPane *self)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (self->current);
  g_autofree char *title = guise_caption_entry_create_title (self->current);
  g_autofree char *counts = guise_caption_entry_create_counts (self->current);
  g_autofree char *pace = guise_caption_entry_create_pace (self->current);
  g_autofree char *account = guise_caption_entry_create_account (self->current);
  g_autofree char *date = guise_caption_entry_create_date (self->current);
  g_autofree char *begun = g_strdup_printf (_ ("begun %s"), date);
  g_autofree char *figures
      = g_strjoin ("\n", begun, counts, account, *pace != '\0' ? pace : NULL, NULL);
  double done = job->n_items > 0 ? 1 - (double)job->n_open / job->n_items : 0;

  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->state, guise_caption_entry_get_state_name (self->current));
  gtk_label_set_text (self->figures, figures);
  gtk_progress_bar_set_fraction (self->progress, done);
  show_reason (self);
  show_buttons (self);
}

static void
current_changed (GuiseCaptionEntry *entry, GuiseCaptionJobsPane *self)
{
  if (entry != self->current || self->page == NULL)
    return;
  show_job (self);
  forget_undone (self);
  read_items (self);
}

static void
row_selected (GtkListBox *list, GtkListBoxRow *row, GuiseCaptionJobsPane *self)
{
  GuiseCaptionEntry *entry = row != NULL ? g_object_get_data (G_OBJECT (row), "entry") : NULL;

  if (entry == self->current || entry == NULL)
    return;
  if (self->current != NULL)
    g_signal_handlers_disconnect_by_func (self->current, current_changed, self);
  g_set_object (&self->current, entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (current_changed), self, 0);
  self->offset = 0;
  gtk_widget_set_visible (self->undone_box, FALSE);
  current_changed (entry, self);
}

static void
pause_clicked (GuiseCaptionJobsPane *self)
{
  guise_caption_jobs_pause (self->jobs);
}

static void
stop_clicked (GuiseCaptionJobsPane *self)
{
  guise_caption_jobs_end (self->jobs);
}

static void
resume_clicked (GuiseCaptionJobsPane *self)
{
  guise_caption_jobs_resume (self->jobs, self->current);
}

/* What the job was begun with, and twice of it as a proposal. */
static void
show_limits (GuiseCaptionJobsPane *self)
{
  gint64 max_tokens = 0;
  double max_cost = 0;

  guise_caption_job_read_limits (guise_caption_entry_get_job (self->current), &max_tokens,
                                 &max_cost, NULL);
  gtk_spin_button_set_value (self->token_limit, 2 * (double)max_tokens);
  gtk_spin_button_set_value (self->cost_limit, 2 * max_cost);
}

static void
go_on_clicked (GuiseCaptionJobsPane *self)
{
  gint64 max_tokens = (gint64)gtk_spin_button_get_value (self->token_limit);
  double max_cost = gtk_spin_button_get_value (self->cost_limit);

  gtk_popover_popdown (self->limits);
  guise_caption_jobs_resume_within (self->jobs, self->current, max_tokens, max_cost);
}

static void
retry_clicked (GuiseCaptionJobsPane *self)
{
  guise_caption_jobs_retry (self->jobs, self->current);
}

static void
undo_clicked (GuiseCaptionJobsPane *self)
{
  guise_caption_jobs_undo (self->jobs, self->current);
}

static void
agreed_to_remove (gboolean yes, gpointer data)
{
  GuiseCaptionJobsPane *self = data;

  if (yes && self->jobs != NULL && self->current != NULL
      && !guise_caption_entry_is_running (self->current))
    guise_caption_jobs_remove (self->jobs, self->current);
}

static void
remove_clicked (GuiseCaptionJobsPane *self)
{
  guise_ask (GTK_WIDGET (self), _ ("Remove this job from the list?"),
             _ ("What it described stays in the project, and what the model answered stays too: "
                "the same job begun again asks nothing twice, and is listed again."),
             _ ("_Remove"), FALSE, agreed_to_remove);
}

/* ---- the list of jobs ----------------------------------------------------------------------- */

static void
show_row (GtkListBoxRow *row, GuiseCaptionEntry *entry)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (entry);
  GtkLabel *title = g_object_get_data (G_OBJECT (row), "title");
  GtkLabel *subtitle = g_object_get_data (G_OBJECT (row), "subtitle");
  GtkLabel *date = g_object_get_data (G_OBJECT (row), "date");
  g_autofree char *name = guise_caption_entry_create_title (entry);
  g_autofree char *done = guise_format_count (job->n_done);
  g_autofree char *total = guise_format_count (job->n_items);
  g_autofree char *count = g_strdup_printf (_ ("%s of %s"), done, total);
  g_autofree char *begun = guise_caption_entry_create_date (entry);
  g_autofree char *text
      = g_strdup_printf ("%s · %s", guise_caption_entry_get_state_name (entry), count);
  g_autofree char *description = g_strdup_printf ("%s · %s", text, begun);

  gtk_label_set_text (title, name);
  gtk_label_set_text (subtitle, text);
  gtk_label_set_text (date, begun);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

/* Its text is set later, by its name. */
static void
add_label (GtkWidget *row, GtkBox *box, const char *name, gboolean is_small)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (is_small) {
    gtk_widget_add_css_class (label, "caption");
    gtk_widget_add_css_class (label, "dim-label");
  }
  gtk_box_append (box, label);
  g_object_set_data (G_OBJECT (row), name, label);
}

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  add_label (row, GTK_BOX (box), "title", FALSE);
  add_label (row, GTK_BOX (box), "subtitle", TRUE);
  add_label (row, GTK_BOX (box), "date", TRUE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "entry", g_object_ref (item), g_object_unref);
  g_signal_connect_object (item, "changed", G_CALLBACK (show_row), row, G_CONNECT_SWAPPED);
  show_row (GTK_LIST_BOX_ROW (row), item);
  return row;
}

/* Until it is in the list. */
static void
show_starting (GuiseCaptionJobsPane *self)
{
  gboolean starting = guise_caption_jobs_is_starting (self->jobs);
  guint n = g_list_model_get_n_items (guise_caption_jobs_get_model (self->jobs));

  gtk_widget_set_visible (self->starting, starting);
  gtk_widget_set_visible (GTK_WIDGET (self->stack), !starting || n > 0);
}

static void
list_changed (GuiseCaptionJobsPane *self)
{
  guint n = g_list_model_get_n_items (guise_caption_jobs_get_model (self->jobs));
  GtkListBoxRow *first = gtk_list_box_get_row_at_index (self->list, 0);

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "jobs" : "empty");
  show_starting (self);
  if (n == 0)
    g_clear_object (&self->current);
  if (first != NULL) /* what was begun last is looked at */
    gtk_list_box_select_row (self->list, first);
}

/* What was begun here is looked at, also where it is an older job that goes on. */
static void
look_at_launched (GuiseCaptionJobsPane *self)
{
  GuiseCaptionEntry *launched = guise_caption_jobs_get_launched (self->jobs);
  guint place;

  if (!self->launched || launched == NULL
      || !g_list_store_find (G_LIST_STORE (guise_caption_jobs_get_model (self->jobs)), launched,
                             &place))
    return;
  self->launched = FALSE;
  gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, (int)place));
}

static void
job_launched (GuiseCaptionJobsPane *self)
{
  self->launched = TRUE;
}

static void
jobs_changed (GuiseCaptionJobsPane *self)
{
  show_starting (self);
  look_at_launched (self);
  if (self->current != NULL && self->page != NULL)
    show_buttons (self);
}

/* ---- object --------------------------------------------------------------------------------- */

void
guise_caption_jobs_pane_set_page (GuiseCaptionJobsPane *self, GuisePage *page,
                                  GuiseCaptionJobs *jobs)
{
  GListModel *model = jobs != NULL ? guise_caption_jobs_get_model (jobs) : NULL;

  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  self->page = page;
  self->jobs = jobs;
  if (jobs == NULL)
    return;
  gtk_list_box_bind_model (self->list, model, create_row, NULL, NULL);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (list_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (jobs, "changed", G_CALLBACK (jobs_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (jobs, "launched", G_CALLBACK (job_launched), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (jobs, "undone", G_CALLBACK (job_undone), self, 0);
}

GuiseCaptionEntry *
guise_caption_jobs_pane_get_current (GuiseCaptionJobsPane *self)
{
  return self->current;
}

guint
guise_caption_jobs_pane_get_n_items (GuiseCaptionJobsPane *self)
{
  return self->shown->len;
}

gboolean
guise_caption_jobs_pane_is_busy (GuiseCaptionJobsPane *self)
{
  return self->reading != NULL;
}

static void
guise_caption_jobs_pane_dispose (GObject *object)
{
  GuiseCaptionJobsPane *self = GUISE_CAPTION_JOBS_PANE (object);

  guise_caption_jobs_pane_set_page (self, NULL, NULL);
  g_clear_handle_id (&self->countdown_source, g_source_remove);
  g_clear_object (&self->current);
  G_OBJECT_CLASS (guise_caption_jobs_pane_parent_class)->dispose (object);
}

static void
guise_caption_jobs_pane_finalize (GObject *object)
{
  GuiseCaptionJobsPane *self = GUISE_CAPTION_JOBS_PANE (object);

  g_ptr_array_unref (self->shown);
  g_free (self->filter);
  G_OBJECT_CLASS (guise_caption_jobs_pane_parent_class)->finalize (object);
}

#define BIND(name) \
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionJobsPane, name)

static void
guise_caption_jobs_pane_class_init (GuiseCaptionJobsPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_caption_jobs_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_caption_jobs_pane_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/caption-jobs-pane.ui");
  BIND (starting);
  BIND (stack);
  BIND (list);
  BIND (title);
  BIND (state);
  BIND (progress);
  BIND (figures);
  BIND (reason);
  BIND (pause_button);
  BIND (resume_button);
  BIND (stop_button);
  BIND (raise_button);
  BIND (limits);
  BIND (token_limit);
  BIND (cost_limit);
  BIND (go_on_button);
  BIND (retry_button);
  BIND (undo_button);
  BIND (remove_button);
  BIND (undone_box);
  BIND (undone);
  BIND (show_button);
  BIND (which);
  BIND (item_stack);
  BIND (items);
  BIND (pager);
  BIND (place);
  BIND (back_button);
  BIND (forth_button);
}

static void
connect_clicked (GuiseCaptionJobsPane *self, GtkWidget *button, GCallback callback)
{
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
}

static void
guise_caption_jobs_pane_init (GuiseCaptionJobsPane *self)
{
  self->shown = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_named_item_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  guise_tab_keys_add (GTK_WIDGET (self->list));
  g_signal_connect_object (self->list, "row-selected", G_CALLBACK (row_selected), self, 0);
  g_signal_connect_object (self->items, "row-activated", G_CALLBACK (item_activated), self, 0);
  g_signal_connect_object (self->which, "notify::selected", G_CALLBACK (which_changed), self,
                           G_CONNECT_SWAPPED);
  connect_clicked (self, self->pause_button, G_CALLBACK (pause_clicked));
  connect_clicked (self, self->resume_button, G_CALLBACK (resume_clicked));
  connect_clicked (self, self->stop_button, G_CALLBACK (stop_clicked));
  connect_clicked (self, self->go_on_button, G_CALLBACK (go_on_clicked));
  g_signal_connect_object (self->limits, "show", G_CALLBACK (show_limits), self,
                           G_CONNECT_SWAPPED);
  connect_clicked (self, self->retry_button, G_CALLBACK (retry_clicked));
  connect_clicked (self, self->undo_button, G_CALLBACK (undo_clicked));
  connect_clicked (self, self->remove_button, G_CALLBACK (remove_clicked));
  connect_clicked (self, self->show_button, G_CALLBACK (show_in_library));
  connect_clicked (self, self->back_button, G_CALLBACK (go_back));
  connect_clicked (self, self->forth_button, G_CALLBACK (go_forth));
}
