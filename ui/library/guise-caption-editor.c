#include "guise-caption-editor.h"

#include "guise-caption-badges.h"
#include "guise-edited-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define SAVE_DELAY_MS 500
/* What is typed without a pause is written this long after the first key. */
#define MAX_DELAY_MS 700
/* Of what cannot be edited here. */
#define MAX_CUT_CHARS 1000

struct _GuiseCaptionEditor {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *kind;
  GtkBox *badges;
  GtkWidget *saved_mark;
  GtkLabel *saved_label;
  GtkTextView *field;
  GtkWidget *problem_row;
  GtkLabel *problem;
  GtkWidget *choices;

  GuiseStore *store;
  GtkTextBuffer *buffer; /* own reference: outlives the field */
  gint64 caption_id;
  gint64 revision;
  GuiseCaptionStay *stay;
  char *stored;    /* the text on the disk, as far as known and seen */
  GQueue sending;  /* of Sending: on their way to the disk, the oldest first */
  GError *refusal; /* of the first of them that was refused */
  char *news;      /* what the store had meanwhile, or NULL */
  gint64 news_revision;
  char *elsewhere;    /* somebody else's text, after a conflict */
  gint64 typed_since; /* monotonic µs of the first key that is not sent, 0 = none */
  guint timeout;
  guint resize_source;
  gboolean loading;   /* the buffer is being filled, not typed in */
  gboolean restoring; /* the field undoes or redoes */
  gboolean cut;       /* the field shows the beginning only and is never stored */
};

/* A text on its way to the store. */
typedef struct {
  GuiseCaptionEditor *editor; /* own reference */
  char *text;
} Sending;

enum {
  SIGNAL_SAVED,
  SIGNAL_SETTLED,
  SIGNAL_SAVE_FAILED,
  SIGNAL_STUCK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseCaptionEditor, guise_caption_editor, GTK_TYPE_WIDGET)

static void save (GuiseCaptionEditor *self, gboolean at_once);

static gboolean
is_gone (GuiseCaptionEditor *self)
{
  return self->box == NULL;
}

/* ---- what is shown -------------------------------------------------------------------------- */

static void
show_problem (GuiseCaptionEditor *self, const char *text, gboolean conflict)
{
  if (is_gone (self))
    return;
  gtk_widget_set_visible (self->problem_row, text != NULL);
  gtk_label_set_text (self->problem, text ? text : "");
  gtk_widget_set_visible (self->choices, conflict);
}

static void
show_saved (GuiseCaptionEditor *self, const char *text)
{
  if (is_gone (self))
    return;
  gtk_label_set_text (self->saved_label, text ? text : "");
  gtk_widget_set_visible (self->saved_mark, text != NULL);
}

static gboolean
resize (gpointer data)
{
  GuiseCaptionEditor *self = data;

  self->resize_source = 0;
  gtk_widget_queue_resize (GTK_WIDGET (self->field));
  return G_SOURCE_REMOVE;
}

/* GTK 4.8 finds out how many lines a text takes while it gives it room, too late to ask for it. */
static void
height_changed (GuiseCaptionEditor *self)
{
  if (self->resize_source == 0 && !is_gone (self))
    self->resize_source = g_idle_add_full (GDK_PRIORITY_REDRAW - 5, resize, self, NULL);
}

/* ---- text ----------------------------------------------------------------------------------- */

char *
guise_caption_editor_dup_text (GuiseCaptionEditor *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, TRUE);
}

gboolean
guise_caption_editor_is_dirty (GuiseCaptionEditor *self)
{
  g_autofree char *text = NULL;

  if (self->cut)
    return FALSE;
  text = guise_caption_editor_dup_text (self);
  return strcmp (text, self->stored) != 0;
}

/* The store has a text that was not typed here: what is typed over it is another operation. */
static void
begin_stay (GuiseCaptionEditor *self)
{
  g_clear_pointer (&self->stay, guise_caption_stay_unref);
  self->stay = guise_caption_stay_new ();
}

static const char *
explain_cut (GuiseEditedFit fit)
{
  switch (fit) {
  case GUISE_EDITED_TOO_LONG:
    return _ ("Too long to edit here; the beginning is shown.");
  case GUISE_EDITED_TOO_MANY_MARKS:
    return _ ("Too many marks on one letter to edit here; the beginning is shown.");
  case GUISE_EDITED_TOO_MANY_HIDDEN:
    return _ ("Too many hidden characters to edit here; the beginning is shown.");
  default:
    return NULL;
  }
}

