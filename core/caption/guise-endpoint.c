/* Endpoints as values; guise-endpoint-file.c reads and writes them. */
#include "guise-endpoint.h"
#include "guise-url.h"

#include <math.h>
#include <string.h>

G_DEFINE_QUARK (guise - endpoint - error - quark, guise_endpoint_error)

static const char *const format_names[] = { "json_schema", "json_object", "prompted" };

const char *
guise_format_get_name (GuiseFormat format)
{
  return format_names[format];
}

guint
guise_parameter_from_name (const char *name)
{
  static const struct {
    const char *name;
    guint bit;
  } rows[] = {
    { "temperature", GUISE_PARAMETER_TEMPERATURE },
    { "top_p", GUISE_PARAMETER_TOP_P },
    { "seed", GUISE_PARAMETER_SEED },
    { "thinking", GUISE_PARAMETER_THINKING },
    { "reasoning_effort", GUISE_PARAMETER_THINKING },
    { "reasoning", GUISE_PARAMETER_THINKING },
    { "chat_template_kwargs", GUISE_PARAMETER_THINKING },
    { "enable_thinking", GUISE_PARAMETER_THINKING },
    { "detail", GUISE_PARAMETER_DETAIL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].name, name) == 0)
      return rows[i].bit;
  return 0;
}

GuiseFormat
guise_endpoint_get_format (const GuiseEndpoint *endpoint, GuiseFormat from)
{
  while (from < GUISE_FORMAT_PROMPTED && (endpoint->formats & (1u << from)) == 0)
    from++;
  return from;
}

gboolean
guise_endpoint_set_url (GuiseEndpoint *endpoint, const char *url, GError **error)
{
  char *checked = guise_url_check (url, error);

  if (checked == NULL)
    return FALSE;
  g_free (endpoint->url);
  endpoint->url = checked;
  return TRUE;
}

GuiseEndpoint *
guise_endpoint_new (const char *url, const char *model, GError **error)
{
  g_autoptr (GuiseEndpoint) endpoint = g_new0 (GuiseEndpoint, 1);

  endpoint->name = g_strdup (GUISE_ENDPOINT_TYPED);
  endpoint->title = g_strdup ("Custom");
  endpoint->model = g_strdup (model);
  endpoint->formats = 1u << GUISE_FORMAT_JSON_SCHEMA | 1u << GUISE_FORMAT_JSON_OBJECT
                      | 1u << GUISE_FORMAT_PROMPTED;
  endpoint->token_field = g_strdup ("max_tokens");
  endpoint->prompt_price = endpoint->completion_price = NAN;
  if (!guise_endpoint_set_url (endpoint, url, error))
    return NULL;
  return g_steal_pointer (&endpoint);
}

GuiseEndpoint *
guise_endpoint_copy (const GuiseEndpoint *endpoint)
{
  GuiseEndpoint *copy = g_memdup2 (endpoint, sizeof *endpoint);

  copy->name = g_strdup (endpoint->name);
  copy->title = g_strdup (endpoint->title);
  copy->note = g_strdup (endpoint->note);
  copy->url = g_strdup (endpoint->url);
  copy->model = g_strdup (endpoint->model);
  copy->key_env = g_strdup (endpoint->key_env);
  copy->token_field = g_strdup (endpoint->token_field);
  copy->detail = g_strdup (endpoint->detail);
  copy->thinking = endpoint->thinking != NULL ? json_deep_copy (endpoint->thinking) : NULL;
  copy->extra = endpoint->extra != NULL ? json_deep_copy (endpoint->extra) : NULL;
  copy->ca_file = g_strdup (endpoint->ca_file);
  copy->proxy = g_strdup (endpoint->proxy);
  return copy;
}

void
guise_endpoint_free (GuiseEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;
  g_free (endpoint->name);
  g_free (endpoint->title);
  g_free (endpoint->note);
  g_free (endpoint->url);
  g_free (endpoint->model);
  g_free (endpoint->key_env);
  g_free (endpoint->token_field);
  g_free (endpoint->detail);
  json_decref (endpoint->thinking);
  json_decref (endpoint->extra);
  g_free (endpoint->ca_file);
  g_free (endpoint->proxy);
  g_free (endpoint);
}
