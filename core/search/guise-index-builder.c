#include "guise-index-builder.h"

#include <string.h>

enum { PORTION = 64, /* pictures embedded at a time */
       N_SLOTS = 2 };

/* Rows [n] of the index in the making; those of pictures that cannot be read are dropped at the
 * end. */
typedef struct {
  size_t dim;
  float *v, *c, *norm;
  gint64 *ids, *stamps;      /* [n], [n,2] */
  gboolean *good, *hopeless; /* [n]; hopeless: not good, by the file's own fault */
  GArray *unreadable;        /* the hopeless ones: of gint64, three each, as in GuiseIndexInfo */
} Rows;

/* A portion of prepared pictures. */
typedef struct {
  float *planes;               /* [PORTION,3,H,W] */
  gboolean *failed, *hopeless; /* [PORTION] */
  size_t n_ready;
} Slot;

typedef struct {
  GuiseSearchModel *model;
  const GuisePictureSource *source;
  const GuisePictureList *pictures;
  const size_t *wanted; /* [n] positions in pictures */
  size_t n;
  GuiseEmbedJournal *journal; /* NULL = none */
  GuiseIndexReport *report;
  GCancellable *cancellable;

  GMutex mutex; /* guards what follows */
  GCond changed;
  size_t next;  /* the first of wanted that no thread has taken */
  size_t first; /* of the portion that is awaited or embedded */
  gboolean stop;
  Slot slots[N_SLOTS];
} Pipeline;

gboolean
guise_picture_load (const GuisePictureSource *source, const GuiseSearchModel *model,
                    gint64 dataset_id, const char *path, float *planes, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GuiseRoot) root = source->get_root (dataset_id, source->user_data, error);
  g_autoptr (GuiseImage) image = NULL;

  if (root == NULL)
    return FALSE;
  image = guise_decoder_decode (source->decoder, root, path, NULL, cancellable, error);
  if (image == NULL)
    return FALSE;
  guise_search_model_prepare (model, image, planes);
  return TRUE;
}

/* ---- the threads that decode ---- */

static void
prepare (Pipeline *pipeline, size_t k)
{
  const GuisePictureList *pictures = pipeline->pictures;
  size_t i = pipeline->wanted[k], place = k % PORTION;
  Slot *slot = &pipeline->slots[k / PORTION % N_SLOTS];
  size_t size = guise_search_model_get_plane_size (pipeline->model);
  float *planes = slot->planes + place * size;
  g_autoptr (GError) error = NULL;
  gboolean good = guise_picture_load (pipeline->source, pipeline->model, pictures->dataset_ids[i],
                                      pictures->paths[i], planes, pipeline->cancellable, &error);

  if (!good)
    memset (planes, 0, size * sizeof *planes);
  g_mutex_lock (&pipeline->mutex);
  slot->failed[place] = !good;
  slot->n_ready++;
  slot->hopeless[place] = !good && guise_image_error_is_verdict (error);
  if (!good && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    pipeline->report->n_unreadable++;
    if (pipeline->report->unreadable == NULL)
      pipeline->report->unreadable = g_strdup (error->message);
  }
  g_cond_broadcast (&pipeline->changed);
  g_mutex_unlock (&pipeline->mutex);
}

/* Takes the number of a picture whose slot is free, or FALSE at the end. */
static gboolean
take_next (Pipeline *pipeline, size_t *k)
{
  gboolean more;

  g_mutex_lock (&pipeline->mutex);
  while (!pipeline->stop && pipeline->next < pipeline->n
         && pipeline->next >= pipeline->first + N_SLOTS * PORTION)
    g_cond_wait (&pipeline->changed, &pipeline->mutex);
  more = !pipeline->stop && pipeline->next < pipeline->n;
  if (more)
    *k = pipeline->next++;
  g_mutex_unlock (&pipeline->mutex);
  return more;
}