static const char *
explain_left_away (GuiseEditedFit fit)
{
  switch (fit) {
  case GUISE_EDITED_TOO_LONG:
    return _ ("What is beyond 20 000 characters was left away.");
  case GUISE_EDITED_TOO_MANY_MARKS:
    return _ ("Left away from where a letter would have too many marks.");
  case GUISE_EDITED_TOO_MANY_HIDDEN:
    return _ ("Left away from where there would be too many hidden characters.");
  default:
    return NULL;
  }
}

/* Fills the field with what the store has; not a change. */
static void
load_text (GuiseCaptionEditor *self, const char *text)
{
  GuiseEditedFit fit, unused;
  GuiseEditedRoom room = GUISE_EDITED_EMPTY;
  gsize size = guise_edited_text_measure (text, strlen (text), room, &fit);
  gboolean fits = fit == GUISE_EDITED_FITS;

  room.n_chars = MAX_CUT_CHARS;
  if (!fits)
    size = guise_edited_text_measure (text, size, room, &unused);
  g_free (self->stored);
  self->stored = g_strdup (text);
  begin_stay (self);
  self->loading = TRUE;
  gtk_text_buffer_begin_irreversible_action (self->buffer);
  gtk_text_buffer_set_text (self->buffer, text, (int)size);
  gtk_text_buffer_end_irreversible_action (self->buffer);
  guise_edited_text_show_hidden (self->buffer);
  self->loading = FALSE;
  self->cut = !fits;
  if (!is_gone (self))
    gtk_text_view_set_editable (self->field, fits && !guise_store_is_read_only (self->store));
  show_problem (self, explain_cut (fit), FALSE);
}

void
guise_caption_editor_set_text (GuiseCaptionEditor *self, const char *text)
{
  gtk_text_buffer_set_text (self->buffer, text, -1);
}

/* ---- saving --------------------------------------------------------------------------------- */

gboolean
guise_caption_editor_is_writing (GuiseCaptionEditor *self)
{
  return self->sending.length > 0;
}

static void
set_stored (GuiseCaptionEditor *self, const char *text)
{
  char *copy = g_strdup (text);

  g_free (self->stored);
  self->stored = copy;
}

/* The field and the store agree. */
static void
settle (GuiseCaptionEditor *self)
{
  g_clear_pointer (&self->elsewhere, g_free);
  show_problem (self, NULL, FALSE);
  g_signal_emit (self, signals[SIGNAL_SETTLED], 0);
}

static void
show_conflict (GuiseCaptionEditor *self)
{
  show_saved (self, NULL);
  show_problem (self,
                _ ("This caption was changed elsewhere meanwhile. Your text is not stored yet."),
                self->elsewhere != NULL && !guise_store_is_read_only (self->store));
}

/* What the store has now, while nothing is being written. */
static void
take_over (GuiseCaptionEditor *self, const char *text, gint64 revision)
{
  g_autofree char *typed = guise_caption_editor_dup_text (self);

  if (revision <= self->revision)
    return;
  self->revision = revision;
  if (strcmp (text, self->stored) == 0) {
    if (self->elsewhere == NULL)
      return;
    g_clear_pointer (&self->elsewhere, g_free); /* it was taken back */
    show_problem (self, NULL, FALSE);
    save (self, FALSE);
  } else if (!guise_caption_editor_is_dirty (self)) {
    load_text (self, text);
    show_saved (self, NULL);
  } else if (strcmp (text, typed) == 0) {
    set_stored (self, text);
    begin_stay (self);
    settle (self);
  } else {
    g_free (self->elsewhere);
    self->elsewhere = g_strdup (text);
    g_clear_handle_id (&self->timeout, g_source_remove);
    show_conflict (self);
    g_signal_emit (self, signals[SIGNAL_STUCK], 0);
  }
}

static void
refuse (GuiseCaptionEditor *self, const char *text, GError *error)
{
  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT))
    show_conflict (self);
  else
    show_problem (self, _ ("Not stored. Your text stays here."), FALSE);
  show_saved (self, NULL);
  g_signal_emit (self, signals[SIGNAL_SAVE_FAILED], 0, text, error);
}

