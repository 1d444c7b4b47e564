/* GuiseIdModel: a GListModel over an array of row ids. Items are made on demand, so a list of a
 * hundred thousand rows costs 8 bytes a row. Filtering and sorting happen in SQL; the result
 * replaces the whole array at once.
 *
 * An item stands for a place in the list, not for an id: with other ids the places that still exist
 * keep their items, and a grid keeps the widgets it has made for them. Whoever has bound an item
 * asks it for its id again after guise_id_model_set_ids(). Main thread only. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GUISE_TYPE_ID_ITEM (guise_id_item_get_type ())
G_DECLARE_FINAL_TYPE (GuiseIdItem, guise_id_item, GUISE, ID_ITEM, GObject)

/* The id that is at its place now; 0 where the list has become shorter. */
gint64 guise_id_item_get_id (GuiseIdItem *item);

#define GUISE_TYPE_ID_MODEL (guise_id_model_get_type ())
G_DECLARE_FINAL_TYPE (GuiseIdModel, guise_id_model, GUISE, ID_MODEL, GObject)

GuiseIdModel *guise_id_model_new (void);
/* ids: array of gint64, borrowed and kept by reference: do not change it afterwards. NULL = empty.
 * Emits items-changed for the places that come or go, at the end of the list. */
void guise_id_model_set_ids (GuiseIdModel *self, GArray *ids);
guint guise_id_model_get_size (GuiseIdModel *self);
/* 0 past the end. */
gint64 guise_id_model_get_id (GuiseIdModel *self, guint position);
/* FALSE where id is not in the list. */
gboolean guise_id_model_find (GuiseIdModel *self, gint64 id, guint *position);
/* For tests: how many items have been made so far. */
guint guise_id_model_get_n_made (GuiseIdModel *self);

G_END_DECLS
