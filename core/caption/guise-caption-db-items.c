/* captions.db: items and answers. */
#include "guise-caption-db-private.h"
#include "guise-json.h"
#include "guise-store.h"

#include <math.h>
#include <string.h>

#define MAX_OBJECT (1 << 20)

void
guise_caption_item_free (GuiseCaptionItem *item)
{
  if (item == NULL)
    return;
  g_free (item->picture);
  g_free (item->style);
  g_free (item->state);
  g_free (item->why);
  g_free (item->identity);
  g_free (item->clothing);
  g_free (item->maker);
  g_free (item->verdicts);
  g_free (item->answer);
  g_free (item);
}

#define ITEM_COLUMNS                                                                            \
  "SELECT id, job_id, image_id, style, state, tries, why, identity, clothing, maker, verdicts," \
  " answer, picture FROM items "

static GuiseCaptionItem *
read_item (sqlite3_stmt *statement)
{
  GuiseCaptionItem *item = g_new0 (GuiseCaptionItem, 1);

  item->id = sqlite3_column_int64 (statement, 0);
  item->job_id = sqlite3_column_int64 (statement, 1);
  item->image_id = sqlite3_column_int64 (statement, 2);
  item->style = guise_db_dup_text (statement, 3);
  item->state = guise_db_dup_text (statement, 4);
  item->n_tries = (guint)sqlite3_column_int64 (statement, 5);
  item->why = guise_db_dup_text (statement, 6);
  item->identity = guise_db_dup_text (statement, 7);
  item->clothing = guise_db_dup_text (statement, 8);
  item->maker = guise_db_dup_text (statement, 9);
  item->verdicts = guise_db_dup_text (statement, 10);
  item->answer = guise_db_dup_text (statement, 11);
  item->picture = guise_db_dup_bytes (statement, 12);
  return item;
}

static GPtrArray *
read_items (GuiseCaptionDb *db, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) items
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_caption_item_free);
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db->db, statement, error)) > 0)
    g_ptr_array_add (items, read_item (statement));
  return step == 0 ? g_steal_pointer (&items) : NULL;
}

GPtrArray *
guise_caption_db_list_queued (GuiseCaptionDb *db, gint64 job_id, gint64 after, guint limit,
                              GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE job_id = ? AND state = 'queued'"
                                                  " AND id > ? ORDER BY id LIMIT ?",
                                     GUISE_INT (job_id), GUISE_INT (after), GUISE_INT (limit)),
                     error);
}

GPtrArray *
guise_caption_db_list_items (GuiseCaptionDb *db, gint64 job_id, const char *state, guint offset,
                             guint limit, GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE job_id = ? AND (?2 IS NULL OR state = ?2)"
                                                  " ORDER BY id LIMIT ? OFFSET ?",
                                     GUISE_INT (job_id), GUISE_TEXT (state), GUISE_INT (limit),
                                     GUISE_INT (offset)),
                     error);
}

GPtrArray *
guise_caption_db_list_unusable (GuiseCaptionDb *db, gint64 job_id, guint offset, guint limit,
                                GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE job_id = ? AND maker IS NULL"
                                                  " AND state NOT IN ('queued', 'running')"
                                                  " ORDER BY id LIMIT ? OFFSET ?",
                                     GUISE_INT (job_id), GUISE_INT (limit), GUISE_INT (offset)),
                     error);
}

/* clang-format off */
#define IS_UNUSABLE "maker IS NULL AND state NOT IN ('queued', 'running')"
/* Whoever asked anew would find this answer; one with a '~' was put aside. */
#define HAS_KEPT \
  "(coalesce (answer, '~') NOT LIKE '%~%'" \
  " AND answer IN (SELECT key FROM answers WHERE " IS_KEPT "))"
#define IS_KEPT "state NOT IN ('failed', 'cancelled')"
#define OF_JOBS_BY \
  " AND job_id IN (SELECT id FROM jobs WHERE model = ? AND prompt = ? AND trial = 0)" \
  " ORDER BY id"
/* clang-format on */

