/* The offline splitter: the free captions of one image become a description of who somebody is and
 * one of what is worn, in plain sentences. It says what the captions state and nothing else. Where
 * they differ the majority counts, else the first. The same captions always give the same texts. */
#pragma once

#include "guise-statements.h"

/* What the captions say to one slot of a description. */
typedef struct {
  GuiseSlot slot;
  char *value;      /* that was taken, canonical: "black and white", "no hat" */
  guint n_stating;  /* captions that fill the slot */
  guint n_agreeing; /* those of them that say the same, or part of it */
} GuiseSplitSlot;

typedef struct {
  GuiseSlot slot;
  char *taken, *dropped; /* canonical values */
  guint caption;         /* which one was overruled, from 0 */
} GuiseSplitConflict;

typedef struct {
  char *identity, *clothing;                 /* a sentence or a few; NULL = nothing is stated */
  char *why_no_identity, *why_no_clothing;   /* a sentence, where the text is NULL */
  gboolean identity_quoted, clothing_quoted; /* clauses of a caption, not put together anew */
  GArray *slots;                             /* of GuiseSplitSlot, by slot */
  GArray *conflicts;                         /* of GuiseSplitConflict */
} GuiseCaptionSplit;

/* A description is made no longer than this if leaving out details can help it. */
#define GUISE_SPLIT_MAX_WORDS 60

/* captions: n texts, any bytes, none NULL; n may be 0. Never fails. Any thread. */
GuiseCaptionSplit *guise_splitter_split (const GuiseLexicon *lexicon, const char *const *captions,
                                         guint n);
void guise_caption_split_free (GuiseCaptionSplit *split);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionSplit, guise_caption_split_free)
