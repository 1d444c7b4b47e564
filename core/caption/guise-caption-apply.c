#include "guise-caption-apply.h"

#include "guise-json.h"

#include <string.h>

#define BATCH 500
#define MAX_VERDICTS (1 << 20)

char *
guise_caption_job_dup_origin (gint64 job_id)
{
  return g_strdup_printf ("job:%" G_GINT64_FORMAT, job_id);
}

/* The part of an item's verdicts that is about one of its texts, or NULL. */
static char *
dup_verdicts (const GuiseCaptionItem *item, GuiseCaptionKind kind)
{
  json_t *all = item->verdicts != NULL
                    ? guise_json_parse (item->verdicts, strlen (item->verdicts), MAX_VERDICTS,
                                        "verdicts", NULL)
                    : NULL;
  json_t *own = json_object_get (all, guise_caption_kind_to_string (kind));
  char *text = guise_json_dup_text (own, JSON_COMPACT);

  json_decref (all);
  return text;
}

static void
add_description (GArray *descriptions, GStringChunk *strings, const GuiseCaptionJob *job,
                 const GuiseCaptionItem *item, GuiseCaptionKind kind, const char *text)
{
  gboolean is_splitter = g_strcmp0 (item->maker, "splitter") == 0;
  /* Ids begin at 1 again when captions.db was moved away: the time tells its items from those
   * that guise.db has of the former one. */
  g_autofree char *origin
      = g_strdup_printf ("item:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%s", job->created,
                         item->id, guise_caption_kind_to_string (kind));
  g_autofree char *verdicts = dup_verdicts (item, kind);
  GuiseDescription description = {
    .origin = g_string_chunk_insert (strings, origin),
    .image_id = item->image_id,
    .kind = kind,
    .source = is_splitter ? GUISE_SOURCE_RULE : GUISE_SOURCE_MACHINE,
    .text = text,
    .style = item->style,
    .model = is_splitter ? "splitter" : job->model,
    .prompt = is_splitter ? NULL : job->prompt,
    .verdicts = verdicts != NULL ? g_string_chunk_insert (strings, verdicts) : NULL,
  };

  if (text != NULL)
    g_array_append_val (descriptions, description);
}

/* Those of the items from `first` on that belong to one job; how many. */
static guint
apply_one_job (GuiseCaptionDb *db, GuiseStore *store, GPtrArray *items, guint first,
               GuiseDescriptionStats *stats, GError **error)
{
  const GuiseCaptionItem *item = items->pdata[first];
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, item->job_id, error);
  g_autoptr (GArray) descriptions = g_array_new (FALSE, FALSE, sizeof (GuiseDescription));
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (4096);
  g_autofree char *origin = NULL;
  guint i = first;

  if (job == NULL)
    return 0;
  for (; i < items->len && (item = items->pdata[i])->job_id == job->id; i++) {
    add_description (descriptions, strings, job, item, GUISE_CAPTION_IDENTITY, item->identity);
    add_description (descriptions, strings, job, item, GUISE_CAPTION_CLOTHING, item->clothing);
    g_array_append_val (ids, item->id);
  }
  origin = guise_caption_job_dup_origin (job->id);
  if (!guise_store_add_descriptions (store, origin, "Describe images",
                                     (GuiseDescription *)(void *)descriptions->data,
                                     descriptions->len, stats, error)
      || !guise_caption_db_mark_applied (db, (gint64 *)(void *)ids->data, ids->len, error))
    return 0;
  return i - first;
}

gboolean
guise_caption_apply (GuiseCaptionDb *db, GuiseStore *store, GuiseDescriptionStats *stats,
                     GError **error)
{
  for (;;) {
    g_autoptr (GPtrArray) items = guise_caption_db_list_unapplied (db, BATCH, error);
    guint n;

    if (items == NULL)
      return FALSE;
    if (items->len == 0)
      return TRUE;
    for (guint i = 0; i < items->len; i += n) {
      n = apply_one_job (db, store, items, i, stats, error);
      if (n == 0)
        return FALSE;
    }
  }
}
