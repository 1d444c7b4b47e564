/* The thread that writes: jobs in their order, each one transaction. */
#include "guise-store-object.h"

#include <errno.h>
#include <time.h>

/* After so long without a write the WAL is brought into the database. */
#define IDLE_SECONDS 2

typedef struct {
  GuiseStoreWrite write; /* NULL = a checkpoint */
  gpointer data;
  /* Asynchronous: */
  GTask *task;
  GDestroyNotify free_data;
  GuiseStoreResult take_result;
  /* Synchronous, all three guarded by the store's lock: */
  gboolean done;
  gboolean ok;
  GError *error;
} GuiseStoreJob;

/* With a WAL only our own checkpoints write the file, so that another time of change is another
 * program's doing. Servers may set that time as they like. */
static gboolean
is_as_seen (GuiseStore *store, const struct stat *info)
{
  const struct stat *seen = &store->seen;

  if (info->st_dev != seen->st_dev || info->st_ino != seen->st_ino)
    return FALSE;
  return store->on_network
         || (info->st_size == seen->st_size && info->st_mtim.tv_sec == seen->st_mtim.tv_sec
             && info->st_mtim.tv_nsec == seen->st_mtim.tv_nsec);
}

/* Somebody may have replaced the file beneath us; what is written then would be lost. stat()
 * opens nothing, so it cannot drop SQLite's locks. */
static gboolean
check_file (GuiseStore *store, GError **error)
{
  struct stat info;
  const char *what = "moved or replaced";

  if (stat (store->path, &info) == 0) {
    if (is_as_seen (store, &info))
      return TRUE;
    if (info.st_dev == store->seen.st_dev && info.st_ino == store->seen.st_ino)
      what = "written by another program";
  }
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "database is gone: '%s': the file was %s while it was open; nothing more is "
               "written: close the project, run guisectl check and open it again",
               store->path, what);
  return FALSE;
}

/* After whatever may have written. */
static void
see_file (GuiseStore *store)
{
  struct stat info;

  if (stat (store->path, &info) == 0 && info.st_dev == store->seen.st_dev
      && info.st_ino == store->seen.st_ino)
    store->seen = info;
}

static gboolean
run_transaction (GuiseStore *store, GuiseStoreJob *job, GuiseStoreChange *change, GError **error)
{
  GuiseDb *db = store->writer;

  if (guise_db_is_broken (db)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot write: '%s': writing stopped after an earlier disk error; close and "
                 "open the project again",
                 store->path);
    return FALSE;
  }
  if (!check_file (store, error) || !guise_db_execute (db, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (job->write (db, job->data, change, error) && guise_db_execute (db, "COMMIT", error)) {
    see_file (store);
    return TRUE;
  }
  guise_db_execute (db, "ROLLBACK", NULL);
  see_file (store);
  return FALSE;
}

/* On the writer thread. It waits for no reader: what one still needs stays in the WAL. */
static gboolean
checkpoint (GuiseStore *store, GError **error)
{
  gboolean ok;

  if (store->on_network || guise_db_is_broken (store->writer))
    return TRUE;
  if (!check_file (store, error))
    return FALSE;
  ok = guise_db_run_values (store->writer, "PRAGMA wal_checkpoint(PASSIVE)", NULL, 0, error);
  see_file (store);
  return ok;
}

static gboolean
run_job (GuiseStore *store, GuiseStoreJob *job, GError **error)
{
  GuiseStoreChange *change = guise_store_change_new ();
  gboolean ok;

  if (store->on_network)
    pthread_mutex_lock (&store->exclusive);
  ok = job->write != NULL ? run_transaction (store, job, change, error)
                          : checkpoint (store, error);
  if (store->on_network)
    pthread_mutex_unlock (&store->exclusive);
  if (ok && store->texts != NULL)
    guise_texts_note (store->texts, change);
  if (ok)
    guise_store_post_change (store, change);
  guise_store_change_free (change);
  return ok;
}

static void
free_job (GuiseStoreJob *job)
{
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_object_unref (job->task);
  g_free (job);
}

static void
finish_async (GuiseStore *store, GuiseStoreJob *job)
{
  GError *error = NULL;
  gpointer result = NULL;

  if (g_task_return_error_if_cancelled (job->task)) {
    free_job (job);
    return;
  }
  if (run_job (store, job, &error) && job->take_result != NULL)
    result = job->take_result (job->data, &error);
  if (error != NULL)
    g_task_return_error (job->task, error);
  else if (job->take_result != NULL)
    g_task_return_pointer (job->task, result, g_free);
  else
    g_task_return_boolean (job->task, TRUE);
  free_job (job);
}

static void
finish_sync (GuiseStore *store, GuiseStoreJob *job)
{
  GError *error = NULL;
  gboolean ok = run_job (store, job, &error);

  pthread_mutex_lock (&store->lock);
  job->ok = ok;
  job->error = error;
  job->done = TRUE;
  pthread_cond_broadcast (&store->job_done);
  pthread_mutex_unlock (&store->lock);
}

/* The next job; NULL when the store closes, or with `idle` when none came for a while. With the
 * lock held. */
static GuiseStoreJob *
wait_for_job (GuiseStore *store, gboolean idle)
{
  struct timespec until;
  GuiseStoreJob *job;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_sec += IDLE_SECONDS;
  while ((job = g_queue_pop_head (&store->jobs)) == NULL && !store->closing)
    if (!idle)
      pthread_cond_wait (&store->job_added, &store->lock);
    else if (pthread_cond_timedwait (&store->job_added, &store->lock, &until) == ETIMEDOUT)
      return NULL;
  return job;
}

static void *
write_jobs (void *data)
{
  GuiseStore *store = data;
  gboolean gone = FALSE, written = FALSE, closing;
  GuiseStoreJob *job;

  pthread_mutex_lock (&store->lock);
  store->gone = &gone;
  pthread_mutex_unlock (&store->lock);
  while (!gone) {
    pthread_mutex_lock (&store->lock);
    job = wait_for_job (store, written);
    closing = store->closing;
    pthread_mutex_unlock (&store->lock);
    if (job == NULL && closing) {
      if (!store->on_network && check_file (store, NULL))
        guise_db_empty_wal (store->writer);
      return NULL;
    }
    written = job != NULL;
    if (job == NULL)
      checkpoint (store, NULL);
    else if (job->task != NULL)
      finish_async (store, job);
    else
      finish_sync (store, job);
  }
  return NULL;
}

gboolean
guise_store_start_writer (GuiseStore *store, GError **error)
{
  if (pthread_create (&store->thread, NULL, write_jobs, store) != 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
                 "cannot open: '%s': no thread for writing", store->path);
    return FALSE;
  }
  store->has_thread = TRUE;
  return TRUE;
}

