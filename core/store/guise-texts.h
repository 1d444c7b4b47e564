/* The texts of all captions in memory, for looking for words in them, and what else filters ask of
 * captions: a fifth of the time that SQLite needs to hand out 400 000 rows. Read from the database
 * when first asked, in blocks of neighbouring captions; after a commit only the blocks it touched
 * are read again.
 *
 * Any thread; searches wait for each other, a commit waits for none of them. It is for a store
 * whose every change is noted here: the one that writes, or one that cannot change. For the files
 * of this layer only. */
#pragma once

#include "guise-db.h"
#include "guise-store.h"

typedef struct _GuiseTexts GuiseTexts;

GuiseTexts *guise_texts_new (void);
void guise_texts_free (GuiseTexts *texts);

/* After a commit, before it is told to anybody. */
void guise_texts_note (GuiseTexts *texts, const GuiseStoreChange *change);

/* Brings the texts up to date, so that the next question need not wait for that. */
gboolean guise_texts_prepare (GuiseTexts *texts, GuiseDb *db, GError **error);

/* Whether they were read: a question need then read no more than what changed since. */
gboolean guise_texts_is_prepared (GuiseTexts *texts);

/* What a caption has beside its text, a small number each. */
typedef enum {
  GUISE_TEXT_STATE,
  GUISE_TEXT_SOURCE,
  GUISE_TEXT_KIND,
  GUISE_TEXT_N_TRAITS,
} GuiseTextTrait;

/* One bit a caption, in the order of their ids. */
typedef guint64 *GuiseTextSet;

typedef struct {
  GuiseTextSet (*match) (GuiseTexts *texts, gpointer data);
  gpointer data;
} GuiseTextQuestion;

/* Brings the texts up to date with the database, asks `question` while they are held, and gives
 * the images (gint64, rising, each once) of the captions in the set that it returned and gave
 * away. NULL with an error from the database; NULL without one where there are more texts than are
 * kept in memory. */
GArray *guise_texts_find_images (GuiseTexts *texts, GuiseDb *db, const GuiseTextQuestion *question,
                                 GError **error);

/* Within a question: a new set of the captions in whose text the word stands. */
GuiseTextSet guise_texts_match_word (GuiseTexts *texts, const char *word);
/* Within a question: a new set of the captions whose trait has the value. */
GuiseTextSet guise_texts_match_trait (GuiseTexts *texts, GuiseTextTrait trait, int value);
/* Within a question: how many guint64 a set has. The bits behind the last caption are ignored. */
size_t guise_texts_get_set_length (GuiseTexts *texts);
