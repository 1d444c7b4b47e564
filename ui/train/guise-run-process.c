#include "guise-run-process.h"

#include "guise-lock-process.h"

#include <errno.h>
#include <signal.h>

pid_t
guise_run_process_find (const char *folder)
{
  g_autofree char *lock = g_build_filename (folder, "run.lock", NULL);

  return guise_lock_process_find (lock);
}

gboolean
guise_run_process_stop (const char *folder, GError **error)
{
  pid_t pid = guise_run_process_find (folder);

  if (pid > 0 && kill (pid, SIGTERM) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "cannot stop the training in '%s': %s",
               folder, pid > 0 ? g_strerror (errno) : "no process of yours runs it");
  return FALSE;
}
