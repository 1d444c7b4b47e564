/* guisectl caption jobs, items, show, resume, retry, undo, remove: jobs that were begun. */
#include "cli-captions.h"
#include "cli-text.h"
#include "guise-lock-file.h"
#include "guise-lock-process.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PAGE 1000

static GuiseCaptionDb *
open_jobs (CliGlobal *global, GError **error)
{
  GuiseCaptionDb *db = NULL;

  if (!guise_project_check_folder (global->project, error))
    return NULL;
  db = guise_caption_db_open_existing (global->project, error);
  if (db == NULL && (error == NULL || *error == NULL))
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "no caption job was begun in '%s'; `guisectl caption --endpoint` begins one",
                 global->project);
  return db;
}

/* ---- jobs ---- */

/* A job whose process was killed still says that it runs. */
static const char *
get_state (const GuiseCaptionJob *job, gint64 running)
{
  return job->state == GUISE_CAPTION_JOB_RUNNING && job->id != running
             ? "interrupted"
             : guise_caption_job_state_to_string (job->state);
}

static json_t *
job_to_json (const GuiseCaptionJob *job, const char *state)
{
  g_autofree char *created = cli_format_time (job->created);
  gboolean has_count
      = guise_caption_has_count (job->prompt_tokens + job->completion_tokens, job->n_uncounted);

  return json_pack ("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:i, s:i, s:i, s:i, s:i, s:i,"
                    " s:o, s:o, s:i, s:o, s:b, s:b}",
                    "id", (json_int_t)job->id, "endpoint", job->endpoint, "host", job->host,
                    "model", job->model, "prompt", job->prompt, "filter", job->scope, "state",
                    state, "why", strcmp (state, "interrupted") != 0 ? job->why : NULL, "created",
                    created, "items", job->n_items, "open", job->n_open, "done", job->n_done,
                    "without_model", job->n_split, "refused", job->n_refused,
                    "failed", job->n_unusable, "prompt_tokens",
                    cli_tokens_to_json (job->prompt_tokens, has_count), "completion_tokens",
                    cli_tokens_to_json (job->completion_tokens, has_count), "uncounted",
                    job->n_uncounted, "cost",
                    isnan (job->cost) ? json_null () : json_real (job->cost), "removed",
                    job->is_removed, "trial", job->is_trial);
}

static void
print_job (const GuiseCaptionJob *job, const char *state)
{
  g_autofree char *model = cli_escape (job->model), *host = cli_escape (job->host);

  printf ("%4" G_GINT64_FORMAT "  %-11s %7u/%-7u %6u refused %6u failed  %s at %s", job->id, state,
          job->n_done, job->n_items, job->n_refused, job->n_unusable, model, host);
  if (job->n_split > 0)
    printf (", %u without the model", job->n_split);
  if (job->is_trial)
    printf (", a trial");
  printf ("\n");
}

/* All jobs, newest first, and the one that a process does (0 = none). The lock is looked at before
 * and after: a job that begins or ends meanwhile is not taken for one that was cut short. */
static GPtrArray *
list_jobs (CliGlobal *global, GuiseCaptionDb *db, gint64 *running, GError **error)
{
  g_autofree char *lock = g_build_filename (global->project, "captions.lock", NULL);
  gboolean was_locked = guise_lock_file_is_held (lock);
  pid_t holder = guise_lock_process_find (lock);
  GPtrArray *jobs = guise_caption_db_list_jobs (db, error);

  if (holder == 0)
    holder = guise_lock_process_find (lock);
  *running = jobs != NULL && (was_locked || holder != 0 || guise_lock_file_is_held (lock))
                 ? guise_caption_jobs_find_running (jobs, holder)
                 : 0;
  return jobs;
}

