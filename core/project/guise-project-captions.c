/* Descriptions by a model: what a job is begun with, and what the project gives to its doing. */
#include "guise-project-captions.h"

#include "guise-describer.h"
#include "guise-json.h"
#include "guise-lock-process.h"
#include "guise-project-parameters.h"
#include "guise-project-plan.h"
#include "guise-store-image-names.h"

#include <math.h>
#include <string.h>

/* What is brought into guise.db at a time, while a job runs. */
#define APPLY_US (2 * G_USEC_PER_SEC)

/* ---- beginning ---- */

void
guise_caption_begun_clear (GuiseCaptionBegun *begun)
{
  g_clear_pointer (&begun->was_at, g_free);
}

static gboolean
is_alike (const GuiseCaptionJob *job, const GuiseCaptionPlan *plan, const char *hash)
{
  return job->state != GUISE_CAPTION_JOB_DONE && !job->is_trial && !plan->is_trial
         && strcmp (job->endpoint, plan->endpoint->name) == 0
         && strcmp (job->model, plan->endpoint->model) == 0 && strcmp (job->prompt, hash) == 0
         && strcmp (job->scope, plan->filter) == 0;
}

/* A job of more images than are wanted now would ask for them all the same. */
static gboolean
has_room (json_t *parameters, const GuiseCaptionPlan *plan)
{
  json_int_t limit = json_integer_value (json_object_get (parameters, "limit"));

  return plan->limit == 0 || (limit > 0 && limit <= plan->limit);
}

/* Of the plan's styles, or without styles as the plan is. */
static gboolean
has_same_styles (json_t *parameters, const GuiseCaptionPlan *plan)
{
  json_t *exemplars = json_object_get (parameters, "exemplars");

  return exemplars == NULL || plan->exemplars == NULL
             ? exemplars == plan->exemplars
             : json_equal (exemplars, plan->exemplars) != 0;
}

static const char *
get_address (json_t *parameters)
{
  return json_string_value (json_object_get (json_object_get (parameters, "endpoint"), "url"));
}

/* A profile may have moved; a typed address is nothing but where it is. */
static gboolean
has_same_endpoint (json_t *parameters, const GuiseCaptionPlan *plan)
{
  return strcmp (plan->endpoint->name, GUISE_ENDPOINT_TYPED) != 0
         || g_strcmp0 (get_address (parameters), plan->endpoint->url) == 0;
}

/* The newest unfinished one and its parameters; FALSE = error, *job NULL = none. */
static gboolean
find_job (GuiseCaptionDb *db, const GuiseCaptionPlan *plan, const char *hash,
          GuiseCaptionJob **job, json_t **parameters, GError **error)
{
  g_autoptr (GPtrArray) jobs = guise_caption_db_list_jobs (db, error);

  *job = NULL;
  for (guint i = 0; jobs != NULL && i < jobs->len; i++) {
    if (!is_alike (jobs->pdata[i], plan, hash))
      continue;
    *parameters = guise_caption_parameters_read (jobs->pdata[i], error);
    if (*parameters == NULL)
      return FALSE;
    if (has_same_endpoint (*parameters, plan) && has_room (*parameters, plan)
        && has_same_styles (*parameters, plan)) {
      *job = g_ptr_array_steal_index (jobs, i);
      return TRUE;
    }
    g_clear_pointer (parameters, json_decref);
  }
  return jobs != NULL;
}

static char *
dup_other_address (json_t *parameters, const GuiseEndpoint *endpoint)
{
  const char *url = get_address (parameters);

  return g_strcmp0 (url, endpoint->url) != 0 ? g_strdup (url) : NULL;
}

/* A limit of tokens or cost that is not named again holds on: money is not spent because somebody
 * left a word out. */
static gboolean
change_job (GuiseCaptionDb *db, gint64 job_id, json_t *parameters, const GuiseCaptionPlan *plan,
            GError **error)
{
  g_autofree char *host = guise_url_dup_host (plan->endpoint->url);
  g_autofree char *text = NULL;

  json_object_set_new (parameters, "endpoint", guise_endpoint_to_json (plan->endpoint));
  json_object_set_new (parameters, "limit", json_integer (plan->limit));
  if (plan->max_tokens >= 0)
    json_object_set_new (parameters, "max_tokens", json_integer (plan->max_tokens));
  if (plan->max_cost >= 0)
    json_object_set_new (parameters, "max_cost", json_real (plan->max_cost));
  text = guise_caption_parameters_dump (parameters);
  return guise_caption_db_set_parameters (db, job_id, text, host, error);
}

