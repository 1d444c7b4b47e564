/* Two combinations of endpoint, model and prompt tried side by side, against a scripted server. */
#include "guise-banner.h"
#include "guise-trial-pane.h"
#include "panes-fixture.h"

#include <string.h>

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

  panes_show_pane (GTK_WIDGET (pane));
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
  g_autoptr (ChatServer) server = net_model_new (panes_play, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  g_autofree char *used = NULL;
  GuiseTrialPane *pane;
  GuisePromptsPane *prompts;
  GtkWidget *results;

  panes_write_profile ("tested", chat_server_get_url (server), "open");
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
  panes_check_manners (GTK_WIDGET (pane));
  panes_take_pictures (panes_get_window (pane), "captions-trial");
  panes_click (GTK_WIDGET (pane), "_Use This One");
  g_assert_cmpstr (used, ==, "tested open descriptions.prompt");
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
  prompts = panes_open_prompts (project);
  ui_wait (has_statistics, prompts, "the statistics");
  panes_take_pictures (panes_get_window (prompts), "captions-prompts");
  panes_close_pane (panes_get_window (prompts), GTK_WIDGET (prompts));
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

static int
get_least_width (gpointer pane)
{
  int width;

  gtk_widget_measure (pane, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  return width;
}

/* A model and a filter that begin like an option are none. The answers ask for no more room than
 * the choices do. */
static void
test_dashes (void)
{
  g_autoptr (ChatServer) server = net_model_new (panes_play, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  GuiseTrialPane *pane;
  int before;

  panes_write_profile ("tested", chat_server_get_url (server), "open");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "--trial", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "-m one", "descriptions");
  before = get_least_width (pane);
  start_trial (pane, 2);
  ui_wait (trial_is_idle, pane, "both jobs");
  g_assert_cmpstr (get_banner (pane), ==, "");
  g_assert_cmpuint (count_labels (GTK_WIDGET (pane), "Accepted by the checks"), >=, 4);
  g_assert_nonnull (strstr (chat_server_get_request (server, 1)->body, "\"model\":\"--trial\""));
  g_assert_cmpint (get_least_width (pane), <=, before);
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
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

  panes_write_profile ("tested", "https://models.example.invalid/v1", "far");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "far", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "farther", "descriptions");
  start_trial (pane, 5);
  g_assert_false (guise_trial_pane_is_busy (pane));
  panes_assert_contains (get_banner (pane), "models.example.invalid is another machine");
  guise_trial_pane_set_consent_func (pane, note_host, &asked, NULL);
  start_trial (pane, 5);
  g_assert_true (guise_trial_pane_is_busy (pane));
  g_assert_cmpstr (asked, ==, "models.example.invalid 5");
  guise_trial_pane_answer_consent (pane, FALSE);
  g_assert_false (guise_trial_pane_is_busy (pane));
  g_assert_false (g_file_test (jobs, G_FILE_TEST_EXISTS));
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
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

  panes_write_profile ("tested", chat_server_get_url (server), "locked");
  pane = open_trial (project);
  guise_trial_pane_choose (pane, 0, "tested", "locked", "descriptions");
  guise_trial_pane_choose (pane, 1, "tested", "other", "descriptions");
  start_trial (pane, 2);
  ui_wait (trial_is_idle, pane, "the trial to end");
  panes_assert_contains (get_banner (pane), "did not come to its end: the key is not accepted by");
  results = ui_find (GTK_WIDGET (pane), GTK_TYPE_LIST_BOX, "results");
  g_assert_cmpuint (count_labels (results, "Not asked yet"), ==, 4); /* two rows of two */
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

/* A cancelled trial ends soon and leaves the pane ready; a project that goes takes it along. */
static void
test_trial_cancelled (void)
{
  g_autoptr (ChatServer) server = chat_server_new (panes_play_dead, NULL, NULL, 0);
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  GuiseTrialPane *pane;

  panes_write_profile ("tested", chat_server_get_url (server), "dead");
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
  panes_close_pane (panes_get_window (pane), GTK_WIDGET (pane));
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
#define ADD(path, test) g_test_add_data_func ("/trial/" path, test, panes_run)
  ADD ("both", test_trial);
  ADD ("consent", test_consent);
  ADD ("blocked", test_trial_blocked);
  ADD ("cancelled", test_trial_cancelled);
  ADD ("dashes", test_dashes);
#undef ADD
  return g_test_run ();
}
