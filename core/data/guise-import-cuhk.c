/* CUHK-PEDES, and whatever has its shape: the demo, and copies with a different size.
 *
 *   reid_raw.json   [{"split", "captions": [...], "file_path", "processed_tokens", "id"}, ...]
 *   imgs/           file_path is relative to it
 *
 * `split` is train or test in any case, everything else is validation; processed_tokens is not
 * used. TextReID's copy has one row a caption in three files, here or in annotations/:
 *
 *   train.json val.json test.json
 *                   {"annotations": [{"file_path", "id", "image_id", "onehot", "sentence"}, ...]}
 *
 * Its ids are the others less one; rows of one image need not be neighbours.
 *
 * The demo adds "camera" and "outfit" (numbers or strings), "styles" (one a caption) and
 * "descriptions" {"identity", "clothing"}. Without "camera" the image's folder is the camera. */
#include "guise-import-private.h"
#include "guise-json-records.h"

#include <string.h>

#define ANNOTATIONS "reid_raw.json"
#define ROWS "annotations" /* TextReID's folder, and the array in each of its files */
#define IMAGES "imgs"
#define DEMO_MODEL "demo-grammar"
#define MAX_LABEL 200 /* bytes */

/* Published numbers: images, persons, captions. */
static const GuiseImportCounts official[GUISE_N_SPLITS] = {
  [GUISE_SPLIT_TRAIN] = { 34054, 11003, 68126, 0 },
  [GUISE_SPLIT_VAL] = { 3078, 1000, 6158, 0 },
  [GUISE_SPLIT_TEST] = { 3074, 1000, 6156, 0 },
};

static gboolean
has_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static const struct {
  GuiseSplit split;
  const char *name;
} row_files[] = {
  { GUISE_SPLIT_TRAIN, "train.json" },
  { GUISE_SPLIT_VAL, "val.json" },
  { GUISE_SPLIT_TEST, "test.json" },
};

/* Where TextReID's file of that name is, beneath the folder; NULL = nowhere. */
static char *
find_rows (const char *folder, const char *name)
{
  g_autofree char *below = g_build_filename (ROWS, name, NULL);

  if (has_file (folder, below))
    return g_steal_pointer (&below);
  return has_file (folder, name) ? g_strdup (name) : NULL;
}

static gboolean
has_rows (const char *folder)
{
  for (size_t i = 0; i < G_N_ELEMENTS (row_files); i++) {
    g_autofree char *path = find_rows (folder, row_files[i].name);

    if (path != NULL)
      return has_file (folder, IMAGES);
  }
  return FALSE;
}

static gboolean
detect (const char *folder, GError **error)
{
  if (has_file (folder, ANNOTATIONS) || has_rows (folder))
    return TRUE;
  if (has_file (folder, "caption_all.json"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "cannot import '%s': 'caption_all.json' does not say which images are for "
                 "training and which for test; add '" ANNOTATIONS "', which the data set's own "
                 "tools make of it",
                 folder);
  return FALSE;
}

static gboolean
is_blank (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (!g_unichar_isspace (g_utf8_get_char (text)))
      return FALSE;
  return TRUE;
}

/* Adds a text that is one; reports it otherwise. */
static void
take_text (GuiseImportContext *context, GuiseRecord *record, GuiseCaptionKind kind, json_t *text,
           const char *style)
{
  gboolean machine = kind != GUISE_CAPTION_FREE;

  if (!json_is_string (text))
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "text is not a string: '%s': %s", record->path,
                              guise_caption_kind_to_string (kind));
  else if (json_string_length (text) > 1 << 20)
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "text is longer than a mebibyte: '%s'", record->path);
  else if (is_blank (json_string_value (text)))
    guise_import_add_problem (context->import, GUISE_PROBLEM_EMPTY_CAPTION,
                              "text is empty: '%s': %s", record->path,
                              guise_caption_kind_to_string (kind));
  else
    guise_record_add_caption (record, kind, machine ? GUISE_SOURCE_MACHINE : GUISE_SOURCE_DATASET,
                              json_string_value (text), style, machine ? DEMO_MODEL : NULL);
}

/* A label that may be written as a number or as a string; FALSE for anything else. A missing one
 * is NULL. */
static gboolean
get_label (json_t *value, char **label)
{
  *label = NULL;
  if (value == NULL || json_is_null (value))
    return TRUE;
  if (json_is_integer (value))
    *label = g_strdup_printf ("%" JSON_INTEGER_FORMAT, json_integer_value (value));
  else if (json_is_string (value) && json_string_length (value) > 0
           && json_string_length (value) <= MAX_LABEL)
    *label = g_strdup (json_string_value (value));
  return *label != NULL;
}

