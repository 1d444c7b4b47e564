#include "guise-searcher.h"

#include "guise-store-images.h"

struct _GuiseSearcher {
  GObject parent_instance;

  GThreadPool *worker; /* one thread */
  gint generation;     /* atomic: of the newest question */

  GuiseProject *project; /* the worker's, as is */
  GuiseSearchSession *session;

  GuiseSearchReadiness readiness;
  GError *error;
  char *run;
  char **examples;
  size_t n_images;
  GuiseIndex *index;      /* what is searched, NULL = nothing */
  GCancellable *checking; /* the look for changed files, NULL = none is under way */
  size_t n_changed, n_missing;
  GPtrArray *unreadable; /* paths of pictures */
  guint n_opening;
  guint n_asked;
  guint n_encoded;
  gboolean stopped;
};

enum {
  SIGNAL_OPENED,
  SIGNAL_ANSWER,
  SIGNAL_FAILED,
  SIGNAL_CHECKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseSearcher, guise_searcher, G_TYPE_OBJECT)

/* What goes to the worker and comes back with the answer. */
typedef struct {
  GuiseSearcher *searcher;
  gboolean last; /* puts the worker's things away */
  char *setting; /* of an opening, else NULL */
  GuiseSearchQuestion *question;
  gint generation;

  GuiseSearchReadiness readiness;
  char *run;
  char **examples;
  size_t n_images;
  GuiseIndex *index;
  GuiseSearchAnswer *answer;
  guint n_encoded;
  GError *error;
} Work;

static void
work_free (Work *work)
{
  g_object_unref (work->searcher);
  g_free (work->setting);
  guise_search_question_free (work->question);
  g_free (work->run);
  g_strfreev (work->examples);
  g_clear_pointer (&work->index, guise_index_unref);
  guise_search_answer_free (work->answer);
  g_clear_error (&work->error);
  g_free (work);
}

/* ---- on the worker -------------------------------------------------------------------------- */

static void
open_session (Work *work)
{
  GuiseSearcher *self = work->searcher;
  g_autofree char *wanted
      = guise_store_get_setting (guise_project_get_store (self->project), work->setting, NULL);

  g_clear_pointer (&self->session, guise_search_session_free);
  self->session
      = guise_search_session_open (self->project, wanted, &work->readiness, &work->error);
  work->run = g_strdup (guise_search_session_get_run (self->session));
  work->n_images = guise_search_session_get_n_images (self->session);
  if (work->readiness != GUISE_SEARCH_READY)
    return;
  work->examples = guise_search_session_create_examples (self->session);
  work->index = guise_index_ref (guise_search_session_get_index (self->session));
}

static gboolean deliver (gpointer data);

static void
do_work (gpointer data, gpointer user_data)
{
  Work *work = data;
  GuiseSearcher *self = work->searcher;

  if (work->last) {
    g_clear_pointer (&self->session, guise_search_session_free);
    g_clear_object (&self->project);
  } else if (work->generation != g_atomic_int_get (&self->generation)) {
    ; /* overtaken */
  } else if (work->setting != NULL) {
    open_session (work);
  } else {
    work->answer = guise_search_session_ask (self->session, work->question, &work->error);
    work->n_encoded = guise_search_session_get_n_encoded (self->session);
  }
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, work, NULL);
}

/* ---- changed files -------------------------------------------------------------------------- */

typedef struct {
  GuiseProject *project;
  GuiseIndex *index;
  size_t n_missing;
  GPtrArray *unreadable;
} Check;

static void
check_free (Check *check)
{
  g_object_unref (check->project);
  guise_index_unref (check->index);
  g_clear_pointer (&check->unreadable, g_ptr_array_unref);
  g_free (check);
}

