/* A configuration as JSON: its keys with their bounds and names, read and written. */
#include "guise-config.h"

#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"

static const char *const term_names[]
    = { "info", "caption", "triplet", "adv", "decouple", "cloth", "match", NULL };
static const char *const backbone_names[] = { "mamba", "transformer", "none", NULL };
static const char *const sequence_names[] = { "single", "pair", "triple", NULL };
static const char *const adversary_names[] = { "identity", "clothing", NULL };
static const char *const decouple_names[] = { "text-cka", "hsic", "hsic-unit", NULL };
static const char *const ratio_names[] = { "floored", "plain", NULL };
static const char *const alpha_role_names[] = { "exponent", "coefficient", NULL };
static const char *const reference_names[] = { "mean", "first", NULL };
static const char *const init_names[] = { "finetune", "scratch", NULL };
static const char *const precision_names[] = { "float32", "bfloat16", NULL };

typedef enum {
  KIND_SIZE,     /* gsize */
  KIND_INT,      /* int */
  KIND_REAL,     /* double */
  KIND_BOOL,     /* gboolean */
  KIND_CHOICE,   /* int out of names */
  KIND_SIZES,    /* gsize[2] */
  KIND_REALS,    /* double[2] */
  KIND_TERMS,    /* GuiseTermList */
  KIND_WEIGHTS,  /* double[GUISE_N_TERMS], a dictionary */
  KIND_BRANCHES, /* loss.triplet_on */
} Kind;

typedef struct {
  const char *key; /* "section.name" */
  Kind kind;
  gsize offset;
  double min, max; /* of a number, both allowed */
  const char *const *names;
} Entry;

#define AT(field) G_STRUCT_OFFSET (GuiseConfig, field)
#define SIZE(name, low, high)                   \
  {                                             \
#name, KIND_SIZE, AT(name), low, high, NULL \
  }
#define REAL(name, low, high)                   \
  {                                             \
#name, KIND_REAL, AT(name), low, high, NULL \
  }
#define BOOL(name)                         \
  {                                        \
#name, KIND_BOOL, AT(name), 0, 1, NULL \
  }
#define CHOICE(name, names)                   \
  {                                           \
#name, KIND_CHOICE, AT(name), 0, 0, names \
  }
#define PAIR(name, kind, low, high)        \
  {                                        \
#name, kind, AT(name), low, high, NULL \
  }

