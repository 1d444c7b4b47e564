#include "guise-caption-undoing.h"

#include "guise-caption-apply.h"
#include "guise-caption-news.h"
#include "guise-format.h"

#include <glib/gi18n.h>

void
guise_caption_undone_free (GuiseCaptionUndone *undone)
{
  if (undone == NULL)
    return;
  g_free (undone->sentence);
  g_free (undone->filter);
  g_free (undone);
}

/* ---- in words ------------------------------------------------------------------------------- */

static char *
join_names (const GuiseCaptionPlaces *places)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < places->names->len; i++) {
    g_autofree char *plain = guise_format_excerpt (places->names->pdata[i], 60);

    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", plain);
  }
  if (places->names->len < places->n_images)
    g_string_append (text, " …");
  return g_string_free (text, FALSE);
}

static char *
create_removed (guint n_removed)
{
  g_autofree char *count = guise_format_count (n_removed);

  return g_strdup_printf (ngettext ("%s description removed.", "%s descriptions removed.",
                                    n_removed),
                          count);
}

/* places NULL: they could not be read. */
static char *
create_sentence (const GuiseRunUndo *undo, const GuiseCaptionPlaces *places)
{
  g_autofree char *removed = create_removed (undo->n_removed);
  g_autofree char *count = guise_format_count (undo->kept->len);
  g_autofree char *names = places != NULL ? join_names (places) : g_strdup ("");
  g_autofree char *kept
      = g_strdup_printf (ngettext ("%s stays, because somebody changed or judged it since",
                                   "%s stay, because somebody changed or judged them since",
                                   undo->kept->len),
                         count);

  return g_strdup_printf ("%s %s%s%s", removed, kept, *names != '\0' ? ": " : ".", names);
}

/* ---- doing it ------------------------------------------------------------------------------- */

/* The task's data. */
static void
undo_free (GuiseRunUndo *undo)
{
  guise_run_undo_clear (undo);
  g_free (undo);
}

/* Takes sentence and filter. */
static void
return_undone (GTask *task, char *sentence, char *filter)
{
  GuiseCaptionUndone *undone = g_new0 (GuiseCaptionUndone, 1);

  undone->sentence = sentence;
  undone->filter = filter;
  g_task_return_pointer (task, undone, (GDestroyNotify)guise_caption_undone_free);
}

static void
places_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GuiseCaptionPlaces) places = guise_caption_places_read_finish (result, NULL);

  return_undone (task, create_sentence (g_task_get_task_data (task), places),
                 g_strdup (places != NULL ? places->filter : "NOT state = pending"));
}

static void
undo_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GuiseRunUndo *undo = g_new0 (GuiseRunUndo, 1);
  GError *error = NULL;

  g_task_set_task_data (task, undo, (GDestroyNotify)undo_free);
  if (!guise_store_undo_run_finish (GUISE_STORE (source), result, undo, &error))
    g_task_return_error (task, error);
  else if (undo->kept->len == 0)
    return_undone (task, create_removed (undo->n_removed), NULL);
  else
    guise_caption_places_read_async (GUISE_STORE (source), undo->kept, cancellable, places_ready,
                                     g_steal_pointer (&task));
}

void
guise_caption_undo_async (GuiseStore *store, gint64 job_id, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autofree char *run = guise_caption_job_dup_origin (job_id);

  g_task_set_source_tag (task, guise_caption_undo_async);
  guise_store_undo_run_async (store, run, cancellable, undo_ready, task);
}

GuiseCaptionUndone *
guise_caption_undo_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
