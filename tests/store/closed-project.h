/* A small project on the disk, closed. Each call opens it, does one thing and closes it again. */
#pragma once

#include "guise-project.h"

/* A new one of four images; fixture_remove() takes it. */
char *closed_project_new (void);

/* Only opens and closes it; there is an error where it cannot be opened. */
void closed_project_open (const char *folder, GuiseProjectMode mode, GError **error);
void closed_project_edit (const char *folder, gint64 caption_id, const char *text);
void closed_project_assert_text (const char *folder, gint64 caption_id, const char *expected);

/* Makes a backup; its path, to be freed. */
char *closed_project_back_up (const char *folder);
/* Writes the copy in JSON Lines. */
void closed_project_write_copy (const char *folder, const char *path);

/* What is wrong with it. The caller owns the array. */
GPtrArray *closed_project_check (const char *folder, gboolean repair);
