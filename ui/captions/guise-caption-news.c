#include "guise-caption-news.h"

#include "guise-lock-process.h"

/* Names that are told, and images that a filter names one by one. */
#define MAX_NAMES 20

void
guise_caption_news_free (GuiseCaptionNews *news)
{
  if (news == NULL)
    return;
  g_clear_pointer (&news->jobs, g_ptr_array_unref);
  g_clear_pointer (&news->undoable, g_array_unref);
  guise_caption_applied_clear (&news->applied);
  g_free (news);
}

/* ---- jobs ---- */

/* NULL without an error: no job was ever begun. */
static GuiseCaptionDb *
open_db (GuiseProject *project, GError **error)
{
  const char *folder = guise_project_get_folder (project);
  g_autofree char *path = g_build_filename (folder, "captions.db", NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  if (guise_store_is_read_only (guise_project_get_store (project)))
    return guise_caption_db_open_existing (folder, error);
  return guise_caption_db_open (folder, error);
}

static gboolean
count_undoable (GuiseCaptionNews *news, GuiseStore *store, GError **error)
{
  for (guint i = 0; i < news->jobs->len; i++) {
    const GuiseCaptionJob *job = news->jobs->pdata[i];
    g_autofree char *origin = guise_caption_job_dup_origin (job->id);
    gint64 n = guise_store_count_run (store, origin, error);
    guint count = (guint)MAX (n, 0);

    if (n < 0)
      return FALSE;
    g_array_append_val (news->undoable, count);
  }
  return TRUE;
}

static gboolean
is_listed (const GuiseCaptionJob *job)
{
  return !job->is_trial && !job->is_removed;
}

/* A trial runs beside one that was interrupted and still says that it does. A job that says so may
 * have been begun since the lock was looked at. */
static void
find_running (GuiseCaptionNews *news, const char *lock)
{
  gint64 running;

  if (news->holder == 0 && guise_caption_jobs_find_running (news->jobs, 0) != 0)
    news->holder = guise_lock_process_find (lock);
  running = guise_caption_jobs_find_running (news->jobs, news->holder);
  for (guint i = 0; i < news->jobs->len && news->holder != 0; i++) {
    const GuiseCaptionJob *job = news->jobs->pdata[i];

    if (job->id == running && is_listed (job))
      news->running = running;
  }
}

static void
drop_unlisted (GPtrArray *jobs)
{
  for (guint i = jobs->len; i-- > 0;)
    if (!is_listed (jobs->pdata[i]))
      g_ptr_array_remove_index (jobs, i);
}

static gboolean
read_jobs (GuiseCaptionNews *news, GuiseProject *project, GError **error)
{
  g_autofree char *lock
      = g_build_filename (guise_project_get_folder (project), "captions.lock", NULL);
  GuiseStore *store = guise_project_get_store (project);
  GError *local = NULL;
  g_autoptr (GuiseCaptionDb) db = open_db (project, &local);

  news->undoable = g_array_new (FALSE, FALSE, sizeof (guint));
  if (local != NULL) {
    g_propagate_error (error, local);
    return FALSE;
  }
  if (db == NULL) {
    news->jobs = g_ptr_array_new ();
    return TRUE;
  }
  /* Before anything is read: a job that ends meanwhile is looked at again, and not taken for one
   * that was cut short. */
  news->holder = guise_lock_process_find (lock);
  if (!guise_store_is_read_only (store)
      && !guise_caption_apply (db, store, &news->applied, error))
    return FALSE;
  news->jobs = guise_caption_db_list_jobs (db, error);
  if (news->jobs == NULL)
    return FALSE;
  find_running (news, lock);
  drop_unlisted (news->jobs);
  return count_undoable (news, store, error);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GuiseCaptionNews) news = g_new0 (GuiseCaptionNews, 1);
  GError *error = NULL;

  if (read_jobs (news, data, &error))
    g_task_return_pointer (task, g_steal_pointer (&news),
                           (GDestroyNotify)guise_caption_news_free);
  else
    g_task_return_error (task, error);
}

