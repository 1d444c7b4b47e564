#include "cli-precision.h"

#include <stdio.h>

#include "nn-mixed.h"

gboolean
cli_parse_precision (const CliGlobal *global, const char *name, GuisePrecision *precision)
{
  if (name == NULL || guise_precision_parse (name, precision))
    return TRUE;
  cli_usage ("%s: --precision is neither float32 nor bfloat16: '%s'", global->command, name);
  return FALSE;
}

void
cli_note_precision (const CliGlobal *global, GuisePrecision precision)
{
  const char *note = precision == GUISE_PRECISION_BFLOAT16 ? nn_mixed_get_note () : NULL;

  if (note != NULL && !global->quiet)
    cli_tell ("%s", note);
}

char *
cli_describe_bf16 (void)
{
  NnBf16Unit unit = nn_mixed_get_unit ();
  const char *name = nn_mixed_unit_name (unit);

  return unit == NN_BF16_EMULATED
             ? g_strdup (name)
             : g_strdup_printf ("%s (oneDNN %s)", name, nn_onednn_get_version ());
}
