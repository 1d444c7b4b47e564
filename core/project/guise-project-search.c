#include "guise-project-search.h"

#include <string.h>
#include <unistd.h>

#include "guise-run-folder.h"
#include "guise-store-runs.h"
#include "guise-train-split.h"

#define ALL_SPLITS ((1u << GUISE_N_SPLITS) - 1)

/* ---- pictures ---- */

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
}

GuisePictureSource
guise_project_get_pictures (GuiseProject *project)
{
  return (GuisePictureSource){ guise_project_get_decoder (project), get_root, project };
}

/* ---- splits ---- */

guint
guise_splits_parse (const char *text, GError **error)
{
  return strcmp (text, "all") == 0 ? ALL_SPLITS : guise_train_split_parse (text, error);
}

char *
guise_splits_format (guint splits)
{
  return splits == ALL_SPLITS ? g_strdup ("all") : guise_train_split_format (splits);
}

/* ---- the index ---- */

char *
guise_project_get_index_path (GuiseProject *project, const char *run)
{
  g_autofree char *folder = guise_project_get_run_folder (project, run);

  return g_build_filename (folder, "index.safetensors", NULL);
}

void
guise_project_index_report_clear (GuiseProjectIndexReport *report)
{
  g_clear_pointer (&report->build.unreadable, g_free);
  g_clear_pointer (&report->damage, g_free);
  g_clear_pointer (&report->splits, g_free);
}

/* The run's index before it is worked on. */
typedef struct {
  GuiseIndex *index;   /* NULL where there is none that can be used */
  GuiseIndexKind kind; /* of a damaged one too, as far as it is known */
} Old;

static void
old_clear (Old *old)
{
  g_clear_pointer (&old->index, guise_index_unref);
  guise_index_kind_clear (&old->kind);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Old, old_clear)

/* As the cache has it of the run's newest index. */
static void
remember_kind (GuiseProject *project, const char *run, GuiseIndexKind *kind)
{
  g_autoptr (GPtrArray) entries
      = guise_cache_list_indexes (guise_project_get_cache (project), run, NULL);
  const GuiseIndexEntry *entry;

  if (entries == NULL || entries->len == 0)
    return;
  entry = entries->pdata[0];
  kind->split = g_strdup (entry->splits);
  if (guise_index_storage_parse (entry->storage, &kind->storage))
    kind->precision = g_strdup (entry->precision);
}

/* Fills old and what report says of it, and has the model follow it. */
static void
open_old (GuiseProject *project, GuiseSearchModel *model, Old *old, GuiseProjectIndexReport *report)
{
  const char *run = guise_search_model_get_name (model);
  g_autofree char *path = guise_project_get_index_path (project, run);
  g_autoptr (GError) error = NULL;

  *report = (GuiseProjectIndexReport){ 0 };
  old->index = guise_index_open (path, &error);
  if (old->index != NULL) {
    const GuiseIndexInfo *info = guise_index_get_info (old->index);

    old->kind.split = g_strdup (info->split);
    old->kind.precision = g_strdup (info->precision);
    old->kind.storage = info->storage;
  } else if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    report->damage = g_strdup (error->message);
    if (!guise_index_recall (path, &old->kind))
      remember_kind (project, run, &old->kind);
    report->forgotten = old->kind.precision == NULL;
  }
  guise_search_model_follow_precision (model, old->kind.precision);
}

static GuisePictureList
list_pictures (const GuiseTrainingData *data)
{
  return (GuisePictureList){
    .n = data->n_images,
    .ids = data->image_ids,
    .dataset_ids = data->dataset_ids,
    .paths = data->paths,
  };
}

/* The cache's row is for the lists of the window; the file itself is the truth. */
static void
register_index (GuiseProject *project, const GuiseIndex *index)
{
  const GuiseIndexInfo *info = guise_index_get_info (index);
  g_autofree char *path = g_build_filename ("runs", info->run, "index.safetensors", NULL);
  const GuiseIndexEntry entry = {
    .run = (char *)info->run,
    .splits = (char *)info->split,
    .path = path,
    .storage = (char *)guise_index_storage_to_string (info->storage),
    .precision = (char *)info->precision,
    .dim = (guint)guise_index_get_dim (index),
    .count = guise_index_get_n_images (index),
  };

  guise_cache_put_index (guise_project_get_cache (project), &entry, NULL);
}

