/* GuiseJob: one run of guisectl as a child process, with its JSON lines as signals.
 *
 * The child's stdout is JSON lines, each an object with an "event" string (spec: `guisectl
 * --json`). Signals, all emitted in the thread-default main context that guise_job_start() was
 * called in:
 *   "progress" (guint64 done, guint64 total, double eta_s)  total 0 = unknown; eta_s < 0 = unknown
 *   "event"    (const char *name, gpointer json_t)  every line, progress too; the json_t is
 * borrowed
 *   "stopping" ()  it was asked to stop and has not ended yet
 *   "finished" ()  once, after the last event; read state, result and error then
 * A line that is no JSON object, or longer than 1 MiB, is not passed on: it is counted and, if the
 * child fails, named in the error. The child's stderr is kept (its last 8 KiB) for the error's
 * details. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef enum {
  GUISE_JOB_WAITING,
  GUISE_JOB_RUNNING,
  GUISE_JOB_STOPPING, /* cancelled, the child has not ended yet */
  GUISE_JOB_DONE,
  GUISE_JOB_CANCELLED,
  GUISE_JOB_FAILED,
} GuiseJobState;

typedef enum {
  GUISE_JOB_DEFAULT = 0,      /* the child dies with this process */
  GUISE_JOB_OUTLIVE = 1 << 0, /* the child goes on in its own session when this process ends */
} GuiseJobFlags;

#define GUISE_TYPE_JOB (guise_job_get_type ())
G_DECLARE_FINAL_TYPE (GuiseJob, guise_job, GUISE, JOB, GObject)

/* arguments: what follows `guisectl --json`, NULL-terminated, copied. */
GuiseJob *guise_job_new (const char *const *arguments, GuiseJobFlags flags);

/* Starts the child. Fails when guisectl is not found or cannot be run; the job is then FAILED and
 * emits nothing. */
gboolean guise_job_start (GuiseJob *self, GError **error);

/* Asks the child to stop (SIGTERM) and kills it after the grace period. A job that never started
 * becomes CANCELLED at once. Doing it twice changes nothing. */
void guise_job_cancel (GuiseJob *self);
/* How long a cancelled child may take to leave, 1000 ms unless told; a trainer needs longer to
 * write its checkpoint. */
void guise_job_set_grace (GuiseJob *self, guint milliseconds);
/* Kills the child now. */
void guise_job_kill (GuiseJob *self);

GuiseJobState guise_job_get_state (GuiseJob *self);
gboolean guise_job_is_active (GuiseJob *self); /* running or stopping */
gboolean guise_job_outlives (GuiseJob *self);  /* GUISE_JOB_OUTLIVE */
/* The last progress; 0 before the first one. */
guint64 guise_job_get_done (GuiseJob *self);
guint64 guise_job_get_total (GuiseJob *self);
/* The "done" event or, for commands that print one object, that object; NULL before and on
 * failure. Borrowed. */
json_t *guise_job_get_result (GuiseJob *self);
/* Why it failed (NULL unless FAILED); the message is the child's own sentence. Borrowed. */
const GError *guise_job_get_error (GuiseJob *self);
/* What the child wrote on stderr, valid UTF-8, never NULL. Borrowed. */
const char *guise_job_get_details (GuiseJob *self);
/* 0 while it does not run. */
int guise_job_get_pid (GuiseJob *self);

/* The guisectl to run: $GUISE_CTL, else the one beside the running program (installed or in the
 * build tree), else the one in PATH; NULL with G_IO_ERROR_NOT_FOUND. */
char *guise_job_find_guisectl (GError **error);

G_END_DECLS