/* Everything that was sent has its answer; text was the last of it. */
static void
all_answered (GuiseCaptionEditor *self, const char *text)
{
  g_autoptr (GError) error = g_steal_pointer (&self->refusal);
  g_autofree char *news = g_steal_pointer (&self->news);

  if (error != NULL)
    refuse (self, text, error);
  else
    show_problem (self, NULL, FALSE);
  if (news != NULL)
    take_over (self, news, self->news_revision);
  if (error != NULL || self->elsewhere != NULL || guise_caption_editor_is_writing (self))
    return;
  if (guise_caption_editor_is_dirty (self))
    save (self, FALSE); /* typed on while it was written */
  else
    show_saved (self, _ ("Saved"));
}

/* A text that follows a refused one is refused for that reason. */
static void
edit_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (GuiseCaptionEditor) self = sending->editor;
  g_autofree char *text = sending->text;
  g_autoptr (GError) error = NULL;
  gboolean taken_back;
  gint64 revision = guise_store_replace_caption_finish (GUISE_STORE (source), result, &taken_back,
                                                        &error);

  g_queue_remove (&self->sending, sending);
  g_free (sending);
  if (revision >= 0) {
    self->revision = revision;
    set_stored (self, text);
    g_clear_error (&self->refusal);
    g_signal_emit (self, signals[SIGNAL_SAVED], 0, taken_back);
  } else if (self->refusal == NULL) {
    self->refusal = g_steal_pointer (&error);
  }
  if (!guise_caption_editor_is_writing (self))
    all_answered (self, text);
}

/* What the store has when all that was sent is written. */
static const char *
get_sent (GuiseCaptionEditor *self)
{
  Sending *last = g_queue_peek_tail (&self->sending);

  return last != NULL ? last->text : self->stored;
}

static void
send_text (GuiseCaptionEditor *self, const char *text)
{
  const char *expected = get_sent (self);
  Sending *sending = g_new0 (Sending, 1);

  sending->editor = g_object_ref (self);
  sending->text = g_strdup (text);
  g_queue_push_tail (&self->sending, sending);
  show_saved (self, _ ("Saving…"));
  guise_store_replace_caption_async (self->store, self->caption_id, expected, text, self->stay,
                                     NULL, edit_stored, sending);
}

/* at_once: even while an earlier text is being written. */
static void
save (GuiseCaptionEditor *self, gboolean at_once)
{
  g_autofree char *text = guise_caption_editor_dup_text (self);
  g_autoptr (GError) error = NULL;

  g_clear_handle_id (&self->timeout, g_source_remove);
  self->typed_since = 0;
  if (self->cut || guise_store_is_read_only (self->store)
      || (guise_caption_editor_is_writing (self) && !at_once))
    return;
  if (self->elsewhere != NULL) {
    if (strcmp (text, self->elsewhere) != 0) {
      g_signal_emit (self, signals[SIGNAL_STUCK], 0);
      return;
    }
    set_stored (self, text);
    begin_stay (self);
  }
  if (strcmp (text, get_sent (self)) == 0) {
    if (!guise_caption_editor_is_writing (self))
      settle (self);
  } else if (guise_store_check_text (text, -1, &error)) {
    send_text (self, text);
  } else {
    show_saved (self, NULL);
    show_problem (self, *text == '\0' ? _ ("An empty caption is not stored.") : error->message,
                  FALSE);
    g_signal_emit (self, signals[SIGNAL_STUCK], 0);
  }
}

static gboolean
save_after_pause (gpointer data)
{
  GuiseCaptionEditor *self = data;

  self->timeout = 0;
  save (self, FALSE);
  return G_SOURCE_REMOVE;
}

/* What is typed or pasted beyond what may be edited here is left away. */
static void
text_inserted (GtkTextBuffer *buffer, GtkTextIter *where, const char *text, int length,
               GuiseCaptionEditor *self)
{
  GuiseEditedFit fit;
  gsize size;

  if (self->loading || self->restoring)
    return;
  size = guise_edited_text_measure (text, (gsize)length, guise_edited_text_get_room (where), &fit);
  if (fit == GUISE_EDITED_FITS)
    return;
  g_signal_stop_emission_by_name (buffer, "insert-text");
  if (size > 0)
    gtk_text_buffer_insert (buffer, where, text, (int)size);
  gtk_widget_error_bell (GTK_WIDGET (self->field));
  if (self->elsewhere == NULL)
    show_problem (self, explain_left_away (fit), FALSE);
}

