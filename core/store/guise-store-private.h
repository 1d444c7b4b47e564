/* What the files of this layer share: the writer thread and the readers. */
#pragma once

#include "guise-db.h"
#include "guise-store.h"
#include "guise-texts.h"

/* As guise_store_open(), with the journal of a network file system where `network`. For tests. */
GuiseStore *guise_store_open_full (const char *folder, GuiseStoreMode mode, gboolean network,
                                   GError **error);

/* A read connection for this thread, until it is given back; waits for nobody (except where there
 * is no WAL). Queries end with CANCELLED once cancellable (NULL = never) is triggered. */
GuiseDb *guise_store_borrow (GuiseStore *store, GCancellable *cancellable, GError **error);
void guise_store_give_back (GuiseStore *store, GuiseDb *db);

/* Borrowed; NULL where another process may write. */
GuiseTexts *guise_store_get_texts (GuiseStore *store);

/* One write transaction on the writer thread. Returns TRUE to commit. What it changed goes into
 * `change`. On FALSE everything is rolled back. */
typedef gboolean (*GuiseStoreWrite) (GuiseDb *db, gpointer data, GuiseStoreChange *change,
                                     GError **error);

/* Runs it and waits for the commit. */
gboolean guise_store_write (GuiseStore *store, GuiseStoreWrite write, gpointer data,
                            GError **error);
/* What a committed write gives back, made of its data: NULL with an error where it was in vain. */
typedef gpointer (*GuiseStoreResult) (gpointer data, GError **error);
/* The same without waiting: `task` returns a boolean, or with `take_result` the pointer that it
 * makes of data (freed with g_free). Takes the task and data. A cancelled task's write is skipped
 * when it has not begun. */
void guise_store_write_async (GuiseStore *store, GuiseStoreWrite write, gpointer data,
                              GDestroyNotify free_data, GuiseStoreResult take_result,
                              GTask *task);

/* Notes what changed; 0 = no such id. */
void guise_store_change_add (GuiseStoreChange *change, GuiseStoreChanges changes, gint64 image_id,
                             gint64 caption_id);
void guise_store_change_add_all (GuiseStoreChange *change, GuiseStoreChanges changes);
void guise_store_change_add_setting (GuiseStoreChange *change, const char *key);

GuiseStoreChange *guise_store_change_new (void);
void guise_store_change_merge (GuiseStoreChange *change, const GuiseStoreChange *other);

/* FALSE with _INVALID_TEXT unless `text` (`what` names it) is valid UTF-8 or NULL. */
gboolean guise_store_check_label (const char *what, const char *text, GError **error);
