/* guise: the window. See guise-application.h. */
#include "guise-application.h"
#include "guise-data-file.h"
#include "guise-watchdog.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>

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

  setlocale (LC_ALL, "");
  bindtextdomain ("guise", translations);
  bind_textdomain_codeset ("guise", "UTF-8");
  textdomain ("guise");
  g_set_application_name ("Guise");
  guise_watchdog_start_if_wanted ();
  application = guise_application_new ();
  g_signal_connect (application, "handle-local-options", G_CALLBACK (handle_local_options), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
