#include "ui-trained.h"

#include "guise-job.h"
#include "ui-fixture.h"

void
ui_run_guisectl (const char *const *arguments)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autofree char *errors = NULL;
  g_autoptr (GError) error = NULL;
  int status = -1;

  g_strv_builder_add_many (builder, g_getenv ("GUISE_CTL"), "--quiet", NULL);
  g_strv_builder_addv (builder, (const char **)arguments);
  argv = g_strv_builder_end (builder);
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &errors, &status,
                &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("guisectl %s failed: %s", arguments[0], errors);
}

/* Arguments of a run whose steps take milliseconds; to be freed. */
static char **
create_arguments (const char *folder, const char *name, const char *steps)
{
  static const char *const settings[] = {
    "train.persons=4",
    "vision.layers=1",
    "text.layers=1",
    "vision.hidden_size=32",
    "vision.mlp_size=32",
    "text.hidden_size=32",
    "text.mlp_size=32",
    "text.vocab_size=300",
    "fusion.size=16",
    "fusion.out_size=16",
    "train.validate_every=60",
  };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add_many (builder, "train", "--project", folder, "--preset", "tiny", "--name",
                           name, "--steps", steps, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (settings); i++)
    g_strv_builder_add_many (builder, "--set", settings[i], NULL);
  return g_strv_builder_end (builder);
}

void
ui_train (const char *folder)
{
  g_auto (GStrv) arguments = create_arguments (folder, "small", "60");

  ui_run_guisectl ((const char *const *)arguments);
}

GPid
ui_start_training (const char *folder, const char *name)
{
  g_auto (GStrv) arguments = create_arguments (folder, name, "1000000");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  GPid pid = 0;

  g_strv_builder_add_many (builder, g_getenv ("GUISE_CTL"), "--quiet", NULL);
  g_strv_builder_addv (builder, (const char **)arguments);
  argv = g_strv_builder_end (builder);
  g_spawn_async (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

char *
ui_make_trained_project (void)
{
  char *folder = ui_make_project ();

  ui_train (folder);
  ui_run_guisectl ((const char *[]){ "embed", "--project", folder, "--run", "small", NULL });
  return folder;
}
