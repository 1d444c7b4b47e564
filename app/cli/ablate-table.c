#include "ablate-table.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-json.h"

#define ROWS_FILE "rows.json"
#define MAX_BYTES ((gsize)16 << 20)

static const struct {
  const char *name, *title;
  gsize offset;
} figures[] = {
  { "r1", "R@1", G_STRUCT_OFFSET (AblateRow, r1) },
  { "r5", "R@5", G_STRUCT_OFFSET (AblateRow, r5) },
  { "r10", "R@10", G_STRUCT_OFFSET (AblateRow, r10) },
  { "map", "mAP", G_STRUCT_OFFSET (AblateRow, map) },
};

static double
get_figure (const AblateRow *row, gsize f)
{
  return G_STRUCT_MEMBER (double, row, figures[f].offset);
}

void
ablate_table_clear (AblateTable *table)
{
  g_free (table->folder);
  json_decref (table->plan);
  g_clear_pointer (&table->rows, g_array_unref);
}

/* ---- rows on the disk ---- */

json_t *
ablate_row_to_json (const AblateTable *table, const AblateRow *row)
{
  json_t *object = json_pack ("{s:i, s:s, s:I, s:i}", "table", (int)table->table, "variant",
                              row->variant, "seed", (json_int_t)row->seed, "styles",
                              (int)row->n_styles);

  for (gsize f = 0; f < G_N_ELEMENTS (figures); f++)
    json_object_set_new (object, figures[f].name, json_real (get_figure (row, f)));
  return object;
}

static const AblateVariant *
find_variant (const AblateTable *table, const char *name)
{
  for (guint v = 0; v < table->n_variants; v++)
    if (g_strcmp0 (table->variants[v].name, name) == 0)
      return &table->variants[v];
  return NULL;
}

static gboolean
read_row (AblateTable *table, json_t *object, const char *path, GError **error)
{
  AblateRow row = { 0 };
  const char *name;
  gint64 seed, n_styles;
  const AblateVariant *variant;

  if (!guise_json_get_string (object, "variant", path, &name, error)
      || !guise_json_get_int (object, "seed", path, &seed, error)
      || !guise_json_get_int (object, "styles", path, &n_styles, error))
    return FALSE;
  for (gsize f = 0; f < G_N_ELEMENTS (figures); f++)
    if (!guise_json_get_double (object, figures[f].name, path,
                                &G_STRUCT_MEMBER (double, &row, figures[f].offset), error))
      return FALSE;
  variant = find_variant (table, name);
  if (variant == NULL)
    return TRUE; /* of a program that knew more */
  row.variant = variant->name;
  row.seed = (guint64)seed;
  row.n_styles = (guint)n_styles;
  g_array_append_val (table->rows, row);
  return TRUE;
}

static gboolean
check_plan (const AblateTable *table, json_t *kept, const char *path, GError **error)
{
  g_autofree char *text = NULL;

  if (json_equal (table->plan, kept))
    return TRUE;
  text = kept != NULL ? json_dumps (kept, JSON_COMPACT) : g_strdup ("null");
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
               "'%s' holds rows that were made with other settings, %.300s: give those again, or "
               "remove the folder to begin anew",
               path, text);
  return FALSE;
}

static gboolean
read_rows (AblateTable *table, const char *path, GError **error)
{
  json_auto_t *object = guise_json_load (path, MAX_BYTES, error);
  json_t *rows;

  if (object == NULL || !check_plan (table, json_object_get (object, "plan"), path, error)
      || !guise_json_get_array (object, "rows", path, &rows, error))
    return FALSE;
  for (size_t r = 0; r < json_array_size (rows); r++)
    if (!read_row (table, json_array_get (rows, r), path, error))
      return FALSE;
  return TRUE;
}

static gboolean
save_rows (const AblateTable *table, GError **error)
{
  g_autofree char *path = g_build_filename (table->folder, ROWS_FILE, NULL);
  json_t *rows = json_array ();
  json_auto_t *object = json_pack ("{s:O, s:o}", "plan", table->plan, "rows", rows);

  for (guint r = 0; r < table->rows->len; r++)
    json_array_append_new (
        rows, ablate_row_to_json (table, &g_array_index (table->rows, AblateRow, r)));
  return guise_json_save (path, object, error);
}

gboolean
ablate_table_open (AblateTable *table, const char *folder, json_t *plan, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ROWS_FILE, NULL);

  table->folder = g_strdup (folder);
  table->plan = json_incref (plan);
  table->rows = g_array_new (FALSE, FALSE, sizeof (AblateRow));
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return read_rows (table, path, error);
  if (g_mkdir_with_parents (folder, 0777) != 0)
    return guise_formats_fail_errno (error, errno, "cannot make the folder", folder);
  return save_rows (table, error);
}

const AblateRow *
ablate_table_find (const AblateTable *table, const char *variant, guint64 seed)
{
  for (guint r = 0; r < table->rows->len; r++) {
    const AblateRow *row = &g_array_index (table->rows, AblateRow, r);

    if (row->seed == seed && strcmp (row->variant, variant) == 0)
      return row;
  }
  return NULL;
}

gboolean
ablate_table_add (AblateTable *table, const AblateRow *row, GError **error)
{
  g_array_append_val (table->rows, *row);
  return save_rows (table, error);
}

