#include "guise-id-model.h"

#include <string.h>

struct _GuiseIdItem {
  GObject parent_instance;
  gint64 id;
};

G_DEFINE_FINAL_TYPE (GuiseIdItem, guise_id_item, G_TYPE_OBJECT)

static void
guise_id_item_class_init (GuiseIdItemClass *class)
{
}

static void
guise_id_item_init (GuiseIdItem *self)
{
}

gint64
guise_id_item_get_id (GuiseIdItem *item)
{
  return item->id;
}

struct _GuiseIdModel {
  GObject parent_instance;
  GArray *ids; /* never NULL */
};

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
  item = g_object_new (GUISE_TYPE_ID_ITEM, NULL);
  item->id = g_array_index (self->ids, gint64, position);
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
  g_array_unref (GUISE_ID_MODEL (object)->ids);
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
}

GuiseIdModel *
guise_id_model_new (void)
{
  return g_object_new (GUISE_TYPE_ID_MODEL, NULL);
}

void
guise_id_model_set_ids (GuiseIdModel *self, GArray *ids)
{
  g_autoptr (GArray) old = self->ids;
  gboolean same;

  self->ids = ids ? g_array_ref (ids) : g_array_new (FALSE, FALSE, sizeof (gint64));
  same = old->len == self->ids->len
         && (old->len == 0
             || memcmp (old->data, self->ids->data, old->len * sizeof (gint64)) == 0);
  if (!same)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, self->ids->len);
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
