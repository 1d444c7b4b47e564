#include "guise-caption-jobs.h"

#include "guise-caption-consent.h"
#include "guise-caption-news.h"
#include "guise-format.h"

#include <glib/gi18n.h>
#include <signal.h>

/* How often a job that runs is looked at, and what it made is brought into the project. */
#define FOLLOW_SECONDS 2
/* A job that is stopped puts its answers away. */
#define GRACE_MS 5000

struct _GuiseCaptionJobs {
  GObject parent_instance;

  GuisePage *page; /* borrowed; NULL = stopped */
  GListStore *entries;
  GuiseJob *job; /* the last one that was started here */
  pid_t holder;  /* the process that does the running job */
  gint64 running;
  guint follow_source;
  gboolean reading, read_again;
  gboolean asking;
};

enum {
  SIGNAL_CHANGED,
  SIGNAL_UNDONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseCaptionJobs, guise_caption_jobs, G_TYPE_OBJECT)

static void
emit_changed (GuiseCaptionJobs *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
is_ours_active (GuiseCaptionJobs *self)
{
  return self->job != NULL && guise_job_is_active (self->job);
}

/* ---- the list ------------------------------------------------------------------------------- */

static GuiseCaptionEntry *
find_entry (GuiseCaptionJobs *self, gint64 id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->entries));

  for (guint i = 0; i < n; i++) {
    g_autoptr (GuiseCaptionEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->entries), i);

    if (guise_caption_entry_get_id (entry) == id)
      return entry; /* the list keeps it */
  }
  return NULL;
}

/* Jobs never go; the newest is first. */
static void
merge (GuiseCaptionJobs *self, GuiseCaptionNews *news)
{
  while (news->jobs->len > 0) {
    guint i = news->jobs->len - 1;
    GuiseCaptionJob *job = g_ptr_array_steal_index (news->jobs, i);
    GuiseCaptionEntry *entry = find_entry (self, job->id);
    gboolean is_new = entry == NULL;

    if (is_new)
      entry = guise_caption_entry_new (job->id);
    guise_caption_entry_update (entry, job, g_array_index (news->undoable, guint, i),
                                job->id == news->running);
    if (is_new) {
      g_list_store_insert (self->entries, 0, entry);
      g_object_unref (entry);
    }
  }
}

/* Texts whose pictures are not in the project as it is now. */
static void
tell_left (GuiseCaptionJobs *self, const GuiseCaptionApplied *applied)
{
  g_autofree char *count = guise_format_count (applied->n_left);
  g_autofree char *name
      = applied->left != NULL ? guise_format_excerpt (applied->left, 60) : g_strdup ("?");
  g_autofree char *text = NULL;

  if (applied->n_left == 0) {
    guise_page_clear_report (self->page, "left");
    return;
  }
  text = g_strdup_printf (
      ngettext ("The text of %s picture stays outside: the project as it is now does not have "
                "“%s”. Describing it anew asks nothing twice.",
                "The texts of %s pictures stay outside: the project as it is now does not have "
                "them (“%s” is the first). Describing them anew asks nothing twice.",
                applied->n_left),
      count, name);
  guise_page_report (self->page, "left", text, NULL);
}

static gboolean
follow (gpointer data)
{
  GuiseCaptionJobs *self = data;

  self->follow_source = 0;
  guise_caption_jobs_refresh (self);
  return G_SOURCE_REMOVE;
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
    self->holder = news->holder;
    self->running = news->running;
    tell_left (self, &news->applied);
    merge (self, news);
  }
  emit_changed (self);
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
  GPtrArray *arguments;
  char *name;
  gboolean remote;
} Start;

static void
start_free (Start *start)
{
  g_object_unref (start->self);
  g_ptr_array_unref (start->arguments);
  g_free (start->name);
  g_free (start);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Start, start_free)

