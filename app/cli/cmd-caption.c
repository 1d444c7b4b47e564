/* guisectl caption: descriptions of who a person is and what they wear, out of the captions that
 * are there or by a model. */
#include "cli-captions.h"
#include "cli-commands.h"
#include "cli-styles.h"

#include "guise-data-file.h"
#include "guise-lock-file.h"
#include "guise-project-captions.h"

#include <stdio.h>
#include <string.h>

/* ---- without a model ---- */

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

static void
print_offline (CliGlobal *global, const GuiseOfflineReport *report)
{
  if (global->json)
    cli_print_json (json_pack ("{s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "event", "done", "images",
                               report->n_images, "added", report->stored.n_added, "known",
                               report->stored.n_known, "failed", report->stored.n_unusable,
                               "without", report->n_without, "partly", report->n_partly));
  else if (!global->quiet)
    printf ("%u images: %u descriptions added, %u were there already. %u images have no caption "
            "that says anything, %u only one of both.\n",
            report->n_images, report->stored.n_added, report->stored.n_known, report->n_without,
            report->n_partly);
}

static int
run_offline (CliGlobal *global, const char *filter, gboolean only_missing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  g_auto (GuiseOfflineReport) report = { 0 };
  CliProgress progress;
  gboolean ok;

  if (project == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global);
  global->go_on = "what is stored stays; the same command goes on";
  cli_progress_start (&progress, global, "describing");
  ok = guise_project_describe_offline (project, filter, only_missing, &report, show_progress,
                                       &progress, global->cancellable, &error);
  cli_progress_end (&progress);
  if (!ok)
    return cli_fail (global, error);
  print_offline (global, &report);
  return CLI_DONE;
}

/* ---- by a model ---- */

typedef struct {
  char *endpoint, *model, *prompt, *filter, *key_env, *ca_file, *styles, *only_host;
  gint64 limit, max_tokens;
  double max_cost;
  gboolean offline, only_missing, allow_remote, trial;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->endpoint);
  g_free (options->model);
  g_free (options->prompt);
  g_free (options->filter);
  g_free (options->key_env);
  g_free (options->ca_file);
  g_free (options->styles);
  g_free (options->only_host);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static GuisePrompt *
load_prompt (const char *path, GError **error)
{
  g_autofree char *shipped = guise_find_data_file ("prompts/descriptions.prompt");

  return guise_prompt_load (path != NULL ? path : shipped, error);
}

/* Before styles are found, which takes time, it is known that the prompt has a use for them. */
static gboolean
choose_styles (CliGlobal *global, GuiseProject *project, const Options *options,
               const GuisePrompt *prompt, CliStyles *styles, GError **error)
{
  return options->styles == NULL
         || (guise_prompt_check_style (prompt, error)
             && cli_choose_styles (global, project, options->styles, styles, error));
}

/* The job that these options mean, begun now or earlier. */
static gboolean
begin (CliGlobal *global, GuiseProject *project, GuiseCaptionDb *db, const Options *options,
       const GuiseEndpoint *endpoint, GuiseCaptionBegun *begun, GError **error)
{
  g_autoptr (GuisePrompt) prompt = load_prompt (options->prompt, error);
  g_auto (CliStyles) styles = { 0 };
  GuiseCaptionPlan plan = {
    .endpoint = endpoint,
    .prompt = prompt,
    .filter = options->filter != NULL ? options->filter : "",
    .limit = (guint)options->limit,
    .max_tokens = options->max_tokens != CLI_NO_TOKENS ? options->max_tokens
                                                       : GUISE_CAPTION_KEEP_LIMIT,
    .max_cost = options->max_cost != CLI_NO_COST ? options->max_cost : GUISE_CAPTION_KEEP_LIMIT,
    .is_trial = options->trial,
  };

  if (prompt == NULL || !choose_styles (global, project, options, prompt, &styles, error))
    return FALSE;
  plan.styles = (const char *const *)styles.names;
  plan.exemplars = styles.exemplars;
  return guise_project_begin_captions (project, db, &plan, begun, error);
}