static gboolean
save_index (GuiseProject *project, const GuiseIndex *index, gboolean *saved, GError **error)
{
  const GuiseIndexInfo *info = guise_index_get_info (index);
  g_autofree char *path = guise_project_get_index_path (project, info->run);
  g_autofree char *folder = g_path_get_dirname (path);

  *saved = access (folder, W_OK) == 0;
  if (!*saved)
    return TRUE;
  if (!guise_index_write (path, info, guise_index_get_n_images (index), guise_index_get_dim (index),
                          guise_index_get_identity (index), guise_index_get_clothing (index),
                          guise_index_get_norm (index), guise_index_get_ids (index), error))
    return FALSE;
  register_index (project, index);
  return TRUE;
}

static guint
choose_splits (const GuiseIndexKind *old)
{
  guint splits = old->split != NULL ? guise_splits_parse (old->split, NULL) : 0;

  return splits != 0 ? splits : ALL_SPLITS;
}

static gboolean
is_current (const GuiseIndex *old, const GuiseSearchModel *model, const GuisePictureSource *source,
            const GuisePictureList *pictures, const char *splits, GuiseIndexStorage storage)
{
  const GuiseIndexInfo *info = old != NULL ? guise_index_get_info (old) : NULL;

  return info != NULL && pictures->n > 0 && strcmp (info->split, splits) == 0
         && info->storage == storage && guise_index_holds (old, model, source, pictures);
}

static GuiseEmbedJournal *
open_journal (GuiseProject *project, const GuiseSearchModel *model)
{
  g_autofree char *folder
      = guise_project_get_run_folder (project, guise_search_model_get_name (model));
  g_autofree char *path = g_build_filename (folder, "embed.part", NULL);
  const char *precision = guise_precision_get_names ()[guise_search_model_get_precision (model)];
  g_autoptr (GChecksum) key = NULL;

  key = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (key, (const guchar *)guise_search_model_get_hash (model), -1);
  g_checksum_update (key, (const guchar *)precision, -1);
  return guise_embed_journal_open (path, g_checksum_get_string (key),
                                   guise_search_model_get_dim (model));
}

/* Whether index says what old (NULL = none) says: then the file is not written again. */
static gboolean
is_same (const GuiseIndex *old, const GuiseIndex *index)
{
  const GuiseIndexInfo *a, *b = guise_index_get_info (index);
  size_t n = guise_index_get_n_images (index);

  if (old == NULL || guise_index_get_n_images (old) != n)
    return FALSE;
  a = guise_index_get_info (old);
  return strcmp (a->checkpoint, b->checkpoint) == 0 && strcmp (a->precision, b->precision) == 0
         && strcmp (a->split, b->split) == 0 && a->storage == b->storage
         && a->n_unreadable == b->n_unreadable
         && memcmp (guise_index_get_ids (old), guise_index_get_ids (index), n * sizeof (gint64))
                == 0
         && a->stamps != NULL && memcmp (a->stamps, b->stamps, 2 * n * sizeof *a->stamps) == 0
         && (a->n_unreadable == 0
             || memcmp (a->unreadable, b->unreadable, 3 * a->n_unreadable * sizeof *a->unreadable)
                    == 0);
}

