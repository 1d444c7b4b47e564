/* An annotation file that is one array with an object an image, as CUHK-PEDES began it and others
 * took it over:
 *
 *   [{"split", "captions": [...], "file_path", "processed_tokens", "id"}, ...]
 *
 * file_path (the format says what it is called) is relative to imgs/. `split` is train or test in
 * any case, everything else is validation; processed_tokens are not used. Our own keys beside
 * these, which the demo has: "camera" and "outfit" (numbers or strings), "styles" (one a caption)
 * and "descriptions" {"identity", "clothing"}. */
#include "guise-import-private.h"

#include <stdlib.h>
#include <string.h>

#define DEMO_MODEL "demo-grammar"
#define MAX_LABEL 200 /* bytes */
#define MAX_TEXT (1 << 20)
/* A hostile file of many tiny records becomes 600 MB with these; the largest published one has
 * 80 000 texts. */
#define MAX_RECORDS 1000000
#define MAX_TEXTS 2000000
/* Of one file, however long it is. */
#define PROGRESS_STEPS 1000

static gboolean
is_blank (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (!g_unichar_isspace (g_utf8_get_char (text)))
      return FALSE;
  return TRUE;
}

void
guise_import_take_text (GuiseImportContext *context, GuiseRecord *record, GuiseCaptionKind kind,
                        json_t *text, const char *style)
{
  gboolean machine = kind != GUISE_CAPTION_FREE;

  if (!json_is_string (text))
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "text is not a string: '%s': %s", record->path,
                              guise_caption_kind_to_string (kind));
  else if (json_string_length (text) > MAX_TEXT)
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "text is longer than a mebibyte: '%s'", record->path);
  else if (is_blank (json_string_value (text)))
    guise_import_add_problem (context->import, GUISE_PROBLEM_EMPTY_CAPTION,
                              "text is empty: '%s': %s", record->path,
                              guise_caption_kind_to_string (kind));
  else {
    guise_record_add_caption (record, kind, machine ? GUISE_SOURCE_MACHINE : GUISE_SOURCE_DATASET,
                              json_string_value (text), style, machine ? DEMO_MODEL : NULL);
    context->n_texts++;
  }
}

gboolean
guise_import_get_label (json_t *value, char **label)
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

  if (json_array_size (captions) > GUISE_IMPORT_MAX_TEXTS)
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "image has %zu texts: '%s': those after %d are left out",
                              json_array_size (captions), record->path, GUISE_IMPORT_MAX_TEXTS);
  json_array_foreach (captions, i, text)
  {
    g_autofree char *style = NULL;

    if (i == GUISE_IMPORT_MAX_TEXTS)
      break;
    if (!guise_import_get_label (json_array_get (styles, i), &style))
      guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                                "style is neither text nor number: '%s'", record->path);
    guise_import_take_text (context, record, GUISE_CAPTION_FREE, text, style);
  }
  if ((text = json_object_get (descriptions, "identity")) != NULL)
    guise_import_take_text (context, record, GUISE_CAPTION_IDENTITY, text, NULL);
  if ((text = json_object_get (descriptions, "clothing")) != NULL)
    guise_import_take_text (context, record, GUISE_CAPTION_CLOTHING, text, NULL);
}

/* The number at '*' of the form (see GuiseImportFormat), without leading zeros. */
static char *
dup_number (const char *name, const char *form)
{
  const char *found = NULL;
  size_t length = 0;

  for (; *form != '\0'; form++) {
    size_t n = strspn (name, "0123456789");

    if (*form != '#' && *form != '*') {
      if (*name++ != *form)
        return NULL;
      continue;
    }
    if (n == 0)
      return NULL;
    if (*form == '*') {
      found = name;
      length = n;
    }
    name += n;
  }
  for (; length > 1 && *found == '0'; length--)
    found++;
  return length <= MAX_LABEL ? g_strndup (found, length) : NULL;
}

char *
guise_import_dup_camera (const GuiseImportContext *context, const char *path)
{
  const char *form = context->format->camera_form;
  g_autofree char *folder = g_path_get_dirname (path);

  if (form != NULL)
    return dup_number (strrchr (path, '/') + 1, form);
  return g_str_has_prefix (folder, GUISE_IMPORT_IMAGES "/")
             ? g_strdup (folder + strlen (GUISE_IMPORT_IMAGES "/"))
             : NULL;
}

static GuiseSplit
split_of (GuiseImportContext *context, const char *name, const char *path)
{
  if (g_ascii_strcasecmp (name, "train") == 0)
    return GUISE_SPLIT_TRAIN;
  if (g_ascii_strcasecmp (name, "test") == 0)
    return GUISE_SPLIT_TEST;
  if (g_ascii_strcasecmp (name, "val") != 0)
    guise_import_add_problem (context->import, GUISE_PROBLEM_ODD_SPLIT,
                              "split is none of train, val and test: '%.*s' of '%s': it is taken "
                              "as validation",
                              MAX_LABEL, name, path);
  return GUISE_SPLIT_VAL;
}

char *
guise_import_take_place (const GuiseImportContext *context, GuiseRecord *record, json_t *object)
{
  const char *path_key = context->format->path_key;
  json_t *given = json_object_get (object, path_key), *id = json_object_get (object, "id");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  if (!json_is_object (object))
    return g_strdup ("it is not an object");
  if (!json_is_string (given))
    return g_strdup_printf ("'%s' is not a string", path_key);
  if (!json_is_integer (id) || json_integer_value (id) < 0
      || json_integer_value (id) > G_MAXUINT32)
    return g_strdup ("'id' is not a whole number from 0 to 4294967295");
  path = guise_record_normalise_path (json_string_value (given), &error);
  if (path == NULL)
    return g_strdup (error->message);
  record->path = g_build_filename (GUISE_IMPORT_IMAGES, path, NULL);
  guise_import_get_label (id, &record->person);
  return NULL;
}

