#include "guise-record.h"

#include "guise-formats-error.h"

#include <gio/gio.h>
#include <string.h>

static const char *const split_names[GUISE_N_SPLITS] = { "train", "val", "test", "none" };
static const char *const kind_names[GUISE_N_CAPTION_KINDS] = { "caption", "identity", "clothing" };
static const char *const source_names[GUISE_N_CAPTION_SOURCES] = {
  "dataset",
  "human",
  "machine",
  "rule",
};

static void
free_caption (gpointer data)
{
  GuiseRecordCaption *caption = data;

  g_free (caption->text);
  g_free (caption->style);
  g_free (caption->model);
  g_free (caption);
}

GuiseRecord *
guise_record_new (void)
{
  GuiseRecord *record = g_new0 (GuiseRecord, 1);

  record->split = GUISE_SPLIT_NONE;
  record->file_size = -1;
  record->captions = g_ptr_array_new_with_free_func (free_caption);
  return record;
}

void
guise_record_free (GuiseRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->path);
  g_free (record->person);
  g_free (record->outfit);
  g_free (record->camera);
  g_free (record->extra);
  g_ptr_array_unref (record->captions);
  g_free (record);
}

void
guise_record_add_caption (GuiseRecord *record, GuiseCaptionKind kind, GuiseCaptionSource source,
                          const char *text, const char *style, const char *model)
{
  GuiseRecordCaption *caption = g_new0 (GuiseRecordCaption, 1);

  caption->kind = kind;
  caption->source = source;
  caption->text = g_strdup (text);
  caption->style = g_strdup (style);
  caption->model = g_strdup (model);
  g_ptr_array_add (record->captions, caption);
}

static int
find_name (const char *const *names, int n_names, const char *name)
{
  for (int i = 0; i < n_names; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

const char *
guise_split_to_string (GuiseSplit split)
{
  return (guint)split < GUISE_N_SPLITS ? split_names[split] : NULL;
}

const char *
guise_caption_kind_to_string (GuiseCaptionKind kind)
{
  return (guint)kind < GUISE_N_CAPTION_KINDS ? kind_names[kind] : NULL;
}

const char *
guise_caption_source_to_string (GuiseCaptionSource source)
{
  return (guint)source < GUISE_N_CAPTION_SOURCES ? source_names[source] : NULL;
}

gboolean
guise_split_from_string (const char *name, GuiseSplit *split)
{
  int i = find_name (split_names, GUISE_N_SPLITS, name);

  if (i >= 0)
    *split = (GuiseSplit)i;
  return i >= 0;
}

gboolean
guise_caption_kind_from_string (const char *name, GuiseCaptionKind *kind)
{
  int i = find_name (kind_names, GUISE_N_CAPTION_KINDS, name);

  if (i >= 0)
    *kind = (GuiseCaptionKind)i;
  return i >= 0;
}

gboolean
guise_caption_source_from_string (const char *name, GuiseCaptionSource *source)
{
  int i = find_name (source_names, GUISE_N_CAPTION_SOURCES, name);

  if (i >= 0)
    *source = (GuiseCaptionSource)i;
  return i >= 0;
}

static const char *
find_fault (const char *path)
{
  size_t length = strlen (path);

  if (length == 0)
    return "it is empty";
  if (length > 4096)
    return "it is too long";
  if (path[0] == '/')
    return "it is absolute";
  if (path[length - 1] == '/')
    return "it ends with a slash";
  if (g_ascii_isalpha (path[0]) && path[1] == ':')
    return "it has a drive letter";
  if (strchr (path, '\\') != NULL)
    return "it has a backslash";
  for (const char *p = path; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return "it has a control character";
  return NULL;
}

char *
guise_record_normalise_path (const char *path, GError **error)
{
  const char *fault = find_fault (path);
  g_auto (GStrv) parts = NULL;
  g_autofree char *clean = NULL;
  GString *normal = g_string_new (NULL);

  parts = g_strsplit (path, "/", -1);
  for (guint i = 0; parts[i] != NULL && fault == NULL; i++) {
    if (parts[i][0] == '\0' || strcmp (parts[i], ".") == 0)
      continue;
    if (strcmp (parts[i], "..") == 0)
      fault = "it could leave the data set's folder";
    else
      g_string_append_printf (normal, "%s%s", normal->len > 0 ? "/" : "", parts[i]);
  }
  if (fault == NULL && (normal->len == 0 || g_str_has_suffix (path, "/.")))
    fault = "it names no file";
  if (fault == NULL)
    return g_string_free (normal, FALSE);
  g_string_free (normal, TRUE);
  clean = guise_formats_clean (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "unusable path: '%s': %s", clean,
               fault);
  return NULL;
}
