/* Images, persons and data sets: lists of ids for the window and the command line, records on
 * demand. */
#pragma once

#include "guise-filter.h"
#include "guise-store.h"

/* One image with the labels that belong to it. Ids are 0 and labels NULL where there is none. */
typedef struct {
  gint64 id;
  gint64 dataset_id;
  gint64 person_id; /* unique over all data sets: person 1 of one is not person 1 of another */
  gint64 outfit_id;
  gint64 camera_id;
  char *dataset;
  char *person;
  char *outfit;
  char *camera;
  char *path;  /* beneath the data set's root; bytes: show with g_filename_display_name */
  char *extra; /* keys of the data set that its reader did not know: a JSON object, or NULL */
  GuiseSplit split;
  goffset file_size; /* bytes, -1 = unknown */
  int width, height; /* pixels, 0 = not yet decoded */
  guint n_captions;
  guint caption_states; /* one bit (1 << GuiseCaptionState) for each state among its captions */
} GuiseImageRecord;

void guise_image_record_free (GuiseImageRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseImageRecord, guise_image_record_free)

typedef enum {
  GUISE_SORT_IMPORT, /* the data set's own order */
  GUISE_SORT_PATH,
  GUISE_SORT_PERSON, /* persons in the order of their import, then outfit, then camera */
  GUISE_SORT_CAMERA,
  GUISE_SORT_CHANGED, /* latest change first; untouched images after them */
} GuiseImageSort;

/* The ids (gint64) of the images that match, in order. `filter` NULL = all. Empty is no error. An
 * image matches when one of its captions matches the whole filter (an image without captions is
 * matched as if it had one empty caption of no kind). */
GArray *guise_store_list_images (GuiseStore *store, const GuiseFilter *filter, GuiseImageSort sort,
                                 GCancellable *cancellable, GError **error);
/* Reads what filters by words need in memory, so that the first one is as fast as the next. They do
 * so themselves where this was not called. */
gboolean guise_store_prepare_words (GuiseStore *store, GCancellable *cancellable, GError **error);
/* -1 on error. */
gint64 guise_store_count_images (GuiseStore *store, const GuiseFilter *filter,
                                 GCancellable *cancellable, GError **error);
/* All images of one person, by outfit, camera, id. */
GArray *guise_store_list_person_images (GuiseStore *store, gint64 person_id,
                                        GCancellable *cancellable, GError **error);

/* _NOT_FOUND where there is none. */
GuiseImageRecord *guise_store_get_image (GuiseStore *store, gint64 image_id, GError **error);
/* Many at once: array of GuiseImageRecord in the order asked for; NULL entries for unknown
 * ids. */
GPtrArray *guise_store_get_images (GuiseStore *store, const gint64 *image_ids, size_t n_ids,
                                   GCancellable *cancellable, GError **error);

typedef struct {
  gint64 id;
  char *name;
  char *format; /* "cuhk-pedes" */
  char *root;   /* bytes; relative to the project's folder when it lies inside it, else absolute */
  guint n_images, n_persons;
} GuiseDataset;

void guise_dataset_free (GuiseDataset *dataset);
/* Array of GuiseDataset, by id. */
GPtrArray *guise_store_list_datasets (GuiseStore *store, GError **error);
/* Finds the data set with this root or adds it (name made unique); its id, or -1. */
gint64 guise_store_add_dataset (GuiseStore *store, const char *name, const char *format,
                                const char *root, GError **error);

/* The values a field of the filter language takes, with how many images have each: the choices of
 * a filter chip. Fields: split, camera, state, source, style, kind. */
typedef struct {
  char *value;
  guint n_images;
} GuiseFacet;
void guise_facet_free (GuiseFacet *facet);
GPtrArray *guise_store_list_facets (GuiseStore *store, const char *field,
                                    GCancellable *cancellable, GError **error);

/* Totals of the project. */
typedef struct {
  guint n_images, n_persons, n_outfits, n_cameras;
  guint images_by_split[GUISE_N_SPLITS], persons_by_split[GUISE_N_SPLITS];
  guint captions_by_kind[GUISE_N_CAPTION_KINDS];
  guint captions_by_state[6]; /* by GuiseCaptionState */
} GuiseStoreCounts;
gboolean guise_store_get_counts (GuiseStore *store, GuiseStoreCounts *counts, GError **error);
