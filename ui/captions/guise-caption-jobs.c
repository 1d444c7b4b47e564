#include "guise-caption-jobs.h"

#include "guise-caption-command.h"
#include "guise-caption-consent.h"
#include "guise-caption-ending.h"
#include "guise-caption-job-entry.h"
#include "guise-caption-list.h"
#include "guise-caption-news.h"
#include "guise-caption-undoing.h"
#include "guise-child-entry.h"
#include "guise-format.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>

/* How often a job that runs is looked at, and what it made is brought into the project. */
#define FOLLOW_SECONDS 2
/* A job that is stopped puts its answers away. */
#define GRACE_MS 5000

struct _GuiseCaptionJobs {
  GObject parent_instance;

  GuisePage *page; /* borrowed; NULL = stopped */
  GListStore *entries;
  GuiseJobEntry *watched; /* stands for the running job where that is no child; or NULL */
  pid_t holder;           /* the process that does the running job */
  gint64 running;
  guint follow_source;
  GFileMonitor *monitor; /* of the lock, which other programs' jobs take too; or NULL */
  gboolean reading, read_again;
  gboolean asking;
  gboolean trial; /* one runs here, and has the lock */

  /* The process that was started here last. */
  GuiseJob *job;
  gint64 job_id;   /* what it does, 0 = not known yet */
  gint64 launched; /* µs since 1970 UTC */
  char *said;      /* why it failed, in its own words; or NULL */
  gboolean ended;  /* and nobody was told so yet */
};

enum {
  SIGNAL_CHANGED,
  SIGNAL_LAUNCHED,
  SIGNAL_UNDONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseCaptionJobs, guise_caption_jobs, G_TYPE_OBJECT)

static gboolean
is_ours_active (GuiseCaptionJobs *self)
{
  return self->job != NULL && guise_job_is_active (self->job);
}

static GuiseCaptionEntry *
find_entry (GuiseCaptionJobs *self, gint64 id)
{
  return guise_caption_list_find (self->entries, id);
}

/* Texts whose pictures are not in the project as it is now. */
static void
tell_left (GuiseCaptionJobs *self, const GuiseCaptionApplied *applied)
{
  g_autofree char *text = guise_caption_ending_create_left (applied);

  if (text != NULL)
    guise_page_report (self->page, "left", text, NULL);
  else
    guise_page_clear_report (self->page, "left");
}

/* ---- how they end --------------------------------------------------------------------------- */

/* Details: all that its process said. */
static void
report_end (GuiseCaptionJobs *self, const char *sentence)
{
  g_autoptr (GError) details = NULL;

  if (self->job != NULL && *guise_job_get_details (self->job) != '\0')
    details = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                   guise_job_get_details (self->job));
  guise_page_report (self->page, "run", sentence, details);
}

/* Takes sentence. */
static void
tell (GuiseCaptionJobs *self, char *sentence, gboolean lasts)
{
  if (sentence != NULL && lasts)
    report_end (self, sentence);
  else if (sentence != NULL)
    guise_page_toast (self->page, sentence, FALSE);
  g_free (sentence);
}

static const GuiseCaptionJob *
find_job (GuiseCaptionJobs *self, gint64 id)
{
  GuiseCaptionEntry *entry = id != 0 ? find_entry (self, id) : NULL;

  return entry != NULL ? guise_caption_entry_get_job (entry) : NULL;
}

/* was_running: the job that ran when it was last looked. */
static void
tell_end (GuiseCaptionJobs *self, gint64 was_running)
{
  const GuiseCaptionJob *job = find_job (self, self->ended ? self->job_id : was_running);
  gboolean lasts = FALSE;
  char *sentence = NULL;

  if (self->ended)
    sentence = guise_caption_ending_create_of_process (self->job, self->launched, self->said, job,
                                                       &lasts);
  else if (job != NULL && self->running != was_running && !is_ours_active (self)
           && was_running != self->job_id)
    sentence = guise_caption_ending_create_sentence (job, &lasts);
  self->ended = FALSE;
  tell (self, sentence, lasts);
}

