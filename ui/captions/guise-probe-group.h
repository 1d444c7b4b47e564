/* GuiseProbeGroup: finds out what an endpoint can do, and says so row by row: what was measured,
 * and why it is not as wished. Where the endpoint is on another machine it asks first. Main thread
 * only. */
#pragma once

#include "guise-endpoint.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_PROBE_GROUP (guise_probe_group_get_type ())
G_DECLARE_FINAL_TYPE (GuiseProbeGroup, guise_probe_group, GUISE, PROBE_GROUP, AdwPreferencesGroup)

GtkWidget *guise_probe_group_new (void);

/* What is to be probed; copied; NULL = nothing. A probe of another one that runs is cancelled, and
 * what was measured is forgotten, unless it is the same server and model. */
void guise_probe_group_set_endpoint (GuiseProbeGroup *self, const GuiseEndpoint *endpoint);
void guise_probe_group_cancel (GuiseProbeGroup *self);
gboolean guise_probe_group_is_busy (GuiseProbeGroup *self);

G_END_DECLS
