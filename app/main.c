/* guise: the window. See guise-application.h. */
#include "guise-application.h"
#include "guise-data-file.h"
#include "guise-watchdog.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

static int
handle_local_options (GApplication *application, GVariantDict *options, gpointer data)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;
  puts ("guise " GUISE_VERSION);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GuiseApplication) application = NULL;
  g_autofree char *translations = guise_find_locale_folder ();
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain ("guise", translations);
  bind_textdomain_codeset ("guise", "UTF-8");
  textdomain ("guise");
  g_set_application_name ("Guise");
  guise_watchdog_start_if_wanted ();
  application = guise_application_new ();
  g_signal_connect (application, "handle-local-options", G_CALLBACK (handle_local_options), NULL);
  status = g_application_run (G_APPLICATION (application), argc, argv);
  g_clear_object (&application);
  fflush (NULL);
  /* exit() takes OpenBLAS down, and a thread of GLib's pool, which nobody can wait for, may still
   * be in a product whose answer is not wanted any more: it would crash there. */
  _exit (status);
}