/* What an earlier window has left running stands among the window's jobs too. */
static void
watch (GuiseCaptionJobs *self)
{
  GuiseCaptionEntry *entry = guise_caption_jobs_get_running (self);

  if (entry == NULL || is_ours_active (self)
      || (self->watched != NULL && guise_job_entry_is_active (self->watched)))
    return;
  g_clear_object (&self->watched);
  self->watched = guise_caption_job_entry_new (entry);
  g_signal_connect_object (self->watched, "stop", G_CALLBACK (guise_caption_jobs_end), self,
                           G_CONNECT_SWAPPED);
  guise_page_add_entry (self->page, self->watched);
}

/* ---- reading -------------------------------------------------------------------------------- */

static gboolean
follow (gpointer data)
{
  GuiseCaptionJobs *self = data;

  self->follow_source = 0;
  guise_caption_jobs_refresh (self);
  return G_SOURCE_REMOVE;
}

/* again: something has happened since it was read. */
static void
take_news (GuiseCaptionJobs *self, GuiseCaptionNews *news, gboolean again)
{
  gint64 was_running = self->running;

  self->holder = news->holder;
  self->running = news->running;
  if (is_ours_active (self) && news->running != 0)
    self->job_id = news->running;
  tell_left (self, &news->applied);
  guise_caption_list_merge (self->entries, news);
  watch (self);
  if (!again)
    tell_end (self, was_running);
}

static void
news_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionJobs) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionNews) news = guise_caption_news_read_finish (result, &error);
  gboolean again = self->read_again;

  self->reading = self->read_again = FALSE;
  if (self->page == NULL)
    return;
  if (news == NULL) {
    guise_page_report (self->page, "jobs",
                       _ ("What the caption jobs made could not be brought into the project. "
                          "Nothing is lost; it is tried again."),
                       error);
  } else {
    guise_page_clear_report (self->page, "jobs");
    take_news (self, news, again);
  }
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  if (again)
    guise_caption_jobs_refresh (self);
  else if (self->follow_source == 0 && (self->holder != 0 || is_ours_active (self)))
    self->follow_source = g_timeout_add_seconds (FOLLOW_SECONDS, follow, self);
}

void
guise_caption_jobs_refresh (GuiseCaptionJobs *self)
{
  if (self->page == NULL)
    return;
  self->read_again = self->reading;
  if (self->reading)
    return;
  self->reading = TRUE;
  guise_caption_news_read_async (guise_page_get_project (self->page),
                                 guise_page_get_cancellable (self->page), news_ready,
                                 g_object_ref (self));
}

/* ---- starting ------------------------------------------------------------------------------- */

/* What is to be started when the question is answered. */
typedef struct {
  GuiseCaptionJobs *self;
  GuiseCaptionCommand *command;
  gint64 job_id; /* 0 = a new one, or one that is found */
} Start;

static void
start_free (Start *start)
{
  g_object_unref (start->self);
  guise_caption_command_free (start->command);
  g_free (start);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Start, start_free)

static void
job_event (GuiseJob *job, const char *name, json_t *event, GuiseCaptionJobs *self)
{
  if (strcmp (name, "done") == 0) {
    self->job_id = json_integer_value (json_object_get (event, "job"));
  } else if (strcmp (name, "failed") == 0) {
    g_free (self->said);
    self->said = g_strdup (json_string_value (json_object_get (event, "error")));
  }
}

static void
job_finished (GuiseJob *job, GuiseCaptionJobs *self)
{
  self->ended = TRUE;
  guise_caption_jobs_refresh (self);
}

