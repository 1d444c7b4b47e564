#include "guise-import.h"

#include "guise-formats-error.h"
#include "guise-image.h"
#include "guise-import-find.h"
#include "guise-import-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* CUHK-PEDES's annotation file has 33 MB. */
#define MAX_ANNOTATION_BYTES ((guint64)256 << 20)
#define READ_CHUNK ((size_t)1 << 20)

static const GuiseImportFormat *const formats[] = {
  &guise_import_cuhk,
  &guise_import_icfg,
  &guise_import_rstp,
  &guise_import_textreid,
  NULL,
};

static const char *const problem_names[GUISE_N_PROBLEM_KINDS] = {
  "bad_record",
  "missing_file",
  "duplicate_image",
  "split_leak",
  "no_caption",
  "empty_caption",
  "bad_text",
  "long_caption",
  "shared_caption",
  "single_image",
  "repeated_caption",
  "non_ascii",
  "odd_split",
  "outdated",
};

const char *
guise_problem_kind_to_string (GuiseProblemKind kind)
{
  return (guint)kind < GUISE_N_PROBLEM_KINDS ? problem_names[kind] : NULL;
}

const GuiseImportFormat *const *
guise_import_list_formats (void)
{
  return formats;
}

const char *const *
guise_import_get_formats (void)
{
  static const char *names[G_N_ELEMENTS (formats)];
  static gsize filled;

  if (g_once_init_enter (&filled)) {
    for (size_t i = 0, n = 0; formats[i] != NULL; i++)
      if (!g_strv_contains (names, formats[i]->name))
        names[n++] = formats[i]->name;
    g_once_init_leave (&filled, 1);
  }
  return names;
}

static void
free_problem (gpointer data)
{
  GuiseProblem *problem = data;

  g_free (problem->message);
  g_free (problem);
}

static void
free_folder (gpointer data)
{
  GuiseImportFolder *folder = data;

  g_free (folder->folder);
  g_free (folder);
}

void
guise_import_free (GuiseImport *import)
{
  if (import == NULL)
    return;
  g_free (import->name);
  g_free (import->root);
  g_free (import->annotation);
  g_ptr_array_unref (import->records);
  g_ptr_array_unref (import->report.problems);
  g_ptr_array_unref (import->report.folders);
  g_free (import);
}

void
guise_import_add_problem (GuiseImport *import, GuiseProblemKind kind, const char *format, ...)
{
  g_autofree char *raw = NULL;
  GuiseProblem *problem;
  va_list args;

  if (import->report.counts[kind]++ >= GUISE_IMPORT_MAX_PROBLEMS)
    return;
  problem = g_new0 (GuiseProblem, 1);
  problem->kind = kind;
  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  problem->message = guise_formats_clean (raw); /* it has names out of the data set */
  g_ptr_array_add (import->report.problems, problem);
}

static gboolean
read_all (int fd, char *data, size_t size, const char *path, GCancellable *cancellable,
          GError **error)
{
  size_t done = 0;

  while (done < size) {
    ssize_t n;

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    n = read (fd, data + done, MIN (READ_CHUNK, size - done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      int code = n < 0 ? (int)g_io_error_from_errno (errno) : G_IO_ERROR_FAILED;

      g_set_error (error, G_IO_ERROR, code, "cannot read '%s': %s", path,
                   n < 0 ? g_strerror (errno) : "it became shorter");
      return FALSE;
    }
    done += (size_t)n;
  }
  return TRUE;
}

/* Opened as any file beneath the root, with a limit of its own. */
static int
open_annotation (GuiseImportContext *context, const char *path, struct stat *info, GError **error)
{
  int fd = guise_root_open_file (context->root, path, G_MAXUINT64, error);

  if (fd < 0)
    return -1;
  if (fstat (fd, info) != 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot read '%s': %s", path,
                 g_strerror (errno));
  else if ((guint64)info->st_size > MAX_ANNOTATION_BYTES)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot read '%s': it has %" G_GUINT64_FORMAT " MB, more than the "
                 "%" G_GUINT64_FORMAT " that are allowed; cut it into parts",
                 path, (guint64)info->st_size >> 20, MAX_ANNOTATION_BYTES >> 20);
  else
    return fd;
  close (fd);
  return -1;
}

/* The whole annotation file; free with g_free. */
static char *
read_annotation (GuiseImportContext *context, size_t *size, GError **error)
{
  const char *path = context->annotation;
  g_autofree char *data = NULL;
  struct stat info;
  int fd = open_annotation (context, path, &info, error);
  gboolean ok = FALSE;

  if (fd < 0)
    return NULL;
  *size = (size_t)info.st_size;
  data = g_try_malloc (*size + 1);
  if (data == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot read '%s': not enough memory",
                 path);
  else
    ok = read_all (fd, data, *size, path, context->cancellable, error);
  close (fd);
  return ok ? g_steal_pointer (&data) : NULL;
}

