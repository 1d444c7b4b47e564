/* What the importers share. */
#pragma once

#include "guise-import.h"
#include "guise-json-records.h"
#include "guise-root.h"

/* The folder of the images, beside or above the annotation file. */
#define GUISE_IMPORT_IMAGES "imgs"

/* Of one image: more are left out. */
#define GUISE_IMPORT_MAX_TEXTS 1000

typedef struct _GuiseImportFormat GuiseImportFormat;

typedef struct {
  GuiseImport *import;
  const GuiseImportFormat *format;
  GuiseRoot *root;        /* NULL: no file is looked at */
  const char *annotation; /* the file that is being read, beneath the root */
  guint n_files, n_read;  /* of annotation files: all, and those that are done */
  GStringChunk *strings;  /* paths and persons' labels, each once */
  /* Of the records so far → GuiseRecord, or NULL where the file is missing. */
  GHashTable *paths;
  GHashTable *persons[GUISE_N_SPLITS]; /* labels in `strings`, by address */
  GHashTable *folders;                 /* name → GuiseImportFolder, owned by the report */
  guint64 n_texts;
  GuiseImportProgress progress;
  gpointer progress_data;
  GCancellable *cancellable;
} GuiseImportContext;

/* An edition of an annotation file that has been replaced, known by its persons in each split. */
typedef struct {
  guint n_persons[GUISE_N_SPLITS];
  const char *why; /* a sentence: what it is, and what to do */
} GuiseImportEdition;

struct _GuiseImportFormat {
  const char *name;         /* "icfg-pedes" */
  const char *title;        /* "ICFG-PEDES" */
  const char *folder;       /* what its folder is usually called */
  const char *const *files; /* names of its annotation file, the usual one first; NULL */
  /* Not NULL: `files` are one for each of some splits, and all that are there are read. They lie
   * in this folder or beside it. */
  const char *parts_folder;
  const char *path_key;               /* of a record: where its image lies */
  gint64 first_id;                    /* of the training persons */
  const GuiseImportCounts *official;  /* GUISE_N_SPLITS of them, or NULL */
  const GuiseImportEdition *outdated; /* or NULL */
  /* How an image's name tells its camera: '#' is any number, '*' the camera's, the rest stands as
   * it is. NULL: the image's folder is the camera. */
  const char *camera_form;
  /* Goes through an annotation file's contents and takes every record. */
  gboolean (*parse) (GuiseImportContext *context, const char *data, size_t size, GError **error);
};

extern const GuiseImportFormat guise_import_cuhk;
extern const GuiseImportFormat guise_import_icfg;
extern const GuiseImportFormat guise_import_rstp;
extern const GuiseImportFormat guise_import_textreid;
extern const GuiseImportCounts guise_import_cuhk_official[GUISE_N_SPLITS];

/* All of them; ends with NULL. Two have the same name where a data set is handed out in two
 * layouts; the first is preferred. */
const GuiseImportFormat *const *guise_import_list_formats (void);

/* The `parse` of the formats that are an array of images (guise-import-records.c). */
gboolean guise_import_parse_records (GuiseImportContext *context, const char *data, size_t size,
                                     GError **error);

/* ---- for files that are not quite so (guise-import-records.c) ------------------------------- */

/* Takes an element of any type, the `number`th of its file from 1 on. */
typedef void (*GuiseImportTakeElement) (GuiseImportContext *context, guint64 number, json_t *object,
                                        gpointer user_data);

/* Hands over all elements that can be parsed and reports the others; FALSE when the array is
 * broken, when all files together have more records or texts than allowed, or when cancelled. */
gboolean guise_import_walk (GuiseImportContext *context, GuiseJsonRecords *records,
                            GuiseImportTakeElement take, gpointer user_data, GError **error);
/* Fills path and person; what is wrong with them (free with g_free), or NULL. */
char *guise_import_take_place (const GuiseImportContext *context, GuiseRecord *record,
                               json_t *object);
/* Adds a text that is one; reports it otherwise. */
void guise_import_take_text (GuiseImportContext *context, GuiseRecord *record,
                             GuiseCaptionKind kind, json_t *text, const char *style);
/* A label that may be written as a number or as a string; FALSE for anything else. A missing one
 * is NULL. */
gboolean guise_import_get_label (json_t *value, char **label);
/* The camera that the image's path tells; free with g_free. */
char *guise_import_dup_camera (const GuiseImportContext *context, const char *path);
/* Counts the object's keys that are neither the path's nor `known` (ends with NULL) and keeps them
 * in the record, unless that is NULL; a key that it has already stays as it is. */
void guise_import_take_extra_keys (GuiseImportContext *context, GuiseRecord *record,
                                   json_t *object, const char *const *known);

/* Counts a problem; the text is kept for the first GUISE_IMPORT_MAX_PROBLEMS of its kind. */
void guise_import_add_problem (GuiseImport *import, GuiseProblemKind kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Takes the record into the import unless its path came before or its file is missing, which it
 * reports. Empty texts have to be left out by the reader. */
void guise_import_take_record (GuiseImportContext *context, GuiseRecord *record);

/* What only the whole shows: counts, split leaks, single images, shared captions, missing
 * folders, an outdated edition. FALSE when cancelled. */
gboolean guise_import_finish_report (GuiseImportContext *context, GError **error);
