/* The data set on disk: texts first, then the pictures painted by several threads, a person a job.
 */
#include "guise-demo.h"

#include "guise-demo-cast.h"
#include "guise-demo-grammar.h"
#include "guise-demo-painter.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

static const char *const split_names[] = { "train", "val", "test" };
static const char *const kind_names[] = { "caption", "identity", "clothing" };

/* -- JSON -- */

/* Writes an array of objects, one a line, so that a person can read it too. */
static void
append_record (GString *out, json_t *record)
{
  char *text = json_dumps (record, JSON_COMPACT);

  g_assert (text != NULL);
  g_string_append (out, out->len > 0 ? ",\n" : "[\n");
  g_string_append (out, text);
  free (text);
  json_decref (record);
}

static const char *
value_name (GuiseDemoAttribute attribute, guint8 value)
{
  return guise_demo_attributes[attribute].values[value].name;
}

/* Lower-case words without punctuation, as CUHK-PEDES keeps them. */
static json_t *
processed_tokens (const char *caption)
{
  g_auto (GStrv) words = g_strsplit (caption, " ", -1);
  json_t *tokens = json_array ();

  for (guint i = 0; words[i] != NULL; i++) {
    GString *kept = g_string_new (NULL);

    for (const char *c = words[i]; *c != '\0'; c++)
      if (g_ascii_isalnum (*c))
        g_string_append_c (kept, g_ascii_tolower (*c));
    if (kept->len > 0)
      json_array_append_new (tokens, json_string (kept->str));
    g_string_free (kept, TRUE);
  }
  return tokens;
}

static json_t *
image_record (GuiseDemoCast *cast, const GuiseDemoImage *image)
{
  GuiseDemoSplit split = guise_demo_cast_person (cast, image->person)->split;

  return json_pack ("{s:s, s:[s,s], s:s, s:[o,o], s:i, s:i, s:i, s:{s:s, s:s}, s:[s,s]}", "split",
                    split_names[split], "captions", image->captions[0], image->captions[1],
                    "file_path", image->file_path, "processed_tokens",
                    processed_tokens (image->captions[0]), processed_tokens (image->captions[1]),
                    "id", image->person + 1, "camera", image->camera + 1, "outfit",
                    image->outfit + 1, "descriptions", "identity", image->identity, "clothing",
                    image->clothing, "styles", guise_demo_style_names[image->styles[0]],
                    guise_demo_style_names[image->styles[1]]);
}

static json_t *
mistake_record (GuiseDemoCast *cast, const GuiseDemoMistake *mistake)
{
  const GuiseDemoImage *image = guise_demo_cast_image (cast, mistake->image);

  return json_pack ("{s:s, s:s, s:i, s:s, s:s, s:s}", "file_path", image->file_path, "kind",
                    kind_names[mistake->kind], "index", mistake->index, "attribute",
                    guise_demo_attributes[mistake->attribute].name, "stated",
                    value_name (mistake->attribute, mistake->stated), "truth",
                    value_name (mistake->attribute, image->value[mistake->attribute]));
}

static void
set_values (json_t *record, const guint8 *value, guint first, guint end)
{
  for (guint a = first; a < end; a++)
    json_object_set_new (record, guise_demo_attributes[a].name,
                         json_string (value_name (a, value[a])));
}

static json_t *
truth_of_image (const GuiseDemoImage *image)
{
  json_t *record
      = json_pack ("{s:s, s:i, s:i, s:i}", "file_path", image->file_path, "person",
                   image->person + 1, "outfit", image->outfit + 1, "camera", image->camera + 1);
  json_t *hidden = json_array ();

  set_values (record, image->value, GUISE_DEMO_FIRST_PICTURE, GUISE_DEMO_N_ATTRIBUTES);
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (!guise_demo_image_shows (image, a))
      json_array_append_new (hidden, json_string (guise_demo_attributes[a].name));
  json_object_set_new (record, "hidden", hidden);
  return record;
}

static char *
close_array (GString *out)
{
  g_string_append (out, out->len > 0 ? "\n]" : "[]");
  return g_string_free (out, FALSE);
}

