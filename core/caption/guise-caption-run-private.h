/* What guise-caption-run.c (a job: what is taken, what stops it, the test pictures) and
 * guise-caption-work.c (an item, from its picture to its end) share. */
#pragma once

#include "guise-caption-keys.h"
#include "guise-caption-run.h"

typedef struct {
  GuiseCaptionDb *db;
  gint64 job_id;
  GuiseAsker *asker;
  const GuiseCaptionHooks *hooks;
  GCancellable *cancellable, *pause;
  GMainContext *context;
  GThreadPool *loaders;

  GuiseCaptionJob *job;
  GuisePrompt *prompt;
  char *system;
  json_t *schema;

  GQueue queued;   /* of GuiseCaptionItem */
  gint64 last_id;  /* the last one that was taken from the database */
  guint n_working; /* items between the queue and their end */
  guint n_finished, n_failed;
  GuiseCaptionKeys *keys; /* of the questions that are out */
  guint since_canary;
  guint32 canary_seed;
  gboolean canary_out;
  gboolean sees;           /* it has answered a test picture */
  GQueue held;             /* of GuiseCaptionWork: questions that wait for that */
  char *blind;             /* a sentence: the test picture's answer says that going on is useless */
  GuiseAskerReason reason; /* why the asker stopped by itself, and the sentence */
  char *why;
  gint64 shown; /* when progress was told */
  GError *error;
} GuiseCaptionRun;

/* One item on its way. */
typedef struct {
  GuiseCaptionRun *run;
  GuiseCaptionItem *item;
  GBytes *jpeg;
  char *hash;       /* of jpeg */
  char *key;        /* of the question that is out */
  gboolean claimed; /* it asks that question, and others may wait for the answer */
  gboolean after_refusal;
  GError *error; /* the loader's */
} GuiseCaptionWork;

/* run: the first error ends it; what was committed stays. Takes error. */
void guise_caption_run_note_error (GuiseCaptionRun *run, GError *error);
/* Only what would be asked waits for the test picture: answers that are kept do not. */
void guise_caption_run_hold (GuiseCaptionWork *work);

/* work: takes item on its way, which is one of those working from then on. */
void guise_caption_work_begin (GuiseCaptionRun *run, GuiseCaptionItem *item);
/* Its picture is made ready, in a loader's thread: a GFunc of (work, run). */
void guise_caption_work_load (gpointer work, gpointer run);
/* Its question goes out. */
void guise_caption_work_start (GuiseCaptionWork *work);
/* It stays in the queue of the database, for another run; so do those that wait for its answer. */
void guise_caption_work_put_back (GuiseCaptionWork *work);