/* What was in the field comes back whole: a stored text may have more than may be typed. */
static void
restoring_begins (GtkTextBuffer *buffer, GuiseCaptionEditor *self)
{
  self->restoring = TRUE;
}

static void
restoring_ends (GtkTextBuffer *buffer, GuiseCaptionEditor *self)
{
  self->restoring = FALSE;
}

static void
follow_restoring (GuiseCaptionEditor *self, const char *signal)
{
  g_signal_connect_object (self->buffer, signal, G_CALLBACK (restoring_begins), self, 0);
  g_signal_connect_object (self->buffer, signal, G_CALLBACK (restoring_ends), self,
                           G_CONNECT_AFTER);
}

static void
text_changed (GtkTextBuffer *buffer, GuiseCaptionEditor *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 left;

  if (self->loading)
    return;
  guise_edited_text_show_hidden (buffer);
  if (self->typed_since == 0)
    self->typed_since = now;
  left = MAX_DELAY_MS - (now - self->typed_since) / 1000;
  g_clear_handle_id (&self->timeout, g_source_remove);
  self->timeout = g_timeout_add (CLAMP (left, 0, SAVE_DELAY_MS), save_after_pause, self);
  show_saved (self, NULL);
  if (self->elsewhere == NULL)
    show_problem (self, NULL, FALSE);
}

static void
field_left (GtkEventControllerFocus *controller, GuiseCaptionEditor *self)
{
  guise_caption_editor_flush (self);
}

void
guise_caption_editor_flush (GuiseCaptionEditor *self)
{
  if (!is_gone (self))
    save (self, TRUE);
}

static void
keep_mine (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseCaptionEditor *self = GUISE_CAPTION_EDITOR (widget);
  g_autofree char *theirs = g_steal_pointer (&self->elsewhere);

  if (theirs != NULL) {
    set_stored (self, theirs); /* seen, and to be replaced */
    begin_stay (self);
  }
  show_problem (self, NULL, FALSE);
  save (self, TRUE);
}

static void
take_theirs (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseCaptionEditor *self = GUISE_CAPTION_EDITOR (widget);
  g_autofree char *theirs = g_steal_pointer (&self->elsewhere);

  if (theirs == NULL)
    return;
  load_text (self, theirs);
  g_signal_emit (self, signals[SIGNAL_SETTLED], 0);
}

void
guise_caption_editor_update (GuiseCaptionEditor *self, const GuiseCaption *caption)
{
  guise_caption_badges_show (self->badges, caption);
  if (!guise_caption_editor_is_writing (self)) {
    take_over (self, caption->text, caption->revision);
  } else if (self->news == NULL || caption->revision > self->news_revision) {
    g_free (self->news);
    self->news = g_strdup (caption->text);
    self->news_revision = caption->revision;
  }
}

void
guise_caption_editor_come_back (GuiseCaptionEditor *self, const GuiseCaption *caption)
{
  begin_stay (self);
  guise_caption_editor_update (self, caption);
}

void
guise_caption_editor_restore (GuiseCaptionEditor *self, const char *text, const char *base)
{
  if (self->cut)
    return;
  if (strcmp (base, self->stored) != 0 && strcmp (text, self->stored) != 0) {
    self->elsewhere = g_strdup (self->stored);
    set_stored (self, base);
  }
  guise_caption_editor_set_text (self, text);
  if (self->elsewhere != NULL)
    show_conflict (self);
  else if (strcmp (text, self->stored) == 0)
    settle (self);
}

char *
guise_caption_editor_dup_stuck (GuiseCaptionEditor *self)
{
  g_autofree char *text = guise_caption_editor_dup_text (self);
  g_autofree char *words = g_strstrip (g_strdup (text));

  if (!guise_caption_editor_is_dirty (self) || guise_caption_editor_is_writing (self)
      || *words == '\0')
    return NULL;
  return g_steal_pointer (&text);
}

const char *
guise_caption_editor_get_base (GuiseCaptionEditor *self)
{
  return self->stored;
}

/* ---- the widget ----------------------------------------------------------------------------- */

