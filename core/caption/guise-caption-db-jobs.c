/* captions.db: jobs. */
#include "guise-caption-db-private.h"
#include "guise-store.h"

#include <math.h>
#include <unistd.h>

static const char *const state_names[]
    = { "ready", "running", "paused", "stopped", "blocked", "done" };

const char *
guise_caption_job_state_to_string (GuiseCaptionJobState state)
{
  g_return_val_if_fail ((guint)state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

void
guise_caption_job_free (GuiseCaptionJob *job)
{
  if (job == NULL)
    return;
  g_free (job->endpoint);
  g_free (job->host);
  g_free (job->model);
  g_free (job->prompt);
  g_free (job->scope);
  g_free (job->parameters);
  g_free (job->why);
  g_free (job);
}

/* In a transaction; how many were not there, or -1. */
static gint64
insert_items (GuiseCaptionDb *db, gint64 job_id, const gint64 *image_ids,
              const char *const *pictures, const char *const *styles, size_t n_items,
              GError **error)
{
  gint64 n = 0;

  for (size_t i = 0; i < n_items; i++) {
    if (!guise_db_run (db->db, error,
                       "INSERT INTO items (job_id, image_id, picture, style)"
                       " SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM items"
                       " WHERE job_id = ?1 AND picture = ?3 AND style IS ?4)",
                       GUISE_INT (job_id), GUISE_INT (image_ids[i]),
                       GUISE_BYTES (pictures != NULL ? pictures[i] : NULL),
                       GUISE_TEXT (styles != NULL ? styles[i] : NULL)))
      return -1;
    n += guise_db_get_n_changed (db->db);
  }
  return n;
}

gint64
guise_caption_db_add_job (GuiseCaptionDb *db, const GuiseCaptionJob *job, const gint64 *image_ids,
                          const char *const *pictures, const char *const *styles, size_t n_items,
                          GError **error)
{
  gint64 now = g_get_real_time (), id = -1;
  gboolean ok;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return -1;
  ok = guise_db_run (db->db, error,
                     "INSERT INTO jobs (id, endpoint, host, model, prompt, scope, parameters,"
                     " trial, created, changed) VALUES (max (?, 1 + coalesce ((SELECT seq FROM"
                     " sqlite_sequence WHERE name = 'jobs'), 0)), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     GUISE_INT (job->id), GUISE_TEXT (job->endpoint), GUISE_TEXT (job->host),
                     GUISE_TEXT (job->model), GUISE_TEXT (job->prompt), GUISE_TEXT (job->scope),
                     GUISE_TEXT (job->parameters), GUISE_INT (job->is_trial != FALSE),
                     GUISE_INT (now), GUISE_INT (now));
  id = ok ? guise_db_get_last_id (db->db) : -1;
  ok = ok && insert_items (db, id, image_ids, pictures, styles, n_items, error) >= 0;
  return guise_caption_db_end (db, ok, error) ? id : -1;
}

gint64
guise_caption_db_add_items (GuiseCaptionDb *db, gint64 job_id, const gint64 *image_ids,
                            const char *const *pictures, const char *const *styles, size_t n_items,
                            GError **error)
{
  gint64 n;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return -1;
  n = insert_items (db, job_id, image_ids, pictures, styles, n_items, error);
  return guise_caption_db_end (db, n >= 0, error) ? n : -1;
}

/* Sums over items, answers and test pictures: a thousand times cheaper than what they count. */
/* clang-format off */
#define SPENT \
  " count(*) n, sum (max (b.prompt_tokens, 0)) prompt," \
  " sum (max (b.completion_tokens, 0)) completion, sum (max (b.cost, 0)) cost," \
  " sum (b.cost >= 0) costs, sum (b.assumed_tokens > 0) uncounted," \
  " sum (b.assumed_tokens) assumed"
#define BOTH(x) " coalesce (a." x ", 0) + coalesce (t." x ", 0)"
#define JOB_COLUMNS \
  "SELECT j.id, j.endpoint, j.host, j.model, j.prompt, j.scope, j.parameters, j.state, j.why," \
  " j.created, j.changed, i.n, i.open, i.done, i.refused, a.n," \
  BOTH ("prompt") "," BOTH ("completion") "," BOTH ("cost") "," BOTH ("costs") ", j.trial," \
  BOTH ("uncounted") ", j.removed, i.split, j.waits_until, j.process," BOTH ("assumed") \
  " FROM jobs j, (SELECT job_id, count(*) n, sum (state IN ('queued', 'running')) open," \
  "   sum (maker IS NOT NULL) done, sum (maker IS 'splitter') split," \
  "   sum (state = 'refused' AND maker IS NULL) refused" \
  "   FROM items GROUP BY job_id) i ON i.job_id = j.id" \
  " LEFT JOIN (SELECT m.job_id," SPENT \
  "   FROM answers b JOIN items m ON m.id = b.item_id GROUP BY m.job_id) a ON a.job_id = j.id" \
  " LEFT JOIN (SELECT b.job_id," SPENT \
  "   FROM canaries b GROUP BY b.job_id) t ON t.job_id = j.id "
/* clang-format on */

static GuiseCaptionJob *
read_job (sqlite3_stmt *statement)
{
  GuiseCaptionJob *job = g_new0 (GuiseCaptionJob, 1);
  int state = sqlite3_column_int (statement, 7);

  job->id = sqlite3_column_int64 (statement, 0);
  job->endpoint = guise_db_dup_text (statement, 1);
  job->host = guise_db_dup_text (statement, 2);
  job->model = guise_db_dup_text (statement, 3);
  job->prompt = guise_db_dup_text (statement, 4);
  job->scope = guise_db_dup_text (statement, 5);
  job->parameters = guise_db_dup_text (statement, 6);
  job->state = (GuiseCaptionJobState)CLAMP (state, 0, (int)G_N_ELEMENTS (state_names) - 1);
  job->why = guise_db_dup_text (statement, 8);
  job->created = sqlite3_column_int64 (statement, 9);
  job->changed = sqlite3_column_int64 (statement, 10);
  job->n_items = (guint)sqlite3_column_int64 (statement, 11);
  job->n_open = (guint)sqlite3_column_int64 (statement, 12);
  job->n_done = (guint)sqlite3_column_int64 (statement, 13);
  job->n_refused = (guint)sqlite3_column_int64 (statement, 14);
  job->n_unusable = job->n_items - job->n_open - job->n_done - job->n_refused;
  job->n_answers = (guint)sqlite3_column_int64 (statement, 15);
  job->prompt_tokens = sqlite3_column_int64 (statement, 16);
  job->completion_tokens = sqlite3_column_int64 (statement, 17);
  job->is_trial = sqlite3_column_int (statement, 20);
  job->n_uncounted = (guint)sqlite3_column_int64 (statement, 21);
  job->is_removed = sqlite3_column_int (statement, 22);
  job->n_split = (guint)sqlite3_column_int64 (statement, 23);
  job->waits_until = sqlite3_column_int64 (statement, 24);
  job->process = (pid_t)sqlite3_column_int64 (statement, 25);
  job->assumed_tokens = sqlite3_column_int64 (statement, 26);
  job->cost = sqlite3_column_int64 (statement, 19) > 0
                  ? (double)sqlite3_column_int64 (statement, 18) / GUISE_CAPTION_COST_UNIT
                  : (double)NAN;
  return job;
}

gboolean
guise_caption_has_count (gint64 n_tokens, guint n_uncounted)
{
  return n_tokens > 0 || n_uncounted == 0;
}

GuiseCaptionJob *
guise_caption_db_get_job (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (db->db, error, JOB_COLUMNS "WHERE j.id = ?",
                                            GUISE_INT (job_id));
  GuiseCaptionJob *job;
  int step;

  if (statement == NULL || (step = guise_db_step (db->db, statement, error)) < 0)
    return NULL;
  if (step == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such caption job: '%" G_GINT64_FORMAT "'", job_id);
    return NULL;
  }
  job = read_job (statement);
  guise_db_reset (statement);
  return job;
}

GPtrArray *
guise_caption_db_list_jobs (GuiseCaptionDb *db, GError **error)
{
  g_autoptr (GPtrArray) jobs
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_caption_job_free);
  sqlite3_stmt *statement = guise_db_query (db->db, error, JOB_COLUMNS "ORDER BY j.id DESC");
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db->db, statement, error)) > 0)
    g_ptr_array_add (jobs, read_job (statement));
  return step == 0 ? g_steal_pointer (&jobs) : NULL;
}

