/* GuiseSearcher: a GuiseSearchSession on a worker thread. Questions that were overtaken by newer
 * ones are not answered, or their answers are dropped. Main thread only.
 *
 * Signals: "opened" (): the readiness is known. "answer" (const GuiseSearchAnswer *answer).
 * "failed" (const GError *error): the last question could not be answered. "checked" (): how many
 * image files have changed since they were embedded, and how many are not embedded, is known
 * anew. */
#pragma once

#include "guise-search-session.h"

G_BEGIN_DECLS

#define GUISE_TYPE_SEARCHER (guise_searcher_get_type ())
G_DECLARE_FINAL_TYPE (GuiseSearcher, guise_searcher, GUISE, SEARCHER, GObject)

GuiseSearcher *guise_searcher_new (GuiseProject *project);
/* Takes back what is asked and does not wait: nothing is emitted afterwards, and the worker ends
 * after what it is at. The project may be closed beside it. */
void guise_searcher_stop (GuiseSearcher *self);

/* (Re-)reads which run is searched and opens it. setting: the project's setting that names it. */
void guise_searcher_open (GuiseSearcher *self, const char *setting);
/* TRUE until "opened". */
gboolean guise_searcher_is_opening (GuiseSearcher *self);
GuiseSearchReadiness guise_searcher_get_readiness (GuiseSearcher *self);
/* Why it failed, or NULL. Borrowed, as the others. */
const GError *guise_searcher_get_error (GuiseSearcher *self);
const char *guise_searcher_get_run (GuiseSearcher *self);
size_t guise_searcher_get_n_images (GuiseSearcher *self);
/* Looks, beside the questions, for image files that changed; after every opening by itself. */
void guise_searcher_check_files (GuiseSearcher *self);
/* As "checked" found them; 0 before. */
size_t guise_searcher_get_n_changed (GuiseSearcher *self);
/* Pictures of the project that are not in the index and may get into it, and the paths (char *) of
 * those that could not be read when it was made, likewise. */
size_t guise_searcher_get_n_missing (GuiseSearcher *self);
GPtrArray *guise_searcher_get_unreadable (GuiseSearcher *self);
const char *const *guise_searcher_get_examples (GuiseSearcher *self); /* never NULL */

/* Asks; the question is copied. Ignored unless ready. */
void guise_searcher_ask (GuiseSearcher *self, const GuiseSearchQuestion *question);
/* Answers that are on their way are not wanted any more. */
void guise_searcher_forget (GuiseSearcher *self);
/* TRUE while an answer is on its way. */
gboolean guise_searcher_is_busy (GuiseSearcher *self);
/* For tests: how many queries have been encoded since the run was opened. */
guint guise_searcher_get_n_encoded (GuiseSearcher *self);

G_END_DECLS
