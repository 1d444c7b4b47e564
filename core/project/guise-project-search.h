/* What search needs of an open project: its runs' models, their embedding indexes beside them, and
 * filters as sets of images. Blocking; any thread. */
#pragma once

#include "guise-index-builder.h"
#include "guise-project.h"
#include "guise-store-training.h"

G_BEGIN_DECLS

/* The model of run `name`. Its error when there is no such run names those that there are. */
GuiseSearchModel *guise_project_open_model (GuiseProject *project, const char *name,
                                            guint n_threads, GError **error);

/* Pictures of the project's data sets; valid while the project is open. */
GuisePictureSource guise_project_get_pictures (GuiseProject *project);

/* Copies a checkpoint folder (config.json, model.safetensors, vocab.txt) into a new run that is
 * done, with λ and step as the checkpoint has them. The model is loaded first, so nothing broken
 * gets in. A run of this name with the same model is left as it is, another one is an error. */
gboolean guise_project_add_run (GuiseProject *project, const char *checkpoint, const char *name,
                                GError **error);
/* Tells the store of run `name` what its run.json says; nothing where the project is read-only. */
gboolean guise_project_register_run (GuiseProject *project, const char *name, GError **error);

/* The file of the run's index: runs/NAME/index.safetensors. */
char *guise_project_get_index_path (GuiseProject *project, const char *run);

/* Splits as bits 1 << GuiseSplit: "test", "train,val", "all"; 0 = error. */
guint guise_splits_parse (const char *text, GError **error);
char *guise_splits_format (guint splits);

typedef struct {
  GuiseIndexReport build;
  gboolean current;          /* the index was as it should be; nothing is written then */
  gboolean saved;            /* FALSE: the run's folder cannot be written, it is in memory only */
  char *damage;              /* why the index that was there could not be read, or NULL */
  gboolean forgotten;        /* of a damaged one: how it was stored and computed is not known */
  GuiseIndexStorage storage; /* of the new one */
  char *splits;              /* "test": of the new one; NULL with guise_project_embed_data() */
} GuiseProjectIndexReport;

void guise_project_index_report_clear (GuiseProjectIndexReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseProjectIndexReport, guise_project_index_report_clear)

/* The run's index of the images of these splits, made or brought up to date and saved beside the
 * run. splits 0 = those of the index as it is, all where there is none. storage NULL = as the index
 * is, float32 where there is none. Pictures that are in it already are not embedded again unless
 * the weights or their files have changed; what could not be read and is the same file still is
 * tried again with retry alone. A damaged index is made anew, as what it was: as its own
 * header says, else as the cache remembers. */
GuiseIndex *guise_project_embed (GuiseProject *project, GuiseSearchModel *model, guint splits,
                                 const GuiseIndexStorage *storage, gboolean retry,
                                 GuiseProjectIndexReport *report, GuiseIndexProgress progress,
                                 gpointer progress_data, GCancellable *cancellable,
                                 GError **error);
/* The embeddings of exactly the images of data, out of the run's index as far as that has them; the
 * run's own index is left as it is. */
GuiseIndex *guise_project_embed_data (GuiseProject *project, GuiseSearchModel *model,
                                      const GuiseTrainingData *data,
                                      GuiseProjectIndexReport *report,
                                      GuiseIndexProgress progress, gpointer progress_data,
                                      GCancellable *cancellable, GError **error);

/* How many image files of the index have changed or gone since they were embedded: search then
 * ranks pictures that are not those on the disk. The paths (char *) of those that are not in it
 * because they could not be read, and have not changed since; NULL where the images cannot be
 * listed. Asks for the state of every file. */
GPtrArray *guise_project_check_files (GuiseProject *project, const GuiseIndex *index,
                                      size_t *n_changed, GCancellable *cancellable,
                                      GError **error);

/* One bit an image of the index, set where the filter (guise-filter.h) matches; for
 * guise_search_top(). g_free() it. NULL with the error of the filter or of the store. */
guint64 *guise_project_create_filter (GuiseProject *project, const GuiseIndex *index,
                                      const char *filter, GCancellable *cancellable,
                                      GError **error);

G_END_DECLS
