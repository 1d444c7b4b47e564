/* What is seen of a caption beside its text: its kind, where it comes from, its style and its
 * state. */
#pragma once

#include "guise-store-captions.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

const char *guise_caption_badges_get_kind_name (GuiseCaptionKind kind); /* translated */
/* Fills the box with the badges of the caption, instead of what was in it. */
void guise_caption_badges_show (GtkBox *badges, const GuiseCaption *caption);

G_END_DECLS
