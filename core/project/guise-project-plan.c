/* What a model is to be asked: the images of a plan, without those that it has answered. */
#include "guise-project-plan.h"

#include "guise-store-image-names.h"

void
guise_plan_items_clear (GuisePlanItems *items)
{
  g_clear_pointer (&items->image_ids, g_array_unref);
  g_clear_pointer (&items->styles, g_ptr_array_unref);
}

/* What a model was asked already, by keys as create_key() makes them; NULL tables where that does
 * not matter. The tables borrow from the lists. */
typedef struct {
  GHashTable *described; /* by the model */
  GHashTable *split;     /* by the splitter in its stead */
  GHashTable *vain;      /* answered, and not described; with the item of a job */
  GHashTable *failed;    /* without an answer */
  GPtrArray *split_items;
  GPtrArray *vain_items;
  GPtrArray *failed_items;
} Answered;

static void
answered_clear (Answered *answered)
{
  GHashTable **tables[]
      = { &answered->described, &answered->split, &answered->vain, &answered->failed };
  GPtrArray **lists[]
      = { &answered->vain_items, &answered->failed_items, &answered->split_items };

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    g_clear_pointer (tables[i], g_hash_table_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    g_clear_pointer (lists[i], g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answered, answered_clear)

static char *
create_key (gint64 image_id, const char *style)
{
  return style != NULL ? g_strdup_printf ("%" G_GINT64_FORMAT " %s", image_id, style)
                       : g_strdup_printf ("%" G_GINT64_FORMAT, image_id);
}

/* The items (borrowed) by their keys; those without an image have that of image 0. By the pictures'
 * names: an older guise.db may have been put back since. */
static GHashTable *
index_items (GuiseStore *store, const GPtrArray *items, GError **error)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree const char **names = g_new (const char *, items->len);
  g_autoptr (GArray) ids = NULL;

  for (guint i = 0; i < items->len; i++)
    names[i] = ((GuiseCaptionItem *)items->pdata[i])->picture;
  ids = guise_store_find_images (store, names, items->len, error);
  for (guint i = 0; ids != NULL && i < ids->len; i++) {
    GuiseCaptionItem *item = items->pdata[i];

    g_hash_table_insert (table, create_key (g_array_index (ids, gint64, i), item->style), item);
  }
  return ids != NULL ? g_steal_pointer (&table) : NULL;
}

/* These were described by the splitter in the model's stead; its captions do not say for whom.
 * Asked anew, they would get the answers that are kept. What was undone or deleted since counts no
 * more than a model's own does. */
static gboolean
drop_undone (GuiseStore *store, GHashTable *split, GError **error)
{
  g_autoptr (GHashTable) there = guise_store_list_described (store, "splitter", NULL, error);
  GHashTableIter iter;
  gpointer key;

  if (there == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, split);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (there, key))
      g_hash_table_iter_remove (&iter);
  return TRUE;
}

static gboolean
find_answered (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan,
               Answered *answered, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  const char *model = plan->endpoint->model;
  g_autofree char *hash = guise_prompt_dup_hash (plan->prompt);

  if (plan->is_trial)
    return TRUE;
  answered->described = guise_store_list_described (store, model, hash, error);
  if (answered->described == NULL || db == NULL)
    return answered->described != NULL;
  return (answered->vain_items = guise_caption_db_list_vain (db, model, hash, error)) != NULL
         && (answered->failed_items = guise_caption_db_list_failed (db, model, hash, error)) != NULL
         && (answered->split_items = guise_caption_db_list_split (db, model, hash, error)) != NULL
         && (answered->vain = index_items (store, answered->vain_items, error)) != NULL
         && (answered->failed = index_items (store, answered->failed_items, error)) != NULL
         && (answered->split = index_items (store, answered->split_items, error)) != NULL
         && drop_undone (store, answered->split, error);
}

/* The images of the job that goes on, as members of *in_job, and how many pictures it has; those
 * that are not in the project any more are among these. */
static gboolean
find_in_job (GuiseStore *store, GuiseCaptionDb *db, gint64 job_id, GHashTable **in_job,
             guint *n_pictures, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GArray) ids = NULL;

  *in_job = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  *n_pictures = 0;
  if (job_id == 0)
    return TRUE;
  names = guise_caption_db_list_pictures (db, job_id, error);
  if (names != NULL)
    ids = guise_store_find_images (store, (const char **)names->pdata, names->len, error);
  if (ids == NULL)
    return FALSE;
  *n_pictures = names->len;
  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (*in_job, g_memdup2 (&g_array_index (ids, gint64, i), sizeof (gint64)));
  return TRUE;
}

