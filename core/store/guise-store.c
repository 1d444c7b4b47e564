#include "guise-store.h"

#include "guise-backup-private.h"
#include "guise-schema.h"
#include "guise-store-private.h"

#include <errno.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DATABASE_NAME "guise.db"
/* Idle read connections that are kept open. */
#define MAX_IDLE_READERS 8
/* After so long without a write the WAL is brought into the database. */
#define IDLE_SECONDS 2

/* Magic numbers that linux/magic.h of Debian 12 has not all of. */
#define MAGIC_CIFS 0xff534d42u
#define MAGIC_SMB2 0xfe534d42u
#define MAGIC_FUSE 0x65735546u

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
} Job;

struct _GuiseStore {
  GObject parent_instance;

  char *path;
  GuiseStoreMode mode;
  GuiseDbMode reader_mode;
  gboolean on_network;
  struct stat seen; /* of the file after our last write: it must stay that file */

  GuiseDb *writer;
  pthread_t thread;
  gboolean has_thread;
  gboolean *gone; /* the writer thread's: set when it was itself that dropped the last reference */

  /* Guards everything below. POSIX mutexes: thread checkers understand them. */
  pthread_mutex_t lock;
  pthread_cond_t job_added;
  pthread_cond_t job_done;
  GQueue jobs; /* of Job */
  gboolean closing;
  GQueue readers; /* idle ones, of GuiseDb */
  GuiseStoreChange *pending;
  GSource *pending_source;

  /* Held while the one connection is used, where there is no WAL. */
  pthread_mutex_t exclusive;
  GMainContext *context;
};

G_DEFINE_FINAL_TYPE (GuiseStore, guise_store, G_TYPE_OBJECT)
G_DEFINE_QUARK (guise - store - error - quark, guise_store_error)

static guint changed_signal;

