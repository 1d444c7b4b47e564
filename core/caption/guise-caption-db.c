#include "guise-caption-db.h"

#include "guise-caption-db-private.h"
#include "guise-db-files.h"
#include "guise-shell-word.h"
#include "guise-store.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "captions.db"
#define APPLICATION_ID 0x47756961 /* "Guia" */

/* Costs are kept in millionths, unknown numbers as -1. */
static const char *const migration_1[] = {
  "CREATE TABLE prompts ("
  "  hash TEXT PRIMARY KEY,"
  "  title TEXT NOT NULL,"
  "  text TEXT NOT NULL,"
  "  created INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE jobs ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  endpoint TEXT NOT NULL,"
  "  host TEXT NOT NULL,"
  "  model TEXT NOT NULL,"
  "  prompt TEXT NOT NULL REFERENCES prompts,"
  "  scope TEXT NOT NULL,"
  "  parameters TEXT NOT NULL,"
  "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 5),"
  "  why TEXT,"
  "  trial INTEGER NOT NULL CHECK (trial IN (0, 1)),"
  "  created INTEGER NOT NULL,"
  "  changed INTEGER NOT NULL) STRICT",
  "CREATE TABLE items ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,"
  "  image_id INTEGER NOT NULL,"
  "  style TEXT,"
  "  state TEXT NOT NULL DEFAULT 'queued',"
  "  tries INTEGER NOT NULL DEFAULT 0,"
  "  why TEXT,"
  "  identity TEXT,"
  "  clothing TEXT,"
  "  maker TEXT,"
  "  verdicts TEXT,"
  "  answer TEXT,"
  "  applied INTEGER NOT NULL DEFAULT 0) STRICT",
  "CREATE INDEX items_by_state ON items (job_id, state, id)",
  "CREATE INDEX items_to_apply ON items (id) WHERE maker IS NOT NULL AND applied = 0",
  "CREATE TABLE answers ("
  "  key TEXT PRIMARY KEY,"
  "  item_id INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,"
  "  state TEXT NOT NULL,"
  "  identity TEXT,"
  "  clothing TEXT,"
  "  object TEXT,"
  "  why TEXT,"
  "  http INTEGER NOT NULL,"
  "  finish_reason TEXT,"
  "  prompt_tokens INTEGER NOT NULL,"
  "  completion_tokens INTEGER NOT NULL,"
  "  cached_tokens INTEGER NOT NULL,"
  "  cost INTEGER NOT NULL,"
  "  attempts INTEGER NOT NULL,"
  "  ms INTEGER NOT NULL,"
  "  model TEXT,"
  "  request TEXT,"
  "  reply TEXT,"
  "  created INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE INDEX answers_by_item ON answers (item_id)",
  NULL
};
/* What jobs have spent is summed without reading questions and answers, which are large. */
static const char *const migration_2[]
    = { "DROP INDEX answers_by_item",
        "CREATE INDEX answers_by_item ON answers (item_id, prompt_tokens, completion_tokens, cost,"
        " state)",
        NULL };
/* What each item's picture is called in every copy of guise.db (guise-store-image-names.h), NULL in
 * items of before; and what was spent on test pictures. */
static const char *const migration_3[]
    = { "ALTER TABLE items ADD COLUMN picture BLOB",
        "CREATE INDEX items_by_picture ON items (job_id, picture, style)",
        "CREATE INDEX items_without_picture ON items (id) WHERE picture IS NULL AND applied = 0",
        "CREATE TABLE canaries ("
        "  id INTEGER PRIMARY KEY,"
        "  job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,"
        "  seed INTEGER NOT NULL,"
        "  state TEXT NOT NULL,"
        "  saw TEXT,"
        "  prompt_tokens INTEGER NOT NULL,"
        "  completion_tokens INTEGER NOT NULL,"
        "  cost INTEGER NOT NULL,"
        "  created INTEGER NOT NULL) STRICT",
        "CREATE INDEX canaries_by_job ON canaries (job_id)",
        NULL };
/* Jobs that somebody took off the list. Nothing else of them goes: answers are paid for. */
static const char *const migration_4[]
    = { "ALTER TABLE jobs ADD COLUMN removed INTEGER NOT NULL DEFAULT 0", NULL };
/* The process that does a job, as far as it runs; and when a job that waits asks again, in µs since
 * 1970 UTC. */
static const char *const migration_5[]
    = { "ALTER TABLE jobs ADD COLUMN process INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN waits_until INTEGER NOT NULL DEFAULT 0", NULL };
