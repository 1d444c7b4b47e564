/* GuiseSession: how a project was left, so that it is shown so again: the page, and of each page
 * what it wants to remember. It is written half a second after a change, and when it ends; ten
 * projects are remembered. Main thread only. */
#pragma once

#include "guise-page.h"

G_BEGIN_DECLS

typedef struct _GuiseSession GuiseSession;

/* folder: the project's. */
GuiseSession *guise_session_begin (const char *folder);
/* Lets the page restore itself, and follows it until the end. */
void guise_session_add_page (GuiseSession *session, GuisePage *page);
/* The page that is shown; NULL = not known. Borrowed. */
const char *guise_session_get_shown (GuiseSession *session);
void guise_session_set_shown (GuiseSession *session, const char *name);
/* Writes and frees; the pages must still be there. */
void guise_session_end (GuiseSession *session);

G_END_DECLS
