/* styles.json. */
#include "guise-styles.h"

#include <math.h>
#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-style-names.h"

enum {
  VERSION = 1,
  MAX_CURVE = 4096
};
#define MAX_BYTES ((gsize)256 << 20)

/* ---- writing ---- */

static json_t *
pack_texts (char *const *texts)
{
  json_t *array = json_array ();

  for (; *texts != NULL; texts++)
    json_array_append_new (array, json_string (*texts));
  return array;
}

static json_t *
pack_number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

static json_t *
pack_curve (const GuiseStyles *styles)
{
  json_t *values = json_array ();

  if (styles->n_curve == 0) {
    json_decref (values);
    return json_null ();
  }
  for (size_t i = 0; i < styles->n_curve; i++)
    json_array_append_new (values, pack_number (styles->curve[i]));
  return json_pack ("{s:I, s:I, s:o}", "k", (json_int_t)styles->options.min_samples, "knee",
                    (json_int_t)styles->knee, "distances", values);
}

/* A path may hold any bytes. */
static json_t *
pack_encoder (const char *folder)
{
  g_autofree char *shown = folder != NULL ? g_filename_display_name (folder) : NULL;

  return json_string (shown != NULL ? shown : GUISE_STYLES_BUILTIN);
}

static json_t *
pack_options (const GuiseStyles *styles)
{
  const GuiseStyleOptions *o = &styles->options;
  gboolean has_eps = o->method == GUISE_CLUSTER_DBSCAN;
  gboolean has_k = !has_eps && o->method != GUISE_CLUSTER_HDBSCAN;

  return json_pack ("{s:s, s:o, s:o, s:o, s:I, s:o, s:I, s:I}", "method",
                    guise_cluster_method_get_name (o->method), "encoder",
                    pack_encoder (o->encoder), "eps",
                    has_eps ? json_real (o->eps) : json_null (), "min_samples",
                    has_eps ? json_integer ((json_int_t)o->min_samples) : json_null (),
                    "min_cluster_size", (json_int_t)o->min_cluster_size, "k",
                    has_k ? json_integer ((json_int_t)o->k) : json_null (), "exemplars",
                    (json_int_t)o->n_exemplars, "seed", (json_int_t)o->seed);
}

static json_t *
pack_labels (const GuiseStyles *styles)
{
  json_t *ids = json_array (), *labels = json_array ();

  for (size_t i = 0; i < styles->n; i++) {
    json_array_append_new (
        ids, json_integer ((json_int_t)(styles->ids != NULL ? styles->ids[i] : (gint64)i)));
    json_array_append_new (labels, json_integer (styles->labels[i]));
  }
  return json_pack ("{s:o, s:o}", "ids", ids, "styles", labels);
}

json_t *
guise_styles_to_json (const GuiseStyles *styles, gboolean labels)
{
  json_t *array = json_array (), *object;

  for (size_t s = 0; s < styles->n_styles; s++)
    json_array_append_new (array, json_pack ("{s:s, s:I, s:I, s:o}", "name", styles->styles[s].name,
                                             "size", (json_int_t)styles->styles[s].size, "found",
                                             (json_int_t)styles->styles[s].n_found, "exemplars",
                                             pack_texts (styles->styles[s].exemplars)));
  object = json_pack ("{s:i, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "version", VERSION,
                      "options", pack_options (styles), "texts", (json_int_t)styles->n, "clusters",
                      (json_int_t)styles->n_clusters, "noise", (json_int_t)styles->n_noise,
                      "silhouette", pack_number (styles->silhouette), "note",
                      guise_json_pack_text (styles->note), "advice",
                      guise_json_pack_text (styles->advice), "k_distance", pack_curve (styles),
                      "styles", array);
  if (labels)
    json_object_set_new (object, "captions", pack_labels (styles));
  return object;
}

