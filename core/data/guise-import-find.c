#include "guise-import-find.h"

#include "guise-json-records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of an annotation file, to find its first record in. */
#define HEAD_BYTES ((size_t)1 << 20)
/* CUHK-PEDES as its authors hand it out, before their own tools divide it. */
#define UNDIVIDED "caption_all.json"

typedef enum {
  SHAPE_UNKNOWN,
  SHAPE_FILE_PATH, /* an array of images, the path called "file_path" */
  SHAPE_IMG_PATH,  /* the same, called "img_path" */
  SHAPE_UNDIVIDED, /* images without a split */
  SHAPE_TEXTREID,  /* {"annotations": [...]}, a row a caption */
  SHAPE_HAM,       /* {path: [captions]} */
  SHAPE_MALS,
  SHAPE_SYNTH,
  SHAPE_UFINE,
} Shape;

static const char *const unread[] = {
  [SHAPE_HAM] = "HAM-PEDES",
  [SHAPE_MALS] = "MALS",
  [SHAPE_SYNTH] = "SYNTH-PEDES",
  [SHAPE_UFINE] = "UFineBench",
};

/* The folder that is looked at: the root or one beneath it. */
typedef struct {
  GuiseRoot *root;
  const char *below; /* its name beneath the root; "" is the root */
} Place;

/* A file that can be an annotation file. */
typedef struct {
  const GuiseImportFormat *named; /* whose file is called so, or NULL */
  char *path;                     /* beneath the place */
} Candidate;

void
guise_import_found_clear (GuiseImportFound *found)
{
  g_clear_pointer (&found->folder, g_free);
  g_clear_pointer (&found->annotations, g_strfreev);
}

/* ---- one annotation file -------------------------------------------------------------------- */

static char *
path_in (const Place *place, const char *name)
{
  return *place->below != '\0' ? g_build_filename (place->below, name, NULL) : g_strdup (name);
}

static gboolean
has_file (const Place *place, const char *name)
{
  g_autofree char *path = path_in (place, name);
  gint64 size, changed;

  return guise_root_stat_file (place->root, path, &size, &changed);
}

/* The file's beginning; NULL where it cannot be read, which its reader will say. */
static char *
read_head (const Place *place, const char *name, size_t *size)
{
  g_autofree char *path = path_in (place, name);
  g_autofree char *head = g_malloc (HEAD_BYTES);
  int fd = guise_root_open_file (place->root, path, G_MAXUINT64, NULL);
  ssize_t n = 0;

  if (fd < 0)
    return NULL;
  for (*size = 0; *size < HEAD_BYTES; *size += (size_t)n) {
    n = read (fd, head + *size, HEAD_BYTES - *size);
    if (n < 0 && errno == EINTR)
      n = 0;
    else if (n <= 0)
      break;
  }
  close (fd);
  return n >= 0 ? g_steal_pointer (&head) : NULL;
}

static Shape
shape_of_record (json_t *record)
{
  const char *path = json_string_value (json_object_get (record, "file_path"));

  if (json_object_get (record, "img_path") != NULL)
    return SHAPE_IMG_PATH;
  if (json_object_get (record, "image") != NULL && json_object_get (record, "caption") != NULL)
    return SHAPE_MALS;
  if (path == NULL)
    return SHAPE_UNKNOWN;
  if (json_object_get (record, "attributes") != NULL)
    return SHAPE_SYNTH;
  if (json_object_get (record, "split") == NULL)
    return SHAPE_UNDIVIDED;
  return g_str_has_prefix (path, "images/") ? SHAPE_UFINE : SHAPE_FILE_PATH;
}

/* The first record as a tree, or NULL. */
static json_t *
parse_first (GuiseJsonRecords *records)
{
  const char *element;
  size_t size;

  if (guise_json_records_next (records, &element, &size, NULL) <= 0)
    return NULL;
  return guise_json_records_parse (records, element, size, NULL);
}