int
cmd_caption_jobs (CliGlobal *global, int argc, char **argv)
{
  gboolean with_removed = FALSE;
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &with_removed, "Those that were taken off the list too",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  gint64 running = 0;
  json_t *all;

  if (!cli_parse (global, entries, NULL, "Lists the caption jobs of the project, newest first.",
                  "guisectl caption jobs", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (guise_project_check_folder (global->project, &error))
    db = guise_caption_db_open_existing (global->project, &error);
  if (db != NULL)
    jobs = list_jobs (global, db, &running, &error);
  else if (error == NULL)
    jobs = g_ptr_array_new (); /* none was ever begun */
  if (jobs == NULL)
    return cli_fail (global, error);
  all = json_array ();
  for (guint i = 0; i < jobs->len; i++) {
    const GuiseCaptionJob *job = jobs->pdata[i];
    const char *state = get_state (job, running);

    if (job->is_removed && !with_removed)
      continue;
    json_array_append_new (all, job_to_json (job, state));
    if (!global->json)
      print_job (job, state);
  }
  if (global->json)
    cli_print_json (json_pack ("{s:O}", "jobs", all));
  json_decref (all);
  return CLI_DONE;
}

/* ---- taking one off the list ---- */

static gboolean
check_ended (CliGlobal *global, GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  gint64 running;
  g_autoptr (GPtrArray) jobs = list_jobs (global, db, &running, error);

  if (jobs == NULL)
    return FALSE;
  if (running != job_id)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
               "cannot take job %" G_GINT64_FORMAT " off the list: it runs; stop it first", job_id);
  return FALSE;
}

int
cmd_caption_remove (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_autoptr (GuiseCaptionJob) job = NULL;
  gint64 job_id;

  if (!cli_parse (global, NULL, "JOB",
                  "Takes a caption job off the list. What it described and what it was answered "
                  "stays;\n`guisectl caption resume` puts it there again.",
                  "guisectl caption remove 3", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &job_id))
    return cli_usage ("caption remove: not a job: '%s'", argv[1]);
  db = open_jobs (global, &error);
  job = db != NULL ? guise_caption_db_get_job (db, job_id, &error) : NULL;
  g_clear_pointer (&db, guise_caption_db_close); /* it was open for reading */
  if (job != NULL)
    db = guise_caption_db_open (global->project, &error);
  if (db == NULL || !check_ended (global, db, job_id, &error)
      || !guise_caption_db_set_job_removed (db, job_id, TRUE, &error))
    return cli_fail (global, error);
  return CLI_DONE;
}

/* ---- items ---- */

static json_t *
item_to_json (const GuiseCaptionItem *item)
{
  return json_pack ("{s:I, s:I, s:s?, s:s, s:i, s:s?, s:s?, s:s?, s:s?}", "id",
                    (json_int_t)item->id, "image", (json_int_t)item->image_id, "style",
                    item->style, "state", item->state, "tries", item->n_tries, "why", item->why,
                    "maker", item->maker, "identity", item->identity, "clothing",
                    item->clothing);
}

static void
print_item (const GuiseCaptionItem *item)
{
  g_autofree char *why = cli_escape (item->why);

  printf ("%6" G_GINT64_FORMAT "  image %-7" G_GINT64_FORMAT " %-18s %-8s %s\n", item->id,
          item->image_id, item->state, item->maker != NULL ? item->maker : "", why);
}

/* A page at a time: a job may have every image in every style. */
static gboolean
print_items (CliGlobal *global, GuiseCaptionDb *db, gint64 job_id, const char *state,
             GError **error)
{
  guint offset = 0, n = PAGE;

  for (; n == PAGE; offset += n) {
    g_autoptr (GPtrArray) items
        = guise_caption_db_list_items (db, job_id, state, offset, PAGE, error);

    if (items == NULL)
      return FALSE;
    n = items->len;
    for (guint i = 0; i < n; i++)
      if (global->json)
        cli_print_json (item_to_json (items->pdata[i]));
      else
        print_item (items->pdata[i]);
  }
  return TRUE;
}

/* Whether items can be in that state. */
static gboolean
is_state (const char *name)
{
  gboolean is = strcmp (name, "queued") == 0 || strcmp (name, "running") == 0;

  for (int i = 0; i < GUISE_N_ANSWER_STATES && !is; i++)
    is = strcmp (name, guise_answer_state_get_name ((GuiseAnswerState)i)) == 0;
  return is;
}

int
cmd_caption_items (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *state = NULL;
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_STRING, &state,
      "Only these: queued, done, refused, invalid, filtered, truncated, failed …", "STATE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_autoptr (GuiseCaptionJob) job = NULL;
  gint64 job_id;

  if (!cli_parse (global, entries, "JOB", "Lists what a caption job asked, and what came of it.",
                  "guisectl caption items 3 --state refused", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &job_id))
    return cli_usage ("caption items: not a job: '%s'", argv[1]);
  if (state != NULL && !is_state (state))
    return cli_usage ("caption items: --state: no such one: '%s'", state);
  db = open_jobs (global, &error);
  job = db != NULL ? guise_caption_db_get_job (db, job_id, &error) : NULL;
  if (job == NULL || !print_items (global, db, job_id, state, &error))
    return cli_fail (global, error);
  return CLI_DONE;
}

/* ---- one question and its answer, as they went over the wire ---- */

int
cmd_caption_show (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_autoptr (GuiseCaptionItem) item = NULL;
  g_autoptr (GuiseAnswer) answer = NULL;
  gint64 item_id;

  if (!cli_parse (global, NULL, "ITEM",
                  "Prints the last question of an item and its answer as they were sent, the "
                  "picture by its hash.",
                  "guisectl --json caption show 17", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &item_id))
    return cli_usage ("caption show: not an item: '%s'", argv[1]);
  db = open_jobs (global, &error);
  item = db != NULL ? guise_caption_db_get_item (db, item_id, &error) : NULL;
  if (item != NULL && item->answer != NULL)
    answer = guise_caption_db_get_answer (db, item->answer, &error);
  if (answer == NULL && error == NULL)
    g_set_error (&error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "item %" G_GINT64_FORMAT " has no answer", item_id);
  if (error != NULL)
    return cli_fail (global, error);
  if (global->json) {
    cli_print_json (json_pack ("{s:o, s:s?, s:s?, s:s}", "item", item_to_json (item), "request",
                               answer->raw_request, "answer", answer->raw_answer, "key",
                               item->answer));
  } else {
    g_autofree char *request = cli_escape_json (answer->raw_request);
    g_autofree char *reply = cli_escape_json (answer->raw_answer);

    printf ("question: %s\nanswer: %s\n", request, reply);
  }
  return CLI_DONE;
}

/* ---- going on ---- */

/* A job goes on where it was: where its pictures go was agreed to for that address. */
static void
tell_profile (CliGlobal *global, GuiseCaptionDb *db, gint64 job_id)
{
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, job_id, NULL);
  g_autoptr (GuiseEndpoint) endpoint
      = job != NULL ? guise_caption_job_get_endpoint (job, NULL) : NULL;
  g_autoptr (GuiseEndpoint) profile
      = job != NULL ? guise_endpoint_find (job->endpoint, NULL) : NULL;

  if (global->quiet || endpoint == NULL || profile == NULL || profile->url == NULL
      || g_strcmp0 (endpoint->url, profile->url) == 0)
    return;
  cli_tell ("job %" G_GINT64_FORMAT " goes on at '%s'; the profile '%s' is at '%s' now: "
            "`guisectl caption --endpoint %s` with the job's model, prompt and filter goes on "
            "there",
            job_id, endpoint->url, profile->name, profile->url, profile->name);
}

