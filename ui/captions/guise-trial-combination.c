#include "guise-trial-combination.h"

#include "guise-caption-command.h"
#include "guise-url.h"

#include <string.h>

void
guise_trial_combination_clear (GuiseTrialCombination *self)
{
  g_free (self->endpoint);
  g_free (self->model);
  g_free (self->prompt);
  g_free (self->url);
  g_free (self->host);
  memset (self, 0, sizeof *self);
}

void
guise_trial_combination_set (GuiseTrialCombination *self, const GuiseEndpoint *endpoint,
                             char *model, const char *prompt)
{
  guise_trial_combination_clear (self);
  self->endpoint = g_strdup (endpoint->name);
  self->model = model;
  self->prompt = g_strdup (prompt);
  self->url = g_strdup (endpoint->url);
  self->host = guise_url_dup_host (endpoint->url);
  self->is_remote = !guise_url_is_loopback (endpoint->url);
}

GuiseJob *
guise_trial_combination_create_job (const GuiseTrialCombination *self, const char *folder,
                                    const char *filter, guint limit)
{
  g_autoptr (GuiseCaptionCommand) command
      = guise_caption_command_new (folder, NULL, self->model, self->url, limit);

  guise_caption_command_add_word (command, "--trial");
  guise_caption_command_add (command, "endpoint", self->endpoint);
  guise_caption_command_add (command, "model", self->model);
  guise_caption_command_add (command, "prompt", self->prompt);
  guise_caption_command_add (command, "filter", filter);
  guise_caption_command_add_number (command, "limit", limit);
  return guise_caption_command_create_job (command, self->allowed, GUISE_JOB_DEFAULT);
}