/* What begins with an object: a row of TextReID's, or one member with an array. */
static Shape
shape_of_object (const char *head, size_t size, const char *name)
{
  GuiseJsonRecords records;
  g_autofree char *text = NULL;
  const char *key, *end, *value;

  if (guise_json_records_begin_member (&records, head, size, name, "annotations", NULL)) {
    json_t *row = parse_first (&records);
    gboolean is_row = json_is_string (json_object_get (row, "file_path"))
                      && json_object_get (row, "sentence") != NULL;

    json_decref (row);
    return is_row ? SHAPE_TEXTREID : SHAPE_UNKNOWN;
  }
  text = g_strndup (head, MIN (size, 4096));
  key = strchr (text, '"');
  end = key != NULL ? strchr (key + 1, '"') : NULL;
  value = end != NULL ? end + 1 + strspn (end + 1, " \t\r\n:") : "";
  if (*value == '[' && end - key > 4
      && (memcmp (end - 4, ".jpg", 4) == 0 || memcmp (end - 4, ".png", 4) == 0))
    return SHAPE_HAM;
  return SHAPE_UNKNOWN;
}

/* Its shape, and the first record's person or -1. */
static Shape
look_at_annotation (const Place *place, const char *name, gint64 *first_id)
{
  GuiseJsonRecords records;
  size_t size;
  g_autofree char *head = read_head (place, name, &size);
  Shape shape = SHAPE_UNKNOWN;
  json_t *record;

  *first_id = -1;
  if (head == NULL)
    return SHAPE_UNKNOWN;
  if (!guise_json_records_begin (&records, head, size, name, NULL))
    return records.position < size && head[records.position] == '{'
               ? shape_of_object (head, size, name)
               : SHAPE_UNKNOWN;
  record = parse_first (&records);
  if (json_is_object (record)) {
    shape = shape_of_record (record);
    if (json_is_integer (json_object_get (record, "id")))
      *first_id = json_integer_value (json_object_get (record, "id"));
  }
  json_decref (record);
  return shape;
}

/* ---- which format it is --------------------------------------------------------------------- */

static char *
join_titles (void)
{
  const GuiseImportFormat *const *formats = guise_import_list_formats ();
  GString *titles = g_string_new (NULL);

  for (size_t i = 0; formats[i] != NULL; i++)
    g_string_append_printf (titles, "%s%s", i == 0 ? "" : formats[i + 1] != NULL ? ", "
                                                                                 : " and ",
                            formats[i]->title);
  return g_string_free (titles, FALSE);
}

static void
set_unread (const Place *place, const char *name, Shape shape, GError **error)
{
  g_autofree char *titles = join_titles ();
  g_autofree char *path = path_in (place, name);

  if (shape == SHAPE_UNDIVIDED)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "cannot import '%s': '%s' does not say which images are for training and which "
                 "for test; add 'reid_raw.json', which the data set's own tools make of it",
                 guise_root_get_folder (place->root), path);
  else if (shape == SHAPE_TEXTREID)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "cannot import '%s': '%s' has the shape of %s, whose files tell their split by "
                 "their name; call it 'train.json', 'val.json' or 'test.json'",
                 guise_root_get_folder (place->root), path, guise_import_textreid.title);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "cannot import '%s': '%s' has the shape of %s, which this version does not read; "
                 "it reads %s",
                 guise_root_get_folder (place->root), path, unread[shape], titles);
}

static gboolean
is_wanted (const GuiseImportFormat *format, const char *wanted)
{
  return wanted == NULL || strcmp (format->name, wanted) == 0;
}

static Shape
shape_of_format (const GuiseImportFormat *format)
{
  if (format->parts_folder != NULL)
    return SHAPE_TEXTREID;
  return strcmp (format->path_key, "img_path") == 0 ? SHAPE_IMG_PATH : SHAPE_FILE_PATH;
}

/* By the shape alone, and by where the persons begin; NULL for a shape that is not read so. */
static const GuiseImportFormat *
format_of_shape (Shape shape, gint64 first_id)
{
  const GuiseImportFormat *const *formats = guise_import_list_formats ();

  for (size_t i = 0; formats[i] != NULL; i++)
    if (formats[i]->parts_folder == NULL && shape_of_format (formats[i]) == shape
        && (shape == SHAPE_IMG_PATH || formats[i]->first_id == MIN (first_id, 1)))
      return formats[i];
  return NULL;
}

/* By what is in the file, then by its name, then by where its persons begin. NULL with an error for
 * a kind that is known and not read, without one for anything else. The name of a part is an
 * ordinary word: beside another data set it means nothing (`is_alone`). */