static void
tell_result (GuiseCaptionJobs *self, json_t *result)
{
  guint done = (guint)json_integer_value (json_object_get (result, "done"));
  guint bad = (guint)(json_integer_value (json_object_get (result, "refused"))
                      + json_integer_value (json_object_get (result, "failed")));
  const char *state = json_string_value (json_object_get (result, "state"));
  g_autofree char *count = guise_format_count (done);
  g_autofree char *others = guise_format_count (bad);
  g_autofree char *text = NULL;

  if (g_strcmp0 (state, "paused") == 0)
    text = g_strdup (_ ("The caption job is paused"));
  else if (bad > 0)
    /* Translators: both are numbers of pictures */
    text = g_strdup_printf (_ ("%s described, %s without a usable answer"), count, others);
  else
    text = g_strdup_printf (ngettext ("%s picture described", "%s pictures described", done),
                            count);
  guise_page_toast (self->page, text, FALSE);
}

static void
job_finished (GuiseJob *job, GuiseCaptionJobs *self)
{
  if (self->page == NULL)
    return;
  if (guise_job_get_state (job) == GUISE_JOB_FAILED)
    guise_page_report (self->page, "run",
                       _ ("The caption job stopped before its end. Every answer that came was "
                          "kept; it can be resumed."),
                       guise_job_get_error (job));
  else if (guise_job_get_state (job) == GUISE_JOB_DONE)
    tell_result (self, guise_job_get_result (job));
  guise_caption_jobs_refresh (self);
}

static void
launch (const Start *start)
{
  GuiseCaptionJobs *self = start->self;
  g_autoptr (GError) error = NULL;

  if (start->remote)
    g_ptr_array_add (start->arguments, g_strdup ("--allow-remote"));
  g_ptr_array_add (start->arguments, NULL);
  g_clear_object (&self->job);
  self->job = guise_job_new ((const char *const *)start->arguments->pdata, GUISE_JOB_OUTLIVE);
  guise_job_set_grace (self->job, GRACE_MS);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (job_finished), self, 0);
  guise_page_clear_report (self->page, "run");
  if (guise_job_start (self->job, &error))
    guise_page_add_job (self->page, start->name, self->job);
  else
    guise_page_report (self->page, "run", _ ("The caption job could not be started."), error);
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
  emit_changed (start->self);
}

static Start *
create_start (GuiseCaptionJobs *self, const char *command, const char *model, const char *host)
{
  Start *start = g_new0 (Start, 1);
  g_autofree char *plain = guise_format_excerpt (model, 60);

  start->self = g_object_ref (self);
  start->arguments = g_ptr_array_new_with_free_func (g_free);
  start->name = g_strdup_printf (_ ("Describing with “%s” at %s"), plain, host);
  g_ptr_array_add (start->arguments, g_strdup ("--project"));
  g_ptr_array_add (start->arguments,
                   g_strdup (guise_project_get_folder (guise_page_get_project (self->page))));
  g_ptr_array_add (start->arguments, g_strdup ("caption"));
  if (command != NULL)
    g_ptr_array_add (start->arguments, g_strdup (command));
  return start;
}

/* Takes start. */
static void
ask_and_launch (GuiseCaptionJobs *self, Start *start, const char *url, guint64 n_images)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self->page));

  start->remote = !guise_url_is_loopback (url);
  self->asking = TRUE;
  guise_caption_consent_ask_async (GTK_WINDOW (root), guise_page_get_store (self->page), url,
                                   n_images, guise_page_get_cancellable (self->page),
                                   consent_given, start);
  emit_changed (self);
}

/* An option and its value are one argument: a value that begins with '-' is no option. */
static void
add_option (Start *start, const char *option, const char *value)
{
  if (value != NULL && *value != '\0')
    g_ptr_array_add (start->arguments, g_strdup_printf ("--%s=%s", option, value));
}

/* 0 too: left out, a limit that a job of before has would hold on. */
static void
add_number (Start *start, const char *option, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  add_option (start, option, g_ascii_dtostr (text, sizeof text, number));
}

