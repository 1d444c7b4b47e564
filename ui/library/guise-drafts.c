#include "guise-drafts.h"

#include "guise-atomic-file.h"
#include "guise-edited-text.h"
#include "guise-format.h"
#include "guise-json.h"
#include "guise-store-images.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* {"12": {"text": …, "base": …}}, by caption; in the file with the "path" of its picture */
#define SETTING "drafts"
#define FILE_NAME "drafts.json"
#define MAX_FILE_BYTES ((gsize)16 << 20)

struct _GuiseDrafts {
  GObject parent_instance;

  GuiseStore *store;
  char *file;        /* in the project's folder, for what the store does not take */
  gboolean has_file; /* it is there, and goes when the store has what it holds */
  gboolean in_way;   /* one is there that nobody may replace */
  char *aside;       /* the name of a file whose texts could not all be taken, or NULL */
  GMutex file_lock;  /* of what is done with the file, and of: */
  guint file_done;   /* the latest of it; what comes after it was asked for before */
  guint file_asked;
  GHashTable *drafts; /* gint64 * caption → GuiseDraft */
  json_t *strangers;  /* the setting's for captions that are not there, which may come back */
  guint n_writing;    /* settings that the store has not answered */
  gboolean loaded;    /* nothing is written before: it would replace what is not read yet */
  GQueue waiting;     /* of GTask *, own references: what is to be synced then */
};

enum {
  SIGNAL_LOADED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseDrafts, guise_drafts, G_TYPE_OBJECT)

static void
draft_free (gpointer data)
{
  GuiseDraft *draft = data;

  g_free (draft->text);
  g_free (draft->base);
  g_free (draft->place);
  g_free (draft);
}

static GHashTable *
create_table (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, draft_free);
}

/* ---- on the disk ---------------------------------------------------------------------------- */

static json_t *
pack_drafts (GuiseDrafts *self)
{
  json_t *object = json_object ();
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->drafts);
  while (g_hash_table_iter_next (&iter, &id, &value)) {
    const GuiseDraft *draft = value;
    g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT, *(gint64 *)id);

    json_object_set_new (object, key,
                         json_pack ("{s:s, s:s}", "text", draft->text, "base", draft->base));
  }
  return object;
}

static char *
print (const json_t *object)
{
  char *printed = json_dumps (object, JSON_COMPACT | JSON_SORT_KEYS);
  char *text = g_strdup (printed);

  free (printed);
  return text;
}

/* NULL = nothing is to be kept. */
static char *
print_setting (GuiseDrafts *self, json_t *drafts)
{
  json_auto_t *object = self->strangers != NULL ? json_copy (self->strangers) : json_object ();

  json_object_update (object, drafts);
  return json_object_size (object) > 0 ? print (object) : NULL;
}

/* The path of a caption's picture, as it is shown; NULL = not known. */
static char *
dup_place (GuiseStore *store, const GuiseCaption *caption)
{
  g_autoptr (GuiseImageRecord) image = guise_store_get_image (store, caption->image_id, NULL);

  return image != NULL ? g_filename_display_name (image->path) : NULL;
}

/* What they were typed for: numbers of captions are the same in many databases. */
static void
add_places (json_t *object, GuiseStore *store)
{
  const char *key;
  json_t *value;

  json_object_foreach (object, key, value)
  {
    gint64 id = g_ascii_strtoll (key, NULL, 10);
    g_autoptr (GuiseCaption) caption = guise_store_get_caption (store, id, NULL);
    g_autofree char *place = caption != NULL ? dup_place (store, caption) : NULL;

    if (place != NULL)
      json_object_set_new (value, "path", json_string (place));
  }
}

typedef struct {
  GuiseDrafts *drafts;
  guint number;
  json_t *object; /* NULL: the file is to be removed */
} FileWork;

static void
file_work_free (FileWork *work)
{
  g_object_unref (work->drafts);
  json_decref (work->object);
  g_free (work);
}

static gboolean
write_file (GuiseDrafts *self, json_t *object)
{
  g_autofree char *text = NULL;

  if (self->in_way)
    return FALSE;
  add_places (object, self->store);
  text = print (object);
  return guise_atomic_write (self->file, text, strlen (text), NULL);
}