static const GuiseImportFormat *
resolve (const Place *place, const Candidate *candidate, gboolean is_alone, GError **error)
{
  const GuiseImportFormat *named = candidate->named;
  gboolean is_part = named != NULL && named->parts_folder != NULL;
  gint64 first_id = -1;
  Shape shape = strcmp (candidate->path, UNDIVIDED) == 0
                    ? SHAPE_UNDIVIDED
                    : look_at_annotation (place, candidate->path, &first_id);

  if (named != NULL && shape_of_format (named) == shape)
    return named;
  if (is_part && !is_alone)
    return NULL;
  if (shape == SHAPE_UNKNOWN)
    return named;
  if (shape != SHAPE_FILE_PATH && shape != SHAPE_IMG_PATH) {
    set_unread (place, candidate->path, shape, error);
    return NULL;
  }
  return is_part ? named : format_of_shape (shape, first_id); /* a part's reader will complain */
}

/* ---- one folder ----------------------------------------------------------------------------- */

/* The only .json file of the root, or NULL. */
static char *
find_only_json (const Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (guise_root_get_folder (place->root), 0, NULL);
  g_autofree char *found = NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, ".json"))
      continue;
    if (found != NULL)
      return NULL;
    found = g_strdup (name);
  }
  return found != NULL && has_file (place, found) ? g_steal_pointer (&found) : NULL;
}

static char *
dup_folder (const Place *place)
{
  const char *root = guise_root_get_folder (place->root);

  return *place->below != '\0' ? g_build_filename (root, place->below, NULL) : g_strdup (root);
}

static gboolean
has_images (const Place *place)
{
  g_autofree char *folder = dup_folder (place);
  g_autofree char *images = g_build_filename (folder, GUISE_IMPORT_IMAGES, NULL);

  return g_file_test (images, G_FILE_TEST_IS_DIR);
}

/* The format's file of that name beneath the place, or NULL. */
static char *
find_file (const Place *place, const GuiseImportFormat *format, const char *name)
{
  g_autofree char *part = format->parts_folder != NULL
                              ? g_build_filename (format->parts_folder, name, NULL)
                              : NULL;

  if (part != NULL && has_file (place, part))
    return g_steal_pointer (&part);
  return has_file (place, name) ? g_strdup (name) : NULL;
}

/* All that are there; ends with NULL. Parts need their images beside them. */
static char **
find_files (const Place *place, const GuiseImportFormat *format)
{
  GPtrArray *paths = g_ptr_array_new ();
  char *path;

  if (format->parts_folder == NULL || has_images (place))
    for (size_t i = 0; format->files[i] != NULL; i++)
      if ((path = find_file (place, format, format->files[i])) != NULL)
        g_ptr_array_add (paths, path);
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_free (paths, FALSE);
}

static void
free_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->path);
  g_free (candidate);
}

/* Consumes path. */
static void
add_candidate (GPtrArray *candidates, const GuiseImportFormat *named, char *path)
{
  Candidate *candidate = g_new0 (Candidate, 1);

  candidate->named = named;
  candidate->path = path;
  g_ptr_array_add (candidates, candidate);
}

/* The likeliest first. */
static GPtrArray *
list_candidates (const Place *place)
{
  const GuiseImportFormat *const *formats = guise_import_list_formats ();
  GPtrArray *candidates = g_ptr_array_new_with_free_func (free_candidate);
  char *other;

  for (size_t i = 0; formats[i] != NULL; i++) {
    g_autofree char **paths = find_files (place, formats[i]);

    for (size_t j = 0; paths[j] != NULL; j++)
      add_candidate (candidates, formats[i], paths[j]);
  }
  if (candidates->len == 0 && has_file (place, UNDIVIDED))
    add_candidate (candidates, NULL, g_strdup (UNDIVIDED));
  if (candidates->len == 0 && *place->below == '\0' && (other = find_only_json (place)) != NULL)
    add_candidate (candidates, NULL, other);
  return candidates;
}

static void
take (GuiseImportFound *found, const Place *place, const GuiseImportFormat *format,
      const char *path)
{
  guise_import_found_clear (found);
  found->format = format;
  found->folder = dup_folder (place);
  found->annotations = format->parts_folder != NULL
                           ? find_files (place, format)
                           : g_strdupv ((char *[]){ (char *)path, NULL });
}

/* The same data set in another layout, or under another name. */
static gboolean
is_same (const GuiseImportFound *found, const Place *place, const GuiseImportFormat *format)
{
  g_autofree char *folder = dup_folder (place);

  return strcmp (found->format->name, format->name) == 0 && strcmp (found->folder, folder) == 0;
}

