/* Descriptions without a model: the captions that are there, taken apart. */
#include "guise-project-captions.h"

#include "guise-describer.h"
#include "guise-json.h"

#define BATCH 500

void
guise_offline_report_clear (GuiseOfflineReport *report)
{
  g_clear_pointer (&report->run, g_free);
}

typedef struct {
  GuiseStore *store;
  GuiseDescriber *describer;
  GuiseOfflineReport *report;
  GArray *descriptions; /* of GuiseDescription, not stored yet */
  GStringChunk *strings;
} Batch;

static void
add_text (Batch *batch, gint64 image_id, GuiseCaptionKind kind, char *text, json_t *verdicts)
{
  const char *kind_name = guise_caption_kind_to_string (kind);
  g_autofree char *origin
      = g_strdup_printf ("splitter:%" G_GINT64_FORMAT ":%s", image_id, kind_name);
  g_autofree char *json
      = guise_json_dup_text (json_object_get (verdicts, kind_name), JSON_COMPACT);
  GuiseDescription description = {
    .origin = g_string_chunk_insert (batch->strings, origin),
    .image_id = image_id,
    .kind = kind,
    .source = GUISE_SOURCE_RULE,
    .model = "splitter",
    .text = text != NULL ? g_string_chunk_insert (batch->strings, text) : NULL,
    .verdicts = json != NULL ? g_string_chunk_insert (batch->strings, json) : NULL,
  };

  if (text != NULL)
    g_array_append_val (batch->descriptions, description);
}

static gboolean
describe (Batch *batch, gint64 image_id, GError **error)
{
  g_autofree char *identity = NULL, *clothing = NULL, *why = NULL;
  json_t *verdicts = NULL;

  if (!guise_describer_split (batch->describer, image_id, &identity, &clothing, error))
    return FALSE;
  batch->report->n_images++;
  batch->report->n_without += identity == NULL && clothing == NULL;
  batch->report->n_partly += (identity == NULL) != (clothing == NULL);
  guise_describer_judge (batch->describer, image_id, identity, clothing, &verdicts, &why);
  add_text (batch, image_id, GUISE_CAPTION_IDENTITY, identity, verdicts);
  add_text (batch, image_id, GUISE_CAPTION_CLOTHING, clothing, verdicts);
  json_decref (verdicts);
  return TRUE;
}

static gboolean
store_batch (Batch *batch, GError **error)
{
  gboolean ok = guise_store_add_descriptions (
      batch->store, batch->report->run, "Describe images",
      (GuiseDescription *)(void *)batch->descriptions->data, batch->descriptions->len,
      &batch->report->stored, error);

  g_array_set_size (batch->descriptions, 0);
  g_string_chunk_clear (batch->strings);
  return ok;
}

static gboolean
describe_all (Batch *batch, const GArray *ids, GuiseStoreProgress progress, gpointer data,
              GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < ids->len; i++) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !describe (batch, g_array_index (ids, gint64, i), error))
      return FALSE;
    if (((i + 1) % BATCH == 0 || i + 1 == ids->len) && !store_batch (batch, error))
      return FALSE;
    if (progress != NULL)
      progress (i + 1, ids->len, data);
  }
  return TRUE;
}

#define IS_DESCRIBED "kind = identity OR kind = clothing"

gint64
guise_project_count_described (GuiseProject *project, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseFilter) described = guise_filter_parse (IS_DESCRIBED, error);

  return described != NULL ? guise_store_count_images (guise_project_get_store (project),
                                                       described, cancellable, error)
                           : -1;
}

/* Takes those out of ids that have a description. */
static gboolean
drop_described (GuiseStore *store, GArray *ids, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse (IS_DESCRIBED, error);
  g_autoptr (GArray) described
      = filter != NULL ? guise_store_list_images (store, filter, GUISE_SORT_IMPORT, cancellable,
                                                  error)
                       : NULL;
  g_autoptr (GHashTable) set = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint n = 0;

  if (described == NULL)
    return FALSE;
  for (guint i = 0; i < described->len; i++)
    g_hash_table_add (set, &g_array_index (described, gint64, i));
  for (guint i = 0; i < ids->len; i++) {
    gint64 id = g_array_index (ids, gint64, i);

    if (!g_hash_table_contains (set, &id))
      g_array_index (ids, gint64, n++) = id;
  }
  g_array_set_size (ids, n);
  return TRUE;
}

gboolean
guise_project_describe_offline (GuiseProject *project, const char *filter, gboolean only_missing,
                                GuiseOfflineReport *report, GuiseStoreProgress progress,
                                gpointer progress_data, GCancellable *cancellable, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, error);
  g_autoptr (GuiseDescriber) describer = NULL;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GArray) descriptions = g_array_new (FALSE, FALSE, sizeof (GuiseDescription));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (1 << 16);

  if (parsed == NULL)
    return FALSE;
  describer = guise_describer_new (project, error);
  if (describer == NULL)
    return FALSE;
  ids = guise_store_list_images (store, parsed, GUISE_SORT_IMPORT, cancellable, error);
  if (ids == NULL || (only_missing && !drop_described (store, ids, cancellable, error)))
    return FALSE;
  report->run = g_strdup_printf ("splitter:%" G_GINT64_FORMAT, g_get_real_time ());
  return describe_all (&(Batch){ store, describer, report, descriptions, strings }, ids, progress,
                       progress_data, cancellable, error);
}
