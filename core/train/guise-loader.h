/* Prepares training batches ahead of the compute thread: loader threads draw the samples, augment
 * the pictures and lay out the tokens. Batch s is a function of (set, seed, s), so the number of
 * threads changes nothing. All memory is taken at the start. */
#pragma once

#include "guise-sampler.h"
#include "guise-stepper.h"

typedef struct {
  GuiseBatch batch; /* points into the arrays below */
  guint64 step;
  nn_real *images;      /* [B,3,H,W]; NULL where visual tokens are kept */
  GuiseSample *samples; /* [B] */
  gsize n_replaced;     /* samples whose picture did not decode: another one stands in */
} GuiseLoadedBatch;

typedef struct _GuiseLoader GuiseLoader;

/* Prepares steps first … end-1. Process rank of n_ranks prepares the pictures of its share alone
 * (guise_peers_share), and the texts and labels of all. set and config are borrowed. n_threads 0 =
 * one where pixels are in memory, else one for each of the decoder's processes. */
GuiseLoader *guise_loader_new (const GuiseTrainSet *set, const GuiseConfig *config, guint64 seed,
                               guint64 first, guint64 end, guint n_threads, gsize rank,
                               gsize n_ranks);
/* Stops the threads. NULL is fine. */
void guise_loader_free (GuiseLoader *loader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseLoader, guise_loader_free)

gsize guise_loader_get_size (const GuiseLoader *loader);

/* The next step's batch, which stays valid until the next call. NULL when none of its pictures
 * decodes (G_IO_ERROR_FAILED, with the first reason). Waits; see get_waited. One caller. */
GuiseLoadedBatch *guise_loader_next (GuiseLoader *loader, GError **error);
/* Lays the batch's labels and texts out anew, after samples [size] of other processes have changed;
 * for the batch that is in use. */
void guise_loader_lay_out (GuiseLoader *loader, GuiseLoadedBatch *loaded);
/* The samples of this process's share: from … to-1. */
void guise_loader_get_share (const GuiseLoader *loader, gsize *from, gsize *to);
/* Seconds spent waiting in guise_loader_next so far. */
double guise_loader_get_waited (const GuiseLoader *loader);