/* What somebody who has forgotten the job of before should know. */
static void
tell_begun (CliGlobal *global, const GuiseCaptionBegun *begun, const char *url)
{
  if (global->quiet)
    return;
  if (begun->was_at != NULL)
    cli_tell ("job %" G_GINT64_FORMAT " goes on at '%s'; until now it asked at '%s'",
              begun->job_id, url, begun->was_at);
  if (begun->n_added > 0)
    cli_tell ("job %" G_GINT64_FORMAT " goes on, with %" G_GINT64_FORMAT
              " more to describe than before",
              begun->job_id, begun->n_added);
}

static int
begin_and_run (CliGlobal *global, GuiseProject *project, const Options *options,
               const GuiseEndpoint *endpoint, GuiseKey *key)
{
  const CliJobOptions how = { .has_key = TRUE,
                              .key = key,
                              .allow_remote = options->allow_remote,
                              .only_host = options->only_host };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) db = guise_caption_db_open (global->project, &error);
  g_auto (GuiseCaptionBegun) begun = { 0 };

  if (db == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global); /* styles may have to be found first */
  if (!begin (global, project, db, options, endpoint, &begun, &error))
    return cli_fail (global, error);
  tell_begun (global, &begun, endpoint->url);
  return cli_run_caption_job (global, project, db, begun.job_id, &how);
}

static int
run_endpoint (CliGlobal *global, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseEndpoint) endpoint = cli_find_endpoint (options->endpoint, options->model,
                                                          options->ca_file, &error);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseKey) key = NULL;
  int lock, status;

  /* Consent, and a key where one is needed, come before anything is written down. */
  if (endpoint == NULL || !cli_check_host (endpoint, options->only_host, &error)
      || !guise_url_check_consent (endpoint->url, options->allow_remote, &error))
    return cli_fail (global, error);
  project = guise_project_open (global->project, GUISE_PROJECT_PREFER_WRITE, &error);
  lock = project != NULL && cli_check_consent (project, endpoint, options->only_host, &error)
                 && cli_find_key (endpoint, options->key_env, &key, &error)
             ? cli_lock_captions (global->project, &error)
             : -1;
  if (lock < 0)
    return cli_fail (global, error);
  status = begin_and_run (global, project, options, endpoint, key);
  guise_lock_file_release (lock);
  return status;
}

/* What --offline would pass over in silence. */
static gboolean
has_model_options (const Options *options)
{
  return options->model != NULL || options->prompt != NULL || options->key_env != NULL
         || options->ca_file != NULL || options->allow_remote || options->limit != 0
         || options->styles != NULL || options->only_host != NULL
         || options->max_tokens != CLI_NO_TOKENS || options->max_cost != CLI_NO_COST;
}

static gboolean
check_options (const Options *options)
{
  if (options->offline == (options->endpoint != NULL))
    cli_usage ("caption: say either --offline or --endpoint");
  else if (options->trial && options->offline)
    cli_usage ("caption: --trial is for models; --offline can be undone");
  else if (options->offline && has_model_options (options))
    cli_usage (
        "caption: --offline asks no model: beside it, only --filter and --only-missing have a "
        "meaning");
  else if (options->only_missing && !options->offline)
    cli_usage ("caption: --only-missing is for --offline; a model is not asked twice anyway");
  else if (options->limit < 0 || options->limit > G_MAXINT32)
    cli_usage ("caption: --limit must be a number of images");
  else if (options->styles != NULL && options->styles[strspn (options->styles, "0")] == '\0')
    cli_usage ("caption: --styles wants a number of styles, at least 1, 'all', names, or a file of "
               "exemplars");
  else if (options->model != NULL && *options->model == '\0')
    cli_usage ("caption: --model wants a name");
  else
    return cli_check_limits ("caption", options->max_tokens, options->max_cost);
  return FALSE;
}