gboolean
guise_caption_db_set_job_state (GuiseCaptionDb *db, gint64 job_id, GuiseCaptionJobState state,
                                const char *why, GError **error)
{
  return guise_db_run (db->db, error,
                       "UPDATE jobs SET state = ?1, why = ?, changed = ?, process = ?,"
                       " removed = removed AND ?1 <> 1 WHERE id = ?", /* 1: it runs */
                       GUISE_INT (state), GUISE_TEXT (why), GUISE_INT (g_get_real_time ()),
                       GUISE_INT (getpid ()), GUISE_INT (job_id));
}

gboolean
guise_caption_db_note_wait (GuiseCaptionDb *db, gint64 job_id, const char *why, gint64 until,
                            GError **error)
{
  return guise_db_run (db->db, error,
                       "UPDATE jobs SET why = ?, waits_until = ?, changed = ?"
                       " WHERE id = ? AND state = ?",
                       GUISE_TEXT (why), GUISE_INT (until), GUISE_INT (g_get_real_time ()),
                       GUISE_INT (job_id), GUISE_INT (GUISE_CAPTION_JOB_RUNNING));
}

gboolean
guise_caption_db_set_job_removed (GuiseCaptionDb *db, gint64 job_id, gboolean removed,
                                  GError **error)
{
  return guise_db_run (db->db, error, "UPDATE jobs SET removed = ? WHERE id = ?",
                       GUISE_INT (removed != FALSE), GUISE_INT (job_id));
}

