/* What a folder of pretrained weights holds, for people: how many numbers of which kinds, and what
 * of it no encoder here needs. Any thread. */
#pragma once

#include "guise-pretrained.h"

typedef struct {
  gsize n_files, n_tensors;
  guint64 n_numbers;                    /* in all tensors */
  GPtrArray *dtypes;                    /* of const char *: "BF16", … each once, by name */
  GPtrArray *ignored;                   /* of char *: tensors no tower needs, by name, cleaned */
  guint64 n_ignored;                    /* numbers in them */
  guint64 vision_numbers, text_numbers; /* of each tower; 0 where it is not there */
} GuisePretrainedContents;

/* Nothing but the files' heads is read. Fails where the weights are not the towers that config.json
 * describes, with what differs. */
gboolean guise_pretrained_contents_read (GuisePretrainedContents *contents,
                                         const GuisePretrained *pretrained, GError **error);
void guise_pretrained_contents_clear (GuisePretrainedContents *contents);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuisePretrainedContents, guise_pretrained_contents_clear)