static int
run_caption (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .max_tokens = CLI_NO_TOKENS, .max_cost = CLI_NO_COST };
  const GOptionEntry entries[] = {
    { "offline", 0, 0, G_OPTION_ARG_NONE, &options.offline,
      "Out of the captions that are there; needs no model", NULL },
    { "only-missing", 0, 0, G_OPTION_ARG_NONE, &options.only_missing,
      "With --offline: only images that have no description yet, whoever made it", NULL },
    { "endpoint", 0, 0, G_OPTION_ARG_STRING, &options.endpoint,
      "Name of a profile (see `guisectl endpoint list`) or address", "NAME|URL" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &options.model, "Name of the model", "MODEL" },
    { "prompt", 0, 0, G_OPTION_ARG_FILENAME, &options.prompt,
      "How to ask (default: the shipped prompt)", "FILE" },
    { "filter", 0, 0, G_OPTION_ARG_STRING, &options.filter,
      "Only these images, as in `guisectl list`", "EXPR" },
    { "styles", 0, 0, G_OPTION_ARG_STRING, &options.styles,
      "Each image in the N largest styles of the project, in all, in those named, or in those of a "
      "file of exemplars",
      "N|all|NAME,NAME|FILE.json" },
    { "limit", 0, 0, G_OPTION_ARG_INT64, &options.limit,
      "At most N of them: the first that have no descriptions by the model yet; of a trial, the "
      "first",
      "N" },
    { "trial", 0, 0, G_OPTION_ARG_NONE, &options.trial,
      "Only to look at: nothing becomes a caption of the project", NULL },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT64, &options.max_tokens,
      "Stop when so many are spent; 0 = no limit, also for a job that had one", "N" },
    { "max-cost", 0, 0, G_OPTION_ARG_DOUBLE, &options.max_cost,
      "Stop when so much is spent, in the currency of the profile's prices; 0 = no limit", "X" },
    { "allow-remote", 0, 0, G_OPTION_ARG_NONE, &options.allow_remote,
      "Pictures may be sent to another machine", NULL },
    { "only-host", 0, 0, G_OPTION_ARG_STRING, &options.only_host, CLI_ONLY_HOST, "HOST" },
    { "key-env", 0, 0, G_OPTION_ARG_STRING, &options.key_env,
      "Environment variable that holds the key", "NAME" },
    { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options.ca_file,
      "Certificates to trust besides the system's", "FILE" },
    G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (global, entries, "[jobs|items|show|resume|retry|undo|remove|stats|import]",
                  "Writes two descriptions of every image: who the person is, and what they wear. "
                  "A job that was interrupted goes on by the same command and asks nothing twice.",
                  "guisectl caption --endpoint ollama --model qwen2.5vl:7b --limit 20", 0, 0, &argc,
                  &argv)
      || !check_options (&options))
    return CLI_USAGE;
  return options.offline ? run_offline (global, options.filter != NULL ? options.filter : "",
                                        options.only_missing)
                         : run_endpoint (global, &options);
}

int
cmd_caption (CliGlobal *global, int argc, char **argv)
{
  static const CliCommand parts[] = {
    { "jobs", NULL, cmd_caption_jobs },
    { "items", NULL, cmd_caption_items },
    { "show", NULL, cmd_caption_show },
    { "resume", NULL, cmd_caption_resume },
    { "retry", NULL, cmd_caption_retry },
    { "undo", NULL, cmd_caption_undo },
    { "remove", NULL, cmd_caption_remove },
    { "import", NULL, cmd_caption_import },
    { "stats", NULL, cmd_caption_stats },
    { NULL },
  };

  for (const CliCommand *part = parts; part->name != NULL && argc > 1; part++)
    if (strcmp (argv[1], part->name) == 0) {
      cli_enter (global, argv[1]);
      return part->run (global, argc - 1, argv + 1);
    }
  return run_caption (global, argc, argv);
}
