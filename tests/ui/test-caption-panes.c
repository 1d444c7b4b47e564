/* The panes of the captions: endpoints and what a probe finds out, prompts and their editor, two
 * combinations tried side by side; against a scripted server. */
#include "guise-banner.h"
#include "guise-endpoints-pane.h"
#include "guise-prompts-pane.h"
#include "guise-trial-pane.h"
#include "net-fixture.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <jansson.h>
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
static void
play (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
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
static void
play_dead (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->manner = CHAT_SILENT;
}

static char *
get_config_path (const char *folder, const char *file)
{
  return g_build_filename (g_get_user_config_dir (), "guise", folder, file, NULL);
}

/* A profile of that name for the server. */
static void
write_profile (const char *name, const char *url, const char *model)
{
  g_autofree char *folder = get_config_path ("endpoints", NULL);
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

static GtkWidget *
show_pane (GtkWidget *pane)
{
  GtkWidget *window = adw_window_new ();

  gtk_window_set_default_size (GTK_WINDOW (window), 1120, 1060);
  gtk_window_set_title (GTK_WINDOW (window), "Pane");
  adw_window_set_content (ADW_WINDOW (window), pane);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
take_pictures (GtkWidget *window, const char *name)
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

static void
close_pane (GtkWidget *window, GtkWidget *pane)
{
  g_object_add_weak_pointer (G_OBJECT (pane), (gpointer *)&pane);
  gtk_window_destroy (GTK_WINDOW (window));
  ui_wait (is_gone, &pane, "the pane to go");
}

static GtkEntry *
find_entry (GtkWidget *root, const char *title)
{
  GtkWidget *label = ui_find (root, GTK_TYPE_LABEL, title);
  GtkWidget *row;

  g_assert_nonnull (label);
  row = gtk_widget_get_ancestor (label, ADW_TYPE_ACTION_ROW);
  g_assert_nonnull (row);
  return GTK_ENTRY (ui_find (row, GTK_TYPE_ENTRY, NULL));
}

static void
type (GtkWidget *root, const char *title, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (find_entry (root, title)), text);
}

static const char *
get_subtitle (GtkWidget *root, const char *title)
{
  GtkWidget *row = gtk_widget_get_ancestor (ui_find (root, GTK_TYPE_LABEL, title),
                                            ADW_TYPE_ACTION_ROW);

  return adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
}

static void
click (GtkWidget *root, const char *label)
{
  GtkWidget *button = ui_find (root, GTK_TYPE_BUTTON, label);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static void
assert_contains (const char *text, const char *words)
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

/* On the smallest screen, 1024 × 600, the header bar and the page's own switch take their part. */
static void
check_manners (GtkWidget *pane)
{
  int width, height;

  check_names (pane);
  gtk_widget_measure (pane, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  gtk_widget_measure (pane, GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  g_assert_cmpint (width, <=, 1024);
  g_assert_cmpint (height, <=, 480);
}

/* ---- endpoints ------------------------------------------------------------------------------ */

static gboolean
endpoints_are_idle (gpointer pane)
{
  return !guise_endpoints_pane_is_busy (pane);
}

static GuiseEndpointsPane *
open_endpoints (const char *name)
{
  GuiseEndpointsPane *pane = GUISE_ENDPOINTS_PANE (guise_endpoints_pane_new ());

  show_pane (GTK_WIDGET (pane));
  guise_endpoints_pane_select (pane, name);
  ui_wait (endpoints_are_idle, pane, "the profiles to be listed");
  return pane;
}

static GtkWidget *
get_window (gpointer pane)
{
  return GTK_WIDGET (gtk_widget_get_root (pane));
}

static gboolean
is_probed (gpointer pane)
{
  return ui_find (pane, GTK_TYPE_BUTTON, "_Probe") != NULL;
}

static void
test_probe (void)
{
  g_autoptr (ChatServer) server = net_model_new (play, NULL, 0);
  GuiseEndpointsPane *pane;
  GtkWidget *widget;

  write_profile ("tested", chat_server_get_url (server), "seeing");
  pane = open_endpoints ("tested");
  widget = GTK_WIDGET (pane);
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Test <i>server</i>"));
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  click (widget, "_Probe");
  ui_wait (is_probed, pane, "the probe to end");
  g_assert_null (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  assert_contains (get_subtitle (widget, "Answers with JSON"), "must be json_schema");
  g_assert_cmpstr (get_subtitle (widget, "Sees pictures"), ==, "");
  g_assert_cmpstr (get_subtitle (widget, "Keeps to a JSON schema"), ==, "");
  check_manners (widget);
  take_pictures (get_window (pane), "captions-endpoints");
  type (widget, "Model", "another"); /* what was measured is not known of this one */
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  close_pane (get_window (pane), widget);
}

static void
test_probe_cancelled (void)
{
  g_autoptr (ChatServer) server = chat_server_new (play_dead, NULL, NULL, 0);
  GuiseEndpointsPane *pane;

  write_profile ("tested", chat_server_get_url (server), "dead");
  pane = open_endpoints ("tested");
  click (GTK_WIDGET (pane), "_Probe");
  chat_server_await_requests (server, 1);
  click (GTK_WIDGET (pane), "_Cancel");
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_BUTTON, "_Probe"));
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_LABEL, "Not measured"));
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static gboolean
is_asked (gpointer data)
{
  return ui_find_question () != NULL;
}

static gboolean
is_answered (gpointer data)
{
  return ui_find_question () == NULL;
}

/* Another machine is asked nothing before somebody has said so, by its name. */
static void
test_probe_elsewhere (void)
{
  GuiseEndpointsPane *pane;

  write_profile ("tested", "https://models.example.invalid/v1", "far");
  pane = open_endpoints ("tested");
  click (GTK_WIDGET (pane), "_Probe");
  ui_wait (is_asked, NULL, "the question");
  g_assert_nonnull (
      ui_find (ui_find_question (), GTK_TYPE_LABEL, "Probe models.example.invalid?"));
  click (ui_find_question (), "_Cancel");
  ui_wait (is_answered, NULL, "the question to go");
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_BUTTON, "_Probe"));
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static json_t *
read_profile (const char *file)
{
  g_autofree char *path = get_config_path ("endpoints", file);

  return json_load_file (path, 0, NULL);
}

static gboolean
has_no_profile (gpointer file)
{
  g_autofree char *path = get_config_path ("endpoints", file);

  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

/* A shipped profile that is changed is the user's own; wrong input is said beside its field and
 * not kept; removing brings the shipped one back. */
static void
test_fields (void)
{
  GuiseEndpointsPane *pane = open_endpoints ("ollama");
  GtkWidget *widget = GTK_WIDGET (pane);
  json_t *profile;

  type (widget, "Model", "other-vl");
  type (widget, "Price of questions", "0,15");
  assert_contains (get_subtitle (widget, "Price of answers"), "Both prices");
  type (widget, "Price of answers", "0.60");
  ui_wait (endpoints_are_idle, pane, "the profile to be kept");
  profile = read_profile ("ollama.json");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "model")), ==, "other-vl");
  json_decref (profile);
  type (widget, "Address", "http://<b>&amp;");
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, get_subtitle (widget, "Address")));
  type (widget, "Address", "http://elsewhere.example/v1");
  assert_contains (get_subtitle (widget, "Address"), "elsewhere.example");
  type (widget, "Environment variable", "sk-1234");
  assert_contains (get_subtitle (widget, "Environment variable"), "no name of a variable");
  type (widget, "Certificates", "/nowhere/ca.pem");
  g_assert_false (gtk_widget_is_sensitive (ui_find (widget, GTK_TYPE_BUTTON, "_Probe")));
  ui_wait (endpoints_are_idle, pane, "the rest to be kept");
  profile = read_profile ("ollama.json");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "ca_file")), ==,
                   "/nowhere/ca.pem");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "url")), ==,
                   "http://127.0.0.1:11434/v1");
  json_decref (profile);
  take_pictures (get_window (pane), "captions-endpoints-wrong");
  type (widget, "Address", "http://127.0.0.1:11434/v1");
  type (widget, "Environment variable", "");
  ui_wait (endpoints_are_idle, pane, "the profile to be kept");
  assert_contains (get_subtitle (widget, "Certificates"), "no such file");
  gtk_widget_activate_action (widget, "endpoints.remove", NULL);
  ui_wait (is_asked, NULL, "the question");
  click (ui_find_question (), "_Remove");
  ui_wait (has_no_profile, "ollama.json", "the profile to be removed");
  ui_wait (endpoints_are_idle, pane, "the shipped profile to be listed");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (find_entry (widget, "Model"))), !=,
                   "other-vl");
  close_pane (get_window (pane), widget);
}

