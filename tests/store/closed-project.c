#include "closed-project.h"

#include "guise-backup.h"
#include "guise-captions-copy.h"
#include "guise-project-copies.h"
#include "store-fixture.h"

char *
closed_project_new (void)
{
  return fixture_closed_store (2);
}

void
closed_project_open (const char *folder, GuiseProjectMode mode, GError **error)
{
  g_autoptr (GuiseProject) project = guise_project_open (folder, mode, error);

  g_assert_true ((project != NULL) != (*error != NULL));
}

void
closed_project_edit (const char *folder, gint64 caption_id, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);

  g_assert_no_error (error);
  g_assert_true (guise_store_edit_caption (store, caption_id, -1, text, &error));
}

void
closed_project_assert_text (const char *folder, gint64 caption_id, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (folder, GUISE_PROJECT_PREFER_WRITE, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = fixture_text (guise_project_get_store (project), caption_id);
  g_assert_cmpstr (text, ==, expected);
}

char *
closed_project_back_up (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_ONLY, &error);
  char *path;

  g_assert_no_error (error);
  path = guise_backup_make (store, NULL, &error);
  g_assert_no_error (error);
  return path;
}

void
closed_project_write_copy (const char *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);

  g_assert_true (guise_captions_copy_write (store, path, NULL, &error));
  g_assert_no_error (error);
}

GPtrArray *
closed_project_check (const char *folder, gboolean repair)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *findings = guise_project_check (folder, repair, NULL, &error);

  g_assert_no_error (error);
  return findings;
}
