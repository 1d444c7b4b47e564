#include "ablate-rows.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-run-folder.h"

#define ROWS_FILE "rows.json"
#define MAX_BYTES ((gsize)16 << 20)

static const char *const query_names[ABLATE_N_QUERIES]
    = { "caption", "outfit", "who", "wearing", "both", "image", "reranked" };

static const char *const probe_names[ABLATE_N_PROBES] = { "outfit", "upper_colour" };

static const struct {
  const char *name;
  gsize offset;
} figures[] = {
  { "r1", G_STRUCT_OFFSET (GuiseMetrics, r1) },
  { "r5", G_STRUCT_OFFSET (GuiseMetrics, r5) },
  { "r10", G_STRUCT_OFFSET (GuiseMetrics, r10) },
  { "map", G_STRUCT_OFFSET (GuiseMetrics, map) },
  { "minp", G_STRUCT_OFFSET (GuiseMetrics, minp) },
};

const char *
ablate_probe_name (AblateProbeKind probe)
{
  g_return_val_if_fail (probe < ABLATE_N_PROBES, NULL);
  return probe_names[probe];
}

void
ablate_row_init (AblateRow *row)
{
  *row = (AblateRow){ .best = -1 };
  for (guint q = 0; q < ABLATE_N_QUERIES; q++)
    row->metrics[q] = (GuiseMetrics){ NAN, NAN, NAN, NAN, NAN, 0, 0, 0 };
  for (guint p = 0; p < ABLATE_N_PROBES; p++)
    row->probes[p] = (AblateProbe){ NAN, NAN, NAN };
}

void
ablate_row_clear (AblateRow *row)
{
  g_clear_pointer (&row->variant, g_free);
  g_clear_pointer (&row->config, g_free);
  g_clear_pointer (&row->diverged, g_free);
}

/* ---- one row as JSON ---- */

static json_t *
metrics_to_json (const GuiseMetrics *metrics)
{
  json_t *object = json_object ();

  for (gsize f = 0; f < G_N_ELEMENTS (figures); f++)
    json_object_set_new (object, figures[f].name,
                         json_real (G_STRUCT_MEMBER (double, metrics, figures[f].offset)));
  json_object_set_new (object, "queries", json_integer ((json_int_t)metrics->n_queries));
  json_object_set_new (object, "skipped", json_integer ((json_int_t)metrics->n_skipped));
  json_object_set_new (object, "gallery", json_integer ((json_int_t)metrics->n_gallery));
  return object;
}

json_t *
ablate_row_to_json (const AblateRow *row)
{
  json_t *queries = json_object (), *probes = json_object ();

  for (guint q = 0; q < ABLATE_N_QUERIES; q++)
    if (!isnan (row->metrics[q].r1))
      json_object_set_new (queries, query_names[q], metrics_to_json (&row->metrics[q]));
  for (guint p = 0; p < ABLATE_N_PROBES; p++)
    if (!isnan (row->probes[p].identity))
      json_object_set_new (probes, probe_names[p],
                           json_pack ("{s:f, s:f, s:f}", "identity", row->probes[p].identity,
                                      "clothing", row->probes[p].clothing, "majority",
                                      row->probes[p].majority));
  return json_pack ("{s:s, s:s, s:I, s:i, s:f, s:I, s:f, s:b, s:s?, s:o, s:o}", "variant",
                    row->variant, "config", row->config, "seed", (json_int_t)row->seed, "styles",
                    (int)row->n_styles, "lambda", row->lambda, "best", (json_int_t)row->best,
                    "seconds", row->seconds, "resumed", row->resumed, "diverged", row->diverged,
                    "queries", queries, "probes", probes);
}

static gboolean
read_metrics (json_t *object, const char *path, GuiseMetrics *metrics, GError **error)
{
  gint64 queries, skipped, gallery;

  for (gsize f = 0; f < G_N_ELEMENTS (figures); f++)
    if (!guise_json_get_double (object, figures[f].name, path,
                                &G_STRUCT_MEMBER (double, metrics, figures[f].offset), error))
      return FALSE;
  if (!guise_json_get_int (object, "queries", path, &queries, error)
      || !guise_json_get_int (object, "skipped", path, &skipped, error)
      || !guise_json_get_int (object, "gallery", path, &gallery, error))
    return FALSE;
  metrics->n_queries = (size_t)queries;
  metrics->n_skipped = (size_t)skipped;
  metrics->n_gallery = (size_t)gallery;
  return TRUE;
}

