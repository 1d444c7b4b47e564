/* The tables of the paper as lists of configurations: each row takes one thing out of the full
 * model, or puts another in its place, and leaves everything else as it is (docs/MODEL.md,
 * "Ablations").
 *
 *   1  BDAM: without, cross-attention, gate, depth
 *   2  fusion: without, Mamba, gate, alignment; a Transformer of four layers
 *   3  losses: each one
 *   4  clusterings of styles: none, random, k-means, GMM, agglomerative, HDBSCAN, DBSCAN
 */
#pragma once

#include "guise-config.h"

/* One row. Rows of one name are the same training, whatever table they stand in. */
typedef struct {
  char *name;         /* "no-cross": of rows on the disk and of run folders */
  char *title;        /* "without cross-attention" */
  char *note;         /* why it says less than it seems to, or NULL */
  GuiseConfig config; /* checked */
  const char *styles; /* NULL = the descriptions as they are; "none" = the splitter's plain
                       * sentences; else a method of clustering that finds their styles */
  gboolean reranks;   /* its match head is to be judged too */
} GuiseVariant;

/* The name of the row that every table but the fourth has. */
#define GUISE_VARIANT_FULL "full"

/* "disentanglement (BDAM)"; NULL where there is no table of that number. */
const char *guise_ablation_describe (guint table);
/* Array of GuiseVariant, the full model first. A row that would be the full model again (a loss
 * that takes no part within train.steps) has its name, and a note. */
GPtrArray *guise_ablation_list (guint table, const GuiseConfig *full);

/* Makes a training of `steps` updates out of a longer one: train.steps, and the ramp of the losses
 * that come in late shrinks in proportion, so that they take part for the same share of it.
 * Warm-up, learning rate and everything counted in absolute steps stay. A longer training only
 * lasts longer. */
void guise_ablation_scale (GuiseConfig *config, gsize steps);
