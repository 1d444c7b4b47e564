#include "guise-caption-check.h"

#include "guise-caption-db-private.h"
#include "guise-check-database.h"
#include "guise-db-files.h"
#include "guise-lock-file.h"

#include <glib/gstdio.h>

#define FILE_NAME "captions.db"
#define DAMAGED_NAME FILE_NAME ".damaged"
#define EMPTY "it is empty: no job is known"

/* With its journals' names free too. */
static char *
choose_place (const char *folder)
{
  g_autofree char *place = g_build_filename (folder, DAMAGED_NAME, NULL);

  for (guint i = 1; guise_db_files_exist (place); i++) {
    g_free (place);
    place = g_strdup_printf ("%s/" DAMAGED_NAME ".%u", folder, i);
  }
  return g_steal_pointer (&place);
}

/* Not opened: SQLite would remove a WAL beside it. */
static const char *
find_loss (const char *path)
{
  GStatBuf info;

  if (guise_db_files_are_left (path))
    return "it is gone, and its WAL is left";
  return g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size == 0 ? EMPTY : NULL;
}

static GuiseDb *
open_ours (const char *path, gboolean repair, GError **error)
{
  const char *loss = find_loss (path);
  g_autoptr (GuiseDb) db = NULL;
  int version = 0;

  if (loss == NULL) {
    db = repair ? guise_db_open (path, GUISE_DB_READ_WRITE, error)
                : guise_db_open_anywhere (path, error);
    version = db != NULL ? guise_caption_db_read_version (db, error) : -1;
  }
  if (version == 0)
    g_set_error_literal (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                         loss != NULL ? loss : EMPTY);
  return version > 0 ? g_steal_pointer (&db) : NULL;
}

/* FALSE when cancelled. */
static gboolean
look (const char *path, gboolean repair, GCancellable *cancellable, GPtrArray *problems,
      GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GuiseDb) db = open_ours (path, repair, &local);

  if (db == NULL) {
    guise_finding_add_trouble (problems, FILE_NAME, local);
    return TRUE;
  }
  guise_db_set_cancellable (db, cancellable);
  return guise_check_database (db, FILE_NAME, FALSE, repair, problems, error);
}

static gboolean
is_lost (GPtrArray *problems, guint first)
{
  for (guint i = first; i < problems->len; i++)
    if (((GuiseFinding *)problems->pdata[i])->lost)
      return TRUE;
  return FALSE;
}

/* Of findings that nothing but another file mends. No copy of the file exists, so it makes way for
 * a new one. */
static void
settle (const char *folder, const char *path, gboolean repair, GPtrArray *problems, guint first)
{
  g_autofree char *place = choose_place (folder), *name = g_path_get_basename (place);
  g_autoptr (GError) error = NULL;
  gboolean aside = repair && guise_db_files_move (path, place, &error);

  for (guint i = first; i < problems->len; i++) {
    GuiseFinding *problem = problems->pdata[i];

    if (aside) {
      char *text = g_strdup_printf ("%s; it is kept as %s", problem->text, name);

      g_free (problem->text);
      problem->text = text;
    }
    problem->repairable = TRUE;
    problem->repaired = aside;
    problem->lost = FALSE;
  }
  if (error != NULL)
    guise_finding_add_trouble (problems, FILE_NAME, error);
}

static gboolean
check (const char *folder, const char *path, gboolean repair, GCancellable *cancellable,
       GPtrArray *problems, GError **error)
{
  const guint first = problems->len;

  if (!look (path, repair, cancellable, problems, error))
    return FALSE;
  if (is_lost (problems, first))
    settle (folder, path, repair, problems, first);
  return TRUE;
}

/* What was only looked at is left, and why is said. Takes advice. */
static void
leave (GPtrArray *problems, guint first, char *advice)
{
  for (guint i = first; i < problems->len; i++) {
    GuiseFinding *problem = problems->pdata[i];

    problem->passing = TRUE;
    problem->advice = g_strdup (advice);
  }
  g_free (advice);
}

/* -1 where a job runs or the lock cannot be had: then the problems from first on are left. */
static int
take_lock (const char *folder, GPtrArray *problems, guint first)
{
  g_autofree char *path = g_build_filename (folder, "captions.lock", NULL);
  g_autofree char *holder = NULL;
  g_autoptr (GError) error = NULL;
  int fd = guise_lock_file_take (path, &holder, &error);

  if (holder != NULL)
    leave (problems, first,
           g_strdup_printf (FILE_NAME " is left as it is while a caption job runs: in %s; wait for "
                                      "it or stop it, then try again",
                            holder));
  else if (fd < 0)
    leave (problems, first, g_strdup_printf ("%s; see to that and try again", error->message));
  return fd;
}

gboolean
guise_caption_db_check (const char *folder, gboolean repair, GCancellable *cancellable,
                        GPtrArray *problems, GError **error)
{
  g_autofree char *real = g_canonicalize_filename (folder, NULL);
  g_autofree char *path = g_build_filename (real, FILE_NAME, NULL);
  const guint first = problems->len;
  gboolean ok;
  int fd;

  if (!g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK)
      && !guise_db_files_are_left (path))
    return TRUE;
  ok = check (real, path, FALSE, cancellable, problems, error);
  if (!ok || !repair || problems->len == first)
    return ok;
  fd = take_lock (real, problems, first);
  if (fd < 0)
    return TRUE;
  g_ptr_array_set_size (problems, (int)first);
  ok = check (real, path, TRUE, cancellable, problems, error);
  guise_lock_file_release (fd);
  return ok;
}
