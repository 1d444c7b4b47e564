/* The presets as JSON: `recommended` in full, the others as what they change in it. */
#pragma once

typedef struct {
  const char *name;
  const char *json;
} GuisePreset;

/* recommended first; ends with a NULL name. */
extern const GuisePreset guise_presets[];