static gpointer
decode_pictures (gpointer data)
{
  size_t k;

  while (take_next (data, &k))
    prepare (data, k);
  return NULL;
}

/* ---- embedding ---- */

/* The row of picture i; its parts lie in rows. */
static GuiseEmbedRow
get_row (const Rows *rows, const GuisePictureList *pictures, size_t i)
{
  return (GuiseEmbedRow){ .id = pictures->ids[i],
                          .stamp = { rows->stamps[2 * i], rows->stamps[2 * i + 1] },
                          .norm = rows->norm[i],
                          .identity = rows->v + i * rows->dim,
                          .clothing = rows->c + i * rows->dim };
}

static void
note_row (const Pipeline *pipeline, const Rows *rows, size_t i)
{
  GuiseEmbedRow row = get_row (rows, pipeline->pictures, i);

  if (pipeline->journal != NULL)
    guise_embed_journal_add (pipeline->journal, &row);
}

static void
embed_portion (Pipeline *pipeline, Rows *rows, size_t first, size_t n)
{
  Slot *slot = &pipeline->slots[first / PORTION % N_SLOTS];
  size_t dim = rows->dim;
  g_autofree float *v = g_new (float, n *dim), *c = g_new (float, n *dim);
  g_autofree float *norm = g_new (float, n);

  guise_search_model_embed_images (pipeline->model, slot->planes, n, v, c, norm);
  for (size_t k = 0; k < n; k++) {
    size_t i = pipeline->wanted[first + k];

    if (slot->failed[k]) {
      rows->hopeless[i] = slot->hopeless[k];
      continue;
    }
    memcpy (rows->v + i * dim, v + k * dim, dim * sizeof *v);
    memcpy (rows->c + i * dim, c + k * dim, dim * sizeof *c);
    rows->norm[i] = norm[k];
    rows->good[i] = TRUE;
    note_row (pipeline, rows, i);
    pipeline->report->n_embedded++;
  }
}

static void
wait_for_portion (Pipeline *pipeline, size_t first, size_t n)
{
  Slot *slot = &pipeline->slots[first / PORTION % N_SLOTS];

  g_mutex_lock (&pipeline->mutex);
  while (slot->n_ready < n)
    g_cond_wait (&pipeline->changed, &pipeline->mutex);
  g_mutex_unlock (&pipeline->mutex);
}

static void
release_portion (Pipeline *pipeline, size_t first)
{
  g_mutex_lock (&pipeline->mutex);
  pipeline->slots[first / PORTION % N_SLOTS].n_ready = 0;
  pipeline->first = first + PORTION;
  g_cond_broadcast (&pipeline->changed);
  g_mutex_unlock (&pipeline->mutex);
}

static gboolean
embed_all (Pipeline *pipeline, Rows *rows, GuiseIndexProgress progress, gpointer progress_data,
           GError **error)
{
  for (size_t first = 0; first < pipeline->n; first += PORTION) {
    size_t n = MIN (PORTION, pipeline->n - first);

    wait_for_portion (pipeline, first, n);
    if (g_cancellable_set_error_if_cancelled (pipeline->cancellable, error))
      return FALSE;
    embed_portion (pipeline, rows, first, n);
    release_portion (pipeline, first);
    if (progress != NULL)
      progress (first + n, pipeline->n, progress_data);
  }
  return TRUE;
}

