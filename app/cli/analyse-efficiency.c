#include "analyse-efficiency.h"

#include <stdio.h>
#include <string.h>

#include "efficiency-comparison.h"
#include "guise-macs.h"
#include "guise-project.h"
#include "guise-run-folder.h"
#include "nn-gemm.h"

enum { TEXT_TOKENS = 20,       /* of the text that a run's parts are measured with */
       TRANSFORMER_LAYERS = 4, /* the paper's figure 5 */
       MAX_TOKENS = 1 << 16 };

typedef struct {
  char *run, *preset, *ablation, *output;
  gint64 max_tokens;
  double seconds; /* for each measurement, about */
} Options;

static void
options_clear (Options *options)
{
  g_free (options->run);
  g_free (options->preset);
  g_free (options->ablation);
  g_free (options->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* ---- curves ---- */

static void
curve_free (gpointer data)
{
  EfficiencyCurve *curve = data;

  g_free (curve->title);
  g_array_unref (curve->points);
  g_free (curve);
}

static void
add_curve (GPtrArray *curves, const char *name, const char *title, const GuiseConfig *config,
           GuiseBackbone backbone, gsize layers)
{
  EfficiencyCurve *curve = g_new0 (EfficiencyCurve, 1);

  curve->name = name;
  curve->title = layers > 0 ? g_strdup_printf ("%s, %zu layers", title, layers) : g_strdup (title);
  curve->config = *config;
  curve->config.fusion.enabled = TRUE;
  curve->config.fusion.backbone = (int)backbone;
  curve->config.fusion.layers = layers;
  curve->parameters = guise_cost_count_backbone_parameters (&curve->config);
  curve->points = g_array_new (FALSE, FALSE, sizeof (EfficiencyPoint));
  g_ptr_array_add (curves, curve);
}

static GPtrArray *
list_curves (const GuiseConfig *config)
{
  GPtrArray *curves = g_ptr_array_new_with_free_func (curve_free);

  add_curve (curves, "none", "none", config, GUISE_BACKBONE_NONE, 0);
  add_curve (curves, "mamba", "Mamba", config, GUISE_BACKBONE_MAMBA, config->fusion.layers);
  add_curve (curves, "transformer", "Transformer", config, GUISE_BACKBONE_TRANSFORMER,
             TRANSFORMER_LAYERS);
  return curves;
}

/* Two tokens, four … up to n_max. */
static gboolean
measure_curve (EfficiencyCurve *curve, const Options *options, CliProgress *progress,
               guint64 *done, guint64 total, GError **error)
{
  for (gsize length = 2; length <= (gsize)options->max_tokens; length *= 2) {
    EfficiencyPoint point
        = { .length = length, .macs = (guint64)guise_macs_backbone (&curve->config, length) };

    if (!guise_efficiency_measure_fusion (&curve->config, length, options->seconds, &point.measured,
                                          progress->global->cancellable, error))
      return FALSE;
    g_array_append_val (curve->points, point);
    if (!progress->global->json)
      cli_progress_update (progress, ++*done, total);
  }
  return TRUE;
}

static gboolean
measure_curves (CliGlobal *global, GPtrArray *curves, const Options *options, GError **error)
{
  CliProgress progress;
  guint64 done = 0, total = 0;
  gboolean good = TRUE;

  for (gsize length = 2; length <= (gsize)options->max_tokens; length *= 2)
    total += curves->len;
  cli_progress_start (&progress, global, "measuring");
  for (guint c = 0; good && c < curves->len; c++) {
    EfficiencyCurve *curve = curves->pdata[c];

    good = guise_config_check (&curve->config, error)
           && measure_curve (curve, options, &progress, &done, total, error);
  }
  cli_progress_end (&progress);
  return good;
}

/* ---- a run's model by parts ---- */

typedef struct {
  GuiseCost cost;
  double seconds[GUISE_N_COSTS];
  gsize n_tokens;
} Parts;

static gboolean
measure_run (CliGlobal *global, const Options *options, GuiseConfig *config, Parts *parts,
             GError **error)
{
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, error);
  g_autofree char *folder
      = project != NULL ? guise_project_get_run_folder (project, options->run) : NULL;
  g_autofree char *checkpoint = folder != NULL ? guise_run_find_model (folder, error) : NULL;
  g_autoptr (GuiseModel) model = checkpoint != NULL ? guise_model_load (checkpoint, error) : NULL;

  if (model == NULL)
    return FALSE;
  *config = model->config;
  parts->n_tokens = MIN (TEXT_TOKENS, config->text.max_tokens);
  guise_cost_count (config, parts->n_tokens, &parts->cost);
  return guise_efficiency_measure_parts (model, parts->n_tokens, options->seconds, parts->seconds,
                                         global->cancellable, error);
}

static json_t *
parts_to_json (const Parts *parts)
{
  json_t *list = json_array ();

  for (guint i = 0; i < GUISE_N_COSTS; i++)
    json_array_append_new (list, json_pack ("{s:s, s:I, s:I, s:f}", "part",
                                            guise_cost_part_name (i), "parameters",
                                            (json_int_t)parts->cost.parameters[i], "macs",
                                            (json_int_t)parts->cost.macs[i], "seconds",
                                            parts->seconds[i]));
  return list;
}

static void
print_parts (const char *run, const Parts *parts)
{
  guint64 parameters = 0, macs = 0;
  double seconds = 0;

  printf ("%s, one image and one text of %zu tokens\n"
          "part           parameters   million multiply-adds          ms\n",
          run, parts->n_tokens);
  for (guint i = 0; i < GUISE_N_COSTS; i++) {
    printf ("%-12s %12" G_GUINT64_FORMAT " %23.3f %11.4f\n", guise_cost_part_name (i),
            parts->cost.parameters[i], (double)parts->cost.macs[i] / 1e6, 1e3 * parts->seconds[i]);
    parameters += parts->cost.parameters[i];
    macs += parts->cost.macs[i];
    seconds += parts->seconds[i];
  }
  printf ("%-12s %12" G_GUINT64_FORMAT " %23.3f %11.4f\n\n", "all", parameters,
          (double)macs / 1e6, 1e3 * seconds);
}

/* ---- the command ---- */

static int
run_command (CliGlobal *global, const Options *options, GuiseConfig *config)
{
  g_autoptr (GPtrArray) curves = NULL;
  g_autoptr (GError) error = NULL;
  Parts parts = { 0 };
  json_t *result;

  if (!cli_check_output (options->output, &error)
      || (options->run != NULL && !measure_run (global, options, config, &parts, &error)))
    return cli_fail (global, error);
  curves = list_curves (config);
  if (!measure_curves (global, curves, options, &error)
      || (options->output != NULL && !efficiency_save (curves, options->output, &error)))
    return cli_fail (global, error);
  if (!global->json && !global->quiet) {
    if (options->run != NULL)
      print_parts (options->run, &parts);
    printf ("The fusion's layers, width %zu, products by %s, one thread\n", config->fusion.size,
            nn_gemm_core_name ());
    efficiency_print (curves);
  }
  result = json_pack ("{s:I, s:s, s:o}", "width", (json_int_t)config->fusion.size, "products",
                      nn_gemm_core_name (), "fusion", efficiency_to_json (curves));
  if (options->run != NULL)
    json_object_set_new (result, "parts", parts_to_json (&parts));
  cli_put_result (global, result);
  return CLI_DONE;
}

/* FALSE after a line of wrong usage. */
static gboolean
check_options (const Options *options)
{
  g_autoptr (GError) error = NULL;

  if ((options->run != NULL) + (options->preset != NULL) + (options->ablation != NULL) > 1)
    cli_usage ("analyse efficiency: --run, --preset and --ablation exclude each other");
  else if (options->ablation != NULL && !guise_run_check_name (options->ablation, &error))
    cli_usage ("analyse efficiency: --ablation: %s", error->message);
  else if (options->max_tokens < 2 || options->max_tokens > MAX_TOKENS)
    cli_usage ("analyse efficiency: --max-tokens must lie between 2 and %d", MAX_TOKENS);
  else if (!(options->seconds >= 0 && options->seconds <= 3600))
    cli_usage ("analyse efficiency: --seconds must lie between 0 and 3600");
  else if (options->output != NULL && !efficiency_knows_ending (options->output))
    cli_usage ("analyse efficiency: -o is no .svg, .pdf, .png or .csv file: '%s'",
               options->output);
  else
    return TRUE;
  return FALSE;
}

int
analyse_efficiency (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .max_tokens = 2048, .seconds = 0.2 };
  const GOptionEntry entries[] = {
    { "run", 0, 0, G_OPTION_ARG_STRING, &options.run,
      "Measure this run's model by parts too, and a fusion of its size", "NAME" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset,
      "The fusion of this preset (default: recommended)", "NAME" },
    { "ablation", 0, 0, G_OPTION_ARG_STRING, &options.ablation,
      "Instead: the three backbones of this ablation with their mAP, over the seeds that "
      "`ablate --tables 2` was last asked for",
      "NAME" },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT64, &options.max_tokens,
      "The longest sequence (default: 2048)", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.seconds,
      "How long each measurement is repeated, about (default: 0.2); three times at least", "S" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
      "Also write the figure (.svg .pdf .png) or the table (.csv)", "FILE" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  if (!cli_parse (global, entries, NULL,
                  "What the fusion's layers cost over sequences of 2, 4 … tokens: nothing, Mamba "
                  "and a Transformer of\nfour layers, forward, and forward and backward. Measured "
                  "on one thread: leave the machine alone.",
                  "guisectl analyse efficiency -o efficiency.svg", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (!check_options (&options))
    return CLI_USAGE;
  if (!guise_config_init_preset (&config,
                                 options.preset != NULL ? options.preset : "recommended", &error))
    return cli_usage ("analyse efficiency: %s", error->message);
  cli_watch_signals (global);
  nn_gemm_init ();
  if (options.ablation == NULL)
    return run_command (global, &options, &config);
  if (!cli_check_output (options.output, &error))
    return cli_fail (global, error);
  return efficiency_compare (global, options.ablation, options.seconds, options.output);
}