static void
take_job (GuiseCaptionJobs *self, GuiseJob *job, gint64 job_id)
{
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_clear_object (&self->job);
  self->job = job;
  self->job_id = job_id;
  self->launched = g_get_real_time ();
  self->ended = FALSE;
  g_clear_pointer (&self->said, g_free);
  guise_job_set_grace (job, GRACE_MS);
  g_signal_connect_object (job, "event", G_CALLBACK (job_event), self, 0);
  g_signal_connect_object (job, "finished", G_CALLBACK (job_finished), self, 0);
}

static void
add_to_window (GuiseCaptionJobs *self, const char *name)
{
  g_autoptr (GuiseJobEntry) entry = guise_child_entry_new (name, self->job);

  guise_job_entry_set_subject (entry, GUISE_CAPTION_JOB_SUBJECT);
  guise_page_add_entry (self->page, entry);
}

static void
launch (const Start *start)
{
  GuiseCaptionJobs *self = start->self;
  g_autoptr (GError) error = NULL;

  take_job (self, guise_caption_command_create_job (start->command, TRUE, GUISE_JOB_OUTLIVE),
            start->job_id);
  guise_page_clear_report (self->page, "run");
  if (guise_job_start (self->job, &error)) {
    add_to_window (self, start->command->name);
    g_signal_emit (self, signals[SIGNAL_LAUNCHED], 0);
  } else {
    guise_page_report (self->page, "run", _ ("The caption job could not be started."), error);
  }
  guise_caption_jobs_refresh (self);
}

static void
consent_given (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Start) start = data;
  g_autoptr (GError) error = NULL;
  gboolean allowed = guise_caption_consent_ask_finish (result, &error);

  start->self->asking = FALSE;
  if (start->self->page == NULL)
    return;
  if (allowed)
    launch (start);
  else if (error != NULL)
    guise_page_report (start->self->page, "run",
                       _ ("Whether pictures may be sent could not be looked up or kept. Nothing "
                          "was sent."),
                       error);
  g_signal_emit (start->self, signals[SIGNAL_CHANGED], 0);
}

/* Takes command. */
static void
ask_and_launch (GuiseCaptionJobs *self, GuiseCaptionCommand *command, gint64 job_id)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self->page));
  Start *start = g_new0 (Start, 1);

  start->self = g_object_ref (self);
  start->command = command;
  start->job_id = job_id;
  self->asking = TRUE;
  guise_caption_consent_ask_async (GTK_WINDOW (root), guise_page_get_store (self->page),
                                   command->url, command->n_images,
                                   guise_page_get_cancellable (self->page), consent_given, start);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
guise_caption_jobs_begin (GuiseCaptionJobs *self, const GuiseCaptionStart *begin)
{
  if (guise_caption_jobs_can_start (self))
    ask_and_launch (self,
                    guise_caption_command_new_begin (
                        guise_project_get_folder (guise_page_get_project (self->page)), begin),
                    0);
}

/* NULL = not now, or it was said why not. */
static GuiseCaptionCommand *
create_resuming (GuiseCaptionJobs *self, GuiseCaptionEntry *entry, const char *part,
                 guint64 n_images)
{
  g_autoptr (GError) error = NULL;
  GuiseCaptionCommand *command;

  if (!guise_caption_jobs_can_start (self))
    return NULL;
  command = guise_caption_command_new_job (
      guise_project_get_folder (guise_page_get_project (self->page)), part,
      guise_caption_entry_get_job (entry), n_images, &error);
  if (command == NULL)
    guise_page_report (self->page, "run", _ ("The caption job could not be started."), error);
  return command;
}

static void
go_on (GuiseCaptionJobs *self, GuiseCaptionEntry *entry, const char *part, guint64 n_images)
{
  GuiseCaptionCommand *command = create_resuming (self, entry, part, n_images);

  if (command != NULL)
    ask_and_launch (self, command, guise_caption_entry_get_id (entry));
}

