#include "guise-project-lock.h"

#include "guise-lock-file.h"
#include "guise-store.h"

#define LOCK_NAME "project.lock"

int
guise_project_lock_take (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, LOCK_NAME, NULL);
  g_autofree char *holder = NULL;
  g_autoptr (GError) local = NULL;
  int fd = guise_lock_file_take (path, &holder, &local);

  if (holder != NULL)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED,
                 "project is already open: '%s': in %s", folder, holder);
  else if (fd < 0)
    g_propagate_prefixed_error (error, g_steal_pointer (&local), "cannot open project: ");
  return fd;
}

void
guise_project_lock_release (int fd)
{
  guise_lock_file_release (fd);
}

char *
guise_project_lock_dup_holder (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, LOCK_NAME, NULL);

  return guise_lock_file_dup_holder (path);
}