void
guise_caption_jobs_begin (GuiseCaptionJobs *self, const GuiseCaptionStart *begin)
{
  g_autofree char *host = guise_url_dup_host (begin->url);
  Start *start;

  if (!guise_caption_jobs_can_start (self))
    return;
  start = create_start (self, NULL, begin->model, host);
  add_option (start, "endpoint", begin->endpoint);
  add_option (start, "model", begin->model);
  add_option (start, "prompt", begin->prompt);
  add_option (start, "filter", begin->filter);
  add_option (start, "styles", begin->styles);
  add_number (start, "limit", begin->limit);
  add_number (start, "max-tokens", (double)begin->max_tokens);
  add_number (start, "max-cost", begin->max_cost);
  ask_and_launch (self, start, begin->url, begin->n_images);
}

/* Where it goes, checked; NULL = it was said why not. */
static Start *
create_resuming (GuiseCaptionJobs *self, GuiseCaptionEntry *entry, const char *command, char **url)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (entry);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseEndpoint) endpoint = NULL;
  Start *start;

  if (!guise_caption_jobs_can_start (self))
    return NULL;
  endpoint = guise_caption_job_get_endpoint (job, &error);
  if (endpoint == NULL || endpoint->url == NULL) {
    guise_page_report (self->page, "run", _ ("The caption job could not be started."), error);
    return NULL;
  }
  start = create_start (self, command, job->model, job->host);
  g_ptr_array_add (start->arguments, g_strdup_printf ("%" G_GINT64_FORMAT, job->id));
  *url = g_strdup (endpoint->url);
  return start;
}

static void
go_on (GuiseCaptionJobs *self, GuiseCaptionEntry *entry, const char *command, guint64 n_images)
{
  g_autofree char *url = NULL;
  Start *start = create_resuming (self, entry, command, &url);

  if (start != NULL)
    ask_and_launch (self, start, url, n_images);
}

void
guise_caption_jobs_resume_within (GuiseCaptionJobs *self, GuiseCaptionEntry *entry,
                                  gint64 max_tokens, double max_cost)
{
  g_autofree char *url = NULL;
  Start *start = create_resuming (self, entry, "resume", &url);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (start == NULL)
    return;
  g_ptr_array_add (start->arguments,
                   g_strdup_printf ("--max-tokens=%" G_GINT64_FORMAT, max_tokens));
  add_option (start, "max-cost", g_ascii_dtostr (text, sizeof text, max_cost));
  ask_and_launch (self, start, url, guise_caption_entry_get_job (entry)->n_open);
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
tell (GuiseCaptionJobs *self, int signal_number)
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
  tell (self, SIGUSR1);
}

void
guise_caption_jobs_end (GuiseCaptionJobs *self)
{
  GuiseCaptionEntry *entry = guise_caption_jobs_get_running (self);

  if (!is_ours_active (self)) {
    tell (self, SIGTERM);
    return;
  }
  guise_job_cancel (self->job);
  if (entry != NULL)
    guise_caption_entry_set_ending (entry);
}

/* ---- undoing -------------------------------------------------------------------------------- */

typedef struct {
  GuiseCaptionJobs *self;
  guint n_removed, n_kept;
} Undone;

static void
undone_free (Undone *undone)
{
  g_object_unref (undone->self);
  g_free (undone);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Undone, undone_free)

static char *
join_names (const GuiseCaptionPlaces *places)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < places->names->len; i++) {
    g_autofree char *plain = guise_format_excerpt (places->names->pdata[i], 60);

    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", plain);
  }
  if (places->names->len < places->n_images)
    g_string_append (text, " …");
  return g_string_free (text, FALSE);
}

static char *
create_removed (guint n_removed)
{
  g_autofree char *count = guise_format_count (n_removed);

  return g_strdup_printf (ngettext ("%s description removed.", "%s descriptions removed.",
                                    n_removed),
                          count);
}

