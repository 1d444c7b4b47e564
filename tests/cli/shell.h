/* A folder with a project in it, beside which guisectl is run with lines as a user types them. */
#pragma once

#include "run-ctl.h"

/* The folder, and "project" and "people" in it: names only, until a test makes them. */
extern char *shell_folder, *shell_project, *shell_people;

/* For the test program's main(). */
void shell_set_up (void);
void shell_tear_down (void);

/* Makes the project: the demo of six persons. */
void shell_make_demo (void);
/* The folder, and that in it. */
void shell_set_up_demo (void);

typedef struct {
  int status; /* of the exit; minus the signal that ended it */
  char *output, *errors;
} ShellResult;

void shell_result_clear (ShellResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShellResult, shell_result_clear)

/* guisectl --project PROJECT with the words of `line` (shell quoting), in the folder. Nothing but
 * itself may end it. */
ShellResult shell_run (const char *line);
/* The same in an environment, where a signal may end it too. */
ShellResult shell_run_with (const char *line, char **environment);

/* The same with a fault in the system calls on the project, "FAULT_KIND=… FAULT_AT=…": see
 * fault-shim.h. For tests that are given FAULT_SHIM. */
ShellResult shell_run_with_fault (const char *line, const char *fault);

/* The last event of a line that must succeed; owned. */
json_t *shell_run_json (const char *line);
/* A number in it. */
gint64 shell_run_for (const char *line, const char *key);
/* How many images a filter finds. */
guint shell_count (const char *filter);

/* Asserts that it succeeds without a word of complaint and with this output, NULL = any. */
void shell_assert_output (const char *line, const char *output);
/* Asserts that it ends with this status, without output, and with one line that has `part` in it.
 */
void shell_assert_failure (const char *line, int status, const char *part);

/* Has the project from now on, as the window would; close() of what is returned gives it back. */
int shell_lock_project (void);
