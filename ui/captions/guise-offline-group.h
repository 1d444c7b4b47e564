/* GuiseOfflineGroup: descriptions of all pictures at one press, without a model, with progress, a
 * button that stops it, and the counts of what came of it. */
#pragma once

#include "guise-page.h"
#include "guise-store-images.h"

G_BEGIN_DECLS

#define GUISE_TYPE_OFFLINE_GROUP (guise_offline_group_get_type ())
G_DECLARE_FINAL_TYPE (GuiseOfflineGroup, guise_offline_group, GUISE, OFFLINE_GROUP,
                      AdwPreferencesGroup)

/* page: the one that it stands on; NULL = it goes. */
void guise_offline_group_set_page (GuiseOfflineGroup *self, GuisePage *page);
void guise_offline_group_set_counts (GuiseOfflineGroup *self, const GuiseStoreCounts *counts);
void guise_offline_group_start (GuiseOfflineGroup *self);
void guise_offline_group_cancel (GuiseOfflineGroup *self);
gboolean guise_offline_group_is_running (GuiseOfflineGroup *self);

G_END_DECLS
