#include "guise-project-remains.h"

#include "guise-captions-copy.h"
#include "guise-read-file.h"
#include "guise-run-folder.h"
#include "guise-shell-word.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define DATABASE_NAME "guise.db"

static gboolean
has_backup (const char *folder)
{
  g_autoptr (GPtrArray) backups = guise_backup_list (folder, NULL);

  return backups != NULL && backups->len > 0;
}

static gboolean
has_run (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "runs", NULL);
  g_autoptr (GPtrArray) runs = guise_run_list (path, NULL);

  return runs != NULL && runs->len > 0;
}

/* What SQLite keeps beside a database in use: without it, it is what is left of the last edits. */
static gboolean
has_wal (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME "-wal", NULL);
  GStatBuf info;

  return g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size > 0;
}

gboolean
guise_project_has_remains (const char *folder)
{
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);

  return has_backup (folder) || guise_captions_copy_is_one (copy) || has_run (folder)
         || has_wal (folder);
}

gboolean
guise_project_is_written_over (const char *folder)
{
  static const char magic[16] = "SQLite format 3";
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME, NULL);
  char bytes[sizeof magic];
  int fd = guise_open_file (path, O_RDONLY, NULL);
  ssize_t n_read = fd >= 0 ? read (fd, bytes, sizeof bytes) : -1;

  if (fd >= 0)
    close (fd);
  return n_read > 0
         && (n_read < (ssize_t)sizeof magic || memcmp (bytes, magic, sizeof magic) != 0);
}

/* Of a link to a file SQLite says more. */
char *
guise_project_describe_loss (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);
  GStatBuf info;

  if (g_stat (path, &info) != 0 && target != NULL)
    return g_strdup_printf ("its " DATABASE_NAME " is a link to '%s', which cannot be followed: %s",
                            target, g_strerror (errno));
  if (g_lstat (path, &info) != 0)
    return g_strdup ("its " DATABASE_NAME " is gone");
  if (!S_ISREG (info.st_mode) && !S_ISLNK (info.st_mode))
    return g_strdup_printf ("its " DATABASE_NAME " is %s",
                            S_ISDIR (info.st_mode) ? "a folder" : "no regular file");
  if (info.st_size == 0)
    return g_strdup ("its " DATABASE_NAME " is empty");
  return g_strdup ("its " DATABASE_NAME
                   " is no database of Guise, or its beginning was written over");
}

static GuiseBackup *
find_copy (const char *folder)
{
  g_autoptr (GuiseBackup) copy = g_new0 (GuiseBackup, 1);
  GStatBuf info;

  copy->path = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  if (g_stat (copy->path, &info) != 0 || !guise_captions_copy_verify (copy->path, NULL, NULL))
    return NULL;
  copy->size = info.st_size;
  copy->created = info.st_mtime;
  return g_steal_pointer (&copy);
}

GuiseBackup *
guise_project_find_rescue (const char *folder)
{
  GuiseBackup *backup = guise_backup_find_good (folder);

  return backup != NULL ? backup : find_copy (folder);
}

gboolean
guise_project_is_copy (const GuiseBackup *rescue)
{
  return g_str_has_suffix (rescue->path, "/" GUISE_CAPTIONS_COPY_NAME);
}

char *
guise_project_describe_rescue (const char *folder)
{
  g_autoptr (GuiseBackup) rescue = guise_project_find_rescue (folder);
  g_autofree char *project = guise_shell_word (folder);
  g_autofree char *file = rescue != NULL ? guise_shell_word (rescue->path) : NULL;

  if (rescue == NULL)
    return g_strdup ("there is no good backup and no copy of the captions");
  return g_strdup_printf (guise_project_is_copy (rescue)
                              ? "there is no good backup; `guisectl --project %s restore %s` makes "
                                "it anew from the copy of the captions"
                              : "`guisectl --project %s restore %s` puts the newest good backup in "
                                "its place",
                          project, file);
}
