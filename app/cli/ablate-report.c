#include "ablate-report.h"

#include <string.h>

#include "guise-atomic-file.h"
#include "nn-gemm.h"

static const char legend[]
    = "R@1 to mINP: free captions ask, a picture of the person is a hit (the official protocol), "
      "by the λ that validation chose. Outfit mAP: of the same, the outfit must fit too. Who: "
      "identity descriptions by the identity branch alone. Wearing: clothing descriptions by the "
      "clothing branch alone, the outfit is the hit. Both: one of each. Other outfit: a picture "
      "asks by its identity for the person in other clothes. Reranked: the first 128 of who "
      "reordered by the match head. From v, from c: what linear probes read off the identity and "
      "off the clothing embedding. All in percent, on the test images; the weights are those that "
      "did best in validation. An asterisk marks rows with a note.\n";

/* Which losses come in late, and when. */
static void
describe_ramp (const AblateReport *report, GString *out)
{
  const GuiseConfig *config = report->full;

  if (config->loss.ramp.terms.n == 0)
    return;
  for (gsize i = 0; i < config->loss.ramp.terms.n; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "",
                            guise_term_name (config->loss.ramp.terms.item[i]));
  g_string_append_printf (out, " come in from step %zu over %zu steps. ", config->loss.ramp.start,
                          config->loss.ramp.length);
}

static void
write_head (const AblateReport *report, GString *out)
{
  guint n = report->rows->rows->len, n_resumed = 0;
  double seconds = 0;

  for (guint r = 0; r < n; r++) {
    const AblateRow *row = &g_array_index (report->rows->rows, AblateRow, r);

    seconds += row->seconds;
    n_resumed += row->resumed;
  }
  g_string_append_printf (out, "# Ablations\n\nPreset %s, %zu updates a training", report->preset,
                          report->full->train.steps);
  if (report->preset_steps != report->full->train.steps)
    g_string_append_printf (out, " (its own is %zu)", report->preset_steps);
  if (report->full->train.precision != GUISE_PRECISION_FLOAT32)
    g_string_append_printf (out, ", the encoders' products in %s",
                            guise_precision_get_names ()[report->full->train.precision]);
  g_string_append (out, ". ");
  describe_ramp (report, out);
  g_string_append (out, report->seeds->len > 1 ? "Seeds" : "Seed");
  for (guint s = 0; s < report->seeds->len; s++)
    g_string_append_printf (out, " %" G_GUINT64_FORMAT, g_array_index (report->seeds, guint64, s));
  if (report->n_persons > 0 && report->n_persons < report->n_known)
    g_string_append_printf (out, ", the first %zu of %zu persons of the training split",
                            report->n_persons, report->n_known);
  else
    g_string_append_printf (out, ", all %zu persons of the training split", report->n_known);
  g_string_append_printf (out,
                          ". Guise " GUISE_VERSION ", %u threads, products by %s; %u trainings "
                          "with their evaluations took %.0f s",
                          report->n_threads, nn_gemm_core_name (), n, seconds);
  if (n_resumed > 0)
    g_string_append_printf (out, ", the time of %u before they were interrupted not counted",
                            n_resumed);
  g_string_append_printf (out, ".\n\n%s\n", legend);
}

gboolean
ablate_report_write (const AblateReport *report, GError **error)
{
  g_autofree char *path = g_build_filename (report->rows->folder, "report.md", NULL);
  g_autoptr (GString) out = g_string_new (NULL);

  write_head (report, out);
  for (guint t = 0; t < report->tables->len; t++) {
    const AblateTable *table = report->tables->pdata[t];
    g_autofree char *text = ablate_table_create_markdown (table, report->rows, report->seeds);

    g_string_append_printf (out, "%s\n", text);
    if (!ablate_table_write (table, report->rows, report->seeds, error))
      return FALSE;
  }
  return guise_atomic_write (path, out->str, out->len, error);
}
