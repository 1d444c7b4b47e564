#include "guise-image-pane.h"

#include "guise-drafts.h"
#include "guise-format.h"
#include "guise-status.h"
#include "guise-store-images.h"

#include <glib/gi18n.h>
#include <string.h>

/* Longer sides than this are shrunk by the decoder: no screen of the target shows more. */
#define MAX_SHOWN_SIDE 2048

struct _GuiseImagePane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkStack *stack;
  GtkPicture *picture;
  GtkStack *picture_stack;
  GtkLabel *picture_error;
  GtkLabel *person;
  GtkLabel *outfit;
  GtkLabel *camera;
  GtkLabel *split;
  GtkLabel *path;
  GtkLabel *size;
  GtkBox *captions;
  GtkWidget *no_captions;
  AdwStatusPage *failure;

  GuisePage *page;
  gint64 image_id;
  GuiseImageRecord *record;
  GCancellable *loading; /* of the image shown; a new one for each image */
  GPtrArray *editors;    /* of GuiseCaptionEditor, borrowed from the box */
  GPtrArray *leaving;    /* own: those not shown any more whose text is being written */
  GuiseDrafts *drafts;   /* texts that are not stored */
};

G_DEFINE_FINAL_TYPE (GuiseImagePane, guise_image_pane, GTK_TYPE_WIDGET)

/* ---- editors -------------------------------------------------------------------------------- */

static void
keep_text (GuiseImagePane *self, GuiseCaptionEditor *editor, const char *text)
{
  guise_drafts_put (self->drafts, guise_caption_editor_get_caption_id (editor), text,
                    guise_caption_editor_get_base (editor));
}

/* FALSE where there is nothing to keep. */
static gboolean
keep_stuck (GuiseImagePane *self, GuiseCaptionEditor *editor)
{
  g_autofree char *stuck = guise_caption_editor_dup_stuck (editor);

  if (stuck != NULL)
    keep_text (self, editor, stuck);
  return stuck != NULL;
}

static void
report_kept (GuiseImagePane *self, const GError *error)
{
  guise_page_report (self->page, "caption",
                     _ ("A caption could not be stored. Your text is kept and shown with its "
                        "picture until it is."),
                     error);
}

/* Stored, or given up. */
static void
editor_settled (GuiseCaptionEditor *editor, GuiseImagePane *self)
{
  gint64 id = guise_caption_editor_get_caption_id (editor);

  if (guise_caption_editor_is_writing (editor))
    return; /* a later text has not got its answer */
  g_ptr_array_remove (self->leaving, editor);
  if (guise_drafts_remove (self->drafts, id) && guise_drafts_get_n (self->drafts) == 0)
    guise_page_clear_report (self->page, "caption");
}

static void
editor_saved (GuiseCaptionEditor *editor, gboolean taken_back, GuiseImagePane *self)
{
  editor_settled (editor, self);
  if (taken_back)
    guise_page_withdraw_toast (self->page);
  else
    guise_page_toast (self->page, _ ("Caption changed"), TRUE);
}

static gboolean
is_for (GuiseCaptionEditor *editor, const GuiseCaption *caption)
{
  return guise_caption_editor_get_caption_id (editor) == caption->id;
}

static GuiseCaptionEditor *
find_editor (GuiseImagePane *self, gint64 caption_id)
{
  for (guint i = 0; i < self->editors->len; i++)
    if (guise_caption_editor_get_caption_id (self->editors->pdata[i]) == caption_id)
      return self->editors->pdata[i];
  return NULL;
}

static void
editor_save_failed (GuiseCaptionEditor *editor, const char *text, GError *error,
                    GuiseImagePane *self)
{
  gint64 id = guise_caption_editor_get_caption_id (editor);
  GuiseCaptionEditor *shown = find_editor (self, id);

  g_ptr_array_remove (self->leaving, editor);
  keep_text (self, editor, text);
  if (shown != NULL && shown != editor && !guise_caption_editor_is_dirty (shown))
    guise_caption_editor_restore (shown, text, guise_caption_editor_get_base (editor));
  if (shown == editor
      && g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT))
    guise_image_pane_reload (self); /* the editor asks, beside its text */
  else
    report_kept (self, error);
}

