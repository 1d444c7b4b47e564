/* GuiseSearchSession: a run opened for searching - model, index, persons - and the last query with
 * its products, so that only what has changed is done again. Blocking; belongs to one worker
 * thread. */
#pragma once

#include "guise-project-search.h"
#include "guise-search.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_SEARCH_READY,
  GUISE_SEARCH_NO_RUN,   /* nothing has been trained */
  GUISE_SEARCH_NO_INDEX, /* a run, but its pictures are not embedded, or by older weights */
  GUISE_SEARCH_FAILED,
} GuiseSearchReadiness;

typedef struct _GuiseSearchSession GuiseSearchSession;

/* wanted: the run's name; NULL or one that is gone = the newest that can be searched. Never NULL;
 * what hindered it is in the readiness and, for _FAILED, in error. */
GuiseSearchSession *guise_search_session_open (GuiseProject *project, const char *wanted,
                                               GuiseSearchReadiness *readiness, GError **error);
void guise_search_session_free (GuiseSearchSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSearchSession, guise_search_session_free)

/* The run; NULL with _NO_RUN. */
const char *guise_search_session_get_run (GuiseSearchSession *session);
size_t guise_search_session_get_n_images (GuiseSearchSession *session);
/* What is searched; NULL unless ready. Borrowed. */
GuiseIndex *guise_search_session_get_index (GuiseSearchSession *session);
/* A few of the project's own texts to try, as "text" or "who\nwearing"; to be freed. */
char **guise_search_session_create_examples (GuiseSearchSession *session);

/* A question; strings NULL or blank = not given. */
typedef struct {
  char *text, *who, *wearing;
  char *split;        /* "test"; NULL = all */
  double lambda;      /* below 0 = the default */
  gint64 truth_image; /* the person who is looked for is the one in this image; 0 = not told */
  size_t k;
} GuiseSearchQuestion;

GuiseSearchQuestion *guise_search_question_copy (const GuiseSearchQuestion *question);
void guise_search_question_free (GuiseSearchQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSearchQuestion, guise_search_question_free)
gboolean guise_search_question_is_empty (const GuiseSearchQuestion *question);

typedef struct {
  size_t n_hits, n_images; /* shown; ranked */
  GuiseHit *hits;
  guint8 *matches; /* [n_hits]: the person who is looked for */
  double lambda;   /* used */
  double default_lambda;
  gboolean has_identity, has_clothing;
  GuiseSearchTimes times;
  char *truth; /* label of the person who is looked for, NULL = not known */
  gboolean truth_told;
  GuiseQueryResult judged; /* where the truth is known */
  char **unknown;          /* words that the model does not know */
  guint n_words;           /* all that were asked */
  gboolean cut;            /* it read the beginning of a text only */
} GuiseSearchAnswer;

void guise_search_answer_free (GuiseSearchAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSearchAnswer, guise_search_answer_free)

/* The session must be ready. The truth is who was told, else the one person whose captions these
 * very words are. */
GuiseSearchAnswer *guise_search_session_ask (GuiseSearchSession *session,
                                             const GuiseSearchQuestion *question, GError **error);
/* How many queries have been encoded so far. */
guint guise_search_session_get_n_encoded (GuiseSearchSession *session);

G_END_DECLS
