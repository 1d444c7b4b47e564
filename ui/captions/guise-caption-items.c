#include "guise-caption-items.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <string.h>

void
guise_named_item_free (GuiseNamedItem *named)
{
  guise_caption_item_free (named->item);
  g_free (named->name);
  g_free (named->image);
  g_free (named);
}

const char *
guise_caption_item_get_state_name (const GuiseCaptionItem *item)
{
  static const struct {
    const char *state, *name;
  } names[] = {
    { "queued", N_ ("Open") },
    { "running", N_ ("Being asked") },
    { "done", N_ ("Described") },
    { "invalid", N_ ("Answer not usable") },
    { "refused", N_ ("Refused") },
    { "filtered", N_ ("Stopped by a filter") },
    { "truncated", N_ ("Answer cut off") },
    { "thinking-exhausted", N_ ("All tokens went into thinking") },
    { "failed", N_ ("No answer") },
    { "cancelled", N_ ("Stopped") },
  };

  if (g_strcmp0 (item->maker, "splitter") == 0)
    return _ ("Described without the model");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].state, item->state) == 0)
      return _ (names[i].name);
  return item->state;
}

/* ---- a page of them ------------------------------------------------------------------------- */

typedef struct {
  GuiseProject *project;
  gint64 job_id;
  GuiseCaptionItems which;
  guint offset, limit;
  char *key;
} Wanted;

static void
wanted_free (Wanted *wanted)
{
  g_object_unref (wanted->project);
  g_free (wanted->key);
  g_free (wanted);
}

static GPtrArray *
list (GuiseCaptionDb *db, const Wanted *wanted, GError **error)
{
  static const char *const states[GUISE_N_CAPTION_ITEMS]
      = { [GUISE_CAPTION_ITEMS_REFUSED] = "refused",
          [GUISE_CAPTION_ITEMS_DONE] = "done",
          [GUISE_CAPTION_ITEMS_QUEUED] = "queued" };

  if (wanted->which == GUISE_CAPTION_ITEMS_UNUSABLE)
    return guise_caption_db_list_unusable (db, wanted->job_id, wanted->offset, wanted->limit,
                                           error);
  return guise_caption_db_list_items (db, wanted->job_id, states[wanted->which], wanted->offset,
                                      wanted->limit, error);
}

/* In a job of several styles a picture stands there once for each. */
static void
add_style (GuiseNamedItem *named)
{
  g_autofree char *picture = g_steal_pointer (&named->name);
  g_autofree char *style
      = named->item->style != NULL ? guise_format_excerpt (named->item->style, 60) : NULL;

  named->name = g_strjoin (" · ", picture, style, NULL);
}

static GuiseNamedItem *
add_name (GuiseCaptionItem *item, const GuiseImageRecord *image)
{
  GuiseNamedItem *named = g_new0 (GuiseNamedItem, 1);
  g_autofree char *number = guise_format_count ((guint64)item->image_id);

  named->item = item;
  if (image != NULL) {
    named->name = g_filename_display_name (image->path);
    if (g_utf8_validate (image->path, -1, NULL))
      named->image = g_strdup (image->path);
  } else {
    named->name = g_strdup_printf (_ ("picture %s, which has gone"), number);
  }
  add_style (named);
  return named;
}

static GPtrArray *
add_names (GPtrArray *items, GuiseStore *store, GCancellable *cancellable, GError **error)
{
  g_autofree gint64 *ids = g_new (gint64, items->len + 1);
  g_autoptr (GPtrArray) images = NULL;
  GPtrArray *named;

  for (guint i = 0; i < items->len; i++)
    ids[i] = ((GuiseCaptionItem *)items->pdata[i])->image_id;
  images = guise_store_get_images (store, ids, items->len, cancellable, error);
  if (images == NULL)
    return NULL;
  named = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_named_item_free);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (named, add_name (g_steal_pointer (&items->pdata[i]), images->pdata[i]));
  g_ptr_array_set_free_func (items, NULL);
  return named;
}

static void
read_items_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Wanted *wanted = data;
  GError *error = NULL;
  g_autoptr (GuiseCaptionDb) db
      = guise_caption_db_open_existing (guise_project_get_folder (wanted->project), &error);
  g_autoptr (GPtrArray) items = db != NULL ? list (db, wanted, &error) : NULL;
  GPtrArray *named = items != NULL
                         ? add_names (items, guise_project_get_store (wanted->project),
                                      cancellable, &error)
                         : NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, named != NULL ? named : g_ptr_array_new (),
                           (GDestroyNotify)g_ptr_array_unref);
}

void
guise_caption_items_read_async (GuiseProject *project, gint64 job_id, GuiseCaptionItems which,
                                guint offset, guint limit, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->project = g_object_ref (project);
  wanted->job_id = job_id;
  wanted->which = which;
  wanted->offset = offset;
  wanted->limit = limit;
  g_task_set_source_tag (task, guise_caption_items_read_async);
  g_task_set_task_data (task, wanted, (GDestroyNotify)wanted_free);
  g_task_run_in_thread (task, read_items_in_thread);
}

GPtrArray *
guise_caption_items_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- one answer ----------------------------------------------------------------------------- */

static void
read_answer_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Wanted *wanted = data;
  GError *error = NULL;
  g_autoptr (GuiseCaptionDb) db
      = guise_caption_db_open_existing (guise_project_get_folder (wanted->project), &error);
  GuiseAnswer *answer = db != NULL ? guise_caption_db_get_answer (db, wanted->key, &error) : NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, (GDestroyNotify)guise_answer_free);
}

void
guise_caption_answer_read_async (GuiseProject *project, const char *key, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->project = g_object_ref (project);
  wanted->key = g_strdup (key);
  g_task_set_source_tag (task, guise_caption_answer_read_async);
  g_task_set_task_data (task, wanted, (GDestroyNotify)wanted_free);
  g_task_run_in_thread (task, read_answer_in_thread);
}

GuiseAnswer *
guise_caption_answer_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
