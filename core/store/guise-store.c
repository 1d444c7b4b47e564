/* The store's readers, its signal and its end. */
#include "guise-store.h"

#include "guise-store-object.h"

/* Idle read connections that are kept open. */
#define MAX_IDLE_READERS 8

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

void
guise_store_post_change (GuiseStore *store, const GuiseStoreChange *change)
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

void
guise_store_close (GuiseStore *store)
{
  GQueue readers = G_QUEUE_INIT;
  GuiseStoreChange *pending;
  GSource *source;
  GuiseDb *db;

  guise_store_stop_writer (store);
  pthread_mutex_lock (&store->lock);
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
  g_clear_pointer (&store->writer, guise_db_close); /* the last one: SQLite removes the WAL */
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

GuiseTexts *
guise_store_get_texts (GuiseStore *store)
{
  return store->texts;
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
  guise_texts_free (store->texts);
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
