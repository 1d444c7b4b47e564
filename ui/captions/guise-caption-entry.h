/* GuiseCaptionEntry: one caption job as the page shows it. Main thread only.
 *
 * Signal "changed" (): anything of it. */
#pragma once

#include "guise-caption-db.h"
#include "guise-job-pace.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_ENTRY (guise_caption_entry_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionEntry, guise_caption_entry, GUISE, CAPTION_ENTRY, GObject)

GuiseCaptionEntry *guise_caption_entry_new (gint64 id);

/* What was read: takes job. */
void guise_caption_entry_update (GuiseCaptionEntry *self, GuiseCaptionJob *job, guint n_undoable,
                                 gboolean runs);
/* It was asked to pause or to stop and has not ended yet. */
void guise_caption_entry_set_ending (GuiseCaptionEntry *self);

gint64 guise_caption_entry_get_id (GuiseCaptionEntry *self);
const GuiseCaptionJob *guise_caption_entry_get_job (GuiseCaptionEntry *self); /* borrowed */
gboolean guise_caption_entry_is_running (GuiseCaptionEntry *self);            /* by a process */
gboolean guise_caption_entry_is_ending (GuiseCaptionEntry *self);
gboolean guise_caption_entry_can_resume (GuiseCaptionEntry *self);
/* It stopped because a limit of tokens or costs was reached. */
gboolean guise_caption_entry_is_at_limit (GuiseCaptionEntry *self);
/* Items without a usable answer. */
guint guise_caption_entry_get_n_unusable (GuiseCaptionEntry *self);
/* Captions of it that undo would take away. */
guint guise_caption_entry_get_n_undoable (GuiseCaptionEntry *self);

const GuiseJobPace *guise_caption_entry_get_pace (GuiseCaptionEntry *self); /* borrowed */

/* For people; to be freed, the state's name is not. */
const char *guise_caption_entry_get_state_name (GuiseCaptionEntry *self);
char *guise_caption_entry_create_title (GuiseCaptionEntry *self);   /* "qwen at 127.0.0.1" */
char *guise_caption_entry_create_date (GuiseCaptionEntry *self);    /* when it was begun */
char *guise_caption_entry_create_counts (GuiseCaptionEntry *self);  /* "38 of 40 described · …" */
char *guise_caption_entry_create_pace (GuiseCaptionEntry *self);    /* "2.1 a second · 3 s left" */
char *guise_caption_entry_create_account (GuiseCaptionEntry *self); /* tokens and cost */

G_END_DECLS