static void
editor_stuck (GuiseCaptionEditor *editor, GuiseImagePane *self)
{
  keep_stuck (self, editor);
}

static void
restore_draft (GuiseImagePane *self, GuiseCaptionEditor *editor)
{
  const GuiseDraft *draft
      = guise_drafts_lookup (self->drafts, guise_caption_editor_get_caption_id (editor));
  g_autofree char *text = NULL, *base = NULL;

  if (draft == NULL)
    return;
  text = g_strdup (draft->text); /* restoring may settle it */
  base = g_strdup (draft->base);
  guise_caption_editor_restore (editor, text, base);
}

static void
tell_aside (GuiseImagePane *self, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *sentence
      = g_strdup_printf (_ ("Not all texts that lay beside the database belong to its captions. "
                            "They are kept in the project’s folder, in “%s”."),
                         shown);

  guise_page_report (self->page, "drafts", sentence, NULL);
}

/* What an earlier window left is offered again. */
static void
drafts_loaded (GuiseDrafts *drafts, GuiseImagePane *self)
{
  g_autofree char *details = guise_drafts_describe (drafts);
  g_autoptr (GError) error = NULL;

  if (guise_drafts_get_aside (drafts) != NULL)
    tell_aside (self, guise_drafts_get_aside (drafts));
  if (guise_drafts_get_n (drafts) == 0)
    return;
  error = g_error_new_literal (GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT, details);
  guise_page_report (self->page, "caption",
                     _ ("Captions that were typed earlier could not be stored. They are kept and "
                        "shown with their pictures until you decide."),
                     error);
  for (guint i = 0; i < self->editors->len; i++)
    if (!guise_caption_editor_is_dirty (self->editors->pdata[i]))
      restore_draft (self, self->editors->pdata[i]);
}

static GuiseCaptionEditor *
create_editor (GuiseImagePane *self, const GuiseCaption *caption)
{
  GuiseStore *store = guise_page_get_store (self->page);
  GuiseCaptionEditor *editor = guise_caption_editor_new (store, caption);

  g_signal_connect_object (editor, "saved", G_CALLBACK (editor_saved), self, 0);
  g_signal_connect_object (editor, "settled", G_CALLBACK (editor_settled), self, 0);
  g_signal_connect_object (editor, "save-failed", G_CALLBACK (editor_save_failed), self, 0);
  g_signal_connect_object (editor, "stuck", G_CALLBACK (editor_stuck), self, 0);
  return editor;
}

/* The one that left with a text that is still being written; NULL = there is none. */
static GuiseCaptionEditor *
find_leaving (GuiseImagePane *self, const GuiseCaption *caption)
{
  for (guint i = 0; i < self->leaving->len; i++)
    if (is_for (self->leaving->pdata[i], caption))
      return self->leaving->pdata[i];
  return NULL;
}

static void
add_editor (GuiseImagePane *self, const GuiseCaption *caption)
{
  GuiseCaptionEditor *back = find_leaving (self, caption);
  GuiseCaptionEditor *editor = back != NULL ? back : create_editor (self, caption);

  gtk_box_append (self->captions, GTK_WIDGET (editor));
  g_ptr_array_add (self->editors, editor);
  if (back == NULL) {
    restore_draft (self, editor);
    return;
  }
  g_ptr_array_remove (self->leaving, back);
  guise_caption_editor_come_back (back, caption);
}

