#include "ablate-table.h"

#include <math.h>
#include <string.h>

#include "guise-atomic-file.h"

/* The figures of a table, in its order. */
static const struct {
  const char *name, *title;
  gsize offset; /* of a double in an AblateRow */
} columns[] = {
#define AT(member) G_STRUCT_OFFSET (AblateRow, member)
  { "caption_r1", "R@1", AT (metrics[ABLATE_CAPTION].r1) },
  { "caption_r5", "R@5", AT (metrics[ABLATE_CAPTION].r5) },
  { "caption_r10", "R@10", AT (metrics[ABLATE_CAPTION].r10) },
  { "caption_map", "mAP", AT (metrics[ABLATE_CAPTION].map) },
  { "caption_minp", "mINP", AT (metrics[ABLATE_CAPTION].minp) },
  { "outfit_map", "outfit mAP", AT (metrics[ABLATE_OUTFIT].map) },
  { "who_r1", "who R@1", AT (metrics[ABLATE_WHO].r1) },
  { "who_map", "who mAP", AT (metrics[ABLATE_WHO].map) },
  { "reranked_map", "who mAP, reranked", AT (metrics[ABLATE_RERANKED].map) },
  { "wearing_r1", "wearing R@1", AT (metrics[ABLATE_WEARING].r1) },
  { "both_r1", "both R@1", AT (metrics[ABLATE_BOTH].r1) },
  { "image_r10", "other outfit R@10", AT (metrics[ABLATE_IMAGE].r10) },
  { "outfit_from_v", "outfit from v", AT (probes[ABLATE_PROBE_OUTFIT].identity) },
  { "outfit_from_c", "outfit from c", AT (probes[ABLATE_PROBE_OUTFIT].clothing) },
  { "colour_from_v", "upper colour from v", AT (probes[ABLATE_PROBE_COLOUR].identity) },
  { "colour_from_c", "upper colour from c", AT (probes[ABLATE_PROBE_COLOUR].clothing) },
#undef AT
};
#define FUSION_TABLE 2
#define N_COLUMNS G_N_ELEMENTS (columns)

