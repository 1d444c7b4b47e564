/* --precision of the commands that run a network, and what is said of bf16. */
#pragma once

#include "cli.h"
#include "guise-config.h"

/* The row of a table of options; name: char **. */
#define CLI_PRECISION_ENTRY(name, text)                                    \
  {                                                                        \
    "precision", 0, 0, G_OPTION_ARG_STRING, name, text, "float32|bfloat16" \
  }

/* FALSE after one line of wrong usage. NULL leaves *precision as it is. */
gboolean cli_parse_precision (const CliGlobal *global, const char *name, GuisePrecision *precision);
/* A line on stderr where bf16 is asked for and makes nothing faster here. */
void cli_note_precision (const CliGlobal *global, GuisePrecision precision);
/* "AMX (oneDNN 2.6.3)", "emulated": what bf16 is computed with here. Free it. */
char *cli_describe_bf16 (void);