static gboolean
run_pipeline (Pipeline *pipeline, Rows *rows, GuiseIndexProgress progress, gpointer progress_data,
              GError **error)
{
  guint n_threads = guise_decoder_get_n_processes (pipeline->source->decoder);
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  size_t size = guise_search_model_get_plane_size (pipeline->model);
  gboolean done;

  g_mutex_init (&pipeline->mutex);
  g_cond_init (&pipeline->changed);
  for (int s = 0; s < N_SLOTS; s++) {
    pipeline->slots[s].planes = g_new (float, PORTION *size);
    pipeline->slots[s].failed = g_new (gboolean, PORTION);
    pipeline->slots[s].hopeless = g_new (gboolean, PORTION);
  }
  for (guint t = 0; t < n_threads; t++)
    threads[t] = g_thread_new ("decode", decode_pictures, pipeline);
  done = embed_all (pipeline, rows, progress, progress_data, error);
  g_mutex_lock (&pipeline->mutex);
  pipeline->stop = TRUE;
  g_cond_broadcast (&pipeline->changed);
  g_mutex_unlock (&pipeline->mutex);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads[t]);
  for (int s = 0; s < N_SLOTS; s++) {
    g_free (pipeline->slots[s].planes);
    g_free (pipeline->slots[s].failed);
    g_free (pipeline->slots[s].hopeless);
  }
  g_mutex_clear (&pipeline->mutex);
  g_cond_clear (&pipeline->changed);
  return done;
}

/* ---- the whole ---- */

static void
rows_init (Rows *rows, size_t n, size_t dim)
{
  *rows = (Rows){ .dim = dim,
                  .v = g_new (float, MAX (n * dim, 1)),
                  .c = g_new (float, MAX (n * dim, 1)),
                  .norm = g_new (float, MAX (n, 1)),
                  .ids = g_new (gint64, MAX (n, 1)),
                  .stamps = g_new (gint64, MAX (2 * n, 1)),
                  .good = g_new0 (gboolean, MAX (n, 1)),
                  .hopeless = g_new0 (gboolean, MAX (n, 1)),
                  .unreadable = g_array_new (FALSE, FALSE, sizeof (gint64)) };
}

