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

void
ui_train (const char *folder)
{
  ui_run_guisectl ((const char *[]){ "train",
                                     "--project",
                                     folder,
                                     "--preset",
                                     "tiny",
                                     "--name",
                                     "small",
                                     "--steps",
                                     "60",
                                     "--set",
                                     "train.persons=4",
                                     "--set",
                                     "vision.layers=1",
                                     "--set",
                                     "text.layers=1",
                                     "--set",
                                     "vision.hidden_size=32",
                                     "--set",
                                     "vision.mlp_size=32",
                                     "--set",
                                     "text.hidden_size=32",
                                     "--set",
                                     "text.mlp_size=32",
                                     "--set",
                                     "text.vocab_size=300",
                                     "--set",
                                     "fusion.size=16",
                                     "--set",
                                     "fusion.out_size=16",
                                     "--set",
                                     "train.validate_every=60",
                                     NULL });
}

char *
ui_make_trained_project (void)
{
  char *folder = ui_make_project ();

  ui_train (folder);
  ui_run_guisectl ((const char *[]){ "embed", "--project", folder, "--run", "small", NULL });
  return folder;
}