static int
go_on (CliGlobal *global, int argc, char **argv, const char *summary, const char *example,
       gboolean retry)
{
  g_autofree char *key_env = NULL, *only_host = NULL;
  gint64 max_tokens = CLI_NO_TOKENS;
  double max_cost = CLI_NO_COST;
  CliJobOptions key = { .retry = retry };
  const GOptionEntry entries[] = {
    { "allow-remote", 0, 0, G_OPTION_ARG_NONE, &key.allow_remote,
      "Pictures may be sent to another machine", NULL },
    { "only-host", 0, 0, G_OPTION_ARG_STRING, &only_host, CLI_ONLY_HOST, "HOST" },
    { "key-env", 0, 0, G_OPTION_ARG_STRING, &key_env, "Environment variable that holds the key",
      "NAME" },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT64, &max_tokens,
      "Another limit for the whole job; 0 = none", "N" },
    { "max-cost", 0, 0, G_OPTION_ARG_DOUBLE, &max_cost, "Another limit for the whole job; 0 = none",
      "X" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaptionDb) db = NULL;
  gint64 job_id;
  int lock, status;

  if (!cli_parse (global, entries, "JOB", summary, example, 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &job_id))
    return cli_usage ("%s: not a job: '%s'", global->command, argv[1]);
  if (!cli_check_limits (global->command, max_tokens, max_cost))
    return CLI_USAGE;
  key.key_env = key_env;
  key.only_host = only_host;
  key.max_tokens = max_tokens != CLI_NO_TOKENS ? &max_tokens : NULL;
  key.max_cost = max_cost != CLI_NO_COST ? &max_cost : NULL;
  project = guise_project_open (global->project, GUISE_PROJECT_PREFER_WRITE, &error);
  db = project != NULL ? guise_caption_db_open (global->project, &error) : NULL;
  lock = db != NULL ? cli_lock_captions (global->project, &error) : -1;
  if (lock < 0)
    return cli_fail (global, error);
  tell_profile (global, db, job_id);
  status = cli_run_caption_job (global, project, db, job_id, &key);
  guise_lock_file_release (lock);
  return status;
}