static void
take_captions (GuiseImportContext *context, GuiseRecord *record, json_t *object)
{
  json_t *captions = json_object_get (object, "captions");
  json_t *styles = json_object_get (object, "styles");
  json_t *descriptions = json_object_get (object, "descriptions");
  json_t *text;
  size_t i;

  json_array_foreach (captions, i, text)
  {
    g_autofree char *style = NULL;

    if (!get_label (json_array_get (styles, i), &style))
      guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                                "style is neither text nor number: '%s'", record->path);
    take_text (context, record, GUISE_CAPTION_FREE, text, style);
  }
  if ((text = json_object_get (descriptions, "identity")) != NULL)
    take_text (context, record, GUISE_CAPTION_IDENTITY, text, NULL);
  if ((text = json_object_get (descriptions, "clothing")) != NULL)
    take_text (context, record, GUISE_CAPTION_CLOTHING, text, NULL);
}

static GuiseSplit
split_of (const char *name)
{
  if (g_ascii_strcasecmp (name, "train") == 0)
    return GUISE_SPLIT_TRAIN;
  return g_ascii_strcasecmp (name, "test") == 0 ? GUISE_SPLIT_TEST : GUISE_SPLIT_VAL;
}

/* What both layouts have. */
static const char *
find_common_fault (json_t *object)
{
  json_t *id = json_object_get (object, "id");

  if (!json_is_object (object))
    return "it is not an object";
  if (!json_is_string (json_object_get (object, "file_path")))
    return "'file_path' is not a string";
  if (!json_is_integer (id) || json_integer_value (id) < 0
      || json_integer_value (id) > G_MAXUINT32)
    return "'id' is not a whole number from 0 to 4294967295";
  return NULL;
}

static const char *
find_fault (json_t *object)
{
  const char *fault = find_common_fault (object);

  if (fault != NULL)
    return fault;
  if (!json_is_string (json_object_get (object, "split")))
    return "'split' is not a string";
  if (!json_is_array (json_object_get (object, "captions")))
    return "'captions' is not an array";
  return NULL;
}

static char *
make_path (json_t *object, GError **error)
{
  const char *given = json_string_value (json_object_get (object, "file_path"));
  g_autofree char *path = guise_record_normalise_path (given, error);

  return path != NULL ? g_build_filename (IMAGES, path, NULL) : NULL;
}

static char *
camera_of_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return g_str_has_prefix (folder, IMAGES "/") ? g_strdup (folder + strlen (IMAGES "/")) : NULL;
}

/* NULL after reporting what is wrong with it. */
static GuiseRecord *
make_record (GuiseImportContext *context, guint64 number, json_t *object)
{
  g_autoptr (GuiseRecord) record = guise_record_new ();
  g_autoptr (GError) error = NULL;
  const char *fault = find_fault (object);

  if (fault == NULL) {
    record->path = make_path (object, &error);
    fault = error != NULL ? error->message : NULL;
  }
  if (fault == NULL && !get_label (json_object_get (object, "camera"), &record->camera))
    fault = "'camera' is neither a number nor a short text";
  if (fault == NULL && !get_label (json_object_get (object, "outfit"), &record->outfit))
    fault = "'outfit' is neither a number nor a short text";
  if (fault != NULL) {
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_RECORD,
                              "record %" G_GUINT64_FORMAT " of '" ANNOTATIONS "': %s", number,
                              fault);
    return NULL;
  }
  get_label (json_object_get (object, "id"), &record->person);
  record->split = split_of (json_string_value (json_object_get (object, "split")));
  if (record->camera == NULL)
    record->camera = camera_of_path (record->path);
  take_captions (context, record, object);
  return g_steal_pointer (&record);
}

static void
count_extra_keys (GuiseImportReport *report, json_t *object)
{
  static const char *const known[] = { "split", "captions", "file_path", "processed_tokens", "id",
                                       "camera", "outfit", "styles", "descriptions",
                                       "image_id", "onehot", "att_onehot", "sentence", NULL };
  const char *key;
  json_t *value;

  json_object_foreach (object, key, value) if (!g_strv_contains (known, key))
      report->n_extra_keys++;
}

static void
take_element (GuiseImportContext *context, const GuiseJsonRecords *records, const char *element,
              size_t size)
{
  g_autoptr (GError) error = NULL;
  json_t *object = guise_json_records_parse (records, element, size, &error);
  GuiseRecord *record;

  context->import->report.n_records++;
  if (object == NULL) {
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_RECORD, "%s", error->message);
    return;
  }
  if (json_object_get (object, "descriptions") != NULL
      || json_object_get (object, "outfit") != NULL)
    context->import->report.official = NULL; /* not the published data set */
  count_extra_keys (&context->import->report, object);
  record = make_record (context, records->n_elements, object);
  if (record != NULL)
    guise_import_take_record (context, record);
  json_decref (object);
}

/* ---- TextReID's rows ------------------------------------------------------------------------ */

typedef struct {
  GuiseImportContext *context;
  GPtrArray *records; /* in the order met */
  GHashTable *by_key; /* split, person and path → borrowed record */
} Rows;