static void
places_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Undone) undone = data;
  g_autoptr (GuiseCaptionPlaces) places = guise_caption_places_read_finish (result, NULL);
  g_autofree char *removed = create_removed (undone->n_removed);
  g_autofree char *count = guise_format_count (undone->n_kept);
  g_autofree char *kept = NULL, *names = NULL, *sentence = NULL;

  if (undone->self->page == NULL)
    return;
  kept = g_strdup_printf (ngettext ("%s stays, because somebody changed or judged it since",
                                    "%s stay, because somebody changed or judged them since",
                                    undone->n_kept),
                          count);
  names = places != NULL ? join_names (places) : g_strdup ("");
  sentence = g_strdup_printf ("%s %s%s%s", removed, kept, *names != '\0' ? ": " : ".", names);
  g_signal_emit (undone->self, signals[SIGNAL_UNDONE], 0, sentence,
                 places != NULL ? places->filter : "NOT state = pending");
}

static void
undo_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseCaptionJobs) self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GuiseRunUndo) undo = { 0 };
  Undone *undone;

  if (!guise_store_undo_run_finish (GUISE_STORE (source), result, &undo, &error)) {
    if (self->page != NULL)
      guise_page_report (self->page, "undo", _ ("The caption job could not be undone."), error);
    return;
  }
  if (self->page == NULL)
    return;
  guise_page_clear_report (self->page, "undo");
  guise_caption_jobs_refresh (self);
  if (undo.kept->len == 0) {
    g_autofree char *sentence = create_removed (undo.n_removed);

    guise_page_toast (self->page, sentence, FALSE);
    g_signal_emit (self, signals[SIGNAL_UNDONE], 0, sentence, NULL);
    return;
  }
  undone = g_new0 (Undone, 1);
  undone->self = g_object_ref (self);
  undone->n_removed = undo.n_removed;
  undone->n_kept = undo.kept->len;
  guise_caption_places_read_async (GUISE_STORE (source), undo.kept,
                                   guise_page_get_cancellable (self->page), places_ready, undone);
}

void
guise_caption_jobs_undo (GuiseCaptionJobs *self, GuiseCaptionEntry *entry)
{
  g_autofree char *run = guise_caption_job_dup_origin (guise_caption_entry_get_id (entry));

  guise_store_undo_run_async (guise_page_get_store (self->page), run,
                              guise_page_get_cancellable (self->page), undo_ready,
                              g_object_ref (self));
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_caption_jobs_finalize (GObject *object)
{
  GuiseCaptionJobs *self = GUISE_CAPTION_JOBS (object);

  g_clear_handle_id (&self->follow_source, g_source_remove);
  g_clear_object (&self->job);
  g_clear_object (&self->entries);
  G_OBJECT_CLASS (guise_caption_jobs_parent_class)->finalize (object);
}

static void
guise_caption_jobs_class_init (GuiseCaptionJobsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_caption_jobs_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_CAPTION_JOBS, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_UNDONE] = g_signal_new ("undone", GUISE_TYPE_CAPTION_JOBS, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                                         G_TYPE_STRING);
}

static void
guise_caption_jobs_init (GuiseCaptionJobs *self)
{
  self->entries = g_list_store_new (GUISE_TYPE_CAPTION_ENTRY);
}

GuiseCaptionJobs *
guise_caption_jobs_new (GuisePage *page)
{
  GuiseCaptionJobs *self = g_object_new (GUISE_TYPE_CAPTION_JOBS, NULL);

  self->page = page;
  return self;
}

void
guise_caption_jobs_stop (GuiseCaptionJobs *self)
{
  self->page = NULL;
  g_clear_handle_id (&self->follow_source, g_source_remove);
}

GListModel *
guise_caption_jobs_get_model (GuiseCaptionJobs *self)
{
  return G_LIST_MODEL (self->entries);
}

GuiseCaptionEntry *
guise_caption_jobs_get_running (GuiseCaptionJobs *self)
{
  return self->running != 0 ? find_entry (self, self->running) : NULL;
}

gboolean
guise_caption_jobs_can_start (GuiseCaptionJobs *self)
{
  return self->page != NULL && !self->asking && self->holder == 0 && !is_ours_active (self)
         && !guise_store_is_read_only (guise_page_get_store (self->page));
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