static GuiseIndex *
embed (GuiseProject *project, GuiseSearchModel *model, guint splits,
       const GuiseIndexStorage *wanted, gboolean retry, GuiseProjectIndexReport *report,
       GuiseIndexProgress progress, gpointer progress_data, GCancellable *cancellable,
       GError **error)
{
  g_auto (Old) old = { 0 };
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GuiseEmbedJournal) journal = NULL;
  GuiseTrainingQuery query = { .splits = splits };
  GuisePictureSource source = guise_project_get_pictures (project);
  g_autoptr (GuiseTrainingData) data = NULL;
  GuisePictureList pictures;

  open_old (project, model, &old, report);
  if (splits == 0)
    query.splits = choose_splits (&old.kind);
  report->splits = guise_splits_format (query.splits);
  report->storage = wanted != NULL ? *wanted : old.kind.storage;
  data = guise_store_read_training_data (guise_project_get_store (project), &query, cancellable,
                                         error);
  if (data == NULL)
    return NULL;
  pictures = list_pictures (data);
  if (is_current (old.index, model, &source, &pictures, report->splits, report->storage)
      && (!retry || guise_index_get_n_images (old.index) == pictures.n)) {
    report->build.n_reused = guise_index_get_n_images (old.index);
    report->build.n_unreadable = pictures.n - report->build.n_reused;
    report->current = report->saved = TRUE;
    return g_steal_pointer (&old.index);
  }
  journal = open_journal (project, model);
  index = guise_index_build (model, &source, &pictures, report->splits, report->storage, old.index,
                             retry, journal, &report->build, progress, progress_data, cancellable,
                             error);
  if (index == NULL)
    return NULL;
  report->current = report->build.n_embedded == 0 && is_same (old.index, index);
  report->saved = report->current;
  if (!report->current && !save_index (project, index, &report->saved, error))
    return NULL;
  if (journal != NULL && report->saved)
    guise_embed_journal_finish (journal);
  return g_steal_pointer (&index);
}

GuiseIndex *
guise_project_embed (GuiseProject *project, GuiseSearchModel *model, guint splits,
                     const GuiseIndexStorage *storage, gboolean retry,
                     GuiseProjectIndexReport *report,
                     GuiseIndexProgress progress, gpointer progress_data, GCancellable *cancellable,
                     GError **error)
{
  g_autofree char *folder
      = guise_project_get_run_folder (project, guise_search_model_get_name (model));
  int mark = guise_run_mark_embedding (folder);
  GuiseIndex *index = embed (project, model, splits, storage, retry, report, progress,
                             progress_data, cancellable, error);

  if (mark >= 0)
    close (mark);
  return index;
}

GuiseIndex *
guise_project_embed_data (GuiseProject *project, GuiseSearchModel *model,
                          const GuiseTrainingData *data, GuiseProjectIndexReport *report,
                          GuiseIndexProgress progress, gpointer progress_data,
                          GCancellable *cancellable, GError **error)
{
  g_auto (Old) old = { 0 };
  GuisePictureSource source = guise_project_get_pictures (project);
  GuisePictureList pictures = list_pictures (data);

  open_old (project, model, &old, report);
  return guise_index_build (model, &source, &pictures, "evaluation", GUISE_STORAGE_FLOAT32,
                            old.index, TRUE, NULL, &report->build, progress, progress_data,
                            cancellable, error);
}

GPtrArray *
guise_project_check_files (GuiseProject *project, const GuiseIndex *index, size_t *n_changed,
                           GCancellable *cancellable, GError **error)
{
  const GuiseTrainingQuery query = { 0 };
  const GuisePictureSource source = { NULL, get_root, project }; /* nothing is decoded */
  g_autoptr (GuiseTrainingData) data = guise_store_read_training_data (
      guise_project_get_store (project), &query, cancellable, error);
  g_autoptr (GPtrArray) unreadable = NULL;
  GuisePictureList pictures;

  if (data == NULL)
    return NULL;
  pictures = list_pictures (data);
  *n_changed = guise_index_count_changed (index, &source, &pictures, cancellable);
  unreadable = guise_index_list_unreadable (index, &source, &pictures, cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_steal_pointer (&unreadable);
}

guint64 *
guise_project_create_filter (GuiseProject *project, const GuiseIndex *index, const char *filter,
                             GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, error);
  g_autoptr (GArray) ids = NULL;

  if (parsed == NULL)
    return NULL;
  ids = guise_store_list_images (guise_project_get_store (project), parsed, GUISE_SORT_IMPORT,
                                 cancellable, error);
  if (ids == NULL)
    return NULL;
  return guise_index_create_filter (index, (const gint64 *)(void *)ids->data, ids->len);
}
