#include "cli-captions.h"

#include "guise-lock-file.h"
#include "cli-text.h"

#include <glib-unix.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define KEYRING_MS 3000

static void
replace (char **text, const char *with)
{
  if (with == NULL)
    return;
  g_free (*text);
  *text = g_strdup (with);
}

void
cli_adjust_endpoint (GuiseEndpoint *endpoint, const char *model, const char *ca_file,
                     const char *key_env)
{
  replace (&endpoint->model, model);
  replace (&endpoint->ca_file, ca_file);
  replace (&endpoint->key_env, key_env);
}

GuiseEndpoint *
cli_find_endpoint (const char *name_or_url, const char *model, const char *ca_file, GError **error)
{
  gboolean is_url = strstr (name_or_url, "://") != NULL;
  g_autoptr (GuiseEndpoint) endpoint = is_url ? guise_endpoint_new (name_or_url, model, error)
                                              : guise_endpoint_find (name_or_url, error);

  if (endpoint == NULL)
    return NULL;
  cli_adjust_endpoint (endpoint, model, ca_file, NULL);
  if (endpoint->url == NULL || endpoint->model == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PROFILE,
                 "cannot ask '%s': it has no %s; %s", endpoint->name,
                 endpoint->url == NULL ? "address" : "model",
                 endpoint->url == NULL ? "give the address in the profile's place"
                                       : "name one with --model");
    return NULL;
  }
  return g_steal_pointer (&endpoint);
}

gboolean
cli_find_key (const GuiseEndpoint *endpoint, const char *key_env, GuiseKey **key, GError **error)
{
  g_autofree char *origin = guise_url_dup_host (endpoint->url);

  *key = NULL;
  if (key_env == NULL
      && (endpoint->auth == GUISE_AUTH_NONE
          || (endpoint->key_env == NULL && guise_url_is_loopback (endpoint->url))))
    return TRUE;
  if (key_env == NULL)
    *key = guise_secrets_lookup (origin, endpoint->name, KEYRING_MS, NULL);
  if (*key != NULL || (key_env == NULL && endpoint->key_env == NULL))
    return TRUE;
  *key = guise_key_new_from_environment (key_env != NULL ? key_env : endpoint->key_env, error);
  return *key != NULL;
}

gboolean
cli_check_host (const GuiseEndpoint *endpoint, const char *only_host, GError **error)
{
  g_autofree char *host = guise_url_dup_host (endpoint->url);

  if (only_host == NULL || g_ascii_strcasecmp (host, only_host) == 0)
    return TRUE;
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_CONSENT,
               "cannot ask '%s': its address is at '%s' by now, and not at '%s', which was agreed "
               "to; start again",
               endpoint->name, host, only_host);
  return FALSE;
}

gboolean
cli_check_limits (const char *command, gint64 max_tokens, double max_cost)
{
  if ((max_tokens == CLI_NO_TOKENS || max_tokens >= 0)
      && (max_cost == CLI_NO_COST || (max_cost >= 0 && isfinite (max_cost))))
    return TRUE;
  cli_usage ("%s: a limit is a number from 0, which means none", command);
  return FALSE;
}