static void
remove_editors (GuiseImagePane *self)
{
  guise_image_pane_flush (self);
  while (self->editors->len > 0) {
    GuiseCaptionEditor *editor = g_ptr_array_steal_index (self->editors, self->editors->len - 1);

    if (keep_stuck (self, editor))
      report_kept (self, NULL);
    else if (guise_caption_editor_is_writing (editor))
      g_ptr_array_add (self->leaving, g_object_ref (editor));
    gtk_box_remove (self->captions, GTK_WIDGET (editor));
  }
}

static void
keep_typed (GuiseImagePane *self, GPtrArray *editors)
{
  for (guint i = 0; i < editors->len; i++) {
    g_autofree char *text = guise_caption_editor_dup_text (editors->pdata[i]);
    g_autofree char *words = g_strstrip (g_strdup (text));

    if (guise_caption_editor_is_dirty (editors->pdata[i]) && *words != '\0')
      keep_text (self, editors->pdata[i], text);
  }
}

/* Nobody will hear whether the store takes what is on its way to it. */
static void
keep_all (GuiseImagePane *self)
{
  guise_image_pane_flush (self);
  keep_typed (self, self->leaving);
  keep_typed (self, self->editors);
}

/* Answers come in the order of what was sent: when the drafts have theirs, so have the texts. */
gboolean
guise_image_pane_keep_async (GuiseImagePane *self, GAsyncReadyCallback callback, gpointer data)
{
  if (guise_store_is_read_only (guise_page_get_store (self->page)))
    return FALSE;
  keep_all (self);
  if (guise_drafts_get_n (self->drafts) == 0 && self->leaving->len == 0)
    return FALSE;
  guise_drafts_sync_async (self->drafts, callback, data);
  return TRUE;
}

