/* GuiseEncoderRow: what tells styles apart: the features that need no model, or the folder of a
 * CLIP model that somebody chooses. Main thread only.
 *
 * Signal "changed" (): it is another one. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_ENCODER_ROW (guise_encoder_row_get_type ())
G_DECLARE_FINAL_TYPE (GuiseEncoderRow, guise_encoder_row, GUISE, ENCODER_ROW, AdwActionRow)

GtkWidget *guise_encoder_row_new (void);
/* NULL = no model. Borrowed. */
const char *guise_encoder_row_get_folder (GuiseEncoderRow *self);
void guise_encoder_row_set_folder (GuiseEncoderRow *self, const char *folder);

G_END_DECLS
