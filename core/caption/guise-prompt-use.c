#include "guise-prompt-use.h"

#include <math.h>
#include <string.h>

void
guise_prompt_use_free (GuisePromptUse *use)
{
  if (use == NULL)
    return;
  g_free (use->model);
  g_free (use->prompt);
  g_free (use->title);
  g_free (use);
}

static GuisePromptUse *
get_use (GPtrArray *all, const GuiseCaptionJob *job)
{
  GuisePromptUse *use;

  for (guint i = 0; i < all->len; i++) {
    use = all->pdata[i];
    if (strcmp (use->model, job->model) == 0 && strcmp (use->prompt, job->prompt) == 0)
      return use;
  }
  use = g_new0 (GuisePromptUse, 1);
  use->model = g_strdup (job->model);
  use->prompt = g_strdup (job->prompt);
  use->cost = (double)NAN;
  use->last = job->created; /* the newest comes first */
  g_ptr_array_add (all, use);
  return use;
}

static void
add_job (GuisePromptUse *use, const GuiseCaptionJob *job)
{
  use->n_jobs++;
  use->n_trials += job->is_trial != FALSE;
  use->n_items += job->n_items;
  use->n_described += job->n_done;
  use->n_refused += job->n_refused;
  use->n_unusable += job->n_unusable;
  use->n_answers += job->n_answers;
  use->n_uncounted += job->n_uncounted;
  use->prompt_tokens += job->prompt_tokens;
  use->completion_tokens += job->completion_tokens;
  if (!isnan (job->cost))
    use->cost = (isnan (use->cost) ? 0 : use->cost) + job->cost;
}

static gboolean
read_titles (GuiseCaptionDb *db, GPtrArray *all, GError **error)
{
  for (guint i = 0; i < all->len; i++) {
    GuisePromptUse *use = all->pdata[i];
    g_autoptr (GuisePrompt) prompt = guise_caption_db_get_prompt (db, use->prompt, error);

    if (prompt == NULL)
      return FALSE;
    use->title = g_strdup (prompt->title);
  }
  return TRUE;
}

GPtrArray *
guise_caption_db_list_prompt_use (GuiseCaptionDb *db, GError **error)
{
  g_autoptr (GPtrArray) all
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_prompt_use_free);
  g_autoptr (GPtrArray) jobs = guise_caption_db_list_jobs (db, error);

  if (jobs == NULL)
    return NULL;
  for (guint i = 0; i < jobs->len; i++)
    add_job (get_use (all, jobs->pdata[i]), jobs->pdata[i]);
  return read_titles (db, all, error) ? g_steal_pointer (&all) : NULL;
}
