#include "guise-job-list.h"

#include "guise-child-entry.h"

/* So many that have ended are kept. */
#define MAX_ENDED 10

struct _GuiseJobList {
  GObject parent_instance;

  GListStore *entries;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseJobList, guise_job_list, G_TYPE_OBJECT)

static guint
get_size (GuiseJobList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->entries));
}

static GuiseJobEntry *
get_entry (GuiseJobList *self, guint position)
{
  g_autoptr (GuiseJobEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->entries), position);

  return entry; /* the list keeps it */
}

static GuiseJobState
get_state (GuiseJobList *self, guint position)
{
  return guise_job_entry_get_state (get_entry (self, position));
}

static gboolean
is_active (GuiseJobList *self, guint position)
{
  return guise_job_entry_is_active (get_entry (self, position));
}

static gboolean
has_subject (GuiseJobList *self, const char *subject)
{
  for (guint i = 0; i < get_size (self); i++)
    if (is_active (self, i)
        && g_strcmp0 (guise_job_entry_get_subject (get_entry (self, i)), subject) == 0)
      return TRUE;
  return FALSE;
}

/* What is done again has not failed for good. */
static void
drop_failed (GuiseJobList *self, const char *subject)
{
  for (guint i = 0; i < get_size (self); i++)
    if (get_state (self, i) == GUISE_JOB_FAILED
        && g_strcmp0 (guise_job_entry_get_subject (get_entry (self, i)), subject) == 0)
      g_list_store_remove (self->entries, i--);
}

static void
drop_old (GuiseJobList *self)
{
  guint n_ended = 0;

  for (guint i = 0; i < get_size (self); i++)
    if (!is_active (self, i) && ++n_ended > MAX_ENDED)
      g_list_store_remove (self->entries, i--);
}

static void
entry_changed (GuiseJobEntry *entry, GuiseJobList *self)
{
  if (guise_job_entry_get_state (entry) == GUISE_JOB_CANCELLED)
    guise_job_list_dismiss (self, entry);
  else
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
guise_job_list_add_entry (GuiseJobList *self, GuiseJobEntry *entry)
{
  const char *subject = guise_job_entry_get_subject (entry);

  if (subject != NULL && has_subject (self, subject))
    return;
  if (subject != NULL)
    drop_failed (self, subject);
  g_signal_connect_object (entry, "changed", G_CALLBACK (entry_changed), self, 0);
  g_list_store_insert (self->entries, 0, entry);
  drop_old (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
guise_job_list_add (GuiseJobList *self, const char *name, GuiseJob *job)
{
  g_autoptr (GuiseJobEntry) entry = guise_child_entry_new (name, job);

  guise_job_list_add_entry (self, entry);
}

void
guise_job_list_dismiss (GuiseJobList *self, GuiseJobEntry *entry)
{
  guint position;

  if (!g_list_store_find (self->entries, entry, &position))
    return;
  g_signal_handlers_disconnect_by_func (entry, entry_changed, self);
  g_list_store_remove (self->entries, position);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

GListModel *
guise_job_list_get_model (GuiseJobList *self)
{
  return G_LIST_MODEL (self->entries);
}

guint
guise_job_list_count_active (GuiseJobList *self)
{
  guint n = 0;

  for (guint i = 0; i < get_size (self); i++)
    n += is_active (self, i);
  return n;
}

guint
guise_job_list_count_failed (GuiseJobList *self)
{
  guint n = 0;

  for (guint i = 0; i < get_size (self); i++)
    n += get_state (self, i) == GUISE_JOB_FAILED;
  return n;
}

guint
guise_job_list_count_bound (GuiseJobList *self)
{
  guint n = 0;

  for (guint i = 0; i < get_size (self); i++)
    n += is_active (self, i) && !guise_job_entry_outlives (get_entry (self, i));
  return n;
}

double
guise_job_list_get_fraction (GuiseJobList *self)
{
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < get_size (self); i++) {
    double fraction = guise_job_entry_get_fraction (get_entry (self, i));

    if (!is_active (self, i) || fraction < 0)
      continue;
    sum += fraction;
    n++;
  }
  return n > 0 ? sum / n : -1;
}

GPtrArray *
guise_job_list_create_own (GuiseJobList *self)
{
  GPtrArray *running = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < get_size (self); i++)
    if (get_state (self, i) == GUISE_JOB_RUNNING
        && !guise_job_entry_is_watched (get_entry (self, i)))
      g_ptr_array_add (running, g_object_ref (get_entry (self, i)));
  return running;
}

static void
guise_job_list_finalize (GObject *object)
{
  g_object_unref (GUISE_JOB_LIST (object)->entries);
  G_OBJECT_CLASS (guise_job_list_parent_class)->finalize (object);
}

static void
guise_job_list_class_init (GuiseJobListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_job_list_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_JOB_LIST, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_job_list_init (GuiseJobList *self)
{
  self->entries = g_list_store_new (GUISE_TYPE_JOB_ENTRY);
}

GuiseJobList *
guise_job_list_new (void)
{
  return g_object_new (GUISE_TYPE_JOB_LIST, NULL);
}