/* Threads take it in any order: what was asked for last holds. */
static void
do_file_work (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const FileWork *work = data;
  GuiseDrafts *self = work->drafts;
  gboolean ok = TRUE;

  g_mutex_lock (&self->file_lock);
  if (work->number > self->file_done) {
    ok = work->object != NULL ? write_file (self, work->object) : g_unlink (self->file) == 0;
    self->file_done = work->number;
  }
  g_mutex_unlock (&self->file_lock);
  g_task_return_boolean (task, ok);
}

/* Takes object. */
static void
start_file_work (GuiseDrafts *self, json_t *object, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  FileWork *work = g_new (FileWork, 1);

  *work = (FileWork){ g_object_ref (self), ++self->file_asked, object };
  g_task_set_task_data (task, work, (GDestroyNotify)file_work_free);
  g_task_run_in_thread (task, do_file_work);
}

static char **
create_lines (GuiseDrafts *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->drafts);
  while (g_hash_table_iter_next (&iter, &id, &value)) {
    const GuiseDraft *draft = value;
    json_t *object = json_pack ("{s:I, s:s, s:s}", "caption", (json_int_t) * (gint64 *)id, "text",
                                draft->text, "base", draft->base);
    char *line = json_dumps (object, JSON_COMPACT);

    g_strv_builder_add (builder, line);
    free (line);
    json_decref (object);
  }
  return g_strv_builder_end (builder);
}

static void
file_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GuiseDrafts *self = g_task_get_task_data (task);
  gboolean ok = g_task_propagate_boolean (G_TASK (result), NULL);

  self->has_file |= ok; /* an older one is there still */
  g_task_return_pointer (task, ok ? g_new0 (char *, 1) : create_lines (self),
                         (GDestroyNotify)g_strfreev);
}

static void
file_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_propagate_boolean (G_TASK (result), NULL);
  g_task_return_pointer (task, g_new0 (char *, 1), (GDestroyNotify)g_strfreev);
}

/* What the store does not take stays beside it; what it takes, only until then. */
static void
written (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GuiseDrafts *self = g_task_get_task_data (task);
  gboolean ok = guise_store_set_setting_finish (self->store, result, NULL);
  gboolean last = --self->n_writing == 0;

  if (!ok && g_hash_table_size (self->drafts) > 0) {
    start_file_work (self, pack_drafts (self), file_written, task);
  } else if (self->has_file && last) {
    start_file_work (self, NULL, file_removed, task);
    self->has_file = FALSE;
  } else {
    g_task_return_pointer (task, g_new0 (char *, 1), (GDestroyNotify)g_strfreev);
    g_object_unref (task);
  }
}

/* Takes the task. The file comes first: a store that others keep locked answers late, and whoever
 * is told to end may be killed meanwhile. */
static void
write_now (GuiseDrafts *self, GTask *task)
{
  json_auto_t *drafts = pack_drafts (self);
  g_autofree char *text = print_setting (self, drafts);

  if (json_object_size (drafts) > 0 && !self->in_way) {
    start_file_work (self, pack_drafts (self), NULL, NULL); /* counted by one thread alone */
    self->has_file = TRUE;
  }
  self->n_writing++;
  guise_store_set_setting_async (self->store, SETTING, text, NULL, written, task);
}

static GTask *
create_task (GuiseDrafts *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);

  g_task_set_task_data (task, g_object_ref (self), g_object_unref);
  return task;
}

static void
write_drafts (GuiseDrafts *self)
{
  if (self->loaded && !guise_store_is_read_only (self->store))
    write_now (self, create_task (self, NULL, NULL));
}

void
guise_drafts_sync_async (GuiseDrafts *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = create_task (self, callback, data);

  if (self->loaded)
    write_now (self, task);
  else
    g_queue_push_tail (&self->waiting, task);
}

/* What an earlier window left, as far as it is for this database. */
typedef struct {
  guint n_stored;  /* the texts were stored after all */
  guint n_foreign; /* no such caption, another picture's, or no text */
  guint n_doubted; /* typed over something else, and nothing says that it is the same picture's */
  gboolean failed; /* the store could not be asked */
} Taken;

static gboolean
can_be_typed (const char *text)
{
  GuiseEditedFit fit;

  guise_edited_text_measure (text, strlen (text), GUISE_EDITED_EMPTY, &fit);
  return fit == GUISE_EDITED_FITS;
}

