/* Reading a data set in place: a folder in one of the known layouts becomes an array of neutral
 * records and a report of everything odd that was met. Nothing is ever written to the folder, and
 * no file outside it is opened. One function a format; `guise_import_read` finds the right
 * one. */
#pragma once

#include "guise-record.h"

#include <gio/gio.h>

typedef enum {
  GUISE_PROBLEM_BAD_RECORD,   /* wrong type, missing key, unusable path: record left out */
  GUISE_PROBLEM_MISSING_FILE, /* no regular file at the path beneath the root: record left out */
  /* The path came before: texts that are new are added to the earlier record if person and split
   * are the same; otherwise the later record is left out. */
  GUISE_PROBLEM_DUPLICATE_IMAGE,
  GUISE_PROBLEM_SPLIT_LEAK,       /* one person or one image in two splits */
  GUISE_PROBLEM_NO_CAPTION,       /* the record has no usable text */
  GUISE_PROBLEM_EMPTY_CAPTION,    /* white space only: the text is left out */
  GUISE_PROBLEM_BAD_TEXT,         /* of the wrong type, with NUL or too many: left out */
  GUISE_PROBLEM_LONG_CAPTION,     /* more than GUISE_IMPORT_LONG_PIECES; kept */
  GUISE_PROBLEM_SHARED_CAPTION,   /* the same text for different persons; kept */
  GUISE_PROBLEM_SINGLE_IMAGE,     /* a training person with one image; kept */
  GUISE_PROBLEM_REPEATED_CAPTION, /* the same text twice for one image; kept */
  GUISE_PROBLEM_NON_ASCII,        /* a text with letters or marks beyond ASCII; kept */
  GUISE_PROBLEM_ODD_SPLIT,        /* a split of another name: taken as validation */
  GUISE_PROBLEM_OUTDATED,         /* an edition of the data set that has been replaced */
} GuiseProblemKind;
#define GUISE_N_PROBLEM_KINDS 14

/* Words and marks of a text of which a model that reads 64 word pieces sees the end no more: two of
 * them are its own, and every word is one at least. */
#define GUISE_IMPORT_LONG_PIECES 62
/* Problems of one kind that are kept with their text; all are counted. */
#define GUISE_IMPORT_MAX_PROBLEMS 100

typedef struct {
  GuiseProblemKind kind;
  char *message; /* lower case: what, 'subject', why, where */
} GuiseProblem;

typedef struct {
  char *folder;   /* of the images, beneath the root: its first two names */
  guint n_images; /* that the annotation file names there */
  guint n_missing;
} GuiseImportFolder;

/* What was found in one split; records that were left out do not count. */
typedef struct {
  guint n_images;
  guint n_persons;
  guint n_captions;     /* free captions */
  guint n_descriptions; /* identity and clothing texts */
} GuiseImportCounts;

typedef struct {
  GuiseImportCounts splits[GUISE_N_SPLITS];
  /* The same for all that the annotation file names, whether its image is there or not. */
  GuiseImportCounts named[GUISE_N_SPLITS];
  /* The published numbers (descriptions 0), or NULL where there are none to compare with.
   * Borrowed. */
  const GuiseImportCounts *official;
  guint n_records;    /* in the annotation file */
  guint n_extra_keys; /* keys that no reader of this format knows; kept with the records */
  guint counts[GUISE_N_PROBLEM_KINDS];
  GPtrArray *problems; /* of GuiseProblem, in the order met */
  GPtrArray *folders;  /* of GuiseImportFolder, by name */
} GuiseImportReport;

typedef struct {
  const char *format; /* "cuhk-pedes"; static */
  char *name;         /* the root folder's own name: proposal for the data set's */
  char *root;         /* absolute */
  char *annotation;   /* the file that was read, beneath the root; several are joined by ", " */
  GPtrArray *records; /* of GuiseRecord, in the annotation file's order */
  GuiseImportReport report;
} GuiseImport;

typedef void (*GuiseImportProgress) (guint64 done, guint64 total, gpointer user_data);

/* Names of the formats that work, ends with NULL; "auto" is not among them. */
const char *const *guise_import_get_formats (void);

/* Reads the data set in `root`, or in the folder beneath it that has a data set's usual name.
 * `format`: a name, or "auto" or NULL to find out by the annotation file's name and its first
 * record. Blocking; call it on a worker. `progress` may be NULL. Odd records are reported, not
 * fatal; an error is returned when there is no data set or more than one, when the annotation file
 * cannot be understood, or when no record is usable. A file has at most 256 MB, all together a
 * million records and 2 million texts, which make about a gigabyte in memory.
 * G_IO_ERROR_CANCELLED at most a few milliseconds after the cancellable. */
GuiseImport *guise_import_read (const char *root, const char *format, GuiseImportProgress progress,
                                gpointer progress_data, GCancellable *cancellable, GError **error);
/* The same for the contents of an annotation file of the format called `format`, without looking
 * at any image: the records have no file size, `root` and `name` are "". */
GuiseImport *guise_import_parse (const char *format, const char *data, size_t size,
                                 GError **error);
void guise_import_free (GuiseImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseImport, guise_import_free)

/* "missing_file", "split_leak"…: the `kind` of a problem in JSON. */
const char *guise_problem_kind_to_string (GuiseProblemKind kind);
