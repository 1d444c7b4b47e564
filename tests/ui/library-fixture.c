#include "library-fixture.h"

#include <string.h>

void
library_set_up (LibraryFixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->window = ui_open_window (fixture->folder);
  fixture->library = ui_get_library (fixture->window);
  fixture->pane = guise_library_page_get_pane (fixture->library);
  fixture->store = guise_project_get_store (guise_window_get_project (fixture->window));
}

void
library_tear_down (LibraryFixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  g_free (fixture->folder);
}
GArray *
library_list_ids (LibraryFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GArray *ids = guise_store_list_images (fixture->store, NULL, GUISE_SORT_IMPORT, NULL, &error);

  g_assert_no_error (error);
  return ids;
}

GuiseCaption *
library_read_caption (GuiseStore *store, gint64 id)
{
  g_autoptr (GError) error = NULL;
  GuiseCaption *caption = guise_store_get_caption (store, id, &error);

  g_assert_no_error (error);
  return caption;
}

gboolean
library_is_stored (GuiseStore *store, gint64 id, const char *text)
{
  g_autoptr (GuiseCaption) caption = library_read_caption (store, id);

  return strcmp (caption->text, text) == 0;
}

typedef struct {
  GuiseStore *store;
  gint64 id;
  const char *text;
} StoredText;

static gboolean
is_stored (gpointer data)
{
  StoredText *wanted = data;

  return library_is_stored (wanted->store, wanted->id, wanted->text);
}

void
library_wait_stored (LibraryFixture *fixture, gint64 id, const char *text)
{
  ui_wait (is_stored, &(StoredText){ fixture->store, id, text }, "the text to be stored");
}

static gboolean
is_pane_on (gpointer data)
{
  LibraryFixture *fixture = ((gpointer *)data)[0];
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_autoptr (GuiseCaption) caption = NULL;

  if (editor == NULL)
    return FALSE;
  caption = library_read_caption (fixture->store, guise_caption_editor_get_caption_id (editor));
  return caption->image_id == *(gint64 *)((gpointer *)data)[1];
}

void
library_select_image (LibraryFixture *fixture, gint64 id)
{
  g_assert_true (guise_library_page_select (fixture->library, id));
  ui_wait (is_pane_on, (gpointer[]){ fixture, &id }, "the pane to show the selected picture");
}

gboolean
library_can_undo (gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (data), "undo");
}

gint64
library_get_other_image (LibraryFixture *fixture)
{
  g_autoptr (GArray) ids = library_list_ids (fixture);

  return g_array_index (ids, gint64, 5);
}
