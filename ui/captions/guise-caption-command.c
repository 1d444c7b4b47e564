#include "guise-caption-command.h"

#include "guise-format.h"
#include "guise-project-captions.h"
#include "guise-url.h"

#include <glib/gi18n.h>

void
guise_caption_command_add_word (GuiseCaptionCommand *command, const char *word)
{
  g_ptr_array_add (command->arguments, g_strdup (word));
}

/* One argument: a value that begins with '-' is no option. */
void
guise_caption_command_add (GuiseCaptionCommand *command, const char *option, const char *value)
{
  if (value != NULL && *value != '\0')
    g_ptr_array_add (command->arguments, g_strdup_printf ("--%s=%s", option, value));
}

void
guise_caption_command_add_number (GuiseCaptionCommand *command, const char *option, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  guise_caption_command_add (command, option, g_ascii_dtostr (text, sizeof text, number));
}

GuiseCaptionCommand *
guise_caption_command_new (const char *folder, const char *part, const char *model,
                           const char *url, guint64 n_images)
{
  GuiseCaptionCommand *command = g_new0 (GuiseCaptionCommand, 1);
  g_autofree char *plain = guise_format_excerpt (model, 60);
  g_autofree char *host = guise_url_dup_host (url);

  command->arguments = g_ptr_array_new_with_free_func (g_free);
  command->name = g_strdup_printf (_ ("Describing with “%s” at %s"), plain, host);
  command->url = g_strdup (url);
  command->n_images = n_images;
  guise_caption_command_add (command, "project", folder);
  guise_caption_command_add_word (command, "caption");
  if (part != NULL)
    guise_caption_command_add_word (command, part);
  guise_caption_command_add (command, "only-host", host);
  return command;
}

GuiseCaptionCommand *
guise_caption_command_new_begin (const char *folder, const GuiseCaptionStart *begin)
{
  GuiseCaptionCommand *command
      = guise_caption_command_new (folder, NULL, begin->model, begin->url, begin->n_images);

  guise_caption_command_add (command, "endpoint", begin->endpoint);
  guise_caption_command_add (command, "model", begin->model);
  guise_caption_command_add (command, "prompt", begin->prompt);
  guise_caption_command_add (command, "filter", begin->filter);
  guise_caption_command_add (command, "styles", begin->styles);
  /* 0 too: left out, a limit that a job of before has would hold on */
  guise_caption_command_add_number (command, "limit", begin->limit);
  guise_caption_command_add_number (command, "max-tokens", (double)begin->max_tokens);
  guise_caption_command_add_number (command, "max-cost", begin->max_cost);
  return command;
}

GuiseCaptionCommand *
guise_caption_command_new_job (const char *folder, const char *part, const GuiseCaptionJob *job,
                               guint64 n_images, GError **error)
{
  g_autoptr (GuiseEndpoint) endpoint = guise_caption_job_get_endpoint (job, error);
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, job->id);
  GuiseCaptionCommand *command;

  if (endpoint == NULL)
    return NULL;
  if (endpoint->url == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_URL,
                 "cannot ask '%s': it has no address", job->endpoint);
    return NULL;
  }
  command = guise_caption_command_new (folder, part, job->model, endpoint->url, n_images);
  guise_caption_command_add_word (command, id);
  return command;
}

void
guise_caption_command_free (GuiseCaptionCommand *command)
{
  if (command == NULL)
    return;
  g_ptr_array_unref (command->arguments);
  g_free (command->name);
  g_free (command->url);
  g_free (command);
}

GuiseJob *
guise_caption_command_create_job (GuiseCaptionCommand *command, gboolean allowed,
                                  GuiseJobFlags flags)
{
  if (allowed && !guise_url_is_loopback (command->url))
    guise_caption_command_add_word (command, "--allow-remote");
  g_ptr_array_add (command->arguments, NULL);
  return guise_job_new ((const char *const *)command->arguments->pdata, flags);
}
