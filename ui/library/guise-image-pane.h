/* GuiseImagePane: one image at large, what is known of it and all its captions with their editors.
 * Reads and decodes on workers; what arrives late for another image is dropped. Main thread only.
 * */
#pragma once

#include "guise-caption-editor.h"
#include "guise-page.h"

G_BEGIN_DECLS

#define GUISE_TYPE_IMAGE_PANE (guise_image_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseImagePane, guise_image_pane, GUISE, IMAGE_PANE, GtkWidget)

/* The page whose project, toasts and reports the pane uses; set once, before the first image.
 * Borrowed: the pane is a part of the page. */
void guise_image_pane_set_page (GuiseImagePane *self, GuisePage *page);

/* image_id 0 = none. Unsaved text of the image before is written first. */
void guise_image_pane_show (GuiseImagePane *self, gint64 image_id);
gint64 guise_image_pane_get_image_id (GuiseImagePane *self);
/* Captions or labels of the image may have changed. */
void guise_image_pane_reload (GuiseImagePane *self);
/* Starts writing what is typed. */
void guise_image_pane_flush (GuiseImagePane *self);
/* As guise_page_keep_async(), with whose _finish it ends. */
gboolean guise_image_pane_keep_async (GuiseImagePane *self, GAsyncReadyCallback callback,
                                      gpointer data);
/* Puts the keyboard into the first caption; FALSE when there is none. */
gboolean guise_image_pane_edit (GuiseImagePane *self);
/* The editors, in the order shown; borrowed. */
GuiseCaptionEditor *guise_image_pane_get_editor (GuiseImagePane *self, guint position);
guint guise_image_pane_get_n_editors (GuiseImagePane *self);

G_END_DECLS
