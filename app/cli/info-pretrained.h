/* guisectl model info of a folder of Hugging Face's transformers. */
#pragma once

#include "cli.h"

/* FALSE with an error where the folder cannot be used. Prints, as an object with --json. */
gboolean info_pretrained (CliGlobal *global, const char *folder, GError **error);
