/* GuiseCaptionEditor: one caption with its badges and a text field that stores itself.
 *
 * What is typed is written 500 ms after the last key, 700 ms after the first one where there is no
 * pause, and at once on guise_caption_editor_flush(), even while an earlier text is being written;
 * it goes to the caption that the editor was made for, whatever is selected by then. A text that
 * cannot be stored stays in the field and the reason beside it. When the caption has changed
 * elsewhere meanwhile, both texts are offered. Nothing can be typed where the store is read-only.
 * Main thread only.
 *
 * What is stored from one filling of the field with the store's text to the next is one stay, and
 * one operation in the project's log (GuiseCaptionStay): it goes as far as the text's own undo.
 *
 * Signals: "saved" (gboolean taken_back): a change is on the disk; taken_back: the text is again
 * what it was before the stay, and the project has nothing to undo of it. "settled" (): the field
 * has what the store has, without a change: a text was given up. "save-failed" (const char *text,
 * GError *error): the store refused; the text is given so that it can be kept even if the editor
 * goes. "stuck" (): what is typed is not sent to the store: see guise_caption_editor_dup_stuck().
 */
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
/* The same of one that is shown again: what is typed from now on is another operation. */
void guise_caption_editor_come_back (GuiseCaptionEditor *self, const GuiseCaption *caption);
/* Writes what is not sent yet. */
void guise_caption_editor_flush (GuiseCaptionEditor *self);
/* TRUE while the field's text is not on the disk. */
gboolean guise_caption_editor_is_dirty (GuiseCaptionEditor *self);
/* TRUE while the store has not answered what it was given. */
gboolean guise_caption_editor_is_writing (GuiseCaptionEditor *self);

/* The text field's; to be freed. */
char *guise_caption_editor_dup_text (GuiseCaptionEditor *self);
/* A text that is neither on the disk nor on its way there and that a flush does not send: a
 * conflict is undecided, or the store does not take it. To be freed; NULL = none. */
char *guise_caption_editor_dup_stuck (GuiseCaptionEditor *self);
/* The text of the store that the field's one was typed over. Borrowed. */
const char *guise_caption_editor_get_base (GuiseCaptionEditor *self);
/* Puts a text that could not be stored back into the field. It was typed over `base`: where the
 * store has another text by now, both are offered and nothing is written. */
void guise_caption_editor_restore (GuiseCaptionEditor *self, const char *text, const char *base);
/* As if typed. */
void guise_caption_editor_set_text (GuiseCaptionEditor *self, const char *text);
/* Borrowed. */
GtkWidget *guise_caption_editor_get_field (GuiseCaptionEditor *self);

G_END_DECLS
