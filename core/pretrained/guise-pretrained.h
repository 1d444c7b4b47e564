/* A folder with pretrained weights as Hugging Face's transformers writes it: config.json, and
 * model.safetensors or the files that model.safetensors.index.json names. Weights are F64, F32, F16
 * or BF16. Nothing is copied before it is read. Immutable once open: any thread may read. Errors
 * are GUISE_FORMATS_ERROR and G_IO_ERROR, and name the folder or a file in it. */
#pragma once

#include "guise-params.h"
#include "guise-pretrained-config.h"

typedef struct _GuisePretrained GuisePretrained;

GuisePretrained *guise_pretrained_open (const char *folder, GError **error);
void guise_pretrained_free (GuisePretrained *pretrained);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuisePretrained, guise_pretrained_free)

const char *guise_pretrained_get_folder (const GuisePretrained *pretrained);
/* SHA-256 over names, types, shapes and bytes of all tensors, in hexadecimal; free it. Reads all of
 * them. */
char *guise_pretrained_hash (const GuisePretrained *pretrained);

gsize guise_pretrained_get_n_files (const GuisePretrained *pretrained);
/* Of GuiseTensor, borrowed, by their names in the files; g_ptr_array_unref() it. */
GPtrArray *guise_pretrained_list_tensors (const GuisePretrained *pretrained);

/* The tower for images or for texts; fails with what the folder holds where it has none. Borrowed.
 */
const GuiseTower *guise_pretrained_get_vision (const GuisePretrained *pretrained, GError **error);
const GuiseTower *guise_pretrained_get_text (const GuisePretrained *pretrained, GError **error);

/* Whether the tower has just the tensors of the parameters that count, of their shapes: the error
 * lists every missing, unexpected and mis-shaped one. specs are rows of GuiseParamSpec, of which
 * those count whose name begins with prefix. */
gboolean guise_pretrained_check (const GuisePretrained *pretrained, const GuiseTower *tower,
                                 const GArray *specs, const char *prefix, GError **error);
/* Fills the places of a tower's parameters, which are checked first; values is the whole parameter
 * array, and all that comes into it must be finite. grid (height, width in patches; NULL = the
 * tower's own): a grid of positions of another size is made of the tower's by bicubic
 * interpolation, as transformers does. On failure values are undefined. */
gboolean guise_pretrained_read (const GuisePretrained *pretrained, const GuiseTower *tower,
                                const GArray *specs, const char *prefix, const gsize *grid,
                                float *values, GError **error);
