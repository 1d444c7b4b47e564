/* What every guisectl sub-command shares: the global options, the way errors, results and progress
 * are printed, and cancellation by SIGINT and SIGTERM. */
#pragma once

#include "guise-json.h"

#include <gio/gio.h>
#include <jansson.h>

enum {
  CLI_DONE = 0,
  CLI_FAILED = 1,
  CLI_USAGE = 2,
  CLI_CANCELLED = 130,
};

typedef struct {
  const char *project; /* --project, or the current folder */
  const char *command; /* "embed", "model init": what messages and --help call it */
  const char *go_on;   /* how to go on when it is cancelled, or NULL: by the same command */
  gboolean json;       /* machine output on stdout */
  gboolean quiet;      /* no progress, no readable summary */
  GCancellable
      *cancellable; /* triggered by SIGINT and SIGTERM once cli_watch_signals() was called */
} CliGlobal;

typedef struct {
  const char *name;    /* a word */
  const char *summary; /* one line for --help */
  /* argv[0] is the command's own name. */
  int (*run) (CliGlobal *global, int argc, char **argv);
  gboolean shares; /* the processes that mpirun started do it together */
} CliCommand;

/* The commands, in the order in which --help lists them; ends with a NULL name. */
extern const CliCommand cli_commands[];

/* The word of a command or of one of its sub-commands is now being run. */
void cli_enter (CliGlobal *global, const char *word);

/* Parses argv against entries; --help prints usage and example and exits 0. Global options may
 * stand after the command too. Wrong usage prints one line and returns FALSE: return CLI_USAGE
 * then. The remaining positional arguments are left in argc/argv. n_min and n_max bound their
 * number (n_max < 0: any). */
gboolean cli_parse (CliGlobal *global, const GOptionEntry *entries, const char *positional,
                    const char *summary, const char *example, int n_min, int n_max, int *argc,
                    char ***argv);

/* Prints "guisectl: text" on stderr as one line, whatever names are in it. */
void cli_tell (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Prints "guisectl: message" on stderr (with --json also {"event":"failed","error":message} on
 * stdout) and returns CLI_FAILED; for G_IO_ERROR_CANCELLED the message says what was stopped and
 * how to go on, and it returns CLI_CANCELLED. */
int cli_fail (CliGlobal *global, const GError *error);
/* The same for wrong usage; returns CLI_USAGE. Of the processes that mpirun started, which all come
 * here or to guise_crew_share_trouble(), one speaks. */
int cli_usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Whether so many compute threads make sense here; FALSE after a line of wrong usage. */
gboolean cli_check_threads (const char *command, gint64 n_threads);

/* Whether a file can be made at path, tried before long work; nothing is left there. path NULL =
 * no output is wanted. */
gboolean cli_check_output (const char *path, GError **error);

/* The end of the process: says so where stdout could not take everything. The exit status, which is
 * then no success. */
int cli_close_output (int status);

/* Prints object as one line on stdout and frees it (steals the reference). */
void cli_print_json (json_t *object);
/* The same where --json asks for it; else it only frees it. */
void cli_put_result (const CliGlobal *global, json_t *object);

/* From now on SIGINT and SIGTERM trigger global->cancellable; a second one ends the process at
 * once. Again: nothing. */
void cli_watch_signals (CliGlobal *global);

/* A progress bar on stderr: only on a terminal and without --quiet; with --json a progress event
 * line at most twice a second instead. total 0 = unknown. */
typedef struct {
  CliGlobal *global;
  const char *what;
  gint64 started;
  gint64 shown;
  gboolean drawn;
} CliProgress;

void cli_progress_start (CliProgress *progress, CliGlobal *global, const char *what);
void cli_progress_update (CliProgress *progress, guint64 done, guint64 total);
void cli_progress_end (CliProgress *progress);
