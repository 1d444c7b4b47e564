#include "guise-prompt-files.h"

#include "guise-atomic-file.h"
#include "guise-data-file.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SUFFIX ".prompt"
#define MAX_NAME 64
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

void
guise_prompt_file_free (GuisePromptFile *file)
{
  if (file == NULL)
    return;
  g_free (file->name);
  g_free (file->path);
  g_free (file->title);
  g_free (file->text);
  g_free (file->hash);
  g_free (file->problem);
  g_free (file);
}

static char *
create_user_folder (void)
{
  return g_build_filename (g_get_user_config_dir (), "guise", "prompts", NULL);
}

static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);

  return length > 0 && length <= MAX_NAME && *name != '-'
         && strspn (name, NAME_CHARACTERS) == length;
}

static char *
create_path (const char *name, GError **error)
{
  g_autofree char *folder = create_user_folder ();
  g_autofree char *file = g_strconcat (name, SUFFIX, NULL);

  if (is_name (name))
    return g_build_filename (folder, file, NULL);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot name a prompt '%s': a name has lower-case letters, digits and '-'", name);
  return NULL;
}

/* ---- listing ---- */

static GuisePromptFile *
load (const char *folder, const char *name, gboolean is_own)
{
  g_autofree char *file_name = g_strconcat (name, SUFFIX, NULL);
  g_autofree char *path = g_build_filename (folder, file_name, NULL);
  gsize size;
  g_autofree char *text = guise_read_file (path, GUISE_PROMPT_MAX_BYTES, &size, NULL);
  g_autoptr (GuisePrompt) prompt = NULL;
  g_autoptr (GError) error = NULL;
  GuisePromptFile *file;

  if (text == NULL || !g_utf8_validate_len (text, size, NULL))
    return NULL;
  file = g_new0 (GuisePromptFile, 1);
  prompt = guise_prompt_parse (text, size, name, &error);
  file->name = g_strdup (name);
  file->path = g_steal_pointer (&path);
  file->text = g_steal_pointer (&text);
  file->is_own = is_own;
  file->title = g_strdup (prompt != NULL ? prompt->title : name);
  file->hash = prompt != NULL ? guise_prompt_dup_hash (prompt) : NULL;
  file->problem = error != NULL ? g_strdup (error->message) : NULL;
  return file;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const GuisePromptFile *one = *(GuisePromptFile *const *)a, *other = *(GuisePromptFile *const *)b;

  return one->is_own != other->is_own ? one->is_own - other->is_own
                                      : strcmp (one->name, other->name);
}

static void
list_folder (const char *folder, gboolean is_own, GPtrArray *files)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *name = NULL;
    GuisePromptFile *file;

    if (!g_str_has_suffix (entry, SUFFIX))
      continue;
    name = g_strndup (entry, strlen (entry) - strlen (SUFFIX));
    file = is_name (name) ? load (folder, name, is_own) : NULL;
    if (file != NULL)
      g_ptr_array_add (files, file);
  }
}

GPtrArray *
guise_prompt_files_list (void)
{
  g_autofree char *shipped = guise_find_data_file ("prompts");
  g_autofree char *own = create_user_folder ();
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_prompt_file_free);

  list_folder (shipped, FALSE, files);
  list_folder (own, TRUE, files);
  g_ptr_array_sort (files, compare_names);
  return files;
}

/* ---- changing ---- */

gboolean
guise_prompt_files_save (const char *name, const char *text, GError **error)
{
  g_autofree char *folder = create_user_folder ();
  g_autofree char *path = create_path (name, error);
  gsize length = strlen (text);

  if (path == NULL)
    return FALSE;
  if (length > GUISE_PROMPT_MAX_BYTES) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                 "cannot keep the prompt '%s': it has %zu bytes; %d are allowed", name, length,
                 GUISE_PROMPT_MAX_BYTES);
    return FALSE;
  }
  if (g_mkdir_with_parents (folder, 0700) < 0)
    return guise_formats_fail_errno (error, errno, "cannot make the folder", folder);
  return guise_atomic_write (path, text, length, error);
}

gboolean
guise_prompt_files_remove (const char *name, GError **error)
{
  g_autofree char *path = create_path (name, error);

  if (path == NULL)
    return FALSE;
  return g_unlink (path) == 0
         || guise_formats_fail_errno (error, errno, "cannot remove the prompt", path);
}

static gboolean
is_taken (const char *name, GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++)
    if (strcmp (((GuisePromptFile *)files->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

char *
guise_prompt_files_propose_name (const char *title, GPtrArray *files)
{
  g_autofree char *lower = g_ascii_strdown (title, -1);
  g_autofree char *stem = NULL;

  g_strcanon (lower, NAME_CHARACTERS, '-');
  lower[MIN (strlen (lower), MAX_NAME - 8)] = '\0';
  stem = g_strdup (lower + strspn (lower, "-"));
  while (*stem != '\0' && stem[strlen (stem) - 1] == '-')
    stem[strlen (stem) - 1] = '\0';
  if (*stem == '\0') {
    g_free (stem);
    stem = g_strdup ("prompt");
  }
  for (guint n = 1;; n++) {
    g_autofree char *name = n == 1 ? g_strdup (stem) : g_strdup_printf ("%s-%u", stem, n);

    if (!is_taken (name, files))
      return g_steal_pointer (&name);
  }
}