void
guise_store_stop_writer (GuiseStore *store)
{
  pthread_mutex_lock (&store->lock);
  store->closing = TRUE;
  pthread_cond_broadcast (&store->job_added);
  pthread_mutex_unlock (&store->lock);
  if (store->has_thread && pthread_equal (store->thread, pthread_self ())) {
    *store->gone = TRUE;
    pthread_detach (store->thread);
  } else if (store->has_thread) {
    pthread_join (store->thread, NULL);
  }
  pthread_mutex_lock (&store->lock);
  store->has_thread = FALSE;
  pthread_mutex_unlock (&store->lock);
}

/* FALSE when the store takes no more writes. */
static gboolean
push_job (GuiseStore *store, GuiseStoreJob *job, GError **error)
{
  gboolean open;

  pthread_mutex_lock (&store->lock);
  open = store->has_thread && !store->closing;
  if (open) {
    g_queue_push_tail (&store->jobs, job);
    pthread_cond_signal (&store->job_added);
  }
  pthread_mutex_unlock (&store->lock);
  if (!open)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot write: '%s': the project is open for reading only", store->path);
  return open;
}

gboolean
guise_store_write (GuiseStore *store, GuiseStoreWrite write, gpointer data, GError **error)
{
  GuiseStoreJob job = { .write = write, .data = data };

  if (!push_job (store, &job, error))
    return FALSE;
  pthread_mutex_lock (&store->lock);
  while (!job.done)
    pthread_cond_wait (&store->job_done, &store->lock);
  pthread_mutex_unlock (&store->lock);
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  return job.ok;
}

gboolean
guise_store_checkpoint (GuiseStore *store, GError **error)
{
  return guise_store_write (store, NULL, NULL, error);
}

void
guise_store_write_async (GuiseStore *store, GuiseStoreWrite write, gpointer data,
                         GDestroyNotify free_data, GuiseStoreResult take_result, GTask *task)
{
  GuiseStoreJob *job = g_new0 (GuiseStoreJob, 1);
  GError *error = NULL;

  job->write = write;
  job->data = data;
  job->task = task;
  job->free_data = free_data;
  job->take_result = take_result;
  if (!push_job (store, job, &error)) {
    g_task_return_error (task, error);
    free_job (job);
  }
}
