/* captions.db: what models were asked in a project, what they answered, and what has come of it.
 *
 * A database beside guise.db, because a job is a process of its own that runs while the window has
 * the project. Each answer is committed by itself, before anything is made of it: whatever kills
 * the process, no answer that arrived is asked for, or paid, again. What a job made is brought into
 * guise.db by whoever may write that (guise-caption-apply.h). Several processes may have the file
 * open; one thread at a time uses a GuiseCaptionDb. Errors are GUISE_STORE_ERROR. */
#pragma once

#include "guise-answer.h"
#include "guise-prompt.h"

typedef struct _GuiseCaptionDb GuiseCaptionDb;

/* Opens or makes `folder`/captions.db. */
GuiseCaptionDb *guise_caption_db_open (const char *folder, GError **error);
/* For reading only; NULL without an error where no job was ever begun. */
GuiseCaptionDb *guise_caption_db_open_existing (const char *folder, GError **error);
void guise_caption_db_close (GuiseCaptionDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionDb, guise_caption_db_close)

/* ---- prompts: every version that was ever used ---- */

/* Keeps the version; its hash (free it), or NULL. */
char *guise_caption_db_put_prompt (GuiseCaptionDb *db, const GuisePrompt *prompt, GError **error);
/* _NOT_FOUND where there is none. */
GuisePrompt *guise_caption_db_get_prompt (GuiseCaptionDb *db, const char *hash, GError **error);

/* ---- jobs ---- */

typedef enum {
  GUISE_CAPTION_JOB_READY,   /* has something to do, and nobody does it */
  GUISE_CAPTION_JOB_RUNNING, /* or its process died: whoever has the lock knows */
  GUISE_CAPTION_JOB_PAUSED,
  GUISE_CAPTION_JOB_STOPPED, /* by the user, or by a limit that was set: see why */
  GUISE_CAPTION_JOB_BLOCKED, /* the endpoint does not let it go on: see why */
  GUISE_CAPTION_JOB_DONE,    /* nothing is left to be asked */
} GuiseCaptionJobState;

/* "ready", "running", "paused", "stopped", "blocked", "done". */
const char *guise_caption_job_state_to_string (GuiseCaptionJobState state);

typedef struct {
  gint64 id;
  char *endpoint;      /* the profile's name */
  char *host;          /* for people */
  char *model;         /* as asked for */
  char *prompt;        /* the version's hash */
  char *scope;         /* the filter it was begun with, "" = all images */
  char *parameters;    /* JSON: what else is needed to go on */
  gboolean is_trial;   /* what it makes is looked at and never brought into guise.db */
  gboolean is_removed; /* from the lists that people read */
  GuiseCaptionJobState state;
  char *why;               /* a sentence, or NULL */
  gint64 created, changed; /* µs since 1970 UTC */
  gint64 waits_until;      /* while it runs and why says what it waits for; likewise */
  pid_t process;           /* that does it, or did it last; 0 = not known */
  /* Counted when read. */
  guint n_items, n_open, n_done, n_refused, n_unusable; /* open: queued or being asked */
  guint n_split;                                        /* of n_done: by the splitter */
  guint n_answers;                                      /* about items */
  guint n_uncounted;                                    /* of all: nobody said what they used */
  /* Test pictures included; cost NaN: no answer said. */
  gint64 prompt_tokens, completion_tokens;
  gint64 assumed_tokens; /* that limits count for answers without a count */
  double cost;
} GuiseCaptionJob;

void guise_caption_job_free (GuiseCaptionJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionJob, guise_caption_job_free)

/* Whether that many tokens are a number to be shown, or only mean that no server counted. */
gboolean guise_caption_has_count (gint64 n_tokens, guint n_uncounted);

/* Adds a job (state, why, times and counts are ignored) with its items in one transaction; its id,
 * which is job->id or a later one, or -1. pictures[i] and styles[i] (NULL = none; pictures or
 * styles NULL = none at all) belong to image_ids[i]. */
gint64 guise_caption_db_add_job (GuiseCaptionDb *db, const GuiseCaptionJob *job,
                                 const gint64 *image_ids, const char *const *pictures,
                                 const char *const *styles, size_t n_items, GError **error);