/* Of all jobs but trials, in order; which: a condition. */
#define LIST_BY(which)                                                               \
  read_items (db,                                                                    \
              guise_db_query (db->db, error, ITEM_COLUMNS "WHERE " which OF_JOBS_BY, \
                              GUISE_TEXT (model), GUISE_TEXT (prompt)),              \
              error)

GPtrArray *
guise_caption_db_list_vain (GuiseCaptionDb *db, const char *model, const char *prompt,
                            GError **error)
{
  return LIST_BY (IS_UNUSABLE " AND " HAS_KEPT);
}

GPtrArray *
guise_caption_db_list_failed (GuiseCaptionDb *db, const char *model, const char *prompt,
                              GError **error)
{
  return LIST_BY (IS_UNUSABLE " AND NOT " HAS_KEPT);
}

GPtrArray *
guise_caption_db_list_split (GuiseCaptionDb *db, const char *model, const char *prompt,
                             GError **error)
{
  return LIST_BY ("maker = 'splitter'");
}

GPtrArray *
guise_caption_db_list_pictures (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *statement = guise_db_query (
      db->db, error, "SELECT DISTINCT picture FROM items WHERE job_id = ?", GUISE_INT (job_id));
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db->db, statement, error)) > 0)
    g_ptr_array_add (pictures, guise_db_dup_bytes (statement, 0));
  return step == 0 ? g_steal_pointer (&pictures) : NULL;
}

GuiseCaptionItem *
guise_caption_db_get_item (GuiseCaptionDb *db, gint64 item_id, GError **error)
{
  g_autoptr (GPtrArray) items = read_items (
      db, guise_db_query (db->db, error, ITEM_COLUMNS "WHERE id = ?", GUISE_INT (item_id)), error);

  if (items == NULL)
    return NULL;
  if (items->len == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such item: '%" G_GINT64_FORMAT "'", item_id);
    return NULL;
  }
  return g_ptr_array_steal_index (items, 0);
}

gboolean
guise_caption_db_start_item (GuiseCaptionDb *db, gint64 item_id, gboolean is_first,
                             GError **error)
{
  const GuiseValue id = GUISE_INT (item_id);
  static const char sql[] = "UPDATE items SET state = 'running', tries = tries + 1 WHERE id = ?";

  return is_first ? guise_caption_db_run_lazily (db, sql, &id, 1, error)
                  : guise_db_run_values (db->db, sql, &id, 1, error);
}

gboolean
guise_caption_db_finish_item (GuiseCaptionDb *db, const GuiseCaptionItem *item, GError **error)
{
  return guise_db_run (db->db, error,
                       "UPDATE items SET state = ?, why = ?, identity = ?, clothing = ?,"
                       " maker = ?, verdicts = ?, answer = ? WHERE id = ?",
                       GUISE_TEXT (item->state), GUISE_TEXT (item->why),
                       GUISE_TEXT (item->identity), GUISE_TEXT (item->clothing),
                       GUISE_TEXT (item->maker), GUISE_TEXT (item->verdicts),
                       GUISE_TEXT (item->answer), GUISE_INT (item->id));
}

gint64
guise_caption_db_requeue_running (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  if (!guise_db_run (db->db, error,
                     "UPDATE items SET state = 'queued' WHERE job_id = ? AND state = 'running'",
                     GUISE_INT (job_id)))
    return -1;
  return guise_db_get_n_changed (db->db);
}

gint64
guise_caption_db_requeue_unanswered (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  if (!guise_db_run (db->db, error,
                     "UPDATE items SET state = 'queued', why = NULL"
                     " WHERE job_id = ? AND state IN ('running', 'failed')",
                     GUISE_INT (job_id)))
    return -1;
  return guise_db_get_n_changed (db->db);
}

/* Items whose answers a retry would find instead of asking: those about the same pictures, by the
 * same model and prompt, and those that asked about an equal picture what its items name as their
 * answers; but for those that were described, which another job could use. */