/* The record that the row's caption belongs to. An image under two persons or in two splits makes
 * two, of which the second is reported. */
static GuiseRecord *
find_record (Rows *rows, json_t *object, GuiseSplit split, GError **error)
{
  g_autofree char *path = make_path (object, error), *person = NULL, *key = NULL;
  GuiseRecord *record;

  if (path == NULL)
    return NULL;
  get_label (json_object_get (object, "id"), &person);
  key = g_strdup_printf ("%d %s %s", split, person, path);
  record = g_hash_table_lookup (rows->by_key, key);
  if (record == NULL) {
    record = guise_record_new ();
    record->split = split;
    record->camera = camera_of_path (path);
    record->path = g_steal_pointer (&path);
    record->person = g_steal_pointer (&person);
    g_ptr_array_add (rows->records, record);
    g_hash_table_insert (rows->by_key, g_steal_pointer (&key), record);
  }
  return record;
}

static void
take_row (Rows *rows, const GuiseJsonRecords *walk, const char *element, size_t size,
          GuiseSplit split)
{
  GuiseImport *import = rows->context->import;
  g_autoptr (GError) error = NULL;
  json_t *object = guise_json_records_parse (walk, element, size, &error);
  const char *fault = object != NULL ? find_common_fault (object) : NULL;
  GuiseRecord *record = NULL;

  import->report.n_records++;
  if (object != NULL && fault == NULL)
    record = find_record (rows, object, split, &error);
  if (object == NULL)
    guise_import_add_problem (import, GUISE_PROBLEM_BAD_RECORD, "%s", error->message);
  else if (record == NULL)
    guise_import_add_problem (import, GUISE_PROBLEM_BAD_RECORD,
                              "record %" G_GUINT64_FORMAT " of '%s': %s", walk->n_elements,
                              walk->where, fault != NULL ? fault : error->message);
  if (record != NULL) {
    count_extra_keys (&import->report, object);
    take_text (rows->context, record, GUISE_CAPTION_FREE, json_object_get (object, "sentence"),
               NULL);
  }
  json_decref (object);
}

static gboolean
read_rows_file (Rows *rows, size_t number, const char *path, GError **error)
{
  GuiseImportContext *context = rows->context;
  size_t size, element_size;
  g_autofree char *data = guise_import_read_file (context, path, &size, error);
  GuiseJsonRecords walk;
  const char *element;
  int next = -1;

  if (data == NULL
      || !guise_json_records_begin_member (&walk, data, size, path, ROWS, error))
    return FALSE;
  while ((next = guise_json_records_next (&walk, &element, &element_size, error)) > 0) {
    if (g_cancellable_set_error_if_cancelled (context->cancellable, error))
      return FALSE;
    take_row (rows, &walk, element, element_size, row_files[number].split);
    if (context->progress != NULL && walk.n_elements % 200 == 0)
      context->progress (number * 1000 + walk.position * 1000 / size,
                         G_N_ELEMENTS (row_files) * 1000, context->progress_data);
  }
  return next == 0;
}

static gboolean
take_row_records (Rows *rows, GError **error)
{
  for (guint i = 0; i < rows->records->len; i++) {
    if (g_cancellable_set_error_if_cancelled (rows->context->cancellable, error))
      return FALSE;
    guise_import_take_record (rows->context, g_steal_pointer (&rows->records->pdata[i]));
  }
  return TRUE;
}

static gboolean
read_rows (GuiseImportContext *context, GError **error)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Rows rows = { context, records, by_key };

  context->import->report.official = official;
  for (size_t i = 0; i < G_N_ELEMENTS (row_files); i++) {
    g_autofree char *path = find_rows (context->import->root, row_files[i].name);

    if (path != NULL && !read_rows_file (&rows, i, path, error))
      return FALSE;
  }
  return take_row_records (&rows, error);
}

/* ---- the format ----------------------------------------------------------------------------- */

static gboolean
read_records (GuiseImportContext *context, GError **error)
{
  size_t size, element_size;
  g_autofree char *data = guise_import_read_file (context, ANNOTATIONS, &size, error);
  GuiseJsonRecords records;
  const char *element;
  int next = -1;

  if (data == NULL || !guise_json_records_begin (&records, data, size, ANNOTATIONS, error))
    return FALSE;
  context->import->report.official = official;
  while ((next = guise_json_records_next (&records, &element, &element_size, error)) > 0) {
    if (g_cancellable_set_error_if_cancelled (context->cancellable, error))
      return FALSE;
    take_element (context, &records, element, element_size);
    if (context->progress != NULL && records.n_elements % 200 == 0)
      context->progress (records.position, size, context->progress_data);
  }
  return next == 0;
}

static gboolean
read_any (GuiseImportContext *context, GError **error)
{
  return has_file (context->import->root, ANNOTATIONS) ? read_records (context, error)
                                                       : read_rows (context, error);
}

const GuiseImportFormat guise_import_cuhk = { "cuhk-pedes", detect, read_any };