static void
check_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Check *check = data;
  GError *error = NULL;
  size_t n = 0, n_without;
  gint64 n_all = guise_store_count_images (guise_project_get_store (check->project), NULL,
                                           cancellable, &error);

  if (n_all >= 0) {
    n_without = (size_t)MAX (n_all - (gint64)guise_index_get_n_images (check->index), 0);
    check->unreadable
        = guise_project_check_files (check->project, check->index, &n, cancellable, &error);
    if (check->unreadable != NULL)
      check->n_missing = n_without - MIN (check->unreadable->len, n_without);
  }
  if (error == NULL)
    g_task_return_int (task, (gssize)n);
  else
    g_task_return_error (task, error);
}

/* Its answer is not wanted any more. */
static void
forget_check (GuiseSearcher *self)
{
  if (self->checking != NULL)
    g_cancellable_cancel (self->checking);
  g_clear_object (&self->checking);
}

static void
files_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseSearcher) self = data;
  Check *check = g_task_get_task_data (G_TASK (result));
  gssize n = g_task_propagate_int (G_TASK (result), NULL);

  if (g_task_get_cancellable (G_TASK (result)) != self->checking)
    return; /* forgotten */
  g_clear_object (&self->checking);
  if (n < 0)
    return; /* what cannot be listed is reported by whoever shows it */
  self->n_changed = (size_t)n;
  self->n_missing = check->n_missing;
  g_ptr_array_unref (self->unreadable);
  self->unreadable = g_steal_pointer (&check->unreadable);
  g_signal_emit (self, signals[SIGNAL_CHECKED], 0);
}

void
guise_searcher_check_files (GuiseSearcher *self)
{
  g_autoptr (GTask) task = NULL;
  Check *check;

  if (self->stopped || self->index == NULL || self->checking != NULL)
    return;
  self->checking = g_cancellable_new ();
  check = g_new0 (Check, 1);
  check->project = g_object_ref (self->project);
  check->index = guise_index_ref (self->index);
  task = g_task_new (NULL, self->checking, files_checked, g_object_ref (self));
  g_task_set_task_data (task, check, (GDestroyNotify)check_free);
  g_task_run_in_thread (task, check_in_thread);
}

size_t
guise_searcher_get_n_changed (GuiseSearcher *self)
{
  return self->n_changed;
}

size_t
guise_searcher_get_n_missing (GuiseSearcher *self)
{
  return self->n_missing;
}

GPtrArray *
guise_searcher_get_unreadable (GuiseSearcher *self)
{
  return self->unreadable;
}

/* ---- on the main thread --------------------------------------------------------------------- */

static void
deliver_opening (GuiseSearcher *self, Work *work)
{
  if (--self->n_opening > 0)
    return; /* another one follows */
  self->readiness = work->readiness;
  g_clear_error (&self->error);
  self->error = g_steal_pointer (&work->error);
  g_free (self->run);
  self->run = g_steal_pointer (&work->run);
  g_strfreev (self->examples);
  self->examples = work->examples != NULL ? g_steal_pointer (&work->examples) : g_new0 (char *, 1);
  self->n_images = work->n_images;
  g_clear_pointer (&self->index, guise_index_unref);
  self->index = g_steal_pointer (&work->index);
  self->n_changed = 0;
  self->n_missing = 0;
  g_ptr_array_set_size (self->unreadable, 0);
  forget_check (self);
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
  guise_searcher_check_files (self);
}

static void
deliver_answer (GuiseSearcher *self, Work *work)
{
  self->n_asked--;
  if (work->answer != NULL)
    self->n_encoded = work->n_encoded;
  if (work->generation != g_atomic_int_get (&self->generation))
    return;
  if (work->answer != NULL)
    g_signal_emit (self, signals[SIGNAL_ANSWER], 0, work->answer);
  else if (work->error != NULL)
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, work->error);
}

static gboolean
deliver (gpointer data)
{
  Work *work = data;

  if (!work->searcher->stopped && work->setting != NULL)
    deliver_opening (work->searcher, work);
  else if (!work->searcher->stopped)
    deliver_answer (work->searcher, work);
  work_free (work);
  return G_SOURCE_REMOVE;
}