json_t *
guise_styles_pack_exemplars (const GuiseStyles *styles, const char *const *names)
{
  json_t *object = json_object ();

  for (size_t s = 0; s < styles->n_styles; s++)
    if (names == NULL || g_strv_contains (names, styles->styles[s].name))
      json_object_set_new (object, styles->styles[s].name,
                           pack_texts (styles->styles[s].exemplars));
  return object;
}

gboolean
guise_styles_save (const GuiseStyles *styles, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, GUISE_STYLES_FILE, NULL);
  json_auto_t *object = guise_styles_to_json (styles, TRUE);

  return guise_json_save (path, object, error);
}

/* ---- reading ---- */

typedef struct {
  GuiseStyles *styles;
  const char *where;
  GError **error;
} Reader;

static gboolean
fail (const Reader *reader, const char *what)
{
  g_set_error (reader->error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID, "%s: %s",
               reader->where, what);
  return FALSE;
}

static size_t
get_count (json_t *object, const char *key)
{
  json_int_t value = json_integer_value (json_object_get (object, key));

  return value > 0 ? (size_t)value : 0;
}

/* Files that were written before there was another encoder do not name one. */
static gboolean
read_encoder (const Reader *reader, json_t *value)
{
  const char *encoder = json_string_value (value);

  if (value != NULL && encoder == NULL)
    return fail (reader, "'encoder' is no text");
  if (encoder != NULL && strcmp (encoder, GUISE_STYLES_BUILTIN) != 0)
    reader->styles->encoder = g_strdup (encoder);
  reader->styles->options.encoder = reader->styles->encoder;
  return TRUE;
}

static gboolean
read_options (const Reader *reader, json_t *object)
{
  GuiseStyleOptions *o = &reader->styles->options;
  const char *method;

  if (!guise_json_get_string (object, "method", reader->where, &method, reader->error))
    return FALSE;
  if (!guise_cluster_method_parse (method, &o->method))
    return fail (reader, "'method' is none that is known");
  o->eps = json_number_value (json_object_get (object, "eps"));
  o->min_samples = get_count (object, "min_samples");
  o->min_cluster_size = get_count (object, "min_cluster_size");
  o->k = get_count (object, "k");
  o->n_exemplars = get_count (object, "exemplars");
  o->seed = (guint64)json_integer_value (json_object_get (object, "seed"));
  return read_encoder (reader, json_object_get (object, "encoder"));
}

static gboolean
read_style (const Reader *reader, json_t *object, GuiseStyle *style)
{
  const char *name;
  json_t *texts, *text;
  gint64 size;
  size_t i;

  if (!guise_json_get_string (object, "name", reader->where, &name, reader->error)
      || !guise_json_get_int (object, "size", reader->where, &size, reader->error)
      || !guise_json_get_array (object, "exemplars", reader->where, &texts, reader->error))
    return FALSE;
  if (size < 0)
    return fail (reader, "a style has a 'size' below 0");
  style->name = g_strdup (name);
  style->size = style->n_found = (size_t)size;
  if (json_is_integer (json_object_get (object, "found")))
    style->n_found = MIN (get_count (object, "found"), style->size);
  style->exemplars = g_new0 (char *, json_array_size (texts) + 1);
  json_array_foreach (texts, i, text)
  {
    if (!json_is_string (text))
      return fail (reader, "'exemplars' holds something that is no text");
    style->exemplars[i] = g_strdup (json_string_value (text));
  }
  return TRUE;
}

/* Jobs and captions know a style by its name. */
static gboolean
check_name (const Reader *reader, GHashTable *names, const char *name)
{
  GError *error = NULL;

  if (!guise_style_name_check (name, &error)) {
    fail (reader, error->message);
    g_error_free (error);
    return FALSE;
  }
  return g_hash_table_add (names, (gpointer)name) || fail (reader, "two styles have one name");
}