static void
set_ambiguous (const GuiseImportFound *found, const Place *place,
               const GuiseImportFormat *format, const char *path, GError **error)
{
  g_autofree char *other = g_build_filename (guise_root_get_folder (place->root), place->below,
                                             path, NULL);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "more than one data set: '%s': %s in '%s/%s' and %s in '%s'; name one by its folder "
               "or with --format",
               guise_root_get_folder (place->root), found->format->title, found->folder,
               found->annotations[0], format->title, other);
}

/* Looks for `wanted`, or for any format where that is NULL; FALSE on error. Nothing found is no
 * error. */
static gboolean
look_at_place (const Place *place, const char *wanted, GuiseImportFound *found, GError **error)
{
  g_autoptr (GPtrArray) candidates = list_candidates (place);

  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = candidates->pdata[i];
    g_autoptr (GError) local = NULL;
    const GuiseImportFormat *format
        = wanted != NULL && candidate->named != NULL && is_wanted (candidate->named, wanted)
              ? candidate->named
              : resolve (place, candidate, found->format == NULL, &local);

    if (local != NULL && wanted == NULL) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    if (format == NULL || !is_wanted (format, wanted))
      continue;
    if (found->format == NULL) {
      take (found, place, format, candidate->path);
    } else if (!is_same (found, place, format)) {
      set_ambiguous (found, place, format, candidate->path, error);
      return FALSE;
    }
  }
  return TRUE;
}

/* ---- all folders ---------------------------------------------------------------------------- */

/* FALSE on error; *wanted is NULL for any. */
static gboolean
find_wanted (const char *name, const char **wanted, GError **error)
{
  *wanted = name == NULL || strcmp (name, "auto") == 0 ? NULL : name;
  if (*wanted == NULL || g_strv_contains (guise_import_get_formats (), name))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "unknown format: '%s'", name);
  return FALSE;
}

/* Why a file of that name in the root is not taken; "" where there is none. */
static char *
explain (GuiseRoot *root, const char *wanted)
{
  const Place place = { root, "" };
  const GuiseImportFormat *const *formats = guise_import_list_formats ();

  for (size_t i = 0; formats[i] != NULL; i++)
    for (size_t j = 0; formats[i]->files[j] != NULL; j++) {
      const char *name = formats[i]->files[j];
      g_autofree char *path = g_build_filename (guise_root_get_folder (root), name, NULL);
      gboolean is_there = g_file_test (path, G_FILE_TEST_EXISTS)
                          || g_file_test (path, G_FILE_TEST_IS_SYMLINK);

      if (is_there && !has_file (&place, name) && is_wanted (formats[i], wanted))
        return g_strdup_printf ("; '%s' is no file that lies in the folder", name);
    }
  return g_strdup ("");
}

static void
set_not_found (GuiseRoot *root, const char *wanted, GError **error)
{
  const GuiseImportFormat *const *formats = guise_import_list_formats ();
  g_autoptr (GString) files = g_string_new (NULL);
  g_autofree char *why = explain (root, wanted);

  for (size_t i = 0; formats[i] != NULL; i++) {
    g_autofree char *names = g_strjoinv ("' or '", (char **)formats[i]->files);

    if (is_wanted (formats[i], wanted))
      g_string_append_printf (files, "%s'%s' (%s)", files->len > 0 ? ", " : "", names,
                              formats[i]->title);
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "no data set found: '%s': it should hold 'imgs' and %s%s%s",
               guise_root_get_folder (root), wanted == NULL ? "one of " : "", files->str, why);
}

gboolean
guise_import_find (const char *root, const char *name, GuiseImportFound *found, GError **error)
{
  const GuiseImportFormat *const *formats = guise_import_list_formats ();
  const char *wanted;
  g_autoptr (GuiseRoot) opened = NULL;
  char *real = realpath (root, NULL);
  int reason = errno;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason),
                 "cannot open data set: '%s': %s", root, g_strerror (reason));
    return FALSE;
  }
  opened = guise_root_open (real, error);
  free (real);
  if (opened == NULL || !find_wanted (name, &wanted, error)
      || !look_at_place (&(Place){ opened, "" }, wanted, found, error))
    return FALSE;
  if (found->format != NULL)
    return TRUE;
  for (size_t i = 0; formats[i] != NULL; i++)
    if (!look_at_place (&(Place){ opened, formats[i]->folder }, wanted, found, error))
      return FALSE;
  if (found->format == NULL)
    set_not_found (opened, wanted, error);
  return found->format != NULL;
}
