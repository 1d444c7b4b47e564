/* The panes of the captions: endpoints and what a probe finds out, prompts and their editor;
 * against a scripted server. */
#include "guise-endpoints-pane.h"
#include "panes-fixture.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

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

  panes_show_pane (GTK_WIDGET (pane));
  guise_endpoints_pane_select (pane, name);
  ui_wait (endpoints_are_idle, pane, "the profiles to be listed");
  return pane;
}

static gboolean
is_probed (gpointer pane)
{
  return ui_find (pane, GTK_TYPE_BUTTON, "_Probe") != NULL;
}

static void
test_probe (void)
{
  g_autoptr (ChatServer) server = net_model_new (panes_play, NULL, 0);
  GuiseEndpointsPane *pane;
  GtkWidget *widget;

  panes_write_profile ("tested", chat_server_get_url (server), "seeing");
  pane = open_endpoints ("tested");
  widget = GTK_WIDGET (pane);
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Test <i>server</i>"));
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  panes_click (widget, "_Probe");
  ui_wait (is_probed, pane, "the probe to end");
  g_assert_null (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  panes_assert_contains (panes_get_subtitle (widget, "Answers with JSON"), "must be json_schema");
  g_assert_cmpstr (panes_get_subtitle (widget, "Sees pictures"), ==, "");
  g_assert_cmpstr (panes_get_subtitle (widget, "Keeps to a JSON schema"), ==, "");
  panes_check_manners (widget);
  panes_take_pictures (panes_get_window (pane), "captions-endpoints");
  panes_type (widget, "Model", "another"); /* what was measured is not known of this one */
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Not measured"));
  panes_close_pane (panes_get_window (pane), widget);
}

/* Sees the picture and breaks off whatever else is asked. */
static void
see_and_break (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  if (request->number == 1 && net_see (request, reply))
    return;
  reply->body = chat_body ("{\"coat\":\"red\"}");
  reply->manner = CHAT_RESET;
}

/* A connection that breaks is no "no". */
static void
test_probe_broken (void)
{
  g_autoptr (ChatServer) server = chat_server_new (see_and_break, NULL, NULL, 0);
  GuiseEndpointsPane *pane;
  GtkWidget *widget;

  panes_write_profile ("tested", chat_server_get_url (server), "seeing");
  pane = open_endpoints ("tested");
  widget = GTK_WIDGET (pane);
  panes_click (widget, "_Probe");
  ui_wait (is_probed, pane, "the probe to end");
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, "Could not be asked"));
  g_assert_null (ui_find (widget, GTK_TYPE_LABEL, "No"));
  panes_assert_contains (panes_get_subtitle (widget, "Keeps to a JSON schema"),
                         "The answer broke off");
  panes_close_pane (panes_get_window (pane), widget);
}

static void
test_probe_cancelled (void)
{
  g_autoptr (ChatServer) server = chat_server_new (panes_play_dead, NULL, NULL, 0);
  GuiseEndpointsPane *pane;

  panes_write_profile ("tested", chat_server_get_url (server), "dead");
  pane = open_endpoints ("tested");
  panes_click (GTK_WIDGET (pane), "_Probe");
  chat_server_await_requests (server, 1);
  panes_click (GTK_WIDGET (pane), "_Cancel");
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_BUTTON, "_Probe"));
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_LABEL, "Not measured"));
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

/* Another machine is asked nothing before somebody has said so, by its name. */
static void
test_probe_elsewhere (void)
{
  GuiseEndpointsPane *pane;

  panes_write_profile ("tested", "https://models.example.invalid/v1", "far");
  pane = open_endpoints ("tested");
  panes_click (GTK_WIDGET (pane), "_Probe");
  ui_wait (panes_is_asked, NULL, "the question");
  g_assert_nonnull (
      ui_find (ui_find_question (), GTK_TYPE_LABEL, "Probe models.example.invalid?"));
  panes_click (ui_find_question (), "_Cancel");
  ui_wait (panes_is_answered, NULL, "the question to go");
  g_assert_nonnull (ui_find (GTK_WIDGET (pane), GTK_TYPE_BUTTON, "_Probe"));
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

static json_t *
read_profile (const char *file)
{
  g_autofree char *path = panes_get_config_path ("endpoints", file);

  return json_load_file (path, 0, NULL);
}

static gboolean
has_no_profile (gpointer file)
{
  g_autofree char *path = panes_get_config_path ("endpoints", file);

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

  panes_type (widget, "Model", "other-vl");
  panes_type (widget, "Price of questions", "0,15");
  panes_assert_contains (panes_get_subtitle (widget, "Price of answers"), "Both prices");
  panes_type (widget, "Price of answers", "0.60");
  ui_wait (endpoints_are_idle, pane, "the profile to be kept");
  profile = read_profile ("ollama.json");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "model")), ==, "other-vl");
  json_decref (profile);
  panes_type (widget, "Address", "http://<b>&amp;");
  g_assert_nonnull (ui_find (widget, GTK_TYPE_LABEL, panes_get_subtitle (widget, "Address")));
  panes_type (widget, "Address", "http://elsewhere.example/v1");
  panes_assert_contains (panes_get_subtitle (widget, "Address"), "elsewhere.example");
  panes_type (widget, "Environment variable", "sk-1234");
  panes_assert_contains (panes_get_subtitle (widget, "Environment variable"),
                         "no name of a variable");
  panes_type (widget, "Certificates", "/nowhere/ca.pem");
  g_assert_false (gtk_widget_is_sensitive (ui_find (widget, GTK_TYPE_BUTTON, "_Probe")));
  ui_wait (endpoints_are_idle, pane, "the rest to be kept");
  profile = read_profile ("ollama.json");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "ca_file")), ==,
                   "/nowhere/ca.pem");
  g_assert_cmpstr (json_string_value (json_object_get (profile, "url")), ==,
                   "http://127.0.0.1:11434/v1");
  json_decref (profile);
  panes_take_pictures (panes_get_window (pane), "captions-endpoints-wrong");
  panes_type (widget, "Address", "http://127.0.0.1:11434/v1");
  panes_type (widget, "Environment variable", "");
  ui_wait (endpoints_are_idle, pane, "the profile to be kept");
  panes_assert_contains (panes_get_subtitle (widget, "Certificates"), "no such file");
  gtk_widget_activate_action (widget, "endpoints.remove", NULL);
  ui_wait (panes_is_asked, NULL, "the question");
  panes_click (ui_find_question (), "_Remove");
  ui_wait (has_no_profile, "ollama.json", "the profile to be removed");
  ui_wait (endpoints_are_idle, pane, "the shipped profile to be listed");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (panes_find_entry (widget, "Model"))), !=,
                   "other-vl");
  panes_close_pane (panes_get_window (pane), widget);
}

