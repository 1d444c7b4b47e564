/* How the tensors of a file differ from those that are wanted, as the end of one sentence. All
 * differences are counted, the first of each kind are named: a file may have 65536 tensors with
 * long names. One thread. */
#pragma once

#include "guise-safetensors.h"

typedef struct _GuiseTensorDifferences GuiseTensorDifferences;

GuiseTensorDifferences *guise_tensor_differences_new (void);
void guise_tensor_differences_free (GuiseTensorDifferences *differences);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTensorDifferences, guise_tensor_differences_free)

/* A tensor that is wanted under that name and shape, and what the file has for it; NULL = nothing.
 */
void guise_tensor_differences_compare (GuiseTensorDifferences *differences, const char *name,
                                       int n_dims, const gsize *shape, const GuiseTensor *tensor);
/* One that the file has and nobody wants. */
void guise_tensor_differences_add_unexpected (GuiseTensorDifferences *differences,
                                              const char *name);
/* "; missing: a b; of another shape: c [2] instead of [3]; unexpected: d"; NULL when all is well.
 * The caller frees it. */
char *guise_tensor_differences_describe (const GuiseTensorDifferences *differences);
