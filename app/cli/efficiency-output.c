/* What `analyse efficiency` found, as a table, a figure and JSON. */
#include "analyse-efficiency.h"

#include <stdio.h>
#include <string.h>

#include "guise-atomic-file.h"
#include "guise-chart.h"
#include "guise-csv.h"

enum { WIDTH = 900,
       HEIGHT = 640,
       SCALE = 2,
       N_COLUMNS = 2 };

/* What is shown of a point. Memory of 0 was not measurable: a gap. */
static double
get_forward (const EfficiencyPoint *point)
{
  return 1e3 * point->measured.forward_s;
}

static double
get_both (const EfficiencyPoint *point)
{
  return 1e3 * point->measured.both_s;
}

static double
get_memory (const EfficiencyPoint *point)
{
  return (double)point->measured.both_bytes / 1e6;
}

static double
get_macs (const EfficiencyPoint *point)
{
  return (double)point->macs / 1e6;
}

static const struct {
  const char *title, *unit;
  double (*get) (const EfficiencyPoint *point);
} panels[] = {
  { "Forward", "ms", get_forward },
  { "Forward and backward", "ms", get_both },
  { "Peak memory, forward and backward", "MB", get_memory },
  { "Multiply-adds, forward", "millions", get_macs },
};

/* ---- figure ---- */

static GuiseChart *
make_chart (const GPtrArray *curves, gsize p)
{
  GuiseChart *chart = guise_chart_new (panels[p].title, "tokens", panels[p].unit);

  guise_chart_set_log_x (chart, TRUE);
  guise_chart_set_log_y (chart, TRUE);
  for (guint c = 0; c < curves->len; c++) {
    const EfficiencyCurve *curve = curves->pdata[c];
    guint series;

    if (curve->parameters == 0) /* nothing is done there: far below the others */
      continue;
    series = guise_chart_add_series (chart, curve->title);
    for (guint i = 0; i < curve->points->len; i++) {
      const EfficiencyPoint *point = &g_array_index (curve->points, EfficiencyPoint, i);

      guise_chart_append (chart, series, (double)point->length, panels[p].get (point));
    }
  }
  return chart;
}

static gboolean
save_figure (const GPtrArray *curves, const char *path, GError **error)
{
  GuiseChart *charts[G_N_ELEMENTS (panels)];
  gboolean good;

  for (gsize p = 0; p < G_N_ELEMENTS (panels); p++)
    charts[p] = make_chart (curves, p);
  good = guise_chart_save_grid ((const GuiseChart *const *)charts, G_N_ELEMENTS (panels),
                                N_COLUMNS, path, WIDTH, HEIGHT, SCALE, &guise_plot_light, error);
  for (gsize p = 0; p < G_N_ELEMENTS (panels); p++)
    guise_chart_free (charts[p]);
  return good;
}

/* ---- CSV ---- */

static void
append_row (GString *out, const EfficiencyCurve *curve, const EfficiencyPoint *point)
{
  const GuiseEfficiency *m = &point->measured;
  char text[8][G_ASCII_DTOSTR_BUF_SIZE];

  g_snprintf (text[0], sizeof text[0], "%zu", curve->config.fusion.layers);
  g_snprintf (text[1], sizeof text[1], "%" G_GUINT64_FORMAT, curve->parameters);
  g_snprintf (text[2], sizeof text[2], "%zu", point->length);
  g_snprintf (text[3], sizeof text[3], "%" G_GUINT64_FORMAT, point->macs);
  g_ascii_formatd (text[4], sizeof text[4], "%.9f", m->forward_s);
  g_ascii_formatd (text[5], sizeof text[5], "%.9f", m->both_s);
  g_snprintf (text[6], sizeof text[6], "%" G_GUINT64_FORMAT, m->forward_bytes);
  g_snprintf (text[7], sizeof text[7], "%" G_GUINT64_FORMAT, m->both_bytes);
  guise_csv_append_row (out,
                        (const char *[]){ curve->name, text[0], text[1], text[2], text[3], text[4],
                                          text[5], text[6], text[7], NULL },
                        FALSE);
}

