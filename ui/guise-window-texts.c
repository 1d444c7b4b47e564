/* What is typed when the project is to leave the window: it goes only when each text is stored or
 * kept for the next window, or when somebody gives up those that can be neither. */
#include "guise-atomic-file.h"
#include "guise-dialogs.h"
#include "guise-window-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define TELL_AFTER_MS 400 /* as long as nobody asks oneself whether anything happens */

typedef struct {
  GuiseWindow *window;
  GuiseWindowStep go_on;
  guint n_pending;  /* pages that have not answered */
  GPtrArray *texts; /* of char *: lines of JSON for what would be lost */
  guint tell_id;    /* the source that says that it takes long, 0 = none */
  AdwToast *told;   /* what it said */
} Keeping;

/* Its wait is over. */
static void
stop_telling (Keeping *keeping)
{
  g_clear_handle_id (&keeping->tell_id, g_source_remove);
  if (keeping->told != NULL)
    adw_toast_dismiss (keeping->told);
  g_clear_object (&keeping->told);
}

static void
keeping_free (Keeping *keeping)
{
  stop_telling (keeping);
  g_object_unref (keeping->window);
  g_ptr_array_unref (keeping->texts);
  g_free (keeping);
}

static char *
create_lines (const Keeping *keeping)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < keeping->texts->len; i++)
    g_string_append_printf (text, "%s\n", (const char *)keeping->texts->pdata[i]);
  return g_string_free (text, FALSE);
}

static void
save_copy (Keeping *keeping)
{
  g_autofree char *text = create_lines (keeping);

  guise_dialogs_save_text (GTK_WINDOW (keeping->window), _ ("Save a Copy of What Is Not Stored"),
                           "texts.jsonl", text);
}

/* Nothing more is typed meanwhile. */
static void
set_asking (GuiseWindow *self, gboolean asks)
{
  self->asking = asks;
  gtk_widget_set_sensitive (GTK_WIDGET (self->pages), !asks);
}

/* Whoever has saved a copy closes again. */
static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  Keeping *keeping = data;
  GuiseWindow *self = keeping->window;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);

  if (!self->closing) {
    set_asking (self, FALSE);
    if (g_strcmp0 (answer, "copy") == 0)
      save_copy (keeping);
    else if (g_strcmp0 (answer, "discard") == 0)
      keeping->go_on (self);
  }
  keeping_free (keeping);
}

static void
ask (Keeping *keeping)
{
  const GuiseDialogButton answers[] = {
    { "stay", _ ("_Keep Open") },
    { "copy", _ ("_Save a Copy…") },
    { "discard", _ ("_Discard and Close"), .destructive = TRUE },
    { NULL },
  };
  guint n = keeping->texts->len;
  g_autofree char *heading
      = g_strdup_printf (ngettext ("%u text is not stored", "%u texts are not stored", n), n);

  guise_dialogs_ask_async (GTK_WINDOW (keeping->window), heading,
                           _ ("What you have typed can be stored neither in the project nor beside "
                              "it: the database or the folder has been moved away, or the disk is "
                              "full. It is lost when the project is closed."),
                           answers, NULL, answered, keeping);
}

/* Nobody can be asked any more. */
static void
save_for_later (Keeping *keeping)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "guise", NULL);
  g_autofree char *name = g_strdup_printf ("texts-%" G_GINT64_FORMAT ".jsonl", g_get_real_time ());
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = create_lines (keeping);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700); /* if not, the next call says why */
  if (guise_atomic_write (path, text, strlen (text), &error))
    g_printerr ("guise: texts that could not be stored in the project are in '%s'\n", path);
  else
    g_printerr ("guise: texts that could not be stored are lost: %s\n", error->message);
}

/* A database that another program keeps busy answers late, and meanwhile nothing can be pressed. */
static gboolean
tell_of_wait (gpointer data)
{
  Keeping *keeping = data;
  g_autofree char *text = NULL;

  keeping->tell_id = 0;
  text = g_markup_escape_text (_ ("Waiting until the project takes what was typed…"), -1);
  keeping->told = adw_toast_new (text);
  adw_toast_set_timeout (keeping->told, 0); /* as long as it takes; only before it is shown */
  adw_toast_overlay_add_toast (keeping->window->toasts, g_object_ref (keeping->told));
  return G_SOURCE_REMOVE;
}

static void
page_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  Keeping *keeping = data;
  GuiseWindow *self = keeping->window;
  g_auto (GStrv) texts = guise_page_keep_finish (result);

  for (guint i = 0; texts[i] != NULL; i++)
    g_ptr_array_add (keeping->texts, g_strdup (texts[i]));
  if (--keeping->n_pending > 0)
    return;
  stop_telling (keeping);
  if (!self->closing && !self->is_told && keeping->texts->len > 0) {
    ask (keeping);
    return;
  }
  if (!self->closing) { /* it may have been told to go meanwhile */
    if (keeping->texts->len > 0)
      save_for_later (keeping);
    set_asking (self, FALSE);
    keeping->go_on (self);
  }
  keeping_free (keeping);
}

gboolean
guise_window_keep_texts (GuiseWindow *self, GuiseWindowStep go_on)
{
  Keeping *keeping;

  if (self->asking)
    return TRUE;
  keeping = g_new0 (Keeping, 1);
  keeping->window = g_object_ref (self);
  keeping->go_on = go_on;
  keeping->texts = g_ptr_array_new_with_free_func (g_free);
  for (GtkWidget *page = gtk_widget_get_first_child (GTK_WIDGET (self->pages)); page != NULL;
       page = gtk_widget_get_next_sibling (page))
    keeping->n_pending += guise_page_keep_async (GUISE_PAGE (page), page_kept, keeping);
  set_asking (self, keeping->n_pending > 0);
  if (self->asking)
    keeping->tell_id = g_timeout_add (TELL_AFTER_MS, tell_of_wait, keeping);
  else
    keeping_free (keeping);
  return self->asking;
}