/* What an answer without a count is taken for stands with it: a limit means the same at a resume as
 * while the job runs. 3000 is what it was taken for at a resume until then. */
#define UNCOUNTED                                                         \
  " SET assumed_tokens = 3000 WHERE state NOT IN ('failed', 'cancelled')" \
  " AND prompt_tokens <= 0 AND completion_tokens <= 0"
static const char *const migration_6[]
    = { "ALTER TABLE answers ADD COLUMN assumed_tokens INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE canaries ADD COLUMN assumed_tokens INTEGER NOT NULL DEFAULT 0",
        "UPDATE answers" UNCOUNTED,
        "UPDATE canaries" UNCOUNTED,
        "DROP INDEX answers_by_item",
        "CREATE INDEX answers_by_item ON answers (item_id, prompt_tokens, completion_tokens, cost,"
        " assumed_tokens)",
        NULL };
static const char *const *const migrations[]
    = { migration_1, migration_2, migration_3, migration_4, migration_5, migration_6 };

/* In a transaction: what another process has done meanwhile is not done again. */
static gboolean
step_up (GuiseDb *db, int number, GError **error)
{
  g_autofree char *numbers = g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%d",
                                              APPLICATION_ID, number);
  gboolean ok;

  if (guise_db_get_int (db, &ok, 0, error, "PRAGMA user_version") >= number || !ok)
    return ok;
  for (const char *const *sql = migrations[number - 1]; *sql != NULL && ok; sql++)
    ok = guise_db_execute (db, *sql, error);
  return ok && guise_db_execute (db, numbers, error);
}

static gboolean
migrate (GuiseDb *db, int from, GError **error)
{
  for (int number = from + 1; number <= (int)G_N_ELEMENTS (migrations); number++)
    if (!guise_db_execute (db, "BEGIN IMMEDIATE", error) || !step_up (db, number, error)
        || !guise_db_execute (db, "COMMIT", error)) {
      guise_db_execute (db, "ROLLBACK", NULL);
      return FALSE;
    }
  return TRUE;
}

int
guise_caption_db_read_version (GuiseDb *db, GError **error)
{
  gboolean ok, ok_id, ok_tables;
  gint64 version = guise_db_get_int (db, &ok, 0, error, "PRAGMA user_version");
  gint64 id = ok ? guise_db_get_int (db, &ok_id, 0, error, "PRAGMA application_id") : 0;
  gint64 tables;

  if (!ok || !ok_id)
    return -1;
  tables = guise_db_get_int (db, &ok_tables, 0, error, "SELECT count(*) FROM sqlite_schema");
  if (!ok_tables)
    return -1;
  if (id == 0 && version == 0 && tables == 0)
    return 0;
  if (id != APPLICATION_ID || version < 1) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "cannot use '%s': it belongs to another program",
                 guise_db_get_path (db));
    return -1;
  }
  if (version > (gint64)G_N_ELEMENTS (migrations)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NEWER,
                 "cannot use '%s': a newer Guise wrote it; open the project with that one",
                 guise_db_get_path (db));
    return -1;
  }
  return (int)version;
}

/* What to do about a file that cannot be read; to be freed. */
static char *
create_advice (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *quoted = guise_shell_word (folder);

  return g_strdup_printf ("`guisectl --project %s check --repair` puts it aside: descriptions that "
                          "are in the project stay, what models were asked is lost",
                          quoted);
}

/* Takes the connection. */
static GuiseCaptionDb *
wrap (GuiseDb *db)
{
  GuiseCaptionDb *captions = g_new0 (GuiseCaptionDb, 1);

  captions->db = db;
  guise_db_take_advice (db, create_advice (guise_db_get_path (db)));
  return captions;
}

static char *
create_path (const char *folder, GError **error)
{
  char *real = realpath (folder, NULL);
  char *path;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 "cannot open project: '%s': %s", folder, g_strerror (errno));
    return NULL;
  }
  path = g_build_filename (real, FILE_NAME, NULL);
  free (real);
  return path;
}

static void
advise (const char *path, GError **error)
{
  g_autofree char *advice = NULL;
  GError *damage;

  if (error == NULL
      || (!g_error_matches (*error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED)
          && !g_error_matches (*error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
          && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE)))
    return;
  damage = g_steal_pointer (error);
  advice = create_advice (path);
  g_set_error (error, damage->domain, damage->code, "%s; %s", damage->message, advice);
  g_error_free (damage);
}