static gboolean
read_probe (json_t *object, const char *path, AblateProbe *probe, GError **error)
{
  return guise_json_get_double (object, "identity", path, &probe->identity, error)
         && guise_json_get_double (object, "clothing", path, &probe->clothing, error)
         && guise_json_get_double (object, "majority", path, &probe->majority, error);
}

static gboolean
read_figures (json_t *queries, json_t *probes, const char *path, AblateRow *row, GError **error)
{
  for (guint q = 0; q < ABLATE_N_QUERIES; q++) {
    json_t *metrics = json_object_get (queries, query_names[q]);

    if (metrics != NULL && !read_metrics (metrics, path, &row->metrics[q], error))
      return FALSE;
  }
  for (guint p = 0; p < ABLATE_N_PROBES; p++) {
    json_t *probe = json_object_get (probes, probe_names[p]);

    if (probe != NULL && !read_probe (probe, path, &row->probes[p], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_row (json_t *object, const char *path, AblateRow *row, GError **error)
{
  const char *variant, *config;
  gint64 seed, n_styles;
  json_t *queries, *probes;

  if (!guise_json_get_string (object, "variant", path, &variant, error)
      || !guise_json_get_string (object, "config", path, &config, error)
      || !guise_json_get_int (object, "seed", path, &seed, error)
      || !guise_json_get_int (object, "styles", path, &n_styles, error)
      || !guise_json_get_double (object, "lambda", path, &row->lambda, error)
      || !guise_json_get_int (object, "best", path, &row->best, error)
      || !guise_json_get_double (object, "seconds", path, &row->seconds, error)
      || !guise_json_get_bool (object, "resumed", path, &row->resumed, error)
      || !guise_json_get_object (object, "queries", path, &queries, error)
      || !guise_json_get_object (object, "probes", path, &probes, error)
      || !read_figures (queries, probes, path, row, error))
    return FALSE;
  row->variant = g_strdup (variant);
  row->config = g_strdup (config);
  row->diverged = g_strdup (json_string_value (json_object_get (object, "diverged")));
  row->seed = (guint64)seed;
  row->n_styles = (guint)n_styles;
  return TRUE;
}

/* ---- plans ---- */

/* The first member that is not the same in both: its path, "config.train.persons". */
static char *
find_difference (json_t *a, json_t *b, const char *prefix)
{
  const char *key;
  json_t *value;

  if (!json_is_object (a) || !json_is_object (b))
    return g_strdup (*prefix != '\0' ? prefix : "all of them");
  json_object_foreach (a, key, value)
  {
    json_t *other = json_object_get (b, key);
    g_autofree char *path = *prefix != '\0' ? g_strconcat (prefix, ".", key, NULL) : g_strdup (key);

    if (other == NULL || !json_equal (value, other))
      return find_difference (value, other, path);
  }
  return NULL; /* all that is in a is in b */
}

static gboolean
check_plan (const AblateRows *rows, json_t *kept, GError **error)
{
  g_autofree char *path = NULL, *clean = NULL;

  if (json_equal (rows->plan, kept))
    return TRUE;
  path = find_difference (rows->plan, kept, "");
  if (path == NULL)
    path = find_difference (kept, rows->plan, "");
  clean = guise_formats_clean (path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "'%s' holds rows that were made with other settings or data ('%s' differs): give "
               "those again, or begin anew under another --name",
               rows->folder, clean);
  return FALSE;
}

/* ---- on the disk ---- */

void
ablate_rows_clear (AblateRows *rows)
{
  g_clear_pointer (&rows->folder, g_free);
  json_decref (rows->plan);
  json_decref (rows->asked);
  g_clear_pointer (&rows->rows, g_array_unref);
}

static gboolean
read_array (AblateRows *rows, json_t *array, const char *path, GError **error)
{
  for (size_t r = 0; r < json_array_size (array); r++) {
    AblateRow row;

    ablate_row_init (&row);
    if (!read_row (json_array_get (array, r), path, &row, error))
      return FALSE;
    g_array_append_val (rows->rows, row);
  }
  return TRUE;
}

/* Where rows has a plan already, it must be that of the file. */
static gboolean
read_rows (AblateRows *rows, const char *path, GError **error)
{
  json_auto_t *object = guise_json_load (path, MAX_BYTES, error);
  json_t *array, *plan, *asked;

  if (object == NULL || !guise_json_get_object (object, "plan", path, &plan, error)
      || !guise_json_get_array (object, "rows", path, &array, error)
      || (rows->plan != NULL && json_array_size (array) > 0 && !check_plan (rows, plan, error)))
    return FALSE; /* what was refused before its first row binds nobody */
  if (rows->plan == NULL)
    rows->plan = json_incref (plan);
  asked = json_object_get (object, "asked"); /* missing in older files */
  if (json_is_object (asked))
    json_object_update (rows->asked, asked);
  return read_array (rows, array, path, error);
}

static char *
begin (AblateRows *rows, const char *folder)
{
  rows->folder = g_strdup (folder);
  rows->asked = json_object ();
  rows->rows = g_array_new (FALSE, FALSE, sizeof (AblateRow));
  g_array_set_clear_func (rows->rows, (GDestroyNotify)ablate_row_clear);
  return g_build_filename (folder, ROWS_FILE, NULL);
}

gboolean
ablate_rows_load (AblateRows *rows, const char *folder, GError **error)
{
  g_autofree char *path = begin (rows, folder);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return read_rows (rows, path, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no ablation in '%s': 'guisectl ablate' "
                                                        "makes one",
               folder);
  return FALSE;
}

static gboolean
save_rows (const AblateRows *rows, GError **error)
{
  g_autofree char *path = g_build_filename (rows->folder, ROWS_FILE, NULL);
  json_t *array = json_array ();
  json_auto_t *object = json_pack ("{s:O, s:O, s:o}", "plan", rows->plan, "asked", rows->asked,
                                   "rows", array);

  for (guint r = 0; r < rows->rows->len; r++)
    json_array_append_new (array, ablate_row_to_json (&g_array_index (rows->rows, AblateRow, r)));
  return guise_json_save (path, object, error);
}

/* A training's folder is no place for the trainings of an ablation. */
static gboolean
check_no_run (const char *folder, GError **error)
{
  if (!guise_run_exists (folder))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "'%s' is a training: give the ablation another --name", folder);
  return FALSE;
}

gboolean
ablate_rows_open (AblateRows *rows, const char *folder, json_t *plan, GError **error)
{
  g_autofree char *path = begin (rows, folder);

  rows->plan = json_incref (plan);
  if (!check_no_run (folder, error))
    return FALSE;
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return read_rows (rows, path, error);
  if (g_mkdir_with_parents (folder, 0777) != 0)
    return guise_formats_fail_errno (error, errno, "cannot make the folder", folder);
  return save_rows (rows, error);
}

static void
name_table (guint table, char name[16])
{
  g_snprintf (name, 16, "%u", table);
}

gboolean
ablate_rows_ask (AblateRows *rows, guint table, const GArray *seeds, GError **error)
{
  json_t *list = json_array ();
  char name[16];

  for (guint s = 0; s < seeds->len; s++)
    json_array_append_new (list, json_integer ((json_int_t)g_array_index (seeds, guint64, s)));
  name_table (table, name);
  json_object_set_new (rows->asked, name, list);
  return save_rows (rows, error);
}

GArray *
ablate_rows_create_asked (const AblateRows *rows, guint table)
{
  g_autoptr (GArray) seeds = g_array_new (FALSE, FALSE, sizeof (guint64));
  json_t *list, *value;
  char name[16];
  size_t i;

  name_table (table, name);
  list = json_object_get (rows->asked, name);
  json_array_foreach (list, i, value)
  {
    guint64 seed = (guint64)json_integer_value (value);

    g_array_append_val (seeds, seed);
  }
  return seeds->len > 0 ? g_steal_pointer (&seeds) : NULL;
}

static gint64
find_index (const AblateRows *rows, const char *variant, guint64 seed)
{
  for (guint r = 0; r < rows->rows->len; r++) {
    const AblateRow *row = &g_array_index (rows->rows, AblateRow, r);

    if (row->seed == seed && strcmp (row->variant, variant) == 0)
      return r;
  }
  return -1;
}

const AblateRow *
ablate_rows_find (const AblateRows *rows, const char *variant, const char *config, guint64 seed)
{
  gint64 r = find_index (rows, variant, seed);
  const AblateRow *row = r >= 0 ? &g_array_index (rows->rows, AblateRow, r) : NULL;

  return row != NULL && strcmp (row->config, config) == 0 ? row : NULL;
}

gboolean
ablate_rows_add (AblateRows *rows, AblateRow *row, GError **error)
{
  gint64 r = find_index (rows, row->variant, row->seed);

  if (r >= 0)
    g_array_remove_index (rows->rows, (guint)r);
  g_array_append_val (rows->rows, *row);
  row->variant = row->config = row->diverged = NULL;
  return save_rows (rows, error);
}
