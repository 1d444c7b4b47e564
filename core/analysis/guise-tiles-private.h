/* Rows laid out for products in the cache, and the scan over all pairs of them that may be near.
 *
 * The rows are moved so that their mean is 0, which costs the distances nothing and their
 * products less rounding, scaled by a power of two so that no number is above 1, and stored as
 * float columns in blocks of GUISE_TILE, which a product copies in long rows. A distance that is
 * read off a product is known to be wrong by no more than a margin; where that could decide
 * anything, the visitor takes the exact one. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

enum { GUISE_TILE = 528 };

typedef struct {
  const GuiseRows *rows;
  const guint32 *ids; /* [n]: place p holds row ids[p]; NULL = row p. Owned */
  size_t n, dim, n_blocks;
  double *centre;  /* [dim] */
  double scale;    /* place = (row - centre)·scale */
  float *x;        /* [n_blocks][dim][GUISE_TILE] */
  float *half;     /* [n_blocks·GUISE_TILE] half squared length */
  double *lengths; /* [n_blocks·GUISE_TILE] */
  double *longest; /* [n_blocks] */
} GuiseTiles;

/* ids [n]: which rows, ascending (copied); NULL = all. Tiles of the same rows share their frame. */
GuiseTiles *guise_tiles_new (const GuiseRows *rows, const guint32 *ids, size_t n,
                             const GuiseWork *work);
void guise_tiles_free (GuiseTiles *tiles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTiles, guise_tiles_free)

/* products [m,ld] = a [m,dim], rows in the frame, times the columns of a block: as many as it has
 * places. */
void guise_tiles_multiply (const GuiseTiles *tiles, size_t block, const float *a, size_t m,
                           float *products, size_t ld);
/* The rows of a block, row by row, into rows [places,dim]. */
void guise_tiles_get_block (const GuiseTiles *tiles, size_t block, float *rows);
size_t guise_tiles_get_row (const GuiseTiles *tiles, size_t place);
/* How many places block b has. */
size_t guise_tiles_count (const GuiseTiles *tiles, size_t block);
/* A point in the rows' own numbers as one of the tiles' frame. */
void guise_tiles_frame (const GuiseTiles *tiles, float *framed, const double *point);
/* ½ distance², rounded up, in the frame, of a squared distance between rows. */
float guise_tiles_limit (const GuiseTiles *tiles, double distance2);

/* How far ½ distance² of the place and any other, read off a product and rounded to a float, may be
 * from the true one. */
double guise_tiles_get_margin (const GuiseTiles *tiles, size_t place);

/* Distance in the rows' own numbers of two places whose ½ distance² in the frame was read off a
 * product; the exact one where the product is not good enough. */
double guise_tiles_distance (const GuiseTiles *tiles, size_t i, size_t j, double half);

/* A pair of places, i of `rows` and j of `columns`, that may be within the larger of their limits;
 * columns that are not rows have none.
 * half is ½ distance² in the frame, wrong by at most margin. data: the worker's own. Called from
 * all workers. */
typedef void (*GuisePairVisit) (size_t i, size_t j, double half, double margin, gpointer data);

/* The workers' arrays have as many items as the team has threads. Limits are ½ distance² in the
 * frame; a visit may change its own worker's. */
typedef struct {
  const GuiseTiles *rows, *columns; /* the same: each pair once, i < j */
  GuisePairVisit visit;
  gpointer *data;        /* what visit gets */
  float **limits;        /* each [rows->n] */
  const guint32 *groups; /* [n] pairs within a group are left out, columns being rows; or NULL */
  /* Whether pairs of these places need not be looked at any more; NULL = look at all. */
  gboolean (*is_settled) (size_t first_row, size_t n_rows, size_t first_column, size_t n_columns,
                          gpointer data);
  guint64 before, total; /* tiles that other scans have done, and of all scans; 0: only this one */
} GuiseScan;

guint64 guise_scan_count_tiles (const GuiseScan *scan);
/* FALSE when it was cancelled. Which worker sees which pair, and in which order, is chance. */
gboolean guise_scan_run (const GuiseScan *scan, const GuiseWork *work, GError **error);

/* The nearest of k points of the frame, points [k,dim], to each place: which [n], and ½ distance²
 * in the frame, half [n], not below 0; of equals the first. NULL half: not wanted. */
void guise_tiles_assign (const GuiseTiles *tiles, const float *points, size_t k, guint32 *which,
                         float *half, const GuiseWork *work);

/* ½ distance² in the frame, not below 0, of each place to each of a few points of the frame:
 * half [k,n]. */
void guise_tiles_measure (const GuiseTiles *tiles, const float *points, size_t k, float *half,
                          const GuiseWork *work);

G_END_DECLS
