#include "fault-loop.h"

#include "guise-backup.h"
#include "guise-check.h"
#include "guise-db.h"
#include "guise-store-private.h"
#include "store-fixture.h"
#include "temp-folder.h"

#include <errno.h>

#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- small projects ------------------------------------------------------------------------- */

char *
fault_make_folder (void)
{
  g_autofree char *template
      = g_strdup (access ("/dev/shm", W_OK) == 0 ? "/dev/shm/guise-faults-XXXXXX"
                                                 : "/tmp/guise-faults-XXXXXX");

  g_assert_nonnull (g_mkdtemp (template));
  return realpath (template, NULL);
}

char *
fault_make_project (void)
{
  char *folder = fault_make_folder ();
  GuiseStore *store = fixture_store (folder, 2);
  g_autoptr (GError) error = NULL;
  g_autofree char *backup = NULL;

  g_assert_true (guise_store_edit_caption (store, 1, -1, "a man in a blue coat", &error));
  g_assert_true (guise_store_edit_caption (store, 1, -1, "an old man in a blue coat", &error));
  backup = guise_backup_make (store, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_edit_caption (store, 2, -1, "coat: blue; bag: black", &error));
  g_object_unref (store);
  return folder;
}

/* ---- what there is -------------------------------------------------------------------------- */

static void
describe_rows (GuiseDb *db, const char *sql, GString *text)
{
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *statement = guise_db_prepare_once (db, sql, NULL, 0, &error);

  while (statement != NULL && guise_db_step (db, statement, &error) > 0) {
    for (int i = 0; i < sqlite3_column_count (statement); i++)
      g_string_append_printf (text, "%s|", (const char *)sqlite3_column_text (statement, i));
    g_string_append_c (text, '\n');
  }
  g_assert_no_error (error);
  sqlite3_finalize (statement);
}

char *
fault_describe (const char *folder)
{
  static const char *const questions[] = {
    "SELECT name, format, root FROM datasets ORDER BY id",
    "SELECT id, path, split, person_id, outfit_id, camera_id, file_size FROM images ORDER BY id",
    "SELECT id, image_id, parent_id, kind, source, state, slot, revision, text FROM captions"
    " ORDER BY id",
    "SELECT id, name, state, undone FROM operations ORDER BY id",
    "SELECT operation_id, row_id, image_id, before, json_remove (after, '$.created') FROM changes"
    " ORDER BY id",
    "SELECT name, state FROM runs ORDER BY id",
    "SELECT key, value FROM settings ORDER BY key",
    "SELECT sql FROM sqlite_schema WHERE sql LIKE 'CREATE TABLE%' ORDER BY name",
    "SELECT user_version FROM pragma_user_version",
  };
  g_autoptr (GuiseStore) writer = guise_store_open (folder, GUISE_STORE_READ_WRITE, NULL);
  g_autoptr (GuiseProject) project = NULL;
  GString *text;
  GuiseDb *db;

  /* A reader cannot roll back what a killed writer left half done, so a writer comes first. */
  g_clear_object (&writer);
  project = guise_project_open (folder, GUISE_PROJECT_READ_ONLY, NULL);
  if (project == NULL)
    return NULL;
  text = g_string_new (NULL);
  db = guise_store_borrow (guise_project_get_store (project), NULL, NULL);
  g_assert_nonnull (db);
  for (size_t i = 0; i < G_N_ELEMENTS (questions); i++)
    describe_rows (db, questions[i], text);
  guise_store_give_back (guise_project_get_store (project), db);
  return g_string_free (text, FALSE);
}

/* A project that an undamaged program left behind has nothing wrong but half files. */
static void
assert_no_findings (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = guise_check (folder, FALSE, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < findings->len; i++) {
    const GuiseFinding *finding = findings->pdata[i];

    if (strstr (finding->text, "half written") == NULL)
      g_error ("%s: %s", finding->subject, finding->text);
  }
}

static char *
get_text_of (const char *json)
{
  json_t *object = json_loads (json, 0, NULL);
  char *text = g_strdup (json_string_value (json_object_get (object, "text")));

  json_decref (object);
  return text;
}

/* Each edit begins with the text that the one before ended with, and the last one ends with what
 * is there. */
static void
assert_chain (GuiseStore *store, gint64 caption_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) history = guise_store_get_caption_history (store, caption_id, &error);
  g_autoptr (GuiseCaption) caption = guise_store_get_caption (store, caption_id, NULL);
  g_autofree char *last = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < history->len; i++) {
    const GuiseHistoryEntry *entry = history->pdata[i];
    g_autofree char *before = entry->before != NULL ? get_text_of (entry->before) : NULL;

    if (entry->state != GUISE_OPERATION_DONE || entry->after == NULL)
      continue;
    if (last != NULL && before != NULL)
      g_assert_cmpstr (before, ==, last);
    if (strstr (entry->after, "\"text\"") != NULL) {
      g_free (last);
      last = get_text_of (entry->after);
    }
  }
  if (last != NULL && caption != NULL)
    g_assert_cmpstr (caption->text, ==, last);
}

void
fault_assert_whole (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
  GuiseStore *store;

  g_assert_no_error (error);
  store = guise_project_get_store (project);
  for (gint64 id = 1; id <= 3; id++)
    assert_chain (store, id);
  guise_store_edit_caption (store, 3, -1, "still here", &error);
  if (!g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND)) /* an empty one */
    g_assert_no_error (error);
  guise_project_close (project);
  assert_no_findings (folder);
}

