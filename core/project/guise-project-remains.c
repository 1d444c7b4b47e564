#include "guise-project-remains.h"

#include "guise-captions-copy.h"
#include "guise-run-folder.h"

#include <glib/gstdio.h>
#include <string.h>

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

gboolean
guise_project_has_remains (const char *folder)
{
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);

  return has_backup (folder) || guise_captions_copy_is_one (copy) || has_run (folder);
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
  g_autofree char *project = g_shell_quote (folder);
  g_autofree char *file = rescue != NULL ? g_shell_quote (rescue->path) : NULL;

  if (rescue == NULL)
    return g_strdup ("there is no good backup and no copy of the captions");
  return g_strdup_printf (guise_project_is_copy (rescue)
                              ? "there is no good backup; `guisectl --project %s restore %s` makes "
                                "it anew from the copy of the captions"
                              : "`guisectl --project %s restore %s` puts the newest good backup in "
                                "its place",
                          project, file);
}