/* ---- mean and deviation ---- */

typedef struct {
  guint n;
  double mean, sd; /* sample deviation over the seeds; 0 for one */
} Summary;

static Summary
summarise (const AblateTable *table, const char *variant, gsize f)
{
  Summary s = { 0 };
  double squares = 0;

  for (guint r = 0; r < table->rows->len; r++) {
    const AblateRow *row = &g_array_index (table->rows, AblateRow, r);

    if (strcmp (row->variant, variant) == 0) {
      s.mean += get_figure (row, f);
      s.n++;
    }
  }
  s.mean = s.n > 0 ? s.mean / s.n : NAN;
  for (guint r = 0; r < table->rows->len; r++) {
    const AblateRow *row = &g_array_index (table->rows, AblateRow, r);
    double off = get_figure (row, f) - s.mean;

    if (strcmp (row->variant, variant) == 0)
      squares += off * off;
  }
  s.sd = s.n > 1 ? sqrt (squares / (s.n - 1)) : 0;
  return s;
}

json_t *
ablate_table_summarise (const AblateTable *table)
{
  json_t *rows = json_array ();

  for (guint v = 0; v < table->n_variants; v++) {
    const AblateVariant *variant = &table->variants[v];
    json_t *means, *sds, *seeds;

    if (summarise (table, variant->name, 0).n == 0)
      continue;
    means = json_object ();
    sds = json_object ();
    seeds = json_array ();
    for (gsize f = 0; f < G_N_ELEMENTS (figures); f++) {
      Summary s = summarise (table, variant->name, f);

      json_object_set_new (means, figures[f].name, json_real (s.mean));
      json_object_set_new (sds, figures[f].name, json_real (s.sd));
    }
    for (guint r = 0; r < table->rows->len; r++) {
      const AblateRow *row = &g_array_index (table->rows, AblateRow, r);

      if (strcmp (row->variant, variant->name) == 0)
        json_array_append_new (seeds, json_integer ((json_int_t)row->seed));
    }
    json_array_append_new (rows, json_pack ("{s:i, s:s, s:s, s:o, s:o, s:o}", "table",
                                            (int)table->table, "variant", variant->name, "title",
                                            variant->title, "seeds", seeds, "mean", means, "sd",
                                            sds));
  }
  return rows;
}

/* ---- as text ---- */

typedef enum { AS_MARKDOWN,
               AS_LATEX,
               AS_CSV,
               N_FORMS } Form;

static const struct {
  const char *file, *head, *between, *end, *tail;
} forms[N_FORMS] = {
  [AS_MARKDOWN] = { "table.md", "| style clustering", " | ", " |\n", "" },
  [AS_LATEX] = { "table.tex", "\\begin{tabular}{lcccc}\n\\hline\nStyle clustering", " & ",
                 " \\\\\n", "\\hline\n\\end{tabular}\n" },
  [AS_CSV] = { "table.csv", "variant", ",", "\n", "" },
};

static void
write_head (Form form, GString *out)
{
  g_string_append (out, forms[form].head);
  for (gsize f = 0; f < G_N_ELEMENTS (figures); f++)
    if (form == AS_CSV)
      g_string_append_printf (out, ",%s,%s_sd", figures[f].name, figures[f].name);
    else
      g_string_append_printf (out, "%s%s", forms[form].between, figures[f].title);
  g_string_append (out, forms[form].end);
  if (form == AS_MARKDOWN)
    g_string_append (out, "|---|---|---|---|---|\n");
  else if (form == AS_LATEX)
    g_string_append (out, "\\hline\n");
}

static char *
write_form (const AblateTable *table, Form form)
{
  GString *out = g_string_new (NULL);

  write_head (form, out);
  for (guint v = 0; v < table->n_variants; v++) {
    const AblateVariant *variant = &table->variants[v];

    if (summarise (table, variant->name, 0).n == 0)
      continue;
    g_string_append_printf (out, "%s%s", form == AS_MARKDOWN ? "| " : "",
                            form == AS_CSV ? variant->name : variant->title);
    for (gsize f = 0; f < G_N_ELEMENTS (figures); f++) {
      Summary s = summarise (table, variant->name, f);

      g_string_append (out, forms[form].between);
      if (form == AS_CSV)
        g_string_append_printf (out, "%.4f,%.4f", s.mean, s.sd);
      else if (form == AS_LATEX)
        g_string_append_printf (out, "$%.1f \\pm %.1f$", s.mean, s.sd);
      else
        g_string_append_printf (out, "%.1f ± %.1f", s.mean, s.sd);
    }
    g_string_append (out, forms[form].end);
  }
  g_string_append (out, forms[form].tail);
  return g_string_free (out, FALSE);
}

gboolean
ablate_table_write (const AblateTable *table, char **markdown, GError **error)
{
  for (guint form = 0; form < N_FORMS; form++) {
    g_autofree char *path = g_build_filename (table->folder, forms[form].file, NULL);
    g_autofree char *text = write_form (table, form);

    if (!guise_atomic_write (path, text, strlen (text), error))
      return FALSE;
    if (form == AS_MARKDOWN && markdown != NULL)
      *markdown = g_steal_pointer (&text);
  }
  return TRUE;
}
