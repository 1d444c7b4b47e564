#include "guise-exchange.h"

#include "guise-atomic-file.h"
#include "guise-json.h"
#include "guise-jsonl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK 1000
#define MAX_LINE (2 * GUISE_STORE_MAX_TEXT)
#define MAX_PROBLEMS 100
#define MAX_NAME 40 /* characters of an unknown one that are shown */

/* ---- paths, which are bytes ---- */

static json_t *
path_to_json (const char *path)
{
  g_autofree char *base64 = NULL;

  if (g_utf8_validate (path, -1, NULL))
    return json_string (path);
  base64 = g_base64_encode ((const guchar *)path, strlen (path));
  return json_pack ("{s:s}", "bytes", base64);
}

/* NULL for what is no path. */
static char *
path_from_json (json_t *value)
{
  const char *base64 = json_string_value (json_object_get (value, "bytes"));
  g_autofree guchar *bytes = NULL;
  gsize size;

  if (json_is_string (value))
    return g_strdup (json_string_value (value));
  if (base64 == NULL)
    return NULL;
  bytes = g_base64_decode (base64, &size);
  return size > 0 && memchr (bytes, 0, size) == NULL ? g_strndup ((char *)bytes, size) : NULL;
}

/* ---- export ---- */

typedef struct {
  GuiseStore *store;
  GuiseAtomicFile *file;
  const GuiseExportChoice *choice;
  guint64 n_written;
} Export;

static json_t *
caption_to_json (const GuiseImageRecord *image, const GuiseCaption *caption)
{
  return json_pack ("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?}", "dataset",
                    image->dataset, "path", path_to_json (image->path), "person", image->person,
                    "kind", guise_caption_kind_to_string (caption->kind), "text", caption->text,
                    "source", guise_caption_source_to_string (caption->source), "state",
                    guise_caption_state_to_string (caption->state), "style", caption->style,
                    "model", caption->model, "prompt", caption->prompt);
}

static gboolean
write_caption (Export *self, const GuiseImageRecord *image, const GuiseCaption *caption,
               GError **error)
{
  json_t *object = caption_to_json (image, caption);
  char *text = object != NULL ? json_dumps (object, JSON_COMPACT) : NULL;
  gboolean ok;

  json_decref (object);
  if (text == NULL) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT,
                 "cannot export caption %" G_GINT64_FORMAT ": it or a label of its image is no "
                 "UTF-8",
                 caption->id);
    return FALSE;
  }
  ok = guise_atomic_file_write (self->file, text, strlen (text), error)
       && guise_atomic_file_write (self->file, "\n", 1, error);
  free (text);
  self->n_written++;
  return ok;
}

static gboolean
write_image (Export *self, const GuiseImageRecord *image, GError **error)
{
  g_autoptr (GPtrArray) captions = guise_store_list_captions (self->store, image->id, error);

  for (guint i = 0; captions != NULL && i < captions->len; i++) {
    const GuiseCaption *caption = captions->pdata[i];

    if ((self->choice->kinds & 1u << caption->kind) != 0
        && (self->choice->states & 1u << caption->state) != 0
        && !write_caption (self, image, caption, error))
      return FALSE;
  }
  return captions != NULL;
}

static gboolean
write_images (Export *self, const GArray *ids, GuiseStoreProgress progress, gpointer data,
              GCancellable *cancellable, GError **error)
{
  for (guint start = 0; start < ids->len; start += CHUNK) {
    guint n = MIN (CHUNK, ids->len - start);
    g_autoptr (GPtrArray) images = guise_store_get_images (
        self->store, &g_array_index (ids, gint64, start), n, cancellable, error);

    if (images == NULL)
      return FALSE;
    for (guint i = 0; i < images->len; i++)
      if (images->pdata[i] != NULL && !write_image (self, images->pdata[i], error))
        return FALSE;
    if (progress != NULL)
      progress (start + n, ids->len, data);
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
  }
  return TRUE;
}

/* Where a path leads when its folder's links are followed; NULL where there is no such folder. */
static char *
dup_real (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path), *name = g_path_get_basename (path);
  char *folder = realpath (parent, NULL);
  char *real = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;

  free (folder);
  return real;
}

