/* What transformers calls a tensor in its many ways, brought to one name: that of the bare model's
 * own state. Any thread. */
#pragma once

#include "guise-pretrained-config.h"

/* "vit.encoder.layer.0…" and "module.encoder.layer.0…" -> "encoder.layer.0…", ".gamma" ->
 * ".weight", ".beta" -> ".bias". NULL for what the tower does not need: heads, buffers, the other
 * half of a CLIP model. The caller frees it. */
char *guise_pretrained_name (GuiseTowerKind kind, const char *name);