static char *
attributes_text (GuiseDemoCast *cast)
{
  GString *persons = g_string_new (NULL), *outfits = g_string_new (NULL);
  GString *images = g_string_new (NULL);
  g_autofree char *a = NULL, *b = NULL, *c = NULL;

  for (guint i = 0; i < cast->persons->len; i++) {
    const GuiseDemoPerson *person = guise_demo_cast_person (cast, i);
    json_t *record = json_pack ("{s:i, s:s}", "person", i + 1, "split", split_names[person->split]);

    set_values (record, person->value, 0, GUISE_DEMO_FIRST_CLOTHING);
    append_record (persons, record);
  }
  for (guint i = 0; i < cast->outfits->len; i++) {
    const GuiseDemoOutfit *outfit = guise_demo_cast_outfit (cast, i);
    json_t *record = json_pack ("{s:i, s:i}", "outfit", i + 1, "person", outfit->person + 1);

    set_values (record, outfit->value, GUISE_DEMO_FIRST_CLOTHING, GUISE_DEMO_FIRST_PICTURE);
    append_record (outfits, record);
  }
  for (guint i = 0; i < cast->images->len; i++)
    append_record (images, truth_of_image (guise_demo_cast_image (cast, i)));
  a = close_array (persons);
  b = close_array (outfits);
  c = close_array (images);
  return g_strdup_printf ("{\"version\":%d,\"seed\":\"%" G_GUINT64_FORMAT
                          "\",\"persons\":%s,\n\"outfits\":%s,\n"
                          "\"images\":%s}\n",
                          GUISE_DEMO_VERSION, cast->seed, a, b, c);
}

static gboolean
write_text (const char *root, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (root, name, NULL);

  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error);
}

static gboolean
write_lists (GuiseDemoCast *cast, const char *root, GError **error)
{
  GString *records = g_string_new (NULL), *mistakes = g_string_new (NULL);
  g_autofree char *a = NULL, *b = NULL, *c = attributes_text (cast);

  for (guint i = 0; i < cast->images->len; i++)
    append_record (records, image_record (cast, guise_demo_cast_image (cast, i)));
  for (guint i = 0; i < cast->mistakes->len; i++)
    append_record (mistakes,
                   mistake_record (cast, &g_array_index (cast->mistakes, GuiseDemoMistake, i)));
  a = close_array (records);
  b = close_array (mistakes);
  return write_text (root, "reid_raw.json", a, error) && write_text (root, "planted.json", b, error)
         && write_text (root, "attributes.json", c, error);
}

/* -- pictures -- */

typedef struct {
  GuiseDemoCast *cast;
  const char *root;
  GCancellable *cancellable;
  GMutex mutex;
  GCond changed;
  guint n_jobs_left;
  guint n_done;  /* pictures */
  GError *error; /* the first one */
} Painting;

static gboolean
paint_one (Painting *painting, guint i, GError **error)
{
  const GuiseDemoImage *image = guise_demo_cast_image (painting->cast, i);
  g_autofree char *path = g_build_filename (painting->root, "imgs", image->file_path, NULL);
  cairo_surface_t *surface = guise_demo_paint (painting->cast, i);
  cairo_status_t status;
  int number;

  errno = 0;
  status = cairo_surface_write_to_png (surface, path);
  number = errno; /* cairo says only that it could not write */
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot write the picture '%s': %s", path,
               status == CAIRO_STATUS_WRITE_ERROR && number != 0
                   ? g_strerror (number)
                   : cairo_status_to_string (status));
  return FALSE;
}

static void
paint_person (gpointer data, gpointer user_data)
{
  Painting *painting = user_data;
  const GuiseDemoPerson *person
      = guise_demo_cast_person (painting->cast, GPOINTER_TO_UINT (data) - 1);
  gboolean good = TRUE;

  for (guint i = 0; i < person->n_images && good; i++) {
    g_autoptr (GError) error = NULL;

    good = !g_cancellable_set_error_if_cancelled (painting->cancellable, &error)
           && paint_one (painting, person->first_image + i, &error);
    g_mutex_lock (&painting->mutex);
    painting->n_done += good;
    if (!good && painting->error == NULL)
      painting->error = g_steal_pointer (&error);
    good &= painting->error == NULL;
    g_cond_signal (&painting->changed);
    g_mutex_unlock (&painting->mutex);
  }
  g_mutex_lock (&painting->mutex);
  painting->n_jobs_left--;
  g_cond_signal (&painting->changed);
  g_mutex_unlock (&painting->mutex);
}

