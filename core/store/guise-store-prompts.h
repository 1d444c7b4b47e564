/* What has become of the captions that models wrote, by model and version of the prompt. */
#pragma once

#include "guise-store.h"

typedef struct {
  char *model;
  char *prompt;     /* the version's hash */
  guint n_captions; /* that are there now, of any state */
  guint n_accepted; /* as they came */
  guint n_edited;   /* changed by hand, which accepts them */
  guint n_rejected;
  double edit_words; /* words put in, taken out or replaced in an edited one, in the mean; NaN:
                      * none was edited */
} GuisePromptStats;

void guise_prompt_stats_free (GuisePromptStats *stats);

/* Array of GuisePromptStats, by model and version; captions without a prompt are not counted. What
 * an edited one was at first is what the log says. */
GPtrArray *guise_store_list_prompt_stats (GuiseStore *store, GCancellable *cancellable,
                                          GError **error);

/* The fewest words to put in, take out or replace that make one text of the other. Words are what
 * stands between white space. */
guint guise_store_count_word_edits (const char *from, const char *to);
