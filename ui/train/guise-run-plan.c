#include "guise-run-plan.h"

#include "guise-shell.h"

#include <glib/gi18n.h>
#include <string.h>

static const GuiseRunPreset presets[] = {
  { "tiny", N_ ("Small model, trained from nothing in minutes on two processor cores"), FALSE },
  { "recommended",
    N_ ("Full size, begins with pretrained encoders; the image encoder's last layers learn"),
    TRUE },
  { "paper", N_ ("Full size, every number as published; weeks without an accelerator"), TRUE },
  { "cached",
    N_ ("Full size, both encoders as they are; their results are kept on the disk"),
    TRUE },
  { NULL, NULL, FALSE },
};

const GuiseRunPreset *
guise_run_plan_get_presets (void)
{
  return presets;
}

GuiseRunPlan *
guise_run_plan_new (const char *preset)
{
  GuiseRunPlan *plan = g_new0 (GuiseRunPlan, 1);
  GuiseConfig config;
  gboolean known = guise_config_init_preset (&config, preset, NULL);

  g_assert (known);
  plan->preset = g_strdup (preset);
  plan->name = g_strdup ("");
  plan->steps = (guint)config.train.steps;
  plan->persons = (guint)config.train.persons;
  plan->images_per_person = (guint)config.train.images_per_person;
  plan->learning_rate = config.optimiser.lr;
  plan->precision = config.train.precision;
  plan->settings = g_ptr_array_new_with_free_func (g_free);
  return plan;
}

GuiseRunPlan *
guise_run_plan_copy (const GuiseRunPlan *plan)
{
  GuiseRunPlan *copy = g_new (GuiseRunPlan, 1);

  *copy = *plan;
  copy->name = g_strdup (plan->name);
  copy->preset = g_strdup (plan->preset);
  copy->vision = g_strdup (plan->vision);
  copy->text = g_strdup (plan->text);
  copy->settings = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < plan->settings->len; i++)
    g_ptr_array_add (copy->settings, g_strdup (plan->settings->pdata[i]));
  return copy;
}

void
guise_run_plan_free (GuiseRunPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->name);
  g_free (plan->preset);
  g_free (plan->vision);
  g_free (plan->text);
  g_ptr_array_unref (plan->settings);
  g_free (plan);
}

static gboolean
is_pretrained (const char *preset)
{
  for (gsize i = 0; presets[i].name != NULL; i++)
    if (strcmp (presets[i].name, preset) == 0)
      return presets[i].pretrained;
  return FALSE;
}

static gboolean
check_folders (const GuiseRunPlan *plan, GError **error)
{
  if (!is_pretrained (plan->preset) || (plan->vision != NULL && plan->text != NULL))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       plan->vision == NULL ? _ ("Choose the folder of the image encoder.")
                                            : _ ("Choose the folder of the text encoder."));
  return FALSE;
}

gboolean
guise_run_plan_init_config (const GuiseRunPlan *plan, GuiseConfig *config, GError **error)
{
  if (!guise_config_init_preset (config, plan->preset, error))
    return FALSE;
  config->train.steps = plan->steps;
  config->train.persons = plan->persons;
  config->train.images_per_person = plan->images_per_person;
  config->optimiser.lr = plan->learning_rate;
  config->train.precision = (int)plan->precision;
  for (guint i = 0; i < plan->settings->len; i++)
    if (!guise_config_set (config, plan->settings->pdata[i], error))
      return FALSE;
  return guise_config_check (config, error);
}

gboolean
guise_run_plan_check (const GuiseRunPlan *plan, GError **error)
{
  GuiseConfig config;

  return check_folders (plan, error) && guise_run_plan_init_config (plan, &config, error);
}

static void
add_setting (GPtrArray *arguments, const char *key, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.10g", value);
  g_ptr_array_add (arguments, g_strdup ("--set"));
  g_ptr_array_add (arguments, g_strdup_printf ("%s=%s", key, number));
}

static void
add_pair (GPtrArray *arguments, const char *option, char *value)
{
  g_ptr_array_add (arguments, g_strdup (option));
  g_ptr_array_add (arguments, value);
}

char **
guise_run_plan_create_arguments (const GuiseRunPlan *plan, const char *project)
{
  GPtrArray *arguments = g_ptr_array_new ();
  g_autoptr (GuiseRunPlan) usual = guise_run_plan_new (plan->preset);

  g_ptr_array_add (arguments, g_strdup ("train"));
  add_pair (arguments, "--project", g_strdup (project));
  add_pair (arguments, "--preset", g_strdup (plan->preset));
  if (is_pretrained (plan->preset) && plan->vision != NULL)
    add_pair (arguments, "--vision", g_strdup (plan->vision));
  if (is_pretrained (plan->preset) && plan->text != NULL)
    add_pair (arguments, "--text", g_strdup (plan->text));
  add_pair (arguments, "--name", g_strdup (plan->name));
  add_pair (arguments, "--steps", g_strdup_printf ("%u", plan->steps));
  add_pair (arguments, "--seed", g_strdup_printf ("%u", plan->seed));
  if (plan->persons != usual->persons)
    add_setting (arguments, "train.persons", plan->persons);
  if (plan->images_per_person != usual->images_per_person)
    add_setting (arguments, "train.images_per_person", plan->images_per_person);
  if (plan->learning_rate != usual->learning_rate)
    add_setting (arguments, "optimiser.lr", plan->learning_rate);
  if (plan->precision != usual->precision)
    add_pair (arguments, "--precision",
              g_strdup (guise_precision_get_names ()[plan->precision]));
  for (guint i = 0; i < plan->settings->len; i++)
    add_pair (arguments, "--set", g_strdup (plan->settings->pdata[i]));
  g_ptr_array_add (arguments, NULL);
  return (char **)g_ptr_array_free (arguments, FALSE);
}

char *
guise_run_plan_create_command (const GuiseRunPlan *plan, const char *project)
{
  g_auto (GStrv) arguments = guise_run_plan_create_arguments (plan, project);

  return guise_shell_create_command ((const char *const *)arguments);
}