/* ---- the loop ------------------------------------------------------------------------------- */

enum {
  CHILD_DONE,     /* the fault was not met */
  CHILD_SURVIVED, /* it was, and the operation reported success */
  CHILD_FAILED,   /* it was, and the operation said so */
  CHILD_MUTE,     /* it failed without a word */
};

static int
run_child (const FaultOperation *operation, const Fault *fault, const char *folder)
{
  g_autoptr (GError) error = NULL;
  gboolean ok;

  fault_arm (folder, fault);
  ok = operation->run (folder, &error);
  if (ok != (error == NULL))
    return CHILD_MUTE;
  if (!fault_has_happened ())
    return ok ? CHILD_DONE : CHILD_MUTE;
  return ok ? CHILD_SURVIVED : CHILD_FAILED;
}

/* The child's wait status. */
static int
try_once (const FaultOperation *operation, const Fault *fault, const char *folder)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (run_child (operation, fault, folder));
  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return status;
}

typedef struct {
  const FaultOperation *operation;
  char *start;              /* the prepared project, or NULL */
  char *old, *middle, *new; /* middle: NULL where there is none */
} Course;

static void
give_folder (const Course *course, const char *folder)
{
  if (course->start != NULL)
    temp_folder_copy (course->start, folder);
  else
    g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
}

/* What the project is after run. */
static char *
try_without_fault (Course *course, const char *folder,
                   gboolean (*run) (const char *folder, GError **error))
{
  g_autoptr (GError) error = NULL;
  char *state;

  give_folder (course, folder);
  if (course->start != NULL && course->old == NULL)
    course->old = fault_describe (folder);
  g_assert_true (run (folder, &error));
  g_assert_no_error (error);
  state = fault_describe (folder);
  g_assert_nonnull (state);
  temp_folder_remove (folder);
  return state;
}

static void
learn (Course *course, const char *folder)
{
  course->new = try_without_fault (course, folder, course->operation->run);
  if (course->operation->run_first != NULL)
    course->middle = try_without_fault (course, folder, course->operation->run_first);
}

/* A full disk can be cleared up after. */
static void
assert_no_empty_database (const Course *course, const Fault *fault, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  GStatBuf info;

  if (fault->kind == FAULT_ERROR && (fault->on & FAULT_ON_NAME) == 0
      && g_stat (path, &info) == 0 && info.st_size == 0)
    g_error ("%s, call %ld: left an empty guise.db", course->operation->name, fault->at);
}

/* Old or new, or between two writes; and what was not done can be done now. */
static void
judge (const Course *course, const char *folder, int status, long at)
{
  gboolean died = WIFSIGNALED (status), survived = !died && WEXITSTATUS (status) == CHILD_SURVIVED;
  g_autofree char *state = fault_describe (folder), *after = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_new = g_strcmp0 (state, course->new) == 0;
  gboolean is_middle = course->middle != NULL && g_strcmp0 (state, course->middle) == 0;

  if (!is_new && !(is_middle && !survived) && (survived || g_strcmp0 (state, course->old) != 0))
    g_error ("%s, call %ld: %s; neither as before nor done: %s\n— before:\n%s\n— done:\n%s",
             course->operation->name, at, died ? "died" : survived ? "reported success"
                                                                   : "failed",
             state, course->old, course->new);
  if ((!is_new && !is_middle) || g_strcmp0 (course->old, course->new) == 0) {
    if (!course->operation->run (folder, &error))
      g_error ("%s, call %ld: cannot be repeated: %s", course->operation->name, at, error->message);
    after = fault_describe (folder);
    g_assert_cmpstr (after, ==, course->new);
  }
  fault_assert_whole (folder);
}

void
fault_loop (const FaultOperation *operation, const Fault *fault, long stride, guint *n_faults)
{
  g_autofree char *place = fault_make_folder ();
  g_autofree char *folder = g_build_filename (place, "project", NULL);
  Course course = { .operation = operation };
  int status;

  if (!operation->makes_project) {
    course.start = fault_make_project ();
    if (operation->prepare != NULL)
      operation->prepare (course.start);
  }
  learn (&course, folder);
  for (Fault next = *fault;; next.at += stride) {
    give_folder (&course, folder);
    if (fault->seed != 0)
      next.seed = fault->seed + (unsigned)next.at;
    status = try_once (operation, &next, folder);
    if (WIFSIGNALED (status) && WTERMSIG (status) != SIGKILL)
      g_error ("%s, call %ld: signal %d", operation->name, next.at, WTERMSIG (status));
    if (WIFEXITED (status) && WEXITSTATUS (status) == CHILD_MUTE)
      g_error ("%s, call %ld: failed without saying so", operation->name, next.at);
    if (WIFEXITED (status) && WEXITSTATUS (status) == CHILD_DONE)
      break;
    assert_no_empty_database (&course, &next, folder);
    judge (&course, folder, status, next.at);
    temp_folder_remove (folder);
    ++*n_faults;
  }
  if (course.start != NULL)
    fixture_remove (course.start);
  g_free (course.old);
  g_free (course.middle);
  g_free (course.new);
  temp_folder_remove (place);
}
