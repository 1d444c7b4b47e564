#include "guise-ask.h"

#include "guise-dialogs.h"

#include <glib/gi18n.h>

typedef struct {
  GWeakRef owner;
  GuiseAskDone done;
} Ask;

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  Ask *ask = data;
  g_autoptr (GtkWidget) owner = g_weak_ref_get (&ask->owner);
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);

  if (owner != NULL)
    ask->done (g_strcmp0 (answer, "accept") == 0, owner);
  g_weak_ref_clear (&ask->owner);
  g_free (ask);
}

void
guise_ask (GtkWidget *owner, const char *heading, const char *body, const char *accept,
           gboolean destructive, GuiseAskDone done)
{
  const GuiseDialogButton answers[] = {
    { "cancel", _ ("_Cancel"), FALSE, FALSE },
    { "accept", accept, !destructive, destructive },
    { NULL },
  };
  GtkRoot *root = gtk_widget_get_root (owner);
  Ask *ask = g_new0 (Ask, 1);

  g_weak_ref_init (&ask->owner, owner);
  ask->done = done;
  guise_dialogs_ask_async (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading, body, answers,
                           NULL, answered, ask);
}
