/* Where the program's own data lie: prompts, lexicons, profiles, the shipped checkpoint,
 * translations. */
#pragma once

#include <glib.h>

/* The path of a file or folder of the data folder ("prompts/descriptions.prompt"): beside the
 * running program as installed, or as built, else where the program was to be installed. It need
 * not exist: whoever opens it says so. The caller frees it. Any thread. */
char *guise_find_data_file (const char *name);

/* The folder of the translations, found likewise, for bindtextdomain(). The caller frees it. */
char *guise_find_locale_folder (void);
