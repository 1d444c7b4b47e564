/* What commits changed: collected, merged and bounded. */
#include "guise-store-private.h"

/* More ids than this and the listener is better off reading everything again. */
#define MAX_IDS 1000

static void
add_id (GArray *ids, gint64 id)
{
  if (id == 0)
    return;
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, gint64, i) == id)
      return;
  g_array_append_val (ids, id);
}

void
guise_store_change_add_all (GuiseStoreChange *change, GuiseStoreChanges changes)
{
  change->changes |= changes;
  change->everything = TRUE;
  g_array_set_size (change->image_ids, 0);
  g_array_set_size (change->caption_ids, 0);
}

void
guise_store_change_add (GuiseStoreChange *change, GuiseStoreChanges changes, gint64 image_id,
                        gint64 caption_id)
{
  change->changes |= changes;
  if (change->everything)
    return;
  add_id (change->image_ids, image_id);
  add_id (change->caption_ids, caption_id);
  if (change->image_ids->len > MAX_IDS || change->caption_ids->len > MAX_IDS)
    guise_store_change_add_all (change, 0);
}

void
guise_store_change_add_setting (GuiseStoreChange *change, const char *key)
{
  change->changes |= GUISE_STORE_CHANGED_SETTINGS;
  if (!g_ptr_array_find_with_equal_func (change->settings, key, g_str_equal, NULL))
    g_ptr_array_add (change->settings, g_strdup (key));
}

GuiseStoreChange *
guise_store_change_new (void)
{
  GuiseStoreChange *change = g_new0 (GuiseStoreChange, 1);

  change->image_ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  change->caption_ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  change->settings = g_ptr_array_new_with_free_func (g_free);
  return change;
}

void
guise_store_change_free (GuiseStoreChange *change)
{
  if (change == NULL)
    return;
  g_array_unref (change->image_ids);
  g_array_unref (change->caption_ids);
  g_ptr_array_unref (change->settings);
  g_free (change);
}

void
guise_store_change_merge (GuiseStoreChange *change, const GuiseStoreChange *other)
{
  for (guint i = 0; i < other->settings->len; i++)
    guise_store_change_add_setting (change, other->settings->pdata[i]);
  if (other->everything) {
    guise_store_change_add_all (change, other->changes);
    return;
  }
  change->changes |= other->changes;
  for (guint i = 0; i < other->image_ids->len; i++)
    guise_store_change_add (change, 0, g_array_index (other->image_ids, gint64, i), 0);
  for (guint i = 0; i < other->caption_ids->len; i++)
    guise_store_change_add (change, 0, 0, g_array_index (other->caption_ids, gint64, i));
}