#define IN_THE_WAY                                                                        \
  "SELECT o.id FROM (SELECT image_id FROM items WHERE job_id = ?1 AND " IS_UNUSABLE ") i" \
  " JOIN items o ON o.image_id = i.image_id JOIN jobs k ON k.id = o.job_id"               \
  " JOIN jobs j ON j.id = ?1 AND j.model = k.model AND j.prompt = k.prompt"               \
  " WHERE o.maker IS NOT 'model' UNION SELECT o.id FROM (SELECT answer FROM items"        \
  " WHERE job_id = ?1 AND " IS_UNUSABLE ") i JOIN answers a ON a.key = i.answer"          \
  " JOIN items o ON o.id = a.item_id WHERE o.maker IS NOT 'model'"

/* They were paid for and stay, under another name. */
static gboolean
put_aside (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  return guise_db_execute (db->db, "CREATE TEMP TABLE IF NOT EXISTS aside (key TEXT PRIMARY KEY)",
                           error)
         && guise_db_execute (db->db, "DELETE FROM temp.aside", error)
         && guise_db_run (db->db, error,
                          "INSERT INTO temp.aside SELECT key FROM answers"
                          " WHERE key NOT LIKE '%~%' AND item_id IN (" IN_THE_WAY ")",
                          GUISE_INT (job_id))
         && guise_db_run (db->db, error,
                          "UPDATE items SET answer = (SELECT key || '~' || created FROM answers"
                          " WHERE key = items.answer) WHERE answer IN temp.aside")
         && guise_db_run (db->db, error,
                          "UPDATE answers SET key = key || '~' || created"
                          " WHERE key IN temp.aside");
}

gint64
guise_caption_db_requeue_unusable (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  gint64 n;
  gboolean ok;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return -1;
  ok = put_aside (db, job_id, error)
       && guise_db_run (db->db, error,
                        "UPDATE items SET state = 'queued', tries = 0, why = NULL"
                        " WHERE job_id = ? AND " IS_UNUSABLE,
                        GUISE_INT (job_id));
  n = guise_db_get_n_changed (db->db);
  return guise_caption_db_end (db, ok, error) ? n : -1;
}

/* ---- answers ---- */

/* The failure that a question is asked again after: what it took stays counted. Nobody but the item
 * that it failed for names it. */
static gboolean
put_failure_aside (GuiseCaptionDb *db, const char *key, GError **error)
{
  gboolean ok, is_there = guise_db_get_int (db->db, &ok, 0, error,
                                            "SELECT count (*) FROM answers WHERE key = ?",
                                            GUISE_TEXT (key))
                          > 0;

  if (!ok || !is_there)
    return ok;
  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return FALSE;
  ok = guise_db_run (db->db, error,
                     "UPDATE items SET answer = a.key || '~' || a.created FROM answers a"
                     " WHERE a.key = ? AND items.id = a.item_id AND items.answer = a.key",
                     GUISE_TEXT (key))
       && guise_db_run (db->db, error,
                        "UPDATE answers SET key = key || '~' || created WHERE key = ?",
                        GUISE_TEXT (key));
  return guise_caption_db_end (db, ok, error);
}

gboolean
guise_caption_db_put_answer (GuiseCaptionDb *db, gint64 item_id, const char *key,
                             const GuiseAnswer *answer, GError **error)
{
  g_autofree char *object = guise_json_dup_text (answer->object, JSON_COMPACT);
  const GuiseValue values[] = {
    GUISE_TEXT (key), GUISE_INT (item_id),
    GUISE_TEXT (guise_answer_state_get_name (answer->state)), GUISE_TEXT (answer->identity),
    GUISE_TEXT (answer->clothing), GUISE_TEXT (object), GUISE_TEXT (answer->why),
    GUISE_INT (answer->http), GUISE_TEXT (answer->finish_reason),
    GUISE_INT (answer->prompt_tokens), GUISE_INT (answer->completion_tokens),
    GUISE_INT (answer->cached_tokens), GUISE_INT (answer->assumed_tokens),
    GUISE_INT (guise_caption_db_count_cost (answer->cost)), GUISE_INT (answer->attempts),
    GUISE_INT ((gint64)llround (answer->ms)), GUISE_TEXT (answer->model),
    GUISE_TEXT (answer->raw_request), GUISE_TEXT (answer->raw_answer),
    GUISE_INT (g_get_real_time ())
  };

  return put_failure_aside (db, key, error)
         && guise_caption_db_run_lazily (
             db,
             "INSERT INTO answers (key, item_id, state, identity, clothing, object, why, http,"
             " finish_reason, prompt_tokens, completion_tokens, cached_tokens, assumed_tokens,"
             " cost, attempts, ms, model, request, reply, created)"
             " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
             values, G_N_ELEMENTS (values), error);
}