char *
ablate_hash_config (const GuiseVariant *variant)
{
  json_auto_t *config = guise_config_to_stable_json (&variant->config);
  g_autofree char *text = json_dumps (config, JSON_COMPACT | JSON_SORT_KEYS);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* ---- mean and deviation ---- */

typedef struct {
  guint n;         /* seeds with that figure */
  double mean, sd; /* sample deviation over the seeds; NaN for less than two */
} Summary;

static const AblateRow *
find_row (const AblateRows *rows, const GuiseVariant *variant, guint64 seed)
{
  g_autofree char *config = ablate_hash_config (variant);

  return ablate_rows_find (rows, variant->name, config, seed);
}

gboolean
ablate_table_lacks (const AblateRows *rows, const GuiseVariant *variant, guint64 seed)
{
  return find_row (rows, variant, seed) == NULL;
}

/* The variant's finished rows of these seeds, in their order; NULL = of all that there are. */
static GPtrArray *
list_rows (const AblateRows *rows, const GuiseVariant *variant, const GArray *seeds)
{
  g_autofree char *config = ablate_hash_config (variant);
  GPtrArray *list = g_ptr_array_new ();

  for (guint s = 0; seeds != NULL && s < seeds->len; s++) {
    const AblateRow *row = ablate_rows_find (rows, variant->name, config,
                                             g_array_index (seeds, guint64, s));

    if (row != NULL)
      g_ptr_array_add (list, (gpointer)row);
  }
  for (guint r = 0; seeds == NULL && r < rows->rows->len; r++) {
    AblateRow *row = &g_array_index (rows->rows, AblateRow, r);

    if (strcmp (row->variant, variant->name) == 0 && strcmp (row->config, config) == 0)
      g_ptr_array_add (list, row);
  }
  return list;
}

static double
get_figure (const AblateRow *row, gsize column)
{
  return G_STRUCT_MEMBER (double, row, columns[column].offset);
}

static Summary
summarise (const GPtrArray *list, gsize column)
{
  Summary s = { 0, 0, NAN };
  double squares = 0;

  for (guint r = 0; r < list->len; r++) {
    double figure = get_figure (list->pdata[r], column);

    if (!isnan (figure)) {
      s.mean += figure;
      s.n++;
    }
  }
  s.mean = s.n > 0 ? s.mean / s.n : NAN;
  for (guint r = 0; r < list->len; r++) {
    double figure = get_figure (list->pdata[r], column);

    if (!isnan (figure))
      squares += (figure - s.mean) * (figure - s.mean);
  }
  if (s.n > 1)
    s.sd = sqrt (squares / (s.n - 1));
  return s;
}

static json_t *
number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

static json_t *
list_missing (const AblateRows *rows, const GuiseVariant *variant, const GArray *seeds)
{
  json_t *missing = json_array ();

  for (guint s = 0; seeds != NULL && s < seeds->len; s++) {
    guint64 seed = g_array_index (seeds, guint64, s);

    if (find_row (rows, variant, seed) == NULL)
      json_array_append_new (missing, json_integer ((json_int_t)seed));
  }
  return missing;
}

json_t *
ablate_table_summarise (const AblateTable *table, const AblateRows *rows, const GArray *seeds)
{
  json_t *result = json_array ();

  for (guint v = 0; v < table->variants->len; v++) {
    const GuiseVariant *variant = table->variants->pdata[v];
    g_autoptr (GPtrArray) list = list_rows (rows, variant, seeds);
    json_t *means = json_object (), *sds = json_object (), *finished = json_array (),
           *diverged = json_array ();

    for (gsize c = 0; c < N_COLUMNS; c++) {
      Summary s = summarise (list, c);

      if (s.n > 0) {
        json_object_set_new (means, columns[c].name, json_real (s.mean));
        json_object_set_new (sds, columns[c].name, number (s.sd));
      }
    }
    for (guint r = 0; r < list->len; r++) {
      const AblateRow *row = list->pdata[r];

      json_array_append_new (row->diverged != NULL ? diverged : finished,
                             json_integer ((json_int_t)row->seed));
    }
    json_array_append_new (result,
                           json_pack ("{s:i, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o}", "table",
                                      (int)table->number, "variant", variant->name, "title",
                                      variant->title, "note", variant->note, "seeds", finished,
                                      "diverged", diverged, "missing",
                                      list_missing (rows, variant, seeds), "mean", means, "sd",
                                      sds));
  }
  return result;
}

/* ---- as text ---- */

typedef enum { AS_MARKDOWN,
               AS_LATEX,
               AS_CSV,
               N_FORMS } Form;

static const char *const endings[N_FORMS] = { "md", "tex", "csv" };

/* Which columns have a figure in any row. The match head is the fusion's table's concern. */
static void
find_columns (const AblateTable *table, const AblateRows *rows, const GArray *seeds,
              gboolean *shown)
{
  for (gsize c = 0; c < N_COLUMNS; c++) {
    shown[c] = g_str_has_prefix (columns[c].name, "caption_");
    for (guint v = 0; v < table->variants->len; v++) {
      g_autoptr (GPtrArray) list = list_rows (rows, table->variants->pdata[v], seeds);

      shown[c] |= summarise (list, c).n > 0;
    }
    if (table->number != FUSION_TABLE && strcmp (columns[c].name, "reranked_map") == 0)
      shown[c] = FALSE;
  }
}

static void
write_head (Form form, const AblateTable *table, const gboolean *shown, GString *out)
{
  const char *what = guise_ablation_describe (table->number);
  guint n = 0;

  for (gsize c = 0; c < N_COLUMNS; c++)
    n += shown[c];
  if (form == AS_LATEX) {
    g_string_append (out, "\\begin{tabular}{l");
    for (guint i = 0; i < n; i++)
      g_string_append_c (out, 'c');
    g_string_append (out, "}\n\\hline\n");
  }
  g_string_append_printf (out, form == AS_MARKDOWN ? "| %s" : "%s",
                          form == AS_CSV ? "variant,title,seeds" : what);
  for (gsize c = 0; c < N_COLUMNS; c++)
    if (shown[c] && form == AS_CSV)
      g_string_append_printf (out, ",%s,%s_sd", columns[c].name, columns[c].name);
    else if (shown[c])
      g_string_append_printf (out, "%s%s", form == AS_LATEX ? " & " : " | ", columns[c].title);
  g_string_append (out, form == AS_LATEX ? " \\\\\n\\hline\n" : form == AS_CSV ? "\n"
                                                                               : " |\n|---");
  for (guint i = 0; form == AS_MARKDOWN && i < n; i++)
    g_string_append (out, "|---:");
  if (form == AS_MARKDOWN)
    g_string_append (out, "|\n");
}

static void
write_cell (Form form, Summary s, GString *out)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, form == AS_CSV ? "," : form == AS_LATEX ? " & "
                                                                : " | ");
  if (form == AS_CSV) {
    if (s.n > 0)
      g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, "%.4f", s.mean));
    g_string_append_c (out, ',');
    if (s.n > 1)
      g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, "%.4f", s.sd));
  } else if (s.n == 0) {
    g_string_append (out, form == AS_LATEX ? "--" : "–");
  } else if (s.n == 1) {
    g_string_append_printf (out, "%.1f", s.mean);
  } else {
    g_string_append_printf (out, form == AS_LATEX ? "$%.1f \\pm %.1f$" : "%.1f ± %.1f", s.mean,
                            s.sd);
  }
}

