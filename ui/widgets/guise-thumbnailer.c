#include "guise-thumbnailer.h"

#include "guise-format.h"
#include "guise-store-captions.h"

#define DEFAULT_BYTES ((gsize)128 << 20)
#define EXCERPT_CHARS 200
#define N_WORKERS 2

/* One image wanted: made and freed by the main thread, except for the fields of the worker. */
typedef struct {
  guint ticket;
  guint position;
  gint64 image_id;
  guint side;
  GdkTexture *texture; /* known pixels, or NULL: only labels are wanted then */
  GuiseThumbnailReady ready;
  gpointer data;
  GuiseThumbnail *thumbnail; /* the worker's answer */
} Request;

/* In the cache: newest use at the head of the queue. */
typedef struct {
  GuiseThumbnail *thumbnail;
  gboolean stale; /* pixels are good, labels are not */
  gsize bytes;
  GList link;
} Entry;

struct _GuiseThumbnailer {
  GObject parent_instance;

  GuiseProject *project;     /* the workers': the last one to end drops it */
  GCancellable *cancellable; /* of the decoding; cancelled by stop */
  gint n_workers;            /* atomic: that have not ended */
  gsize max_bytes, bytes;
  guint side;
  guint last_ticket;
  guint n_fetched, n_decoded, n_taken_back;
  GHashTable *entries; /* gint64 * (the thumbnail's own) → Entry */
  GQueue used;         /* of Entry by link */

  GMutex mutex; /* guards what follows */
  GCond wanted;
  gboolean stopping;
  guint centre;
  GPtrArray *waiting;  /* of Request */
  GHashTable *working; /* ticket → Request, with a worker */
  GQueue answered;     /* of Request */
  guint deliver_source;
};

G_DEFINE_FINAL_TYPE (GuiseThumbnailer, guise_thumbnailer, G_TYPE_OBJECT)

static gpointer work (gpointer data);

GuiseThumbnail *
guise_thumbnail_ref (GuiseThumbnail *thumbnail)
{
  g_atomic_ref_count_inc (&thumbnail->references);
  return thumbnail;
}

void
guise_thumbnail_unref (GuiseThumbnail *thumbnail)
{
  if (!g_atomic_ref_count_dec (&thumbnail->references))
    return;
  g_clear_object (&thumbnail->texture);
  g_clear_pointer (&thumbnail->record, guise_image_record_free);
  g_free (thumbnail->excerpt);
  g_clear_error (&thumbnail->error);
  g_free (thumbnail);
}

static void
request_free (Request *request)
{
  g_clear_object (&request->texture);
  g_clear_pointer (&request->thumbnail, guise_thumbnail_unref);
  g_free (request);
}

static void
entry_free (Entry *entry)
{
  guise_thumbnail_unref (entry->thumbnail);
  g_free (entry);
}

/* ---- workers -------------------------------------------------------------------------------- */

static char *
read_excerpt (GuiseStore *store, gint64 image_id)
{
  g_autoptr (GPtrArray) captions = guise_store_list_captions (store, image_id, NULL);
  const GuiseCaption *first;

  if (captions == NULL || captions->len == 0)
    return g_strdup ("");
  first = captions->pdata[0];
  return guise_format_excerpt (first->text, EXCERPT_CHARS);
}