static void
rows_clear (Rows *rows)
{
  g_free (rows->v);
  g_free (rows->c);
  g_free (rows->norm);
  g_free (rows->ids);
  g_free (rows->stamps);
  g_free (rows->good);
  g_free (rows->hopeless);
  g_array_unref (rows->unreadable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rows, rows_clear)

static const char *
name_precision (const GuiseSearchModel *model)
{
  return guise_precision_get_names ()[guise_search_model_get_precision (model)];
}

static gboolean
can_reuse (const GuiseIndex *old, const GuiseSearchModel *model)
{
  return old != NULL && guise_index_is_current (old, guise_search_model_get_hash (model))
         && strcmp (guise_index_get_info (old)->precision, name_precision (model)) == 0
         && guise_index_get_dim (old) == guise_search_model_get_dim (model);
}

static void
read_stamp (const GuisePictureSource *source, const GuisePictureList *pictures, size_t i,
            gint64 stamp[2])
{
  g_autoptr (GuiseRoot) root
      = source->get_root (pictures->dataset_ids[i], source->user_data, NULL);

  if (root == NULL || !guise_root_stat_file (root, pictures->paths[i], &stamp[0], &stamp[1]))
    stamp[0] = stamp[1] = -1;
}

/* Size and time of change of each picture's file, -1 where there is none; stamps [n,2]. Before the
 * pictures are read: one that changes meanwhile is embedded again the next time. */
static void
read_stamps (const GuisePictureSource *source, const GuisePictureList *pictures, gint64 *stamps)
{
  for (size_t i = 0; i < pictures->n; i++)
    read_stamp (source, pictures, i, stamps + 2 * i);
}

static gboolean
reuse_old_row (Rows *rows, const GuisePictureList *pictures, size_t i, const GuiseIndex *old)
{
  size_t dim = rows->dim, at;

  if (old == NULL || !guise_index_find (old, pictures->ids[i], &at)
      || !guise_index_has_stamp (old, at, rows->stamps + 2 * i))
    return FALSE;
  memcpy (rows->v + i * dim, guise_index_get_identity (old) + at * dim, dim * sizeof (float));
  memcpy (rows->c + i * dim, guise_index_get_clothing (old) + at * dim, dim * sizeof (float));
  rows->norm[i] = guise_index_get_norm (old)[at];
  return TRUE;
}

static gboolean
reuse_noted_row (Rows *rows, const GuisePictureList *pictures, size_t i,
                 const GuiseEmbedJournal *journal)
{
  GuiseEmbedRow row = get_row (rows, pictures, i);

  if (journal == NULL || !guise_embed_journal_find (journal, &row))
    return FALSE;
  rows->norm[i] = row.norm;
  return TRUE;
}

/* The pictures that old gave up: id → row of its unreadable; old may be NULL. */
static GHashTable *
list_given_up (const GuiseIndex *old)
{
  const GuiseIndexInfo *info = old != NULL ? guise_index_get_info (old) : NULL;
  GHashTable *rows = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (size_t k = 0; info != NULL && k < info->n_unreadable; k++) /* a row begins with the id */
    g_hash_table_add (rows, (gpointer)(info->unreadable + 3 * k));
  return rows;
}

static gboolean
is_given_up (GHashTable *given_up, gint64 id, const gint64 stamp[2])
{
  const gint64 *row = g_hash_table_lookup (given_up, &id);

  return row != NULL && row[1] == stamp[0] && row[2] == stamp[1];
}

/* Fills wanted [n] with the pictures that neither has as they are now; given_up: those that are
 * not to be tried. */
static size_t
reuse_rows (Rows *rows, const GuisePictureList *pictures, const GuiseIndex *old,
            GHashTable *given_up, const GuiseEmbedJournal *journal, size_t *wanted,
            GuiseIndexReport *report)
{
  size_t n_wanted = 0;

  for (size_t i = 0; i < pictures->n; i++) {
    rows->good[i] = reuse_old_row (rows, pictures, i, old)
                    || reuse_noted_row (rows, pictures, i, journal);
    rows->hopeless[i]
        = !rows->good[i] && is_given_up (given_up, pictures->ids[i], rows->stamps + 2 * i);
    if (rows->good[i])
      report->n_reused++;
    else if (rows->hopeless[i])
      report->n_unreadable++;
    else
      wanted[n_wanted++] = i;
  }
  return n_wanted;
}

static void
list_unreadable (Rows *rows, const GuisePictureList *pictures)
{
  for (size_t i = 0; i < pictures->n; i++) {
    const gint64 row[3] = { pictures->ids[i], rows->stamps[2 * i], rows->stamps[2 * i + 1] };

    if (rows->hopeless[i])
      g_array_append_vals (rows->unreadable, row, 3);
  }
}

/* Moves the good rows together; how many there are. */
static size_t
close_gaps (Rows *rows, const GuisePictureList *pictures)
{
  size_t n = 0, dim = rows->dim;

  for (size_t i = 0; i < pictures->n; i++) {
    if (!rows->good[i])
      continue;
    memmove (rows->v + n * dim, rows->v + i * dim, dim * sizeof (float));
    memmove (rows->c + n * dim, rows->c + i * dim, dim * sizeof (float));
    rows->norm[n] = rows->norm[i];
    memmove (rows->stamps + 2 * n, rows->stamps + 2 * i, 2 * sizeof *rows->stamps);
    rows->ids[n++] = pictures->ids[i];
  }
  return n;
}

GuiseIndex *
guise_index_build (GuiseSearchModel *model, const GuisePictureSource *source,
                   const GuisePictureList *pictures, const char *split,
                   GuiseIndexStorage storage, const GuiseIndex *old, gboolean retry,
                   GuiseEmbedJournal *journal, GuiseIndexReport *report,
                   GuiseIndexProgress progress, gpointer progress_data, GCancellable *cancellable,
                   GError **error)
{
  const GuiseIndex *usable = can_reuse (old, model) ? old : NULL;
  g_autoptr (GHashTable) given_up = list_given_up (retry ? NULL : old);
  size_t dim = guise_search_model_get_dim (model), n;
  g_autofree size_t *wanted = g_new (size_t, MAX (pictures->n, 1));
  g_auto (Rows) rows = { 0 };
  Pipeline pipeline = { .model = model,
                        .source = source,
                        .pictures = pictures,
                        .wanted = wanted,
                        .journal = journal,
                        .report = report,
                        .cancellable = cancellable };
  GuiseIndexInfo info = { .run = guise_search_model_get_name (model),
                          .checkpoint = guise_search_model_get_hash (model),
                          .split = split,
                          .storage = storage,
                          .precision = name_precision (model) };

  *report = (GuiseIndexReport){ 0 };
  rows_init (&rows, pictures->n, dim);
  read_stamps (source, pictures, rows.stamps);
  pipeline.n = reuse_rows (&rows, pictures, usable, given_up, journal, wanted, report);
  if (pipeline.n > 0 && !run_pipeline (&pipeline, &rows, progress, progress_data, error))
    return NULL;
  list_unreadable (&rows, pictures);
  n = close_gaps (&rows, pictures);
  info.stamps = rows.stamps;
  info.unreadable = (const gint64 *)(void *)rows.unreadable->data;
  info.n_unreadable = rows.unreadable->len / 3;
  if (n > 0)
    return guise_index_new (&info, n, dim, rows.v, rows.c, rows.norm, rows.ids, error);
  if (pictures->n == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "nothing to embed: '%s': the project has no images there", split);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "cannot embed '%s': none of %zu images can be read%s%s", split, pictures->n,
                 report->unreadable != NULL ? "; the first: " : "",
                 report->unreadable != NULL ? report->unreadable : "");
  return NULL;
}