static gboolean
emit_changed (gpointer data)
{
  g_autoptr (GuiseStore) store = g_weak_ref_get (data);
  GuiseStoreChange *change;

  if (store == NULL)
    return G_SOURCE_REMOVE;
  pthread_mutex_lock (&store->lock);
  change = g_steal_pointer (&store->pending);
  g_clear_pointer (&store->pending_source, g_source_unref);
  pthread_mutex_unlock (&store->lock);
  if (change != NULL)
    g_signal_emit (store, changed_signal, 0, change);
  guise_store_change_free (change);
  return G_SOURCE_REMOVE;
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* Hands the change to the listeners' main context; several commits become one signal. */
static void
post_change (GuiseStore *store, const GuiseStoreChange *change)
{
  GWeakRef *weak;

  if (change->changes == 0)
    return;
  pthread_mutex_lock (&store->lock);
  if (store->pending == NULL)
    store->pending = guise_store_change_new ();
  guise_store_change_merge (store->pending, change);
  if (store->pending_source == NULL && !store->closing) {
    weak = g_new0 (GWeakRef, 1);
    g_weak_ref_init (weak, store);
    store->pending_source = g_idle_source_new ();
    g_source_set_priority (store->pending_source, G_PRIORITY_DEFAULT);
    g_source_set_callback (store->pending_source, emit_changed, weak, free_weak_ref);
    g_source_attach (store->pending_source, store->context);
  }
  pthread_mutex_unlock (&store->lock);
}

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
run_transaction (GuiseStore *store, Job *job, GuiseStoreChange *change, GError **error)
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
run_job (GuiseStore *store, Job *job, GError **error)
{
  GuiseStoreChange *change = guise_store_change_new ();
  gboolean ok;

  if (store->on_network)
    pthread_mutex_lock (&store->exclusive);
  ok = job->write != NULL ? run_transaction (store, job, change, error)
                          : checkpoint (store, error);
  if (store->on_network)
    pthread_mutex_unlock (&store->exclusive);
  if (ok)
    post_change (store, change);
  guise_store_change_free (change);
  return ok;
}

static void
free_job (Job *job)
{
  if (job->free_data != NULL)
    job->free_data (job->data);
  g_object_unref (job->task);
  g_free (job);
}

static void
finish_async (GuiseStore *store, Job *job)
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
finish_sync (GuiseStore *store, Job *job)
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
static Job *
wait_for_job (GuiseStore *store, gboolean idle)
{
  struct timespec until;
  Job *job;

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
  Job *job;

  pthread_mutex_lock (&store->lock);
  store->gone = &gone;
  pthread_mutex_unlock (&store->lock);
  while (!gone) {
    pthread_mutex_lock (&store->lock);
    job = wait_for_job (store, written);
    closing = store->closing;
    pthread_mutex_unlock (&store->lock);
    if (job == NULL && closing)
      return NULL;
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

/* FALSE when the store takes no more writes. */
static gboolean
push_job (GuiseStore *store, Job *job, GError **error)
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
  Job job = { .write = write, .data = data };

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
  Job *job = g_new0 (Job, 1);
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

static void
set_closed (GuiseStore *store, GError **error)
{
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
               "cannot read: '%s': the project is closed", store->path);
}

/* The one connection that there is, until guise_store_give_back(). The store may have been closed
 * while we waited for it. */
static GuiseDb *
borrow_writer (GuiseStore *store, GError **error)
{
  pthread_mutex_lock (&store->exclusive);
  if (store->writer != NULL)
    return store->writer;
  pthread_mutex_unlock (&store->exclusive);
  set_closed (store, error);
  return NULL;
}

GuiseDb *
guise_store_borrow (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  GuiseDb *db = NULL;
  gboolean closed;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  pthread_mutex_lock (&store->lock);
  closed = store->closing;
  if (!closed && !store->on_network)
    db = g_queue_pop_head (&store->readers);
  pthread_mutex_unlock (&store->lock);
  if (closed) {
    set_closed (store, error);
    return NULL;
  }
  if (store->on_network)
    db = borrow_writer (store, error);
  else if (db == NULL)
    db = guise_db_open (store->path, store->reader_mode, error);
  if (db != NULL)
    guise_db_set_cancellable (db, cancellable);
  return db;
}

void
guise_store_give_back (GuiseStore *store, GuiseDb *db)
{
  gboolean keep = FALSE;

  guise_db_set_cancellable (db, NULL);
  if (store->on_network) {
    pthread_mutex_unlock (&store->exclusive);
    return;
  }
  pthread_mutex_lock (&store->lock);
  if (!store->closing && store->readers.length < MAX_IDLE_READERS) {
    g_queue_push_head (&store->readers, db);
    keep = TRUE;
  }
  pthread_mutex_unlock (&store->lock);
  if (!keep)
    guise_db_close (db);
}

static gboolean
is_network_file_system (const char *folder)
{
  struct statfs info;

  if (statfs (folder, &info) != 0)
    return FALSE;
  switch ((guint32)info.f_type) {
  case NFS_SUPER_MAGIC:
  case SMB_SUPER_MAGIC:
  case MAGIC_CIFS:
  case MAGIC_SMB2:
  case MAGIC_FUSE:
    return TRUE;
  default:
    return FALSE;
  }
}

/* SQLite answers with the journal that there is now and calls it no error when that is another one:
 * where shared memory cannot be had, WAL is refused so. Reading beside the writer would then fail
 * with "locked" at any time, so the project is not opened. */
static gboolean
set_journal (GuiseStore *store, GError **error)
{
  const char *wanted = store->on_network ? "delete" : "wal";
  sqlite3_stmt *statement
      = guise_db_query (store->writer, error,
                        store->on_network ? "PRAGMA journal_mode=DELETE"
                                          : "PRAGMA journal_mode=WAL");
  g_autofree char *got = NULL;

  if (statement == NULL || guise_db_step (store->writer, statement, error) < 0)
    return FALSE;
  got = guise_db_dup_text (statement, 0);
  guise_db_reset (statement);
  if (g_strcmp0 (got, wanted) == 0)
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
               "cannot open: '%s': its journal is '%s' and cannot be made '%s' here; close other "
               "programs that use it, or move the project to a local disk",
               store->path, got != NULL ? got : "unknown", wanted);
  return FALSE;
}

static gboolean
start_writer (GuiseStore *store, GError **error)
{
  const char *pragmas = "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000;"
                        "PRAGMA journal_size_limit=16777216";

  if (!set_journal (store, error) || !guise_db_execute (store->writer, pragmas, error))
    return FALSE;
  if (stat (store->path, &store->seen) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open: '%s': %s",
                 store->path, g_strerror (errno));
    return FALSE;
  }
  if (pthread_create (&store->thread, NULL, write_jobs, store) != 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
                 "cannot open: '%s': no thread for writing", store->path);
    return FALSE;
  }
  store->has_thread = TRUE;
  return TRUE;
}