static gboolean
are_shown (GuiseImagePane *self, GPtrArray *captions)
{
  if (captions->len != self->editors->len)
    return FALSE;
  for (guint i = 0; i < captions->len; i++)
    if (!is_for (self->editors->pdata[i], captions->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
show_captions (GuiseImagePane *self, GPtrArray *captions)
{
  if (are_shown (self, captions)) {
    for (guint i = 0; i < captions->len; i++)
      guise_caption_editor_update (self->editors->pdata[i], captions->pdata[i]);
  } else {
    remove_editors (self);
    for (guint i = 0; i < captions->len; i++)
      add_editor (self, captions->pdata[i]);
  }
  gtk_widget_set_visible (self->no_captions, captions->len == 0);
}

/* ---- what is known of the image ------------------------------------------------------------- */

static const char *
get_split_name (GuiseSplit split)
{
  switch (split) {
  case GUISE_SPLIT_TRAIN:
    return _ ("Training");
  case GUISE_SPLIT_VAL:
    return _ ("Validation");
  case GUISE_SPLIT_TEST:
    return _ ("Test");
  default:
    return _ ("None");
  }
}

static void
set_label (GtkLabel *label, const char *text)
{
  g_autofree char *shown = text ? guise_format_excerpt (text, 200) : g_strdup (_ ("Unknown"));

  gtk_label_set_text (label, shown);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), shown);
}

static void
show_record (GuiseImagePane *self, const GuiseImageRecord *record)
{
  g_autofree char *path = g_filename_display_name (record->path);

  set_label (self->person, record->person);
  set_label (self->outfit, record->outfit);
  set_label (self->camera, record->camera);
  set_label (self->split, get_split_name (record->split));
  set_label (self->path, path);
}

static void
show_size (GuiseImagePane *self, size_t width, size_t height)
{
  g_autofree char *bytes = NULL, *text = NULL;

  if (self->record->file_size >= 0)
    bytes = g_format_size (self->record->file_size);
  text = g_strdup_printf ("%zu × %zu%s%s", width, height, bytes ? " · " : "", bytes ? bytes : "");
  gtk_label_set_text (self->size, text);
}

/* ---- loading -------------------------------------------------------------------------------- */

typedef struct {
  GuiseProject *project;
  gint64 image_id;
  gboolean with_picture;
  GuiseImageRecord *record;
  GPtrArray *captions;
  GdkTexture *texture;
  size_t width, height; /* of the picture in its file; the texture may be smaller */
  GError *picture_error;
} Load;

static void
load_free (Load *load)
{
  g_clear_object (&load->project);
  g_clear_pointer (&load->record, guise_image_record_free);
  g_clear_pointer (&load->captions, g_ptr_array_unref);
  g_clear_object (&load->texture);
  g_clear_error (&load->picture_error);
  g_free (load);
}

static void
load_picture (Load *load, GCancellable *cancellable)
{
  const GuiseDecodeOptions options = { .fit_side = MAX_SHOWN_SIDE };
  g_autoptr (GuiseDecoder) decoder = guise_project_dup_decoder (load->project);
  g_autoptr (GuiseRoot) root = NULL;
  g_autoptr (GuiseImage) image = NULL;
  size_t width;

  root = guise_project_get_root (load->project, load->record->dataset_id, &load->picture_error);
  if (root == NULL)
    return;
  image = guise_decoder_decode (decoder, root, load->record->path, &options, cancellable,
                                &load->picture_error);
  if (image == NULL)
    return;
  load->width = guise_image_get_file_width (image);
  load->height = guise_image_get_file_height (image);
  width = guise_image_get_width (image);
  load->texture = gdk_memory_texture_new (width, guise_image_get_height (image), GDK_MEMORY_R8G8B8,
                                          guise_image_get_bytes (image), 3 * width);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  GuiseStore *store = guise_project_get_store (load->project);
  GError *error = NULL;

  load->record = guise_store_get_image (store, load->image_id, &error);
  if (load->record != NULL)
    load->captions = guise_store_list_captions (store, load->image_id, &error);
  if (load->captions == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (load->with_picture)
    load_picture (load, cancellable);
  g_task_return_boolean (task, TRUE);
}

static void
show_failure (GuiseImagePane *self, const GError *error)
{
  remove_editors (self);
  guise_status_set_description (self->failure, NULL);
  gtk_stack_set_visible_child_name (self->stack, "failed");
  guise_page_report (self->page, "entry", _ ("This picture’s entry cannot be read."), error);
}

static void
show_picture (GuiseImagePane *self, Load *load)
{
  if (load->texture != NULL) {
    gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (load->texture));
    gtk_stack_set_visible_child_name (self->picture_stack, "picture");
    show_size (self, load->width, load->height);
    g_clear_object (&load->texture); /* the worker that frees load must not be its last owner */
  } else {
    gtk_label_set_text (self->picture_error,
                        load->picture_error ? load->picture_error->message : "");
    gtk_label_set_text (self->size, "");
    gtk_stack_set_visible_child_name (self->picture_stack, "failed");
  }
}

static void
load_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseImagePane) self = data;
  g_autoptr (GError) error = NULL;
  Load *load = g_task_get_task_data (G_TASK (result));
  const GuiseCaption *first;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      show_failure (self, error);
    return;
  }
  if (load->image_id != self->image_id)
    return;
  guise_page_clear_report (self->page, "entry");
  g_clear_pointer (&self->record, guise_image_record_free);
  self->record = g_steal_pointer (&load->record);
  show_record (self, self->record);
  if (load->with_picture)
    show_picture (self, load);
  show_captions (self, load->captions);
  if (load->captions->len > 0) {
    g_autofree char *excerpt = NULL;

    first = load->captions->pdata[0];
    excerpt = guise_format_excerpt (first->text, 200);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    excerpt, -1);
  }
  gtk_stack_set_visible_child_name (self->stack, "image");
}

