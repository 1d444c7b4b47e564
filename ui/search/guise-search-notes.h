/* What the Search page says above its hits: of words that the model cannot take in, and of pictures
 * that are not in the index or not as they are on the disk. */
#pragma once

#include "guise-banner.h"
#include "guise-search-session.h"

G_BEGIN_DECLS

/* answer: NULL = nothing was asked. */
void guise_search_notes_show_words (GuiseBanner *banner, const GuiseSearchAnswer *answer);
/* How many pictures are not in the index; read_only: nothing can be done about it. */
void guise_search_notes_show_missing (GuiseBanner *banner, size_t n, gboolean read_only);
/* How many pictures cannot be read; nothing can be done about it here. */
void guise_search_notes_show_unreadable (GuiseBanner *banner, const GPtrArray *paths);
/* How many files have changed or gone since they were embedded. */
void guise_search_notes_show_changed (GuiseBanner *banner, size_t n, gboolean read_only);

G_END_DECLS