static gpointer
look_up (GHashTable *table, const char *key)
{
  return table != NULL ? g_hash_table_lookup (table, key) : NULL;
}

static void
add_item (GuisePlanItems *items, const Answered *answered, gint64 image_id, const char *style)
{
  g_autofree char *key = create_key (image_id, style);
  const GuiseCaptionItem *vain = look_up (answered->vain, key);

  if (answered->described != NULL && g_hash_table_contains (answered->described, key))
    return;
  if (look_up (answered->split, key) != NULL) {
    items->n_split++;
    return;
  }
  if (vain != NULL) {
    items->n_vain++;
    items->vain_in = vain->job_id;
    return;
  }
  g_array_append_val (items->image_ids, image_id);
  g_ptr_array_add (items->styles, (gpointer)style);
}

static gboolean
has_styles (const GuiseCaptionPlan *plan)
{
  return plan->styles != NULL && *plan->styles != NULL;
}

/* In each of the plan's styles, or in none. */
static void
add_image (GuisePlanItems *items, const Answered *answered, const GuiseCaptionPlan *plan,
           gint64 image_id)
{
  if (!has_styles (plan))
    add_item (items, answered, image_id, NULL);
  for (const char *const *style = plan->styles; style != NULL && *style != NULL; style++)
    add_item (items, answered, image_id, *style);
}

static gboolean
has_failed_in (const Answered *answered, gint64 image_id, const char *style)
{
  g_autofree char *key = create_key (image_id, style);

  return look_up (answered->failed, key) != NULL;
}

/* In one of the styles, or at all. */
static gboolean
has_failed (const Answered *answered, const GuiseCaptionPlan *plan, gint64 image_id)
{
  if (!has_styles (plan))
    return has_failed_in (answered, image_id, NULL);
  for (const char *const *style = plan->styles; *style != NULL; style++)
    if (has_failed_in (answered, image_id, *style))
      return TRUE;
  return FALSE;
}

typedef enum {
  ALL,
  NEVER_FAILED,
  FAILED,
} Which;

/* Up to the plan's limit; *n_images counts. */
static void
add_images (GuisePlanItems *items, const Answered *answered, const GuiseCaptionPlan *plan,
            const GArray *ids, GHashTable *in_job, Which which, guint *n_images)
{
  for (guint i = 0; i < ids->len && (plan->limit == 0 || *n_images < plan->limit); i++) {
    const gint64 *id = &g_array_index (ids, gint64, i);
    guint n_before = items->image_ids->len;

    if (!g_hash_table_contains (in_job, id)
        && (which == ALL || (which == FAILED) == has_failed (answered, plan, *id)))
      add_image (items, answered, plan, *id);
    *n_images += items->image_ids->len > n_before;
  }
}

gboolean
guise_caption_plan_list (GuiseProject *project, GuiseCaptionDb *db, const GuiseCaptionPlan *plan,
                         gint64 job_id, GuisePlanItems *items, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GuiseFilter) filter = guise_filter_parse (plan->filter, error);
  g_autoptr (GHashTable) in_job = NULL;
  g_autoptr (GArray) ids = NULL;
  g_auto (Answered) answered = { 0 };
  guint n_images;

  items->image_ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  items->styles = g_ptr_array_new ();
  if (filter == NULL)
    return FALSE;
  ids = guise_store_list_images (store, filter, GUISE_SORT_IMPORT, NULL, error);
  if (ids == NULL)
    return FALSE;
  items->n_matching = ids->len;
  if (!find_answered (project, db, plan, &answered, error)
      || !find_in_job (store, db, job_id, &in_job, &n_images, error))
    return FALSE;
  if (plan->limit == 0) {
    add_images (items, &answered, plan, ids, in_job, ALL, &n_images);
    return TRUE;
  }
  /* Those that cannot be read, or that a server never answers, do not use up every limit. */
  add_images (items, &answered, plan, ids, in_job, NEVER_FAILED, &n_images);
  add_images (items, &answered, plan, ids, in_job, FAILED, &n_images);
  return TRUE;
}

gboolean
guise_caption_plan_check_styles (const GuiseCaptionPlan *plan, GError **error)
{
  return plan->styles == NULL || *plan->styles == NULL
         || guise_prompt_check_style (plan->prompt, error);
}