GuiseCaptionJob *guise_caption_db_get_job (GuiseCaptionDb *db, gint64 job_id, GError **error);
/* Array of GuiseCaptionJob, newest first. */
GPtrArray *guise_caption_db_list_jobs (GuiseCaptionDb *db, GError **error);
/* why NULL: nothing needs to be said. */
gboolean guise_caption_db_set_job_state (GuiseCaptionDb *db, gint64 job_id,
                                         GuiseCaptionJobState state, const char *why,
                                         GError **error);
/* Why and until when (µs since 1970 UTC) a running job waits, NULL = it does not; nothing where it
 * does not run any more. */
gboolean guise_caption_db_note_wait (GuiseCaptionDb *db, gint64 job_id, const char *why,
                                     gint64 until, GError **error);
/* Takes a job off the list, or puts it there again, as its next run does too. Its items and answers
 * stay: descriptions refer to them, and nothing is to be paid twice. */
gboolean guise_caption_db_set_job_removed (GuiseCaptionDb *db, gint64 job_id, gboolean removed,
                                           GError **error);
/* host NULL: as it was. */
gboolean guise_caption_db_set_parameters (GuiseCaptionDb *db, gint64 job_id,
                                          const char *parameters, const char *host,
                                          GError **error);
/* Those of the items (as in add_job) that the job does not have yet, in one transaction; how many,
 * or -1. */
gint64 guise_caption_db_add_items (GuiseCaptionDb *db, gint64 job_id, const gint64 *image_ids,
                                   const char *const *pictures, const char *const *styles,
                                   size_t n_items, GError **error);

/* ---- items: one image in one style ---- */

typedef struct {
  gint64 id, job_id;
  gint64 image_id;           /* as of when the job was begun: another may have it now */
  char *picture;             /* its lasting name (guise-store-image-names.h), NULL = not yet */
  char *style;               /* or NULL */
  char *state;               /* "queued", "running", or the name of a GuiseAnswerState */
  guint n_tries;             /* questions asked for it, those that a kill cut short too */
  char *why;                 /* a sentence, or NULL */
  char *identity, *clothing; /* what came of it, or NULL */
  char *maker;               /* "model" or "splitter": where the texts come from; NULL = none yet */
  char *verdicts;            /* JSON of the checks, or NULL */
  char *answer;              /* key of the last answer, or NULL */
} GuiseCaptionItem;

void guise_caption_item_free (GuiseCaptionItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionItem, guise_caption_item_free)

/* The next queued items in order, at most `limit`, after item id `after`. */
GPtrArray *guise_caption_db_list_queued (GuiseCaptionDb *db, gint64 job_id, gint64 after,
                                         guint limit, GError **error);
/* _NOT_FOUND where there is none. */
GuiseCaptionItem *guise_caption_db_get_item (GuiseCaptionDb *db, gint64 item_id, GError **error);
/* Items in one state (NULL = all), a page of them in order. */
GPtrArray *guise_caption_db_list_items (GuiseCaptionDb *db, gint64 job_id, const char *state,
                                        guint offset, guint limit, GError **error);
/* Those of the retry list: without texts, and no question is open for them. */
GPtrArray *guise_caption_db_list_unusable (GuiseCaptionDb *db, gint64 job_id, guint offset,
                                           guint limit, GError **error);
/* Those that a model refused or did not usably answer with a prompt, of all jobs but trials, in
 * order: asking anew would bring the same answer, which is kept. */
GPtrArray *guise_caption_db_list_vain (GuiseCaptionDb *db, const char *model, const char *prompt,
                                       GError **error);
/* The same of those that no answer came for. */
GPtrArray *guise_caption_db_list_failed (GuiseCaptionDb *db, const char *model,
                                         const char *prompt, GError **error);
/* The same of those that the splitter described, because the model's answers were no use. */
GPtrArray *guise_caption_db_list_split (GuiseCaptionDb *db, const char *model, const char *prompt,
                                        GError **error);