static void
guise_caption_editor_dispose (GObject *object)
{
  GuiseCaptionEditor *self = GUISE_CAPTION_EDITOR (object);

  if (self->timeout != 0) /* what was refused is not sent again behind everybody's back */
    guise_caption_editor_flush (self);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_handle_id (&self->resize_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_caption_editor_parent_class)->dispose (object);
}

static void
guise_caption_editor_finalize (GObject *object)
{
  GuiseCaptionEditor *self = GUISE_CAPTION_EDITOR (object);

  g_clear_object (&self->buffer);
  g_clear_object (&self->store);
  g_clear_pointer (&self->stay, guise_caption_stay_unref);
  g_clear_error (&self->refusal);
  g_free (self->stored);
  g_free (self->news);
  g_free (self->elsewhere);
  G_OBJECT_CLASS (guise_caption_editor_parent_class)->finalize (object);
}

static void
guise_caption_editor_class_init (GuiseCaptionEditorClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_caption_editor_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_caption_editor_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/caption-editor.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, kind);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, badges);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, saved_mark);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, saved_label);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, field);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, problem_row);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, problem);
  gtk_widget_class_bind_template_child (widget_class, GuiseCaptionEditor, choices);
  gtk_widget_class_install_action (widget_class, "editor.keep-mine", NULL, keep_mine);
  gtk_widget_class_install_action (widget_class, "editor.take-theirs", NULL, take_theirs);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "captioneditor");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[SIGNAL_SAVED] = g_signal_new ("saved", GUISE_TYPE_CAPTION_EDITOR, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SIGNAL_SETTLED] = g_signal_new ("settled", GUISE_TYPE_CAPTION_EDITOR, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SAVE_FAILED] = g_signal_new ("save-failed", GUISE_TYPE_CAPTION_EDITOR,
                                              G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                              2, G_TYPE_STRING, G_TYPE_ERROR);
  signals[SIGNAL_STUCK] = g_signal_new ("stuck", GUISE_TYPE_CAPTION_EDITOR, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/* The text's own undo goes first. Where its history ends the window's would follow, and take back
 * what the first had just been stored as: the text would return. */
static gboolean
key_left_over (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
               GuiseCaptionEditor *self)
{
  guint letter = gdk_keyval_to_lower (key);

  if (!(state & GDK_CONTROL_MASK) || (letter != GDK_KEY_z && letter != GDK_KEY_y))
    return GDK_EVENT_PROPAGATE;
  return gtk_text_buffer_get_can_undo (self->buffer) || gtk_text_buffer_get_can_redo (self->buffer)
             ? GDK_EVENT_STOP
             : GDK_EVENT_PROPAGATE;
}

static void
guise_caption_editor_init (GuiseCaptionEditor *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->stored = g_strdup ("");
  self->buffer = g_object_ref (gtk_text_view_get_buffer (self->field));
  gtk_text_buffer_set_enable_undo (self->buffer, TRUE);
  g_signal_connect_object (self->buffer, "insert-text", G_CALLBACK (text_inserted), self, 0);
  g_signal_connect_object (self->buffer, "changed", G_CALLBACK (text_changed), self, 0);
  follow_restoring (self, "undo");
  follow_restoring (self, "redo");
  g_signal_connect_object (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->field)),
                           "notify::upper", G_CALLBACK (height_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (focus, "leave", G_CALLBACK (field_left), self);
  gtk_widget_add_controller (GTK_WIDGET (self->field), focus);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_left_over), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

GuiseCaptionEditor *
guise_caption_editor_new (GuiseStore *store, const GuiseCaption *caption)
{
  GuiseCaptionEditor *self = g_object_new (GUISE_TYPE_CAPTION_EDITOR, NULL);
  const char *kind = guise_caption_badges_get_kind_name (caption->kind);

  self->store = g_object_ref (store);
  self->caption_id = caption->id;
  self->revision = caption->revision;
  gtk_label_set_text (self->kind, kind);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, kind, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->field), GTK_ACCESSIBLE_PROPERTY_LABEL, kind,
                                  -1);
  guise_caption_badges_show (self->badges, caption);
  load_text (self, caption->text);
  return self;
}

gint64
guise_caption_editor_get_caption_id (GuiseCaptionEditor *self)
{
  return self->caption_id;
}

GtkWidget *
guise_caption_editor_get_field (GuiseCaptionEditor *self)
{
  return GTK_WIDGET (self->field);
}
