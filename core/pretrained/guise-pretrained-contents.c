#include "guise-pretrained-contents.h"

#include <string.h>

#include "guise-formats-error.h"
#include "guise-pretrained-names.h"
#include "guise-safetensors.h"
#include "guise-tower-params.h"

void
guise_pretrained_contents_clear (GuisePretrainedContents *contents)
{
  g_clear_pointer (&contents->dtypes, g_ptr_array_unref);
  g_clear_pointer (&contents->ignored, g_ptr_array_unref);
}

/* How many numbers the tower has, all of which must be there. tower NULL: none. */
static gboolean
count_tower (const GuisePretrained *pretrained, const GuiseTower *tower, guint64 *n, GError **error)
{
  GuiseTowerParams *params = tower != NULL ? guise_tower_params_new (tower) : NULL;
  gboolean good = TRUE;

  *n = 0;
  if (params == NULL)
    return TRUE;
  good = guise_pretrained_check (pretrained, tower, params->specs, "", error);
  for (guint k = 0; k < params->specs->len; k++)
    *n += g_array_index (params->specs, GuiseParamSpec, k).n;
  guise_tower_params_free (params);
  return good;
}

static gboolean
is_needed (const GuiseTower *tower, const char *name)
{
  g_autofree char *canonical = tower != NULL ? guise_pretrained_name (tower->kind, name) : NULL;

  return canonical != NULL;
}

static void
note_dtype (GPtrArray *dtypes, const char *name)
{
  guint place = 0;

  for (; place < dtypes->len && strcmp (dtypes->pdata[place], name) <= 0; place++)
    if (strcmp (dtypes->pdata[place], name) == 0)
      return;
  g_ptr_array_insert (dtypes, (gint)place, (gpointer)name);
}

gboolean
guise_pretrained_contents_read (GuisePretrainedContents *contents,
                                const GuisePretrained *pretrained, GError **error)
{
  const GuiseTower *vision = guise_pretrained_get_vision (pretrained, NULL);
  const GuiseTower *text = guise_pretrained_get_text (pretrained, NULL);
  g_autoptr (GPtrArray) tensors = guise_pretrained_list_tensors (pretrained);
  g_auto (GuisePretrainedContents) read
      = { .n_files = guise_pretrained_get_n_files (pretrained), .n_tensors = tensors->len };

  read.dtypes = g_ptr_array_new ();
  read.ignored = g_ptr_array_new_with_free_func (g_free);
  if (!count_tower (pretrained, vision, &read.vision_numbers, error)
      || !count_tower (pretrained, text, &read.text_numbers, error))
    return FALSE;
  for (guint i = 0; i < tensors->len; i++) {
    const GuiseTensor *tensor = tensors->pdata[i];

    read.n_numbers += tensor->n_elements;
    note_dtype (read.dtypes, guise_dtype_name (tensor->dtype));
    if (is_needed (vision, tensor->name) || is_needed (text, tensor->name))
      continue;
    g_ptr_array_add (read.ignored, guise_formats_clean (tensor->name));
    read.n_ignored += tensor->n_elements;
  }
  *contents = read;
  read = (GuisePretrainedContents){ 0 };
  return TRUE;
}