/* Of imgs/train/0003/a.jpg imgs/train: a report with a line for each of 4 000 persons' folders
 * helps nobody. */
static GuiseImportFolder *
find_folder (GuiseImportContext *context, const char *path)
{
  const char *first = strchr (path, '/');
  const char *second = first != NULL ? strchr (first + 1, '/') : NULL;
  g_autofree char *name = second != NULL ? g_strndup (path, second - path)
                                         : g_path_get_dirname (path);
  GuiseImportFolder *folder = g_hash_table_lookup (context->folders, name);

  if (folder == NULL) {
    folder = g_new0 (GuiseImportFolder, 1);
    folder->folder = g_steal_pointer (&name);
    g_ptr_array_add (context->import->report.folders, folder);
    g_hash_table_insert (context->folders, folder->folder, folder);
  }
  return folder;
}

/* The file's size, or -1 when there is no such regular file beneath the root. */
static goffset
look_at_file (GuiseRoot *root, const char *path, GError **error)
{
  int fd = guise_root_open_file (root, path, 0, error);
  struct stat info;
  goffset size = -1;

  if (fd < 0)
    return -1;
  if (fstat (fd, &info) == 0)
    size = info.st_size;
  close (fd);
  return size;
}

static gboolean
has_text (const GuiseRecord *record, const GuiseRecordCaption *caption)
{
  for (guint i = 0; i < record->captions->len; i++) {
    const GuiseRecordCaption *other = record->captions->pdata[i];

    if (other->kind == caption->kind && strcmp (other->text, caption->text) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Texts of `record` that `earlier` has not, and extra keys where it has none, go over to it; how
 * many texts. */
static guint
join_texts (GuiseRecord *earlier, GuiseRecord *record)
{
  guint n_joined = 0;

  for (guint i = 0; i < record->captions->len; i++) {
    const GuiseRecordCaption *caption = record->captions->pdata[i];

    if (earlier->captions->len >= GUISE_IMPORT_MAX_TEXTS || has_text (earlier, caption))
      continue;
    guise_record_add_caption (earlier, caption->kind, caption->source, caption->text,
                              caption->style, caption->model);
    n_joined++;
  }
  if (earlier->extra == NULL)
    earlier->extra = g_steal_pointer (&record->extra);
  return n_joined;
}

/* The image came before as `earlier`, or as a missing file where that is NULL. */
static void
take_again (GuiseImportContext *context, GuiseRecord *earlier, GuiseRecord *record)
{
  GuiseImport *import = context->import;
  const char *split = guise_split_to_string (record->split);

  if (earlier != NULL && strcmp (earlier->person, record->person) == 0
      && earlier->split == record->split)
    guise_import_add_problem (import, GUISE_PROBLEM_DUPLICATE_IMAGE,
                              "image is named twice: '%s': %u new texts of the later record are "
                              "added to the earlier one",
                              record->path, join_texts (earlier, record));
  else
    guise_import_add_problem (import, GUISE_PROBLEM_DUPLICATE_IMAGE,
                              "image is named twice: '%s': the later record (person %s, %s) is "
                              "left out",
                              record->path, record->person, split);
  if (earlier != NULL && earlier->split != record->split)
    guise_import_add_problem (import, GUISE_PROBLEM_SPLIT_LEAK,
                              "image is in more than one split: '%s': %s, %s", record->path,
                              guise_split_to_string (earlier->split), split);
}

static void
count_named (GuiseImportContext *context, const GuiseRecord *record)
{
  GuiseImportCounts *named = &context->import->report.named[record->split];
  char *person = g_string_chunk_insert_const (context->strings, record->person);

  named->n_images++;
  named->n_persons += g_hash_table_add (context->persons[record->split], person);
  for (guint i = 0; i < record->captions->len; i++)
    if (((GuiseRecordCaption *)record->captions->pdata[i])->kind == GUISE_CAPTION_FREE)
      named->n_captions++;
    else
      named->n_descriptions++;
}

/* FALSE after reporting that there is no such file. */
static gboolean
check_image (GuiseImportContext *context, GuiseRecord *record)
{
  GuiseImportFolder *folder = find_folder (context, record->path);
  g_autoptr (GError) error = NULL;

  folder->n_images++;
  if (context->root == NULL)
    return TRUE;
  record->file_size = look_at_file (context->root, record->path, &error);
  if (record->file_size >= 0)
    return TRUE;
  folder->n_missing++;
  guise_import_add_problem (context->import, GUISE_PROBLEM_MISSING_FILE, "%s",
                            error != NULL ? error->message : record->path);
  return FALSE;
}

void
guise_import_take_record (GuiseImportContext *context, GuiseRecord *record)
{
  gpointer earlier;

  count_named (context, record);
  if (g_hash_table_lookup_extended (context->paths, record->path, NULL, &earlier)) {
    take_again (context, earlier, record);
    guise_record_free (record);
    return;
  }
  if (!check_image (context, record)) {
    g_hash_table_insert (context->paths, g_string_chunk_insert (context->strings, record->path),
                         NULL);
    guise_record_free (record);
    return;
  }
  if (record->captions->len == 0)
    guise_import_add_problem (context->import, GUISE_PROBLEM_NO_CAPTION, "image has no text: '%s'",
                              record->path);
  g_hash_table_insert (context->paths, record->path, record);
  g_ptr_array_add (context->import->records, record);
}

static GuiseImport *
new_import (const GuiseImportFormat *format, const char *folder, const char *annotation)
{
  GuiseImport *import = g_new0 (GuiseImport, 1);
  g_autofree char *base = *folder != '\0' ? g_path_get_basename (folder) : g_strdup ("");

  import->format = format->name;
  import->root = g_strdup (folder);
  import->name = g_filename_display_name (base);
  import->annotation = g_strdup (annotation);
  import->records = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);
  import->report.official = format->official;
  import->report.problems = g_ptr_array_new_with_free_func (free_problem);
  import->report.folders = g_ptr_array_new_with_free_func (free_folder);
  return import;
}

static gboolean
check_usable (const GuiseImport *import, GError **error)
{
  const GuiseImportReport *report = &import->report;
  const GuiseProblem *first = report->problems->len > 0 ? report->problems->pdata[0] : NULL;

  if (import->records->len > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "no usable image: '%s': %u records, %u of them broken, %u without their file%s%s",
               import->root, report->n_records, report->counts[GUISE_PROBLEM_BAD_RECORD],
               report->counts[GUISE_PROBLEM_MISSING_FILE], first != NULL ? "; first: " : "",
               first != NULL ? first->message : "");
  return FALSE;
}

static void
open_tables (GuiseImportContext *context)
{
  context->strings = g_string_chunk_new (4096);
  context->paths = g_hash_table_new (g_str_hash, g_str_equal);
  context->folders = g_hash_table_new (g_str_hash, g_str_equal);
  for (int i = 0; i < GUISE_N_SPLITS; i++)
    context->persons[i] = g_hash_table_new (NULL, NULL);
}

static void
close_tables (GuiseImportContext *context)
{
  for (int i = 0; i < GUISE_N_SPLITS; i++)
    g_hash_table_unref (context->persons[i]);
  g_hash_table_unref (context->folders);
  g_hash_table_unref (context->paths);
  g_string_chunk_free (context->strings);
}

/* What only the whole shows; the last step. */
static gboolean
complete (GuiseImportContext *context, GError **error)
{
  return guise_import_finish_report (context, error) && check_usable (context->import, error);
}

GuiseImport *
guise_import_parse (const char *format, const char *data, size_t size, GError **error)
{
  g_autoptr (GuiseImport) import = NULL;
  GuiseImportContext context = { .n_files = 1 };
  gboolean ok;

  for (size_t i = 0; formats[i] != NULL && context.format == NULL; i++)
    if (strcmp (formats[i]->name, format) == 0)
      context.format = formats[i];
  if (context.format == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "unknown format: '%s'", format);
    return NULL;
  }
  context.annotation = context.format->files[0];
  import = new_import (context.format, "", context.annotation);
  context.import = import;
  open_tables (&context);
  ok = context.format->parse (&context, data, size, error);
  close_tables (&context);
  return ok && complete (&context, error) ? g_steal_pointer (&import) : NULL;
}

static gboolean
read_files (GuiseImportContext *context, const char *const *annotations, GError **error)
{
  context->n_files = g_strv_length ((char **)annotations);
  for (; context->n_read < context->n_files; context->n_read++) {
    g_autofree char *data = NULL;
    size_t size;

    context->annotation = annotations[context->n_read];
    data = read_annotation (context, &size, error);
    if (data == NULL || !context->format->parse (context, data, size, error))
      return FALSE;
  }
  return TRUE;
}

GuiseImport *
guise_import_read (const char *root, const char *format_name, GuiseImportProgress progress,
                   gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseRoot) opened = NULL;
  g_auto (GuiseImportFound) found = { 0 };
  g_autofree char *names = NULL;
  GuiseImportContext context = { .progress = progress,
                                 .progress_data = progress_data,
                                 .cancellable = cancellable };
  gboolean ok;

  if (!guise_import_find (root, format_name, &found, error)
      || (opened = guise_root_open (found.folder, error)) == NULL)
    return NULL;
  names = g_strjoinv (", ", found.annotations);
  import = new_import (found.format, found.folder, names);
  context.import = import;
  context.format = found.format;
  context.root = opened;
  open_tables (&context);
  ok = read_files (&context, (const char *const *)found.annotations, error);
  close_tables (&context);
  return ok && complete (&context, error) ? g_steal_pointer (&import) : NULL;
}