/* What is typed is kept although the pane goes at once. */
static void
test_endpoints_flush (void)
{
  GuiseEndpointsPane *pane = open_endpoints ("vllm");
  g_autofree char *path = get_config_path ("endpoints", "vllm-2.json");

  gtk_widget_activate_action (GTK_WIDGET (pane), "endpoints.duplicate", NULL);
  ui_wait (endpoints_are_idle, pane, "the copy");
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  type (GTK_WIDGET (pane), "Model", "mine");
  close_pane (get_window (pane), GTK_WIDGET (pane));
  pane = open_endpoints ("vllm-2");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (find_entry (GTK_WIDGET (pane), "Model"))),
                   ==, "mine");
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

/* Profiles that are added one after the other can be told apart. */
static void
test_add_twice (void)
{
  GuiseEndpointsPane *pane = open_endpoints ("vllm");

  for (guint i = 0; i < 2; i++) {
    gtk_widget_activate_action (GTK_WIDGET (pane), "endpoints.add", NULL);
    ui_wait (endpoints_are_idle, pane, "the new profile");
  }
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_LABEL, "Own server"));
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_LABEL, "Own server 2"));
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static gboolean
says_of_keyring (gpointer entry)
{
  GtkWidget *row = gtk_widget_get_ancestor (entry, ADW_TYPE_ACTION_ROW);

  return g_strcmp0 (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), "") != 0
         && adw_action_row_get_subtitle (ADW_ACTION_ROW (row)) != NULL;
}