static void
set_nothing (const GuiseCaptionPlan *plan, const GuisePlanItems *items, GError **error)
{
  if (items->n_matching == 0)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "nothing to describe: no image matches '%s'", plan->filter);
  else if (items->n_vain > 0)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "nothing to describe: '%s' with this prompt has refused, or not usably answered, "
                 "%u of what matches before, and described the rest; "
                 "`guisectl caption retry %" G_GINT64_FORMAT "` asks again",
                 plan->endpoint->model, items->n_vain, items->vain_in);
  else if (items->n_split > 0)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "nothing to describe: '%s' with this prompt was asked about every image that "
                 "matches, and %u were described without it; another prompt or model asks anew",
                 plan->endpoint->model, items->n_split);
  else
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING,
                 "nothing to describe: every image that matches has descriptions by '%s' with this "
                 "prompt",
                 plan->endpoint->model);
}

/* The names of the items' pictures. */
static GPtrArray *
name_items (GuiseProject *project, const GuisePlanItems *items, GError **error)
{
  return guise_store_name_images (guise_project_get_store (project),
                                  (const gint64 *)(void *)items->image_ids->data,
                                  items->image_ids->len, error);
}

static gint64
add_job (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan, char *hash,
         GError **error)
{
  gint64 last = guise_store_get_last_run (guise_project_get_store (project), "job:", error);
  g_autofree char *host = guise_url_dup_host (plan->endpoint->url);
  g_autofree char *parameters = guise_caption_parameters_create (plan);
  const GuiseCaptionJob job = { .id = last + 1,
                                .endpoint = plan->endpoint->name,
                                .host = host,
                                .model = plan->endpoint->model,
                                .prompt = hash,
                                .scope = (char *)plan->filter,
                                .parameters = parameters,
                                .is_trial = plan->is_trial };
  g_auto (GuisePlanItems) items = { 0 };
  g_autoptr (GPtrArray) pictures = NULL;

  if (last < 0 || !guise_caption_plan_list (project, db, plan, 0, &items, error))
    return -1;
  if (items.image_ids->len == 0) {
    set_nothing (plan, &items, error);
    return -1;
  }
  pictures = name_items (project, &items, error);
  if (pictures == NULL)
    return -1;
  return guise_caption_db_add_job (
      db, &job, (gint64 *)(void *)items.image_ids->data, (const char *const *)pictures->pdata,
      (const char *const *)items.styles->pdata, items.image_ids->len, error);
}

/* What the plan means beyond what the job has; how many, or -1. */
static gint64
add_rest (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan, gint64 job_id,
          GError **error)
{
  g_auto (GuisePlanItems) items = { 0 };
  g_autoptr (GPtrArray) pictures = NULL;

  if (!guise_caption_plan_list (project, db, plan, job_id, &items, error)
      || (pictures = name_items (project, &items, error)) == NULL)
    return -1;
  return guise_caption_db_add_items (
      db, job_id, (gint64 *)(void *)items.image_ids->data, (const char *const *)pictures->pdata,
      (const char *const *)items.styles->pdata, items.image_ids->len, error);
}

static gboolean
go_on (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan,
       const GuiseCaptionJob *job, json_t *parameters, GuiseCaptionBegun *begun, GError **error)
{
  begun->job_id = job->id;
  begun->goes_on = TRUE;
  begun->was_at = dup_other_address (parameters, plan->endpoint);
  begun->n_added = add_rest (project, db, plan, job->id, error);
  return begun->n_added >= 0 && change_job (db, job->id, parameters, plan, error);
}

gboolean
guise_project_apply_captions (GuiseProject *project, GuiseCaptionDb *db,
                              GuiseCaptionApplied *applied, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);

  return guise_store_is_read_only (store) ? guise_caption_name_pictures (db, store, error)
                                          : guise_caption_apply (db, store, applied, error);
}

/* What finished jobs made while another process had the project counts as descriptions too. */
static gboolean
catch_up (GuiseProject *project, GuiseCaptionDb *db, GError **error)
{
  g_auto (GuiseCaptionApplied) applied = { 0 };

  return guise_project_apply_captions (project, db, &applied, error);
}

