/* GuiseOfflineGroup: descriptions of the pictures that have none, or of all, at one press and
 * without a model, with progress, a button that stops it, and the counts of what came of it.
 *
 * Signal "done" (): it has ended. */
#pragma once

#include "guise-page.h"
#include "guise-store-images.h"

G_BEGIN_DECLS

#define GUISE_TYPE_OFFLINE_GROUP (guise_offline_group_get_type ())
G_DECLARE_FINAL_TYPE (GuiseOfflineGroup, guise_offline_group, GUISE, OFFLINE_GROUP,
                      AdwPreferencesGroup)

typedef struct {
  GuiseStoreCounts all;
  gint64 n_described; /* images that have a description */
  gint64 n_of_run;    /* what is left of the descriptions that were made last */
} GuiseOfflineCounts;

/* page: the one that it stands on; NULL = it goes. */
void guise_offline_group_set_page (GuiseOfflineGroup *self, GuisePage *page);
/* run: of which n_of_run was counted. */
void guise_offline_group_set_counts (GuiseOfflineGroup *self, const GuiseOfflineCounts *counts,
                                     const char *run);
/* The run that made descriptions here last, or NULL; borrowed. */
const char *guise_offline_group_get_run (GuiseOfflineGroup *self);
void guise_offline_group_start (GuiseOfflineGroup *self);
void guise_offline_group_cancel (GuiseOfflineGroup *self);
gboolean guise_offline_group_is_running (GuiseOfflineGroup *self);

G_END_DECLS