static gboolean
read_styles (const Reader *reader, json_t *array)
{
  GuiseStyles *styles = reader->styles;
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (json_array_size (array) == 0)
    return fail (reader, "there is no style in it");
  styles->styles = g_new0 (GuiseStyle, json_array_size (array));
  for (; styles->n_styles < json_array_size (array); styles->n_styles++)
    if (!read_style (reader, json_array_get (array, styles->n_styles),
                     &styles->styles[styles->n_styles])
        || !check_name (reader, names, styles->styles[styles->n_styles].name)) {
      styles->n_styles++; /* what was read of it is freed too */
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_labels (const Reader *reader, json_t *object)
{
  GuiseStyles *styles = reader->styles;
  json_t *ids, *labels;

  if (!guise_json_get_array (object, "ids", reader->where, &ids, reader->error)
      || !guise_json_get_array (object, "styles", reader->where, &labels, reader->error))
    return FALSE;
  if (json_array_size (ids) != json_array_size (labels))
    return fail (reader, "'ids' and 'styles' differ in length");
  styles->n = json_array_size (ids);
  styles->ids = g_new (gint64, styles->n + 1);
  styles->labels = g_new (guint32, styles->n + 1);
  for (size_t i = 0; i < styles->n; i++) {
    json_t *id = json_array_get (ids, i), *label = json_array_get (labels, i);

    if (!json_is_integer (id) || !json_is_integer (label) || json_integer_value (label) < 0
        || (size_t)json_integer_value (label) >= styles->n_styles)
      return fail (reader, "a caption has a style that there is not");
    styles->ids[i] = json_integer_value (id);
    styles->labels[i] = (guint32)json_integer_value (label);
  }
  return TRUE;
}

/* What is no number is drawn as a gap. */
static void
read_curve (GuiseStyles *styles, json_t *object)
{
  json_t *values = json_object_get (object, "distances");

  styles->n_curve = MIN (json_array_size (values), MAX_CURVE);
  styles->curve = styles->n_curve > 0 ? g_new (double, styles->n_curve) : NULL;
  for (size_t i = 0; i < styles->n_curve; i++)
    styles->curve[i] = json_is_number (json_array_get (values, i))
                           ? json_number_value (json_array_get (values, i))
                           : NAN;
  styles->knee = get_count (object, "knee");
  if (styles->n_curve > 0)
    styles->knee = MIN (styles->knee, styles->n_curve - 1);
}

static void
read_outcome (GuiseStyles *styles, json_t *object)
{
  json_t *silhouette = json_object_get (object, "silhouette");

  styles->n_clusters = get_count (object, "clusters");
  styles->n_noise = get_count (object, "noise");
  styles->silhouette = json_is_number (silhouette) ? json_number_value (silhouette) : NAN;
  styles->note = g_strdup (json_string_value (json_object_get (object, "note")));
  styles->advice = g_strdup (json_string_value (json_object_get (object, "advice")));
  read_curve (styles, json_object_get (object, "k_distance"));
}

GuiseStyles *
guise_styles_from_json (json_t *object, const char *where, GError **error)
{
  g_autoptr (GuiseStyles) styles = g_new0 (GuiseStyles, 1);
  const Reader reader = { styles, where, error };
  json_t *options, *array, *captions;
  gint64 version;

  if (!guise_json_get_int (object, "version", where, &version, error))
    return NULL;
  if (version != VERSION) {
    fail (&reader, "it was written by another version; find the styles again");
    return NULL;
  }
  if (!guise_json_get_object (object, "options", where, &options, error)
      || !guise_json_get_array (object, "styles", where, &array, error)
      || !guise_json_get_object (object, "captions", where, &captions, error)
      || !read_options (&reader, options) || !read_styles (&reader, array)
      || !read_labels (&reader, captions))
    return NULL;
  read_outcome (styles, object);
  return g_steal_pointer (&styles);
}

GuiseStyles *
guise_styles_load (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, GUISE_STYLES_FILE, NULL);
  json_auto_t *object = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "no styles have been found in this project yet: do so with `guisectl styles`");
    return NULL;
  }
  object = guise_json_load (path, MAX_BYTES, error);
  return object != NULL ? guise_styles_from_json (object, path, error) : NULL;
}