/* NULL where there is nothing to take. */
static GuiseDraft *
take_draft (GuiseStore *store, gint64 id, json_t *object, Taken *taken)
{
  const char *text = json_string_value (json_object_get (object, "text"));
  const char *base = json_string_value (json_object_get (object, "base"));
  const char *path = json_string_value (json_object_get (object, "path"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaption) caption = NULL;
  g_autofree char *place = NULL;
  GuiseDraft *draft;

  if (text == NULL || base == NULL || !can_be_typed (text)) {
    taken->n_foreign++;
    return NULL;
  }
  caption = guise_store_get_caption (store, id, &error);
  place = caption != NULL ? dup_place (store, caption) : NULL;
  if (place == NULL && !g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND))
    taken->failed = TRUE;
  else if (caption == NULL || (path != NULL && strcmp (path, place) != 0))
    taken->n_foreign++;
  else if (strcmp (caption->text, text) == 0)
    taken->n_stored++;
  else {
    taken->n_doubted += path == NULL && strcmp (caption->text, base) != 0;
    draft = g_new0 (GuiseDraft, 1);
    draft->text = g_strdup (text);
    draft->base = g_strdup (base);
    draft->place = g_steal_pointer (&place);
    return draft;
  }
  return NULL;
}

typedef struct {
  GuiseStore *store;
  char *path;
  gboolean has_file;    /* one of which everything was taken */
  gboolean has_changed; /* the setting holds what is stored */
  gboolean in_way;      /* one is there still of which something was not */
  char *aside;          /* where that lies now */
  json_t *strangers;    /* of the setting */
} Load;

static void
load_free (Load *load)
{
  g_object_unref (load->store);
  g_free (load->path);
  g_free (load->aside);
  json_decref (load->strangers);
  g_free (load);
}

/* strangers: gets what is for no caption, or nobody knows for which; may be NULL. */
static Taken
take_drafts (GHashTable *drafts, GuiseStore *store, json_t *object, json_t *strangers)
{
  Taken taken = { 0 };
  const char *key;
  json_t *value;

  json_object_foreach (object, key, value)
  {
    guint n_stored = taken.n_stored;
    GuiseDraft *draft = NULL;
    gint64 id;

    if (g_ascii_string_to_signed (key, 10, 1, G_MAXINT64, &id, NULL))
      draft = take_draft (store, id, value, &taken);
    else
      taken.n_foreign++;
    if (draft != NULL)
      g_hash_table_replace (drafts, g_memdup2 (&id, sizeof id), draft);
    else if (taken.n_stored == n_stored && strangers != NULL)
      json_object_set (strangers, key, value);
  }
  return taken;
}

/* Under a name that nothing else has; the name, or NULL where it could not be moved. */
static char *
put_aside (const char *path)
{
  for (guint i = 1; i < 1000; i++) {
    g_autofree char *to = g_strdup_printf ("%s.kept-%u", path, i);

    if (renameat2 (AT_FDCWD, path, AT_FDCWD, to, RENAME_NOREPLACE) == 0
        || ((errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) && link (path, to) == 0
            && g_unlink (path) == 0))
      return g_path_get_basename (to);
    if (errno != EEXIST)
      return NULL;
  }
  return NULL;
}

/* Only a file of which nothing is left may go later. One that is damaged, or another database's, or
 * no file, is somebody's. */
static void
take_file (Load *load, GHashTable *drafts)
{
  struct stat info;
  json_t *beside = NULL;
  Taken taken = { 0 };

  if (lstat (load->path, &info) != 0)
    return;
  if (S_ISREG (info.st_mode))
    beside = guise_json_load (load->path, MAX_FILE_BYTES, NULL);
  if (beside != NULL)
    taken = take_drafts (drafts, load->store, beside, NULL);
  load->has_file = json_is_object (beside) && taken.n_foreign + taken.n_doubted == 0
                   && !taken.failed;
  if (!load->has_file && !taken.failed && !guise_store_is_read_only (load->store))
    load->aside = put_aside (load->path);
  load->in_way = !load->has_file && load->aside == NULL;
  if (load->in_way && !taken.failed)
    load->aside = g_strdup (FILE_NAME); /* where it was */
  json_decref (beside);
}

/* The file is newer than the setting. */
static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  g_autofree char *setting = guise_store_get_setting (load->store, SETTING, NULL);
  json_t *kept = setting != NULL ? json_loads (setting, 0, NULL) : NULL;
  GHashTable *drafts = create_table ();

  load->has_changed
      = take_drafts (drafts, load->store, kept, load->strangers).n_stored > 0;
  take_file (load, drafts);
  json_decref (kept);
  g_task_return_pointer (task, drafts, (GDestroyNotify)g_hash_table_unref);
}

