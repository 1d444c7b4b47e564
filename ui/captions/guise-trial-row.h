/* One image of a trial with the two answers beside it, each with what the checks said. Texts are
 * plain, never markup. Main thread only. */
#pragma once

#include "guise-thumbnailer.h"
#include "guise-trial-results.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* answers may be NULL: not asked yet. */
GtkWidget *guise_trial_row_new (GuiseThumbnailer *thumbnailer, gint64 image_id, guint position,
                                const GuiseTrialAnswer *first, const GuiseTrialAnswer *second);

G_END_DECLS
