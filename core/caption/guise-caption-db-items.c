/* captions.db: items and answers. */
#include "guise-caption-db-private.h"
#include "guise-json.h"
#include "guise-store.h"

#include <math.h>
#include <string.h>

/* Costs are kept in millionths. */
#define COST_UNIT 1e6
#define MAX_OBJECT (1 << 20)

void
guise_caption_item_free (GuiseCaptionItem *item)
{
  if (item == NULL)
    return;
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
  " answer FROM items "

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
guise_caption_db_start_item (GuiseCaptionDb *db, gint64 item_id, GError **error)
{
  return guise_db_run (db->db, error,
                       "UPDATE items SET state = 'running', tries = tries + 1 WHERE id = ?",
                       GUISE_INT (item_id));
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

gint64
guise_caption_db_requeue_unusable (GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  if (!guise_db_run (db->db, error,
                     "UPDATE items SET state = 'queued', tries = 0, why = NULL"
                     " WHERE job_id = ? AND maker IS NULL"
                     " AND state NOT IN ('queued', 'running')",
                     GUISE_INT (job_id)))
    return -1;
  return guise_db_get_n_changed (db->db);
}

/* ---- answers ---- */

static char *
dump_object (json_t *object)
{
  char *text = object != NULL ? json_dumps (object, JSON_COMPACT) : NULL;
  char *copy = g_strdup (text);

  free (text);
  return copy;
}

gboolean
guise_caption_db_put_answer (GuiseCaptionDb *db, gint64 item_id, const char *key,
                             const GuiseAnswer *answer, GError **error)
{
  g_autofree char *object = dump_object (answer->object);
  gint64 cost = isfinite (answer->cost) ? (gint64)llround (answer->cost * COST_UNIT) : -1;

  return guise_db_run (
      db->db, error,
      "INSERT OR REPLACE INTO answers (key, item_id, state, identity, clothing, object, why, http,"
      " finish_reason, prompt_tokens, completion_tokens, cached_tokens, cost, attempts, ms, model,"
      " request, reply, created) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      GUISE_TEXT (key), GUISE_INT (item_id),
      GUISE_TEXT (guise_answer_state_get_name (answer->state)), GUISE_TEXT (answer->identity),
      GUISE_TEXT (answer->clothing), GUISE_TEXT (object), GUISE_TEXT (answer->why),
      GUISE_INT (answer->http), GUISE_TEXT (answer->finish_reason),
      GUISE_INT (answer->prompt_tokens), GUISE_INT (answer->completion_tokens),
      GUISE_INT (answer->cached_tokens), GUISE_INT (cost), GUISE_INT (answer->attempts),
      GUISE_INT ((gint64)llround (answer->ms)), GUISE_TEXT (answer->model),
      GUISE_TEXT (answer->raw_request), GUISE_TEXT (answer->raw_answer),
      GUISE_INT (g_get_real_time ()));
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
  answer->why = guise_db_dup_text (statement, 4);
  answer->http = (guint)sqlite3_column_int64 (statement, 5);
  answer->finish_reason = guise_db_dup_text (statement, 6);
  answer->prompt_tokens = sqlite3_column_int64 (statement, 7);
  answer->completion_tokens = sqlite3_column_int64 (statement, 8);
  answer->cached_tokens = sqlite3_column_int64 (statement, 9);
  answer->cost = cost >= 0 ? (double)cost / COST_UNIT : (double)NAN;
  answer->attempts = (guint)sqlite3_column_int64 (statement, 11);
  answer->ms = (double)sqlite3_column_int64 (statement, 12);
  answer->model = guise_db_dup_text (statement, 13);
  answer->raw_request = guise_db_dup_text (statement, 14);
  answer->raw_answer = guise_db_dup_text (statement, 15);
  return answer;
}

GuiseAnswer *
guise_caption_db_get_answer (GuiseCaptionDb *db, const char *key, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (
      db->db, error,
      "SELECT state, identity, clothing, object, why, http, finish_reason, prompt_tokens,"
      " completion_tokens, cached_tokens, cost, attempts, ms, model, request, reply"
      " FROM answers WHERE key = ? AND state NOT IN ('failed', 'cancelled')",
      GUISE_TEXT (key));
  GuiseAnswer *answer;

  if (statement == NULL || guise_db_step (db->db, statement, error) <= 0)
    return NULL;
  answer = read_answer (statement);
  guise_db_reset (statement);
  return answer;
}

/* ---- what guise.db does not have yet ---- */

GPtrArray *
guise_caption_db_list_unapplied (GuiseCaptionDb *db, guint limit, GError **error)
{
  return read_items (db,
                     guise_db_query (db->db, error,
                                     ITEM_COLUMNS "WHERE maker IS NOT NULL AND applied = 0"
                                                  " AND job_id NOT IN"
                                                  " (SELECT id FROM jobs WHERE trial = 1)"
                                                  " ORDER BY id LIMIT ?",
                                     GUISE_INT (limit)),
                     error);
}

gboolean
guise_caption_db_mark_applied (GuiseCaptionDb *db, const gint64 *item_ids, size_t n_ids,
                               GError **error)
{
  gboolean ok = TRUE;

  if (!guise_db_execute (db->db, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (size_t i = 0; i < n_ids && ok; i++)
    ok = guise_db_run (db->db, error, "UPDATE items SET applied = 1 WHERE id = ?",
                       GUISE_INT (item_ids[i]));
  return guise_caption_db_end (db, ok, error);
}