static Work *
create_work (GuiseSearcher *self)
{
  Work *work = g_new0 (Work, 1);

  work->searcher = g_object_ref (self);
  work->generation = g_atomic_int_add (&self->generation, 1) + 1;
  return work;
}

void
guise_searcher_open (GuiseSearcher *self, const char *setting)
{
  Work *work;

  if (self->stopped)
    return;
  work = create_work (self);
  work->setting = g_strdup (setting);
  self->n_opening++;
  g_thread_pool_push (self->worker, work, NULL);
}

void
guise_searcher_ask (GuiseSearcher *self, const GuiseSearchQuestion *question)
{
  Work *work;

  if (self->stopped || self->n_opening > 0 || self->readiness != GUISE_SEARCH_READY)
    return;
  work = create_work (self);
  work->question = guise_search_question_copy (question);
  self->n_asked++;
  g_thread_pool_push (self->worker, work, NULL);
}

void
guise_searcher_forget (GuiseSearcher *self)
{
  if (self->n_opening == 0) /* an opening is still wanted */
    g_atomic_int_inc (&self->generation);
}

void
guise_searcher_stop (GuiseSearcher *self)
{
  Work *work;

  if (self->stopped)
    return;
  self->stopped = TRUE;
  forget_check (self);
  work = create_work (self); /* what waits is overtaken with it and takes no time */
  work->last = TRUE;
  g_thread_pool_push (self->worker, work, NULL);
  g_thread_pool_free (g_steal_pointer (&self->worker), FALSE, FALSE);
}

gboolean
guise_searcher_is_opening (GuiseSearcher *self)
{
  return self->n_opening > 0;
}

GuiseSearchReadiness
guise_searcher_get_readiness (GuiseSearcher *self)
{
  return self->readiness;
}

const GError *
guise_searcher_get_error (GuiseSearcher *self)
{
  return self->error;
}

const char *
guise_searcher_get_run (GuiseSearcher *self)
{
  return self->run;
}

size_t
guise_searcher_get_n_images (GuiseSearcher *self)
{
  return self->n_images;
}

const char *const *
guise_searcher_get_examples (GuiseSearcher *self)
{
  return (const char *const *)self->examples;
}

gboolean
guise_searcher_is_busy (GuiseSearcher *self)
{
  return self->n_asked > 0;
}

guint
guise_searcher_get_n_encoded (GuiseSearcher *self)
{
  return self->n_encoded;
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_searcher_dispose (GObject *object)
{
  guise_searcher_stop (GUISE_SEARCHER (object));
  G_OBJECT_CLASS (guise_searcher_parent_class)->dispose (object);
}

static void
guise_searcher_finalize (GObject *object)
{
  GuiseSearcher *self = GUISE_SEARCHER (object);

  g_clear_error (&self->error);
  g_clear_pointer (&self->index, guise_index_unref);
  g_strfreev (self->examples);
  g_ptr_array_unref (self->unreadable);
  g_free (self->run);
  G_OBJECT_CLASS (guise_searcher_parent_class)->finalize (object);
}

static void
guise_searcher_class_init (GuiseSearcherClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_searcher_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_searcher_finalize;
  signals[SIGNAL_OPENED] = g_signal_new ("opened", GUISE_TYPE_SEARCHER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ANSWER] = g_signal_new ("answer", GUISE_TYPE_SEARCHER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", GUISE_TYPE_SEARCHER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_CHECKED] = g_signal_new ("checked", GUISE_TYPE_SEARCHER, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_searcher_init (GuiseSearcher *self)
{
  self->worker = g_thread_pool_new (do_work, NULL, 1, FALSE, NULL);
  self->examples = g_new0 (char *, 1);
  self->unreadable = g_ptr_array_new_with_free_func (g_free);
  self->readiness = GUISE_SEARCH_NO_RUN;
}

GuiseSearcher *
guise_searcher_new (GuiseProject *project)
{
  GuiseSearcher *self = g_object_new (GUISE_TYPE_SEARCHER, NULL);

  self->project = g_object_ref (project);
  return self;
}
