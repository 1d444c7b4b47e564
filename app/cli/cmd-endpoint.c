/* guisectl endpoint: profiles of servers with vision models, and what one of them can do. */
#include "cli-captions.h"
#include "cli-commands.h"
#include "guise-probe-endpoint.h"
#include "guise-url.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- list ---- */

static void
print_endpoint (const GuiseEndpoint *endpoint)
{
  printf ("%-12s %-34s %s%s\n", endpoint->name,
          endpoint->url != NULL ? endpoint->url : "(needs an address)",
          endpoint->key_env != NULL ? "key in " : "no key",
          endpoint->key_env != NULL ? endpoint->key_env : "");
}

static int
list_endpoints (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) list = NULL;
  json_t *rows = json_array ();

  if (!cli_parse (global, NULL, "",
                  "Lists the profiles of servers: those that come with Guise, and your own in "
                  "~/.config/guise/endpoints,\nwhich stand in the place of shipped ones of the "
                  "same name.",
                  "guisectl endpoint list", 0, 0, &argc, &argv)) {
    json_decref (rows);
    return CLI_USAGE;
  }
  list = guise_endpoint_list (problems);
  for (guint i = 0; i < list->len; i++)
    json_array_append_new (rows, guise_endpoint_to_json (list->pdata[i]));
  for (guint i = 0; !global->json && i < list->len; i++)
    print_endpoint (list->pdata[i]);
  for (guint i = 0; i < problems->len; i++)
    cli_tell ("%s", (const char *)problems->pdata[i]);
  if (global->json)
    cli_print_json (json_pack ("{s:o}", "endpoints", rows));
  else
    json_decref (rows);
  return problems->len == 0 ? CLI_DONE : CLI_FAILED;
}

/* ---- probe ---- */

typedef struct {
  char *model, *key_env, *profile, *ca_file;
  gboolean allow_remote;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->model);
  g_free (options->key_env);
  g_free (options->profile);
  g_free (options->ca_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GuiseEndpoint *
create_endpoint (const char *url, const Options *options, GError **error)
{
  g_autoptr (GuiseEndpoint) endpoint
      = options->profile != NULL ? guise_endpoint_find (options->profile, error)
                                 : guise_endpoint_new (url, NULL, error);

  if (endpoint == NULL || (url != NULL && !guise_endpoint_set_url (endpoint, url, error)))
    return NULL;
  cli_adjust_endpoint (endpoint, options->model, options->ca_file, options->key_env);
  return g_steal_pointer (&endpoint);
}

static const char *
get_word (const GuiseProbeRow *row)
{
  static const char *const words[] = { "unknown", "no", "yes" };

  return words[row->result];
}

static void
print_row (const char *name, const GuiseProbeRow *row)
{
  printf ("%-12s %-8s%s\n", name, get_word (row), row->why != NULL ? row->why : "");
}

static void
print_report (const GuiseProbeReport *report)
{
  print_row ("reachable", &report->reachable);
  print_row ("vision", &report->vision);
  print_row ("json_schema", &report->json_schema);
  print_row ("json_object", &report->json_object);
  if (report->parallel > 0)
    printf ("%-12s %u at a time\n", "parallel", report->parallel);
  else
    printf ("%-12s unknown\n", "parallel");
  if (isfinite (report->latency_ms))
    printf ("%-12s %.0f ms\n", "latency", report->latency_ms);
  if (report->model != NULL)
    printf ("%-12s %s\n", "model", report->model);
}

/* true, false, or null where it is not known. */
static json_t *
create_flag (const GuiseProbeRow *row)
{
  return row->result == GUISE_PROBE_UNKNOWN ? json_null ()
                                            : json_boolean (row->result == GUISE_PROBE_YES);
}

static json_t *
create_reasons (const GuiseProbeReport *report)
{
  const struct {
    const char *name;
    const GuiseProbeRow *row;
  } rows[] = { { "reachable", &report->reachable },
               { "vision", &report->vision },
               { "json_schema", &report->json_schema },
               { "json_object", &report->json_object } };
  json_t *reasons = json_object ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].row->why != NULL)
      json_object_set_new (reasons, rows[i].name, json_string (rows[i].row->why));
  return reasons;
}

