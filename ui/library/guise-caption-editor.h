/* GuiseCaptionEditor: one caption with its badges and a text field that stores itself.
 *
 * What is typed is written 500 ms after the last key, and at once on guise_caption_editor_flush();
 * it goes to the caption that the editor was made for, whatever is selected by then. A text that
 * cannot be stored stays in the field and the reason beside it. When the caption has changed
 * elsewhere meanwhile, both texts are offered. Main thread only.
 *
 * Signals: "saved" (): a change is on the disk. "save-failed" (const char *text, GError *error):
 * the store refused; the text is given so that it can be kept even if the editor goes. */
#pragma once

#include "guise-store-captions.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_EDITOR (guise_caption_editor_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionEditor, guise_caption_editor, GUISE, CAPTION_EDITOR, GtkWidget)

/* caption is copied from. */
GuiseCaptionEditor *guise_caption_editor_new (GuiseStore *store, const GuiseCaption *caption);

gint64 guise_caption_editor_get_caption_id (GuiseCaptionEditor *self);
/* The caption as it is in the store now: taken over, unless something is being typed. */
void guise_caption_editor_update (GuiseCaptionEditor *self, const GuiseCaption *caption);
/* Writes what is not written yet. */
void guise_caption_editor_flush (GuiseCaptionEditor *self);
/* TRUE while the field's text is not on the disk. */
gboolean guise_caption_editor_is_dirty (GuiseCaptionEditor *self);

/* The text field's; to be freed. */
char *guise_caption_editor_dup_text (GuiseCaptionEditor *self);
/* As if typed. */
void guise_caption_editor_set_text (GuiseCaptionEditor *self, const char *text);
/* Borrowed. */
GtkWidget *guise_caption_editor_get_field (GuiseCaptionEditor *self);

G_END_DECLS