gboolean
guise_index_holds (const GuiseIndex *old, const GuiseSearchModel *model,
                   const GuisePictureSource *source, const GuisePictureList *pictures)
{
  const gint64 *ids = guise_index_get_ids (old);
  size_t n = guise_index_get_n_images (old), at = 0;
  g_autoptr (GHashTable) given_up = list_given_up (old);

  if (!can_reuse (old, model))
    return FALSE;
  for (size_t i = 0; i < pictures->n; i++) {
    gint64 stamp[2];

    read_stamp (source, pictures, i, stamp);
    if (at < n && ids[at] == pictures->ids[i] && guise_index_has_stamp (old, at, stamp))
      at++;
    else if (!is_given_up (given_up, pictures->ids[i], stamp))
      return FALSE;
  }
  return at == n;
}

size_t
guise_index_count_changed (const GuiseIndex *index, const GuisePictureSource *source,
                           const GuisePictureList *pictures, GCancellable *cancellable)
{
  size_t n = 0, at;

  for (size_t i = 0; i < pictures->n; i++) {
    gint64 stamp[2];

    if (g_cancellable_is_cancelled (cancellable))
      return 0;
    if (!guise_index_find (index, pictures->ids[i], &at))
      continue;
    read_stamp (source, pictures, i, stamp);
    n += !guise_index_has_stamp (index, at, stamp);
  }
  return n;
}

GPtrArray *
guise_index_list_unreadable (const GuiseIndex *index, const GuisePictureSource *source,
                             const GuisePictureList *pictures, GCancellable *cancellable)
{
  g_autoptr (GHashTable) given_up = list_given_up (index);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  for (size_t i = 0; i < pictures->n && g_hash_table_size (given_up) > 0; i++) {
    gint64 stamp[2];

    if (g_cancellable_is_cancelled (cancellable))
      break;
    if (!g_hash_table_contains (given_up, pictures->ids + i)
        || guise_index_find (index, pictures->ids[i], NULL))
      continue;
    read_stamp (source, pictures, i, stamp);
    if (is_given_up (given_up, pictures->ids[i], stamp))
      g_ptr_array_add (paths, g_strdup (pictures->paths[i]));
  }
  return paths;
}