static gboolean
is_within (const char *folder, const char *real)
{
  char *top = realpath (folder, NULL);
  gsize length = top != NULL ? strlen (top) : 0;
  gboolean within = top != NULL && strncmp (real, top, length) == 0 && real[length] == '/';

  free (top);
  return within;
}

/* Whether the project keeps, or will keep, something of its own there. */
static gboolean
is_own (const char *folder, const char *real)
{
  static const char *const files[]
      = { "guise.db", "captions.db", "cache.db", "captions.jsonl", "styles.json", "project.lock",
          "captions.lock", NULL };
  static const char *const folders[] = { "runs", "backups", "tokens" };
  g_autofree char *name = g_path_get_basename (real), *parent = g_path_get_dirname (real);
  char *own = realpath (folder, NULL);
  gboolean taken = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (folders) && !taken; i++) {
    g_autofree char *inner = g_build_filename (folder, folders[i], NULL);

    taken = is_within (inner, real);
  }
  if (own != NULL && strcmp (own, parent) == 0)
    taken |= g_strv_contains (files, name) || g_str_has_suffix (name, "-wal")
             || g_str_has_suffix (name, "-shm");
  free (own);
  return taken;
}

/* Whether it is a file of a data set, which is never written to. */
static gboolean
is_of_dataset (GuiseProject *project, const char *real)
{
  g_autoptr (GPtrArray) datasets
      = guise_store_list_datasets (guise_project_get_store (project), NULL);

  for (guint i = 0; datasets != NULL && i < datasets->len; i++) {
    const GuiseDataset *dataset = datasets->pdata[i];
    g_autofree char *root
        = g_canonicalize_filename (dataset->root, guise_project_get_folder (project));

    if (is_within (root, real) && g_file_test (real, G_FILE_TEST_EXISTS))
      return TRUE;
  }
  return FALSE;
}

/* FALSE where writing there would replace what the project or a data set is made of, by whatever
 * name. */
static gboolean
check_target (GuiseProject *project, const char *path, GError **error)
{
  g_autofree char *real = dup_real (path);

  if (real != NULL && is_own (guise_project_get_folder (project), real))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot export to '%s': the project keeps its own data there; give another name",
                 path);
  else if (real != NULL && is_of_dataset (project, real))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot export to '%s': it is a file of the data set; give another name", path);
  else
    return TRUE;
  return FALSE;
}

gboolean
guise_project_export_captions (GuiseProject *project, const char *path,
                               const GuiseExportChoice *choice, guint64 *n_written,
                               GuiseStoreProgress progress, gpointer progress_data,
                               GCancellable *cancellable, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GuiseFilter) filter = guise_filter_parse (choice->filter, error);
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GuiseAtomicFile) file = NULL;
  Export self = { .store = store, .choice = choice };

  if (filter == NULL || !check_target (project, path, error))
    return FALSE;
  ids = guise_store_list_images (store, filter, GUISE_SORT_IMPORT, cancellable, error);
  if (ids == NULL)
    return FALSE;
  file = guise_atomic_file_open (path, error);
  if (file == NULL)
    return FALSE;
  self.file = file;
  if (!write_images (&self, ids, progress, progress_data, cancellable, error)
      || !guise_atomic_file_commit (file, error))
    return FALSE;
  *n_written = self.n_written;
  return TRUE;
}

/* ---- import ---- */

void
guise_exchange_report_clear (GuiseExchangeReport *report)
{
  g_clear_pointer (&report->problems, g_ptr_array_unref);
  g_clear_pointer (&report->run, g_free);
}

typedef struct {
  GuiseStore *store;
  GuiseExchangeReport *report;
  GHashTable *images; /* path, and dataset '\n' path → gint64 *; id 0 = in several data sets */
  GArray *descriptions;
  GStringChunk *strings;
  GCancellable *cancellable;
} Import;

