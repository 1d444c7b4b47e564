/* What embed, eval, search and analyse share: the project, a run's model, and what is said of the
 * embedding. */
#pragma once

#include "cli.h"

#include "guise-project-search.h"

typedef struct {
  CliGlobal *global;
  GuiseProject *project;
  GuiseSearchModel *model;
  CliProgress progress;
} CliRetrieval;

/* Opens the project for reading and the model of run (NULL is wrong usage, reported by the caller).
 * From here on signals cancel. precision NULL: the index's. */
gboolean cli_retrieval_open (CliRetrieval *retrieval, CliGlobal *global, const char *run,
                             const GuisePrecision *precision, GError **error);
void cli_retrieval_clear (CliRetrieval *retrieval);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliRetrieval, cli_retrieval_clear)

/* The run's index, made or refreshed if need be; a progress bar for people, nothing with --json. */
GuiseIndex *cli_retrieval_get_index (CliRetrieval *retrieval, GError **error);
/* The images and texts of the splits with their embeddings. */
GuiseIndex *cli_retrieval_embed_splits (CliRetrieval *retrieval, guint splits,
                                        GuiseTrainingData **data, GError **error);

/* For guise_project_embed(): user_data is the CliRetrieval. */
void cli_retrieval_show_progress (guint64 done, guint64 total, gpointer user_data);
/* Lines on stderr about an index that was damaged, and about pictures that were left out. */
void cli_retrieval_warn (const CliRetrieval *retrieval, const GuiseProjectIndexReport *report);

/* λ of an option: FALSE and one line of wrong usage unless it lies in 0 … 1. NULL leaves it as it
 * is. */
gboolean cli_parse_lambda (const char *command, const char *text, double *lambda);
