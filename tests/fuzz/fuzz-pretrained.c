/* config.json and model.safetensors.index.json of pretrained folders: sizes that were accepted are
 * in range and fit together, names of files stay in the folder. The first byte says which of the
 * two the rest is. */
#include "fuzz.h"

#include <string.h>

#include "guise-pretrained-config.h"
#include "guise-pretrained-index.h"
#include "guise-pretrained-names.h"

static void
check_tower (const GuiseTower *tower)
{
  if (!tower->is_there)
    return;
  g_assert_cmpuint (tower->heads, >, 0);
  g_assert_cmpuint (tower->width % tower->heads, ==, 0);
  g_assert_cmpuint (tower->layers, <=, 256);
  g_assert_true (tower->eps >= 0 && tower->eps <= 1);
  if (tower->patch > 0)
    g_assert_cmpuint (guise_tower_get_n_patches (tower) * tower->patch * tower->patch, ==,
                      tower->image_size[0] * tower->image_size[1]);
  else
    g_assert_true (tower->vocab_size > 0 && tower->positions >= 2);
}

static void
check_config (const guint8 *data, gsize size)
{
  GuisePretrainedConfig config;
  GError *error = NULL;
  gboolean good = guise_pretrained_config_load (&config, fuzz_file (data, size), &error);

  fuzz_judge (good, error);
  if (!good)
    return;
  g_assert_true (config.vision.is_there || config.text.is_there);
  check_tower (&config.vision);
  check_tower (&config.text);
}

static void
check_index (const guint8 *data, gsize size)
{
  GError *error = NULL;
  g_autoptr (GHashTable) map
      = guise_pretrained_index_parse ((const char *)data, size, "index", &error);
  GHashTableIter iter;
  gpointer tensor, file;

  fuzz_judge (map != NULL, error);
  if (map == NULL)
    return;
  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, &tensor, &file)) {
    g_assert_null (strchr (file, '/'));
    g_assert_true (*(const char *)file != '.');
    for (int kind = GUISE_TOWER_VIT; kind <= GUISE_TOWER_CLIP_TEXT; kind++)
      g_free (guise_pretrained_name (kind, tensor));
  }
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  if (size > 0)
    (*data == 'i' ? check_index : check_config) (data + 1, size - 1);
}
