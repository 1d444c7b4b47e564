#include "guise-check-database.h"

#include "guise-schema.h"

#include <string.h>

typedef struct {
  const char *subject;
  GuiseDb *db;
  gboolean has_log;
  GPtrArray *problems;
  guint first; /* of them, that is about this database */
} Look;

typedef char *(*Describe) (sqlite3_stmt *statement);

static char *
describe_finding (sqlite3_stmt *statement)
{
  g_autofree char *text = guise_schema_dup_finding (statement);

  return strcmp (text, "ok") != 0 ? g_steal_pointer (&text) : NULL;
}

static char *
describe_reference (sqlite3_stmt *statement)
{
  return g_strdup_printf ("row %" G_GINT64_FORMAT " of '%s' refers to a row of '%s' that is gone",
                          (gint64)sqlite3_column_int64 (statement, 1),
                          (const char *)sqlite3_column_text (statement, 0),
                          (const char *)sqlite3_column_text (statement, 2));
}

static char *
describe_change (sqlite3_stmt *statement)
{
  return g_strdup_printf ("operation %" G_GINT64_FORMAT ", change %" G_GINT64_FORMAT
                          ": its record cannot be read, so it cannot be undone",
                          (gint64)sqlite3_column_int64 (statement, 0),
                          (gint64)sqlite3_column_int64 (statement, 1));
}

static const struct {
  const char *sql;
  Describe describe;
} questions[] = {
  { "PRAGMA integrity_check(100)", describe_finding },
  { "PRAGMA foreign_key_check", describe_reference },
  { "SELECT operation_id, id FROM changes WHERE"
    " (before IS NOT NULL AND NOT (json_valid (before) AND json_type (before) = 'object'))"
    " OR (after IS NOT NULL AND NOT (json_valid (after) AND json_type (after) = 'object'))"
    " OR (before IS NULL AND after IS NULL) LIMIT 100",
    describe_change },
};

/* FALSE when cancelled; what else goes wrong is a problem. */
static gboolean
ask (Look *self, size_t question, GError **error)
{
  const guint n_before = self->problems->len;
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement = guise_db_prepare (self->db, questions[question].sql, NULL, 0, &local);
  char *text;

  while (statement != NULL && guise_db_step (self->db, statement, &local) > 0)
    if ((text = questions[question].describe (statement)) != NULL)
      guise_finding_add (self->problems, self->subject, text)->lost = TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL && self->problems->len == n_before) /* after a finding it only repeats it */
    guise_finding_add_trouble (self->problems, self->subject, local);
  return TRUE;
}

/* The integrity is asked first: a damaged database has no other answers. */
static gboolean
ask_all (Look *self, GError **error)
{
  if (!ask (self, 0, error) || (self->problems->len == self->first && !ask (self, 1, error)))
    return FALSE;
  return !self->has_log || ask (self, 2, error);
}

static GuiseFinding *
get (const Look *self, guint i)
{
  return self->problems->pdata[i];
}

/* "row 3 missing from index x", "wrong # of entries in index x", "non-unique entry in index x":
 * the table is whole, and an index follows from it. */
static gboolean
all_concern_indexes (const Look *self)
{
  for (guint i = self->first; i < self->problems->len; i++)
    if (strstr (get (self, i)->text, " index ") == NULL)
      return FALSE;
  return self->problems->len > self->first;
}

/* FALSE without an error: the tables do not allow these indexes. */
static gboolean
reindex (const Look *self, GError **error)
{
  g_autoptr (GPtrArray) left
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_finding_free);
  Look after = { self->subject, self->db, self->has_log, left, 0 };
  gboolean ok = guise_db_execute (self->db, "BEGIN IMMEDIATE; REINDEX", error)
                && ask_all (&after, error) && left->len == 0
                && guise_db_execute (self->db, "COMMIT", error);

  if (left->len > 0 && get (&after, 0)->passing)
    g_set_error_literal (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED, get (&after, 0)->text);
  if (!ok && (sqlite3_errcode (guise_db_get_handle (self->db)) & 0xff) == SQLITE_CONSTRAINT)
    g_clear_error (error);
  if (!ok)
    guise_db_execute (self->db, "ROLLBACK", NULL);
  return ok;
}

/* Only where the result is flawless it is kept. */
static gboolean
rebuild_indexes (Look *self, GError **error)
{
  const guint n = self->problems->len;
  g_autoptr (GError) local = NULL;
  gboolean ok = reindex (self, &local);

  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL)
    guise_finding_add_trouble (self->problems, self->subject, local);
  for (guint i = self->first; i < n; i++) {
    get (self, i)->repaired = ok;
    get (self, i)->lost = !ok && local == NULL;
  }
  return TRUE;
}

gboolean
guise_check_database (GuiseDb *db, const char *subject, gboolean has_log, gboolean repair,
                      GPtrArray *problems, GError **error)
{
  Look self = { subject, db, has_log, problems, problems->len };

  if (!ask_all (&self, error))
    return FALSE;
  if (!all_concern_indexes (&self))
    return TRUE;
  for (guint i = self.first; i < problems->len; i++) {
    get (&self, i)->repairable = TRUE;
    get (&self, i)->lost = FALSE;
  }
  return !repair || rebuild_indexes (&self, error);
}