static void
write_table (Form form, const AblateTable *table, const AblateRows *rows, const GArray *seeds,
             GString *out)
{
  gboolean shown[N_COLUMNS];

  find_columns (table, rows, seeds, shown);
  write_head (form, table, shown, out);
  for (guint v = 0; v < table->variants->len; v++) {
    const GuiseVariant *variant = table->variants->pdata[v];
    g_autoptr (GPtrArray) list = list_rows (rows, variant, seeds);

    if (form == AS_CSV)
      g_string_append_printf (out, "%s,%s,%u", variant->name, variant->title,
                              summarise (list, 0).n);
    else
      g_string_append_printf (out, "%s%s%s", form == AS_MARKDOWN ? "| " : "", variant->title,
                              variant->note == NULL ? "" : form == AS_MARKDOWN ? " *"
                                                                               : "$^*$");
    for (gsize c = 0; c < N_COLUMNS; c++)
      if (shown[c])
        write_cell (form, summarise (list, c), out);
    g_string_append (out, form == AS_MARKDOWN ? " |\n" : form == AS_LATEX ? " \\\\\n"
                                                                          : "\n");
  }
  if (form == AS_LATEX)
    g_string_append (out, "\\hline\n\\end{tabular}\n");
}

/* ---- what is to be known about it ---- */

static void
add_notes (const AblateTable *table, const AblateRows *rows, const GArray *seeds, GString *out)
{
  for (guint v = 0; v < table->variants->len; v++) {
    const GuiseVariant *variant = table->variants->pdata[v];
    g_autoptr (GString) missing = g_string_new (NULL);
    guint n_missing = 0, diverged = 0;

    for (guint s = 0; s < seeds->len; s++) {
      guint64 seed = g_array_index (seeds, guint64, s);
      const AblateRow *row = find_row (rows, variant, seed);

      diverged += row != NULL && row->diverged != NULL;
      if (row == NULL)
        g_string_append_printf (missing, "%s%" G_GUINT64_FORMAT, n_missing++ > 0 ? ", " : "", seed);
    }
    if (variant->note != NULL)
      g_string_append_printf (out, "* %s: %s.\n", variant->title, variant->note);
    if (diverged > 0)
      g_string_append_printf (out, "* %s: %u of %u seeds diverged and have no figures.\n",
                              variant->title, diverged, seeds->len);
    if (n_missing > 0)
      g_string_append_printf (out, "* %s: seed%s %s not finished.\n", variant->title,
                              n_missing > 1 ? "s" : "", missing->str);
  }
}

/* How far chance alone moves the figures, as far as that can be said. */
static void
add_error (const AblateRows *rows, const GArray *seeds, GString *out)
{
  const GuiseMetrics *m = NULL;

  for (guint r = 0; m == NULL && r < rows->rows->len; r++)
    if (g_array_index (rows->rows, AblateRow, r).diverged == NULL)
      m = &g_array_index (rows->rows, AblateRow, r).metrics[ABLATE_CAPTION];
  if (m == NULL)
    return;
  g_string_append_printf (out,
                          "* %zu captions ask %zu pictures: the standard error of R@1 from "
                          "sampling them is up to %.1f points, more since several ask for the same "
                          "person.\n",
                          m->n_queries - m->n_skipped, m->n_gallery,
                          50 / sqrt ((double)(m->n_queries - m->n_skipped)));
  if (seeds->len == 1)
    g_string_append (out, "* One seed: how far seeds differ is not measured, and no order of rows "
                          "follows from small differences.\n");
  else
    g_string_append (out, "* ±: sample standard deviation over the seeds that are finished.\n");
}

char *
ablate_table_create_markdown (const AblateTable *table, const AblateRows *rows,
                              const GArray *seeds)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "## Table %u: %s\n\n", table->number,
                          guise_ablation_describe (table->number));
  write_table (AS_MARKDOWN, table, rows, seeds, out);
  g_string_append_c (out, '\n');
  add_notes (table, rows, seeds, out);
  add_error (rows, seeds, out);
  return g_string_free (out, FALSE);
}

static char *
create_form (Form form, const AblateTable *table, const AblateRows *rows, const GArray *seeds)
{
  GString *out;

  if (form == AS_MARKDOWN)
    return ablate_table_create_markdown (table, rows, seeds);
  out = g_string_new (NULL);
  write_table (form, table, rows, seeds, out);
  return g_string_free (out, FALSE);
}

gboolean
ablate_table_write (const AblateTable *table, const AblateRows *rows, const GArray *seeds,
                    GError **error)
{
  for (guint form = 0; form < N_FORMS; form++) {
    g_autofree char *name = g_strdup_printf ("table-%u.%s", table->number, endings[form]);
    g_autofree char *path = g_build_filename (rows->folder, name, NULL);
    g_autofree char *text = create_form (form, table, rows, seeds);

    if (!guise_atomic_write (path, text, strlen (text), error))
      return FALSE;
  }
  return TRUE;
}
