/* A model that begins with pretrained encoders: a ViT folder for images, a BERT folder for texts.
 * Either may be NULL: that encoder then begins from nothing. Any thread; errors are those of
 * guise-pretrained.h and GUISE_CONFIG_ERROR. */
#pragma once

#include "guise-model.h"
#include "guise-pretrained.h"

typedef struct {
  GuisePretrained *vision, *text;
} GuisePretrainedStart;

/* Opens the folders, NULL = none. */
gboolean guise_pretrained_start_open (GuisePretrainedStart *start, const char *vision,
                                      const char *text, GError **error);
void guise_pretrained_start_clear (GuisePretrainedStart *start);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuisePretrainedStart, guise_pretrained_start_clear)

/* Gives config the encoders' sizes, and BDAM as many heads as the image encoder has where its own
 * number does not fit. What the user sets comes after this, and then the check. */
void guise_pretrained_start_configure (const GuisePretrainedStart *start, GuiseConfig *config);
/* Whether config still has the encoders' sizes, and what stands beside the weights, tokenizer and
 * settings of pictures, can be used. The size of images is free: positions are interpolated; so is
 * the number of tokens that are read of a text, up to the encoder's. */
gboolean guise_pretrained_start_check (const GuisePretrainedStart *start, const GuiseConfig *config,
                                       GError **error);
/* Fills a model of that configuration: the encoders from the folders, the rest with the values that
 * guise_model_init() gives it. Pictures are read as everywhere here, with mean and deviation ½:
 * where the image folder's preprocessor_config.json says others, the patches' weights are changed
 * so that the encoder sees what it was trained with. On failure the values are undefined. */
gboolean guise_pretrained_start_init (const GuisePretrainedStart *start, GuiseModel *model,
                                      guint64 seed, GError **error);

/* A vocab.txt that reads as the text folder's tokenizer does (see guise-tokenizer.h for what that
 * is), for g_free(). Refused where none does: where it has more entries than the encoder knows, or
 * reads texts in another way than uncased models, or has tokens that are no lines. */
char *guise_pretrained_start_read_vocabulary (const GuisePretrainedStart *start, gsize *size,
                                              GError **error);