void
guise_caption_news_read_async (GuiseProject *project, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, guise_caption_news_read_async);
  g_task_set_task_data (task, g_object_ref (project), g_object_unref);
  g_task_run_in_thread (task, read_in_thread);
}

GuiseCaptionNews *
guise_caption_news_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- taking one off the list ---- */

typedef struct {
  GuiseProject *project;
  gint64 job_id;
} Removing;

static void
removing_free (Removing *removing)
{
  g_object_unref (removing->project);
  g_free (removing);
}

static void
remove_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Removing *removing = data;
  GError *error = NULL;
  g_autoptr (GuiseCaptionDb) db
      = guise_caption_db_open (guise_project_get_folder (removing->project), &error);

  if (db != NULL && guise_caption_db_set_job_removed (db, removing->job_id, TRUE, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
guise_caption_job_remove_async (GuiseProject *project, gint64 job_id, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Removing *removing = g_new0 (Removing, 1);

  removing->project = g_object_ref (project);
  removing->job_id = job_id;
  g_task_set_source_tag (task, guise_caption_job_remove_async);
  g_task_set_task_data (task, removing, (GDestroyNotify)removing_free);
  g_task_run_in_thread (task, remove_in_thread);
}

gboolean
guise_caption_job_remove_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- where captions are ---- */

void
guise_caption_places_free (GuiseCaptionPlaces *places)
{
  if (places == NULL)
    return;
  g_clear_pointer (&places->names, g_ptr_array_unref);
  g_free (places->filter);
  g_free (places);
}

typedef struct {
  GuiseStore *store;
  GArray *caption_ids;
} Wanted;

static void
wanted_free (Wanted *wanted)
{
  g_object_unref (wanted->store);
  g_array_unref (wanted->caption_ids);
  g_free (wanted);
}

static void
add_image (GuiseCaptionPlaces *places, GString *filter, const char *path)
{
  g_autofree char *quoted = NULL;

  places->n_images++;
  if (places->names->len >= MAX_NAMES || !g_utf8_validate (path, -1, NULL))
    return;
  quoted = guise_filter_quote (path);
  g_string_append_printf (filter, "%spath = %s", filter->len > 0 ? " OR " : "", quoted);
  g_ptr_array_add (places->names, g_strdup (path));
}

static GuiseCaptionPlaces *
find_places (const Wanted *wanted, GError **error)
{
  g_autoptr (GuiseCaptionPlaces) places = g_new0 (GuiseCaptionPlaces, 1);
  g_autoptr (GString) filter = g_string_new (NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  places->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < wanted->caption_ids->len; i++) {
    gint64 id = g_array_index (wanted->caption_ids, gint64, i);
    g_autoptr (GuiseCaption) caption = guise_store_get_caption (wanted->store, id, error);
    g_autoptr (GuiseImageRecord) image = NULL;

    if (caption == NULL)
      return NULL;
    if (!g_hash_table_add (seen, g_memdup2 (&caption->image_id, sizeof (gint64))))
      continue;
    image = guise_store_get_image (wanted->store, caption->image_id, error);
    if (image == NULL)
      return NULL;
    add_image (places, filter, image->path);
  }
  if (places->names->len < places->n_images) /* too many to name them all */
    g_string_assign (filter, "NOT state = pending (source = machine OR source = rule)");
  places->filter = g_string_free (g_steal_pointer (&filter), FALSE);
  return g_steal_pointer (&places);
}

static void
find_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GuiseCaptionPlaces *places = find_places (data, &error);

  if (places != NULL)
    g_task_return_pointer (task, places, (GDestroyNotify)guise_caption_places_free);
  else
    g_task_return_error (task, error);
}

void
guise_caption_places_read_async (GuiseStore *store, GArray *caption_ids, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->store = g_object_ref (store);
  wanted->caption_ids = g_array_ref (caption_ids);
  g_task_set_source_tag (task, guise_caption_places_read_async);
  g_task_set_task_data (task, wanted, (GDestroyNotify)wanted_free);
  g_task_run_in_thread (task, find_in_thread);
}

GuiseCaptionPlaces *
guise_caption_places_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
