#include "guise-project-parameters.h"

#include "guise-json.h"

#include <math.h>
#include <string.h>

#define MAX_PARAMETERS (4 << 20)

char *
guise_caption_parameters_dump (json_t *object)
{
  return guise_json_dup_text (object, JSON_COMPACT | JSON_SORT_KEYS);
}

char *
guise_caption_parameters_create (const GuiseCaptionPlan *plan)
{
  json_t *object = json_object ();
  char *text;

  json_object_set_new (object, "endpoint", guise_endpoint_to_json (plan->endpoint));
  json_object_set_new (object, "limit", json_integer (plan->limit));
  json_object_set_new (object, "max_tokens", json_integer (MAX (plan->max_tokens, 0)));
  json_object_set_new (object, "max_cost", json_real (MAX (plan->max_cost, 0)));
  if (plan->exemplars != NULL)
    json_object_set (object, "exemplars", plan->exemplars);
  text = guise_caption_parameters_dump (object);
  json_decref (object);
  return text;
}

json_t *
guise_caption_parameters_read (const GuiseCaptionJob *job, GError **error)
{
  g_autofree char *where = g_strdup_printf ("parameters of job %" G_GINT64_FORMAT, job->id);

  return guise_json_parse (job->parameters, strlen (job->parameters), MAX_PARAMETERS, where,
                           error);
}

GuiseEndpoint *
guise_caption_job_get_endpoint (const GuiseCaptionJob *job, GError **error)
{
  json_t *parameters = guise_caption_parameters_read (job, error);
  json_t *object;
  GuiseEndpoint *endpoint = NULL;

  if (parameters != NULL
      && guise_json_get_object (parameters, "endpoint", job->endpoint, &object, error))
    endpoint = guise_endpoint_from_json (object, job->endpoint, error);
  json_decref (parameters);
  return endpoint;
}

/* As limits do: they hold for servers that do not count, too. */
static gint64
count_tokens (const GuiseCaptionJob *job)
{
  return job->prompt_tokens + job->completion_tokens + job->assumed_tokens;
}

static void
set_tokens_used_up (const GuiseCaptionJob *job, gint64 max_tokens, GError **error)
{
  gint64 counted = job->prompt_tokens + job->completion_tokens;

  if (job->assumed_tokens > 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "the job's limit of %" G_GINT64_FORMAT " tokens is used up: %" G_GINT64_FORMAT
                 " were counted, and %u answers without a count are taken for %" G_GINT64_FORMAT
                 "; raise it with --max-tokens",
                 max_tokens, counted, job->n_uncounted, job->assumed_tokens);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "the job's limit of %" G_GINT64_FORMAT " tokens is used up: %" G_GINT64_FORMAT
                 " were spent; raise it with --max-tokens",
                 max_tokens, counted);
}

static gboolean
is_used_up (const GuiseCaptionJob *job, gint64 max_tokens, double max_cost, GError **error)
{
  if (max_tokens > 0 && count_tokens (job) >= max_tokens)
    set_tokens_used_up (job, max_tokens, error);
  else if (max_cost > 0 && job->cost >= max_cost)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "the job's limit of costs, %.2f, is used up: %.2f were spent; raise it with "
                 "--max-cost",
                 max_cost, job->cost);
  else
    return FALSE;
  return TRUE;
}

gboolean
guise_caption_job_read_limits (const GuiseCaptionJob *job, gint64 *max_tokens, double *max_cost,
                               GError **error)
{
  json_t *parameters = guise_caption_parameters_read (job, error);
  gboolean ok = parameters != NULL
                && guise_json_get_int (parameters, "max_tokens", job->endpoint, max_tokens, error)
                && guise_json_get_double (parameters, "max_cost", job->endpoint, max_cost, error);

  json_decref (parameters);
  return ok;
}

gboolean
guise_caption_job_get_limits (const GuiseCaptionJob *job, gint64 *max_tokens, double *max_cost,
                              GError **error)
{
  if (!guise_caption_job_read_limits (job, max_tokens, max_cost, error)
      || is_used_up (job, *max_tokens, *max_cost, error))
    return FALSE;
  if (*max_tokens > 0)
    *max_tokens -= count_tokens (job);
  if (*max_cost > 0 && !isnan (job->cost))
    *max_cost -= job->cost;
  return TRUE;
}

gboolean
guise_caption_job_set_limits (GuiseCaptionDb *db, const GuiseCaptionJob *job,
                              const gint64 *max_tokens, const double *max_cost, GError **error)
{
  json_t *parameters;
  g_autofree char *text = NULL;

  if (max_tokens == NULL && max_cost == NULL)
    return TRUE;
  parameters = guise_caption_parameters_read (job, error);
  if (parameters == NULL)
    return FALSE;
  if (max_tokens != NULL)
    json_object_set_new (parameters, "max_tokens", json_integer (*max_tokens));
  if (max_cost != NULL)
    json_object_set_new (parameters, "max_cost", json_real (*max_cost));
  text = guise_caption_parameters_dump (parameters);
  json_decref (parameters);
  return guise_caption_db_set_parameters (db, job->id, text, NULL, error);
}