/* What is typed is kept although the pane goes at once. */
static void
test_endpoints_flush (void)
{
  GuiseEndpointsPane *pane = open_endpoints ("vllm");
  g_autofree char *path = panes_get_config_path ("endpoints", "vllm-2.json");

  gtk_widget_activate_action (GTK_WIDGET (pane), "endpoints.duplicate", NULL);
  ui_wait (endpoints_are_idle, pane, "the copy");
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  panes_type (GTK_WIDGET (pane), "Model", "mine");
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
  pane = open_endpoints ("vllm-2");
  g_assert_cmpstr (
      gtk_editable_get_text (GTK_EDITABLE (panes_find_entry (GTK_WIDGET (pane), "Model"))), ==,
      "mine");
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
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
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
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
    panes_assert_contains (note, "no keyring");
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

/* ---- prompts -------------------------------------------------------------------------------- */

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
  GuisePromptsPane *pane = panes_open_prompts (NULL);
  GtkTextBuffer *editor = get_buffer (pane, "editor"), *preview = get_buffer (pane, "preview");
  g_autofree char *path = panes_get_config_path ("prompts", "new-prompt.prompt");
  g_autofree char *shipped = g_strdup (get_label (pane, "version"));
  g_autofree char *asked = NULL, *kept = NULL, *version = NULL;
  GtkWidget *view = ui_find (GTK_WIDGET (pane), GTK_TYPE_TEXT_VIEW, "editor");

  panes_assert_contains (shipped, "shipped");
  g_assert_false (gtk_text_view_get_editable (GTK_TEXT_VIEW (view)));
  gtk_widget_activate_action (GTK_WIDGET (pane), "prompts.duplicate", NULL);
  gtk_widget_activate_action (GTK_WIDGET (pane), "prompts.add", NULL); /* the last one is shown */
  ui_wait (panes_prompts_are_idle, pane, "the new prompt");
  asked = dup_buffer (editor);
  panes_assert_contains (asked, "title = New prompt");
  g_clear_pointer (&asked, g_free);
  g_assert_true (gtk_text_view_get_editable (GTK_TEXT_VIEW (view)));
  gtk_text_buffer_set_text (editor, "title = Mine\nwords = 5 20\n[user]\nWhat is {{worn}}?\n", -1);
  g_assert_cmpstr (get_label (pane, "problem"), ==, "line 4: no variable '{{worn}}' in [user]");
  g_assert_cmpstr (get_label (pane, "warnings"), ==, "");
  panes_take_pictures (panes_get_window (pane), "captions-prompts-wrong");
  gtk_text_buffer_set_text (
      editor,
      "title = Mine\nwords = 5 20\n[user]\nWhat is visible, in {{max_words}} words? {{style}}\n"
      "[style]\nLike {{exemplars}}\n[refused]\nOnly garments.\n",
      -1);
  g_assert_cmpstr (get_label (pane, "problem"), ==, "");
  panes_assert_contains (get_label (pane, "warnings"), "null");
  asked = dup_buffer (preview);
  panes_assert_contains (asked, "What is visible, in 20 words?");
  version = g_strdup (get_label (pane, "version"));
  panes_assert_contains (version, "Version ");
  ui_wait (panes_prompts_are_idle, pane, "the prompt to be kept");
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  panes_assert_contains (kept, "in {{max_words}} words");
  panes_check_manners (GTK_WIDGET (pane));
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

static void
test_preview (void)
{
  GuisePromptsPane *pane = panes_open_prompts (NULL);
  GtkWidget *kind = ui_find (GTK_WIDGET (pane), GTK_TYPE_DROP_DOWN, "preview_kind");
  g_autofree char *plain = NULL, *style = NULL, *refused = NULL;

  plain = dup_buffer (get_buffer (pane, "preview"));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (kind), 1);
  style = dup_buffer (get_buffer (pane, "preview"));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (kind), 2);
  refused = dup_buffer (get_buffer (pane, "preview"));
  g_assert_null (strstr (plain, "red coat and jeans"));
  panes_assert_contains (style, "red coat and jeans");
  panes_assert_contains (refused, "low-resolution crop");
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
#define ADD(path, test) g_test_add_data_func ("/caption-panes/" path, test, panes_run)
  ADD ("probe", test_probe);
  ADD ("probe-broken", test_probe_broken);
  ADD ("probe-cancelled", test_probe_cancelled);
  ADD ("probe-elsewhere", test_probe_elsewhere);
  ADD ("fields", test_fields);
  ADD ("endpoints-flush", test_endpoints_flush);
  ADD ("add-twice", test_add_twice);
  ADD ("key", test_key);
  ADD ("prompt", test_prompt);
  ADD ("preview", test_preview);
#undef ADD
  return g_test_run ();
}
