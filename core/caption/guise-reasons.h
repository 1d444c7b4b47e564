/* Why something ended as it did, in the reader's language. The layers below the window say it in
 * English, in errors and in captions.db, where it stays for years; the sentence is recognised by
 * the form that it was made of, and its parts are put into the same form in another language. Any
 * thread. */
#pragma once

#include "guise-filter-mistake.h"

/* The sentence as translate (gettext) has its form; what is inside it is translated too. A sentence
 * of another origin, such as a server's own words, stays as it is. To be freed. */
char *guise_reason_translate (const char *reason, GuiseTranslate translate);
