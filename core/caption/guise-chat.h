/* Questions to a vision model and the bodies of chat completions that ask them. */
#pragma once

#include "guise-decoder.h"
#include "guise-endpoint.h"

typedef enum {
  GUISE_QUESTION_DEFAULT = 0,
  /* The format given, and the answer exactly as it came: no schema in the words, no format below
   * it, no searching for JSON, no repair. For finding out what a server obeys. */
  GUISE_QUESTION_AS_IS = 1 << 0,
} GuiseQuestionFlags;

/* One picture and what is asked about it. Strings and references are owned. */
typedef struct {
  char *id;     /* the asker's answer carries it; may be NULL */
  char *system; /* or NULL */
  char *user;
  GBytes *jpeg;   /* from guise_chat_encode_…; NULL: no picture */
  char *sha256;   /* of jpeg, or NULL; what records have in the picture's place */
  json_t *schema; /* what the answer must fit (guise-json-schema.h) */
  double temperature, top_p;
  gint64 seed;
  guint max_tokens;   /* of the answer; always sent */
  GuiseFormat format; /* the best one to try */
  GuiseQuestionFlags flags;
} GuiseQuestion;

/* Copies texts and schema, refers to jpeg; temperature 0, top_p 1, seed 0, 400 tokens. */
GuiseQuestion *guise_question_new (const char *id, const char *system, const char *user,
                                   GBytes *jpeg, json_t *schema);
void guise_question_free (GuiseQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseQuestion, guise_question_free)
/* Another picture. */
void guise_question_set_jpeg (GuiseQuestion *question, GBytes *jpeg);

/* What a second request about the same question adds: the answer that was not good, and why. */
typedef struct {
  const char *answer;
  const char *fault;
} GuiseRepair;

/* The body of a request in that format, repair NULL for a first one; with_picture FALSE puts
 * "sha256:…" in the picture's place: that is what records keep. For g_free(); NULL without memory.
 */
char *guise_chat_create_body (const GuiseEndpoint *endpoint, const GuiseQuestion *question,
                              GuiseFormat format, guint max_tokens, const GuiseRepair *repair,
                              gboolean with_picture);

/* ---- pictures ---- */

typedef struct {
  guint min_side; /* smaller pictures are enlarged until the shorter side has so many pixels … */
  guint max_side; /* … and larger ones shrunk until the longer side has; this one wins */
  guint quality;  /* of JPEG, 1 to 100 */
} GuisePictureOptions;

#define GUISE_PICTURE_DEFAULT \
  {                           \
    224, 1024, 90             \
  }

/* A baseline JPEG in RGB without any metadata. options NULL = GUISE_PICTURE_DEFAULT. The same
 * pixels give the same bytes with the same libraries. Any thread. */
GBytes *guise_chat_encode_pixels (GuiseImage *image, const GuisePictureOptions *options,
                                  GError **error);
/* The same of a file of a data set: the decoder applies its EXIF orientation and puts transparent
 * pictures on white. Blocks. */
GBytes *guise_chat_encode_image (GuiseDecoder *decoder, GuiseRoot *root, const char *path,
                                 const GuisePictureOptions *options, GCancellable *cancellable,
                                 GError **error);
/* A picture that this made, at half its width and height. */
GBytes *guise_chat_halve (GBytes *jpeg, GError **error);
