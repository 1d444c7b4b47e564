/* What a store is, for the files that make it up: opening it (guise-store-open.c), its writer
 * thread (guise-store-writer.c), its readers and its end (guise-store.c). */
#pragma once

#include "guise-store-private.h"
#include "guise-texts.h"

#include <pthread.h>
#include <sys/stat.h>

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
  GQueue jobs; /* of GuiseStoreJob */
  gboolean closing;
  GQueue readers; /* idle ones, of GuiseDb */
  GuiseStoreChange *pending;
  GSource *pending_source;

  /* Held while the one connection is used, where there is no WAL. */
  pthread_mutex_t exclusive;
  GMainContext *context;

  GuiseTexts *texts; /* NULL where others may write */
};

/* Starts the thread; the writer connection is open and set up. */
gboolean guise_store_start_writer (GuiseStore *store, GError **error);
/* Finishes the jobs that there are and waits for the thread, unless it is that thread that calls.
 * No job is taken afterwards. */
void guise_store_stop_writer (GuiseStore *store);
/* Hands the change to the listeners' main context; several commits become one signal. */
void guise_store_post_change (GuiseStore *store, const GuiseStoreChange *change);
