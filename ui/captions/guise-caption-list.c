#include "guise-caption-list.h"

GuiseCaptionEntry *
guise_caption_list_find (GListStore *entries, gint64 id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (entries));

  for (guint i = 0; i < n; i++) {
    g_autoptr (GuiseCaptionEntry) entry = g_list_model_get_item (G_LIST_MODEL (entries), i);

    if (guise_caption_entry_get_id (entry) == id)
      return entry; /* the list keeps it */
  }
  return NULL;
}

static gboolean
has_job (const GuiseCaptionNews *news, gint64 id)
{
  for (guint i = 0; i < news->jobs->len; i++)
    if (((GuiseCaptionJob *)news->jobs->pdata[i])->id == id)
      return TRUE;
  return FALSE;
}

static void
drop_removed (GListStore *entries, const GuiseCaptionNews *news)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (entries)); i-- > 0;) {
    g_autoptr (GuiseCaptionEntry) entry = g_list_model_get_item (G_LIST_MODEL (entries), i);

    if (!has_job (news, guise_caption_entry_get_id (entry)))
      g_list_store_remove (entries, i);
  }
}

/* The entry's place: the newest is first. */
static void
insert (GListStore *entries, GuiseCaptionEntry *entry)
{
  GListModel *model = G_LIST_MODEL (entries);
  guint i = 0;

  for (; i < g_list_model_get_n_items (model); i++) {
    g_autoptr (GuiseCaptionEntry) other = g_list_model_get_item (model, i);

    if (guise_caption_entry_get_id (other) < guise_caption_entry_get_id (entry))
      break;
  }
  g_list_store_insert (entries, i, entry);
}

void
guise_caption_list_merge (GListStore *entries, GuiseCaptionNews *news)
{
  drop_removed (entries, news);
  while (news->jobs->len > 0) {
    guint i = news->jobs->len - 1;
    GuiseCaptionJob *job = g_ptr_array_steal_index (news->jobs, i);
    GuiseCaptionEntry *entry = guise_caption_list_find (entries, job->id);
    gboolean is_new = entry == NULL;

    if (is_new)
      entry = guise_caption_entry_new (job->id);
    guise_caption_entry_update (entry, job, g_array_index (news->undoable, guint, i),
                                job->id == news->running);
    if (is_new) {
      insert (entries, entry);
      g_object_unref (entry);
    }
  }
}
