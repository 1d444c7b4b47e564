/* The embedding index of a run: what search ranks.
 *
 * File index.safetensors: v [N,F] and c [N,F] float32 (identity and clothing of each image), norm
 * [N] float32 (length of the aligned feature of which v is the direction: what reranking needs),
 * ids [N] int64 (the store's image ids), stamps [N,2] int64 (size in bytes and time of change in ns
 * of each picture's file; missing in older files), unreadable [M,3] int64 (id, size and time of the
 * pictures that could not be read; only where there are some), and in its metadata run, checkpoint
 * (hash of the weights that made it), split, created, precision (that it was computed in; missing
 * in older files: float32). With storage float16 it also has v_half and c_half [N,F] float16, v and
 * c rounded: a query reads these, half as many bytes, and of v and c only the rows that could be
 * among the hits, so that what it finds is the same. Written atomically, read by mmap. Immutable
 * once made, so any number of threads may read it. */
#pragma once

#include <glib.h>

#include "guise-half-rows.h"
#include "guise-topk.h" /* GUISE_SEARCH_ERROR */

G_BEGIN_DECLS

typedef struct _GuiseIndex GuiseIndex;

/* What a query reads of each image. */
typedef enum {
  GUISE_STORAGE_FLOAT32,
  GUISE_STORAGE_FLOAT16,
} GuiseIndexStorage;

/* "float32", "float16". */
const char *guise_index_storage_to_string (GuiseIndexStorage storage);
gboolean guise_index_storage_parse (const char *text, GuiseIndexStorage *storage);

/* What making an index anew has to know of the one that was there. */
typedef struct {
  char *split;
  char *precision; /* NULL = neither this nor the storage is known */
  GuiseIndexStorage storage;
} GuiseIndexKind;

void guise_index_kind_clear (GuiseIndexKind *kind);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseIndexKind, guise_index_kind_clear)

/* Of a file that guise_index_open() refuses, as far as its header can be read; FALSE where that
 * says nothing, and kind is empty then. */
gboolean guise_index_recall (const char *path, GuiseIndexKind *kind);

typedef struct {
  const char *run;        /* the run's name */
  const char *checkpoint; /* hash of model.safetensors */
  const char *split;      /* "test", "all", … */
  const char *created;    /* ISO 8601, UTC; NULL on writing = now */
  const gint64 *stamps;   /* [n,2]: size and time of change of the files; NULL = not known */
  const char *precision;  /* "float32", "bfloat16"; NULL on writing = "float32" */
  GuiseIndexStorage storage;
  const gint64 *unreadable; /* [n_unreadable,3]: id, size and time of change; NULL = none */
  size_t n_unreadable;
} GuiseIndexInfo;

/* Replaces the file at path in one step. ids must differ from each other and every number must be
 * finite, with float16 also fit into one (below 65520), else nothing is written. */
gboolean guise_index_write (const char *path, const GuiseIndexInfo *info, size_t n, size_t dim,
                            const float *identity, const float *clothing, const float *norm,
                            const gint64 *ids, GError **error);

/* Checks everything: shapes, types, metadata, finite, halves that are the rows rounded, unique ids.
 * Errors name the file. */
GuiseIndex *guise_index_open (const char *path, GError **error);
/* In memory; copies. The same checks. */
GuiseIndex *guise_index_new (const GuiseIndexInfo *info, size_t n, size_t dim,
                             const float *identity, const float *clothing, const float *norm,
                             const gint64 *ids, GError **error);
GuiseIndex *guise_index_ref (GuiseIndex *index);
void guise_index_unref (GuiseIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseIndex, guise_index_unref)

size_t guise_index_get_n_images (const GuiseIndex *index);
size_t guise_index_get_dim (const GuiseIndex *index);
/* [N,F], [N,F], [N], [N]; borrowed. */
const float *guise_index_get_identity (const GuiseIndex *index);
const float *guise_index_get_clothing (const GuiseIndex *index);
/* NULL unless the storage is float16. Borrowed. */
const GuiseHalfRows *guise_index_get_identity_halves (const GuiseIndex *index);
const GuiseHalfRows *guise_index_get_clothing_halves (const GuiseIndex *index);
const float *guise_index_get_norm (const GuiseIndex *index);
const gint64 *guise_index_get_ids (const GuiseIndex *index);
/* Borrowed; no member but stamps and unreadable is NULL. */
const GuiseIndexInfo *guise_index_get_info (const GuiseIndex *index);
/* FALSE = stale: made by other weights than those with this hash. */
gboolean guise_index_is_current (const GuiseIndex *index, const char *checkpoint);
/* Whether row `position` was made of a file of this size and time of change. */
gboolean guise_index_has_stamp (const GuiseIndex *index, size_t position, const gint64 stamp[2]);
/* Position of an image id; FALSE when the index does not hold it. position may be NULL. */
gboolean guise_index_find (const GuiseIndex *index, gint64 id, size_t *position);
/* One bit an image, set for the given ids; ids that the index does not hold are passed over.
 * g_free() it. */
guint64 *guise_index_create_filter (const GuiseIndex *index, const gint64 *ids, size_t n_ids);

G_END_DECLS