gboolean
cli_check_consent (GuiseProject *project, const GuiseEndpoint *endpoint, const char *only_host,
                   GError **error)
{
  g_autofree char *host = guise_url_dup_host (endpoint->url);
  g_autofree char *key = g_strconcat (GUISE_CONSENT_PREFIX, host, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  json_auto_t *setting = NULL;

  if (only_host != NULL || guise_url_is_loopback (endpoint->url))
    return TRUE;
  text = guise_store_get_setting (guise_project_get_store (project), key, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  setting = text != NULL ? json_loads (text, 0, NULL) : NULL;
  if (g_strcmp0 (json_string_value (json_object_get (setting, "choice")), "never") != 0)
    return TRUE;
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_CONSENT,
               "cannot send pictures to '%s': in the window it was decided that those of this "
               "project never go there; take that back there first",
               host);
  return FALSE;
}

/* ---- doing a job ---- */

/* Between two reasons of waiting. */
#define WAIT_US (10 * G_USEC_PER_SEC)

typedef struct {
  CliGlobal *global;
  CliProgress progress;
  char *waits; /* what was said last, or NULL */
  gint64 said; /* when */
} Shown;

/* Now and then where reasons change, as those do that name milliseconds. */
static void
show_wait (Shown *shown, const char *why)
{
  gint64 now = g_get_monotonic_time ();

  if (why == NULL || g_strcmp0 (shown->waits, why) == 0
      || (shown->waits != NULL && now - shown->said < WAIT_US))
    return;
  shown->said = now;
  g_free (shown->waits);
  shown->waits = g_strdup (why);
  if (shown->global->json) {
    cli_print_json (
        json_pack ("{s:s, s:o}", "event", "waiting", "why", guise_json_pack_text (why)));
  } else if (!shown->global->quiet) {
    cli_progress_end (&shown->progress);
    cli_tell ("waiting: %s", why);
  }
}

static void
show_job_progress (const GuiseCaptionProgress *progress, gpointer data)
{
  Shown *shown = data;

  show_wait (shown, progress->asker->wait_why);
  cli_progress_update (&shown->progress, progress->n_done, progress->n_total);
}

static json_t *
cost_to_json (double cost)
{
  return isnan (cost) ? json_null () : json_real (cost);
}

json_t *
cli_tokens_to_json (gint64 n_tokens, gboolean has_count)
{
  return has_count ? json_integer (n_tokens) : json_null ();
}

void
cli_print_spent (gint64 n_tokens, guint n_uncounted, double cost)
{
  if (guise_caption_has_count (n_tokens, n_uncounted))
    printf ("%" G_GINT64_FORMAT " tokens", n_tokens);
  else
    printf ("tokens not measured");
  if (n_uncounted > 0)
    printf (", %u answer%s came without a count", n_uncounted, n_uncounted == 1 ? "" : "s");
  if (!isnan (cost))
    printf (", %.4f spent", cost);
}

static void
print_outcome (CliGlobal *global, const GuiseCaptionJob *job)
{
  const char *state = guise_caption_job_state_to_string (job->state);
  gint64 n_tokens = job->prompt_tokens + job->completion_tokens;
  gboolean has_count = guise_caption_has_count (n_tokens, job->n_uncounted);

  if (global->json) {
    cli_print_json (json_pack (
        "{s:s, s:I, s:s, s:s?, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:i, s:o}", "event", "done",
        "job", (json_int_t)job->id, "state", state, "why", job->why, "done", job->n_done,
        "without_model", job->n_split, "failed", job->n_unusable, "refused", job->n_refused,
        "open", job->n_open, "prompt_tokens", cli_tokens_to_json (job->prompt_tokens, has_count),
        "completion_tokens", cli_tokens_to_json (job->completion_tokens, has_count), "uncounted",
        job->n_uncounted, "cost", cost_to_json (job->cost)));
    return;
  }
  if (global->quiet)
    return;
  printf ("job %" G_GINT64_FORMAT ", %s: %u described, ", job->id, state, job->n_done);
  if (job->n_split > 0)
    printf ("%u of them without the model, ", job->n_split);
  printf ("%u refused, %u without a usable answer, %u left; ", job->n_refused, job->n_unusable,
          job->n_open);
  cli_print_spent (n_tokens, job->n_uncounted, job->cost);
  printf ("\n");
}

/* Whoever wanted descriptions has none, whatever the model said instead of them. */
static gboolean
has_failed (const GuiseCaptionJob *job)
{
  return job->state == GUISE_CAPTION_JOB_DONE && job->n_done == 0;
}

/* A job that came to its end without a single description: the first reason there is. */
static int
fail_all (GuiseCaptionDb *db, const GuiseCaptionJob *job)
{
  g_autoptr (GPtrArray) items = guise_caption_db_list_items (db, job->id, NULL, 0, 1, NULL);
  const GuiseCaptionItem *item = items != NULL && items->len > 0 ? items->pdata[0] : NULL;
  g_autofree char *why = cli_escape (item != NULL ? item->why : NULL);

  cli_tell ("no image was described: the first: %s; "
            "`guisectl caption items %" G_GINT64_FORMAT "` lists all",
            why, job->id);
  return CLI_FAILED;
}

void
cli_tell_left (const GuiseCaptionApplied *applied)
{
  g_autofree char *path = applied->left != NULL ? cli_escape (applied->left) : NULL;

  if (applied->n_left > 0)
    cli_tell ("the texts of %u pictures%s%s%s stay in captions.db: the project as it is "
              "now does not have these pictures; put back the copy that has them, or describe anew "
              "(answers that are kept are not asked for again)",
              applied->n_left, path != NULL ? " (the first: '" : "", path != NULL ? path : "",
              path != NULL ? "')" : "");
}

static int
report (CliGlobal *global, GuiseProject *project, GuiseCaptionDb *db, gint64 job_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, job_id, &error);
  g_auto (GuiseCaptionApplied) applied = { 0 };

  if (job == NULL || !guise_project_apply_captions (project, db, &applied, &error))
    return cli_fail (global, error);
  cli_tell_left (&applied);
  print_outcome (global, job);
  if (has_failed (job))
    return fail_all (db, job);
  if (job->state != GUISE_CAPTION_JOB_BLOCKED && job->why == NULL)
    return CLI_DONE;
  cli_tell ("the job stopped: %s; `guisectl caption resume %" G_GINT64_FORMAT
            "` goes on",
            job->why, job->id);
  return CLI_FAILED;
}