/* A new database would take the place of what a lost one's WAL still has. */
static gboolean
check_lost (const char *path, GError **error)
{
  if (!guise_db_files_are_left (path))
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "cannot open the caption jobs: '%s': it is gone, and its WAL is left", path);
  return FALSE;
}

GuiseCaptionDb *
guise_caption_db_open (const char *folder, GError **error)
{
  g_autofree char *path = create_path (folder, error);
  g_autoptr (GuiseDb) db = NULL;
  int version;

  if (path == NULL)
    return NULL;
  if (check_lost (path, error))
    db = guise_db_open (path, GUISE_DB_CREATE, error);
  if (db == NULL
      || !guise_db_execute (db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", error)
      || (version = guise_caption_db_read_version (db, error)) < 0
      || !migrate (db, version, error)) {
    advise (path, error);
    return NULL;
  }
  return wrap (g_steal_pointer (&db));
}

/* A file that an older Guise wrote, as this one needs it: whoever reads it writes that once. */
static GuiseCaptionDb *
open_older (const char *folder, GError **error)
{
  GuiseCaptionDb *captions = guise_caption_db_open (folder, error);

  if (captions == NULL)
    g_prefix_error (error, "an older Guise wrote the caption jobs, and they cannot be brought up "
                           "to date: ");
  return captions;
}

GuiseCaptionDb *
guise_caption_db_open_existing (const char *folder, GError **error)
{
  g_autofree char *path = create_path (folder, error);
  g_autoptr (GuiseDb) db = NULL;
  int version;

  if (path == NULL)
    return NULL;
  if (!check_lost (path, error)) {
    advise (path, error);
    return NULL;
  }
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  db = guise_db_open_anywhere (path, error);
  version = db != NULL ? guise_caption_db_read_version (db, error) : -1;
  if (version < 1) { /* 0: killed while it was made */
    advise (path, error);
    return NULL;
  }
  return version < (int)G_N_ELEMENTS (migrations) ? open_older (folder, error)
                                                  : wrap (g_steal_pointer (&db));
}

void
guise_caption_db_close (GuiseCaptionDb *db)
{
  if (db == NULL)
    return;
  guise_db_empty_wal (db->db);
  guise_db_close (db->db);
  g_free (db);
}

/* ---- prompts ---- */

char *
guise_caption_db_put_prompt (GuiseCaptionDb *db, const GuisePrompt *prompt, GError **error)
{
  g_autofree char *hash = guise_prompt_dup_hash (prompt);
  g_autofree char *text = guise_prompt_dup_text (prompt);

  if (!guise_db_run (db->db, error,
                     "INSERT INTO prompts (hash, title, text, created) VALUES (?, ?, ?, ?)"
                     " ON CONFLICT (hash) DO NOTHING",
                     GUISE_TEXT (hash), GUISE_TEXT (prompt->title), GUISE_TEXT (text),
                     GUISE_INT (g_get_real_time ())))
    return NULL;
  return g_steal_pointer (&hash);
}

GuisePrompt *
guise_caption_db_get_prompt (GuiseCaptionDb *db, const char *hash, GError **error)
{
  sqlite3_stmt *statement
      = guise_db_query (db->db, error, "SELECT text FROM prompts WHERE hash = ?",
                        GUISE_TEXT (hash));
  g_autofree char *text = NULL;
  int step;

  if (statement == NULL || (step = guise_db_step (db->db, statement, error)) < 0)
    return NULL;
  if (step == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no prompt with the hash '%s' in '%s'", hash, guise_db_get_path (db->db));
    return NULL;
  }
  text = guise_db_dup_text (statement, 0);
  guise_db_reset (statement);
  return guise_prompt_parse (text, strlen (text), hash, error);
}

gboolean
guise_caption_db_end (GuiseCaptionDb *db, gboolean ok, GError **error)
{
  if (ok && guise_db_execute (db->db, "COMMIT", error))
    return TRUE;
  guise_db_execute (db->db, "ROLLBACK", NULL);
  return FALSE;
}

gboolean
guise_caption_db_run_lazily (GuiseCaptionDb *db, const char *sql, const GuiseValue *values,
                             size_t n_values, GError **error)
{
  gboolean ok = guise_db_execute (db->db, "PRAGMA synchronous=NORMAL", error)
                && guise_db_run_values (db->db, sql, values, n_values, error);

  return guise_db_execute (db->db, "PRAGMA synchronous=FULL", ok ? error : NULL) && ok;
}

gint64
guise_caption_db_count_cost (double cost)
{
  return isfinite (cost) ? (gint64)llround (cost * GUISE_CAPTION_COST_UNIT) : -1;
}
