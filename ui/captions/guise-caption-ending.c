#include "guise-caption-ending.h"

#include "guise-format.h"
#include "guise-reason-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* The reason without the full stop of a sentence of its own. */
static char *
dup_reason (const char *reason)
{
  char *text = guise_reason_dup_text (reason);

  if (g_str_has_suffix (text, "."))
    text[strlen (text) - 1] = '\0';
  return text;
}

/* Some or all are the splitter's: no success of the model's. */
static char *
create_split (const GuiseCaptionJob *job, const char *bad)
{
  g_autofree char *done = guise_format_count (job->n_done);
  g_autofree char *split = guise_format_count (job->n_split);

  if (job->n_refused + job->n_unusable > 0)
    /* Translators: all are numbers of pictures */
    return g_strdup_printf (
        _ ("%s described, %s of them without the model, %s without a usable answer"), done, split,
        bad);
  /* Translators: both are numbers of pictures */
  return g_strdup_printf (_ ("%s described, %s of them without the model"), done, split);
}

static char *
create_done (const GuiseCaptionJob *job, gboolean *lasts)
{
  guint n_bad = job->n_refused + job->n_unusable;
  g_autofree char *done = guise_format_count (job->n_done);
  g_autofree char *bad = guise_format_count (n_bad);

  *lasts = job->n_done == 0;
  if (job->n_done == 0 && job->n_unusable == 0)
    return g_strdup_printf (ngettext ("The model refused to describe %s picture: nothing was "
                                      "described.",
                                      "The model refused to describe all %s pictures: nothing was "
                                      "described.",
                                      job->n_refused),
                            bad);
  if (job->n_done == 0)
    return g_strdup_printf (ngettext ("%s picture was asked about, and nothing was described: the "
                                      "job’s list says why.",
                                      "%s pictures were asked about, and nothing was described: "
                                      "the job’s list says why of each.",
                                      n_bad),
                            bad);
  if (job->n_split > 0)
    return create_split (job, bad);
  if (n_bad > 0)
    /* Translators: both are numbers of pictures */
    return g_strdup_printf (_ ("%s described, %s without a usable answer"), done, bad);
  return g_strdup_printf (ngettext ("%s picture described", "%s pictures described", job->n_done),
                          done);
}

/* By somebody, or at a limit. */
static char *
create_stopped (const GuiseCaptionJob *job, gboolean *lasts)
{
  g_autofree char *done = guise_format_count (job->n_done);
  g_autofree char *total = guise_format_count (job->n_items);
  g_autofree char *why = NULL;

  *lasts = job->why != NULL;
  if (job->why == NULL)
    return g_strdup_printf (_ ("The caption job was stopped: %s of %s described"), done, total);
  why = dup_reason (job->why);
  /* Translators: the %s is a reason such as "what answers cost is not known" */
  return g_strdup_printf (_ ("The caption job stopped at its limit: %s."), why);
}

char *
guise_caption_ending_create_sentence (const GuiseCaptionJob *job, gboolean *lasts)
{
  g_autofree char *why = NULL;

  *lasts = TRUE;
  switch (job->state) {
  case GUISE_CAPTION_JOB_DONE:
    return create_done (job, lasts);
  case GUISE_CAPTION_JOB_STOPPED:
    return create_stopped (job, lasts);
  case GUISE_CAPTION_JOB_BLOCKED:
    why = dup_reason (job->why != NULL ? job->why : "");
    /* Translators: the %s is a reason, such as what a server says of a key */
    return g_strdup_printf (_ ("The caption job cannot go on: %s."), why);
  case GUISE_CAPTION_JOB_RUNNING: /* nobody does it */
    return g_strdup (_ ("The caption job was cut short, because its process was ended from "
                        "outside. Every answer that came was kept; it can be resumed."));
  default:
    *lasts = FALSE;
    return g_strdup (_ ("The caption job is paused"));
  }
}

static char *
create_failure (const char *reason)
{
  g_autofree char *why = dup_reason (reason);

  /* Translators: the %s is a reason, such as that a key is missing */
  return g_strdup_printf (_ ("The caption job failed: %s."), why);
}

/* Whether the job says how this process ended; it may say still what was before. */
static gboolean
says_how (const GuiseCaptionJob *job, gint64 launched)
{
  return job != NULL && job->changed >= launched && job->state != GUISE_CAPTION_JOB_READY
         && job->state != GUISE_CAPTION_JOB_RUNNING;
}

char *
guise_caption_ending_create_of_process (GuiseJob *process, gint64 launched, const char *said,
                                        const GuiseCaptionJob *job, gboolean *lasts)
{
  const GError *error = guise_job_get_error (process);

  *lasts = TRUE;
  if (says_how (job, launched))
    return guise_caption_ending_create_sentence (job, lasts);
  if (guise_job_get_state (process) == GUISE_JOB_CANCELLED)
    return NULL; /* somebody wanted it, and it asked nothing yet */
  if (said != NULL)
    return create_failure (said);
  if (job != NULL && job->state == GUISE_CAPTION_JOB_RUNNING)
    return guise_caption_ending_create_sentence (job, lasts);
  return error != NULL ? create_failure (error->message) : NULL;
}

char *
guise_caption_ending_create_left (const GuiseCaptionApplied *applied)
{
  g_autofree char *count = guise_format_count (applied->n_left);
  g_autofree char *name
      = applied->left != NULL ? guise_format_excerpt (applied->left, 60) : g_strdup ("?");

  if (applied->n_left == 0)
    return NULL;
  return g_strdup_printf (
      ngettext ("The text of %s picture stays outside: the project as it is now does not have "
                "“%s”. Describing it anew asks nothing twice.",
                "The texts of %s pictures stay outside: the project as it is now does not have "
                "them (“%s” is the first). Describing them anew asks nothing twice.",
                applied->n_left),
      count, name);
}
