#include "guise-store-prompts.h"

#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <math.h>
#include <string.h>

/* Words compared of one text: a description has fifty, and the work grows with the square. */
#define MAX_WORDS 2000

void
guise_prompt_stats_free (GuisePromptStats *stats)
{
  if (stats == NULL)
    return;
  g_free (stats->model);
  g_free (stats->prompt);
  g_free (stats);
}

/* ---- how far two texts are apart ---- */

static GPtrArray *
split_words (char *text)
{
  GPtrArray *words = g_ptr_array_new ();
  char *rest = NULL;

  for (char *word = strtok_r (text, " \t\r\n", &rest); word != NULL && words->len < MAX_WORDS;
       word = strtok_r (NULL, " \t\r\n", &rest))
    g_ptr_array_add (words, word);
  return words;
}

/* Levenshtein's distance, a row at a time. */
guint
guise_store_count_word_edits (const char *from, const char *to)
{
  g_autofree char *from_text = g_strdup (from), *to_text = g_strdup (to);
  g_autoptr (GPtrArray) a = split_words (from_text), b = split_words (to_text);
  g_autofree guint *row = g_new (guint, b->len + 1);

  for (guint j = 0; j <= b->len; j++)
    row[j] = j;
  for (guint i = 0; i < a->len; i++) {
    guint diagonal = row[0];

    row[0] = i + 1;
    for (guint j = 0; j < b->len; j++) {
      guint replaced = diagonal + (strcmp (a->pdata[i], b->pdata[j]) != 0);

      diagonal = row[j + 1];
      row[j + 1] = MIN (replaced, MIN (row[j], diagonal) + 1);
    }
  }
  return row[b->len];
}

/* ---- counting ---- */

/* The text before the first change of it: an edit keeps what was there. */
#define CAPTIONS_OF_PROMPTS                                                             \
  "SELECT c.model, c.prompt, c.state, CASE c.state WHEN ?1 THEN c.text END,"            \
  " CASE c.state WHEN ?1 THEN (SELECT json_extract (h.before, '$.text') FROM changes h" \
  "   WHERE h.row_id = c.id AND h.table_name = 'captions'"                              \
  "   AND json_extract (h.before, '$.text') IS NOT NULL ORDER BY h.id LIMIT 1) END"     \
  " FROM captions c WHERE c.model IS NOT NULL AND c.prompt IS NOT NULL"                 \
  " ORDER BY c.model, c.prompt"

static GuisePromptStats *
get_stats (GPtrArray *all, const char *model, const char *prompt)
{
  GuisePromptStats *last = all->len > 0 ? all->pdata[all->len - 1] : NULL;

  if (last != NULL && strcmp (last->model, model) == 0 && strcmp (last->prompt, prompt) == 0)
    return last;
  last = g_new0 (GuisePromptStats, 1);
  last->model = g_strdup (model);
  last->prompt = g_strdup (prompt);
  g_ptr_array_add (all, last);
  return last;
}

static void
count (GuisePromptStats *stats, GuiseCaptionState state, const char *text, const char *original)
{
  stats->n_captions++;
  stats->n_accepted += state == GUISE_STATE_ACCEPTED;
  stats->n_rejected += state == GUISE_STATE_REJECTED;
  if (state != GUISE_STATE_EDITED)
    return;
  stats->n_edited++;
  if (original != NULL) /* a sum until all are counted */
    stats->edit_words += guise_store_count_word_edits (original, text);
}

static int
read_captions (GuiseDb *db, GPtrArray *all, GError **error)
{
  sqlite3_stmt *statement
      = guise_db_query (db, error, CAPTIONS_OF_PROMPTS, GUISE_INT (GUISE_STATE_EDITED));
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    g_autofree char *model = guise_db_dup_text (statement, 0);
    g_autofree char *prompt = guise_db_dup_text (statement, 1);
    g_autofree char *text = guise_db_dup_text (statement, 3);
    g_autofree char *original = guise_db_dup_text (statement, 4);

    count (get_stats (all, model, prompt), (GuiseCaptionState)sqlite3_column_int (statement, 2),
           text, original);
  }
  return step;
}

GPtrArray *
guise_store_list_prompt_stats (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) all
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_prompt_stats_free);
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  int step;

  if (db == NULL)
    return NULL;
  step = read_captions (db, all, error);
  guise_store_give_back (store, db);
  for (guint i = 0; i < all->len; i++) {
    GuisePromptStats *stats = all->pdata[i];

    stats->edit_words = stats->n_edited > 0 ? stats->edit_words / stats->n_edited : (double)NAN;
  }
  return step == 0 ? g_steal_pointer (&all) : NULL;
}
