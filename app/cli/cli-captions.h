/* Endpoints and caption jobs, as the commands share them. */
#pragma once

#include "cli.h"

#include "guise-project-captions.h"
#include "guise-url.h"

/* Puts what was named in the place of what the profile has; NULL = it stays. */
void cli_adjust_endpoint (GuiseEndpoint *endpoint, const char *model, const char *ca_file,
                          const char *key_env);
/* A profile by its name, or an endpoint for an address; model and ca_file (NULL = the profile's)
 * replace what it has. It has an address and a model. */
GuiseEndpoint *cli_find_endpoint (const char *name_or_url, const char *model, const char *ca_file,
                                  GError **error);

/* An endpoint may have moved since somebody agreed to where pictures go. */
#define CLI_ONLY_HOST "Ask nobody but at this host, which was agreed to now"
/* only_host NULL: any. */
gboolean cli_check_host (const GuiseEndpoint *endpoint, const char *only_host, GError **error);

typedef struct {
  const char *key_env;   /* --key-env, or NULL */
  gboolean has_key;      /* whoever begins the job has found its key already … */
  GuiseKey *key;         /* … which is this one, borrowed; NULL = none is needed or known */
  gboolean allow_remote; /* --allow-remote */
  const char *only_host; /* --only-host, or NULL */
  /* What is changed of the job before it goes on, when no other process does it. */
  gboolean retry;           /* the retry list is asked again */
  const gint64 *max_tokens; /* another limit, NULL = as it was */
  const double *max_cost;   /* the same */
} CliJobOptions;

/* The endpoint's key: of the variable that was named, else of the keyring, else of the profile's
 * variable; *key NULL where none is needed or known. */
gboolean cli_find_key (const GuiseEndpoint *endpoint, const char *key_env, GuiseKey **key,
                       GError **error);

/* Limits that were not named. */
#define CLI_NO_TOKENS G_MININT64
#define CLI_NO_COST (-G_MAXDOUBLE)
/* FALSE after a line of wrong usage: a limit is a number, 0 lifts it. */
gboolean cli_check_limits (const char *command, gint64 max_tokens, double max_cost);

/* A number of tokens; null where no server counted (guise_caption_has_count()). */
json_t *cli_tokens_to_json (gint64 n_tokens, gboolean has_count);
/* "140 tokens, 3 answers came without a count, 0.0100 spent", as far as it is known. */
void cli_print_spent (gint64 n_tokens, guint n_uncounted, double cost);

/* Names descriptions that have no picture in the project as it is now. */
void cli_tell_left (const GuiseCaptionApplied *applied);

/* Whether nobody has said in the window that pictures of this project never go to that host; not
 * asked where --only-host names a host that was agreed to. */
gboolean cli_check_consent (GuiseProject *project, const GuiseEndpoint *endpoint,
                            const char *only_host, GError **error);

/* One process at a time does the jobs of a project: the lock, for guise_lock_file_release(), or
 * -1. */
int cli_lock_captions (const char *folder, GError **error);
/* Does the job and says what came of it; an exit status. For whoever has the lock. */
int cli_run_caption_job (CliGlobal *global, GuiseProject *project, GuiseCaptionDb *db,
                         gint64 job_id, const CliJobOptions *options);

/* Parts of `caption`; argv[0] is the part's name. */
int cmd_caption_jobs (CliGlobal *global, int argc, char **argv);
int cmd_caption_items (CliGlobal *global, int argc, char **argv);
int cmd_caption_show (CliGlobal *global, int argc, char **argv);
int cmd_caption_resume (CliGlobal *global, int argc, char **argv);
int cmd_caption_retry (CliGlobal *global, int argc, char **argv);
int cmd_caption_undo (CliGlobal *global, int argc, char **argv);
int cmd_caption_remove (CliGlobal *global, int argc, char **argv);
int cmd_caption_import (CliGlobal *global, int argc, char **argv);
int cmd_caption_stats (CliGlobal *global, int argc, char **argv);
