/* CUHK-PEDES as TextReID keeps it: one row a caption, one file a split.
 *
 *   annotations/train.json val.json test.json     or beside imgs/
 *                   {"annotations": [{"file_path", "id", "image_id", "onehot", "sentence"}, ...]}
 *   imgs/           as guise-import-cuhk.c has it
 *
 * What the description does not say: its ids are those of reid_raw.json less one, and rows of one
 * image need not be neighbours. */
#include "guise-import-private.h"

#include <string.h>

static const struct {
  GuiseSplit split;
  const char *name;
} parts[] = {
  { GUISE_SPLIT_TRAIN, "train.json" },
  { GUISE_SPLIT_VAL, "val.json" },
  { GUISE_SPLIT_TEST, "test.json" },
};

static const char *const files[] = { "train.json", "val.json", "test.json", NULL };

typedef struct {
  GuiseSplit split;
  GPtrArray *records; /* in the order met */
  GHashTable *by_key; /* person and path → borrowed record */
} Rows;

static GuiseSplit
split_of_file (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strcmp (name, parts[i].name) == 0)
      return parts[i].split;
  return GUISE_SPLIT_VAL;
}

/* The record that the row's caption belongs to, or NULL with what is wrong with the row. An image
 * under two persons makes two, of which the second is reported. */
static GuiseRecord *
find_record (const GuiseImportContext *context, Rows *rows, json_t *object, char **fault)
{
  g_autoptr (GuiseRecord) record = guise_record_new ();
  g_autofree char *key = NULL;
  GuiseRecord *earlier;

  *fault = guise_import_take_place (context, record, object);
  if (*fault != NULL)
    return NULL;
  key = g_strdup_printf ("%s %s", record->person, record->path);
  earlier = g_hash_table_lookup (rows->by_key, key);
  if (earlier != NULL)
    return earlier;
  record->split = rows->split;
  record->camera = guise_import_dup_camera (context, record->path);
  g_hash_table_insert (rows->by_key, g_steal_pointer (&key), record);
  g_ptr_array_add (rows->records, record);
  return g_steal_pointer (&record);
}

static void
take_row (GuiseImportContext *context, guint64 number, json_t *object, gpointer user_data)
{
  static const char *const known[]
      = { "id", "image_id", "sentence", "onehot", "att_onehot", NULL };
  g_autofree char *fault = NULL;
  GuiseRecord *record = find_record (context, user_data, object, &fault);

  if (record == NULL) {
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_RECORD,
                              "record %" G_GUINT64_FORMAT " of '%s': %s", number,
                              context->annotation, fault);
    return;
  }
  guise_import_take_extra_keys (context, record, object, known);
  if (record->captions->len >= GUISE_IMPORT_MAX_TEXTS)
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "image has more than %d texts: '%s': this one is left out",
                              GUISE_IMPORT_MAX_TEXTS, record->path);
  else
    guise_import_take_text (context, record, GUISE_CAPTION_FREE,
                            json_object_get (object, "sentence"), NULL);
}

static gboolean
take_records (GuiseImportContext *context, GPtrArray *records, GError **error)
{
  for (guint i = 0; i < records->len; i++) {
    if (g_cancellable_set_error_if_cancelled (context->cancellable, error))
      return FALSE;
    guise_import_take_record (context, g_steal_pointer (&records->pdata[i]));
  }
  return TRUE;
}

static gboolean
parse (GuiseImportContext *context, const char *data, size_t size, GError **error)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Rows rows = { split_of_file (context->annotation), records, by_key };
  GuiseJsonRecords walk;

  return guise_json_records_begin_member (&walk, data, size, context->annotation, "annotations",
                                          error)
         && guise_import_walk (context, &walk, take_row, &rows, error)
         && take_records (context, records, error);
}

const GuiseImportFormat guise_import_textreid = {
  .name = "cuhk-pedes",
  .title = "CUHK-PEDES as TextReID keeps it",
  .folder = "cuhkpedes",
  .files = files,
  .parts_folder = "annotations",
  .path_key = "file_path",
  .first_id = 0,
  .official = guise_import_cuhk_official,
  .parse = parse,
};