static void
note_problem (Import *self, guint64 line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
note_problem (Import *self, guint64 line, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  if (self->report->problems->len >= MAX_PROBLEMS)
    return;
  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (self->report->problems,
                   g_strdup_printf ("line %" G_GUINT64_FORMAT ": %s", line, why));
}

static void
add_image (GHashTable *images, char *key, gint64 id)
{
  gint64 *known = g_hash_table_lookup (images, key);

  if (known != NULL) {
    *known = 0;
    g_free (key);
  } else {
    g_hash_table_insert (images, key, g_memdup2 (&id, sizeof id));
  }
}

static GHashTable *
list_images (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) images
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) ids
      = guise_store_list_images (store, NULL, GUISE_SORT_IMPORT, cancellable, error);

  for (guint start = 0; ids != NULL && start < ids->len; start += CHUNK) {
    g_autoptr (GPtrArray) records
        = guise_store_get_images (store, &g_array_index (ids, gint64, start),
                                  MIN (CHUNK, ids->len - start), cancellable, error);

    if (records == NULL)
      return NULL;
    for (guint i = 0; i < records->len; i++) {
      const GuiseImageRecord *image = records->pdata[i];

      if (image == NULL)
        continue;
      add_image (images, g_strdup (image->path), image->id);
      add_image (images, g_strconcat (image->dataset, "\n", image->path, NULL), image->id);
    }
  }
  return ids != NULL ? g_steal_pointer (&images) : NULL;
}

/* 0 where the project has no such image, or several. */
static gint64
find_image (Import *self, const char *dataset, const char *path)
{
  g_autofree char *key
      = dataset != NULL ? g_strconcat (dataset, "\n", path, NULL) : g_strdup (path);
  const gint64 *id = g_hash_table_lookup (self->images, key);

  return id != NULL ? *id : 0;
}

static gboolean
parse_kind (const char *name, GuiseCaptionKind *kind)
{
  for (int i = 0; i < GUISE_N_CAPTION_KINDS; i++)
    if (g_strcmp0 (name, guise_caption_kind_to_string ((GuiseCaptionKind)i)) == 0) {
      *kind = (GuiseCaptionKind)i;
      return TRUE;
    }
  return FALSE;
}

/* NULL where nothing is said. */
static json_t *
get_value (json_t *object, const char *key)
{
  json_t *value = json_object_get (object, key);

  return json_is_null (value) ? NULL : value;
}

static gboolean
refuse_name (Import *self, guint64 line, const char *key, const json_t *value, const char *names)
{
  g_autofree char *name = json_is_string (value) ? g_strdup (json_string_value (value))
                                                 : guise_json_dup_text (value, JSON_ENCODE_ANY);
  g_autofree char *shown = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), MAX_NAME));

  self->report->n_bad++;
  note_problem (self, line, "no such %s: '%s'; it is one of %s", key, shown, names);
  return FALSE;
}

/* FALSE, with the problem noted, where one is unknown: taken for the default, a person's work would
 * come back as a machine's, and what was judged as open. */
static gboolean
read_names (Import *self, json_t *object, guint64 line, GuiseCaptionSource *source,
            GuiseCaptionState *state)
{
  const json_t *said_source = get_value (object, "source");
  const json_t *said_state = get_value (object, "state");

  *source = GUISE_SOURCE_MACHINE;
  *state = GUISE_STATE_PENDING;
  if (said_source != NULL
      && (!json_is_string (said_source)
          || !guise_caption_source_from_string (json_string_value (said_source), source)))
    return refuse_name (self, line, "source", said_source, "dataset, human, machine, rule");
  if (said_state != NULL
      && (!json_is_string (said_state)
          || !guise_caption_state_from_string (json_string_value (said_state), state)))
    return refuse_name (self, line, "state", said_state,
                        "pending, accepted, edited, rejected, flagged, skipped");
  return TRUE;
}

static const char *
keep (Import *self, json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text != NULL ? g_string_chunk_insert (self->strings, text) : NULL;
}

/* The line's own name: what it is about and what it says. */
static const char *
create_origin (Import *self, gint64 image_id, GuiseCaptionKind kind, const char *text)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_autofree char *origin = g_strdup_printf ("file:%" G_GINT64_FORMAT ":%d:%.32s", image_id,
                                             (int)kind, hash);

  return g_string_chunk_insert (self->strings, origin);
}

