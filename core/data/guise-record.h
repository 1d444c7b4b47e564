/* The neutral record: what every importer makes of one image of a data set, and all that the
 * store is told about it. Plain data; nothing here knows a file format or the database. */
#pragma once

#include <glib.h>

typedef enum {
  GUISE_SPLIT_TRAIN,
  GUISE_SPLIT_VAL,
  GUISE_SPLIT_TEST,
  GUISE_SPLIT_NONE, /* the data set has no splits */
} GuiseSplit;
#define GUISE_N_SPLITS 4

typedef enum {
  GUISE_CAPTION_FREE,     /* "caption": a free sentence about the whole image */
  GUISE_CAPTION_IDENTITY, /* who: build, age, hair, gender presentation */
  GUISE_CAPTION_CLOTHING, /* wearing: garments, colours, bags, shoes */
} GuiseCaptionKind;
#define GUISE_N_CAPTION_KINDS 3

typedef enum {
  GUISE_SOURCE_DATASET, /* written by the data set's annotators */
  GUISE_SOURCE_HUMAN,   /* written here by the user */
  GUISE_SOURCE_MACHINE, /* written by a model */
  GUISE_SOURCE_RULE,    /* cut out of another caption by the built-in splitter */
} GuiseCaptionSource;
#define GUISE_N_CAPTION_SOURCES 4

/* One text of an image as the data set has it. */
typedef struct {
  GuiseCaptionKind kind;
  GuiseCaptionSource source;
  char *text;  /* valid UTF-8, without NUL */
  char *style; /* annotator style or NULL */
  char *model; /* what wrote a machine's text, or NULL */
} GuiseRecordCaption;

typedef struct {
  GuiseSplit split;
  char *path;          /* beneath the data set's root, normalised; bytes, not text */
  char *person;        /* the data set's own label; namespaced by data set in the store */
  char *outfit;        /* label within the person, or NULL */
  char *camera;        /* or NULL */
  goffset file_size;   /* bytes; -1 = not looked at */
  char *extra;         /* what no reader knows of it, as a JSON object in one line, or NULL */
  GPtrArray *captions; /* of GuiseRecordCaption, in the file's order */
} GuiseRecord;

GuiseRecord *guise_record_new (void);
void guise_record_free (GuiseRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRecord, guise_record_free)
/* Appends a caption; style and model may be NULL. Copies. */
void guise_record_add_caption (GuiseRecord *record, GuiseCaptionKind kind,
                               GuiseCaptionSource source, const char *text, const char *style,
                               const char *model);

/* "train", "val", "test", "none". */
const char *guise_split_to_string (GuiseSplit split);
/* "caption", "identity", "clothing". */
const char *guise_caption_kind_to_string (GuiseCaptionKind kind);
/* "dataset", "human", "machine", "rule". */
const char *guise_caption_source_to_string (GuiseCaptionSource source);
/* The inverses: exact lower-case names; FALSE for anything else. */
gboolean guise_split_from_string (const char *name, GuiseSplit *split);
gboolean guise_caption_kind_from_string (const char *name, GuiseCaptionKind *kind);
gboolean guise_caption_source_from_string (const char *name, GuiseCaptionSource *source);

/* Brings a path out of a data set into the one form that is stored: no empty and no "." parts.
 * NULL with G_IO_ERROR_INVALID_FILENAME for whatever could leave the root or names no file:
 * empty, absolute, a ".." part, a trailing slash, a drive letter, a backslash, a control
 * character. */
char *guise_record_normalise_path (const char *path, GError **error);
