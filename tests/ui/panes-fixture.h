/* What the tests of the captions' panes share: a scripted server and profiles for it, a window for
 * one pane, and what is done in it. */
#pragma once

#include "guise-project.h"
#include "guise-prompts-pane.h"
#include "net-fixture.h"
#include "ui-fixture.h"

/* For g_test_add_data_func(): runs a void (*) (void) with no profiles and prompts of the user's
 * own. */
void panes_run (gconstpointer test);

/* Scripts of servers. Knows the schema, but no json_object; describes everybody alike, unless its
 * model is "shy", which refuses. */
void panes_play (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data);
/* Nobody answers until the client goes. */
void panes_play_dead (ChatServer *server, const ChatRequest *request, ChatReply *reply,
                      gpointer data);

/* A file of the user's own; to be freed. */
char *panes_get_config_path (const char *folder, const char *file);
/* A profile of that name for the server. */
void panes_write_profile (const char *name, const char *url, const char *model);

/* A window that holds the pane. */
GtkWidget *panes_show_pane (GtkWidget *pane);
GuisePromptsPane *panes_open_prompts (GuiseProject *project);
GtkWidget *panes_get_window (gpointer pane);
/* Closes the window and waits until the pane has gone. */
void panes_close_pane (GtkWidget *window, GtkWidget *pane);
/* In light and dark. */
void panes_take_pictures (GtkWidget *window, const char *name);

/* The entry and the subtitle of the row of that title. */
GtkEntry *panes_find_entry (GtkWidget *root, const char *title);
void panes_type (GtkWidget *root, const char *title, const char *text);
const char *panes_get_subtitle (GtkWidget *root, const char *title);
/* Presses the button of that label. */
void panes_click (GtkWidget *root, const char *label);
void panes_assert_contains (const char *text, const char *words);
/* Every control has a name, and the pane fits on the smallest screen. */
void panes_check_manners (GtkWidget *pane);

/* Conditions for ui_wait(). */
gboolean panes_is_asked (gpointer data);
gboolean panes_is_answered (gpointer data);
gboolean panes_prompts_are_idle (gpointer pane);