/* The key's entry is emptied as soon as it is given away, and no file has it. */
static void
test_key (void)
{
  GuiseEndpointsPane *pane = open_endpoints ("openai");
  GtkWidget *entry = ui_find (GTK_WIDGET (pane), GTK_TYPE_PASSWORD_ENTRY, NULL);
  const char *note;

  g_assert_nonnull (entry);
  ui_wait (says_of_keyring, entry, "the keyring to be looked for");
  note = adw_action_row_get_subtitle (
      ADW_ACTION_ROW (gtk_widget_get_ancestor (entry, ADW_TYPE_ACTION_ROW)));
  if (!gtk_widget_is_sensitive (entry))
    assert_contains (note, "no keyring");
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

/* ---- prompts -------------------------------------------------------------------------------- */

static gboolean
prompts_are_idle (gpointer pane)
{
  return !guise_prompts_pane_is_busy (pane);
}

static GuisePromptsPane *
open_prompts (GuiseProject *project)
{
  GuisePromptsPane *pane = GUISE_PROMPTS_PANE (guise_prompts_pane_new ());

  show_pane (GTK_WIDGET (pane));
  guise_prompts_pane_set_project (pane, project);
  ui_wait (prompts_are_idle, pane, "the prompts to be listed");
  return pane;
}

static GtkTextBuffer *
get_buffer (GuisePromptsPane *pane, const char *name)
{
  GtkWidget *view = ui_find (GTK_WIDGET (pane), GTK_TYPE_TEXT_VIEW, name);

  g_assert_nonnull (view);
  return gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
}

static char *
dup_buffer (GtkTextBuffer *buffer)
{
  char *text;

  g_object_get (buffer, "text", &text, NULL);
  return text;
}

static const char *
get_label (GuisePromptsPane *pane, const char *name)
{
  GtkWidget *label = ui_find (GTK_WIDGET (pane), GTK_TYPE_LABEL, name);

  return gtk_widget_get_visible (label) ? gtk_label_get_text (GTK_LABEL (label)) : "";
}

static void
test_prompt (void)
{
  GuisePromptsPane *pane = open_prompts (NULL);
  GtkTextBuffer *editor = get_buffer (pane, "editor"), *preview = get_buffer (pane, "preview");
  g_autofree char *path = get_config_path ("prompts", "new-prompt.prompt");
  g_autofree char *shipped = g_strdup (get_label (pane, "version"));
  g_autofree char *asked = NULL, *kept = NULL, *version = NULL;
  GtkWidget *view = ui_find (GTK_WIDGET (pane), GTK_TYPE_TEXT_VIEW, "editor");

  assert_contains (shipped, "shipped");
  g_assert_false (gtk_text_view_get_editable (GTK_TEXT_VIEW (view)));
  gtk_widget_activate_action (GTK_WIDGET (pane), "prompts.duplicate", NULL);
  gtk_widget_activate_action (GTK_WIDGET (pane), "prompts.add", NULL); /* the last one is shown */
  ui_wait (prompts_are_idle, pane, "the new prompt");
  asked = dup_buffer (editor);
  assert_contains (asked, "title = New prompt");
  g_clear_pointer (&asked, g_free);
  g_assert_true (gtk_text_view_get_editable (GTK_TEXT_VIEW (view)));
  gtk_text_buffer_set_text (editor, "title = Mine\nwords = 5 20\n[user]\nWhat is {{worn}}?\n", -1);
  g_assert_cmpstr (get_label (pane, "problem"), ==, "line 4: no variable '{{worn}}' in [user]");
  g_assert_cmpstr (get_label (pane, "warnings"), ==, "");
  take_pictures (get_window (pane), "captions-prompts-wrong");
  gtk_text_buffer_set_text (
      editor,
      "title = Mine\nwords = 5 20\n[user]\nWhat is visible, in {{max_words}} words? {{style}}\n"
      "[style]\nLike {{exemplars}}\n[refused]\nOnly garments.\n",
      -1);
  g_assert_cmpstr (get_label (pane, "problem"), ==, "");
  assert_contains (get_label (pane, "warnings"), "null");
  asked = dup_buffer (preview);
  assert_contains (asked, "What is visible, in 20 words?");
  version = g_strdup (get_label (pane, "version"));
  assert_contains (version, "Version ");
  ui_wait (prompts_are_idle, pane, "the prompt to be kept");
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  assert_contains (kept, "in {{max_words}} words");
  check_manners (GTK_WIDGET (pane));
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static void
test_preview (void)
{
  GuisePromptsPane *pane = open_prompts (NULL);
  GtkWidget *kind = ui_find (GTK_WIDGET (pane), GTK_TYPE_DROP_DOWN, "preview_kind");
  g_autofree char *plain = NULL, *style = NULL, *refused = NULL;

  plain = dup_buffer (get_buffer (pane, "preview"));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (kind), 1);
  style = dup_buffer (get_buffer (pane, "preview"));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (kind), 2);
  refused = dup_buffer (get_buffer (pane, "preview"));
  g_assert_null (strstr (plain, "red coat and jeans"));
  assert_contains (style, "red coat and jeans");
  assert_contains (refused, "low-resolution crop");
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

/* ---- trial ---------------------------------------------------------------------------------- */

static gboolean
trial_is_idle (gpointer pane)
{
  return !guise_trial_pane_is_busy (pane);
}

static GuiseTrialPane *
open_trial (GuiseProject *project)
{
  GuiseTrialPane *pane = GUISE_TRIAL_PANE (guise_trial_pane_new ());

  show_pane (GTK_WIDGET (pane));
  guise_trial_pane_set_project (pane, project);
  ui_wait (trial_is_idle, pane, "the choices");
  return pane;
}

static void
start_trial (GuiseTrialPane *pane, guint n_images)
{
  GtkWidget *limit = ui_find (GTK_WIDGET (pane), GTK_TYPE_SPIN_BUTTON, "limit");

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (limit), n_images);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (pane), "trial.start", NULL));
}

