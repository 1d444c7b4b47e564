/* Runs guisectl ($GUISECTL) to its end, as a user does. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

/* guisectl with the words of `before` (NULL = none) and then those of `words`; both end with NULL.
 * Nothing but itself may end it. Returns the exit status. *output and *errors (NULL = not wanted)
 * are freed and get what it says. */
int ctl_run (const char *const *before, const char *const *words, char **output, char **errors);
/* The same in a folder and an environment, NULL = ours. Returns the exit status, or minus the
 * signal that ended it. */
int ctl_run_in (const char *folder, char **environment, const char *const *before,
                const char *const *words, char **output, char **errors);

/* Asserts that the errors are one line of guisectl's with `part` in it. */
void ctl_assert_one_line (const char *errors, const char *part);
/* The last line of the output, which must be JSON. The caller owns it. */
json_t *ctl_read_last (const char *output);
/* The number at a key, which must be there. */
gint64 ctl_get_int (json_t *object, const char *key);