gboolean
guise_project_begin_captions (GuiseProject *project, GuiseCaptionDb *db,
                              const GuiseCaptionPlan *plan, GuiseCaptionBegun *begun,
                              GError **error)
{
  g_autofree char *hash = NULL;
  g_autoptr (GuiseCaptionJob) job = NULL;
  json_auto_t *parameters = NULL;

  if (!guise_caption_plan_check_styles (plan, error))
    return FALSE;
  hash = guise_caption_db_put_prompt (db, plan->prompt, error);
  if (hash == NULL || !catch_up (project, db, error)
      || !find_job (db, plan, hash, &job, &parameters, error))
    return FALSE;
  if (job != NULL)
    return go_on (project, db, plan, job, parameters, begun, error);
  begun->job_id = add_job (project, db, plan, hash, error);
  return begun->job_id > 0;
}

/* What the unfinished job of the plan has open, and what begins with it. */
static gint64
count_items (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan,
             GError **error)
{
  g_autofree char *hash = guise_prompt_dup_hash (plan->prompt);
  g_autoptr (GuiseCaptionJob) job = NULL;
  json_auto_t *parameters = NULL;
  g_auto (GuisePlanItems) items = { 0 };

  if (db != NULL && !find_job (db, plan, hash, &job, &parameters, error))
    return -1;
  if (!guise_caption_plan_list (project, db, plan, job != NULL ? job->id : 0, &items, error))
    return -1;
  return (gint64)items.image_ids->len + (job != NULL ? job->n_open : 0);
}

gint64
guise_project_count_plan (GuiseProject *project, const GuiseCaptionPlan *plan, GError **error)
{
  g_autoptr (GuiseCaptionDb) db = NULL;
  GError *local = NULL;

  if (!guise_caption_plan_check_styles (plan, error))
    return -1;
  db = guise_caption_db_open_existing (guise_project_get_folder (project), &local);
  if (local != NULL) {
    g_propagate_error (error, local);
    return -1;
  }
  return count_items (project, db, plan, error);
}

gint64
guise_caption_jobs_find_running (const GPtrArray *jobs, pid_t holder)
{
  gint64 latest = G_MININT64, running = 0;

  for (guint i = 0; i < jobs->len; i++) {
    const GuiseCaptionJob *job = jobs->pdata[i];

    if (job->state == GUISE_CAPTION_JOB_RUNNING && job->changed > latest
        && (holder == 0 || guise_lock_process_is (holder, job->process))) {
      latest = job->changed;
      running = job->id;
    }
  }
  return running;
}

/* ---- doing it ---- */

typedef struct {
  GuiseProject *project;
  GuiseCaptionDb *db;
  GuiseDescriber *describer;
  json_t *exemplars; /* {"style": [texts]} or NULL */
  GPtrArray *shown;  /* the exemplars that were asked for last */
  gint64 applied;    /* when guise.db was brought up to date */
  gint64 job_id;
  char *waits; /* why, as the job says; NULL = it does not */
  gint64 waits_until;
  void (*progress) (const GuiseCaptionProgress *progress, gpointer data);
  gpointer progress_data;
} Doing;

/* An older guise.db may have been put back since the job was begun: the picture is found by what it
 * is called. */
static GuiseImageRecord *
find_picture (GuiseStore *store, GuiseCaptionItem *item, GError **error)
{
  const char *name = item->picture;
  g_autoptr (GArray) ids = guise_store_find_images (store, &name, 1, error);

  if (ids == NULL)
    return NULL;
  item->image_id = g_array_index (ids, gint64, 0);
  if (item->image_id == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "the picture '%s' is not in the project any more",
                 name != NULL ? guise_image_name_get_path (name) : "");
    return NULL;
  }
  return guise_store_get_image (store, item->image_id, error);
}

static GBytes *
load_picture (GuiseCaptionItem *item, gpointer data, GCancellable *cancellable, GError **error)
{
  const Doing *self = data;
  g_autoptr (GuiseImageRecord) image
      = find_picture (guise_project_get_store (self->project), item, error);
  g_autoptr (GuiseRoot) root = NULL;

  if (image == NULL)
    return NULL;
  root = guise_project_get_root (self->project, image->dataset_id, error);
  if (root == NULL)
    return NULL;
  return guise_chat_encode_image (guise_project_get_decoder (self->project), root, image->path,
                                  NULL, cancellable, error);
}

static char *
take_json (json_t *object)
{
  char *text = guise_caption_parameters_dump (object);

  json_decref (object);
  return text;
}