static json_t *
create_report (const GuiseProbeReport *report)
{
  return json_pack (
      "{s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:I, s:o}", "reachable",
      create_flag (&report->reachable), "vision", create_flag (&report->vision), "json_schema",
      create_flag (&report->json_schema), "json_object", create_flag (&report->json_object),
      "parallel", report->parallel > 0 ? json_integer (report->parallel) : json_null (),
      "latency_ms", isfinite (report->latency_ms) ? json_real (report->latency_ms) : json_null (),
      "model", report->model, "requests", (json_int_t)report->n_requests, "reasons",
      create_reasons (report));
}

static GuiseProbeReport *
probe (CliGlobal *global, const char *url, const Options *options, GError **error)
{
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  g_autoptr (GuiseEndpoint) endpoint = create_endpoint (url, options, error);
  g_autoptr (GuiseKey) key = NULL;

  settings.allow_remote = options->allow_remote;
  if (endpoint == NULL)
    return NULL;
  if (endpoint->url != NULL
      && !guise_url_check_consent (endpoint->url, options->allow_remote, error))
    return NULL;
  if (endpoint->url != NULL && !cli_find_key (endpoint, options->key_env, &key, error))
    return NULL;
  cli_watch_signals (global);
  return guise_endpoint_probe (endpoint, key, &settings, global->cancellable, error);
}

static int
probe_endpoint (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[]
      = { { "model", 0, 0, G_OPTION_ARG_STRING, &options.model, "The model's name", "M" },
          { "profile", 0, 0, G_OPTION_ARG_STRING, &options.profile,
            "A profile of `endpoint list`; its address is taken unless URL is given", "NAME" },
          { "key-env", 0, 0, G_OPTION_ARG_STRING, &options.key_env,
            "The environment variable that holds the key", "NAME" },
          { "allow-remote", 0, 0, G_OPTION_ARG_NONE, &options.allow_remote,
            "The server may be another machine", NULL },
          { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options.ca_file,
            "Trust the certificates of this file (PEM)", "FILE" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GuiseProbeReport) report = NULL;
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, "[URL]",
                  "Asks a server eight small questions, most of them about generated pictures: "
                  "does it see pictures,\ndoes it keep to a JSON schema, how many questions does "
                  "it answer at a time, how long does one take.",
                  "guisectl endpoint probe http://127.0.0.1:8080/v1 --model default", 0, 1, &argc,
                  &argv))
    return CLI_USAGE;
  if (argc < 2 && options.profile == NULL)
    return cli_usage ("endpoint probe: give an address, or --profile");
  report = probe (global, argc > 1 ? argv[1] : NULL, &options, &error);
  if (report == NULL)
    return cli_fail (global, error);
  if (global->json)
    cli_print_json (create_report (report));
  else
    print_report (report);
  return report->reachable.result == GUISE_PROBE_YES ? CLI_DONE : CLI_FAILED;
}

int
cmd_endpoint (CliGlobal *global, int argc, char **argv)
{
  if (argc > 1 && (strcmp (argv[1], "list") == 0 || strcmp (argv[1], "probe") == 0)) {
    cli_enter (global, argv[1]);
    return (strcmp (argv[1], "list") == 0 ? list_endpoints : probe_endpoint) (global, argc - 1,
                                                                              argv + 1);
  }
  if (!cli_parse (global, NULL, "list|probe …",
                  "Servers of vision models that speak OpenAI's chat completions: `list` shows the "
                  "profiles, `probe` finds\nout what one can do.",
                  "guisectl endpoint probe --profile ollama --model qwen2.5vl:7b", 0, 0, &argc,
                  &argv))
    return CLI_USAGE;
  return cli_usage ("endpoint: expected list or probe");
}
