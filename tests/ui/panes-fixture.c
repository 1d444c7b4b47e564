#include "panes-fixture.h"

#include "guise-prompts-pane.h"

#include <string.h>

/* ---- the server ----------------------------------------------------------------------------- */

static const char described[]
    = "{\"visible\":{\"gender_presentation\":\"woman\",\"age_group\":\"young\",\"build\":\"slim\","
      "\"height\":null,\"posture\":null,\"hair\":\"long brown hair\",\"upper\":\"red coat\","
      "\"lower\":\"blue jeans\",\"footwear\":\"white trainers\",\"bag\":null,\"headwear\":null},"
      "\"identity\":\"A slim young woman with long brown hair.\","
      "\"clothing\":\"A red coat, blue jeans & white trainers.\",\"refused\":false}";

/* Knows the schema, but no json_object; describes everybody alike,
 * unless its model is a shy one, which refuses. */
void
panes_play (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (strstr (request->body, "\"json_object\"") != NULL) {
    reply->status = 400;
    reply->body = g_strdup ("{\"error\":\"response_format.type must be json_schema or text\"}");
  } else if (strstr (request->body, "colour_of_it") != NULL) {
    reply->body = chat_body ("{\"garment\":\"coat\",\"colour_of_it\":\"red\"}");
  } else if (strstr (request->body, "\"shy\"") != NULL) {
    reply->body = chat_body ("I'm sorry, but I can't describe people in images.");
  } else {
    reply->body = chat_body (described);
  }
}

/* Nobody answers until the client goes. */
void
panes_play_dead (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->manner = CHAT_SILENT;
}

char *
panes_get_config_path (const char *folder, const char *file)
{
  return g_build_filename (g_get_user_config_dir (), "guise", folder, file, NULL);
}

/* A profile of that name for the server. */
void
panes_write_profile (const char *name, const char *url, const char *model)
{
  g_autofree char *folder = panes_get_config_path ("endpoints", NULL);
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *text = g_strdup_printf (
      "{\"name\":\"%s\",\"title\":\"Test <i>server</i>\",\"url\":\"%s\",\"model\":\"%s\","
      "\"auth\":\"none\"}",
      name, url, model);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
forget_files (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "guise", NULL);
  const char *const command[] = { "rm", "-rf", folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

/* ---- a window for a pane -------------------------------------------------------------------- */

GtkWidget *
panes_show_pane (GtkWidget *pane)
{
  GtkWidget *window = adw_window_new ();

  gtk_window_set_default_size (GTK_WINDOW (window), 1120, 1060);
  gtk_window_set_title (GTK_WINDOW (window), "Pane");
  adw_window_set_content (ADW_WINDOW (window), pane);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

void
panes_take_pictures (GtkWidget *window, const char *name)
{
  g_autofree char *light = g_strconcat (name, "-light", NULL);
  g_autofree char *dark = g_strconcat (name, "-dark", NULL);

  ui_screenshot_of (window, light);
  ui_set_dark (TRUE);
  ui_screenshot_of (window, dark);
  ui_set_dark (FALSE);
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *)data == NULL;
}

void
panes_close_pane (GtkWidget *window, GtkWidget *pane)
{
  g_object_add_weak_pointer (G_OBJECT (pane), (gpointer *)&pane);
  gtk_window_destroy (GTK_WINDOW (window));
  ui_wait (is_gone, &pane, "the pane to go");
}

GtkEntry *
panes_find_entry (GtkWidget *root, const char *title)
{
  GtkWidget *label = ui_find (root, GTK_TYPE_LABEL, title);
  GtkWidget *row;

  g_assert_nonnull (label);
  row = gtk_widget_get_ancestor (label, ADW_TYPE_ACTION_ROW);
  g_assert_nonnull (row);
  return GTK_ENTRY (ui_find (row, GTK_TYPE_ENTRY, NULL));
}

void
panes_type (GtkWidget *root, const char *title, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (panes_find_entry (root, title)), text);
}

const char *
panes_get_subtitle (GtkWidget *root, const char *title)
{
  GtkWidget *row = gtk_widget_get_ancestor (ui_find (root, GTK_TYPE_LABEL, title),
                                            ADW_TYPE_ACTION_ROW);

  return adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
}

void
panes_click (GtkWidget *root, const char *label)
{
  GtkWidget *button = ui_find (root, GTK_TYPE_BUTTON, label);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

void
panes_assert_contains (const char *text, const char *words)
{
  if (text == NULL || strstr (text, words) == NULL)
    g_error ("'%s' is not in '%s'", words, text);
}

/* Every control below has a name. */
static void
check_names (GtkWidget *widget)
{
  if ((GTK_IS_ENTRY (widget) || GTK_IS_TEXT_VIEW (widget) || GTK_IS_DROP_DOWN (widget)
       || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_PASSWORD_ENTRY (widget)
       || (GTK_IS_BUTTON (widget) && gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL
           && gtk_widget_get_ancestor (widget, ADW_TYPE_ENTRY_ROW) == NULL
           && !GTK_IS_SPIN_BUTTON (gtk_widget_get_parent (widget))))
      && !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget),
                                            GTK_ACCESSIBLE_PROPERTY_LABEL))
    g_error ("a %s has no name", G_OBJECT_TYPE_NAME (widget));
  if (GTK_IS_SPIN_BUTTON (widget) || ADW_IS_COMBO_ROW (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_names (child);
}

/* What the names of the panes take beside the open one. */
#define NAMES 160

/* On the smallest screen, 1024 × 600, the header bar and the page's own switch take their part. */
void
panes_check_manners (GtkWidget *pane)
{
  int width, height;

  check_names (pane);
  gtk_widget_measure (pane, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_measure (pane, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_assert_cmpint (width, <=, 1024 - NAMES);
  g_assert_cmpint (height, <=, 480);
}

GtkWidget *
panes_get_window (gpointer pane)
{
  return GTK_WIDGET (gtk_widget_get_root (pane));
}

gboolean
panes_is_asked (gpointer data)
{
  return ui_find_question () != NULL;
}

gboolean
panes_is_answered (gpointer data)
{
  return ui_find_question () == NULL;
}

gboolean
panes_prompts_are_idle (gpointer pane)
{
  return !guise_prompts_pane_is_busy (pane);
}

GuisePromptsPane *
panes_open_prompts (GuiseProject *project)
{
  GuisePromptsPane *pane = GUISE_PROMPTS_PANE (guise_prompts_pane_new ());

  panes_show_pane (GTK_WIDGET (pane));
  guise_prompts_pane_set_project (pane, project);
  ui_wait (panes_prompts_are_idle, pane, "the prompts to be listed");
  return pane;
}

void
panes_run (gconstpointer test)
{
  ui_start ();
  forget_files ();
  ((void (*) (void))test) ();
}