/* In the order in which config.json is written; entries of one section stand together. */
static const Entry entries[] = {
  PAIR (vision.image_size, KIND_SIZES, 1, 4096),
  SIZE (vision.patch_size, 1, 256),
  SIZE (vision.hidden_size, 1, 16384),
  SIZE (vision.layers, 0, 256),
  SIZE (vision.heads, 1, 256),
  SIZE (vision.mlp_size, 1, 65536),
  REAL (vision.layer_norm_eps, 0, 1),
  SIZE (text.vocab_size, 1, 1 << 20),
  SIZE (text.hidden_size, 1, 16384),
  SIZE (text.layers, 0, 256),
  SIZE (text.heads, 1, 256),
  SIZE (text.mlp_size, 1, 65536),
  SIZE (text.max_positions, 2, 65536),
  SIZE (text.max_tokens, 2, 65536),
  REAL (text.layer_norm_eps, 0, 1),
  SIZE (text.pad_id, 0, 1 << 20),
  BOOL (bdam.enabled),
  SIZE (bdam.self_layers, 0, 64),
  SIZE (bdam.cross_layers, 0, 64),
  SIZE (bdam.heads, 1, 256),
  BOOL (bdam.cross_attention),
  BOOL (bdam.gate),
  BOOL (fusion.enabled),
  BOOL (fusion.align),
  BOOL (fusion.gate),
  CHOICE (fusion.backbone, backbone_names),
  CHOICE (fusion.sequence, sequence_names),
  SIZE (fusion.size, 1, 16384),
  SIZE (fusion.layers, 0, 64),
  SIZE (fusion.heads, 1, 256),
  SIZE (fusion.d_state, 1, 1024),
  SIZE (fusion.d_conv, 1, 64),
  SIZE (fusion.expand, 1, 16),
  SIZE (fusion.out_size, 1, 16384),
  REAL (loss.temperature, 1e-4, 100),
  REAL (loss.margin, 0, 100),
  CHOICE (loss.adversary, adversary_names),
  CHOICE (loss.decouple, decouple_names),
  REAL (loss.gate_weight, 0, 1e6),
  { "loss.triplet_on", KIND_BRANCHES, AT (loss.triplet_on), 0, 0, NULL },
  { "loss.terms", KIND_TERMS, AT (loss.terms), 0, 0, NULL },
  { "loss.weights", KIND_WEIGHTS, AT (loss.weights), 0, 1e6, NULL },
  { "loss.ramp.terms", KIND_TERMS, AT (loss.ramp.terms), 0, 0, NULL },
  SIZE (loss.ramp.start, 0, 1e9),
  SIZE (loss.ramp.length, 0, 1e9),
  BOOL (gradnorm.enabled),
  { "gradnorm.tasks", KIND_TERMS, AT (gradnorm.tasks), 0, 0, NULL },
  CHOICE (gradnorm.ratio, ratio_names),
  REAL (gradnorm.alpha, 0, 100),
  CHOICE (gradnorm.alpha_role, alpha_role_names),
  CHOICE (gradnorm.reference, reference_names),
  REAL (gradnorm.lr, 0, 10),
  REAL (gradnorm.log_weight_decay, 0, 10),
  SIZE (gradnorm.warmup, 0, 1e9),
  PAIR (gradnorm.clip, KIND_REALS, 1e-12, 1e12),
  REAL (optimiser.lr, 0, 1e7),
  REAL (optimiser.weight_decay, 0, 10),
  PAIR (optimiser.betas, KIND_REALS, 0, 0.999999999),
  REAL (optimiser.eps, 1e-30, 1),
  CHOICE (init, init_names),
  REAL (dropout, 0, 0.99),
  SIZE (train.steps, 1, 1e9),
  SIZE (train.persons, 1, 65536),
  SIZE (train.images_per_person, 1, 1024),
  SIZE (train.warmup, 0, 1e9),
  REAL (train.final_lr, 0, 1),
  { "train.vision_blocks", KIND_INT, AT (train.vision_blocks), -1, 256, NULL },
  REAL (train.vision_lr, 0, 100),
  BOOL (train.train_text),
  REAL (train.text_lr, 0, 100),
  SIZE (train.micro_batch, 0, 65536),
  BOOL (train.recompute),
  CHOICE (train.precision, precision_names),
  BOOL (train.cache_tokens),
  SIZE (train.validate_every, 1, 1e9),
  SIZE (train.patience, 0, 1e9),
  SIZE (train.checkpoint_every, 1, 1e9),
  REAL (train.augment.flip, 0, 1),
  PAIR (train.augment.crop, KIND_SIZES, 0, 4096),
  REAL (train.augment.brightness, 0, 0.99),
  REAL (train.augment.channel_gain, 0, 0.99),
  REAL (train.augment.erase, 0, 1),
};

/* ---- names ---- */

const char *
guise_term_name (GuiseTerm term)
{
  g_return_val_if_fail (term < GUISE_N_TERMS, NULL);
  return term_names[term];
}

const char *const *
guise_precision_get_names (void)
{
  return precision_names;
}

gboolean
guise_precision_parse (const char *name, GuisePrecision *precision)
{
  for (int i = 0; precision_names[i] != NULL; i++)
    if (strcmp (precision_names[i], name) == 0) {
      *precision = i;
      return TRUE;
    }
  return FALSE;
}

/* ---- reading ---- */

typedef struct {
  const char *where; /* the source, for messages */
  const char *key;
} Place;

static gboolean bad_value (const Place *place, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
bad_value (const Place *place, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE, "%s: '%s' %s", place->where,
               place->key, reason);
  return FALSE;
}

static gboolean
read_number (const Entry *entry, json_t *value, const Place *place, double *number, GError **error)
{
  gboolean whole = entry->kind == KIND_SIZE || entry->kind == KIND_INT || entry->kind == KIND_SIZES;

  if (whole ? !json_is_integer (value) : !json_is_number (value))
    return bad_value (place, error, whole ? "must be a whole number" : "must be a number");
  *number = json_number_value (value);
  if (!(*number >= entry->min && *number <= entry->max))
    return bad_value (place, error, "is %g, but must lie between %g and %g", *number, entry->min,
                      entry->max);
  return TRUE;
}

static gboolean
read_name (const char *const *names, json_t *value, const Place *place, int *choice, GError **error)
{
  g_autofree char *all = NULL;

  for (int i = 0; json_is_string (value) && names[i] != NULL; i++)
    if (strcmp (names[i], json_string_value (value)) == 0) {
      *choice = i;
      return TRUE;
    }
  all = g_strjoinv (", ", (char **)names);
  return bad_value (place, error, "must be one of: %s", all);
}

