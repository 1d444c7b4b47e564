/* What the tests of the Captions page share: the page in the real window, a scripted model, and
 * steps of a caption job. */
#pragma once

#include "guise-caption-jobs-pane.h"
#include "guise-captions-page.h"
#include "guise-model-group.h"
#include "guise-offline-group.h"
#include "net-fixture.h"
#include "ui-fixture.h"

/* Answers as long as it is allowed to, and refuses some pictures. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint allowed; /* answers that may still be given */
  gboolean refuses;
} CaptionsModel;

/* What the server says of everybody, as filters. */
#define CAPTIONS_PERSON "text ~ \"slim young woman with long brown hair\""
#define CAPTIONS_CLOTHING "text ~ \"red coat, blue jeans and white trainers\""

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuisePage *page;
  GuiseOfflineGroup *offline;
  GuiseModelGroup *group;
  GuiseCaptionJobsPane *pane;
  ChatServer *server;
  CaptionsModel model;
} CaptionsFixture;

void captions_allow (CaptionsModel *model, guint n);

/* For g_test_add(). The window shows the pane "describe". */
void captions_set_up (CaptionsFixture *fixture, gconstpointer data);
void captions_tear_down (CaptionsFixture *fixture, gconstpointer data);
/* Another window of the same project. */
void captions_open_page (CaptionsFixture *fixture);
/* A failed test must not leave a job behind: a handler of signals that end the program. */
void captions_kill_child (int number);

/* A widget of the page by its name; it is there. */
GtkWidget *captions_find (CaptionsFixture *fixture, const char *name);
void captions_click (CaptionsFixture *fixture, const char *name);
void captions_type (CaptionsFixture *fixture, const char *row, const char *text);
GuiseStore *captions_get_store (CaptionsFixture *fixture);
/* Captions that match. */
guint captions_count_by (CaptionsFixture *fixture, const char *filter);

/* Fills the form in; the last endpoint is an address that is typed. */
void captions_fill_form (CaptionsFixture *fixture, const char *address, const char *limit);
/* A profile of that name and the title "Own server"; its file, to be freed. */
char *captions_write_profile (const char *name, const char *url);
void captions_refresh_choices (CaptionsFixture *fixture);
void captions_begin (CaptionsFixture *fixture);

const GuiseCaptionJob *captions_get_job (CaptionsFixture *fixture);
pid_t captions_find_child (CaptionsFixture *fixture);
/* The shown job is in the state of that name, and what can be done about it is known. */
void captions_wait_for_state (CaptionsFixture *fixture, const char *state);
void captions_wait_until_running (CaptionsFixture *fixture);
void captions_answer_question (const char *label);

/* Conditions for ui_wait(). */
typedef struct {
  CaptionsFixture *fixture;
  const char *filter;
  guint n;
} CaptionsCount;
gboolean captions_has_count (gpointer count);
gboolean captions_is_counted (gpointer group);
gboolean captions_can_begin (gpointer group);
gboolean captions_has_some_done (gpointer fixture);
gboolean captions_is_all_done (gpointer fixture);
gboolean captions_is_being_asked (gpointer server);
gboolean captions_is_null (gpointer pointer);
gboolean captions_are_given (gpointer model); /* all answers that were allowed */
gboolean captions_is_asked (gpointer data);
