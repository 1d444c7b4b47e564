#include "guise-ablation.h"

#include <string.h>

#define FUSION_LAYERS 4 /* of the Transformer in the paper's figure 5 */
#define SHALLOW_LAYERS 3

/* What a row does to the full model's configuration. */
typedef void (*Change) (GuiseConfig *config);

typedef struct {
  const char *name, *title;
  Change change;
} Row;

static void
drop_bdam (GuiseConfig *config)
{
  config->bdam.enabled = FALSE;
}

static void
drop_cross (GuiseConfig *config)
{
  config->bdam.cross_attention = FALSE;
}

static void
drop_gate (GuiseConfig *config)
{
  config->bdam.gate = FALSE;
}

static void
set_depth (GuiseConfig *config)
{
  config->bdam.self_layers = SHALLOW_LAYERS;
}

static void
drop_fusion (GuiseConfig *config)
{
  config->fusion.enabled = FALSE;
}

static void
drop_backbone (GuiseConfig *config)
{
  config->fusion.backbone = GUISE_BACKBONE_NONE;
}

static void
drop_modality_gate (GuiseConfig *config)
{
  config->fusion.gate = FALSE;
}

static void
drop_alignment (GuiseConfig *config)
{
  config->fusion.align = FALSE;
}

static void
set_transformer (GuiseConfig *config)
{
  config->fusion.backbone = GUISE_BACKBONE_TRANSFORMER;
  config->fusion.layers = FUSION_LAYERS;
}

static const Row bdam_rows[] = {
  { "no-bdam", "without BDAM", drop_bdam },
  { "no-cross", "without cross-attention", drop_cross },
  { "no-gate", "without gate", drop_gate },
  { "three-layers", "three self-attention layers", set_depth },
};

static const Row fusion_rows[] = {
  { "no-fusion", "without fusion", drop_fusion },
  { "no-mamba", "without Mamba", drop_backbone },
  { "no-modality-gate", "without gate", drop_modality_gate },
  { "no-alignment", "without alignment", drop_alignment },
  { "transformer", "four Transformer layers for Mamba", set_transformer },
};

static const struct {
  const char *method, *title;
} style_rows[] = {
  { "none", "none" },
  { "random", "random" },
  { "kmeans", "k-means" },
  { "gmm", "GMM" },
  { "agglomerative", "agglomerative" },
  { "hdbscan", "HDBSCAN" },
  { "dbscan", "DBSCAN" },
};

/* As the loss is called in a row: "without InfoNCE of identity". */
static const char *const term_titles[GUISE_N_TERMS] = {
  [GUISE_TERM_INFO] = "InfoNCE of identity",
  [GUISE_TERM_CAPTION] = "InfoNCE of captions",
  [GUISE_TERM_TRIPLET] = "triplet",
  [GUISE_TERM_ADV] = "adversary",
  [GUISE_TERM_DECOUPLE] = "decoupling",
  [GUISE_TERM_CLOTH] = "InfoNCE of clothing",
  [GUISE_TERM_MATCH] = "matching",
};

/* ---- lists ---- */

static void
variant_free (gpointer data)
{
  GuiseVariant *variant = data;

  g_free (variant->name);
  g_free (variant->title);
  g_free (variant->note);
  g_free (variant);
}

static GuiseVariant *
add_variant (GPtrArray *list, const char *name, char *title, const GuiseConfig *config)
{
  GuiseVariant *variant = g_new0 (GuiseVariant, 1);

  variant->name = g_strdup (name);
  variant->title = title;
  variant->config = *config;
  g_ptr_array_add (list, variant);
  return variant;
}

static gboolean
is_same (const GuiseConfig *a, const GuiseConfig *b)
{
  json_auto_t *first = guise_config_to_json (a), *second = guise_config_to_json (b);

  return json_equal (first, second);
}

/* The row is the full model's training, for the reason that note gives. */
static void
make_full (GuiseVariant *variant, const GuiseConfig *full, char *note)
{
  g_free (variant->name);
  g_free (variant->note);
  variant->name = g_strdup (GUISE_VARIANT_FULL);
  variant->note = note;
  variant->config = *full;
}

/* The step from which a term counts. */
static gsize
get_start (const GuiseConfig *config, GuiseTerm term)
{
  return guise_term_list_contains (&config->loss.ramp.terms, term) ? config->loss.ramp.start : 0;
}

static gboolean
is_late (const GuiseConfig *config, GuiseTerm term)
{
  return get_start (config, term) >= config->train.steps;
}

static char *
describe_late (const GuiseConfig *config, GuiseTerm term)
{
  return g_strdup_printf ("'%s' takes no part: it comes in at step %zu, the training has %zu",
                          guise_term_name (term), get_start (config, term), config->train.steps);
}

static void
add_row (GPtrArray *list, const Row *row, const GuiseConfig *full)
{
  GuiseVariant *variant = add_variant (list, row->name, g_strdup (row->title), full);

  row->change (&variant->config);
  if (is_same (&variant->config, full))
    make_full (variant, full, g_strdup ("the full model is so already"));
}

static void
add_bdam_rows (GPtrArray *list, const GuiseConfig *full)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bdam_rows); i++) {
    GuiseVariant *variant;

    add_row (list, &bdam_rows[i], full);
    variant = list->pdata[list->len - 1];
    if (bdam_rows[i].change == set_depth && variant->note == NULL)
      variant->note = g_strdup_printf ("the full model has %zu", full->bdam.self_layers);
  }
}