static guint
count_labels (GtkWidget *widget, const char *text)
{
  guint n = GTK_IS_LABEL (widget)
            && strcmp (gtk_label_get_text (GTK_LABEL (widget)), text) == 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_labels (child, text);
  return n;
}

static gboolean
has_statistics (gpointer pane)
{
  return ui_find (pane, GTK_TYPE_LABEL, "This version") != NULL;
}

static void
note_use (GuiseTrialPane *pane, const char *endpoint, const char *model, const char *prompt,
          char **used)
{
  g_autofree char *file = g_path_get_basename (prompt);

  g_free (*used);
  *used = g_strdup_printf ("%s %s %s", endpoint, model, file);
}

static void
test_trial (void)
{
  g_autoptr (ChatServer) server = net_model_new (play, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  g_autofree char *used = NULL;
  GuiseTrialPane *pane;
  GuisePromptsPane *prompts;
  GtkWidget *results;

  write_profile ("tested", chat_server_get_url (server), "open");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "open", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "open", "descriptions");
  g_assert_false (gtk_widget_activate_action (GTK_WIDGET (pane), "trial.start", NULL)
                  && guise_trial_pane_is_busy (pane)); /* both are the same */
  guise_trial_pane_choose (pane, 1, "tested", "shy", "descriptions");
  g_signal_connect (pane, "use", G_CALLBACK (note_use), &used);
  start_trial (pane, 3);
  ui_wait (trial_is_idle, pane, "both jobs");
  results = ui_find (GTK_WIDGET (pane), GTK_TYPE_LIST_BOX, "results");
  g_assert_cmpuint (count_labels (results, "A slim young woman with long brown hair."), ==, 3);
  g_assert_cmpuint (
      count_labels (results, "A red coat, blue jeans & white trainers."), ==, 3);
  g_assert_cmpuint (count_labels (results, "Accepted by the checks"), ==, 3);
  g_assert_cmpuint (count_labels (results, "The model refused"), ==, 3);
  check_manners (GTK_WIDGET (pane));
  take_pictures (get_window (pane), "captions-trial");
  click (GTK_WIDGET (pane), "_Use This One");
  g_assert_cmpstr (used, ==, "tested open descriptions.prompt");
  close_pane (get_window (pane), GTK_WIDGET (pane));
  prompts = open_prompts (project);
  ui_wait (has_statistics, prompts, "the statistics");
  take_pictures (get_window (prompts), "captions-prompts");
  close_pane (get_window (prompts), GTK_WIDGET (prompts));
}