static gboolean
read_terms (json_t *value, const Place *place, GuiseTermList *list, GError **error)
{
  GuiseTermList read = { 0 };
  gsize i;
  json_t *item;

  if (!json_is_array (value))
    return bad_value (place, error, "must be a list of loss terms");
  json_array_foreach (value, i, item)
  {
    int term = 0;

    if (!read_name (term_names, item, place, &term, error))
      return FALSE;
    if (guise_term_list_contains (&read, term))
      return bad_value (place, error, "names '%s' twice", term_names[term]);
    read.item[read.n++] = term;
  }
  *list = read;
  return TRUE;
}

static gboolean
read_weights (const Entry *entry, json_t *value, const Place *place, double *weights,
              GError **error)
{
  const char *name;
  json_t *item;

  if (!json_is_object (value))
    return bad_value (place, error, "must map loss terms to weights");
  json_object_foreach (value, name, item)
  {
    json_auto_t *key = json_string (name);
    int term = 0;

    if (!read_name (term_names, key, place, &term, error)
        || !read_number (entry, item, place, &weights[term], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_branches (json_t *value, const Place *place, GuiseConfig *config, GError **error)
{
  static const char *const names[] = { "identity", "fused", NULL };
  gboolean on[2] = { FALSE, FALSE };
  gsize i;
  json_t *item;

  if (!json_is_array (value))
    return bad_value (place, error, "must be a list of: identity, fused");
  json_array_foreach (value, i, item)
  {
    int branch = 0;

    if (!read_name (names, item, place, &branch, error))
      return FALSE;
    on[branch] = TRUE;
  }
  config->loss.triplet_on.identity = on[0];
  config->loss.triplet_on.fused = on[1];
  return TRUE;
}

static gboolean
read_pair (const Entry *entry, json_t *value, const Place *place, gpointer field, GError **error)
{
  if (json_array_size (value) != 2)
    return bad_value (place, error, "must be a list of two numbers");
  for (gsize i = 0; i < 2; i++) {
    double number;

    if (!read_number (entry, json_array_get (value, i), place, &number, error))
      return FALSE;
    if (entry->kind == KIND_SIZES)
      ((gsize *)field)[i] = (gsize)number;
    else
      ((double *)field)[i] = number;
  }
  return TRUE;
}

static gboolean
read_entry (GuiseConfig *config, const Entry *entry, json_t *value, const char *where,
            GError **error)
{
  const Place place = { where, entry->key };
  gpointer field = G_STRUCT_MEMBER_P (config, entry->offset);
  double number;

  switch (entry->kind) {
  case KIND_SIZE:
  case KIND_INT:
  case KIND_REAL:
    if (!read_number (entry, value, &place, &number, error))
      return FALSE;
    if (entry->kind == KIND_SIZE)
      *(gsize *)field = (gsize)number;
    else if (entry->kind == KIND_INT)
      *(int *)field = (int)number;
    else
      *(double *)field = number;
    return TRUE;
  case KIND_BOOL:
    if (!json_is_boolean (value))
      return bad_value (&place, error, "must be true or false");
    *(gboolean *)field = json_is_true (value);
    return TRUE;
  case KIND_CHOICE:
    return read_name (entry->names, value, &place, field, error);
  case KIND_SIZES:
  case KIND_REALS:
    return read_pair (entry, value, &place, field, error);
  case KIND_TERMS:
    return read_terms (value, &place, field, error);
  case KIND_WEIGHTS:
    return read_weights (entry, value, &place, field, error);
  case KIND_BRANCHES:
    return read_branches (value, &place, config, error);
  }
  g_return_val_if_reached (FALSE);
}

static const Entry *
find_entry (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if (strcmp (entries[i].key, key) == 0)
      return &entries[i];
  return NULL;
}

static gboolean
is_section (const char *key)
{
  g_autofree char *prefix = g_strconcat (key, ".", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    if (g_str_has_prefix (entries[i].key, prefix))
      return TRUE;
  return FALSE;
}

static gboolean
merge_object (GuiseConfig *config, json_t *object, const char *prefix, const char *where,
              GError **error)
{
  const char *name;
  json_t *value;

  json_object_foreach (object, name, value)
  {
    g_autofree char *key = *prefix ? g_strconcat (prefix, ".", name, NULL) : g_strdup (name);
    const Entry *entry = find_entry (key);

    if (entry != NULL) {
      if (!read_entry (config, entry, value, where, error))
        return FALSE;
    } else if (!is_section (key)) {
      g_autofree char *clean = guise_formats_clean (key);

      g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_UNKNOWN_KEY,
                   "%s: unknown key '%s'", where, clean);
      return FALSE;
    } else if (!json_is_object (value)) {
      return bad_value (&(Place){ where, key }, error, "must be an object");
    } else if (!merge_object (config, value, key, where, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
guise_config_merge (GuiseConfig *config, json_t *object, const char *where, GError **error)
{
  GuiseConfig merged = *config;

  if (!json_is_object (object)) {
    g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE, "%s: not a JSON object",
                 where);
    return FALSE;
  }
  if (!merge_object (&merged, object, "", where, error))
    return FALSE;
  *config = merged;
  return TRUE;
}

/* "a.b=value" as {"a": {"b": value}}; a value that is no JSON is taken as a bare word. */
static json_t *
parse_assignment (const char *assignment, GError **error)
{
  const char *equals = strchr (assignment, '=');
  g_autofree char *left = NULL;
  g_auto (GStrv) names = NULL;
  json_t *value;

  if (equals == NULL || equals == assignment) {
    g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE,
                 "setting '%s': not of the form section.key=value", assignment);
    return NULL;
  }
  left = g_strndup (assignment, equals - assignment);
  names = g_strsplit (left, ".", -1);
  value = json_loads (equals + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
  if (value == NULL)
    value = json_string (equals + 1);
  if (value == NULL) {
    g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE, "setting '%s': not UTF-8",
                 left);
    return NULL;
  }
  for (gsize i = g_strv_length (names); i-- > 0;)
    value = json_pack ("{s:o}", names[i], value);
  return value;
}

gboolean
guise_config_set (GuiseConfig *config, const char *assignment, GError **error)
{
  json_auto_t *object = NULL;

  if (*assignment == '{')
    object = guise_json_parse (assignment, strlen (assignment), 1 << 20, "setting", error);
  else
    object = parse_assignment (assignment, error);
  return object != NULL && guise_config_merge (config, object, "setting", error);
}

/* ---- writing ---- */

static json_t *
terms_to_json (const GuiseTermList *list)
{
  json_t *array = json_array ();

  for (gsize i = 0; i < list->n; i++)
    json_array_append_new (array, json_string (term_names[list->item[i]]));
  return array;
}

static json_t *
weights_to_json (const double *weights)
{
  json_t *object = json_object ();

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    if (weights[k] != 1)
      json_object_set_new (object, term_names[k], json_real (weights[k]));
  return object;
}

static json_t *
branches_to_json (const GuiseConfig *config)
{
  json_t *array = json_array ();

  if (config->loss.triplet_on.identity)
    json_array_append_new (array, json_string ("identity"));
  if (config->loss.triplet_on.fused)
    json_array_append_new (array, json_string ("fused"));
  return array;
}

static json_t *
entry_to_json (const GuiseConfig *config, const Entry *entry)
{
  gconstpointer field = G_STRUCT_MEMBER_P (config, entry->offset);

  switch (entry->kind) {
  case KIND_SIZE:
    return json_integer (*(const gsize *)field);
  case KIND_INT:
    return json_integer (*(const int *)field);
  case KIND_REAL:
    return json_real (*(const double *)field);
  case KIND_BOOL:
    return json_boolean (*(const gboolean *)field);
  case KIND_CHOICE:
    return json_string (entry->names[*(const int *)field]);
  case KIND_SIZES:
    return json_pack ("[I, I]", (json_int_t)((const gsize *)field)[0],
                      (json_int_t)((const gsize *)field)[1]);
  case KIND_REALS:
    return json_pack ("[f, f]", ((const double *)field)[0], ((const double *)field)[1]);
  case KIND_TERMS:
    return terms_to_json (field);
  case KIND_WEIGHTS:
    return weights_to_json (field);
  case KIND_BRANCHES:
    return branches_to_json (config);
  }
  g_return_val_if_reached (NULL);
}

json_t *
guise_config_to_json (const GuiseConfig *config)
{
  json_t *root = json_object ();

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++) {
    g_auto (GStrv) names = g_strsplit (entries[i].key, ".", -1);
    json_t *object = root;
    gsize depth = 0;

    for (; names[depth + 1] != NULL; depth++) {
      json_t *section = json_object_get (object, names[depth]);

      if (section == NULL) {
        section = json_object ();
        json_object_set_new (object, names[depth], section);
      }
      object = section;
    }
    json_object_set_new (object, names[depth], entry_to_json (config, &entries[i]));
  }
  return root;
}