gboolean
guise_caption_db_set_parameters (GuiseCaptionDb *db, gint64 job_id, const char *parameters,
                                 const char *host, GError **error)
{
  return guise_db_run (db->db, error,
                       "UPDATE jobs SET parameters = ?, host = coalesce (?, host), changed = ?"
                       " WHERE id = ?",
                       GUISE_TEXT (parameters), GUISE_TEXT (host),
                       GUISE_INT (g_get_real_time ()), GUISE_INT (job_id));
}

/* ---- test pictures ---- */

gboolean
guise_caption_db_add_canary (GuiseCaptionDb *db, gint64 job_id, guint32 seed,
                             const GuiseAnswer *answer, const char *saw, GError **error)
{
  return guise_db_run (db->db, error,
                       "INSERT INTO canaries (job_id, seed, state, saw, prompt_tokens,"
                       " completion_tokens, assumed_tokens, cost, created)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       GUISE_INT (job_id), GUISE_INT (seed),
                       GUISE_TEXT (guise_answer_state_get_name (answer->state)), GUISE_TEXT (saw),
                       GUISE_INT (answer->prompt_tokens), GUISE_INT (answer->completion_tokens),
                       GUISE_INT (answer->assumed_tokens),
                       GUISE_INT (guise_caption_db_count_cost (answer->cost)),
                       GUISE_INT (g_get_real_time ()));
}

gint64
guise_caption_db_count_canaries (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  gboolean ok;
  gint64 n = guise_db_get_int (db->db, &ok, 0, error,
                               "SELECT count(*) FROM canaries WHERE job_id = ?",
                               GUISE_INT (job_id));

  return ok ? n : -1;
}
