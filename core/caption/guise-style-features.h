/* How a text is written, as numbers: what it says is masked, and of the rest come which function
 * words and marks follow each other, and what the sentences look like. Two texts of one annotator
 * are near each other whatever they describe. Needs no model. Any thread. */
#pragma once

#include "guise-lexicon.h"
#include "guise-rows.h"

G_BEGIN_DECLS

/* The parts of a row, each of them for itself of a length that does not depend on the text's. */
enum {
  GUISE_STYLE_SHAPE_DIM = 64,  /* sentences, marks, articles, verbs, hedges, the order of slots */
  GUISE_STYLE_WORDS_DIM = 128, /* hashed n-grams of function words and marks, n = 1 … 3 */
  GUISE_STYLE_CHARS_DIM = 128, /* hashed n-grams of the masked text's characters, n = 3 and 4 */
  GUISE_STYLE_DIM = GUISE_STYLE_SHAPE_DIM + GUISE_STYLE_WORDS_DIM + GUISE_STYLE_CHARS_DIM,
};

/* Stands for a run of content words in a masked text; an asterisk stands for unknown ones. */
#define GUISE_STYLE_SLOT "□"
#define GUISE_STYLE_UNKNOWN "*"

/* The text in lower case with its content masked: "a □ in a □, □." Any bytes will do. */
char *guise_style_mask (const GuiseLexicon *lexicon, const char *text);

/* One row, of length 1. Any bytes will do; the same on every machine but for rounding. */
void guise_style_features (const GuiseLexicon *lexicon, const char *text,
                           float row[GUISE_STYLE_DIM]);

/* rows [n,GUISE_STYLE_DIM]: on all threads of work's team. FALSE with G_IO_ERROR_CANCELLED. */
gboolean guise_style_features_of (const GuiseLexicon *lexicon, const char *const *texts, size_t n,
                                  float *rows, const GuiseWork *work, GError **error);

G_END_DECLS