static GdkTexture *
decode (GuiseThumbnailer *self, const GuiseImageRecord *record, guint side, GError **error)
{
  const GuiseDecodeOptions options = { .fit_side = side };
  g_autoptr (GuiseDecoder) decoder = guise_project_dup_decoder (self->project);
  g_autoptr (GuiseRoot) root = guise_project_get_root (self->project, record->dataset_id, error);
  g_autoptr (GuiseImage) image = NULL;
  size_t width;

  if (root == NULL || g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return NULL;
  image = guise_decoder_decode (decoder, root, record->path, &options, self->cancellable, error);
  if (image == NULL)
    return NULL;
  width = guise_image_get_width (image);
  return gdk_memory_texture_new (width, guise_image_get_height (image), GDK_MEMORY_R8G8B8,
                                 guise_image_get_bytes (image), 3 * width);
}

static GuiseThumbnail *
make_thumbnail (GuiseThumbnailer *self, gint64 image_id, guint side, GdkTexture *known)
{
  GuiseThumbnail *thumbnail = g_new0 (GuiseThumbnail, 1);
  GuiseStore *store = guise_project_get_store (self->project);

  g_atomic_ref_count_init (&thumbnail->references);
  thumbnail->image_id = image_id;
  thumbnail->record = guise_store_get_image (store, image_id, &thumbnail->error);
  if (thumbnail->record == NULL) {
    thumbnail->excerpt = g_strdup ("");
    return thumbnail;
  }
  thumbnail->excerpt = read_excerpt (store, image_id);
  if (known != NULL)
    thumbnail->texture = g_object_ref (known);
  else
    thumbnail->texture = decode (self, thumbnail->record, side, &thumbnail->error);
  return thumbnail;
}

/* The request nearest to the centre, moved to `working`; waits for one. NULL = stop. */
static Request *
take_request (GuiseThumbnailer *self)
{
  Request *request = NULL;
  guint best = 0, index = 0;

  g_mutex_lock (&self->mutex);
  while (self->waiting->len == 0 && !self->stopping)
    g_cond_wait (&self->wanted, &self->mutex);
  if (!self->stopping) {
    for (guint i = 0; i < self->waiting->len; i++) {
      Request *other = self->waiting->pdata[i];
      guint distance = other->position > self->centre ? other->position - self->centre
                                                      : self->centre - other->position;

      if (request == NULL || distance < best) {
        request = other;
        best = distance;
        index = i;
      }
    }
    g_ptr_array_steal_index_fast (self->waiting, index);
    g_hash_table_insert (self->working, GUINT_TO_POINTER (request->ticket), request);
  }
  g_mutex_unlock (&self->mutex);
  return request;
}

static gboolean deliver (gpointer data);

static void
answer (GuiseThumbnailer *self, Request *request, GuiseThumbnail *thumbnail)
{
  g_mutex_lock (&self->mutex);
  request->thumbnail = thumbnail;
  g_hash_table_remove (self->working, GUINT_TO_POINTER (request->ticket));
  g_queue_push_tail (&self->answered, request);
  if (self->deliver_source == 0)
    self->deliver_source = g_idle_add_full (G_PRIORITY_DEFAULT, deliver, g_object_ref (self),
                                            g_object_unref);
  g_mutex_unlock (&self->mutex);
}

static gboolean
release (gpointer data)
{
  g_object_unref (data);
  return G_SOURCE_REMOVE;
}

/* Has a reference of the thumbnailer, which must end on the main thread, with its textures. */
static gpointer
work (gpointer data)
{
  GuiseThumbnailer *self = data;
  Request *request;

  while ((request = take_request (self)) != NULL)
    answer (self, request,
            make_thumbnail (self, request->image_id, request->side, request->texture));
  if (g_atomic_int_dec_and_test (&self->n_workers))
    g_clear_object (&self->project);
  g_idle_add (release, self);
  return NULL;
}

/* ---- cache ---------------------------------------------------------------------------------- */

static void
drop_entry (GuiseThumbnailer *self, Entry *entry)
{
  g_hash_table_remove (self->entries, &entry->thumbnail->image_id);
  g_queue_unlink (&self->used, &entry->link);
  self->bytes -= entry->bytes;
  entry_free (entry);
}

static void
drop_all_entries (GuiseThumbnailer *self)
{
  while (self->used.head != NULL)
    drop_entry (self, self->used.head->data);
}

static void
keep (GuiseThumbnailer *self, GuiseThumbnail *thumbnail)
{
  Entry *entry = g_hash_table_lookup (self->entries, &thumbnail->image_id);

  if (entry != NULL)
    drop_entry (self, entry);
  entry = g_new0 (Entry, 1);
  entry->thumbnail = guise_thumbnail_ref (thumbnail);
  entry->bytes = sizeof (Entry) + sizeof (GuiseThumbnail) + EXCERPT_CHARS;
  entry->link.data = entry;
  if (thumbnail->texture != NULL)
    entry->bytes += (gsize)3 * gdk_texture_get_width (thumbnail->texture)
                    * gdk_texture_get_height (thumbnail->texture);
  g_hash_table_insert (self->entries, &thumbnail->image_id, entry);
  g_queue_push_head_link (&self->used, &entry->link);
  self->bytes += entry->bytes;
  while (self->bytes > self->max_bytes && self->used.tail->data != entry)
    drop_entry (self, self->used.tail->data);
}

/* One at a time, so that a callback may still take back the others. */
static Request *
pop_answer (GuiseThumbnailer *self)
{
  Request *request;

  g_mutex_lock (&self->mutex);
  request = g_queue_pop_head (&self->answered);
  g_mutex_unlock (&self->mutex);
  return request;
}

static gboolean
deliver (gpointer data)
{
  GuiseThumbnailer *self = data;
  Request *request;

  g_mutex_lock (&self->mutex);
  self->deliver_source = 0;
  g_mutex_unlock (&self->mutex);
  while ((request = pop_answer (self)) != NULL) {
    if (self->stopping) {
      request_free (request);
      continue;
    }
    self->n_fetched++;
    if (request->texture == NULL && request->thumbnail->texture != NULL)
      self->n_decoded++;
    if (request->side == self->side)
      keep (self, request->thumbnail);
    if (request->ready != NULL)
      request->ready (request->thumbnail, request->data);
    request_free (request);
  }
  return G_SOURCE_REMOVE;
}

/* ---- the object ----------------------------------------------------------------------------- */

void
guise_thumbnailer_stop (GuiseThumbnailer *self)
{
  g_mutex_lock (&self->mutex);
  self->stopping = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_ptr_array_set_size (self->waiting, 0);
  g_cond_broadcast (&self->wanted);
  g_mutex_unlock (&self->mutex);
  drop_all_entries (self);
}

static void
guise_thumbnailer_finalize (GObject *object)
{
  GuiseThumbnailer *self = GUISE_THUMBNAILER (object);

  g_queue_clear_full (&self->answered, (GDestroyNotify)request_free);
  g_object_unref (self->cancellable);
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->working);
  g_ptr_array_unref (self->waiting);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->wanted);
  G_OBJECT_CLASS (guise_thumbnailer_parent_class)->finalize (object);
}