static void
start_loading (GuiseImagePane *self, gboolean with_picture)
{
  g_autoptr (GTask) task = g_task_new (NULL, self->loading, load_ready, g_object_ref (self));
  Load *load = g_new0 (Load, 1);

  load->project = g_object_ref (guise_page_get_project (self->page));
  load->image_id = self->image_id;
  load->with_picture = with_picture;
  g_task_set_task_data (task, load, (GDestroyNotify)load_free);
  g_task_set_priority (task, G_PRIORITY_HIGH);
  g_task_run_in_thread (task, load_in_thread);
}

void
guise_image_pane_show (GuiseImagePane *self, gint64 image_id)
{
  if (image_id == self->image_id)
    return;
  guise_image_pane_flush (self);
  g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  self->image_id = image_id;
  if (image_id != 0) {
    start_loading (self, TRUE);
  } else {
    remove_editors (self);
    gtk_picture_set_paintable (self->picture, NULL);
    gtk_stack_set_visible_child_name (self->stack, "empty");
  }
}

gint64
guise_image_pane_get_image_id (GuiseImagePane *self)
{
  return self->image_id;
}

void
guise_image_pane_reload (GuiseImagePane *self)
{
  if (self->image_id != 0 && !g_cancellable_is_cancelled (self->loading))
    start_loading (self, FALSE);
}

void
guise_image_pane_flush (GuiseImagePane *self)
{
  for (guint i = 0; i < self->editors->len; i++)
    guise_caption_editor_flush (self->editors->pdata[i]);
}

gboolean
guise_image_pane_edit (GuiseImagePane *self)
{
  GuiseCaptionEditor *first = guise_image_pane_get_editor (self, 0);

  return first != NULL && gtk_widget_grab_focus (guise_caption_editor_get_field (first));
}

GuiseCaptionEditor *
guise_image_pane_get_editor (GuiseImagePane *self, guint position)
{
  return position < self->editors->len ? self->editors->pdata[position] : NULL;
}

guint
guise_image_pane_get_n_editors (GuiseImagePane *self)
{
  return self->editors->len;
}

static void
copy_path (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseImagePane *self = GUISE_IMAGE_PANE (widget);

  if (self->record == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), gtk_label_get_text (self->path));
  guise_page_toast (self->page, _ ("Path copied"), FALSE);
}

static void
guise_image_pane_dispose (GObject *object)
{
  GuiseImagePane *self = GUISE_IMAGE_PANE (object);

  if (self->box != NULL) {
    keep_all (self);
    remove_editors (self);
  }
  g_cancellable_cancel (self->loading);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_image_pane_parent_class)->dispose (object);
}

static void
guise_image_pane_finalize (GObject *object)
{
  GuiseImagePane *self = GUISE_IMAGE_PANE (object);

  g_clear_object (&self->loading);
  g_clear_pointer (&self->record, guise_image_record_free);
  g_ptr_array_unref (self->editors);
  g_ptr_array_unref (self->leaving);
  g_clear_object (&self->drafts);
  G_OBJECT_CLASS (guise_image_pane_parent_class)->finalize (object);
}

static void
guise_image_pane_class_init (GuiseImagePaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_image_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_image_pane_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/image-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, picture);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, picture_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, picture_error);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, person);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, outfit);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, camera);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, split);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, path);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, size);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, captions);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, no_captions);
  gtk_widget_class_bind_template_child (widget_class, GuiseImagePane, failure);
  gtk_widget_class_install_action (widget_class, "pane.copy-path", NULL, copy_path);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "imagepane");
}

static void
guise_image_pane_init (GuiseImagePane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->editors = g_ptr_array_new ();
  self->leaving = g_ptr_array_new_with_free_func (g_object_unref);
  self->loading = g_cancellable_new ();
}

void
guise_image_pane_set_page (GuiseImagePane *self, GuisePage *page)
{
  self->page = page;
  self->drafts = guise_drafts_new (guise_page_get_store (page),
                                   guise_project_get_folder (guise_page_get_project (page)));
  g_signal_connect_object (self->drafts, "loaded", G_CALLBACK (drafts_loaded), self, 0);
}