static void
note_host (GuiseTrialPane *pane, const char *host, guint n_images, gpointer data)
{
  char **asked = data;

  *asked = g_strdup_printf ("%s %u", host, n_images);
}

static const char *
get_banner (GuiseTrialPane *pane)
{
  GtkWidget *banner = ui_find (GTK_WIDGET (pane), GUISE_TYPE_BANNER, NULL);

  return guise_banner_get_revealed (GUISE_BANNER (banner))
             ? guise_banner_get_sentence (GUISE_BANNER (banner))
             : "";
}

/* Off this machine nothing goes without leave: nobody to ask, or somebody who says no. */
static void
test_consent (void)
{
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  g_autofree char *asked = NULL;
  g_autofree char *jobs = g_build_filename (folder, "captions.db", NULL);
  GuiseTrialPane *pane;

  write_profile ("tested", "https://models.example.invalid/v1", "far");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "far", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "farther", "descriptions");
  start_trial (pane, 5);
  g_assert_false (guise_trial_pane_is_busy (pane));
  assert_contains (get_banner (pane), "models.example.invalid is another machine");
  guise_trial_pane_set_consent_func (pane, note_host, &asked, NULL);
  start_trial (pane, 5);
  g_assert_true (guise_trial_pane_is_busy (pane));
  g_assert_cmpstr (asked, ==, "models.example.invalid 5");
  guise_trial_pane_answer_consent (pane, FALSE);
  g_assert_false (guise_trial_pane_is_busy (pane));
  g_assert_false (g_file_test (jobs, G_FILE_TEST_EXISTS));
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static void
play_locked (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->status = 401;
  reply->body = g_strdup ("{\"error\":{\"message\":\"no such key\"}}");
}

/* A server that lets nobody in ends the trial with its sentence; the second side is not tried. */
static void
test_trial_blocked (void)
{
  g_autoptr (ChatServer) server = chat_server_new (play_locked, NULL, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  GuiseTrialPane *pane;
  GtkWidget *results;

  write_profile ("tested", chat_server_get_url (server), "locked");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "locked", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "other", "descriptions");
  start_trial (pane, 2);
  ui_wait (trial_is_idle, pane, "the trial to end");
  assert_contains (get_banner (pane), "did not come to its end");
  results = ui_find (GTK_WIDGET (pane), GTK_TYPE_LIST_BOX, "results");
  g_assert_cmpuint (count_labels (results, "Not asked yet"), ==, 4); /* two rows of two */
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

/* A cancelled trial ends soon and leaves the pane ready; a project that goes takes it along. */
static void
test_trial_cancelled (void)
{
  g_autoptr (ChatServer) server = chat_server_new (play_dead, NULL, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  GuiseTrialPane *pane;

  write_profile ("tested", chat_server_get_url (server), "dead");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "dead", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "deader", "descriptions");
  start_trial (pane, 2);
  chat_server_await_requests (server, 1);
  gtk_widget_activate_action (GTK_WIDGET (pane), "trial.cancel", NULL);
  ui_wait (trial_is_idle, pane, "the trial to be cancelled");
  start_trial (pane, 2);
  g_assert_true (guise_trial_pane_is_busy (pane));
  guise_trial_pane_set_project (pane, NULL);
  ui_wait (trial_is_idle, pane, "the trial to end with its project");
  close_pane (get_window (pane), GTK_WIDGET (pane));
}

static void
run (gconstpointer test)
{
  ui_start ();
  forget_files ();
  ((void (*) (void))test) ();
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
#define ADD(path, test) g_test_add_data_func ("/caption-panes/" path, test, run)
  ADD ("probe", test_probe);
  ADD ("probe-cancelled", test_probe_cancelled);
  ADD ("probe-elsewhere", test_probe_elsewhere);
  ADD ("fields", test_fields);
  ADD ("endpoints-flush", test_endpoints_flush);
  ADD ("add-twice", test_add_twice);
  ADD ("key", test_key);
  ADD ("prompt", test_prompt);
  ADD ("preview", test_preview);
  ADD ("trial", test_trial);
  ADD ("consent", test_consent);
  ADD ("trial-blocked", test_trial_blocked);
  ADD ("trial-cancelled", test_trial_cancelled);
#undef ADD
  return g_test_run ();
}