/* How to read a database that we do not write: beside a writer as any reader; where nothing can
 * be written beside it, as a file that does not change. */
static gboolean
choose_reader_mode (GuiseStore *store, const char *folder, GError **error)
{
  g_autofree char *wal = g_strconcat (store->path, "-wal", NULL);
  struct stat info;

  store->reader_mode = GUISE_DB_READ_ONLY;
  if (store->mode == GUISE_STORE_READ_WRITE || access (folder, W_OK) == 0)
    return TRUE;
  if (stat (wal, &info) == 0 && info.st_size > 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot open: '%s': it has unfinished changes in 'guise.db-wal' and its folder "
                 "cannot be written; copy the project elsewhere and open the copy",
                 store->path);
    return FALSE;
  }
  store->reader_mode = GUISE_DB_IMMUTABLE;
  return TRUE;
}

/* Never without a copy of what was there before. */
static gboolean
migrate (GuiseStore *store, const char *folder, int version, GError **error)
{
  g_autofree char *backup = NULL;

  if (version == guise_schema_get_version ())
    return TRUE;
  if (version > 0) {
    backup = guise_backup_make_from (store->writer, folder, NULL, error);
    if (backup == NULL) {
      g_prefix_error (error, "cannot bring the database to the newest format: ");
      return FALSE;
    }
  }
  return guise_schema_migrate (store->writer, version, error);
}

static gboolean
open_database (GuiseStore *store, const char *folder, GuiseDbMode mode, GError **error)
{
  g_autoptr (GuiseDb) db = NULL;
  int version;

  if (!choose_reader_mode (store, folder, error))
    return FALSE;
  db = guise_db_open (store->path, mode == GUISE_DB_READ_ONLY ? store->reader_mode : mode, error);
  if (db == NULL)
    return FALSE;
  /* Before the first access: an exclusive connection needs no shared memory. */
  if (store->on_network && !guise_db_execute (db, "PRAGMA locking_mode=EXCLUSIVE", error))
    return FALSE;
  if (!guise_schema_check (db, &version, error))
    return FALSE;
  if (version == 0 && mode != GUISE_DB_CREATE) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a Guise database: '%s': it is empty", store->path);
    return FALSE;
  }
  if (version > 0 && mode == GUISE_DB_CREATE) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 "cannot create project: '%s': there is one already", store->path);
    return FALSE;
  }
  if (version > 0 && store->mode != GUISE_STORE_SALVAGE && !guise_schema_verify (db, error))
    return FALSE;
  if (mode == GUISE_DB_READ_ONLY && version < guise_schema_get_version ()) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot open: '%s': it has the older format %d and cannot be converted without "
                 "writing; open it for writing once, or copy it elsewhere",
                 store->path, version);
    return FALSE;
  }
  if (mode == GUISE_DB_READ_ONLY) {
    g_queue_push_head (&store->readers, g_steal_pointer (&db));
    return TRUE;
  }
  store->writer = g_steal_pointer (&db);
  if (!migrate (store, folder, version, error))
    return FALSE;
  return start_writer (store, error);
}

