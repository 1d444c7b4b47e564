/* Prompts and profiles of the user as files: listed beside the shipped ones, kept, taken away. */
#include "guise-endpoint.h"
#include "guise-formats-error.h"
#include "guise-prompt-files.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <string.h>

static const char good[] = "title = Mine\n[user]\nOnly what is visible: {{schema}}, else null.\n";

static const GuisePromptFile *
find (GPtrArray *files, const char *name)
{
  for (guint i = 0; i < files->len; i++)
    if (strcmp (((GuisePromptFile *)files->pdata[i])->name, name) == 0)
      return files->pdata[i];
  return NULL;
}

static void
save (const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;

  guise_prompt_files_save (name, text, &error);
  g_assert_no_error (error);
}

static void
test_shipped (void)
{
  g_autoptr (GPtrArray) files = guise_prompt_files_list ();
  const GuisePromptFile *file = find (files, "descriptions");

  g_assert_nonnull (file);
  g_assert_false (file->is_own);
  g_assert_null (file->problem);
  g_assert_cmpuint (strlen (file->hash), ==, 64);
  g_assert_true (g_file_test (file->path, G_FILE_TEST_IS_REGULAR));
}

static void
test_own (void)
{
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;
  const GuisePromptFile *file;

  save ("mine", good);
  save ("mine", good); /* again */
  save ("unfinished", "title = Half\n[user]\n{{nothing}}\n");
  files = guise_prompt_files_list ();
  file = find (files, "mine");
  g_assert_true (file->is_own);
  g_assert_cmpstr (file->title, ==, "Mine");
  g_assert_cmpstr (file->text, ==, good);
  file = find (files, "unfinished");
  g_assert_null (file->hash);
  g_assert_nonnull (strstr (file->problem, "line 3"));
  g_assert_true (guise_prompt_files_remove ("unfinished", &error));
  g_assert_no_error (error);
  g_assert_false (guise_prompt_files_remove ("unfinished", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (guise_prompt_files_remove ("mine", NULL));
}

static void
test_names (void)
{
  static const char *const wrong[] = { "", "-x", "../x", "a b", "Upper", "a.b" };
  g_autoptr (GPtrArray) files = NULL;
  g_autofree char *first = NULL, *next = NULL, *other = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (guise_prompt_files_save (wrong[i], good, &error));
    g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, wrong[i]));
  }
  files = guise_prompt_files_list ();
  first = guise_prompt_files_propose_name (" My prompt, 2! ", files);
  g_assert_cmpstr (first, ==, "my-prompt--2");
  save (first, good);
  g_clear_pointer (&files, g_ptr_array_unref);
  files = guise_prompt_files_list ();
  next = guise_prompt_files_propose_name ("my prompt, 2", files);
  g_assert_cmpstr (next, ==, "my-prompt--2-2");
  other = guise_prompt_files_propose_name ("\xe4\xb8\xad", files);
  g_assert_cmpstr (other, ==, "prompt");
  g_assert_true (guise_prompt_files_remove (first, NULL));
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (GUISE_PROMPT_MAX_BYTES + 1, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_prompt_files_save ("large", text, &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
}

/* What is no prompt by its name or its bytes is not listed. */
static void
test_strangers (void)
{
  g_autofree char *folder
      = g_build_filename (g_get_user_config_dir (), "guise", "prompts", NULL);
  g_autofree char *bytes = g_build_filename (folder, "bytes.prompt", NULL);
  g_autofree char *upper = g_build_filename (folder, "Upper.prompt", NULL);
  g_autoptr (GPtrArray) files = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (bytes, "\xff\xfe", 2, NULL));
  g_assert_true (g_file_set_contents (upper, good, -1, NULL));
  files = guise_prompt_files_list ();
  g_assert_null (find (files, "bytes"));
  g_assert_null (find (files, "Upper"));
  g_remove (bytes);
  g_remove (upper);
}

static void
test_endpoint_goes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseEndpoint) endpoint = guise_endpoint_find ("ollama", &error);
  g_autoptr (GuiseEndpoint) again = NULL;

  g_assert_no_error (error);
  g_assert_false (guise_endpoint_is_own ("ollama"));
  g_free (endpoint->model);
  endpoint->model = g_strdup ("mine");
  g_assert_true (guise_endpoint_save (endpoint, &error));
  g_assert_true (guise_endpoint_is_own ("ollama"));
  g_assert_true (guise_endpoint_remove ("ollama", &error));
  g_assert_no_error (error);
  again = guise_endpoint_find ("ollama", &error);
  g_assert_cmpstr (again->model, !=, "mine");
  g_assert_false (guise_endpoint_remove ("ollama", &error));
  g_assert_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PROFILE);
}

/* Not GLib's isolation, which leaks. */
static void
clean_up (gpointer *none, gconstpointer run)
{
  temp_folder_remove (g_get_user_config_dir ());
}

static void
run (gpointer *none, gconstpointer data)
{
  ((void (*) (void))data) ();
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (void);
  } tests[] = {
    { "/prompt-files/shipped", test_shipped },
    { "/prompt-files/own", test_own },
    { "/prompt-files/names", test_names },
    { "/prompt-files/too-large", test_too_large },
    { "/prompt-files/strangers", test_strangers },
    { "/prompt-files/endpoint-goes", test_endpoint_goes },
  };
  g_autofree char *config = temp_folder_new ("prompt-files");

  g_test_init (&argc, &argv, NULL);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, gpointer, tests[i].run, NULL, run, clean_up);
  return g_test_run ();
}