static void
loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseDrafts) self = data;
  const Load *load = g_task_get_task_data (G_TASK (result));
  g_autoptr (GHashTable) drafts = g_task_propagate_pointer (G_TASK (result), NULL);
  gboolean early = g_hash_table_size (self->drafts) > 0;
  GHashTableIter iter;
  gpointer id, draft;

  g_hash_table_iter_init (&iter, drafts);
  while (g_hash_table_iter_next (&iter, &id, &draft)) {
    g_hash_table_iter_steal (&iter);
    if (g_hash_table_contains (self->drafts, id)) {
      g_free (id);
      draft_free (draft);
    } else {
      g_hash_table_insert (self->drafts, id, draft);
    }
  }
  self->loaded = TRUE;
  self->has_file = load->has_file;
  self->in_way = load->in_way;
  self->aside = g_strdup (load->aside);
  self->strangers = json_deep_copy (load->strangers); /* counted by one thread alone */
  if (early || self->has_file || self->aside != NULL || load->has_changed)
    write_drafts (self);
  while (self->waiting.length > 0)
    write_now (self, g_queue_pop_head (&self->waiting));
  g_signal_emit (self, signals[SIGNAL_LOADED], 0);
}

/* ---- in memory ------------------------------------------------------------------------------ */

const GuiseDraft *
guise_drafts_lookup (GuiseDrafts *self, gint64 caption_id)
{
  return g_hash_table_lookup (self->drafts, &caption_id);
}

void
guise_drafts_put (GuiseDrafts *self, gint64 caption_id, const char *text, const char *base)
{
  const GuiseDraft *known = guise_drafts_lookup (self, caption_id);
  GuiseDraft *draft;

  if (known != NULL && strcmp (known->text, text) == 0 && strcmp (known->base, base) == 0)
    return;
  draft = g_new0 (GuiseDraft, 1);
  draft->text = g_strdup (text);
  draft->base = g_strdup (base);
  g_hash_table_replace (self->drafts, g_memdup2 (&caption_id, sizeof caption_id), draft);
  write_drafts (self);
}

gboolean
guise_drafts_remove (GuiseDrafts *self, gint64 caption_id)
{
  gboolean was_there = g_hash_table_remove (self->drafts, &caption_id);

  if (was_there)
    write_drafts (self);
  return was_there;
}

guint
guise_drafts_get_n (GuiseDrafts *self)
{
  return g_hash_table_size (self->drafts);
}

const char *
guise_drafts_get_aside (GuiseDrafts *self)
{
  return self->aside;
}

char *
guise_drafts_describe (GuiseDrafts *self)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->drafts);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const GuiseDraft *draft = value;
    g_autofree char *excerpt = guise_format_excerpt (draft->text, 200);

    g_string_append_printf (text, "%s%s: %s", text->len > 0 ? "\n" : "",
                            draft->place != NULL ? draft->place : "", excerpt);
  }
  return g_string_free (text, FALSE);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_drafts_finalize (GObject *object)
{
  GuiseDrafts *self = GUISE_DRAFTS (object);

  g_hash_table_unref (self->drafts);
  g_clear_object (&self->store);
  g_free (self->file);
  g_free (self->aside);
  json_decref (self->strangers);
  g_mutex_clear (&self->file_lock);
  G_OBJECT_CLASS (guise_drafts_parent_class)->finalize (object);
}

static void
guise_drafts_class_init (GuiseDraftsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_drafts_finalize;
  signals[SIGNAL_LOADED] = g_signal_new ("loaded", GUISE_TYPE_DRAFTS, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_drafts_init (GuiseDrafts *self)
{
  self->drafts = create_table ();
  g_mutex_init (&self->file_lock);
}

GuiseDrafts *
guise_drafts_new (GuiseStore *store, const char *folder)
{
  GuiseDrafts *self = g_object_new (GUISE_TYPE_DRAFTS, NULL);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, loaded, g_object_ref (self));
  Load *load = g_new0 (Load, 1);

  self->store = g_object_ref (store);
  self->file = g_build_filename (folder, FILE_NAME, NULL);
  load->store = g_object_ref (store);
  load->path = g_strdup (self->file);
  load->strangers = json_object ();
  g_task_set_task_data (task, load, (GDestroyNotify)load_free);
  g_task_run_in_thread (task, load_in_thread);
  return self;
}