void
guise_caption_jobs_resume_within (GuiseCaptionJobs *self, GuiseCaptionEntry *entry,
                                  gint64 max_tokens, double max_cost)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (entry);
  g_autofree char *tokens = g_strdup_printf ("%" G_GINT64_FORMAT, max_tokens);
  GuiseCaptionCommand *command = create_resuming (self, entry, "resume", job->n_open);

  if (command == NULL)
    return;
  guise_caption_command_add (command, "max-tokens", tokens);
  guise_caption_command_add_number (command, "max-cost", max_cost);
  ask_and_launch (self, command, job->id);
}

void
guise_caption_jobs_resume (GuiseCaptionJobs *self, GuiseCaptionEntry *entry)
{
  go_on (self, entry, "resume", guise_caption_entry_get_job (entry)->n_open);
}

void
guise_caption_jobs_retry (GuiseCaptionJobs *self, GuiseCaptionEntry *entry)
{
  go_on (self, entry, "retry",
         guise_caption_entry_get_job (entry)->n_open
             + guise_caption_entry_get_n_unusable (entry));
}

/* ---- pausing and ending --------------------------------------------------------------------- */

/* The process that has been seen at the job; it watches its signals since then. */
static void
send_signal (GuiseCaptionJobs *self, int signal_number)
{
  GuiseCaptionEntry *entry = guise_caption_jobs_get_running (self);

  if (entry == NULL || self->holder <= 0)
    return;
  if (kill (self->holder, signal_number) == 0)
    guise_caption_entry_set_ending (entry);
  guise_caption_jobs_refresh (self);
}

void
guise_caption_jobs_pause (GuiseCaptionJobs *self)
{
  send_signal (self, SIGUSR1);
}

void
guise_caption_jobs_end (GuiseCaptionJobs *self)
{
  GuiseCaptionEntry *entry = guise_caption_jobs_get_running (self);

  if (!is_ours_active (self)) {
    send_signal (self, SIGTERM);
    return;
  }
  guise_job_cancel (self->job);
  if (entry != NULL)
    guise_caption_entry_set_ending (entry);
}

/* ---- undoing and removing ------------------------------------------------------------------- */

static void
undo_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionJobs) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseCaptionUndone) undone = guise_caption_undo_finish (result, &error);

  if (self->page == NULL)
    return;
  if (undone == NULL) {
    guise_page_report (self->page, "undo", _ ("The caption job could not be undone."), error);
    return;
  }
  guise_page_clear_report (self->page, "undo");
  guise_caption_jobs_refresh (self);
  if (undone->filter == NULL)
    guise_page_toast (self->page, undone->sentence, FALSE);
  g_signal_emit (self, signals[SIGNAL_UNDONE], 0, undone->sentence, undone->filter);
}

void
guise_caption_jobs_undo (GuiseCaptionJobs *self, GuiseCaptionEntry *entry)
{
  guise_caption_undo_async (guise_page_get_store (self->page), guise_caption_entry_get_id (entry),
                            guise_page_get_cancellable (self->page), undo_ready,
                            g_object_ref (self));
}

static void
removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionJobs) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = guise_caption_job_remove_finish (result, &error);

  if (self->page == NULL)
    return;
  if (ok)
    guise_page_clear_report (self->page, "remove");
  else
    guise_page_report (self->page, "remove", _ ("The job could not be removed from the list."),
                       error);
  guise_caption_jobs_refresh (self);
}

