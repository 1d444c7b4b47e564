/* guisectl caption stats: what versions of prompts brought. */
#include "cli-captions.h"
#include "cli-text.h"

#include "guise-prompt-use.h"
#include "guise-store-prompts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *
number_or_null (double number)
{
  return isnan (number) ? json_null () : json_real (number);
}

static const GuisePromptStats *
find_stats (GPtrArray *all, const GuisePromptUse *use)
{
  for (guint i = 0; i < all->len; i++) {
    const GuisePromptStats *stats = all->pdata[i];

    if (strcmp (stats->model, use->model) == 0 && strcmp (stats->prompt, use->prompt) == 0)
      return stats;
  }
  return NULL;
}

static json_t *
to_json (const GuisePromptUse *use, const GuisePromptStats *stats)
{
  const GuisePromptStats none = { .edit_words = NAN };
  gboolean has_count
      = guise_caption_has_count (use->prompt_tokens + use->completion_tokens, use->n_uncounted);

  if (stats == NULL)
    stats = &none;
  return json_pack (
      "{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:i, s:o, s:i, s:i, s:i, s:i,"
      " s:o}",
      "prompt", use->prompt, "title", use->title, "model", use->model, "jobs", use->n_jobs,
      "trials", use->n_trials, "asked", use->n_items, "described", use->n_described, "refused",
      use->n_refused, "failed", use->n_unusable, "answers", use->n_answers, "prompt_tokens",
      cli_tokens_to_json (use->prompt_tokens, has_count), "completion_tokens",
      cli_tokens_to_json (use->completion_tokens, has_count), "uncounted", use->n_uncounted,
      "cost", number_or_null (use->cost), "captions", stats->n_captions, "accepted",
      stats->n_accepted, "edited", stats->n_edited, "rejected", stats->n_rejected, "edit_words",
      number_or_null (stats->edit_words));
}

static void
print_version (const GuisePromptUse *use, const GuisePromptStats *stats)
{
  g_autofree char *model = cli_escape (use->model), *title = cli_escape (use->title);

  printf ("%.8s  %s, %s: %u answers, %u described, %u refused, %u failed; ",
          use->prompt, title, model, use->n_answers, use->n_described, use->n_refused,
          use->n_unusable);
  cli_print_spent (use->prompt_tokens + use->completion_tokens, use->n_uncounted, use->cost);
  printf ("\n");
  if (stats == NULL)
    return;
  printf ("          %u descriptions: %u accepted, %u edited, %u rejected", stats->n_captions,
          stats->n_accepted, stats->n_edited, stats->n_rejected);
  if (!isnan (stats->edit_words))
    printf ("; an edit changed %.1f words", stats->edit_words);
  printf ("\n");
}

static void
print_all (CliGlobal *global, GPtrArray *uses, GPtrArray *stats)
{
  json_t *all = json_array ();

  for (guint i = 0; i < uses->len; i++) {
    const GuisePromptStats *known = find_stats (stats, uses->pdata[i]);

    json_array_append_new (all, to_json (uses->pdata[i], known));
    if (!global->json)
      print_version (uses->pdata[i], known);
  }
  if (global->json)
    cli_print_json (json_pack ("{s:O}", "versions", all));
  json_decref (all);
}

int
cmd_caption_stats (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_autoptr (GPtrArray) uses = NULL, stats = NULL;

  if (!cli_parse (global, NULL, NULL,
                  "Says what each version of a prompt brought: answers, refusals, tokens, and what "
                  "became of its descriptions.",
                  "guisectl --json caption stats", 0, 0, &argc, &argv))
    return CLI_USAGE;
  project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  if (project == NULL)
    return cli_fail (global, error);
  db = guise_caption_db_open_existing (global->project, &error);
  if (error != NULL)
    return cli_fail (global, error);
  uses = db != NULL ? guise_caption_db_list_prompt_use (db, &error) : g_ptr_array_new ();
  stats = uses != NULL
              ? guise_store_list_prompt_stats (guise_project_get_store (project), NULL, &error)
              : NULL;
  if (stats == NULL)
    return cli_fail (global, error);
  print_all (global, uses, stats);
  if (uses->len == 0 && !global->json && !global->quiet)
    printf ("No prompt was used in this project.\n");
  return CLI_DONE;
}