int
cmd_caption_resume (CliGlobal *global, int argc, char **argv)
{
  return go_on (global, argc, argv, "Goes on with a caption job that was stopped or killed.",
                "guisectl caption resume 3", FALSE);
}

int
cmd_caption_retry (CliGlobal *global, int argc, char **argv)
{
  return go_on (global, argc, argv,
                "Asks again what a caption job was refused or got no usable answer for.",
                "guisectl caption retry 3", TRUE);
}

/* ---- undoing ---- */

static json_t *
ids_to_json (const GArray *ids)
{
  json_t *array = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (array, json_integer (g_array_index (ids, gint64, i)));
  return array;
}

static void
print_undo (CliGlobal *global, const GuiseRunUndo *undo)
{
  if (global->json) {
    cli_print_json (json_pack ("{s:i, s:o}", "removed", undo->n_removed, "kept",
                               ids_to_json (undo->kept)));
    return;
  }
  if (global->quiet)
    return;
  printf ("%u descriptions removed.", undo->n_removed);
  if (undo->kept->len > 0) {
    printf (" %u stay, because somebody changed or judged them since: captions",
            undo->kept->len);
    for (guint i = 0; i < undo->kept->len; i++)
      printf ("%s %" G_GINT64_FORMAT, i > 0 ? "," : "", g_array_index (undo->kept, gint64, i));
    printf (".");
  }
  printf ("\n");
}

/* What the job made and the project does not have yet: left there, it would come in after its undo.
 */
static gboolean
bring_in (CliGlobal *global, GuiseProject *project, GError **error)
{
  g_autofree char *path = g_build_filename (global->project, "captions.db", NULL);
  g_autoptr (GuiseCaptionDb) db = NULL;
  g_auto (GuiseCaptionApplied) applied = { 0 };

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE; /* moved away: guise.db knows the job still */
  db = guise_caption_db_open (global->project, error);
  if (db == NULL || !guise_project_apply_captions (project, db, &applied, error))
    return FALSE;
  cli_tell_left (&applied);
  return TRUE;
}

int
cmd_caption_undo (CliGlobal *global, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = NULL;
  g_autofree char *run = NULL;
  g_auto (GuiseRunUndo) undo = { 0 };
  gint64 job_id;

  if (!cli_parse (global, NULL, "JOB",
                  "Removes the descriptions of a caption job that nobody changed or judged since; "
                  "`guisectl redo` brings them back.",
                  "guisectl caption undo 3", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &job_id))
    return cli_usage ("caption undo: not a job: '%s'", argv[1]);
  run = guise_caption_job_dup_origin (job_id);
  project = guise_project_open (global->project, GUISE_PROJECT_READ_WRITE, &error);
  if (project == NULL || !bring_in (global, project, &error)
      || !guise_store_undo_run (guise_project_get_store (project), run, &undo, &error))
    return cli_fail (global, error);
  print_undo (global, &undo);
  return CLI_DONE;
}