static gboolean
trains_fusion (const GuiseConfig *config)
{
  return config->fusion.enabled && guise_term_list_contains (&config->loss.terms, GUISE_TERM_MATCH)
         && !is_late (config, GUISE_TERM_MATCH);
}

static void
add_fusion_rows (GPtrArray *list, const GuiseConfig *full)
{
  gboolean trained = trains_fusion (full);

  for (gsize i = 0; i < G_N_ELEMENTS (fusion_rows); i++)
    add_row (list, &fusion_rows[i], full);
  for (guint i = 0; i < list->len; i++) {
    GuiseVariant *variant = list->pdata[i];

    variant->reranks = trained && variant->config.fusion.enabled;
    if (variant->note == NULL && !trained && !full->loss.triplet_on.fused)
      variant->note = g_strdup ("no loss trains the fusion");
  }
}

/* ---- losses ---- */

static void
remove_term (GuiseTermList *list, GuiseTerm term)
{
  gsize n = 0;

  for (gsize i = 0; i < list->n; i++)
    if (list->item[i] != term)
      list->item[n++] = list->item[i];
  list->n = n;
}

static void
drop_term (GPtrArray *list, const GuiseConfig *full, GuiseTerm term)
{
  g_autofree char *name = g_strdup_printf ("no-%s", guise_term_name (term));
  GuiseVariant *variant
      = add_variant (list, name, g_strdup_printf ("without %s", term_titles[term]), full);
  GuiseConfig *config = &variant->config;

  remove_term (&config->loss.terms, term);
  remove_term (&config->loss.ramp.terms, term);
  remove_term (&config->gradnorm.tasks, term);
  if (is_late (full, term))
    make_full (variant, full, describe_late (full, term));
}

/* A loss that the full model goes without; it comes in with the others that are not there from the
 * start. */
static void
put_term (GPtrArray *list, const GuiseConfig *full, GuiseTerm term)
{
  g_autofree char *name = g_strdup_printf ("with-%s", guise_term_name (term));
  GuiseVariant *variant
      = add_variant (list, name, g_strdup_printf ("with %s", term_titles[term]), full);
  GuiseConfig *config = &variant->config;

  config->loss.terms.item[config->loss.terms.n++] = term;
  if (config->loss.ramp.terms.n > 0 && !guise_term_list_contains (&config->loss.ramp.terms, term))
    config->loss.ramp.terms.item[config->loss.ramp.terms.n++] = term;
  if (is_late (config, term)) {
    char *note = describe_late (config, term);

    make_full (variant, full, note);
  } else {
    variant->note = g_strdup ("the full model goes without it");
  }
}

static void
drop_gate_penalty (GPtrArray *list, const GuiseConfig *full)
{
  GuiseVariant *variant
      = add_variant (list, "no-gate-penalty", g_strdup ("without penalty on the gates"), full);

  variant->config.loss.gate_weight = 0;
  if (is_same (&variant->config, full))
    make_full (variant, full, g_strdup ("the full model is so already"));
}

static void
add_loss_rows (GPtrArray *list, const GuiseConfig *full)
{
  GuiseTermList active;

  guise_config_get_active_terms (full, &active);
  for (gsize i = 0; active.n > 1 && i < active.n; i++)
    drop_term (list, full, active.item[i]);
  drop_gate_penalty (list, full);
  for (GuiseTerm term = 0; term < GUISE_N_TERMS; term++)
    if (!guise_term_list_contains (&full->loss.terms, term)
        && (term != GUISE_TERM_MATCH || full->fusion.enabled))
      put_term (list, full, term);
}

/* ---- styles ---- */

static void
add_style_rows (GPtrArray *list, const GuiseConfig *full)
{
  for (gsize i = 0; i < G_N_ELEMENTS (style_rows); i++) {
    g_autofree char *name = g_strconcat ("styles-", style_rows[i].method, NULL);

    add_variant (list, name, g_strdup (style_rows[i].title), full)->styles = style_rows[i].method;
  }
}

/* ---- public ---- */

static const struct {
  const char *title;
  void (*add) (GPtrArray *list, const GuiseConfig *full);
  gboolean has_full;
} tables[] = {
  { "disentanglement (BDAM)", add_bdam_rows, TRUE },
  { "fusion", add_fusion_rows, TRUE },
  { "losses", add_loss_rows, TRUE },
  { "clustering of styles", add_style_rows, FALSE },
};

const char *
guise_ablation_describe (guint table)
{
  return table >= 1 && table <= G_N_ELEMENTS (tables) ? tables[table - 1].title : NULL;
}

GPtrArray *
guise_ablation_list (guint table, const GuiseConfig *full)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (variant_free);

  g_return_val_if_fail (guise_ablation_describe (table) != NULL, list);
  if (tables[table - 1].has_full)
    add_variant (list, GUISE_VARIANT_FULL, g_strdup ("full"), full)->reranks = trains_fusion (full);
  tables[table - 1].add (list, full);
  return list;
}

void
guise_ablation_scale (GuiseConfig *config, gsize steps)
{
  double share = (double)steps / (double)config->train.steps;

  if (share < 1) {
    config->loss.ramp.start = (gsize)((double)config->loss.ramp.start * share);
    config->loss.ramp.length = (gsize)((double)config->loss.ramp.length * share);
  }
  config->train.steps = steps;
}
