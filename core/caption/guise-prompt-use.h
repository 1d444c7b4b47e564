/* What was asked with each version of a prompt in a project, and what it took: counted in
 * captions.db, trials included. */
#pragma once

#include "guise-caption-db.h"

typedef struct {
  char *model;
  char *prompt; /* the version's hash */
  char *title;
  guint n_jobs, n_trials; /* trials are among the jobs */
  guint n_items;          /* images in a style */
  guint n_described, n_refused, n_unusable;
  guint n_answers;
  guint n_uncounted;                       /* of them and of test pictures: nobody counted */
  gint64 prompt_tokens, completion_tokens; /* as far as servers said */
  double cost;                             /* NaN: no answer said */
  gint64 last;                             /* when the last job was begun, µs since 1970 UTC */
} GuisePromptUse;

void guise_prompt_use_free (GuisePromptUse *use);

/* Array of GuisePromptUse, newest first. */
GPtrArray *guise_caption_db_list_prompt_use (GuiseCaptionDb *db, GError **error);
