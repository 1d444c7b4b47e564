#include "efficiency-comparison.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ablate-table.h"
#include "guise-atomic-file.h"
#include "guise-csv.h"
#include "guise-efficiency.h"
#include "guise-project.h"
#include "guise-radar-chart.h"
#include "nn-gemm.h"

enum { FUSION_TABLE = 2,
       N_PAIRS = 128, /* that many are reranked */
       WIDTH = 560,
       HEIGHT = 480,
       SCALE = 2,
       N_SCORES = 5,
       N_BACKBONES = 3 };

/* The axes of the figure, and whether more is better. */
static const struct {
  const char *name;
  gboolean gain;
} scores[N_SCORES] = {
  { "mAP", TRUE },
  { "speed", TRUE },
  { "parameters", FALSE },
  { "multiply-adds", FALSE },
  { "memory", FALSE },
};

static const struct {
  const char *variant, *title;
} backbones[N_BACKBONES] = {
  { "no-mamba", "none" },
  { GUISE_VARIANT_FULL, "Mamba" },
  { "transformer", "Transformer, 4 layers" },
};

typedef struct {
  const char *title;
  guint n_seeds;
  json_t *missing;         /* seeds that the table was asked for and that are not finished */
  double sd;               /* of mAP; NaN for less than two seeds */
  double values[N_SCORES]; /* mAP in percent; pairs a second; numbers; those of a pair; bytes
                            * for N_PAIRS, forward and backward */
} Backbone;

/* ---- what the ablation found ---- */

/* The full model's configuration out of the plan. */
static gboolean
read_full (const AblateRows *rows, GuiseConfig *full, GError **error)
{
  const char *preset = json_string_value (json_object_get (rows->plan, "preset"));

  if (!guise_config_init_preset (full, preset != NULL ? preset : "", error))
    return FALSE;
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    full->loss.weights[k] = 1; /* a configuration names those that are not 1 */
  return guise_config_merge (full, json_object_get (rows->plan, "config"), rows->folder, error)
         && guise_config_check (full, error);
}

static const GuiseVariant *
find_variant (const GPtrArray *variants, const char *name)
{
  for (guint i = 0; i < variants->len; i++)
    if (strcmp (((GuiseVariant *)variants->pdata[i])->name, name) == 0)
      return variants->pdata[i];
  return NULL;
}

static gboolean
read_map (const json_t *summary, const char *variant, Backbone *backbone)
{
  size_t i;
  json_t *row;

  json_array_foreach (summary, i, row)
  {
    json_t *map = json_object_get (json_object_get (row, "mean"), "caption_map"),
           *sd = json_object_get (json_object_get (row, "sd"), "caption_map");

    if (map == NULL || strcmp (json_string_value (json_object_get (row, "variant")), variant) != 0)
      continue;
    backbone->values[0] = json_number_value (map);
    backbone->sd = json_is_number (sd) ? json_number_value (sd) : NAN;
    backbone->n_seeds = (guint)json_array_size (json_object_get (row, "seeds"));
    backbone->missing = json_incref (json_object_get (row, "missing"));
    return TRUE;
  }
  return FALSE;
}

/* ---- what they cost ---- */

static gboolean
measure (CliGlobal *global, const GuiseConfig *config, double seconds, Backbone *backbone,
         GError **error)
{
  GuiseEfficiency measured;
  GuiseCost cost;

  if (!guise_efficiency_measure_pairs (config, N_PAIRS, seconds, &measured, global->cancellable,
                                       error))
    return FALSE;
  guise_cost_count (config, config->text.max_tokens, &cost);
  backbone->values[1] = N_PAIRS / measured.forward_s;
  backbone->values[2] = (double)cost.parameters[GUISE_COST_FUSION];
  backbone->values[3] = (double)cost.macs[GUISE_COST_FUSION];
  backbone->values[4] = measured.both_bytes > 0 ? (double)measured.both_bytes : NAN;
  return TRUE;
}

static gboolean
collect (CliGlobal *global, const AblateRows *rows, double seconds, Backbone *found,
         GError **error)
{
  AblateTable table = { .number = FUSION_TABLE };
  g_autoptr (GPtrArray) variants = NULL;
  g_autoptr (GArray) seeds = ablate_rows_create_asked (rows, FUSION_TABLE);
  json_auto_t *summary = NULL;
  GuiseConfig full;

  if (!read_full (rows, &full, error))
    return FALSE;
  table.variants = variants = guise_ablation_list (FUSION_TABLE, &full);
  summary = ablate_table_summarise (&table, rows, seeds);
  for (gsize b = 0; b < N_BACKBONES; b++) {
    const GuiseVariant *variant = find_variant (variants, backbones[b].variant);

    found[b].title = backbones[b].title;
    if (variant == NULL || !read_map (summary, backbones[b].variant, &found[b])) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "'%s' has no finished row '%s' to compare: 'guisectl ablate --tables 2' makes "
                   "it",
                   rows->folder, backbones[b].variant);
      return FALSE;
    }
    if (!measure (global, &variant->config, seconds, &found[b], error))
      return FALSE;
  }
  return TRUE;
}

/* 100 for the best of the three; half as good, or twice as costly, is 50. */
static double
get_score (const Backbone *found, gsize b, gsize s)
{
  double best = found[0].values[s];

  for (gsize i = 1; i < N_BACKBONES; i++)
    best = scores[s].gain ? MAX (best, found[i].values[s]) : MIN (best, found[i].values[s]);
  return 100 * (scores[s].gain ? found[b].values[s] / best : best / found[b].values[s]);
}