static GuiseStore *
new_store (const char *folder, GuiseStoreMode mode, gboolean network, GError **error)
{
  char *real = realpath (folder, NULL);
  GuiseStore *store;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open project: '%s': %s",
                 folder, g_strerror (errno));
    return NULL;
  }
  store = g_object_new (GUISE_TYPE_STORE, NULL);
  store->path = g_build_filename (real, DATABASE_NAME, NULL);
  store->mode = mode;
  store->on_network = mode == GUISE_STORE_READ_WRITE && network;
  free (real);
  return store;
}

GuiseStore *
guise_store_create (const char *folder, GError **error)
{
  g_autoptr (GuiseStore) store = new_store (folder, GUISE_STORE_READ_WRITE,
                                            is_network_file_system (folder), error);

  if (store == NULL)
    return NULL;
  if (!open_database (store, folder, GUISE_DB_CREATE, error))
    return NULL;
  return g_steal_pointer (&store);
}

GuiseStore *
guise_store_open_full (const char *folder, GuiseStoreMode mode, gboolean network, GError **error)
{
  g_autoptr (GuiseStore) store = new_store (folder, mode, network, error);

  if (store == NULL)
    return NULL;
  if (!g_file_test (store->path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a project: '%s': it has no " DATABASE_NAME, folder);
    return NULL;
  }
  if (!open_database (store, folder,
                      mode == GUISE_STORE_READ_WRITE ? GUISE_DB_READ_WRITE : GUISE_DB_READ_ONLY,
                      error))
    return NULL;
  return g_steal_pointer (&store);
}

GuiseStore *
guise_store_open (const char *folder, GuiseStoreMode mode, GError **error)
{
  return guise_store_open_full (folder, mode, is_network_file_system (folder), error);
}

void
guise_store_close (GuiseStore *store)
{
  GQueue readers = G_QUEUE_INIT;
  GuiseStoreChange *pending;
  GSource *source;
  GuiseDb *db;

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
  source = g_steal_pointer (&store->pending_source);
  pending = g_steal_pointer (&store->pending);
  while ((db = g_queue_pop_head (&store->readers)) != NULL)
    g_queue_push_tail (&readers, db);
  pthread_mutex_unlock (&store->lock);
  guise_store_change_free (pending);
  if (source != NULL) {
    g_source_destroy (source);
    g_source_unref (source);
  }
  while ((db = g_queue_pop_head (&readers)) != NULL)
    guise_db_close (db);
  pthread_mutex_lock (&store->exclusive);           /* somebody may be reading with it */
  g_clear_pointer (&store->writer, guise_db_close); /* the last one: SQLite checkpoints */
  pthread_mutex_unlock (&store->exclusive);
}

gboolean
guise_store_is_read_only (GuiseStore *store)
{
  return store->mode != GUISE_STORE_READ_WRITE;
}

gboolean
guise_store_is_on_network (GuiseStore *store)
{
  return store->on_network;
}

static void
guise_store_finalize (GObject *object)
{
  GuiseStore *store = GUISE_STORE (object);

  guise_store_close (store);
  pthread_mutex_destroy (&store->lock);
  pthread_mutex_destroy (&store->exclusive);
  pthread_cond_destroy (&store->job_added);
  pthread_cond_destroy (&store->job_done);
  g_main_context_unref (store->context);
  g_free (store->path);
  G_OBJECT_CLASS (guise_store_parent_class)->finalize (object);
}

static void
guise_store_class_init (GuiseStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = guise_store_finalize;
  changed_signal = g_signal_new ("changed", GUISE_TYPE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
guise_store_init (GuiseStore *store)
{
  pthread_condattr_t attributes;

  pthread_mutex_init (&store->lock, NULL);
  pthread_mutex_init (&store->exclusive, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&store->job_added, &attributes);
  pthread_condattr_destroy (&attributes);
  pthread_cond_init (&store->job_done, NULL);
  g_queue_init (&store->jobs);
  g_queue_init (&store->readers);
  store->context = g_main_context_ref_thread_default ();
}
