/* The caption jobs of a project as a list of GuiseCaptionEntry, the newest first. Main thread only.
 */
#pragma once

#include "guise-caption-entry.h"
#include "guise-caption-news.h"

G_BEGIN_DECLS

/* Borrowed, or NULL. */
GuiseCaptionEntry *guise_caption_list_find (GListStore *entries, gint64 id);
/* Brings the list up to date: entries that are there stay, those of jobs that are not among the
 * news go. Takes the jobs out of the news. */
void guise_caption_list_merge (GListStore *entries, GuiseCaptionNews *news);

G_END_DECLS
