#include "guise-id-model.h"

struct _GuiseIdModel {
  GObject parent_instance;
  GArray *ids;       /* never NULL */
  GHashTable *items; /* position → GuiseIdItem, while somebody has it; borrowed */
  guint n_made;
};

struct _GuiseIdItem {
  GObject parent_instance;
  GuiseIdModel *model;
  guint position;
};

/* ---- items ---------------------------------------------------------------------------------- */

G_DEFINE_FINAL_TYPE (GuiseIdItem, guise_id_item, G_TYPE_OBJECT)

static void
guise_id_item_finalize (GObject *object)
{
  GuiseIdItem *self = GUISE_ID_ITEM (object);

  g_hash_table_remove (self->model->items, GUINT_TO_POINTER (self->position));
  g_object_unref (self->model);
  G_OBJECT_CLASS (guise_id_item_parent_class)->finalize (object);
}

static void
guise_id_item_class_init (GuiseIdItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_id_item_finalize;
}

static void
guise_id_item_init (GuiseIdItem *self)
{
}

gint64
guise_id_item_get_id (GuiseIdItem *item)
{
  return guise_id_model_get_id (item->model, item->position);
}

/* ---- the list ------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *model)
{
  return GUISE_TYPE_ID_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return GUISE_ID_MODEL (model)->ids->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GuiseIdModel *self = GUISE_ID_MODEL (model);
  GuiseIdItem *item;

  if (position >= self->ids->len)
    return NULL;
  item = g_hash_table_lookup (self->items, GUINT_TO_POINTER (position));
  if (item != NULL)
    return g_object_ref (item);
  item = g_object_new (GUISE_TYPE_ID_ITEM, NULL);
  item->model = g_object_ref (self);
  item->position = position;
  g_hash_table_insert (self->items, GUINT_TO_POINTER (position), item);
  self->n_made++;
  return item;
}

static void
implement_list_model (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (GuiseIdModel, guise_id_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, implement_list_model))

static void
guise_id_model_finalize (GObject *object)
{
  GuiseIdModel *self = GUISE_ID_MODEL (object);

  g_array_unref (self->ids);
  g_hash_table_unref (self->items); /* empty: each item has a reference of the model */
  G_OBJECT_CLASS (guise_id_model_parent_class)->finalize (object);
}

static void
guise_id_model_class_init (GuiseIdModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_id_model_finalize;
}

static void
guise_id_model_init (GuiseIdModel *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->items = g_hash_table_new (NULL, NULL);
}

GuiseIdModel *
guise_id_model_new (void)
{
  return g_object_new (GUISE_TYPE_ID_MODEL, NULL);
}

void
guise_id_model_set_ids (GuiseIdModel *self, GArray *ids)
{
  guint old = self->ids->len, new = ids != NULL ? ids->len : 0, common = MIN (old, new);

  g_array_unref (self->ids);
  self->ids = ids != NULL ? g_array_ref (ids) : g_array_new (FALSE, FALSE, sizeof (gint64));
  if (old != new)
    g_list_model_items_changed (G_LIST_MODEL (self), common, old - common, new - common);
}

guint
guise_id_model_get_size (GuiseIdModel *self)
{
  return self->ids->len;
}

gint64
guise_id_model_get_id (GuiseIdModel *self, guint position)
{
  return position < self->ids->len ? g_array_index (self->ids, gint64, position) : 0;
}

gboolean
guise_id_model_find (GuiseIdModel *self, gint64 id, guint *position)
{
  for (guint i = 0; i < self->ids->len; i++)
    if (g_array_index (self->ids, gint64, i) == id) {
      *position = i;
      return TRUE;
    }
  return FALSE;
}

guint
guise_id_model_get_n_made (GuiseIdModel *self)
{
  return self->n_made;
}