/* The names of the pictures that a job has items of, each once. */
GPtrArray *guise_caption_db_list_pictures (GuiseCaptionDb *db, gint64 job_id, GError **error);
/* A question for it goes out: it is "running" and has one try more. The first one does not wait
 * for the disk; a later one does, for the answers before it too. */
gboolean guise_caption_db_start_item (GuiseCaptionDb *db, gint64 item_id, gboolean is_first,
                                      GError **error);
/* Writes state, why, identity, clothing, maker, verdicts and answer of the item. */
gboolean guise_caption_db_finish_item (GuiseCaptionDb *db, const GuiseCaptionItem *item,
                                       GError **error);
/* What was "running" is "queued" again: after a kill nobody knows what came of it. How many, or
 * -1. */
gint64 guise_caption_db_requeue_running (GuiseCaptionDb *db, gint64 job_id, GError **error);
/* The same, and what "failed" without an answer too: the server or the disk may be back. */
gint64 guise_caption_db_requeue_unanswered (GuiseCaptionDb *db, gint64 job_id, GError **error);
/* The retry list: every item without texts is "queued" again, with its tries forgotten; what was
 * answered about it is kept, and asked again all the same. How many, or -1. */
gint64 guise_caption_db_requeue_unusable (GuiseCaptionDb *db, gint64 job_id, GError **error);

/* ---- answers ---- */

/* Keeps an answer under the name of its question, in a transaction of its own. From then on no
 * death of this process loses it; it is on the disk with what is written next, which is what came
 * of it, or the next question. A failure that is there was paid for too, and stays under another
 * name. */
gboolean guise_caption_db_put_answer (GuiseCaptionDb *db, gint64 item_id, const char *key,
                                      const GuiseAnswer *answer, GError **error);
/* What came of this question; NULL without an error where it was not asked. */
GuiseAnswer *guise_caption_db_get_answer (GuiseCaptionDb *db, const char *key, GError **error);
/* The same where asking again is not worth it: NULL without an error for a failure to reach
 * anybody too. */
GuiseAnswer *guise_caption_db_find_kept (GuiseCaptionDb *db, const char *key, GError **error);

/* ---- test pictures ---- */

/* What a job has spent on one more of them, and what came of it: saw, in a few words, or NULL. */
gboolean guise_caption_db_add_canary (GuiseCaptionDb *db, gint64 job_id, guint32 seed,
                                      const GuiseAnswer *answer, const char *saw, GError **error);
/* How many a job was asked; -1 = error. */
gint64 guise_caption_db_count_canaries (GuiseCaptionDb *db, gint64 job_id, GError **error);

/* ---- what images take ---- */

/* What an image took, by the latest answers of a model at an endpoint, trials included; NaN where
 * nothing is known. */
typedef struct {
  guint n_images; /* that this is measured on */
  double ms;      /* until the next one, several at a time as they were */
  double tokens;
  double cost;
} GuiseCaptionRates;

gboolean guise_caption_db_get_rates (GuiseCaptionDb *db, const char *endpoint, const char *model,
                                     GuiseCaptionRates *rates, GError **error);

/* ---- what guise.db does not have yet ---- */

/* Finished items with texts that were not brought into guise.db, of all jobs but trials, in
 * order, after item id `after`. */
GPtrArray *guise_caption_db_list_unapplied (GuiseCaptionDb *db, gint64 after, guint limit,
                                            GError **error);
/* In one transaction. */
gboolean guise_caption_db_mark_applied (GuiseCaptionDb *db, const gint64 *item_ids, size_t n_ids,
                                        GError **error);
gboolean guise_caption_db_mark_unapplied (GuiseCaptionDb *db, const gint64 *item_ids,
                                          size_t n_ids, GError **error);
/* Items without `picture` that may still be asked for or brought into guise.db: an older Guise
 * wrote them. */
GPtrArray *guise_caption_db_list_nameless (GuiseCaptionDb *db, guint limit, GError **error);
/* Writes `picture` of the items in one transaction; NULL becomes a name that no image has. */
gboolean guise_caption_db_name_pictures (GuiseCaptionDb *db, const GPtrArray *items,
                                         GError **error);
