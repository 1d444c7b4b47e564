/* The images and texts of one side (training or validation) as the trainer reads them: persons with
 * their images, texts as token ids, pixels at the network's size. Built once, then read by any
 * number of threads. */
#pragma once

#include "guise-config.h"
#include "guise-decoder.h"
#include "guise-losses.h"
#include "guise-store-training.h"
#include "guise-wordpiece.h"

/* Where pixels come from. get_root: the data set's folder, with a reference for the caller; called
 * from several threads. */
typedef struct {
  GuiseDecoder *decoder;
  GuiseRoot *(*get_root) (gint64 dataset_id, gpointer user_data, GError **error);
  gpointer user_data;
} GuiseImageSource;

/* What stands out in the data; none of it stops the training. */
typedef struct {
  gsize n_images;                 /* that were asked for */
  gsize n_without_text;           /* left out: no text at all */
  gsize n_undecodable;            /* left out; 0 where they were not tried */
  char *undecodable;              /* the first one's message, or NULL */
  gsize n_lone;                   /* persons with a single image */
  gsize n_missing[GUISE_N_TEXTS]; /* images without a text of that kind: others stand in for it */
} GuiseTrainSetReport;

/* guise-token-cache.h */
typedef struct _GuiseTokenCache GuiseTokenCache;

typedef struct {
  const GuiseTrainingData *data; /* borrowed */
  GuiseImageSource source;
  gsize width, height;

  gsize n_images;
  gsize *index;   /* [n_images] in `data` */
  gint64 *person; /* [n_images] */
  gint64 *outfit; /* [n_images], see guise-outfits.h */
  guint8 *pixels; /* [n_images,height,width,3]; NULL = decoded when asked for */
  /* [n_images] where each one's visual tokens are in the cache, of the picture as it is and
   * mirrored; NULL = none are kept. */
  const guint16 **visual[2];

  gsize n_persons;
  gsize *person_start;  /* [n_persons + 1] into: */
  gsize *person_images; /* the images of each person, those of one outfit side by side */

  /* The texts of image i that serve as kind k: text[k][start[k][i]] … An image without one of that
   * kind lends others: its free captions to the descriptions, its descriptions to the caption. */
  gsize *text_start[GUISE_N_TEXTS]; /* [n_images + 1] */
  gsize *text[GUISE_N_TEXTS];
  guint8 *missing; /* [n_images]: bit 1 << k where the texts of kind k are lent */
  gsize n_texts;
  gsize *token_start; /* [n_texts + 1] */
  gint32 *tokens;
  const float **features; /* [n_texts] where each one's feature is in the cache; NULL = none are */
  guint8 *sided;          /* [n_texts]: says "left" or "right", so its image must not be mirrored */
  gsize longest;          /* tokens of the longest text */

  GuiseTrainSetReport report;
} GuiseTrainSet;

typedef void (*GuiseTrainSetProgress) (guint64 done, guint64 total, gpointer user_data);

/* members: indexes into data (gsize). With a cache of tokens (NULL = none) all images and texts
 * get theirs, and no pixels are kept. Otherwise pixels are kept in memory where they fit into
 * `budget` bytes: then, and with try_all always, all are decoded now, on all the decoder's
 * processes. Images that fail are left out. data, outfits (of all its images), the cache and the
 * source's objects must outlive the set. Fails with G_IO_ERROR_NOT_FOUND when no image is left,
 * with G_IO_ERROR_CANCELLED, and as the cache does. progress may be NULL. */
GuiseTrainSet *guise_train_set_new (const GuiseTrainingData *data, const GArray *members,
                                    const gint64 *outfits, const GuiseWordpiece *wordpiece,
                                    const GuiseConfig *config, const GuiseImageSource *source,
                                    GuiseTokenCache *cache, guint64 budget, gboolean try_all,
                                    GuiseTrainSetProgress progress, gpointer progress_data,
                                    GCancellable *cancellable, GError **error);
void guise_train_set_free (GuiseTrainSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTrainSet, guise_train_set_free)

/* The picture of image i as [height,width,3]: borrowed from memory, or decoded into scratch (as
 * large). NULL with an error where it does not decode. Any thread. */
const guint8 *guise_train_set_get_pixels (const GuiseTrainSet *set, gsize i, guint8 *scratch,
                                          GError **error);

/* Decodes data's image source_index into out [height,width,3]. Any thread. */
gboolean guise_train_set_decode (const GuiseTrainSet *set, gsize source_index, guint8 *out,
                                 GCancellable *cancellable, GError **error);

/* Whether a text says "left" or "right" as a word. */
gboolean guise_train_set_is_sided (const char *text);