/* Fills what can make the record unusable; what is wrong with it, or NULL. */
static char *
take_labels (GuiseImportContext *context, GuiseRecord *record, json_t *object)
{
  char *fault = guise_import_take_place (context, record, object);

  if (fault != NULL)
    return fault;
  if (!json_is_string (json_object_get (object, "split")))
    return g_strdup ("'split' is not a string");
  if (!json_is_array (json_object_get (object, "captions")))
    return g_strdup ("'captions' is not an array");
  if (!guise_import_get_label (json_object_get (object, "camera"), &record->camera))
    return g_strdup ("'camera' is neither a number nor a short text");
  if (!guise_import_get_label (json_object_get (object, "outfit"), &record->outfit))
    return g_strdup ("'outfit' is neither a number nor a short text");
  return NULL;
}

/* NULL after reporting what is wrong with it. */
static GuiseRecord *
make_record (GuiseImportContext *context, guint64 number, json_t *object)
{
  g_autoptr (GuiseRecord) record = guise_record_new ();
  g_autofree char *fault = take_labels (context, record, object);

  if (fault != NULL) {
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_RECORD,
                              "record %" G_GUINT64_FORMAT " of '%s': %s", number,
                              context->annotation, fault);
    return NULL;
  }
  record->split = split_of (context, json_string_value (json_object_get (object, "split")),
                            record->path);
  if (record->camera == NULL)
    record->camera = guise_import_dup_camera (context, record->path);
  take_captions (context, record, object);
  return g_steal_pointer (&record);
}

static void
set_extra (GuiseImportContext *context, GuiseRecord *record, const json_t *extra)
{
  char *text = json_dumps (extra, JSON_COMPACT | JSON_SORT_KEYS);

  if (text == NULL || strlen (text) > MAX_TEXT) {
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_TEXT,
                              "what this version does not know of an image is longer than a "
                              "mebibyte: '%s'",
                              record->path);
  } else {
    g_free (record->extra);
    record->extra = g_strdup (text);
  }
  free (text);
}

void
guise_import_take_extra_keys (GuiseImportContext *context, GuiseRecord *record, json_t *object,
                              const char *const *known)
{
  json_t *extra = NULL, *value;
  const char *key;

  json_object_foreach (object, key, value)
  {
    if (g_strv_contains (known, key) || strcmp (key, context->format->path_key) == 0)
      continue;
    context->import->report.n_extra_keys++;
    if (record == NULL)
      continue;
    if (extra == NULL)
      extra = record->extra != NULL ? json_loads (record->extra, 0, NULL) : json_object ();
    if (json_object_get (extra, key) == NULL)
      json_object_set (extra, key, value);
  }
  if (extra != NULL)
    set_extra (context, record, extra);
  json_decref (extra);
}

static void
take_image (GuiseImportContext *context, guint64 number, json_t *object, gpointer user_data)
{
  static const char *const known[] = { "split", "captions", "processed_tokens", "id", "camera",
                                       "outfit", "styles", "descriptions", NULL };
  GuiseRecord *record;

  if (json_object_get (object, "descriptions") != NULL
      || json_object_get (object, "outfit") != NULL)
    context->import->report.official = NULL; /* not the published data set */
  record = make_record (context, number, object);
  guise_import_take_extra_keys (context, record, object, known);
  if (record != NULL)
    guise_import_take_record (context, record);
}

static void
take_element (GuiseImportContext *context, const GuiseJsonRecords *records, const char *element,
              size_t size, GuiseImportTakeElement take, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  json_t *object = guise_json_records_parse (records, element, size, &error);

  if (object == NULL)
    guise_import_add_problem (context->import, GUISE_PROBLEM_BAD_RECORD, "%s", error->message);
  else
    take (context, records->n_elements, object, user_data);
  json_decref (object);
}

static gboolean
check_limits (const GuiseImportContext *context, GError **error)
{
  if (context->import->report.n_records < MAX_RECORDS && context->n_texts <= MAX_TEXTS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "cannot import '%s': it has more than %d records or %d texts; cut it into parts",
               context->annotation, MAX_RECORDS, MAX_TEXTS);
  return FALSE;
}

gboolean
guise_import_walk (GuiseImportContext *context, GuiseJsonRecords *records,
                   GuiseImportTakeElement take, gpointer user_data, GError **error)
{
  const char *element;
  size_t size;
  int next = -1;

  while ((next = guise_json_records_next (records, &element, &size, error)) > 0) {
    if (g_cancellable_set_error_if_cancelled (context->cancellable, error)
        || !check_limits (context, error))
      return FALSE;
    context->import->report.n_records++;
    take_element (context, records, element, size, take, user_data);
    if (context->progress != NULL && records->n_elements % 200 == 0)
      context->progress (context->n_read * PROGRESS_STEPS
                             + records->position * PROGRESS_STEPS / records->size,
                         context->n_files * PROGRESS_STEPS, context->progress_data);
  }
  return next == 0;
}

gboolean
guise_import_parse_records (GuiseImportContext *context, const char *data, size_t size,
                            GError **error)
{
  GuiseJsonRecords records;

  return guise_json_records_begin (&records, data, size, context->annotation, error)
         && guise_import_walk (context, &records, take_image, NULL, error);
}
