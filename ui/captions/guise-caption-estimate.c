#include "guise-caption-estimate.h"

#include "guise-format.h"
#include "guise-prompt-files.h"

#include <glib/gi18n.h>
#include <math.h>

/* ---- choices -------------------------------------------------------------------------------- */

void
guise_prompt_choice_free (GuisePromptChoice *choice)
{
  g_free (choice->path);
  g_free (choice->title);
  g_free (choice);
}

void
guise_caption_choices_free (GuiseCaptionChoices *choices)
{
  if (choices == NULL)
    return;
  g_clear_pointer (&choices->endpoints, g_ptr_array_unref);
  g_clear_pointer (&choices->prompts, g_ptr_array_unref);
  g_free (choices);
}

/* Those that can be used. */
static GPtrArray *
list_prompts (void)
{
  g_autoptr (GPtrArray) files = guise_prompt_files_list ();
  GPtrArray *prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_prompt_choice_free);

  for (guint i = 0; i < files->len; i++) {
    const GuisePromptFile *file = files->pdata[i];
    GuisePromptChoice *choice;

    if (file->problem != NULL)
      continue;
    choice = g_new0 (GuisePromptChoice, 1);
    choice->path = g_strdup (file->path);
    choice->title = guise_format_excerpt (file->title, 60);
    g_ptr_array_add (prompts, choice);
  }
  return prompts;
}

static void
read_choices_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GuiseCaptionChoices *choices = g_new0 (GuiseCaptionChoices, 1);

  choices->endpoints = guise_endpoint_list (NULL);
  for (guint i = choices->endpoints->len; i-- > 0;)
    if (((GuiseEndpoint *)choices->endpoints->pdata[i])->url == NULL)
      g_ptr_array_remove_index (choices->endpoints, i);
  choices->prompts = list_prompts ();
  g_task_return_pointer (task, choices, (GDestroyNotify)guise_caption_choices_free);
}

void
guise_caption_choices_read_async (GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, guise_caption_choices_read_async);
  g_task_run_in_thread (task, read_choices_in_thread);
}

GuiseCaptionChoices *
guise_caption_choices_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- estimates ------------------------------------------------------------------------------ */

typedef struct {
  GuiseProject *project;
  GuiseEndpoint *endpoint;
  char *prompt, *filter;
  char **styles;
  guint limit;
  GuiseCaptionEstimate estimate;
} Estimating;

static void
estimating_free (Estimating *self)
{
  g_object_unref (self->project);
  guise_endpoint_free (self->endpoint);
  g_free (self->prompt);
  g_free (self->filter);
  g_strfreev (self->styles);
  g_free (self);
}

static gboolean
read_rates (Estimating *self, GError **error)
{
  g_autoptr (GuiseCaptionDb) db = NULL;
  GError *local = NULL;

  self->estimate.rates = (GuiseCaptionRates){ 0, NAN, NAN, NAN };
  db = guise_caption_db_open_existing (guise_project_get_folder (self->project), &local);
  if (local != NULL)
    g_propagate_error (error, local);
  if (db == NULL)
    return local == NULL;
  return guise_caption_db_get_rates (db, self->endpoint->name, self->endpoint->model,
                                     &self->estimate.rates, error);
}

static gboolean
count (Estimating *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse (self->filter, error);
  g_autoptr (GuisePrompt) prompt = NULL;
  const GuiseCaptionPlan plan = { .endpoint = self->endpoint,
                                  .filter = self->filter,
                                  .styles = (const char *const *)self->styles,
                                  .limit = self->limit };
  GuiseCaptionPlan whole = plan;
  gint64 n;

  if (filter == NULL)
    return FALSE;
  n = guise_store_count_images (guise_project_get_store (self->project), filter, cancellable,
                                error);
  if (n < 0)
    return FALSE;
  self->estimate.n_images = (guint64)n;
  self->estimate.n_styles = self->styles != NULL ? g_strv_length (self->styles) : 0;
  prompt = guise_prompt_load (self->prompt, error);
  whole.prompt = prompt;
  n = prompt != NULL ? guise_project_count_plan (self->project, &whole, error) : -1;
  self->estimate.n_items = (guint64)MAX (n, 0);
  return n >= 0;
}

static void
estimate_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Estimating *self = data;
  GError *error = NULL;

  if (count (self, cancellable, &error) && read_rates (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
guise_caption_estimate_async (GuiseProject *project, const GuiseEndpoint *endpoint,
                              const char *prompt, const char *filter,
                              const char *const *styles, guint limit, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Estimating *self = g_new0 (Estimating, 1);

  self->project = g_object_ref (project);
  self->endpoint = guise_endpoint_copy (endpoint);
  self->prompt = g_strdup (prompt);
  self->filter = g_strdup (filter);
  self->styles = g_strdupv ((char **)styles);
  self->limit = limit;
  g_task_set_source_tag (task, guise_caption_estimate_async);
  g_task_set_task_data (task, self, (GDestroyNotify)estimating_free);
  g_task_run_in_thread (task, estimate_in_thread);
}

gboolean
guise_caption_estimate_finish (GAsyncResult *result, GuiseCaptionEstimate *estimate,
                               GError **error)
{
  const Estimating *self = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *estimate = self->estimate;
  return TRUE;
}

static char *
format_duration (double seconds)
{
  if (isnan (seconds))
    return g_strdup (_ ("time not measured"));
  if (seconds < 90)
    return g_strdup_printf (_ ("about %.0f s"), MAX (seconds, 1));
  if (seconds < 5400)
    return g_strdup_printf (_ ("about %.0f min"), seconds / 60);
  return g_strdup_printf (_ ("about %.1f h"), seconds / 3600);
}

/* "120 pictures", or "600 requests: 5 styles of each picture". */
static char *
create_items (const GuiseCaptionEstimate *estimate)
{
  g_autofree char *number = guise_format_count (estimate->n_items);
  g_autofree char *styles = guise_format_count (estimate->n_styles);
  g_autofree char *requests = NULL;

  if (estimate->n_styles == 0)
    return g_strdup_printf (ngettext ("%s picture", "%s pictures", estimate->n_items), number);
  requests
      = g_strdup_printf (ngettext ("%s request", "%s requests", estimate->n_items), number);
  /* Translators: "600 requests: each picture in 5 styles" */
  return g_strdup_printf (ngettext ("%s: each picture in %s style", "%s: each picture in %s styles",
                                    estimate->n_styles),
                          requests, styles);
}

char *
guise_caption_estimate_create_text (const GuiseCaptionEstimate *estimate)
{
  const GuiseCaptionRates *rates = &estimate->rates;
  double n = (double)estimate->n_items;
  g_autofree char *items = create_items (estimate);
  g_autofree char *time = format_duration (rates->ms * n / 1000);
  g_autofree char *token_number
      = guise_format_count (isnan (rates->tokens) ? 0 : (guint64)llround (rates->tokens * n));
  g_autofree char *tokens = isnan (rates->tokens)
                                ? g_strdup (_ ("tokens not measured"))
                                : g_strdup_printf (_ ("about %s tokens"), token_number);
  g_autofree char *cost = isnan (rates->cost)
                              ? g_strdup (_ ("cost not measured"))
                              : g_strdup_printf (_ ("cost about %.2f"), rates->cost * n);

  return g_strjoin (" · ", items, time, tokens, cost, NULL);
}