/* SIGUSR1: no new questions, what is under way is waited for. */
static GCancellable *pause_target;

static gboolean
pause_job (gpointer data)
{
  g_cancellable_cancel (pause_target);
  return G_SOURCE_CONTINUE;
}

static gpointer
watch_pause (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_loop_run (loop);
  return NULL;
}

static void
create_pause (void)
{
  GMainContext *context = g_main_context_new ();
  GSource *source = g_unix_signal_source_new (SIGUSR1);

  pause_target = g_cancellable_new ();
  g_source_set_callback (source, pause_job, NULL, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  g_thread_unref (g_thread_new ("pause", watch_pause, context));
}

static GuiseAsker *
create_asker (GuiseProject *project, const GuiseCaptionJob *job, const CliJobOptions *options,
              GError **error)
{
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  g_autoptr (GuiseEndpoint) endpoint = guise_caption_job_get_endpoint (job, error);
  g_autoptr (GuiseKey) key = options->key != NULL ? guise_key_ref (options->key) : NULL;

  if (endpoint == NULL || !cli_check_host (endpoint, options->only_host, error)
      || !cli_check_consent (project, endpoint, options->only_host, error)
      || (!options->has_key && !cli_find_key (endpoint, options->key_env, &key, error))
      || !guise_caption_job_get_limits (job, &settings.max_tokens, &settings.max_cost, error))
    return NULL;
  settings.allow_remote = options->allow_remote;
  return guise_asker_new (endpoint, key, &settings, error);
}

int
cli_lock_captions (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "captions.lock", NULL);
  g_autofree char *holder = NULL;
  int fd;

  create_pause (); /* whoever sees the lock held may ask for one */
  fd = guise_lock_file_take (path, &holder, error);
  if (fd < 0 && holder != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 "a caption job of '%s' runs already: in %s; wait for it or stop it", folder,
                 holder);
  return fd;
}

static gboolean
change_job (GuiseCaptionDb *db, gint64 job_id, const CliJobOptions *options, GError **error)
{
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, job_id, error);

  return job != NULL
         && guise_caption_job_set_limits (db, job, options->max_tokens, options->max_cost, error)
         && (!options->retry || guise_caption_db_requeue_unusable (db, job_id, error) >= 0);
}

int
cli_run_caption_job (CliGlobal *global, GuiseProject *project, GuiseCaptionDb *db, gint64 job_id,
                     const CliJobOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionJob) job = change_job (db, job_id, options, &error)
                                        ? guise_caption_db_get_job (db, job_id, &error)
                                        : NULL;
  g_autoptr (GuiseAsker) asker = job != NULL ? create_asker (project, job, options, &error) : NULL;
  Shown shown = { .global = global };
  gboolean ok;

  if (asker == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global);
  global->go_on = "the same command goes on, and asks nothing twice";
  cli_progress_start (&shown.progress, global, "describing");
  ok = guise_project_run_captions (project, db, job_id, asker, show_job_progress, &shown,
                                   pause_target, global->cancellable, &error);
  cli_progress_end (&shown.progress);
  g_free (shown.waits);
  return ok ? report (global, project, db, job_id) : cli_fail (global, error);
}