static gboolean
store_batch (Import *self, GError **error)
{
  gboolean ok = guise_store_add_descriptions (
      self->store, self->report->run, "Import descriptions",
      (GuiseDescription *)(void *)self->descriptions->data, self->descriptions->len,
      &self->report->stored, error);

  g_array_set_size (self->descriptions, 0);
  g_string_chunk_clear (self->strings);
  return ok && !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

static void
add_description (Import *self, json_t *object, gint64 image_id, GuiseCaptionKind kind,
                 GuiseCaptionSource source, GuiseCaptionState state)
{
  const char *text = json_string_value (json_object_get (object, "text"));
  GuiseDescription description = {
    .origin = create_origin (self, image_id, kind, text),
    .image_id = image_id,
    .kind = kind,
    .source = source,
    .state = state,
    .text = g_string_chunk_insert (self->strings, text),
    .style = keep (self, object, "style"),
    .model = keep (self, object, "model"),
    .prompt = keep (self, object, "prompt"),
    .is_copy = TRUE,
  };

  self->report->n_lines++;
  g_array_append_val (self->descriptions, description);
}

/* FALSE, with the problem noted, where the line is no description. */
static gboolean
check_line (Import *self, json_t *object, guint64 line, const char *path, GuiseCaptionKind *kind)
{
  json_t *text = json_object_get (object, "text"), *dataset = get_value (object, "dataset");
  const char *kind_name = json_string_value (json_object_get (object, "kind"));
  g_autoptr (GError) problem = NULL;

  if (path == NULL || !json_is_string (text) || !parse_kind (kind_name, kind))
    note_problem (self, line, "no description: it needs path, text, and kind caption, identity or "
                              "clothing");
  else if (dataset != NULL && !json_is_string (dataset))
    note_problem (self, line, "'dataset' is not the name of one");
  else if (!guise_store_check_text (json_string_value (text), (gssize)json_string_length (text),
                                    &problem))
    note_problem (self, line, "%s", problem->message);
  else
    return TRUE;
  self->report->n_bad++;
  return FALSE;
}

static gboolean
read_line (json_t *object, guint64 line, gpointer user_data, GError **error)
{
  Import *self = user_data;
  const char *dataset = json_string_value (json_object_get (object, "dataset"));
  g_autofree char *path = path_from_json (json_object_get (object, "path"));
  GuiseCaptionKind kind;
  GuiseCaptionSource source;
  GuiseCaptionState state;
  gint64 image_id;

  if (!check_line (self, object, line, path, &kind)
      || !read_names (self, object, line, &source, &state))
    return TRUE;
  image_id = find_image (self, dataset, path);
  if (image_id == 0) {
    g_autofree char *shown = g_filename_display_name (path);

    self->report->n_unknown++;
    note_problem (self, line, "no image '%s' in the project, or in several of its data sets",
                  shown);
    return TRUE;
  }
  add_description (self, object, image_id, kind, source, state);
  return self->descriptions->len < CHUNK || store_batch (self, error);
}

gboolean
guise_project_import_captions (GuiseProject *project, const char *path,
                               GuiseExchangeReport *report, GCancellable *cancellable,
                               GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GHashTable) images = list_images (store, cancellable, error);
  g_autoptr (GArray) descriptions = g_array_new (FALSE, FALSE, sizeof (GuiseDescription));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (1 << 16);
  g_autoptr (GuiseJsonlReport) lines = NULL;
  Import self = { store, report, images, descriptions, strings, cancellable };

  if (images == NULL)
    return FALSE;
  report->problems = g_ptr_array_new_with_free_func (g_free);
  report->run = g_strdup_printf ("file:%" G_GINT64_FORMAT, g_get_real_time ());
  lines = guise_jsonl_read (path, MAX_LINE, read_line, &self, error);
  if (lines == NULL || !store_batch (&self, error))
    return FALSE;
  report->n_bad += lines->n_bad;
  if (lines->torn) {
    report->n_bad++;
    g_ptr_array_add (report->problems, g_strdup ("the last line is cut off"));
  }
  for (guint i = 0; i < lines->problems->len && report->problems->len < MAX_PROBLEMS; i++)
    g_ptr_array_add (report->problems, g_strdup (lines->problems->pdata[i]));
  return TRUE;
}
