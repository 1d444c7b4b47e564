/* GuiseRunPlan: what the "New Run" dialog asks for, as the arguments of `guisectl train`. Plain
 * data; main thread. */
#pragma once

#include "guise-config.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *preset;
  guint steps, seed;
  guint persons, images_per_person; /* of a batch */
  double learning_rate;
  GuisePrecision precision;
  char *vision, *text; /* folders with pretrained encoders, or NULL */
  GPtrArray *settings; /* of char *, "section.key=value"; never NULL */
} GuiseRunPlan;

/* The preset's own numbers, without a name. preset: one that guise_run_plan_get_presets() lists. */
GuiseRunPlan *guise_run_plan_new (const char *preset);
GuiseRunPlan *guise_run_plan_copy (const GuiseRunPlan *plan);
void guise_run_plan_free (GuiseRunPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRunPlan, guise_run_plan_free)

/* A preset, and what it is for in one line (translated). */
typedef struct {
  const char *name;
  const char *purpose;
  gboolean pretrained; /* it begins with the encoders of two folders */
} GuiseRunPreset;

/* Ends with a NULL name. */
const GuiseRunPreset *guise_run_plan_get_presets (void);

/* FALSE with the reason where `guisectl train` would refuse the settings, or a folder is not chosen
 * yet; what is in the folders is looked at by the run. The name is checked by
 * guise_run_check_name(). */
gboolean guise_run_plan_check (const GuiseRunPlan *plan, GError **error);

/* The configuration that it trains with; fails as the above. */
gboolean guise_run_plan_init_config (const GuiseRunPlan *plan, GuiseConfig *config, GError **error);

/* What follows `guisectl`: only what differs from the preset is said. NULL-terminated. */
char **guise_run_plan_create_arguments (const GuiseRunPlan *plan, const char *project);
/* The same as one line for a shell. */
char *guise_run_plan_create_command (const GuiseRunPlan *plan, const char *project);

G_END_DECLS