/* ---- output ---- */

static gboolean
save_figure (const Backbone *found, const char *path, GError **error)
{
  const char *axes[N_SCORES + 1] = { NULL };
  g_autoptr (GuiseRadarChart) chart = NULL;

  for (gsize s = 0; s < N_SCORES; s++)
    axes[s] = scores[s].name;
  chart = guise_radar_chart_new ("Fusion backbones, 100 for the best of the three", axes, 100);
  for (gsize b = 0; b < N_BACKBONES; b++) {
    double values[N_SCORES];

    for (gsize s = 0; s < N_SCORES; s++)
      values[s] = get_score (found, b, s);
    guise_radar_chart_add_values (chart, found[b].title, values);
  }
  return guise_radar_chart_save (chart, path, WIDTH, HEIGHT, SCALE, &guise_plot_light, error);
}

static gboolean
save_table (const Backbone *found, const char *path, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  guise_csv_append_row (out,
                        (const char *[]){ "backbone", "score", "value", "of_best", "seeds", NULL },
                        FALSE);
  for (gsize b = 0; b < N_BACKBONES; b++)
    for (gsize s = 0; s < N_SCORES; s++) {
      char value[G_ASCII_DTOSTR_BUF_SIZE], score[G_ASCII_DTOSTR_BUF_SIZE], seeds[16];

      g_ascii_formatd (value, sizeof value, "%.6g", found[b].values[s]);
      g_ascii_formatd (score, sizeof score, "%.2f", get_score (found, b, s));
      g_snprintf (seeds, sizeof seeds, "%u", s == 0 ? found[b].n_seeds : 0);
      guise_csv_append_row (out,
                            (const char *[]){ found[b].title, scores[s].name, value, score,
                                              s == 0 ? seeds : "", NULL },
                            FALSE);
    }
  return guise_atomic_write (path, out->str, out->len, error);
}

static void
print_missing (const Backbone *backbone)
{
  json_t *seed;
  size_t i;

  if (json_array_size (backbone->missing) == 0)
    return;
  printf ("%s: not finished, and not in the mean: seed", backbone->title);
  json_array_foreach (backbone->missing, i, seed)
      printf ("%s %" JSON_INTEGER_FORMAT, i > 0 ? "," : "", json_integer_value (seed));
  putchar ('\n');
}

static void
print_comparison (const Backbone *found)
{
  printf ("backbone                seeds           mAP   pairs a second   parameters   million "
          "multiply-adds   memory MB\n");
  for (gsize b = 0; b < N_BACKBONES; b++) {
    const double *v = found[b].values;

    printf ("%-22s %6u %6.1f", found[b].title, found[b].n_seeds, v[0]);
    if (isnan (found[b].sd))
      printf ("       ");
    else
      printf (" ± %4.1f", found[b].sd);
    printf (" %16.0f %12.0f %23.3f %11.2f\n", v[1], v[2], v[3] / 1e6, v[4] / 1e6);
  }
  for (gsize b = 0; b < N_BACKBONES; b++)
    print_missing (&found[b]);
  printf ("of %d pairs at a time on one thread, products by %s; memory: forward and backward\n",
          N_PAIRS, nn_gemm_core_name ());
}

static json_t *
comparison_to_json (const Backbone *found)
{
  json_t *list = json_array ();

  for (gsize b = 0; b < N_BACKBONES; b++) {
    json_t *row = json_pack ("{s:s, s:i, s:O}", "backbone", found[b].title, "seeds",
                             (int)found[b].n_seeds, "missing", found[b].missing);

    for (gsize s = 0; s < N_SCORES; s++) {
      json_t *values = json_object ();

      json_object_set_new (values, "value", json_real (found[b].values[s]));
      json_object_set_new (values, "of_best", json_real (get_score (found, b, s)));
      json_object_set_new (row, scores[s].name, values);
    }
    json_array_append_new (list, row);
  }
  return json_pack ("{s:o}", "comparison", list);
}

/* ---- public ---- */

static void
clear_found (Backbone *found)
{
  for (gsize b = 0; b < N_BACKBONES; b++)
    json_decref (found[b].missing);
}

static gboolean
load (CliGlobal *global, const char *name, AblateRows *rows, GError **error)
{
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, error);
  g_autofree char *folder = NULL;

  if (project == NULL)
    return FALSE;
  folder = g_build_filename (guise_project_get_folder (project), "runs", name, NULL);
  return ablate_rows_load (rows, folder, error);
}

int
efficiency_compare (CliGlobal *global, const char *name, double seconds, const char *output)
{
  g_auto (AblateRows) rows = { 0 };
  Backbone found[N_BACKBONES] = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean good = load (global, name, &rows, &error)
                  && collect (global, &rows, seconds, found, &error);

  if (good && output != NULL)
    good = g_str_has_suffix (output, ".csv") ? save_table (found, output, &error)
                                             : save_figure (found, output, &error);
  if (good && !global->json && !global->quiet)
    print_comparison (found);
  if (good)
    cli_put_result (global, comparison_to_json (found));
  clear_found (found);
  return good ? CLI_DONE : cli_fail (global, error);
}