void
guise_caption_jobs_remove (GuiseCaptionJobs *self, GuiseCaptionEntry *entry)
{
  guise_caption_job_remove_async (guise_page_get_project (self->page),
                                  guise_caption_entry_get_id (entry),
                                  guise_page_get_cancellable (self->page), removed,
                                  g_object_ref (self));
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_caption_jobs_finalize (GObject *object)
{
  GuiseCaptionJobs *self = GUISE_CAPTION_JOBS (object);

  g_clear_handle_id (&self->follow_source, g_source_remove);
  g_clear_object (&self->monitor);
  g_clear_object (&self->job);
  g_clear_object (&self->watched);
  g_clear_object (&self->entries);
  g_free (self->said);
  G_OBJECT_CLASS (guise_caption_jobs_parent_class)->finalize (object);
}

static void
guise_caption_jobs_class_init (GuiseCaptionJobsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_caption_jobs_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_CAPTION_JOBS, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_LAUNCHED] = g_signal_new ("launched", GUISE_TYPE_CAPTION_JOBS, G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_UNDONE] = g_signal_new ("undone", GUISE_TYPE_CAPTION_JOBS, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                                         G_TYPE_STRING);
}

static void
guise_caption_jobs_init (GuiseCaptionJobs *self)
{
  self->entries = g_list_store_new (GUISE_TYPE_CAPTION_ENTRY);
}

/* A job that the command begins is seen when it takes the lock, and when it lets it go. */
static void
monitor_lock (GuiseCaptionJobs *self)
{
  g_autofree char *path = g_build_filename (
      guise_project_get_folder (guise_page_get_project (self->page)), "captions.lock", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (guise_caption_jobs_refresh),
                             self, G_CONNECT_SWAPPED);
}

GuiseCaptionJobs *
guise_caption_jobs_new (GuisePage *page)
{
  GuiseCaptionJobs *self = g_object_new (GUISE_TYPE_CAPTION_JOBS, NULL);

  self->page = page;
  monitor_lock (self);
  return self;
}

void
guise_caption_jobs_stop (GuiseCaptionJobs *self)
{
  self->page = NULL;
  if (self->watched != NULL)
    guise_caption_job_entry_drop (GUISE_CAPTION_JOB_ENTRY (self->watched));
  g_clear_handle_id (&self->follow_source, g_source_remove);
  if (self->monitor != NULL)
    g_file_monitor_cancel (self->monitor);
}

GListModel *
guise_caption_jobs_get_model (GuiseCaptionJobs *self)
{
  return G_LIST_MODEL (self->entries);
}

GuiseCaptionEntry *
guise_caption_jobs_get_launched (GuiseCaptionJobs *self)
{
  return self->job_id != 0 ? find_entry (self, self->job_id) : NULL;
}

GuiseCaptionEntry *
guise_caption_jobs_get_running (GuiseCaptionJobs *self)
{
  return self->running != 0 ? find_entry (self, self->running) : NULL;
}

gboolean
guise_caption_jobs_can_start (GuiseCaptionJobs *self)
{
  return self->page != NULL && !self->asking && !self->trial
         && !guise_caption_jobs_is_working (self)
         && !guise_store_is_read_only (guise_page_get_store (self->page));
}

gboolean
guise_caption_jobs_is_working (GuiseCaptionJobs *self)
{
  return is_ours_active (self) || (self->holder != 0 && !self->trial);
}

const char *
guise_caption_jobs_get_obstacle (GuiseCaptionJobs *self)
{
  if (guise_caption_jobs_is_working (self))
    return _ ("A caption job is running. Another one can be started when it has ended or is "
              "paused.");
  if (self->trial)
    return _ ("A trial is running. A job can be started when it has ended.");
  return NULL;
}

gboolean
guise_caption_jobs_is_starting (GuiseCaptionJobs *self)
{
  return is_ours_active (self) && self->running == 0;
}

void
guise_caption_jobs_set_trial (GuiseCaptionJobs *self, gboolean runs)
{
  if (runs == self->trial)
    return;
  self->trial = runs;
  if (!runs) /* it may be taken for the process of a job still */
    self->holder = 0;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  guise_caption_jobs_refresh (self);
}

gboolean
guise_caption_jobs_is_busy (GuiseCaptionJobs *self)
{
  return self->reading;
}

int
guise_caption_jobs_get_pid (GuiseCaptionJobs *self)
{
  return self->job != NULL ? guise_job_get_pid (self->job) : 0;
}
