#include "guise-import.h"

#include "guise-formats-error.h"
#include "guise-image.h"
#include "guise-import-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* CUHK-PEDES's annotation file has 30 MB. */
#define MAX_ANNOTATION_BYTES ((guint64)256 << 20)
#define READ_CHUNK ((size_t)1 << 20)

static const GuiseImportFormat *const formats[] = { &guise_import_cuhk };

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
};

const char *
guise_problem_kind_to_string (GuiseProblemKind kind)
{
  return (guint)kind < GUISE_N_PROBLEM_KINDS ? problem_names[kind] : NULL;
}

const char *const *
guise_import_get_formats (void)
{
  static const char *names[G_N_ELEMENTS (formats) + 1];
  static gsize filled;

  if (g_once_init_enter (&filled)) {
    for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
      names[i] = formats[i]->name;
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

char *
guise_import_read_file (GuiseImportContext *context, const char *path, size_t *size,
                        GError **error)
{
  int fd = guise_root_open_file (context->root, path, MAX_ANNOTATION_BYTES, error);
  g_autofree char *data = NULL;
  struct stat info;
  gboolean ok = FALSE;

  if (fd < 0)
    return NULL;
  if (fstat (fd, &info) == 0) {
    *size = (size_t)info.st_size;
    data = g_try_malloc (*size + 1);
    if (data == NULL)
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot read '%s': not enough memory",
                   path);
    else
      ok = read_all (fd, data, *size, path, context->cancellable, error);
  } else {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot read '%s': %s", path,
                 g_strerror (errno));
  }
  close (fd);
  return ok ? g_steal_pointer (&data) : NULL;
}

static GuiseImportFolder *
find_folder (GuiseImportContext *context, const char *path)
{
  g_autofree char *name = g_path_get_dirname (path);
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

void
guise_import_take_record (GuiseImportContext *context, GuiseRecord *record)
{
  GuiseImport *import = context->import;
  GuiseImportFolder *folder = find_folder (context, record->path);
  g_autoptr (GError) error = NULL;

  if (g_hash_table_contains (context->paths, record->path)) {
    guise_import_add_problem (import, GUISE_PROBLEM_DUPLICATE_IMAGE,
                              "image is named twice: '%s': the later record (person %s, %s) is "
                              "left out",
                              record->path, record->person, guise_split_to_string (record->split));
    guise_record_free (record);
    return;
  }
  folder->n_images++;
  record->file_size = look_at_file (context->root, record->path, &error);
  if (record->file_size < 0) {
    folder->n_missing++;
    guise_import_add_problem (import, GUISE_PROBLEM_MISSING_FILE, "%s",
                              error != NULL ? error->message : record->path);
    guise_record_free (record);
    return;
  }
  if (record->captions->len == 0)
    guise_import_add_problem (import, GUISE_PROBLEM_NO_CAPTION, "image has no text: '%s'",
                              record->path);
  g_hash_table_add (context->paths, record->path);
  g_ptr_array_add (import->records, record);
}

/* The format by name, or by looking; *folder is where the data set really begins. */
static const GuiseImportFormat *
find_format (const char *root, const char *name, char **folder, GError **error)
{
  gboolean is_auto = name == NULL || strcmp (name, "auto") == 0;
  gboolean known = is_auto;

  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree char *below = NULL;
    g_autoptr (GError) local = NULL;

    if (!is_auto && strcmp (formats[i]->name, name) != 0)
      continue;
    known = TRUE;
    below = g_build_filename (root, "CUHK-PEDES", NULL);
    *folder = g_strdup (formats[i]->detect (below, NULL) ? below : root);
    if (formats[i]->detect (*folder, &local))
      return formats[i];
    g_clear_pointer (folder, g_free);
    if (local != NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  }
  if (!known)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "unknown format: '%s'", name);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "no data set found: '%s': a CUHK-PEDES folder holds 'reid_raw.json' and 'imgs'",
                 root);
  return NULL;
}

static GuiseImport *
new_import (const GuiseImportFormat *format, const char *folder)
{
  GuiseImport *import = g_new0 (GuiseImport, 1);
  g_autofree char *base = g_path_get_basename (folder);

  import->format = format->name;
  import->root = g_strdup (folder);
  import->name = g_filename_display_name (base);
  import->records = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);
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

GuiseImport *
guise_import_read (const char *root, const char *format_name, GuiseImportProgress progress,
                   gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseRoot) opened = NULL;
  g_autofree char *folder = NULL;
  GuiseImportContext context = { .progress = progress,
                                 .progress_data = progress_data,
                                 .cancellable = cancellable };
  const GuiseImportFormat *format;
  char *real = realpath (root, NULL);
  gboolean ok;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 "cannot open data set: '%s': %s",
                 root, g_strerror (errno));
    return NULL;
  }
  format = find_format (real, format_name, &folder, error);
  free (real);
  if (format == NULL || (opened = guise_root_open (folder, error)) == NULL)
    return NULL;
  import = new_import (format, folder);
  context.import = import;
  context.root = opened;
  context.paths = g_hash_table_new (g_str_hash, g_str_equal);
  context.folders = g_hash_table_new (g_str_hash, g_str_equal);
  ok = format->read (&context, error);
  g_hash_table_unref (context.paths);
  g_hash_table_unref (context.folders);
  if (!ok)
    return NULL;
  guise_import_finish_report (import);
  return check_usable (import, error) ? g_steal_pointer (&import) : NULL;
}