static gboolean
save_table (const GPtrArray *curves, const char *path, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  guise_csv_append_row (out,
                        (const char *[]){ "backbone", "layers", "parameters", "tokens", "macs",
                                          "forward_s", "both_s", "forward_bytes", "both_bytes",
                                          NULL },
                        FALSE);
  for (guint c = 0; c < curves->len; c++) {
    const EfficiencyCurve *curve = curves->pdata[c];

    for (guint i = 0; i < curve->points->len; i++)
      append_row (out, curve, &g_array_index (curve->points, EfficiencyPoint, i));
  }
  return guise_atomic_write (path, out->str, out->len, error);
}

gboolean
efficiency_knows_ending (const char *path)
{
  static const char *const endings[] = { ".svg", ".pdf", ".png", ".csv" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (path, endings[i]))
      return TRUE;
  return FALSE;
}

gboolean
efficiency_save (const GPtrArray *curves, const char *path, GError **error)
{
  return g_str_has_suffix (path, ".csv") ? save_table (curves, path, error)
                                         : save_figure (curves, path, error);
}

/* ---- for people ---- */

/* How the last eighth of the lengths grows: eight times the tokens, how many times the cost? */
static void
print_growth (const EfficiencyCurve *curve)
{
  guint n = curve->points->len;
  const EfficiencyPoint *last = n > 3 ? &g_array_index (curve->points, EfficiencyPoint, n - 1)
                                      : NULL;
  const EfficiencyPoint *first = n > 3 ? &g_array_index (curve->points, EfficiencyPoint, n - 4)
                                       : NULL;

  if (last == NULL || last->macs == 0)
    return;
  printf ("from %zu to %zu tokens, %zu times as many: multiply-adds %.1f times, forward %.1f "
          "times, with backward %.1f times\n",
          first->length, last->length, last->length / first->length,
          (double)last->macs / (double)first->macs,
          last->measured.forward_s / first->measured.forward_s,
          last->measured.both_s / first->measured.both_s);
}

void
efficiency_print (const GPtrArray *curves)
{
  for (guint c = 0; c < curves->len; c++) {
    const EfficiencyCurve *curve = curves->pdata[c];

    printf ("%s: %" G_GUINT64_FORMAT " parameters\n"
            "  tokens   million multiply-adds   forward ms   and backward ms   memory MB, both\n",
            curve->title, curve->parameters);
    for (guint i = 0; i < curve->points->len; i++) {
      const EfficiencyPoint *point = &g_array_index (curve->points, EfficiencyPoint, i);

      printf ("%8zu %23.3f %12.4f %17.4f %8.2f %8.2f\n", point->length, get_macs (point),
              get_forward (point), get_both (point),
              (double)point->measured.forward_bytes / 1e6, get_memory (point));
    }
    print_growth (curve);
  }
}

json_t *
efficiency_to_json (const GPtrArray *curves)
{
  json_t *list = json_array ();

  for (guint c = 0; c < curves->len; c++) {
    const EfficiencyCurve *curve = curves->pdata[c];
    json_t *points = json_array ();

    for (guint i = 0; i < curve->points->len; i++) {
      const EfficiencyPoint *p = &g_array_index (curve->points, EfficiencyPoint, i);

      json_array_append_new (
          points, json_pack ("{s:I, s:I, s:f, s:f, s:I, s:I}", "tokens", (json_int_t)p->length,
                             "macs", (json_int_t)p->macs, "forward_s", p->measured.forward_s,
                             "both_s", p->measured.both_s, "forward_bytes",
                             (json_int_t)p->measured.forward_bytes, "both_bytes",
                             (json_int_t)p->measured.both_bytes));
    }
    json_array_append_new (list, json_pack ("{s:s, s:I, s:I, s:o}", "backbone", curve->name,
                                            "layers", (json_int_t)curve->config.fusion.layers,
                                            "parameters", (json_int_t)curve->parameters, "points",
                                            points));
  }
  return list;
}
