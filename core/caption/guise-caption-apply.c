#include "guise-caption-apply.h"

#include "guise-json.h"
#include "guise-store-image-names.h"

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

/* Those of the items from `first` on that belong to one job; how many, 0 = error. An item without
 * an image (image_id 0) is passed over. */
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
    if (item->image_id == 0)
      continue;
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

/* ---- whose texts they are ---- */

static void
leave (GuiseCaptionApplied *applied, const GuiseCaptionItem *item)
{
  const char *path = item->picture != NULL ? guise_image_name_get_path (item->picture) : NULL;

  applied->n_left++;
  if (applied->left == NULL && path != item->picture) /* an older item may have no name */
    applied->left = g_strdup (path);
}

/* Sets image_id of the items to the image that has the name now, or 0. */
static gboolean
find_images (GuiseStore *store, GPtrArray *items, GuiseCaptionApplied *applied, GError **error)
{
  g_autofree const char **names = g_new (const char *, items->len);
  g_autoptr (GArray) ids = NULL;

  for (guint i = 0; i < items->len; i++)
    names[i] = ((GuiseCaptionItem *)items->pdata[i])->picture;
  ids = guise_store_find_images (store, names, items->len, error);
  if (ids == NULL)
    return FALSE;
  for (guint i = 0; i < items->len; i++) {
    GuiseCaptionItem *item = items->pdata[i];

    item->image_id = g_array_index (ids, gint64, i);
    if (item->image_id == 0)
      leave (applied, item);
  }
  return TRUE;
}

static gboolean
name_batch (GuiseCaptionDb *db, GuiseStore *store, GPtrArray *items, GError **error)
{
  g_autofree gint64 *ids = g_new (gint64, items->len);
  g_autoptr (GPtrArray) names = NULL;

  for (guint i = 0; i < items->len; i++)
    ids[i] = ((GuiseCaptionItem *)items->pdata[i])->image_id;
  names = guise_store_name_images (store, ids, items->len, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < items->len; i++)
    ((GuiseCaptionItem *)items->pdata[i])->picture = g_steal_pointer (&names->pdata[i]);
  return guise_caption_db_name_pictures (db, items, error);
}

gboolean
guise_caption_name_pictures (GuiseCaptionDb *db, GuiseStore *store, GError **error)
{
  for (;;) {
    g_autoptr (GPtrArray) items = guise_caption_db_list_nameless (db, BATCH, error);

    if (items == NULL)
      return FALSE;
    if (items->len == 0)
      return TRUE;
    if (!name_batch (db, store, items, error))
      return FALSE;
  }
}

/* ---- all ---- */

void
guise_caption_applied_clear (GuiseCaptionApplied *applied)
{
  g_clear_pointer (&applied->left, g_free);
}

static gboolean
apply_batch (GuiseCaptionDb *db, GuiseStore *store, GPtrArray *items,
             GuiseCaptionApplied *applied, GError **error)
{
  guint n;

  if (!find_images (store, items, applied, error))
    return FALSE;
  for (guint i = 0; i < items->len; i += n) {
    n = apply_one_job (db, store, items, i, &applied->stored, error);
    if (n == 0)
      return FALSE;
  }
  return TRUE;
}

gboolean
guise_caption_apply (GuiseCaptionDb *db, GuiseStore *store, GuiseCaptionApplied *applied,
                     GError **error)
{
  gint64 after = 0;

  if (!guise_caption_name_pictures (db, store, error))
    return FALSE;
  for (;;) {
    g_autoptr (GPtrArray) items = guise_caption_db_list_unapplied (db, after, BATCH, error);

    if (items == NULL)
      return FALSE;
    if (items->len == 0)
      return TRUE;
    after = ((GuiseCaptionItem *)items->pdata[items->len - 1])->id;
    if (!apply_batch (db, store, items, applied, error))
      return FALSE;
  }
}

/* ---- again, after an undo ---- */

/* The item that a description's origin names, where it is of this job; else 0. */
static gint64
parse_origin (const char *origin, const GuiseCaptionJob *job)
{
  g_autofree char *prefix = g_strdup_printf ("item:%" G_GINT64_FORMAT ":", job->created);

  return g_str_has_prefix (origin, prefix) ? g_ascii_strtoll (origin + strlen (prefix), NULL, 10)
                                           : 0;
}

/* Those with a text that is in `undone` with that value of by_hand. */
static GHashTable *
find_items (GHashTable *undone, const GuiseCaptionJob *job, gboolean by_hand)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer origin, deleted;

  g_hash_table_iter_init (&iter, undone);
  while (g_hash_table_iter_next (&iter, &origin, &deleted)) {
    gint64 id = parse_origin (origin, job);

    if (id > 0 && GPOINTER_TO_INT (deleted) == by_hand)
      g_hash_table_add (ids, g_memdup2 (&id, sizeof id));
  }
  return g_steal_pointer (&ids);
}

gboolean
guise_caption_bring_back (GuiseCaptionDb *db, GuiseStore *store, gint64 job_id, GError **error)
{
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, job_id, error);
  g_autofree char *run = guise_caption_job_dup_origin (job_id);
  g_autoptr (GHashTable) undone = job != NULL ? guise_store_list_undone (store, run, error) : NULL;
  g_autoptr (GHashTable) wanted = NULL, deleted = NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GHashTableIter iter;
  gpointer id;

  if (undone == NULL)
    return FALSE;
  wanted = find_items (undone, job, FALSE);
  deleted = find_items (undone, job, TRUE);
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!g_hash_table_contains (deleted, id))
      g_array_append_vals (ids, id, 1);
  return ids->len == 0
         || guise_caption_db_mark_unapplied (db, (gint64 *)(void *)ids->data, ids->len, error);
}