/* INVALID for a name that no version of this program wrote. */
static GuiseAnswerState
parse_state (const char *name)
{
  for (int i = 0; i < GUISE_N_ANSWER_STATES; i++)
    if (strcmp (name, guise_answer_state_get_name ((GuiseAnswerState)i)) == 0)
      return (GuiseAnswerState)i;
  return GUISE_ANSWER_INVALID;
}

static GuiseAnswer *
read_answer (sqlite3_stmt *statement)
{
  GuiseAnswer *answer = guise_answer_new (NULL);
  g_autofree char *state = guise_db_dup_text (statement, 0);
  g_autofree char *object = guise_db_dup_text (statement, 3);
  gint64 cost = sqlite3_column_int64 (statement, 10);

  answer->state = parse_state (state);
  answer->identity = guise_db_dup_text (statement, 1);
  answer->clothing = guise_db_dup_text (statement, 2);
  if (object != NULL)
    answer->object = guise_json_parse (object, strlen (object), MAX_OBJECT, "answer", NULL);
  g_free (answer->why); /* a new one says that it was not asked */
  answer->why = guise_db_dup_text (statement, 4);
  answer->http = (guint)sqlite3_column_int64 (statement, 5);
  answer->finish_reason = guise_db_dup_text (statement, 6);
  answer->prompt_tokens = sqlite3_column_int64 (statement, 7);
  answer->completion_tokens = sqlite3_column_int64 (statement, 8);
  answer->cached_tokens = sqlite3_column_int64 (statement, 9);
  answer->cost = cost >= 0 ? (double)cost / GUISE_CAPTION_COST_UNIT : (double)NAN;
  answer->attempts = (guint)sqlite3_column_int64 (statement, 11);
  answer->ms = (double)sqlite3_column_int64 (statement, 12);
  answer->model = guise_db_dup_text (statement, 13);
  answer->raw_request = guise_db_dup_text (statement, 14);
  answer->raw_answer = guise_db_dup_text (statement, 15);
  answer->assumed_tokens = sqlite3_column_int64 (statement, 16);
  return answer;
}

GuiseAnswer *
guise_caption_db_get_answer (GuiseCaptionDb *db, const char *key, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (
      db->db, error,
      "SELECT state, identity, clothing, object, why, http, finish_reason, prompt_tokens,"
      " completion_tokens, cached_tokens, cost, attempts, ms, model, request, reply,"
      " assumed_tokens"
      " FROM answers WHERE key = ?",
      GUISE_TEXT (key));
  GuiseAnswer *answer;

  if (statement == NULL || guise_db_step (db->db, statement, error) <= 0)
    return NULL;
  answer = read_answer (statement);
  guise_db_reset (statement);
  return answer;
}

GuiseAnswer *
guise_caption_db_find_kept (GuiseCaptionDb *db, const char *key, GError **error)
{
  g_autoptr (GuiseAnswer) answer = guise_caption_db_get_answer (db, key, error);

  return answer != NULL && answer->state != GUISE_ANSWER_FAILED
                 && answer->state != GUISE_ANSWER_CANCELLED
             ? g_steal_pointer (&answer)
             : NULL;
}

/* ---- what they took ---- */

/* Answers that rates are taken from. */
#define N_RATED 200

/* The clock between answers knows that several are under way, and counts pauses; what the answers
 * took each does neither: the shorter of both. */
static double
get_pace (gint64 first, gint64 last, gint64 ms, guint n_images)
{
  double alone = (double)ms / n_images;

  return n_images > 1 ? MIN ((double)(last - first) / 1000 / (n_images - 1), alone) : alone;
}