static void
wait_for_painters (Painting *painting, GuiseDemoProgress progress, gpointer user_data)
{
  guint n_total = painting->cast->images->len, n_done = 0;

  g_mutex_lock (&painting->mutex);
  while (painting->n_jobs_left > 0 || n_done != painting->n_done) {
    while (painting->n_jobs_left > 0 && n_done == painting->n_done)
      g_cond_wait (&painting->changed, &painting->mutex);
    if (n_done == painting->n_done)
      break;
    n_done = painting->n_done;
    g_mutex_unlock (&painting->mutex);
    if (progress != NULL)
      progress (n_done, n_total, user_data);
    g_mutex_lock (&painting->mutex);
  }
  g_mutex_unlock (&painting->mutex);
}

static gboolean
paint_all (GuiseDemoCast *cast, const char *root, guint n_threads, GuiseDemoProgress progress,
           gpointer user_data, GCancellable *cancellable, GError **error)
{
  Painting painting = { .cast = cast, .root = root, .cancellable = cancellable };
  GThreadPool *pool = g_thread_pool_new (
      paint_person, &painting, n_threads ? n_threads : g_get_num_processors (), FALSE, NULL);

  g_mutex_init (&painting.mutex);
  g_cond_init (&painting.changed);
  painting.n_jobs_left = cast->persons->len;
  for (guint p = 0; p < cast->persons->len; p++)
    g_thread_pool_push (pool, GUINT_TO_POINTER (p + 1), NULL);
  wait_for_painters (&painting, progress, user_data);
  g_thread_pool_free (pool, FALSE, TRUE);
  g_mutex_clear (&painting.mutex);
  g_cond_clear (&painting.changed);
  if (painting.error != NULL) {
    g_propagate_error (error, painting.error);
    return FALSE;
  }
  return TRUE;
}

/* -- folders -- */

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir (path, 0777) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot make the folder '%s': %s",
               path, g_strerror (errno));
  return FALSE;
}

/* missing: whether root has to be made. */
static gboolean
check_root (const char *root, gboolean *missing, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);

  *missing = dir == NULL;
  if (dir == NULL || g_dir_read_name (dir) == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "cannot write the synthetic people: '%s': the folder is not empty", root);
  return FALSE;
}

static gboolean
make_folders (const char *root, gboolean missing, GError **error)
{
  g_autofree char *imgs = g_build_filename (root, "imgs", NULL);

  if ((missing && !make_folder (root, error)) || !make_folder (imgs, error))
    return FALSE;
  for (guint c = 1; c <= GUISE_DEMO_N_CAMERAS; c++) {
    g_autofree char *path = g_strdup_printf ("%s/cam_%u", imgs, c);

    if (!make_folder (path, error))
      return FALSE;
  }
  return TRUE;
}

/* Deletes one level: the folder's files of one kind, then the folder. */
static void
remove_folder (const char *path, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (g_str_has_suffix (name, suffix))
      g_unlink (file);
  }
  g_rmdir (path);
}

/* Takes back whatever was written into root. */
static void
remove_all (const char *root)
{
  g_autofree char *imgs = g_build_filename (root, "imgs", NULL);

  for (guint c = 1; c <= GUISE_DEMO_N_CAMERAS; c++) {
    g_autofree char *path = g_strdup_printf ("%s/cam_%u", imgs, c);

    remove_folder (path, ".png");
  }
  g_rmdir (imgs);
  remove_folder (root, ".json");
}

gboolean
guise_demo_write (const char *root, guint n_persons, guint64 seed, guint n_threads,
                  GuiseDemoProgress progress, gpointer user_data, GuiseDemoCounts *counts,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseDemoCast) cast = NULL;
  gboolean missing;

  if (n_persons == 0 || n_persons > GUISE_DEMO_MAX_PERSONS) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "cannot make %u synthetic people: the number must be 1 to %u", n_persons,
                 GUISE_DEMO_MAX_PERSONS);
    return FALSE;
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !check_root (root, &missing, error))
    return FALSE;
  cast = guise_demo_cast_new (n_persons, seed);
  guise_demo_write_texts (cast);
  if (!make_folders (root, missing, error)
      || !paint_all (cast, root, n_threads, progress, user_data, cancellable, error)
      || !write_lists (cast, root, error)) {
    remove_all (root);
    if (!missing)
      g_mkdir (root, 0777);
    return FALSE;
  }
  if (counts != NULL)
    *counts = (GuiseDemoCounts){
      .n_persons = cast->persons->len,
      .n_outfits = cast->outfits->len,
      .n_images = cast->images->len,
      .n_captions = 2 * cast->images->len,
      .n_descriptions = 2 * cast->images->len,
      .n_planted = cast->mistakes->len,
    };
  return TRUE;
}
