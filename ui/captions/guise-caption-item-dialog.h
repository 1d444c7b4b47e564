/* GuiseCaptionItemDialog: what a model was asked about one picture, and what it answered, as they
 * went over the wire. Whatever a model says is shown as plain text. */
#pragma once

#include "guise-caption-items.h"
#include "guise-page.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_ITEM_DIALOG (guise_caption_item_dialog_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionItemDialog, guise_caption_item_dialog, GUISE,
                      CAPTION_ITEM_DIALOG, AdwWindow)

/* named: read here, not kept. */
GtkWidget *guise_caption_item_dialog_new (GuisePage *page, const GuiseNamedItem *named);
/* For tests: TRUE until the answer was read. */
gboolean guise_caption_item_dialog_is_busy (GuiseCaptionItemDialog *self);

G_END_DECLS