static void
guise_thumbnailer_class_init (GuiseThumbnailerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_thumbnailer_finalize;
}

static void
guise_thumbnailer_init (GuiseThumbnailer *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->wanted);
  g_queue_init (&self->used);
  g_queue_init (&self->answered);
  self->side = 256;
  self->cancellable = g_cancellable_new ();
  self->entries = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->working = g_hash_table_new (NULL, NULL);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)request_free);
}

GuiseThumbnailer *
guise_thumbnailer_new (GuiseProject *project, gsize max_bytes)
{
  GuiseThumbnailer *self = g_object_new (GUISE_TYPE_THUMBNAILER, NULL);

  self->project = g_object_ref (project);
  self->max_bytes = max_bytes ? max_bytes : DEFAULT_BYTES;
  self->n_workers = N_WORKERS;
  for (guint i = 0; i < N_WORKERS; i++)
    g_thread_unref (g_thread_new ("thumbnails", work, g_object_ref (self)));
  return self;
}

void
guise_thumbnailer_set_side (GuiseThumbnailer *self, guint side)
{
  guint rounded = 128;

  while (rounded < side && rounded < 1024)
    rounded *= 2;
  if (rounded == self->side)
    return;
  self->side = rounded;
  drop_all_entries (self);
}

void
guise_thumbnailer_set_centre (GuiseThumbnailer *self, guint position)
{
  g_mutex_lock (&self->mutex);
  self->centre = position;
  g_mutex_unlock (&self->mutex);
}

GuiseThumbnail *
guise_thumbnailer_lookup (GuiseThumbnailer *self, gint64 image_id)
{
  Entry *entry = g_hash_table_lookup (self->entries, &image_id);

  if (entry == NULL || entry->stale)
    return NULL;
  g_queue_unlink (&self->used, &entry->link);
  g_queue_push_head_link (&self->used, &entry->link);
  return entry->thumbnail;
}

guint
guise_thumbnailer_request (GuiseThumbnailer *self, gint64 image_id, guint position,
                           GuiseThumbnailReady ready, gpointer data)
{
  Entry *entry = g_hash_table_lookup (self->entries, &image_id);
  Request *request = g_new0 (Request, 1);

  if (++self->last_ticket == 0)
    self->last_ticket = 1;
  request->ticket = self->last_ticket;
  request->position = position;
  request->image_id = image_id;
  request->side = self->side;
  request->ready = ready;
  request->data = data;
  if (entry != NULL)
    g_set_object (&request->texture, entry->thumbnail->texture);
  g_mutex_lock (&self->mutex);
  if (self->stopping)
    request_free (request);
  else
    g_ptr_array_add (self->waiting, request);
  g_cond_signal (&self->wanted);
  g_mutex_unlock (&self->mutex);
  return self->last_ticket;
}

/* Being worked on already: the answer goes to the cache and to nobody else. */
static void
forget_asker (Request *request, guint ticket)
{
  if (request != NULL && request->ticket == ticket)
    request->ready = NULL;
}

void
guise_thumbnailer_take_back (GuiseThumbnailer *self, guint ticket)
{
  if (ticket == 0)
    return;
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->waiting->len; i++)
    if (((Request *)self->waiting->pdata[i])->ticket == ticket) {
      g_ptr_array_remove_index_fast (self->waiting, i);
      self->n_taken_back++;
      g_mutex_unlock (&self->mutex);
      return;
    }
  forget_asker (g_hash_table_lookup (self->working, GUINT_TO_POINTER (ticket)), ticket);
  for (GList *link = self->answered.head; link != NULL; link = link->next)
    forget_asker (link->data, ticket);
  g_mutex_unlock (&self->mutex);
}

void
guise_thumbnailer_invalidate (GuiseThumbnailer *self, gint64 image_id)
{
  Entry *entry;

  if (image_id != 0) {
    entry = g_hash_table_lookup (self->entries, &image_id);
    if (entry != NULL)
      entry->stale = TRUE;
    return;
  }
  for (GList *link = self->used.head; link != NULL; link = link->next) {
    entry = link->data;
    entry->stale = TRUE;
  }
}

gsize
guise_thumbnailer_get_bytes (GuiseThumbnailer *self)
{
  return self->bytes;
}

guint
guise_thumbnailer_get_n_decoded (GuiseThumbnailer *self)
{
  return self->n_decoded;
}

guint
guise_thumbnailer_get_n_fetched (GuiseThumbnailer *self)
{
  return self->n_fetched;
}

guint
guise_thumbnailer_get_n_taken_back (GuiseThumbnailer *self)
{
  return self->n_taken_back;
}

guint
guise_thumbnailer_get_n_waiting (GuiseThumbnailer *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->waiting->len + g_hash_table_size (self->working) + self->answered.length;
  g_mutex_unlock (&self->mutex);
  return n;
}