gboolean
guise_caption_db_get_rates (GuiseCaptionDb *db, const char *endpoint, const char *model,
                            GuiseCaptionRates *rates, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (
      db->db, error,
      "SELECT count(DISTINCT item_id), min(created), max(created), sum(ms),"
      " sum(max(prompt_tokens, 0) + max(completion_tokens, 0)), sum(prompt_tokens >= 0),"
      " sum(max(cost, 0)), sum(cost >= 0)"
      " FROM (SELECT a.* FROM answers a JOIN items i ON i.id = a.item_id JOIN jobs j ON"
      " j.id = i.job_id WHERE j.endpoint = ? AND j.model = ? AND a.state NOT IN"
      " ('failed', 'cancelled') ORDER BY a.created DESC LIMIT ?)",
      GUISE_TEXT (endpoint), GUISE_TEXT (model), GUISE_INT (N_RATED));

  *rates = (GuiseCaptionRates){ 0, NAN, NAN, NAN };
  if (statement == NULL || guise_db_step (db->db, statement, error) < 0)
    return FALSE;
  rates->n_images = (guint)sqlite3_column_int64 (statement, 0);
  if (rates->n_images > 0) {
    rates->ms = get_pace (sqlite3_column_int64 (statement, 1), sqlite3_column_int64 (statement, 2),
                          sqlite3_column_int64 (statement, 3), rates->n_images);
    if (sqlite3_column_int64 (statement, 5) > 0)
      rates->tokens = (double)sqlite3_column_int64 (statement, 4) / rates->n_images;
    if (sqlite3_column_int64 (statement, 7) > 0)
      rates->cost = (double)sqlite3_column_int64 (statement, 6) / GUISE_CAPTION_COST_UNIT
                    / rates->n_images;
  }
  guise_db_reset (statement);
  return TRUE;
}

/* ---- what guise.db does not have yet ---- */

GPtrArray *
guise_caption_db_list_unapplied (GuiseCaptionDb *db, gint64 after, guint limit, GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE maker IS NOT NULL AND applied = 0"
                                                  " AND id > ? AND job_id NOT IN"
                                                  " (SELECT id FROM jobs WHERE trial = 1)"
                                                  " ORDER BY id LIMIT ?",
                                     GUISE_INT (after), GUISE_INT (limit)),
                     error);
}

static gboolean
set_applied (GuiseCaptionDb *db, const gint64 *item_ids, size_t n_ids, gboolean applied,
             GError **error)
{
  gboolean ok = TRUE;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (size_t i = 0; i < n_ids && ok; i++)
    ok = guise_db_run (db->db, error, "UPDATE items SET applied = ? WHERE id = ?",
                       GUISE_INT (applied), GUISE_INT (item_ids[i]));
  return guise_caption_db_end (db, ok, error);
}

gboolean
guise_caption_db_mark_applied (GuiseCaptionDb *db, const gint64 *item_ids, size_t n_ids,
                               GError **error)
{
  return set_applied (db, item_ids, n_ids, TRUE, error);
}

gboolean
guise_caption_db_mark_unapplied (GuiseCaptionDb *db, const gint64 *item_ids, size_t n_ids,
                                 GError **error)
{
  return set_applied (db, item_ids, n_ids, FALSE, error);
}

GPtrArray *
guise_caption_db_list_nameless (GuiseCaptionDb *db, guint limit, GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE picture IS NULL AND applied = 0"
                                                  " ORDER BY id LIMIT ?",
                                     GUISE_INT (limit)),
                     error);
}

gboolean
guise_caption_db_name_pictures (GuiseCaptionDb *db, const GPtrArray *items, GError **error)
{
  gboolean ok = TRUE;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (guint i = 0; i < items->len && ok; i++) {
    const GuiseCaptionItem *item = items->pdata[i];

    ok = guise_db_run (db->db, error, "UPDATE items SET picture = ? WHERE id = ?",
                       GUISE_BYTES (item->picture != NULL ? item->picture : "none"),
                       GUISE_INT (item->id));
  }
  return guise_caption_db_end (db, ok, error);
}
