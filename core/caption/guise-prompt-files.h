/* Prompts as files: the shipped ones, and the user's own in ~/.config/guise/prompts. Each is a file
 * NAME.prompt in the form that guise-prompt.h reads; the user's may be unfinished. Every call
 * blocks for files; any thread. Errors are G_IO_ERROR and GUISE_FORMATS_ERROR. */
#pragma once

#include "guise-prompt.h"

typedef struct {
  char *name; /* of the file, without ".prompt": lower case, digits, '-' */
  char *path;
  char *title;   /* of the prompt; the name where the file is no prompt yet */
  char *text;    /* of the file, comments too; UTF-8 */
  char *hash;    /* of the version; NULL: see problem */
  char *problem; /* why it cannot be used, a sentence, or NULL */
  gboolean is_own;
} GuisePromptFile;

void guise_prompt_file_free (GuisePromptFile *file);

/* Array of GuisePromptFile: shipped ones, then the user's, each by name. A file that cannot be read
 * as text is left out. */
GPtrArray *guise_prompt_files_list (void);

/* Puts text among the user's under that name, whole or not at all: also one that is no prompt yet,
 * so that nothing typed is lost. */
gboolean guise_prompt_files_save (const char *name, const char *text, GError **error);
/* One of the user's. */
gboolean guise_prompt_files_remove (const char *name, GError **error);

/* A name made of a title that none of files (array of GuisePromptFile) has. */
char *guise_prompt_files_propose_name (const char *title, GPtrArray *files);