static GuiseJudgement
judge (gint64 image_id, const char *identity, const char *clothing, char **verdicts, char **why,
       gpointer data)
{
  const Doing *self = data;
  json_t *object = NULL;
  GuiseDecision decision
      = guise_describer_judge (self->describer, image_id, identity, clothing, &object, why);

  *verdicts = take_json (object);
  switch (decision) {
  case GUISE_DECISION_ACCEPT:
    return GUISE_JUDGEMENT_ACCEPT;
  case GUISE_DECISION_REGENERATE:
    return GUISE_JUDGEMENT_AGAIN;
  default:
    return GUISE_JUDGEMENT_FALL_BACK;
  }
}

static gboolean
fall_back (gint64 image_id, char **identity, char **clothing, char **verdicts, gpointer data)
{
  const Doing *self = data;
  json_t *object = NULL;
  g_autofree char *why = NULL;

  if (!guise_describer_split (self->describer, image_id, identity, clothing, NULL)
      || (*identity == NULL && *clothing == NULL))
    return FALSE;
  guise_describer_judge (self->describer, image_id, *identity, *clothing, &object, &why);
  *verdicts = take_json (object);
  return TRUE;
}

static const char *const *
get_exemplars (const char *style, gpointer data)
{
  Doing *self = data;
  json_t *texts = json_object_get (self->exemplars, style);
  json_t *text;
  size_t i;

  if (!json_is_array (texts))
    return NULL;
  g_ptr_array_set_size (self->shown, 0);
  json_array_foreach (texts, i, text) if (json_is_string (text))
      g_ptr_array_add (self->shown, (gpointer)json_string_value (text));
  g_ptr_array_add (self->shown, NULL);
  return (const char *const *)self->shown->pdata;
}

static gboolean
apply (Doing *self, GError **error)
{
  self->applied = g_get_monotonic_time ();
  return catch_up (self->project, self->db, error);
}

/* For whoever looks at the job meanwhile: a server that is gone, or asks for patience. */
static void
note_wait (Doing *self, const char *why, gint64 wait_ms)
{
  gint64 until = why != NULL ? g_get_real_time () + 1000 * wait_ms : 0;

  if (g_strcmp0 (self->waits, why) == 0 && ABS (until - self->waits_until) < G_USEC_PER_SEC)
    return;
  g_free (self->waits);
  self->waits = g_strdup (why);
  self->waits_until = until;
  guise_caption_db_note_wait (self->db, self->job_id, why, until, NULL);
}

static void
tell_progress (const GuiseCaptionProgress *progress, gpointer data)
{
  Doing *self = data;

  if (g_get_monotonic_time () - self->applied > APPLY_US)
    apply (self, NULL); /* what cannot be brought there now will be the next time */
  if (progress->asker->state == GUISE_ASKER_RUNNING)
    note_wait (self, progress->asker->wait_why, progress->asker->wait_ms);
  self->progress (progress, self->progress_data);
}

static gboolean
read_exemplars (Doing *self, gint64 job_id, GError **error)
{
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (self->db, job_id, error);
  json_t *parameters = job != NULL ? guise_caption_parameters_read (job, error) : NULL;

  if (parameters == NULL)
    return FALSE;
  self->exemplars = json_incref (json_object_get (parameters, "exemplars"));
  json_decref (parameters);
  return TRUE;
}

gboolean
guise_project_run_captions (GuiseProject *project, GuiseCaptionDb *db, gint64 job_id,
                            GuiseAsker *asker,
                            void (*progress) (const GuiseCaptionProgress *progress, gpointer data),
                            gpointer progress_data, GCancellable *pause, GCancellable *cancellable,
                            GError **error)
{
  g_autoptr (GuiseDescriber) describer = guise_describer_new (project, error);
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();
  Doing self = { .project = project,
                 .db = db,
                 .describer = describer,
                 .shown = shown,
                 .job_id = job_id,
                 .progress = progress,
                 .progress_data = progress_data };
  const GuiseCaptionHooks hooks
      = { load_picture, judge, fall_back, get_exemplars, tell_progress, &self };
  gboolean ok;

  if (describer == NULL || !read_exemplars (&self, job_id, error)
      || !guise_caption_bring_back (db, guise_project_get_store (project), job_id, error)
      || !guise_caption_name_pictures (db, guise_project_get_store (project), error))
    return FALSE;
  ok = guise_caption_run (db, job_id, asker, &hooks, pause, cancellable, error);
  if (!ok) {
    apply (&self, NULL);
  } else if (!apply (&self, error)) {
    ok = FALSE;
    g_prefix_error (error, "what was answered is kept in captions.db, but is not in the project "
                           "yet: ");
  }
  json_decref (self.exemplars);
  g_free (self.waits);
  return ok;
}
